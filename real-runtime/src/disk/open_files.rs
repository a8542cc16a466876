//! The files that a shard has open, with a bound on the file descriptors that they hold.
//!
//! The core keeps every segment of every log open, which can be more files than the process may have descriptors. So a
//! file whose descriptor is needed for another file gives it up, and is opened again by its path when it is used next.
//!
//! **Invariants**
//! - A file gives its descriptor up only when everything that was written through it is synced. If a later sync could not
//!   fail through the descriptor that the writes went through, Linux might never report that they were lost.
//! - A file that was removed, or replaced by a rename, keeps its descriptor until it is closed: no path leads to it.
//! - A file that is opened again is the same file: its device and inode are compared.
//!
//! **In Kafka**: nothing; a broker needs as many descriptors as it has segments.

use super::errors::failure;
use gracchus_core::io::{FileError, FileId};
use rustix::fs::fstatfs;
use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tracing::error;

/// One shard's open files.
pub(super) struct OpenFiles {
    slots: Vec<Slot>,
    free: Vec<u32>,
    /// Every open file by its path, which a rename changes.
    by_path: BTreeSet<(Arc<Path>, u32)>,
    /// The slots whose files hold a descriptor.
    held: Vec<u32>,
    /// Where in `held` the search for a file that gives its descriptor up continues.
    hand: usize,
    /// How many descriptors the files may hold.
    most: usize,
}

/// Where an open file is kept; the generation counts the files that it has held.
struct Slot {
    generation: u32,
    open: Option<OpenFile>,
}

pub(super) struct OpenFile {
    pub(super) len: u64,
    path: Arc<Path>,
    file: Option<Held>,
    medium: Medium,
    identity: (u64, u64),
    /// How many writes there were, counted from [`BEFORE`] on, and the highest such number that a sync has covered.
    writes: u64,
    synced: Arc<AtomicU64>,
    /// Whether no path leads to the file any more.
    is_gone: bool,
}

/// A descriptor.
struct Held {
    file: Arc<File>,
    /// The place in [`OpenFiles::held`].
    at: usize,
    /// Whether the file was used since the search last came by.
    was_used: bool,
}

/// An open file, for a read or sync that outlives its id.
#[derive(Clone)]
pub struct Handle {
    pub(super) file: Arc<File>,
    /// What it was called when this was given out, for messages.
    pub(super) path: Arc<Path>,
    pub(super) medium: Medium,
    writes: u64,
    synced: Arc<AtomicU64>,
}

/// Where a file's bytes are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Medium {
    /// On a device, and perhaps in the page cache.
    Device,
    /// In memory and nowhere else: no read ever waits.
    Memory,
}

/// The number of writes of a file that was just opened: one for all writes of processes before this one, which they may
/// not have synced. Their descriptors are closed already.
const BEFORE: u64 = 1;

/// The value of [`OpenFile::synced`] after a sync has failed: the file never counts as synced again.
const FAILED: u64 = u64::MAX;

impl OpenFiles {
    /// No file is open. At most `most` descriptors are held, and at least one.
    pub(super) fn new(most: usize) -> OpenFiles {
        OpenFiles {
            slots: Vec::new(),
            free: Vec::new(),
            by_path: BTreeSet::new(),
            held: Vec::new(),
            hand: 0,
            most: most.max(1),
        }
    }

