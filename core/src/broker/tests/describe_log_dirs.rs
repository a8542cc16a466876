//! DescribeLogDirs, as clients see it.

use super::stand::{Stand, code, place, stand_with, topic};
use crate::io::{ConnId, DirId};
use crate::replica::{LogSize, PartitionAnswer, PartitionAsk};
use crate::types::{ErrorCode, NodeId};
use crate::wire::DescribeLogDirsRequest;
use crate::wire::describe_log_dirs::{DescribableLogDirTopic, DescribeLogDirsResponse, DescribeLogDirsResult};
use bytestring::ByteString;
use std::sync::Arc;

/// Node 1 with directories `/a`, `/b` and `/c`, all in use; topic `t` of 4 partitions, and `u` of 2, of whose second
/// partition node 1 has no replica.
fn three() -> Stand {
    let mut stand = stand_with(
        |config| config.log_dirs = ["/a", "/b", "/c"].map(Arc::from).to_vec(),
        |image| {
            let mut other = topic("u", 2, &[1, 2]);
            other.partitions[1].replicas = vec![NodeId(2)];
            image.put_topic(other);
        },
    );
    stand.tell(|broker, _, _| broker.on_log_dirs(&[DirId(0), DirId(1), DirId(2)]));
    stand
}

fn request(topics: &[(&str, &[i32])]) -> DescribeLogDirsRequest {
    let topic = |(name, partitions): &(&str, &[i32])| DescribableLogDirTopic {
        topic: ByteString::from(*name),
        partitions: partitions.to_vec(),
    };
    DescribeLogDirsRequest { topics: Some(topics.iter().map(topic).collect()) }
}

const ALL: DescribeLogDirsRequest = DescribeLogDirsRequest { topics: None };

fn size(dir: u16, bytes: u64) -> PartitionAnswer {
    PartitionAnswer::LogSize(Ok(LogSize { dir: DirId(dir), bytes }))
}

fn answer(stand: &mut Stand, conn: ConnId, number: i32, version: i16) -> Vec<DescribeLogDirsResult> {
    let answer: DescribeLogDirsResponse = stand.answer(conn, number, version);
    assert_eq!(answer.error_code, 0);
    answer.results
}

/// A directory of the response as text: its name, its error, and its logs with their sizes.
fn told(result: &DescribeLogDirsResult) -> String {
    let mut words = format!("{} {}", result.log_dir, ErrorCode::from_wire(result.error_code));
    for topic in &result.topics {
        for partition in &topic.partitions {
            assert_eq!((partition.offset_lag, partition.is_future_key), (0, false));
            words += &format!(" {}-{}={}", topic.name, partition.partition_index, partition.partition_size);
        }
    }
    words
}

#[test]
fn every_partition_of_this_node_is_asked_and_told_of_in_its_directory() {
    for version in 1..=5 {
        let mut stand = three();
        let conn = stand.connect();
        let number = stand.send(conn, &ALL, version);
        let asks: Vec<_> = stand.asks.drain(..).collect();
        let asked: Vec<_> = asks.iter().map(|asked| asked.partition).collect();
        assert_eq!(asked, [place(1, 0), place(1, 1), place(1, 2), place(1, 3), place(2, 0)]);
        assert!(asks.iter().all(|asked| asked.what == PartitionAsk::LogSize));
        stand.reply(&asks[4], size(0, 50));
        stand.reply(&asks[2], size(0, 30));
        stand.reply(&asks[1], size(2, 20));
        stand.reply(&asks[0], size(0, 10));
        assert!(stand.is_silent(conn));
        // A replica that is still loading is left out of the response.
        stand.reply(&asks[3], PartitionAnswer::LogSize(Err(ErrorCode::NotLeaderOrFollower)));
        let results = answer(&mut stand, conn, number, version);
        let words: Vec<_> = results.iter().map(told).collect();
        assert_eq!(words, ["/a NONE t-0=10 t-2=30 u-0=50", "/b NONE", "/c NONE t-1=20"], "version {version}");
        assert!(results.iter().all(|it| (it.total_bytes, it.usable_bytes, it.is_cordoned) == (-1, -1, false)));
    }
}

