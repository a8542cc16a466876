//! Requests that change the metadata: what the session checks, what it asks the control shard, and what it answers.

use super::stand::{Stand, code, stand};
use crate::broker::{
    AlteredConfig, ConfigChange, ConfigOf, ControlAnswer, ControlOutcome, ControlQuestion, MorePartitions, Refusal,
};
use crate::types::{ErrorCode, ImageVersion, NodeId, TopicId, Uuid};
use crate::wire::create_partitions::{CreatePartitionsAssignment, CreatePartitionsTopic};
use crate::wire::delete_topics::DeleteTopicState;
use crate::wire::incremental_alter_configs::{AlterConfigsResource, AlterableConfig};
use crate::wire::{
    CreatePartitionsRequest, CreatePartitionsResponse, DeleteTopicsRequest, DeleteTopicsResponse,
    IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse,
};
use bytestring::ByteString;
use std::sync::Arc;

fn text(text: &'static str) -> ByteString {
    ByteString::from_static(text)
}

fn id(number: u64) -> Uuid {
    Uuid::from_halves(0, number)
}

fn judged(stand: &mut Stand, image: u64, rows: Vec<Result<(), Refusal>>) -> ControlQuestion {
    let (ask, what) = stand.controls.pop_front().expect("control was asked");
    stand.reply_control(ask, ControlAnswer { image: ImageVersion(image), outcome: ControlOutcome::Judged(rows) });
    what
}

