//! `BrokerRegistrationChangeRecord`.
//
// Written by `cargo xtask codegen` from core/schemas/kafka.txt; do not edit.

use crate::types::Uuid;
use crate::wire::{DecodeError, Decoder, Encoder, Message, MetadataMessage};

#[cfg(test)]
use crate::wire::filler::Filler;

/// Kafka's `BrokerRegistrationChangeRecord` (record type 17), versions 0 to 3, all flexible.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct BrokerRegistrationChangeRecord {
    /// `BrokerId`.
    pub broker_id: i32,
    /// `BrokerEpoch`.
    pub broker_epoch: i64,
    /// `Fenced`, tag 0.
    pub fenced: i8,
    /// `InControlledShutdown`, from version 1, tag 1.
    pub in_controlled_shutdown: i8,
    /// `LogDirs`, from version 2, tag 2.
    pub log_dirs: Vec<Uuid>,
    /// `CordonedLogDirs`, from version 3, tag 3; may be null.
    pub cordoned_log_dirs: Option<Vec<Uuid>>,
}

impl Message for BrokerRegistrationChangeRecord {
    const NAME: &'static str = "BrokerRegistrationChangeRecord";
    const VERSIONS: (i16, i16) = (0, 3);
    const FLEXIBLE_FROM: Option<i16> = Some(0);

    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let mut this = Self {
            broker_id: input.int32()?,
            broker_epoch: input.int64()?,
            fenced: 0,
            in_controlled_shutdown: 0,
            log_dirs: Vec::new(),
            cordoned_log_dirs: None,
        };
        input.tags(|input, tag| {
            match tag {
                0 => this.fenced = input.int8()?,
                1 if version >= 1 => this.in_controlled_shutdown = input.int8()?,
                2 if version >= 2 => this.log_dirs = input.array(true, 16, |input| input.uuid())?,
                3 if version >= 3 => this.cordoned_log_dirs = input.nullable_array(true, 16, |input| input.uuid())?,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        out.int32(self.broker_id);
        out.int64(self.broker_epoch);
        let has_0 = self.fenced != 0;
        let has_1 = version >= 1 && self.in_controlled_shutdown != 0;
        let has_2 = version >= 2 && !self.log_dirs.is_empty();
        let has_3 = version >= 3 && self.cordoned_log_dirs.is_some();
        out.tag_count(u32::from(has_0) + u32::from(has_1) + u32::from(has_2) + u32::from(has_3));
        if has_0 {
            out.tag(0, |out| out.int8(self.fenced));
        }
        if has_1 {
            out.tag(1, |out| out.int8(self.in_controlled_shutdown));
        }
        if has_2 {
            out.tag(2, |out| out.array(&self.log_dirs, true, |out, it| out.uuid(*it)));
        }
        if has_3 {
            out.tag(3, |out| out.nullable_array(self.cordoned_log_dirs.as_deref(), true, |out, it| out.uuid(*it)));
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            broker_id: from.int32(),
            broker_epoch: from.int64(),
            fenced: from.int8(),
            in_controlled_shutdown: if version >= 1 { from.int8() } else { 0 },
            log_dirs: if version >= 2 { from.array(|from| from.uuid()) } else { Vec::new() },
            cordoned_log_dirs: if version >= 3 { from.option(|from| from.array(|from| from.uuid())) } else { None },
        }
    }
}

impl MetadataMessage for BrokerRegistrationChangeRecord {
    const TYPE: i16 = 17;

    fn least_version(&self) -> i16 {
        if self.cordoned_log_dirs.is_some() {
            return 3;
        }
        if !self.log_dirs.is_empty() {
            return 2;
        }
        if self.in_controlled_shutdown != 0 {
            return 1;
        }
        0
    }
}
