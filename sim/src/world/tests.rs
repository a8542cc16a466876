//! The world itself, tried with a stand-in for the core: a shard that appends what it is sent, and answers once that is
//! synced.

mod disks;
mod kernel;
mod links;
mod processes;

use super::*;
use crate::actor::{Actor, ActorConn, ActorCx, ActorEvent, ActorId};
use crate::config::{Spread, TopicSpec};
use crate::fault::{Crash, Cut, Fault, Host, LinkFault, Unsynced};
use bytes::Bytes;
use gracchus_core::io::{ConnId, DirId, FileId, FilePath, ListenerId, OpId, Open, SyncWhat};
use gracchus_core::shard::{Cx, Effect, Event};
use gracchus_core::types::Now;

/// Appends each frame to a file of its own shard, and echoes it when a sync covers it.
#[derive(Clone, Debug)]
struct Echo {
    shard: ShardId,
    file: Option<FileId>,
    unsynced: Vec<(ConnId, Bytes)>,
    syncing: Vec<(ConnId, Bytes)>,
    ops: u64,
}

fn echo(_config: Arc<NodeConfig>, shard: ShardId) -> Box<dyn Machine> {
    Box::new(Echo { shard, file: None, unsynced: Vec::new(), syncing: Vec::new(), ops: 0 })
}

impl Machine for Echo {
    fn handle(&mut self, _now: Now, event: Event, cx: &mut Cx<'_>) {
        match event {
            Event::Start { .. } if self.shard != ShardId::CONTROL => {
                let path = FilePath::new(DirId(0), &format!("shard-{}.log", self.shard.0));
                self.file = cx.files.open(&path, Open::Any).ok();
                cx.out.push(Effect::Sync { op: OpId(u64::MAX), what: SyncWhat::Dir(path.parent()) });
                cx.out.push(Effect::Listen { on: ListenerId(0) });
            }
            Event::Received { frame, .. } if &frame[..] == b"panic" => panic!("as it was told"),
            Event::Received { conn, frame } => {
                let file = self.file.expect("it was opened");
                // Two operations for one frame, so that a cut can fall between them.
                let (head, tail) = (frame.slice(..4), frame.slice(4..));
                let written = cx.files.append(file, &[head]).and_then(|_| cx.files.append(file, &[tail]));
                if written.is_ok() {
                    self.unsynced.push((conn, frame));
                }
            }
            Event::Synced { op: OpId(u64::MAX), .. } => {}
            Event::Synced { result, .. } => {
                assert_eq!(result, Ok(()));
                for (conn, frame) in self.syncing.drain(..) {
                    let prefix = Bytes::copy_from_slice(&(frame.len() as u32).to_be_bytes());
                    cx.out.push(Effect::Send { conn, parts: vec![prefix, frame] });
                }
            }
            Event::TurnEnd if self.syncing.is_empty() && !self.unsynced.is_empty() => {
                self.syncing = std::mem::take(&mut self.unsynced);
                self.ops += 1;
                let what = SyncWhat::File(self.file.expect("it was opened"));
                cx.out.push(Effect::Sync { op: OpId(self.ops), what });
            }
            _ => {}
        }
    }

    fn fork(&self) -> Box<dyn Machine> {
        Box::new(self.clone())
    }
}

/// Sends numbers, a few at a time, and keeps those that come back.
#[derive(Clone, Debug)]
struct Caller {
    host: &'static str,
    every_ms: u64,
    conn: u64,
    open: bool,
    sent: u64,
    echoed: Vec<(u64, u64)>,
    closed: u64,
    failed: u64,
}

impl Caller {
    fn new(host: &'static str, every_ms: u64) -> Box<Caller> {
        Box::new(Caller { host, every_ms, conn: 0, open: false, sent: 0, echoed: Vec::new(), closed: 0, failed: 0 })
    }

    fn dial(&mut self, cx: &mut ActorCx<'_>) {
        self.conn += 1;
        cx.dial(ActorConn(self.conn), self.host.into(), crate::node::PORT);
    }
}

impl Actor for Caller {
    fn handle(&mut self, now: Now, event: ActorEvent, cx: &mut ActorCx<'_>) {
        let soon = Instant(now.mono.0 + self.every_ms * 1_000_000);
        match event {
            ActorEvent::Start => self.dial(cx),
            ActorEvent::Dialed { .. } => {
                self.open = true;
                cx.wake_at(soon);
            }
            ActorEvent::DialFailed { .. } => {
                self.failed += 1;
                self.dial(cx);
            }
            ActorEvent::Closed { .. } => {
                self.open = false;
                self.closed += 1;
                self.dial(cx);
            }
            ActorEvent::Received { frame, .. } => {
                let number = u64::from_be_bytes(frame[..].try_into().unwrap());
                self.echoed.push((number, now.mono.0));
            }
            ActorEvent::Wake if self.open => {
                self.sent += 1;
                let parts = [8u32.to_be_bytes().to_vec(), self.sent.to_be_bytes().to_vec()].map(Bytes::from);
                cx.send(ActorConn(self.conn), parts.to_vec());
                cx.wake_at(soon);
            }
            ActorEvent::Wake => {}
        }
    }
}

const SECOND: u64 = 1_000_000_000;

fn config() -> WorldConfig {
    let topic = TopicSpec { name: "orders".into(), partitions: 2, replicas: 3, first: None, configs: BTreeMap::new() };
    WorldConfig { topics: vec![topic], ..WorldConfig::default() }
}

fn world(seed: u64) -> World {
    World::with_machines(config(), Choices::from_seed(seed), echo)
}

impl World {
    fn caller(&self, id: ActorId) -> &Caller {
        self.actor(id).as_any().downcast_ref().unwrap()
    }

    fn run_for(&mut self, ms: u64) -> Step {
        self.run_until(Instant(self.now().0 + ms * 1_000_000))
    }

    /// The numbers in all of a node's files.
    fn stored(&self, node: NodeId) -> Vec<u64> {
        let bytes = |path: FilePath| self.read_file(node, &path).unwrap();
        let numbers = |bytes: Bytes| -> Vec<u64> {
            bytes.chunks_exact(8).map(|chunk| u64::from_be_bytes(chunk.try_into().unwrap())).collect()
        };
        let mut stored: Vec<u64> = self.files(node).into_iter().map(bytes).flat_map(numbers).collect();
        stored.sort_unstable();
        stored
    }
}

const B1: NodeId = NodeId(1);

fn power_loss(cut: Cut) -> Fault {
    Fault::Crash { node: B1, crash: Crash::PowerLoss(Unsynced::Dropped), cut }
}
