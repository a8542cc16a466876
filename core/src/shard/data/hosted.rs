//! A partition on this shard: its replica, log directory and topic.

use super::{Data, Effects, Ticket};
use crate::broker::Reply;
use crate::io::{DirId, Env, WorkKind};
use crate::replica::{Assignment, Output, Partition};
use crate::types::TopicPartition;
use std::sync::Arc;

/// A replica on this shard, with its log directory and topic.
#[derive(Clone, Debug)]
pub struct Hosted {
    pub(super) replica: Partition,
    pub(super) dir: DirId,
    pub(super) topic: Arc<str>,
    /// The partition's registration in the latest image.
    pub(super) assignment: Option<Assignment>,
    /// Whether the partition is in `Data::touched`: it was called in this turn, and its `on_turn_end` will run.
    pub(super) touched: bool,
    /// Whether the partition is in `Data::unreported`: its offsets will be in the next report to the control shard.
    pub(super) unreported: bool,
}

impl Hosted {
    /// The replica.
    #[must_use]
    pub fn replica(&self) -> &Partition {
        &self.replica
    }

    /// The log directory of the replica's folder.
    #[must_use]
    pub fn dir(&self) -> DirId {
        self.dir
    }

    /// Marks the partition so that its `on_turn_end` runs at the end of this turn.
    pub(super) fn touch(&mut self, which: TopicPartition, touched: &mut Vec<TopicPartition>) {
        if !self.touched {
            self.touched = true;
            touched.push(which);
        }
    }

    /// The topic's name.
    #[must_use]
    pub fn topic(&self) -> &str {
        &self.topic
    }
}

impl Data {
    /// Calls `call` with a partition's replica and carries out the outputs. Does nothing if this shard does not have
    /// the partition.
    pub(super) fn with_partition(
        &mut self,
        which: TopicPartition,
        env: &mut Env<'_>,
        out: &mut Effects,
        call: impl FnOnce(&mut Partition, &mut Env<'_>, &mut Vec<Output>),
    ) {
        let Some(hosted) = self.hosted.get_mut(&which) else { return };
        hosted.touch(which, &mut self.touched);
        env.work.add(WorkKind::Partitions, 1);
        let mut outputs = std::mem::take(&mut self.replica_out);
        call(&mut hosted.replica, env, &mut outputs);
        self.carry_out(which, &mut outputs, env, out);
        self.replica_out = outputs;
    }

    /// Carries out the outputs of a partition in their order, and leaves the list empty.
    pub(super) fn carry_out(
        &mut self,
        which: TopicPartition,
        outputs: &mut Vec<Output>,
        env: &mut Env<'_>,
        out: &mut Effects,
    ) {
        for output in outputs.drain(..) {
            match output {
                Output::Answer { to, answer } => self.reply(to, Reply::Replica(answer), env, out),
                Output::Read { ticket, file, at, len } => {
                    let op = self.own(which, Ticket::Read(ticket));
                    out.push(super::Effect::Read { op, file, at, len });
                }
                Output::Sync { ticket, what } => {
                    let op = self.own(which, Ticket::Sync(ticket));
                    out.push(super::Effect::Sync { op, what });
                }
                Output::SaveStart(start) => self.save_start(which, start, out),
                Output::Retain => self.retention.push(which),
                Output::Discard { files, delay_ms } => {
                    super::mail(crate::io::ShardId::CONTROL, super::ShardMail::Discard { files, delay_ms }, out);
                }
                Output::LogStart(start) => self.replication.note_log_start(which, start),
                Output::Fetch(position) => self.replication.follow(which, position, &self.image),
                Output::FetchNoMore => self.replication.forget(which),
                Output::Loaded(scanned) => {
                    self.stepping.remove(&which);
                    if let Some(loads) = &mut self.loads {
                        loads.note_loaded(which, scanned);
                    }
                }
                Output::DiskFailed { .. } => self.on_disk_failed(which, env, out),
                Output::LeadershipGained { epoch, ends } => self.on_leadership_gained(which, epoch, ends, env, out),
                Output::LeadershipLost => self.on_leadership_lost(which, env, out),
                Output::HighWatermark(to) => self.on_high_watermark(which, to, env, out),
                Output::Stopped(_) => {}
            }
        }
    }

    fn own(&mut self, which: TopicPartition, ticket: Ticket) -> crate::io::OpId {
        let op = self.ops.next();
        self.owners.insert(op, (which, ticket));
        op
    }

    fn on_disk_failed(&mut self, which: TopicPartition, env: &mut Env<'_>, out: &mut Effects) {
        let Some(hosted) = self.hosted.get(&which) else { return };
        let dir = hosted.dir;
        if self.dirs.contains_key(&dir) {
            super::mail(crate::io::ShardId::CONTROL, super::ShardMail::DirFailed(dir), out);
            self.give_up_dir(dir, env, out);
        }
    }

    /// Takes a failed directory out of use: all its partitions go offline.
    pub(super) fn give_up_dir(&mut self, dir: DirId, env: &mut Env<'_>, out: &mut Effects) {
        if self.dirs.remove(&dir).is_none() {
            return;
        }
        self.broker.on_log_dirs(&self.dirs.keys().copied().collect::<Vec<_>>());
        let there: Vec<TopicPartition> =
            self.hosted.iter().filter(|(_, hosted)| hosted.dir == dir).map(|(which, _)| *which).collect();
        for which in there {
            // `with_partition` is not used here, because it needs `self.replica_out`, and a caller further up may have
            // taken that list.
            let Some(hosted) = self.hosted.get_mut(&which) else { continue };
            let mut outputs = Vec::new();
            hosted.replica.on_dir_failed(env, &mut outputs);
            self.stepping.remove(&which);
            self.carry_out(which, &mut outputs, env, out);
        }
    }
}
