//! `gracchus topic alter`.

use crate::caller::Brokers;
use crate::cli::config::alter::{Change, alter};
use crate::cli::config::describe::Resource;
use crate::cli::failure::Failure;
use crate::cli::target::{Target, existing_topics};
use crate::cli::{USAGE, json, key_and_value, out};
use gracchus_core::types::ErrorCode;
use gracchus_core::wire::CreatePartitionsRequest;
use gracchus_core::wire::create_partitions::CreatePartitionsTopic;
use serde::Serialize;

const EXAMPLES: &str = "\
Examples:
  gracchus topic alter orders --partitions 12
  gracchus topic alter orders --config retention.ms=86400000 --delete-config retention.bytes

Partitions are only ever added. Records stay where they are; the same key may go to another partition from then on.";

#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// The topic
    name: String,
    /// How many partitions the topic is to have in all
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i32).range(1..))]
    partitions: Option<i32>,
    /// A key of the configuration to set; may be given several times
    #[arg(long, value_name = "KEY=VALUE", value_parser = key_and_value)]
    config: Vec<(String, String)>,
    /// A key of the configuration that goes back to its default; may be given several times
    #[arg(long, value_name = "KEY")]
    delete_config: Vec<String>,
    #[command(flatten)]
    target: Target,
}

#[derive(Serialize)]
struct Altered<'a> {
    name: &'a str,
    partitions: Option<i32>,
    set: Vec<&'a str>,
    deleted: &'a [String],
}

pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let Arguments { name, partitions, config, delete_config, target } = arguments;
    if partitions.is_none() && config.is_empty() && delete_config.is_empty() {
        let what = "nothing to alter: give --partitions, --config or --delete-config";
        return Err(Failure::new(USAGE, format!("topic {name}: {what}")));
    }
    let mut brokers = target.connect()?;
    existing_topics(&mut brokers, core::slice::from_ref(name))?;
    // The configuration goes first: a key that is refused leaves the partitions as they are.
    let set = config.iter().map(|(key, value)| Change::Set(key.clone(), value.clone()));
    let changes: Vec<Change> = set.chain(delete_config.iter().cloned().map(Change::Delete)).collect();
    if !changes.is_empty() {
        alter(&mut brokers, &Resource::Topic(name.clone()), &changes)?;
    }
    if let Some(count) = partitions {
        add_partitions(&mut brokers, name, *count)?;
    }
    if target.json {
        let set = config.iter().map(|(key, _)| key.as_str()).collect();
        json::print(&Altered { name, partitions: *partitions, set, deleted: delete_config });
        return Ok(());
    }
    changes.iter().for_each(|change| out::line(format!("topic {name}: {change}")));
    if let Some(count) = partitions {
        out::line(format!("topic {name}: {count} partitions"));
    }
    Ok(())
}

fn add_partitions(brokers: &mut Brokers, name: &str, count: i32) -> Result<(), Failure> {
    let topics = vec![CreatePartitionsTopic { name: name.into(), count, assignments: None }];
    let body = CreatePartitionsRequest { topics, timeout_ms: brokers.patience_ms(), validate_only: false };
    let answer =
        brokers.ask_controller(&body, |answer| answer.results.iter().map(|topic| topic.error_code).collect())?;
    let Some(row) = answer.results.iter().find(|row| row.error_code != 0) else { return Ok(()) };
    let what = format!("the partitions of topic {name} stay as they are");
    let failure = Failure::refused(what, row.error_code, row.error_message.as_deref());
    match ErrorCode::from_wire(row.error_code) {
        ErrorCode::InvalidPartitions => Err(failure
            .with_next(format_args!("partitions are only ever added, `gracchus topic describe {name}` counts them"))),
        _ => Err(failure),
    }
}
