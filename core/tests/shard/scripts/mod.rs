//! Scripts: text in, trace out. Each `*.txt` beside this file is a story told to a small cluster, a command a line,
//! with everything that came of it below the command. `UPDATE_SCRIPTS=1` rewrites what is below; review it as a diff.

mod client;
mod cluster;
mod groups;
mod show;

use cluster::Cluster;
use std::fs;
use std::path::{Path, PathBuf};

#[test]
#[expect(clippy::disallowed_methods, reason = "a test rewrites its own script where it is told to")]
fn every_script_tells_its_story_as_written() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/shard/scripts");
    let mut scripts: Vec<PathBuf> =
        fs::read_dir(&folder).expect("the folder is there").flatten().map(|it| it.path()).collect();
    scripts.retain(|path| path.extension().is_some_and(|extension| extension == "txt"));
    scripts.sort();
    assert!(scripts.len() >= 4, "only {} scripts were found", scripts.len());
    for path in scripts {
        let written = fs::read_to_string(&path).expect("a script can be read");
        let told = tell(&written);
        if std::env::var_os("UPDATE_SCRIPTS").is_some() {
            fs::write(&path, &told).expect("a script can be written");
            continue;
        }
        assert_eq!(told, written, "{} (UPDATE_SCRIPTS=1 rewrites it)", path.display());
        assert_eq!(tell(&written), told, "{}: a second telling differs", path.display());
    }
}

/// The script with its commands carried out and what came of each put below it. Lines of a command begin with `> `,
/// lines of prose with `#`; everything else is output.
fn tell(script: &str) -> String {
    let mut cluster = Cluster::default();
    let mut told = String::new();
    for line in script.lines() {
        if let Some(command) = line.strip_prefix("> ") {
            told.push_str(line);
            told.push('\n');
            for output in cluster.obey(command) {
                told.push_str("  ");
                told.push_str(&output);
                told.push('\n');
            }
        } else if line.is_empty() || line.starts_with('#') {
            told.push_str(line);
            told.push('\n');
        }
    }
    told
}