#[test]
fn only_the_partitions_that_are_named_and_here_are_asked() {
    let mut stand = three();
    let conn = stand.connect();
    let number = stand.send(conn, &request(&[("u", &[0, 1, 7, -1]), ("t", &[3, 3]), ("none", &[0]), ("t", &[3])]), 4);
    let asks: Vec<_> = stand.asks.drain(..).collect();
    assert_eq!(asks.iter().map(|asked| asked.partition).collect::<Vec<_>>(), [place(1, 3), place(2, 0)]);
    stand.reply(&asks[0], size(1, 5));
    stand.reply(&asks[1], size(1, 6));
    let words: Vec<_> = answer(&mut stand, conn, number, 4).iter().map(told).collect();
    assert_eq!(words, ["/a NONE", "/b NONE t-3=5 u-0=6", "/c NONE"]);
}

#[test]
fn no_topics_ask_for_the_directories_alone() {
    let mut stand = three();
    let conn = stand.connect();
    let number = stand.send(conn, &request(&[]), 4);
    let words: Vec<_> = answer(&mut stand, conn, number, 4).iter().map(told).collect();
    assert_eq!(words, ["/a NONE", "/b NONE", "/c NONE"]);
}

#[test]
fn a_failed_directory_has_an_error_and_no_logs() {
    let mut stand = three();
    let conn = stand.connect();
    let number = stand.send(conn, &request(&[("t", &[0, 1])]), 4);
    let asks: Vec<_> = stand.asks.drain(..).collect();
    stand.reply(&asks[0], size(1, 5));
    // The directory fails before the other partition has answered.
    stand.tell(|broker, _, _| broker.on_log_dirs(&[DirId(0), DirId(2)]));
    stand.reply(&asks[1], PartitionAnswer::LogSize(Err(ErrorCode::KafkaStorageError)));
    let results = answer(&mut stand, conn, number, 4);
    let words: Vec<_> = results.iter().map(told).collect();
    assert_eq!(words, ["/a NONE", "/b KAFKA_STORAGE_ERROR", "/c NONE"]);
    assert_eq!(results[1].error_code, code(ErrorCode::KafkaStorageError));
}

#[test]
fn what_does_not_answer_in_time_is_left_out() {
    let mut stand = three();
    let conn = stand.connect();
    let number = stand.send(conn, &request(&[("t", &[0, 1])]), 4);
    let asked = stand.next_ask();
    stand.reply(&asked, size(0, 5));
    stand.pass_ms(9_999);
    assert!(stand.is_silent(conn));
    stand.pass_ms(1);
    let words: Vec<_> = answer(&mut stand, conn, number, 4).iter().map(told).collect();
    assert_eq!(words, ["/a NONE t-0=5", "/b NONE", "/c NONE"]);
}

#[test]
fn a_partition_that_is_named_often_is_asked_once() {
    let mut stand = three();
    let conn = stand.connect();
    stand.send(conn, &request(&[("t", &[0; 99_999])]), 4);
    assert_eq!((stand.asks.len(), stand.rude().len()), (1, 0));
    stand.send(conn, &request(&[("t", &[0; 100_000])]), 4);
    assert_eq!(stand.rude(), vec!["a request that names more than any cluster has"]);
}

/// As in `ReplicaManager.describeLogDirs`, every log on this node is described, whichever broker leads its partition.
#[test]
fn a_replica_that_another_broker_leads_is_told_of() {
    let mut stand = stand_with(
        |config| config.log_dirs = vec![Arc::from("/a")],
        |image| {
            let mut led_elsewhere = topic("u", 2, &[2]);
            led_elsewhere.partitions[0].replicas = vec![NodeId(2), NodeId(1)];
            image.put_topic(led_elsewhere);
        },
    );
    stand.tell(|broker, _, _| broker.on_log_dirs(&[DirId(0)]));
    let conn = stand.connect();
    let number = stand.send(conn, &request(&[("u", &[0])]), 1);
    let asked = stand.next_ask();
    stand.reply(&asked, size(0, 7));
    assert_eq!(told(&answer(&mut stand, conn, number, 1)[0]), "/a NONE u-0=7");
}
