//! A producer that sends batches of self-describing records at drawn times, and dies when it is told to.

use super::wiring::{Dice, cluster, earlier, inward, perform};
use super::{AcksConfig, Drawn, ProducerConfig, Target};
use crate::actor::{Actor, ActorCx, ActorEvent};
use crate::choices::OwnStream;
use crate::history::{ClientEvent, Sent, Session, SessionKind, Value};
use crate::note::Note;
use gracchus_core::client::{self, Acks, Delivery, Outcome, Output, Producer, ProducerNews, Record};
use gracchus_core::types::{ErrorCode, Instant, Now};
use std::sync::Arc;

/// What one producer drew for itself.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Drawing {
    /// `acks`.
    pub acks: Acks,
    /// `enable.idempotence`.
    pub idempotence: bool,
    /// `max.in.flight.requests.per.connection`.
    pub in_flight: u32,
    /// `linger.ms`: 0 for every second producer that may have it.
    pub linger_ms: u64,
    /// `batch.size` in bytes.
    pub batch_size: u64,
    /// Milliseconds between two batches.
    pub every_ms: Drawn,
    /// Records in a batch.
    pub records: Drawn,
    /// Bytes in a value.
    pub bytes: Drawn,
}

impl Drawing {
    /// Draws a producer of that kind.
    #[must_use]
    pub fn draw(config: &ProducerConfig, draws: &mut OwnStream) -> Drawing {
        let acks = match config.acks.as_slice() {
            [] => AcksConfig::All,
            several => several[draws.below(several.len() as u64) as usize],
        };
        let acks = match acks {
            AcksConfig::None => Acks::None,
            AcksConfig::Leader => Acks::Leader,
            AcksConfig::All => Acks::All,
        };
        let in_flight = draws.between(config.in_flight.least, config.in_flight.most).clamp(1, 5) as u32;
        // Batches that leave at once and batches that wait for each other are as interesting as each other.
        let lingers = config.linger_ms.least > 0 || draws.below(2) == 0;
        let linger_ms = draws.between(config.linger_ms.least, config.linger_ms.most);
        Drawing {
            acks,
            idempotence: config.idempotence && acks == Acks::All,
            in_flight,
            linger_ms: if lingers { linger_ms } else { 0 },
            batch_size: draws.between(config.batch_size.least, config.batch_size.most),
            every_ms: config.every_ms,
            records: config.records,
            bytes: config.bytes,
        }
    }
}

/// One producer of the workload.
#[derive(Clone, Debug)]
pub struct ProducerActor {
    number: u32,
    life: u32,
    config: ProducerConfig,
    drawing: Drawing,
    brokers: Vec<(Arc<str>, u16)>,
    targets: Vec<Target>,
    /// By target, how many records this session has sent there.
    sent: Vec<u32>,
    /// The client, and the events that it raised in the present call.
    producer: Producer,
    raised: Vec<Output<ProducerNews>>,
    next_batch: Instant,
    state: Sending,
    /// Whether it sends one batch to every target as it begins, and nothing else.
    is_probe: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Sending {
    /// It has not begun.
    Idle,
    /// It sends.
    On,
    /// It has died, and another begins at the next call.
    Dying,
    /// It sends no more, and waits for what it has sent.
    Off,
}

impl ProducerActor {
    /// Producer `number` of the workload, writing to `targets`.
    #[must_use]
    pub fn new(
        number: u32,
        config: ProducerConfig,
        drawing: Drawing,
        brokers: Vec<(Arc<str>, u16)>,
        targets: Vec<Target>,
    ) -> ProducerActor {
        let producer = Producer::new(client_config(number, 0, &config, &drawing, &brokers));
        ProducerActor {
            number,
            life: 0,
            config,
            drawing,
            brokers,
            sent: vec![0; targets.len()],
            targets,
            producer,
            raised: Vec::new(),
            next_batch: Instant::default(),
            state: Sending::Idle,
            is_probe: false,
        }
    }

