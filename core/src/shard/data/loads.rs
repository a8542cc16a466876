//! Adds up what this shard loads when its node starts, and says so once all logs are loaded.

use super::{Data, Hosted};
use crate::io::{Env, Loads, TraceEvent, TraceKind};
use crate::log::Scanned;
use crate::types::{Instant, TopicPartition};
use std::collections::{BTreeMap, BTreeSet};

/// The logs that the node had when it started, of those that are this shard's.
#[derive(Clone, Debug)]
pub(super) struct LoadsAtStart {
    began: Instant,
    /// Those that may still be loading.
    open: BTreeSet<TopicPartition>,
    sum: Loads,
}

impl LoadsAtStart {
    pub(super) fn new(now: Instant) -> LoadsAtStart {
        LoadsAtStart { began: now, open: BTreeSet::new(), sum: Loads::default() }
    }

    /// Notes that the log of a partition was found and is opened.
    pub(super) fn note_opened(&mut self, which: TopicPartition) {
        self.open.insert(which);
        self.sum.logs += 1;
    }

    /// Notes that a log is loaded. A log that is loaded a second time does not count again.
    pub(super) fn note_loaded(&mut self, which: TopicPartition, scanned: Scanned) {
        if self.open.remove(&which) {
            self.sum.recovered += u64::from(scanned.is_recovery);
            self.sum.bytes += scanned.bytes;
            self.sum.records += scanned.records;
            self.sum.bytes_cut += scanned.bytes_cut;
        }
    }

    /// Returns the sum when no log is being loaded any more. Logs that are neither loaded nor loading are refused ones.
    fn sum(&mut self, hosted: &BTreeMap<TopicPartition, Hosted>, now: Instant) -> Option<Loads> {
        while let Some(which) = self.open.first() {
            if hosted.get(which).is_some_and(|it| it.replica.is_loading()) {
                return None;
            }
            self.open.pop_first();
            self.sum.refused += 1;
        }
        Some(Loads { ms: now.since(self.began).as_millis() as u64, ..self.sum })
    }
}

impl Data {
    /// Says what was loaded at the node's start, once all logs are loaded.
    pub(super) fn tell_loads(&mut self, env: &mut Env<'_>) {
        if !self.behind.is_empty() {
            return;
        }
        let Some(loads) = self.loads.as_mut().and_then(|it| it.sum(&self.hosted, env.now.mono)) else { return };
        self.loads = None;
        env.trace.emit(TraceKind::LogsLoaded, || TraceEvent::LogsLoaded { loads });
    }
}
