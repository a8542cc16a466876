//! `gracchus consume`.

mod plain;
mod render;

use super::failure::Failure;
use super::place::{PLACES, Place, place};
use super::produce::no_partition;
use super::target::{Target, existing_topics};
use super::{UNAVAILABLE, USAGE};
use crate::caller::Brokers;
use core::time::Duration;
use gracchus_core::client::{ClusterConfig, ConsumerConfig, OffsetReset};
use render::Form;

const EXAMPLES: &str = "\
Examples:
  gracchus consume greetings                      from the beginning, and what comes
  gracchus consume orders --until-end --json      what there is, with offsets, keys and headers
  gracchus consume orders --from 15m --key        what was written in the last 15 minutes
  gracchus consume orders --partition 0 --from 17 --count 1

Each record's value is printed on a line, with --key as KEY<TAB>VALUE. With --json each line is an object: topic, partition,
offset, timestamp (milliseconds), key, value and headers; bytes that are no text are {\"base64\":\"...\"}.";

/// What one fetch may bring of all partitions of a broker, in bytes.
const FETCH_MAX: i32 = 8 << 20;

/// What all partitions together may have waiting, in bytes, as far as single batches are not larger.
const WAITING_MAX: i32 = 64 << 20;

#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// The topics
    #[arg(required = true, value_name = "TOPIC")]
    topics: Vec<String>,
    #[arg(long, value_name = "PLACE", default_value = "beginning", value_parser = place, help = format!("Where to begin: {PLACES}"))]
    from: Place,
    /// Reads these partitions only
    #[arg(long, value_name = "N", value_delimiter = ',', value_parser = clap::value_parser!(i32).range(0..))]
    partition: Vec<i32>,
    /// Ends after so many records
    #[arg(long, value_name = "N")]
    count: Option<u64>,
    /// Ends where the partitions ended when the command began
    #[arg(long)]
    until_end: bool,
    /// Prints keys too
    #[arg(long, conflicts_with = "json")]
    key: bool,
    #[command(flatten)]
    target: Target,
}

/// Prints records until there is a reason to end.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    if arguments.count == Some(0) {
        return Ok(());
    }
    let mut brokers = arguments.target.connect()?;
    let partitions = arguments.partitions(&mut brokers)?;
    plain::run(arguments, brokers, partitions)
}

impl Arguments {
    /// The partitions that are read, each once.
    fn partitions(&self, brokers: &mut Brokers) -> Result<Vec<(String, i32)>, Failure> {
        if !self.partition.is_empty() && self.topics.len() > 1 {
            return Err(Failure::new(USAGE, "--partition takes one topic"));
        }
        let mut names = self.topics.clone();
        names.sort();
        names.dedup();
        let mut partitions = Vec::new();
        for (name, topic) in names.iter().zip(existing_topics(brokers, &names)?) {
            let count = topic.partitions.len() as i32;
            if let Some(unknown) = self.partition.iter().find(|partition| **partition >= count) {
                return Err(no_partition(name, *unknown, count));
            }
            let wanted = (0..count).filter(|it| self.partition.is_empty() || self.partition.contains(it));
            partitions.extend(wanted.map(|partition| (name.clone(), partition)));
        }
        Ok(partitions)
    }

    fn form(&self) -> Form {
        match (self.target.json, self.key) {
            (true, _) => Form::Json,
            (false, true) => Form::KeyAndValue,
            (false, false) => Form::Value,
        }
    }

    fn config(&self, partitions: usize) -> ConsumerConfig {
        let each = WAITING_MAX / i32::try_from(partitions.max(1)).unwrap_or(i32::MAX);
        ConsumerConfig {
            cluster: ClusterConfig {
                bootstrap: self.target.servers(),
                allow_auto_topic_creation: false,
                request_timeout_ms: self.timeout_ms().clamp(2_000, 30_000),
                ..ClusterConfig::default()
            },
            max_bytes: FETCH_MAX,
            max_partition_bytes: each.clamp(16 << 10, 1 << 20),
            reset: match self.from {
                Place::End => OffsetReset::Latest,
                Place::Beginning | Place::Offset(_) | Place::Time(_) => OffsetReset::Earliest,
            },
            ..ConsumerConfig::default()
        }
    }

    fn timeout_ms(&self) -> i64 {
        i64::try_from(self.target.timeout().as_millis()).unwrap_or(i64::MAX)
    }
}

/// No broker has answered for so long.
fn silence(waited: Duration, trouble: Option<&str>) -> Failure {
    let waited = (waited.as_secs_f64() * 10.0).round() / 10.0;
    let trouble = trouble.map_or(String::new(), |trouble| format!(": {trouble}"));
    let next = "--timeout sets how long to wait";
    Failure::new(UNAVAILABLE, format!("no broker has answered for {waited} s{trouble}")).with_next(next)
}
