//! A lone node with one data shard, moved on until nothing is left to do at the present time, with a count of its work.

use crate::control::{Counting, Silent};
use crate::disk::Disk;
use bytes::{Bytes, BytesMut};
use gracchus_core::io::{ConnId, DirId, ListenerId, OpId, ShardId, TraceKinds, Work, WorkKind};
use gracchus_core::metadata::{ListenerConfig, ListenerRole, NodeConfig};
use gracchus_core::shard::{Cx, Effect, Effects, Event, Halt, Inventory, LogDir, Shard};
use gracchus_core::types::{Instant, Now, Timestamp, Uuid};
use gracchus_core::wire::{self, Request};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

const TURN_MAX: usize = 64;

/// The listener of [`Lone::start`].
pub const BROKERS: ListenerId = ListenerId(0);

pub struct Lone {
    shards: Vec<Lane>,
    pub disk: Disk,
    draws: Counting,
    now: u64,
    conns: u64,
    /// The frames that each connection was sent.
    pub answers: BTreeMap<ConnId, VecDeque<Bytes>>,
    /// Whether syncs are held back.
    pub holds_syncs: bool,
    held: Vec<(usize, OpId)>,
    work: Work,
    /// The most file operations of one turn of the data shard.
    pub longest: u64,
    /// The shards that serve a listener, each with the listener.
    pub listening: Vec<(usize, ListenerId)>,
    /// The connections that the node has closed.
    pub closed: Vec<ConnId>,
    pub halted: Option<Halt>,
}

struct Lane {
    shard: Shard,
    inbox: VecDeque<Event>,
    wake: Option<Instant>,
}

impl Lone {
    /// A node with a listener for brokers and clients.
    pub fn start() -> Lone {
        Lone::start_with(&[(BROKERS, ListenerRole::Brokers)])
    }

    /// A node with these listeners.
    pub fn start_with(listeners: &[(ListenerId, ListenerRole)]) -> Lone {
        let listener = |(id, role): &(ListenerId, ListenerRole)| ListenerConfig {
            id: *id,
            name: format!("LISTENER-{}", id.0).into(),
            role: *role,
            host: "127.0.0.1".into(),
            port: 9092 + id.0,
            advertised: None,
        };
        let config = Arc::new(NodeConfig {
            listeners: listeners.iter().map(listener).collect(),
            shards: 2,
            ..NodeConfig::default()
        });
        let lane =
            |number| Lane { shard: Shard::new(config.clone(), ShardId(number)), inbox: VecDeque::new(), wake: None };
        let mut lone = Lone {
            shards: vec![lane(0), lane(1)],
            disk: Disk::default(),
            draws: Counting(7),
            now: 1_000_000_000,
            conns: 0,
            answers: BTreeMap::new(),
            holds_syncs: false,
            held: Vec::new(),
            work: Work::default(),
            longest: 0,
            listening: Vec::new(),
            closed: Vec::new(),
            halted: None,
        };
        let dirs = vec![LogDir { dir: DirId(0), name: "data".into() }];
        let inventory = Arc::new(Inventory { dirs, boot_id: Uuid::ZERO });
        for lane in &mut lone.shards {
            lane.inbox.push_back(Event::Start { inventory: inventory.clone() });
        }
        lone.settle();
        lone
    }

    pub fn connect(&mut self) -> ConnId {
        self.connect_to(1, BROKERS)
    }

    /// Connects to a listener, whose driver gives the connection to this shard.
    pub fn connect_to(&mut self, shard: usize, listener: ListenerId) -> ConnId {
        let conn = ConnId::accepted(self.conns);
        self.conns += 1;
        let peer = "10.0.0.1:5000".parse().expect("an address");
        self.tell(shard, Event::Accepted { conn, listener, peer, principal: None });
        conn
    }

    /// Sends a request, which the node takes up with the next [`Lone::settle`].
    pub fn send<R: Request>(&mut self, conn: ConnId, request: &R, version: i16) {
        self.send_to(1, conn, request, version);
    }

