//! DescribeCluster: the brokers of the cluster, and which of them is the controller.
//!
//! **In Kafka**: `KafkaApis.handleDescribeCluster`, `AuthHelper.computeDescribeClusterResponse`; KIP-700, KIP-919,
//! KIP-1073.

use super::authorized_operations;
use crate::broker::request::{Begun, BrokerApis, Client, RequestContext, Serve};
use crate::types::{ErrorCode, NodeId};
use crate::wire::DescribeClusterRequest;
use crate::wire::describe_cluster::{DescribeClusterBroker, DescribeClusterResponse};
use bytestring::ByteString;

/// Values of `endpoint_type` in the request: the kind of server that the client believes it is connected to
/// (`EndpointType`).
const BROKER: i8 = 1;
const CONTROLLER: i8 = 2;

impl Serve<BrokerApis> for DescribeClusterRequest {
    /// Answers with the brokers that have an address for the listener of this connection. Fenced brokers are included
    /// only if the client asks for them.
    fn begin(self, _client: &Client<'_>, cx: &mut RequestContext<'_, '_>) -> Begun {
        let body = match self.endpoint_type {
            BROKER => describe(&self, cx),
            CONTROLLER => refused(
                ErrorCode::MismatchedEndpointType,
                "The request was sent to an endpoint of type BROKER, but we wanted an endpoint of type CONTROLLER",
            ),
            other => refused(ErrorCode::UnsupportedEndpointType, &format!("Unsupported endpoint type {other}")),
        };
        cx.done(&body)
    }
}

fn describe(request: &DescribeClusterRequest, cx: &RequestContext<'_, '_>) -> DescribeClusterResponse {
    let image = &cx.view.image;
    let wanted = image.brokers.values().filter(|broker| !broker.fenced || request.include_fenced_brokers);
    let brokers: Vec<DescribeClusterBroker> = wanted
        .filter_map(|broker| {
            let (host, port) = cx.view.address(broker, cx.head.listener)?;
            Some(DescribeClusterBroker {
                broker_id: broker.id.0,
                host: ByteString::from(&**host),
                port: i32::from(port),
                rack: broker.rack.as_deref().map(ByteString::from),
                is_fenced: broker.fenced,
            })
        })
        .collect();
    let is_listed = |node: &NodeId| brokers.iter().any(|broker| broker.broker_id == node.0);
    DescribeClusterResponse {
        endpoint_type: BROKER,
        cluster_id: ByteString::from(&*image.cluster_id),
        controller_id: NodeId::to_wire(image.controller.filter(is_listed)),
        brokers,
        cluster_authorized_operations: authorized_operations::of_cluster(request.include_cluster_authorized_operations),
        ..DescribeClusterResponse::default()
    }
}

fn refused(error: ErrorCode, message: &str) -> DescribeClusterResponse {
    DescribeClusterResponse {
        error_code: error.to_wire(),
        error_message: Some(ByteString::from(message)),
        ..DescribeClusterResponse::default()
    }
}
