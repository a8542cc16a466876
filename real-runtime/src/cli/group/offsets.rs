//! `gracchus group offsets`.

use super::known;
use crate::caller::Brokers;
use crate::cli::failure::{Failure, explained};
use crate::cli::selection::{Partition, Selection, selected, selection};
use crate::cli::table::Table;
use crate::cli::target::Target;
use crate::cli::{json, out};
use gracchus_core::wire::OffsetDeleteRequest;
use gracchus_core::wire::offset_delete::{OffsetDeleteRequestPartition, OffsetDeleteRequestTopic};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

const EXAMPLES: &str = "\
Examples:
  gracchus group offsets readers
  gracchus group offsets readers --topic orders:0,1
  gracchus group offsets readers --topic orders --delete

Offsets of a topic that members of the group subscribe to cannot be deleted.";

#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// The group
    name: String,
    /// A topic, or some of its partitions; may be given several times; without it all that is committed
    #[arg(long, value_name = "TOPIC[:PARTITION,...]", value_parser = selection)]
    topic: Vec<Selection>,
    /// Deletes the offsets: members begin anew where their auto.offset.reset says
    #[arg(long, requires = "topic")]
    delete: bool,
    #[command(flatten)]
    target: Target,
}

#[derive(Serialize)]
struct Row<'a> {
    topic: &'a str,
    partition: i32,
    committed: i64,
    end: Option<i64>,
    lag: Option<i64>,
    metadata: &'a str,
}

#[derive(Serialize)]
struct Deleted<'a> {
    topic: &'a str,
    partition: i32,
}

pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let mut brokers = arguments.target.connect()?;
    if known::describe(&mut brokers, &arguments.name)?.is_none() {
        return Err(known::unknown_group(&mut brokers, &arguments.name));
    }
    let wanted = match arguments.topic.is_empty() {
        true => None,
        false => Some(BTreeSet::from_iter(selected(&mut brokers, &arguments.topic)?)),
    };
    let mut committed = known::committed(&mut brokers, &arguments.name)?;
    if let Some(wanted) = &wanted {
        committed.retain(|partition, _| wanted.contains(partition));
    }
    let partitions: Vec<Partition> = committed.keys().cloned().collect();
    if arguments.delete {
        return delete(&mut brokers, arguments, &partitions);
    }
    let ends = known::ends(&mut brokers, &partitions)?;
    let rows = committed.iter().map(|(partition, it)| {
        let end = ends.get(partition).copied();
        let lag = end.map(|end| (end - it.offset).max(0));
        Row { topic: &partition.0, partition: partition.1, committed: it.offset, end, lag, metadata: &it.metadata }
    });
    if arguments.target.json {
        json::print(&rows.collect::<Vec<_>>());
        return Ok(());
    }
    let mut table = Table::new(["TOPIC", "PARTITION", "COMMITTED", "END", "LAG", "METADATA"]);
    let shown = |number: Option<i64>| number.map_or("-".to_owned(), |number| number.to_string());
    for row in rows {
        let numbers = [row.committed.to_string(), shown(row.end), shown(row.lag)];
        let [committed, end, lag] = numbers;
        table.row([row.topic.to_owned(), row.partition.to_string(), committed, end, lag, row.metadata.to_owned()]);
    }
    table.print();
    Ok(())
}

fn delete(brokers: &mut Brokers, arguments: &Arguments, partitions: &[Partition]) -> Result<(), Failure> {
    let name = &arguments.name;
    let mut by_topic: BTreeMap<&str, Vec<OffsetDeleteRequestPartition>> = BTreeMap::new();
    for (topic, partition) in partitions {
        by_topic.entry(topic).or_default().push(OffsetDeleteRequestPartition { partition_index: *partition });
    }
    let topics =
        by_topic.into_iter().map(|(name, partitions)| OffsetDeleteRequestTopic { name: name.into(), partitions });
    let body = OffsetDeleteRequest { group_id: name.as_str().into(), topics: topics.collect() };
    let answer = brokers.ask_coordinator(name, &body, |answer| answer.error_code)?;
    if answer.error_code != 0 {
        return Err(Failure::refused(format!("no offset of group {name} is deleted"), answer.error_code, None));
    }
    let mut failure = None;
    let mut deleted = Vec::new();
    for topic in &answer.topics {
        for row in &topic.partitions {
            let (topic, partition) = (&*topic.name, row.partition_index);
            match row.error_code {
                0 => deleted.push(Deleted { topic, partition }),
                code => {
                    let why = explained(code);
                    let text = format!("group {name}: the offset of {topic}-{partition} is not deleted: {why}");
                    failure = Some(Failure::new(1, text));
                }
            }
        }
    }
    if arguments.target.json {
        json::print(&deleted);
    } else {
        deleted.iter().for_each(|it| {
            out::line(format!("group {name}: deleted the offset of {}-{}", it.topic, it.partition));
        });
        if deleted.is_empty() && failure.is_none() {
            out::line(format!("group {name}: nothing was committed there"));
        }
    }
    failure.map_or(Ok(()), Err)
}
