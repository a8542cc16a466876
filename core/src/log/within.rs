//! A follower's log that begins within a batch. This happens because DeleteRecords may set the leader's log start
//! offset to any offset, and not only to the base offset of a batch.
//!
//! A follower that begins its log anew at such an offset is sent the whole batch that contains the offset. The batch
//! goes into a segment that begins at the batch's base offset, and the log start offset does not change.
//!
//! **In Kafka**: the append throws `UnexpectedAppendOffsetException`, and `Partition` then calls
//! `truncateFullyAndStartAt` with the batch's base offset (KAFKA-6975).

use super::segment::Segment;
use super::tail::Cached;
use super::{AppendError, Log};
use crate::io::{Env, FileError};
use crate::record::{Batch, EndTxnMarker};
use bytes::Bytes;

impl Log {
    /// Returns whether the log has no record yet, and its start lies within `batch`, which comes from the leader.
    pub(super) fn begins_within(&self, batch: &Batch) -> bool {
        let (header, start) = (batch.header(), self.start);
        let is_bare = self.segments.len() == 1 && self.active().bytes == 0 && self.end() == start;
        is_bare
            && header.base < start
            && start < header.next()
            && batch.is_intact()
            && header.leader_epoch.is_some()
            && header.leader_epoch >= self.latest_epoch()
    }

    /// Appends the log's first batch, which comes from the leader and contains the log start offset. If the disk is
    /// full, nothing changes.
    pub(super) fn begin_within(&mut self, batch: &Batch, held: u32, env: &mut Env<'_>) -> Result<(), AppendError> {
        let header = *batch.header();
        let mut segment = Segment::create(&self.folder, header.base, 0, env)?;
        if let Err(error) = env.files.append(segment.file, &[batch.bytes().clone()]) {
            return match (segment.remove(env), error) {
                (Ok(()), error) => self.deny(error),
                (Err(_), _) => self.fail(AppendError::Failed(FileError::Io)),
            };
        }
        // The old segment's file is removed below. Reads and flushes of that file may be under way. Their results are
        // dropped, because they began under a lower number of truncations.
        self.truncations += 1;
        let mut bare = core::mem::replace(self.active_mut(), segment);
        if let Err(error) = bare.remove(env) {
            return self.fail(AppendError::Failed(error));
        }
        self.flush.note_names();
        self.flush.note_append(env.now.mono);
        let cached = Cached::new([Bytes::new(), batch.bytes().clone()], held);
        self.took(&header, EndTxnMarker::parse(batch), Some(cached), env);
        self.traced(&header, false, env);
        match header.leader_epoch {
            // The epoch begins at the log start offset, not at the batch's base, because the log has nothing below its
            // start.
            Some(epoch) => self.assign(epoch, self.start, env),
            None => Ok(()),
        }
    }
}
