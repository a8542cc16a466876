//! The test binaries. They are run without cargo, so that edits made while they run start no second build.

use serde_json::Value;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// One test binary of a package.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Binary {
    /// The package's name and, for tests outside its sources, the name of the test target: `gracchus-server shell`.
    pub name: String,
    /// The package's directory, which tests expect to run in.
    pub folder: PathBuf,
    pub executable: PathBuf,
}

/// Builds the tests of these packages in release mode.
pub fn build(packages: impl Iterator<Item = &'static str>) -> Result<Vec<Binary>, String> {
    println!("building the tests in release mode");
    let mut command = Command::new("cargo");
    command.args(["test", "--release", "--tests", "--no-run", "--message-format", "json-render-diagnostics"]);
    command.args(packages.flat_map(|package| ["--package", package])).stderr(Stdio::inherit());
    let output = command.output().map_err(|why| format!("cargo could not be started: {why}"))?;
    if !output.status.success() {
        return Err("the tests do not build".to_owned());
    }
    let mut binaries = of_messages(&String::from_utf8_lossy(&output.stdout));
    binaries.sort();
    Ok(binaries)
}

/// The test binaries that cargo's messages, a line each, name.
fn of_messages(messages: &str) -> Vec<Binary> {
    let parsed = messages.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    parsed.filter_map(|message| of_message(&message)).collect()
}

fn of_message(message: &Value) -> Option<Binary> {
    if message["profile"]["test"] != true {
        return None;
    }
    let folder = PathBuf::from(message["manifest_path"].as_str()?).parent()?.to_owned();
    // Cargo's package id: `path+file:///checkout/core#gracchus-core@0.1.0`.
    let package = message["package_id"].as_str()?.rsplit(['#', '/']).next()?.split('@').next()?;
    let target = message["target"]["name"].as_str()?;
    let name = match message["target"]["kind"][0].as_str()? {
        "lib" => package.to_owned(),
        _ => format!("{package} {target}"),
    };
    Some(Binary { name, folder, executable: PathBuf::from(message["executable"].as_str()?) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargos_messages_name_the_test_binaries() {
        let artifact = |kind: &str, target: &str, test: bool| {
            serde_json::json!({ "reason": "compiler-artifact", "package_id": "path+file:///w/core#gracchus-core@0.1.0",
                "manifest_path": "/w/core/Cargo.toml", "target": { "kind": [kind], "name": target },
                "profile": { "test": test }, "executable": format!("/w/target/release/deps/{target}-1") })
            .to_string()
        };
        let lines = [
            artifact("lib", "gracchus_core", false),
            artifact("lib", "gracchus_core", true),
            artifact("test", "shard", true),
            "{\"reason\":\"build-finished\",\"success\":true}".to_owned(),
        ];
        let found = of_messages(&lines.join("\n"));
        let names: Vec<&str> = found.iter().map(|it| it.name.as_str()).collect();
        assert_eq!(names, ["gracchus-core", "gracchus-core shard"]);
        assert_eq!(found[1].folder, PathBuf::from("/w/core"));
        assert_eq!(found[1].executable, PathBuf::from("/w/target/release/deps/shard-1"));
    }
}
