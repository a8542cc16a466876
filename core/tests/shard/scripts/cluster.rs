//! A cluster of whole nodes in one thread, moved on in a fixed order until nothing is left to do.

use super::client::{self, Waiting};
use super::groups::Members;
use super::show::{self, Names};
use crate::disk::Disk;
use bytes::Bytes;
use gracchus_core::io::{ConnId, DirId, Draws, ListenerId, Mutant, OpId, Probes, ShardId, Site, SyncWhat, TraceKinds};
use gracchus_core::metadata::{
    BrokerRegistration, EndPoint, ImageSource, ListenerConfig, ListenerRole, MetadataImage, NodeConfig,
    PartitionRegistration, TopicImage,
};
use gracchus_core::node;
use gracchus_core::shard::{Cx, Effect, Effects, Event, Inventory, LogDir, Shard};
use gracchus_core::types::{
    BrokerEpoch, ImageVersion, Instant, LeaderEpoch, NodeId, Now, PartitionEpoch, Timestamp, TopicId, Uuid,
};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

/// Events that a driver hands in at most before a turn's end.
const TURN_MAX: usize = 64;

#[derive(Default)]
pub struct Cluster {
    now: u64,
    nodes: BTreeMap<i32, Node>,
    image: MetadataImage,
    names: Names,
    clients: BTreeMap<String, Client>,
    members: Members,
    /// Topics made so far, deleted ones included.
    made: u64,
    /// Nodes whose syncs or reads are held back.
    held: BTreeSet<(i32, &'static str)>,
    /// Nodes whose next sync fails.
    failing: BTreeSet<i32>,
    draws: Steady,
    lines: Vec<String>,
}

struct Node {
    shards: Vec<Lane>,
    disk: Disk,
    accepted: u64,
    listening: Vec<ShardId>,
    /// Which shard has a connection, and who is at its other end.
    conns: BTreeMap<ConnId, (ShardId, Peer)>,
    waiting: Vec<(ShardId, OpId, Pending)>,
}

struct Lane {
    shard: Shard,
    inbox: VecDeque<Event>,
    wake: Option<Instant>,
}

#[derive(Clone)]
enum Peer {
    Client(String),
    Node(i32, ConnId),
}

enum Pending {
    Sync(SyncWhat),
    Read(gracchus_core::io::FileId, u64, u32),
}

struct Client {
    node: i32,
    conn: ConnId,
    sent: i32,
    waiting: BTreeMap<i32, Waiting>,
}

/// The same choices in every telling, no two alike, and no perturbation.
#[derive(Default)]
struct Steady(u64);

impl Draws for Steady {
    fn below(&mut self, _site: Site, _subject: u64, bound: u64) -> u64 {
        self.0 += 1;
        self.0 % bound
    }
}

impl Probes for Steady {
    fn always(&mut self, site: Site, held: bool) {
        assert!(held, "{}", site.name());
    }
    fn sometimes(&mut self, _site: Site, _reached: bool) {}
    fn buggify(&mut self, _site: Site) -> bool {
        false
    }
    fn mutant(&self, _which: Mutant) -> bool {
        false
    }
}

impl Cluster {
    /// Carries out one command and tells what came of it.
    pub fn obey(&mut self, command: &str) -> Vec<String> {
        let words: Vec<&str> = command.split_whitespace().collect();
        match words.as_slice() {
            ["cluster", nodes, shards] => self.start(setting(nodes, "nodes"), setting(shards, "data-shards")),
            ["topic", name, settings @ ..] => self.create(name, settings),
            ["elect", partition, leader, isr] => self.elect(partition, leader, isr),
            ["reassign", partition, replicas] => self.reassign(partition, replicas),
            ["connect", client, node] => self.connect(client, number(node)),
            ["produce", client, partition, rest @ ..] => self.produce(client, partition, rest),
            ["group", client, words @ ..] => self.group(client, words),
            ["delete-records", client, partition, rest @ ..] => self.delete_records(client, partition, rest),
            ["files", node, folder] => self.files(number(node), folder),
            ["delete", topic] => self.delete(topic),
            ["fetch", client, topic, rest @ ..] => self.fetch(client, topic, rest),
            ["hold", node, what] => {
                self.held.insert((number(node), kind(what)));
            }
            ["release", node, what] => {
                self.held.remove(&(number(node), kind(what)));
                self.release(number(node), kind(what));
            }
            ["fail-next-sync", node] => {
                self.failing.insert(number(node));
            }
            ["advance", ms] => self.advance(setting(ms, "ms")),
            ["status"] => self.status(),
            _ => panic!("no such command: {command}"),
        }
        self.settle();
        std::mem::take(&mut self.lines)
    }

