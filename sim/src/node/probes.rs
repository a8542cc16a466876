//! What the core states of itself, counted by site; and the perturbations and known bugs that are switched on.

use crate::choices::KeyedDraws;
use gracchus_core::io::{Mutant, Probes, Site};
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// How often a site was looked at and how often it held, was reached or fired.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct SiteCount {
    /// Looked at.
    pub seen: u64,
    /// Held, reached, fired.
    pub hit: u64,
}

/// Counts of all sites in one run.
#[derive(Clone, Debug)]
pub struct SiteCounts(Vec<SiteCount>);

impl Default for SiteCounts {
    fn default() -> SiteCounts {
        SiteCounts(vec![SiteCount::default(); Site::ALL.len()])
    }
}

impl SiteCounts {
    /// Of one site.
    #[must_use]
    pub fn of(&self, site: Site) -> SiteCount {
        self.0[site as usize]
    }

    fn count(&mut self, site: Site, hit: bool) {
        let count = &mut self.0[site as usize];
        count.seen += 1;
        count.hit += u64::from(hit);
    }
}

/// The probes of one turn.
#[derive(Debug)]
pub(super) struct TurnProbes<'a> {
    pub(super) counts: &'a mut SiteCounts,
    pub(super) perturb: &'a mut KeyedDraws,
    pub(super) perturbing: Perturbing,
    pub(super) mutant: Option<Mutant>,
    /// The first property that did not hold.
    pub(super) broken: Option<Site>,
    pub(super) fired: u64,
}

/// How much is perturbed in a run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Perturbing {
    /// The run's seed: it says which sites perturb at all.
    pub seed: u64,
    /// Share of sites, in millionths.
    pub sites_ppm: u32,
    /// How often such a site perturbs, in millionths.
    pub fires_ppm: u32,
}

impl Probes for TurnProbes<'_> {
    fn always(&mut self, site: Site, held: bool) {
        self.counts.count(site, held);
        if !held && self.broken.is_none() {
            self.broken = Some(site);
        }
    }

    fn sometimes(&mut self, site: Site, reached: bool) {
        self.counts.count(site, reached);
    }

    fn buggify(&mut self, site: Site) -> bool {
        if self.perturbing.sites_ppm == 0 {
            return false;
        }
        let of_site = xxh3_64_with_seed(site.name().as_bytes(), self.perturbing.seed);
        let fires = of_site % 1_000_000 < self.perturbing.sites_ppm.into()
            && self.perturb.bits(site, 0) % 1_000_000 < self.perturbing.fires_ppm.into();
        self.counts.count(site, fires);
        self.fired += u64::from(fires);
        fires
    }

    fn mutant(&self, which: Mutant) -> bool {
        self.mutant == Some(which)
    }
}
