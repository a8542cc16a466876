//! DescribeTopicPartitions, as clients see it.

use super::stand::{Stand, code, registration, stand, stand_with, topic};
use crate::metadata::BrokerRegistration;
use crate::types::{ErrorCode, NodeId, Uuid};
use crate::wire::DescribeTopicPartitionsRequest;
use crate::wire::describe_topic_partitions::{
    DescribeTopicPartitionsRequestCursor, DescribeTopicPartitionsResponse, TopicRequest,
};
use bytestring::ByteString;
use std::sync::Arc;

fn request(names: &[&str], limit: i32, cursor: Option<(&str, i32)>) -> DescribeTopicPartitionsRequest {
    let name = |name: &&str| TopicRequest { name: ByteString::from(*name) };
    DescribeTopicPartitionsRequest {
        topics: names.iter().map(name).collect(),
        response_partition_limit: limit,
        cursor: cursor.map(|(topic, partition_index)| DescribeTopicPartitionsRequestCursor {
            topic_name: ByteString::from(topic),
            partition_index,
        }),
    }
}

fn call(stand: &mut Stand, request: &DescribeTopicPartitionsRequest) -> DescribeTopicPartitionsResponse {
    let conn = stand.connect();
    stand.call(conn, request, 0)
}

/// Topics `a` of 3 partitions, `c` of 2, and `t` of 4.
fn three() -> Stand {
    stand_with(
        |_| {},
        |image| {
            image.put_topic(topic("c", 3, &[1, 2]));
            image.put_topic(topic("a", 2, &[1, 2, 1]));
        },
    )
}

/// Describes the named topics, or all, page by page. Returns each page as text, such as `a:0,1,2 c:0`.
fn pages(stand: &mut Stand, names: &[&str], limit: i32) -> Vec<String> {
    let mut cursor: Option<(String, i32)> = None;
    let mut pages = Vec::new();
    loop {
        let from = cursor.as_ref().map(|(topic, partition)| (topic.as_str(), *partition));
        let answer = call(stand, &request(names, limit, from));
        let row = |topic: &crate::wire::describe_topic_partitions::DescribeTopicPartitionsResponseTopic| {
            let partitions = topic.partitions.iter().map(|it| it.partition_index.to_string()).collect::<Vec<_>>();
            let name = topic.name.as_deref().expect("has a name");
            match ErrorCode::from_wire(topic.error_code) {
                ErrorCode::None => format!("{name}:{}", partitions.join(",")),
                error => format!("{name}:{error}"),
            }
        };
        pages.push(answer.topics.iter().map(row).collect::<Vec<_>>().join(" "));
        assert!(pages.len() < 50, "{pages:?}");
        match answer.next_cursor {
            Some(next) => cursor = Some((next.topic_name.to_string(), next.partition_index)),
            None => return pages,
        }
    }
}

#[test]
fn topics_come_by_name_and_page_by_page() {
    let unknown = "b:UNKNOWN_TOPIC_OR_PARTITION";
    let table: [(&[&str], i32, &[&str]); 7] = [
        (&[], 2000, &["a:0,1,2 c:0,1 t:0,1,2,3"]),
        (&[], 4, &["a:0,1,2 c:0", "c:1 t:0,1,2", "t:3"]),
        (&[], 3, &["a:0,1,2", "c:0,1 t:0", "t:1,2,3"]),
        (&["t", "a", "t", "b"], 3, &["a:0,1,2", &format!("{unknown} t:0,1,2"), "t:3"]),
        (&["b"], 1, &[unknown]),
        (&["a b"], 1, &["a b:INVALID_TOPIC_EXCEPTION"]),
        // A limit below 1 counts as 1.
        (&["c"], -5, &["c:0", "c:1"]),
    ];
    for (names, limit, wanted) in table {
        assert_eq!(pages(&mut three(), names, limit), wanted, "{names:?} by {limit}");
    }
}

#[test]
fn the_brokers_own_limit_bounds_a_page() {
    let mut stand = stand_with(|config| config.max_request_partition_size_limit = 3, |_| {});
    assert_eq!(pages(&mut stand, &[], 2000), ["t:0,1,2", "t:3"]);
}

#[test]
fn a_partition_is_told_of_as_in_metadata() {
    let mut stand = stand_with(
        |_| {},
        |image| {
            let fenced = BrokerRegistration { fenced: true, ..registration(2) };
            image.brokers.insert(NodeId(2), Arc::new(fenced));
            image.put_topic(topic("__consumer_offsets", 9, &[1, 2, -1]));
        },
    );
    let answer = call(&mut stand, &request(&["__consumer_offsets"], 2000, None));
    let told = &answer.topics[0];
    assert!(told.is_internal);
    assert_eq!((told.topic_id, told.topic_authorized_operations), (Uuid::from_halves(0, 9), 3576));
    let leaders: Vec<_> = told.partitions.iter().map(|it| (it.error_code, it.leader_id, it.leader_epoch)).collect();
    assert_eq!(leaders, [(0, 1, 5), (0, -1, 5), (0, -1, 5)], "no leader is no error");
    let first = &told.partitions[0];
    assert_eq!((&first.replica_nodes, &first.isr_nodes, &first.offline_replicas), (&vec![1, 2], &vec![1, 2], &vec![2]));
    assert_eq!((&first.eligible_leader_replicas, &first.last_known_elr), (&Some(vec![]), &Some(vec![])));
}

#[test]
fn a_cursor_may_point_at_what_is_gone() {
    // The cursor's topic does not exist. If all topics are described, the page begins with the next topic; if topics
    // are named, the cursor's topic gets an error.
    let mut stand = three();
    let names = |answer: DescribeTopicPartitionsResponse| -> Vec<String> {
        answer.topics.iter().map(|topic| topic.name.as_deref().unwrap_or_default().to_owned()).collect()
    };
    assert_eq!(names(call(&mut stand, &request(&[], 2000, Some(("b", 1))))), ["c", "t"]);
    assert_eq!(names(call(&mut stand, &request(&["b", "a"], 2000, Some(("b", 1))))), ["b"]);
    // The cursor's partition does not exist: the topic is described without partitions.
    let answer = call(&mut stand, &request(&["c"], 2000, Some(("c", i32::MAX))));
    assert_eq!((answer.topics.len(), answer.topics[0].partitions.len(), answer.next_cursor), (1, 0, None));
}

#[test]
fn a_cursor_that_makes_no_sense_is_refused() {
    let table: [(&[&str], (&str, i32), usize); 3] =
        [(&["a", "c"], ("b", 0), 2), (&["a", "a"], ("a", -1), 1), (&[], ("a", -1), 0)];
    for (names, cursor, rows) in table {
        let answer = call(&mut three(), &request(names, 2000, Some(cursor)));
        assert_eq!(answer.topics.len(), rows);
        assert!(answer.topics.iter().all(|topic| topic.error_code == code(ErrorCode::InvalidRequest)));
        assert_eq!(answer.next_cursor, None);
    }
}

#[test]
fn a_topic_that_is_named_often_is_told_of_once() {
    let answer = call(&mut stand(), &request(&vec!["t"; 100_000], 2000, None));
    assert_eq!(answer.topics.len(), 1);
    let mut stand = stand();
    let conn = stand.connect();
    stand.send(conn, &request(&vec!["t"; 100_001], 2000, None), 0);
    assert_eq!(stand.rude(), vec!["a request that names more than any cluster has"]);
}
