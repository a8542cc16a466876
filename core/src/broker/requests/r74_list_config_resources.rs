//! ListConfigResources: the names of the resources that DescribeConfigs can describe.
//!
//! **In Kafka**: `KafkaApis.handleListConfigResources`; KIP-1142. Version 0 was ListClientMetricsResources (KIP-714).

use crate::broker::context::BrokerContext;
use crate::broker::request::{Begun, BrokerApis, Client, RequestContext, Serve};
use crate::io::ListenerId;
use crate::types::ErrorCode;
use crate::wire::ListConfigResourcesRequest;
use crate::wire::list_config_resources::{ConfigResource, ListConfigResourcesResponse};
use bytestring::ByteString;

/// The types of resources, by their numbers on the wire (`ConfigResource.Type`).
const TOPIC: i8 = 2;
const BROKER: i8 = 4;
const BROKER_LOGGER: i8 = 8;
const CLIENT_METRICS: i8 = 16;
const GROUP: i8 = 32;

impl Serve<BrokerApis> for ListConfigResourcesRequest {
    fn breadth(&self) -> usize {
        self.resource_types.len()
    }

    /// Lists the resources of the types that the request names. If it names no type, lists the resources of every type
    /// that the request's version knows. No group and no client metrics subscription is listed, because this broker
    /// keeps no configuration for them.
    fn begin(self, _client: &Client<'_>, cx: &mut RequestContext<'_, '_>) -> Begun {
        let known: &[i8] = match cx.head.version {
            0 => &[CLIENT_METRICS],
            _ => &[TOPIC, BROKER, BROKER_LOGGER, CLIENT_METRICS, GROUP],
        };
        let wanted = if self.resource_types.is_empty() { known } else { &self.resource_types };
        let body = if wanted.iter().all(|wanted| known.contains(wanted)) {
            let config_resources = list(wanted, cx.view, cx.head.listener);
            ListConfigResourcesResponse { config_resources, ..ListConfigResourcesResponse::default() }
        } else {
            let error_code = ErrorCode::UnsupportedVersion.to_wire();
            ListConfigResourcesResponse { error_code, ..ListConfigResourcesResponse::default() }
        };
        cx.done(&body)
    }
}

fn list(wanted: &[i8], broker: &BrokerContext, listener: ListenerId) -> Vec<ConfigResource> {
    let mut listed = Vec::new();
    let mut list = |name: ByteString, resource_type| listed.push(ConfigResource { resource_name: name, resource_type });
    for resource_type in [BROKER_LOGGER, BROKER].into_iter().filter(|it| wanted.contains(it)) {
        let reached = broker.image.brokers.values().filter(|it| broker.address(it, listener).is_some());
        reached.for_each(|it| list(ByteString::from(it.id.to_string()), resource_type));
    }
    if wanted.contains(&TOPIC) {
        broker.image.names.keys().for_each(|name| list(ByteString::from(&**name), TOPIC));
    }
    listed
}
