//! The `gracchus` command.
//!
//! **Invariants**: an error goes to standard error and names the thing, the cause and the next step; exit codes are those
//! of `sysexits.h`: 64 for usage, 74 for storage, 78 for configuration.
//!
//! **In Kafka**: `bin/*.sh`.

mod serve;

use clap::{Parser, Subcommand};
use std::ffi::OsString;
use std::process::ExitCode;

/// The command line cannot be understood.
pub const USAGE: u8 = 64;
/// A disk or directory cannot be used.
pub const STORAGE: u8 = 74;
/// The configuration cannot be used.
pub const CONFIGURATION: u8 = 78;

/// A Kafka-compatible event-streaming server.
#[derive(Parser)]
#[command(name = "gracchus", version, disable_help_subcommand = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Runs a server: without any flag, one node on 127.0.0.1:9092 with its data in ./gracchus-data
    Serve(serve::Arguments),
}

/// Runs the command that the arguments name.
#[must_use]
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    match Arguments::try_parse_from(arguments) {
        Ok(arguments) => match arguments.command {
            Command::Serve(arguments) => serve::run(arguments),
        },
        Err(error) => {
            // Help and the version are errors to the parser; they go to standard output and end well.
            let _ = error.print();
            if error.use_stderr() { ExitCode::from(USAGE) } else { ExitCode::SUCCESS }
        }
    }
}

/// Says what went wrong, for people.
fn complain(what: impl core::fmt::Display) {
    eprintln!("gracchus: {what}");
}
