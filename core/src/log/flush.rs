//! Makes appends durable. At most one flush is under way; the next one covers what is appended meanwhile.

use super::bound::Bound;
use super::partition_log::Health;
use super::{Log, LogError, folder};
use crate::io::{Env, FileError, FilePath, Mutant, SyncWhat, TraceEvent, TraceKind};
use crate::mutant;
use crate::types::{Instant, Offset};

/// Identifies a flush of one log.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct FlushTicket(pub u64);

/// The syncs that must all have ended before [`Log::on_flushed`] is called.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Flush {
    /// To be given to [`Log::on_flushed`].
    pub ticket: FlushTicket,
    /// The files and folders to sync, in any order.
    pub what: Vec<SyncWhat>,
}

/// How far a flush reaches.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FlushUpTo {
    /// The whole log, up to its end.
    End,
    /// Closed segments only, as Kafka flushes them in the background after a roll.
    Roll,
}

/// What of a log is durable, what the flush under way syncs, and what the next flush has to sync.
#[derive(Clone, Debug, Default)]
pub(super) struct FlushState {
    pub(super) flushed: Offset,
    pub(super) recovery_point: Offset,
    in_flight: Option<InFlight>,
    next_ticket: u64,
    /// The time of the first append since the last flush began.
    oldest: Option<Instant>,
    /// Folders, other than the log's own, in which a name was added or removed: the log's parent folder, if the log's
    /// folder is new. The next flush syncs these folders.
    folders: Vec<FilePath>,
    names: Names,
    snapshots: Vec<FilePath>,
    epochs: EpochsFile,
    metadata: Option<FilePath>,
    /// Whether this start found the file `sync-failed`, and no flush has reached the log's end since. The file says
    /// that the disk failed under this log before the restart.
    in_doubt: bool,
    /// The truncation below the high watermark that the file `cut-below` records.
    pub(super) bound: Option<Bound>,
    /// The offset up to which checkpoint files from before a restart or a truncation may still say that records are
    /// durable. A truncation below this offset is recorded in `cut-below` first, because recovery would otherwise trust
    /// the old checkpoint file.
    pub(super) promised: Offset,
    /// The greater of the recovery point and the high watermark that the checkpoint files had when the node started.
    /// When `cut-below` is written, it warns of all offsets up to this one at least.
    pub(super) claimed: Offset,
    stopping: bool,
}

#[derive(Clone, Debug)]
struct InFlight {
    ticket: FlushTicket,
    /// Every record below this offset is durable when the flush has ended.
    covers: Offset,
    /// Whether the recovery point rises when the flush has ended. It does not if `leader-epoch-checkpoint` could not be
    /// written, because the disk was full for example.
    completely: bool,
    up_to: FlushUpTo,
    truncations: u64,
    oldest: Option<Instant>,
    /// The lowest base offset of the segments and snapshots whose files this flush syncs.
    files_from: Offset,
    taken: Taken,
}

/// What a flush took over from [`FlushState`] and gives back if it makes nothing durable.
#[derive(Clone, Debug, Default)]
struct Taken {
    folders: Vec<FilePath>,
    metadata: Option<FilePath>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
enum Names {
    #[default]
    Synced,
    Changed,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
enum EpochsFile {
    #[default]
    Synced,
    Written,
    /// `leader-epoch-checkpoint` still has to be written, because its last write was denied.
    Owed,
}

impl Log {
    /// Begins the next flush and returns what to sync. Returns none while a flush is under way, if the log has failed,
    /// or if there is nothing to sync.
    pub fn next_flush(&mut self, up_to: FlushUpTo) -> Option<Flush> {
        if self.flush.in_flight.is_some() || self.health != Health::Sound {
            return None;
        }
        let active = self.segments.len() - 1;
        let covers = match up_to {
            FlushUpTo::End => self.end(),
            FlushUpTo::Roll if self.has_unflushed_roll() => self.active().base,
            FlushUpTo::Roll => return None,
        };
        let mut what = Vec::new();
        let mut files_from = self.flush.first_snapshot().unwrap_or(Offset(i64::MAX));
        for (at, segment) in self.segments.iter_mut().enumerate() {
            if at < active || up_to == FlushUpTo::End {
                segment.take_unsynced(at < active || self.flush.stopping, &mut what);
                if !what.is_empty() {
                    files_from = files_from.min(segment.base);
                }
            }
        }
        let (completely, taken) = self.flush.take_names(&self.folder, &mut what);
        if what.is_empty() && covers <= self.flush.flushed {
            return None;
        }
        let flush = InFlight { files_from, taken, ..InFlight::new(covers, completely, self.truncations, up_to) };
        Some(self.flush.begin(flush, what))
    }

