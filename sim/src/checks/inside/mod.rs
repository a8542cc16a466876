//! Checks of what happens inside the nodes, on every event that touches their object. Each file is one property or a
//! few that look at the same event; this one hands each event to those that look at it, and keeps the model.
//!
//! **Invariants**: an event costs the same however long the run is; nothing is read from a disk but at a node's start.

mod acknowledged;
mod appended;
mod completeness;
mod coordinator;
mod deleted;
mod failed_disk;
mod high_watermark;
mod image;
mod leadership;
mod log_start;
mod recovery;
mod stale;
mod turn_work;

pub use leadership::promise;

use super::findings::Findings;
use super::model::{Batch, Cache, Life, Model, Partition, Role};
use crate::fault::Crash;
use crate::note::Note;
use crate::observer::{Altered, Seen};
use gracchus_core::io::{TraceEvent, TraceKind, TraceKinds};
use gracchus_core::types::{NodeId, TopicPartition};

/// The kinds of trace events that these checks look at.
pub const WANTED: TraceKinds = TraceKinds::NONE
    .with(TraceKind::Appended)
    .with(TraceKind::HighWatermark)
    .with(TraceKind::Truncated)
    .with(TraceKind::Loaded)
    .with(TraceKind::BecameLeader)
    .with(TraceKind::BecameFollower)
    .with(TraceKind::InSync)
    .with(TraceKind::Acknowledged)
    .with(TraceKind::FollowerAt)
    .with(TraceKind::Flushed)
    .with(TraceKind::LogStart)
    .with(TraceKind::SegmentGone)
    .with(TraceKind::LogClosed)
    .with(TraceKind::Corrupt)
    .with(TraceKind::Offline)
    .with(TraceKind::GroupState)
    .with(TraceKind::GroupsLoaded)
    .with(TraceKind::GroupsRefused);

/// Looks at one event and keeps the model up.
pub fn see(seen: &Seen<'_>, model: &mut Model, found: &mut Findings) {
    match seen {
        Seen::Trace { node, event, .. } => on_trace(*node, event, model, found),
        Seen::Turn { node, shard, input, work } => turn_work::on_turn(*node, *shard, input, work, found),
        Seen::Started { node, files, .. } => {
            deleted::on_started(*node, *files, model);
            recovery::on_started(*node, *files, model, found);
        }
        Seen::Crashed { node, crash, altered, untold, .. } => {
            on_ended(*node, *untold, model);
            on_crashed(*node, *crash, altered, model);
        }
        Seen::Halted { node, untold, .. } => on_ended(*node, *untold, model),
        Seen::Published { image } => image::on_published(image, model, found),
        Seen::RulesBroken { partition } => {
            if let Some(partition) = model.partition_mut(*partition) {
                partition.rules_broken = true;
            }
        }
        Seen::Disk { node, path, partition: Some(partition), fault } => {
            if let Some(partition) = model.partition_mut(*partition) {
                failed_disk::on_disk_fault(partition, *node, path, *fault, found);
            }
        }
        Seen::Note { note: Note::DeletionAsked { partition, to }, .. } => {
            if let Some(partition) = model.partition_mut(*partition) {
                partition.requested = partition.requested.max(*to);
            }
        }
        Seen::Note { note: Note::Deleted { partition, low }, .. } => {
            if let Some(partition) = model.partition_mut(*partition) {
                log_start::on_deleted(partition, *low, found);
            }
        }
        Seen::Disk { .. } | Seen::Paused { .. } | Seen::Resumed { .. } | Seen::Note { .. } => {}
    }
}

