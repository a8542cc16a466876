//! Deep and wide request frames, sent to a whole node: control shard and data shard, on a disk in memory.
//!
//! The frames look valid and have as many elements as their bytes can hold, so that they show what a request costs that
//! is as expensive as its length permits. For each frame there must be no panic, an answer or a closed connection, and no
//! more memory than its length permits.

use crate::control::{Counting, DIR, Silent};
use crate::disk::Disk;
use bytes::{Bytes, BytesMut};
use gracchus_core::io::{ConnId, ListenerId, ShardId, TraceKinds, Work, WorkKind};
use gracchus_core::metadata::{ListenerConfig, ListenerRole, NodeConfig, OffsetsTopicConfig};
use gracchus_core::node;
use gracchus_core::shard::{Cx, Effect, Effects, Event, Inventory, LogDir, Shard};
use gracchus_core::types::{Instant, NodeId, Now, Timestamp, Uuid};
use gracchus_core::wire::{
    self, ApiKey, ApiVersionsRequest, CreateTopicsRequest, FindCoordinatorRequest, Request, api_versions, create_topics,
};
use std::collections::VecDeque;
use std::sync::Arc;
use xtask::codegen::frames::Requests;

/// Time in milliseconds within which a node answers. No frame here asks to wait for longer.
const PATIENCE_MS: u64 = 120_000;

/// A node with a topic `t` of four partitions and `__consumer_offsets` of as many as by default.
#[derive(Clone)]
struct Node {
    shards: Vec<Shard>,
    inbox: VecDeque<(usize, Event)>,
    wakes: Vec<Option<Instant>>,
    disk: Disk,
    draws: Counting,
    now: Instant,
    conns: u64,
    listening: Option<usize>,
    /// What the calls have cost since the last frame was sent.
    work: Work,
    /// What was sent on the last connection, and whether it was closed.
    answers: Vec<Bytes>,
    closed: bool,
}

impl Node {
    fn start() -> Node {
        let listener = ListenerConfig {
            id: ListenerId(0),
            name: "PLAINTEXT".into(),
            role: ListenerRole::Brokers,
            host: "b1".into(),
            port: 9092,
            advertised: None,
        };
        let offsets_topic = OffsetsTopicConfig { replication_factor: 1, ..OffsetsTopicConfig::default() };
        let config = Arc::new(NodeConfig {
            node_id: NodeId(1),
            shards: 2,
            listeners: vec![listener],
            offsets_topic,
            ..NodeConfig::default()
        });
        let shards = node::shards(&config);
        let wakes = vec![None; shards.len()];
        let inventory =
            Arc::new(Inventory { dirs: vec![LogDir { dir: DIR, name: "data".into() }], boot_id: Uuid::ZERO });
        let start = |at| (at, Event::Start { inventory: inventory.clone() });
        let inbox = (0..shards.len()).map(start).collect();
        let (disk, draws, now) = (Disk::default(), Counting(1), Instant(0));
        let mut node = Node {
            shards,
            inbox,
            wakes,
            disk,
            draws,
            now,
            conns: 0,
            listening: None,
            work: Work::default(),
            answers: Vec::new(),
            closed: false,
        };
        node.settle();
        let topic = create_topics::CreatableTopic {
            name: "t".into(),
            num_partitions: 4,
            replication_factor: 1,
            ..Default::default()
        };
        let request = CreateTopicsRequest { topics: vec![topic], timeout_ms: 1_000, validate_only: false };
        let made = node.ask(&request, 7);
        assert_eq!(made.topics[0].error_code, 0, "{made:?}");
        let found = node.ask(&FindCoordinatorRequest { key: "g".into(), ..Default::default() }, 3);
        assert_eq!((found.error_code, found.node_id), (0, 1), "{found:?}");
        node
    }

    fn ask<R: Request>(&mut self, request: &R, version: i16) -> R::Response {
        let parts = wire::frame_request(None, 1, request, version, &mut BytesMut::new());
        let frame = Bytes::from(parts.concat()).slice(4..);
        self.send(frame);
        assert_eq!(self.answers.len(), 1, "{} is answered", R::NAME);
        wire::open_response(self.answers[0].slice(4..), 1, version).expect("the answer can be read")
    }

    /// Sends a frame on a new connection, and lets time pass until there is an answer or the connection is closed.
    fn send(&mut self, frame: Bytes) {
        (self.answers, self.closed, self.work) = (Vec::new(), false, Work::default());
        self.conns += 1;
        let (conn, to) = (ConnId::accepted(self.conns), self.listening.expect("the node listens"));
        let peer = "10.0.0.1:5000".parse().expect("an address");
        self.inbox.push_back((to, Event::Accepted { conn, listener: ListenerId(0), peer, principal: None }));
        self.inbox.push_back((to, Event::Received { conn, frame }));
        self.settle();
        let until = Instant(self.now.0 + PATIENCE_MS * 1_000_000);
        while self.answers.is_empty() && !self.closed {
            let next = self.wakes.iter().flatten().min().copied();
            let Some(next) = next.filter(|next| *next <= until) else { break };
            self.now = self.now.max(next);
            self.settle();
        }
        self.inbox.push_back((to, Event::Closed { conn }));
        self.settle();
    }

