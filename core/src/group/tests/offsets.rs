//! OffsetCommit and OffsetDelete.

use super::asks::{commit_of, sync_of};
use super::stand::{Stand, config, join_of, protocol};
use crate::group::{GroupAnswer, GroupAsk, GroupConfig, GroupState};
use crate::types::ErrorCode;
use crate::wire::{GroupCoordinatorRecord, OffsetCommitRequest};

#[test]
fn a_member_commits_in_its_generation_only() {
    let mut stand = Stand::new();
    let ids = stand.stable("g", 2);
    for (member, generation, expected) in [
        (ids[0].as_str(), 1, ErrorCode::None),
        (ids[0].as_str(), 0, ErrorCode::IllegalGeneration),
        (ids[0].as_str(), 2, ErrorCode::IllegalGeneration),
        (ids[0].as_str(), -1, ErrorCode::IllegalGeneration),
        ("nobody", 1, ErrorCode::UnknownMemberId),
        ("", 1, ErrorCode::UnknownMemberId),
        ("", -1, ErrorCode::UnknownMemberId),
    ] {
        assert_eq!(stand.commit_offset("g", member, generation, "t", 5), expected, "{member} in {generation}");
    }
    assert_eq!(stand.fetch_offset("g", "t"), 5);
}

#[test]
fn a_commit_in_a_rebalance_is_taken_before_its_join_phase_ends() {
    let mut stand = Stand::new();
    let ids = stand.stable("g", 2);
    let joins = [stand.join(join_of("g", &ids[0], None))];
    assert_eq!(stand.commit_offset("g", &ids[1], 1, "t", 7), ErrorCode::None, "what it owned until now");
    let again = stand.join(join_of("g", &ids[1], None));
    assert_eq!(stand.state_of("g"), Some(GroupState::CompletingRebalance));
    assert_eq!(stand.commit_offset("g", &ids[1], 1, "t", 8), ErrorCode::IllegalGeneration);
    assert_eq!(stand.commit_offset("g", &ids[1], 2, "t", 9), ErrorCode::RebalanceInProgress);
    stand.settle("g", &[joins[0], again]);
    assert_eq!(stand.fetch_offset("g", "t"), 7);
}

#[test]
fn commits_keep_a_session_alive() {
    let mut stand = Stand::new();
    let ids = stand.stable("g", 1);
    for offset in 0..5 {
        stand.pass_ms(9_000);
        assert_eq!(stand.commit_offset("g", &ids[0], 1, "t", offset), ErrorCode::None);
    }
    assert_eq!(stand.state_of("g"), Some(GroupState::Stable));
}

#[test]
fn without_members_anybody_commits_without_a_generation() {
    let mut stand = Stand::new();
    for (version, expected) in [(8, ErrorCode::IllegalGeneration), (9, ErrorCode::GroupIdNotFound)] {
        let request = commit_of("simple", "someone", 3, "t", 1);
        let id = stand.ask(GroupAsk::CommitOffsets { request, version });
        assert_eq!(stand.error_of(id), expected, "version {version}");
    }
    assert_eq!(stand.commit_offset("simple", "", -1, "t", 4), ErrorCode::None);
    assert_eq!(stand.commit_offset("simple", "someone", 3, "t", 5), ErrorCode::UnknownMemberId);
    assert_eq!(stand.commit_offset("", "", -1, "t", 6), ErrorCode::None, "the empty group id counts");
    assert_eq!((stand.fetch_offset("simple", "t"), stand.fetch_offset("", "t")), (4, 6));
    let ids = stand.stable("simple", 1);
    assert_eq!(stand.commit_offset("simple", "", -1, "t", 7), ErrorCode::UnknownMemberId);
    assert_eq!(stand.leave("simple", &[(&ids[0], None)]), [ErrorCode::None]);
    assert_eq!(stand.commit_offset("simple", "", -1, "t", 8), ErrorCode::None);
    assert_eq!(stand.commit_offset("simple", &ids[0], 1, "t", 9), ErrorCode::UnknownMemberId);
    assert_eq!(stand.fetch_offset("simple", "t"), 8);
}

