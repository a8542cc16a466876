//! The chained hash of all that a run did.
//!
//! **Invariants**: the same seed gives the same hash, in any process, in debug and in release; nothing that differs
//! between two processes (addresses, capacities, real time) goes in.

use core::fmt;
use core::hash::Hasher;
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// A run's hash so far. Shown as lower-case hex.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct TraceHash(pub u64);

impl fmt::Display for TraceHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// Chains what happens, in order. Switched off it does nothing.
#[derive(Clone, Copy, Debug)]
pub struct Chain {
    on: bool,
    state: u64,
}

impl Chain {
    /// An empty chain.
    #[must_use]
    pub fn new(on: bool) -> Chain {
        Chain { on, state: 0 }
    }

    /// The hash of everything so far.
    #[must_use]
    pub fn sum(&self) -> TraceHash {
        TraceHash(self.state)
    }

    /// Two numbers more.
    pub fn add(&mut self, one: u64, two: u64) {
        if self.on {
            self.state = fold(self.state ^ one, FOLD_ONE ^ two);
        }
    }

    /// Some bytes more.
    pub fn add_bytes(&mut self, bytes: &[u8]) {
        if self.on {
            self.state = xxh3_64_with_seed(bytes, self.state);
        }
    }

    /// A value more, by its `Hash`.
    pub fn add_value(&mut self, value: &impl core::hash::Hash) {
        if self.on {
            value.hash(self);
        }
    }
}

const FOLD_ONE: u64 = 0x9e37_79b9_7f4a_7c15;
const FOLD_TWO: u64 = 0xd6e8_feb8_6659_fd93;

/// Multiplies to 128 bits and folds the halves; the rotation keeps a factor of nought from swallowing what came before.
fn fold(one: u64, two: u64) -> u64 {
    let wide = u128::from(one ^ FOLD_TWO) * u128::from(two);
    (wide as u64) ^ (wide >> 64) as u64 ^ one.rotate_left(23)
}

impl Hasher for Chain {
    fn finish(&self) -> u64 {
        self.state
    }

    fn write(&mut self, bytes: &[u8]) {
        self.state = xxh3_64_with_seed(bytes, self.state);
    }

    fn write_u8(&mut self, number: u8) {
        self.write_u64(number.into());
    }

    fn write_u16(&mut self, number: u16) {
        self.write_u64(number.into());
    }

    fn write_u32(&mut self, number: u32) {
        self.write_u64(number.into());
    }

    fn write_u64(&mut self, number: u64) {
        self.state = fold(self.state, FOLD_ONE ^ number);
    }

    fn write_usize(&mut self, number: usize) {
        self.write_u64(number as u64);
    }

    // The signed ones go to their unsigned twins by themselves, except `isize`, whose width is the platform's.
    fn write_isize(&mut self, number: isize) {
        self.write_u64(number as i64 as u64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_and_value_matter_and_nought_is_not_nothing() {
        let sum = |numbers: &[(u64, u64)]| {
            let mut chain = Chain::new(true);
            numbers.iter().for_each(|(one, two)| chain.add(*one, *two));
            chain.sum()
        };
        let sums = [
            sum(&[]),
            sum(&[(0, 0)]),
            sum(&[(0, 0), (0, 0)]),
            sum(&[(1, 2), (3, 4)]),
            sum(&[(3, 4), (1, 2)]),
            sum(&[(1, 2), (4, 3)]),
            sum(&[(0, 1)]),
            sum(&[(1, 0)]),
        ];
        for (at, one) in sums.iter().enumerate() {
            assert!(sums[at + 1..].iter().all(|other| other != one), "{sums:?}");
        }
    }

    #[test]
    fn a_chain_that_is_off_stays_empty() {
        let mut chain = Chain::new(false);
        chain.add(1, 2);
        chain.add_bytes(b"abc");
        chain.add_value(&5u32);
        assert_eq!(chain.sum(), TraceHash(0));
    }
}
