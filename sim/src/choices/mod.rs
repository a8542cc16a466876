//! Every free decision of a run, answered from a seed or from a recording.
//!
//! **Invariants**: one stream per concern, so that a fault that is switched off reshuffles nothing outside its own
//! concern; a fault that is off draws nothing; integers only.
//!
//! **In Kafka**: nothing; `Random` wherever it is needed.

mod keyed;

pub use keyed::KeyedDraws;

use crate::config::Spread;
use core::fmt;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64_with_seed;

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
#[derive(Clone)]
pub struct Choices {
    seed: u64,
    streams: [ChaCha8Rng; Stream::ALL.len()],
    kept: Option<Vec<Vec<u64>>>,
    replayed: Vec<std::vec::IntoIter<u64>>,
}

impl fmt::Debug for Choices {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Choices({:#x})", self.seed)
    }
}

impl Choices {
    /// All from `seed`.
    #[must_use]
    pub fn from_seed(seed: u64) -> Choices {
        let streams = Stream::ALL.map(|stream| stream_of(seed, "stream", stream as u64));
        Choices { seed, streams, kept: None, replayed: Vec::new() }
    }

    /// First what was recorded, then from the recording's seed.
    #[must_use]
    pub fn replaying(recording: &Recording) -> Choices {
        let replayed = recording.drawn.iter().map(|drawn| drawn.clone().into_iter()).collect();
        Choices { replayed, ..Choices::from_seed(recording.seed) }
    }

    /// Also keeps what is drawn from now on.
    #[must_use]
    pub fn recording(self) -> Choices {
        Choices { kept: Some(vec![Vec::new(); Stream::ALL.len()]), ..self }
    }

    /// What was drawn since [`Choices::recording`].
    #[must_use]
    pub fn recorded(&self) -> Recording {
        Recording { seed: self.seed, drawn: self.kept.clone().unwrap_or_default() }
    }

    /// The seed behind it all.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// A number below `bound` (at least 1).
    pub fn below(&mut self, stream: Stream, bound: u64) -> u64 {
        assert!(bound > 0, "there is no number below nought");
        let drawn = below(&mut self.streams[stream as usize], bound);
        let drawn = self.replace(stream, drawn) % bound;
        self.keep(stream, drawn);
        drawn
    }

    /// A number from `least` to `most`, both included; draws nothing where they are equal.
    pub fn between(&mut self, stream: Stream, least: u64, most: u64) -> u64 {
        if most <= least {
            return least;
        }
        least + self.below(stream, most - least + 1)
    }

    /// `true` in `ppm` of a million cases; draws nothing where that is 0.
    pub fn chance(&mut self, stream: Stream, ppm: u32) -> bool {
        ppm > 0 && self.below(stream, 1_000_000) < u64::from(ppm)
    }

    /// A duration in nanoseconds; draws nothing where there is only one.
    pub fn spread(&mut self, stream: Stream, spread: Spread) -> u64 {
        if spread.tail_ppm == 0 && spread.least_us >= spread.most_us {
            return spread.least_us.saturating_mul(1_000);
        }
        // One draw serves both questions: the low half for whether it is the tail, the high half for how far.
        let raw = self.streams[stream as usize].next_u64();
        let raw = self.replace(stream, raw);
        self.keep(stream, raw);
        let in_tail = ((raw & 0xffff_ffff) * 1_000_000) >> 32 < u64::from(spread.tail_ppm);
        let (least, most) = if in_tail { (spread.most_us, spread.tail_us) } else { (spread.least_us, spread.most_us) };
        let span = u128::from(most.saturating_sub(least).saturating_mul(1_000));
        least.saturating_mul(1_000) + ((span * u128::from(raw >> 32)) >> 32) as u64
    }

    /// A stream of its own for one subject (such as one client), which nothing else disturbs.
    #[must_use]
    pub fn own(&self, what: &str, subject: u64) -> OwnStream {
        OwnStream(stream_of(self.seed, what, subject))
    }

    fn replace(&mut self, stream: Stream, drawn: u64) -> u64 {
        if self.replayed.is_empty() {
            return drawn;
        }
        self.replayed.get_mut(stream as usize).and_then(Iterator::next).unwrap_or(drawn)
    }