    /// Opens a file and gives it an id.
    pub(super) fn open(&mut self, path: PathBuf, options: &OpenOptions) -> Result<FileId, FileError> {
        self.make_room();
        let file = options.open(&path).map_err(|error| failure("open", &path, &error))?;
        let about = file.metadata().map_err(|error| failure("stat", &path, &error))?;
        let (medium, identity) = (medium(&file), (about.dev(), about.ino()));
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(Slot { generation: 0, open: None });
            u32::try_from(self.slots.len() - 1).expect("fewer than 2^32 files are open")
        });
        let path: Arc<Path> = path.into();
        self.by_path.insert((path.clone(), slot));
        let open = OpenFile {
            len: about.len(),
            path,
            file: None,
            medium,
            identity,
            writes: BEFORE,
            synced: Arc::default(),
            is_gone: false,
        };
        let place = &mut self.slots[slot as usize];
        place.generation += 1;
        place.open = Some(open);
        let generation = place.generation;
        self.hold(slot, file);
        Ok(FileId { slot, generation })
    }

    pub(super) fn close(&mut self, id: FileId) {
        let Ok(open) = self.get(id) else { return };
        let key = (open.path.clone(), id.slot);
        self.by_path.remove(&key);
        self.give_up(id.slot);
        self.slots[id.slot as usize].open = None;
        self.free.push(id.slot);
    }

    /// The open file, whether it holds a descriptor or not.
    pub(super) fn get(&mut self, id: FileId) -> Result<&mut OpenFile, FileError> {
        self.slots
            .get_mut(id.slot as usize)
            .filter(|slot| slot.generation == id.generation)
            .and_then(|slot| slot.open.as_mut())
            .ok_or(FileError::Stale)
    }

    /// The open file with its descriptor, which it takes again if it gave it up.
    pub(super) fn in_hand(&mut self, id: FileId) -> Result<(&mut OpenFile, Arc<File>), FileError> {
        if self.get(id)?.file.is_none() {
            self.open_again(id)?;
        }
        let open = self.get(id)?;
        let held = open.file.as_mut().expect("opened above");
        held.was_used = true;
        let file = held.file.clone();
        Ok((open, file))
    }

    /// The file, for a read or sync that outlives its id.
    pub(super) fn handle(&mut self, id: FileId) -> Result<Handle, FileError> {
        let (open, file) = self.in_hand(id)?;
        let (path, medium, writes, synced) = (open.path.clone(), open.medium, open.writes, open.synced.clone());
        Ok(Handle { file, path, medium, writes, synced })
    }

    /// A file or folder has another name: so have the open files at or below it. What had the new name before is gone.
    pub(super) fn rename(&mut self, from: &Path, to: &Path) {
        self.remove(to);
        let from: Arc<Path> = from.into();
        let below = self.by_path.range((from.clone(), 0)..).take_while(|(path, _)| path.starts_with(&from));
        for (path, slot) in below.cloned().collect::<Vec<_>>() {
            let rest = path.strip_prefix(&from).expect("it lies at or below");
            let now: Arc<Path> = if rest.as_os_str().is_empty() { to.into() } else { to.join(rest).into() };
            self.by_path.remove(&(path, slot));
            self.by_path.insert((now.clone(), slot));
            self.slots[slot as usize].open.as_mut().expect("an open file has a path").path = now;
        }
    }

    /// A file is removed: no path leads to it any more.
    pub(super) fn remove(&mut self, path: &Path) {
        let path: Arc<Path> = path.into();
        let there = self.by_path.range((path.clone(), 0)..=(path, u32::MAX));
        for (_, slot) in there.cloned().collect::<Vec<_>>() {
            self.slots[slot as usize].open.as_mut().expect("an open file has a path").is_gone = true;
        }
    }

    /// How many descriptors the files hold.
    #[cfg(test)]
    fn held(&self) -> usize {
        self.held.len()
    }

    fn open_again(&mut self, id: FileId) -> Result<(), FileError> {
        self.make_room();
        let open = self.get(id)?;
        let (path, identity) = (open.path.clone(), open.identity);
        let opened = OpenOptions::new().read(true).append(true).open(&path);
        let file = opened.map_err(|error| failure("open", &path, &error))?;
        let about = file.metadata().map_err(|error| failure("stat", &path, &error))?;
        if (about.dev(), about.ino()) != identity {
            error!(
                "{} was replaced by another file: no other program may change files in the directory",
                path.display()
            );
            return Err(FileError::WrongPath);
        }
        self.hold(id.slot, file);
        Ok(())
    }

    fn hold(&mut self, slot: u32, file: File) {
        let at = self.held.len();
        self.held.push(slot);
        let open = self.slots[slot as usize].open.as_mut().expect("the slot has a file");
        open.file = Some(Held { file: Arc::new(file), at, was_used: true });
    }

    /// Closes the descriptor of a slot's file.
    fn give_up(&mut self, slot: u32) {
        let open = self.slots[slot as usize].open.as_mut().expect("the slot has a file");
        let Some(held) = open.file.take() else { return };
        self.held.swap_remove(held.at);
        if let Some(moved) = self.held.get(held.at).copied() {
            let moved = self.slots[moved as usize].open.as_mut().and_then(|open| open.file.as_mut());
            moved.expect("a listed file holds a descriptor").at = held.at;
        }
    }

    /// Lets files give their descriptors up until one more may be held.
    fn make_room(&mut self) {
        while self.held.len() >= self.most {
            let Some(slot) = self.next_to_go() else { return };
            self.give_up(slot);
        }
    }

    /// The file that gives its descriptor up next: one that is synced and was not used since the search last came by. If
    /// every file has writes that are not synced, one of them is synced here, while the shard waits. None if every file is
    /// gone from its path or lies on a failed device.
    fn next_to_go(&mut self) -> Option<u32> {
        let mut unsynced = None;
        for _ in 0..2 * self.held.len() {
            self.hand = (self.hand + 1) % self.held.len();
            let slot = self.held[self.hand];
            let open = self.slots[slot as usize].open.as_mut().expect("a listed file is open");
            if open.is_gone || open.synced.load(Ordering::Acquire) == FAILED {
                continue;
            }
            let is_settled = open.is_settled();
            let held = open.file.as_mut().expect("a listed file holds a descriptor");
            if std::mem::take(&mut held.was_used) {
                continue;
            }
            if is_settled {
                return Some(slot);
            }
            unsynced = unsynced.or(Some(slot));
        }
        let slot = unsynced?;
        let open = self.slots[slot as usize].open.as_mut().expect("a listed file is open");
        let held = open.file.as_ref().expect("a listed file holds a descriptor");
        match held.file.sync_data() {
            Ok(()) => {
                open.synced.store(open.writes, Ordering::Release);
                Some(slot)
            }
            Err(error) => {
                error!("cannot sync {}: {error}", open.path.display());
                open.synced.store(FAILED, Ordering::Release);
                None
            }
        }
    }
}