fn delete(names: &[&'static str], ids: &[u64]) -> DeleteTopicsRequest {
    let named = names.iter().map(|name| DeleteTopicState { name: Some(text(name)), topic_id: Uuid::ZERO });
    let by_id = ids.iter().map(|number| DeleteTopicState { name: None, topic_id: id(*number) });
    DeleteTopicsRequest { topics: named.chain(by_id).collect(), timeout_ms: 1000, ..DeleteTopicsRequest::default() }
}

#[test]
fn topics_are_deleted_by_name_or_by_id_and_answered_when_the_image_shows_it() {
    for request in [delete(&["t"], &[]), delete(&[], &[1])] {
        let mut stand = stand();
        let conn = stand.connect();
        let number = stand.send(conn, &request, 6);
        let asked = judged(&mut stand, 8, vec![Ok(())]);
        assert_eq!(asked, ControlQuestion::DeleteTopics(vec![TopicId(id(1))]));
        assert!(stand.is_silent(conn), "this shard still shows the topic");
        stand.publish(|image| assert!(image.remove_topic(TopicId(id(1)))));
        let answer: DeleteTopicsResponse = stand.answer(conn, number, 6);
        let row = &answer.responses[0];
        assert_eq!((row.error_code, row.name.as_deref(), row.topic_id), (0, Some("t"), id(1)));
    }
}

#[test]
fn what_names_no_topic_or_one_twice_is_refused_and_deletes_nothing() {
    let mut both = delete(&["t"], &[]);
    both.topics[0].topic_id = id(1);
    let table = [
        (delete(&["x"], &[]), vec![ErrorCode::UnknownTopicOrPartition]),
        (delete(&[], &[9]), vec![ErrorCode::UnknownTopicId]),
        (delete(&[], &[0]), vec![ErrorCode::InvalidRequest]),
        (delete(&["t", "t", "t"], &[]), vec![ErrorCode::InvalidRequest]),
        (delete(&["t"], &[1]), vec![ErrorCode::InvalidRequest, ErrorCode::InvalidRequest]),
        (both, vec![ErrorCode::InvalidRequest]),
    ];
    for (request, errors) in table {
        let mut stand = stand();
        let conn = stand.connect();
        let answer = stand.call(conn, &request, 6);
        let found: Vec<_> = answer.responses.iter().map(|row| row.error_code).collect();
        assert_eq!(found, errors.into_iter().map(code).collect::<Vec<_>>(), "{request:?}");
        assert!(stand.controls.is_empty());
    }
}

#[test]
fn a_deletion_that_control_does_not_answer_times_out() {
    let mut stand = stand();
    let conn = stand.connect();
    let number = stand.send(conn, &delete(&["t"], &[]), 6);
    stand.pass_ms(1001);
    let answer: DeleteTopicsResponse = stand.answer(conn, number, 6);
    assert_eq!(answer.responses[0].error_code, code(ErrorCode::RequestTimedOut));
    judged(&mut stand, 7, vec![Ok(())]);
    assert!(stand.is_silent(conn), "a late answer changes nothing");
}

fn grow(topics: &[(&'static str, i32, Option<&[i32]>)]) -> CreatePartitionsRequest {
    let topic = |(name, count, broker): &(&'static str, i32, Option<&[i32]>)| CreatePartitionsTopic {
        name: text(name),
        count: *count,
        assignments: broker.map(|ids| vec![CreatePartitionsAssignment { broker_ids: ids.to_vec() }]),
    };
    CreatePartitionsRequest { topics: topics.iter().map(topic).collect(), timeout_ms: 1000, validate_only: false }
}

#[test]
fn partitions_are_added_by_control_with_the_clients_brokers_where_it_chose_them() {
    let mut stand = stand();
    let conn = stand.connect();
    let number = stand.send(conn, &grow(&[("t", 5, Some(&[1, 2])), ("x", 2, None)]), 3);
    let refusal = Refusal { error: ErrorCode::UnknownTopicOrPartition, message: None };
    let asked = judged(&mut stand, 7, vec![Ok(()), Err(refusal)]);
    let topics = vec![
        MorePartitions { name: "t".into(), count: 5, assigned: Some(vec![vec![NodeId(1), NodeId(2)]]) },
        MorePartitions { name: "x".into(), count: 2, assigned: None },
    ];
    assert_eq!(asked, ControlQuestion::CreatePartitions { topics, validate_only: false });
    let answer: CreatePartitionsResponse = stand.answer(conn, number, 3);
    let found: Vec<_> = answer.results.iter().map(|row| (&*row.name, row.error_code)).collect();
    assert_eq!(found, [("t", 0), ("x", code(ErrorCode::UnknownTopicOrPartition))]);
}

#[test]
fn an_internal_topic_keeps_its_partitions_and_a_name_comes_once() {
    let mut stand = stand();
    let conn = stand.connect();
    let answer = stand.call(conn, &grow(&[("__consumer_offsets", 60, None), ("t", 5, None), ("t", 6, None)]), 3);
    let found: Vec<_> = answer.results.iter().map(|row| (&*row.name, row.error_code)).collect();
    assert_eq!(
        found,
        [("__consumer_offsets", code(ErrorCode::InvalidRequest)), ("t", code(ErrorCode::InvalidRequest))]
    );
}

fn alter(kind: i8, name: &'static str, configs: &[(&'static str, i8, Option<&'static str>)]) -> AlterConfigsResource {
    let config = |(name, operation, value): &(&'static str, i8, Option<&'static str>)| AlterableConfig {
        name: text(name),
        config_operation: *operation,
        value: value.map(text),
    };
    AlterConfigsResource {
        resource_type: kind,
        resource_name: text(name),
        configs: configs.iter().map(config).collect(),
    }
}

#[test]
fn changes_of_a_topic_go_to_control_in_order() {
    let mut stand = stand();
    let conn = stand.connect();
    let changes = [("a", 0, Some("1")), ("b", 1, None), ("c", 2, Some("x")), ("d", 3, Some("y"))];
    let request = IncrementalAlterConfigsRequest { resources: vec![alter(2, "t", &changes)], validate_only: true };
    let number = stand.send(conn, &request, 1);
    let asked = judged(&mut stand, 7, vec![Ok(())]);
    let of = |key: &str, change| (Arc::<str>::from(key), change);
    let changes = vec![
        of("a", ConfigChange::Set("1".into())),
        of("b", ConfigChange::Delete),
        of("c", ConfigChange::Append("x".into())),
        of("d", ConfigChange::Subtract("y".into())),
    ];
    let resources = vec![AlteredConfig { of: ConfigOf::Topic("t".into()), replaces: false, changes }];
    assert_eq!(asked, ControlQuestion::AlterConfigs { resources, validate_only: true });
    let answer: IncrementalAlterConfigsResponse = stand.answer(conn, number, 1);
    assert_eq!(answer.responses[0].error_code, 0);
}

#[test]
fn changes_that_make_no_sense_are_refused_here() {
    let table = [
        alter(2, "t", &[("a", 0, None)]),
        alter(2, "t", &[("a", 9, Some("1"))]),
        alter(2, "t", &[("a", 0, Some("1")), ("a", 1, None)]),
        alter(4, "2", &[("a", 0, Some("1"))]),
        alter(4, "one", &[("a", 0, Some("1"))]),
        alter(77, "t", &[]),
    ];
    for resource in table {
        let mut stand = stand();
        let conn = stand.connect();
        let request = IncrementalAlterConfigsRequest { resources: vec![resource.clone()], validate_only: false };
        let answer = stand.call(conn, &request, 1);
        let row = &answer.responses[0];
        assert_eq!(row.error_code, code(ErrorCode::InvalidRequest), "{resource:?}");
        assert!(row.error_message.is_some() && stand.controls.is_empty());
    }
}

/// As in Kafka, every resource of the request has a row (`ConfigAdminManager`), and topic names are checked
/// (`ControllerConfigurationValidator.validateTopicName`).
#[test]
fn names_that_no_topic_can_have_and_resources_that_come_twice_are_refused_row_by_row() {
    let resources = vec![
        alter(2, "", &[("retention.ms", 0, Some("1"))]),
        alter(2, "a/b", &[("retention.ms", 0, Some("1"))]),
        alter(2, "t", &[("retention.ms", 0, Some("1"))]),
        alter(2, "t", &[("retention.ms", 0, Some("2"))]),
    ];
    let mut stand = stand();
    let conn = stand.connect();
    let answer = stand.call(conn, &IncrementalAlterConfigsRequest { resources, validate_only: false }, 1);
    let found: Vec<_> = answer.responses.iter().map(|row| (&*row.resource_name, row.error_code)).collect();
    let (request, name) = (code(ErrorCode::InvalidRequest), code(ErrorCode::InvalidTopicException));
    assert_eq!(found, [("", request), ("a/b", name), ("t", request), ("t", request)]);
}

#[test]
fn changes_of_this_broker_and_of_all_brokers_go_to_control() {
    let mut stand = stand();
    let conn = stand.connect();
    let changes = [("a", 0, Some("1"))];
    let resources = vec![alter(4, "1", &changes), alter(4, "", &changes)];
    let number = stand.send(conn, &IncrementalAlterConfigsRequest { resources, validate_only: false }, 1);
    let refused = Err(Refusal::new(ErrorCode::InvalidRequest, "why"));
    let asked = judged(&mut stand, 7, vec![Ok(()), refused]);
    let of = |broker| AlteredConfig {
        of: ConfigOf::Broker(broker),
        replaces: false,
        changes: vec![("a".into(), ConfigChange::Set("1".into()))],
    };
    let resources = vec![of(Some(NodeId(1))), of(None)];
    assert_eq!(asked, ControlQuestion::AlterConfigs { resources, validate_only: false });
    let answer: IncrementalAlterConfigsResponse = stand.answer(conn, number, 1);
    let codes: Vec<i16> = answer.responses.iter().map(|row| row.error_code).collect();
    assert_eq!(codes, [0, code(ErrorCode::InvalidRequest)]);
}
