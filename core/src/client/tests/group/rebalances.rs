//! Rebalances: what is given up when, and what starts one.

use super::{assignment, batch, config, cooperative, reading, stable, subscribed};
use crate::client::tests::stage::{First, TOPIC};
use crate::client::*;
use crate::types::{ErrorCode, Offset};
use crate::wire::*;

#[test]
fn an_eager_member_commits_and_gives_everything_up_before_it_joins_again() {
    let mut stage = reading(GroupConsumerConfig { auto_commit: true, ..config() }, &[0, 1], 4);
    stage.pass(3_000);
    stage.refuse(ApiKey::Heartbeat, ErrorCode::RebalanceInProgress);
    stage.fetched(vec![batch(4, 5, &["a"])]);
    assert_eq!(stage.told(), [""; 0]);
    stage.poll();
    assert_eq!(stage.told(), ["revoking [0 1] of 1", "commit 0 [0@4 1@4] sent"], "nothing more is handed out");
    assert!(!stage.has_request(ApiKey::JoinGroup) && !stage.client.wants_poll(stage.now.mono));
    stage.refuse(ApiKey::OffsetCommit, ErrorCode::None);
    assert!(stage.client.wants_poll(stage.now.mono));
    stage.poll();
    assert_eq!(stage.told(), ["commit 0 [0@4 1@4] done", "revoked [0 1] of 1"]);
    let request = stage.joined(2, "follower");
    let body: JoinGroupRequest = request.read();
    let subscription: ConsumerProtocolSubscription =
        decode_consumer_protocol(body.protocols[0].metadata.clone()).unwrap();
    assert_eq!((&*body.member_id, subscription.owned_partitions.len(), subscription.generation_id), ("me", 0, 1));
    stage.synced(&[1]);
    stage.poll();
    assert_eq!(stage.told(), ["joined 2", "assigned [1] of 2"]);
}

#[test]
fn without_automatic_commits_the_user_commits_between_revoking_and_revoked() {
    let mut stage = reading(config(), &[0], 4);
    stage.pass(3_000);
    stage.refuse(ApiKey::Heartbeat, ErrorCode::RebalanceInProgress);
    stage.poll();
    assert_eq!(stage.told(), ["revoking [0] of 1"]);
    stage.commit(CommitMode::Sync);
    stage.poll();
    assert_eq!(stage.told(), ["commit 0 [0@4] sent"], "the commit is waited for");
    stage.refuse(ApiKey::OffsetCommit, ErrorCode::None);
    stage.poll();
    assert_eq!(stage.told(), ["commit 0 [0@4] done", "revoked [0] of 1"]);
    assert!(stage.has_request(ApiKey::JoinGroup));
}

#[test]
fn a_cooperative_member_reads_on_and_gives_up_only_what_moves() {
    let mut stage = reading(cooperative(), &[0, 1], 4);
    stage.pass(3_000);
    stage.refuse(ApiKey::Heartbeat, ErrorCode::RebalanceInProgress);
    stage.poll();
    assert_eq!(stage.told(), [""; 0], "nothing is given up before the assignment");
    stage.fetched(vec![batch(4, 5, &["a"])]);
    stage.poll();
    assert_eq!(stage.told(), ["polled 0: 4..5"], "it reads on while the group rebalances");
    let request = stage.joined(2, "follower");
    let body: JoinGroupRequest = request.read();
    let subscription: ConsumerProtocolSubscription =
        decode_consumer_protocol(body.protocols[0].metadata.clone()).unwrap();
    assert_eq!(subscription.owned_partitions[0].partitions, [0, 1], "KIP-429");
    stage.synced(&[0]);
    stage.poll();
    assert_eq!(stage.told(), ["joined 2", "assigned [] of 2", "revoking [1] of 2"]);
    stage.poll();
    assert_eq!(stage.told(), ["revoked [1] of 2"]);
    let request = stage.joined(3, "follower");
    let body: JoinGroupRequest = request.read();
    let subscription: ConsumerProtocolSubscription =
        decode_consumer_protocol(body.protocols[0].metadata.clone()).unwrap();
    assert_eq!(subscription.owned_partitions[0].partitions, [0]);
    assert_eq!(stage.client.position(TOPIC, 0), Some(Offset(5)), "it never stopped");
}

#[test]
fn the_leader_waits_for_what_it_does_not_know_and_notices_new_partitions() {
    let mut config = config();
    config.consumer.cluster.metadata_max_age_ms = 5_000;
    let mut stage = subscribed(config);
    stage.found(2);
    stage.joined(1, "me");
    stage.synced(&[0, 1]);
    stage.poll();
    assert_eq!(stage.told(), ["joined 1", "assigned [0 1] of 1"]);
    let request = stage.await_request(ApiKey::OffsetFetch);
    stage.offsets(&request, &[0, 1], 4, 5);
    stage.told();
    stage.leaders.insert(2, (3, 5));
    stage.pass(2_000);
    assert!(!stage.client.wants_poll(stage.now.mono));
    stage.pass(4_000);
    assert!(stage.client.wants_poll(stage.now.mono), "the metadata has been refreshed");
    stage.poll();
    stage.poll();
    assert_eq!(stage.told(), ["revoking [0 1] of 1", "revoked [0 1] of 1"]);
    stage.refuse(ApiKey::Heartbeat, ErrorCode::None);
    stage.joined(2, "me");
    let request = stage.synced(&[0, 1, 2]);
    assert_eq!(request.read::<SyncGroupRequest>().assignments[0].assignment, assignment(&[0, 1, 2]));
}

#[test]
fn a_new_subscription_joins_again() {
    let mut stage = stable(config(), &[0]);
    let mut out = Vec::new();
    stage.client.subscribe([TOPIC, "payments"], stage.now, &mut First, &mut out);
    stage.perform(out);
    stage.poll_where_wanted();
    let body: JoinGroupRequest = stage.await_request(ApiKey::JoinGroup).read();
    let subscription: ConsumerProtocolSubscription =
        decode_consumer_protocol(body.protocols[0].metadata.clone()).unwrap();
    assert_eq!(subscription.topics, [TOPIC, "payments"]);
}

#[test]
fn an_assignment_of_a_topic_that_is_not_wanted_is_not_taken() {
    let mut stage = stable(config(), &[]);
    stage.told();
    let mut out = Vec::new();
    stage.client.subscribe(["payments"], stage.now, &mut First, &mut out);
    stage.perform(out);
    stage.poll_where_wanted();
    stage.joined(2, "follower");
    stage.synced(&[0]);
    stage.poll();
    assert_eq!(stage.told(), ["joined 2"]);
    stage.poll_where_wanted();
    assert!(stage.has_request(ApiKey::JoinGroup));
}
