//! `cargo xtask retention`: whether a server's disk space comes back under load.
//!
//! One topic has `retention.bytes` and is filled all the time: each of its partitions must stay within two segments of that.
//! Another is filled, deleted and made anew again and again: the folders of the deleted one must go.

mod disk;

use crate::clients::{Places, succeed};
use crate::server::{Server, Start};
use disk::Disk;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

const USAGE: &str = "usage: cargo xtask retention [--minutes N]

  Fills two topics of one server of a release build for five minutes, or as many as are given, each partition with
  100,000 records of 100 bytes a second. One has retention.bytes:
  each partition of it must stay within two segments of that. The other is deleted and made anew every ten seconds: what
  the deleted ones took must be gone two seconds later, which is file.delete.delay.ms and as much again.

  What a server deletes it deletes behind a sync. So a file beside the data is synced all the time, and looks during a sync
  that took longer than 200 ms, and within two seconds behind it, are not judged; they are counted, and half of all looks
  must be judged.";

const MIB: u64 = 1 << 20;
const SEGMENT: u64 = 16 * MIB;
const RETAINED: u64 = 64 * MIB;
/// What each partition is sent, of 100 bytes each.
const RECORDS_A_SECOND: u32 = 100_000;
const DELETED_EVERY: Duration = Duration::from_secs(10);

/// How long what was deleted may still take space.
const GRACE: Duration = Duration::from_secs(2);

/// Looks at sizes come one after the other, so far apart.
const INTERVAL: Duration = Duration::from_millis(100);

const SETTINGS: [&str; 1] = ["log.segment.delete.delay.ms=1000"];

/// Runs it.
pub fn run(arguments: &[String]) -> Result<(), String> {
    let minutes = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => 5.0,
        ["--help" | "-h"] => {
            println!("{USAGE}");
            return Ok(());
        }
        ["--minutes", text] => text
            .parse()
            .ok()
            .filter(|it: &f64| (0.0..=10_000.0).contains(it))
            .ok_or_else(|| format!("--minutes {text}: that is no number it can take\n{USAGE}"))?,
        _ => return Err(USAGE.to_owned()),
    };
    let places = Places::new()?;
    succeed(
        Command::new("cargo")
            .args(["build", "--quiet", "--release", "--bin", "gracchus"])
            .current_dir(&places.repository),
    )?;
    let folder = places.work.join("retention");
    if folder.exists() {
        fs::remove_dir_all(&folder).map_err(|why| format!("{}: {why}", folder.display()))?;
    }
    fs::create_dir_all(&folder).map_err(|why| format!("{}: {why}", folder.display()))?;
    let mut watch = Watch::begin(&places, &folder)?;
    watch.run(Duration::from_secs_f64(minutes * 60.0))
}

/// What is watched.
struct Watch {
    binary: PathBuf,
    data: PathBuf,
    /// Killed when it is dropped.
    server: Server,
    /// The greatest size of a partition with `retention.bytes`.
    largest: u64,
    /// Folders of deleted topics, by when they were first seen.
    deleted: BTreeMap<PathBuf, Instant>,
    /// The longest time that such a folder was there.
    slowest: Duration,
    deletions: u32,
    disk: Disk,
    looks: u32,
    /// Looks that a disk which stood still has spoilt.
    spoilt: u32,
}

impl Watch {
    fn begin(places: &Places, folder: &Path) -> Result<Watch, String> {
        let binary = places.repository.join("target/release/gracchus");
        let data = folder.join("data");
        let log = folder.join("server.log");
        let server = Start { binary: &binary, data: &data, settings: &SETTINGS, log: Some(&log) }.up("127.0.0.1:0")?;
        let (deleted, slowest) = (BTreeMap::new(), Duration::ZERO);
        let disk = Disk::watch(folder)?;
        let (largest, deletions, looks, spoilt) = (0, 0, 0, 0);
        let watch = Watch { binary, data, server, largest, deleted, slowest, deletions, disk, looks, spoilt };
        watch.gracchus(&[
            "topic",
            "create",
            "retained",
            "--partitions",
            "2",
            "--config",
            &format!("retention.bytes={RETAINED}"),
            "--config",
            &format!("segment.bytes={SEGMENT}"),
        ])?;
        Ok(watch)
    }

