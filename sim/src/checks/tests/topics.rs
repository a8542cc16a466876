//! Histories of administrators: those that are lawful, and those in which a name shows what it must not.

use crate::checks::outside::Topics;
use crate::checks::{Check, Findings, Judge};
use crate::history::{AdminAnswer, AdminCall, AdminEvent, AdminQuestion, TopicConfigs, TopicShape};
use crate::observer::{Incarnation, NodeFiles, Observer, Seen};
use bytes::Bytes;
use gracchus_core::io::{FilePath, ShardId, TraceEvent};
use gracchus_core::metadata::{MetadataImage, PartitionRegistration, TopicImage};
use gracchus_core::types::{ErrorCode, Instant, NodeId, Offset, TopicId, TopicPartition, Uuid};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

const SECOND: u64 = 1_000_000_000;
const OLD: TopicId = TopicId(Uuid([1; 16]));
const NEW: TopicId = TopicId(Uuid([2; 16]));

/// One administrator of one topic.
#[derive(Default)]
struct Stage {
    topics: Topics,
    found: Findings,
    now: u64,
    conn: u64,
    number: u64,
}

impl Stage {
    fn pass(&mut self, ns: u64) {
        self.now += ns;
        self.found.set_time(self.now);
    }

    fn see(&mut self, event: AdminEvent) {
        self.topics.see(&event, &mut self.found);
    }

    fn begin(&mut self, question: AdminQuestion) -> AdminCall {
        self.pass(1_000);
        self.number += 1;
        let call = AdminCall { who: 0, conn: self.conn, number: self.number };
        self.see(AdminEvent::Asked(call, "orders".into(), question));
        call
    }

    fn ask(&mut self, question: AdminQuestion, answer: AdminAnswer) {
        let call = self.begin(question);
        self.pass(1_000);
        self.see(AdminEvent::Told(call, answer));
    }

    fn ask_in_vain(&mut self, question: AdminQuestion) {
        let call = self.begin(question);
        self.see(AdminEvent::Unanswered(call));
        self.conn += 1;
    }

    fn create(&mut self, id: TopicId) {
        self.ask(create(), AdminAnswer::Created(id));
    }

    fn delete(&mut self, id: TopicId) {
        self.ask(AdminQuestion::Delete(None), AdminAnswer::Deleted(id));
    }

    fn describe(&mut self, shape: Option<(TopicId, u32)>) {
        let shape = shape.map(|(id, partitions)| TopicShape { id, partitions });
        self.ask(AdminQuestion::Describe, AdminAnswer::Topic(shape));
    }

    /// The process dies, and another begins.
    fn restart(&mut self) {
        self.pass(SECOND);
        self.topics.on_started(self.now);
        self.conn += 1;
    }

    #[track_caller]
    fn is_lawful(&self) {
        assert_eq!(self.found.first(), None);
    }

    #[track_caller]
    fn breaks(&self, check: Check) {
        assert_eq!(self.found.first().map(|first| first.check), Some(check));
    }
}

fn create() -> AdminQuestion {
    AdminQuestion::Create { partitions: 2, configs: configs("100") }
}

fn configs(bytes: &str) -> TopicConfigs {
    BTreeMap::from([("max.message.bytes".into(), Arc::from(bytes))])
}

fn alter(bytes: &str) -> AdminQuestion {
    AdminQuestion::Alter(BTreeMap::from([("max.message.bytes".into(), Some(Arc::from(bytes)))]))
}

#[test]
fn what_was_acknowledged_is_described() {
    let mut stage = Stage::default();
    stage.describe(None);
    stage.create(OLD);
    stage.describe(Some((OLD, 2)));
    stage.ask(AdminQuestion::Grow(3), AdminAnswer::Done);
    stage.describe(Some((OLD, 3)));
    stage.ask(alter("200"), AdminAnswer::Done);
    stage.ask(AdminQuestion::DescribeConfigs, AdminAnswer::Configs(configs("200")));
    stage.delete(OLD);
    stage.describe(None);
    stage.create(NEW);
    stage.restart();
    stage.describe(Some((NEW, 2)));
    stage.is_lawful();
    assert!(stage.found.count(Check::TopicRegister) > 5);
}

#[test]
fn a_topic_that_was_created_is_there() {
    let mut stage = Stage::default();
    stage.create(OLD);
    stage.describe(None);
    stage.breaks(Check::TopicRegister);
}

#[test]
fn a_creation_and_a_deletion_outlive_the_process() {
    for is_deleted in [false, true] {
        let mut stage = Stage::default();
        stage.create(OLD);
        if is_deleted {
            stage.delete(OLD);
        }
        stage.restart();
        stage.describe((!is_deleted).then_some((OLD, 2)));
        stage.is_lawful();
        stage.restart();
        stage.describe(is_deleted.then_some((OLD, 2)));
        stage.breaks(if is_deleted { Check::TopicIncarnation } else { Check::TopicRegister });
    }
}

#[test]
fn a_description_elsewhere_may_be_of_the_past() {
    let mut stage = Stage::default();
    stage.create(OLD);
    stage.conn += 1;
    stage.describe(None);
    stage.is_lawful();
}