    fn start(&mut self, nodes: i32, data_shards: u16) {
        self.image.cluster_id = "scripts".into();
        for id in 1..=nodes {
            let host: Arc<str> = format!("b{id}").into();
            let listener: Arc<str> = "PLAINTEXT".into();
            let end_points =
                vec![EndPoint { listener: listener.clone(), host: host.clone(), port: 9092, ..EndPoint::default() }];
            let epoch = BrokerEpoch(i64::from(id) * 10);
            let broker = BrokerRegistration { id: NodeId(id), epoch, end_points, ..BrokerRegistration::default() };
            self.image.brokers.insert(NodeId(id), Arc::new(broker));
            let config = Arc::new(NodeConfig {
                node_id: NodeId(id),
                shards: data_shards + 1,
                image_source: ImageSource::Given,
                listeners: vec![ListenerConfig {
                    id: ListenerId(0),
                    name: listener,
                    role: ListenerRole::Brokers,
                    host,
                    port: 9092,
                    advertised: None,
                }],
                // Nothing stays warm: every read of a record goes to the disk.
                tail_cache_bytes: 0,
                hand_over_clients: false,
                ..NodeConfig::default()
            });
            let lanes = node::shards(&config).into_iter();
            let shards = lanes.map(|shard| Lane { shard, inbox: VecDeque::new(), wake: None }).collect();
            let (disk, conns) = (Disk::default(), BTreeMap::new());
            self.nodes
                .insert(id, Node { shards, disk, accepted: 0, listening: Vec::new(), conns, waiting: Vec::new() });
            let dirs = vec![LogDir { dir: DirId(0), name: "data".into() }];
            let inventory = Arc::new(Inventory { dirs, boot_id: Uuid::ZERO });
            for lane in &mut self.nodes.get_mut(&id).expect("just put in").shards {
                lane.inbox.push_back(Event::Start { inventory: inventory.clone() });
            }
        }
        self.publish();
        self.settle();
        // How nodes start is not what these stories are about.
        self.lines = vec![format!("{nodes} nodes, each of control and {data_shards} data shards")];
    }

    fn create(&mut self, name: &str, settings: &[&str]) {
        self.made += 1;
        let mut topic = TopicImage {
            name: name.into(),
            id: TopicId(Uuid::from_halves(self.made, 77)),
            configs: BTreeMap::new(),
            partitions: Vec::new(),
        };
        let mut partitions = 1;
        let mut replicas = vec![NodeId(1)];
        for (key, value) in settings.iter().map(|pair| pair.split_once('=').expect("key=value")) {
            match key {
                "partitions" => partitions = value.parse().expect("a number"),
                "replicas" => replicas = value.split(',').map(|id| NodeId(number(id))).collect(),
                key => drop(topic.configs.insert(key.into(), value.into())),
            }
        }
        let registration = PartitionRegistration {
            isr: replicas.clone(),
            leader: replicas.first().copied(),
            replicas,
            ..PartitionRegistration::default()
        };
        topic.partitions = vec![registration; partitions];
        self.names.learn(&topic);
        self.image.put_topic(topic);
        self.publish();
    }

    fn delete(&mut self, name: &str) {
        let id = self.image.topic_named(name).expect("a topic").id;
        self.image.remove_topic(id);
        self.publish();
    }

