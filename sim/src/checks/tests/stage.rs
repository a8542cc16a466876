//! A stage for hand-written histories: one partition on three nodes, and events in short words.

use crate::actor::ActorId;
use crate::checks::model::{Batch, ShadowLog};
use crate::checks::{Check, Judge};
use crate::fault::{Crash, Unsynced};
use crate::history::{ClientEvent, ConsumerId, Damage, Poll, Read, Sent, Session, SessionKind, Value};
use crate::note::Note;
use crate::observer::{Altered, DiskFaultSeen, Incarnation, NodeFiles, Observer, Seen};
use bytes::Bytes;
use gracchus_core::io::{DirId, FileError, FilePath, OfflineCause, ShardId, TraceEvent};
use gracchus_core::metadata::{MetadataImage, PartitionRegistration, TopicImage};
use gracchus_core::types::{
    ErrorCode, Instant, LeaderEpoch, NodeId, Offset, PartitionEpoch, StartCause, TopicId, TopicPartition, Uuid,
};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The partition of all these stories.
pub const HOME: TopicPartition = TopicPartition { topic: TopicId(Uuid([7; 16])), partition: 0 };

/// Tells a judge a story.
pub struct Stage {
    pub judge: Judge,
    home: TopicPartition,
    topic: &'static str,
    at: u64,
    partition_epoch: i32,
    sent: BTreeMap<Session, u32>,
}

/// Files as a node finds them at its start, by name.
#[derive(Debug)]
struct Folder(BTreeMap<String, Vec<u8>>, TopicPartition);

const SEGMENT: &str = "00000000000000000000.log";

impl NodeFiles for Folder {
    fn paths(&self) -> Vec<FilePath> {
        self.0.keys().map(|name| FilePath::new(DirId(0), &format!("orders-0/{name}"))).collect()
    }
    fn read(&self, path: &FilePath) -> Option<Bytes> {
        self.0.get(path.name()).cloned().map(Bytes::from)
    }
    fn partition_of(&self, _path: &FilePath) -> Option<TopicPartition> {
        Some(self.1)
    }
}

impl Stage {
    /// Three nodes that have started and loaded an empty log; node 1 leads in epoch 1, all are in sync, two must be.
    pub fn new() -> Stage {
        Stage::of(HOME, "orders")
    }

    /// The same of another partition.
    pub fn of(home: TopicPartition, topic: &'static str) -> Stage {
        let mut stage = Stage { judge: Judge::new(1), home, topic, at: 0, partition_epoch: 0, sent: BTreeMap::new() };
        stage.decide(1, Some(1), &[1, 2, 3]);
        for node in [1, 2, 3] {
            stage.start(node, None);
            stage.loaded(node, 0);
        }
        stage.leads(1, 1, 0);
        stage.follows(2, 1, 1);
        stage.follows(3, 1, 1);
        stage
    }

    fn see(&mut self, seen: Seen<'_>) {
        self.at += 1_000_000;
        let _ = self.judge.see(Instant(self.at), seen);
    }

    pub fn trace(&mut self, node: i32, event: &TraceEvent) {
        let (node, incarnation) = (NodeId(node), Incarnation(1));
        self.see(Seen::Trace { node, incarnation, shard: ShardId(1), event });
    }

    pub fn pass_ms(&mut self, ms: u64) {
        self.at += ms * 1_000_000;
    }

    pub fn decide(&mut self, epoch: i32, leader: Option<i32>, isr: &[i32]) {
        self.partition_epoch += 1;
        let registration = PartitionRegistration {
            replicas: vec![NodeId(1), NodeId(2), NodeId(3)],
            isr: isr.iter().copied().map(NodeId).collect(),
            leader: leader.map(NodeId),
            leader_epoch: LeaderEpoch(epoch),
            partition_epoch: PartitionEpoch(self.partition_epoch),
            ..PartitionRegistration::default()
        };
        self.publish(registration);
    }

    pub fn publish(&mut self, registration: PartitionRegistration) {
        let mut image = MetadataImage::default();
        image.put_topic(TopicImage {
            name: self.topic.into(),
            id: self.home.topic,
            configs: BTreeMap::from([("min.insync.replicas".into(), "2".into())]),
            partitions: vec![registration],
        });
        self.see(Seen::Published { image: &Arc::new(image) });
    }

    pub fn break_rules(&mut self) {
        self.see(Seen::RulesBroken { partition: self.home });
    }

    pub fn start(&mut self, node: i32, segment: Option<Vec<u8>>) {
        self.start_with(node, segment, &[]);
    }

    /// The same with small files besides the segment, by name.
    pub fn start_with(&mut self, node: i32, segment: Option<Vec<u8>>, small: &[(&str, &str)]) {
        let small = small.iter().map(|(name, text)| (name.to_string(), text.as_bytes().to_vec()));
        let files =
            Folder(segment.map(|bytes| (SEGMENT.to_string(), bytes)).into_iter().chain(small).collect(), self.home);
        self.see(Seen::Started { node: NodeId(node), incarnation: Incarnation(1), files: &files });
    }

