//! The script's own client: sends one batch to one broker, once, and tells what the broker said.

use crate::actor::{Actor, ActorConn, ActorCx, ActorEvent};
use crate::clients::Target;
use crate::history::{ClientEvent, Sent, Session, SessionKind, Value};
use crate::nemesis::ScriptAcks;
use crate::note::Note;
use bytes::Bytes;
use gracchus_core::client::{Attempt, AttemptEnd, Conn, Connection};
use gracchus_core::record::BatchBuilder;
use gracchus_core::types::{ErrorCode, Instant, NodeId, Now, Offset};
use gracchus_core::wire::produce::{PartitionProduceData, TopicProduceData};
use gracchus_core::wire::{ProduceRequest, ProduceResponse};
use std::collections::BTreeMap;

/// The version of Produce that it speaks: topics by name.
const VERSION: i16 = 9;
/// How long a broker may take to answer, in milliseconds.
const TIMEOUT_MS: i32 = 20_000;
/// Sessions of producers of the workload are numbered below this.
const FIRST_SESSION: u32 = 0xff00_0000;

/// A batch to send.
#[derive(Clone, Debug)]
pub struct Order {
    /// A name for later steps.
    pub label: String,
    /// To which partition.
    pub target: Target,
    /// To which broker.
    pub to: NodeId,
    /// Under which host name and port it is found.
    pub address: (std::sync::Arc<str>, u16),
    /// When it is answered.
    pub acks: ScriptAcks,
    /// How many records.
    pub records: u32,
}

/// What became of an order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Answer {
    /// Nothing yet.
    Waiting,
    /// The broker said so; `NONE` where it took it.
    Said(ErrorCode),
    /// The connection broke before it answered, or could not be made.
    Nothing,
}

/// The script's client.
#[derive(Clone, Debug, Default)]
pub struct ScriptClient {
    begun: [bool; 3],
    sent: BTreeMap<(u32, Target), u32>,
    orders: Vec<Order>,
    answers: BTreeMap<String, Answer>,
    lines: BTreeMap<u64, Line>,
    next_line: u64,
}

/// A connection with what it carries: one order each, so that no order waits for another.
#[derive(Clone, Debug)]
struct Line {
    order: Order,
    sent: Option<(Sent, Instant, Connection<()>)>,
}

impl ScriptClient {
    /// Takes an order; it is carried out when the client is woken.
    pub fn take(&mut self, order: Order) {
        self.answers.insert(order.label.clone(), Answer::Waiting);
        self.orders.push(order);
    }

    /// What became of an order; none where there is none of that label.
    #[must_use]
    pub fn answer(&self, label: &str) -> Option<Answer> {
        self.answers.get(label).copied()
    }

