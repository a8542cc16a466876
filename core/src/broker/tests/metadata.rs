//! Metadata, as clients of one listener see it.

use super::stand::{INTERNAL, Stand, code, registration, stand, stand_with, topic};
use crate::broker::{ControlAnswer, ControlOutcome, ControlQuestion, PartitionsSpec, Refusal, TopicCreated};
use crate::io::ListenerId;
use crate::types::{ErrorCode, ImageVersion, NodeId, TopicId, Uuid};
use crate::wire::metadata::{MetadataRequestTopic, MetadataResponseTopic};
use crate::wire::{MetadataRequest, MetadataResponse};
use bytestring::ByteString;
use std::sync::Arc;

fn named(names: &[&str]) -> MetadataRequest {
    let topic = |name: &&str| MetadataRequestTopic { name: Some(ByteString::from(*name)), ..Default::default() };
    MetadataRequest { topics: Some(names.iter().map(topic).collect()), ..MetadataRequest::default() }
}

fn with_ids(ids: &[u64]) -> MetadataRequest {
    let topic = |id: &u64| MetadataRequestTopic { topic_id: Uuid::from_halves(0, *id), name: None };
    MetadataRequest { topics: Some(ids.iter().map(topic).collect()), ..MetadataRequest::default() }
}

fn names(answer: &MetadataResponse) -> Vec<&str> {
    answer.topics.iter().map(|topic| topic.name.as_deref().unwrap_or("")).collect()
}

fn call(stand: &mut Stand, request: &MetadataRequest, version: i16) -> MetadataResponse {
    let conn = stand.connect();
    stand.call(conn, request, version)
}

fn only(answer: &MetadataResponse) -> &MetadataResponseTopic {
    assert_eq!(answer.topics.len(), 1);
    &answer.topics[0]
}

fn created(id: u64) -> TopicCreated {
    TopicCreated { id: TopicId(Uuid::from_halves(0, id)), partitions: 1, replication_factor: 1 }
}

#[test]
fn brokers_are_told_of_at_the_listener_that_the_client_came_to() {
    for (listener, host, port) in [(ListenerId(0), "plaintext2", 9092), (INTERNAL, "internal2", 9093)] {
        let mut stand = stand();
        let conn = stand.connect_to(listener);
        let answer = stand.call(conn, &named(&[]), 9);
        assert_eq!(answer.cluster_id.as_deref(), Some("cluster"));
        assert_eq!(answer.controller_id, 1);
        let broker = &answer.brokers[1];
        assert_eq!((broker.node_id, &*broker.host, broker.port), (2, host, port));
        assert_eq!(broker.rack.as_deref(), Some("r2"));
        assert_eq!(answer.cluster_authorized_operations, i32::MIN);
    }
}

#[test]
fn a_port_that_the_host_chose_is_told() {
    let mut stand = stand_with(
        |_| {},
        |image| {
            let mut own = registration(1);
            own.end_points[0].port = 0;
            image.brokers.insert(NodeId(1), Arc::new(own));
        },
    );
    stand.tell(|broker, _, _| {
        broker.on_listening(ListenerId(0), "0.0.0.0:40123".parse().expect("is an address"));
    });
    assert_eq!(call(&mut stand, &named(&[]), 9).brokers[0].port, 40_123);
}

#[test]
fn null_asks_for_all_topics_and_an_empty_list_for_none_but_in_version_0() {
    for version in 0..=13 {
        let mut stand = stand_with(|_| {}, |image| image.put_topic(topic("a", 9, &[1])));
        let none = call(&mut stand, &named(&[]), version);
        assert_eq!(names(&none), if version == 0 { vec!["a", "t"] } else { vec![] }, "v{version}");
        if version > 0 {
            let request = MetadataRequest { topics: None, ..MetadataRequest::default() };
            assert_eq!(names(&call(&mut stand, &request, version)), vec!["a", "t"], "by name, v{version}");
        }
    }
}

#[test]
fn a_topic_is_told_of_with_leaders_replicas_and_epochs() {
    for version in 0..=13 {
        let mut stand = stand();
        let answer = call(&mut stand, &named(&["t"]), version);
        let topic = only(&answer);
        assert_eq!((topic.error_code, topic.is_internal, topic.partitions.len()), (0, false, 4));
        assert_eq!(topic.topic_id, if version >= 10 { Uuid::from_halves(0, 1) } else { Uuid::ZERO });
        let partition = &topic.partitions[3];
        assert_eq!((partition.error_code, partition.partition_index, partition.leader_id), (0, 3, 1));
        assert_eq!(partition.leader_epoch, if version >= 7 { 5 } else { -1 });
        assert_eq!((&partition.replica_nodes, &partition.isr_nodes), (&vec![1, 2], &vec![1, 2]));
        assert_eq!(topic.topic_authorized_operations, i32::MIN);
    }
}

