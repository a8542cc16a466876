//! Reads and syncs of open files, which run on other threads. Each that has begun holds a file descriptor, so that a
//! bounded number runs and the others wait.

use super::driver::Driver;
use super::node::Core;
use super::post::Letter;
use crate::disk::{Read, Sync};
use crate::host::Host;
use gracchus_core::io::{FileId, OpId, ShardId, SyncWhat};
use gracchus_core::shard::Event;
use std::collections::VecDeque;

/// The jobs of one shard.
pub(super) struct Jobs {
    /// How many may run at a time.
    most: usize,
    running: usize,
    waiting: VecDeque<Job>,
}

enum Job {
    Read { op: OpId, file: FileId, at: u64, len: u32 },
    Sync { op: OpId, file: FileId },
}

impl Jobs {
    pub(super) fn new(most: usize) -> Jobs {
        Jobs { most: most.max(1), running: 0, waiting: VecDeque::new() }
    }
}

impl<H: Host, C: Core> Driver<H, C> {
    pub(super) fn read(&mut self, op: OpId, file: FileId, at: u64, len: u32) {
        self.jobs.waiting.push_back(Job::Read { op, file, at, len });
        self.begin_jobs();
    }

    pub(super) fn sync(&mut self, op: OpId, what: &SyncWhat) {
        match what {
            SyncWhat::File(file) => {
                self.jobs.waiting.push_back(Job::Sync { op, file: *file });
                self.begin_jobs();
            }
            // It holds a descriptor while it runs on one of the few threads for disks, and not while it waits for one.
            SyncWhat::Path(path) | SyncWhat::Dir(path) => {
                let sync = Sync::Path(self.parts.files.place(path));
                self.offload_sync(op, sync, Letter::Event);
            }
        }
    }

    /// A job has ended, so that another may begin.
    pub(super) fn on_job_done(&mut self) {
        self.jobs.running -= 1;
        self.begin_jobs();
    }

    fn begin_jobs(&mut self) {
        while self.jobs.running < self.jobs.most
            && let Some(job) = self.jobs.waiting.pop_front()
        {
            match job {
                Job::Read { op, file, at, len } => self.begin_read(op, file, at, len),
                Job::Sync { op, file } => self.begin_sync(op, file),
            }
        }
    }

    fn begin_read(&mut self, op: OpId, file: FileId, at: u64, len: u32) {
        let read = match self.parts.files.handle(file) {
            Ok(from) => Read { from, at, len },
            Err(error) => return self.news.push_back(Event::ReadDone { op, result: Err(error) }),
        };
        if let Some(bytes) = read.without_waiting() {
            return self.news.push_back(Event::ReadDone { op, result: Ok(bytes) });
        }
        self.jobs.running += 1;
        let post = self.my_post();
        self.parts.host.offload(Box::new(move || {
            let result = read.perform();
            // The descriptor is free before another job may take one.
            drop(read);
            let _ = post.send(Letter::Done(Event::ReadDone { op, result }));
        }));
    }

    fn begin_sync(&mut self, op: OpId, file: FileId) {
        match self.parts.files.unsynced(file) {
            Ok(Some(handle)) => {
                self.jobs.running += 1;
                self.offload_sync(op, Sync::File(handle), Letter::Done);
            }
            Ok(None) => self.news.push_back(Event::Synced { op, result: Ok(()) }),
            Err(error) => self.news.push_back(Event::Synced { op, result: Err(error) }),
        }
    }

    fn offload_sync(&mut self, op: OpId, sync: Sync, letter: fn(Event) -> Letter<H>) {
        let (post, host, meter) = (self.my_post(), self.parts.host.clone(), self.parts.syncs.clone());
        let job = Box::new(move || {
            let began = host.now().mono;
            let result = sync.perform();
            meter.count(host.now().mono.since(began));
            drop(sync);
            let _ = post.send(letter(Event::Synced { op, result }));
        });
        if self.parts.me == ShardId::CONTROL {
            self.parts.host.offload_metadata(job);
        } else {
            self.parts.host.offload(job);
        }
    }
}
