//! What is wrong with the links between hosts, each way by itself.

use crate::fault::{Host, LinkFault};
use std::collections::BTreeMap;

/// Links that are not as they should be; the others are not listed.
#[derive(Clone, Debug, Default)]
pub(super) struct Links(BTreeMap<(Host, Host), Link>);

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
struct Link {
    cut: bool,
    clogged: bool,
    slow_us: u64,
}

impl Links {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn set(&mut self, from: Host, to: Host, fault: LinkFault) {
        if from == to {
            return;
        }
        let link = self.0.entry((from, to)).or_default();
        match fault {
            LinkFault::Cut => link.cut = true,
            LinkFault::Clog => link.clogged = true,
            LinkFault::Slow(us) => link.slow_us = us,
        }
    }

    pub(super) fn heal(&mut self, heals: impl Fn(Host, Host) -> bool) {
        self.0.retain(|(from, to), _| !heals(*from, *to));
    }

    /// Whether nothing gets from one to the other, now.
    pub(super) fn is_blocked(&self, from: Host, to: Host) -> bool {
        self.link(from, to).is_some_and(|link| link.cut || link.clogged)
    }

    /// Whether what is sent will not be acknowledged for so long that the sender gives up.
    pub(super) fn is_cut(&self, from: Host, to: Host) -> bool {
        self.link(from, to).is_some_and(|link| link.cut)
    }

    /// Nanoseconds more on the way.
    pub(super) fn slowness(&self, from: Host, to: Host) -> u64 {
        self.link(from, to).map_or(0, |link| link.slow_us * 1_000)
    }

    fn link(&self, from: Host, to: Host) -> Option<&Link> {
        if self.0.is_empty() { None } else { self.0.get(&(from, to)) }
    }
}
