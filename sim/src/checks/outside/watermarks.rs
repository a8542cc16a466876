//! Log start, stable offset and high watermark stand in order in each answer and do not go back under one leadership.
//! Across leaderships the high watermark may: Kafka shows a new leader's lagging one (KIP-207 guards ListOffsets only).

use super::state::{LastAnswer, State};
use crate::checks::Check;
use crate::checks::findings::{Findings, Place};
use crate::checks::model::Partition;
use crate::history::Poll;

/// Looks at an answer's watermarks.
pub fn judge(poll: &Poll, index: usize, partition: &Partition, state: &mut State, found: &mut Findings) {
    let place = Place { node: Some(poll.source), partition: Some(&partition.name) };
    let (start, stable, high) = (poll.log_start, poll.last_stable, poll.high_watermark);
    found.demand(Check::Watermarks, start <= stable && stable <= high, place, || {
        format!("log start {start}, last stable offset {stable}, high watermark {high}")
    });
    let position = state.positions.entry((poll.consumer, index)).or_default();
    let now = LastAnswer { source: poll.source, epoch: poll.leader_epoch, high_watermark: high, log_start: start };
    if let Some(before) = position.last
        && now.epoch.is_some()
        && (before.source, before.epoch) == (now.source, now.epoch)
    {
        found.demand(Check::Watermarks, before.high_watermark <= high && before.log_start <= start, place, || {
            format!(
                "under one leadership the watermarks went back: {before:?}, then {now:?}, of a fetch from {}",
                poll.position
            )
        });
    }
    position.last = Some(now);
}