fn on_trace(node: NodeId, event: &TraceEvent, model: &mut Model, found: &mut Findings) {
    coordinator::on_trace(node, event, model, found);
    let Some(partition) = partition_of(event).and_then(|id| model.partition_mut(id)) else { return };
    let Some(at) = partition.place_of(node) else { return };
    deleted::on_trace(partition, node, event, found);
    match *event {
        TraceEvent::Appended { base, last, epoch, crc, as_leader, .. } => {
            let batch = Batch { base, last, epoch, crc };
            failed_disk::on_appended(partition, at, batch, found);
            appended::on_appended(partition, at, batch, as_leader, found);
        }
        TraceEvent::HighWatermark { epoch, to, as_leader, .. } => {
            high_watermark::on_high_watermark(partition, at, epoch, to, as_leader, found);
        }
        // What a start cuts is judged as the log is loaded.
        TraceEvent::Truncated { .. } if partition.replicas[at].life == Life::Starting => {}
        TraceEvent::Truncated { to, .. } => {
            log_start::on_truncated(partition, at, to, found);
            completeness::on_truncated(partition, at, to, found);
        }
        TraceEvent::Loaded { start, end, clean, .. } => {
            log_start::on_loaded(partition, at, start, found);
            recovery::on_loaded(partition, at, end, clean, found);
        }
        TraceEvent::LogStart { to, cause, .. } => log_start::on_log_start(partition, at, to, cause, found),
        TraceEvent::SegmentGone { end, .. } => log_start::on_segment_gone(partition, at, end, found),
        TraceEvent::BecameLeader { epoch, start, high_watermark, .. } => {
            leadership::on_became_leader(partition, at, epoch, start, high_watermark, found);
        }
        TraceEvent::BecameFollower { epoch, leader, .. } => {
            partition.replicas[at].role = Role::Follower { epoch, leader };
        }
        TraceEvent::InSync { epoch, partition_epoch, .. } => {
            high_watermark::on_in_sync(partition, at, epoch, partition_epoch);
        }
        TraceEvent::FollowerAt { epoch, follower, end, .. } => {
            high_watermark::on_follower_at(partition, at, epoch, follower, end);
        }
        TraceEvent::Acknowledged { epoch, end, acks, .. } => {
            acknowledged::on_acknowledged(partition, at, epoch, end, acks, found);
        }
        TraceEvent::Flushed { end, .. } => failed_disk::on_flushed(partition, at, end, found),
        TraceEvent::LogClosed { .. } => recovery::on_closed(&mut partition.replicas[at], &partition.committed),
        TraceEvent::Offline { .. } => failed_disk::on_offline(&mut partition.replicas[at], found),
        TraceEvent::Corrupt { .. } => partition.replicas[at].offline = true,
        TraceEvent::Refused { .. }
        | TraceEvent::Duplicate { .. }
        | TraceEvent::Rolled { .. }
        | TraceEvent::LogDenied { .. }
        | TraceEvent::FileDenied { .. }
        | TraceEvent::DirOffline { .. }
        | TraceEvent::Repaired { .. }
        | TraceEvent::Tidied { .. }
        | TraceEvent::LogsLoaded { .. }
        | TraceEvent::Rude { .. }
        | TraceEvent::GroupState { .. }
        | TraceEvent::GroupsLoaded { .. }
        | TraceEvent::GroupsRefused { .. }
        | TraceEvent::TopicWanted { .. } => {}
    }
}

fn partition_of(event: &TraceEvent) -> Option<TopicPartition> {
    match event {
        TraceEvent::Appended { partition, .. }
        | TraceEvent::HighWatermark { partition, .. }
        | TraceEvent::Truncated { partition, .. }
        | TraceEvent::Loaded { partition, .. }
        | TraceEvent::BecameLeader { partition, .. }
        | TraceEvent::BecameFollower { partition, .. }
        | TraceEvent::Acknowledged { partition, .. }
        | TraceEvent::Refused { partition, .. }
        | TraceEvent::InSync { partition, .. }
        | TraceEvent::FollowerAt { partition, .. }
        | TraceEvent::Duplicate { partition, .. }
        | TraceEvent::Flushed { partition, .. }
        | TraceEvent::Rolled { partition, .. }
        | TraceEvent::LogStart { partition, .. }
        | TraceEvent::SegmentGone { partition, .. }
        | TraceEvent::LogClosed { partition, .. }
        | TraceEvent::Corrupt { partition, .. }
        | TraceEvent::Offline { partition, .. } => Some(*partition),
        TraceEvent::LogDenied { .. }
        | TraceEvent::FileDenied { .. }
        | TraceEvent::DirOffline { .. }
        | TraceEvent::Repaired { .. }
        | TraceEvent::Tidied { .. }
        | TraceEvent::LogsLoaded { .. }
        | TraceEvent::Rude { .. }
        | TraceEvent::GroupState { .. }
        | TraceEvent::GroupsLoaded { .. }
        | TraceEvent::GroupsRefused { .. }
        | TraceEvent::TopicWanted { .. } => None,
    }
}

fn on_crashed(node: NodeId, crash: Crash, altered: &[Altered], model: &mut Model) {
    if !matches!(crash, Crash::PowerLoss(_)) {
        return;
    }
    // A segment whose snapshot was lost does not go on from the one before it.
    let is_of_the_log = |file: &&Altered| [".log", ".snapshot"].iter().any(|end| file.path.name().ends_with(end));
    for file in altered.iter().filter(is_of_the_log) {
        let partition = file.partition.and_then(|id| model.partition_mut(id));
        if let Some(replica) = partition.and_then(|partition| partition.replica_mut(node)) {
            replica.lost_power = true;
        }
    }
    for partition in model.of_node(node) {
        if let Some(replica) = partition.replica_mut(node)
            && !replica.lost_power
        {
            // What was not altered is on the platter.
            replica.cache = Cache::Honest;
        }
    }
}

fn on_ended(node: NodeId, untold: bool, model: &mut Model) {
    for partition in model.of_node(node) {
        let Partition { replicas, committed, .. } = partition;
        if let Some(replica) = replicas.iter_mut().find(|replica| replica.node == node) {
            if replica.life == Life::Live {
                replica.kept_to = recovery::kept_to(replica, committed, untold);
            }
            replica.life = Life::Dead;
            replica.role = Role::None;
            replica.touched |= untold;
        }
    }
}
