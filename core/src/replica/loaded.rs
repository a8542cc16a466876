//! The parts of a replica that do not depend on its role: its log, its high watermark, its flushes.

use super::flushes::Flushes;
use super::in_sync::LiveBroker;
use super::starts::Starts;
use super::{Ends, Output, PartitionAnswer, TopicSettings};
use crate::io::{Asker, Env, FileError, Site, TraceEvent, TraceKind};
use crate::log::{Log, LogError};
use crate::sometimes;
use crate::types::{LeaderEpoch, NodeId, Offset, TopicId, TopicPartition};
use std::sync::Arc;

/// The parts of a loaded replica other than its role.
#[derive(Clone, Debug)]
pub(super) struct Replica {
    pub(super) name: TopicPartition,
    pub(super) me: NodeId,
    pub(super) settings: TopicSettings,
    pub(super) log: Log,
    pub(super) high_watermark: Offset,
    pub(super) starts: Starts,
    /// The brokers that are alive according to the metadata.
    pub(super) live: Arc<[LiveBroker]>,
    pub(super) flushes: Flushes,
    pub(super) tickets: Tickets,
}

/// What the code of a role works with during a call: the replica, the environment, and the outputs.
pub(super) struct Cx<'c, 'e> {
    pub(super) replica: &'c mut Replica,
    pub(super) env: &'c mut Env<'e>,
    pub(super) out: &'c mut Vec<Output>,
}

impl Cx<'_, '_> {
    pub(super) fn answer(&mut self, to: Asker, answer: PartitionAnswer) {
        self.out.push(Output::Answer { to, answer });
    }

    pub(super) fn trace(&mut self, kind: TraceKind, event: impl FnOnce(TopicPartition) -> TraceEvent) {
        let partition = self.replica.name;
        self.env.trace.emit(kind, || event(partition));
    }
}

/// Gives each of a partition's reads and syncs its own number.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tickets(u64);

/// Why a replica cannot continue.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Failure {
    /// The log directory failed, and with it every partition there.
    Disk(FileError),
    /// Bytes of this partition that were durable are bad now, and are never served. The directory's other partitions
    /// are not affected.
    Corrupt,
    /// A full disk, a limit of the process, or one path that cannot be used: the log must be loaded again later.
    Denied(FileError),
    /// The folder belongs to this other topic. The directory's other partitions are not affected.
    Foreign(TopicId),
}

impl Replica {
    /// Returns the offset up to which this replica's own log counts for the high watermark. With `flush.messages=1`
    /// this is the end of what is synced, because answers wait for syncs. Otherwise it is the log end. While
    /// `log-start-offset-checkpoint` may have another offset than the log start offset, no record counts, and the
    /// result is the log start offset. If the file has a higher offset, the next start of the node would remove all
    /// records below that.
    pub(super) fn counted_end(&self) -> Offset {
        match self.settings.gates_on_sync() {
            _ if !self.is_start_saved() => self.log.start(),
            true => self.log.flushed(),
            false => self.log.end(),
        }
    }

    /// Raises the high watermark to `to`, and never lowers it. Returns whether it rose.
    pub(super) fn advance_high_watermark(
        &mut self,
        to: Offset,
        epoch: LeaderEpoch,
        as_leader: bool,
        env: &mut Env<'_>,
    ) -> bool {
        if to <= self.high_watermark {
            return false;
        }
        assert!(to <= self.log.end(), "the high watermark stays within the log");
        self.high_watermark = to;
        env.trace.emit(TraceKind::HighWatermark, || TraceEvent::HighWatermark {
            partition: self.name,
            epoch,
            to,
            as_leader,
        });
        true
    }

    /// Writes the high watermark of the log that was just loaded to the trace.
    pub(super) fn tell_high_watermark(&self, env: &mut Env<'_>) {
        let (partition, to) = (self.name, self.high_watermark);
        let epoch = self.log.latest_epoch().unwrap_or_default();
        if to > Offset::ZERO {
            env.trace.emit(TraceKind::HighWatermark, || TraceEvent::HighWatermark {
                partition,
                epoch,
                to,
                as_leader: false,
            });
        }
    }

    /// Estimates how many bytes a read of the records between `from` and `upper` would return, at most `most`.
    pub(super) fn readable(&self, from: Offset, upper: Offset, most: u32) -> u32 {
        if from >= upper { 0 } else { self.log.readable(from, upper, most) }
    }

    /// Returns the offsets for the log directory's checkpoint files.
    pub(super) fn ends(&self) -> Ends {
        Ends {
            start: self.log.start(),
            saved_start: self.starts.to_checkpoint(),
            recovery_point: self.log.recovery_point(),
            high_watermark: self.high_watermark,
            end: self.log.end(),
        }
    }
}

impl Tickets {
    pub(super) fn next(&mut self) -> u64 {
        self.0 += 1;
        self.0
    }
}

/// Marks that an append was denied although the disk did not fail.
pub(super) fn note_denial(why: FileError, env: &mut Env<'_>) {
    sometimes!(env, why == FileError::NoSpace, Site::ReplicaNoSpace);
    sometimes!(env, why != FileError::NoSpace, Site::ReplicaDenied);
}

impl From<LogError> for Failure {
    fn from(error: LogError) -> Failure {
        match error {
            LogError::Denied(why) => Failure::Denied(why),
            LogError::Disk(why) => Failure::Disk(why),
            LogError::Corrupt(_) => Failure::Corrupt,
            LogError::Foreign(topic) => Failure::Foreign(topic),
        }
    }
}

impl From<FileError> for Failure {
    fn from(why: FileError) -> Failure {
        LogError::from(why).into()
    }
}
