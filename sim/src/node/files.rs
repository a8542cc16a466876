//! The core's files on simulated disks, for the length of one turn.

use crate::choices::{Choices, Stream};
use crate::config::DiskConfig;
use crate::counters::Counters;
use crate::disk::{Disk, Ino, Needs, Operation};
use crate::fault::Cut;
use crate::observer::DiskFaultSeen;
use bytes::Bytes;
use gracchus_core::io::{Entry, FileError, FileId, FilePath, Files, Open, ShardId};

/// What a process has open. Slots are reused, generations are not.
#[derive(Clone, Debug, Default)]
pub struct OpenFiles {
    slots: Vec<(u32, Option<Handle>)>,
    free: Vec<u32>,
}

#[derive(Clone, Debug)]
pub(super) struct Handle {
    pub(super) ino: Ino,
    pub(super) path: FilePath,
}

impl OpenFiles {
    pub(super) fn get(&self, file: FileId) -> Option<&Handle> {
        let (generation, handle) = self.slots.get(file.slot as usize)?;
        if *generation == file.generation { handle.as_ref() } else { None }
    }

    /// The file behind an id that is still open.
    #[must_use]
    pub fn find(&self, file: FileId) -> Option<(Ino, FilePath)> {
        self.get(file).map(|handle| (handle.ino, handle.path.clone()))
    }

    fn insert(&mut self, handle: Handle) -> FileId {
        if let Some(slot) = self.free.pop() {
            let (generation, place) = &mut self.slots[slot as usize];
            *place = Some(handle);
            return FileId { slot, generation: *generation };
        }
        self.slots.push((0, Some(handle)));
        FileId { slot: self.slots.len() as u32 - 1, generation: 0 }
    }

    /// A file has another name: whatever is open of it goes by that from now on.
    fn rename(&mut self, from: &FilePath, to: &FilePath) {
        let handles = self.slots.iter_mut().filter_map(|(_, handle)| handle.as_mut());
        handles.filter(|handle| handle.path == *from).for_each(|handle| handle.path = to.clone());
    }

    fn take(&mut self, file: FileId) -> Option<Handle> {
        self.get(file)?;
        let (generation, place) = &mut self.slots[file.slot as usize];
        *generation += 1;
        self.free.push(file.slot);
        place.take()
    }
}

/// A fault of a disk that took effect in a turn.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DiskSeen {
    /// On which file.
    pub path: FilePath,
    /// What.
    pub fault: DiskFaultSeen,
    /// How many of the turn's effects stand before it: all of them where a crash cut its call, of which nobody was told.
    pub behind: usize,
}

/// Stands for a place that is not known before the call has ended.
pub(super) const UNPLACED: usize = usize::MAX;

/// What unwinds a call that a crash cuts: everything behind it does not happen.
#[derive(Debug)]
pub(super) struct CutHere;

/// The files of one turn.
#[derive(Debug)]
pub(super) struct TurnFiles<'a> {
    pub(super) shard: ShardId,
    pub(super) disks: &'a mut [Disk],
    pub(super) open: &'a mut OpenFiles,
    pub(super) config: &'a DiskConfig,
    pub(super) choices: &'a mut Choices,
    pub(super) counters: &'a mut Counters,
    /// File operations until the crash that was drawn beforehand.
    pub(super) cut: Option<&'a mut Cut>,
    /// Disk faults that took effect. What stands before one is known when its call has ended.
    pub(super) seen: &'a mut Vec<DiskSeen>,
    /// What the shard's operations took.
    pub(super) spent_ns: u64,
    /// Whether one of them hangs on a stuck disk.
    pub(super) stuck: bool,
}