    /// Ends a flush, when all its syncs have ended, or one has failed. `high_watermark` is the replica's. If the log was
    /// truncated since the flush began, the flush makes nothing durable.
    ///
    /// # Errors
    /// - [`LogError::Disk`] if a sync began and failed. The log directory must go offline, because the bytes that the
    ///   sync was to cover may be gone.
    /// - [`LogError::Denied`] if a sync could not begin, because no file descriptor was left for example, or if a file
    ///   that is outdated now could not be removed. The log is as good as before, and a later flush tries again.
    pub fn on_flushed(
        &mut self,
        ticket: FlushTicket,
        result: Result<(), FileError>,
        high_watermark: Offset,
        env: &mut Env<'_>,
    ) -> Result<(), LogError> {
        let Some(flush) = self.flush.in_flight.take_if(|it| it.ticket == ticket) else {
            return Ok(());
        };
        let overtaken = flush.truncations != self.truncations;
        match result {
            // This flush was to sync a file that a truncation has removed meanwhile, so that the error is harmless.
            Err(FileError::NotFound | FileError::Stale) if overtaken => {}
            Err(error) if !error.is_of_device() => {
                self.forget_flush(flush);
                return Err(LogError::Denied(error));
            }
            Err(error) if !mutant!(env, Mutant::M35) => return self.fail(LogError::Disk(error)),
            Ok(()) | Err(_) => {}
        }
        if overtaken {
            self.forget_flush(flush);
            return Ok(());
        }
        self.flush.flushed = self.flush.flushed.max(flush.covers);
        if flush.completely {
            self.flush.recovery_point = self.flush.recovery_point.max(flush.covers);
        }
        self.settle_bound(flush.covers, high_watermark, flush.completely, env)?;
        if self.flush.in_doubt && flush.up_to == FlushUpTo::End && flush.completely {
            self.end_doubt(env)?;
        }
        assert!(self.flush.recovery_point <= self.flush.flushed && self.flush.flushed <= self.end());
        let (partition, end) = (self.partition, self.flush.flushed);
        env.trace.emit(TraceKind::Flushed, || TraceEvent::Flushed { partition, end });
        Ok(())
    }

    /// Removes the file `sync-failed`, because all bytes that it warned about are durable now. If a crash brings the
    /// file back, or the removal is denied, the next start does no harm: it writes these bytes once more.
    fn end_doubt(&mut self, env: &mut Env<'_>) -> Result<(), LogError> {
        self.flush.in_doubt = false;
        self.flush.note_names();
        match env.files.remove(&self.folder.join(folder::DOUBT)) {
            Err(error) if error.is_of_device() => self.fail(error.into()),
            Ok(()) | Err(_) => Ok(()),
        }
    }

    /// Abandons the flush under way, if there is one, so that its result is ignored.
    pub(super) fn abandon_flush(&mut self) {
        if let Some(flush) = self.flush.in_flight.take() {
            self.forget_flush(flush);
        }
    }

    /// Marks all files that a flush was to sync as not synced, and all files with records above the durable offset,
    /// because the flush counts for nothing. It synced files as they were before a truncation, or some of its syncs have
    /// not ended or could not begin.
    fn forget_flush(&mut self, flush: InFlight) {
        let flushed = self.flush.flushed;
        for segment in self.segments.iter_mut().filter(|it| it.end > flushed || it.base >= flush.files_from) {
            segment.forget_synced();
        }
        let unsure =
            self.snapshots.range(flushed..).map(|it| self.folder.join(&folder::file_name(*it, folder::SNAPSHOT)));
        self.flush.snapshots = unsure.collect();
        self.flush.names = Names::Changed;
        if let Some(bound) = &mut self.flush.bound {
            bound.forget();
        }
        if self.flush.epochs == EpochsFile::Synced {
            self.flush.epochs = EpochsFile::Written;
        }
        let Taken { folders, metadata } = flush.taken;
        self.flush.folders.extend(folders);
        self.flush.metadata = metadata.or(self.flush.metadata.take());
        self.flush.oldest = flush.oldest.or(self.flush.oldest);
    }
}

impl FlushState {
    /// Notes that the whole log below `end` was found durable.
    pub(super) fn found_durable(&mut self, end: Offset) {
        (self.flushed, self.recovery_point) = (end, end);
    }

    /// Notes that the log was truncated to `end`.
    pub(super) fn note_truncation(&mut self, end: Offset) {
        self.flushed = self.flushed.min(end);
        self.recovery_point = self.recovery_point.min(end);
        self.note_cut();
    }

