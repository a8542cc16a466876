//! The control shard by itself: what it does with a directory, and in which order.

use crate::disk::Disk;
use gracchus_core::broker::{ControlOutcome, ControlQuestion, PartitionsSpec, TopicSpec};
use gracchus_core::io::{
    AskId, Asker, Desk, DirId, Draws, FileError, FilePath, Files, Mutant, OpId, Probes, ShardId, Site, SyncWhat,
    TraceKinds,
};
use gracchus_core::metadata::NodeConfig;
use gracchus_core::shard::{Checkpoint, Cx, Effect, Effects, Event, Halt, Inventory, LogDir, Shard, ShardMail};
use gracchus_core::types::{ErrorCode, LeaderEpoch, NodeId, Now, Offset, Uuid};
use std::sync::Arc;

pub const DIR: DirId = DirId(0);

/// Shard 0 of a node with one data shard, whose syncs wait to be answered.
pub struct Control {
    shard: Shard,
    pub disk: Disk,
    draws: Counting,
    syncs: Vec<(OpId, DirId)>,
    mails: Vec<ShardMail>,
    pub halt: Option<Halt>,
    now: Now,
}

#[derive(Clone)]
pub struct Counting(pub u64);

impl Draws for Counting {
    fn below(&mut self, _site: Site, _subject: u64, bound: u64) -> u64 {
        self.0 += 1;
        self.0.wrapping_mul(0x9e37_79b9_7f4a_7c15) % bound
    }
}

pub struct Silent;

impl Probes for Silent {
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

impl Control {
    pub fn start(disk: Disk, node: i32) -> Control {
        Control::start_on(disk, node, &[DIR])
    }

    pub fn start_on(disk: Disk, node: i32, dirs: &[DirId]) -> Control {
        let config = NodeConfig { node_id: NodeId(node), ..NodeConfig::default() };
        Control::start_with(disk, config, dirs)
    }

    pub fn start_with(disk: Disk, config: NodeConfig, dirs: &[DirId]) -> Control {
        let draws = Counting(config.node_id.0 as u64);
        let shard = Shard::new(Arc::new(config), ShardId::CONTROL);
        let (syncs, mails) = (Vec::new(), Vec::new());
        let mut control = Control { shard, disk, draws, syncs, mails, halt: None, now: Now::default() };
        let name = |dir: &DirId| if *dir == DIR { "data".into() } else { format!("data{}", dir.0).into() };
        let dirs = dirs.iter().map(|dir| LogDir { dir: *dir, name: name(dir) }).collect();
        control.tell(Event::Start { inventory: Arc::new(Inventory { dirs, boot_id: Uuid::ZERO }) });
        control
    }

    fn tell(&mut self, event: Event) {
        let mut out = Effects::new(TraceKinds::NONE);
        for event in [event, Event::TurnEnd] {
            let (files, draws) = (&mut self.disk, &mut self.draws);
            self.shard.handle(self.now, event, &mut Cx { files, draws, probes: &mut Silent, out: &mut out });
        }
        for effect in out.list {
            match effect {
                Effect::Sync { op, what: SyncWhat::Path(path) | SyncWhat::Dir(path) } => {
                    self.syncs.push((op, path.dir));
                }
                Effect::Mail { mail, .. } => self.mails.push(mail),
                Effect::Halt(why) => self.halt = Some(why),
                _ => {}
            }
        }
    }

    pub fn mail(&mut self, mail: ShardMail) {
        self.tell(Event::Mail { from: ShardId(1), mail });
    }

    pub fn ask(&mut self, what: ControlQuestion) {
        let asker = Asker { shard: ShardId(1), desk: Desk::Session, ask: AskId(9) };
        self.mail(ShardMail::AskControl { asker, what });
    }

    /// Every sync under way ends well, and those that follow from it.
    pub fn sync(&mut self) {
        self.sync_but(&[]);
    }

    /// Every sync under way ends, and those that follow from it: badly in these directories, well in all others.
    pub fn sync_but(&mut self, failing: &[DirId]) {
        while !self.syncs.is_empty() {
            let (op, dir) = self.syncs.remove(0);
            let result = if failing.contains(&dir) { Err(FileError::Io) } else { Ok(()) };
            self.tell(Event::Synced { op, result });
        }
    }

