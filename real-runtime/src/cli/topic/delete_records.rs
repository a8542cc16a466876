//! `gracchus topic delete-records`.

use crate::caller::Brokers;
use crate::cli::failure::{Failure, explained};
use crate::cli::place::{PLACES, Place, offsets_at, place};
use crate::cli::selection::{Partition, Selection, selected, selection};
use crate::cli::table::Table;
use crate::cli::target::Target;
use crate::cli::{json, out};
use gracchus_core::wire::DeleteRecordsRequest;
use gracchus_core::wire::delete_records::{DeleteRecordsPartition, DeleteRecordsTopic};
use serde::Serialize;
use std::collections::BTreeMap;

const EXAMPLES: &str = "\
Examples:
  gracchus topic delete-records orders --before 7d --dry-run
  gracchus topic delete-records orders:0 --before 1700
  gracchus topic delete-records orders --before end       all that is there now

The partitions begin there from then on. Records are gone for every reader, whatever groups have committed.";

#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// The topic, or some of its partitions
    #[arg(value_name = "TOPIC[:PARTITION,...]", value_parser = selection)]
    topic: Selection,
    #[arg(long, value_name = "PLACE", value_parser = place, help = format!("Records before it go: {PLACES}"))]
    before: Place,
    /// Shows where partitions would begin, and deletes nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    target: Target,
}

#[derive(Serialize)]
struct Row<'a> {
    topic: &'a str,
    partition: i32,
    /// The first offset before.
    from: i64,
    /// The first offset now.
    to: i64,
}

pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let mut brokers = arguments.target.connect()?;
    let partitions = selected(&mut brokers, core::slice::from_ref(&arguments.topic))?;
    let from = offsets_at(&mut brokers, &partitions, Place::Beginning)?;
    let mut to = offsets_at(&mut brokers, &partitions, arguments.before)?;
    if !arguments.dry_run {
        to = delete(&mut brokers, &to)?;
    }
    let rows = to.iter().map(|(it, to)| Row { topic: &it.0, partition: it.1, from: from[it], to: *to });
    if arguments.target.json {
        json::print(&rows.collect::<Vec<_>>());
        return Ok(());
    }
    let mut table = Table::new(["TOPIC", "PARTITION", "BEGAN AT", "BEGINS AT"]);
    for row in rows {
        table.row([row.topic.to_owned(), row.partition.to_string(), row.from.to_string(), row.to.to_string()]);
    }
    table.print();
    if arguments.dry_run {
        out::line("nothing is deleted; without --dry-run the partitions begin so");
    }
    Ok(())
}

/// Asks each partition's leader, and returns where the partitions begin.
fn delete(brokers: &mut Brokers, to: &BTreeMap<Partition, i64>) -> Result<BTreeMap<Partition, i64>, Failure> {
    let mut begins = BTreeMap::new();
    let partitions: Vec<Partition> = to.keys().cloned().collect();
    for (leader, partitions) in brokers.by_leader(&partitions)? {
        let mut topics: BTreeMap<&str, Vec<DeleteRecordsPartition>> = BTreeMap::new();
        for it in &partitions {
            let row = DeleteRecordsPartition { partition_index: it.1, offset: to[it] };
            topics.entry(&it.0).or_default().push(row);
        }
        let topics = topics.into_iter().map(|(name, partitions)| DeleteRecordsTopic { name: name.into(), partitions });
        let body = DeleteRecordsRequest { topics: topics.collect(), timeout_ms: brokers.patience_ms() };
        let answer = brokers.node(leader)?.call(&body)?;
        for topic in answer.topics {
            for row in topic.partitions {
                if row.error_code != 0 {
                    let why = explained(row.error_code);
                    let place = format!("{}-{}", topic.name, row.partition_index);
                    return Err(Failure::new(1, format!("the records of {place} are not deleted: {why}")));
                }
                begins.insert((topic.name.to_string(), row.partition_index), row.low_watermark);
            }
        }
    }
    Ok(begins)
}
