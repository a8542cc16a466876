//! The `gracchus` command; see the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    gracchus_server::cli::run(std::env::args_os())
}
