//! `gracchus perf`.

use super::out;
use crate::caller::CallError;
use crate::perf::{
    FetchLoad, Firsts, FirstsLoad, Formed, GroupsLoad, Outcome, ProduceLoad, Stayed, fetch, firsts, groups, produce,
};
use core::fmt::Display;
use core::time::Duration;

/// Groups that have not formed by then will not.
const FORMING: Duration = Duration::from_secs(300);

/// What to measure.
#[derive(clap::Subcommand)]
pub enum Load {
    /// Sends records, the same batch again and again
    Produce(Produce),
    /// Reads a partition from its start, over and over
    Fetch(Fetch),
    /// Waits for a broker that starts, and says when each partition of a topic first serves
    Firsts(FirstServed),
    /// Forms consumer groups on a lone broker, keeps them alive, and says how both went
    Groups(Groups),
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
    /// Records in all, at most
    #[arg(long, default_value_t = 1_000_000)]
    records: u64,
    /// Ends after so many seconds, however many records are left
    #[arg(long, value_parser = seconds)]
    seconds: Option<Duration>,
    /// Records a second at most, over all connections; without it each batch follows at once
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..))]
    throughput: Option<u64>,
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
    /// Records in all, of each connection, at most
    #[arg(long, default_value_t = 1_000_000)]
    records: u64,
    /// Ends after so many seconds, however many records are left
    #[arg(long, value_parser = seconds)]
    seconds: Option<Duration>,
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

#[derive(clap::Args)]
pub struct FirstServed {
    #[command(flatten)]
    target: Target,
    /// The topic's partitions, each of which must hold a record
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(i32).range(1..))]
    partitions: i32,
    /// Gives up after so many seconds
    #[arg(long, default_value = "60", value_parser = seconds)]
    seconds: Duration,
}

#[derive(clap::Args)]
pub struct Groups {
    #[command(flatten)]
    target: Target,
    /// How many groups
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..))]
    groups: u16,
    /// Members of each group, each a connection of its own
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..))]
    members: u16,
    /// Seconds between a member's heartbeats
    #[arg(long, default_value = "3", value_parser = seconds)]
    heartbeat: Duration,
    /// Seconds for which the groups stay once they have formed
    #[arg(long, default_value = "30", value_parser = seconds)]
    seconds: Duration,
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse::<f64>().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    seconds.ok_or_else(|| "it takes a number of seconds".to_owned())
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
    match load {
        Load::Produce(arguments) => arguments.target.print(&produce(&arguments.load())?, Outcome::to_json),
        Load::Fetch(arguments) => arguments.target.print(&fetch(&arguments.load())?, Outcome::to_json),
        Load::Firsts(arguments) => arguments.target.print(&firsts(&arguments.load())?, Firsts::to_json),
        Load::Groups(arguments) => {
            let target = &arguments.target;
            let stayed = groups(&arguments.load(), |formed| target.print(formed, Formed::to_json))?;
            target.print(&stayed, Stayed::to_json);
        }
    }
    Ok(())
}

impl Target {
    fn print<T: Display>(&self, measured: &T, to_json: impl Fn(&T) -> String) {
        if self.json {
            out::line(to_json(measured));
        } else {
            out::line(measured.to_string());
        }
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
            throughput: self.throughput,
            time: self.seconds,
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
            time: self.seconds,
            max_bytes: self.max_bytes,
            connections: self.connections,
        }
    }
}

impl FirstServed {
    fn load(&self) -> FirstsLoad {
        FirstsLoad {
            bootstrap: self.target.bootstrap.clone(),
            topic: self.target.topic.clone(),
            partitions: self.partitions,
            patience: self.seconds,
        }
    }
}

impl Groups {
    fn load(&self) -> GroupsLoad {
        GroupsLoad {
            bootstrap: self.target.bootstrap.clone(),
            topic: self.target.topic.clone(),
            groups: usize::from(self.groups),
            members: usize::from(self.members),
            heartbeat: self.heartbeat,
            stay: self.seconds,
            patience: FORMING,
        }
    }
}
