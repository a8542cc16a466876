//! The consumer protocol: what consumers of a classic group send each other inside the bytes of JoinGroup and SyncGroup.
//!
//! **Invariants**
//! - The version stands in front of the message as an i16.
//! - A version above the highest known one is read as the highest known one, because newer consumers only append
//!   fields. Bytes behind the fields that are known are ignored for the same reason.
//!
//! **In Kafka**: `ConsumerProtocol` in `clients/src/main/java/org/apache/kafka/clients/consumer/internals`.

use super::{ConsumerProtocolAssignment, ConsumerProtocolSubscription, DecodeError, Decoder, Encoder, Message};
use bytes::{Bytes, BytesMut};

/// A message of the consumer protocol.
pub trait ConsumerProtocol: Message {}

impl ConsumerProtocol for ConsumerProtocolSubscription {}
impl ConsumerProtocol for ConsumerProtocolAssignment {}

/// Reads the version and the message behind it. Strings and bytes of the message are slices of `bytes`.
pub fn decode_consumer_protocol<M: ConsumerProtocol>(bytes: Bytes) -> Result<M, DecodeError> {
    let mut input = Decoder::new(bytes);
    let version = input.int16()?;
    if version < M::VERSIONS.0 {
        return Err(DecodeError::Prefix { version });
    }
    M::decode(&mut input, version.min(M::VERSIONS.1))
}

/// Writes the version and the message behind it.
#[must_use]
pub fn encode_consumer_protocol<M: ConsumerProtocol>(message: &M, version: i16, scratch: &mut BytesMut) -> Bytes {
    assert!((M::VERSIONS.0..=M::VERSIONS.1).contains(&version), "{} has version {version}", M::NAME);
    let mut out = Encoder::new(scratch);
    out.int16(version);
    message.encode(&mut out, version);
    out.finish_whole()
}
