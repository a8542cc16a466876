//! Topics and partitions.

use super::*;

fn changed(record: PartitionChangeRecord) -> PartitionRegistration {
    let mut image = orders(1);
    replay(&mut image, record).expect("it is taken");
    image.partition(OF).expect("there").clone()
}

/// Leader, leader epoch and partition epoch.
fn epochs(partition: &PartitionRegistration) -> (Option<i32>, i32, i32) {
    (partition.leader.map(|it| it.0), partition.leader_epoch.0, partition.partition_epoch.0)
}

#[test]
fn a_change_that_names_a_leader_is_a_new_leadership_even_of_the_same_leader() {
    assert_eq!(epochs(&changed(PartitionChangeRecord { leader: 2, ..change() })), (Some(2), 5, 7));
    assert_eq!(epochs(&changed(PartitionChangeRecord { leader: 1, ..change() })), (Some(1), 5, 7));
    assert_eq!(epochs(&changed(PartitionChangeRecord { leader: -1, ..change() })), (None, 5, 7));
}

#[test]
fn every_change_counts_and_one_without_a_leader_keeps_the_leadership() {
    let shrunk = changed(PartitionChangeRecord { isr: Some(vec![1, 3]), ..change() });
    assert_eq!((epochs(&shrunk), shrunk.isr), ((Some(1), 4, 7), nodes(&[1, 3])));
    assert_eq!(epochs(&changed(change())), (Some(1), 4, 7));
}

#[test]
fn whether_a_shrunk_isr_is_a_new_leadership_is_said_by_the_record_and_not_by_the_metadata_version() {
    for level in [MetadataVersion::IBP_3_5_IV2, MetadataVersion::IBP_3_6_IV0] {
        let mut image = orders(1);
        let name = MetadataVersion::FEATURE.into();
        replay(&mut image, FeatureLevelRecord { name, feature_level: level.level() }).expect("a known level");
        replay(&mut image, PartitionChangeRecord { isr: Some(vec![1]), ..change() }).expect("it is taken");
        assert_eq!(epochs(image.partition(OF).expect("there")), (Some(1), 4, 7), "{level}");
    }
}

#[test]
fn what_a_change_does_not_name_stays() {
    let mut image = orders(0);
    let full = PartitionRecord {
        directories: vec![uuid(1), uuid(2), uuid(3)],
        adding_replicas: vec![3],
        removing_replicas: vec![2],
        eligible_leader_replicas: Some(vec![2]),
        last_known_elr: Some(vec![3]),
        leader_recovery_state: 1,
        ..partition_record(0)
    };
    replay(&mut image, full).expect("it is taken");
    let before = image.partition(OF).expect("there").clone();
    assert_eq!((&before.elr, &before.last_known_elr), (&nodes(&[2]), &nodes(&[3])));
    assert_eq!(before.leader_recovery, LeaderRecoveryState::Recovering);
    replay(&mut image, change()).expect("it is taken");
    let after = image.partition(OF).expect("there");
    assert_eq!(*after, PartitionRegistration { partition_epoch: PartitionEpoch(7), ..before });

    let all = PartitionChangeRecord {
        replicas: Some(vec![1, 3]),
        isr: Some(vec![3]),
        leader: 3,
        adding_replicas: Some(vec![]),
        removing_replicas: Some(vec![]),
        leader_recovery_state: 0,
        directories: Some(vec![uuid(1), uuid(3)]),
        eligible_leader_replicas: Some(vec![1]),
        last_known_elr: Some(vec![]),
        ..change()
    };
    replay(&mut image, all).expect("it is taken");
    let expected = PartitionRegistration {
        replicas: nodes(&[1, 3]),
        isr: nodes(&[3]),
        leader: Some(NodeId(3)),
        leader_epoch: LeaderEpoch(5),
        partition_epoch: PartitionEpoch(8),
        directories: vec![uuid(1), uuid(3)],
        elr: nodes(&[1]),
        ..PartitionRegistration::default()
    };
    assert_eq!(image.partition(OF), Some(&expected));
}

