//! `gracchus consume`.

mod group;
mod plain;
mod printer;
mod render;

use super::failure::{Failure, explained};
use super::place::{PLACES, Place, place};
use super::produce::no_partition;
use super::target::{Target, existing_topics};
use super::{UNAVAILABLE, USAGE, complain};
use crate::caller::Brokers;
use crate::driver::{Client, Driver};
use core::time::Duration;
use gracchus_core::client::{Assignor, ClusterConfig, ConsumerConfig, ConsumerNews, OffsetReset};
use render::Form;

const EXAMPLES: &str = "\
Examples:
  gracchus consume greetings                      from the beginning, and what comes
  gracchus consume orders --until-end --json      what there is, with offsets, keys and headers
  gracchus consume orders --from 15m --key        what was written in the last 15 minutes
  gracchus consume orders --partition 0 --from 17 --count 1
  gracchus consume orders --group readers         shares the partitions with the group's other members

A member of a group goes on where the group committed, and commits what it has printed: every second, before it \
gives partitions up, and at its end, to which ctrl-C brings it in good order. --from counts where nothing is \
committed yet; `gracchus group reset` moves what is.

Each record's value is printed on a line, with --key as KEY<TAB>VALUE. With --json each line is an object: \
topic, partition, offset, timestamp (milliseconds), key, value and headers; bytes that are no text are \
{\"base64\":\"...\"}.";

/// How often it is looked whether brokers answer at all.
const LOOK: Duration = Duration::from_millis(200);

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
    /// Joins this consumer group
    #[arg(long, value_name = "NAME", conflicts_with = "partition", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    group: Option<String>,
    /// How the group shares its partitions out, the preferred way first; one that all members have is taken
    #[arg(
        long,
        value_name = "NAME",
        value_delimiter = ',',
        requires = "group",
        default_value = "range,cooperative-sticky",
        value_parser = assignor
    )]
    assignor: Vec<Assignor>,
    /// Prints keys too
    #[arg(long, conflicts_with = "json")]
    key: bool,
    #[command(flatten)]
    target: Target,
}

fn assignor(text: &str) -> Result<Assignor, String> {
    Assignor::from_name(text).ok_or_else(|| "it takes range, roundrobin or cooperative-sticky".to_owned())
}

/// Prints records until there is a reason to end.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    if arguments.count == Some(0) {
        return Ok(());
    }
    if let (Some(group), Place::Offset(_) | Place::Time(_)) = (&arguments.group, arguments.from) {
        let next = format!("`gracchus group reset {group}` moves what a group has committed");
        return Err(Failure::new(USAGE, "--from takes beginning or end for a group").with_next(next));
    }
    let mut brokers = arguments.target.connect()?;
    let partitions = arguments.partitions(&mut brokers)?;
    match &arguments.group {
        Some(group) => group::run(arguments, group, brokers, &partitions),
        None => plain::run(arguments, brokers, partitions),
    }
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

/// Says what a user should know of a position that moved by itself; a failure where a partition cannot be read.
fn note_position(news: &ConsumerNews) -> Result<(), Failure> {
    match news {
        ConsumerNews::Positioned { topic, partition, from: Some(from), to } => {
            complain(format_args!("{topic}-{partition}: offset {from} is not in the log; going on at {to}"));
        }
        ConsumerNews::Truncated { topic, partition, from, .. } => {
            let what = "records before it were lost when the leader changed; going on where the log goes on";
            complain(format_args!("{topic}-{partition}: offset {from} is not in the new leader's log: {what}"));
        }
        ConsumerNews::Refused { topic, partition, error, stops } => {
            let text = format!("{topic}-{partition} cannot be read: {}", explained(error.to_wire()));
            if *stops {
                return Err(Failure::new(1, text));
            }
            complain(format_args!("{text}; trying again"));
        }
        ConsumerNews::Positioned { from: None, .. } | ConsumerNews::Fetched(_) => {}
    }
    Ok(())
}

/// Tells of trouble with the brokers once, and gives up where none answers for too long.
fn look<C: Client, E: Send + 'static>(driver: &mut Driver<C, E>, patience: Duration) -> Result<(), Failure> {
    if let Some(trouble) = driver.take_trouble() {
        complain(format_args!("{trouble}; trying again"));
    }
    let (heard, trouble) = driver.last_heard();
    let waited = driver.now().mono.since(heard);
    // A fetch that finds nothing waits at the broker for half a second.
    if waited <= patience.max(Duration::from_secs(2)) {
        return Ok(());
    }
    let waited = (waited.as_secs_f64() * 10.0).round() / 10.0;
    let trouble = trouble.map_or(String::new(), |trouble| format!(": {trouble}"));
    let next = "--timeout sets how long to wait";
    Err(Failure::new(UNAVAILABLE, format!("no broker has answered for {waited} s{trouble}")).with_next(next))
}
