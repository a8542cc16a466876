//! Commits: order, retries, and what ends them.

use super::{batch, config, cooperative, reading};
use crate::client::tests::stage::Stage;
use crate::client::*;
use crate::types::ErrorCode;
use crate::wire::*;

#[test]
fn a_commit_is_not_sent_under_another_generation_than_its_own() {
    let mut stage = reading(cooperative(), &[0], 4);
    stage.pass(2_990);
    stage.commit(CommitMode::Sync);
    stage.pass(10);
    stage.refuse(ApiKey::OffsetCommit, ErrorCode::CoordinatorLoadInProgress);
    // The heartbeat tells that the generation is over before the commit is sent again.
    stage.refuse(ApiKey::Heartbeat, ErrorCode::IllegalGeneration);
    let told = stage.told();
    let ends: Vec<_> = told.iter().filter(|line| line.contains("failed")).collect();
    assert_eq!(ends, ["commit 0 [0@4] failed UNKNOWN_MEMBER_ID"]);
    stage.poll();
    assert_eq!(stage.told(), ["lost [0] of 1"]);
    let id = stage.commit(CommitMode::Async);
    assert_eq!(stage.told(), [format!("commit {} [] done", id.0)], "there is nothing to commit");
}

#[test]
fn later_commits_wait_for_one_that_may_be_sent_again() {
    let mut stage = reading(config(), &[0], 4);
    stage.commit(CommitMode::Async);
    stage.commit(CommitMode::Async);
    let in_flight =
        |stage: &Stage<GroupConsumer>| stage.requests.iter().filter(|it| it.key == ApiKey::OffsetCommit).count();
    assert_eq!(in_flight(&stage), 2, "what is sent once goes one behind the other");
    stage.commit(CommitMode::Sync);
    stage.commit(CommitMode::Async);
    assert_eq!(in_flight(&stage), 3);
    for _ in 0..3 {
        stage.refuse(ApiKey::OffsetCommit, ErrorCode::None);
    }
    assert_eq!(in_flight(&stage), 1, "the last one goes when the one before it is answered");
}

#[test]
fn a_commit_that_is_retried_ends_by_the_api_timeout() {
    let mut stage = reading(GroupConsumerConfig { api_timeout_ms: 5_000, ..config() }, &[0], 4);
    stage.commit(CommitMode::Sync);
    for _ in 0..3 {
        stage.refuse(ApiKey::OffsetCommit, ErrorCode::CoordinatorLoadInProgress);
        if stage.has_request(ApiKey::Heartbeat) {
            stage.refuse(ApiKey::Heartbeat, ErrorCode::None);
        }
        stage.pass(1_500);
    }
    assert_eq!(stage.told().len(), 4, "it was sent four times");
    stage.pass(500);
    assert_eq!(stage.told(), ["commit 0 [0@4] failed REQUEST_TIMED_OUT, or not"]);
}

#[test]
fn automatic_commits_come_by_their_interval_in_polls() {
    let mut stage = reading(GroupConsumerConfig { auto_commit: true, ..config() }, &[0], 4);
    stage.fetched(vec![batch(4, 5, &["a"])]);
    stage.poll();
    assert_eq!(stage.told(), ["polled 0: 4..5"]);
    stage.pass(5_000);
    assert!(stage.client.wants_poll(stage.now.mono));
    assert_eq!(stage.told(), [""; 0]);
    stage.poll();
    assert_eq!(stage.told(), ["commit 0 [0@5] sent"]);
    stage.refuse(ApiKey::Heartbeat, ErrorCode::None);
    stage.refuse(ApiKey::OffsetCommit, ErrorCode::CoordinatorLoadInProgress);
    stage.told();
    stage.pass(100);
    stage.poll();
    assert_eq!(stage.told(), ["commit 1 [0@5] sent"], "after an error it is made again soon");
}
