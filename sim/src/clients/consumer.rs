//! A consumer that is assigned every partition, begins at the earliest record, and may read everything again.

use super::wiring::{Dice, cluster, earlier, inward, perform};
use super::{ConsumerConfig, Target};
use crate::actor::{Actor, ActorCx, ActorEvent};
use crate::history::{ClientEvent, ConsumerId, Damage, Poll, Read, Value};
use crate::note::Note;
use gracchus_core::client::{self, Consumer, ConsumerNews, Fetched, OffsetReset, Output, StartAt};
use gracchus_core::types::{Instant, LeaderEpoch, Now, Offset};
use std::sync::Arc;

/// One consumer of the workload.
#[derive(Clone, Debug)]
pub struct ConsumerActor {
    id: ConsumerId,
    config: ConsumerConfig,
    targets: Vec<Target>,
    consumer: Consumer,
    raised: Vec<Output<ConsumerNews>>,
    next_reread: Option<Instant>,
    stopped: bool,
}

impl ConsumerActor {
    /// A consumer of `targets`.
    #[must_use]
    pub fn new(
        id: ConsumerId,
        config: ConsumerConfig,
        brokers: &[(Arc<str>, u16)],
        targets: Vec<Target>,
    ) -> ConsumerActor {
        let most = config.max_wait_ms;
        let client = client::ConsumerConfig {
            cluster: cluster(brokers, format!("consumer-{}", id.0), most + 3_000),
            max_wait_ms: i32::try_from(most).unwrap_or(i32::MAX),
            max_partition_bytes: i32::try_from(config.max_partition_bytes).unwrap_or(i32::MAX),
            reset: OffsetReset::Earliest,
            ..client::ConsumerConfig::default()
        };
        ConsumerActor {
            id,
            config,
            targets,
            consumer: Consumer::new(client),
            raised: Vec::new(),
            next_reread: None,
            stopped: false,
        }
    }

    /// Reads no more.
    pub fn stop(&mut self) {
        self.stopped = true;
    }

    /// Which consumer of the workload it is.
    #[must_use]
    pub fn id(&self) -> ConsumerId {
        self.id
    }

    /// Where it is in a partition.
    #[must_use]
    pub fn position(&self, target: &Target) -> Option<Offset> {
        self.consumer.position(&target.topic, target.id.partition)
    }

    fn assign(&mut self, now: Now, cx: &mut ActorCx<'_>) {
        for target in &self.targets {
            let mut dice = Dice(cx.draws);
            let (topic, partition) = (&target.topic, target.id.partition);
            self.consumer.assign(topic, partition, StartAt::Earliest, now, &mut dice, &mut self.raised);
        }
        if self.config.reread_every_ms > 0 {
            self.next_reread = Some(now.mono.plus_ms(self.config.reread_every_ms as i64));
        }
    }

    fn on_wake(&mut self, now: Now, cx: &mut ActorCx<'_>) {
        if self.stopped {
            self.next_reread = None;
            for target in &self.targets {
                self.consumer.unassign(&target.topic, target.id.partition);
            }
            self.consumer.close(&mut self.raised);
            return;
        }
        if self.next_reread.is_some_and(|at| at <= now.mono) {
            self.assign(now, cx);
        }
        self.consumer.on_wake(now, &mut Dice(cx.draws), &mut self.raised);
    }

    fn tell(&mut self, cx: &mut ActorCx<'_>) {
        let (id, targets) = (self.id, &self.targets);
        perform(0, &mut self.raised, cx, |news, cx| {
            if let Some(event) = event_of(id, targets, &news) {
                cx.note(Note::Client(event));
            }
        });
    }
}

impl Actor for ConsumerActor {
    fn handle(&mut self, now: Now, event: ActorEvent, cx: &mut ActorCx<'_>) {
        match event {
            ActorEvent::Start => self.assign(now, cx),
            ActorEvent::Wake => self.on_wake(now, cx),
            ActorEvent::Dialed { conn } => {
                if let Some(conn) = inward(0, conn) {
                    self.consumer.on_dialed(conn, now, &mut Dice(cx.draws), &mut self.raised);
                }
            }
            ActorEvent::DialFailed { conn, .. } => {
                if let Some(conn) = inward(0, conn) {
                    self.consumer.on_dial_failed(conn, now, &mut Dice(cx.draws), &mut self.raised);
                }
            }
            ActorEvent::Received { conn, frame } => {
                if let Some(conn) = inward(0, conn) {
                    self.consumer.on_frame(conn, frame, now, &mut Dice(cx.draws), &mut self.raised);
                }
            }
            ActorEvent::Closed { conn } => {
                if let Some(conn) = inward(0, conn) {
                    self.consumer.on_closed(conn, now, &mut Dice(cx.draws), &mut self.raised);
                }
            }
        }
        self.tell(cx);
        let next = earlier(self.next_reread, self.consumer.next_wake()).filter(|_| !self.stopped);
        if let Some(at) = next {
            cx.wake_at(at);
        }
    }
}

pub(super) fn event_of(id: ConsumerId, targets: &[Target], news: &ConsumerNews) -> Option<ClientEvent> {
    let target = |topic: &str, partition: i32| Target::place_in(targets, topic, partition).map(|at| targets[at].id);
    match news {
        ConsumerNews::Fetched(fetched) => {
            let partition = target(&fetched.topic, fetched.partition)?;
            Some(ClientEvent::Polled(Box::new(poll_of(id, partition, fetched))))
        }
        ConsumerNews::Positioned { topic, partition, to, .. } => {
            Some(ClientEvent::Positioned { consumer: id, partition: target(topic, *partition)?, at: *to })
        }
        ConsumerNews::Truncated { topic, partition, diverged, .. } => {
            let at = diverged.map_or(Offset::ZERO, |(_, end)| end);
            Some(ClientEvent::Positioned { consumer: id, partition: target(topic, *partition)?, at })
        }
        ConsumerNews::Refused { .. } => None,
    }
}

fn poll_of(id: ConsumerId, partition: gracchus_core::types::TopicPartition, fetched: &Fetched) -> Poll {
    let mut records = Vec::new();
    let mut next = fetched.from;
    for record in fetched.records() {
        match record {
            Ok(record) => {
                let value = record.value.as_deref().ok_or(Damage::Foreign);
                let value = value.and_then(|bytes| Value::decode(bytes, partition));
                let epoch = record.leader_epoch.unwrap_or(LeaderEpoch(0));
                records.push(Read { offset: record.offset, epoch, value });
                next = record.offset.plus(1);
            }
            Err(_) => records.push(Read { offset: next, epoch: LeaderEpoch(0), value: Err(Damage::Changed) }),
        }
    }
    // An answer that names no watermark promises nothing; what it carries is judged by what leaders reached.
    let high_watermark = fetched.high_watermark.unwrap_or(next);
    Poll {
        consumer: id,
        partition,
        source: fetched.node,
        leader_epoch: fetched.leader_epoch,
        position: fetched.from,
        high_watermark,
        last_stable: fetched.last_stable.unwrap_or(high_watermark),
        log_start: fetched.log_start.unwrap_or(Offset::ZERO),
        records,
    }
}
