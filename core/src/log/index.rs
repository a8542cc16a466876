//! Sparse indexes of a segment, by offset and by time, in Kafka's file formats.
//!
//! Entries are kept in memory while a segment grows, and are written to the file in pieces. The file of the active
//! segment may lack the newest entries: it is completed at a roll and at a clean stop, and rebuilt after a crash.

use super::folder;
use super::repair::tell;
use crate::io::{Deed, Env, Fault, FileError, FileId, FilePath, Offsets, Open, SyncWhat};
use crate::record::crc32c;
use bytes::Bytes;
use std::sync::Arc;

/// An entry of an index file, which is a sequence of such entries.
pub(super) trait Entry: Copy + PartialEq + core::fmt::Debug {
    /// The number of bytes that an entry takes in the file.
    const LEN: usize;
    fn put(&self, out: &mut Vec<u8>);
    fn get(bytes: &[u8]) -> Option<Self>;
    /// Returns whether `self` may be the entry right behind `before`.
    fn follows(&self, before: &Self) -> bool;
}

/// An entry of `.index`, which finds a batch by its last offset.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct OffsetEntry {
    /// The batch's last offset, relative to the segment's base.
    pub(super) last: u32,
    /// The position in the segment at which the batch begins.
    pub(super) position: u32,
}

/// An entry of `.timeindex`: the greatest timestamp of the segment so far.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct TimeEntry {
    /// The timestamp.
    pub(super) timestamp: i64,
    /// The last offset of the batch with this timestamp, relative to the segment's base.
    pub(super) last: u32,
}

impl Entry for OffsetEntry {
    const LEN: usize = 8;

    fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.last.to_be_bytes());
        out.extend_from_slice(&self.position.to_be_bytes());
    }

    fn get(bytes: &[u8]) -> Option<OffsetEntry> {
        let last = u32::from_be_bytes(*bytes.first_chunk()?);
        let position = u32::from_be_bytes(*bytes.get(4..)?.first_chunk()?);
        (last <= i32::MAX as u32).then_some(OffsetEntry { last, position })
    }

    fn follows(&self, before: &OffsetEntry) -> bool {
        self.last > before.last && self.position > before.position
    }
}

impl Entry for TimeEntry {
    const LEN: usize = 12;

    fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.timestamp.to_be_bytes());
        out.extend_from_slice(&self.last.to_be_bytes());
    }

    fn get(bytes: &[u8]) -> Option<TimeEntry> {
        let timestamp = i64::from_be_bytes(*bytes.first_chunk()?);
        let last = u32::from_be_bytes(*bytes.get(8..)?.first_chunk()?);
        (last <= i32::MAX as u32).then_some(TimeEntry { timestamp, last })
    }

    fn follows(&self, before: &TimeEntry) -> bool {
        self.timestamp > before.timestamp && self.last >= before.last
    }
}

/// An index and its file.
#[derive(Clone, Debug)]
pub(super) struct Index<E> {
    path: FilePath,
    entries: Entries<E>,
    /// What the index file contains: exactly the first entries of the index, or contents that cannot be relied on.
    persisted: Persisted,
    unsynced: bool,
}

#[derive(Clone, Debug)]
enum Entries<E> {
    /// The entries of a segment found on disk. They are not read from the index file yet.
    OnDisk,
    /// The entries of the active segment.
    Growing(Vec<E>),
    /// The entries of a closed segment, in memory.
    Sealed(Arc<[E]>),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Persisted {
    First(usize),
    /// The file must be written whole, because a write failed or the entries were rebuilt.
    Stale,
}

/// The number of entries that are written to the file together.
const PIECE: usize = 128;

impl<E: Entry> Index<E> {
    /// Makes the empty index of a new segment. A file of that name, which a crash may have left, is replaced.
    pub(super) fn create(path: FilePath, env: &mut Env<'_>) -> Index<E> {
        let mut index = Index::anew(path);
        if env.files.replace(&index.path, &[]).is_ok() {
            index.persisted = Persisted::First(0);
            index.unsynced = true;
        }
        index
    }

    /// Makes the index of a closed segment that was found on disk, without reading the index file.
    pub(super) fn found(path: FilePath) -> Index<E> {
        Index { path, entries: Entries::OnDisk, persisted: Persisted::Stale, unsynced: false }
    }

    /// Makes an empty index that is to be rebuilt from the segment's batches.
    pub(super) fn anew(path: FilePath) -> Index<E> {
        let entries = Entries::Growing(Vec::new());
        Index { path, entries, persisted: Persisted::Stale, unsynced: false }
    }

    pub(super) fn path(&self) -> &FilePath {
        &self.path
    }

