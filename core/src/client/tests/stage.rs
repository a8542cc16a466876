//! A client on a stage: brokers that dial, versions, metadata and producer ids answer by themselves, and everything else
//! as the test says.

use crate::client::{Conn, Consumer, ConsumerNews, GroupConsumer, GroupNews, Output, Producer, ProducerNews};
use crate::io::{Draws, Site};
use crate::types::{ErrorCode, Instant, Now, Timestamp, Uuid};
use crate::wire::metadata::{MetadataResponseBroker, MetadataResponsePartition, MetadataResponseTopic};
use crate::wire::*;
use bytes::{Bytes, BytesMut};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// The first choice, always.
#[derive(Debug)]
pub struct First;

impl Draws for First {
    fn below(&mut self, _: Site, _: u64, _: u64) -> u64 {
        0
    }
}

/// A producer or a consumer.
pub trait Client {
    type News: Clone + std::fmt::Debug;
    fn dialed(&mut self, conn: Conn, now: Now, out: &mut Vec<Output<Self::News>>);
    fn dial_failed(&mut self, conn: Conn, now: Now, out: &mut Vec<Output<Self::News>>);
    fn frame(&mut self, conn: Conn, frame: Bytes, now: Now, out: &mut Vec<Output<Self::News>>);
    fn closed(&mut self, conn: Conn, now: Now, out: &mut Vec<Output<Self::News>>);
    fn wake(&mut self, now: Now, out: &mut Vec<Output<Self::News>>);
}

macro_rules! client {
    ($client:ty, $news:ty) => {
        impl Client for $client {
            type News = $news;
            fn dialed(&mut self, conn: Conn, now: Now, out: &mut Vec<Output<$news>>) {
                self.on_dialed(conn, now, &mut First, out);
            }
            fn dial_failed(&mut self, conn: Conn, now: Now, out: &mut Vec<Output<$news>>) {
                self.on_dial_failed(conn, now, &mut First, out);
            }
            fn frame(&mut self, conn: Conn, frame: Bytes, now: Now, out: &mut Vec<Output<$news>>) {
                self.on_frame(conn, frame, now, &mut First, out);
            }
            fn closed(&mut self, conn: Conn, now: Now, out: &mut Vec<Output<$news>>) {
                self.on_closed(conn, now, &mut First, out);
            }
            fn wake(&mut self, now: Now, out: &mut Vec<Output<$news>>) {
                self.on_wake(now, &mut First, out);
            }
        }
    };
}

client!(Producer, ProducerNews);
client!(Consumer, ConsumerNews);
client!(GroupConsumer, GroupNews);

/// A request that waits for the test to answer it.
#[derive(Clone, Debug)]
pub struct Request {
    pub conn: Conn,
    /// The broker's id; 0 for a bootstrap server.
    pub node: i32,
    pub key: ApiKey,
    pub version: i16,
    pub correlation: i32,
    body: Decoder,
}

impl Request {
    pub fn read<M: Message>(&self) -> M {
        decode_body(&mut self.body.clone(), self.version).unwrap()
    }
}

/// The stage.
#[derive(Clone)]
pub struct Stage<C: Client> {
    pub client: C,
    pub now: Now,
    /// Requests that are not answered yet, oldest first.
    pub requests: VecDeque<Request>,
    pub news: Vec<C::News>,
    /// Requests whose connection is gone: a broker may have them all the same.
    pub orphans: Vec<Request>,
    /// Brokers that metadata does not list.
    pub unlisted: BTreeSet<i32>,
    /// Leader and leader epoch by partition of the one topic.
    pub leaders: BTreeMap<i32, (i32, i32)>,
    /// Nodes, by their ports, that take no connection.
    pub down: BTreeSet<i32>,
    /// What was dialed, by port.
    pub dials: Vec<i32>,
    /// How often metadata was asked for.
    pub refreshes: usize,
    pub closes: Vec<Conn>,
    pub producer_id: i64,
    /// How many requests for a producer id are refused before one is granted.
    pub producer_id_refusals: usize,
    wake_at: Option<Instant>,
    nodes: BTreeMap<Conn, i32>,
    /// Requests that were not answered, in order; those that answer themselves have their answers with them.
    due: BTreeMap<Conn, VecDeque<(i32, Option<Bytes>)>>,
}

