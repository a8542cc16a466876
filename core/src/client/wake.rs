//! When a client wants to be called, and how long it backs off.

use super::output::Output;
use crate::io::{Draws, Site};
use crate::types::Instant;

/// The earliest of a client's deadlines. One that came to nothing is not taken back: a wake may find nothing to do, and
/// what is still to come is then noted again.
#[derive(Clone, Debug, Default)]
pub(super) struct Wake {
    next: Option<Instant>,
    told: Option<Instant>,
}

impl Wake {
    /// Not later than `at`.
    pub(super) fn by(&mut self, at: Instant) {
        if self.next.is_none_or(|next| at < next) {
            self.next = Some(at);
        }
    }

    /// Forgets what was noted, before everything that is still to come is noted again.
    pub(super) fn restart(&mut self) {
        *self = Wake::default();
    }

    /// When it is.
    pub(super) fn next(&self) -> Option<Instant> {
        self.next
    }

    /// Asks for it, where that is news.
    pub(super) fn tell<N>(&mut self, out: &mut Vec<Output<N>>) {
        if let Some(at) = self.next
            && self.told != self.next
        {
            self.told = self.next;
            out.push(Output::WakeAt(at));
        }
    }
}

/// `base` doubled with every failure after the first, `most` at most, and up to a fifth more or less so that clients do
/// not come back together (KIP-144, KIP-580).
pub(super) fn backoff_ms(base: i64, most: i64, failures: u32, subject: u64, draws: &mut dyn Draws) -> i64 {
    let doubled = base.saturating_mul(1 << failures.saturating_sub(1).min(20)).min(most).max(1);
    let fifth = doubled / 5;
    doubled - fifth + draws.below(Site::ClientBackoff, subject, 2 * fifth as u64 + 1) as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Last;

    impl Draws for Last {
        fn below(&mut self, _: Site, _: u64, bound: u64) -> u64 {
            bound - 1
        }
    }

    #[test]
    fn a_backoff_doubles_to_its_bound_and_strays_by_a_fifth() {
        let backoff = |failures| backoff_ms(100, 1_000, failures, 0, &mut Last);
        assert_eq!([1, 2, 3, 4, 5, 99].map(backoff), [120, 240, 480, 960, 1_200, 1_200]);
    }

    #[test]
    fn a_wake_is_told_once_and_only_ever_moves_forward_until_it_is_due() {
        let mut wake = Wake::default();
        let mut out = Vec::<Output<()>>::new();
        wake.by(Instant(9));
        wake.by(Instant(12));
        wake.tell(&mut out);
        wake.tell(&mut out);
        wake.by(Instant(5));
        wake.tell(&mut out);
        assert_eq!(out, [Output::WakeAt(Instant(9)), Output::WakeAt(Instant(5))]);
    }
}
