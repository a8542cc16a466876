//! The developer's commands: `cargo xtask <command>`.

mod check;
mod codegen;

use std::process::ExitCode;

const USAGE: &str = "usage: cargo xtask <command>

  test       formatting, lints, every test, documentation: what must hold before a change lands
  codegen    write core/src/wire/generated from the schema table";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match arguments.first().map(String::as_str) {
        Some("codegen") => codegen::run(),
        Some("test") => check::run(),
        Some("--help" | "-h" | "help") => {
            println!("{USAGE}");
            Ok(())
        }
        Some(unknown) => Err(format!("no command {unknown:?}\n{USAGE}")),
        None => Err(USAGE.to_owned()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("xtask: {why}");
            ExitCode::FAILURE
        }
    }
}