#[test]
fn directories_that_nobody_knows_are_none_and_others_are_as_many_as_replicas() {
    let (lost, unknown) = (Uuid::from_halves(0, 2), Uuid::ZERO);
    let with = |directories| PartitionRecord { directories, ..partition_record(0) };
    for directories in [vec![], vec![unknown; 3]] {
        let mut image = orders(0);
        replay(&mut image, with(directories)).expect("it is taken");
        assert_eq!(image.partition(OF).map(|it| it.directories.clone()), Some(vec![]));
        // The number of replicas may change then.
        replay(&mut image, PartitionChangeRecord { replicas: Some(vec![1]), ..change() }).expect("it is taken");
    }
    let mut image = orders(0);
    for directories in [vec![unknown; 2], vec![lost; 4]] {
        let refused = Contradiction::Directories { replicas: 3, directories: directories.len() };
        assert_eq!(replay(&mut image, with(directories)), Err(refused));
    }
    replay(&mut image, with(vec![lost, unknown, uuid(4)])).expect("it is taken");
    let known = image.partition(OF).expect("there");
    assert_eq!([1, 2, 3, 4].map(|id| known.directory(NodeId(id))), [Some(lost), None, Some(uuid(4)), None]);
    let refused = Contradiction::Directories { replicas: 1, directories: 3 };
    assert_eq!(replay(&mut image, PartitionChangeRecord { replicas: Some(vec![1]), ..change() }), Err(refused));
    let reset = PartitionChangeRecord { directories: Some(vec![]), ..change() };
    replay(&mut image, reset).expect("it is taken");
    assert_eq!(image.partition(OF).map(|it| it.directories.clone()), Some(vec![]));
}

#[test]
fn a_topic_is_made_once() {
    let mut image = orders(1);
    let duplicate = Contradiction::DuplicateTopicName { name: "orders".into(), known: TopicId(TOPIC) };
    assert_eq!(replay(&mut image, topic_record("orders", uuid(8))), Err(duplicate));
    assert_eq!(replay(&mut image, topic_record("bills", TOPIC)), Err(Contradiction::DuplicateTopicId(TopicId(TOPIC))));
    assert_eq!((image.topics.len(), image.names.len(), image.partition_count()), (1, 1, 1));
}

#[test]
fn a_removed_topic_leaves_nothing_and_its_name_is_free() {
    let mut image = orders(2);
    replay(&mut image, config(2, "orders", "cleanup.policy", Some("compact"))).expect("it is taken");
    replay(&mut image, partition_record(5)).expect("it waits for 2, 3 and 4");
    replay(&mut image, RemoveTopicRecord { topic_id: TOPIC }).expect("it is there");
    let nothing = MetadataImage { version: image.version, ..MetadataImage::default() };
    assert_eq!(image, nothing);
    replay(&mut image, topic_record("orders", uuid(8))).expect("the name is free");
    assert!(image.topic_named("orders").is_some_and(|topic| topic.configs.is_empty()));
}

#[test]
fn what_is_unknown_is_named() {
    let mut image = orders(1);
    let unknown = TopicId(uuid(8));
    let partition = |partition| TopicPartition { topic: TopicId(TOPIC), partition };
    let table: [(MetadataRecord, Contradiction); 7] = [
        (RemoveTopicRecord { topic_id: unknown.0 }.into(), Contradiction::UnknownTopic(unknown)),
        (PartitionRecord { topic_id: unknown.0, ..partition_record(0) }.into(), Contradiction::UnknownTopic(unknown)),
        (PartitionChangeRecord { topic_id: unknown.0, ..change() }.into(), Contradiction::UnknownTopic(unknown)),
        (PartitionChangeRecord { partition_id: 1, ..change() }.into(), Contradiction::UnknownPartition(partition(1))),
        (
            PartitionChangeRecord { partition_id: -1, ..change() }.into(),
            Contradiction::Number { field: "PartitionId", value: -1 },
        ),
        (PartitionChangeRecord { leader: -3, ..change() }.into(), Contradiction::Number { field: "Leader", value: -3 }),
        (ClearElrRecord { topic_name: "bills".into() }.into(), Contradiction::UnknownTopicName("bills".into())),
    ];
    for (record, refused) in table {
        let before = image.clone();
        assert_eq!(replay(&mut image, record.clone()), Err(refused), "{record:?}");
        assert_eq!(image, before, "{record:?}");
    }
}

