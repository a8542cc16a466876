//! Listeners by their roles: the control shard serves the controller's, with sessions like those of the data shards and
//! requests of its own; other brokers connect to the one for brokers.

use crate::control::DIR;
use crate::disk::Disk;
use crate::lone::{BROKERS, Lone};
use crate::made_anew::Data;
use bytes::{Bytes, BytesMut};
use gracchus_core::io::{ConnId, ListenerId};
use gracchus_core::metadata::{
    BrokerRegistration, EndPoint, ListenerConfig, ListenerRole, MetadataImage, NodeConfig, PartitionRegistration,
    TopicImage,
};
use gracchus_core::shard::{Effect, Event, FoundAtStart, Halt, ShardMail};
use gracchus_core::types::{ErrorCode, ImageVersion, NodeId, TopicId, Uuid};
use gracchus_core::wire::api_versions::ApiVersionsResponse;
use gracchus_core::wire::metadata::MetadataResponse;
use gracchus_core::wire::{ApiKey, ApiVersionsRequest, MetadataRequest, Response, frame_request, open_response};
use std::sync::Arc;

const CONTROLLERS: ListenerId = ListenerId(1);
const CONTROL: usize = 0;
const DATA: usize = 1;

fn node() -> Lone {
    Lone::start_with(&[(BROKERS, ListenerRole::Brokers), (CONTROLLERS, ListenerRole::Controllers)])
}

/// The next response on a connection.
fn answer<R: Response>(node: &mut Lone, conn: ConnId, version: i16) -> R {
    let frame: Bytes = node.answers.get_mut(&conn).and_then(|frames| frames.pop_front()).expect("there is a response");
    open_response(frame.slice(4..), 1, version).expect("it is the response to the request")
}

fn versions(software: &str) -> ApiVersionsRequest {
    ApiVersionsRequest {
        client_software_name: software.into(),
        client_software_version: "1".into(),
        ..ApiVersionsRequest::default()
    }
}

#[test]
fn each_listener_is_served_by_the_shards_of_its_role() {
    let mut node = node();
    node.listening.sort_unstable();
    assert_eq!(node.listening, [(CONTROL, CONTROLLERS), (DATA, BROKERS)]);
    node.tell(CONTROL, Event::Stop);
    node.settle();
    assert_eq!((node.listening.len(), &node.halted), (0, &Some(Halt::Clean)));
}

#[test]
fn a_controllers_listener_serves_the_requests_of_controllers() {
    let mut node = node();
    let conn = node.connect_to(CONTROL, CONTROLLERS);
    node.send_to(CONTROL, conn, &versions("kafka"), 3);
    node.send_to(CONTROL, conn, &versions("no word"), 3);
    // A version that nobody has.
    let mut unknown = BytesMut::new();
    frame_request(None, 1, &versions("kafka"), 3, &mut BytesMut::new())
        .iter()
        .for_each(|part| unknown.extend_from_slice(part));
    unknown[6..8].copy_from_slice(&99_i16.to_be_bytes());
    node.tell(CONTROL, Event::Received { conn, frame: unknown.freeze().slice(4..) });
    node.settle();
    let served: ApiVersionsResponse = answer(&mut node, conn, 3);
    let keys: Vec<i16> = served.api_keys.iter().map(|api| api.api_key).collect();
    assert_eq!((served.error_code, keys), (0, vec![ApiKey::ApiVersions.to_wire()]));
    let refused: ApiVersionsResponse = answer(&mut node, conn, 3);
    assert_eq!(refused.error_code, ErrorCode::InvalidRequest.to_wire());
    let unknown: ApiVersionsResponse = answer(&mut node, conn, 0);
    assert_eq!(unknown.error_code, ErrorCode::UnsupportedVersion.to_wire());
    // Metadata is for brokers.
    assert!(node.closed.is_empty());
    node.send_to(CONTROL, conn, &MetadataRequest::default(), 9);
    node.settle();
    assert_eq!(node.closed, [conn]);
}

#[test]
fn a_client_of_the_controller_that_sends_no_more_is_answered_and_closed() {
    let mut node = node();
    let conn = node.connect_to(CONTROL, CONTROLLERS);
    node.send_to(CONTROL, conn, &versions("kafka"), 3);
    node.tell(CONTROL, Event::HalfClosed { conn });
    node.settle();
    let _: ApiVersionsResponse = answer(&mut node, conn, 3);
    assert_eq!(node.closed, [conn]);
}

#[test]
fn a_silent_connection_to_the_controller_is_closed_in_time() {
    let mut node = node();
    let conn = node.connect_to(CONTROL, CONTROLLERS);
    node.settle();
    node.pass_ms(600_001);
    assert_eq!(node.closed, [conn]);
}

#[test]
fn clients_are_not_told_of_the_controllers_listener() {
    let mut node = node();
    let conn = node.connect();
    node.send(conn, &MetadataRequest::default(), 9);
    node.settle();
    let metadata: MetadataResponse = answer(&mut node, conn, 9);
    let ports: Vec<i32> = metadata.brokers.iter().map(|broker| broker.port).collect();
    assert_eq!(ports, [9092]);
}

#[test]
fn a_follower_connects_to_the_leaders_listener_for_brokers() {
    let listener = |id, name: &str, role| ListenerConfig {
        id: ListenerId(id),
        name: name.into(),
        role,
        host: "127.0.0.1".into(),
        port: 9092,
        advertised: None,
    };
    let listeners = vec![listener(0, "OUT", ListenerRole::Clients), listener(1, "IN", ListenerRole::Brokers)];
    let mut data = Data::with(NodeConfig { listeners, ..NodeConfig::default() }, Disk::default());
    let mut image = MetadataImage::of_version(ImageVersion(1));
    let end_point =
        |name: &str, port| EndPoint { listener: name.into(), host: "leader".into(), port, ..EndPoint::default() };
    let leader = BrokerRegistration {
        id: NodeId(2),
        end_points: vec![end_point("OUT", 9001), end_point("IN", 9002)],
        ..BrokerRegistration::default()
    };
    image.brokers.insert(NodeId(2), Arc::new(leader));
    let partition = PartitionRegistration {
        replicas: vec![NodeId(2), NodeId(1)],
        isr: vec![NodeId(2)],
        leader: Some(NodeId(2)),
        ..PartitionRegistration::default()
    };
    image.put_topic(TopicImage {
        name: "orders".into(),
        id: TopicId(Uuid([1; 16])),
        partitions: vec![partition],
        ..TopicImage::default()
    });
    data.mail(ShardMail::Load { load: Arc::new(FoundAtStart::default()), dirs: [DIR].into() });
    let effects = data.mail(ShardMail::Image(Arc::new(image)));
    let dialed: Vec<u16> = effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Dial { port, .. } => Some(*port),
            _ => None,
        })
        .collect();
    assert_eq!(dialed, [9002]);
}
