//! A stand holds one broker. The test takes the place of its clients, partitions, control shard and clock.

use crate::broker::{Broker, ControlAnswer, ControlQuestion, Output, Question, Reply};
use crate::group::{GroupAnswer, GroupAsk};
use crate::io::{
    AskId, ConnId, Draws, Entry, Env, FileError, FileId, FilePath, Files, ListenerId, Mutant, Open, Probes, ShardId,
    Site, Trace, TraceEvent, TraceKinds, Work,
};
use crate::metadata::{
    BrokerRegistration, EndPoint, ListenerConfig, ListenerRole, MetadataImage, NodeConfig, PartitionRegistration,
    TopicImage,
};
use crate::replica::{PartitionAnswer, PartitionAsk, ProduceRefusal};
use crate::session::{self, SessionHandOver};
use crate::types::{
    BrokerEpoch, ErrorCode, ImageVersion, Instant, LeaderEpoch, NodeId, Now, Offset, PartitionEpoch, Timestamp,
    TopicId, TopicPartition, Uuid,
};
use crate::wire::{Request, Response, frame_request, open_response};
use bytes::{Bytes, BytesMut};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

pub(super) const PLAINTEXT: ListenerId = ListenerId(0);
pub(super) const INTERNAL: ListenerId = ListenerId(1);

/// A question that the broker asked a partition.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Asked {
    pub(super) partition: TopicPartition,
    pub(super) ask: AskId,
    pub(super) what: PartitionAsk,
    pub(super) image: ImageVersion,
}

pub(super) struct Stand {
    pub(super) broker: Broker,
    pub(super) image: Arc<MetadataImage>,
    pub(super) now: Now,
    pub(super) asks: VecDeque<Asked>,
    pub(super) controls: VecDeque<(AskId, ControlQuestion)>,
    /// Questions that the broker asked group coordinators.
    pub(super) group_asks: VecDeque<(AskId, TopicPartition, GroupAsk)>,
    pub(super) hand_overs: Vec<(ConnId, ShardId, SessionHandOver)>,
    /// Pauses, resumes and closes of connections, as text.
    pub(super) flow: Vec<String>,
    pub(super) trace: Vec<TraceEvent>,
    pub(super) reached: BTreeSet<Site>,
    sends: BTreeMap<ConnId, VecDeque<Bytes>>,
    closed: BTreeSet<ConnId>,
    connections: u64,
    correlation: i32,
}

/// Node 1 with one data shard, brokers 1 and 2, and topic `t` of four partitions that node 1 leads.
pub(super) fn stand() -> Stand {
    stand_with(|_| {}, |_| {})
}

pub(super) fn stand_with(configure: impl FnOnce(&mut NodeConfig), change: impl FnOnce(&mut MetadataImage)) -> Stand {
    let mut config = NodeConfig {
        listeners: listeners(),
        // No timer but those of the requests, for tests that ask for the next wake-up.
        connections_max_idle_ms: -1,
        ..NodeConfig::default()
    };
    configure(&mut config);
    let mut image = MetadataImage::of_version(ImageVersion(7));
    image.cluster_id = Arc::from("cluster");
    image.controller = Some(NodeId(1));
    for node in [1, 2] {
        image.brokers.insert(NodeId(node), Arc::new(registration(node)));
    }
    image.put_topic(topic("t", 1, &[1; 4]));
    change(&mut image);
    let image = Arc::new(image);
    let mut stand = Stand {
        broker: Broker::new(Arc::new(config), ShardId(1)),
        image: image.clone(),
        now: Now { mono: Instant(1_000_000_000), wall: Timestamp(1_700_000_000_000) },
        asks: VecDeque::new(),
        controls: VecDeque::new(),
        group_asks: VecDeque::new(),
        hand_overs: Vec::new(),
        flow: Vec::new(),
        trace: Vec::new(),
        reached: BTreeSet::new(),
        sends: BTreeMap::new(),
        closed: BTreeSet::new(),
        connections: 0,
        correlation: 100,
    };
    stand.tell(|broker, env, out| broker.on_image(image, env, out));
    stand
}