    /// Sends one batch to every partition, and then no more.
    #[must_use]
    pub fn once(mut self) -> ProducerActor {
        self.is_probe = true;
        self
    }

    /// Sends no more.
    pub fn stop(&mut self) {
        self.state = Sending::Off;
    }

    /// Dies with what it has not sent; another takes its place.
    pub fn die(&mut self) {
        if self.state == Sending::On {
            self.state = Sending::Dying;
        }
    }

    /// Whether it sends no more, and everything that it sent has an outcome.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.state == Sending::Off && self.producer.unanswered() == 0
    }

    /// What it waits for, for a reader.
    #[must_use]
    pub fn waits_for(&self) -> String {
        format!("producer {} waits for {} records, {:?}", self.number, self.producer.unanswered(), self.drawing)
    }

    fn session(&self) -> Session {
        assert!(self.life < 1 << 16, "a producer dies fewer times than 2^16");
        Session(self.number << 16 | self.life)
    }

    fn begin(&mut self, now: Now, cx: &mut ActorCx<'_>) {
        let kind = SessionKind {
            acks: self.drawing.acks.to_wire(),
            idempotent: self.drawing.idempotence,
            in_flight: self.drawing.in_flight,
        };
        cx.note(Note::Client(ClientEvent::Session(self.session(), kind)));
        let Drawn { least, most } = self.drawing.every_ms;
        self.next_batch = now.mono.plus_ms(cx.draws.between(least, most) as i64);
        self.state = Sending::On;
        if self.is_probe {
            (0..self.targets.len()).for_each(|at| self.send_batch(at, now, cx));
            self.state = Sending::Off;
        }
    }

    fn begin_again(&mut self, now: Now, cx: &mut ActorCx<'_>) {
        self.producer.close(&mut self.raised);
        self.tell(cx);
        cx.note(Note::Client(ClientEvent::Died(self.session())));
        self.life += 1;
        self.sent.fill(0);
        let config = client_config(self.number, self.life, &self.config, &self.drawing, &self.brokers);
        self.producer = Producer::new(config);
        self.begin(now, cx);
    }

    fn send_batch(&mut self, at: usize, now: Now, cx: &mut ActorCx<'_>) {
        let count = cx.draws.between(self.drawing.records.least, self.drawing.records.most).max(1) as u32;
        let target = self.targets[at].clone();
        let sent = Sent { session: self.session(), partition: target.id, first: self.sent[at], count };
        // Noted before it is done: what a client learns of its own call comes behind it.
        cx.note(Note::Client(ClientEvent::Sent(sent)));
        let values: Vec<_> = (0..count)
            .map(|nth| {
                let value = Value { session: sent.session, number: sent.first + nth };
                let len = cx.draws.between(self.drawing.bytes.least, self.drawing.bytes.most) as usize;
                value.encode(target.id, len)
            })
            .collect();
        let records = values.iter().map(|bytes| Record { value: Some(bytes), ..Record::default() });
        let (topic, partition) = (&target.topic, target.id.partition);
        let id = self.producer.send_all(topic, partition, records, now, &mut Dice(cx.draws), &mut self.raised);
        assert_eq!(id.ordinal, u64::from(sent.first), "the producer counts as its user does");
        if self.is_probe {
            self.producer.flush(now, &mut Dice(cx.draws), &mut self.raised);
        }
        self.sent[at] += count;
        let Drawn { least, most } = self.drawing.every_ms;
        self.next_batch = now.mono.plus_ms(cx.draws.between(least.max(1), most.max(1)) as i64);
    }

    fn on_wake(&mut self, now: Now, cx: &mut ActorCx<'_>) {
        match self.state {
            Sending::Dying => self.begin_again(now, cx),
            Sending::On if self.next_batch <= now.mono => {
                let at = cx.draws.below(self.targets.len() as u64) as usize;
                self.send_batch(at, now, cx);
            }
            Sending::On | Sending::Off | Sending::Idle => {}
        }
        self.producer.on_wake(now, &mut Dice(cx.draws), &mut self.raised);
    }