    pub fn loaded(&mut self, node: i32, end: i64) {
        let (start, end) = (Offset(0), Offset(end));
        self.trace(node, &TraceEvent::Loaded { partition: self.home, start, end, clean: false, bytes_cut: 0 });
    }

    pub fn leads(&mut self, node: i32, epoch: i32, start: i64) {
        let (epoch, start) = (LeaderEpoch(epoch), Offset(start));
        self.trace(
            node,
            &TraceEvent::BecameLeader { partition: self.home, epoch, start, high_watermark: Offset::ZERO },
        );
    }

    pub fn begins(&mut self, node: i32, to: i64, cause: StartCause) {
        self.trace(node, &TraceEvent::LogStart { partition: self.home, to: Offset(to), cause });
    }

    pub fn takes_isr(&mut self, node: i32, epoch: i32) {
        let (epoch, partition_epoch) = (LeaderEpoch(epoch), PartitionEpoch(self.partition_epoch));
        self.trace(node, &TraceEvent::InSync { partition: self.home, epoch, partition_epoch });
    }

    pub fn follows(&mut self, node: i32, epoch: i32, leader: i32) {
        let (epoch, leader) = (LeaderEpoch(epoch), Some(NodeId(leader)));
        self.trace(node, &TraceEvent::BecameFollower { partition: self.home, epoch, leader });
    }

    pub fn appends(&mut self, node: i32, batch: Batch, as_leader: bool) {
        let Batch { base, last, epoch, crc } = batch;
        self.trace(node, &TraceEvent::Appended { partition: self.home, base, last, epoch, crc, as_leader });
    }

    pub fn truncates(&mut self, node: i32, from: i64, to: i64) {
        self.trace(node, &TraceEvent::Truncated { partition: self.home, from: Offset(from), to: Offset(to) });
    }

    pub fn follower_at(&mut self, leader: i32, epoch: i32, follower: i32, end: i64) {
        let (epoch, follower, end) = (LeaderEpoch(epoch), NodeId(follower), Offset(end));
        self.trace(leader, &TraceEvent::FollowerAt { partition: self.home, epoch, follower, end });
    }

    pub fn high_watermark(&mut self, node: i32, epoch: i32, to: i64, as_leader: bool) {
        let (epoch, to) = (LeaderEpoch(epoch), Offset(to));
        self.trace(node, &TraceEvent::HighWatermark { partition: self.home, epoch, to, as_leader });
    }

    pub fn acknowledges(&mut self, node: i32, epoch: i32, base: i64, end: i64, acks: i16) {
        let (epoch, base, end) = (LeaderEpoch(epoch), Offset(base), Offset(end));
        self.trace(node, &TraceEvent::Acknowledged { partition: self.home, epoch, base, end, acks });
    }

    pub fn flushed(&mut self, node: i32, end: i64) {
        self.trace(node, &TraceEvent::Flushed { partition: self.home, end: Offset(end) });
    }

    pub fn disk(&mut self, node: i32, fault: DiskFaultSeen) {
        self.disk_at(node, SEGMENT, fault);
    }

    pub fn disk_at(&mut self, node: i32, name: &str, fault: DiskFaultSeen) {
        let path = FilePath::new(DirId(0), &format!("orders-0/{name}"));
        self.see(Seen::Disk { node: NodeId(node), path: &path, partition: Some(self.home), fault });
    }

    pub fn offline(&mut self, node: i32) {
        let (partition, folder) = (self.home, FilePath::new(DirId(0), "orders-0"));
        self.trace(node, &TraceEvent::Offline { partition, folder, why: OfflineCause::Disk });
    }

    /// A file operation was denied in the middle of a call, so that the replica will load its log again.
    pub fn closes(&mut self, node: i32) {
        self.trace(node, &TraceEvent::LogClosed { partition: self.home, why: FileError::TooManyOpenFiles });
    }

    pub fn kill(&mut self, node: i32) {
        self.end_with(node, false);
    }

    /// Kills a process within a call, so that it did what nobody was told of.
    pub fn kill_within_a_call(&mut self, node: i32) {
        self.end_with(node, true);
    }

    fn end_with(&mut self, node: i32, untold: bool) {
        let (node, incarnation) = (NodeId(node), Incarnation(1));
        self.see(Seen::Crashed { node, incarnation, crash: Crash::Kill, altered: &[], untold });
    }

    pub fn power_loss(&mut self, node: i32) {
        self.power_loss_of(node, SEGMENT);
    }

    /// A power loss that alters one file of the replica's log.
    pub fn power_loss_of(&mut self, node: i32, name: &str) {
        let path = FilePath::new(DirId(0), &format!("orders-0/{name}"));
        let altered = [Altered { path, partition: Some(self.home), from: 0, to: 1 }];
        let crash = Crash::PowerLoss(Unsynced::Dropped);
        self.see(Seen::Crashed {
            node: NodeId(node),
            incarnation: Incarnation(1),
            crash,
            altered: &altered,
            untold: false,
        });
    }