pub(super) fn listeners() -> Vec<ListenerConfig> {
    vec![listener(PLAINTEXT, "PLAINTEXT", ListenerRole::Clients), listener(INTERNAL, "INTERNAL", ListenerRole::Brokers)]
}

fn listener(id: ListenerId, name: &str, role: ListenerRole) -> ListenerConfig {
    ListenerConfig { id, name: Arc::from(name), role, host: Arc::from("0.0.0.0"), port: 0, advertised: None }
}

pub(super) fn registration(node: i32) -> BrokerRegistration {
    let end_point = |listener: &str, port| EndPoint {
        listener: Arc::from(listener),
        host: Arc::from(format!("{}{node}", listener.to_lowercase())),
        port,
        ..EndPoint::default()
    };
    BrokerRegistration {
        id: NodeId(node),
        epoch: BrokerEpoch(i64::from(node) * 10),
        end_points: vec![end_point("PLAINTEXT", 9092), end_point("INTERNAL", 9093)],
        rack: (node == 2).then(|| Arc::from("r2")),
        ..BrokerRegistration::default()
    }
}

/// A topic whose partitions have these leaders, and nodes 1 and 2 as replicas.
pub(super) fn topic(name: &str, id: u64, leaders: &[i32]) -> TopicImage {
    let partition = |leader: &i32| PartitionRegistration {
        replicas: vec![NodeId(1), NodeId(2)],
        isr: vec![NodeId(1), NodeId(2)],
        leader: NodeId::from_wire(*leader),
        leader_epoch: LeaderEpoch(5),
        partition_epoch: PartitionEpoch(6),
        ..PartitionRegistration::default()
    };
    TopicImage {
        name: Arc::from(name),
        id: TopicId(Uuid::from_halves(0, id)),
        configs: BTreeMap::new(),
        partitions: leaders.iter().map(partition).collect(),
    }
}

/// Partition `partition` of the topic with the id `id`.
pub(super) fn place(id: u64, partition: i32) -> TopicPartition {
    TopicPartition { topic: TopicId(Uuid::from_halves(0, id)), partition }
}

