//! The kernel: takes the next event from the heap, moves what it concerns, and counts.

use crate::actor::{Actor, ActorId};
use crate::choices::Choices;
use crate::config::WorldConfig;
use crate::counters::Counters;
use crate::fault::Fault;
use crate::hash::TraceHash;
use crate::observer::{Incarnation, Observer, Violation};
use bytes::Bytes;
use gracchus_core::io::{FilePath, ShardId, Site};
use gracchus_core::metadata::MetadataImage;
use gracchus_core::types::{Instant, NodeId, TopicPartition};
use std::sync::Arc;

/// What a step did.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step {
    /// One event was taken from the heap.
    Ran,
    /// Nothing is left to happen by itself.
    Idle,
    /// The run has ended; see [`World::stop`].
    Stopped,
}

/// Why a run ended before its time.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Stop {
    /// The core panicked.
    Panic {
        /// On which node.
        node: NodeId,
        /// In which life of it.
        incarnation: Incarnation,
        /// On which shard.
        shard: ShardId,
        /// The event that it was handed, in short.
        event: String,
        /// What the panic said.
        message: String,
    },
    /// A property that the core states of itself did not hold.
    Property {
        /// On which node.
        node: NodeId,
        /// On which shard.
        shard: ShardId,
        /// Which property.
        site: Site,
    },
    /// An observer's check did not hold.
    Violation(Violation),
}

/// Whether a node is up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NodeState {
    /// Its process runs.
    Up,
    /// Its process stands still.
    Paused,
    /// Its process is dead, its machine is not.
    Down,
    /// Its machine has no power.
    Dark,
}

/// How often a site was looked at and how often it held, was reached or fired.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct SiteCount {
    /// Looked at.
    pub seen: u64,
    /// Held, reached, fired.
    pub hit: u64,
}

/// A whole simulated cluster. A clone behaves as its original.
#[derive(Clone, Debug)]
pub struct World {}

impl World {
    /// A world at time nought: nodes are about to start, clients are still to be added.
    #[must_use]
    pub fn new(_config: WorldConfig, _choices: Choices) -> World {
        todo!()
    }

    /// Installs the observer, before the first step.
    pub fn observe(&mut self, _observer: Box<dyn Observer>) {
        todo!()
    }

    /// The observer that was installed.
    #[must_use]
    pub fn observer(&self) -> Option<&dyn Observer> {
        todo!()
    }

    /// The observer that was installed.
    pub fn observer_mut(&mut self) -> Option<&mut Box<dyn Observer>> {
        todo!()
    }

    /// Adds a client, which is told [`crate::ActorEvent::Start`] at once.
    pub fn add(&mut self, _actor: Box<dyn Actor>) -> ActorId {
        todo!()
    }

    /// Looks at a client.
    #[must_use]
    pub fn actor(&self, _id: ActorId) -> &dyn Actor {
        todo!()
    }

    /// Changes a client between two steps; it is told [`crate::ActorEvent::Wake`] next.
    pub fn actor_mut(&mut self, _id: ActorId) -> &mut dyn Actor {
        todo!()
    }

    /// Takes one event from the heap.
    pub fn step(&mut self) -> Step {
        todo!()
    }

    /// Steps until nothing is due before `until`, and sets the clock there unless the run ended.
    pub fn run_until(&mut self, _until: Instant) -> Step {
        todo!()
    }

    /// Does one fault now.
    pub fn apply(&mut self, _fault: &Fault) {
        todo!()
    }

    /// Ends every fault: links, disks and pauses are well again, dead nodes start.
    pub fn heal(&mut self) {
        todo!()
    }

    /// The world's time; nodes' clocks differ from it.
    #[must_use]
    pub fn now(&self) -> Instant {
        todo!()
    }

    /// When the next event is due.
    #[must_use]
    pub fn next_due(&self) -> Option<Instant> {
        todo!()
    }

    /// Why the run ended, where it did.
    #[must_use]
    pub fn stop(&self) -> Option<&Stop> {
        todo!()
    }

    /// The hash of all that happened so far.
    #[must_use]
    pub fn hash(&self) -> TraceHash {
        todo!()
    }

    /// What happened so far, in numbers.
    #[must_use]
    pub fn counters(&self) -> &Counters {
        todo!()
    }

    /// What the core's sites counted so far: `always!`, `sometimes!` and `buggify!` alike.
    #[must_use]
    pub fn site(&self, _site: Site) -> SiteCount {
        todo!()
    }

    /// The decisions' source, for drawing faults between two steps.
    pub fn choices(&mut self) -> &mut Choices {
        todo!()
    }

    /// What the world was made of; shard counts are those that were drawn.
    #[must_use]
    pub fn config(&self) -> &WorldConfig {
        todo!()
    }

    /// The controller's newest image.
    #[must_use]
    pub fn image(&self) -> &Arc<MetadataImage> {
        todo!()
    }

    /// The brokers' ids, ascending.
    #[must_use]
    pub fn nodes(&self) -> Vec<NodeId> {
        todo!()
    }

    /// Whether a node is up.
    #[must_use]
    pub fn node_state(&self, _node: NodeId) -> NodeState {
        todo!()
    }

    /// Which life of a node this is, or was the last.
    #[must_use]
    pub fn incarnation(&self, _node: NodeId) -> Incarnation {
        todo!()
    }

    /// How many shards a node has, control included.
    #[must_use]
    pub fn shards(&self, _node: NodeId) -> u16 {
        todo!()
    }

    /// Every file of a node, in all its log directories, as a reader would see it now; ascending by path.
    #[must_use]
    pub fn files(&self, _node: NodeId) -> Vec<FilePath> {
        todo!()
    }

    /// A file's bytes as a reader would see them now.
    #[must_use]
    pub fn read_file(&self, _node: NodeId, _path: &FilePath) -> Option<Bytes> {
        todo!()
    }

    /// How many of a file's first bytes are surely durable.
    #[must_use]
    pub fn durable_len(&self, _node: NodeId, _path: &FilePath) -> Option<u64> {
        todo!()
    }

    /// Of which partition a file is, by the name of its folder.
    #[must_use]
    pub fn partition_of(&self, _path: &FilePath) -> Option<TopicPartition> {
        todo!()
    }

    /// Which replicas of a partition would lose unsynced bytes of its log if they lost power now, with the first byte at risk.
    #[must_use]
    pub fn at_risk(&self, _partition: TopicPartition) -> Vec<(NodeId, u64)> {
        todo!()
    }
}
