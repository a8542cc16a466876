//! An outsider that asks for a group's committed offsets and the ends of its partitions now and then, as monitors of its
//! lag do.

use super::lines::Lines;
use super::tap::Tap;
use crate::actor::{Actor, ActorCx, ActorEvent};
use crate::clients::{Drawn, Target};
use crate::history::{ClientEvent, GroupAct, GroupAnswer, GroupEvent, GroupId, MemberLife};
use crate::note::Note;
use bytes::{Bytes, BytesMut};
use gracchus_core::types::{Instant, Now, Offset, TopicPartition};
use gracchus_core::wire::list_offsets::{ListOffsetsPartition, ListOffsetsTopic};
use gracchus_core::wire::offset_fetch::{OffsetFetchRequestGroup, OffsetFetchRequestTopics};
use gracchus_core::wire::{ListOffsetsRequest, OffsetFetchRequest, Request, frame_request};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The version that it speaks: groups by name, topics by name.
const VERSION: i16 = 9;

/// The version of ListOffsets that it speaks.
const LIST_VERSION: i16 = 7;

/// Asks every broker for all offsets of one group, and for all ends; those that do not coordinate or lead say so.
#[derive(Clone, Debug)]
pub struct GroupReader {
    group: GroupId,
    name: Arc<str>,
    life: MemberLife,
    every: Drawn,
    brokers: Vec<(Arc<str>, u16)>,
    targets: Arc<[Target]>,
    tap: Tap,
    lines: Lines,
    next: Instant,
    asked: i32,
    stopped: bool,
    /// The offsets that it was told last.
    seen: BTreeMap<TopicPartition, Offset>,
}

impl GroupReader {
    /// A reader of that group's offsets, numbered on behind the members' seats.
    #[must_use]
    pub fn new(
        group: GroupId,
        name: Arc<str>,
        seat: u32,
        every: Drawn,
        brokers: Vec<(Arc<str>, u16)>,
        targets: Arc<[Target]>,
    ) -> GroupReader {
        GroupReader {
            group,
            name,
            life: MemberLife { seat, life: 0 },
            every,
            brokers,
            targets,
            tap: Tap::new(seat),
            lines: Lines::default(),
            next: Instant(0),
            asked: 0,
            stopped: false,
            seen: BTreeMap::new(),
        }
    }

    /// Reads no more.
    pub fn stop(&mut self) {
        self.stopped = true;
    }

    /// The offset that it was told last for a partition.
    #[must_use]
    pub fn offset(&self, partition: TopicPartition) -> Option<Offset> {
        self.seen.get(&partition).copied()
    }

    fn ask(&mut self, now: Now, cx: &mut ActorCx<'_>) {
        let group = OffsetFetchRequestGroup {
            group_id: (*self.name).into(),
            topics: Some(self.by_topic(|topic, numbers| OffsetFetchRequestTopics {
                name: topic.into(),
                partition_indexes: numbers,
                ..OffsetFetchRequestTopics::default()
            })),
            ..OffsetFetchRequestGroup::default()
        };
        let require_stable = cx.draws.below(2) == 0;
        self.send(&OffsetFetchRequest { groups: vec![group], require_stable, ..Default::default() }, VERSION, cx);
        let row = |partition_index| ListOffsetsPartition {
            partition_index,
            current_leader_epoch: -1,
            timestamp: super::tap::LATEST,
        };
        let topics = self.by_topic(|topic, numbers| ListOffsetsTopic {
            name: topic.into(),
            partitions: numbers.into_iter().map(row).collect(),
        });
        self.send(&ListOffsetsRequest { replica_id: -1, topics, ..Default::default() }, LIST_VERSION, cx);
        self.next = now.mono.plus_ms(cx.draws.between(self.every.least.max(1), self.every.most.max(1)) as i64);
    }

    fn send<R: Request>(&mut self, request: &R, version: i16, cx: &mut ActorCx<'_>) {
        self.asked += 1;
        let parts = frame_request(Some(&"reader".into()), self.asked, request, version, &mut BytesMut::new());
        let frame: Bytes = super::tap::joined(&parts);
        self.lines.send_to_all(&frame, &self.brokers, &mut self.tap, cx);
    }

    fn by_topic<T>(&self, row: impl Fn(&str, Vec<i32>) -> T) -> Vec<T> {
        let mut topics: BTreeMap<&str, Vec<i32>> = BTreeMap::new();
        for target in self.targets.iter() {
            topics.entry(&target.topic).or_default().push(target.id.partition);
        }
        topics.into_iter().map(|(topic, numbers)| row(topic, numbers)).collect()
    }

    fn note(&mut self, act: Option<GroupAct>, cx: &mut ActorCx<'_>) {
        let Some(act) = act else { return };
        if let GroupAct::Told(_, GroupAnswer::Fetched(rows)) = &act {
            for (partition, row) in rows {
                match row {
                    Ok(Some(committed)) => drop(self.seen.insert(*partition, committed.offset)),
                    Ok(None) => drop(self.seen.remove(partition)),
                    Err(_) => {}
                }
            }
        }
        let event = GroupEvent { group: self.group, member: self.life, act };
        cx.note(Note::Client(ClientEvent::Group(Box::new(event))));
    }
}

impl Actor for GroupReader {
    fn handle(&mut self, now: Now, event: ActorEvent, cx: &mut ActorCx<'_>) {
        match event {
            ActorEvent::Start => self.next = now.mono.plus_ms(self.every.most as i64),
            ActorEvent::Wake if self.stopped => self.lines.close_all(cx),
            ActorEvent::Wake if self.next <= now.mono => self.ask(now, cx),
            ActorEvent::Wake => {}
            ActorEvent::Dialed { conn } => {
                let act = self.lines.on_dialed(conn, &mut self.tap, &self.targets, cx);
                self.note(act, cx);
            }
            ActorEvent::Received { conn, frame } => {
                let act = self.lines.on_received(conn, &frame, &mut self.tap, &self.targets, cx);
                self.note(act, cx);
            }
            ActorEvent::DialFailed { conn, .. } | ActorEvent::Closed { conn } => {
                self.lines.on_closed(conn, &mut self.tap);
            }
        }
        if !self.stopped {
            cx.wake_at(self.next);
        }
    }
}
