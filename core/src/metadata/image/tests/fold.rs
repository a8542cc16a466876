//! Transactions and snapshots.

use super::*;

fn begin() -> MetadataRecord {
    BeginTransactionRecord::default().into()
}

fn end() -> MetadataRecord {
    EndTransactionRecord::default().into()
}

fn abort() -> MetadataRecord {
    AbortTransactionRecord::default().into()
}

fn names(image: &MetadataImage) -> Vec<&str> {
    image.names.keys().map(|it| &**it).collect()
}

/// Replays the records at the offsets from 1 on.
fn fold(records: &[MetadataRecord]) -> MetadataFold {
    let mut fold = MetadataFold::default();
    for (at, record) in (1..).zip(records) {
        fold.replay(record, Offset(at)).unwrap_or_else(|bad| panic!("{bad}"));
    }
    fold
}

#[test]
fn nobody_sees_a_transaction_before_its_end() {
    let mut fold = fold(&[topic_record("a", uuid(1)), begin(), topic_record("b", uuid(2))]);
    assert_eq!((names(fold.image()), fold.image().version), (vec!["a"], ImageVersion(1)));
    assert_eq!(names(fold.image_ahead()), ["a", "b"], "the controller that writes it decides on it");
    assert_eq!((fold.transaction(), fold.snapshot()), (Some(Offset(2)), None));
    fold.replay(&end(), Offset(4)).expect("one is open");
    assert_eq!((names(fold.image()), fold.image().version), (vec!["a", "b"], ImageVersion(4)));
    assert_eq!((fold.transaction(), fold.snapshot()), (None, Some(fold.image())));
}

#[test]
fn nothing_remains_of_an_aborted_transaction() {
    let removes = RemoveTopicRecord { topic_id: uuid(1) }.into();
    let fold = fold(&[topic_record("a", uuid(1)), begin(), topic_record("b", uuid(2)), removes, abort()]);
    assert_eq!((names(fold.image()), fold.image().version), (vec!["a"], ImageVersion(5)));
    assert_eq!((fold.transaction(), fold.snapshot()), (None, Some(fold.image())));
}

#[test]
fn what_follows_a_transaction_counts_at_once() {
    let records =
        [begin(), topic_record("a", uuid(1)), end(), topic_record("b", uuid(2)), begin(), abort(), begin(), end()];
    assert_eq!(names(fold(&records).image()), ["a", "b"]);
}

#[test]
fn transactions_are_not_nested_and_end_once() {
    let mut open = fold(&[begin()]);
    let bad = open.replay(&begin(), Offset(2)).map_err(|bad| bad.why);
    assert_eq!(bad, Err(Contradiction::NestedTransaction { began: Offset(1) }));
    assert_eq!(open.transaction(), Some(Offset(1)), "the open one stays open");
    for record in [end(), abort()] {
        let mut fold = fold(&[begin(), end()]);
        let bad = fold.replay(&record, Offset(3));
        assert_eq!(bad, Err(BadReplay { at: Offset(3), record: record.name(), why: Contradiction::NoTransaction }));
    }
}

#[test]
fn a_contradiction_inside_of_a_transaction_is_one() {
    let mut fold = fold(&[begin(), topic_record("a", uuid(1))]);
    let bad = fold.replay(&topic_record("a", uuid(2)), Offset(3)).map_err(|bad| (bad.at, bad.record));
    assert_eq!(bad, Err((Offset(3), "TopicRecord")));
}

#[test]
fn a_snapshot_begins_with_nothing_and_has_no_transaction() {
    let before = MetadataImage { cluster_id: "c".into(), controller: Some(NodeId(3)), ..orders(1) };
    let mut snapshot = SnapshotFold::new(&before);
    snapshot.replay(&topic_record("a", uuid(1))).expect("it is taken");
    for record in [begin(), end(), abort()] {
        let bad = BadReplay { at: Offset(1), record: record.name(), why: Contradiction::TransactionOutsideOfLog };
        assert_eq!(snapshot.replay(&record), Err(bad));
    }
    let image = snapshot.finish(Offset(77)).expect("it is whole");
    assert_eq!((names(&image), image.version), (vec!["a"], ImageVersion(77)));
    assert_eq!((&*image.cluster_id, image.controller), ("c", Some(NodeId(3))));
}

#[test]
fn a_snapshot_that_lacks_a_partition_is_refused() {
    let mut snapshot = SnapshotFold::default();
    let records = [topic_record("orders", TOPIC), partition_record(2).into(), partition_record(0).into()];
    records.iter().for_each(|record| snapshot.replay(record).expect("it is taken"));
    let missing = TopicPartition { partition: 1, ..OF };
    assert_eq!(snapshot.clone().finish(Offset(1)), Err(Contradiction::MissingPartition(missing)));
    snapshot.replay(&partition_record(1).into()).expect("it is taken");
    assert_eq!(snapshot.finish(Offset(1)).map(|image| image.partition_count()), Ok(3));
}
