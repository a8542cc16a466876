//! Finds scenario files.

use super::{Scenario, ScenarioError};
use std::fs;
use std::path::{Path, PathBuf};

/// The ending of a scenario file's name.
const ENDING: &str = ".scenario.toml";
/// Folders below the one that was named.
const DEPTH_MAX: usize = 8;
/// Files that one command takes.
const FILES_MAX: usize = 1_000;

/// A scenario and the file that it came from.
#[derive(Clone, Debug)]
pub struct Found {
    /// The file, as reached from the name that the user gave.
    pub path: PathBuf,
    /// What it says.
    pub scenario: Scenario,
}

/// The scenario of that file, or all scenarios below that folder in the order of their paths.
pub fn find(path: &Path) -> Result<Vec<Found>, ScenarioError> {
    if !path.is_dir() {
        return Ok(vec![read(path)?]);
    }
    let mut files = Vec::new();
    collect(path, DEPTH_MAX, &mut files)?;
    files.sort();
    if files.is_empty() {
        let next = format!("Name a folder with `*{ENDING}` files, or one such file.");
        return Err(whole(path, "has no scenario in it", &next));
    }
    let found = files.iter().map(|file| read(file)).collect::<Result<Vec<Found>, ScenarioError>>()?;
    for (index, one) in found.iter().enumerate() {
        if let Some(twin) = found[..index].iter().find(|other| other.scenario.name == one.scenario.name) {
            let cause = format!("has the same name as {}", twin.path.display());
            return Err(whole(&one.path, &cause, "Rename one of them: reports and failure files go by the name."));
        }
    }
    Ok(found)
}

/// The scenario of one file.
pub fn read(path: &Path) -> Result<Found, ScenarioError> {
    let bytes = fs::read(path).map_err(|error| {
        whole(
            path,
            &format!("cannot be read: {error}"),
            "Name a scenario file or a folder; `gracchus-sim list` shows some.",
        )
    })?;
    let Ok(text) = String::from_utf8(bytes) else {
        return Err(whole(path, "is not UTF-8", "Scenario files are TOML text."));
    };
    let scenario = Scenario::parse(&path.display().to_string(), &text)?;
    Ok(Found { path: path.to_path_buf(), scenario })
}

fn collect(folder: &Path, depth: usize, files: &mut Vec<PathBuf>) -> Result<(), ScenarioError> {
    let unreadable =
        |error| whole(folder, &format!("cannot be listed: {error}"), "Check that it is there and readable.");
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let kind = entry.file_type().map_err(unreadable)?;
        let path = entry.path();
        if kind.is_dir() && depth > 0 {
            collect(&path, depth - 1, files)?;
        } else if path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.ends_with(ENDING)) {
            files.push(path);
        }
        if files.len() > FILES_MAX {
            return Err(whole(folder, "has more than 1000 scenarios", "Name a smaller folder."));
        }
    }
    Ok(())
}

fn whole(path: &Path, cause: &str, next: &str) -> ScenarioError {
    ScenarioError {
        file: path.display().to_string(),
        line: 0,
        key: String::new(),
        cause: cause.to_owned(),
        next: next.to_owned(),
    }
}
