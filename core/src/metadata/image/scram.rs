//! SCRAM credentials. They are secrets: no text shows them.
//!
//! **In Kafka**: `ScramImage`, `ScramDelta`, `ScramControlManager`, `ScramCredentialData`, `ScramMechanism`.

use super::error::number;
use super::{Contradiction, MetadataImage, text};
use crate::wire::{RemoveUserScramCredentialRecord, UserScramCredentialRecord};
use bytes::Bytes;
use core::fmt;
use std::sync::Arc;

/// A SCRAM mechanism (KIP-84).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum ScramMechanism {
    /// `SCRAM-SHA-256`.
    Sha256,
    /// `SCRAM-SHA-512`.
    Sha512,
}

/// What the server keeps of a user's password.
#[derive(Clone, PartialEq, Eq)]
pub struct ScramCredential {
    /// Hashed with the password.
    pub salt: Bytes,
    /// What a client's proof is compared with.
    pub stored_key: Bytes,
    /// What the server proves itself with.
    pub server_key: Bytes,
    /// How often the password was hashed.
    pub iterations: i32,
}

impl fmt::Debug for ScramCredential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ScramCredential([hidden])")
    }
}

impl ScramMechanism {
    /// The mechanism of that number; `None` where Kafka has none.
    #[must_use]
    pub fn from_wire(number: i8) -> Option<ScramMechanism> {
        match number {
            1 => Some(ScramMechanism::Sha256),
            2 => Some(ScramMechanism::Sha512),
            _ => None,
        }
    }

    /// Kafka's number for it.
    #[must_use]
    pub fn to_wire(self) -> i8 {
        match self {
            ScramMechanism::Sha256 => 1,
            ScramMechanism::Sha512 => 2,
        }
    }

    /// Kafka's name for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            ScramMechanism::Sha256 => "SCRAM-SHA-256",
            ScramMechanism::Sha512 => "SCRAM-SHA-512",
        }
    }
}

pub(super) fn put(image: &mut MetadataImage, record: &UserScramCredentialRecord) -> Result<(), Contradiction> {
    let mechanism = number("Mechanism", record.mechanism, ScramMechanism::from_wire)?;
    let credential = ScramCredential {
        salt: Bytes::copy_from_slice(&record.salt),
        stored_key: Bytes::copy_from_slice(&record.stored_key),
        server_key: Bytes::copy_from_slice(&record.server_key),
        iterations: record.iterations,
    };
    image.scram.insert((text(&record.name), mechanism), Arc::new(credential));
    Ok(())
}

pub(super) fn remove(image: &mut MetadataImage, record: &RemoveUserScramCredentialRecord) -> Result<(), Contradiction> {
    let mechanism = number("Mechanism", record.mechanism, ScramMechanism::from_wire)?;
    let user = text(&record.name);
    match image.scram.remove(&(user.clone(), mechanism)) {
        Some(_) => Ok(()),
        None => Err(Contradiction::UnknownCredential { user, mechanism: mechanism.name() }),
    }
}

pub(super) fn written(image: &MetadataImage) -> impl Iterator<Item = UserScramCredentialRecord> {
    image.scram.iter().map(|((user, mechanism), credential)| UserScramCredentialRecord {
        name: (**user).into(),
        mechanism: mechanism.to_wire(),
        salt: credential.salt.clone(),
        stored_key: credential.stored_key.clone(),
        server_key: credential.server_key.clone(),
        iterations: credential.iterations,
    })
}