#[test]
fn an_unknown_topic_is_an_error_without_partitions() {
    let mut stand = stand_with(|config| config.auto_create_topics = false, |_| {});
    let answer = call(&mut stand, &named(&["u"]), 9);
    let topic = only(&answer);
    assert_eq!((topic.error_code, topic.partitions.len()), (code(ErrorCode::UnknownTopicOrPartition), 0));
    let answer = call(&mut stand, &with_ids(&[77]), 12);
    let topic = only(&answer);
    assert_eq!((topic.error_code, topic.topic_id), (code(ErrorCode::UnknownTopicId), Uuid::from_halves(0, 77)));
    assert_eq!(topic.name, None);
}

#[test]
fn a_topic_that_is_not_named_as_the_version_names_topics_is_refused_with_all_others() {
    let neither = with_ids(&[0]);
    let table = [
        (with_ids(&[77]), 12, ErrorCode::UnknownTopicId),
        (with_ids(&[77]), 11, ErrorCode::InvalidRequest),
        (with_ids(&[1]), 10, ErrorCode::InvalidRequest),
        (neither.clone(), 10, ErrorCode::InvalidRequest),
        (neither.clone(), 13, ErrorCode::InvalidRequest),
        (named(&["t"]), 10, ErrorCode::None),
    ];
    for (request, version, error) in table {
        let mut stand = stand();
        let answer = call(&mut stand, &request, version);
        assert_eq!(only(&answer).error_code, code(error), "{request:?} v{version}");
        assert_eq!(answer.brokers.is_empty(), error == ErrorCode::InvalidRequest);
    }
    let mut both = named(&["t"]);
    both.topics.as_mut().expect("has topics").extend(neither.topics.expect("has topics"));
    let answer = call(&mut stand(), &both, 13);
    assert!(answer.topics.iter().all(|topic| topic.error_code == code(ErrorCode::InvalidRequest)), "{answer:?}");
}

#[test]
fn topics_are_found_by_id() {
    let mut stand = stand();
    assert_eq!(names(&call(&mut stand, &with_ids(&[1]), 12)), vec!["t"]);
}

#[test]
fn a_topic_that_is_named_often_is_told_of_once() {
    let mut stand = stand();
    assert_eq!(names(&call(&mut stand, &named(&["t"; 50]), 9)), vec!["t"]);
}

#[test]
fn an_invalid_name_is_refused_and_nothing_is_made() {
    let mut stand = stand();
    let answer = call(&mut stand, &named(&["a b"]), 9);
    assert_eq!(only(&answer).error_code, code(ErrorCode::InvalidTopicException));
    assert!(stand.controls.is_empty());
}

#[test]
fn the_dead_are_offline_and_lead_nothing() {
    let mut stand = stand_with(
        |_| {},
        |image| {
            let fenced = crate::metadata::BrokerRegistration { fenced: true, ..registration(2) };
            image.brokers.insert(NodeId(2), Arc::new(fenced));
            image.put_topic(topic("t", 1, &[1, 2, -1]));
        },
    );
    let answer = call(&mut stand, &named(&["t"]), 9);
    assert_eq!(answer.brokers.len(), 1);
    let rows: Vec<_> = only(&answer).partitions.iter().map(|it| (it.error_code, it.leader_id)).collect();
    let none = code(ErrorCode::LeaderNotAvailable);
    assert_eq!(rows, vec![(0, 1), (none, -1), (none, -1)]);
    assert_eq!(only(&answer).partitions[0].offline_replicas, vec![2]);

    let answer = call(&mut stand, &named(&["t"]), 0);
    let partition = &only(&answer).partitions[0];
    assert_eq!(partition.error_code, code(ErrorCode::ReplicaNotAvailable), "as version 0 has it");
    assert_eq!((&partition.replica_nodes, &partition.isr_nodes), (&vec![1], &vec![1]));
}

#[test]
fn a_leader_without_the_clients_listener_cannot_be_reached() {
    for (version, error) in [(5, ErrorCode::LeaderNotAvailable), (6, ErrorCode::ListenerNotFound)] {
        let mut stand = stand_with(
            |_| {},
            |image| {
                let mut hidden = registration(2);
                hidden.end_points.remove(0);
                image.brokers.insert(NodeId(2), Arc::new(hidden));
                image.put_topic(topic("t", 1, &[2]));
            },
        );
        let answer = call(&mut stand, &named(&["t"]), version);
        let partition = &only(&answer).partitions[0];
        assert_eq!((partition.error_code, partition.leader_id), (code(error), -1));
        // As in `KRaftMetadataCache.isReplicaOffline`: this client cannot reach the replica, alive or not.
        assert_eq!(partition.offline_replicas, vec![2]);
    }
}

#[test]
fn a_topic_is_made_on_first_use_and_told_of_when_it_shows() {
    let mut stand = stand_with(|config| config.num_partitions = 3, |_| {});
    let conn = stand.connect();
    let number = stand.send(conn, &named(&["new", "t"]), 9);
    let (ask, what) = stand.controls.pop_front().expect("the control shard is asked");
    let ControlQuestion::CreateTopics { topics, validate_only: false } = what else { panic!("{what:?}") };
    assert_eq!(topics.len(), 1);
    assert_eq!(&*topics[0].name, "new");
    assert_eq!(topics[0].partitions, PartitionsSpec::Count { partitions: 3, replication_factor: 1 });

    let outcomes = vec![Ok(created(30))];
    stand
        .reply_control(ask, ControlAnswer { image: ImageVersion(8), outcome: ControlOutcome::TopicsCreated(outcomes) });
    assert!(stand.is_silent(conn), "this shard does not see it yet");
    stand.publish(|image| image.put_topic(topic("new", 30, &[1])));
    let answer: MetadataResponse = stand.answer(conn, number, 9);
    assert_eq!(names(&answer), vec!["new", "t"]);
    assert!(answer.topics.iter().all(|topic| topic.error_code == 0 && !topic.partitions.is_empty()));
}

