//! Tests of a coordinator that loads a log which others wrote.

use super::asks::{commit_of, sync_of};
use super::stand::{Stand, config, join_of, with_base};
use crate::group::records;
use crate::group::{Coordinator, GroupConfig, GroupState};
use crate::io::Site;
use crate::record::{BatchBuilder, EndTxnMarker, TransactionResult, end_txn_batch};
use crate::types::{ErrorCode, Offset, ProducerEpoch, ProducerId, Timestamp};
use crate::wire::group_metadata_record::MemberMetadata;
use crate::wire::{GroupCoordinatorRecord, GroupMetadataValue};
use bytes::Bytes;

#[test]
fn a_stable_group_goes_on_with_fresh_sessions() {
    let mut stand = Stand::new();
    let ids = stand.stable("g", 2);
    assert_eq!(stand.commit_offset("g", &ids[0], 1, "t", 5), ErrorCode::None);
    stand.pass_ms(9_000);
    stand.restart();
    assert_eq!(stand.state_of("g"), Some(GroupState::Stable));
    stand.pass_ms(9_999);
    assert_eq!([0, 1].map(|at| stand.heartbeat("g", &ids[at], 1)), [ErrorCode::None; 2]);
    assert_eq!(stand.commit_offset("g", &ids[1], 1, "t", 6), ErrorCode::None);
    let sync = stand.sync(sync_of("g", &ids[1], 1, &[]));
    assert_eq!(stand.synced(sync), ids[1]);
    stand.pass_ms(10_001);
    assert_eq!(stand.state_of("g"), Some(GroupState::Empty), "sessions end");
}

#[test]
fn a_rebalance_that_was_under_way_is_the_members_to_begin_again() {
    let mut stand = Stand::new();
    let ids = stand.stable("g", 2);
    let third = stand.member_id("g");
    stand.join(join_of("g", &third, None));
    stand.restart();
    assert_eq!(stand.state_of("g"), Some(GroupState::Stable), "what is persisted");
    assert_eq!(stand.heartbeat("g", &ids[0], 1), ErrorCode::None);
    let join = stand.join(join_of("g", &third, None));
    assert_eq!(stand.join_error(join), ErrorCode::UnknownMemberId, "it was never in the log");
    let third = stand.member_id("g");
    let joins = [third.as_str(), &ids[0], &ids[1]].map(|id| stand.join(join_of("g", id, None)));
    stand.settle("g", &joins);
}

#[test]
fn an_empty_group_and_a_simple_one_come_back_as_they_were() {
    let mut stand = Stand::new();
    let ids = stand.stable("g", 1);
    stand.leave("g", &[(&ids[0], None)]);
    stand.commit_offset("simple", "", -1, "t", 3);
    stand.member_id("new");
    let before = stand.list(&[], &[]);
    stand.restart();
    assert_eq!(stand.list(&[], &[]), before);
    assert_eq!(before.len(), 3);
    assert_eq!((stand.generation_of("g"), stand.fetch_offset("simple", "t")), (Some(2), 3));
    // The new generation continues the old numbers.
    let fixed = stand.join(join_of("g", "", Some("i")));
    stand.pass_ms(3_000);
    assert_eq!(stand.joined(fixed).generation_id, 3);
}

#[test]
fn nothing_is_served_before_the_tail_of_the_former_leader_is_committed() {
    let mut stand = Stand::new();
    stand.commit_offset("g", "", -1, "t", 1);
    stand.commits = false;
    let lost = stand.ask_commit(commit_of("g", "", -1, "t", 2));
    stand.restart();
    assert_eq!(stand.error_of(lost), ErrorCode::NotCoordinator);
    assert!(!stand.coordinator.is_active() && stand.coordinator.wants_records().is_none());
    assert!(stand.probes.reached.contains(&Site::GroupLoadedUncommittedTail));
    let fetch = stand.ask_fetch(super::asks::fetch_of("g", None), false);
    assert_eq!(stand.error_of(fetch), ErrorCode::CoordinatorLoadInProgress);
    stand.commit_all();
    assert!(stand.coordinator.is_active());
    assert_eq!(stand.fetch_offset("g", "t"), 2, "the record survived, so it counts");
}

#[test]
fn a_commit_is_sent_again_to_the_next_coordinator() {
    let mut stand = Stand::new();
    let ids = stand.stable("g", 1);
    stand.commits = false;
    let commit = stand.ask_commit(commit_of("g", &ids[0], 1, "t", 5));
    stand.log.truncate(stand.high_watermark);
    stand.restart();
    assert_eq!(stand.error_of(commit), ErrorCode::NotCoordinator);
    stand.commits = true;
    assert_eq!(stand.fetch_offset("g", "t"), -1, "the former leader's tail is gone");
    assert_eq!(stand.commit_offset("g", &ids[0], 1, "t", 5), ErrorCode::None);
    assert_eq!(stand.fetch_offset("g", "t"), 5);
}

