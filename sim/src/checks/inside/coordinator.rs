//! A group coordinator serves once all that it loaded is committed, and takes each group from state to state by Kafka's
//! table: a generation more with each rebalance, and Stable when the record of its assignments is committed. It loads every
//! log that a coordinator wrote.

use crate::checks::Check;
use crate::checks::findings::{Findings, Place};
use crate::checks::model::{GroupSeen, Model, Partition};
use gracchus_core::io::TraceEvent;
use gracchus_core::metadata::CONSUMER_OFFSETS;
use gracchus_core::types::{LeaderEpoch, NodeId, Offset};

/// `ClassicGroupState`: which state may follow which. Only an Empty group is deleted.
const TRANSITIONS: [(&str, &str); 7] = [
    ("Empty", "PreparingRebalance"),
    ("Empty", "Dead"),
    ("PreparingRebalance", "CompletingRebalance"),
    ("PreparingRebalance", "Empty"),
    ("CompletingRebalance", "Stable"),
    ("CompletingRebalance", "PreparingRebalance"),
    ("Stable", "PreparingRebalance"),
];

/// A coordinator said something of itself.
pub fn on_trace(node: NodeId, event: &TraceEvent, model: &mut Model, found: &mut Findings) {
    match event {
        TraceEvent::GroupsLoaded { partition, epoch, .. } => {
            let name = format!("{CONSUMER_OFFSETS}-{partition}");
            if let Some(partition) = model.named_mut(&name) {
                on_loaded(partition, node, *epoch, found);
                partition.coordinated = Some(*epoch);
            }
        }
        TraceEvent::GroupsRefused { partition, epoch, why } => {
            let name = format!("{CONSUMER_OFFSETS}-{partition}");
            if let Some(partition) = model.named(&name) {
                on_refused(partition, node, *epoch, why, found);
            }
        }
        TraceEvent::GroupState { partition, group, generation, state } => {
            let is_dead = *state == "Dead";
            if is_dead {
                *model.ended.entry(group.to_string()).or_default() += 1;
            }
            let name = format!("{CONSUMER_OFFSETS}-{partition}");
            let Some((epoch, high_watermark, end)) = model.named(&name).and_then(|it| leads(it, node)) else { return };
            let key = (node, *partition, group.to_string());
            let before = model.coordinated.get(&key).filter(|before| before.epoch == epoch).cloned();
            // What was appended before the members began to wait for their assignments holds none of these.
            let waits_from = before.as_ref().map_or(end, |before| before.waits_from);
            let is_waiting = *state == "CompletingRebalance";
            let waits_from = if is_waiting { end } else { waits_from };
            let now = GroupSeen { epoch, generation: *generation, state, waits_from };
            if let Some(before) = before {
                judge_step(&before, &now, high_watermark, group, Place::replica(node, &name), found);
            }
            // Another group of that name begins with the first generation.
            match is_dead {
                true => drop(model.coordinated.remove(&key)),
                false => drop(model.coordinated.insert(key, now)),
            }
        }
        _ => {}
    }
}

fn on_loaded(partition: &Partition, node: NodeId, epoch: LeaderEpoch, found: &mut Findings) {
    let Some(replica) = partition.replica(node) else { return };
    let place = Place::replica(node, &partition.name);
    let leading = replica.leading().filter(|leading| leading.epoch == epoch);
    found.demand(Check::CoordinatorState, leading.is_some(), place, || {
        format!("a coordinator of leader epoch {epoch} serves, and its broker is {:?}", replica.role)
    });
    let Some(leading) = leading else { return };
    found.demand(Check::CoordinatorState, replica.high_watermark >= leading.start, place, || {
        format!(
            "a coordinator serves what lies below {}, and only what lies below {} is committed",
            leading.start, replica.high_watermark
        )
    });
}

/// Every log that a broker wrote can be loaded, whatever it deletes: only a disk may spoil one.
fn on_refused(partition: &Partition, node: NodeId, epoch: LeaderEpoch, why: &str, found: &mut Findings) {
    let is_spoilt = partition.replica(node).is_none_or(|replica| replica.rotted || replica.offline);
    found.demand(Check::CoordinatorState, is_spoilt, Place::replica(node, &partition.name), || {
        format!("a coordinator of leader epoch {epoch} refuses to serve: {why}")
    });
}

fn judge_step(
    before: &GroupSeen,
    now: &GroupSeen,
    high_watermark: Offset,
    group: &str,
    place: Place<'_>,
    found: &mut Findings,
) {
    let is_lawful = TRANSITIONS.contains(&(before.state, now.state));
    let grows = matches!(now.state, "CompletingRebalance" | "Empty");
    let generation = if grows { before.generation + 1 } else { before.generation };
    found.demand(Check::CoordinatorState, is_lawful && now.generation == generation, place, || {
        format!("{group} went from {before:?} to {now:?}")
    });
    let is_committed = now.state != "Stable" || high_watermark > before.waits_from;
    found.demand(Check::CoordinatorState, is_committed, place, || {
        format!(
            "{group} is Stable in generation {}, and no record behind {} is committed: the high watermark is {high_watermark}",
            now.generation, before.waits_from
        )
    });
}

/// The leadership that a node has of a partition, with its high watermark and its log end.
fn leads(partition: &Partition, node: NodeId) -> Option<(LeaderEpoch, Offset, Offset)> {
    let replica = partition.replica(node)?;
    Some((replica.leading()?.epoch, replica.high_watermark, replica.log.end()))
}
