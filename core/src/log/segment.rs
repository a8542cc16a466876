//! One segment: a file of batches with its two indexes.

use super::folder;
use super::index::{Index, OffsetEntry, TimeEntry};
use super::repair::{self, tell};
use super::seam::BatchId;
use crate::io::{Deed, Env, Fault, FileError, FileId, FilePath, Offsets, Open, SyncWhat};
use crate::record::BatchHeader;
use crate::types::{Now, Offset, Timestamp};

/// A segment of a log. Only the last one grows.
#[derive(Clone, Debug)]
pub(super) struct Segment {
    pub(super) base: Offset,
    /// The offset after the segment's last record; for a closed segment, the base of the next one.
    pub(super) end: Offset,
    pub(super) file: FileId,
    pub(super) path: FilePath,
    /// The length of the file.
    pub(super) bytes: u64,
    /// The position of this segment's first byte in the log, counted over all segments.
    pub(super) origin: u64,
    pub(super) offsets: Index<OffsetEntry>,
    pub(super) times: Index<TimeEntry>,
    /// The bytes since the last entry of the offset index.
    since_entry: u64,
    /// The greatest timestamp, with the last offset of the first batch that has it. For a segment found on disk it is
    /// not known until the time index is read.
    newest: Option<(i64, Offset)>,
    /// The time from which `segment.ms` counts.
    rolls_since: RollsSince,
    /// Whether the file was changed since a flush last began to sync it.
    pub(super) unsynced: bool,
    /// Whether the next append must begin a new file, even if this segment is empty. The disk may hold old batches
    /// behind this segment's end, and a power loss could leave some of them among the new ones.
    pub(super) ended: bool,
    /// The batch that the snapshot at the segment's base names as the segment's first batch. The snapshot is written
    /// before the batch is appended. None if there is no such snapshot, or if the snapshot names no first batch.
    pub(super) begins_with: Option<BatchId>,
}

/// The time from which `segment.ms` counts. As in Kafka, this is the records' own time if they have timestamps.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum RollsSince {
    /// The segment has no batch with a timestamp yet. This is when the segment was created, emptied by a truncation, or
    /// found on disk at the node's start.
    Created(Timestamp),
    /// The greatest timestamp of the first batch that has one.
    FirstBatch(i64),
}

/// The limits at which a segment is full.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) bytes: u32,
    pub(super) ms: i64,
    pub(super) index_bytes: u32,
}

impl Segment {
    /// Makes an empty segment in a new file. If a file of that name exists, it is replaced and not emptied, because a
    /// power loss could bring its batches back among the new ones.
    pub(super) fn create(
        folder: &FilePath,
        base: Offset,
        origin: u64,
        env: &mut Env<'_>,
    ) -> Result<Segment, FileError> {
        let path = folder.join(&folder::file_name(base, folder::LOG));
        let file = match env.files.open(&path, Open::New) {
            Err(FileError::Exists) => Segment::replace_file(&path, folder, base, env)?,
            opened => opened?,
        };
        let offsets = Index::create(folder.join(&folder::file_name(base, folder::INDEX)), env);
        let times = Index::create(folder.join(&folder::file_name(base, folder::TIME_INDEX)), env);
        Ok(Segment {
            base,
            end: base,
            file,
            path,
            bytes: 0,
            origin,
            offsets,
            times,
            since_entry: 0,
            newest: None,
            rolls_since: RollsSince::Created(env.now.wall),
            unsynced: true,
            ended: false,
            begins_with: None,
        })
    }

    /// Makes an empty file under another name and renames it to `path`, so that a crash leaves the old file or the new
    /// one.
    fn replace_file(path: &FilePath, folder: &FilePath, base: Offset, env: &mut Env<'_>) -> Result<FileId, FileError> {
        let new = folder.join(&folder::file_name(base, ".log.tmp"));
        match env.files.remove(&new) {
            Ok(()) | Err(FileError::NotFound) => {}
            Err(error) => return Err(error),
        }
        let file = env.files.open(&new, Open::New)?;
        match env.files.rename(&new, path) {
            Ok(()) => Ok(file),
            Err(error) => {
                env.files.close(file);
                Err(error)
            }
        }
    }