#[test]
fn metadata_comes_back_up_to_its_limit_in_characters() {
    let mut stand = Stand::with(GroupConfig { offset_metadata_max_bytes: 4, ..config() });
    for (metadata, expected) in [
        (Some("four"), ErrorCode::None),
        (Some("fünf"), ErrorCode::None),
        (Some(""), ErrorCode::None),
        (None, ErrorCode::None),
        (Some("fives"), ErrorCode::OffsetMetadataTooLarge),
        (Some("🦀🦀🦀"), ErrorCode::OffsetMetadataTooLarge),
    ] {
        let mut request = commit_of("g", "", -1, "t", 1);
        request.topics[0].partitions[0].committed_metadata = metadata.map(Into::into);
        let id = stand.ask_commit(request);
        assert_eq!(stand.error_of(id), expected, "{metadata:?}");
        if expected == ErrorCode::None {
            let id = stand.ask_fetch(super::asks::fetch_of("g", None), false);
            let GroupAnswer::FetchOffsets(answer) = stand.answer(id) else { panic!() };
            let partition = &answer.topics[0].partitions[0];
            assert_eq!(partition.metadata.as_deref(), Some(metadata.unwrap_or_default()));
            assert_eq!((partition.committed_offset, partition.committed_leader_epoch), (1, 4));
        }
    }
}

#[test]
fn one_bad_partition_does_not_spoil_the_others() {
    let mut stand = Stand::new();
    let mut request = commit_of("g", "", -1, "t", 1);
    let mut bad = request.topics[0].partitions[0].clone();
    bad.partition_index = 1;
    bad.committed_metadata = Some("x".repeat(4_097).into());
    request.topics[0].partitions.push(bad);
    let id = stand.ask_commit(request);
    let GroupAnswer::CommitOffsets(answer) = stand.answer(id) else { panic!() };
    let errors: Vec<_> = answer.topics[0].partitions.iter().map(|it| ErrorCode::from_wire(it.error_code)).collect();
    assert_eq!(errors, [ErrorCode::None, ErrorCode::OffsetMetadataTooLarge]);
    assert_eq!(stand.log.records().count(), 1);
}

