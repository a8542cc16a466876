//! The kernel: takes the next event from the heap, moves what it concerns, and counts.
//!
//! **Invariants**: one seed, one history; nothing outside the world moves it; a clone behaves as its original.
//!
//! **In Kafka**: nothing; the operating systems and the network below a cluster.

mod actors;
mod control;
mod effects;
mod faults;
mod inspect;
mod life;
mod nodes;
#[cfg(test)]
mod tests;

pub use crate::node::{NodeState, SiteCount};

use crate::actor::ActorOutput;
use crate::choices::Choices;
use crate::config::WorldConfig;
use crate::controller::{Controller, folder_partitions};
use crate::counters::Counters;
use crate::hash::{Chain, TraceHash};
use crate::network::{ConnRef, NetCx, Network, Told};
use crate::node::{Freed, Machine, MakeMachine, Node, SiteCounts};
use crate::note::Note;
use crate::observer::{Incarnation, Observer, Seen, Violation};
use crate::queue::{Queue, What};
use actors::ActorSlot;
use gracchus_core::io::{ShardId, Site, TraceKind, TraceKinds};
use gracchus_core::metadata::NodeConfig;
use gracchus_core::shard::{Effects, Shard};
use gracchus_core::types::{Instant, NodeId, TopicPartition};
use std::collections::BTreeMap;
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
    /// So much happened without time moving that it never would have.
    Livelock {
        /// The last entry of the heap, in short.
        last: String,
    },
}

/// More than this never happens at one time but in a loop.
const EVENTS_AT_ONCE: u32 = 200_000;

/// A whole simulated cluster. A clone behaves as its original.
#[derive(Debug)]
pub struct World {
    config: Arc<WorldConfig>,
    make: MakeMachine,
    queue: Queue,
    choices: Choices,
    counters: Counters,
    chain: Chain,
    network: Network,
    nodes: Vec<Node>,
    controller: Controller,
    actors: Vec<ActorSlot>,
    observer: Option<Box<dyn Observer>>,
    wanted: TraceKinds,
    observed: TraceKinds,
    /// Whether every fault has ended.
    healed: bool,
    stop: Option<Stop>,
    sites: SiteCounts,
    /// Partitions by the names of their folders.
    partitions: Arc<BTreeMap<String, TopicPartition>>,
    check_scheduled: bool,
    /// Events since the time last moved.
    at_once: u32,
    /// Buffers that are empty between two steps.
    effects: Effects,
    outputs: Vec<ActorOutput>,
    notes: Vec<Note>,
    freed: Vec<Freed>,
}

impl Clone for World {
    fn clone(&self) -> World {
        World {
            config: self.config.clone(),
            make: self.make,
            queue: self.queue.clone(),
            choices: self.choices.clone(),
            counters: self.counters,
            chain: self.chain,
            network: self.network.clone(),
            nodes: self.nodes.clone(),
            controller: self.controller.clone(),
            actors: self.actors.clone(),
            observer: self.observer.as_ref().map(|observer| observer.fork()),
            wanted: self.wanted,
            observed: self.observed,
            healed: self.healed,
            stop: self.stop.clone(),
            sites: self.sites.clone(),
            partitions: self.partitions.clone(),
            check_scheduled: self.check_scheduled,
            at_once: self.at_once,
            effects: Effects::new(self.wanted),
            outputs: Vec::new(),
            notes: Vec::new(),
            freed: Vec::new(),
        }
    }
}

fn make_shard(config: Arc<NodeConfig>, shard: ShardId) -> Box<dyn Machine> {
    Box::new(Shard::new(config, shard))
}

impl World {
    /// A world at time nought: nodes are about to start, clients are still to be added.
    #[must_use]
    pub fn new(config: WorldConfig, choices: Choices) -> World {
        World::with_machines(config, choices, make_shard)
    }

