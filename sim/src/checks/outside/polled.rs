//! The shape of a poll: it begins where the one before ended, and leaves nothing out.

use super::state::{Seen, State};
use super::{record, watermarks};
use crate::checks::Check;
use crate::checks::findings::{Findings, Place};
use crate::checks::model::Model;
use crate::history::Poll;
use gracchus_core::types::Offset;

/// A consumer was given something.
pub fn on_polled(poll: &Poll, model: &Model, state: &mut State, found: &mut Findings) {
    let Some(index) = model.place_of(poll.partition) else { return };
    let partition = &model.partitions()[index];
    let place = Place { node: Some(poll.source), partition: Some(&partition.name) };
    watermarks::judge(poll, index, partition, state, found);
    let position = state.positions.entry((poll.consumer, index)).or_default();
    if let Some(next) = position.next {
        found.demand(Check::OrderAcrossPolls, poll.position == next, place, || {
            format!("{:?} was to go on at {next}, and fetched from {}", poll.consumer, poll.position)
        });
    }
    let mut next = poll.position;
    for read in &poll.records {
        // No topic here is compacted or transactional, so offsets leave no gap.
        let check = if next == poll.position { Check::OrderAcrossPolls } else { Check::OrderInPoll };
        found.demand(check, read.offset == next, place, || {
            format!("{:?} was to be given {next}, and was given {}", poll.consumer, read.offset)
        });
        next = read.offset.plus(1);
    }
    position.next = Some(next);
    state.records.read += poll.records.len() as u64;
    for read in &poll.records {
        judge_bounds(poll, read.offset, partition.ceiling, place, found);
        match read.value {
            Ok(value) => {
                let seen = Seen { epoch: read.epoch, value };
                record::on_read(index, read.offset, seen, poll.source, model, state, found);
            }
            Err(damage) => found.demand(Check::Phantom, false, place, || {
                format!("{:?} was given a record at {} that nobody sent: {damage:?}", poll.consumer, read.offset)
            }),
        }
    }
}

fn judge_bounds(poll: &Poll, offset: Offset, ceiling: Offset, place: Place<'_>, found: &mut Findings) {
    let bound = poll.high_watermark.min(ceiling);
    found.demand(Check::ReadsBelowHighWatermark, offset < bound, place, || {
        format!(
            "{:?} was given offset {offset}; the answer's high watermark is {}, and no leader's was ever above {ceiling}",
            poll.consumer, poll.high_watermark
        )
    });
}