impl Stand {
    pub(super) fn tell(&mut self, what: impl FnOnce(&mut Broker, &mut Env<'_>, &mut Vec<Output>)) {
        let mut out = Vec::new();
        let mut trace = Trace::new(TraceKinds::ALL);
        let mut probes = Noted(&mut self.reached);
        let mut env = Env {
            now: self.now,
            files: &mut NoFiles,
            draws: &mut NoDraws,
            probes: &mut probes,
            trace: &mut trace,
            work: &mut Work::default(),
        };
        what(&mut self.broker, &mut env, &mut out);
        self.trace.extend(trace.drain());
        for output in out {
            self.note(output);
        }
    }

    fn note(&mut self, output: Output) {
        match output {
            Output::Session(output) => self.note_session(output),
            Output::Ask { partition, ask, what: Question::Replica(what), image } => {
                self.asks.push_back(Asked { partition, ask, what, image });
            }
            Output::Ask { partition, ask, what: Question::Group(what), .. } => {
                self.group_asks.push_back((ask, partition, *what));
            }
            Output::AskControl { ask, what } => self.controls.push_back((ask, what)),
        }
    }

    fn note_session(&mut self, output: session::Output) {
        match output {
            session::Output::Send { conn, parts } => {
                assert!(!self.closed.contains(&conn), "{conn:?} is closed: the driver drops what is sent on it");
                self.sends.entry(conn).or_default().push_back(whole(&parts));
            }
            session::Output::Close { conn, after_drain } => {
                self.closed.insert(conn);
                self.flow.push(format!("close {conn:?} after_drain={after_drain}"));
            }
            session::Output::Pause { conn } => self.flow.push(format!("pause {conn:?}")),
            session::Output::Resume { conn } => self.flow.push(format!("resume {conn:?}")),
            session::Output::HandOver { conn, to, session } => self.hand_overs.push((conn, to, *session)),
        }
    }

    pub(super) fn connect(&mut self) -> ConnId {
        self.connect_to(PLAINTEXT)
    }

    pub(super) fn connect_to(&mut self, listener: ListenerId) -> ConnId {
        self.connections += 1;
        let conn = ConnId::accepted(self.connections);
        let peer = "127.0.0.1:4000".parse().expect("is an address");
        self.tell(|broker, env, _| broker.on_accepted(conn, listener, peer, None, env.now.mono));
        conn
    }

    /// Sends a request and returns its correlation id.
    pub(super) fn send<R: Request>(&mut self, conn: ConnId, request: &R, version: i16) -> i32 {
        self.correlation += 1;
        let correlation = self.correlation;
        let parts = frame_request(None, correlation, request, version, &mut BytesMut::new());
        self.send_bytes(conn, whole(&parts).slice(4..));
        correlation
    }

    pub(super) fn send_bytes(&mut self, conn: ConnId, frame: Bytes) {
        self.tell(|broker, env, out| broker.on_frame(conn, frame, env, out));
    }

    /// Sends a request that is answered at once, and returns the response.
    pub(super) fn call<R: Request>(&mut self, conn: ConnId, request: &R, version: i16) -> R::Response {
        let correlation = self.send(conn, request, version);
        self.answer(conn, correlation, version)
    }

    /// Returns the next response on a connection, which must answer the request with this correlation id.
    pub(super) fn answer<R: Response>(&mut self, conn: ConnId, correlation: i32, version: i16) -> R {
        let frame = self.next_frame(conn).expect("there is an answer");
        open_response(frame, correlation, version).expect("it is the answer to that request")
    }

    /// Removes and returns the next frame sent on a connection, without its length prefix, which is checked.
    pub(super) fn next_frame(&mut self, conn: ConnId) -> Option<Bytes> {
        let frame = self.sends.get_mut(&conn)?.pop_front()?;
        assert_eq!(frame[..4], (frame.len() as i32 - 4).to_be_bytes());
        Some(frame.slice(4..))
    }

    pub(super) fn is_silent(&self, conn: ConnId) -> bool {
        self.sends.get(&conn).is_none_or(VecDeque::is_empty)
    }

    pub(super) fn next_ask(&mut self) -> Asked {
        self.asks.pop_front().expect("a partition was asked")
    }

    pub(super) fn reply(&mut self, to: &Asked, answer: PartitionAnswer) {
        let ask = to.ask;
        self.tell(|broker, env, out| broker.on_reply(ask, Reply::Replica(answer), env, out));
    }

    pub(super) fn reply_group(&mut self, ask: AskId, answer: GroupAnswer) {
        self.tell(|broker, env, out| broker.on_reply(ask, Reply::Group(Box::new(answer)), env, out));
    }

    pub(super) fn reply_control(&mut self, to: AskId, answer: ControlAnswer) {
        self.tell(|broker, env, out| broker.on_control_answer(to, answer, env, out));
    }

    /// Lets time pass, and wakes the broker at its deadlines.
    pub(super) fn pass_ms(&mut self, ms: i64) {
        let until = self.now.mono.plus_ms(ms);
        while let Some(at) = self.broker.next_wake().filter(|at| *at <= until) {
            self.now.mono = self.now.mono.max(at);
            self.tell(|broker, env, out| broker.on_wake(env, out));
        }
        self.now.mono = until;
    }

    /// Gives the broker a newer image, made from the current one by `change`.
    pub(super) fn publish(&mut self, change: impl FnOnce(&mut MetadataImage)) {
        let mut image = (*self.image).clone();
        image.version.0 += 1;
        change(&mut image);
        self.image = Arc::new(image);
        let image = self.image.clone();
        self.tell(|broker, env, out| broker.on_image(image, env, out));
    }

    pub(super) fn turn_end(&mut self) {
        self.tell(|broker, env, out| broker.on_turn_end(env, out));
    }

    pub(super) fn close(&mut self, conn: ConnId) {
        self.tell(|broker, env, out| broker.on_closed(conn, env, out));
    }

    /// The reasons for which clients were disconnected.
    pub(super) fn rude(&self) -> Vec<&'static str> {
        let why = |event: &TraceEvent| match event {
            TraceEvent::Rude { why, .. } => Some(*why),
            _ => None,
        };
        self.trace.iter().filter_map(why).collect()
    }
}

