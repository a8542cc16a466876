//! A node: a fixed vector of shards with their inboxes, its disks, clocks and connections, and the driver that hands in
//! events and lets effects out, by the rules of the contract.
//!
//! **Invariants**: a shard is handed at most 64 events and then `TurnEnd`; what comes over one connection, from one
//! shard or from one file's operations comes in order; a process that is dead moves nothing.
//!
//! **In Kafka**: `BrokerServer` and the operating system's process around it.

mod clock;
mod files;
mod lane;
mod machine;
mod ops;
mod probes;
mod sessions;
mod turn;

pub use clock::Clock;
pub use files::{DiskSeen, OpenFiles};
pub use lane::{Held, Lane, Post, SyncAsk};
pub use machine::{Machine, MakeMachine};
pub use ops::{Op, OpKind, Ops};
pub use probes::{SiteCount, SiteCounts};
pub use sessions::{ConnEvent, Sessions, address};
pub use turn::{Ended, Freed, Turn, TurnCx, TurnInput};

use crate::choices::{Choices, KeyedDraws, Stream};
use crate::config::WorldConfig;
use crate::disk::Disk;
use crate::fault::{Crash, Cut};
use crate::observer::Incarnation;
use gracchus_core::io::{DirId, ShardId};
use gracchus_core::metadata::{ImageSource, ListenerConfig, ListenerRole, MetadataImage, NodeConfig};
use gracchus_core::shard::{Event, Inventory, LogDir};
use gracchus_core::types::{ImageVersion, NodeId, Uuid};
use std::collections::VecDeque;
use std::sync::Arc;

/// The port of every node's one listener.
pub const PORT: u16 = 9092;

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

/// One node.
#[derive(Clone, Debug)]
pub struct Node {
    /// Its `node.id`.
    pub id: NodeId,
    /// What its process is told.
    pub config: Arc<NodeConfig>,
    /// Whether it is up.
    pub state: NodeState,
    /// Its present or last life.
    pub incarnation: Incarnation,
    /// Whether a start is under way.
    pub booting: bool,
    /// Counts the machine's boots: a power loss makes a new one.
    boots: u64,
    /// Its shards.
    pub lanes: Vec<Lane>,
    /// Its log directories.
    pub disks: Vec<Disk>,
    /// What its process has open.
    pub open: OpenFiles,
    /// Reads and syncs under way.
    pub ops: Ops,
    /// Its process's connections and listener.
    pub sessions: Sessions,
    /// Its clocks.
    pub clock: Clock,
    /// Answers its process's draws.
    pub draws: KeyedDraws,
    /// Answers its process's perturbations.
    pub perturb: KeyedDraws,
    /// A crash that is to fall inside a call or a turn.
    pub cut: Option<(Crash, Cut)>,
    /// Images under way to it, and those that are held from it.
    pub images: VecDeque<(u64, Arc<MetadataImage>)>,
    /// The newest image that was sent to its process.
    pub image_sent: ImageVersion,
    /// Whether new images are kept from it.
    pub images_held: bool,
    seed: u64,
}

impl Node {
    /// A node that has not started yet, on empty disks.
    #[must_use]
    pub fn new(id: NodeId, config: &WorldConfig, choices: &mut Choices) -> Node {
        let data_shards = match config.data_shards {
            Some(forced) => forced,
            None => choices.between(Stream::Process, 1, 3) as u16,
        };
        let told = NodeConfig {
            node_id: id,
            listeners: vec![ListenerConfig {
                id: gracchus_core::io::ListenerId(0),
                name: "PLAINTEXT".into(),
                role: ListenerRole::Brokers,
                host: host_name(id).into(),
                port: PORT,
                advertised: None,
            }],
            log_dirs: (0..config.log_dirs).map(|dir| format!("data-{dir}").into()).collect(),
            shards: 1 + data_shards,
            image_source: if config.own_controller { ImageSource::OwnFile } else { ImageSource::Given },
            ..config.broker.clone()
        };
        let seed = choices.seed();
        Node {
            id,
            config: Arc::new(told),
            state: NodeState::Down,
            incarnation: Incarnation(0),
            booting: false,
            boots: 1,
            lanes: Vec::new(),
            disks: vec![Disk::new(config.disk.capacity); config.log_dirs.into()],
            open: OpenFiles::default(),
            ops: Ops::default(),
            sessions: Sessions::default(),
            clock: Clock::new(&config.process, choices),
            draws: KeyedDraws::new(seed, 0, 0),
            perturb: KeyedDraws::new(seed, 0, 0),
            cut: None,
            images: VecDeque::new(),
            image_sent: ImageVersion(0),
            images_held: false,
            seed,
        }
    }

    /// A new process begins: its shards are told to start, in the order of their numbers.
    pub fn start(&mut self, make: MakeMachine) {
        assert!(matches!(self.state, NodeState::Down | NodeState::Dark), "one process at a time");
        self.booting = false;
        self.state = NodeState::Up;
        let (node, life) = (self.id.0 as u64, self.incarnation.0.into());
        self.draws = KeyedDraws::new(self.seed, node, life);
        self.perturb = KeyedDraws::new(!self.seed, node, life);
        let log_dir = |dir: u16| LogDir { dir: DirId(dir), name: self.config.log_dirs[usize::from(dir)].clone() };
        let inventory = Arc::new(Inventory {
            dirs: (0..self.disks.len() as u16).map(log_dir).collect(),
            boot_id: Uuid::from_halves(node + 1, self.boots),
        });
        self.lanes = (0..self.config.shards)
            .map(|shard| {
                let mut lane = Lane::new(make(self.config.clone(), ShardId(shard)), self.config.shards);
                lane.control.push_back(Event::Start { inventory: inventory.clone() });
                lane
            })
            .collect();
    }

    /// The process is gone, and with it everything that only it knew.
    pub fn end_process(&mut self, power_lost: bool) {
        self.state = if power_lost { NodeState::Dark } else { NodeState::Down };
        self.boots += u64::from(power_lost);
        self.booting = false;
        self.lanes.clear();
        self.open = OpenFiles::default();
        self.ops.clear();
        self.sessions = Sessions::default();
        self.images.clear();
        self.image_sent = ImageVersion(0);
        self.cut = None;
    }

    /// Whether its process can move.
    #[must_use]
    pub fn is_up(&self) -> bool {
        self.state == NodeState::Up
    }

    /// Whether a turn's effects wait for a stuck disk: what it wrote is written, and nobody was told.
    #[must_use]
    pub fn holds_effects(&self) -> bool {
        self.lanes.iter().any(|lane| lane.held.is_some())
    }

    /// Whether its process is there, moving or not.
    #[must_use]
    pub fn is_alive(&self) -> bool {
        matches!(self.state, NodeState::Up | NodeState::Paused)
    }
}

/// A node's host name.
#[must_use]
pub fn host_name(id: NodeId) -> String {
    format!("b{id}")
}

/// The node of that host name or address.
#[must_use]
pub fn node_named(host: &str) -> Option<NodeId> {
    host.strip_prefix('b').or_else(|| host.strip_prefix("10.0.0."))?.parse().ok().map(NodeId)
}