    fn run(&mut self, length: Duration) -> Result<(), String> {
        let (began, mut said) = (Instant::now(), Instant::now());
        let mut load = Load(self.fill("retained", 2, length.as_secs())?);
        while began.elapsed() < length {
            let mut passing = self.make_and_fill("passing")?;
            let since = Instant::now();
            while since.elapsed() < DELETED_EVERY && began.elapsed() < length {
                self.look()?;
                sleep(INTERVAL);
            }
            self.gracchus(&["topic", "delete", "passing"])?;
            self.deletions += 1;
            passing.end();
            if said.elapsed() > Duration::from_secs(30) {
                said = Instant::now();
                println!("{} s: {}", began.elapsed().as_secs(), self.summary());
            }
        }
        load.end();
        let until = Instant::now() + GRACE + INTERVAL * 2;
        while Instant::now() < until {
            self.look()?;
            sleep(INTERVAL);
        }
        println!("{}", self.summary());
        if self.spoilt * 2 > self.looks {
            return Err("this disk stood still so often that nothing can be said".to_owned());
        }
        if self.largest < RETAINED {
            return Err("the load was too small for retention to do anything".to_owned());
        }
        if self.deleted.is_empty() { Ok(()) } else { Err("folders of deleted topics are left".to_owned()) }
    }

    fn make_and_fill(&self, topic: &str) -> Result<Load, String> {
        self.gracchus(&["topic", "create", topic, "--config", &format!("segment.bytes={SEGMENT}")])?;
        self.fill(topic, 1, DELETED_EVERY.as_secs()).map(Load)
    }

    fn fill(&self, topic: &str, partitions: u32, seconds: u64) -> Result<Child, String> {
        let throughput = (partitions * RECORDS_A_SECOND).to_string();
        let (partitions, seconds) = (partitions.to_string(), seconds.to_string());
        Command::new(&self.binary)
            .args(["perf", "produce", "--bootstrap", &self.server.address, "--topic", topic])
            .args(["--partitions", &partitions, "--connections", &partitions, "--seconds", &seconds])
            .args(["--records", "100000000000", "--batch-records", "150", "--throughput", &throughput])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|why| format!("the load could not be started: {why}"))
    }

    fn gracchus(&self, arguments: &[&str]) -> Result<(), String> {
        let mut command = Command::new(&self.binary);
        succeed(command.args(arguments).args(["--bootstrap", &self.server.address]).stdout(Stdio::null()))
    }

    /// Looks at every folder once.
    fn look(&mut self) -> Result<(), String> {
        let judged = self.judge();
        self.looks += 1;
        if self.disk.is_stalled(GRACE) {
            self.spoilt += 1;
            return Ok(());
        }
        self.largest = self.largest.max(judged?);
        Ok(())
    }

    /// Returns the size of the largest partition with `retention.bytes`.
    fn judge(&mut self) -> Result<u64, String> {
        let mut largest = 0;
        let now = Instant::now();
        let listed = fs::read_dir(&self.data).map_err(|why| format!("{}: {why}", self.data.display()))?;
        let folders: Vec<PathBuf> = listed.filter_map(|it| Some(it.ok()?.path())).filter(|it| it.is_dir()).collect();
        for folder in &folders {
            let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if name.starts_with("retained-") {
                let size = size_of_log(folder);
                largest = largest.max(size);
                if size > RETAINED + 2 * SEGMENT {
                    return Err(format!("{name} has {} MiB, retention.bytes is {} MiB", size / MIB, RETAINED / MIB));
                }
            } else if name.ends_with("-delete") {
                let seen = *self.deleted.entry(folder.clone()).or_insert(now);
                if now - seen > GRACE {
                    return Err(format!("{name} is still there {} ms after its deletion", (now - seen).as_millis()));
                }
            }
        }
        for (_, seen) in self.deleted.extract_if(.., |folder, _| !folders.contains(folder)) {
            self.slowest = self.slowest.max(now - seen);
        }
        Ok(largest)
    }

    fn summary(&self) -> String {
        let (stalls, longest) = self.disk.stalls();
        format!(
            "a partition of at most {} MiB had {} MiB at most; {} topics deleted, gone within {} ms; the disk stood still {stalls} \
             times, for {} ms at most, and spoilt {} of {} looks",
            RETAINED / MIB,
            self.largest.div_ceil(MIB),
            self.deletions,
            self.slowest.as_millis(),
            longest.as_millis(),
            self.spoilt,
            self.looks
        )
    }
}

/// A load that runs; it is killed when it is dropped.
struct Load(Child);

impl Load {
    fn end(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.end();
    }
}

/// Bytes of the segments that the log has, without those that wait for their removal.
fn size_of_log(folder: &Path) -> u64 {
    let files = fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    let is_segment = |it: &fs::DirEntry| it.path().extension().is_some_and(|it| it == "log");
    files.filter(is_segment).filter_map(|it| it.metadata().ok()).map(|it| it.len()).sum()
}
