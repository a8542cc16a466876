//! `gracchus topic create`.

use crate::cli::failure::Failure;
use crate::cli::table::counted;
use crate::cli::target::Target;
use crate::cli::{json, key_and_value, out};
use gracchus_core::types::ErrorCode;
use gracchus_core::wire::CreateTopicsRequest;
use gracchus_core::wire::create_topics::{CreatableTopic, CreatableTopicConfig, CreatableTopicResult};
use serde::Serialize;

const EXAMPLES: &str = "\
Examples:
  gracchus topic create orders
  gracchus topic create orders --partitions 6 --replication-factor 3 --if-not-exists
  gracchus topic create users --config cleanup.policy=compact --config retention.ms=-1";

#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// The topic's name: letters, digits, dots, underscores and hyphens
    name: String,
    /// How many partitions; without it the broker's num.partitions
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i32).range(1..))]
    partitions: Option<i32>,
    /// How many replicas of each partition; without it the broker's default.replication.factor
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i16).range(1..))]
    replication_factor: Option<i16>,
    /// A key of the topic's configuration; may be given several times
    #[arg(long, value_name = "KEY=VALUE", value_parser = key_and_value)]
    config: Vec<(String, String)>,
    /// Leaves a topic of that name as it is, and ends well
    #[arg(long)]
    if_not_exists: bool,
    #[command(flatten)]
    target: Target,
}

#[derive(Serialize)]
struct Created<'a> {
    name: &'a str,
    created: bool,
    id: Option<String>,
    partitions: Option<i32>,
    replication_factor: Option<i16>,
}

pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let mut brokers = arguments.target.connect()?;
    let config = |(name, value): &(String, String)| CreatableTopicConfig {
        name: name.as_str().into(),
        value: Some(value.as_str().into()),
    };
    let topic = CreatableTopic {
        name: arguments.name.as_str().into(),
        num_partitions: arguments.partitions.unwrap_or(-1),
        replication_factor: arguments.replication_factor.unwrap_or(-1),
        assignments: Vec::new(),
        configs: arguments.config.iter().map(config).collect(),
    };
    let body = CreateTopicsRequest { topics: vec![topic], timeout_ms: brokers.patience_ms(), validate_only: false };
    let answer =
        brokers.ask_controller(&body, |answer| answer.topics.iter().map(|topic| topic.error_code).collect())?;
    for made in answer.topics {
        arguments.on_made(&made)?;
    }
    Ok(())
}

impl Arguments {
    fn on_made(&self, made: &CreatableTopicResult) -> Result<(), Failure> {
        let name = &self.name;
        let failed =
            || Failure::refused(format!("topic {name} is not created"), made.error_code, made.error_message.as_deref());
        match ErrorCode::from_wire(made.error_code) {
            ErrorCode::None => {}
            ErrorCode::TopicAlreadyExists if self.if_not_exists => {}
            ErrorCode::TopicAlreadyExists => {
                return Err(failed().with_next(format_args!(
                    "`gracchus topic describe {name}` shows it, --if-not-exists accepts it as it is"
                )));
            }
            _ => return Err(failed()),
        }
        let created = made.error_code == 0;
        // Brokers before Kafka 2.4 do not tell what they chose.
        let partitions = Some(made.num_partitions).filter(|number| created && *number > 0);
        let replication_factor = Some(made.replication_factor).filter(|number| created && *number > 0);
        let id = created.then(|| made.topic_id.to_string());
        if self.target.json {
            json::print(&Created { name, created, id, partitions, replication_factor });
            return Ok(());
        }
        match (created, partitions, replication_factor) {
            (false, ..) => out::line(format!("topic {name} exists already")),
            (true, Some(partitions), Some(factor)) => {
                let partitions = counted(partitions.unsigned_abs().into(), "partition");
                out::line(format!("created topic {name}: {partitions}, replication factor {factor}"));
            }
            (true, ..) => out::line(format!("created topic {name}")),
        }
        Ok(())
    }
}
