//! An image as records: what a snapshot of the metadata log holds.
//!
//! The order is Kafka's: features first, with `metadata.version` at the head; brokers and controllers; topics, each with
//! its partitions behind it; configurations; quotas; producer ids; ACLs; SCRAM credentials; delegation tokens.
//!
//! The records have everything that the image has. What a lower metadata.version cannot hold shows as an
//! [`UnwritableRecord`] when a record is written there, and [`MetadataImage::losses`] names all of it beforehand. Kafka
//! leaves eligible leader replicas out where their feature is switched off; here they are written, so that a reader of the
//! snapshot has what a reader of the log has.
//!
//! **In Kafka**: `MetadataImage.write`, `ImageWriter`, `ImageWriterOptions`.

use super::{MetadataImage, acls, configs, features, producer_ids, quotas, scram, tokens};
use crate::metadata::features::MetadataVersion;
use crate::metadata::record::{MetadataRecord, UnwritableRecord};

impl MetadataImage {
    /// The records of a snapshot of this image at that metadata.version, in Kafka's order. They are made as they are
    /// asked for.
    pub fn records(&self, at: MetadataVersion) -> impl Iterator<Item = MetadataRecord> {
        let topics = self.topics.values().flat_map(move |topic| {
            let partitions = topic.partition_records(at).map(MetadataRecord::from);
            core::iter::once(topic.to_record().into()).chain(partitions)
        });
        features::written(self, at)
            .map(MetadataRecord::from)
            .chain(self.brokers.values().map(|broker| broker.to_record().into()))
            .chain(self.controllers.values().map(|controller| controller.to_record().into()))
            .chain(topics)
            .chain(configs::written(self).map(MetadataRecord::from))
            .chain(quotas::written(self).map(MetadataRecord::from))
            .chain(producer_ids::written(self).map(MetadataRecord::from))
            .chain(acls::written(self).map(MetadataRecord::from))
            .chain(scram::written(self).map(MetadataRecord::from))
            .chain(tokens::written(self).map(MetadataRecord::from))
    }

    /// What a snapshot at that metadata.version would lose, each kind once, in the order of the records.
    #[must_use]
    pub fn losses(&self, at: MetadataVersion) -> Vec<UnwritableRecord> {
        let mut losses = Vec::new();
        for loss in self.records(at).filter_map(|record| record.version_at(at).err()) {
            if !losses.contains(&loss) {
                losses.push(loss);
            }
        }
        losses
    }
}
