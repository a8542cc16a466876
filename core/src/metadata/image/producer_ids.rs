//! Which producer ids brokers have been given, in blocks.
//!
//! **In Kafka**: `ProducerIdsImage`, `ProducerIdsDelta`, `ProducerIdControlManager`.

use super::error::number;
use super::{Contradiction, MetadataImage};
use crate::types::ProducerId;
use crate::wire::ProducerIdsRecord;

/// Who was given the last block is not in the image: no broker asks for it.
const NOBODY: i32 = -1;

/// The broker epoch of nobody.
const NO_EPOCH: i64 = -1;

pub(super) fn set(image: &mut MetadataImage, record: &ProducerIdsRecord) -> Result<(), Contradiction> {
    let given = number("NextProducerId", record.next_producer_id, ProducerId::from_wire)?;
    match image.next_producer_id {
        Some(known) if given <= known => Err(Contradiction::ProducerIdsFall { known, given }),
        _ => {
            image.next_producer_id = Some(given);
            Ok(())
        }
    }
}

pub(super) fn written(image: &MetadataImage) -> Option<ProducerIdsRecord> {
    image.next_producer_id.map(|next| ProducerIdsRecord {
        broker_id: NOBODY,
        broker_epoch: NO_EPOCH,
        next_producer_id: next.0,
    })
}