    /// Opens a segment whose file exists, without reading its indexes.
    pub(super) fn found(folder: &FilePath, base: Offset, env: &mut Env<'_>) -> Result<Segment, FileError> {
        let path = folder.join(&folder::file_name(base, folder::LOG));
        let file = env.files.open(&path, Open::Existing)?;
        let bytes = match env.files.len(file) {
            Ok(bytes) => bytes,
            Err(error) => {
                env.files.close(file);
                return Err(error);
            }
        };
        Ok(Segment {
            base,
            end: base,
            file,
            path,
            bytes,
            origin: 0,
            offsets: Index::found(folder.join(&folder::file_name(base, folder::INDEX))),
            times: Index::found(folder.join(&folder::file_name(base, folder::TIME_INDEX))),
            since_entry: 0,
            newest: None,
            rolls_since: RollsSince::Created(env.now.wall),
            unsynced: false,
            ended: false,
            begins_with: None,
        })
    }

    /// Prepares the segment for more appends after a clean stop, which left the log's end at `end`. Returns false if an
    /// index file is invalid.
    pub(super) fn reopen(&mut self, end: Offset, env: &mut Env<'_>) -> bool {
        if !self.offsets.reopen(env) || !self.times.reopen(env) {
            return false;
        }
        let last = self.offsets.known().last();
        if last.is_some_and(|it| u64::from(it.position) >= self.bytes || self.base.0 + i64::from(it.last) >= end.0) {
            let (path, from) = (self.offsets.path().clone(), Offsets::From(self.base));
            tell(&path, Fault::Mismatch, Deed::Rebuilt, from, repair::small_len(&path, env), env);
            return false;
        }
        self.since_entry = self.bytes - last.map_or(0, |it| u64::from(it.position));
        self.end = end;
        if let Some(first) = self.times.known().first() {
            self.rolls_since = RollsSince::FirstBatch(first.timestamp);
        }
        self.newest = self.newest_entry();
        true
    }

    /// Forgets what is known of the segment's batches, because a scan notes all batches anew from the first byte on.
    pub(super) fn begin_scan(&mut self) {
        self.end = self.base;
        self.bytes = 0;
        self.since_entry = 0;
        self.newest = None;
        self.offsets = Index::anew(self.offsets.path().clone());
        self.times = Index::anew(self.times.path().clone());
        self.unsynced = true;
    }

    /// Notes a batch that was added at the end of the file.
    pub(super) fn note(&mut self, header: &BatchHeader, interval: u32, env: &mut Env<'_>) {
        let last = header.last();
        if header.max_timestamp > self.newest.map_or(-1, |it| it.0) {
            self.newest = Some((header.max_timestamp, last));
        }
        if let (RollsSince::Created(_), Some(first)) = (self.rolls_since, header.max_timestamp()) {
            self.rolls_since = RollsSince::FirstBatch(first.0);
        }
        if self.since_entry > u64::from(interval) && self.bytes <= i32::MAX as u64 {
            let entry = OffsetEntry { last: self.relative(last), position: self.bytes as u32 };
            self.offsets.push(entry, env);
            self.note_newest(env);
            self.since_entry = 0;
        }
        self.bytes += u64::from(header.len);
        self.since_entry += u64::from(header.len);
        self.end = header.next();
    }

    /// Returns whether a batch of `len` bytes that ends with `last` must go to a new segment (`LogSegment.shouldRoll`).
    pub(super) fn is_full(&self, len: u64, last: Offset, max_timestamp: i64, limits: &Limits, now: Now) -> bool {
        if self.bytes == 0 {
            return last.0 - self.base.0 > i64::from(i32::MAX);
        }
        let waited = match self.rolls_since {
            RollsSince::FirstBatch(first) if max_timestamp >= 0 => max_timestamp.saturating_sub(first),
            RollsSince::FirstBatch(since) | RollsSince::Created(Timestamp(since)) => now.wall.0.saturating_sub(since),
        };
        self.bytes + len > u64::from(limits.bytes)
            || waited > limits.ms
            || self.offsets.known().len() >= limits.index_bytes as usize / 8
            || self.times.known().len() + 1 >= limits.index_bytes as usize / 12
            || last.0 - self.base.0 > i64::from(i32::MAX)
    }

    /// The checksums of the offset index and the time index.
    pub(super) fn index_checksums(&mut self, env: &mut Env<'_>) -> [u32; 2] {
        [self.offsets.checksum(env), self.times.checksum(env)]
    }

    /// Completes and closes the indexes, because the segment gets no more batches.
    pub(super) fn seal(&mut self, env: &mut Env<'_>) -> Result<(), FileError> {
        self.note_newest(env);
        self.offsets.seal(env)?;
        self.times.seal(env)
    }

