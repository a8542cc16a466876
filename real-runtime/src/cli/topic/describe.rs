//! `gracchus topic describe`.

use crate::cli::config::describe::{Described, Resource, describe};
use crate::cli::failure::Failure;
use crate::cli::table::{Table, counted, listed};
use crate::cli::target::{Target, existing_topics};
use crate::cli::{json, out};
use gracchus_core::wire::metadata::{MetadataResponsePartition, MetadataResponseTopic};
use serde::Serialize;
use std::collections::BTreeMap;

const EXAMPLES: &str = "\
Examples:
  gracchus topic describe orders
  gracchus topic describe                         all topics
  gracchus topic describe orders --json | jq '.[].partitions[].leader'

Configuration that is not set has defaults: `gracchus config show topic orders --all` shows them too.";

#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// The topics; all of them where none is named
    names: Vec<String>,
    #[command(flatten)]
    target: Target,
}

#[derive(Serialize)]
struct Topic<'a> {
    name: &'a str,
    id: String,
    internal: bool,
    partitions: Vec<Partition<'a>>,
    configs: BTreeMap<&'a str, Option<&'a str>>,
}

#[derive(Serialize)]
struct Partition<'a> {
    partition: i32,
    leader: Option<i32>,
    leader_epoch: i32,
    replicas: &'a [i32],
    isr: &'a [i32],
    offline: &'a [i32],
}

pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let mut brokers = arguments.target.connect()?;
    let mut names = arguments.names.clone();
    if names.is_empty() {
        names = brokers.topics(None)?.into_keys().collect();
    }
    let mut topics = existing_topics(&mut brokers, &names)?;
    topics.iter_mut().for_each(|topic| topic.partitions.sort_by_key(|it| it.partition_index));
    let resources: Vec<Resource> = names.iter().map(|name| Resource::Topic(name.clone())).collect();
    let configs = describe(&mut brokers, &resources, false)?;
    if arguments.target.json {
        let described: Vec<Topic<'_>> =
            names.iter().zip(&topics).zip(&configs).map(|((name, topic), config)| told(name, topic, config)).collect();
        json::print(&described);
        return Ok(());
    }
    for (place, ((name, topic), config)) in names.iter().zip(&topics).zip(&configs).enumerate() {
        if place > 0 {
            out::line("");
        }
        print(name, topic, config);
    }
    Ok(())
}

fn told<'a>(name: &'a str, topic: &'a MetadataResponseTopic, config: &'a [Described]) -> Topic<'a> {
    let partition = |it: &'a MetadataResponsePartition| Partition {
        partition: it.partition_index,
        leader: leader(it),
        leader_epoch: it.leader_epoch,
        replicas: &it.replica_nodes,
        isr: &it.isr_nodes,
        offline: &it.offline_replicas,
    };
    Topic {
        name,
        id: topic.topic_id.to_string(),
        internal: topic.is_internal,
        partitions: topic.partitions.iter().map(partition).collect(),
        configs: set_keys(config).map(|it| (it.name.as_str(), it.value.as_deref())).collect(),
    }
}

fn print(name: &str, topic: &MetadataResponseTopic, config: &[Described]) {
    let factor = topic.partitions.iter().map(|it| it.replica_nodes.len()).max().unwrap_or(0);
    let partitions = counted(topic.partitions.len() as u64, "partition");
    let internal = if topic.is_internal { ", internal" } else { "" };
    out::line(format!("topic {name}: {partitions}, replication factor {factor}, id {}{internal}", topic.topic_id));
    for it in set_keys(config) {
        out::line(format!("config {}={}", it.name, it.shown()));
    }
    let mut table = Table::new(["PARTITION", "LEADER", "REPLICAS", "IN SYNC", "OFFLINE"]);
    for it in &topic.partitions {
        table.row([
            it.partition_index.to_string(),
            leader(it).map_or("none".to_owned(), |leader| leader.to_string()),
            listed(&it.replica_nodes),
            listed(&it.isr_nodes),
            listed(&it.offline_replicas),
        ]);
    }
    table.print();
}

fn leader(partition: &MetadataResponsePartition) -> Option<i32> {
    Some(partition.leader_id).filter(|leader| *leader >= 0)
}

fn set_keys(config: &[Described]) -> impl Iterator<Item = &Described> {
    config.iter().filter(|it| it.is_of_topic())
}