impl TurnFiles<'_> {
    fn disk(&mut self, path: &FilePath) -> Result<&mut Disk, FileError> {
        self.disks.get_mut(usize::from(path.dir.0)).ok_or(FileError::NotFound)
    }

    /// Returns an error if what the operation needs is denied.
    pub(super) fn permit(&mut self, needs: Needs, path: &FilePath) -> Result<(), FileError> {
        let Some(why) = self.disk(path)?.faults().denial(needs, &path.path) else { return Ok(()) };
        self.counters.denied += 1;
        self.note(path, DiskFaultSeen::Denied(why));
        Err(why)
    }

    /// Time passes; a write may be the one at which the machine stops, or fail.
    fn begin_write(&mut self, path: &FilePath, parts: &[Bytes], ino: Option<Ino>) -> Result<(), FileError> {
        self.spend(path, parts);
        if let Some(Cut::AfterFileOps(left)) = self.cut.as_deref_mut() {
            if *left == 0 {
                self.write_a_part(path, parts, ino);
                // Unwinding drops what came after; the hook of panics is not told, for nothing is wrong.
                std::panic::resume_unwind(Box::new(CutHere));
            }
            *left -= 1;
        }
        let planned = self.disk(path)?.faults_mut().strikes(Operation::Write, &path.path);
        if planned || self.choices.chance(Stream::Disk, self.config.write_error_ppm) {
            self.write_a_part(path, parts, ino);
            self.counters.failed_writes += 1;
            self.note(path, DiskFaultSeen::WriteFailed);
            return Err(FileError::Io);
        }
        Ok(())
    }

    fn begin_read(&mut self, path: &FilePath) -> Result<(), FileError> {
        self.spend(path, &[]);
        let planned = self.disk(path)?.faults_mut().strikes(Operation::Read, &path.path);
        if planned || self.choices.chance(Stream::Disk, self.config.read_error_ppm) {
            self.counters.failed_reads += 1;
            self.note(path, DiskFaultSeen::ReadFailed);
            return Err(FileError::Io);
        }
        Ok(())
    }

    fn note(&mut self, path: &FilePath, fault: DiskFaultSeen) {
        self.seen.push(DiskSeen { path: path.clone(), fault, behind: UNPLACED });
    }

    fn spend(&mut self, path: &FilePath, parts: &[Bytes]) {
        let bytes: usize = parts.iter().map(Bytes::len).sum();
        let ns = self.config.op_ns + ((bytes as u64 * self.config.kib_ns) >> 10);
        let Some(disk) = self.disks.get(usize::from(path.dir.0)) else { return };
        self.spent_ns += disk.faults().stretch(ns, self.shard);
        self.stuck |= disk.faults().is_stuck(self.shard);
    }

    /// A drawn first part of what was to be appended.
    fn write_a_part(&mut self, path: &FilePath, parts: &[Bytes], ino: Option<Ino>) {
        let total: u64 = parts.iter().map(|part| part.len() as u64).sum();
        let Some(ino) = ino.filter(|_| total > 0) else { return };
        let mut left = self.choices.below(Stream::Disk, total + 1);
        for part in parts {
            let take = left.min(part.len() as u64);
            left -= take;
            if let Ok(disk) = self.disk(path) {
                disk.append(ino, &part.slice(..take as usize));
            }
        }
    }

    fn append_all(&mut self, path: &FilePath, ino: Ino, parts: &[Bytes]) -> Result<u64, FileError> {
        if let Err(why) = self.permit(Needs::Growth, path) {
            self.write_a_part(path, parts, Some(ino));
            return Err(why);
        }
        let disk = self.disk(path)?;
        if parts.iter().all(|part| disk.append(ino, part)) {
            return Ok(disk.len(ino));
        }
        self.counters.no_space += 1;
        self.note(path, DiskFaultSeen::NoSpace);
        Err(FileError::NoSpace)
    }
}