    /// Returns the entries, and reads them first if they are only on disk. An invalid file counts as empty, which makes
    /// a search take longer.
    pub(super) fn entries(&mut self, env: &mut Env<'_>) -> &[E] {
        self.find(Deed::Unused, env);
        self.known()
    }

    /// Reads the entries if they are only on disk. Returns false if they were and the file is missing or invalid: then
    /// says so, and that `deed` is what is done about it.
    pub(super) fn find(&mut self, deed: Deed, env: &mut Env<'_>) -> bool {
        let Entries::OnDisk = self.entries else { return true };
        let entries = self.read(deed, env);
        if let Some(entries) = &entries {
            self.persisted = Persisted::First(entries.len());
        }
        let is_whole = entries.is_some();
        self.entries = Entries::Sealed(entries.unwrap_or_default().into());
        is_whole
    }

    /// The entries that are in memory; none if the index file was not read yet.
    pub(super) fn known(&self) -> &[E] {
        match &self.entries {
            Entries::OnDisk => &[],
            Entries::Growing(entries) => entries,
            Entries::Sealed(entries) => entries,
        }
    }

    /// The checksum that the index file has if it contains exactly the entries of this index.
    pub(super) fn checksum(&mut self, env: &mut Env<'_>) -> u32 {
        crc32c(&encode(self.entries(env)))
    }

    /// Reads the index file of a segment that will get more batches. Returns false if the file is invalid: the segment
    /// must then be scanned.
    pub(super) fn reopen(&mut self, env: &mut Env<'_>) -> bool {
        let Some(entries) = self.read(Deed::Rebuilt, env) else {
            return false;
        };
        self.persisted = Persisted::First(entries.len());
        self.entries = Entries::Growing(entries);
        true
    }

    /// Reads the index file. If it is missing or invalid, says so, with what is done about it.
    fn read(&self, deed: Deed, env: &mut Env<'_>) -> Option<Vec<E>> {
        let read = env.files.read_small(&self.path, i32::MAX as u64);
        let (len, entries) = match &read {
            Ok(bytes) => (bytes.len() as u64, decode(bytes)),
            Err(_) => (0, None),
        };
        if entries.is_none() {
            let fault = if read == Err(FileError::NotFound) { Fault::Missing } else { Fault::Unreadable };
            let name = self.path.name();
            let base = folder::offset_of(name, folder::INDEX).or_else(|| folder::offset_of(name, folder::TIME_INDEX));
            tell(&self.path, fault, deed, base.map_or(Offsets::None, Offsets::From), len, env);
        }
        entries
    }

    /// Adds an entry in memory. The file is written once [`PIECE`] entries are missing in it.
    pub(super) fn push(&mut self, entry: E, env: &mut Env<'_>) {
        let entries = self.growing(env);
        debug_assert!(entries.last().is_none_or(|last| entry.follows(last)));
        entries.push(entry);
        let len = entries.len();
        if let Persisted::First(persisted) = self.persisted
            && len - persisted >= PIECE
        {
            self.append_piece(persisted, env);
        }
    }

    /// Drops the first entry for which `keep` returns false, and all entries behind it.
    pub(super) fn truncate(&mut self, keep: impl FnMut(&E) -> bool, env: &mut Env<'_>) {
        let entries = self.growing(env);
        let kept = entries.partition_point(keep);
        entries.truncate(kept);
        if let Persisted::First(persisted) = self.persisted
            && persisted > kept
        {
            let cut = self.with_file(env, |file, env| env.files.truncate(file, (kept * E::LEN) as u64));
            self.persisted = if cut.is_ok() { Persisted::First(kept) } else { Persisted::Stale };
            self.unsynced = true;
        }
    }

    /// Writes to the file all entries that it does not have yet. A failed write is not an error: the index file is
    /// removed, and a segment without an index is scanned when it is loaded. The only error is a file that can neither
    /// be written nor removed.
    pub(super) fn complete(&mut self, env: &mut Env<'_>) -> Result<(), FileError> {
        if let Entries::OnDisk = self.entries {
            return Ok(());
        }
        let len = self.known().len();
        if let Persisted::First(persisted) = self.persisted
            && persisted < len
        {
            self.append_piece(persisted, env);
        }
        if self.persisted == Persisted::Stale {
            self.unsynced = true;
            if env.files.replace(&self.path, &encode(self.known())).is_err() {
                self.persisted = Persisted::Stale;
                return self.remove(env);
            }
            self.persisted = Persisted::First(len);
        }
        Ok(())
    }

    /// Writes the missing entries to the file, because the segment gets no more batches.
    pub(super) fn seal(&mut self, env: &mut Env<'_>) -> Result<(), FileError> {
        self.complete(env)?;
        if let Entries::Growing(entries) = &mut self.entries {
            self.entries = Entries::Sealed(core::mem::take(entries).into());
        }
        Ok(())
    }

