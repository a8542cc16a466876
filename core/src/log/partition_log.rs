//! The log: its state, how it is created, stopped and closed, and its offsets.

use super::epochs::Epochs;
use super::flush::FlushState;
use super::places::Places;
use super::producers::{ActiveProducer, Producers};
use super::repair::{small_len, tell};
use super::seam::{BatchId, LogTail, Seam};
use super::segment::{Limits, Segment};
use super::tail::Tail;
use super::{LogConfig, LogError, folder, producer_snapshot};
use crate::io::{Deed, Env, Fault, FileError, FilePath, Mutant, Offsets, TraceEvent, TraceKind};
use crate::mutant;
use crate::types::{Instant, LeaderEpoch, Offset, TopicPartition};
use std::collections::BTreeSet;

/// One partition's log.
#[derive(Clone, Debug)]
pub struct Log {
    pub(super) partition: TopicPartition,
    pub(super) folder: FilePath,
    pub(super) config: LogConfig,
    /// The segments in the order of their base offsets. There is always at least one, and only the last one grows.
    pub(super) segments: Vec<Segment>,
    pub(super) start: Offset,
    pub(super) epochs: Epochs,
    pub(super) producers: Producers,
    /// The log's last batch.
    pub(super) ends_with: LogTail,
    pub(super) tail: Tail,
    pub(super) places: Places,
    /// The offsets of the producer snapshots in the folder.
    pub(super) snapshots: BTreeSet<Offset>,
    /// The number of truncations. The result of a read or flush that began before the latest one is dropped.
    pub(super) truncations: u64,
    pub(super) flush: FlushState,
    pub(super) next_expiry: Instant,
    pub(super) health: Health,
}

/// Whether the log may still be written to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Health {
    Sound,
    /// KAFKA-10778: after a failure nothing is appended until the log is loaded anew.
    Failed,
    /// A truncation that must read segments from disk again has handed the log's files to a [`super::Loading`]. This
    /// `Log` must not be used any more.
    Spent,
}

/// How often expired producers are looked for (`producer.id.expiration.check.interval.ms`).
const EXPIRY_CHECK_MS: i64 = 600_000;

impl Log {
    /// Creates a log in `folder`, which must not exist yet, starting at offset 0.
    pub fn create(
        folder: FilePath,
        partition: TopicPartition,
        config: LogConfig,
        env: &mut Env<'_>,
    ) -> Result<Log, LogError> {
        env.files.create_dir(&folder)?;
        let mut log = Log::bare(folder, partition, config);
        folder::write_metadata(&log.folder, partition.topic, env)?;
        log.segments.push(Segment::create(&log.folder, Offset::ZERO, 0, env)?);
        log.begin_with(Producers::default(), LogTail::Nothing);
        log.flush.note_folder(&log.folder);
        log.save_epochs(env)?;
        env.trace.emit(TraceKind::Loaded, || TraceEvent::Loaded {
            partition,
            start: Offset::ZERO,
            end: Offset::ZERO,
            clean: true,
            bytes_cut: 0,
        });
        Ok(log)
    }

    /// Makes a log without a segment; the caller adds the first one.
    pub(super) fn bare(folder: FilePath, partition: TopicPartition, config: LogConfig) -> Log {
        Log {
            partition,
            folder,
            config,
            segments: Vec::new(),
            start: Offset::ZERO,
            epochs: Epochs::default(),
            producers: Producers::default(),
            ends_with: LogTail::default(),
            tail: Tail::default(),
            places: Places::default(),
            snapshots: BTreeSet::new(),
            truncations: 0,
            flush: FlushState::default(),
            next_expiry: Instant::default(),
            health: Health::Sound,
        }
    }

    /// The partition that this is the log of.
    #[must_use]
    pub fn partition(&self) -> TopicPartition {
        self.partition
    }

    /// The folder with the log's files.
    #[must_use]
    pub fn folder(&self) -> &FilePath {
        &self.folder
    }

    /// The log start offset.
    #[must_use]
    pub fn start(&self) -> Offset {
        self.start
    }

    /// The log end offset: the offset that the next record will have.
    #[must_use]
    pub fn end(&self) -> Offset {
        self.active().end
    }

