//! `gracchus topic list`.

use crate::cli::failure::Failure;
use crate::cli::json;
use crate::cli::table::Table;
use crate::cli::target::Target;
use gracchus_core::wire::metadata::MetadataResponseTopic;
use serde::Serialize;

const EXAMPLES: &str = "\
Examples:
  gracchus topic list
  gracchus topic list --no-internal --json | jq -r .[].name";

#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// Leaves out topics of the brokers' own, such as __consumer_offsets
    #[arg(long)]
    no_internal: bool,
    #[command(flatten)]
    target: Target,
}

#[derive(Serialize)]
struct Listed<'a> {
    name: &'a str,
    id: String,
    internal: bool,
    partitions: usize,
    replication_factor: usize,
}

pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let mut topics = arguments.target.connect()?.topics(None)?;
    topics.retain(|_, topic| !topic.is_internal || !arguments.no_internal);
    if arguments.target.json {
        json::print(&topics.iter().map(|(name, topic)| listed(name, topic)).collect::<Vec<_>>());
        return Ok(());
    }
    let mut table = Table::new(["TOPIC", "PARTITIONS", "REPLICATION", "ID"]);
    for (name, topic) in &topics {
        let Listed { partitions, replication_factor, id, .. } = listed(name, topic);
        table.row([name.clone(), partitions.to_string(), replication_factor.to_string(), id]);
    }
    table.print();
    Ok(())
}

fn listed<'a>(name: &'a str, topic: &MetadataResponseTopic) -> Listed<'a> {
    Listed {
        name,
        id: topic.topic_id.to_string(),
        internal: topic.is_internal,
        partitions: topic.partitions.len(),
        replication_factor: topic.partitions.iter().map(|it| it.replica_nodes.len()).max().unwrap_or(0),
    }
}