    /// The same with something else in place of the core's shards: how the world itself is tested.
    #[must_use]
    pub fn with_machines(config: WorldConfig, mut choices: Choices, make: MakeMachine) -> World {
        let controller = Controller::new(&config, &mut choices);
        let nodes = (1..=i32::from(config.nodes)).map(|id| Node::new(NodeId(id), &config, &mut choices)).collect();
        let wanted = Controller::wanted();
        let mut world = World {
            make,
            queue: Queue::default(),
            counters: Counters::default(),
            chain: Chain::new(config.hash),
            network: Network::new(&config.network),
            nodes,
            actors: Vec::new(),
            observer: None,
            wanted,
            observed: TraceKinds::NONE,
            healed: false,
            stop: None,
            sites: SiteCounts::default(),
            partitions: Arc::new(folder_partitions(controller.image(), &config.at_first_use)),
            check_scheduled: false,
            at_once: 0,
            effects: Effects::new(wanted),
            outputs: Vec::new(),
            notes: Vec::new(),
            freed: Vec::new(),
            controller,
            choices,
            config: Arc::new(config),
        };
        for node in 0..world.nodes.len() {
            world.boot(node);
        }
        world
    }

    /// Installs the observer, before the first step.
    pub fn observe(&mut self, observer: Box<dyn Observer>) {
        self.observed = observer.wanted();
        let either = |kind: &&TraceKind| self.observed.has(**kind) || Controller::wanted().has(**kind);
        self.wanted = TraceKind::ALL.iter().filter(either).copied().fold(TraceKinds::NONE, TraceKinds::with);
        self.effects.wanted = self.wanted;
        self.observer = Some(observer);
        let image = self.controller.image().clone();
        self.see(Seen::Published { image: &image });
    }

    /// Takes one event from the heap.
    pub fn step(&mut self) -> Step {
        if self.stop.is_some() {
            return Step::Stopped;
        }
        let before = self.queue.now();
        let Some(what) = self.queue.pop() else { return Step::Idle };
        self.at_once = if self.queue.now() == before { self.at_once + 1 } else { 0 };
        if self.at_once > EVENTS_AT_ONCE {
            self.stop = Some(Stop::Livelock { last: format!("{what:?}") });
            return Step::Stopped;
        }
        self.counters.kernel_events += 1;
        self.chain.add(self.queue.now(), code(what));
        self.take(what);
        if self.stop.is_some() { Step::Stopped } else { Step::Ran }
    }

    /// Steps until nothing is due at or before `until`, and sets the clock there unless the run ended.
    pub fn run_until(&mut self, until: Instant) -> Step {
        while self.queue.next_due().is_some_and(|due| due <= until) {
            if self.step() == Step::Stopped {
                return Step::Stopped;
            }
        }
        if self.stop.is_some() {
            return Step::Stopped;
        }
        self.queue.advance_to(until.0);
        if self.queue.next_due().is_some() { Step::Ran } else { Step::Idle }
    }

    /// The world's time; nodes' clocks differ from it.
    #[must_use]
    pub fn now(&self) -> Instant {
        Instant(self.queue.now())
    }

    /// When the next event is due.
    #[must_use]
    pub fn next_due(&self) -> Option<Instant> {
        self.queue.next_due()
    }

    /// Why the run ended, where it did.
    #[must_use]
    pub fn stop(&self) -> Option<&Stop> {
        self.stop.as_ref()
    }

    /// The hash of all that happened so far.
    #[must_use]
    pub fn hash(&self) -> TraceHash {
        self.chain.sum()
    }

    /// What happened so far, in numbers.
    #[must_use]
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// The decisions' source, for drawing faults between two steps.
    pub fn choices(&mut self) -> &mut Choices {
        &mut self.choices
    }