    fn elect(&mut self, partition: &str, leader: &str, isr: &str) {
        let (name, index) = partition.rsplit_once('-').expect("topic-partition");
        let mut topic = (**self.image.topic_named(name).expect("a topic")).clone();
        let registration = &mut topic.partitions[index.parse::<usize>().expect("a number")];
        registration.leader = Some(NodeId(number(leader)));
        registration.isr = isr.strip_prefix("isr=").expect("isr=").split(',').map(|id| NodeId(number(id))).collect();
        registration.leader_epoch = LeaderEpoch(registration.leader_epoch.0 + 1);
        registration.partition_epoch = PartitionEpoch(registration.partition_epoch.0 + 1);
        self.image.put_topic(topic);
        self.publish();
    }

    fn reassign(&mut self, partition: &str, replicas: &str) {
        let (name, index) = partition.rsplit_once('-').expect("topic-partition");
        let mut topic = (**self.image.topic_named(name).expect("a topic")).clone();
        let registration = &mut topic.partitions[index.parse::<usize>().expect("a number")];
        let replicas = replicas.strip_prefix("replicas=").expect("replicas=");
        registration.replicas = replicas.split(',').map(|id| NodeId(number(id))).collect();
        registration.partition_epoch = PartitionEpoch(registration.partition_epoch.0 + 1);
        self.image.put_topic(topic);
        self.publish();
    }

    fn publish(&mut self) {
        self.image.version = ImageVersion(self.image.version.0 + 1);
        let image = Arc::new(self.image.clone());
        for node in self.nodes.values_mut() {
            node.shards[0].inbox.push_back(Event::Image(image.clone()));
        }
    }

    fn connect(&mut self, client: &str, to: i32) {
        let (conn, shard) = self.accept(to, Peer::Client(client.to_owned()));
        self.lines.push(format!("{client} is connected to b{to}.s{}", shard.0));
        self.clients.insert(client.to_owned(), Client { node: to, conn, sent: 0, waiting: BTreeMap::new() });
    }

    /// A connection to a node, dealt to the shards that listen in turn.
    fn accept(&mut self, to: i32, peer: Peer) -> (ConnId, ShardId) {
        let node = self.nodes.get_mut(&to).expect("a node");
        let shard = node.listening[node.accepted as usize % node.listening.len()];
        let conn = ConnId::accepted(node.accepted);
        node.accepted += 1;
        node.conns.insert(conn, (shard, peer));
        let peer = "10.0.0.1:5000".parse().expect("an address");
        let event = Event::Accepted { conn, listener: ListenerId(0), peer, principal: None };
        node.shards[usize::from(shard.0)].inbox.push_back(event);
        (conn, shard)
    }

    fn produce(&mut self, client: &str, partition: &str, rest: &[&str]) {
        let (topic, index) = partition.rsplit_once('-').expect("topic-partition");
        let acks = rest.iter().find_map(|word| word.strip_prefix("acks=")).unwrap_or("all");
        let acks = if acks == "all" { -1 } else { acks.parse().expect("acks") };
        let values: Vec<&str> = rest.iter().copied().filter(|word| !word.contains('=')).collect();
        let index = index.parse().expect("a number");
        self.send(client, Waiting::Produce, |correlation| client::produce(correlation, topic, index, &values, acks));
    }

    fn fetch(&mut self, client: &str, topic: &str, rest: &[&str]) {
        let id = self.image.topic_named(topic).expect("a topic").id.0;
        let wait = rest.iter().find_map(|word| word.strip_prefix("wait=")).map_or(0, |ms| ms.parse().expect("ms"));
        let from: Vec<(i32, i64)> = rest
            .iter()
            .filter_map(|word| word.split_once('@'))
            .map(|(partition, offset)| (partition.parse().expect("a number"), offset.parse().expect("a number")))
            .collect();
        self.send(client, Waiting::Fetch, |correlation| client::fetch(correlation, id, &from, wait));
    }

    fn delete_records(&mut self, client: &str, partition: &str, rest: &[&str]) {
        let (topic, index) = partition.rsplit_once('-').expect("topic-partition");
        let value = |key: &str| rest.iter().find_map(|word| word.strip_prefix(key));
        let offset = value("below=").map_or(-1, |offset| offset.parse().expect("an offset"));
        let timeout = value("timeout=").map_or(30_000, |ms| ms.parse().expect("ms"));
        let index = index.parse().expect("a number");
        self.send(client, Waiting::DeleteRecords, |correlation| {
            client::delete_records(correlation, topic, index, offset, timeout)
        });
    }

