//! Produces that come before the log is loaded, to a replica that will lead: each waits for the log.
//!
//! A refusal could be overtaken. An idempotent producer has up to five batches on the way; were the first refused because
//! the log is being read, and the second taken because the log was ready by then, the second would be out of order, and
//! the producer could only begin a new epoch, in which it sends records again that the log has. Kafka opens its listeners
//! when all logs are loaded (`BrokerServer.startup`); here the other partitions serve meanwhile.

use super::ask::PartitionAsk;
use super::partition::{Partition, State};
use super::refusal::refuse;
use super::{Output, Role};
use crate::io::{Asker, Env, Site};
use crate::sometimes;
use crate::types::{ErrorCode, Instant};

/// Produces that wait for the log, in the order of their arrival. Their number and size are bounded by what sessions let
/// run at a time.
#[derive(Clone, Debug, Default)]
pub(super) struct EarlyProduces {
    asks: Vec<(Asker, PartitionAsk)>,
    /// The first of their deadlines.
    earliest: Option<Instant>,
}

impl EarlyProduces {
    /// When the first of them is to be told that it waited too long.
    pub(super) fn next_wake(&self) -> Option<Instant> {
        self.earliest
    }
}

impl Partition {
    /// Keeps the question where it is a produce and this replica is to lead once its log is loaded; else hands it back.
    pub(super) fn keep_early(&mut self, asker: Asker, ask: PartitionAsk, env: &mut Env<'_>) -> Option<PartitionAsk> {
        let is_loading = matches!(self.state, State::AwaitingRoom(..) | State::Loading(_));
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

    /// The role or the assignment changed: puts the produces that waited once more, which a leader takes, a loading replica
    /// that will lead keeps, and any other refuses.
    pub(super) fn put_early_again(&mut self, env: &mut Env<'_>, out: &mut Vec<Output>) {
        for (asker, ask) in core::mem::take(&mut self.early).asks {
            self.on_ask(asker, ask, env, out);
        }
    }

    /// A deadline has come. All that wait are told, those too that could wait longer: a later batch of a producer must not
    /// be taken where an earlier one was not.
    pub(super) fn expire_early(&mut self, env: &mut Env<'_>, out: &mut Vec<Output>) {
        if self.early.next_wake().is_some_and(|due| due <= env.now.mono) {
            self.refuse_early(ErrorCode::RequestTimedOut, env, out);
        }
    }

    /// Refuses the produces that wait for the log.
    pub fn refuse_early(&mut self, error: ErrorCode, env: &mut Env<'_>, out: &mut Vec<Output>) {
        debug_assert!(self.early.asks.is_empty() || self.role == Role::Loading, "none waits for a log that is loaded");
        for (asker, ask) in core::mem::take(&mut self.early).asks {
            refuse(self.name, asker, &ask, error, self.assignment.as_ref(), env, out);
        }
    }
}
