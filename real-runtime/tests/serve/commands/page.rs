//! The examples of `docs/commands.md`, each run, and what it prints compared with the page.
//!
//! With `GRACCHUS_REWRITE=1` in the environment the page is written anew, to be reviewed as a diff.

use super::Server;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// One command of the page, and the lines below it.
#[derive(Debug)]
struct Example {
    command: String,
    printed: Vec<String>,
}

/// The page in order: text as it stands, and examples.
enum Part {
    Text(String),
    Example(Example),
}

fn page() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/commands.md")
}

fn parts(text: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut is_console = false;
    for line in text.lines() {
        match (is_console, line, parts.last_mut()) {
            (_, "```console", _) => is_console = true,
            (true, "```", _) => is_console = false,
            (true, ..) if line.starts_with("$ ") => {
                parts.push(Part::Example(Example { command: line[2..].to_owned(), printed: Vec::new() }));
                continue;
            }
            (true, _, Some(Part::Example(example))) => {
                example.printed.push(line.to_owned());
                continue;
            }
            _ => {}
        }
        parts.push(Part::Text(line.to_owned()));
    }
    parts
}

/// A folder with a `gracchus` of its own, which asks that server unless it is told whom to ask.
fn wrapper(folder: &Path, server: &Server) -> String {
    let script = format!(
        "#!/bin/sh\ncase \"$*\" in\n*--bootstrap*) exec {binary} \"$@\" ;;\n*) exec {binary} \"$@\" --bootstrap {address} ;;\nesac\n",
        binary = env!("CARGO_BIN_EXE_gracchus"),
        address = server.address
    );
    let path = folder.join("gracchus");
    fs::write(&path, script).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    format!("{}:/usr/bin:/bin", folder.display())
}

/// The line without what differs from run to run, and with one blank for many.
fn masked(line: &str) -> String {
    let word = |word: &str| {
        let bare = word.trim_matches(|it: char| !it.is_ascii_alphanumeric() && it != '-' && it != '_');
        let is_id = bare.len() == 22 && bare.chars().all(|it| it.is_ascii_alphanumeric() || it == '-' || it == '_');
        if is_id && bare.chars().any(char::is_uppercase) { word.replace(bare, "ID") } else { masked_times(word) }
    };
    line.split_whitespace().map(word).collect::<Vec<_>>().join(" ")
}

/// Milliseconds since 1970, of this century.
fn masked_times(word: &str) -> String {
    let digits = |it: char| it.is_ascii_digit();
    let mut masked = String::new();
    let mut rest = word;
    while let Some(at) = rest.find(digits) {
        let len = rest[at..].find(|it| !digits(it)).unwrap_or(rest.len() - at);
        let number = &rest[at..at + len];
        masked.push_str(&rest[..at]);
        masked.push_str(if len == 13 { "TIME" } else { number });
        rest = &rest[at + len..];
    }
    masked + rest
}

#[test]
fn the_page_shows_what_the_commands_print() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("data"), &["--set", "group.initial.rebalance.delay.ms=0"]);
    let path = wrapper(folder.path(), &server);
    let text = fs::read_to_string(page()).unwrap();
    let (mut rewritten, mut ran, mut wrong) = (String::new(), 0, Vec::new());
    for part in parts(&text) {
        let example = match part {
            Part::Text(line) => {
                rewritten.push_str(&line);
                rewritten.push('\n');
                continue;
            }
            Part::Example(example) => example,
        };
        let script = format!("exec 2>&1\n{}", example.command);
        let output = Command::new("sh").args(["-c", &script]).env("PATH", &path).current_dir(folder.path()).output();
        let output = output.unwrap();
        let printed = String::from_utf8(output.stdout).unwrap();
        ran += 1;
        rewritten.push_str(&format!("$ {}\n{printed}", example.command));
        let is: Vec<String> = printed.lines().map(masked).collect();
        let shown: Vec<String> = example.printed.iter().map(|line| masked(line)).collect();
        if is != shown {
            wrong.push(format!(
                "$ {}\nprints\n{}\nthe page shows\n{}",
                example.command,
                is.join("\n"),
                shown.join("\n")
            ));
        }
    }
    assert!(ran > 20, "the page has examples");
    if std::env::var_os("GRACCHUS_REWRITE").is_some() {
        fs::write(page(), rewritten).unwrap();
        return;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn what_differs_from_run_to_run_is_masked_and_nothing_else() {
    assert_eq!(masked("topic users  1  Yx0-lkD_TE2qcJ1mQqbWfg"), "topic users 1 ID");
    assert_eq!(masked("\"timestamp\":1700000000000,\"offset\":17}"), "\"timestamp\":TIME,\"offset\":17}");
    assert_eq!(masked("set retention.ms=86400000"), "set retention.ms=86400000");
}