    /// The records of a partition, by file.
    fn files(&mut self, id: i32, folder: &str) {
        let names = self.nodes[&id].disk.names_in(folder);
        let logs = names.iter().filter(|name| name.contains(".log")).map(|name| name.trim_start_matches('0'));
        self.lines.push(format!("b{id} {folder}: {}", logs.collect::<Vec<_>>().join(" ")));
    }

    /// A group's command, sent to whatever node the client is connected to.
    fn group(&mut self, client: &str, words: &[&str]) {
        let correlation = self.clients[client].sent + 1;
        let (what, frame) = self.members.frame(correlation, words);
        self.send(client, Waiting::Group(what), |_| frame);
    }

    fn send(&mut self, client: &str, what: Waiting, frame: impl FnOnce(i32) -> Bytes) {
        let client = self.clients.get_mut(client).expect("a client");
        client.sent += 1;
        client.waiting.insert(client.sent, what);
        let node = self.nodes.get_mut(&client.node).expect("a node");
        let (shard, _) = node.conns[&client.conn];
        let event = Event::Received { conn: client.conn, frame: frame(client.sent) };
        node.shards[usize::from(shard.0)].inbox.push_back(event);
    }

    fn advance(&mut self, ms: u64) {
        let until = self.now + ms * 1_000_000;
        loop {
            self.settle();
            let due = self.nodes.values().flat_map(|node| &node.shards).filter_map(|lane| lane.wake).min();
            match due.filter(|at| at.0 <= until) {
                Some(at) => self.now = self.now.max(at.0),
                None => break,
            }
        }
        self.now = until;
    }

    fn status(&mut self) {
        for (id, node) in &self.nodes {
            for (at, lane) in node.shards.iter().enumerate() {
                for (which, hosted) in lane.shard.data().into_iter().flat_map(|data| data.partitions()) {
                    self.lines.push(show::status(&self.names, *id, at, which, hosted));
                }
            }
        }
    }

    /// Moves every shard in turn until none has anything to do at this time.
    fn settle(&mut self) {
        while let Some((id, at)) = self.next_lane() {
            self.turn(id, at);
        }
    }

    fn next_lane(&self) -> Option<(i32, usize)> {
        let now = Instant(self.now);
        let ready = |lane: &Lane| !lane.inbox.is_empty() || lane.wake.is_some_and(|at| at <= now);
        self.nodes.iter().find_map(|(id, node)| Some((*id, node.shards.iter().position(ready)?)))
    }

    fn turn(&mut self, id: i32, at: usize) {
        let now = Now { mono: Instant(self.now), wall: Timestamp(1_700_000_000_000 + (self.now / 1_000_000) as i64) };
        let node = self.nodes.get_mut(&id).expect("a node");
        let lane = &mut node.shards[at];
        let mut events: Vec<Event> = lane.inbox.drain(..lane.inbox.len().min(TURN_MAX)).collect();
        if lane.wake.take_if(|at| *at <= now.mono).is_some() {
            events.push(Event::Wake);
        }
        events.push(Event::TurnEnd);
        let mut out = Effects::new(TraceKinds::ALL);
        let mut probes = Steady::default();
        for event in events {
            let mut cx = Cx { files: &mut node.disk, draws: &mut self.draws, probes: &mut probes, out: &mut out };
            lane.shard.handle(now, event, &mut cx);
        }
        for effect in out.list {
            self.perform(id, ShardId(at as u16), effect);
        }
    }

