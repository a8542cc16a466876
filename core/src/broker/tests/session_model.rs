//! A model of sessions: whatever clients, partitions, the control shard and the driver do, each request gets one
//! response, in the order of the requests, and in the end nothing waits.
//!
//! The test takes the place of a node with three data shards. It knows of each connection only what was sent on it.

use super::stand::{PLAINTEXT, Stand, listeners, produced, refusal, refused, stand_with, topic, whole};
use super::{fetch, produce};
use crate::broker::{Broker, ControlAnswer, ControlOutcome, ControlQuestion, ProducerIdBlock, Refusal};
use crate::io::{AskId, ConnId, ShardId};
use crate::metadata::NodeConfig;
use crate::replica::{Acks, PartitionAnswer, PartitionAsk};
use crate::session::SessionHandOver;
use crate::types::{ErrorCode, ImageVersion, Instant, ProducerId, TopicPartition};
use crate::wire::create_topics::CreatableTopic;
use crate::wire::{
    ApiVersionsRequest, CreateTopicsRequest, FindCoordinatorRequest, InitProducerIdRequest, Records, Request,
    frame_request,
};
use bytes::{Bytes, BytesMut};
use proptest::prelude::*;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

const SHARDS: usize = 3;
const PARTITIONS: i32 = 6;
/// Bytes of records that a partition returns to a read: the budget of a shard holds a few such answers.
const READ: usize = 50 << 10;
/// The time in milliseconds after which a client that takes no answers may be disconnected (see `answer_budget`).
const UNTAKEN_MS: i64 = 10_000;
/// The time in milliseconds between two looks at what the shards have sent.
const LOOK_MS: i64 = 500;

/// One thing that happens. Numbers choose among what there is at that moment.
#[derive(Clone, Debug)]
enum Step {
    Connect(usize),
    Send(usize, What),
    /// A partition answers a question, without an error if the flag is set.
    Reply(usize, bool),
    /// A partition answers a question that it has answered before.
    ReplyAgain(usize),
    /// The control shard answers, without an error if the flag is set, with an image so much newer than the session's.
    Control(usize, bool, u64),
    TurnEnd(usize),
    /// A connection that another shard has handed over arrives.
    Arrive(usize),
    /// The network has taken all that was sent on a connection.
    Drained(usize),
    HalfClose(usize),
    /// The client closes, or the driver reports that the broker's close is done.
    Close(usize),
    Pass(i64),
    Publish,
    Stop(usize),
}

/// What a client sends.
#[derive(Clone, Debug)]
enum What {
    Versions,
    Coordinator,
    Produce {
        acks: i16,
        partitions: Vec<i32>,
    },
    Fetch {
        partitions: Vec<i32>,
        max_wait_ms: i32,
    },
    CreateTopic,
    ProducerId,
    /// Bytes that are no request.
    Garbage,
}

