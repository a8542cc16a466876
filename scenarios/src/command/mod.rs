//! The commands of `gracchus-sim`, one file each. They talk to the user; everything they do is done by the other rooms.

mod args;
mod list;
mod mutants;
mod progress;
mod replay;
mod report;
mod run;

pub use args::{Args, Command};

use crate::exit::Exit;
use crate::run::take_panics;
use clap::Parser;
use std::ffi::OsString;

/// A command that could not be done: the message says the thing, the cause and the next step.
#[derive(Debug)]
pub struct CannotDo(pub String);

impl<E: std::error::Error> From<E> for CannotDo {
    fn from(error: E) -> CannotDo {
        CannotDo(error.to_string())
    }
}

/// Runs the command line, and says how it ended.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> Exit {
    let args = match Args::try_parse_from(arguments) {
        Ok(args) => args,
        Err(error) => {
            // Help and version are no errors, and go to standard output.
            let exit = if error.use_stderr() { Exit::Usage } else { Exit::Passed };
            let _ = error.print();
            return exit;
        }
    };
    take_panics();
    let done = match &args.command {
        Command::Run(args) => run::run(args),
        Command::Replay(args) => replay::replay(args),
        Command::List(args) => list::list(args),
        Command::Mutants(args) => mutants::mutants(args),
        Command::Report(args) => report::report(args),
    };
    done.unwrap_or_else(|CannotDo(message)| {
        eprintln!("gracchus-sim: {message}");
        Exit::Usage
    })
}