pub const TOPIC: &str = "orders";
pub const TOPIC_ID: Uuid = Uuid([7; 16]);

impl<C: Client> Stage<C> {
    pub fn new(client: C) -> Stage<C> {
        Stage {
            client,
            now: Now { mono: Instant(1_000_000_000), wall: Timestamp(1_700_000_000_000) },
            requests: VecDeque::new(),
            news: Vec::new(),
            orphans: Vec::new(),
            unlisted: BTreeSet::new(),
            leaders: BTreeMap::from([(0, (1, 5)), (1, (2, 5))]),
            down: BTreeSet::new(),
            dials: Vec::new(),
            refreshes: 0,
            closes: Vec::new(),
            producer_id: 4_000,
            producer_id_refusals: 0,
            wake_at: None,
            nodes: BTreeMap::new(),
            due: BTreeMap::new(),
        }
    }

    /// Performs what the client wants, and what follows from it.
    pub fn perform(&mut self, out: Vec<Output<C::News>>) {
        let mut todo = VecDeque::from(out);
        while let Some(output) = todo.pop_front() {
            let mut out = Vec::new();
            match output {
                Output::Dial { conn, port, .. } => {
                    let node = i32::from(port) - 9000;
                    self.dials.push(node);
                    if self.down.contains(&node) {
                        self.client.dial_failed(conn, self.now, &mut out);
                    } else {
                        self.nodes.insert(conn, node);
                        self.client.dialed(conn, self.now, &mut out);
                    }
                }
                Output::Send { conn, parts } => self.on_request(conn, &parts, &mut out),
                Output::Close { conn } => {
                    self.closes.push(conn);
                    self.forget(conn);
                }
                Output::WakeAt(at) => self.wake_at = Some(at),
                Output::News(news) => self.news.push(news),
            }
            todo.extend(out);
        }
    }

    fn on_request(&mut self, conn: Conn, parts: &[Bytes], out: &mut Vec<Output<C::News>>) {
        let node = *self.nodes.get(&conn).expect("requests go to connections that stand");
        let frame = Bytes::from(parts.concat()).slice(4..);
        let (key, header, body) = open_request(frame).unwrap();
        let (version, correlation) = (header.request_api_version, header.correlation_id);
        let request = Request { conn, node, key, version, correlation, body };
        let frame = match key {
            ApiKey::ApiVersions => response(&request, &self.versions()),
            ApiKey::Metadata => {
                self.refreshes += 1;
                response(&request, &self.metadata(&request.read()))
            }
            ApiKey::InitProducerId if self.producer_id_refusals > 0 => {
                self.producer_id_refusals -= 1;
                let error_code = ErrorCode::CoordinatorLoadInProgress.to_wire();
                response(&request, &InitProducerIdResponse { error_code, ..Default::default() })
            }
            ApiKey::InitProducerId => {
                self.producer_id += 1;
                let answer = InitProducerIdResponse { producer_id: self.producer_id, ..Default::default() };
                response(&request, &answer)
            }
            _ => {
                self.due.entry(conn).or_default().push_back((correlation, None));
                return self.requests.push_back(request);
            }
        };
        self.due.entry(conn).or_default().push_back((correlation, Some(frame)));
        self.answer_by_itself(conn, out);
    }

    /// Answers leave a connection in the order of their requests.
    fn answer_by_itself(&mut self, conn: Conn, out: &mut Vec<Output<C::News>>) {
        while let Some(Some((_, Some(frame)))) = self.due.get(&conn).map(VecDeque::front) {
            let frame = frame.clone();
            self.due.get_mut(&conn).unwrap().pop_front();
            self.client.frame(conn, frame, self.now, out);
        }
    }