fn what() -> impl Strategy<Value = What> {
    let partitions = || prop::collection::btree_set(0..PARTITIONS, 1..3).prop_map(|all| all.into_iter().collect());
    prop_oneof![
        2 => Just(What::Versions),
        2 => Just(What::Coordinator),
        6 => (-1..=1i16, partitions()).prop_map(|(acks, partitions)| What::Produce { acks, partitions }),
        6 => (partitions(), 0..20_000i32)
            .prop_map(|(partitions, max_wait_ms)| What::Fetch { partitions, max_wait_ms }),
        1 => Just(What::CreateTopic),
        2 => Just(What::ProducerId),
        1 => Just(What::Garbage),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let any = || 0..1_000usize;
    prop_oneof![
        3 => any().prop_map(Step::Connect),
        20 => (any(), what()).prop_map(|(conn, what)| Step::Send(conn, what)),
        20 => (any(), prop::bool::weighted(0.8)).prop_map(|(which, is_well)| Step::Reply(which, is_well)),
        1 => any().prop_map(Step::ReplyAgain),
        4 => (any(), prop::bool::weighted(0.7), 0..2u64).prop_map(|(which, well, newer)| Step::Control(which, well, newer)),
        8 => any().prop_map(Step::TurnEnd),
        5 => any().prop_map(Step::Arrive),
        4 => any().prop_map(Step::Drained),
        1 => any().prop_map(Step::HalfClose),
        1 => any().prop_map(Step::Close),
        3 => (0..15_000i64).prop_map(Step::Pass),
        1 => Just(Step::Publish),
        1 => any().prop_map(Step::Stop),
    ]
}

/// A connection, as its client and the driver see it.
#[derive(Debug)]
struct Conn {
    /// The shard that has the connection, or to which it moves.
    home: usize,
    /// The session, while the connection is on its way to its home.
    moving: Option<SessionHandOver>,
    /// Frames that arrived while the connection was on its way.
    late: Vec<Frame>,
    /// The requests that the broker has taken and not answered, oldest first.
    owed: VecDeque<Frame>,
    is_paused: bool,
    is_half_closed: bool,
    /// Whether the broker has closed the connection.
    is_closing: bool,
    /// Whether the client has sent bytes for which it is disconnected.
    is_rude: bool,
    /// Whether a produce with acks=0 was refused, after which the connection must be closed.
    must_hang_up: bool,
    untaken_since: Option<Instant>,
    produced: BTreeMap<i32, i64>,
}

/// A frame that a client sent.
#[derive(Clone, Debug)]
struct Frame {
    /// `None` for bytes that are no request.
    correlation: Option<i32>,
    is_silent: bool,
    bytes: Bytes,
}

struct Node {
    stands: Vec<Stand>,
    is_stopping: [bool; SHARDS],
    conns: BTreeMap<ConnId, Conn>,
    /// Questions to partitions: the shard, the question, and the connection of a produce with acks=0.
    asks: Vec<(usize, super::stand::Asked, Option<ConnId>)>,
    answered: Vec<(usize, super::stand::Asked)>,
    controls: Vec<(usize, AskId, ControlQuestion)>,
    connections: u64,
    sent: i32,
}

impl Node {
    fn new(max_in_flight: u32) -> Node {
        let configure = |config: &mut NodeConfig| {
            config.shards = SHARDS as u16 + 1;
            config.max_in_flight_per_connection = max_in_flight;
            config.answer_budget_bytes = (SHARDS * 3 * READ) as u64;
        };
        let make = |at: usize| {
            let mut stand = stand_with(configure, |image| image.put_topic(topic("t", 1, &[1; PARTITIONS as usize])));
            let mut config = NodeConfig { listeners: listeners(), ..NodeConfig::default() };
            config.connections_max_idle_ms = -1;
            configure(&mut config);
            stand.broker = Broker::new(Arc::new(config), ShardId(at as u16 + 1));
            let image = stand.image.clone();
            stand.tell(|broker, env, out| broker.on_image(image, env, out));
            stand
        };
        Node {
            stands: (0..SHARDS).map(make).collect(),
            is_stopping: [false; SHARDS],
            conns: BTreeMap::new(),
            asks: Vec::new(),
            answered: Vec::new(),
            controls: Vec::new(),
            connections: 0,
            sent: 0,
        }
    }

    fn run(&mut self, step: Step) {
        match step {
            Step::Connect(at) => self.connect(at % SHARDS),
            Step::Send(at, what) => self.send(at, what),
            Step::Reply(at, is_well) if !self.asks.is_empty() => self.reply(at % self.asks.len(), is_well),
            Step::ReplyAgain(at) if !self.answered.is_empty() => self.reply_again(at % self.answered.len()),
            Step::Control(at, is_well, newer) if !self.controls.is_empty() => {
                self.control(at % self.controls.len(), is_well, newer);
            }
            Step::TurnEnd(at) => self.tell(at % SHARDS, |stand| stand.turn_end()),
            Step::Arrive(at) => {
                let moving = |conn: &Conn| conn.moving.is_some();
                if let Some(conn) = self.pick(at, moving) {
                    self.arrive(conn);
                }
            }
            Step::Drained(at) => {
                let untaken = |conn: &Conn| conn.moving.is_none() && conn.untaken_since.is_some();
                if let Some(conn) = self.pick(at, untaken) {
                    self.drained(conn);
                }
            }
            Step::HalfClose(at) => {
                let open = |conn: &Conn| !conn.is_half_closed && !conn.is_closing;
                if let Some(conn) = self.pick(at, open) {
                    self.half_close(conn);
                }
            }
            Step::Close(at) => {
                if let Some(conn) = self.pick(at, |_| true) {
                    self.close(conn);
                }
            }
            Step::Pass(ms) => self.pass(ms),
            Step::Publish => (0..SHARDS).for_each(|shard| self.tell(shard, |stand| stand.publish(|_| {}))),
            Step::Stop(at) => self.stop(at % SHARDS),
            Step::Reply(..) | Step::ReplyAgain(_) | Step::Control(..) => {}
        }
    }

    fn pick(&self, at: usize, suits: impl Fn(&Conn) -> bool) -> Option<ConnId> {
        let all: Vec<ConnId> = self.conns.iter().filter(|(_, conn)| suits(conn)).map(|(id, _)| *id).collect();
        (!all.is_empty()).then(|| all[at % all.len()])
    }

    /// Calls a shard, and takes in what its broker wants done.
    fn tell(&mut self, shard: usize, what: impl FnOnce(&mut Stand)) {
        what(&mut self.stands[shard]);
        self.take_questions(shard, None);
        self.take_responses(shard);
        self.take_flow(shard);
        self.take_hand_overs(shard);
    }

    fn take_questions(&mut self, shard: usize, from: Option<ConnId>) {
        for asked in std::mem::take(&mut self.stands[shard].asks) {
            let silent = matches!(asked.what, PartitionAsk::Produce { acks: Acks::None, .. });
            if let (PartitionAsk::Produce { records, .. }, Some(from)) = (&asked.what, from) {
                self.check_order(from, asked.partition, records);
            }
            if asked.what != PartitionAsk::Unwatch {
                self.asks.push((shard, asked, from.filter(|_| silent)));
            }
        }
        let controls = std::mem::take(&mut self.stands[shard].controls);
        self.controls.extend(controls.into_iter().map(|(ask, what)| (shard, ask, what)));
    }

    /// Produce requests of one connection reach a partition in the order in which they were sent.
    fn check_order(&mut self, from: ConnId, partition: TopicPartition, records: &Bytes) {
        let number: i64 = std::str::from_utf8(records).expect("is text").parse().expect("is a number");
        let conn = self.conns.get_mut(&from).expect("it has just sent");
        let before = conn.produced.insert(partition.partition, number);
        assert!(before.is_none_or(|before| before < number), "{partition:?} got {number} after {before:?}");
    }

    fn take_responses(&mut self, shard: usize) {
        let now = self.stands[shard].now.mono;
        for (id, conn) in &mut self.conns {
            while let Some(frame) = self.stands[shard].next_frame(*id) {
                assert_eq!(conn.home, shard, "only the shard that has a connection sends on it");
                let correlation = i32::from_be_bytes(frame[..4].try_into().expect("has four bytes"));
                while conn.owed.front().is_some_and(|owed| owed.is_silent) {
                    conn.owed.pop_front();
                }
                let owed = conn.owed.pop_front().expect("a response answers a request");
                assert_eq!(owed.correlation, Some(correlation), "responses leave in the order of the requests");
                conn.untaken_since.get_or_insert(now);
            }
        }
    }

    fn take_flow(&mut self, shard: usize) {
        for text in std::mem::take(&mut self.stands[shard].flow) {
            let mut words = text.split(' ');
            let (verb, of) = (words.next().expect("has a verb"), words.next().expect("has a connection"));
            let (id, conn) =
                self.conns.iter_mut().find(|(id, _)| format!("{id:?}") == of).expect("the connection is open");
            assert_eq!(conn.home, shard, "only the shard that has a connection steers it");
            match verb {
                "pause" => assert!(!std::mem::replace(&mut conn.is_paused, true), "{id:?} is paused once"),
                "resume" => assert!(std::mem::replace(&mut conn.is_paused, false), "{id:?} was paused"),
                "close" => {
                    assert!(!std::mem::replace(&mut conn.is_closing, true), "{id:?} is closed once");
                    let now = self.stands[shard].now.mono;
                    // A produce with acks=0 that no partition answers in time is an error of which no response can tell.
                    conn.must_hang_up |= self.asks.iter().any(|(_, asked, silent)| match asked.what {
                        PartitionAsk::Produce { deadline, .. } => *silent == Some(*id) && deadline <= now,
                        _ => false,
                    });
                    conn.check_close(now, self.is_stopping[shard]);
                }
                _ => panic!("{text}"),
            }
        }
    }

    fn take_hand_overs(&mut self, shard: usize) {
        for (id, to, session) in std::mem::take(&mut self.stands[shard].hand_overs) {
            let conn = self.conns.get_mut(&id).expect("the connection is open");
            assert!(conn.moving.is_none() && conn.home == shard && to != ShardId(shard as u16 + 1));
            conn.owed.retain(|owed| !session.frames.contains(&owed.bytes));
            assert!(conn.owed.iter().all(|owed| owed.is_silent), "a session that is owed an answer does not move");
            conn.owed.clear();
            conn.home = usize::from(to.0) - 1;
            conn.moving = Some(session);
        }
    }

    /// Lets time pass, and looks in between, to know when each response was sent.
    fn pass(&mut self, ms: i64) {
        let mut left = ms;
        while left > 0 {
            let slice = left.min(LOOK_MS);
            left -= slice;
            (0..SHARDS).for_each(|shard| self.tell(shard, |stand| stand.pass_ms(slice)));
        }
    }

    fn connect(&mut self, shard: usize) {
        self.connections += 1;
        let conn = ConnId::accepted(self.connections);
        self.conns.insert(conn, Conn::new(shard));
        let peer = "127.0.0.1:4000".parse().expect("is an address");
        self.tell(shard, |stand| {
            stand.tell(|broker, env, _| broker.on_accepted(conn, PLAINTEXT, peer, None, env.now.mono));
        });
    }

    fn send(&mut self, at: usize, what: What) {
        let may_send = |conn: &Conn| !conn.is_half_closed && !conn.is_closing && !conn.is_paused && conn.late.len() < 3;
        let Some(id) = self.pick(at, may_send) else { return };
        self.sent += 1;
        let frame = self.frame(what);
        let conn = self.conns.get_mut(&id).expect("picked");
        conn.is_rude |= frame.correlation.is_none();
        match conn.moving {
            Some(_) => conn.late.push(frame),
            None => self.receive(id, frame),
        }
    }

    /// Hands a frame in to the shard that has the connection.
    fn receive(&mut self, id: ConnId, frame: Frame) {
        let conn = self.conns.get_mut(&id).expect("is open");
        let shard = conn.home;
        if !self.is_stopping[shard] && !conn.is_closing {
            conn.owed.push_back(frame.clone());
        }
        let bytes = frame.bytes;
        self.stands[shard].send_bytes(id, bytes);
        self.take_questions(shard, Some(id));
        self.tell(shard, |_| {});
    }

    fn frame(&self, what: What) -> Frame {
        let correlation = self.sent;
        let (bytes, is_silent) = match what {
            What::Versions => (encode(correlation, &ApiVersionsRequest::default(), 2), false),
            What::Coordinator => (encode(correlation, &FindCoordinatorRequest::default(), 3), false),
            What::Produce { acks, partitions } => {
                let mut request = produce::request(acks, &partitions);
                for data in &mut request.topic_data[0].partition_data {
                    data.records = Some(Records::from(Bytes::from(correlation.to_string())));
                }
                (encode(correlation, &request, 9), acks == 0)
            }
            What::Fetch { partitions, max_wait_ms } => {
                let request = crate::wire::FetchRequest { max_wait_ms, ..fetch::request(&partitions) };
                (encode(correlation, &request, 12), false)
            }
            What::CreateTopic => {
                let name = format!("new-{correlation}").into();
                let topics =
                    vec![CreatableTopic { name, num_partitions: 1, replication_factor: 1, ..Default::default() }];
                let request = CreateTopicsRequest { topics, timeout_ms: 5_000, ..Default::default() };
                (encode(correlation, &request, 5), false)
            }
            What::ProducerId => {
                let request = InitProducerIdRequest { producer_id: -1, producer_epoch: -1, ..Default::default() };
                (encode(correlation, &request, 4), false)
            }
            What::Garbage => {
                let bytes = Bytes::copy_from_slice(&correlation.to_be_bytes());
                return Frame { correlation: None, is_silent: true, bytes };
            }
        };
        Frame { correlation: Some(correlation), is_silent, bytes }
    }

    fn reply(&mut self, at: usize, is_well: bool) {
        let (shard, asked, silent) = self.asks.remove(at);
        let refused = |partition: &PartitionAsk| !is_well && matches!(partition, PartitionAsk::Produce { .. });
        if let Some(conn) = silent.filter(|_| refused(&asked.what)).and_then(|id| self.conns.get_mut(&id)) {
            conn.must_hang_up = true;
        }
        let answer = answer_to(&asked.what, is_well);
        self.tell(shard, |stand| stand.reply(&asked, answer));
        self.answered.push((shard, asked));
    }

    fn reply_again(&mut self, at: usize) {
        let (shard, asked) = self.answered[at].clone();
        let answer = answer_to(&asked.what, true);
        self.tell(shard, |stand| stand.reply(&asked, answer));
    }

    fn control(&mut self, at: usize, is_well: bool, newer: u64) {
        let (shard, ask, what) = self.controls.remove(at);
        let refusal = || Refusal::new(ErrorCode::InvalidTopicException, "no");
        let outcome = match what {
            ControlQuestion::AllocateProducerIds if is_well => {
                ControlOutcome::ProducerIds(Ok(ProducerIdBlock { first: ProducerId(100), count: 2 }))
            }
            ControlQuestion::AllocateProducerIds => {
                ControlOutcome::ProducerIds(Err(ErrorCode::CoordinatorNotAvailable))
            }
            ControlQuestion::CreateTopics { topics, .. } => {
                ControlOutcome::TopicsCreated(topics.iter().map(|_| Err(refusal())).collect())
            }
            other => panic!("no client asks for {other:?}"),
        };
        let image = ImageVersion(self.stands[shard].image.version.0 + newer);
        self.tell(shard, |stand| stand.reply_control(ask, ControlAnswer { image, outcome }));
    }

    fn arrive(&mut self, id: ConnId) {
        let conn = self.conns.get_mut(&id).expect("picked");
        let session = conn.moving.take().expect("it is on its way");
        let shard = conn.home;
        conn.is_paused = false;
        if !self.is_stopping[shard] {
            conn.owed.extend(session.frames.iter().map(|bytes| Frame::read(bytes.clone())));
        }
        self.stands[shard].tell(|broker, env, out| broker.on_handed_over(session, env, out));
        self.take_questions(shard, Some(id));
        self.tell(shard, |_| {});
        let conn = self.conns.get_mut(&id).expect("it is not gone before the driver says so");
        let is_half_closed = conn.is_half_closed;
        for frame in std::mem::take(&mut conn.late) {
            self.receive(id, frame);
        }
        if is_half_closed {
            self.tell(shard, |stand| stand.tell(|broker, env, out| broker.on_half_closed(id, env, out)));
        }
    }

    fn drained(&mut self, id: ConnId) {
        let conn = self.conns.get_mut(&id).expect("picked");
        conn.untaken_since = None;
        let shard = conn.home;
        self.tell(shard, |stand| stand.tell(|broker, env, out| broker.on_drained(id, env, out)));
    }

    fn half_close(&mut self, id: ConnId) {
        let conn = self.conns.get_mut(&id).expect("picked");
        conn.is_half_closed = true;
        if conn.moving.is_none() {
            let shard = conn.home;
            self.tell(shard, |stand| stand.tell(|broker, env, out| broker.on_half_closed(id, env, out)));
        }
    }

    fn close(&mut self, id: ConnId) {
        let conn = self.conns.remove(&id).expect("picked");
        // The driver tells the new shard of a connection that closes on its way; the shard then drops the session.
        if conn.moving.is_none() {
            self.tell(conn.home, |stand| stand.close(id));
        }
    }

    fn stop(&mut self, shard: usize) {
        if !std::mem::replace(&mut self.is_stopping[shard], true) {
            self.tell(shard, |stand| stand.tell(|broker, env, out| broker.stop(env, out)));
        }
    }

    /// Lets everything come to its end: every question is answered, every answer is taken, every move is completed.
    fn settle(&mut self) {
        for _ in 0..100 {
            let before = (self.asks.len(), self.controls.len());
            while !self.asks.is_empty() {
                self.reply(0, true);
            }
            while !self.controls.is_empty() {
                self.control(0, true, 0);
            }
            (0..SHARDS).for_each(|shard| self.tell(shard, |stand| stand.turn_end()));
            let moving: Vec<ConnId> =
                self.conns.iter().filter(|(_, it)| it.moving.is_some()).map(|(id, _)| *id).collect();
            moving.into_iter().for_each(|id| self.arrive(id));
            let untaken: Vec<ConnId> =
                self.conns.iter().filter(|(_, it)| it.untaken_since.is_some()).map(|(id, _)| *id).collect();
            let is_quiet = before == (0, 0) && untaken.is_empty();
            untaken.into_iter().for_each(|id| self.drained(id));
            self.run(Step::Publish);
            if is_quiet && self.asks.is_empty() && self.conns.values().all(|conn| conn.moving.is_none()) {
                return;
            }
        }
        panic!("questions and answers never end");
    }

    /// Checks that every request was answered and that nothing waits.
    fn end(mut self) {
        self.settle();
        // Fetches that found too few bytes end with their longest wait.
        self.pass(60_000);
        self.settle();
        for (id, conn) in &self.conns {
            let is_stopping = self.is_stopping[conn.home];
            assert!(
                conn.is_closing || !(conn.is_half_closed || is_stopping || conn.is_rude || conn.must_hang_up),
                "{id:?}"
            );
            let owed: Vec<_> = conn.owed.iter().filter(|owed| !owed.is_silent).collect();
            assert!(conn.is_closing || owed.is_empty(), "{id:?} is owed {owed:?}");
            assert!(conn.is_closing || !conn.is_paused, "{id:?} is paused although it has nothing under way");
        }
        while let Some(id) = self.pick(0, |_| true) {
            self.close(id);
        }
        for stand in &self.stands {
            assert!(stand.broker.is_idle());
            assert_eq!(stand.broker.next_wake(), None, "no timer is left");
        }
    }
}

impl Conn {
    fn new(home: usize) -> Conn {
        Conn {
            home,
            moving: None,
            late: Vec::new(),
            owed: VecDeque::new(),
            is_paused: false,
            is_half_closed: false,
            is_closing: false,
            is_rude: false,
            must_hang_up: false,
            untaken_since: None,
            produced: BTreeMap::new(),
        }
    }

    /// The broker closes a connection only for a reason, and not before its requests are answered if the reason leaves
    /// time for that.
    fn check_close(&mut self, now: Instant, is_stopping: bool) {
        let is_untaken = self.untaken_since.is_some_and(|since| since.plus_ms(UNTAKEN_MS - LOOK_MS) <= now);
        if self.is_rude || self.must_hang_up || is_untaken {
            self.owed.clear();
            return;
        }
        assert!(self.is_half_closed || is_stopping, "a connection is closed without a reason: {self:?} at {now:?}");
        assert!(self.owed.iter().all(|owed| owed.is_silent), "closed before {:?} were answered", self.owed);
    }
}

impl Frame {
    /// Reads what the model needs to know of a frame that travelled with a session.
    fn read(bytes: Bytes) -> Frame {
        let garbage = Frame { correlation: None, is_silent: true, bytes: bytes.clone() };
        let Ok((key, header, mut body)) = crate::wire::open_request(bytes.clone()) else { return garbage };
        let is_silent = key == crate::wire::ApiKey::Produce && {
            let request =
                crate::wire::decode_request::<crate::wire::ProduceRequest>(&mut body, header.request_api_version);
            request.is_ok_and(|request| request.acks == 0)
        };
        Frame { correlation: Some(header.correlation_id), is_silent, bytes }
    }
}

fn encode<R: Request>(correlation: i32, request: &R, version: i16) -> Bytes {
    whole(&frame_request(None, correlation, request, version, &mut BytesMut::new())).slice(4..)
}

fn answer_to(what: &PartitionAsk, is_well: bool) -> PartitionAnswer {
    match what {
        PartitionAsk::Produce { .. } if is_well => produced(7),
        PartitionAsk::Produce { .. } => refused(refusal(ErrorCode::NotEnoughReplicas)),
        PartitionAsk::Watch { .. } => {
            PartitionAnswer::Readable { bytes: if is_well { READ as u32 } else { 0 }, at_once: false }
        }
        PartitionAsk::Read { most, .. } => fetch::read(if is_well { READ.min(*most as usize) } else { 0 }),
        other => panic!("no client asks for {other:?}"),
    }
}

proptest! {
    #![proptest_config(gracchus_cases::property(gracchus_cases::ORDINARY))]

    #[test]
    fn each_request_has_one_response_in_order_and_nothing_is_left_waiting(
        max_in_flight in 1..6u32,
        steps in prop::collection::vec(step(), 1..120),
    ) {
        let mut node = Node::new(max_in_flight);
        node.connect(0);
        steps.into_iter().for_each(|step| node.run(step));
        node.end();
    }
}