    fn perform(&mut self, id: i32, me: ShardId, effect: Effect) {
        let node = self.nodes.get_mut(&id).expect("a node");
        if let Some(line) = show::effect(&self.names, id, me, &effect, &node.disk) {
            self.lines.push(line);
        }
        match effect {
            Effect::Listen { .. } => node.listening.push(me),
            Effect::Mail { to, mail } => {
                node.shards[usize::from(to.0)].inbox.push_back(Event::Mail { from: me, mail });
            }
            Effect::WakeAt(at) => node.shards[usize::from(me.0)].wake = Some(at),
            Effect::Sync { op, what } => self.begin(id, me, op, Pending::Sync(what)),
            Effect::Read { op, file, at, len } => self.begin(id, me, op, Pending::Read(file, at, len)),
            Effect::Send { conn, parts } => self.deliver(id, conn, client::whole(parts)),
            Effect::Dial { conn, host, .. } => self.dial(id, me, conn, number(&host)),
            Effect::HandOver { conn, to } => {
                node.conns.get_mut(&conn).expect("a connection").0 = to;
                node.shards[usize::from(to.0)].inbox.push_back(Event::HandedOver { conn });
            }
            Effect::Close { conn, .. } => {
                node.conns.remove(&conn);
                node.shards[usize::from(me.0)].inbox.push_back(Event::Closed { conn });
            }
            _ => {}
        }
    }

    fn dial(&mut self, from: i32, me: ShardId, conn: ConnId, to: i32) {
        let (accepted, _) = self.accept(to, Peer::Node(from, conn));
        let node = self.nodes.get_mut(&from).expect("a node");
        node.conns.insert(conn, (me, Peer::Node(to, accepted)));
        node.shards[usize::from(me.0)].inbox.push_back(Event::Dialed { conn });
    }

    fn deliver(&mut self, from: i32, conn: ConnId, frame: Bytes) {
        let Some((_, peer)) = self.nodes[&from].conns.get(&conn).cloned() else { return };
        match peer {
            Peer::Node(to, conn) => {
                let node = self.nodes.get_mut(&to).expect("a node");
                let Some((shard, _)) = node.conns.get(&conn) else { return };
                node.shards[usize::from(shard.0)].inbox.push_back(Event::Received { conn, frame });
            }
            Peer::Client(name) => {
                let client = self.clients.get_mut(&name).expect("a client");
                let correlation = i32::from_be_bytes(frame[..4].try_into().expect("four bytes"));
                let what = client.waiting.remove(&correlation).expect("an answer to a question");
                let answer = match what {
                    Waiting::Group(what) => self.members.show(what, correlation, frame),
                    what => client::show_answer(what, correlation, frame),
                };
                self.lines.push(format!("{name} is answered: {answer}"));
            }
        }
    }

    fn begin(&mut self, id: i32, me: ShardId, op: OpId, pending: Pending) {
        let kind = match pending {
            Pending::Sync(_) => "sync",
            Pending::Read(..) => "read",
        };
        self.nodes.get_mut(&id).expect("a node").waiting.push((me, op, pending));
        if !self.held.contains(&(id, kind)) {
            self.release(id, kind);
        }
    }

    fn release(&mut self, id: i32, which: &str) {
        let node = self.nodes.get_mut(&id).expect("a node");
        for (shard, op, pending) in std::mem::take(&mut node.waiting) {
            let event = match pending {
                Pending::Sync(what) if which == "sync" => {
                    let fails = matches!(what, SyncWhat::File(_)) && self.failing.remove(&id);
                    let result = if fails { Err(gracchus_core::io::FileError::Io) } else { Ok(()) };
                    Event::Synced { op, result }
                }
                Pending::Read(file, at, len) if which == "read" => {
                    Event::ReadDone { op, result: Ok(node.disk.read(file, at, len)) }
                }
                pending => {
                    node.waiting.push((shard, op, pending));
                    continue;
                }
            };
            node.shards[usize::from(shard.0)].inbox.push_back(event);
        }
    }
}

fn number(name: &str) -> i32 {
    name.trim_start_matches('b').parse().expect("a node is called b1, b2, ...")
}

fn setting<T: std::str::FromStr>(word: &str, key: &str) -> T {
    let (name, value) = word.split_once('=').expect("key=value");
    assert_eq!(name, key);
    value.parse().ok().expect("a number")
}

fn kind(what: &str) -> &'static str {
    match what {
        "syncs" => "sync",
        "reads" => "read",
        other => panic!("hold syncs or reads, not {other}"),
    }
}