    fn keep(&mut self, stream: Stream, drawn: u64) {
        if let Some(kept) = &mut self.kept {
            kept[stream as usize].push(drawn);
        }
    }
}

/// One subject's own stream.
#[derive(Clone)]
pub struct OwnStream(ChaCha8Rng);

impl fmt::Debug for OwnStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OwnStream")
    }
}

impl OwnStream {
    /// A number below `bound` (at least 1).
    pub fn below(&mut self, bound: u64) -> u64 {
        assert!(bound > 0, "there is no number below nought");
        below(&mut self.0, bound)
    }

    /// A number from `least` to `most`, both included.
    pub fn between(&mut self, least: u64, most: u64) -> u64 {
        if most <= least {
            return least;
        }
        least + self.below(most - least + 1)
    }

    /// `true` in `ppm` of a million cases.
    pub fn chance(&mut self, ppm: u32) -> bool {
        ppm > 0 && self.below(1_000_000) < u64::from(ppm)
    }
}

fn stream_of(seed: u64, what: &str, subject: u64) -> ChaCha8Rng {
    let name = xxh3_64_with_seed(what.as_bytes(), seed);
    ChaCha8Rng::seed_from_u64(xxh3_64_with_seed(&subject.to_le_bytes(), name))
}

fn below(from: &mut ChaCha8Rng, bound: u64) -> u64 {
    if let Ok(bound) = u32::try_from(bound) {
        return (u64::from(from.next_u32()) * u64::from(bound)) >> 32;
    }
    ((u128::from(from.next_u64()) * u128::from(bound)) >> 64) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_concern_does_not_disturb_another() {
        let mut alone = Choices::from_seed(7);
        let mut busy = Choices::from_seed(7);
        for _ in 0..100 {
            busy.below(Stream::Disk, 10);
            assert_eq!(alone.below(Stream::Network, 1_000), busy.below(Stream::Network, 1_000));
        }
    }

    #[test]
    fn what_is_off_draws_nothing() {
        let mut choices = Choices::from_seed(7);
        let mut untouched = choices.clone();
        assert!(!choices.chance(Stream::Network, 0));
        assert_eq!(choices.between(Stream::Network, 5, 5), 5);
        assert_eq!(choices.spread(Stream::Network, Spread::fixed(3)), 3_000);
        assert_eq!(choices.below(Stream::Network, 1 << 40), untouched.below(Stream::Network, 1 << 40));
    }

    #[test]
    fn a_recording_is_drawn_again_and_the_seed_goes_on_behind_it() {
        let mut first = Choices::from_seed(7).recording();
        let drawn: Vec<u64> = (0..10).map(|_| first.below(Stream::Process, 100)).collect();
        let mut recording = first.recorded();
        recording.drawn[Stream::Process as usize][3] = 77;
        let mut again = Choices::replaying(&recording);
        let redrawn: Vec<u64> = (0..10).map(|_| again.below(Stream::Process, 100)).collect();
        assert_eq!(redrawn[3], 77);
        assert_eq!(redrawn[..3], drawn[..3]);
        assert_eq!(redrawn[4..], drawn[4..]);
        assert_eq!(again.below(Stream::Process, 100), first.below(Stream::Process, 100));
    }

    #[test]
    fn a_spread_stays_within_its_bounds_and_reaches_its_tail() {
        let mut choices = Choices::from_seed(7);
        let spread = Spread::uniform(10, 20).tailed(100_000, 50);
        let drawn: Vec<u64> = (0..1_000).map(|_| choices.spread(Stream::Network, spread)).collect();
        assert!(drawn.iter().all(|ns| (10_000..=50_000).contains(ns)));
        let tail = drawn.iter().filter(|ns| **ns > 20_000).count();
        assert!((50..200).contains(&tail), "a tenth lies in the tail, here {tail} of 1000");
    }

    #[test]
    fn subjects_have_streams_of_their_own() {
        let choices = Choices::from_seed(7);
        let mut one = choices.own("actor", 1);
        let mut other = choices.own("actor", 2);
        assert_ne!(
            (0..8).map(|_| one.below(1 << 32)).collect::<Vec<_>>(),
            (0..8).map(|_| other.below(1 << 32)).collect::<Vec<_>>()
        );
    }
}
