//! What a seed decided to do, before it does it: a list that can be kept, shown, and shortened.

use super::FaultKind;
use serde::{Deserialize, Serialize};

/// The decisions of one seed, in the order of their times.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Plan {
    /// Which kinds this seed drew.
    pub drawn: Vec<FaultKind>,
    /// What is to happen.
    pub decisions: Vec<Decision>,
}

/// One fault to come. Its id stays the same when others are taken out.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Decision {
    /// The kind's name and its ordinal within the kind: `kill-3`.
    pub id: String,
    /// What.
    pub kind: FaultKind,
    /// When, milliseconds from the start.
    pub at_ms: u64,
    /// For how long.
    pub for_ms: u64,
    /// Numbers that choose among what is there when the time comes: targets, directions, offsets.
    pub picks: Vec<u64>,
    /// Where the fault has one.
    pub strength: u64,
    /// Which nodes it may strike; none named means all.
    pub nodes: Vec<i32>,
}

impl Plan {
    /// The plan without the decisions of these ids.
    #[must_use]
    pub fn without(&self, ids: &[String]) -> Plan {
        let kept = self.decisions.iter().filter(|decision| !ids.contains(&decision.id));
        Plan { drawn: self.drawn.clone(), decisions: kept.cloned().collect() }
    }
}