#[test]
fn loading_goes_on_over_what_compaction_left() {
    let mut stand = Stand::new();
    for offset in 0..6 {
        stand.commit_offset("g", "", -1, "t", offset);
    }
    stand.commit_offset("h", "", -1, "t", 9);
    // Compaction has kept only the last record of each key, so batches are missing at the beginning, in the middle and
    // at the end.
    stand.log.put(&[records::offset_tombstone(&"unknown".into(), &"t".into(), 0)]);
    stand.log.put(&[records::group_tombstone(&"unknown".into())]);
    stand.commit_all();
    let whole = stand.log.fold(stand.log.end());
    let end = stand.log.end();
    let left: Vec<Bytes> = [5, 6].map(|at: usize| stand.log.batches[at].2.clone()).to_vec();
    stand.restart_unloaded();
    assert_eq!(stand.coordinator.wants_records(), Some(Offset::ZERO));
    stand.commit(end);
    stand.hand(&left[..1]);
    assert_eq!(stand.coordinator.wants_records(), Some(Offset(6)));
    // This read begins with a batch below the wanted offset.
    stand.hand(&left);
    assert_eq!(stand.coordinator.wants_records(), Some(Offset(7)));
    assert!(!stand.coordinator.is_active());
    stand.hand(&[]);
    assert_eq!(stand.coordinator.wants_records(), None);
    assert!(stand.coordinator.is_active());
    assert!(stand.coordinator.state().0.latest() == &whole);
}

fn batch_of(key: &[u8], value: Option<&[u8]>) -> Bytes {
    let mut builder = BatchBuilder::new(0);
    builder.append(Timestamp(0), Some(key), value, &[]);
    builder.build()
}

/// Whether a coordinator serves after it has loaded `batch`, which follows a valid batch.
fn serves_with(batch: &Bytes) -> bool {
    let mut stand = Stand::new();
    stand.commit_offset("g", "", -1, "t", 1);
    let batch = with_base(batch, stand.log.end());
    let base = stand.log.end();
    stand.log.batches.push((base, vec![records::group_tombstone(&"x".into())], batch));
    stand.high_watermark = stand.log.end();
    stand.restart_unloaded();
    stand.load();
    stand.coordinator.is_active()
}

#[test]
fn what_cannot_be_understood_for_sure_is_not_served() {
    let encoded = |record: &GroupCoordinatorRecord| record.encode(&mut bytes::BytesMut::new());
    let good = encoded(&records::new_group(&"h".into(), 1));
    let good_batch = batch_of(&good.key, good.value.as_deref());
    assert!(serves_with(&good_batch));
    // A newer broker's record of an unknown type, and a record of a consumer group, are skipped.
    assert!(serves_with(&batch_of(&[0, 99, 1], Some(&[1, 2, 3]))));
    assert!(serves_with(&batch_of(&[0, 3, 0, 1, b'g'], Some(&[0, 0, 0, 0, 0, 1, 0]))));
    let marker = EndTxnMarker { result: TransactionResult::Commit, coordinator_epoch: 1 };
    assert!(serves_with(&end_txn_batch(ProducerId(1), ProducerEpoch(0), Timestamp(0), marker)));

    let compressed = {
        let mut bytes = good_batch.to_vec();
        bytes[22] |= 1;
        let crc = crate::record::crc32c(&bytes[21..]);
        bytes[17..21].copy_from_slice(&crc.to_be_bytes());
        Bytes::from(bytes)
    };
    let mut rotten = good_batch.to_vec();
    *rotten.last_mut().unwrap() ^= 1;
    let mut transactional = BatchBuilder::new(0).with_producer(ProducerId(1), ProducerEpoch(0), 0).transactional();
    transactional.append(Timestamp(0), Some(&good.key), good.value.as_deref(), &[]);
    let mut keyless = BatchBuilder::new(0);
    keyless.append(Timestamp(0), None, Some(b"x"), &[]);
    for (what, batch) in [
        ("a compressed batch", compressed),
        ("a rotten batch", rotten.into()),
        ("half a batch", good_batch.slice(..good_batch.len() - 1)),
        ("offsets of a transaction", transactional.build()),
        ("a record without a key", keyless.build()),
        ("a key that ends early", batch_of(&[0, 2, 0, 9], None)),
        ("a value of an unknown version", batch_of(&good.key, Some(&[0, 77]))),
        ("a value that ends early", batch_of(&good.key, Some(&[0, 3, 0, 9]))),
    ] {
        assert!(!serves_with(&batch), "{what}");
    }
}

