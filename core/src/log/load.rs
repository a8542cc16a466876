//! Finds out what is in a log's folder, and what must be read before the log is used.
//!
//! After a clean stop no record is read: the snapshot at the recovery point tells where the log ends. After any other
//! stop, everything from the segment of the recovery point on is read and checked. If the disk had failed, what is read
//! is also written once more: Linux marks the pages of a failed sync clean and keeps showing them (Rebello et al., ATC
//! 2020), so that until the next boot a later sync would succeed although the disk never got those bytes.

use super::bound::Bound;
use super::epochs::Epochs;
use super::index::{Entry as _, OffsetEntry, TimeEntry};
use super::producer_snapshot::Snapshot;
use super::producers::Producers;
use super::repair::{self, tell};
use super::scan::{Plan, Purpose};
use super::seam::LogTail;
use super::segment::Segment;
use super::{LoadHints, Loading, Log, LogConfig, LogError, folder, producer_snapshot};
use crate::io::{Deed, Entry, Env, Fault, FileError, FilePath, Offsets};
use crate::types::{Offset, TopicPartition};

impl Log {
    /// Begins to load the log in `folder`. A folder that does not exist is an error; [`Log::create`] makes a new log.
    pub fn load(
        folder: FilePath,
        partition: TopicPartition,
        config: LogConfig,
        hints: LoadHints,
        env: &mut Env<'_>,
    ) -> Result<Loading, LogError> {
        let mut log = Log::bare(folder, partition, config);
        let mut loading = match log.look_into_folder(hints, env) {
            Ok(plan) => Loading::new(log, plan),
            Err(error) => {
                log.close(env);
                return Err(error);
            }
        };
        match loading.start(env) {
            Ok(()) => Ok(loading),
            Err(error) => {
                loading.close(env);
                Err(error)
            }
        }
    }

    /// Opens the files in the log's folder, and finds out which segments must be read.
    fn look_into_folder(&mut self, hints: LoadHints, env: &mut Env<'_>) -> Result<Plan, LogError> {
        let listed = env.files.list(&self.folder)?;
        let doubted = entry_of(&listed, folder::DOUBT).is_some();
        let hints = LoadHints { clean: hints.clean && !doubted, ..hints };
        match folder::read_metadata(&self.folder, env)? {
            Some(topic) if topic != self.partition.topic => return Err(LogError::Foreign(topic)),
            Some(_) => {}
            None => {
                folder::write_metadata(&self.folder, self.partition.topic, env)?;
                tell_small(&self.folder, folder::METADATA, &listed, Deed::Replaced, Offsets::None, env);
            }
        }
        self.flush.promised = hints.recovery_point.min(hints.high_watermark);
        self.flush.claimed = hints.recovery_point.max(hints.high_watermark);
        let hints = self.heed_bound(hints, &listed, env)?;
        let found = self.take_inventory(&listed, hints, env)?;
        let durable_to = hints.durable_to();
        if hints.clean && found.is_whole() && self.reopen(hints, env)? {
            return Ok(Plan::nothing_to_read(self, hints));
        }
        let folder = self.folder.clone();
        self.flush.note_folder(&folder);
        if !hints.clean {
            self.check_first_segment(&found, hints, env)?;
        }
        let from = self.scan_from(&found, durable_to, env)?;
        if doubted {
            self.flush.note_doubt();
            let (path, base) = (self.folder.join(folder::DOUBT), self.segments[from].base);
            tell(&path, Fault::FailedSync, Deed::Rewritten, Offsets::From(base), repair::small_len(&path, env), env);
        }
        let recorded = (found.epochs == EpochsFound::Whole).then(|| self.epochs.clone());
        Ok(Plan { from, purpose: Purpose::Load(hints), durable_to, recorded })
    }