    /// Whether every order has an end.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.orders.is_empty() && self.lines.is_empty()
    }

    fn dial_all(&mut self, cx: &mut ActorCx<'_>) {
        for order in std::mem::take(&mut self.orders) {
            let (host, port) = order.address.clone();
            self.next_line += 1;
            cx.dial(ActorConn(self.next_line), host, port);
            self.lines.insert(self.next_line, Line { order, sent: None });
        }
    }

    fn on_dialed(&mut self, conn: u64, now: Now, cx: &mut ActorCx<'_>) {
        let Some(mut line) = self.lines.remove(&conn) else { return };
        let order = &line.order;
        let session = self.session(order.acks, cx);
        let first = self.sent.entry((session.0, order.target.clone())).or_default();
        let sent = Sent { session, partition: order.target.id, first: *first, count: order.records };
        *first += order.records;
        cx.note(Note::Client(ClientEvent::Sent(sent)));
        let mut builder = BatchBuilder::new(256);
        for nth in 0..order.records {
            let value = Value { session, number: sent.first + nth }.encode(order.target.id, 64);
            builder.append(now.wall, None, Some(&value), &[]);
        }
        let body = request(order, builder.build());
        let mut connection = Connection::new(Conn(conn), "script".into());
        if order.acks == ScriptAcks::None {
            cx.send(ActorConn(conn), connection.request_unanswered(&body, VERSION));
            cx.note(Note::Client(ClientEvent::Unknown(sent, ErrorCode::None)));
            self.answers.insert(order.label.clone(), Answer::Said(ErrorCode::None));
            return;
        }
        let deadline = now.mono.plus_ms(i64::from(TIMEOUT_MS));
        cx.send(ActorConn(conn), connection.request(&body, VERSION, deadline, ()));
        line.sent = Some((sent, now.mono, connection));
        self.lines.insert(conn, line);
    }

    fn session(&mut self, acks: ScriptAcks, cx: &mut ActorCx<'_>) -> Session {
        let session = Session(FIRST_SESSION + acks as u32);
        if !std::mem::replace(&mut self.begun[acks as usize], true) {
            let kind = SessionKind { acks: wire_acks(acks), idempotent: false, in_flight: u32::MAX };
            cx.note(Note::Client(ClientEvent::Session(session, kind)));
        }
        session
    }

    fn on_frame(&mut self, conn: u64, frame: Bytes, cx: &mut ActorCx<'_>) {
        let Some(Line { order, sent: Some((sent, at, mut connection)) }) = self.lines.remove(&conn) else { return };
        let said = connection.on_frame(frame).and_then(|answered| answered.read::<ProduceResponse>().ok());
        let said = said.and_then(|body| body.responses.into_iter().next());
        let said = said.and_then(|topic| topic.partition_responses.into_iter().next());
        let (end, base) = match said {
            Some(said) => {
                (AttemptEnd::Answered(ErrorCode::from_wire(said.error_code)), Offset::from_wire(said.base_offset))
            }
            None => (AttemptEnd::Lost, None),
        };
        self.settle(&order, sent, at, end, base, cx);
        cx.close(ActorConn(conn));
    }

    fn on_ended(&mut self, conn: u64, cx: &mut ActorCx<'_>) {
        let Some(line) = self.lines.remove(&conn) else { return };
        match line.sent {
            Some((sent, at, _)) => self.settle(&line.order, sent, at, AttemptEnd::Lost, None, cx),
            None => drop(self.answers.insert(line.order.label, Answer::Nothing)),
        }
    }

    fn settle(
        &mut self,
        order: &Order,
        sent: Sent,
        at: Instant,
        end: AttemptEnd,
        base: Option<Offset>,
        cx: &mut ActorCx<'_>,
    ) {
        let attempt = Attempt { node: order.to, leader_epoch: None, sent: at, end };
        cx.note(Note::Client(ClientEvent::Attempted(sent, attempt)));
        let (event, answer) = match end {
            AttemptEnd::Answered(ErrorCode::None) => {
                (ClientEvent::Acknowledged(sent, base), Answer::Said(ErrorCode::None))
            }
            AttemptEnd::Answered(code) if end.may_be_applied() => {
                (ClientEvent::Unknown(sent, code), Answer::Said(code))
            }
            AttemptEnd::Answered(code) => (ClientEvent::Failed(sent, code), Answer::Said(code)),
            AttemptEnd::Lost | AttemptEnd::Pending => {
                (ClientEvent::Unknown(sent, ErrorCode::NetworkException), Answer::Nothing)
            }
        };
        cx.note(Note::Client(event));
        self.answers.insert(order.label.clone(), answer);
    }
}

impl Actor for ScriptClient {
    fn handle(&mut self, now: Now, event: ActorEvent, cx: &mut ActorCx<'_>) {
        match event {
            ActorEvent::Start | ActorEvent::Wake => self.dial_all(cx),
            ActorEvent::Dialed { conn } => self.on_dialed(conn.0, now, cx),
            ActorEvent::DialFailed { conn, .. } | ActorEvent::Closed { conn } => self.on_ended(conn.0, cx),
            ActorEvent::Received { conn, frame } => self.on_frame(conn.0, frame, cx),
        }
    }
}

fn request(order: &Order, batch: Bytes) -> ProduceRequest {
    let partition = PartitionProduceData { index: order.target.id.partition, records: Some(batch.into()) };
    let topic = TopicProduceData {
        name: order.target.topic.to_string().into(),
        partition_data: vec![partition],
        ..TopicProduceData::default()
    };
    ProduceRequest {
        transactional_id: None,
        acks: wire_acks(order.acks),
        timeout_ms: TIMEOUT_MS,
        topic_data: vec![topic],
    }
}

fn wire_acks(acks: ScriptAcks) -> i16 {
    match acks {
        ScriptAcks::None => 0,
        ScriptAcks::Leader => 1,
        ScriptAcks::All => -1,
    }
}
