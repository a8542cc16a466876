//! A data shard whose topics come and go: what the start found under a deleted topic's name is not the new topic's, and a
//! shard that stops opens nothing more.

use crate::control::{Counting, DIR, Silent};
use crate::disk::Disk;
use gracchus_core::io::{FilePath, Files, Loads, ShardId, TraceEvent, TraceKind, TraceKinds};
use gracchus_core::metadata::{MetadataImage, NodeConfig, PartitionRegistration, TopicImage};
use gracchus_core::shard::{Cx, Effect, Effects, Event, FoundAtStart, FoundFolder, Shard, ShardMail};
use gracchus_core::types::{ImageVersion, NodeId, Now, Offset, TopicId, TopicPartition, Uuid};
use std::collections::BTreeMap;
use std::sync::Arc;

struct Data {
    shard: Shard,
    disk: Disk,
}

impl Data {
    fn new(disk: Disk) -> Data {
        let config = Arc::new(NodeConfig { node_id: NodeId(1), shards: 2, ..NodeConfig::default() });
        Data { shard: Shard::new(config, ShardId(1)), disk }
    }

    fn mail(&mut self, mail: ShardMail) -> Vec<Effect> {
        self.handle(Event::Mail { from: ShardId::CONTROL, mail })
    }

    /// One turn with this event.
    fn handle(&mut self, event: Event) -> Vec<Effect> {
        let mut out = Effects::new(TraceKinds::NONE.with(TraceKind::Loaded).with(TraceKind::LogsLoaded));
        for event in [event, Event::TurnEnd] {
            let (files, draws) = (&mut self.disk, &mut Counting(1));
            self.shard.handle(Now::default(), event, &mut Cx { files, draws, probes: &mut Silent, out: &mut out });
        }
        out.list
    }
}

/// An image in which `orders` has that id, or is not there.
fn image(version: u64, id: Option<TopicId>) -> ShardMail {
    let mut image = MetadataImage::of_version(ImageVersion(version));
    let partition = PartitionRegistration {
        replicas: vec![NodeId(1)],
        isr: vec![NodeId(1)],
        leader: Some(NodeId(1)),
        ..PartitionRegistration::default()
    };
    if let Some(id) = id {
        image.put_topic(TopicImage {
            name: "orders".into(),
            id,
            configs: BTreeMap::new(),
            partitions: vec![partition],
        });
    }
    ShardMail::Image(Arc::new(image))
}

/// A disk with the folder of partition 0 of `orders`, whose topic id was `old`.
fn with_folder_of(old: TopicId) -> Disk {
    let mut disk = Disk::default();
    let folder = FilePath::new(DIR, "orders-0");
    disk.create_dir(&folder).expect("a folder");
    let metadata = format!("version: 0\ntopic_id: {old}");
    disk.replace(&folder.join("partition.metadata"), metadata.as_bytes()).expect("a file");
    disk
}

#[test]
fn a_topic_made_anew_under_a_name_that_the_start_found_begins_with_nothing() {
    let (old, new) = (TopicId(Uuid([1; 16])), TopicId(Uuid([2; 16])));
    let disk = with_folder_of(old);
    let mut data = Data::new(disk);
    let found = FoundFolder {
        dir: DIR,
        recovery_point: Some(Offset(7)),
        log_start: Some(Offset(3)),
        high_watermark: Some(Offset(7)),
    };
    let load = FoundAtStart { clean: false, found: BTreeMap::from([(("orders".to_string(), 0), found)]) };
    data.mail(ShardMail::Load { load: Arc::new(load), dirs: [DIR].into() });
    data.mail(image(1, Some(old)));
    data.mail(image(2, None));
    let effects = data.mail(image(3, Some(new)));
    let failed = effects.iter().any(|effect| matches!(effect, Effect::Mail { mail: ShardMail::DirFailed(_), .. }));
    assert!(!failed, "a folder that is set aside is no fault of the disk");
    let partition = TopicPartition { topic: new, partition: 0 };
    let loaded = effects.iter().find_map(|effect| match effect {
        Effect::Trace(TraceEvent::Loaded { partition: which, start, end, .. }) if *which == partition => {
            Some((*start, *end))
        }
        _ => None,
    });
    assert_eq!(loaded, Some((Offset(0), Offset(0))));
}