    /// Performs and notes what the client raised.
    fn tell(&mut self, cx: &mut ActorCx<'_>) {
        let session = self.session();
        let targets = &self.targets;
        perform(self.life, &mut self.raised, cx, |news, cx| match news {
            ProducerNews::Done(delivery) => note_delivery(session, targets, &delivery, cx),
            ProducerNews::Identified { .. } | ProducerNews::EpochBumped { .. } => {}
        });
    }
}

impl Actor for ProducerActor {
    fn handle(&mut self, now: Now, event: ActorEvent, cx: &mut ActorCx<'_>) {
        let life = self.life;
        match event {
            ActorEvent::Start => self.begin(now, cx),
            ActorEvent::Wake => self.on_wake(now, cx),
            ActorEvent::Dialed { conn } => {
                if let Some(conn) = inward(life, conn) {
                    self.producer.on_dialed(conn, now, &mut Dice(cx.draws), &mut self.raised);
                }
            }
            ActorEvent::DialFailed { conn, .. } => {
                if let Some(conn) = inward(life, conn) {
                    self.producer.on_dial_failed(conn, now, &mut Dice(cx.draws), &mut self.raised);
                }
            }
            ActorEvent::Received { conn, frame } => {
                if let Some(conn) = inward(life, conn) {
                    self.producer.on_frame(conn, frame, now, &mut Dice(cx.draws), &mut self.raised);
                }
            }
            ActorEvent::Closed { conn } => {
                if let Some(conn) = inward(life, conn) {
                    self.producer.on_closed(conn, now, &mut Dice(cx.draws), &mut self.raised);
                }
            }
        }
        self.tell(cx);
        let own = (self.state == Sending::On).then_some(self.next_batch);
        if let Some(at) = earlier(own, self.producer.next_wake()) {
            cx.wake_at(at);
        }
    }
}

fn client_config(
    number: u32,
    life: u32,
    config: &ProducerConfig,
    drawing: &Drawing,
    brokers: &[(Arc<str>, u16)],
) -> client::ProducerConfig {
    client::ProducerConfig {
        cluster: cluster(brokers, format!("producer-{number}-{life}"), config.request_timeout_ms),
        acks: drawing.acks,
        idempotence: drawing.idempotence,
        in_flight_most: drawing.in_flight as usize,
        linger_ms: i64::try_from(drawing.linger_ms).unwrap_or(i64::MAX),
        batch_size: usize::try_from(drawing.batch_size).unwrap_or(usize::MAX),
        retries: config.retries,
        delivery_timeout_ms: i64::try_from(config.delivery_timeout_ms).unwrap_or(i64::MAX),
        ..client::ProducerConfig::default()
    }
}

fn note_delivery(session: Session, targets: &[Target], delivery: &Delivery, cx: &mut ActorCx<'_>) {
    let Some(at) = Target::place_in(targets, &delivery.topic, delivery.partition) else { return };
    let first = u32::try_from(delivery.first.ordinal).expect("a session sends fewer records than 2^32");
    let sent = Sent { session, partition: targets[at].id, first, count: delivery.count };
    for attempt in &delivery.attempts {
        cx.note(Note::Client(ClientEvent::Attempted(sent, *attempt)));
    }
    cx.note(Note::Client(match delivery.outcome {
        Outcome::Ok { base, .. } => ClientEvent::Acknowledged(sent, base),
        Outcome::Unacknowledged => ClientEvent::Unknown(sent, ErrorCode::None),
        Outcome::Failed(code) => ClientEvent::Failed(sent, code),
        Outcome::Indefinite(code) => ClientEvent::Unknown(sent, code),
    }));
}