#[test]
fn what_was_not_answered_may_be_done_or_not() {
    for is_done in [false, true] {
        let mut stage = Stage::default();
        stage.ask_in_vain(create());
        stage.restart();
        stage.describe(is_done.then_some((OLD, 2)));
        stage.is_lawful();
        // The process that could do it is gone.
        stage.restart();
        stage.describe((!is_done).then_some((OLD, 2)));
        stage.breaks(Check::TopicRegister);
    }
}

#[test]
fn partitions_and_configurations_are_those_that_were_acknowledged() {
    let mut stage = Stage::default();
    stage.create(OLD);
    stage.ask(AdminQuestion::Grow(4), AdminAnswer::Done);
    stage.describe(Some((OLD, 2)));
    stage.breaks(Check::TopicRegister);

    let mut stage = Stage::default();
    stage.create(OLD);
    stage.ask(alter("300"), AdminAnswer::Done);
    stage.ask(AdminQuestion::DescribeConfigs, AdminAnswer::Configs(configs("100")));
    stage.breaks(Check::TopicRegister);
}

#[test]
fn a_configuration_that_was_altered_without_an_answer_is_known_when_it_is_described() {
    let mut stage = Stage::default();
    stage.create(OLD);
    stage.ask_in_vain(alter("200"));
    stage.restart();
    stage.describe(Some((OLD, 2)));
    stage.ask(AdminQuestion::DescribeConfigs, AdminAnswer::Configs(configs("200")));
    stage.is_lawful();
    stage.ask(AdminQuestion::DescribeConfigs, AdminAnswer::Configs(configs("100")));
    stage.breaks(Check::TopicRegister);
}

#[test]
fn a_refusal_has_a_cause() {
    let mut stage = Stage::default();
    stage.describe(None);
    stage.ask(create(), AdminAnswer::Refused(ErrorCode::TopicAlreadyExists));
    stage.breaks(Check::TopicRegister);

    let mut stage = Stage::default();
    stage.create(OLD);
    stage.ask(AdminQuestion::Delete(None), AdminAnswer::Refused(ErrorCode::UnknownTopicOrPartition));
    stage.breaks(Check::TopicRegister);

    let mut stage = Stage::default();
    stage.create(OLD);
    stage.delete(OLD);
    stage.ask(AdminQuestion::Delete(Some(OLD)), AdminAnswer::Refused(ErrorCode::UnknownTopicId));
    stage.is_lawful();
}

#[test]
fn a_deleted_topic_gives_nothing_to_its_names_next_owner() {
    let mut stage = Stage::default();
    stage.create(OLD);
    stage.delete(OLD);
    stage.create(NEW);
    let read = |stage: &mut Stage, id| {
        stage.pass(2 * SECOND);
        let asked = stage.now;
        stage.see(AdminEvent::ReadByName { topic: "orders".into(), asked, ids: vec![id] });
    };
    read(&mut stage, NEW);
    stage.is_lawful();
    read(&mut stage, OLD);
    stage.breaks(Check::TopicIncarnation);
}

/// The disks of a node that is its own controller, whose image file has these topics.
#[derive(Debug)]
struct Disks(BTreeSet<TopicId>);

impl NodeFiles for Disks {
    fn paths(&self) -> Vec<FilePath> {
        Vec::new()
    }
    fn read(&self, _path: &FilePath) -> Option<Bytes> {
        None
    }
    fn partition_of(&self, _path: &FilePath) -> Option<TopicPartition> {
        None
    }
    fn own_topics(&self) -> Option<BTreeSet<TopicId>> {
        Some(self.0.clone())
    }
}

/// Whether a process that begins with that image file may load the topic that was published before.
fn may_load(on_disk: &[TopicId]) -> bool {
    let mut judge = Judge::new(1);
    let mut image = MetadataImage::default();
    let partition =
        PartitionRegistration { replicas: vec![NodeId(1)], isr: vec![NodeId(1)], ..PartitionRegistration::default() };
    image.put_topic(TopicImage {
        name: "orders".into(),
        id: OLD,
        configs: BTreeMap::new(),
        partitions: vec![partition],
    });
    let disks = Disks(on_disk.iter().copied().collect());
    let (node, incarnation) = (NodeId(1), Incarnation(1));
    let partition = TopicPartition { topic: OLD, partition: 0 };
    let loaded = TraceEvent::Loaded { partition, start: Offset::ZERO, end: Offset::ZERO, clean: true, bytes_cut: 0 };
    let seen = [
        Seen::Published { image: &Arc::new(image) },
        Seen::Started { node, incarnation, files: &disks },
        Seen::Trace { node, incarnation, shard: ShardId(1), event: &loaded },
    ];
    seen.into_iter().all(|seen| judge.see(Instant(1), seen).is_ok())
}

#[test]
fn a_process_loads_no_topic_that_its_image_file_has_not() {
    assert!(may_load(&[OLD]));
    assert!(!may_load(&[NEW]));
}