    /// Sends a request on a connection that this shard has.
    pub fn send_to<R: Request>(&mut self, shard: usize, conn: ConnId, request: &R, version: i16) {
        let parts = wire::frame_request(None, 1, request, version, &mut BytesMut::new());
        let mut frame = BytesMut::new();
        parts.iter().for_each(|part| frame.extend_from_slice(part));
        self.tell(shard, Event::Received { conn, frame: frame.freeze().slice(4..) });
    }

    /// Hands an event to a shard, which takes it up with the next [`Lone::settle`].
    pub fn tell(&mut self, shard: usize, event: Event) {
        self.shards[shard].inbox.push_back(event);
    }

    /// The number of frames that all connections were sent since the last call.
    pub fn take_answers(&mut self) -> usize {
        std::mem::take(&mut self.answers).values().map(VecDeque::len).sum()
    }

    pub fn pass_ms(&mut self, ms: u64) {
        self.wait_ms(ms);
        self.settle();
    }

    /// Lets time pass, and nothing happen.
    pub fn wait_ms(&mut self, ms: u64) {
        self.now += ms * 1_000_000;
    }

    /// What the node's calls have cost since the last call of this.
    pub fn take_work(&mut self) -> Work {
        std::mem::take(&mut self.work)
    }

    pub fn settle(&mut self) {
        while self.go_on().is_some() {}
    }

    /// Lets one shard that has something to do take a turn, and returns which.
    pub fn go_on(&mut self) -> Option<usize> {
        let now = Instant(self.now);
        let ready = |lane: &Lane| !lane.inbox.is_empty() || lane.wake.is_some_and(|at| at <= now);
        let at = self.shards.iter().position(ready)?;
        self.turn(at);
        Some(at)
    }

    fn turn(&mut self, at: usize) {
        let now = Now { mono: Instant(self.now), wall: Timestamp(1_700_000_000_000 + (self.now / 1_000_000) as i64) };
        let lane = &mut self.shards[at];
        let mut events: Vec<Event> = lane.inbox.drain(..lane.inbox.len().min(TURN_MAX)).collect();
        if lane.wake.take_if(|at| *at <= now.mono).is_some() {
            events.push(Event::Wake);
        }
        events.push(Event::TurnEnd);
        let mut out = Effects::new(TraceKinds::NONE);
        for event in events {
            let mut cx = Cx { files: &mut self.disk, draws: &mut self.draws, probes: &mut Silent, out: &mut out };
            lane.shard.handle(now, event, &mut cx);
        }
        self.work.add_all(&out.work);
        if at == 1 {
            self.longest = self.longest.max(out.work.of(WorkKind::FileOps));
        }
        for effect in out.list {
            self.perform(at, effect);
        }
    }

    fn perform(&mut self, me: usize, effect: Effect) {
        let event = match effect {
            Effect::Mail { to, mail } => {
                let event = Event::Mail { from: ShardId(me as u16), mail };
                return self.shards[usize::from(to.0)].inbox.push_back(event);
            }
            Effect::Sync { op, .. } if self.holds_syncs => return self.held.push((me, op)),
            Effect::Sync { op, .. } => Event::Synced { op, result: Ok(()) },
            Effect::Read { op, file, at, len } => Event::ReadDone { op, result: Ok(self.disk.read(file, at, len)) },
            Effect::WakeAt(at) => return self.shards[me].wake = Some(at),
            Effect::Send { conn, parts } => {
                self.answers.entry(conn).or_default().push_back(parts.concat().into());
                Event::Drained { conn }
            }
            Effect::Close { conn, .. } => {
                self.closed.push(conn);
                Event::Closed { conn }
            }
            Effect::Listen { on } => return self.listening.push((me, on)),
            Effect::Unlisten { on } => return self.listening.retain(|known| *known != (me, on)),
            Effect::Halt(why) => return self.halted = Some(why),
            _ => return,
        };
        self.shards[me].inbox.push_back(event);
    }
}
