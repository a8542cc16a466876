//! What is configured, as brokers tell it.
//!
//! **In Kafka**: `DescribeConfigs` (KIP-133, KIP-226), `ConfigEntry`.

use crate::caller::Brokers;
use crate::cli::failure::Failure;
use core::fmt;
use gracchus_core::wire::DescribeConfigsRequest;
use gracchus_core::wire::describe_configs::{DescribeConfigsResource, DescribeConfigsResourceResult};
use serde::Serialize;

/// `DYNAMIC_TOPIC_CONFIG`.
const OF_TOPIC: i8 = 1;
/// `DEFAULT_CONFIG`.
const DEFAULT: i8 = 5;

/// Whose configuration.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Resource {
    Topic(String),
    Broker(i32),
}

impl Resource {
    /// `ConfigResource.Type`.
    pub fn type_to_wire(&self) -> i8 {
        match self {
            Resource::Topic(_) => 2,
            Resource::Broker(_) => 4,
        }
    }

    pub fn name(&self) -> String {
        match self {
            Resource::Topic(name) => name.clone(),
            Resource::Broker(id) => id.to_string(),
        }
    }

    pub fn kind(&self) -> &'static str {
        match self {
            Resource::Topic(_) => "topic",
            Resource::Broker(_) => "broker",
        }
    }
}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind(), self.name())
    }
}

/// One key and its value.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Described {
    pub name: String,
    /// None where it is secret, or has no value.
    pub value: Option<String>,
    /// Where the value comes from.
    pub source: &'static str,
    pub read_only: bool,
    pub sensitive: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub documentation: Option<String>,
    #[serde(skip)]
    number: i8,
}

impl Described {
    /// Whether it is set for the topic itself.
    pub fn is_of_topic(&self) -> bool {
        self.number == OF_TOPIC
    }

    /// Whether nobody has set it.
    pub fn is_default(&self) -> bool {
        self.number == DEFAULT
    }

    /// The value for people.
    pub fn shown(&self) -> &str {
        match &self.value {
            Some(value) => value,
            None if self.sensitive => "(secret)",
            None => "",
        }
    }
}

/// The configuration of each of these, its keys in order.
pub fn describe(
    brokers: &mut Brokers,
    resources: &[Resource],
    documentation: bool,
) -> Result<Vec<Vec<Described>>, Failure> {
    let mut described = Vec::with_capacity(resources.len());
    // A bounded number at a time, so that a cluster of many topics needs no answer without bounds.
    for some in resources
        .chunk_by(|one, other| one.type_to_wire() == 2 && other.type_to_wire() == 2)
        .flat_map(|all| all.chunks(100))
    {
        let resource = |resource: &Resource| DescribeConfigsResource {
            resource_type: resource.type_to_wire(),
            resource_name: resource.name().into(),
            configuration_keys: None,
        };
        let body = DescribeConfigsRequest {
            resources: some.iter().map(resource).collect(),
            include_synonyms: false,
            include_documentation: documentation,
        };
        // A broker's configuration is known to that broker alone.
        let answer = match some {
            [Resource::Broker(id)] => brokers.node(*id)?.call(&body)?,
            _ => brokers.any().call(&body)?,
        };
        for resource in some {
            let (kind, name) = (resource.type_to_wire(), resource.name());
            let mut rows = answer.results.iter();
            let Some(row) = rows.find(|row| row.resource_type == kind && *row.resource_name == *name) else {
                return Err(Failure::new(1, format!("{resource}: the broker does not tell its configuration")));
            };
            if row.error_code != 0 {
                let what = format!("{resource}: its configuration cannot be shown");
                return Err(Failure::refused(what, row.error_code, row.error_message.as_deref()));
            }
            let mut keys: Vec<Described> = row.configs.iter().map(told).collect();
            keys.sort_by(|one, other| one.name.cmp(&other.name));
            described.push(keys);
        }
    }
    Ok(described)
}

fn told(row: &DescribeConfigsResourceResult) -> Described {
    let source = match row.config_source {
        OF_TOPIC => "topic",
        2 => "broker",
        3 => "all brokers",
        4 => "server.properties",
        DEFAULT => "default",
        6 => "logger",
        _ => "unknown",
    };
    Described {
        name: row.name.to_string(),
        value: row.value.as_ref().map(ToString::to_string),
        source,
        read_only: row.read_only,
        sensitive: row.is_sensitive,
        documentation: row.documentation.as_ref().map(ToString::to_string),
        number: row.config_source,
    }
}