#[test]
fn epochs_end_at_the_greatest_number() {
    let mut image = orders(0);
    let last =
        PartitionRecord { leader_epoch: i32::MAX, eligible_leader_replicas: Some(vec![2]), ..partition_record(0) };
    replay(&mut image, last.clone()).expect("it is taken");
    let overflow = Err(Contradiction::EpochOverflow(OF));
    assert_eq!(replay(&mut image, PartitionChangeRecord { leader: 1, ..change() }), overflow);
    replay(&mut image, PartitionRecord { partition_epoch: i32::MAX, ..last }).expect("it is taken");
    assert_eq!(replay(&mut image, change()), overflow);
    assert_eq!(replay(&mut image, ClearElrRecord::default()), overflow);
}

/// The elr, the last known elr and the partition epoch of each partition.
fn elrs(image: &MetadataImage, topic: &str) -> Vec<(usize, usize, i32)> {
    let partitions = &image.topic_named(topic).expect("there").partitions;
    partitions.iter().map(|it| (it.elr.len(), it.last_known_elr.len(), it.partition_epoch.0)).collect()
}

#[test]
fn eligible_leader_replicas_are_cleared_of_one_topic_or_of_all() {
    let some = |partition, topic_id| PartitionRecord {
        topic_id,
        eligible_leader_replicas: (partition != 1).then(|| vec![2]),
        last_known_elr: (partition == 2).then(|| vec![3]),
        ..partition_record(partition)
    };
    let both = || {
        let names = [topic_record("orders", TOPIC), topic_record("bills", uuid(8))];
        let partitions = (0..3).flat_map(|at| [some(at, TOPIC).into(), some(at, uuid(8)).into()]);
        after(names.into_iter().chain(partitions))
    };
    let (full, cleared) = (vec![(1, 0, 6), (0, 0, 6), (1, 1, 6)], vec![(0, 0, 7), (0, 0, 6), (0, 0, 7)]);
    let mut image = both();
    assert_eq!(elrs(&image, "orders"), full);
    replay(&mut image, ClearElrRecord { topic_name: "orders".into() }).expect("it is there");
    assert_eq!((elrs(&image, "orders"), elrs(&image, "bills")), (cleared.clone(), full));
    let mut image = both();
    replay(&mut image, ClearElrRecord::default()).expect("it is taken");
    assert_eq!((elrs(&image, "orders"), elrs(&image, "bills")), (cleared.clone(), cleared));
}

#[test]
fn partitions_come_in_any_order_and_count_when_those_below_are_there() {
    let mut image = orders(0);
    for partition in [3, 1] {
        replay(&mut image, partition_record(partition)).expect("it waits");
    }
    assert_eq!(image.partition_count(), 0);
    let late = PartitionChangeRecord { partition_id: 3, isr: Some(vec![1]), ..change() };
    replay(&mut image, late).expect("it is known, although it waits");
    assert_eq!(image.missing_partition(), Some(OF));
    replay(&mut image, partition_record(0)).expect("it is taken");
    assert_eq!(image.partition_count(), 2);
    assert_eq!(image.missing_partition(), Some(TopicPartition { partition: 2, ..OF }));
    replay(&mut image, partition_record(2)).expect("it is taken");
    assert_eq!((image.partition_count(), image.missing_partition()), (4, None));
    let isr = |partition| image.partition(TopicPartition { partition, ..OF }).expect("there").isr.len();
    assert_eq!([0, 1, 2, 3].map(isr), [3, 3, 3, 1]);
}

#[test]
fn a_partition_that_is_written_again_is_replaced() {
    let mut image = orders(2);
    replay(&mut image, PartitionRecord { leader: 3, leader_epoch: 2, ..partition_record(0) }).expect("it is taken");
    assert_eq!(epochs(image.partition(OF).expect("there")), (Some(3), 2, 6));
    assert_eq!(image.partition_count(), 2);
}
