//! DescribeConfigs: the configuration of topics, of this broker, of groups and of subscriptions to client metrics.
//!
//! **In Kafka**: `ConfigHelper`; KIP-133, KIP-226, KIP-569.

use super::new_topics::{ECHO_MOST, name_fault, within};
use super::text;
use crate::broker::context::BrokerContext;
use crate::broker::request::{Begun, BrokerApis, Client, RequestContext, Serve};
use crate::metadata::{
    ConfigEntry, ConfigSynonym, TopicDefaults, describe_broker, describe_client_metrics, describe_default_of_brokers,
    describe_group,
};
use crate::types::{ErrorCode, NodeId};
use crate::wire::DescribeConfigsRequest;
use crate::wire::describe_configs::{
    DescribeConfigsResource, DescribeConfigsResourceResult, DescribeConfigsResponse, DescribeConfigsResult,
    DescribeConfigsSynonym,
};
use bytestring::ByteString;
use core::fmt::Display;
use std::collections::{BTreeMap, BTreeSet};

/// The types of resources, by their numbers on the wire (`ConfigResource.Type`).
const TOPIC: i8 = 2;
const BROKER: i8 = 4;
const BROKER_LOGGER: i8 = 8;
const CLIENT_METRICS: i8 = 16;
const GROUP: i8 = 32;

/// `breadth` counts a group or a client metrics subscription as this many topics. Such a resource is described even if
/// it does not exist, so a request could ask for any number of descriptions.
const BREADTH_OF_A_GROUP: usize = 10;

impl Serve<BrokerApis> for DescribeConfigsRequest {
    fn breadth(&self) -> usize {
        let of_resource = |resource: &DescribeConfigsResource| match resource.resource_type {
            CLIENT_METRICS | GROUP => BREADTH_OF_A_GROUP,
            _ => 1,
        };
        let keys = |resource: &DescribeConfigsResource| resource.configuration_keys.as_ref().map_or(0, Vec::len);
        self.resources.iter().map(|resource| of_resource(resource) + keys(resource)).sum()
    }

    /// Describes each resource by itself. A resource that is named several times is described once, because its
    /// description is many times as large as its name.
    fn begin(self, _client: &Client<'_>, cx: &mut RequestContext<'_, '_>) -> Begun {
        let results = describe(&self, cx.view);
        cx.done(&DescribeConfigsResponse { throttle_time_ms: 0, results })
    }
}

/// Why a resource is not described: the error and a message.
pub(super) type Refusal = (ErrorCode, String);

/// The keys that a request asks for of one resource; `None` if it asks for all keys.
type Wanted<'a> = Option<BTreeSet<&'a str>>;

fn describe(request: &DescribeConfigsRequest, broker: &BrokerContext) -> Vec<DescribeConfigsResult> {
    let is_unknown = |resource: &&DescribeConfigsResource| {
        !matches!(resource.resource_type, TOPIC | BROKER | BROKER_LOGGER | CLIENT_METRICS | GROUP)
    };
    // As in Kafka, one resource of an unknown type makes the whole request fail.
    let unknown = request.resources.iter().find(is_unknown);
    let defaults = TopicDefaults::new(&broker.config);
    let describing = Describing { request, broker, defaults };
    let mut results = Vec::with_capacity(request.resources.len());
    for (resource, wanted) in distinct(&request.resources) {
        let described = match unknown {
            // The message leaves out the resource's name. The name may be long, and every resource of the request gets
            // the message.
            Some(unknown) => Err(invalid(format_args!("Unexpected resource type {}", unknown.resource_type))),
            None => describing.resource(resource),
        };
        results.push(describing.result(resource, described, &wanted));
    }
    results
}

/// Merges resources that are named several times. Returns each resource once, in the order in which the request first
/// names them, with all keys that the request asks for.
fn distinct(resources: &[DescribeConfigsResource]) -> Vec<(&DescribeConfigsResource, Wanted<'_>)> {
    let mut places: BTreeMap<(i8, &str), usize> = BTreeMap::new();
    let mut distinct: Vec<(&DescribeConfigsResource, Wanted<'_>)> = Vec::new();
    for resource in resources {
        // An empty list of keys asks for all keys, as a missing list does.
        let keys = resource.configuration_keys.as_ref().filter(|keys| !keys.is_empty());
        let at = *places.entry((resource.resource_type, &*resource.resource_name)).or_insert(distinct.len());
        match distinct.get_mut(at) {
            None => distinct.push((resource, keys.map(|keys| keys.iter().map(|key| &**key).collect()))),
            Some((_, wanted)) => match (&mut *wanted, keys) {
                (Some(wanted), Some(keys)) => wanted.extend(keys.iter().map(|key| &**key)),
                _ => *wanted = None,
            },
        }
    }
    distinct
}

/// The request and the data from which its resources are described.
struct Describing<'a> {
    request: &'a DescribeConfigsRequest,
    broker: &'a BrokerContext,
    defaults: TopicDefaults,
}

