//! DescribeCluster, as clients see it.

use super::stand::{INTERNAL, Stand, code, registration, stand, stand_with};
use crate::metadata::BrokerRegistration;
use crate::types::{ErrorCode, NodeId};
use crate::wire::DescribeClusterRequest;
use crate::wire::describe_cluster::DescribeClusterResponse;
use std::sync::Arc;

fn call(stand: &mut Stand, request: &DescribeClusterRequest, version: i16) -> DescribeClusterResponse {
    let conn = stand.connect();
    stand.call(conn, request, version)
}

/// A cluster in which broker 2 is fenced and broker 3 does not have the listener PLAINTEXT.
fn with_fenced_and_hidden() -> Stand {
    stand_with(
        |_| {},
        |image| {
            let fenced = BrokerRegistration { fenced: true, ..registration(2) };
            image.brokers.insert(NodeId(2), Arc::new(fenced));
            let mut hidden = registration(3);
            hidden.end_points.remove(0);
            image.brokers.insert(NodeId(3), Arc::new(hidden));
        },
    )
}

#[test]
fn brokers_and_controller_are_told_of_at_the_listener_that_the_client_came_to() {
    let mut stand = stand();
    let conn = stand.connect_to(INTERNAL);
    for version in 0..=2 {
        let answer = stand.call(conn, &DescribeClusterRequest::default(), version);
        assert_eq!((answer.error_code, answer.error_message), (0, None));
        assert_eq!((&*answer.cluster_id, answer.controller_id, answer.endpoint_type), ("cluster", 1, 1));
        assert_eq!(answer.cluster_authorized_operations, i32::MIN);
        let brokers: Vec<_> =
            answer.brokers.iter().map(|it| (it.broker_id, &*it.host, it.port, it.is_fenced)).collect();
        assert_eq!(brokers, [(1, "internal1", 9093, false), (2, "internal2", 9093, false)]);
        let racks: Vec<_> = answer.brokers.iter().map(|it| it.rack.as_deref()).collect();
        assert_eq!(racks, [None, Some("r2")]);
    }
}

#[test]
fn the_fenced_are_told_of_only_where_they_are_asked_for_and_the_unreachable_never() {
    for (include_fenced_brokers, version, wanted) in
        [(false, 2, &[(1, false)] as &[_]), (true, 2, &[(1, false), (2, true)]), (false, 1, &[(1, false)])]
    {
        let request = DescribeClusterRequest { include_fenced_brokers, ..DescribeClusterRequest::default() };
        let answer = call(&mut with_fenced_and_hidden(), &request, version);
        let told: Vec<_> = answer.brokers.iter().map(|it| (it.broker_id, it.is_fenced)).collect();
        assert_eq!(told, wanted);
    }
}

#[test]
fn a_controller_that_the_answer_does_not_name_is_none() {
    for (controller, told) in [(Some(NodeId(1)), 1), (Some(NodeId(2)), -1), (Some(NodeId(3)), -1), (None, -1)] {
        let mut stand = with_fenced_and_hidden();
        stand.publish(|image| image.controller = controller);
        assert_eq!(call(&mut stand, &DescribeClusterRequest::default(), 2).controller_id, told);
    }
}

#[test]
fn what_a_client_may_do_with_the_cluster_is_told_where_it_asks() {
    for version in 0..=2 {
        let request =
            DescribeClusterRequest { include_cluster_authorized_operations: true, ..DescribeClusterRequest::default() };
        assert_eq!(call(&mut stand(), &request, version).cluster_authorized_operations, 8096);
    }
}

#[test]
fn a_client_that_means_another_kind_of_endpoint_is_refused() {
    let table = [
        (
            2,
            ErrorCode::MismatchedEndpointType,
            "The request was sent to an endpoint of type BROKER, but we wanted an endpoint of type CONTROLLER",
        ),
        (0, ErrorCode::UnsupportedEndpointType, "Unsupported endpoint type 0"),
        (-7, ErrorCode::UnsupportedEndpointType, "Unsupported endpoint type -7"),
    ];
    for (endpoint_type, error, message) in table {
        for version in 1..=2 {
            let request = DescribeClusterRequest { endpoint_type, ..DescribeClusterRequest::default() };
            let answer = call(&mut stand(), &request, version);
            assert_eq!((answer.error_code, answer.error_message.as_deref()), (code(error), Some(message)));
            assert!(answer.brokers.is_empty() && answer.cluster_id.is_empty());
        }
    }
}
