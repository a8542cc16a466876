//! Fetches that wait until there is something to read: one partition's part of the long poll (KIP-74).

use super::ask::PartitionAnswer;
use super::{Output, loaded::Replica};
use crate::io::{Asker, Env, WorkKind};
use crate::types::Offset;
use std::collections::BTreeMap;

/// The fetches of one partition that wait, each with the asker to whom more readable bytes are reported.
#[derive(Clone, Debug, Default)]
pub(super) struct Watches {
    /// The waiting fetches. Thousands of consumers may wait for one partition, and each comes and goes by itself.
    waiting: BTreeMap<Asker, Watch>,
    /// Whether the log or the high watermark grew since the fetches were last examined.
    is_stirred: bool,
}

/// A fetch that waits.
#[derive(Clone, Copy, Debug)]
pub(super) struct Watch {
    /// The offset from which the fetch will read.
    pub(super) from: Offset,
    /// Whether the fetch comes from a follower, which sees the whole log. Other fetches see only records below the high
    /// watermark.
    pub(super) is_replica: bool,
    /// The most bytes that are reported to the asker.
    pub(super) most: u32,
    /// The offset up to which the fetch could read when it was last examined.
    pub(super) seen: Offset,
    /// The number of bytes last reported to the asker.
    pub(super) told: u32,
}

impl Watches {
    pub(super) fn insert(&mut self, asker: Asker, watch: Watch) {
        self.waiting.insert(asker, watch);
    }

    pub(super) fn remove(&mut self, asker: Asker) {
        self.waiting.remove(&asker);
    }

    /// Notes that the log or the high watermark grew, so that all fetches are examined at the turn's end.
    pub(super) fn stir(&mut self) {
        self.is_stirred = true;
    }

    /// Tells each waiting fetch that can read more bytes after this turn how many bytes it can read.
    pub(super) fn on_turn_end(
        &mut self,
        replica: &Replica,
        consumers_upper: Offset,
        env: &mut Env<'_>,
        out: &mut Vec<Output>,
    ) {
        if !core::mem::take(&mut self.is_stirred) {
            return;
        }
        env.work.add(WorkKind::QueueSteps, self.waiting.len() as u64);
        let log_end = replica.log.end();
        for (asker, watch) in &mut self.waiting {
            let upper = if watch.is_replica { log_end } else { consumers_upper };
            if upper == watch.seen || watch.told == watch.most {
                continue;
            }
            watch.seen = upper;
            let bytes = replica.readable(watch.from, upper, watch.most);
            if bytes > watch.told {
                watch.told = bytes;
                out.push(readable(*asker, bytes));
            }
        }
    }

    /// Ends all watches, because the leadership ends: each asker is told to read at once, and the answer to that read
    /// has the error.
    pub(super) fn end(&mut self, out: &mut Vec<Output>) {
        out.extend(core::mem::take(&mut self.waiting).into_keys().map(at_once));
    }
}

/// Makes the answer that `bytes` bytes can be read.
pub(super) fn readable(to: Asker, bytes: u32) -> Output {
    Output::Answer { to, answer: PartitionAnswer::Readable { bytes, at_once: false } }
}

/// Makes the answer that the asker must read at once, because the read will return an error or a divergence.
pub(super) fn at_once(to: Asker) -> Output {
    Output::Answer { to, answer: PartitionAnswer::Readable { bytes: 0, at_once: true } }
}
