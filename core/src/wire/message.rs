//! What every message can do.

use super::{ApiKey, DecodeError, Decoder, Encoder};
use core::fmt;

#[cfg(test)]
use super::filler::Filler;

/// One of Kafka's messages, in all of its versions.
pub trait Message: Sized + Default {
    /// Kafka's name for it.
    const NAME: &'static str;
    /// The lowest and the highest version that the schema has.
    const VERSIONS: (i16, i16);
    /// The first version with compact lengths and tagged fields (KIP-482).
    const FLEXIBLE_FROM: Option<i16>;

    /// Reads one, and leaves what follows it.
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError>;

    /// Writes one. Fields that the version does not have are left out.
    fn encode(&self, out: &mut Encoder<'_>, version: i16);

    /// One whose fields are drawn from a test's bytes; those that the version does not have keep their defaults.
    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self;
}

/// A message that is sent to a broker.
pub trait Request: Message {
    /// The API it belongs to.
    const KEY: ApiKey;
    /// What it is answered with.
    type Response: Response;
}

/// A message that answers one.
pub trait Response: Message {
    /// The API it belongs to.
    const KEY: ApiKey;
}

/// A record of the metadata log: a message of Kafka's `MetadataRecordType`.
pub trait MetadataMessage: Message + Clone + PartialEq + fmt::Debug {
    /// The record's type, which stands in front of its version and its fields.
    const TYPE: i16;

    /// The lowest version that has every field whose value is not its default. A lower version loses one.
    fn least_version(&self) -> i16;
}

/// The key of a coordinator's record, for example in `__consumer_offsets`.
pub trait RecordKey: Message + Clone + PartialEq + fmt::Debug {
    /// The record's type, which stands in front of the key's body.
    const TYPE: i16;
    /// The message that the record's value holds.
    type Value: Message + Clone + PartialEq + fmt::Debug;
}