    /// Lowers the checkpointed high watermark to the cut that `cut-below` records, unless the checkpoints were written
    /// after the log had passed that cut.
    fn heed_bound(&mut self, hints: LoadHints, listed: &[Entry], env: &mut Env<'_>) -> Result<LoadHints, LogError> {
        let written = entry_of(listed, folder::BOUND).is_some();
        let Some((to, high)) = (if written { folder::read_bound(&self.folder, env)? } else { None }) else {
            if written {
                tell_small(&self.folder, folder::BOUND, listed, Deed::Unused, Offsets::None, env);
            }
            return Ok(hints);
        };
        let bound = Bound::found(to, high);
        // In two cases `cut-below` is outdated. After a clean stop, the checkpoints were written after the cut. And if
        // the checkpoints lie above all offsets that `cut-below` warns of, that file had been removed already, and a
        // power loss undid the removal.
        if hints.clean || bound.is_outlived(hints.recovery_point, hints.high_watermark) {
            let path = self.folder.join(folder::BOUND);
            let len = repair::small_len(&path, env);
            env.files.remove(&path)?;
            tell(&path, Fault::Outdated, Deed::Removed, Offsets::From(to), len, env);
            self.flush.note_names();
            return Ok(hints);
        }
        self.flush.bound = Some(bound);
        Ok(LoadHints { high_watermark: hints.high_watermark.min(to), ..hints })
    }

    /// Opens the segments, removes files that a crash left over, and reads the leader epochs.
    fn take_inventory(&mut self, listed: &[Entry], hints: LoadHints, env: &mut Env<'_>) -> Result<Inventory, LogError> {
        let names = |suffix| move |it: &Entry| folder::offset_of(&it.name, suffix);
        let bases = listed.iter().filter_map(names(folder::LOG)).collect();
        let bases = self.pass_over(bases, hints.log_start, listed, env)?;
        let first = bases.first().copied().unwrap_or(Offset::ZERO);
        for entry in listed {
            let index_of = [folder::INDEX, folder::TIME_INDEX, folder::TXN_INDEX]
                .iter()
                .find_map(|suffix| folder::offset_of(&entry.name, suffix));
            let fault = match index_of {
                _ if entry.is_dir || !folder::is_of_log(&entry.name) => Fault::Stranger,
                _ if folder::is_leftover(&entry.name) => Fault::Leftover,
                Some(base) if base < first => Fault::Passed,
                Some(base) if bases.binary_search(&base).is_err() => Fault::Orphan,
                Some(_) | None => continue,
            };
            let path = self.folder.join(&entry.name);
            let deed = if fault == Fault::Stranger { Deed::Unused } else { Deed::Removed };
            if deed == Deed::Removed {
                env.files.remove(&path)?;
            }
            tell(&path, fault, deed, index_of.map_or(Offsets::None, Offsets::From), entry.len, env);
        }
        self.snapshots = listed.iter().filter_map(names(folder::SNAPSHOT)).filter(|it| *it >= first).collect();
        for base in &bases {
            self.segments.push(Segment::found(&self.folder, *base, env)?);
        }
        if self.segments.is_empty() {
            let segment = Segment::create(&self.folder, hints.log_start, 0, env)?;
            tell(&segment.path, Fault::Missing, Deed::Begun, Offsets::From(hints.log_start), 0, env);
            self.segments.push(segment);
        }
        for at in 1..self.segments.len() {
            self.segments[at].origin = self.segments[at - 1].origin + self.segments[at - 1].bytes;
            self.segments[at - 1].end = self.segments[at].base;
        }
        let unindexed = self.first_unindexed(&bases, listed, env);
        Ok(Inventory { unindexed, epochs: self.read_epochs(listed, env)? })
    }

    /// Returns the number of the first segment that has an index file missing, or one that ends within an entry.
    fn first_unindexed(&self, bases: &[Offset], listed: &[Entry], env: &mut Env<'_>) -> Option<usize> {
        let mut first = None;
        for (at, base) in bases.iter().enumerate() {
            for (suffix, entry) in [(folder::INDEX, OffsetEntry::LEN), (folder::TIME_INDEX, TimeEntry::LEN)] {
                let name = folder::file_name(*base, suffix);
                if entry_of(listed, &name).is_none_or(|it| !it.len.is_multiple_of(entry as u64)) {
                    first = first.or(Some(at));
                    let offsets = repair::offsets(*base, self.segments[at].end);
                    tell_small(&self.folder, &name, listed, Deed::Rebuilt, offsets, env);
                }
            }
        }
        first
    }