#[test]
fn records_have_the_versions_that_kafka_writes() {
    let mut stand = Stand::new();
    stand.stable("g", 1);
    let id = crate::types::Uuid::from_halves(1, 2);
    let commit = |retention_time_ms| {
        let mut request = OffsetCommitRequest { retention_time_ms, ..commit_of("o", "", -1, "t", 1) };
        request.topics[0].topic_id = id;
        request
    };
    stand.ask_commit(commit(-1));
    stand.ask_commit(commit(60_000));
    let versions: Vec<i16> = stand
        .log
        .records()
        .map(|record| match record {
            GroupCoordinatorRecord::GroupMetadata { value, .. } => value.as_ref().unwrap().version,
            GroupCoordinatorRecord::OffsetCommit { value, .. } => value.as_ref().unwrap().version,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(versions, [3, 3, 4, 1], "a new group, its assignments, an offset, one that expires by itself");
    let offsets: Vec<_> = stand
        .log
        .records()
        .filter_map(|record| match record {
            GroupCoordinatorRecord::OffsetCommit { value, .. } => value.as_ref().map(|it| it.message.clone()),
            _ => None,
        })
        .collect();
    assert_eq!((offsets[0].topic_id, offsets[0].leader_epoch), (id, 4));
    assert_eq!((offsets[1].topic_id, offsets[1].leader_epoch), (crate::types::Uuid::ZERO, -1), "version 1 has neither");
    assert_eq!(offsets[1].expire_timestamp, stand.now.wall.0 + 60_000);
    // A coordinator that loads the log from bytes has the same state.
    let live = stand.coordinator.state().0.latest().clone();
    stand.restart();
    assert!(stand.coordinator.state().0.latest() == &live);
}

#[test]
fn an_answer_waits_until_its_records_are_committed() {
    let mut stand = Stand::new();
    stand.commits = false;
    let commit = stand.ask_commit(commit_of("g", "", -1, "t", 1));
    assert!(stand.is_parked(commit));
    assert_eq!(stand.fetch_offset("g", "t"), -1, "a reader sees what is committed");
    stand.commit_all();
    assert_eq!(stand.error_of(commit), ErrorCode::None);
    assert_eq!(stand.fetch_offset("g", "t"), 1);
}

#[test]
fn a_commit_that_is_refused_or_late_is_an_error_that_clients_retry() {
    let mut stand = Stand::new();
    stand.commit_offset("g", "", -1, "t", 1);
    for (refused, told) in [
        (ErrorCode::NotEnoughReplicas, ErrorCode::CoordinatorNotAvailable),
        (ErrorCode::UnknownTopicOrPartition, ErrorCode::CoordinatorNotAvailable),
        (ErrorCode::NotLeaderOrFollower, ErrorCode::NotCoordinator),
        (ErrorCode::KafkaStorageError, ErrorCode::NotCoordinator),
        (ErrorCode::MessageTooLarge, ErrorCode::UnknownServerError),
    ] {
        stand.log.refuses = Some(refused);
        assert_eq!(stand.commit_offset("g", "", -1, "t", 2), told, "{refused}");
    }
    stand.log.refuses = None;
    assert_eq!(stand.fetch_offset("g", "t"), 1);
    stand.commits = false;
    let late = stand.ask_commit(commit_of("g", "", -1, "t", 3));
    stand.pass_ms(4_999);
    assert!(stand.is_parked(late));
    stand.pass_ms(1);
    assert_eq!(stand.error_of(late), ErrorCode::CoordinatorNotAvailable);
    stand.commits = true;
    stand.commit_all();
    assert_eq!(stand.fetch_offset("g", "t"), 3, "the record was in the log and committed later");
}

#[test]
fn offsets_of_subscribed_topics_are_not_deleted() {
    let mut stand = Stand::new();
    let ids = stand.stable("g", 1);
    for topic in ["t", "u"] {
        stand.commit_offset("g", &ids[0], 1, topic, 5);
    }
    for (topic, expected, left) in [("t", ErrorCode::GroupSubscribedToTopic, 5), ("u", ErrorCode::None, -1)] {
        let id = stand.ask(Stand::delete_offsets_of("g", topic));
        let GroupAnswer::DeleteOffsets(answer) = stand.answer(id) else { panic!() };
        assert_eq!(answer.error_code, 0);
        assert_eq!(ErrorCode::from_wire(answer.topics[0].partitions[0].error_code), expected, "{topic}");
        assert_eq!(stand.fetch_offset("g", topic), left);
    }
    stand.leave("g", &[(&ids[0], None)]);
    stand.ask(Stand::delete_offsets_of("g", "t"));
    assert_eq!(stand.fetch_offset("g", "t"), -1, "nobody is subscribed to anything");
}

#[test]
fn offsets_are_deleted_only_where_subscriptions_are_known() {
    let mut stand = Stand::new();
    let unknown = stand.ask(Stand::delete_offsets_of("unknown", "t"));
    assert_eq!(stand.error_of(unknown), ErrorCode::GroupIdNotFound);
    // Members of Kafka Connect: the topics of their subscriptions cannot be read.
    let mut ask = join_of("connect", "", Some("w"));
    ask.request.protocol_type = "connect".into();
    let join = stand.join(ask);
    stand.pass_ms(3_000);
    stand.joined(join);
    let id = stand.ask(Stand::delete_offsets_of("connect", "t"));
    assert_eq!(stand.error_of(id), ErrorCode::NonEmptyGroup);
    // Consumers whose subscription cannot be read count as subscribed to every topic.
    let mut ask = join_of("odd", "", Some("o"));
    ask.request.protocols = vec![protocol("range", &["t"])];
    ask.request.protocols[0].metadata = bytes::Bytes::from_static(b"\0\0garbage");
    let join = stand.join(ask);
    stand.pass_ms(3_000);
    let answer = stand.joined(join);
    let sync = stand.sync(sync_of("odd", &answer.member_id, 1, &[]));
    stand.synced(sync);
    let id = stand.ask(Stand::delete_offsets_of("odd", "t"));
    let GroupAnswer::DeleteOffsets(answer) = stand.answer(id) else { panic!() };
    assert_eq!(ErrorCode::from_wire(answer.topics[0].partitions[0].error_code), ErrorCode::GroupSubscribedToTopic);
}