#[test]
fn a_batch_of_somebody_else_ends_the_coordinator() {
    let mut stand = Stand::new();
    stand.commit_offset("g", "", -1, "t", 1);
    let joining = stand.member_id("g");
    let join = stand.join(join_of("g", &joining, None));
    stand.log.put(&[records::group_tombstone(&"intruder".into())]);
    let id = stand.ask_commit(commit_of("h", "", -1, "t", 2));
    assert_eq!(stand.error_of(id), ErrorCode::NotCoordinator);
    assert_eq!(stand.join_error(join), ErrorCode::NotCoordinator);
    assert_eq!(stand.commit_offset("h", "", -1, "t", 3), ErrorCode::CoordinatorNotAvailable);
}

fn put_group(stand: &mut Stand, value: GroupMetadataValue) {
    stand.log.put(&[records::group(&"g".into(), value)]);
    stand.commit_all_unchecked();
}

impl Stand {
    fn commit_all_unchecked(&mut self) {
        self.high_watermark = self.log.end();
    }
}

fn member(id: &'static str) -> MemberMetadata {
    MemberMetadata {
        member_id: id.into(),
        client_id: "c".into(),
        client_host: "/h".into(),
        rebalance_timeout: 60_000,
        session_timeout: 10_000,
        subscription: Bytes::from_static(b"s"),
        assignment: Bytes::from_static(b"a"),
        group_instance_id: None,
    }
}

#[test]
fn records_that_no_coordinator_writes_are_made_the_best_of() {
    // Members without a protocol have to join again.
    let mut stand = Stand::new();
    put_group(
        &mut stand,
        GroupMetadataValue {
            generation: 4,
            protocol_type: "consumer".into(),
            members: vec![member("a")],
            ..GroupMetadataValue::default()
        },
    );
    stand.restart();
    assert_eq!(stand.state_of("g"), Some(GroupState::PreparingRebalance));
    stand.pass_ms(10_001);
    assert_eq!((stand.state_of("g"), stand.generation_of("g")), (Some(GroupState::Empty), Some(5)));

    // A member that occurs twice, two members with one instance id, a leader that is not a member, a negative
    // generation.
    let mut stand = Stand::new();
    let fixed = |id| MemberMetadata { group_instance_id: Some("i".into()), rebalance_timeout: -1, ..member(id) };
    put_group(
        &mut stand,
        GroupMetadataValue {
            generation: -9,
            protocol_type: "consumer".into(),
            protocol: Some("range".into()),
            leader: Some("nobody".into()),
            members: vec![member("b"), member("b"), fixed("c"), fixed("d")],
            ..GroupMetadataValue::default()
        },
    );
    stand.restart_unloaded();
    stand.load();
    assert_eq!(stand.state_of("g"), Some(GroupState::Stable));
    assert_eq!(stand.describe_unchecked("g"), ["b", "c"]);
}

impl Stand {
    /// The member ids of a group. Works even if the group's record contradicts itself.
    fn describe_unchecked(&self, group: &str) -> Vec<String> {
        let live = self.coordinator.state().1.get(group).expect("the group is live");
        live.describe().members.iter().map(|member| member.member_id.to_string()).collect()
    }
}

#[test]
fn many_members_are_restored_in_steps() {
    let mut stand = Stand::new();
    for group in 0..40 {
        let members =
            (0..100).map(|at| MemberMetadata { member_id: format!("m{at:03}").into(), ..member("") }).collect();
        let value = GroupMetadataValue {
            generation: 1,
            protocol_type: "consumer".into(),
            protocol: Some("range".into()),
            leader: Some("m000".into()),
            members,
            ..GroupMetadataValue::default()
        };
        stand.log.put(&[records::group(&format!("g{group}").into(), value)]);
    }
    stand.high_watermark = stand.log.end();
    stand.restart_unloaded();
    stand.commit(stand.high_watermark);
    while let Some(wanted) = stand.coordinator.wants_records() {
        let batches: Vec<Bytes> = stand.batches_from(wanted).take(10).collect();
        stand.hand(&batches);
    }
    assert!(!stand.coordinator.is_active());
    let heartbeat = stand.heartbeat("g39", "m000", 1);
    assert_eq!(heartbeat, ErrorCode::None);
    let mut wakes = 0;
    while !stand.coordinator.is_active() {
        stand.wake();
        wakes += 1;
    }
    assert_eq!(wakes, 4, "forty groups of a hundred members, ten in a call; the first ten came with the last commit");
    assert_eq!(stand.heartbeat("g39", "m000", 1), ErrorCode::None);
    assert_eq!(stand.heartbeat("g39", "m000", 2), ErrorCode::IllegalGeneration);
}

#[test]
fn a_coordinator_is_a_value_that_moves_between_threads() {
    fn is_value<T: Clone + Send + core::fmt::Debug>(_: &T) {}
    let stand = Stand::with(GroupConfig { max_size: 5, ..config() });
    is_value::<Coordinator>(&stand.coordinator);
}
