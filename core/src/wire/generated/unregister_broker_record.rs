//! `UnregisterBrokerRecord`.
//
// Written by `cargo xtask codegen` from core/schemas/kafka.txt; do not edit.

use crate::wire::{DecodeError, Decoder, Encoder, Message, MetadataMessage};

#[cfg(test)]
use crate::wire::filler::Filler;

/// Kafka's `UnregisterBrokerRecord` (record type 1), versions 0 to 0, all flexible.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct UnregisterBrokerRecord {
    /// `BrokerId`.
    pub broker_id: i32,
    /// `BrokerEpoch`.
    pub broker_epoch: i64,
}

impl Message for UnregisterBrokerRecord {
    const NAME: &'static str = "UnregisterBrokerRecord";
    const VERSIONS: (i16, i16) = (0, 0);
    const FLEXIBLE_FROM: Option<i16> = Some(0);

    fn decode(input: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            broker_id: input.int32()?,
            broker_epoch: input.int64()?,
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, _version: i16) {
        out.int32(self.broker_id);
        out.int64(self.broker_epoch);
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, _version: i16) -> Self {
        Self {
            broker_id: from.int32(),
            broker_epoch: from.int64(),
        }
    }
}

impl MetadataMessage for UnregisterBrokerRecord {
    const TYPE: i16 = 1;

    fn least_version(&self) -> i16 {
        0
    }
}