    /// Every record below this offset is durable.
    #[must_use]
    pub fn flushed(&self) -> Offset {
        self.flush.flushed
    }

    /// The offset for `recovery-point-offset-checkpoint`: below it everything is durable, that is records, indexes,
    /// leader epochs and producer snapshots.
    #[must_use]
    pub fn recovery_point(&self) -> Offset {
        self.flush.recovery_point
    }

    /// The number of records that a crash could lose: those between [`Log::flushed`] and [`Log::end`].
    #[must_use]
    pub fn unflushed_records(&self) -> i64 {
        self.end().0 - self.flushed().0
    }

    /// The time of the oldest append that no finished flush covers.
    #[must_use]
    pub fn oldest_unflushed(&self) -> Option<Instant> {
        self.flush.oldest_unflushed()
    }

    /// Returns whether a closed segment is not durable yet, so that [`super::FlushUpTo::Roll`] has something to sync.
    #[must_use]
    pub fn has_unflushed_roll(&self) -> bool {
        self.flush.flushed < self.active().base
    }

    /// Bytes of all segments, without their indexes.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.segments.iter().map(|segment| segment.bytes).sum()
    }

    /// The producers that the log knows, by id.
    #[must_use]
    pub fn active_producers(&self) -> Vec<ActiveProducer> {
        self.producers.active()
    }

    /// The greatest known epoch: that of the last batch, or a newer one assigned since.
    #[must_use]
    pub fn latest_epoch(&self) -> Option<LeaderEpoch> {
        self.epochs.latest()
    }

    /// Notes that the leadership of `epoch` begins at the log's end. KAFKA-7415: called before the leader serves
    /// anything under its epoch.
    pub fn assign_epoch(&mut self, epoch: LeaderEpoch, env: &mut Env<'_>) -> Result<(), LogError> {
        if self.epochs.assign(epoch, self.end()) {
            self.save_epochs(env)?;
        }
        Ok(())
    }

    /// Finds where an epoch ends (KIP-101, KIP-279). Returns the greatest known epoch that is not above `epoch`, and
    /// the offset at which the next epoch begins, or the log's end. For an epoch below all known ones, returns that
    /// epoch and the offset at which the first known one begins. None for an epoch above all known ones.
    #[must_use]
    pub fn end_of_epoch(&self, epoch: LeaderEpoch, env: &Env<'_>) -> Option<(LeaderEpoch, Offset)> {
        if mutant!(env, Mutant::M19) && !self.epochs.knows(epoch) {
            return None;
        }
        self.epochs.end_of(epoch, self.end())
    }

    /// The epoch of the record at `offset`; the latest epoch if `offset` is not below the log's end.
    #[must_use]
    pub fn epoch_at(&self, offset: Offset) -> Option<LeaderEpoch> {
        self.epochs.at(offset)
    }

    /// Replaces the configuration, from the next append on.
    pub fn set_config(&mut self, config: LogConfig) {
        self.config = config;
    }

    /// The bytes of memory that the cache of the log's last batches keeps allocated.
    #[must_use]
    pub fn cached_bytes(&self) -> u64 {
        self.tail.cached_bytes()
    }

    /// Drops the oldest cached bytes until at most `most` bytes are kept allocated.
    pub fn trim_cache(&mut self, most: u64) {
        self.tail.trim_all(most);
    }

    /// Prepares a clean stop: completes the indexes and writes the producer snapshot. [`Log::write_owed_epochs`] and a
    /// last flush must follow and succeed before the directory's clean marker is written.
    pub fn stop(&mut self, env: &mut Env<'_>) -> Result<(), LogError> {
        self.check_health()?;
        self.active_mut().complete(env)?;
        self.flush.note_stop();
        // Only a failed disk is an error here: without a snapshot at the log's end, the next start only has to scan the
        // last segment.
        match self.write_snapshot(self.end(), None, env) {
            Err(error) if error.is_of_device() => return Err(error.into()),
            Ok(()) | Err(_) => {}
        }
        self.save_epochs(env)
    }

    /// Closes the log's files.
    pub fn close(mut self, env: &mut Env<'_>) {
        if self.health != Health::Spent {
            self.segments.iter_mut().for_each(|it| it.close(env));
        }
    }

    /// Closes the log's files, and removes them and their folder.
    pub fn delete(self, env: &mut Env<'_>) -> Result<(), LogError> {
        let folder = self.folder.clone();
        self.close(env);
        for entry in env.files.list(&folder)? {
            env.files.remove(&folder.join(&entry.name))?;
        }
        Ok(env.files.remove_dir(&folder)?)
    }

    /// The last segment, which is the one that grows.
    pub(super) fn active(&self) -> &Segment {
        self.segments.last().expect("a log has a segment")
    }

    pub(super) fn active_mut(&mut self) -> &mut Segment {
        self.segments.last_mut().expect("a log has a segment")
    }

    pub(super) fn limits(&self) -> Limits {
        let config = &self.config;
        Limits { bytes: config.segment_bytes, ms: config.segment_ms, index_bytes: config.segment_index_bytes }
    }

    /// The number of the segment whose range of offsets contains `offset`. Returns the last segment for an offset
    /// behind the log's end, and the first segment for an offset before that segment.
    pub(super) fn segment_of(&self, offset: Offset) -> usize {
        self.segments.partition_point(|it| it.base <= offset).saturating_sub(1)
    }

    /// Writes the changed epochs to `leader-epoch-checkpoint`. If the write is denied, on a full disk for example, they
    /// are written later, and the recovery point does not rise before that.
    pub(super) fn save_epochs(&mut self, env: &mut Env<'_>) -> Result<(), LogError> {
        match self.write_epochs(env) {
            Err(LogError::Denied(_)) => Ok(()),
            other => other,
        }
    }

    /// Whether the last write of `leader-epoch-checkpoint` was denied.
    #[must_use]
    pub fn owes_epochs(&self) -> bool {
        self.flush.owes_epochs()
    }

    /// Writes the epochs if their last write was denied. A log that stops cleanly needs them: the next start trusts
    /// `leader-epoch-checkpoint`, and takes records of an epoch that the file does not have for corrupt.
    ///
    /// # Errors
    /// [`LogError::Denied`] if the write is denied again.
    pub fn write_owed_epochs(&mut self, env: &mut Env<'_>) -> Result<(), LogError> {
        if self.flush.owes_epochs() { self.write_epochs(env) } else { Ok(()) }
    }

    fn write_epochs(&mut self, env: &mut Env<'_>) -> Result<(), LogError> {
        let written = folder::write_epochs(&self.folder, &self.epochs.encode(), env);
        self.flush.note_epochs(written.is_ok());
        written.or_else(|error| self.deny(error))
    }

    /// Sets the producer state and the log's last batch, and drops the batches that are kept in memory, when the log
    /// begins anew or is about to be read from its files.
    pub(super) fn begin_with(&mut self, producers: Producers, ends_with: LogTail) {
        self.tail = Tail::new(producers.clone(), ends_with);
        (self.producers, self.ends_with) = (producers, ends_with);
    }

    /// Writes a snapshot of the producer state as of `offset`, which is the log's end. The snapshot's seam names
    /// `first`, the first batch of the segment that begins there, if one does.
    pub(super) fn write_snapshot(
        &mut self,
        offset: Offset,
        first: Option<BatchId>,
        env: &mut Env<'_>,
    ) -> Result<(), FileError> {
        let path = self.snapshot_path(offset);
        let bytes = self.snapshot_bytes(offset, first, env);
        self.snapshots.insert(offset);
        let written = env.files.replace(&path, &bytes);
        if written.is_ok() {
            self.flush.note_snapshot(path);
        } else {
            // An incomplete snapshot is of no use. If its file cannot be removed either, the checksum shows later that
            // it is incomplete.
            self.snapshots.remove(&offset);
            let _ = env.files.remove(&path);
        }
        written
    }

    /// Writes the producer snapshot at `offset` so that no half-written file is left if the process is killed.
    pub(super) fn write_snapshot_whole(
        &mut self,
        offset: Offset,
        first: Option<BatchId>,
        env: &mut Env<'_>,
    ) -> Result<(), FileError> {
        let path = self.snapshot_path(offset);
        let bytes = self.snapshot_bytes(offset, first, env);
        folder::replace_whole(&path, &bytes, env)?;
        self.snapshots.insert(offset);
        self.flush.note_snapshot(path);
        Ok(())
    }

    fn snapshot_bytes(&mut self, offset: Offset, first: Option<BatchId>, env: &mut Env<'_>) -> Vec<u8> {
        let before = self.segments.iter_mut().rev().find(|it| first.is_some() && it.base < offset);
        let indexes = before.map(|it| it.index_checksums(env));
        producer_snapshot::encode(&self.producers, Seam::new(self.ends_with, first, indexes))
    }

    /// Removes the producer snapshots above `offset`.
    pub(super) fn remove_snapshots_above(&mut self, offset: Offset, env: &mut Env<'_>) -> Result<(), FileError> {
        for above in self.snapshots.split_off(&offset.plus(1)) {
            self.forget_snapshot(above, env)?;
        }
        Ok(())
    }

    /// Removes the producer snapshots above `offset` at which no segment begins. `offset` is the base of the first
    /// segment that a scan has read.
    pub(super) fn remove_stray_snapshots(&mut self, offset: Offset, env: &mut Env<'_>) -> Result<(), FileError> {
        let bases: BTreeSet<Offset> = self.segments.iter().map(|it| it.base).collect();
        let above = self.snapshots.split_off(&offset.plus(1));
        let (kept, stray) = above.into_iter().partition(|it| bases.contains(it));
        self.snapshots.extend::<BTreeSet<Offset>>(kept);
        for stray in BTreeSet::<Offset>::into_iter(stray) {
            self.discard_snapshot(stray, Fault::Leftover, env)?;
        }
        Ok(())
    }

    /// Removes the producer snapshots above `offset`, where a loaded log ends, and says so.
    pub(super) fn discard_snapshots_above(&mut self, offset: Offset, env: &mut Env<'_>) -> Result<(), FileError> {
        for above in self.snapshots.split_off(&offset.plus(1)) {
            self.discard_snapshot(above, Fault::BehindEnd, env)?;
        }
        Ok(())
    }

    fn discard_snapshot(&mut self, offset: Offset, fault: Fault, env: &mut Env<'_>) -> Result<(), FileError> {
        let path = self.snapshot_path(offset);
        let len = small_len(&path, env);
        self.forget_snapshot(offset, env)?;
        tell(&path, fault, Deed::Removed, Offsets::From(offset), len, env);
        Ok(())
    }

    fn forget_snapshot(&mut self, offset: Offset, env: &mut Env<'_>) -> Result<(), FileError> {
        let path = self.snapshot_path(offset);
        self.flush.forget_snapshot(&path);
        match env.files.remove(&path) {
            Ok(()) | Err(FileError::NotFound) => Ok(()),
            Err(error) => Err(error),
        }
    }

    pub(super) fn snapshot_path(&self, offset: Offset) -> FilePath {
        self.folder.join(&folder::file_name(offset, folder::SNAPSHOT))
    }

    pub(super) fn expire_producers(&mut self, env: &Env<'_>) {
        if env.now.mono < self.next_expiry {
            return;
        }
        self.next_expiry = env.now.mono.plus_ms(EXPIRY_CHECK_MS.min(self.config.producer_id_expiration_ms));
        self.producers.expire(env.now.wall, self.config.producer_id_expiration_ms);
        self.tail.expire(&self.producers);
    }

    pub(super) fn check_health(&self) -> Result<(), FileError> {
        match self.health {
            Health::Sound => Ok(()),
            Health::Failed | Health::Spent => Err(FileError::Io),
        }
    }

    /// Returns the error of an operation that left the log as it was. If the device failed, the log counts as failed.
    pub(super) fn deny<T, E: From<FileError>>(&mut self, error: FileError) -> Result<T, E> {
        if error.is_of_device() {
            self.health = Health::Failed;
        }
        Err(error.into())
    }

    pub(super) fn fail<T, E>(&mut self, error: E) -> Result<T, E> {
        self.health = Health::Failed;
        Err(error)
    }
}