    fn settle(&mut self) {
        loop {
            let due = (0..self.shards.len()).filter(|at| self.wakes[*at].is_some_and(|wake| wake <= self.now));
            if self.inbox.is_empty() {
                self.inbox.extend(due.map(|at| (at, Event::Wake)));
            }
            let Some((at, event)) = self.inbox.pop_front() else { return };
            self.turn(at, event);
        }
    }

    fn turn(&mut self, at: usize, event: Event) {
        if matches!(event, Event::Wake) {
            self.wakes[at] = None;
        }
        let now = Now { mono: self.now, wall: Timestamp(1_700_000_000_000 + (self.now.0 / 1_000_000) as i64) };
        let mut out = Effects::new(TraceKinds::NONE);
        for event in [event, Event::TurnEnd] {
            let (files, draws) = (&mut self.disk, &mut self.draws);
            self.shards[at].handle(now, event, &mut Cx { files, draws, probes: &mut Silent, out: &mut out });
        }
        self.work.add_all(&out.work);
        for effect in out.list {
            self.perform(at, effect);
        }
    }

    fn perform(&mut self, at: usize, effect: Effect) {
        let mut later = |to: usize, event| self.inbox.push_back((to, event));
        match effect {
            Effect::Listen { .. } => self.listening = Some(at),
            Effect::Mail { to, mail } => later(usize::from(to.0), Event::Mail { from: ShardId(at as u16), mail }),
            Effect::WakeAt(wake) => self.wakes[at] = Some(wake),
            Effect::Sync { op, .. } => later(at, Event::Synced { op, result: Ok(()) }),
            Effect::Read { op, file, at: from, len } => {
                let result = Ok(self.disk.read(file, from, len));
                later(at, Event::ReadDone { op, result });
            }
            Effect::Send { conn, parts } => {
                self.answers.push(Bytes::from(parts.concat()));
                later(at, Event::Drained { conn });
            }
            Effect::Close { .. } => self.closed = true,
            Effect::Halt(why) => panic!("the node halts: {why:?}"),
            _ => {}
        }
    }
}

/// Every API and version that a node serves, as it says itself.
fn served(mut node: Node) -> Vec<(ApiKey, i16)> {
    let answer = node.ask(&ApiVersionsRequest::default(), 0);
    let versions = |row: &api_versions::ApiVersion| {
        let key = ApiKey::from_wire(row.api_key).expect("this build has messages for what it serves");
        (row.min_version.max(key.api().min)..=row.max_version).map(move |version| (key, version))
    };
    answer.api_keys.iter().flat_map(versions).collect()
}

/// The most memory in bytes that a request of that length may take at any moment, from its arrival to its answer, with
/// all that its shards send each other for it.
fn memory_most(key: ApiKey, length: usize) -> u64 {
    /// What a request of one byte may take: for example the answer to ApiVersions.
    const FIXED: u64 = 256 << 10;
    let times = match key {
        // A name of two bytes is a topic that is made, with its folder, log and place in the image; or a group, each of
        // whose keys is described with its documentation.
        ApiKey::Metadata | ApiKey::CreateTopics | ApiKey::DescribeConfigs => 4096,
        // A name of two bytes is a question to a coordinator.
        ApiKey::DescribeGroups | ApiKey::DeleteGroups | ApiKey::OffsetFetch | ApiKey::DeleteTopics => 1024,
        // A name of one byte is answered with an address or with a message.
        ApiKey::FindCoordinator => 1024,
        _ => 256,
    };
    FIXED + times * length as u64
}

/// The most work of a kind that a request of that length may cause, with everything that its shards do for it.
fn work_most(kind: WorkKind, length: usize) -> u64 {
    let (fixed, times) = match kind {
        // A topic that is made is a folder with a handful of files, and its name takes two bytes.
        WorkKind::FileOps => (512, 32),
        // The image is written with the topics that were made.
        WorkKind::FileBytes => (1 << 20, 256),
        // A partition is asked, called again at the turn's end, and asked to read; naming it takes four bytes.
        WorkKind::Partitions => (512, 4),
        WorkKind::Records | WorkKind::QueueSteps => (512, 2),
    };
    fixed + times * length as u64
}

#[test]
fn a_deep_frame_is_answered_or_refused_and_costs_memory_and_work_by_its_length() {
    let requests = Requests::of_table();
    let fresh = Node::start();
    for (key, version) in served(fresh.clone()) {
        for (seed, length) in [(1, 200), (2, 4 << 10), (3, 16 << 10), (4, 16 << 10), (5, 64 << 10)] {
            for frame in requests.deep(seed, key.to_wire(), version, length) {
                let mut node = fresh.clone();
                let frame = Bytes::from(frame);
                let length = frame.len();
                let used = allocation_counter::measure(|| node.send(frame)).bytes_max;
                // A produce with acks=0 that nothing is wrong with has no answer.
                let answered = !node.answers.is_empty() || node.closed || key == ApiKey::Produce;
                assert!(answered, "{key:?} v{version} seed {seed}: no answer to {length} bytes");
                let most = memory_most(key, length);
                assert!(used <= most, "{key:?} v{version} seed {seed}: {used} bytes of memory for {length}");
                for kind in WorkKind::ALL {
                    let (done, most) = (node.work.of(*kind), work_most(*kind, length));
                    assert!(done <= most, "{key:?} v{version} seed {seed}: {done} {} for {length} bytes", kind.name());
                }
            }
        }
    }
}
