//! Errors and nonsense in answers.

use super::{assignment, config, cooperative, reading, stable, subscribed};
use crate::client::tests::stage::{Request, Stage};
use crate::client::*;
use crate::types::ErrorCode;
use crate::wire::join_group::JoinGroupResponseMember;
use crate::wire::*;
use bytes::Bytes;

/// What a member does after an error: the requests that wait then, after some time and polls.
fn after(mut stage: Stage<GroupConsumer>, key: ApiKey, error: ErrorCode) -> String {
    stage.take_news();
    stage.refuse(key, error);
    for _ in 0..4 {
        stage.poll_where_wanted();
        stage.pass(500);
        if stage.has_request(ApiKey::FindCoordinator) {
            break;
        }
    }
    let news = stage.told();
    let mut told: Vec<&str> = Vec::new();
    for (word, mark) in [("lost", "lost, "), ("revoked", "revoked, "), ("failed", "failed, ")] {
        if news.iter().any(|line| line.starts_with(word)) {
            told.push(mark);
        }
    }
    let interesting = |request: &&Request| request.key != ApiKey::Fetch;
    let asked = match stage.requests.iter().find(interesting) {
        None => "nothing".to_owned(),
        Some(request) if request.key == ApiKey::JoinGroup => {
            let id = request.read::<JoinGroupRequest>().member_id;
            format!("JoinGroup as {}", if id.is_empty() { "new" } else { "me" })
        }
        Some(request) => format!("{:?}", request.key),
    };
    format!("{}{asked}", told.concat())
}

#[test]
fn errors_of_find_coordinator() {
    let after = |error| after(subscribed(config()), ApiKey::FindCoordinator, error);
    assert_eq!(after(ErrorCode::CoordinatorNotAvailable), "FindCoordinator");
    assert_eq!(after(ErrorCode::CoordinatorLoadInProgress), "FindCoordinator");
    assert_eq!(after(ErrorCode::GroupAuthorizationFailed), "failed, nothing");
    assert_eq!(after(ErrorCode::InvalidGroupId), "failed, nothing");
}

#[test]
fn errors_of_join_group() {
    let after = |error| {
        let mut stage = reading(cooperative(), &[0], 0);
        // It joins again as who it is, and keeps what it has.
        stage.pass(3_000);
        stage.refuse(ApiKey::Heartbeat, ErrorCode::RebalanceInProgress);
        stage.poll();
        after(stage, ApiKey::JoinGroup, error)
    };
    assert_eq!(after(ErrorCode::CoordinatorLoadInProgress), "JoinGroup as me");
    assert_eq!(after(ErrorCode::RebalanceInProgress), "JoinGroup as me");
    assert_eq!(after(ErrorCode::UnknownMemberId), "lost, JoinGroup as new");
    assert_eq!(after(ErrorCode::NotCoordinator), "FindCoordinator");
    assert_eq!(after(ErrorCode::CoordinatorNotAvailable), "FindCoordinator");
    assert_eq!(after(ErrorCode::RequestTimedOut), "FindCoordinator");
    for fatal in [
        ErrorCode::FencedInstanceId,
        ErrorCode::InconsistentGroupProtocol,
        ErrorCode::InvalidSessionTimeout,
        ErrorCode::InvalidGroupId,
        ErrorCode::GroupAuthorizationFailed,
        ErrorCode::GroupMaxSizeReached,
        ErrorCode::UnsupportedVersion,
    ] {
        assert_eq!(after(fatal), "lost, failed, nothing", "{fatal}");
    }
}

#[test]
fn errors_of_sync_group() {
    let after = |error| {
        let mut stage = subscribed(config());
        stage.found(2);
        stage.joined(1, "follower");
        after(stage, ApiKey::SyncGroup, error)
    };
    assert_eq!(after(ErrorCode::RebalanceInProgress), "JoinGroup as me");
    assert_eq!(after(ErrorCode::CoordinatorLoadInProgress), "JoinGroup as me");
    assert_eq!(after(ErrorCode::IllegalGeneration), "JoinGroup as me");
    assert_eq!(after(ErrorCode::UnknownMemberId), "JoinGroup as new");
    assert_eq!(after(ErrorCode::NotCoordinator), "FindCoordinator");
    assert_eq!(after(ErrorCode::CoordinatorNotAvailable), "FindCoordinator");
    assert_eq!(after(ErrorCode::FencedInstanceId), "failed, nothing");
    assert_eq!(after(ErrorCode::GroupAuthorizationFailed), "failed, nothing");
}

#[test]
fn errors_of_heartbeats() {
    let after = |error| {
        let mut stage = reading(config(), &[0], 0);
        stage.pass(3_000);
        after(stage, ApiKey::Heartbeat, error)
    };
    assert_eq!(after(ErrorCode::RebalanceInProgress), "revoked, JoinGroup as me");
    assert_eq!(after(ErrorCode::IllegalGeneration), "lost, JoinGroup as me");
    assert_eq!(after(ErrorCode::UnknownMemberId), "lost, JoinGroup as new");
    assert_eq!(after(ErrorCode::NotCoordinator), "FindCoordinator");
    assert_eq!(after(ErrorCode::CoordinatorNotAvailable), "FindCoordinator");
    assert_eq!(after(ErrorCode::CoordinatorLoadInProgress), "Heartbeat");
    assert_eq!(after(ErrorCode::FencedInstanceId), "lost, failed, nothing");
    assert_eq!(after(ErrorCode::GroupAuthorizationFailed), "lost, failed, nothing");
}

