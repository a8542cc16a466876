//! A data shard whose topics come and go: what the start found under a deleted topic's name is not the new topic's, and a
//! shard that stops opens nothing more.

use crate::control::{Counting, DIR, Silent};
use crate::disk::Disk;
use bytes::{Bytes, BytesMut};
use gracchus_core::broker::{Question, Reply};
use gracchus_core::io::{
    AskId, Asker, ConnId, Desk, FilePath, Files, ListenerId, Loads, ShardId, TraceEvent, TraceKind, TraceKinds,
};
use gracchus_core::metadata::{MetadataImage, NodeConfig, PartitionRegistration, TopicImage};
use gracchus_core::replica::{PartitionAnswer, PartitionAsk};
use gracchus_core::session::SessionHandOver;
use gracchus_core::shard::{Cx, Effect, Effects, Event, FoundAtStart, FoundFolder, Shard, ShardMail};
use gracchus_core::types::{ErrorCode, ImageVersion, NodeId, Now, Offset, TopicId, TopicPartition, Uuid};
use gracchus_core::wire::metadata::{MetadataRequestTopic, MetadataResponse};
use gracchus_core::wire::{MetadataRequest, frame_request, open_response};
use std::collections::BTreeMap;
use std::sync::Arc;

pub struct Data {
    shard: Shard,
    disk: Disk,
}

impl Data {
    fn new(disk: Disk) -> Data {
        Data::with(NodeConfig::default(), disk)
    }

    pub fn with(config: NodeConfig, disk: Disk) -> Data {
        let config = Arc::new(NodeConfig { node_id: NodeId(1), shards: 2, ..config });
        Data { shard: Shard::new(config, ShardId(1)), disk }
    }

    pub fn mail(&mut self, mail: ShardMail) -> Vec<Effect> {
        self.handle(Event::Mail { from: ShardId::CONTROL, mail })
    }

    /// One turn with these messages of the control shard.
    fn mails<const N: usize>(&mut self, mails: [ShardMail; N]) -> Vec<Effect> {
        self.turn(mails.map(|mail| Event::Mail { from: ShardId::CONTROL, mail }))
    }

    /// One turn with this event.
    fn handle(&mut self, event: Event) -> Vec<Effect> {
        self.turn([event])
    }

    fn turn<const N: usize>(&mut self, events: [Event; N]) -> Vec<Effect> {
        let mut out = Effects::new(TraceKinds::NONE.with(TraceKind::Loaded).with(TraceKind::LogsLoaded));
        for event in events.into_iter().chain([Event::TurnEnd]) {
            let (files, draws) = (&mut self.disk, &mut Counting(1));
            self.shard.handle(Now::default(), event, &mut Cx { files, draws, probes: &mut Silent, out: &mut out });
        }
        out.list
    }
}

/// An image in which `orders` has that id and one partition, or is not there.
fn image(version: u64, id: Option<TopicId>) -> ShardMail {
    image_of(version, id, 1)
}