    fn read_epochs(&mut self, listed: &[Entry], env: &mut Env<'_>) -> Result<EpochsFound, LogError> {
        let text = match env.files.read_small(&self.folder.join(folder::EPOCHS), folder::EPOCHS_MOST) {
            Ok(text) => Some(text),
            Err(FileError::NotFound | FileError::TooLarge(_)) => None,
            Err(error) => return Err(error.into()),
        };
        if let Some(epochs) = text.and_then(|text| Epochs::decode(&text)) {
            self.epochs = epochs;
            return Ok(EpochsFound::Whole);
        }
        // A log without a batch has no epochs to lose. Kafka leaves the file empty then.
        if self.segments.iter().any(|it| it.bytes > 0) {
            let from = Offsets::From(self.segments[0].base);
            tell_small(&self.folder, folder::EPOCHS, listed, Deed::Rebuilt, from, env);
        }
        Ok(EpochsFound::None)
    }

    /// Checks that the first segment is there, because a crash can keep the name of a later segment's file and lose
    /// that of the first one. The epochs tell where the log begins, since their first entry is durable no later than
    /// the first flush. If the first segment is missing, durable records are lost, and the rest of the log is used.
    ///
    /// But if nothing was ever flushed, no durable record is lost: the later segments are of no use and are removed.
    /// The same holds if all segments lie above a cut that `cut-below` records. The log was then cut within its first
    /// batch, and all segments were to be removed.
    fn check_first_segment(&mut self, found: &Inventory, hints: LoadHints, env: &mut Env<'_>) -> Result<(), LogError> {
        let base = self.segments[0].base;
        let expected = match found.epochs {
            EpochsFound::Whole => self.epochs.first_start().map_or(hints.log_start, |it| it.max(hints.log_start)),
            EpochsFound::None => hints.log_start,
        };
        if base <= expected {
            return Ok(());
        }
        let is_cut = self.flush.bound.is_some_and(|bound| bound.to < base);
        if hints.durable_to() > expected && !is_cut {
            let path = self.segments[0].path.clone();
            tell(&path, Fault::NotFirst, Deed::Kept, Offsets::Range(expected, base), 0, env);
            return Ok(());
        }
        while let Some(mut segment) = self.segments.pop() {
            segment.discard(Fault::NotFirst, env)?;
        }
        self.segments.push(Segment::create(&self.folder, expected, 0, env)?);
        Ok(())
    }

    /// Reopens the log after a clean stop, without reading any record. Returns false if the files are not as
    /// [`Log::stop`] leaves them.
    fn reopen(&mut self, hints: LoadHints, env: &mut Env<'_>) -> Result<bool, LogError> {
        let end = hints.recovery_point;
        let active = self.active();
        let fits = if active.bytes == 0 { end == active.base } else { end > active.base };
        if !fits {
            let (path, from, bytes) = (active.path.clone(), Offsets::From(active.base), active.bytes);
            tell(&path, Fault::Mismatch, Deed::ReadAgain, from, bytes, env);
            return Ok(false);
        }
        let Some(snapshot) = self.read_snapshot(end, env)? else {
            let (path, from) = (self.snapshot_path(end), Offsets::From(self.active().base));
            let fault = if self.snapshots.contains(&end) { Fault::Unreadable } else { Fault::Missing };
            tell(&path, fault, Deed::ReadAgain, from, repair::small_len(&path, env), env);
            return Ok(false);
        };
        if !self.active_mut().reopen(end, env) {
            return Ok(false);
        }
        self.begin_from(snapshot);
        Ok(true)
    }

