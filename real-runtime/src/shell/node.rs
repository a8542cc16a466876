//! A node: its shards, each under a driver, and its porter.

use super::budget::FrameBudget;
use super::driver::{Driver, DriverParts};
use super::porter::Porter;
use super::post::{Letter, Post};
use super::quotas::{ConnectionLimits, Quotas};
use super::told::{self, LoadsOfNode};
use super::turns::Turns;
use crate::disk::{DiskFiles, LogDirs, SyncMeter};
use crate::host::Host;
use gracchus_core::io::ShardId;
use gracchus_core::metadata::NodeConfig;
use gracchus_core::shard::{Cx, Event, Shard};
use gracchus_core::types::Now;
use std::io;
use std::sync::{Arc, Mutex};
use tokio::sync::mpsc::unbounded_channel;

pub use super::porter::NodeNews;

/// What a driver drives: the core's shard, or a test's stand-in.
pub trait Core: Send + Unpin + 'static {
    /// The one entry point.
    fn handle(&mut self, now: Now, event: Event, cx: &mut Cx<'_>);
}

impl Core for Shard {
    fn handle(&mut self, now: Now, event: Event, cx: &mut Cx<'_>) {
        Shard::handle(self, now, event, cx);
    }
}

/// So many reads and syncs of one shard run at a time at most. More would only wait for the disk.
const JOBS_MOST: usize = 256;

/// What a node is made of.
pub struct NodeParts {
    /// The same for all shards.
    pub config: Arc<NodeConfig>,
    /// Opened and locked.
    pub dirs: Arc<LogDirs>,
    /// File descriptors that the data files of all shards may hold together.
    pub file_descriptors: usize,
    /// Memory that half-arrived frames may take beyond what each connection owns.
    pub frame_budget: usize,
    /// How many connections clients may have.
    pub connections: ConnectionLimits,
    /// Of the shards' random choices.
    pub seed: [u8; 32],
}

/// A node that runs.
pub struct Node<H: Host> {
    porter: Porter<H>,
    posts: Arc<[Post<H>]>,
    syncs: Arc<SyncMeter>,
    /// How long each shard's turns take.
    turns: Vec<Arc<Mutex<Turns>>>,
    host: H,
}

/// Stops a node from anywhere.
#[derive(Clone)]
pub struct Stopper<H: Host>(Post<H>);

impl<H: Host> Node<H> {
    /// Starts the shards. The porter works while [`Node::next`] is awaited.
    pub fn start<C: Core>(
        host: H,
        parts: &NodeParts,
        shard: impl Fn(Arc<NodeConfig>, ShardId) -> C,
    ) -> io::Result<Node<H>> {
        let shards = parts.config.shards;
        let (posts, letters): (Vec<_>, Vec<_>) = (0..shards).map(|_| unbounded_channel()).unzip();
        let posts: Arc<[Post<H>]> = posts.into();
        let (porter, orders) = unbounded_channel();
        let budget = FrameBudget::new(parts.frame_budget);
        let inventory = Arc::new(parts.dirs.inventory());
        let wanted = told::wanted();
        let loads = Arc::new(LoadsOfNode::new(shards - 1));
        let syncs = Arc::new(SyncMeter::default());
        let began = host.now().mono;
        let turns: Vec<_> = (0..shards).map(|shard| Arc::new(Mutex::new(Turns::new(ShardId(shard), began)))).collect();
        // A third of a shard's descriptors is for files that running jobs still hold when the files have given theirs up.
        let share = (parts.file_descriptors / usize::from(shards)).max(2);
        let jobs_most = (share / 3).clamp(1, JOBS_MOST);
        for (number, letters) in (0..shards).zip(letters) {
            let me = ShardId(number);
            let parts_of_one = DriverParts {
                host: host.clone(),
                me,
                files: DiskFiles::new(parts.dirs.clone(), share - jobs_most),
                inventory: inventory.clone(),
                letters,
                posts: posts.clone(),
                porter: porter.clone(),
                budget: budget.clone(),
                syncs: syncs.clone(),
                jobs_most,
                turns: turns[usize::from(number)].clone(),
                frame_most: parts.config.socket_request_max_bytes as usize,
                seed: parts.seed,
                wanted,
                loads: loads.clone(),
            };
            let driver = Driver::new(parts_of_one, shard(parts.config.clone(), me));
            let name = if me == ShardId::CONTROL { "control".to_owned() } else { format!("data-{number}") };
            host.start_shard(name, driver)?;
        }
        let quotas = Quotas::new(parts.connections.clone());
        let porter = Porter::new(host.clone(), parts.config.clone(), posts.clone(), orders, quotas);
        Ok(Node { porter, posts, syncs, turns, host })
    }

    /// What happens next. Connections are taken in while this is awaited.
    pub async fn next(&mut self) -> NodeNews {
        self.porter.next().await
    }

    /// What its syncs cost so far.
    #[must_use]
    pub fn syncs(&self) -> &SyncMeter {
        &self.syncs
    }

    /// Logs how long each shard's turns took since they were logged last.
    pub fn tell_turns(&self) {
        for turns in &self.turns {
            turns.lock().expect("no holder of this lock panics").tell(self.host.now().mono);
        }
    }

    /// Asks the node to stop in good order; [`NodeNews::Halted`] follows.
    #[must_use]
    pub fn stopper(&self) -> Stopper<H> {
        Stopper(self.posts[usize::from(ShardId::CONTROL.0)].clone())
    }
}

impl<H: Host> Stopper<H> {
    /// Asks the node to stop in good order.
    pub fn stop(&self) {
        let _ = self.0.send(Letter::Event(Event::Stop));
    }
}

impl<H: Host> Drop for Node<H> {
    /// The shards' threads end, wherever they are.
    fn drop(&mut self) {
        for post in self.posts.iter() {
            let _ = post.send(Letter::End);
        }
    }
}
