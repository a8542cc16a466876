//! An administrator's questions as requests, and what the answers say.

use crate::actor::ActorCx;
use crate::clients::caller::{Caller, TIMEOUT_MS};
use crate::history::{AdminAnswer, AdminCall, AdminQuestion, TopicConfigs, TopicShape};
use gracchus_core::client::Answered;
use gracchus_core::types::{ErrorCode, Instant, TopicId, Uuid};
use gracchus_core::wire::create_partitions::CreatePartitionsTopic;
use gracchus_core::wire::create_topics::{CreatableTopic, CreatableTopicConfig};
use gracchus_core::wire::delete_topics::DeleteTopicState;
use gracchus_core::wire::describe_configs::DescribeConfigsResource;
use gracchus_core::wire::incremental_alter_configs::{AlterConfigsResource, AlterableConfig};
use gracchus_core::wire::metadata::MetadataRequestTopic;
use gracchus_core::wire::{
    CreatePartitionsRequest, CreatePartitionsResponse, CreateTopicsRequest, CreateTopicsResponse, DeleteTopicsRequest,
    DeleteTopicsResponse, DescribeConfigsRequest, DescribeConfigsResponse, IncrementalAlterConfigsRequest,
    IncrementalAlterConfigsResponse, MetadataRequest, MetadataResponse,
};
use std::collections::BTreeMap;
use std::sync::Arc;

/// `ConfigResource.Type.TOPIC`.
const TOPIC: i8 = 2;
/// `ConfigSource.DYNAMIC_TOPIC_CONFIG`.
const SET_ON_TOPIC: i8 = 1;
/// `AlterConfigOp.OpType`.
const SET: i8 = 0;
const DELETE: i8 = 1;

const CREATE_TOPICS: i16 = 7;
const DELETE_TOPICS: i16 = 6;
const CREATE_PARTITIONS: i16 = 3;
const ALTER_CONFIGS: i16 = 1;
const DESCRIBE_CONFIGS: i16 = 4;
pub(super) const METADATA: i16 = 12;

/// A question under way.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    pub(super) call: AdminCall,
    /// The topic's place among the administrator's.
    pub(super) topic: usize,
    pub(super) name: Arc<str>,
    pub(super) question: AdminQuestion,
}

/// Sends a question.
pub(super) fn send(caller: &mut Caller<Ask>, ask: Ask, replicas: u16, now: Instant, cx: &mut ActorCx<'_>) {
    let name = ask.name.clone();
    match ask.question.clone() {
        AdminQuestion::Create { partitions, configs } => {
            caller.send(&creation(&name, partitions, replicas, configs), CREATE_TOPICS, ask, now, cx);
        }
        AdminQuestion::Delete(id) => caller.send(&deletion(&name, id), DELETE_TOPICS, ask, now, cx),
        AdminQuestion::Grow(to) => caller.send(&growth(&name, to), CREATE_PARTITIONS, ask, now, cx),
        AdminQuestion::Alter(changes) => caller.send(&alteration(&name, changes), ALTER_CONFIGS, ask, now, cx),
        AdminQuestion::Describe => caller.send(&metadata_of([name]), METADATA, ask, now, cx),
        AdminQuestion::DescribeConfigs => caller.send(&configs_of(&name), DESCRIBE_CONFIGS, ask, now, cx),
    }
}

fn creation(name: &str, partitions: u32, replicas: u16, configs: TopicConfigs) -> CreateTopicsRequest {
    let config = |(key, value): (Arc<str>, Arc<str>)| CreatableTopicConfig {
        name: key.to_string().into(),
        value: Some(value.to_string().into()),
    };
    let topic = CreatableTopic {
        name: name.to_string().into(),
        num_partitions: partitions as i32,
        replication_factor: replicas as i16,
        configs: configs.into_iter().map(config).collect(),
        ..CreatableTopic::default()
    };
    CreateTopicsRequest { topics: vec![topic], timeout_ms: TIMEOUT_MS as i32, validate_only: false }
}

fn deletion(name: &str, id: Option<TopicId>) -> DeleteTopicsRequest {
    let state = match id {
        Some(id) => DeleteTopicState { name: None, topic_id: id.0 },
        None => DeleteTopicState { name: Some(name.to_string().into()), topic_id: Uuid::ZERO },
    };
    DeleteTopicsRequest { topics: vec![state], timeout_ms: TIMEOUT_MS as i32, ..DeleteTopicsRequest::default() }
}

