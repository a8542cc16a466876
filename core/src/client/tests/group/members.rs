//! Membership: joining, heartbeats, timeouts, static members, leaving.

use super::{assignment, batch, config, reading, stable, subscribed};
use crate::client::tests::coordinator::committed;
use crate::client::tests::stage::TOPIC;
use crate::client::*;
use crate::types::{ErrorCode, Offset};
use crate::wire::*;
use std::sync::Arc;

#[test]
fn a_new_member_is_told_its_id_joins_with_it_and_begins_at_the_committed_offsets() {
    let mut stage = subscribed(config());
    let request = stage.requests[0].clone();
    let body: FindCoordinatorRequest = request.read();
    assert_eq!((&body.coordinator_keys[..], body.key_type), (&["g".into()][..], 0));
    stage.found(2);
    let request = stage.await_request(ApiKey::JoinGroup);
    let body: JoinGroupRequest = request.read();
    assert_eq!((request.node, &*body.group_id, &*body.member_id), (2, "g", ""));
    assert_eq!((body.session_timeout_ms, body.rebalance_timeout_ms), (45_000, 300_000));
    let required = JoinGroupResponse {
        error_code: ErrorCode::MemberIdRequired.to_wire(),
        member_id: "me".into(),
        protocol_name: Some("".into()),
        ..Default::default()
    };
    stage.answer(&request, &required);
    let request = stage.joined(1, "me");
    assert_eq!(request.read::<JoinGroupRequest>().member_id, "me", "KIP-394");
    let request = stage.synced(&[0, 1]);
    let body: SyncGroupRequest = request.read();
    assert_eq!((body.generation_id, &*body.member_id), (1, "me"));
    assert_eq!(body.assignments[0].assignment, assignment(&[0, 1]), "alone it gets everything");
    assert_eq!(stage.told(), [""; 0], "partitions come in polls only");
    assert!(stage.client.wants_poll(stage.now.mono));
    stage.poll();
    assert_eq!(stage.told(), ["joined 1", "assigned [0 1] of 1"]);
    let request = stage.await_request(ApiKey::OffsetFetch);
    let body: OffsetFetchRequest = request.read();
    assert!(body.require_stable, "KIP-447");
    assert_eq!(body.groups[0].topics.as_ref().unwrap()[0].partition_indexes, [0, 1]);
    stage.offsets(&request, &[0, 1], 7, 5);
    assert_eq!(stage.told(), ["at 0@7", "at 1@7"]);
    stage.fetched(vec![batch(7, 5, &["a", "b"])]);
    stage.poll();
    assert_eq!(stage.told(), ["polled 0: 7..9"]);
    assert_eq!(stage.client.position(TOPIC, 0), Some(Offset(9)));
}

#[test]
fn old_versions_are_spoken_where_they_are_asked_for() {
    let mut config = config();
    config.protocol_version = 0;
    let versions = &mut config.consumer.cluster.versions;
    (versions.find_coordinator, versions.join_group, versions.sync_group) = (1, 2, 1);
    (versions.heartbeat, versions.leave_group, versions.offset_commit, versions.offset_fetch) = (1, 1, 5, 5);
    let mut stage = subscribed(config);
    assert_eq!(stage.requests[0].read::<FindCoordinatorRequest>().key, "g");
    stage.found(2);
    stage.joined(1, "follower");
    stage.synced(&[0]);
    stage.poll();
    let request = stage.await_request(ApiKey::OffsetFetch);
    let body: OffsetFetchRequest = request.read();
    assert_eq!((&*body.group_id, body.topics.unwrap()[0].partition_indexes.clone()), ("g", vec![0]));
    let row = offset_fetch::OffsetFetchResponsePartition {
        committed_offset: 3,
        committed_leader_epoch: -1,
        ..Default::default()
    };
    let topic = offset_fetch::OffsetFetchResponseTopic { name: TOPIC.into(), partitions: vec![row] };
    stage.answer(&request, &OffsetFetchResponse { topics: vec![topic], ..Default::default() });
    assert_eq!(stage.client.position(TOPIC, 0), Some(Offset(3)));
    stage.close();
    let request = stage.await_request(ApiKey::LeaveGroup);
    assert_eq!(request.read::<LeaveGroupRequest>().member_id, "me");
}

#[test]
fn heartbeats_are_sent_by_the_interval_from_the_answer_to_join_group_on() {
    let mut stage = subscribed(config());
    stage.found(2);
    stage.pass(9_000);
    assert!(!stage.has_request(ApiKey::Heartbeat), "the coordinator holds JoinGroup back");
    stage.joined(1, "follower");
    stage.pass(2_999);
    assert!(!stage.has_request(ApiKey::Heartbeat));
    stage.pass(1);
    let request = stage.await_request(ApiKey::Heartbeat);
    assert_eq!(request.read::<HeartbeatRequest>().generation_id, 1);
    stage.pass(5_000);
    assert!(!stage.has_request(ApiKey::Heartbeat), "one at a time");
}

