//! The core's own draws: keyed, so that removing one operation from a run leaves all others as they were.

use gracchus_core::io::{Draws, Site};
use std::collections::BTreeMap;
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// Answers the draws of one incarnation of one node by (site's name, subject, ordinal within the subject).
#[derive(Clone, Debug)]
pub struct KeyedDraws {
    base: u64,
    ordinals: BTreeMap<(Site, u64), u64>,
}

impl KeyedDraws {
    /// For one life of one node.
    #[must_use]
    pub fn new(seed: u64, node: u64, incarnation: u64) -> KeyedDraws {
        let of_node = xxh3_64_with_seed(&node.to_le_bytes(), seed);
        KeyedDraws { base: xxh3_64_with_seed(&incarnation.to_le_bytes(), of_node), ordinals: BTreeMap::new() }
    }

    /// 64 bits for the next ordinal of (site, subject).
    pub fn bits(&mut self, site: Site, subject: u64) -> u64 {
        let ordinal = self.ordinals.entry((site, subject)).or_insert(0);
        *ordinal += 1;
        let of_site = xxh3_64_with_seed(site.name().as_bytes(), self.base);
        let mut key = [0; 16];
        key[..8].copy_from_slice(&subject.to_le_bytes());
        key[8..].copy_from_slice(&ordinal.to_le_bytes());
        xxh3_64_with_seed(&key, of_site)
    }
}

impl Draws for KeyedDraws {
    fn below(&mut self, site: Site, subject: u64, bound: u64) -> u64 {
        assert!(bound > 0, "there is no number below nought");
        ((u128::from(self.bits(site, subject)) * u128::from(bound)) >> 64) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_is_answered_the_same_whatever_others_asked() {
        let mut alone = KeyedDraws::new(1, 2, 3);
        let mut busy = KeyedDraws::new(1, 2, 3);
        for _ in 0..20 {
            busy.below(Site::FreshUuid, 9, 100);
            assert_eq!(alone.below(Site::FreshUuid, 4, 1 << 40), busy.below(Site::FreshUuid, 4, 1 << 40));
        }
    }

    #[test]
    fn another_life_draws_otherwise() {
        let mut first = KeyedDraws::new(1, 2, 3);
        let mut second = KeyedDraws::new(1, 2, 4);
        assert_ne!(first.bits(Site::FreshUuid, 0), second.bits(Site::FreshUuid, 0));
    }
}
