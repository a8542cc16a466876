//! What a server tells of itself whose directories, shards and logs are real.

use super::child::Server;
use super::{await_topic, produce};
use gracchus_core::record::BatchBuilder;
use gracchus_core::types::{ProducerEpoch, ProducerId, Timestamp};
use gracchus_core::wire::describe_producers::TopicRequest;
use gracchus_core::wire::{DescribeLogDirsRequest, DescribeProducersRequest};
use std::collections::BTreeMap;

#[test]
fn logs_and_their_producers_are_told_of_whatever_shard_and_directory_they_live_on() {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let second = two.path().to_str().unwrap();
    let settings = ["--data-dir", second, "--set", "num.partitions=6", "--set", "gracchus.data.shards=3"];
    let server = Server::start(one.path(), &settings);
    let mut caller = server.caller();
    await_topic(&mut caller, "orders");
    let mut batch = BatchBuilder::new(256).with_producer(ProducerId(77), ProducerEpoch(0), 0);
    batch.append(Timestamp(1_700_000_000_000), None, Some(b"value"), &[]);
    let batch = batch.build();
    let bytes = i64::try_from(batch.len()).unwrap();
    assert_eq!(produce(&mut caller, "orders", batch), 0);

    let dirs = caller.call(&DescribeLogDirsRequest { topics: None }).unwrap().results;
    let mut sizes = BTreeMap::new();
    for dir in &dirs {
        assert_eq!(dir.error_code, 0);
        for partition in dir.topics.iter().flat_map(|topic| &topic.partitions) {
            let folder = format!("{}/orders-{}", dir.log_dir, partition.partition_index);
            assert!(std::path::Path::new(&folder).is_dir(), "{folder} is where the answer says");
            assert_eq!(sizes.insert(partition.partition_index, partition.partition_size), None);
        }
    }
    let names: Vec<&str> = dirs.iter().map(|dir| &*dir.log_dir).collect();
    assert_eq!(names, [one.path().to_str().unwrap(), second]);
    assert_eq!(sizes, (0..6).map(|index| (index, if index == 0 { bytes } else { 0 })).collect());

    let topics = vec![TopicRequest { name: "orders".into(), partition_indexes: (0..6).collect() }];
    let told = caller.call(&DescribeProducersRequest { topics }).unwrap().topics.remove(0).partitions;
    let producers: Vec<Vec<(i64, i32)>> = told
        .iter()
        .map(|partition| partition.active_producers.iter().map(|it| (it.producer_id, it.last_sequence)).collect())
        .collect();
    assert_eq!(producers[0], [(77, 0)]);
    assert!(producers[1..].iter().all(Vec::is_empty));
}