    pub(super) fn note_cut(&mut self) {
        if let Some(bound) = &mut self.bound {
            bound.note_cut();
        }
    }

    pub(super) fn note_append(&mut self, now: Instant) {
        self.oldest.get_or_insert(now);
    }

    pub(super) fn note_doubt(&mut self) {
        self.in_doubt = true;
    }

    pub(super) fn is_in_doubt(&self) -> bool {
        self.in_doubt
    }

    pub(super) fn note_names(&mut self) {
        self.names = Names::Changed;
    }

    /// Notes that the log's folder may be new on disk, so that the next flush also syncs its parent folder and
    /// `partition.metadata`.
    pub(super) fn note_folder(&mut self, folder: &FilePath) {
        self.names = Names::Changed;
        self.folders.push(folder.parent());
        self.metadata = Some(folder::metadata_path(folder));
    }

    pub(super) fn note_snapshot(&mut self, path: FilePath) {
        self.names = Names::Changed;
        self.snapshots.push(path);
    }

    pub(super) fn forget_snapshot(&mut self, path: &FilePath) {
        self.names = Names::Changed;
        self.snapshots.retain(|it| it != path);
    }

    pub(super) fn note_epochs(&mut self, written: bool) {
        self.names = Names::Changed;
        self.epochs = if written { EpochsFile::Written } else { EpochsFile::Owed };
    }

    pub(super) fn owes_epochs(&self) -> bool {
        self.epochs == EpochsFile::Owed
    }

    /// Notes that the log stops, and that the active segment's index files are complete. The next flush syncs these
    /// files too; otherwise it syncs the index files of closed segments only.
    pub(super) fn note_stop(&mut self) {
        self.names = Names::Changed;
        self.stopping = true;
    }

    pub(super) fn oldest_unflushed(&self) -> Option<Instant> {
        self.in_flight.as_ref().and_then(|it| it.oldest).or(self.oldest)
    }

    /// Adds to `what` the folders and small files that a flush must sync: producer snapshots, `partition.metadata`,
    /// `cut-below` and `leader-epoch-checkpoint`. The first value returned is false if `leader-epoch-checkpoint` still
    /// has to be written, because its last write was denied.
    fn take_names(&mut self, folder: &FilePath, what: &mut Vec<SyncWhat>) -> (bool, Taken) {
        let taken = Taken { folders: core::mem::take(&mut self.folders), metadata: self.metadata.take() };
        what.extend(self.snapshots.drain(..).map(SyncWhat::Path));
        what.extend(taken.metadata.clone().map(SyncWhat::Path));
        what.extend(self.bound.as_mut().and_then(|bound| bound.take(folder)).map(SyncWhat::Path));
        if self.epochs == EpochsFile::Written {
            self.epochs = EpochsFile::Synced;
            what.push(SyncWhat::Path(folder.join(folder::EPOCHS)));
        }
        if core::mem::take(&mut self.names) == Names::Changed {
            what.push(SyncWhat::Dir(folder.clone()));
        }
        what.extend(taken.folders.iter().cloned().map(SyncWhat::Dir));
        (self.epochs != EpochsFile::Owed, taken)
    }

    /// Returns the offset below which the flush under way syncs no segment and no snapshot, so that files below it may
    /// be removed.
    pub(super) fn settled_below(&self) -> Offset {
        self.in_flight.as_ref().map_or(Offset(i64::MAX), |flush| flush.files_from)
    }

    /// The lowest offset of the producer snapshots that the next flush syncs.
    fn first_snapshot(&self) -> Option<Offset> {
        self.snapshots.iter().filter_map(|path| folder::offset_of(path.name(), folder::SNAPSHOT)).min()
    }

    fn begin(&mut self, flush: InFlight, what: Vec<SyncWhat>) -> Flush {
        let ticket = FlushTicket(self.next_ticket);
        self.next_ticket += 1;
        let oldest = match flush.up_to {
            FlushUpTo::End => self.oldest.take(),
            FlushUpTo::Roll => None,
        };
        self.in_flight = Some(InFlight { ticket, oldest, ..flush });
        Flush { ticket, what }
    }
}

impl InFlight {
    fn new(covers: Offset, completely: bool, truncations: u64, up_to: FlushUpTo) -> InFlight {
        let (ticket, oldest, files_from) = (FlushTicket(0), None, Offset::ZERO);
        InFlight { ticket, covers, completely, up_to, truncations, oldest, files_from, taken: Taken::default() }
    }
}
