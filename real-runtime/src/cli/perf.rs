//! `gracchus perf`.

use crate::caller::CallError;
use crate::perf::{FetchLoad, Outcome, ProduceLoad, fetch, produce};

/// What to measure.
#[derive(clap::Subcommand)]
pub enum Load {
    /// Sends records, the same batch again and again
    Produce(Produce),
    /// Reads a partition from its start, over and over
    Fetch(Fetch),
}

#[derive(clap::Args)]
pub struct Target {
    /// The broker
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:9092")]
    bootstrap: String,
    /// The topic
    #[arg(long, default_value = "perf")]
    topic: String,
    /// Prints one line of JSON
    #[arg(long)]
    json: bool,
}

#[derive(clap::Args)]
pub struct Produce {
    #[command(flatten)]
    target: Target,
    /// Records in all
    #[arg(long, default_value_t = 1_000_000)]
    records: u64,
    /// Bytes of each record's value
    #[arg(long, default_value_t = 100)]
    record_size: usize,
    /// Records of each batch
    #[arg(long, default_value_t = 1200, value_parser = clap::value_parser!(u64).range(1..))]
    batch_records: u64,
    /// Unanswered requests of each connection
    #[arg(long, default_value_t = 5)]
    in_flight: usize,
    /// Connections, each on a thread
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..))]
    connections: u64,
    /// The first partition
    #[arg(long, default_value_t = 0)]
    partition: i32,
    /// Over how many partitions the connections are spread
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(i32).range(1..))]
    partitions: i32,
    /// 0, 1, or all
    #[arg(long, default_value = "all", value_parser = acks)]
    acks: i16,
}

#[derive(clap::Args)]
pub struct Fetch {
    #[command(flatten)]
    target: Target,
    /// Records in all, of each connection
    #[arg(long, default_value_t = 1_000_000)]
    records: u64,
    /// Of which partition
    #[arg(long, default_value_t = 0)]
    partition: i32,
    /// max.partition.fetch.bytes
    #[arg(long, default_value_t = 1_048_576)]
    max_bytes: i32,
    /// Connections, each on a thread
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..))]
    connections: u64,
}

fn acks(text: &str) -> Result<i16, String> {
    match text {
        "0" => Ok(0),
        "1" => Ok(1),
        "all" | "-1" => Ok(-1),
        _ => Err("it takes 0, 1 or all".to_owned()),
    }
}

/// Measures, and prints what it measured.
pub fn run(load: Load) -> Result<(), CallError> {
    let (outcome, json) = match load {
        Load::Produce(arguments) => (produce(&arguments.load())?, arguments.target.json),
        Load::Fetch(arguments) => (fetch(&arguments.load())?, arguments.target.json),
    };
    print(&outcome, json);
    Ok(())
}

fn print(outcome: &Outcome, json: bool) {
    if json {
        println!("{}", outcome.to_json());
    } else {
        println!("{outcome}");
    }
}

impl Produce {
    fn load(&self) -> ProduceLoad {
        ProduceLoad {
            bootstrap: self.target.bootstrap.clone(),
            topic: self.target.topic.clone(),
            partitions: self.partitions,
            first_partition: self.partition,
            records: self.records,
            record_size: self.record_size,
            batch_records: self.batch_records,
            in_flight: self.in_flight.max(1),
            connections: self.connections,
            acks: self.acks,
        }
    }
}

impl Fetch {
    fn load(&self) -> FetchLoad {
        FetchLoad {
            bootstrap: self.target.bootstrap.clone(),
            topic: self.target.topic.clone(),
            partition: self.partition,
            records: self.records,
            max_bytes: self.max_bytes,
            connections: self.connections,
        }
    }
}
