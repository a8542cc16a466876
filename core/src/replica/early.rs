//! Produce requests that come before the log is loaded, to a replica that will lead: they wait for the log.
//!
//! Refusing them could break a producer's order. An idempotent producer has up to five batches on the way. If the first
//! were refused because the log is being loaded, and the second accepted because the log is ready by then, the second
//! would be out of sequence. The producer could then only begin a new epoch, in which it would send records again that
//! the log already has. Kafka opens its listeners when all logs are loaded (`BrokerServer.startup`); here the other
//! partitions serve meanwhile.

use super::ask::PartitionAsk;
use super::partition::{Partition, State};
use super::refusal::refuse;
use super::{Output, Role};
use crate::io::{Asker, Env, Site};
use crate::sometimes;
use crate::types::{ErrorCode, Instant};

/// Produce requests that wait for the log, in the order of their arrival. Their number and size are bounded, because
/// sessions limit the requests that are under way.
#[derive(Clone, Debug, Default)]
pub(super) struct EarlyProduces {
    asks: Vec<(Asker, PartitionAsk)>,
    /// The earliest deadline of these requests.
    earliest: Option<Instant>,
}

impl EarlyProduces {
    /// The time at which the first waiting request times out; none if no request waits.
    pub(super) fn next_wake(&self) -> Option<Instant> {
        self.earliest
    }
}

impl Partition {
    /// Keeps a produce request until the log is loaded, if this replica will lead the partition then. Otherwise returns
    /// `ask`, for the caller to handle.
    pub(super) fn keep_early(&mut self, asker: Asker, ask: PartitionAsk, env: &mut Env<'_>) -> Option<PartitionAsk> {
        let is_loading = matches!(self.state, State::OpensLater(..) | State::Loading(_));
        let is_to_lead = self.assignment.as_ref().is_some_and(|it| it.leader == Some(self.me));
        match ask {
            PartitionAsk::Produce { deadline, .. } if is_loading && is_to_lead => {
                sometimes!(env, true, Site::ReplicaProduceBeforeLoad);
                let earliest = self.early.earliest.map_or(deadline, |it| it.min(deadline));
                self.early.earliest = Some(earliest);
                self.early.asks.push((asker, ask));
                None
            }
            ask => Some(ask),
        }
    }

    /// Handles the waiting produce requests again, after the role or the assignment changed. A leader accepts them, a
    /// loading replica that will lead keeps them, and any other replica refuses them.
    pub(super) fn put_early_again(&mut self, env: &mut Env<'_>, out: &mut Vec<Output>) {
        for (asker, ask) in core::mem::take(&mut self.early).asks {
            self.on_ask(asker, ask, env, out);
        }
    }

    /// Refuses all waiting produce requests when the first of their deadlines has come. Requests with a later deadline
    /// are refused too, because a later batch of a producer must not be accepted after an earlier one was refused.
    pub(super) fn expire_early(&mut self, env: &mut Env<'_>, out: &mut Vec<Output>) {
        if self.early.next_wake().is_some_and(|due| due <= env.now.mono) {
            self.refuse_early(ErrorCode::RequestTimedOut, env, out);
        }
    }

    /// Refuses with `error` the produce requests that wait for the log to be loaded.
    pub fn refuse_early(&mut self, error: ErrorCode, env: &mut Env<'_>, out: &mut Vec<Output>) {
        debug_assert!(self.early.asks.is_empty() || self.role == Role::Loading, "none waits for a log that is loaded");
        for (asker, ask) in core::mem::take(&mut self.early).asks {
            refuse(self.name, asker, &ask, error, self.assignment.as_ref(), env, out);
        }
    }
}
