//! `gracchus group describe`.

use super::known::{self, Member};
use crate::caller::Brokers;
use crate::cli::failure::Failure;
use crate::cli::selection::Partition;
use crate::cli::table::{Table, counted};
use crate::cli::target::Target;
use crate::cli::{json, out};
use serde::Serialize;
use std::collections::BTreeMap;

const EXAMPLES: &str = "\
Examples:
  gracchus group describe readers
  gracchus group describe                         all groups
  gracchus group describe readers --json | jq '.[0].lag'

LAG is how many offsets lie between what is committed and the partition's end; it is unknown where nothing is committed.";

#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// The groups; all of them where none is named
    names: Vec<String>,
    #[command(flatten)]
    target: Target,
}

#[derive(Serialize)]
struct Described {
    group: String,
    state: String,
    protocol_type: String,
    assignor: String,
    coordinator: i32,
    members: Vec<Member>,
    partitions: Vec<Row>,
    /// Of all partitions together; none where one of them has no lag, as nothing is committed for it or its topic is gone.
    lag: Option<i64>,
}

#[derive(Serialize)]
struct Row {
    topic: String,
    partition: i32,
    committed: Option<i64>,
    end: Option<i64>,
    lag: Option<i64>,
    member: Option<String>,
}

pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let mut brokers = arguments.target.connect()?;
    let mut names = arguments.names.clone();
    if names.is_empty() {
        names = known::list(&mut brokers)?.into_iter().map(|listed| listed.group).collect();
    }
    let mut groups = Vec::new();
    for name in &names {
        groups.push(describe(&mut brokers, name)?);
    }
    if arguments.target.json {
        json::print(&groups);
        return Ok(());
    }
    for (place, group) in groups.iter().enumerate() {
        if place > 0 {
            out::line("");
        }
        print(group);
    }
    Ok(())
}

fn describe(brokers: &mut Brokers, name: &str) -> Result<Described, Failure> {
    let Some(group) = known::describe(brokers, name)? else { return Err(known::unknown_group(brokers, name)) };
    let mut members: Vec<Member> = group.members.iter().map(known::member).collect();
    members.sort_by(|one, other| one.id.cmp(&other.id));
    let partitions = partitions(brokers, name, &members)?;
    Ok(Described {
        group: name.to_owned(),
        state: group.group_state.to_string(),
        protocol_type: group.protocol_type.to_string(),
        assignor: group.protocol_data.to_string(),
        coordinator: brokers.coordinator(name)?,
        members,
        lag: partitions.iter().map(|row| row.lag).sum(),
        partitions,
    })
}

/// Partitions that a member is assigned, or of which something is committed.
fn partitions(brokers: &mut Brokers, name: &str, members: &[Member]) -> Result<Vec<Row>, Failure> {
    let committed = known::committed(brokers, name)?;
    let assigned = members.iter().flat_map(|member| member.partitions.iter().map(|it| (it.clone(), member.id.clone())));
    let assigned: BTreeMap<Partition, String> = assigned.collect();
    let mut all: Vec<Partition> = committed.keys().chain(assigned.keys()).cloned().collect();
    all.sort();
    all.dedup();
    let ends = known::ends(brokers, &all)?;
    let row = |partition: Partition| {
        let (committed, end) = (committed.get(&partition).map(|it| it.offset), ends.get(&partition).copied());
        let lag = committed.zip(end).map(|(committed, end)| (end - committed).max(0));
        let member = assigned.get(&partition).cloned();
        Row { topic: partition.0, partition: partition.1, committed, end, lag, member }
    };
    Ok(all.into_iter().map(row).collect())
}

fn print(group: &Described) {
    let members = counted(group.members.len() as u64, "member");
    let assignor = if group.assignor.is_empty() { String::new() } else { format!(" by {}", group.assignor) };
    let lag = group.lag.map_or("unknown".to_owned(), |lag| lag.to_string());
    let Described { state, coordinator, .. } = group;
    out::line(format!("group {}: {state}, {members}{assignor}, coordinator {coordinator}, lag {lag}", group.group));
    if !group.members.is_empty() {
        let mut table = Table::new(["MEMBER", "CLIENT", "HOST", "PARTITIONS"]);
        for member in &group.members {
            let name =
                member.instance.as_ref().map_or(member.id.clone(), |instance| format!("{} ({instance})", member.id));
            table.row([name, member.client.clone(), member.host.clone(), member.partitions.len().to_string()]);
        }
        table.print();
    }
    if !group.partitions.is_empty() {
        let mut table = Table::new(["TOPIC", "PARTITION", "COMMITTED", "END", "LAG", "MEMBER"]);
        let shown = |number: Option<i64>| number.map_or("-".to_owned(), |number| number.to_string());
        for row in &group.partitions {
            table.row([
                row.topic.clone(),
                row.partition.to_string(),
                shown(row.committed),
                shown(row.end),
                shown(row.lag),
                row.member.clone().unwrap_or("-".to_owned()),
            ]);
        }
        table.print();
    }
}