    /// No sync under way can begin, for this reason.
    pub fn deny_syncs(&mut self, why: FileError) {
        for (op, _) in std::mem::take(&mut self.syncs) {
            self.tell(Event::Synced { op, result: Err(why) });
        }
    }

    /// The oldest sync under way ends well. Returns whether there was one.
    pub fn sync_oldest(&mut self) -> bool {
        if self.syncs.is_empty() {
            return false;
        }
        let (op, _) = self.syncs.remove(0);
        self.tell(Event::Synced { op, result: Ok(()) });
        true
    }

    /// The same in another order: first all syncs of the directories that do not fail, and what follows from them.
    pub fn sync_and_fail_last(&mut self, failing: &[DirId]) {
        while let Some(at) = self.syncs.iter().position(|(_, dir)| !failing.contains(dir)) {
            let (op, _) = self.syncs.remove(at);
            self.tell(Event::Synced { op, result: Ok(()) });
        }
        self.sync_but(failing);
    }

    pub fn taken(&mut self) -> Vec<ShardMail> {
        std::mem::take(&mut self.mails)
    }

    pub fn answers(&mut self) -> Vec<ControlOutcome> {
        let answers = self.taken().into_iter().filter_map(|mail| match mail {
            ShardMail::ControlAnswer { answer, .. } => Some(answer.outcome),
            _ => None,
        });
        answers.collect()
    }

    pub fn stop(mut self, whole: bool) -> Control {
        self.tell(Event::Stop);
        self.mail(ShardMail::Stopped { offsets: vec![orders(7, 6)], whole });
        self
    }

    pub fn pass_ms(&mut self, ms: i32) {
        self.now.mono = self.now.mono.plus_ms(i64::from(ms));
        self.tell(Event::Wake);
    }

    /// What the files say of the recovery point and of the high watermark.
    fn checkpointed(&mut self) -> [String; 2] {
        ["recovery-point-offset-checkpoint", "replication-offset-checkpoint"].map(|name| {
            let text = self.text(name).unwrap_or_default();
            text.lines().nth(2).unwrap_or_default().to_owned()
        })
    }