fn image_of(version: u64, id: Option<TopicId>, partitions: usize) -> ShardMail {
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
            partitions: vec![partition; partitions],
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
fn a_folder_of_a_topic_that_goes_before_the_folder_is_opened_is_set_aside() {
    let (old, new) = (TopicId(Uuid([1; 16])), TopicId(Uuid([2; 16])));
    let mut data = Data::new(with_folder_of(old));
    let found = FoundFolder { dir: DIR, recovery_point: Some(Offset(7)), log_start: None, high_watermark: None };
    let load = FoundAtStart { clean: false, found: BTreeMap::from([(("orders".to_string(), 0), found)]) };
    let load = ShardMail::Load { load: Arc::new(load), dirs: [DIR].into() };
    let effects = data.mails([load, image(1, Some(old)), image(2, None)]);
    let told = effects.iter().find_map(|effect| match effect {
        Effect::Mail { mail: ShardMail::SetAside(folders), .. } => Some(folders.clone()),
        _ => None,
    });
    let folders = told.expect("the control shard waits for it");
    assert_eq!((&*folders[0].topic, folders[0].partition, folders.len()), ("orders", 0, 1));
    assert!(data.disk.list(&folders[0].folder).is_ok() && data.disk.list(&FilePath::new(DIR, "orders-0")).is_err());
    let loaded = data.mail(image(3, Some(new)));
    let is_empty = |effect: &Effect| matches!(effect, Effect::Trace(TraceEvent::Loaded { end: Offset(0), .. }));
    assert!(loaded.iter().any(is_empty), "the new topic begins with nothing");
}

#[test]
fn a_stop_before_all_logs_are_open_is_not_clean_and_answers_who_waits_for_them() {
    let topic = TopicId(Uuid([1; 16]));
    let mut data = Data::with(NodeConfig { stop_timeout_ms: 0, ..NodeConfig::default() }, Disk::default());
    let load = ShardMail::Load { load: Arc::new(FoundAtStart::default()), dirs: [DIR].into() };
    let asker = Asker { shard: ShardId::CONTROL, desk: Desk::Session, ask: AskId(5) };
    let ask = |partition| ShardMail::Ask {
        partition: TopicPartition { topic, partition },
        asker,
        what: Question::Replica(PartitionAsk::LogSize),
        image: ImageVersion(1),
    };
    let mut effects = data.mails([load, image_of(1, Some(topic), 200), ask(199), ShardMail::Stop]);
    let is_busy = |effect: &Effect| matches!(effect, Effect::WakeAt(at) if *at == Now::default().mono);
    assert!(!effects.iter().any(is_busy), "it waits for the disk");
    let syncs: Vec<_> =
        effects.iter().filter_map(|it| if let Effect::Sync { op, .. } = it { Some(*op) } else { None }).collect();
    for op in syncs {
        effects.extend(data.handle(Event::Synced { op, result: Ok(()) }));
    }
    let stopped = effects.iter().find_map(|effect| match effect {
        Effect::Mail { mail: ShardMail::Stopped { whole, offsets }, .. } => Some((*whole, offsets.len())),
        _ => None,
    });
    let (whole, open) = stopped.expect("there is no time to wait");
    assert!(!whole && open < 200, "{open} logs were opened");
    let answers: Vec<_> = effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Mail { mail: ShardMail::Reply { to, reply }, .. } => Some((*to, reply.clone())),
            _ => None,
        })
        .collect();
    let refused = Reply::Replica(PartitionAnswer::LogSize(Err(ErrorCode::NotLeaderOrFollower)));
    assert_eq!(answers, [(asker, refused)]);
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

#[test]
fn a_session_that_moves_is_served_when_the_topic_that_it_was_told_of_is_here() {
    let mut data = Data::new(Disk::default());
    data.mail(ShardMail::Load { load: Arc::new(FoundAtStart::default()), dirs: [DIR].into() });
    data.mail(image(1, None));
    let conn = ConnId::accepted(9);
    let request = |number| {
        let topic = MetadataRequestTopic { name: Some("orders".into()), ..Default::default() };
        let request = MetadataRequest { topics: Some(vec![topic]), ..MetadataRequest::default() };
        let parts = frame_request(None, number, &request, 9, &mut BytesMut::new());
        Bytes::from(parts.concat()).slice(4..)
    };
    let session = Box::new(SessionHandOver {
        conn,
        listener: ListenerId(0),
        peer: "10.0.0.1:5000".parse().expect("an address"),
        principal: None,
        frames: vec![request(1)],
        unsent: 0,
    });
    let mut effects = data.mail(ShardMail::Session { session, image: ImageVersion(2) });
    effects.extend(data.handle(Event::HandedOver { conn }));
    effects.extend(data.handle(Event::Received { conn, frame: request(2) }));
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::Send { .. })), "the topic is not here yet");
    let effects = data.mail(image(2, Some(TopicId(Uuid([1; 16])))));
    let answers: Vec<_> = effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Send { parts, .. } => Some(Bytes::from(parts.concat()).slice(4..)),
            _ => None,
        })
        .collect();
    assert_eq!(answers.len(), 2);
    for (number, answer) in [1, 2].into_iter().zip(answers) {
        let answer: MetadataResponse = open_response(answer, number, 9).expect("in the order of the requests");
        assert_eq!((answer.topics[0].error_code, answer.topics[0].partitions.len()), (0, 1));
    }
}