#[test]
fn a_user_that_is_stuck_leaves_and_comes_back_as_a_new_member() {
    let mut stage = reading(GroupConsumerConfig { max_poll_interval_ms: 10_000, ..config() }, &[0], 4);
    for _ in 0..3 {
        stage.pass(3_000);
        stage.refuse(ApiKey::Heartbeat, ErrorCode::None);
    }
    stage.pass(999);
    assert_eq!(stage.told(), [""; 0]);
    stage.pass(1);
    assert_eq!(stage.told(), ["poll interval exceeded"]);
    let request = stage.await_request(ApiKey::LeaveGroup);
    assert_eq!(request.read::<LeaveGroupRequest>().members[0].member_id, "me");
    stage.answer(&request, &LeaveGroupResponse::default());
    stage.pass(9_000);
    assert!(!stage.has_request(ApiKey::Heartbeat) && !stage.has_request(ApiKey::JoinGroup));
    stage.poll();
    assert_eq!(stage.told(), ["lost [0] of 1"]);
    assert_eq!(stage.await_request(ApiKey::JoinGroup).read::<JoinGroupRequest>().member_id, "");
}

#[test]
fn a_coordinator_that_is_silent_for_the_session_timeout_is_looked_up_again() {
    let mut config = config();
    config.consumer.cluster.request_timeout_ms = 60_000;
    config.session_timeout_ms = 10_000;
    let mut stage = reading(config, &[0], 4);
    let before = stage.closes.len();
    stage.pass(10_000);
    assert!(stage.closes.len() > before, "its connection is ended");
    stage.pass(1_000);
    stage.found(3);
    stage.pass(3_000);
    assert_eq!(stage.await_request(ApiKey::Heartbeat).node, 3, "it is the same member still");
}

#[test]
fn a_coordinator_whose_connection_breaks_is_looked_up_again() {
    let mut stage = reading(config(), &[0], 4);
    let conn = stage.coordinator_conn();
    stage.lose(conn);
    stage.pass(200);
    stage.found(1);
    stage.pass(3_000);
    assert_eq!(stage.await_request(ApiKey::Heartbeat).node, 1);
}

#[test]
fn a_static_member_says_who_it_is_and_does_not_leave() {
    let mut stage = reading(GroupConsumerConfig { instance_id: Some(Arc::from("i")), ..config() }, &[0], 4);
    stage.pass(3_000);
    let request = stage.await_request(ApiKey::Heartbeat);
    assert_eq!(request.read::<HeartbeatRequest>().group_instance_id.as_deref(), Some("i"), "KIP-345");
    stage.answer(&request, &HeartbeatResponse::default());
    stage.commit(CommitMode::Sync);
    let request = stage.await_request(ApiKey::OffsetCommit);
    assert_eq!(request.read::<OffsetCommitRequest>().group_instance_id.as_deref(), Some("i"));
    stage.answer(&request, &committed(&request.read(), ErrorCode::None));
    stage.told();
    stage.close();
    assert_eq!(stage.told(), ["revoked [0] of 1", "closed"]);
    assert!(!stage.has_request(ApiKey::LeaveGroup));
    let versions = Versions { join_group: 4, ..Versions::default() };
    let mut old = GroupConsumerConfig { instance_id: Some(Arc::from("i")), ..config() };
    old.consumer.cluster.versions = versions;
    let mut stage = subscribed(old);
    stage.found(2);
    assert_eq!(stage.told(), ["failed UNSUPPORTED_VERSION"]);
}

#[test]
fn closing_commits_gives_up_and_leaves() {
    let mut stage = reading(GroupConsumerConfig { auto_commit: true, ..config() }, &[0], 4);
    stage.fetched(vec![batch(4, 5, &["a"])]);
    stage.poll();
    stage.told();
    stage.close();
    assert_eq!(stage.told(), ["commit 0 [0@5] sent"]);
    assert!(!stage.has_request(ApiKey::LeaveGroup));
    stage.refuse(ApiKey::OffsetCommit, ErrorCode::None);
    assert_eq!(stage.told(), ["commit 0 [0@5] done", "revoked [0] of 1"]);
    let request = stage.await_request(ApiKey::LeaveGroup);
    stage.answer(&request, &LeaveGroupResponse::default());
    assert_eq!(stage.told(), ["closed"]);
    assert!(stage.client.next_wake().is_none_or(|at| at > stage.now.mono));
}

#[test]
fn closing_does_not_wait_for_ever_and_a_second_time_not_at_all() {
    let config = GroupConsumerConfig { auto_commit: true, close_timeout_ms: 2_000, ..config() };
    let mut stage = reading(config.clone(), &[0], 4);
    stage.told();
    stage.close();
    stage.pass(2_000);
    assert_eq!(
        stage.told(),
        ["commit 0 [0@4] sent", "commit 0 [0@4] failed REQUEST_TIMED_OUT, or not", "revoked [0] of 1", "closed"]
    );
    let mut stage = reading(config, &[0], 4);
    stage.told();
    stage.close();
    stage.close();
    assert_eq!(stage.told().last().map(String::as_str), Some("closed"));
}

#[test]
fn leave_group_does_not_wait_behind_a_join_group_that_the_coordinator_holds_back() {
    let mut stage = stable(config(), &[]);
    stage.pass(3_000);
    stage.refuse(ApiKey::Heartbeat, ErrorCode::RebalanceInProgress);
    stage.poll();
    let join = stage.requests.iter().find(|request| request.key == ApiKey::JoinGroup).unwrap().clone();
    stage.close();
    assert!(stage.closes.contains(&join.conn), "the connection of JoinGroup is ended");
    stage.pass(100);
    let request = stage.await_request(ApiKey::LeaveGroup);
    assert_ne!(request.conn, join.conn);
    assert_eq!(request.read::<LeaveGroupRequest>().members[0].member_id, "me");
}
