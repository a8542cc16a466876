//! What the coordinator passes to a group with each call, besides the request.

use super::answer::{refused_join, refused_sync};
use super::classic::StoreId;
use super::timers::{TimerKey, Timers};
use super::{GroupAnswer, GroupConfig, Output};
use crate::io::{Asker, Env, TraceEvent, TraceKind};
use crate::types::{ErrorCode, Instant};
use bytestring::ByteString;

/// The parts of a coordinator that its groups use during a call.
pub(super) struct Cx<'a, 'e> {
    pub(super) config: &'a GroupConfig,
    /// The coordinator's partition of `__consumer_offsets`.
    pub(super) partition: i32,
    pub(super) timers: &'a mut Timers,
    pub(super) stores: &'a mut u64,
    pub(super) env: &'a mut Env<'e>,
    pub(super) out: &'a mut Vec<Output>,
}

impl Cx<'_, '_> {
    pub(super) fn answer(&mut self, to: Asker, answer: GroupAnswer) {
        self.out.push(Output::Answer { to, answer });
    }

    /// Answers a JoinGroup with an error. `member` is the member id that the client must use next.
    pub(super) fn refuse_join(&mut self, to: Asker, error: ErrorCode, member: &ByteString) {
        self.answer(to, refused_join(error, member));
    }

    /// Answers a SyncGroup with an error.
    pub(super) fn refuse_sync(&mut self, to: Asker, error: ErrorCode) {
        self.answer(to, refused_sync(error));
    }

    /// Sets the timer of `key` to `ms` milliseconds from now. A negative number counts as 0.
    pub(super) fn schedule(&mut self, key: TimerKey, ms: i32) {
        let at = self.now().plus_ms(i64::from(ms));
        self.timers.schedule(key, at);
    }

    pub(super) fn now(&self) -> Instant {
        self.env.now.mono
    }

    /// Returns a new id, for a record that a group asks the coordinator to append.
    pub(super) fn next_store(&mut self) -> StoreId {
        *self.stores += 1;
        StoreId(*self.stores)
    }

    pub(super) fn trace(&mut self, kind: TraceKind, event: impl FnOnce(i32) -> TraceEvent) {
        let partition = self.partition;
        self.env.trace.emit(kind, || event(partition));
    }
}
