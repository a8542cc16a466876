//! How long a shard's turns take. A long turn holds up everybody whom the shard serves.
//!
//! **In Kafka**: the request handlers' idle ratio and the local time of requests; no thread there serves everybody.

use core::time::Duration;
use gracchus_core::io::{ShardId, Work};
use gracchus_core::types::Instant;
use tracing::{info, warn};

/// A turn that takes longer is worth a warning.
const LONG: Duration = Duration::from_millis(100);

/// How often long turns are warned of at most, and how often the lengths of all turns are logged.
const WARN_EVERY: Duration = Duration::from_secs(1);
const TELL_EVERY: Duration = Duration::from_secs(60);

/// Upper limits of the lengths that are told apart, in milliseconds.
const LIMITS: [u64; 6] = [1, 3, 10, 30, 100, 1000];

/// The lengths of one shard's turns since they were told last.
pub struct Turns {
    me: ShardId,
    /// How many turns were shorter than each limit, and not shorter than the limit before; at last, all longer ones.
    counts: [u64; LIMITS.len() + 1],
    longest: Duration,
    told_at: Instant,
    warned_at: Option<Instant>,
    /// Long turns since the last warning, which were not warned of.
    unwarned: u64,
}

impl Turns {
    /// No turn has passed.
    #[must_use]
    pub fn new(me: ShardId, now: Instant) -> Turns {
        Turns { me, counts: [0; LIMITS.len() + 1], longest: Duration::ZERO, told_at: now, warned_at: None, unwarned: 0 }
    }

    /// Counts a turn that has just ended, and warns if it was long.
    pub fn note(&mut self, took: Duration, events: usize, work: &Work, now: Instant) {
        self.counts[place(took)] += 1;
        self.longest = self.longest.max(took);
        if took > LONG {
            self.warn(took, events, work, now);
        }
        if now.since(self.told_at) >= TELL_EVERY {
            self.tell(now);
        }
    }

    fn warn(&mut self, took: Duration, events: usize, work: &Work, now: Instant) {
        if self.warned_at.is_some_and(|at| now.since(at) < WARN_EVERY) {
            self.unwarned += 1;
            return;
        }
        let others = match std::mem::take(&mut self.unwarned) {
            0 => String::new(),
            count => format!("; {count} other long turns came since the last warning"),
        };
        self.warned_at = Some(now);
        warn!(
            "{}: a turn took {} ms, in which the shard served nobody else: {events} events, {work}{others}",
            self.me,
            took.as_millis()
        );
    }

    /// Logs the lengths since the last time, and begins anew.
    pub fn tell(&mut self, now: Instant) {
        if self.counts.iter().any(|count| *count > 0) {
            info!("{}: {}", self.me, self.summary());
        }
        *self = Turns { warned_at: self.warned_at, unwarned: self.unwarned, ..Turns::new(self.me, now) };
    }

    fn summary(&self) -> String {
        let total: u64 = self.counts.iter().sum();
        let mut text = format!("{total} turns");
        for (count, limit) in self.counts.iter().zip(LIMITS) {
            text += &format!(", {count} below {limit} ms");
        }
        let longer = self.counts[LIMITS.len()];
        text + &format!(", {longer} longer; the longest took {:.1} ms", self.longest.as_secs_f64() * 1e3)
    }
}

fn place(took: Duration) -> usize {
    LIMITS.iter().position(|limit| took < Duration::from_millis(*limit)).unwrap_or(LIMITS.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_are_counted_by_their_length() {
        let mut turns = Turns::new(ShardId(1), Instant(0));
        for us in [0, 999, 1_000, 2_999, 3_000, 29_999, 99_999, 100_000, 999_999, 1_000_000] {
            turns.note(Duration::from_micros(us), 1, &Work::default(), Instant(0));
        }
        let told = "10 turns, 2 below 1 ms, 2 below 3 ms, 1 below 10 ms, 1 below 30 ms, 1 below 100 ms, 2 below 1000 ms, \
                    1 longer; the longest took 1000.0 ms";
        assert_eq!(turns.summary(), told);
        turns.tell(Instant(5));
        assert_eq!(turns.counts, [0; 7]);
        assert_eq!((turns.longest, turns.told_at), (Duration::ZERO, Instant(5)));
    }

    #[test]
    fn a_shard_whose_turns_are_all_long_warns_once_a_second() {
        let mut turns = Turns::new(ShardId(1), Instant(0));
        let note = |turns: &mut Turns, ms: u64| {
            turns.note(Duration::from_millis(101), 1, &Work::default(), Instant(ms * 1_000_000));
            (turns.warned_at, turns.unwarned)
        };
        assert_eq!(note(&mut turns, 5), (Some(Instant(5_000_000)), 0));
        assert_eq!(note(&mut turns, 900), (Some(Instant(5_000_000)), 1));
        assert_eq!(note(&mut turns, 1_005), (Some(Instant(1_005_000_000)), 0));
    }
}
