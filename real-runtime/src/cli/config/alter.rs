//! Changing what is configured, key by key.
//!
//! **In Kafka**: `IncrementalAlterConfigs` (KIP-339).

use super::describe::{Resource, describe};
use crate::caller::Brokers;
use crate::cli::failure::{Failure, nearest};
use core::fmt;
use gracchus_core::types::ErrorCode;
use gracchus_core::wire::IncrementalAlterConfigsRequest;
use gracchus_core::wire::incremental_alter_configs::{AlterConfigsResource, AlterableConfig};

/// One key's change.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Change {
    Set(String, String),
    Delete(String),
}

impl Change {
    fn key(&self) -> &str {
        match self {
            Change::Set(key, _) | Change::Delete(key) => key,
        }
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Change::Set(key, value) => write!(f, "set {key}={value}"),
            Change::Delete(key) => write!(f, "deleted {key}"),
        }
    }
}

/// Makes all changes, or none.
pub fn alter(brokers: &mut Brokers, resource: &Resource, changes: &[Change]) -> Result<(), Failure> {
    if changes.iter().any(|change| matches!(change, Change::Delete(_))) {
        refuse_unknown(brokers, resource, changes)?;
    }
    let config = |change: &Change| match change {
        Change::Set(key, value) => {
            AlterableConfig { name: key.as_str().into(), config_operation: 0, value: Some(value.as_str().into()) }
        }
        Change::Delete(key) => AlterableConfig { name: key.as_str().into(), config_operation: 1, value: None },
    };
    let row = AlterConfigsResource {
        resource_type: resource.type_to_wire(),
        resource_name: resource.name().into(),
        configs: changes.iter().map(config).collect(),
    };
    let body = IncrementalAlterConfigsRequest { resources: vec![row], validate_only: false };
    let answer = match resource {
        Resource::Broker(id) => brokers.node(*id)?.call(&body)?,
        Resource::Topic(_) => {
            brokers.ask_controller(&body, |answer| answer.responses.iter().map(|row| row.error_code).collect())?
        }
    };
    let Some(row) = answer.responses.iter().find(|row| row.error_code != 0) else { return Ok(()) };
    let what = format!("{resource}: nothing is changed");
    let failure = Failure::refused(what, row.error_code, row.error_message.as_deref());
    let is_explained = row.error_message.as_ref().is_some_and(|message| message.contains("did you mean"));
    if is_explained || ErrorCode::from_wire(row.error_code) != ErrorCode::InvalidConfig {
        return Err(failure);
    }
    let Ok(known) = known_keys(brokers, resource) else { return Err(failure) };
    match changes.iter().map(Change::key).find(|key| !known.iter().any(|it| it == key)) {
        Some(unknown) => Err(with_known_key(failure, resource, unknown, &known)),
        None => Err(failure),
    }
}

/// Refuses to delete a key that nobody knows: brokers delete it without a word, as it is not set.
fn refuse_unknown(brokers: &mut Brokers, resource: &Resource, changes: &[Change]) -> Result<(), Failure> {
    let known = known_keys(brokers, resource)?;
    let deleted = changes.iter().filter(|change| matches!(change, Change::Delete(_)));
    let unknown = deleted.map(Change::key).find(|key| !known.iter().any(|it| it == key));
    unknown.map_or(Ok(()), |key| {
        let failure = Failure::new(1, format!("{resource}: nothing is changed: there is no key {key}"));
        Err(with_known_key(failure, resource, key, &known))
    })
}

fn known_keys(brokers: &mut Brokers, resource: &Resource) -> Result<Vec<String>, Failure> {
    let described = describe(brokers, core::slice::from_ref(resource), false)?;
    Ok(described.into_iter().flatten().map(|it| it.name).collect())
}

/// Names the key that a misspelt one was meant to be.
fn with_known_key(failure: Failure, resource: &Resource, key: &str, known: &[String]) -> Failure {
    match nearest(key, known.iter().map(String::as_str)) {
        Some(near) => failure.with_next(format_args!("did you mean {near}?")),
        None => failure.with_next(format_args!("`gracchus config show {resource} --all` names all keys")),
    }
}
