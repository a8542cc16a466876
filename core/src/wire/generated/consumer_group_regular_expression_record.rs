//! `ConsumerGroupRegularExpressionKey` and `ConsumerGroupRegularExpressionValue`.
//
// Written by `cargo xtask codegen` from core/schemas/kafka.txt; do not edit.

use crate::wire::{DecodeError, Decoder, Encoder, Message, RecordKey};
use bytestring::ByteString;

#[cfg(test)]
use crate::wire::filler::Filler;

/// Kafka's `ConsumerGroupRegularExpressionKey` (record type 16), versions 0 to 0.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ConsumerGroupRegularExpressionKey {
    /// `GroupId`.
    pub group_id: ByteString,
    /// `RegularExpression`.
    pub regular_expression: ByteString,
}

impl Message for ConsumerGroupRegularExpressionKey {
    const NAME: &'static str = "ConsumerGroupRegularExpressionKey";
    const VERSIONS: (i16, i16) = (0, 0);
    const FLEXIBLE_FROM: Option<i16> = None;

    fn decode(input: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        Ok(Self {
            group_id: input.string(false)?,
            regular_expression: input.string(false)?,
        })
    }

    fn encode(&self, out: &mut Encoder<'_>, _version: i16) {
        out.string(&self.group_id, false);
        out.string(&self.regular_expression, false);
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, _version: i16) -> Self {
        Self {
            group_id: from.string(),
            regular_expression: from.string(),
        }
    }
}

impl RecordKey for ConsumerGroupRegularExpressionKey {
    const TYPE: i16 = 16;
    type Value = ConsumerGroupRegularExpressionValue;
}

/// Kafka's `ConsumerGroupRegularExpressionValue`, versions 0 to 0, all flexible.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ConsumerGroupRegularExpressionValue {
    /// `Topics`.
    pub topics: Vec<ByteString>,
    /// `Version`.
    pub version: i64,
    /// `Timestamp`.
    pub timestamp: i64,
}

impl Message for ConsumerGroupRegularExpressionValue {
    const NAME: &'static str = "ConsumerGroupRegularExpressionValue";
    const VERSIONS: (i16, i16) = (0, 0);
    const FLEXIBLE_FROM: Option<i16> = Some(0);

    fn decode(input: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            topics: input.array(true, 1, |input| input.string(true))?,
            version: input.int64()?,
            timestamp: input.int64()?,
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, _version: i16) {
        out.array(&self.topics, true, |out, it| out.string(it, true));
        out.int64(self.version);
        out.int64(self.timestamp);
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, _version: i16) -> Self {
        Self {
            topics: from.array(|from| from.string()),
            version: from.int64(),
            timestamp: from.int64(),
        }
    }
}
