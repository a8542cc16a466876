//! A client that deletes records: at the high watermark now and then, and else a little behind where a log begins.

use super::Target;
use super::caller::{Asker, Caller, TIMEOUT_MS};
use crate::actor::ActorCx;
use crate::note::Note;
use gracchus_core::client::Answered;
use gracchus_core::types::{ErrorCode, Instant, Now, Offset};
use gracchus_core::wire::delete_records::{DeleteRecordsPartition, DeleteRecordsTopic};
use gracchus_core::wire::{DeleteRecordsRequest, DeleteRecordsResponse};
use std::sync::Arc;

/// The version of DeleteRecords that it speaks.
const VERSION: i16 = 2;
/// One deletion in so many is of all there is.
const ALL_ONE_IN: u64 = 12;
/// The others go on by so many offsets at most.
const STEP_MOST: u64 = 80;

/// Deletes records of one partition after the other, by a broker that it guesses: the wrong one says so.
#[derive(Clone, Debug)]
pub struct DeleterActor {
    every_ms: u64,
    until: Instant,
    targets: Vec<Target>,
    /// Where each target's log begins, as far as it was told.
    lows: Vec<Offset>,
    caller: Caller<Deletion>,
}

/// A deletion under way, by the number of its target.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deletion(usize);

impl DeleterActor {
    /// One that deletes something of `targets` every so often, until then.
    #[must_use]
    pub fn new(every_ms: u64, until: Instant, brokers: Vec<(Arc<str>, u16)>, targets: Vec<Target>) -> DeleterActor {
        let lows = vec![Offset::ZERO; targets.len()];
        let caller = Caller::new("deleter".to_owned(), brokers);
        DeleterActor { every_ms: every_ms.max(1), until, targets, lows, caller }
    }
}

impl Asker for DeleterActor {
    type Ask = Deletion;

    fn caller(&self) -> &Caller<Deletion> {
        &self.caller
    }

    fn caller_mut(&mut self) -> &mut Caller<Deletion> {
        &mut self.caller
    }

    fn go_on(&mut self, now: Now, cx: &mut ActorCx<'_>) {
        if now.mono >= self.until || self.targets.is_empty() {
            return self.stop();
        }
        self.caller.pause(now.mono.plus_ms(self.every_ms as i64));
        self.caller.dial(now.mono, cx);
    }

    fn ask(&mut self, now: Now, cx: &mut ActorCx<'_>) {
        let at = cx.draws.below(self.targets.len() as u64) as usize;
        let target = &self.targets[at];
        let all = cx.draws.below(ALL_ONE_IN) == 0;
        let to = self.lows[at].plus(1 + cx.draws.below(STEP_MOST) as i64);
        cx.note(Note::DeletionAsked { partition: target.id, to: if all { Offset(i64::MAX) } else { to } });
        let offset = if all { -1 } else { to.0 };
        let partitions = vec![DeleteRecordsPartition { partition_index: target.id.partition, offset }];
        let topics = vec![DeleteRecordsTopic { name: target.topic.to_string().into(), partitions }];
        let body = DeleteRecordsRequest { topics, timeout_ms: TIMEOUT_MS as i32 };
        self.caller.send(&body, VERSION, Deletion(at), now.mono, cx);
    }

    fn on_answer(&mut self, answered: &Answered<Deletion>, _now: Now, cx: &mut ActorCx<'_>) {
        let Deletion(at) = answered.purpose;
        let said = answered.read::<DeleteRecordsResponse>().ok();
        let said = said.and_then(|body| body.topics.into_iter().next());
        let said = said.and_then(|topic| topic.partitions.into_iter().next());
        if let Some(said) = said
            && ErrorCode::from_wire(said.error_code) == ErrorCode::None
            && let Some(low) = Offset::from_wire(said.low_watermark)
        {
            self.lows[at] = low;
            cx.note(Note::Deleted { partition: self.targets[at].id, low });
        }
        // The next deletion is another broker's.
        self.caller.hang_up(cx);
    }

    fn on_lost(&mut self, _lost: Option<Deletion>, _cx: &mut ActorCx<'_>) {}
}
