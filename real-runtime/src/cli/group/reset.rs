//! `gracchus group reset`.

use super::known::{self, Committed, Member};
use crate::caller::Brokers;
use crate::cli::failure::{Failure, explained};
use crate::cli::place::{PLACES, Place, offsets_at, place};
use crate::cli::selection::{Partition, Selection, selected, selection};
use crate::cli::table::{Table, counted};
use crate::cli::target::Target;
use crate::cli::{USAGE, json, out};
use gracchus_core::wire::OffsetCommitRequest;
use gracchus_core::wire::offset_commit::{OffsetCommitRequestPartition, OffsetCommitRequestTopic};
use serde::Serialize;
use std::collections::BTreeMap;

const EXAMPLES: &str = "\
Examples:
  gracchus group reset readers --topic orders --to beginning --dry-run
  gracchus group reset readers --topic orders:0 --to 1700
  gracchus group reset readers --all-topics --to 2026-11-27T09:30:00Z

The group must have no members. A group that does not exist yet is created by it.";

#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// The group
    name: String,
    /// A topic, or some of its partitions; may be given several times
    #[arg(long, value_name = "TOPIC[:PARTITION,...]", value_parser = selection)]
    topic: Vec<Selection>,
    /// All partitions that the group has committed an offset of
    #[arg(long, conflicts_with = "topic")]
    all_topics: bool,
    #[arg(long, value_name = "PLACE", value_parser = place, help = format!("Where the group is to go on: {PLACES}"))]
    to: Place,
    /// Shows what would change, and changes nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    target: Target,
}

#[derive(Serialize)]
struct Reset<'a> {
    group: &'a str,
    dry_run: bool,
    partitions: Vec<Row<'a>>,
}

#[derive(Serialize)]
struct Row<'a> {
    topic: &'a str,
    partition: i32,
    before: Option<i64>,
    after: i64,
}

pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let name = &arguments.name;
    if arguments.topic.is_empty() && !arguments.all_topics {
        return Err(Failure::new(USAGE, format!("group {name}: nothing to reset: give --topic or --all-topics")));
    }
    let mut brokers = arguments.target.connect()?;
    refuse_members(&mut brokers, name)?;
    let before = known::committed(&mut brokers, name)?;
    let partitions: Vec<Partition> = match arguments.all_topics {
        true => before.keys().cloned().collect(),
        false => selected(&mut brokers, &arguments.topic)?,
    };
    let after = offsets_at(&mut brokers, &partitions, arguments.to)?;
    if !arguments.dry_run {
        commit(&mut brokers, name, &after)?;
    }
    print(arguments, &before, &after);
    Ok(())
}

/// A group with members commits its own offsets: what another wrote would be overwritten.
fn refuse_members(brokers: &mut Brokers, name: &str) -> Result<(), Failure> {
    let Some(group) = known::describe(brokers, name)? else { return Ok(()) };
    if group.members.is_empty() {
        return Ok(());
    }
    let members: Vec<Member> = group.members.iter().map(known::member).collect();
    let named: Vec<String> =
        members.iter().take(3).map(|member| format!("{} at {}", member.client, member.host)).collect();
    let more = if members.len() > named.len() { ", ..." } else { "" };
    let count = counted(members.len() as u64, "member");
    let next = format!("stop them first: {}{more}", named.join(", "));
    Err(Failure::new(1, format!("group {name} is not reset, as it has {count}")).with_next(next))
}

fn commit(brokers: &mut Brokers, name: &str, after: &BTreeMap<Partition, i64>) -> Result<(), Failure> {
    let mut by_topic: BTreeMap<&str, Vec<OffsetCommitRequestPartition>> = BTreeMap::new();
    for ((topic, partition), offset) in after {
        by_topic.entry(topic).or_default().push(OffsetCommitRequestPartition {
            partition_index: *partition,
            committed_offset: *offset,
            committed_leader_epoch: -1,
            committed_metadata: Some("".into()),
        });
    }
    let topic = |(name, partitions): (&str, _)| OffsetCommitRequestTopic {
        name: name.into(),
        partitions,
        ..OffsetCommitRequestTopic::default()
    };
    // Without a member and a generation: a coordinator takes that for a group that has no members, and no other.
    let body = OffsetCommitRequest {
        group_id: name.into(),
        generation_id_or_member_epoch: -1,
        member_id: "".into(),
        group_instance_id: None,
        retention_time_ms: -1,
        topics: by_topic.into_iter().map(topic).collect(),
    };
    let first = |topics: &[gracchus_core::wire::offset_commit::OffsetCommitResponseTopic]| {
        let mut rows = topics.iter().flat_map(|topic| &topic.partitions);
        rows.find(|row| row.error_code != 0).map_or(0, |row| row.error_code)
    };
    let answer = brokers.ask_coordinator(name, &body, |answer| first(&answer.topics))?;
    let mut rows = answer.topics.iter().flat_map(|topic| topic.partitions.iter().map(move |row| (&topic.name, row)));
    match rows.find(|(_, row)| row.error_code != 0) {
        None => Ok(()),
        Some((topic, row)) => {
            let why = explained(row.error_code);
            let what = format!("group {name} is not reset at {topic}-{}: {why}", row.partition_index);
            Err(Failure::new(1, what).with_next(format_args!("`gracchus group describe {name}` shows the group")))
        }
    }
}

fn print(arguments: &Arguments, before: &BTreeMap<Partition, Committed>, after: &BTreeMap<Partition, i64>) {
    let rows = after.iter().map(|(it, after)| Row {
        topic: &it.0,
        partition: it.1,
        before: before.get(it).map(|committed| committed.offset),
        after: *after,
    });
    if arguments.target.json {
        let (group, dry_run) = (arguments.name.as_str(), arguments.dry_run);
        return json::print(&Reset { group, dry_run, partitions: rows.collect() });
    }
    let mut table = Table::new(["TOPIC", "PARTITION", "BEFORE", "AFTER"]);
    for row in rows {
        let before = row.before.map_or("-".to_owned(), |before| before.to_string());
        table.row([row.topic.to_owned(), row.partition.to_string(), before, row.after.to_string()]);
    }
    table.print();
    if arguments.dry_run {
        out::line(format!("nothing is changed; without --dry-run group {} is reset so", arguments.name));
    }
}
