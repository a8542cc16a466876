//! `gracchus topic`.

use crate::caller::{CallError, Caller};
use gracchus_core::wire::create_topics::{CreatableTopic, CreatableTopicConfig};
use gracchus_core::wire::metadata::MetadataResponseTopic;
use gracchus_core::wire::{CreateTopicsRequest, MetadataRequest};

/// What to do with topics.
#[derive(clap::Subcommand)]
pub enum Action {
    /// Makes a topic
    Create {
        /// Its name
        name: String,
        /// How many partitions; the broker's num.partitions where it is not given
        #[arg(long, default_value_t = -1, allow_negative_numbers = true)]
        partitions: i32,
        /// How many replicas of each; the broker's default.replication.factor where it is not given
        #[arg(long, default_value_t = -1, allow_negative_numbers = true)]
        replication_factor: i16,
        /// A key of the topic's configuration; may be given several times
        #[arg(long, value_name = "KEY=VALUE", value_parser = super::key_and_value)]
        config: Vec<(String, String)>,
        /// The broker
        #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:9092")]
        bootstrap: String,
    },
    /// Lists all topics
    List {
        /// The broker
        #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:9092")]
        bootstrap: String,
    },
}

/// Does it.
pub fn run(action: Action) -> Result<(), CallError> {
    match action {
        Action::Create { name, partitions, replication_factor, config, bootstrap } => {
            let configs = config
                .into_iter()
                .map(|(name, value)| CreatableTopicConfig { name: name.into(), value: Some(value.into()) });
            let topic = CreatableTopic {
                name: name.as_str().into(),
                num_partitions: partitions,
                replication_factor,
                assignments: Vec::new(),
                configs: configs.collect(),
            };
            create(&mut Caller::connect(&bootstrap)?, topic)
        }
        Action::List { bootstrap } => list(&mut Caller::connect(&bootstrap)?),
    }
}

fn create(caller: &mut Caller<()>, topic: CreatableTopic) -> Result<(), CallError> {
    let body = CreateTopicsRequest { topics: vec![topic], timeout_ms: 30_000, validate_only: false };
    for made in caller.call(&body)?.topics {
        if made.error_code != 0 {
            return Err(match made.error_message {
                Some(message) => CallError::Refused(made.error_code, message.to_string()),
                None => CallError::Code(made.error_code),
            });
        }
        println!("created {} with {} partitions, id {}", made.name, made.num_partitions, made.topic_id);
    }
    Ok(())
}

fn list(caller: &mut Caller<()>) -> Result<(), CallError> {
    let body = MetadataRequest { topics: None, ..MetadataRequest::default() };
    let mut topics: Vec<MetadataResponseTopic> = caller.call(&body)?.topics;
    topics.sort_by(|one, other| one.name.cmp(&other.name));
    for topic in topics {
        let name = topic.name.unwrap_or_default();
        println!("{name}\t{} partitions\tid {}", topic.partitions.len(), topic.topic_id);
    }
    Ok(())
}
