//! Random choices and probes in production: the operating system's randomness, and silence.

use gracchus_core::io::{Draws, Mutant, Probes, Site};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// One shard's.
pub struct Chance(ChaCha8Rng);

impl Chance {
    /// Each shard has a stream of its own under the node's seed.
    #[must_use]
    pub fn new(seed: [u8; 32], shard: u16) -> Chance {
        let mut stream = ChaCha8Rng::from_seed(seed);
        stream.set_stream(u64::from(shard));
        Chance(stream)
    }
}

impl Draws for Chance {
    fn below(&mut self, _site: Site, _subject: u64, bound: u64) -> u64 {
        assert!(bound > 0, "nothing is below nought");
        // The high half of a 128-bit product: even to within 2^-64 for the small bounds there are.
        let product = u128::from(self.0.next_u64()) * u128::from(bound);
        (product >> 64) as u64
    }
}

/// Production's probes: a broken property of ours ends the process, everything else is silent.
pub struct Silent;

impl Probes for Silent {
    fn always(&mut self, site: Site, held: bool) {
        assert!(held, "a property that always holds was broken: {}", site.name());
    }

    fn sometimes(&mut self, _site: Site, _reached: bool) {}

    fn buggify(&mut self, _site: Site) -> bool {
        false
    }

    fn mutant(&self, _which: Mutant) -> bool {
        false
    }
}
