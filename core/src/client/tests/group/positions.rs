//! Positions and what is handed out.

use super::{batch, config, reading, stable};
use crate::client::tests::stage::{First, TOPIC, TOPIC_ID};
use crate::client::*;
use crate::types::{ErrorCode, Offset};
use crate::wire::fetch::{FetchableTopicResponse, PartitionData};
use crate::wire::*;

#[test]
fn no_more_than_max_poll_records_are_handed_out_and_a_paused_partition_waits() {
    let mut stage = reading(GroupConsumerConfig { max_poll_records: 3, ..config() }, &[0], 4);
    stage.fetched(vec![batch(4, 5, &["a", "b"]), batch(6, 6, &["c", "d", "e"])]);
    stage.poll();
    assert_eq!(stage.told(), ["polled 0: 4..7"]);
    stage.client.pause(TOPIC, 0);
    stage.poll();
    assert_eq!(stage.told(), [""; 0]);
    assert!(!stage.client.wants_poll(stage.now.mono));
    let mut out = Vec::new();
    stage.client.resume(TOPIC, 0, stage.now, &mut First, &mut out);
    stage.perform(out);
    stage.poll();
    let news = stage.take_news();
    let GroupNews::Polled(fetched) = &news[0] else { panic!("{news:?}") };
    let records: Vec<i64> = fetched.records().map(|record| record.unwrap().offset.0).collect();
    assert_eq!((fetched.from.0, fetched.next.0, records), (7, 9, vec![7, 8]));
    stage.commit(CommitMode::Sync);
    let body: OffsetCommitRequest = stage.await_request(ApiKey::OffsetCommit).read();
    let row = &body.topics[0].partitions[0];
    assert_eq!((row.committed_offset, row.committed_leader_epoch), (9, 6));
}

#[test]
fn where_nothing_is_committed_the_reset_policy_says_where_to_begin() {
    let mut stage = stable(config(), &[0]);
    let request = stage.await_request(ApiKey::OffsetFetch);
    stage.offsets(&request, &[0], -1, -1);
    let body: ListOffsetsRequest = stage.await_request(ApiKey::ListOffsets).read();
    assert_eq!(body.topics[0].partitions[0].timestamp, -2);

    let mut none = config();
    none.consumer.reset = OffsetReset::None;
    let mut stage = stable(none, &[0]);
    stage.told();
    let request = stage.await_request(ApiKey::OffsetFetch);
    stage.offsets(&request, &[0], -1, -1);
    assert_eq!(stage.told(), ["no offset for 0"]);
    assert_eq!(stage.client.position(TOPIC, 0), None);
}

#[test]
fn a_committed_offset_is_validated_against_a_newer_leader() {
    let mut stage = stable(config(), &[0]);
    let request = stage.await_request(ApiKey::OffsetFetch);
    stage.offsets(&request, &[0], 9, 3);
    let request = stage.await_request(ApiKey::OffsetForLeaderEpoch);
    let body: OffsetForLeaderEpochRequest = request.read();
    assert_eq!(body.topics[0].partitions[0].leader_epoch, 3, "KIP-320");
    let row = offset_for_leader_epoch::EpochEndOffset { leader_epoch: 3, end_offset: 6, ..Default::default() };
    let topic = offset_for_leader_epoch::OffsetForLeaderTopicResult { topic: TOPIC.into(), partitions: vec![row] };
    stage.answer(&request, &OffsetForLeaderEpochResponse { topics: vec![topic], ..Default::default() });
    assert_eq!(stage.client.position(TOPIC, 0), Some(Offset(6)), "the rest is gone");
    assert_eq!(stage.await_request(ApiKey::Fetch).read::<FetchRequest>().topics[0].partitions[0].fetch_offset, 6);
}

#[test]
fn what_is_buffered_behind_a_truncation_is_not_handed_out() {
    let mut stage = reading(GroupConsumerConfig { max_poll_records: 1, ..config() }, &[0], 4);
    stage.fetched(vec![batch(4, 5, &["a", "b", "c", "d"])]);
    stage.poll();
    assert_eq!(stage.told(), ["polled 0: 4..5"]);
    // A new leader whose log ends before what was fetched, and behind what was handed out.
    stage.leaders.insert(0, (3, 6));
    let request = stage.await_request(ApiKey::Fetch);
    let row = PartitionData { error_code: ErrorCode::NotLeaderOrFollower.to_wire(), ..Default::default() };
    let topic = FetchableTopicResponse { topic_id: TOPIC_ID, partitions: vec![row], ..Default::default() };
    stage.answer(&request, &FetchResponse { responses: vec![topic], ..Default::default() });
    stage.pass(300);
    let request = stage.await_request(ApiKey::OffsetForLeaderEpoch);
    let end = |end_offset| {
        let row = offset_for_leader_epoch::EpochEndOffset { leader_epoch: 5, end_offset, ..Default::default() };
        let topic = offset_for_leader_epoch::OffsetForLeaderTopicResult { topic: TOPIC.into(), partitions: vec![row] };
        OffsetForLeaderEpochResponse { topics: vec![topic], ..Default::default() }
    };
    stage.answer(&request, &end(6));
    stage.poll();
    assert_eq!(stage.told(), [""; 0], "what is buffered is fetched again");
    let request = stage.await_request(ApiKey::OffsetForLeaderEpoch);
    assert_eq!(request.read::<OffsetForLeaderEpochRequest>().topics[0].partitions[0].leader_epoch, 5);
    stage.answer(&request, &end(6));
    let body: FetchRequest = stage.requests.iter().find(|it| it.key == ApiKey::Fetch).unwrap().read();
    assert_eq!(body.topics[0].partitions[0].fetch_offset, 5);
    assert_eq!(stage.client.position(TOPIC, 0), Some(Offset(5)));
}
