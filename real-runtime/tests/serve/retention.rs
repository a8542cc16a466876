//! A server whose topic has a bound: its disk does not fill, and what a client deletes is gone for good.

use super::child::Server;
use super::{await_topic, batch, fetch, holds, produce, produce_many};
use gracchus_core::wire::create_topics::{CreatableTopic, CreatableTopicConfig};
use gracchus_core::wire::delete_records::{DeleteRecordsPartition, DeleteRecordsTopic};
use gracchus_core::wire::{CreateTopicsRequest, DeleteRecordsRequest, ListOffsetsRequest, list_offsets};
use gracchus_server::caller::Caller;
use rustix::process::Signal;
use std::fs;
use std::path::Path;
use std::time::Duration;

const SEGMENT: u64 = 1 << 20;
const BOUND: u64 = 4 * SEGMENT;
const PATIENCE: Duration = Duration::from_secs(30);

fn create(caller: &mut Caller<()>, topic: &str, configs: &[(&str, &str)]) {
    let configs =
        configs.iter().map(|(name, value)| CreatableTopicConfig { name: (*name).into(), value: Some((*value).into()) });
    let topic = CreatableTopic {
        name: topic.into(),
        num_partitions: 1,
        replication_factor: 1,
        assignments: Vec::new(),
        configs: configs.collect(),
    };
    let body = CreateTopicsRequest { topics: vec![topic], timeout_ms: 10_000, validate_only: false };
    assert_eq!(caller.call(&body).unwrap().topics[0].error_code, 0);
}

/// Bytes of the files in a partition's folder; nought where one goes while it is looked at.
fn on_disk(folder: &Path) -> u64 {
    let files = fs::read_dir(folder).into_iter().flatten().flatten();
    files.filter_map(|file| file.metadata().ok()).map(|it| it.len()).sum()
}

fn earliest(caller: &mut Caller<()>, topic: &str) -> i64 {
    let partitions =
        vec![list_offsets::ListOffsetsPartition { partition_index: 0, current_leader_epoch: -1, timestamp: -2 }];
    let topics = vec![list_offsets::ListOffsetsTopic { name: topic.into(), partitions }];
    let body = ListOffsetsRequest { replica_id: -1, topics, ..Default::default() };
    caller.call(&body).unwrap().topics[0].partitions[0].offset
}

#[test]
fn a_topic_with_a_bound_stays_within_it_and_its_space_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let settings = ["--set", "log.retention.check.interval.ms=50", "--set", "log.segment.delete.delay.ms=100"];
    let server = Server::start(folder.path(), &settings);
    let mut caller = server.caller();
    create(&mut caller, "orders", &[("retention.bytes", "4194304"), ("segment.bytes", "1048576")]);
    await_topic(&mut caller, "orders");
    let partition = folder.path().join("orders-0");
    let record = batch(&[b'x'; 200_000]);
    for _ in 0..100 {
        assert_eq!(produce(&mut caller, "orders", record.clone()), 0);
    }
    // What is renamed counts until it is removed.
    let shrank = Server::until(PATIENCE, || on_disk(&partition) <= BOUND + 2 * SEGMENT);
    assert!(shrank, "{} bytes are on the disk", on_disk(&partition));
    let first = earliest(&mut caller, "orders");
    assert!(first > 50, "the log begins at {first}");
    server.signal(Signal::KILL);
    server.wait();
    let server = Server::start(folder.path(), &settings);
    let mut caller = server.caller();
    let came = Server::until(PATIENCE, || earliest(&mut caller, "orders") >= first);
    assert!(came, "after a kill it begins where it did, or later");
}

#[test]
fn records_that_a_client_deletes_are_gone_for_good() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), &[]);
    let mut caller = server.caller();
    await_topic(&mut caller, "orders");
    produce_many(&mut caller, 10);
    let delete = |caller: &mut Caller<()>, offset| {
        let partitions = vec![DeleteRecordsPartition { partition_index: 0, offset }];
        let topics = vec![DeleteRecordsTopic { name: "orders".into(), partitions }];
        let answer = caller.call(&DeleteRecordsRequest { topics, timeout_ms: 10_000 }).unwrap();
        let row = &answer.topics[0].partitions[0];
        (row.error_code, row.low_watermark)
    };
    assert_eq!(delete(&mut caller, 11), (1, -1), "above the high watermark");
    assert_eq!(delete(&mut caller, 4), (0, 4));
    assert_eq!(earliest(&mut caller, "orders"), 4);
    server.signal(Signal::KILL);
    server.wait();
    let server = Server::start(folder.path(), &[]);
    let mut caller = server.caller();
    assert!(Server::until(PATIENCE, || earliest(&mut caller, "orders") == 4));
    assert!(!holds(&fetch(&mut caller, "orders"), b"record 3;"), "offset 0 is out of range");
    assert_eq!(delete(&mut caller, -1), (0, 10), "all there is");
    assert_eq!(earliest(&mut caller, "orders"), 10);
}