impl Files for TurnFiles<'_> {
    fn open(&mut self, path: &FilePath, how: Open) -> Result<FileId, FileError> {
        self.permit(Needs::Descriptor, path)?;
        let found = self.disk(path)?.find_file(&path.path);
        let ino = match (found, how) {
            (Ok(_), Open::New) => return Err(FileError::Exists),
            (Ok(ino), _) => ino,
            (Err(why), Open::Existing) => return Err(why),
            (Err(_), Open::New | Open::Any) => {
                self.begin_write(path, &[], None)?;
                self.disk(path)?.create(&path.path)?
            }
        };
        self.disk(path)?.hold(ino);
        Ok(self.open.insert(Handle { ino, path: path.clone() }))
    }

    fn close(&mut self, file: FileId) {
        if let Some(handle) = self.open.take(file)
            && let Ok(disk) = self.disk(&handle.path)
        {
            disk.release(handle.ino);
        }
    }

    fn len(&mut self, file: FileId) -> Result<u64, FileError> {
        let handle = self.open.get(file).ok_or(FileError::Stale)?;
        Ok(self.disks[usize::from(handle.path.dir.0)].len(handle.ino))
    }

    fn append(&mut self, file: FileId, parts: &[Bytes]) -> Result<u64, FileError> {
        let Handle { ino, path } = self.open.get(file).ok_or(FileError::Stale)?.clone();
        self.begin_write(&path, parts, Some(ino))?;
        self.append_all(&path, ino, parts)
    }

    fn rewrite(&mut self, file: FileId, at: u64, bytes: &Bytes) -> Result<(), FileError> {
        let Handle { ino, path } = self.open.get(file).ok_or(FileError::Stale)?.clone();
        self.permit(Needs::Descriptor, &path)?;
        self.begin_write(&path, &[], None)?;
        self.disk(&path)?.rewrite(ino, at, bytes);
        Ok(())
    }

    fn truncate(&mut self, file: FileId, len: u64) -> Result<(), FileError> {
        let Handle { ino, path } = self.open.get(file).ok_or(FileError::Stale)?.clone();
        self.begin_write(&path, &[], None)?;
        self.disk(&path)?.truncate(ino, len);
        Ok(())
    }

    fn rename(&mut self, from: &FilePath, to: &FilePath) -> Result<(), FileError> {
        assert_eq!(from.dir, to.dir, "a rename stays within one log directory");
        self.permit(Needs::Name, from)?;
        self.permit(Needs::Name, to)?;
        self.begin_write(to, &[], None)?;
        self.disk(from)?.rename(&from.path, &to.path)?;
        self.open.rename(from, to);
        Ok(())
    }

    fn remove(&mut self, path: &FilePath) -> Result<(), FileError> {
        self.permit(Needs::Name, path)?;
        self.begin_write(path, &[], None)?;
        self.disk(path)?.remove(&path.path)
    }

    fn create_dir(&mut self, path: &FilePath) -> Result<(), FileError> {
        self.permit(Needs::Name, path)?;
        self.begin_write(path, &[], None)?;
        self.disk(path)?.create_dir(&path.path)
    }

    fn remove_dir(&mut self, path: &FilePath) -> Result<(), FileError> {
        self.permit(Needs::Name, path)?;
        self.begin_write(path, &[], None)?;
        self.disk(path)?.remove_dir(&path.path)
    }

    fn list(&mut self, path: &FilePath) -> Result<Vec<Entry>, FileError> {
        self.permit(Needs::Descriptor, path)?;
        self.begin_read(path)?;
        self.disk(path)?.list(&path.path)
    }

    fn read_small(&mut self, path: &FilePath, most: u64) -> Result<Bytes, FileError> {
        self.permit(Needs::Descriptor, path)?;
        self.begin_read(path)?;
        let disk = self.disk(path)?;
        let ino = disk.find_file(&path.path)?;
        let len = disk.len(ino);
        if len > most { Err(FileError::TooLarge(len)) } else { Ok(disk.read(ino, 0, len)) }
    }

    fn replace(&mut self, path: &FilePath, bytes: &[u8]) -> Result<(), FileError> {
        self.permit(Needs::Descriptor, path)?;
        // As a program would do it: open with truncation, then write.
        let ino = match self.disk(path)?.find_file(&path.path) {
            Ok(ino) => {
                self.begin_write(path, &[], None)?;
                self.disk(path)?.truncate(ino, 0);
                ino
            }
            Err(_) => {
                self.begin_write(path, &[], None)?;
                self.disk(path)?.create(&path.path)?
            }
        };
        let parts = [Bytes::copy_from_slice(bytes)];
        self.begin_write(path, &parts, Some(ino))?;
        self.append_all(path, ino, &parts).map(|_| ())
    }
}