impl Describing<'_> {
    fn resource(&self, resource: &DescribeConfigsResource) -> Result<Vec<ConfigEntry>, Refusal> {
        let name = &*resource.resource_name;
        match resource.resource_type {
            TOPIC => self.topic(name),
            BROKER if name.is_empty() => Ok(describe_default_of_brokers(&self.broker.config)),
            BROKER => own_id(name, " or empty string,", self.broker).map(|_| describe_broker(&self.broker.config)),
            BROKER_LOGGER if name.is_empty() => Err(invalid("Broker id must not be empty")),
            // There are no loggers by name: one setting at the server's start decides what is logged. Kafka too answers
            // with no loggers if it does not know its logging library.
            BROKER_LOGGER => own_id(name, "", self.broker).map(|_| Vec::new()),
            CLIENT_METRICS if name.is_empty() => Err(invalid("Client metrics subscription name must not be empty")),
            CLIENT_METRICS => Ok(describe_client_metrics()),
            _ if name.is_empty() => Err(invalid("Group name must not be empty")),
            _ => Ok(describe_group(&self.broker.config)),
        }
    }

    fn topic(&self, name: &str) -> Result<Vec<ConfigEntry>, Refusal> {
        if let Some(fault) = name_fault(name) {
            return Err((ErrorCode::InvalidTopicException, fault.to_owned()));
        }
        match self.broker.image.topic_named(name) {
            Some(topic) => Ok(self.defaults.describe(&topic.configs)),
            None => Err((ErrorCode::UnknownTopicOrPartition, String::new())),
        }
    }

    fn result(
        &self,
        resource: &DescribeConfigsResource,
        described: Result<Vec<ConfigEntry>, Refusal>,
        wanted: &Wanted<'_>,
    ) -> DescribeConfigsResult {
        let (error, message, entries) = match described {
            Ok(entries) => (ErrorCode::None, String::new(), entries),
            Err((error, message)) => (error, message, Vec::new()),
        };
        let is_wanted = |entry: &ConfigEntry| wanted.as_ref().is_none_or(|keys| keys.contains(entry.name));
        DescribeConfigsResult {
            error_code: error.to_wire(),
            error_message: Some(ByteString::from(message)),
            resource_type: resource.resource_type,
            resource_name: resource.resource_name.clone(),
            configs: entries.into_iter().filter(is_wanted).map(|entry| self.row(entry)).collect(),
        }
    }

    fn row(&self, entry: ConfigEntry) -> DescribeConfigsResourceResult {
        let synonym = |synonym: ConfigSynonym| DescribeConfigsSynonym {
            name: ByteString::from_static(synonym.name),
            value: Some(text(synonym.value)),
            source: synonym.source.to_wire(),
        };
        let synonyms = if self.request.include_synonyms { entry.synonyms } else { Vec::new() };
        let documentation = self.request.include_documentation.then(|| ByteString::from_static(entry.documentation));
        DescribeConfigsResourceResult {
            name: ByteString::from_static(entry.name),
            value: entry.value.map(text),
            read_only: entry.read_only,
            config_source: entry.source.to_wire(),
            is_sensitive: false,
            synonyms: synonyms.into_iter().map(synonym).collect(),
            config_type: entry.config_type.to_wire(),
            documentation,
        }
    }
}

/// Returns this node's id if `name` is that id as Kafka writes it, otherwise a refusal. Other spellings such as `01`
/// are refused too, because with many spellings one request could have this broker described many times.
pub(super) fn own_id(name: &str, or: &str, broker: &BrokerContext) -> Result<NodeId, Refusal> {
    let own = broker.config.node_id;
    if name == own.to_string() {
        return Ok(own);
    }
    match name.parse::<i32>() {
        Ok(_) => Err(invalid(format_args!("Unexpected broker id, expected {own}{or} but received {name}"))),
        Err(_) => Err(invalid(format_args!("Broker id must be an integer, but it is: {name}"))),
    }
}

fn invalid(message: impl Display) -> Refusal {
    (ErrorCode::InvalidRequest, within(message.to_string(), ECHO_MOST))
}