    /// Returns the index file if the next flush must sync it. A file that was removed need not be synced.
    pub(super) fn take_unsynced(&mut self) -> Option<SyncWhat> {
        let there = core::mem::take(&mut self.unsynced) && self.persisted != Persisted::Stale;
        there.then(|| SyncWhat::Path(self.path.clone()))
    }

    pub(super) fn forget_synced(&mut self) {
        self.unsynced = true;
    }

    /// Removes the file if it exists.
    pub(super) fn remove(&mut self, env: &mut Env<'_>) -> Result<(), FileError> {
        match env.files.remove(&self.path) {
            Ok(()) | Err(FileError::NotFound) => Ok(()),
            Err(error) => Err(error),
        }
    }

    fn growing(&mut self, env: &mut Env<'_>) -> &mut Vec<E> {
        if !matches!(self.entries, Entries::Growing(_)) {
            let entries = self.entries(env).to_vec();
            self.entries = Entries::Growing(entries);
        }
        match &mut self.entries {
            Entries::Growing(entries) => entries,
            Entries::OnDisk | Entries::Sealed(_) => unreachable!("the entries were just made to grow"),
        }
    }

    fn append_piece(&mut self, persisted: usize, env: &mut Env<'_>) {
        let len = self.known().len();
        let bytes = Bytes::from(encode(&self.known()[persisted..]));
        let appended = self.with_file(env, |file, env| env.files.append(file, &[bytes]));
        // If the file's length is not that of all entries, the file contains something else too. It is then marked
        // to be written anew as a whole.
        if appended.is_ok_and(|end| end == (len * E::LEN) as u64) {
            self.persisted = Persisted::First(len);
            self.unsynced = true;
        } else {
            self.persisted = Persisted::Stale;
        }
    }

    /// Opens the index file for one change. It does not stay open, because it is rarely written: a node with many logs
    /// would hold two more file descriptors for each of them.
    fn with_file<T>(
        &self,
        env: &mut Env<'_>,
        change: impl FnOnce(FileId, &mut Env<'_>) -> Result<T, FileError>,
    ) -> Result<T, FileError> {
        let file = env.files.open(&self.path, Open::Any)?;
        let changed = change(file, env);
        env.files.close(file);
        changed
    }
}

fn encode<E: Entry>(entries: &[E]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(entries.len() * E::LEN);
    entries.iter().for_each(|it| it.put(&mut bytes));
    bytes
}

/// Parses the contents of an index file. Returns none unless they are whole entries in increasing order.
fn decode<E: Entry>(bytes: &[u8]) -> Option<Vec<E>> {
    if !bytes.len().is_multiple_of(E::LEN) {
        return None;
    }
    let mut entries: Vec<E> = Vec::with_capacity(bytes.len() / E::LEN);
    for raw in bytes.chunks_exact(E::LEN) {
        let entry = E::get(raw)?;
        if entries.last().is_some_and(|last| !entry.follows(last)) {
            return None;
        }
        entries.push(entry);
    }
    Some(entries)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_layouts_are_kafkas() {
        let offsets = [OffsetEntry { last: 5, position: 0 }, OffsetEntry { last: 9, position: 4100 }];
        assert_eq!(encode(&offsets), [0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 16, 4]);
        assert_eq!(decode::<OffsetEntry>(&encode(&offsets)).unwrap(), offsets);
        let times = [TimeEntry { timestamp: 258, last: 5 }];
        assert_eq!(encode(&times), [0, 0, 0, 0, 0, 0, 1, 2, 0, 0, 0, 5]);
        assert_eq!(decode::<TimeEntry>(&encode(&times)).unwrap(), times);
    }

    #[test]
    fn a_file_that_makes_no_sense_is_none() {
        let good = OffsetEntry { last: 5, position: 10 };
        for next in [good, OffsetEntry { last: 4, position: 20 }, OffsetEntry { last: 6, position: 10 }] {
            assert_eq!(decode::<OffsetEntry>(&encode(&[good, next])), None, "{next:?}");
        }
        assert_eq!(decode::<OffsetEntry>(&encode(&[good])[..7]), None, "half an entry");
        assert_eq!(decode::<TimeEntry>(&[0; 24]), None, "room that was never used");
    }

    proptest! {
        #![proptest_config(gracchus_cases::property(gracchus_cases::ORDINARY))]

        #[test]
        fn random_bytes_are_entries_in_order_or_none(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
            if let Some(entries) = decode::<OffsetEntry>(&bytes) {
                prop_assert!(entries.windows(2).all(|it| it[1].follows(&it[0])));
            }
            if let Some(entries) = decode::<TimeEntry>(&bytes) {
                prop_assert!(entries.windows(2).all(|it| it[1].follows(&it[0])));
            }
        }
    }
}
