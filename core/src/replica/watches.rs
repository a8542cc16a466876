//! Those who wait for something to read (KIP-74's long poll, one partition's share of it).

use super::ask::PartitionAnswer;
use super::{Output, loaded::Replica};
use crate::io::Asker;
use crate::types::Offset;

/// Waiting fetches, by whom to tell.
#[derive(Clone, Debug, Default)]
pub(super) struct Watches {
    /// In the order of their askers: a list that is filled and emptied all the time and seldom long.
    waiting: Vec<(Asker, Watch)>,
    /// The log or the high watermark grew since they were last looked at.
    is_stirred: bool,
}

/// One of them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Watch {
    /// From where it will read.
    pub(super) from: Offset,
    /// Whether it sees the whole log, rather than what is below the high watermark.
    pub(super) is_replica: bool,
    /// It does not care for more bytes than these.
    pub(super) most: u32,
    /// Up to where it was looked at.
    pub(super) seen: Offset,
    /// How many bytes it was told of.
    pub(super) told: u32,
}

impl Watches {
    pub(super) fn insert(&mut self, asker: Asker, watch: Watch) {
        match self.find(asker) {
            Ok(at) => self.waiting[at].1 = watch,
            Err(at) => self.waiting.insert(at, (asker, watch)),
        }
    }

    pub(super) fn remove(&mut self, asker: Asker) {
        if let Ok(at) = self.find(asker) {
            self.waiting.remove(at);
        }
    }

    /// The log or the high watermark grew: look at all of them at the turn's end.
    pub(super) fn stir(&mut self) {
        self.is_stirred = true;
    }

    /// Tells those whom the turn brought more.
    pub(super) fn on_turn_end(&mut self, replica: &Replica, consumers_upper: Offset, out: &mut Vec<Output>) {
        if !core::mem::take(&mut self.is_stirred) {
            return;
        }
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

    /// Nobody waits here any more: each is to ask, and to hear why.
    pub(super) fn end(&mut self, out: &mut Vec<Output>) {
        out.extend(self.waiting.drain(..).map(|(asker, _)| at_once(asker)));
    }

    fn find(&self, asker: Asker) -> Result<usize, usize> {
        self.waiting.binary_search_by_key(&asker, |(asker, _)| *asker)
    }
}

/// So much can be read.
pub(super) fn readable(to: Asker, bytes: u32) -> Output {
    Output::Answer { to, answer: PartitionAnswer::Readable { bytes, at_once: false } }
}

/// A read has something else to say than records.
pub(super) fn at_once(to: Asker) -> Output {
    Output::Answer { to, answer: PartitionAnswer::Readable { bytes: 0, at_once: true } }
}
