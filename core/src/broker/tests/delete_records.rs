//! DeleteRecords, as clients see it.

use super::stand::{code, place, stand, stand_with, topic};
use crate::replica::{PartitionAnswer, PartitionAsk};
use crate::types::{ErrorCode, Offset};
use crate::wire::DeleteRecordsRequest;
use crate::wire::delete_records::{DeleteRecordsPartition, DeleteRecordsResponse, DeleteRecordsTopic};

fn request(topics: &[(&str, &[(i32, i64)])]) -> DeleteRecordsRequest {
    let partition = |(partition_index, offset): &(i32, i64)| DeleteRecordsPartition {
        partition_index: *partition_index,
        offset: *offset,
    };
    let topic = |(name, partitions): &(&str, &[(i32, i64)])| DeleteRecordsTopic {
        name: (*name).into(),
        partitions: partitions.iter().map(partition).collect(),
    };
    DeleteRecordsRequest { topics: topics.iter().map(topic).collect(), timeout_ms: 3000 }
}

fn rows(answer: DeleteRecordsResponse) -> Vec<(i32, i16, i64)> {
    let rows = answer.topics.into_iter().flat_map(|topic| topic.partitions);
    rows.map(|row| (row.partition_index, row.error_code, row.low_watermark)).collect()
}

#[test]
fn each_partition_answers_for_itself() {
    for version in 0..=2 {
        let mut stand = stand();
        let conn = stand.connect();
        let number = stand.send(conn, &request(&[("t", &[(0, 5), (1, -1), (2, 7)])]), version);
        let asks: Vec<_> = stand.asks.drain(..).collect();
        let deadline = stand.now.mono.plus_ms(3000);
        let asked: Vec<_> = asks.iter().map(|asked| (asked.partition, asked.what.clone())).collect();
        let what = |to: Option<i64>| PartitionAsk::DeleteRecords { to: to.map(Offset), deadline };
        assert_eq!(
            asked,
            [(place(1, 0), what(Some(5))), (place(1, 1), what(None)), (place(1, 2), what(Some(7)))],
            "-1 is the high watermark"
        );
        stand.reply(&asks[0], PartitionAnswer::RecordsDeleted(Ok(Offset(5))));
        stand.reply(&asks[2], PartitionAnswer::RecordsDeleted(Err(ErrorCode::OffsetOutOfRange)));
        assert!(stand.is_silent(conn));
        // The partition should answer at the deadline. If its shard is stuck, the session waits a little longer.
        stand.pass_ms(3000);
        assert!(stand.is_silent(conn));
        stand.pass_ms(500);
        let answer = rows(stand.answer(conn, number, version));
        let (out, late) = (code(ErrorCode::OffsetOutOfRange), code(ErrorCode::RequestTimedOut));
        assert_eq!(answer, [(0, 0, 5), (1, late, -1), (2, out, -1)]);
    }
}

#[test]
fn what_cannot_be_deleted_is_not_asked() {
    let mut stand = stand_with(|_| {}, |image| image.put_topic(topic("__consumer_offsets", 9, &[1])));
    let conn = stand.connect();
    let all: &[(&str, &[(i32, i64)])] =
        &[("t", &[(9, 0), (0, -2), (1, 3), (1, 4)]), ("none", &[(0, 0)]), ("__consumer_offsets", &[(0, 0)])];
    let number = stand.send(conn, &request(all), 2);
    assert_eq!(stand.asks.len(), 1);
    let asked = stand.next_ask();
    stand.reply(&asked, PartitionAnswer::RecordsDeleted(Ok(Offset(3))));
    let unknown = code(ErrorCode::UnknownTopicOrPartition);
    assert_eq!(
        rows(stand.answer(conn, number, 2)),
        [
            (9, unknown, -1),
            (0, code(ErrorCode::OffsetOutOfRange), -1),
            (1, 0, 3),
            (1, code(ErrorCode::InvalidRequest), -1),
            (0, unknown, -1),
            (0, code(ErrorCode::InvalidTopicException), -1),
        ]
    );
}
