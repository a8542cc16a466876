//! `gracchus-sim`: runs scenarios, replays failures.

use mimalloc::MiMalloc;
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    sigpipe::reset();
    ExitCode::from(gracchus_scenarios::command::main(std::env::args_os()).code())
}