impl OpenFile {
    pub(super) fn path(&self) -> &Arc<Path> {
        &self.path
    }

    /// Whether a sync has covered everything that was written, by this process or one before it.
    pub(super) fn is_synced(&self) -> bool {
        let synced = self.synced.load(Ordering::Acquire);
        synced == self.writes
    }

    /// Whether the file may give its descriptor up as it is: nothing was written through it that is not synced.
    fn is_settled(&self) -> bool {
        self.writes == BEFORE || self.is_synced()
    }

    /// Notes that the file was written to, truncated, or rewritten.
    pub(super) fn note_write(&mut self) {
        self.writes += 1;
    }
}

impl Handle {
    /// Whether an earlier sync of the file has failed.
    pub(super) fn has_failed(&self) -> bool {
        self.synced.load(Ordering::Acquire) == FAILED
    }

    /// Notes that everything that was written before this handle was given out is synced, or that the sync failed.
    pub(super) fn note_synced(&self, is_well: bool) {
        let now = if is_well { self.writes } else { FAILED };
        self.synced.fetch_max(now, Ordering::AcqRel);
    }
}

fn medium(file: &File) -> Medium {
    /// `TMPFS_MAGIC` and `RAMFS_MAGIC` of the kernel's `magic.h`.
    const IN_MEMORY: [u64; 2] = [0x0102_1994, 0x8584_58f6];
    match fstatfs(file) {
        Ok(about) if IN_MEMORY.contains(&(about.f_type as u64)) => Medium::Memory,
        _ => Medium::Device,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::io::{Read, Write};

    struct Stand {
        files: OpenFiles,
        folder: tempfile::TempDir,
    }

    fn stand(most: usize) -> Stand {
        Stand { files: OpenFiles::new(most), folder: tempfile::tempdir().unwrap() }
    }

    impl Stand {
        fn open(&mut self, name: &str) -> FileId {
            let mut options = OpenOptions::new();
            options.read(true).append(true).create(true);
            self.files.open(self.folder.path().join(name), &options).unwrap()
        }

        fn write(&mut self, id: FileId, text: &str) -> Result<(), FileError> {
            let (open, file) = self.files.in_hand(id)?;
            (&*file).write_all(text.as_bytes()).unwrap();
            open.note_write();
            Ok(())
        }

        fn text(&mut self, id: FileId) -> String {
            let file = self.files.handle(id).unwrap().file;
            let mut again = OpenOptions::new().read(true).open(format!("/proc/self/fd/{}", descriptor(&file))).unwrap();
            let mut text = String::new();
            again.read_to_string(&mut text).unwrap();
            text
        }

        fn holds(&mut self, id: FileId) -> bool {
            self.files.get(id).unwrap().file.is_some()
        }
    }

    fn descriptor(file: &File) -> i32 {
        use std::os::fd::AsRawFd;
        file.as_raw_fd()
    }

    #[test]
    fn many_files_share_a_few_descriptors() {
        let mut stand = stand(4);
        let ids: Vec<FileId> = (0..100).map(|number| stand.open(&format!("{number:03}.log"))).collect();
        for round in 0..3 {
            for (number, id) in ids.iter().enumerate() {
                stand.write(*id, &format!("{number} {round};")).unwrap();
                assert!(stand.files.held() <= 4);
            }
        }
        for (number, id) in ids.iter().enumerate() {
            assert_eq!(stand.text(*id), format!("{number} 0;{number} 1;{number} 2;"));
        }
        ids.iter().for_each(|id| stand.files.close(*id));
        assert_eq!((stand.files.held(), stand.files.by_path.len()), (0, 0));
    }

    #[test]
    fn a_file_that_is_synced_gives_its_descriptor_up_before_one_that_is_not() {
        let mut stand = stand(3);
        let [one, two, three] = ["one", "two", "three"].map(|name| stand.open(name));
        stand.write(one, "x").unwrap();
        stand.write(three, "x").unwrap();
        stand.write(two, "x").unwrap();
        stand.files.handle(two).unwrap().note_synced(true);
        stand.open("four");
        assert_eq!([one, two, three].map(|id| stand.holds(id)), [true, false, true]);
    }

    #[test]
    fn a_file_is_synced_when_a_sync_has_covered_all_writes_of_every_process() {
        let mut stand = stand(2);
        let id = stand.open("log");
        let is_synced = |stand: &mut Stand| stand.files.get(id).unwrap().is_synced();
        assert!(!is_synced(&mut stand), "a process before this one may have written to it");
        let first = stand.files.handle(id).unwrap();
        stand.write(id, "x").unwrap();
        first.note_synced(true);
        assert!(!is_synced(&mut stand), "the sync began before the write");
        stand.files.handle(id).unwrap().note_synced(true);
        assert!(is_synced(&mut stand));
        stand.write(id, "y").unwrap();
        assert!(!is_synced(&mut stand));
    }

    #[test]
    fn what_is_written_after_a_sync_began_is_not_synced_by_it() {
        let mut stand = stand(2);
        let [one, two] = ["one", "two"].map(|name| stand.open(name));
        stand.write(one, "x").unwrap();
        let sync = stand.files.handle(one).unwrap();
        stand.write(one, "y").unwrap();
        sync.note_synced(true);
        stand.open("three");
        assert_eq!([one, two].map(|id| stand.holds(id)), [true, false]);
    }

    #[test]
    fn a_file_whose_sync_failed_keeps_its_descriptor_and_its_failure() {
        let mut stand = stand(2);
        let [one, two] = ["one", "two"].map(|name| stand.open(name));
        stand.write(one, "x").unwrap();
        stand.files.handle(one).unwrap().note_synced(false);
        stand.files.handle(one).unwrap().note_synced(true);
        stand.open("three");
        assert_eq!([one, two].map(|id| stand.holds(id)), [true, false]);
        assert!(stand.files.handle(one).unwrap().has_failed());
    }

    #[test]
    fn a_renamed_file_is_found_again_by_its_new_path() {
        let mut stand = stand(1);
        fs::create_dir(stand.folder.path().join("orders-0")).unwrap();
        let inside = stand.open("orders-0/1.log");
        let beside = stand.open("orders-0x");
        stand.write(inside, "inside").unwrap();
        stand.write(beside, "beside").unwrap();
        let (from, to) = (stand.folder.path().join("orders-0"), stand.folder.path().join("aside"));
        fs::rename(&from, &to).unwrap();
        stand.files.rename(&from, &to);
        assert_eq!(stand.text(inside), "inside");
        assert_eq!(stand.text(beside), "beside");
    }

    #[test]
    fn a_file_that_is_gone_from_its_path_stays_usable() {
        let mut stand = stand(1);
        let [removed, replaced] = ["removed", "replaced"].map(|name| {
            let id = stand.open(name);
            stand.write(id, name).unwrap();
            id
        });
        // Each takes its descriptor before it goes.
        for (id, name) in [(removed, "removed"), (replaced, "replaced")] {
            stand.files.in_hand(id).unwrap();
            let path = stand.folder.path().join(name);
            if name == "removed" {
                fs::remove_file(&path).unwrap();
                stand.files.remove(&path);
            } else {
                let new = stand.folder.path().join("new");
                fs::write(&new, "new").unwrap();
                fs::rename(&new, &path).unwrap();
                stand.files.rename(&new, &path);
            }
        }
        for number in 0..5 {
            stand.open(&format!("other-{number}"));
        }
        assert_eq!(stand.text(removed), "removed");
        assert_eq!(stand.text(replaced), "replaced");
    }

    #[test]
    fn another_programs_file_is_not_taken_for_ours() {
        let mut stand = stand(1);
        let ours = stand.open("ours");
        stand.open("other");
        let path = stand.folder.path().join("ours");
        fs::write(stand.folder.path().join("theirs"), "theirs").unwrap();
        fs::rename(stand.folder.path().join("theirs"), &path).unwrap();
        assert_eq!(stand.files.handle(ours).err(), Some(FileError::WrongPath));
        fs::remove_file(&path).unwrap();
        assert_eq!(stand.files.handle(ours).err(), Some(FileError::NotFound));
    }

    #[test]
    fn an_id_of_a_closed_file_is_stale() {
        let mut stand = stand(2);
        let old = stand.open("old");
        stand.files.close(old);
        let new = stand.open("new");
        assert_eq!(old.slot, new.slot);
        assert_eq!(stand.files.handle(old).err(), Some(FileError::Stale));
    }
}
