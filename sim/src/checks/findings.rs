//! What the checks counted, and the first thing that was wrong.

use super::Check;
use crate::verdict::Violation;
use gracchus_core::types::NodeId;

/// Counts of every check, and the first violation. Later ones are mostly its consequences and are only counted.
#[derive(Clone, Debug)]
pub struct Findings {
    at: u64,
    looked: Vec<u64>,
    first: Option<Violation>,
    wrong: u64,
}

/// Where something is wrong.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Place<'a> {
    /// On which node.
    pub node: Option<NodeId>,
    /// Of which partition, as `topic-0`.
    pub partition: Option<&'a str>,
}

impl<'a> Place<'a> {
    /// A partition on a node.
    #[must_use]
    pub fn replica(node: NodeId, partition: &'a str) -> Place<'a> {
        Place { node: Some(node), partition: Some(partition) }
    }

    /// A partition, wherever it is.
    #[must_use]
    pub fn partition(partition: &'a str) -> Place<'a> {
        Place { node: None, partition: Some(partition) }
    }
}

impl Default for Findings {
    fn default() -> Findings {
        Findings { at: 0, looked: vec![0; Check::ALL.len()], first: None, wrong: 0 }
    }
}

impl Findings {
    /// What is found from now on is found at this virtual time, in nanoseconds.
    pub fn set_time(&mut self, at: u64) {
        self.at = at;
    }

    /// The virtual time, in nanoseconds.
    #[must_use]
    pub fn time(&self) -> u64 {
        self.at
    }

    /// The check looked, and `held` says what it saw. The message is only made where it did not hold.
    pub fn demand(&mut self, check: Check, held: bool, place: Place<'_>, message: impl FnOnce() -> String) {
        self.looked[check as usize] += 1;
        if !held {
            self.wrong(check, place, message(), Vec::new());
        }
    }

    /// The check looked at `times` things and found them right.
    pub fn looked(&mut self, check: Check, times: u64) {
        self.looked[check as usize] += times;
    }

    /// Something is wrong that was counted already.
    pub fn wrong(&mut self, check: Check, place: Place<'_>, message: String, details: Vec<String>) {
        self.wrong += 1;
        if self.first.is_none() {
            self.first = Some(Violation {
                check,
                at: self.at,
                node: place.node.map(|node| node.0),
                partition: place.partition.map(str::to_string),
                message,
                details,
            });
        }
    }

    /// How often a check had something to look at.
    #[must_use]
    pub fn count(&self, check: Check) -> u64 {
        self.looked[check as usize]
    }

    /// The first violation.
    #[must_use]
    pub fn first(&self) -> Option<&Violation> {
        self.first.as_ref()
    }

    /// How many violations there were.
    #[must_use]
    pub fn wrongs(&self) -> u64 {
        self.wrong
    }
}
