//! The commands as users meet them: the binary, its words and its exit codes.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

const SCENARIO: &str = "title = \"t\"\ndescription = \"d\"\n";

fn gracchus_sim(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_gracchus-sim")).current_dir(folder).args(arguments).output().expect("it runs")
}

fn code(output: &Output) -> i32 {
    output.status.code().expect("an exit code")
}

fn words(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn help_and_version_end_well_and_what_is_not_understood_ends_with_64() {
    let folder = tempfile::tempdir().expect("a folder");
    for fine in [&["--help"][..], &["--version"], &["run", "--help"], &["mutants"]] {
        assert_eq!(code(&gracchus_sim(folder.path(), fine)), 0, "{fine:?}");
    }
    for wrong in [
        &[][..],
        &["rum"],
        &["run"],
        &["run", "nowhere"],
        &["run", ".", "--seeds", "0"],
        &["run", ".", "--seeds", "many"],
        &["run", ".", "--data-shards", "9"],
        &["run", "."],
        &["replay", "nowhere.failure.json"],
        &["report", "nowhere"],
        &["list", "nowhere"],
    ] {
        let output = gracchus_sim(folder.path(), wrong);
        assert_eq!(code(&output), 64, "{wrong:?}: {}", words(&output));
        assert!(!words(&output).is_empty(), "{wrong:?}");
    }
    assert_eq!(fs::read_dir(folder.path()).expect("listed").count(), 0, "a refused command leaves nothing behind");
}

#[test]
fn a_scenario_that_cannot_be_read_is_refused_by_line() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("a.scenario.toml"), format!("{SCENARIO}[clutser]\n")).expect("written");
    let output = gracchus_sim(folder.path(), &["run", "."]);
    assert_eq!(code(&output), 64);
    assert!(
        words(&output).contains("./a.scenario.toml:3: clutser: unknown field `clutser`\n  Did you mean `cluster`?")
    );
}

#[test]
fn a_mutant_needs_a_build_that_has_it() {
    if gracchus_core::MUTANTS {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("a.scenario.toml"), SCENARIO).expect("written");
    for arguments in [&["run", ".", "--mutant", "M01"][..], &["mutants", "--score", "--scenarios", "."]] {
        let output = gracchus_sim(folder.path(), arguments);
        assert_eq!(code(&output), 64);
        assert!(words(&output).contains("--features mutants"), "{}", words(&output));
    }
}

#[test]
fn scenarios_are_listed_for_people_and_for_programs() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("a.scenario.toml"), SCENARIO).expect("written");
    let output = gracchus_sim(folder.path(), &["list", "."]);
    assert_eq!(String::from_utf8_lossy(&output.stdout), "a  t\n   ./a.scenario.toml\n");
    let output = gracchus_sim(folder.path(), &["list", ".", "--json"]);
    let list: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(list[0]["name"], "a");
}
