//! Whoever asks a leader where a partition ends is told of everything that was known to be committed before he asked
//! (KIP-207): what was acknowledged or read, and any end that was told before.

use super::group::leadership_of;
use super::state::State;
use crate::checks::Check;
use crate::checks::findings::{Findings, Place};
use crate::checks::model::Model;
use crate::history::{CallId, GroupAct, GroupAnswer, GroupEvent, GroupQuestion};
use gracchus_core::types::{LeaderEpoch, NodeId, Offset, TopicPartition};
use std::collections::BTreeMap;

/// Questions that are not answered, and the ends that were told.
#[derive(Clone, Debug, Default)]
pub struct Ends {
    asked: BTreeMap<CallId, Vec<Asked>>,
    /// The greatest end that a leader told of a partition, with the number of losses that it had had then.
    told: BTreeMap<TopicPartition, (u32, Offset)>,
}

#[derive(Clone, Debug)]
struct Asked {
    partition: TopicPartition,
    node: NodeId,
    /// The asked broker's leadership, if it was the newest.
    leadership: Option<LeaderEpoch>,
    /// The partition ends here or behind.
    least: Offset,
    /// How many losses it had had.
    cuts: u32,
}

/// Looks at one act of somebody who asks for ends.
pub fn see(event: &GroupEvent, model: &Model, state: &mut State, found: &mut Findings) {
    match &event.act {
        GroupAct::Asked(call, node, GroupQuestion::Ends(partitions)) => {
            let asked = partitions.iter().filter_map(|partition| ask(*partition, *node, model, state)).collect();
            state.ends.asked.insert(*call, asked);
        }
        GroupAct::Told(call, GroupAnswer::Ends(rows)) => {
            let asked = state.ends.asked.remove(call).unwrap_or_default();
            for asked in &asked {
                let row = rows.iter().find(|(partition, _)| *partition == asked.partition);
                if let Some((_, Ok(end))) = row {
                    judge(asked, *end, model, state, found);
                }
            }
        }
        _ => {}
    }
}

fn ask(partition: TopicPartition, node: NodeId, model: &Model, state: &mut State) -> Option<Asked> {
    let index = model.place_of(partition)?;
    let leadership = leadership_of(&model.partitions()[index], node);
    let readings = state.partition(index);
    let (committed, cuts) = (readings.committed.map_or(Offset::ZERO, |last| last.plus(1)), readings.cuts);
    let told = state.ends.told.get(&partition).filter(|(losses, _)| *losses == cuts).map(|(_, end)| *end);
    Some(Asked { partition, node, leadership, least: told.map_or(committed, |told| told.max(committed)), cuts })
}

fn judge(asked: &Asked, end: Offset, model: &Model, state: &mut State, found: &mut Findings) {
    let Some(index) = model.place_of(asked.partition) else { return };
    let partition = &model.partitions()[index];
    let cuts = state.partition(index).cuts;
    // One that has been replaced and has not heard of it answers by what it has.
    if asked.leadership.is_none() || leadership_of(partition, asked.node) != asked.leadership || asked.cuts != cuts {
        return;
    }
    let place = Place { node: Some(asked.node), partition: Some(&partition.name) };
    found.demand(Check::Recency, end >= asked.least, place, || {
        format!("its leader said that the partition ends at {end}; before it was asked {} was known", asked.least)
    });
    state.ends.told.insert(asked.partition, (cuts, end.max(asked.least)));
}
