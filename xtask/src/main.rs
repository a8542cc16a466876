//! The developer's commands: `cargo xtask <command>`.

mod apache_records;
mod bench;
mod check;
mod clients;
mod compare_admin;
mod cost;
mod deep;
mod kafka;
mod retention;
mod same;
mod server;
mod storm;

use std::process::ExitCode;
use xtask::codegen;

const USAGE: &str = "usage: cargo xtask <command>

  test       formatting, lints, every test, documentation: what must hold before a change lands;
             --deep runs every property and every test over seeds with a hundred times its cases: test --deep --help
  bench      Gracchus beside Apache Kafka on this machine: --quick for a first look, --save to keep the tables,
             --alone without Kafka, --only ROW,ROW of start, idle, produce, fetch, flush, groups, shards,
             recovery
  same       whether the simulator does seed by seed what it did at another git revision: same --help
  cost       instructions of the simulator's benchmarks beside another git revision, under valgrind: cost --help
  apache-records
             our messages, the records of __consumer_offsets and of the metadata log, and the files of a quorum against
             Apache Kafka's own classes, which mvn brings: --kafka VERSION for another Kafka than 4.3.1
  clients    programs on real Kafka clients (Java, librdkafka, aiokafka, franz-go, kafkajs) against a server process,
             through a kill -9: clients --help
  compare-admin
             the same admin calls, request by request and with Apache's own tools, to Apache Kafka and to Gracchus: what
             they answer must be the same but for the differences that are listed: compare-admin --help
  storm      one server under real clients, killed with SIGKILL at random moments for ten minutes: storm --help
  retention  one server whose topics fill up and are deleted for five minutes: disk space comes back: retention --help
  codegen    write core/src/wire/generated from the schema table";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    // The exit codes of a comparison are its own.
    match arguments.first().map(String::as_str) {
        Some("same") => return same::run(&arguments[1..]),
        Some("cost") => return cost::run(&arguments[1..]),
        _ => {}
    }
    let outcome = match arguments.first().map(String::as_str) {
        Some("codegen") => codegen::run(),
        Some("test") => check::run(&arguments[1..]),
        Some("apache-records") => apache_records::run(&arguments[1..]),
        Some("clients") => clients::run(&arguments[1..]),
        Some("compare-admin") => compare_admin::run(&arguments[1..]),
        Some("storm") => storm::run(&arguments[1..]),
        Some("retention") => retention::run(&arguments[1..]),
        Some("bench") => bench::run(&arguments[1..]),
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
