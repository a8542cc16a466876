//! What a server tells of itself whose directories, shards and logs are real.

use super::child::Server;
use super::{await_topic, batch, produce};
use gracchus_core::record::BatchBuilder;
use gracchus_core::types::{ErrorCode, ProducerEpoch, ProducerId, Timestamp};
use gracchus_core::wire::describe_configs::DescribeConfigsResource;
use gracchus_core::wire::describe_producers::TopicRequest;
use gracchus_core::wire::incremental_alter_configs::{AlterConfigsResource, AlterableConfig};
use gracchus_core::wire::{
    DescribeConfigsRequest, DescribeLogDirsRequest, DescribeProducersRequest, IncrementalAlterConfigsRequest,
};
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

/// KIP-226: a default of topics that is changed while the server runs.
#[test]
fn a_setting_of_brokers_takes_effect_at_once_and_survives_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), &[]);
    let mut caller = server.caller();
    await_topic(&mut caller, "orders");
    assert_eq!(produce(&mut caller, "orders", batch(&[0; 500])), 0);
    let set = AlterableConfig { name: "message.max.bytes".into(), config_operation: 0, value: Some("400".into()) };
    let resource = AlterConfigsResource { resource_type: 4, resource_name: "".into(), configs: vec![set] };
    let request = IncrementalAlterConfigsRequest { resources: vec![resource], validate_only: false };
    assert_eq!(caller.call(&request).unwrap().responses[0].error_code, 0);
    let too_large = ErrorCode::MessageTooLarge.to_wire();
    assert_eq!(produce(&mut caller, "orders", batch(&[0; 500])), too_large);
    assert_eq!(produce(&mut caller, "orders", batch(&[0; 50])), 0);

    let address = server.address.clone();
    drop((caller, server));
    let server = Server::restart(folder.path(), &address);
    let mut caller = server.caller();
    await_topic(&mut caller, "orders");
    assert_eq!(produce(&mut caller, "orders", batch(&[0; 500])), too_large);
    let keys = Some(vec!["max.message.bytes".into()]);
    let resource =
        DescribeConfigsResource { resource_type: 2, resource_name: "orders".into(), configuration_keys: keys };
    let request = DescribeConfigsRequest { resources: vec![resource], ..DescribeConfigsRequest::default() };
    let entry = caller.call(&request).unwrap().results.remove(0).configs.remove(0);
    const OF_ALL_BROKERS: i8 = 3;
    assert_eq!((entry.value.as_deref(), entry.config_source), (Some("400"), OF_ALL_BROKERS));
}