    /// Returns the number of the segment from which the log must be read: the segment with `durable_to`, or an earlier
    /// one if an index, the epochs, or the producer state at that segment's base is missing.
    fn scan_from(&mut self, found: &Inventory, durable_to: Offset, env: &mut Env<'_>) -> Result<usize, LogError> {
        let from = match found.epochs {
            EpochsFound::Whole => self.segment_of(durable_to).min(found.unindexed.unwrap_or(usize::MAX)),
            EpochsFound::None => 0,
        };
        self.with_producers(from, env)
    }

    /// Finds the last segment, at or before number `from`, at whose base the producer state is known, and makes that
    /// the log's producer state. Returns the segment's number. If there is no such segment, the producer state is
    /// empty, and the number is 0.
    pub(super) fn with_producers(&mut self, from: usize, env: &mut Env<'_>) -> Result<usize, LogError> {
        for at in (0..=from).rev() {
            let base = self.segments[at].base;
            let known = if self.snapshots.contains(&base) { self.read_snapshot(base, env)? } else { None };
            // KAFKA-9892: a snapshot is durable before the recovery point passes it. So the search goes back by more
            // than one segment only if files were lost.
            if let Some(snapshot) = known {
                self.begin_from(snapshot);
                return Ok(at);
            }
        }
        let base = self.segments[0].base;
        if self.snapshots.contains(&base) {
            let path = self.snapshot_path(base);
            tell(&path, Fault::Unreadable, Deed::Unused, Offsets::From(base), repair::small_len(&path, env), env);
        }
        let is_new = base == Offset::ZERO;
        self.begin_with(Producers::default(), if is_new { LogTail::Nothing } else { LogTail::Unknown });
        Ok(0)
    }

    fn begin_from(&mut self, snapshot: Snapshot) {
        self.begin_with(snapshot.producers, snapshot.seam.map_or(LogTail::Unknown, |it| it.before()));
    }

    /// Reads the snapshot at `offset`; none if it is absent or was not written whole.
    ///
    /// # Errors
    /// The disk failed. This is not treated as an absent snapshot, because then loading would not continue in the
    /// segment at `offset`.
    pub(super) fn read_snapshot(&self, offset: Offset, env: &mut Env<'_>) -> Result<Option<Snapshot>, LogError> {
        match env.files.read_small(&self.snapshot_path(offset), i32::MAX as u64) {
            Ok(bytes) => Ok(producer_snapshot::decode(&bytes, env.now.wall, self.config.producer_id_expiration_ms)),
            Err(FileError::NotFound | FileError::TooLarge(_)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

impl LoadHints {
    /// Returns the offset below which no record may be cut: the records there were durable, and no truncation has
    /// reached them since. Returns 0 if that offset is not above the log start offset. Then no record above the log
    /// start offset was durable, and the batch that contains the log start offset may be incomplete too.
    fn durable_to(&self) -> Offset {
        let durable = self.recovery_point.min(self.high_watermark);
        match self.clean {
            true => Offset(i64::MAX),
            false if durable <= self.log_start => Offset::ZERO,
            false => durable,
        }
    }
}

/// Finds a file in the list of a folder, which is in the order of the names.
fn entry_of<'a>(listed: &'a [Entry], name: &str) -> Option<&'a Entry> {
    listed.binary_search_by(|it| it.name.as_bytes().cmp(name.as_bytes())).ok().map(|at| &listed[at])
}

/// Says what is done about the small file `name` of `folder`, which is not in the list or not as it should be.
fn tell_small(folder: &FilePath, name: &str, listed: &[Entry], deed: Deed, offsets: Offsets, env: &mut Env<'_>) {
    let found = entry_of(listed, name);
    let fault = if found.is_some() { Fault::Unreadable } else { Fault::Missing };
    tell(&folder.join(name), fault, deed, offsets, found.map_or(0, |it| it.len), env);
}

/// What was found in a log's folder before the segments are read.
struct Inventory {
    /// The number of the first segment whose index files are missing or incomplete.
    unindexed: Option<usize>,
    epochs: EpochsFound,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum EpochsFound {
    Whole,
    None,
}

impl Inventory {
    fn is_whole(&self) -> bool {
        self.unindexed.is_none() && self.epochs == EpochsFound::Whole
    }
}
