//! `DelegationTokenRecord`.
//
// Written by `cargo xtask codegen` from core/schemas/kafka.txt; do not edit.

use crate::wire::{DecodeError, Decoder, Encoder, Message, MetadataMessage};
use bytestring::ByteString;

#[cfg(test)]
use crate::wire::filler::Filler;

/// Kafka's `DelegationTokenRecord` (record type 10), versions 0 to 0, all flexible.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct DelegationTokenRecord {
    /// `Owner`.
    pub owner: ByteString,
    /// `Requester`.
    pub requester: ByteString,
    /// `Renewers`.
    pub renewers: Vec<ByteString>,
    /// `IssueTimestamp`.
    pub issue_timestamp: i64,
    /// `MaxTimestamp`.
    pub max_timestamp: i64,
    /// `ExpirationTimestamp`.
    pub expiration_timestamp: i64,
    /// `TokenId`.
    pub token_id: ByteString,
}

impl Message for DelegationTokenRecord {
    const NAME: &'static str = "DelegationTokenRecord";
    const VERSIONS: (i16, i16) = (0, 0);
    const FLEXIBLE_FROM: Option<i16> = Some(0);

    fn decode(input: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            owner: input.string(true)?,
            requester: input.string(true)?,
            renewers: input.array(true, 1, |input| input.string(true))?,
            issue_timestamp: input.int64()?,
            max_timestamp: input.int64()?,
            expiration_timestamp: input.int64()?,
            token_id: input.string(true)?,
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, _version: i16) {
        out.string(&self.owner, true);
        out.string(&self.requester, true);
        out.array(&self.renewers, true, |out, it| out.string(it, true));
        out.int64(self.issue_timestamp);
        out.int64(self.max_timestamp);
        out.int64(self.expiration_timestamp);
        out.string(&self.token_id, true);
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, _version: i16) -> Self {
        Self {
            owner: from.string(),
            requester: from.string(),
            renewers: from.array(|from| from.string()),
            issue_timestamp: from.int64(),
            max_timestamp: from.int64(),
            expiration_timestamp: from.int64(),
            token_id: from.string(),
        }
    }
}

impl MetadataMessage for DelegationTokenRecord {
    const TYPE: i16 = 10;

    fn least_version(&self) -> i16 {
        0
    }
}
