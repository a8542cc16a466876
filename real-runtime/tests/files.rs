//! The core's files on the real file system: what the contract says, kept by the operating system.

use bytes::Bytes;
use gracchus_core::io::{DirId, FileError, FileId, FilePath, Files, Open};
use gracchus_server::disk::{DiskFiles, LogDirs, Read, Sync};
use std::fs;
use std::io::Write;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::{Arc, Mutex};

struct Disk {
    files: DiskFiles,
    folder: tempfile::TempDir,
}

fn disk() -> Disk {
    let folder = tempfile::tempdir().unwrap();
    let dirs = LogDirs::open(&[folder.path().to_path_buf()]).unwrap();
    Disk { files: DiskFiles::new(Arc::new(dirs), 100), folder }
}

fn path(name: &str) -> FilePath {
    FilePath::new(DirId(0), name)
}

impl Disk {
    fn on_disk(&self, name: &str) -> Vec<u8> {
        fs::read(self.folder.path().join(name)).unwrap()
    }

    fn read(&mut self, file: FileId, at: u64, len: u32) -> Result<Bytes, FileError> {
        Read { from: self.files.handle(file)?, at, len }.perform()
    }
}

#[test]
fn parts_are_appended_one_behind_the_other() {
    let mut disk = disk();
    let file = disk.files.open(&path("log"), Open::New).unwrap();
    let many: Vec<Bytes> = (0..100u8).map(|byte| vec![byte; usize::from(byte)].into()).collect();
    assert_eq!(disk.files.append(file, &["head".into(), "body".into()]), Ok(8));
    assert_eq!(disk.files.append(file, &[]), Ok(8));
    assert_eq!(disk.files.append(file, &many), Ok(8 + 4950));
    assert_eq!(disk.files.len(file), Ok(8 + 4950));
    assert_eq!(disk.on_disk("log"), [b"headbody".to_vec(), many.concat()].concat());
}

#[test]
fn a_truncated_file_goes_on_at_its_new_end() {
    let mut disk = disk();
    let file = disk.files.open(&path("log"), Open::Any).unwrap();
    disk.files.append(file, &["0123456789".into()]).unwrap();
    disk.files.truncate(file, 4).unwrap();
    assert_eq!(disk.files.len(file), Ok(4));
    assert_eq!(disk.files.append(file, &["x".into()]), Ok(5));
    assert_eq!(disk.on_disk("log"), b"0123x");
    disk.files.close(file);
    let again = disk.files.open(&path("log"), Open::Existing).unwrap();
    assert_eq!(disk.files.len(again), Ok(5));
    assert_eq!(disk.files.append(again, &["y".into()]), Ok(6));
}

#[test]
fn an_id_of_a_closed_file_is_stale_though_its_slot_is_used_again() {
    let mut disk = disk();
    let first = disk.files.open(&path("first"), Open::New).unwrap();
    disk.files.close(first);
    let second = disk.files.open(&path("second"), Open::New).unwrap();
    assert_eq!(first.slot, second.slot);
    assert_eq!(disk.files.append(first, &["lost".into()]), Err(FileError::Stale));
    assert_eq!(disk.files.len(first), Err(FileError::Stale));
    assert_eq!(disk.files.truncate(first, 0), Err(FileError::Stale));
    assert!(disk.files.handle(first).is_err());
    disk.files.close(first);
    assert_eq!(disk.files.append(second, &["kept".into()]), Ok(4), "a stale close closes nothing");
}

#[test]
fn opening_asks_for_what_must_or_must_not_be_there() {
    let mut disk = disk();
    assert_eq!(disk.files.open(&path("log"), Open::Existing), Err(FileError::NotFound));
    assert!(disk.files.open(&path("log"), Open::New).is_ok());
    assert_eq!(disk.files.open(&path("log"), Open::New), Err(FileError::Exists));
    assert!(disk.files.open(&path("log"), Open::Any).is_ok());
    assert_eq!(disk.files.open(&path("no-folder/log"), Open::Any), Err(FileError::NotFound));
}

#[test]
fn folders_list_by_name_in_byte_order() {
    let mut disk = disk();
    disk.files.create_dir(&path("orders-0")).unwrap();
    assert_eq!(disk.files.create_dir(&path("orders-0")), Err(FileError::Exists));
    for name in ["b", "a", "Z", "é"] {
        disk.files.replace(&path("orders-0").join(name), name.as_bytes()).unwrap();
    }
    disk.files.create_dir(&path("orders-0/inner")).unwrap();
    let listed = disk.files.list(&path("orders-0")).unwrap();
    let names: Vec<(&str, bool, u64)> = listed.iter().map(|entry| (&*entry.name, entry.is_dir, entry.len)).collect();
    assert_eq!(names, [("Z", false, 1), ("a", false, 1), ("b", false, 1), ("inner", true, 0), ("é", false, 2)]);
    assert_eq!(disk.files.list(&path("nowhere")), Err(FileError::NotFound));
    assert_eq!(
        disk.files.remove_dir(&path("orders-0")),
        Err(FileError::WrongPath),
        "a folder that holds something stays"
    );
    disk.files.remove_dir(&path("orders-0/inner")).unwrap();
}

