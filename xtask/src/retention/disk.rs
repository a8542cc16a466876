//! Whether the disk itself stands still: a small file beside the data is written and synced again and again.
//!
//! What a server deletes it deletes behind a sync, so that a disk which takes no writes for seconds, as rented ones do now
//! and then, holds retention back whatever the server does.

use std::fs::File;
use std::io::{Seek, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// A sync that takes longer is a stall. Retention waits for two syncs, one after the other.
const STALL: Duration = Duration::from_millis(200);
const INTERVAL: Duration = Duration::from_millis(20);

/// Watches a disk until it is dropped.
pub struct Disk {
    seen: Arc<Mutex<Seen>>,
    ends: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Seen {
    /// When the sync that is under way began.
    began: Option<Instant>,
    /// When the last stall ended.
    stalled: Option<Instant>,
    stalls: u32,
    longest: Duration,
}

impl Disk {
    /// Watches the disk on which `folder` is.
    pub fn watch(folder: &Path) -> Result<Disk, String> {
        let path = folder.join("sync-probe");
        let file = File::create(&path).map_err(|why| format!("{}: {why}", path.display()))?;
        let (seen, ends) = (Arc::<Mutex<Seen>>::default(), Arc::<AtomicBool>::default());
        let thread = thread::spawn({
            let (seen, ends) = (seen.clone(), ends.clone());
            move || probe(file, &seen, &ends)
        });
        Ok(Disk { seen, ends, thread: Some(thread) })
    }

    /// Whether the disk stands still, or did so within the last `grace`.
    pub fn is_stalled(&self, grace: Duration) -> bool {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.began.is_some_and(|began| began.elapsed() > STALL)
            || seen.stalled.is_some_and(|ended| ended.elapsed() < grace)
    }

    /// How often the disk stood still, and for how long at most.
    pub fn stalls(&self) -> (u32, Duration) {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        (seen.stalls, seen.longest)
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn probe(mut file: File, seen: &Mutex<Seen>, ends: &AtomicBool) {
    let lock = || seen.lock().unwrap_or_else(PoisonError::into_inner);
    while !ends.load(Ordering::Relaxed) {
        let began = Instant::now();
        lock().began = Some(began);
        // A disk that fails is the server's to tell of.
        let _ = file.rewind().and_then(|()| file.write_all(b"x")).and_then(|()| file.sync_all());
        let took = began.elapsed();
        let mut seen = lock();
        seen.began = None;
        if took > STALL {
            seen.stalled = Some(Instant::now());
            seen.stalls += 1;
        }
        seen.longest = seen.longest.max(took);
        drop(seen);
        thread::sleep(INTERVAL);
    }
}
