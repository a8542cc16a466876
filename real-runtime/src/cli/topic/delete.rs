//! `gracchus topic delete`.

use crate::cli::failure::Failure;
use crate::cli::target::{Target, UNKNOWN_TOPIC, unknown_topic};
use crate::cli::{json, out};
use gracchus_core::wire::DeleteTopicsRequest;
use gracchus_core::wire::delete_topics::DeleteTopicState;
use serde::Serialize;

const EXAMPLES: &str = "\
Examples:
  gracchus topic delete orders
  gracchus topic delete orders payments --if-exists

The records are gone with the topic. Committed offsets of groups are deleted with it.";

#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// The topics
    #[arg(required = true)]
    names: Vec<String>,
    /// Ends well where a topic does not exist
    #[arg(long)]
    if_exists: bool,
    #[command(flatten)]
    target: Target,
}

#[derive(Serialize)]
struct Deleted {
    name: String,
    deleted: bool,
}

pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let mut brokers = arguments.target.connect()?;
    let state = |name: &String| DeleteTopicState { name: Some(name.as_str().into()), ..Default::default() };
    let body = DeleteTopicsRequest {
        topics: arguments.names.iter().map(state).collect(),
        topic_names: arguments.names.iter().map(|name| name.as_str().into()).collect(),
        timeout_ms: brokers.patience_ms(),
    };
    let answer =
        brokers.ask_controller(&body, |answer| answer.responses.iter().map(|topic| topic.error_code).collect())?;
    let (mut deleted, mut failure) = (Vec::new(), None);
    for row in answer.responses {
        let name = row.name.unwrap_or_default().to_string();
        match row.error_code {
            0 => deleted.push(Deleted { name, deleted: true }),
            UNKNOWN_TOPIC if arguments.if_exists => deleted.push(Deleted { name, deleted: false }),
            UNKNOWN_TOPIC => failure = Some(unknown_topic(&name, &brokers.topics(None)?)),
            code => {
                let what = format!("topic {name} is not deleted");
                failure = Some(Failure::refused(what, code, row.error_message.as_deref()));
            }
        }
    }
    if arguments.target.json {
        json::print(&deleted);
    } else {
        for Deleted { name, deleted } in deleted {
            let text = if deleted { format!("deleted topic {name}") } else { format!("topic {name} does not exist") };
            out::line(text);
        }
    }
    failure.map_or(Ok(()), Err)
}