    fn take(&mut self, what: What) {
        match what {
            What::Boot { node, incarnation } => self.on_boot(node.into(), Incarnation(incarnation)),
            What::Lane { node, shard } => self.on_lane(node.into(), ShardId(shard)),
            What::Timer { node, shard } => self.on_timer(node.into(), ShardId(shard)),
            What::OpDone { node, slot, generation } => self.on_op_done(node.into(), slot, generation),
            What::Dial(conn) => self.on_dial(conn),
            What::DialAnswered(conn) => self.tell_with(|network, cx| network.on_dial_answered(conn, cx)),
            What::DialFails(conn) => self.tell_with(|network, cx| network.on_dial_fails(conn, cx)),
            What::Deliver(conn, side) => self.tell_with(|network, cx| network.on_deliver(conn, side, cx)),
            What::TimeOut(conn, side) => self.tell_with(|network, cx| network.on_time_out(conn, side, cx)),
            What::KeepAlive(conn, side) => self.tell_with(|network, cx| network.on_keepalive(conn, side, cx)),
            What::ActorStart(actor) => self.on_actor_start(actor),
            What::ActorTimer(actor) => self.on_actor_timer(actor),
            What::ImageArrives(node) => self.on_image_arrives(node.into()),
            What::LookAt(node) => self.on_look_at(node.into()),
            What::LagCheck => self.on_lag_check(),
        }
    }

    /// Lets the network do something, and tells whoever hears of it.
    fn tell_with(&mut self, act: impl FnOnce(&mut Network, &mut NetCx<'_>) -> Option<Told>) {
        if let Some(told) = self.with_network(act) {
            self.tell(told);
        }
    }

    fn with_network<T>(&mut self, act: impl FnOnce(&mut Network, &mut NetCx<'_>) -> T) -> T {
        let mut cx = NetCx { queue: &mut self.queue, choices: &mut self.choices, counters: &mut self.counters };
        act(&mut self.network, &mut cx)
    }

    /// Shows the observer something. A violation ends the run.
    fn see(&mut self, seen: Seen<'_>) {
        let Some(observer) = &mut self.observer else { return };
        let at = Instant(self.queue.now());
        if let Err(violation) = observer.see(at, seen)
            && self.stop.is_none()
        {
            self.stop = Some(Stop::Violation(violation));
        }
    }

    fn index_of(&self, node: NodeId) -> usize {
        let index = usize::try_from(node.0 - 1).expect("node ids begin at 1");
        assert!(index < self.nodes.len(), "there is no node {node}");
        index
    }
}

/// An entry of the heap as a number for the trace hash.
fn code(what: What) -> u64 {
    let of_conn = |kind: u64, conn: ConnRef, side: u64| {
        kind << 60 | side << 59 | u64::from(conn.generation) << 32 & 0x07ff_ffff_ffff_ffff | u64::from(conn.slot)
    };
    match what {
        What::Boot { node, incarnation } => 1 << 60 | u64::from(incarnation) << 32 | u64::from(node),
        What::Lane { node, shard } => 2 << 60 | u64::from(shard) << 32 | u64::from(node),
        What::Timer { node, shard } => 3 << 60 | u64::from(shard) << 32 | u64::from(node),
        What::OpDone { node, slot, .. } => 4 << 60 | u64::from(slot) << 16 | u64::from(node),
        What::Dial(conn) => of_conn(5, conn, 0),
        What::DialAnswered(conn) => of_conn(6, conn, 0),
        What::DialFails(conn) => of_conn(7, conn, 0),
        What::Deliver(conn, side) => of_conn(8, conn, side as u64),
        What::TimeOut(conn, side) => of_conn(9, conn, side as u64),
        What::KeepAlive(conn, side) => of_conn(10, conn, side as u64),
        What::ActorStart(actor) => 11 << 60 | u64::from(actor),
        What::ActorTimer(actor) => 12 << 60 | u64::from(actor),
        What::ImageArrives(node) => 13 << 60 | u64::from(node),
        What::LookAt(node) => 14 << 60 | u64::from(node),
        What::LagCheck => 15 << 60,
    }
}
