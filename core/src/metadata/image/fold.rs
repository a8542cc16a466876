//! The fold of the metadata log and of its snapshots, which makes images of records.
//!
//! A controller may write a change that takes several batches as a transaction (KIP-868). Nobody sees any of it before
//! its end, and nothing of it remains if it is aborted. The fold replays a transaction's records on a copy of the image;
//! the copy shares what the transaction does not change, and becomes the image at the end.
//!
//! A snapshot holds no transaction: none is made while one is open, and a record that begins or ends one is refused
//! there.
//!
//! **In Kafka**: `MetadataBatchLoader`, `MetadataDelta.finishSnapshot`, `OffsetControlManager`, `SnapshotGenerator`.

use super::{BadReplay, Contradiction, MetadataImage, version_at};
use crate::metadata::record::MetadataRecord;
use crate::types::Offset;

/// The fold of the metadata log.
#[derive(Clone, Debug, Default)]
pub struct MetadataFold {
    /// The image outside of any transaction.
    settled: MetadataImage,
    /// The transaction that is open.
    open: Option<Transaction>,
}

#[derive(Clone, Debug)]
struct Transaction {
    began: Offset,
    /// The image with what the transaction has changed so far.
    image: MetadataImage,
}

impl MetadataFold {
    /// The fold that goes on from an image: that of a snapshot, or one of an empty cluster.
    #[must_use]
    pub fn new(image: MetadataImage) -> MetadataFold {
        MetadataFold { settled: image, open: None }
    }

    /// The image that the log gives so far, without the transaction that may be open.
    #[must_use]
    pub fn image(&self) -> &MetadataImage {
        &self.settled
    }

    /// The image with the records of the open transaction: what the controller that writes the transaction decides on.
    #[must_use]
    pub fn image_ahead(&self) -> &MetadataImage {
        self.open.as_ref().map_or(&self.settled, |open| &open.image)
    }

    /// The offset at which the open transaction began.
    #[must_use]
    pub fn transaction(&self) -> Option<Offset> {
        self.open.as_ref().map(|open| open.began)
    }

    /// The image of which a snapshot may be made; none while a transaction is open. A snapshot ends where a batch ends,
    /// so this is asked between batches.
    #[must_use]
    pub fn snapshot(&self) -> Option<&MetadataImage> {
        self.open.is_none().then_some(&self.settled)
    }

    /// Applies the record at that offset. Fails where the record contradicts those before it; the fold is unchanged
    /// then.
    pub fn replay(&mut self, record: &MetadataRecord, at: Offset) -> Result<(), BadReplay> {
        let bad = |why| Err(BadReplay { at, record: record.name(), why });
        match (record, &mut self.open) {
            (MetadataRecord::BeginTransaction(_), Some(open)) => {
                bad(Contradiction::NestedTransaction { began: open.began })
            }
            (MetadataRecord::BeginTransaction(_), None) => {
                self.open = Some(Transaction { began: at, image: self.settled.clone() });
                Ok(())
            }
            (MetadataRecord::EndTransaction(_) | MetadataRecord::AbortTransaction(_), None) => {
                bad(Contradiction::NoTransaction)
            }
            (MetadataRecord::EndTransaction(_), open @ Some(_)) => {
                self.settled = open.take().map(|open| open.image).unwrap_or_default();
                self.settled.version = version_at(at);
                Ok(())
            }
            (MetadataRecord::AbortTransaction(_), open @ Some(_)) => {
                *open = None;
                self.settled.version = version_at(at);
                Ok(())
            }
            (record, Some(open)) => open.image.replay(record, at),
            (record, None) => self.settled.replay(record, at),
        }
    }
}

/// The fold of a snapshot's records, which begins with nothing.
#[derive(Clone, Debug, Default)]
pub struct SnapshotFold {
    image: MetadataImage,
    /// How many records were replayed.
    count: i64,
}

impl SnapshotFold {
    /// The fold of a snapshot of the cluster that `before` is an image of. Nothing of `before` remains but what no record
    /// says: the cluster's id, and who leads the quorum.
    #[must_use]
    pub fn new(before: &MetadataImage) -> SnapshotFold {
        let (cluster_id, controller) = (before.cluster_id.clone(), before.controller);
        SnapshotFold { image: MetadataImage { cluster_id, controller, ..MetadataImage::default() }, count: 0 }
    }

    /// Applies the next record. Fails where the record contradicts those before it. An error's `at` counts the
    /// snapshot's records from 0.
    pub fn replay(&mut self, record: &MetadataRecord) -> Result<(), BadReplay> {
        self.image.replay(record, Offset(self.count))?;
        self.count += 1;
        Ok(())
    }

    /// The image of the snapshot, whose last record of the log has the offset `last`. Fails where partitions are missing
    /// between those of a topic.
    pub fn finish(mut self, last: Offset) -> Result<MetadataImage, Contradiction> {
        if let Some(missing) = self.image.missing_partition() {
            return Err(Contradiction::MissingPartition(missing));
        }
        self.image.version = version_at(last);
        Ok(self.image)
    }
}