    /// Writes the missing entries to the index files.
    pub(super) fn complete(&mut self, env: &mut Env<'_>) -> Result<(), FileError> {
        self.note_newest(env);
        self.offsets.complete(env)?;
        self.times.complete(env)
    }

    /// Adds to `what` the files of this segment that a flush must sync: the segment's own file and, if `with_indexes`,
    /// its indexes.
    pub(super) fn take_unsynced(&mut self, with_indexes: bool, what: &mut Vec<SyncWhat>) {
        if core::mem::take(&mut self.unsynced) {
            what.push(SyncWhat::File(self.file));
        }
        if with_indexes {
            what.extend(self.offsets.take_unsynced());
            what.extend(self.times.take_unsynced());
        }
    }

    /// Marks the files as not synced, because a flush that was to sync them counts for nothing or a crash came before
    /// it.
    pub(super) fn forget_synced(&mut self) {
        self.unsynced = true;
        self.offsets.forget_synced();
        self.times.forget_synced();
    }

    /// Truncates the file to its first `bytes` bytes, which end with a batch. `end` is the offset behind that batch.
    /// `newest` is the greatest timestamp among those batches of the segment that are kept in memory, with the batch's
    /// last offset.
    pub(super) fn truncate(
        &mut self,
        bytes: u64,
        end: Offset,
        newest: Option<(i64, Offset)>,
        env: &mut Env<'_>,
    ) -> Result<(), FileError> {
        env.files.truncate(self.file, bytes)?;
        let base = self.base;
        self.bytes = bytes;
        self.end = end;
        self.unsynced = true;
        self.ended = true;
        self.offsets.truncate(|it| u64::from(it.position) < bytes, env);
        self.times.truncate(|it| base.0 + i64::from(it.last) < end.0, env);
        let last = self.offsets.known().last();
        self.since_entry = bytes - last.map_or(0, |it| u64::from(it.position));
        self.newest = self.newest_entry();
        if newest.is_some_and(|it| it.0 > self.newest.map_or(-1, |it| it.0)) {
            self.newest = newest;
        }
        if bytes == 0 {
            self.rolls_since = RollsSince::Created(env.now.wall);
        }
        Ok(())
    }

    /// Removes the segment's files while the log is loaded, because of `fault`, and says so.
    pub(super) fn discard(&mut self, fault: Fault, env: &mut Env<'_>) -> Result<(), FileError> {
        self.remove(env)?;
        tell(&self.path, fault, Deed::Removed, repair::offsets(self.base, self.end), self.bytes, env);
        Ok(())
    }

    /// Removes the segment's files. The log file goes first, because an index without it is never used.
    pub(super) fn remove(&mut self, env: &mut Env<'_>) -> Result<(), FileError> {
        env.files.close(self.file);
        env.files.remove(&self.path)?;
        self.offsets.remove(env)?;
        self.times.remove(env)
    }

    /// Renames the segment's files to names that mark them for removal, and returns the new names. Reads under way are
    /// not disturbed.
    pub(super) fn set_aside(&mut self, env: &mut Env<'_>) -> Result<Vec<FilePath>, FileError> {
        let aside = |path: &FilePath| FilePath::new(path.dir, &format!("{}{}", path.path, folder::DELETED));
        // The log file first, because an index without it is never used.
        let records = aside(&self.path);
        env.files.rename(&self.path, &records)?;
        let mut files = vec![records];
        for path in [self.offsets.path(), self.times.path()] {
            match env.files.rename(path, &aside(path)) {
                Ok(()) => files.push(aside(path)),
                Err(error) if error.is_of_device() => return Err(error),
                // For want of disk space the index file was never written, or it cannot be renamed. The next start of
                // the node removes index files that have no log file.
                Err(_) => {}
            }
        }
        self.close(env);
        Ok(files)
    }

    pub(super) fn close(&mut self, env: &mut Env<'_>) {
        env.files.close(self.file);
    }

    /// Returns the position of a batch that is at or before the one with `offset`, and that batch's last offset if the
    /// index names the batch.
    pub(super) fn position_before(&mut self, offset: Offset, env: &mut Env<'_>) -> (u64, Option<Offset>) {
        let base = self.base;
        let entries = self.offsets.entries(env);
        let behind = entries.partition_point(|it| base.0 + i64::from(it.last) <= offset.0);
        match behind.checked_sub(1).map(|at| entries[at]) {
            Some(entry) if u64::from(entry.position) < self.bytes => {
                (u64::from(entry.position), Some(base.plus(i64::from(entry.last))))
            }
            _ => (0, None),
        }
    }

