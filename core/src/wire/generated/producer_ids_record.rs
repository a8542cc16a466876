//! `ProducerIdsRecord`.
//
// Written by `cargo xtask codegen` from core/schemas/kafka.txt; do not edit.

use crate::wire::{DecodeError, Decoder, Encoder, Message, MetadataMessage};

#[cfg(test)]
use crate::wire::filler::Filler;

/// Kafka's `ProducerIdsRecord` (record type 15), versions 0 to 0, all flexible.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ProducerIdsRecord {
    /// `BrokerId`.
    pub broker_id: i32,
    /// `BrokerEpoch`.
    pub broker_epoch: i64,
    /// `NextProducerId`.
    pub next_producer_id: i64,
}

impl Default for ProducerIdsRecord {
    fn default() -> Self {
        Self {
            broker_id: 0,
            broker_epoch: -1,
            next_producer_id: 0,
        }
    }
}

impl Message for ProducerIdsRecord {
    const NAME: &'static str = "ProducerIdsRecord";
    const VERSIONS: (i16, i16) = (0, 0);
    const FLEXIBLE_FROM: Option<i16> = Some(0);

    fn decode(input: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            broker_id: input.int32()?,
            broker_epoch: input.int64()?,
            next_producer_id: input.int64()?,
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, _version: i16) {
        out.int32(self.broker_id);
        out.int64(self.broker_epoch);
        out.int64(self.next_producer_id);
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, _version: i16) -> Self {
        Self {
            broker_id: from.int32(),
            broker_epoch: from.int64(),
            next_producer_id: from.int64(),
        }
    }
}

impl MetadataMessage for ProducerIdsRecord {
    const TYPE: i16 = 15;

    fn least_version(&self) -> i16 {
        0
    }
}