fn growth(name: &str, to: u32) -> CreatePartitionsRequest {
    let topic = CreatePartitionsTopic { name: name.to_string().into(), count: to as i32, assignments: None };
    CreatePartitionsRequest { topics: vec![topic], timeout_ms: TIMEOUT_MS as i32, validate_only: false }
}

fn alteration(name: &str, changes: BTreeMap<Arc<str>, Option<Arc<str>>>) -> IncrementalAlterConfigsRequest {
    let config = |(key, value): (Arc<str>, Option<Arc<str>>)| AlterableConfig {
        name: key.to_string().into(),
        config_operation: if value.is_some() { SET } else { DELETE },
        value: value.map(|value| value.to_string().into()),
    };
    let resource = AlterConfigsResource {
        resource_type: TOPIC,
        resource_name: name.to_string().into(),
        configs: changes.into_iter().map(config).collect(),
    };
    IncrementalAlterConfigsRequest { resources: vec![resource], validate_only: false }
}

fn configs_of(name: &str) -> DescribeConfigsRequest {
    let resource = DescribeConfigsResource {
        resource_type: TOPIC,
        resource_name: name.to_string().into(),
        configuration_keys: None,
    };
    DescribeConfigsRequest { resources: vec![resource], ..DescribeConfigsRequest::default() }
}

/// A request for the metadata of topics, none of which it makes.
pub(super) fn metadata_of(names: impl IntoIterator<Item = Arc<str>>) -> MetadataRequest {
    let topic = |name: Arc<str>| MetadataRequestTopic { topic_id: Uuid::ZERO, name: Some(name.to_string().into()) };
    MetadataRequest {
        topics: Some(names.into_iter().map(topic).collect()),
        allow_auto_topic_creation: false,
        ..MetadataRequest::default()
    }
}

/// Reads an answer; none where it leaves open what became of the question.
pub(super) fn read(answered: &Answered<Ask>) -> Option<AdminAnswer> {
    match &answered.purpose.question {
        AdminQuestion::Create { .. } => {
            let row = answered.read::<CreateTopicsResponse>().ok()?.topics.into_iter().next()?;
            settled(row.error_code, || AdminAnswer::Created(TopicId(row.topic_id)))
        }
        AdminQuestion::Delete(_) => {
            let row = answered.read::<DeleteTopicsResponse>().ok()?.responses.into_iter().next()?;
            settled(row.error_code, || AdminAnswer::Deleted(TopicId(row.topic_id)))
        }
        AdminQuestion::Grow(_) => {
            let row = answered.read::<CreatePartitionsResponse>().ok()?.results.into_iter().next()?;
            settled(row.error_code, || AdminAnswer::Done)
        }
        AdminQuestion::Alter(_) => {
            let row = answered.read::<IncrementalAlterConfigsResponse>().ok()?.responses.into_iter().next()?;
            settled(row.error_code, || AdminAnswer::Done)
        }
        AdminQuestion::Describe => {
            let row = answered.read::<MetadataResponse>().ok()?.topics.into_iter().next()?;
            let partitions = row.partitions.len() as u32;
            let shape = TopicShape { id: TopicId(row.topic_id), partitions };
            match ErrorCode::from_wire(row.error_code) {
                ErrorCode::None => Some(AdminAnswer::Topic(Some(shape))),
                ErrorCode::UnknownTopicOrPartition => Some(AdminAnswer::Topic(None)),
                error => Some(AdminAnswer::Refused(error)),
            }
        }
        AdminQuestion::DescribeConfigs => read_configs(answered),
    }
}

/// What is set for the topic itself.
fn read_configs(answered: &Answered<Ask>) -> Option<AdminAnswer> {
    let row = answered.read::<DescribeConfigsResponse>().ok()?.results.into_iter().next()?;
    match ErrorCode::from_wire(row.error_code) {
        ErrorCode::None => {
            let set = row.configs.into_iter().filter(|config| config.config_source == SET_ON_TOPIC);
            let pair = |value: Option<_>, name: &str| (name.into(), Arc::from(value.as_deref().unwrap_or("")));
            Some(AdminAnswer::Configs(set.map(|config| pair(config.value, &config.name)).collect()))
        }
        ErrorCode::UnknownTopicOrPartition => Some(AdminAnswer::Topic(None)),
        error => Some(AdminAnswer::Refused(error)),
    }
}

fn settled(code: i16, done: impl FnOnce() -> AdminAnswer) -> Option<AdminAnswer> {
    match ErrorCode::from_wire(code) {
        ErrorCode::None => Some(done()),
        ErrorCode::RequestTimedOut => None,
        error => Some(AdminAnswer::Refused(error)),
    }
}
