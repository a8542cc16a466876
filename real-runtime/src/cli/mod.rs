//! The `gracchus` command.
//!
//! **Invariants**: an error goes to standard error and names the thing, the cause and the next step; exit codes are those
//! of `sysexits.h`, and 1 where a broker refuses.
//!
//! **In Kafka**: `bin/*.sh`.

mod bytes;
mod config;
mod consume;
mod failure;
mod group;
mod json;
mod out;
mod perf;
mod place;
mod printer;
mod produce;
mod progress;
mod selection;
mod serve;
mod signals;
mod table;
mod target;
mod topic;

use crate::caller::reason;
use clap::{Parser, Subcommand};
use failure::Failure;
use std::ffi::OsString;
use std::io::{self, Write as _};
use std::process::ExitCode;
use tokio::runtime::{Builder, Runtime};

/// The command line cannot be understood.
pub const USAGE: u8 = 64;
/// The input, or what a broker holds, cannot be understood.
pub const DATA: u8 = 65;
/// The input cannot be opened.
pub const NO_INPUT: u8 = 66;
/// No broker can be reached, or none answers.
pub const UNAVAILABLE: u8 = 69;
/// A disk or directory cannot be used, or the output cannot be written.
pub const STORAGE: u8 = 74;
/// What answers does not speak Kafka's protocol, or no version of it that the command speaks.
pub const PROTOCOL: u8 = 76;
/// The configuration cannot be used.
pub const CONFIGURATION: u8 = 78;

/// A Kafka-compatible event-streaming server, and commands for any broker that speaks Kafka's protocol.
#[derive(Parser)]
#[command(name = "gracchus", version, disable_help_subcommand = true, after_help = EXAMPLES)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
Examples:
  gracchus serve                                  a server on 127.0.0.1:9092
  gracchus topic create orders --partitions 3
  echo hello | gracchus produce orders
  gracchus consume orders --group readers
  gracchus group describe readers

Each command has its own --help, with more examples. Exit codes: 0 done, 1 refused by a broker, 64 usage, 65 \
bad input, 66 no input, 69 no broker answers, 74 disk or output, 76 no Kafka, 78 configuration.";

#[derive(Subcommand)]
enum Command {
    /// Runs a server: without any flag, one node on 127.0.0.1:9092 with its data in ./gracchus-data
    Serve(serve::Arguments),
    /// Creates, lists, describes, alters and deletes topics
    #[command(subcommand)]
    Topic(topic::Action),
    /// Writes lines to a topic
    Produce(produce::Arguments),
    /// Prints the records of topics
    Consume(consume::Arguments),
    /// Lists, describes, resets and deletes consumer groups
    #[command(subcommand)]
    Group(group::Action),
    /// Shows and changes the configuration of topics and brokers
    #[command(subcommand)]
    Config(config::Action),
    /// Loads a broker and measures it; any that speaks Kafka's protocol
    #[command(subcommand)]
    Perf(perf::Load),
}

/// Runs the command that the arguments name.
#[must_use]
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    if let Err(error) = signals::survive_file_size_limit() {
        complain(format_args!("a write beyond the file size limit will end this process: {}", reason(&error)));
    }
    match Arguments::try_parse_from(arguments) {
        Ok(arguments) => match arguments.command {
            Command::Serve(arguments) => serve::run(arguments),
            Command::Topic(action) => report(topic::run(action)),
            Command::Produce(arguments) => report(produce::run(&arguments)),
            Command::Consume(arguments) => report(consume::run(&arguments)),
            Command::Group(action) => report(group::run(action)),
            Command::Config(action) => report(config::run(action)),
            Command::Perf(load) => report(perf::run(load).map_err(Failure::from)),
        },
        Err(error) => {
            // Help and the version are errors to the parser; they go to standard output and end well.
            let printed = error.print();
            match printed {
                _ if error.use_stderr() => ExitCode::from(USAGE),
                Ok(()) => ExitCode::SUCCESS,
                Err(error) => ExitCode::from(out::ended(&error)),
            }
        }
    }
}

/// `KEY=VALUE` as it stands in a flag.
fn key_and_value(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').filter(|(key, _)| !key.is_empty()).ok_or("it takes KEY=VALUE")?;
    Ok((key.to_owned(), value.to_owned()))
}

/// A runtime for a client of the core.
fn runtime() -> Result<Runtime, Failure> {
    let runtime = Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| {
        let why = reason(&error);
        Failure::new(STORAGE, format!("the operating system refuses what a client needs: {why}"))
    })
}

/// How a client's command ends.
fn report(result: Result<(), Failure>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            complain(&failure);
            ExitCode::from(failure.code)
        }
    }
}

/// Says what went wrong, for people. A closed standard error changes nothing about the exit code.
fn complain(what: impl core::fmt::Display) {
    let _ = writeln!(io::stderr(), "gracchus: {what}");
}