    /// The leader appends a record that all have and that is committed; returns its batch.
    pub fn commit(&mut self, leader: i32, epoch: i32, base: i64) -> Batch {
        let batch = real(base, epoch);
        let end = base + 1;
        self.appends(leader, batch, true);
        for follower in [1, 2, 3].into_iter().filter(|node| *node != leader) {
            self.appends(follower, batch, false);
            self.follower_at(leader, epoch, follower, end);
        }
        self.high_watermark(leader, epoch, end, true);
        batch
    }

    pub fn note(&mut self, note: Note) {
        self.see(Seen::Note { actor: ActorId(0), note: &note });
    }

    pub fn client(&mut self, event: ClientEvent) {
        self.see(Seen::Note { actor: ActorId(0), note: &Note::Client(event) });
    }

    pub fn session(&mut self, number: u32, acks: i16, idempotent: bool) -> Session {
        let session = Session(number);
        let in_flight = if idempotent { 5 } else { 1 };
        self.client(ClientEvent::Session(session, SessionKind { acks, idempotent, in_flight }));
        session
    }

    pub fn send(&mut self, session: Session) -> Sent {
        let first = self.sent.entry(session).or_default();
        let sent = Sent { session, partition: self.home, first: *first, count: 1 };
        *first += 1;
        self.client(ClientEvent::Sent(sent));
        sent
    }

    pub fn acked(&mut self, sent: Sent, base: i64) {
        self.client(ClientEvent::Acknowledged(sent, Some(Offset(base))));
    }

    pub fn failed(&mut self, sent: Sent) {
        self.client(ClientEvent::Failed(sent, ErrorCode::NotEnoughReplicas));
    }

    /// A send that was acknowledged at `base`, and committed inside too.
    pub fn written(&mut self, session: Session, base: i64) -> Value {
        let sent = self.send(session);
        self.commit(1, 1, base);
        self.acked(sent, base);
        value(sent)
    }

    pub fn poll(&mut self, consumer: u32, position: i64, high_watermark: i64, records: &[(i64, i32, Value)]) {
        let whole: Vec<_> = records.iter().map(|(offset, epoch, value)| (*offset, *epoch, Ok(*value))).collect();
        self.poll_raw(consumer, position, high_watermark, &whole);
    }

    pub fn poll_raw(
        &mut self,
        consumer: u32,
        position: i64,
        high_watermark: i64,
        records: &[(i64, i32, Result<Value, Damage>)],
    ) {
        let read = |(offset, epoch, value): &(i64, i32, Result<Value, Damage>)| Read {
            offset: Offset(*offset),
            epoch: LeaderEpoch(*epoch),
            value: *value,
        };
        self.client(ClientEvent::Polled(Box::new(Poll {
            consumer: ConsumerId(consumer),
            partition: self.home,
            source: NodeId(1),
            leader_epoch: Some(LeaderEpoch(1)),
            position: Offset(position),
            high_watermark: Offset(high_watermark),
            last_stable: Offset(high_watermark),
            log_start: Offset(0),
            records: records.iter().map(read).collect(),
        })));
    }

    pub fn position(&mut self, consumer: u32, at: i64) {
        let (consumer, partition, at) = (ConsumerId(consumer), self.home, Offset(at));
        self.client(ClientEvent::Positioned { consumer, partition, at });
    }

    pub fn drained(&mut self, end: i64) {
        self.judge.on_drained(self.home, Offset(end));
        self.judge.judge_end();
    }

    pub fn log_of(&self, node: i32) -> ShadowLog {
        self.judge.model().partition(self.home).unwrap().replica(NodeId(node)).unwrap().log.clone()
    }

    #[track_caller]
    pub fn is_clean(&self) {
        assert_eq!(self.judge.found().first(), None);
    }

    #[track_caller]
    pub fn looked(&self, check: Check) {
        assert!(self.judge.found().count(check) > 0, "{check} had nothing to look at");
    }

    #[track_caller]
    pub fn breaks(&self, check: Check) {
        let first = self.judge.found().first();
        assert_eq!(first.map(|it| it.check), Some(check), "{first:?}");
    }
}

pub fn value(sent: Sent) -> Value {
    Value { session: sent.session, number: sent.first }
}

/// A batch of one record, as its bytes have it.
pub fn real(base: i64, epoch: i32) -> Batch {
    let bytes = bytes_of(base, epoch);
    crate::audit::segments::batches(&bytes).0[0].batch
}

/// The bytes of that batch.
pub fn bytes_of(base: i64, epoch: i32) -> Vec<u8> {
    crate::audit::segments::tests::batch(base, epoch, &[format!("{base} of {epoch}").as_bytes()])
}

/// A batch whose content is made up.
pub fn batch(base: i64, epoch: i32, crc: u32) -> Batch {
    Batch { base: Offset(base), last: Offset(base), epoch: LeaderEpoch(epoch), crc }
}
