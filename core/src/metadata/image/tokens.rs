//! Delegation tokens. What a client proves that it has a token with is computed from the token id and the cluster's
//! secret, and is not in the metadata log.
//!
//! The removal of a token that is not there means nothing, as in Kafka: two controllers may each expire it.
//!
//! **In Kafka**: `DelegationTokenImage`, `DelegationTokenDelta`, `DelegationTokenData`, `TokenInformation`.

use super::{Contradiction, MetadataImage, text};
use crate::types::Timestamp;
use crate::wire::{DelegationTokenRecord, RemoveDelegationTokenRecord};
use std::sync::Arc;

/// A delegation token (KIP-48).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DelegationToken {
    /// Its id.
    pub id: Arc<str>,
    /// As whom its bearer acts, such as `User:alice`.
    pub owner: Arc<str>,
    /// Who asked for it.
    pub requester: Arc<str>,
    /// Who may renew it beside its owner.
    pub renewers: Vec<Arc<str>>,
    /// When it was issued.
    pub issued: Timestamp,
    /// Until when it can be renewed.
    pub max: Timestamp,
    /// When it expires unless it is renewed.
    pub expires: Timestamp,
}

pub(super) fn put(image: &mut MetadataImage, record: &DelegationTokenRecord) -> Result<(), Contradiction> {
    let id = text(&record.token_id);
    let renewers: Result<_, _> = record.renewers.iter().map(|it| principal("Renewers", it)).collect();
    let token = DelegationToken {
        id: id.clone(),
        owner: principal("Owner", &record.owner)?,
        requester: principal("Requester", &record.requester)?,
        renewers: renewers?,
        issued: Timestamp(record.issue_timestamp),
        max: Timestamp(record.max_timestamp),
        expires: Timestamp(record.expiration_timestamp),
    };
    image.delegation_tokens.insert(id, Arc::new(token));
    Ok(())
}

pub(super) fn remove(image: &mut MetadataImage, record: &RemoveDelegationTokenRecord) -> Result<(), Contradiction> {
    image.delegation_tokens.remove(&*record.token_id);
    Ok(())
}

fn principal(field: &'static str, value: &str) -> Result<Arc<str>, Contradiction> {
    match value.contains(':') {
        true => Ok(text(value)),
        false => Err(Contradiction::Text { field, wants: "a principal such as User:alice", value: text(value) }),
    }
}

pub(super) fn written(image: &MetadataImage) -> impl Iterator<Item = DelegationTokenRecord> {
    image.delegation_tokens.values().map(|token| DelegationTokenRecord {
        owner: (*token.owner).into(),
        requester: (*token.requester).into(),
        renewers: token.renewers.iter().map(|it| (**it).into()).collect(),
        issue_timestamp: token.issued.0,
        max_timestamp: token.max.0,
        expiration_timestamp: token.expires.0,
        token_id: (*token.id).into(),
    })
}