    /// Reads the indexes of a segment found on disk. Returns false, and says so, if one is missing or invalid: the
    /// caller must have the indexes rebuilt.
    pub(super) fn find_indexes(&mut self, env: &mut Env<'_>) -> bool {
        let offsets = self.offsets.find(Deed::Rebuilt, env);
        self.times.find(Deed::Rebuilt, env) && offsets
    }

    /// Returns the position of the last batch that the offset index names, or 0 if that index is empty.
    ///
    /// # Errors
    /// The offset index or the time index names a batch at or above `end`, where the segment ends: that index is not
    /// this segment's. The error is its path.
    pub(super) fn last_known_place(&mut self, end: Offset, env: &mut Env<'_>) -> Result<u64, FilePath> {
        let base = self.base;
        let is_before = |last: u32| base.0 + i64::from(last) < end.0;
        if !self.times.entries(env).last().is_none_or(|it| is_before(it.last)) {
            return Err(self.times.path().clone());
        }
        match self.offsets.entries(env).last() {
            Some(it) if is_before(it.last) && u64::from(it.position) < self.bytes => Ok(u64::from(it.position)),
            Some(_) => Err(self.offsets.path().clone()),
            None => Ok(0),
        }
    }

    /// Returns how many bytes to read from position `at` on, so that the read ends where a batch begins. The read
    /// contains the batch with `from` and about `most` bytes behind the start of that batch. Returns none if the
    /// offset index names no batch before which such a read could end.
    pub(super) fn stretch(&mut self, at: u64, from: Offset, most: u32, env: &mut Env<'_>) -> Option<u64> {
        let (base, bytes) = (self.base, self.bytes);
        let entries = self.offsets.entries(env);
        let behind = entries.partition_point(|it| base.0 + i64::from(it.last) < from.0);
        // The batch with `from` begins at the position `wanted` or before it.
        let wanted = entries.get(behind).map_or(at, |it| u64::from(it.position).max(at));
        if bytes <= wanted + u64::from(most) {
            return bytes.checked_sub(at);
        }
        let fits = entries.partition_point(|it| u64::from(it.position) <= wanted + u64::from(most));
        let last = entries[..fits].last().map(|it| u64::from(it.position)).filter(|end| *end > wanted);
        let end = last.or_else(|| entries.get(fits).map(|it| u64::from(it.position)));
        end.map(|end| end - at)
    }

    /// Estimates the position of the record at `offset` from the index entries in memory alone.
    pub(super) fn position_known(&self, offset: Offset) -> u64 {
        let entries = self.offsets.known();
        let behind = entries.partition_point(|it| self.base.0 + i64::from(it.last) <= offset.0);
        behind.checked_sub(1).map_or(0, |at| u64::from(entries[at].position))
    }

    /// The greatest timestamp, with the last offset of the first batch that has it.
    pub(super) fn newest(&mut self, env: &mut Env<'_>) -> Option<(i64, Offset)> {
        if self.newest.is_none() {
            self.times.entries(env);
            self.newest = self.newest_entry();
        }
        self.newest
    }

    /// The time from which the age of a segment without timestamps counts: when it was created, or found when the node
    /// started.
    pub(super) fn known_since(&self) -> i64 {
        match self.rolls_since {
            RollsSince::Created(Timestamp(at)) | RollsSince::FirstBatch(at) => at,
        }
    }

    /// Returns an offset below which every record of the segment is older than `at`.
    pub(super) fn offset_before(&mut self, at: i64, env: &mut Env<'_>) -> Offset {
        let base = self.base;
        let entries = self.times.entries(env);
        let behind = entries.partition_point(|it| it.timestamp < at);
        behind.checked_sub(1).map_or(base, |it| base.plus(i64::from(entries[it].last)))
    }

    fn newest_entry(&self) -> Option<(i64, Offset)> {
        self.times.known().last().map(|it| (it.timestamp, self.base.plus(i64::from(it.last))))
    }

    fn note_newest(&mut self, env: &mut Env<'_>) {
        if let Some((timestamp, last)) = self.newest
            && timestamp > self.times.known().last().map_or(-1, |it| it.timestamp)
        {
            self.times.push(TimeEntry { timestamp, last: self.relative(last) }, env);
        }
    }

    fn relative(&self, offset: Offset) -> u32 {
        u32::try_from(offset.0 - self.base.0).expect("a segment is rolled before its offsets leave 31 bits")
    }
}
