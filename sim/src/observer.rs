//! Who watches a run: the checks and the ledger.
//!
//! **Invariants**: everything is seen in the order in which it happened, except that within one call of a shard the trace
//! events come before the disk faults; an observer changes nothing but itself.

use crate::actor::ActorId;
use crate::fault::Crash;
use crate::node::TurnInput;
use crate::note::Note;
use bytes::Bytes;
use core::any::Any;
use core::fmt::Debug;
use gracchus_core::io::{FileError, FilePath, ShardId, TraceEvent, TraceKinds, Work};
use gracchus_core::metadata::MetadataImage;
use gracchus_core::shard::Halt;
use gracchus_core::types::{Instant, NodeId, TopicId, TopicPartition};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Watches a run.
pub trait Observer: Debug + Send {
    /// The kinds of trace events it wants; the others are never built. Asked when it is installed.
    fn wanted(&self) -> TraceKinds;
    /// Something happened. A violation ends the run.
    fn see(&mut self, at: Instant, seen: Seen<'_>) -> Result<(), Violation>;
    /// A copy that behaves as the original.
    fn fork(&self) -> Box<dyn Observer>;
    /// For asking it when the run is over.
    fn as_any(&self) -> &dyn Any;
    /// For telling it that a phase begins.
    fn as_any_mut(&mut self) -> &mut dyn Any;
}

/// A check that did not hold.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Violation {
    /// The check's stable name.
    pub check: &'static str,
    /// What was expected and what was there.
    pub message: String,
}

/// Which incarnation of a node: counted from 1, one more with every start of its process.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Incarnation(pub u32);

/// A file that a power loss left other than its readers saw it, all of that beyond what was synced.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Altered {
    /// Which.
    pub path: FilePath,
    /// Of which partition, where the file belongs to one.
    pub partition: Option<TopicPartition>,
    /// The first byte that is gone, changed, or back from before a truncation; the whole file where its name is gone, or
    /// back.
    pub from: u64,
    /// Behind the last byte that the file had; nought where it had no name.
    pub to: u64,
}

/// A fault of a disk that just took effect.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum DiskFaultSeen {
    /// A write failed, perhaps in part.
    WriteFailed,
    /// A read failed.
    ReadFailed,
    /// A sync failed, and its pages count as clean though they are not on the platter.
    SyncFailed,
    /// The shard that asked for a failed sync is told that it failed, in the call whose trace events come next.
    SyncFailureTold,
    /// A write found no room.
    NoSpace,
    /// An operation was denied though the device is well.
    Denied(FileError),
    /// A durable byte changed.
    Rotted {
        /// Which byte of the file.
        at: u64,
    },
}

/// A node's files, as a reader would see them now.
pub trait NodeFiles: Debug {
    /// Every file in all its log directories, ascending by path.
    fn paths(&self) -> Vec<FilePath>;
    /// A file's bytes.
    fn read(&self, path: &FilePath) -> Option<Bytes>;
    /// Of which partition a file is, by the name of its folder.
    fn partition_of(&self, path: &FilePath) -> Option<TopicPartition>;
    /// The topics that there are by the image file of a node that is its own controller; none where it has no such file.
    fn own_topics(&self) -> Option<BTreeSet<TopicId>> {
        None
    }
}

/// Something that happened.
#[derive(Clone, Debug)]
pub enum Seen<'a> {
    /// The core says so.
    Trace {
        /// On which node.
        node: NodeId,
        /// In which life of it.
        incarnation: Incarnation,
        /// On which shard.
        shard: ShardId,
        /// What.
        event: &'a TraceEvent,
    },
    /// A node's process began.
    Started {
        /// Which.
        node: NodeId,
        /// Its new life.
        incarnation: Incarnation,
        /// What its disks hold, before the new life touches them.
        files: &'a dyn NodeFiles,
    },
    /// A node's process ended unasked.
    Crashed {
        /// Which.
        node: NodeId,
        /// The life that ended.
        incarnation: Incarnation,
        /// How.
        crash: Crash,
        /// What a power loss made of the files. A kill alters nothing.
        altered: &'a [Altered],
        /// Whether it came within a call or before its effects, so that the process did what nobody was told of.
        untold: bool,
    },
    /// A node's process ended itself.
    Halted {
        /// Which.
        node: NodeId,
        /// The life that ended.
        incarnation: Incarnation,
        /// Why.
        why: &'a Halt,
        /// Whether another shard did what nobody was told of.
        untold: bool,
    },
    /// A shard took a turn.
    Turn {
        /// On which node.
        node: NodeId,
        /// Which.
        shard: ShardId,
        /// What it was given.
        input: &'a TurnInput,
        /// What it did.
        work: &'a Work,
    },
    /// A node stands still.
    Paused {
        /// Which.
        node: NodeId,
    },
    /// It goes on.
    Resumed {
        /// Which.
        node: NodeId,
    },
    /// The controller made a new image; nodes hear of it later.
    Published {
        /// The image.
        image: &'a Arc<MetadataImage>,
    },
    /// A script broke the controller's rules: what this partition loses from now on is expected.
    RulesBroken {
        /// Which partition.
        partition: TopicPartition,
    },
    /// A disk's fault took effect.
    Disk {
        /// On which node.
        node: NodeId,
        /// On which file.
        path: &'a FilePath,
        /// Of which partition, where the file belongs to one.
        partition: Option<TopicPartition>,
        /// What.
        fault: DiskFaultSeen,
    },
    /// A client made an observation known.
    Note {
        /// Which client.
        actor: ActorId,
        /// What.
        note: &'a Note,
    },
}
