//! The member's view of which broker coordinates the group.
//!
//! **Invariants**
//! - At most one lookup is in flight. After a failed lookup, the next one waits for the back-off.
//! - A coordinator stays known as long as the connection to it stays open. When the connection closes, the coordinator
//!   is looked up again.
//!
//! **In Kafka**: `AbstractCoordinator.lookupCoordinator` and `markCoordinatorUnknown`; KIP-699.

use super::reaction::{GroupApi, Reaction, reaction};
use crate::types::{ErrorCode, Instant, NodeId};
use crate::wire::{FindCoordinatorRequest, FindCoordinatorResponse};
use bytestring::ByteString;

/// The `key_type` in FindCoordinator that stands for a group.
const GROUP: i8 = 0;

/// The first version of FindCoordinator that can name several groups (KIP-699).
const BATCHED: i16 = 4;

/// What the member knows about the group's coordinator.
#[derive(Clone, Debug)]
pub(super) struct Coordinator {
    state: State,
    /// How often the coordinator was lost or not found since a broker last answered a request as the coordinator. The
    /// back-off depends on this number.
    failures: u32,
}

#[derive(Clone, Copy, Debug)]
enum State {
    /// The coordinator is not known. It may be looked up from this time on.
    Unknown { not_before: Instant },
    /// A FindCoordinator request is in flight.
    Asked,
    /// The coordinator is `node`. When it was found, `ends` connections to it had closed. If the count is higher later,
    /// the coordinator is looked up again.
    Known { node: NodeId, ends: u64 },
}

/// The result of looking the coordinator up.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum LookupResult {
    At { node: NodeId, host: ByteString, port: i32 },
    Nobody(ErrorCode),
}

impl Coordinator {
    pub(super) fn new() -> Coordinator {
        Coordinator { state: State::Unknown { not_before: Instant(0) }, failures: 0 }
    }

    /// The broker that coordinates the group, if it is known.
    pub(super) fn node(&self) -> Option<NodeId> {
        match self.state {
            State::Known { node, .. } => Some(node),
            State::Unknown { .. } | State::Asked => None,
        }
    }

    /// When the coordinator may be looked up. `None` if it is known, or if a lookup is in flight.
    pub(super) fn lookup_at(&self) -> Option<Instant> {
        match self.state {
            State::Unknown { not_before } => Some(not_before),
            State::Asked | State::Known { .. } => None,
        }
    }

    /// Notes that FindCoordinator was sent.
    pub(super) fn asked(&mut self) {
        self.state = State::Asked;
    }

    /// Notes that a lookup found `node`. Up to now, `ends` connections to that broker have closed.
    pub(super) fn found(&mut self, node: NodeId, ends: u64) {
        self.state = State::Known { node, ends };
    }

    /// Resets the count of failures, because the broker has answered a request as the coordinator.
    pub(super) fn is_of_use(&mut self) {
        self.failures = 0;
    }

    /// Counts that the coordinator was lost or not found, and returns how often that has happened in a row. The
    /// back-off depends on this number.
    pub(super) fn count_failure(&mut self) -> u32 {
        self.failures = self.failures.saturating_add(1);
        self.failures
    }

    /// Forgets the coordinator. It may be looked up again from `not_before` on.
    pub(super) fn lost(&mut self, not_before: Instant) {
        self.state = State::Unknown { not_before };
    }

    /// Returns whether a connection to the coordinator has closed since the coordinator was found.
    pub(super) fn is_cut_off(&self, ends_of: impl Fn(NodeId) -> u64) -> bool {
        matches!(self.state, State::Known { node, ends } if ends_of(node) != ends)
    }
}

/// Makes a FindCoordinator request for this group, to be encoded in `version` of the API.
pub(super) fn lookup(group_id: &ByteString, version: i16) -> FindCoordinatorRequest {
    match version >= BATCHED {
        true => {
            FindCoordinatorRequest { key_type: GROUP, coordinator_keys: vec![group_id.clone()], ..Default::default() }
        }
        false => FindCoordinatorRequest { key: group_id.clone(), key_type: GROUP, ..Default::default() },
    }
}

/// Returns what a FindCoordinator response says about the group's coordinator.
pub(super) fn read(answer: &FindCoordinatorResponse, group_id: &ByteString, version: i16) -> LookupResult {
    let (error, node, host, port) = match version >= BATCHED {
        false => (answer.error_code, answer.node_id, &answer.host, answer.port),
        true => match answer.coordinators.iter().find(|row| row.key == *group_id) {
            Some(row) => (row.error_code, row.node_id, &row.host, row.port),
            // The response does not mention the group, so the coordinator is still unknown.
            None => return LookupResult::Nobody(ErrorCode::CoordinatorNotAvailable),
        },
    };
    let error = ErrorCode::from_wire(error);
    match (reaction(GroupApi::FindCoordinator, error), NodeId::from_wire(node)) {
        (Reaction::Proceed, Some(node)) => LookupResult::At { node, host: host.clone(), port },
        (Reaction::Proceed, None) => LookupResult::Nobody(ErrorCode::CoordinatorNotAvailable),
        _ => LookupResult::Nobody(error),
    }
}