    pub fn text(&mut self, name: &str) -> Option<String> {
        let bytes = self.disk.read_small(&FilePath::new(DIR, name), 1 << 20).ok()?;
        Some(String::from_utf8(bytes.to_vec()).expect("text"))
    }
}

fn orders(recovery_point: i64, high_watermark: i64) -> Checkpoint {
    Checkpoint {
        dir: DIR,
        topic: "orders".into(),
        partition: 0,
        recovery_point: Offset(recovery_point),
        log_start: Offset(0),
        high_watermark: Offset(high_watermark),
    }
}

pub fn create(name: &str) -> ControlQuestion {
    let partitions = PartitionsSpec::Count { partitions: 2, replication_factor: 1 };
    let topics = vec![TopicSpec { name: name.into(), partitions, configs: Default::default() }];
    ControlQuestion::CreateTopics { topics, validate_only: false }
}

fn refusal(control: &mut Control) -> String {
    match control.halt.clone() {
        Some(Halt::Storage(why) | Halt::Configuration(why)) => why.to_string(),
        other => panic!("the node did not refuse: {other:?}"),
    }
}

#[test]
fn an_empty_directory_is_formatted_and_nobody_is_told_before_it_is_on_disk() {
    let mut control = Control::start(Disk::default(), 1);
    assert!(control.taken().is_empty(), "the data shards wait for the syncs");
    control.sync();
    let mails = control.taken();
    assert!(matches!(mails.as_slice(), [ShardMail::Load { load, .. }, ShardMail::Image(_)] if !load.clean));
    assert!(control.text("meta.properties").expect("it was formatted").contains("node.id=1\n"));
}

#[test]
fn a_directory_of_another_node_is_refused_by_name_with_the_next_step() {
    let mut control = Control::start(Disk::default(), 1);
    control.sync();
    let mut other = Control::start(control.disk, 2);
    let why = refusal(&mut other);
    assert!(why.contains("data belongs to node 1, and this node is 2") && why.contains("set node.id=1"), "{why}");
    assert!(other.taken().is_empty());
}

#[test]
fn partitions_without_meta_properties_are_refused_rather_than_formatted() {
    let mut disk = Disk::default();
    disk.create_dir(&FilePath::new(DIR, "orders-0")).expect("a folder");
    let why = refusal(&mut Control::start(disk, 1));
    assert!(why.contains("holds orders-0"), "{why}");
}

#[test]
fn a_damaged_image_is_refused_and_left_as_it_is() {
    let mut control = Control::start(Disk::default(), 1);
    control.sync();
    let damaged = control.text("gracchus.image").expect("it was written").replace("version 1", "version 3");
    control.disk.replace(&FilePath::new(DIR, "gracchus.image"), damaged.as_bytes()).expect("a disk in memory");
    let mut again = Control::start(control.disk, 1);
    let why = refusal(&mut again);
    assert!(why.contains("gracchus.image cannot be used: its checksum does not match"), "{why}");
    assert_eq!(again.text("gracchus.image"), Some(damaged));
}

#[test]
fn a_topic_is_published_and_answered_only_when_its_image_is_on_disk() {
    let mut control = Control::start(Disk::default(), 1);
    control.sync();
    control.taken();
    control.ask(create("orders"));
    control.ask(create("payments"));
    control.ask(create("orders"));
    let early = control.answers();
    assert!(
        matches!(&early[..], [ControlOutcome::TopicsCreated(outcomes)]
            if outcomes[0].as_ref().is_err_and(|refused| refused.error == ErrorCode::TopicAlreadyExists)),
        "only the refusal needs no disk: {early:?}"
    );
    control.sync();
    let mails = control.taken();
    let images: Vec<_> = mails.iter().filter(|mail| matches!(mail, ShardMail::Image(_))).collect();
    assert_eq!(images.len(), 2, "the second creation shared no write with the first, which was under way");
    let Some(ShardMail::Image(image)) = images.last() else { panic!("an image was published") };
    assert!(image.topic_named("orders").is_some() && image.topic_named("payments").is_some());
}

#[test]
fn topics_come_back_with_new_leader_epochs_in_the_next_incarnation() {
    let mut control = Control::start(Disk::default(), 1);
    control.sync();
    control.ask(create("orders"));
    control.sync();
    let mut next = Control::start(control.disk, 1);
    next.sync();
    let mails = next.taken();
    let Some(ShardMail::Image(image)) = mails.last() else { panic!("an image was published") };
    let topic = image.topic_named("orders").expect("it was on disk");
    assert_eq!(topic.partitions.len(), 2);
    assert!(topic.partitions.iter().all(|partition| partition.leader_epoch == LeaderEpoch(1)));
}

#[test]
fn a_start_makes_durable_what_a_killed_process_had_only_renamed_before_any_log_is_opened() {
    let dirs = [DIR, DirId(1)];
    let mut control = Control::start_on(Disk::default(), 1, &dirs);
    control.sync();
    let mut again = Control::start_on(control.disk, 1, &dirs);
    assert!(again.syncs.iter().any(|(_, dir)| *dir == DirId(1)), "nothing else is written there");
    assert!(again.taken().is_empty(), "the data shards wait for the syncs");
    again.sync();
    assert!(matches!(again.taken().first(), Some(ShardMail::Load { load, .. }) if !load.clean));
}

#[test]
fn no_producer_id_is_given_twice_whatever_was_synced_when_the_node_died() {
    let mut control = Control::start(Disk::default(), 1);
    control.sync();
    control.taken();
    control.ask(ControlQuestion::AllocateProducerIds);
    assert!(control.answers().is_empty(), "the upper bound is not on disk");
    control.sync();
    control.ask(ControlQuestion::AllocateProducerIds);
    control.sync();
    let blocks: Vec<_> = control.answers();
    let first_of = |answer: &ControlOutcome| match answer {
        ControlOutcome::ProducerIds(Ok(block)) => (block.first.0, block.first.0 + i64::from(block.count)),
        other => panic!("{other:?}"),
    };
    let (one, two) = (first_of(&blocks[0]), first_of(&blocks[1]));
    let mut next = Control::start(control.disk, 1);
    next.sync();
    next.taken();
    next.ask(ControlQuestion::AllocateProducerIds);
    next.sync();
    let three = first_of(&next.answers()[0]);
    assert!(one.1 <= two.0 && two.1 <= three.0, "{one:?} {two:?} {three:?}");
    assert_eq!(one.0 >> 32, 1, "the node's id is in the high bits");
}

#[test]
fn the_clean_marker_is_written_last_and_counts_once() {
    let mut control = Control::start(Disk::default(), 1);
    control.sync();
    control = control.stop(true);
    assert_eq!(control.text(".kafka_cleanshutdown"), None, "the checkpoints are not on disk yet");
    control.sync();
    assert_eq!(control.halt, Some(Halt::Clean));
    assert_eq!(control.text("recovery-point-offset-checkpoint").as_deref(), Some("0\n1\norders 0 7\n"));
    assert_eq!(control.text("replication-offset-checkpoint").as_deref(), Some("0\n1\norders 0 6\n"));

    let mut next = Control::start(control.disk, 1);
    assert_eq!(next.text(".kafka_cleanshutdown"), None, "it is gone before anything is opened");
    next.sync();
    assert!(matches!(&next.taken()[0], ShardMail::Load { load, .. } if load.clean));
    let mut third = Control::start(next.disk, 1);
    third.sync();
    assert!(matches!(&third.taken()[0], ShardMail::Load { load, .. } if !load.clean));
}

#[test]
fn a_stop_with_a_log_that_was_not_whole_leaves_no_marker() {
    let mut control = Control::start(Disk::default(), 1);
    control.sync();
    control = control.stop(false);
    control.sync();
    assert_eq!(control.halt, Some(Halt::Clean));
    assert_eq!(control.text(".kafka_cleanshutdown"), None);
}

#[test]
fn a_stop_before_everything_was_recovered_leaves_no_marker() {
    let mut first = Control::start(Disk::default(), 1);
    first.sync();
    let mut disk = first.disk;
    for folder in ["orders-0", "orders-1"] {
        disk.create_dir(&FilePath::new(DIR, folder)).unwrap();
    }
    let mut control = Control::start(disk, 1);
    control.sync();
    control = control.stop(true);
    control.sync();
    assert_eq!(control.halt, Some(Halt::Clean));
    assert_eq!(control.text(".kafka_cleanshutdown"), None, "nobody loaded orders-1");
}

#[test]
fn a_failed_sync_of_the_metadata_directory_ends_the_node() {
    let mut control = Control::start(Disk::default(), 1);
    control.sync();
    control.taken();
    control.ask(create("orders"));
    let (op, _) = control.syncs.remove(0);
    control.tell(Event::Synced { op, result: Err(FileError::Io) });
    let why = refusal(&mut control);
    assert!(why.contains("the metadata log directory data failed: the disk failed"), "{why}");
    assert!(control.answers().is_empty(), "nobody is told that the topic exists");
}

#[test]
fn no_high_watermark_is_written_above_a_recovery_point_that_fell_before_its_file_says_so() {
    let mut control = Control::start(Disk::default(), 1);
    control.sync();
    control.mail(ShardMail::Checkpoint(vec![orders(7, 6)]));
    control.pass_ms(60_000);
    control.sync();
    assert_eq!(control.checkpointed(), ["orders 0 7", "orders 0 6"]);
    // Cut back to three, the log goes on, and what is new is committed but not on the disk.
    control.mail(ShardMail::Checkpoint(vec![orders(3, 3)]));
    control.mail(ShardMail::Checkpoint(vec![orders(3, 5)]));
    control.pass_ms(5_000);
    let later = control.syncs.split_off(1);
    control.sync();
    assert_eq!(control.checkpointed(), ["orders 0 7", "orders 0 3"], "recovery trusts the lesser of the two");
    control.syncs = later;
    control.sync();
    control.pass_ms(5_000);
    control.sync();
    assert_eq!(control.checkpointed(), ["orders 0 3", "orders 0 5"]);
}

/// A data shard's report of its offsets of partition 0 of `orders`.
pub fn checkpoint(recovery_point: i64) -> ShardMail {
    ShardMail::Checkpoint(vec![Checkpoint {
        dir: DIR,
        topic: "orders".into(),
        partition: 0,
        recovery_point: Offset(recovery_point),
        log_start: Offset(0),
        high_watermark: Offset(recovery_point),
    }])
}