#[test]
fn errors_of_offset_fetch() {
    let after = |error| after(stable(config(), &[0]), ApiKey::OffsetFetch, error);
    assert_eq!(after(ErrorCode::CoordinatorLoadInProgress), "OffsetFetch");
    assert_eq!(after(ErrorCode::UnstableOffsetCommit), "OffsetFetch");
    assert_eq!(after(ErrorCode::NotCoordinator), "FindCoordinator");
    assert_eq!(after(ErrorCode::GroupAuthorizationFailed), "lost, failed, nothing");
}

#[test]
fn errors_of_commits() {
    let after = |mode, error| {
        let mut stage = reading(config(), &[0], 4);
        stage.commit(mode);
        let follows = after(stage.clone(), ApiKey::OffsetCommit, error);
        stage.take_news();
        stage.refuse(ApiKey::OffsetCommit, error);
        let ended = stage.told().into_iter().find(|line| line.starts_with("commit"));
        (ended.map(|line| line.trim_start_matches("commit 0 [0@4] ").to_owned()), follows)
    };
    let failed = |error: &str| Some(format!("failed {error}"));
    let sync = |error| after(CommitMode::Sync, error);
    assert_eq!(sync(ErrorCode::None), (Some("done".into()), "nothing".into()));
    for (error, follows) in [
        (ErrorCode::CoordinatorLoadInProgress, "OffsetCommit"),
        (ErrorCode::UnknownTopicOrPartition, "OffsetCommit"),
        (ErrorCode::NotCoordinator, "FindCoordinator"),
        (ErrorCode::CoordinatorNotAvailable, "FindCoordinator"),
        (ErrorCode::RequestTimedOut, "FindCoordinator"),
    ] {
        assert_eq!(sync(error), (None, follows.into()), "{error}: it is retried");
    }
    for (error, follows) in [
        (ErrorCode::RebalanceInProgress, "revoked, failed, JoinGroup as me"),
        (ErrorCode::IllegalGeneration, "lost, failed, JoinGroup as me"),
        (ErrorCode::UnknownMemberId, "lost, failed, JoinGroup as new"),
        (ErrorCode::FencedInstanceId, "lost, failed, nothing"),
        (ErrorCode::OffsetMetadataTooLarge, "nothing"),
        (ErrorCode::TopicAuthorizationFailed, "nothing"),
    ] {
        let follows = follows.replace("failed, J", "J");
        assert_eq!(sync(error), (failed(error.name()), follows), "{error}");
    }
    let once = after(CommitMode::Async, ErrorCode::CoordinatorLoadInProgress);
    assert_eq!(once, (failed("COORDINATOR_LOAD_IN_PROGRESS"), "nothing".into()));
    let once = after(CommitMode::Async, ErrorCode::NotCoordinator);
    assert_eq!(once, (failed("NOT_COORDINATOR, or not"), "FindCoordinator".into()));
}

#[test]
fn answers_that_make_no_sense_end_the_member_or_the_connection() {
    let mut stage = subscribed(config());
    stage.found(2);
    stage.joined(1, "follower");
    let request = stage.await_request(ApiKey::SyncGroup);
    let garbage = SyncGroupResponse { assignment: Bytes::from_static(&[0, 1, 9]), ..Default::default() };
    stage.answer(&request, &garbage);
    assert_eq!(stage.told(), ["failed INCONSISTENT_GROUP_PROTOCOL"]);

    let mut stage = subscribed(config());
    stage.found(2);
    let request = stage.await_request(ApiKey::JoinGroup);
    let foreign = JoinGroupResponse {
        generation_id: 1,
        protocol_name: Some("sticky".into()),
        member_id: "me".into(),
        ..Default::default()
    };
    stage.answer(&request, &foreign);
    assert_eq!(stage.told(), ["failed INCONSISTENT_GROUP_PROTOCOL"], "nobody asked for that protocol");

    let mut stage = subscribed(config());
    stage.found(2);
    let request = stage.await_request(ApiKey::JoinGroup);
    let nobody = JoinGroupResponse { generation_id: -1, protocol_name: Some("range".into()), ..Default::default() };
    stage.answer(&request, &nobody);
    assert!(stage.closes.contains(&request.conn), "neither generation nor member id");
    assert_eq!(stage.told(), [""; 0]);
}

#[test]
fn of_a_member_that_cannot_be_read_the_leader_takes_no_notice() {
    let mut stage = subscribed(config());
    stage.found(2);
    let request = stage.await_request(ApiKey::JoinGroup);
    let body: JoinGroupRequest = request.read();
    let row =
        |id: &str, metadata: Bytes| JoinGroupResponseMember { member_id: id.into(), metadata, ..Default::default() };
    let answer = JoinGroupResponse {
        generation_id: 1,
        protocol_name: Some("range".into()),
        leader: "me".into(),
        member_id: "me".into(),
        members: vec![row("me", body.protocols[0].metadata.clone()), row("odd", Bytes::from_static(&[1]))],
        ..Default::default()
    };
    stage.answer(&request, &answer);
    let body: SyncGroupRequest = stage.await_request(ApiKey::SyncGroup).read();
    let shares: Vec<_> = body.assignments.iter().map(|row| (&*row.member_id, row.assignment.clone())).collect();
    assert_eq!(shares, [("me", assignment(&[0, 1])), ("odd", assignment(&[]))]);
}