#[test]
fn small_files_are_read_and_replaced_whole() {
    let mut disk = disk();
    let (small, tmp) = (path("meta.properties"), path("meta.properties.tmp"));
    assert_eq!(disk.files.read_small(&small, 100), Err(FileError::NotFound));
    disk.files.replace(&small, b"a longer first version").unwrap();
    disk.files.replace(&small, b"second").unwrap();
    assert_eq!(disk.files.read_small(&small, 6).unwrap(), "second");
    assert_eq!(disk.files.read_small(&small, 5), Err(FileError::TooLarge(6)));
    disk.files.replace(&tmp, b"third").unwrap();
    disk.files.rename(&tmp, &small).unwrap();
    assert_eq!(disk.files.read_small(&small, 100).unwrap(), "third");
    assert_eq!(disk.files.rename(&tmp, &small), Err(FileError::NotFound));
    disk.files.remove(&small).unwrap();
    assert_eq!(disk.files.remove(&small), Err(FileError::NotFound));
}

#[test]
fn an_open_file_follows_its_folders_name() {
    let mut disk = disk();
    disk.files.create_dir(&path("orders-0")).unwrap();
    let file = disk.files.open(&path("orders-0/log"), Open::New).unwrap();
    disk.files.rename(&path("orders-0"), &path("orders-0.deleted")).unwrap();
    disk.files.append(file, &["on".into()]).unwrap();
    assert_eq!(disk.on_disk("orders-0.deleted/log"), b"on");
}

#[test]
fn a_full_disk_has_an_error_of_its_own() {
    let mut disk = disk();
    symlink("/dev/full", disk.folder.path().join("full")).unwrap();
    let file = disk.files.open(&path("full"), Open::Existing).unwrap();
    assert_eq!(disk.files.append(file, &["no room".into()]), Err(FileError::NoSpace));
    assert_eq!(disk.files.replace(&path("full"), b"no room"), Err(FileError::NoSpace));
}

#[test]
fn what_is_no_file_is_no_failed_disk() {
    let mut disk = disk();
    disk.files.create_dir(&path("folder")).unwrap();
    assert_eq!(disk.files.read_small(&path("folder"), 1 << 20), Err(FileError::WrongPath));
    assert_eq!(Sync::Path(Path::new("/nowhere/at/all").into()).perform(), Err(FileError::NotFound));
}

#[test]
fn reads_are_short_only_at_the_files_end() {
    let mut disk = disk();
    let file = disk.files.open(&path("log"), Open::New).unwrap();
    let bytes: Bytes = (0..200_000u32).map(|at| at as u8).collect::<Vec<u8>>().into();
    disk.files.append(file, std::slice::from_ref(&bytes)).unwrap();
    assert_eq!(disk.read(file, 0, 200_000).unwrap(), bytes);
    assert_eq!(disk.read(file, 70_001, 5).unwrap(), bytes[70_001..70_006]);
    assert_eq!(disk.read(file, 199_990, 100).unwrap(), bytes[199_990..]);
    assert_eq!(disk.read(file, 300_000, 100).unwrap(), "");
    assert_eq!(disk.read(file, 0, 0).unwrap(), "");
    let cached = Read { from: disk.files.handle(file).unwrap(), at: 5, len: 100 }.without_waiting();
    assert!(cached.is_none_or(|cached| cached == bytes[5..105]), "what the page cache has is what was written");
    let beyond = Read { from: disk.files.handle(file).unwrap(), at: 199_990, len: 100 }.without_waiting();
    assert!(beyond.is_none_or(|beyond| beyond == bytes[199_990..]), "a short read ends where the file does");
}

#[test]
fn a_read_under_way_outlives_its_id() {
    let mut disk = disk();
    let file = disk.files.open(&path("log"), Open::New).unwrap();
    disk.files.append(file, &["bytes".into()]).unwrap();
    let read = Read { from: disk.files.handle(file).unwrap(), at: 0, len: 5 };
    let sync = Sync::File(disk.files.handle(file).unwrap());
    disk.files.close(file);
    disk.files.remove(&path("log")).unwrap();
    assert_eq!(read.perform().unwrap(), "bytes");
    assert_eq!(sync.perform(), Ok(()));
}

#[test]
fn files_and_folders_sync() {
    let mut disk = disk();
    disk.files.create_dir(&path("orders-0")).unwrap();
    disk.files.replace(&path("orders-0/small"), b"bytes").unwrap();
    for name in ["orders-0/small", "orders-0", ""] {
        assert_eq!(Sync::Path(disk.files.place(&path(name))).perform(), Ok(()), "{name}");
    }
}

/// What is logged meanwhile.
fn logged(work: impl FnOnce()) -> String {
    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);
    impl Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let lines = Lines::default();
    let into = lines.clone();
    let subscriber = tracing_subscriber::fmt().with_writer(move || into.clone()).with_ansi(false).finish();
    tracing::subscriber::with_default(subscriber, work);
    let bytes = lines.0.lock().unwrap().clone();
    String::from_utf8(bytes).unwrap()
}

#[test]
fn a_read_or_sync_that_fails_is_logged_with_the_files_name() {
    let mut disk = disk();
    // Nothing is mapped at a process's address 0, and a device of characters cannot be synced.
    symlink("/proc/self/mem", disk.folder.path().join("unreadable")).unwrap();
    symlink("/dev/full", disk.folder.path().join("unsyncable")).unwrap();
    let unreadable = disk.files.open(&path("unreadable"), Open::Existing).unwrap();
    let unsyncable = disk.files.open(&path("unsyncable"), Open::Existing).unwrap();
    let said = logged(|| assert_eq!(disk.read(unreadable, 0, 5), Err(FileError::Io)));
    let place = disk.folder.path().join("unreadable");
    assert!(said.contains(&format!("cannot read {}", place.display())), "{said}");
    let sync = Sync::File(disk.files.handle(unsyncable).unwrap());
    let said = logged(|| assert_eq!(sync.perform(), Err(FileError::Io)));
    let place = disk.folder.path().join("unsyncable");
    assert!(said.contains(&format!("cannot sync {}", place.display())), "{said}");
}