    fn versions(&self) -> ApiVersionsResponse {
        let api = |api: &Api| api_versions::ApiVersion {
            api_key: api.key.to_wire(),
            min_version: api.advertised_min,
            max_version: api.max,
        };
        ApiVersionsResponse { api_keys: API_KEYS.iter().map(api).collect(), ..Default::default() }
    }

    fn metadata(&self, request: &MetadataRequest) -> MetadataResponse {
        let broker =
            |node: i32| MetadataResponseBroker { node_id: node, host: "broker".into(), port: 9000 + node, rack: None };
        let partition = |(index, (leader, epoch)): (&i32, &(i32, i32))| MetadataResponsePartition {
            partition_index: *index,
            leader_id: *leader,
            leader_epoch: *epoch,
            ..Default::default()
        };
        let topic = |topic: &metadata::MetadataRequestTopic| {
            let is_known = topic.name.as_deref() == Some(TOPIC);
            MetadataResponseTopic {
                error_code: if is_known { 0 } else { 3 },
                name: topic.name.clone(),
                topic_id: if is_known { TOPIC_ID } else { Uuid::ZERO },
                partitions: if is_known { self.leaders.iter().map(partition).collect() } else { Vec::new() },
                ..Default::default()
            }
        };
        MetadataResponse {
            brokers: (1..=3).filter(|node| !self.unlisted.contains(node)).map(broker).collect(),
            topics: request.topics.iter().flatten().map(topic).collect(),
            ..Default::default()
        }
    }

    /// The oldest request that waits, taken off the stage.
    pub fn next_request(&mut self) -> Request {
        self.requests.pop_front().expect("a request waits")
    }

    pub fn answer<R: Response>(&mut self, request: &Request, body: &R) {
        let mut out = Vec::new();
        if let Some(due) = self.due.get_mut(&request.conn) {
            due.retain(|(correlation, _)| *correlation != request.correlation);
        }
        self.client.frame(request.conn, response(request, body), self.now, &mut out);
        self.answer_by_itself(request.conn, &mut out);
        self.perform(out);
    }

    /// The connection breaks.
    pub fn lose(&mut self, conn: Conn) {
        self.forget(conn);
        let mut out = Vec::new();
        self.client.closed(conn, self.now, &mut out);
        self.perform(out);
    }

    /// The connections that stand to a broker.
    pub fn conns_to(&self, node: i32) -> impl Iterator<Item = Conn> {
        self.nodes.iter().filter(move |(_, of)| **of == node).map(|(conn, _)| *conn)
    }

    fn forget(&mut self, conn: Conn) {
        self.nodes.remove(&conn);
        self.due.remove(&conn);
        let (orphans, rest) = self.requests.drain(..).partition(|request| request.conn == conn);
        self.requests = rest;
        self.orphans.extend::<VecDeque<_>>(orphans);
    }

    /// Time passes, and the client is woken whenever it asked to be.
    pub fn pass(&mut self, ms: i64) {
        let end = self.now.mono.plus_ms(ms);
        let mut wakes_at_once = 0;
        while let Some(at) = self.wake_at.filter(|at| *at <= end) {
            wakes_at_once = if at > self.now.mono { 0 } else { wakes_at_once + 1 };
            assert!(wakes_at_once < 10, "a wake asks for what only time can bring");
            self.now.mono = self.now.mono.max(at);
            self.wake_at = None;
            let mut out = Vec::new();
            self.client.wake(self.now, &mut out);
            self.perform(out);
        }
        self.now.mono = end;
    }

    /// What the client has said since this was last asked.
    pub fn take_news(&mut self) -> Vec<C::News> {
        core::mem::take(&mut self.news)
    }
}

fn response<R: Response>(request: &Request, body: &R) -> Bytes {
    let parts = frame_response(request.correlation, body, request.version, &mut BytesMut::new());
    Bytes::from(parts.concat()).slice(4..)
}