#[test]
fn a_topic_that_somebody_else_made_meanwhile_is_as_good() {
    let mut stand = stand();
    let conn = stand.connect();
    let number = stand.send(conn, &named(&["new"]), 9);
    let (ask, _) = stand.controls.pop_front().expect("the control shard is asked");
    stand.publish(|image| image.put_topic(topic("new", 30, &[1])));
    let refused = Refusal { error: ErrorCode::TopicAlreadyExists, message: None };
    let outcomes = vec![Err(refused)];
    stand
        .reply_control(ask, ControlAnswer { image: ImageVersion(8), outcome: ControlOutcome::TopicsCreated(outcomes) });
    assert_eq!(only(&stand.answer(conn, number, 9)).error_code, 0);
}

#[test]
fn a_topic_that_cannot_be_made_has_the_reason() {
    let mut stand = stand();
    let conn = stand.connect();
    let number = stand.send(conn, &named(&["new"]), 9);
    let (ask, _) = stand.controls.pop_front().expect("the control shard is asked");
    let refused = Refusal { error: ErrorCode::InvalidReplicationFactor, message: None };
    let outcomes = vec![Err(refused)];
    stand
        .reply_control(ask, ControlAnswer { image: ImageVersion(7), outcome: ControlOutcome::TopicsCreated(outcomes) });
    assert_eq!(only(&stand.answer(conn, number, 9)).error_code, code(ErrorCode::InvalidReplicationFactor));
}

#[test]
fn a_topic_that_takes_long_to_make_is_asked_for_again() {
    let mut stand = stand();
    let conn = stand.connect();
    let number = stand.send(conn, &named(&["new"]), 9);
    stand.pass_ms(1_999);
    assert!(stand.is_silent(conn));
    stand.pass_ms(1);
    assert_eq!(only(&stand.answer(conn, number, 9)).error_code, code(ErrorCode::LeaderNotAvailable));
    let (ask, _) = stand.controls.pop_front().expect("the control shard was asked");
    let outcomes = vec![Ok(created(30))];
    stand
        .reply_control(ask, ControlAnswer { image: ImageVersion(7), outcome: ControlOutcome::TopicsCreated(outcomes) });
    assert!(stand.is_silent(conn), "too late changes nothing");
}

#[test]
fn topics_are_made_only_where_both_sides_agree() {
    let quiet = MetadataRequest { allow_auto_topic_creation: false, ..named(&["new"]) };
    for (request, enabled, made) in [(&named(&["new"]), false, 0), (&quiet, true, 0), (&named(&["new"]), true, 1)] {
        let mut stand = stand_with(|config| config.auto_create_topics = enabled, |_| {});
        let conn = stand.connect();
        stand.send(conn, request, 9);
        assert_eq!(stand.controls.len(), made);
    }
}

#[test]
fn names_that_metrics_could_not_tell_apart_are_not_made() {
    let mut stand = stand_with(|_| {}, |image| image.put_topic(topic("a.b", 9, &[1])));
    let conn = stand.connect();
    stand.send(conn, &named(&["a_b", "a_b.c", "a.b_c", "__cluster_metadata"]), 9);
    let (_, what) = stand.controls.pop_front().expect("the control shard is asked");
    let ControlQuestion::CreateTopics { topics, .. } = what else { panic!("{what:?}") };
    assert_eq!(topics.iter().map(|topic| &*topic.name).collect::<Vec<_>>(), vec!["a.b_c"]);
}

#[test]
fn kafkas_own_topics_are_internal() {
    let mut stand = stand_with(|_| {}, |image| image.put_topic(topic("__consumer_offsets", 9, &[1])));
    assert!(only(&call(&mut stand, &named(&["__consumer_offsets"]), 9)).is_internal);
}

#[test]
fn what_a_client_may_do_is_told_where_it_asks() {
    let mut stand = stand();
    for version in 8..=13 {
        for (cluster, topic) in [(false, false), (version <= 10, false), (false, true), (version <= 10, true)] {
            let request = MetadataRequest {
                include_cluster_authorized_operations: cluster,
                include_topic_authorized_operations: topic,
                allow_auto_topic_creation: false,
                ..named(&["t", "unknown"])
            };
            let answer = call(&mut stand, &request, version);
            let told: Vec<_> = answer.topics.iter().map(|topic| topic.topic_authorized_operations).collect();
            assert_eq!(answer.cluster_authorized_operations, if cluster { 8096 } else { i32::MIN });
            assert_eq!(told, [if topic { 3576 } else { i32::MIN }; 2]);
        }
    }
}
