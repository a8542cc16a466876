//! The rules of the house that a compiler does not know, as tests.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// No hand-written file is longer: where one wants to be, a concept is missing.
const LINES_MAX: usize = 800;

/// The rooms of the core by layer. A room imports lower layers only; siblings do not know each other.
const LAYERS: &[&[&str]] = &[
    &["types"],
    &["wire", "record", "io", "timeline"],
    &["log", "machine"],
    &["replica", "quorum", "metadata"],
    &["controller", "group", "txn", "session"],
    &["broker", "client", "controller_apis"],
    &["shard"],
    &["node"],
];

/// Runtimes, clocks, randomness of the operating system: nothing of the kind below the core.
const BANNED_BELOW_CORE: &[&str] = &[
    "tokio",
    "mio",
    "async-std",
    "smol",
    "futures-executor",
    "rayon",
    "crossbeam",
    "parking_lot",
    "getrandom",
    "rand",
    "chrono",
    "time",
    "uuid",
    "socket2",
    "rustix",
    "nix",
    "libc",
    "turmoil",
    "madsim",
    "fastrand",
    "ahash",
    "once_cell",
];

/// Words that say nothing of what is in a file.
const EMPTY_NAMES: &[&str] = &["manager", "util", "utils", "helper", "helpers", "common", "misc", "process"];

#[test]
fn no_file_is_above_the_wall() {
    let long: Vec<String> = sources()
        .into_iter()
        .filter(|path| !path.to_string_lossy().contains("/generated/"))
        .filter_map(|path| {
            let lines = read(&path).lines().count();
            (lines > LINES_MAX).then(|| format!("{}: {lines} lines", path.display()))
        })
        .collect();
    assert!(long.is_empty(), "above {LINES_MAX} lines: {long:#?}");
}

#[test]
fn no_file_has_a_name_that_says_nothing() {
    let empty: Vec<PathBuf> = sources()
        .into_iter()
        .filter(|path| {
            let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            stem.split('_').any(|word| EMPTY_NAMES.contains(&word))
        })
        .collect();
    assert!(empty.is_empty(), "{empty:#?}");
}

#[test]
fn imports_of_the_core_point_down() {
    let layer: BTreeMap<&str, usize> =
        LAYERS.iter().enumerate().flat_map(|(at, rooms)| rooms.iter().map(move |room| (*room, at))).collect();
    let root = root().join("core/src");
    let mut upward = BTreeSet::new();
    let mut arrows = 0;
    for path in sources().into_iter().filter(|path| path.starts_with(&root)) {
        let Some(room) = room_of(&path, &root) else { continue };
        let from = *layer.get(room.as_str()).unwrap_or_else(|| panic!("the room {room} has no layer"));
        for target in crate_paths(&read(&path)) {
            let Some(to) = layer.get(target.as_str()).copied() else { continue };
            arrows += 1;
            if target != room && to >= from {
                upward.insert(format!("{room} -> {target} in {}", path.display()));
            }
        }
    }
    assert!(arrows > 100, "the walk saw only {arrows} imports: it looks in the wrong place");
    assert!(upward.is_empty(), "{upward:#?}");
}

#[test]
fn the_core_reaches_no_runtime() {
    let output = Command::new(env!("CARGO"))
        .args([
            "tree",
            "--offline",
            "--package",
            "gracchus-core",
            "--edges",
            "normal",
            "--prefix",
            "none",
            "--format",
            "{p}",
        ])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let names: BTreeSet<&str> = text.lines().filter_map(|line| line.split(' ').next()).collect();
    assert!(names.contains("bytes"), "the tree is not the core's: {names:?}");
    let banned: Vec<_> = names.iter().filter(|name| BANNED_BELOW_CORE.contains(name)).collect();
    assert!(banned.is_empty(), "the core depends on {banned:?}");
}

/// Nested `clippy.toml` files do not merge: the nearest one wins whole.
#[test]
fn core_and_sim_ban_the_same() {
    assert_eq!(read(&root().join("core/clippy.toml")), read(&root().join("sim/clippy.toml")));
}

#[test]
fn every_dependency_is_named_once_with_its_reason() {
    let manifest = read(&root().join("Cargo.toml"));
    let section = manifest.split("[workspace.dependencies]").nth(1).expect("the section is there");
    let section = section.split("\n[").next().expect("a section has a text");
    let mut reason = false;
    for line in section.lines().map(str::trim) {
        if line.starts_with('#') {
            reason = true;
        } else if line.is_empty() {
            reason = false;
        } else if !line.starts_with("gracchus-") {
            assert!(reason, "no reason stands above: {line}");
        }
    }
    for member in ["core", "sim", "scenarios", "reports", "real-runtime", "xtask/cases", "xtask"] {
        let manifest = read(&root().join(member).join("Cargo.toml"));
        let own = manifest.lines().find(|line| line.contains("version = \"") && !line.starts_with("version"));
        assert_eq!(own, None, "{member} names a version of its own");
    }
}

#[test]
fn rooms_of_the_core_have_a_header() {
    let root = root().join("core/src");
    for rooms in LAYERS {
        for room in *rooms {
            let path = root.join(room).join("mod.rs");
            let Ok(text) = fs::read_to_string(&path) else { continue };
            let header: String = text.lines().take_while(|line| line.starts_with("//!")).collect();
            for part in ["**Invariants**", "**In Kafka**"] {
                assert!(header.contains(part), "{room}/mod.rs does not say {part}");
            }
        }
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the workspace").to_path_buf()
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|why| panic!("{}: {why}", path.display()))
}

fn sources() -> Vec<PathBuf> {
    let mut found = Vec::new();
    for member in ["core", "sim", "scenarios", "reports", "real-runtime", "xtask"] {
        collect(&root().join(member), &mut found);
    }
    assert!(found.len() > 50, "the walk saw only {} files", found.len());
    found
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a member's folder can be read").flatten() {
        let path = entry.path();
        if path.is_dir() && !path.ends_with("target") {
            collect(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The first part of a file's path below `core/src`; none for `lib.rs`.
fn room_of(path: &Path, root: &Path) -> Option<String> {
    let mut parts = path.strip_prefix(root).ok()?.components();
    let first = parts.next()?.as_os_str().to_string_lossy().into_owned();
    match first.strip_suffix(".rs") {
        Some("lib") => None,
        Some(room) => Some(room.to_owned()),
        None => Some(first),
    }
}

/// The room behind every `crate::`, in code and in grouped imports. Comments may name what they like.
fn crate_paths(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let code: String =
        text.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n");
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        if let Some(group) = rest.strip_prefix('{') {
            let mut depth = 0;
            let mut word = String::new();
            for char in group.chars() {
                match char {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    ',' if depth == 0 => found.push(std::mem::take(&mut word)),
                    other if depth == 0 => word.push(other),
                    _ => {}
                }
            }
            found.push(word);
        } else {
            found.push(rest.chars().take_while(|char| char.is_alphanumeric() || *char == '_').collect());
        }
    }
    let first = |path: String| path.trim().split("::").next().unwrap_or_default().to_owned();
    found.into_iter().map(first).filter(|room| !room.is_empty()).collect()
}
