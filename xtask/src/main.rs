//! The developer's commands: `cargo xtask <command>`.

mod codegen;

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match arguments.first().map(String::as_str) {
        Some("codegen") => codegen::run(),
        Some(unknown) => Err(format!("no command {unknown:?}; there is: codegen")),
        None => Err("usage: cargo xtask codegen".to_owned()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("xtask: {why}");
            ExitCode::FAILURE
        }
    }
}
