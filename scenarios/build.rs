//! Notes which commit and which sources a build is of: a failure file replays exactly on the same ones only.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

/// What a run's course depends on.
const SOURCES: &[&str] = &["core/src", "core/schemas", "sim/src", "Cargo.lock"];

fn main() {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR").expect("cargo sets it")).join("..");
    let mut digest = crc32fast::Hasher::new();
    for source in SOURCES {
        let path = root.join(source);
        println!("cargo::rerun-if-changed={}", path.display());
        feed(&root, &path, &mut digest);
    }
    if let Some(folder) = git(&root, &["rev-parse", "--absolute-git-dir"]) {
        println!("cargo::rerun-if-changed={folder}/HEAD");
        println!("cargo::rerun-if-changed={folder}/logs/HEAD");
    }
    let commit = git(&root, &["rev-parse", "HEAD"]).unwrap_or_else(|| "unknown".to_owned());
    let changed = git(&root, &[["status", "--porcelain", "--"].as_slice(), SOURCES].concat());
    println!("cargo::rustc-env=GRACCHUS_COMMIT={commit}");
    println!("cargo::rustc-env=GRACCHUS_DIRTY={}", changed.is_some_and(|files| !files.is_empty()));
    println!("cargo::rustc-env=GRACCHUS_SOURCES={:08x}", digest.finalize());
}

fn git(root: &Path, arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").current_dir(root).args(arguments).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Files in the order of their paths, each with its path: a moved file is another source.
fn feed(root: &Path, path: &Path, digest: &mut crc32fast::Hasher) {
    if path.is_dir() {
        let mut entries: Vec<PathBuf> =
            fs::read_dir(path).map(|entries| entries.flatten().map(|entry| entry.path()).collect()).unwrap_or_default();
        entries.sort();
        for entry in entries {
            feed(root, &entry, digest);
        }
    } else if let Ok(bytes) = fs::read(path) {
        let name = path.strip_prefix(root).unwrap_or(path);
        digest.update(name.to_string_lossy().as_bytes());
        digest.update(&bytes);
    }
}
