//! Every free decision of a run, answered from a seed or from a recording.
//!
//! **Invariants**: one stream per concern, so that a fault that is switched off reshuffles nothing outside its own
//! concern; a fault that is off draws nothing; integers only.
//!
//! **In Kafka**: nothing; `Random` wherever it is needed.

use serde::{Deserialize, Serialize};

/// A concern with a stream of its own.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[repr(u8)]
pub enum Stream {
    /// Latencies, losses, time-outs.
    Network,
    /// Latencies of the disk, what a crash keeps, which operation fails.
    Disk,
    /// Shard counts, boot, detection delays, cuts.
    Process,
    /// Sizes and times of what clients do, where they do not use their own stream.
    Workload,
    /// Lengths of turns and which shard moves next.
    Scheduling,
    /// The simulated controller's delays.
    Controller,
    /// Which faults come when.
    Nemesis,
}

impl Stream {
    /// Every stream.
    pub const ALL: [Stream; 7] = [
        Stream::Network,
        Stream::Disk,
        Stream::Process,
        Stream::Workload,
        Stream::Scheduling,
        Stream::Controller,
        Stream::Nemesis,
    ];
}

/// What a run drew, by stream: enough to repeat it.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Recording {
    /// Answers whatever the recorded decisions do not cover.
    pub seed: u64,
    /// What was drawn, by [`Stream`] in the order of [`Stream::ALL`].
    pub drawn: Vec<Vec<u64>>,
}

/// The source of a run's decisions.
#[derive(Clone, Debug)]
pub struct Choices {
    seed: u64,
}

impl Choices {
    /// All from `seed`.
    #[must_use]
    pub fn from_seed(seed: u64) -> Choices {
        Choices { seed }
    }

    /// First what was recorded, then from the recording's seed.
    #[must_use]
    pub fn replaying(recording: &Recording) -> Choices {
        Choices { seed: recording.seed }
    }

    /// Also keeps what is drawn from now on.
    #[must_use]
    pub fn recording(self) -> Choices {
        self
    }

    /// What was drawn since [`Choices::recording`].
    #[must_use]
    pub fn recorded(&self) -> Recording {
        todo!()
    }

    /// The seed behind it all.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// A number below `bound` (at least 1).
    pub fn below(&mut self, _stream: Stream, _bound: u64) -> u64 {
        todo!()
    }

    /// A number from `least` to `most`, both included; draws nothing where they are equal.
    pub fn between(&mut self, _stream: Stream, _least: u64, _most: u64) -> u64 {
        todo!()
    }

    /// `true` in `ppm` of a million cases; draws nothing where that is 0.
    pub fn chance(&mut self, _stream: Stream, _ppm: u32) -> bool {
        todo!()
    }

    /// A stream of its own for one subject (such as one client), which nothing else disturbs.
    #[must_use]
    pub fn own(&self, _what: &str, _subject: u64) -> OwnStream {
        todo!()
    }
}

/// One subject's own stream.
#[derive(Clone, Debug)]
pub struct OwnStream {}

impl OwnStream {
    /// A number below `bound` (at least 1).
    pub fn below(&mut self, _bound: u64) -> u64 {
        todo!()
    }

    /// A number from `least` to `most`, both included.
    pub fn between(&mut self, _least: u64, _most: u64) -> u64 {
        todo!()
    }

    /// `true` in `ppm` of a million cases.
    pub fn chance(&mut self, _ppm: u32) -> bool {
        todo!()
    }
}
