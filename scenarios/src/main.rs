//! `gracchus-sim`: runs scenarios, replays failures.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(gracchus_scenarios::command::main(std::env::args_os()).code())
}