#[test]
fn a_shard_that_has_stopped_opens_no_topic_that_is_made_after() {
    let mut data = Data::new(Disk::default());
    data.mail(ShardMail::Load { load: Arc::new(FoundAtStart::default()), dirs: [DIR].into() });
    data.mail(image(1, None));
    let effects = data.mail(ShardMail::Stop);
    let is_stopped =
        |effect: &Effect| matches!(effect, Effect::Mail { mail: ShardMail::Stopped { whole: true, .. }, .. });
    assert!(effects.iter().any(is_stopped), "it has no log to close");
    data.mail(image(2, Some(TopicId(Uuid([1; 16])))));
    let folder = FilePath::new(DIR, "orders-0");
    assert!(data.disk.list(&folder).is_err(), "its log would be closed by nobody, under the marker of a clean stop");
}

#[test]
fn a_shard_says_once_what_it_loaded_when_no_log_is_loading_any_more() {
    let topic = TopicId(Uuid([1; 16]));
    let mut disk = Disk::default();
    let folder = FilePath::new(DIR, "orders-0");
    disk.create_dir(&folder).expect("a folder");
    disk.replace(&folder.join("00000000000000000000.log"), &[7; 33]).expect("a file");
    let mut data = Data::new(disk);
    let found = FoundFolder { dir: DIR, recovery_point: None, log_start: None, high_watermark: None };
    let load = FoundAtStart { clean: false, found: BTreeMap::from([(("orders".to_string(), 0), found)]) };
    data.mail(ShardMail::Load { load: Arc::new(load), dirs: [DIR].into() });
    let loads = |effects: &[Effect]| -> Vec<Loads> {
        let of = |effect: &Effect| match effect {
            Effect::Trace(TraceEvent::LogsLoaded { loads }) => Some(*loads),
            _ => None,
        };
        effects.iter().filter_map(of).collect()
    };
    let mut effects = data.mail(image(1, Some(topic)));
    assert_eq!(loads(&effects), [], "the log is being read");
    let read = effects.iter().find_map(|effect| match effect {
        Effect::Read { op, file, at, len } => Some((*op, *file, *at, *len)),
        _ => None,
    });
    let (op, file, at, len) = read.expect("the segment is read");
    let bytes = data.disk.read(file, at, len);
    effects = data.handle(Event::ReadDone { op, result: Ok(bytes) });
    assert_eq!(loads(&effects), [Loads { logs: 1, recovered: 1, bytes: 33, bytes_cut: 33, ..Loads::default() }]);
    assert_eq!(loads(&data.mail(image(2, None))), [], "once is enough");
}

#[test]
fn a_log_that_is_refused_is_counted_and_keeps_nobody_waiting() {
    let (old, new) = (TopicId(Uuid([1; 16])), TopicId(Uuid([2; 16])));
    let disk = with_folder_of(old);
    let mut data = Data::new(disk);
    let found = FoundFolder { dir: DIR, recovery_point: None, log_start: None, high_watermark: None };
    let load = FoundAtStart { clean: true, found: BTreeMap::from([(("orders".to_string(), 0), found)]) };
    data.mail(ShardMail::Load { load: Arc::new(load), dirs: [DIR].into() });
    let effects = data.mail(image(1, Some(new)));
    let said = effects.iter().find_map(|effect| match effect {
        Effect::Trace(TraceEvent::LogsLoaded { loads }) => Some(*loads),
        _ => None,
    });
    assert_eq!(said, Some(Loads { logs: 1, refused: 1, ..Loads::default() }));
}
