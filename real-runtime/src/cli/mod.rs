//! The `gracchus` command.
//!
//! **Invariants**: an error goes to standard error and names the thing, the cause and the next step; exit codes are those
//! of `sysexits.h`: 64 for usage, 74 for storage, 78 for configuration.
//!
//! **In Kafka**: `bin/*.sh`.

mod perf;
mod serve;
mod topic;

use crate::caller::CallError;
use clap::{Parser, Subcommand};
use std::ffi::OsString;
use std::io::{self, Write as _};
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
    /// Loads a broker and measures it; any that speaks Kafka's protocol
    #[command(subcommand)]
    Perf(perf::Load),
    /// Creates and lists topics
    #[command(subcommand)]
    Topic(topic::Action),
}

/// Runs the command that the arguments name.
#[must_use]
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    match Arguments::try_parse_from(arguments) {
        Ok(arguments) => match arguments.command {
            Command::Serve(arguments) => serve::run(arguments),
            Command::Perf(load) => report(perf::run(load)),
            Command::Topic(action) => report(topic::run(action)),
        },
        Err(error) => {
            // Help and the version are errors to the parser; they go to standard output and end well.
            let _ = error.print();
            if error.use_stderr() { ExitCode::from(USAGE) } else { ExitCode::SUCCESS }
        }
    }
}

/// `KEY=VALUE` as it stands in a flag.
fn key_and_value(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("it takes KEY=VALUE")?;
    Ok((key.to_owned(), value.to_owned()))
}

/// How a client's command ends.
fn report(result: Result<(), CallError>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(error);
            ExitCode::FAILURE
        }
    }
}

/// Says what went wrong, for people. A closed standard error changes nothing about the exit code.
fn complain(what: impl core::fmt::Display) {
    let _ = writeln!(io::stderr(), "gracchus: {what}");
}