pub(super) fn code(error: ErrorCode) -> i16 {
    error.to_wire()
}

pub(super) fn produced(base: i64) -> PartitionAnswer {
    PartitionAnswer::Produced(Ok(crate::replica::Produced {
        base: Offset(base),
        log_append_time: None,
        log_start: Offset(0),
    }))
}

pub(super) fn refused(refusal: ProduceRefusal) -> PartitionAnswer {
    PartitionAnswer::Produced(Err(refusal))
}

pub(super) fn refusal(error: ErrorCode) -> ProduceRefusal {
    ProduceRefusal { error, message: None, records: Vec::new(), current_leader: None, log_start: None }
}

pub(super) fn whole(parts: &[Bytes]) -> Bytes {
    let mut all = BytesMut::new();
    parts.iter().for_each(|part| all.extend_from_slice(part));
    all.freeze()
}

struct Noted<'a>(&'a mut BTreeSet<Site>);

impl Probes for Noted<'_> {
    fn always(&mut self, site: Site, held: bool) {
        assert!(held, "{}", site.name());
    }
    fn sometimes(&mut self, site: Site, reached: bool) {
        self.0.extend(reached.then_some(site));
    }
    fn buggify(&mut self, _site: Site) -> bool {
        false
    }
    fn mutant(&self, _which: Mutant) -> bool {
        false
    }
}

struct NoDraws;

impl Draws for NoDraws {
    fn below(&mut self, _site: Site, _subject: u64, _bound: u64) -> u64 {
        0
    }
}

/// Stands for the host's files. Sessions need none, so every method fails.
struct NoFiles;

#[rustfmt::skip]
impl Files for NoFiles {
    fn open(&mut self, _: &FilePath, _: Open) -> Result<FileId, FileError> { Err(FileError::NotFound) }
    fn close(&mut self, _: FileId) {}
    fn len(&mut self, _: FileId) -> Result<u64, FileError> { Err(FileError::Stale) }
    fn append(&mut self, _: FileId, _: &[Bytes]) -> Result<u64, FileError> { Err(FileError::Stale) }
    fn rewrite(&mut self, _: FileId, _: u64, _: &Bytes) -> Result<(), FileError> { Err(FileError::Stale) }
    fn truncate(&mut self, _: FileId, _: u64) -> Result<(), FileError> { Err(FileError::Stale) }
    fn rename(&mut self, _: &FilePath, _: &FilePath) -> Result<(), FileError> { Err(FileError::NotFound) }
    fn remove(&mut self, _: &FilePath) -> Result<(), FileError> { Err(FileError::NotFound) }
    fn create_dir(&mut self, _: &FilePath) -> Result<(), FileError> { Err(FileError::NotFound) }
    fn remove_dir(&mut self, _: &FilePath) -> Result<(), FileError> { Err(FileError::NotFound) }
    fn list(&mut self, _: &FilePath) -> Result<Vec<Entry>, FileError> { Err(FileError::NotFound) }
    fn read_small(&mut self, _: &FilePath, _: u64) -> Result<Bytes, FileError> { Err(FileError::NotFound) }
    fn replace(&mut self, _: &FilePath, _: &[u8]) -> Result<(), FileError> { Err(FileError::NotFound) }
}
