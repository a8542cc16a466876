//! A node's two clocks, neither of which is the world's.

use crate::choices::{Choices, Stream};
use crate::config::ProcessConfig;
use gracchus_core::types::{Instant, Now, Timestamp};

/// What the world's time nought is on a good wall clock: 2024-01-01T00:00:00Z.
const EPOCH_MS: i64 = 1_704_067_200_000;
const NS_PER_MS: i64 = 1_000_000;

/// A monotonic clock with an origin and a rate of its own, and a wall clock that is off.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Clock {
    origin_ns: u64,
    /// By how many millionths it runs fast; slow where negative.
    drift_ppm: i64,
    wall_off_ms: i64,
}

impl Clock {
    /// A drawn one.
    pub fn new(config: &ProcessConfig, choices: &mut Choices) -> Clock {
        let mut either_way = |most: u64| choices.between(Stream::Process, 0, 2 * most) as i64 - most as i64;
        let (drift_ppm, wall_off_ms) = (either_way(config.drift_ppm.into()), either_way(config.wall_skew_ms));
        Clock { origin_ns: choices.between(Stream::Process, 1, 1_000_000) * 1_000_000, drift_ppm, wall_off_ms }
    }

    /// What a process reads at the world's time `at`.
    #[must_use]
    pub fn read(&self, at: u64) -> Now {
        let passed = self.stretched(at);
        let wall = EPOCH_MS + self.wall_off_ms + (passed / NS_PER_MS as u64) as i64;
        Now { mono: Instant(self.origin_ns + passed), wall: Timestamp(wall) }
    }

    /// The world's first time at which the monotonic clock shows `mono` or more.
    #[must_use]
    pub fn when(&self, mono: Instant) -> u64 {
        let passed = i128::from(mono.0.saturating_sub(self.origin_ns));
        let rate = 1_000_000 + i128::from(self.drift_ppm);
        u64::try_from((passed * 1_000_000 + rate - 1) / rate).unwrap_or(u64::MAX)
    }

    /// The wall clock is set forward or back.
    pub fn jump(&mut self, by_ms: i64) {
        self.wall_off_ms += by_ms;
    }

    fn stretched(&self, at: u64) -> u64 {
        if self.drift_ppm == 0 {
            return at;
        }
        // The quotient and what is left of it apart: their products fit, where that of all would not.
        let (whole, rest) = ((at / 1_000_000) as i64, (at % 1_000_000) as i64);
        let drifted = whole * self.drift_ppm + rest * self.drift_ppm / 1_000_000;
        at.wrapping_add_signed(drifted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wake_is_never_early_and_hardly_late() {
        for drift_ppm in [-200_000, -100, -1, 0, 1, 100, 200_000] {
            let clock = Clock { origin_ns: 77, drift_ppm, wall_off_ms: 0 };
            for wanted in [77, 78, 1_000_000, 123_456_789_012] {
                let at = clock.when(Instant(wanted));
                assert!(clock.read(at).mono >= Instant(wanted), "{drift_ppm} {wanted}");
                assert!(at < 3 || clock.read(at - 3).mono < Instant(wanted), "{drift_ppm} {wanted}");
            }
        }
    }

    #[test]
    fn a_wall_clock_jumps_and_the_other_does_not() {
        let mut clock = Clock { origin_ns: 0, drift_ppm: 0, wall_off_ms: 5 };
        let before = clock.read(1_000_000);
        clock.jump(-3);
        let after = clock.read(1_000_000);
        assert_eq!(after.mono, before.mono);
        assert_eq!(after.wall.0, before.wall.0 - 3);
    }
}
