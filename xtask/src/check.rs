//! `cargo xtask test`: everything that must hold, in the order in which it fails quickest.

use crate::apache_records;
use crate::deep;
use std::process::{Command, Stdio};
use std::time::Instant;

/// One command of the whole test, and what it shows.
struct Step {
    what: &'static str,
    command: &'static [&'static str],
    /// Set for the child, `NAME=value`.
    env: &'static [(&'static str, &'static str)],
}

const STEPS: &[Step] = &[
    Step { what: "formatting", command: &["cargo", "fmt", "--all", "--check"], env: &[] },
    Step {
        what: "lints",
        command: &["cargo", "clippy", "--workspace", "--all-targets", "--quiet", "--", "--deny", "warnings"],
        env: &[],
    },
    Step { what: "tests", command: &["cargo", "test", "--workspace", "--quiet"], env: &[] },
    Step {
        what: "documentation",
        command: &["cargo", "doc", "--workspace", "--no-deps", "--quiet"],
        env: &[("RUSTDOCFLAGS", "--deny warnings")],
    },
];

/// Runs every step and stops at the first that fails; or the deep tests, where they are asked for.
pub fn run(arguments: &[String]) -> Result<(), String> {
    match arguments.split_first() {
        None => {}
        Some((first, more)) if first == "--deep" => return deep::run(more),
        Some((other, _)) => return Err(format!("test takes --deep or nothing, not {other:?}")),
    }
    need_components()?;
    let all = STEPS.len() + 2;
    for (at, step) in STEPS.iter().enumerate() {
        run_step(&format!("[{}/{all}] {}", at + 1, step.what), step.command, step.env)?;
    }
    run_apache_records(&format!("[{}/{all}] Apache's classes", all - 1))?;
    run_step(&format!("[{all}/{all}] real clients"), &["cargo", "xtask", "clients"], &[])
}

/// The comparison with Apache Kafka's classes, where Maven is there to bring them.
fn run_apache_records(title: &str) -> Result<(), String> {
    if !apache_records::has_maven() {
        println!("{title}: skipped, because mvn is not installed");
        return Ok(());
    }
    run_step(title, &["cargo", "xtask", "apache-records"], &[])
}

fn run_step(title: &str, command: &[&str], env: &[(&str, &str)]) -> Result<(), String> {
    println!("{title}: {}", command.join(" "));
    let began = Instant::now();
    let status = Command::new(command[0])
        .args(&command[1..])
        .envs(env.iter().copied())
        .status()
        .map_err(|why| format!("{} could not be started: {why}", command[0]))?;
    let seconds = began.elapsed().as_secs();
    match status.success() {
        true => {
            println!("{title}: passed in {seconds} s");
            Ok(())
        }
        false => Err(format!("{title} failed after {seconds} s: run `{}` to see it alone", command.join(" "))),
    }
}

/// rustup installs what `rust-toolchain.toml` names; a toolchain of another origin must bring it along.
fn need_components() -> Result<(), String> {
    for (component, probe) in [("rustfmt", "fmt"), ("clippy", "clippy")] {
        let mut command = Command::new("cargo");
        command.args([probe, "--version"]).stdout(Stdio::null()).stderr(Stdio::null());
        if command.status().is_ok_and(|status| status.success()) {
            continue;
        }
        println!("installing {component}");
        let added = Command::new("rustup").args(["component", "add", component]).status();
        if !added.is_ok_and(|status| status.success()) {
            return Err(format!(
                "{component} is missing and rustup could not add it; install the toolchain's {component}"
            ));
        }
    }
    Ok(())
}
