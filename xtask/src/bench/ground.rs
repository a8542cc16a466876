//! Where brokers keep their data while they are measured.
//!
//! What a broker writes reaches the disk later, in nobody's CPU time, but a slow disk holds writers up as soon as it is
//! behind, and many a virtual disk is behind after a gigabyte. So the rows that are about CPU have their data in a file
//! system in memory, where there is one with room; the rows that are about the disk never do.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

/// A file system in memory, on every Linux that has shared memory.
const IN_MEMORY: &str = "/dev/shm";

/// What the largest row takes, the brokers' own memory with it.
const NEEDED: u64 = 12 << 30;

/// What is made ready before each repetition.
const READY: usize = 1 << 30;

/// A folder for a run, below the disk's and in memory; both go with it.
pub struct Ground {
    disk: PathBuf,
    memory: Option<PathBuf>,
}

/// What the rows of a kind are about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    Cpu,
    Disk,
}

impl Ground {
    /// Makes the folders; the disk's is below `target`.
    pub fn new(target: &Path) -> Result<Ground, String> {
        let name = format!("gracchus-bench-{}", std::process::id());
        let memory = (available_memory() >= NEEDED).then(|| Path::new(IN_MEMORY).join(&name));
        let memory = memory.filter(|folder| fs::create_dir(folder).is_ok());
        let disk = target.join(name);
        let made = fs::create_dir_all(&disk).and_then(|()| disk.canonicalize());
        made.map(|disk| Ground { disk, memory }).map_err(|why| format!("a folder below target cannot be made: {why}"))
    }

    /// A folder of that name, not made yet.
    pub fn folder(&self, kind: Kind, name: &str) -> PathBuf {
        match (&self.memory, kind) {
            (Some(memory), Kind::Cpu) => memory.join(name),
            _ => self.disk.join(name),
        }
    }

    /// Whether CPU rows keep off the disk.
    pub fn has_memory(&self) -> bool {
        self.memory.is_some()
    }

    /// Writes as much as a repetition will, and frees it: on a virtual machine a page that its host has to find first
    /// costs several times as much as one that was used and freed, and would be whoever's turn it is.
    pub fn ready_memory(&self) -> Result<(), String> {
        let Some(folder) = &self.memory else { return Ok(()) };
        let path = folder.join("ready");
        let megabyte = vec![0x55; 1 << 20];
        let write = || {
            let mut file = File::create(&path)?;
            (0..READY >> 20).try_for_each(|_| file.write_all(&megabyte))?;
            fs::remove_file(&path)
        };
        write().map_err(|why| format!("{} cannot be written: {why}", path.display()))
    }
}

impl Drop for Ground {
    fn drop(&mut self) {
        for folder in [Some(&self.disk), self.memory.as_ref()].into_iter().flatten() {
            let _ = fs::remove_dir_all(folder);
        }
    }
}

fn available_memory() -> u64 {
    let text = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|kib| kib.parse::<u64>().ok()).unwrap_or(0) << 10
}
