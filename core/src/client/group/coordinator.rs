//! Which broker coordinates the group.
//!
//! **Invariants**
//! - At most one lookup is in flight; after a failed lookup the next one waits for the back-off.
//! - A coordinator stays known as long as the connection to it stays open. When the connection ends, it is looked up
//!   again.
//!
//! **In Kafka**: `AbstractCoordinator.lookupCoordinator` and `markCoordinatorUnknown`; KIP-699.

use super::reaction::{GroupApi, Reaction, reaction};
use crate::types::{ErrorCode, Instant, NodeId};
use crate::wire::{FindCoordinatorRequest, FindCoordinatorResponse};
use bytestring::ByteString;

/// `key_type` of a group.
const GROUP: i8 = 0;

/// The first version of FindCoordinator that asks for several keys (KIP-699).
const BATCHED: i16 = 4;

/// What the member knows of the coordinator.
#[derive(Clone, Debug)]
pub(super) struct Coordinator {
    state: State,
    /// The number of lookups that failed, or found a broker that was not the coordinator, since a coordinator last
    /// answered as such.
    failures: u32,
}

#[derive(Clone, Copy, Debug)]
enum State {
    /// The coordinator is not known. It is looked up when it is needed, but not before this time.
    Unknown { not_before: Instant },
    /// FindCoordinator is in flight.
    Asked,
    /// The broker, and how many connections to it had ended when the coordinator was found.
    Known { node: NodeId, ends: u64 },
}

/// What a lookup found.
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

    /// When the next lookup may be made; none if none is needed or one is in flight.
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

    /// Notes that a lookup found `node`, at a time when `ends` connections to it had ended.
    pub(super) fn found(&mut self, node: NodeId, ends: u64) {
        self.state = State::Known { node, ends };
    }

    /// Notes that the coordinator has answered as such.
    pub(super) fn is_of_use(&mut self) {
        self.failures = 0;
    }

    /// Counts a failure, for the length of the back-off.
    pub(super) fn count_failure(&mut self) -> u32 {
        self.failures = self.failures.saturating_add(1);
        self.failures
    }

    /// Forgets the coordinator, which is looked up again, but not before `not_before`.
    pub(super) fn lost(&mut self, not_before: Instant) {
        self.state = State::Unknown { not_before };
    }

    /// Whether connections to the coordinator have ended since it was found.
    pub(super) fn is_cut_off(&self, ends_of: impl Fn(NodeId) -> u64) -> bool {
        matches!(self.state, State::Known { node, ends } if ends_of(node) != ends)
    }
}

/// Makes the request that looks a group's coordinator up, in this version.
pub(super) fn lookup(group_id: &ByteString, version: i16) -> FindCoordinatorRequest {
    match version >= BATCHED {
        true => {
            FindCoordinatorRequest { key_type: GROUP, coordinator_keys: vec![group_id.clone()], ..Default::default() }
        }
        false => FindCoordinatorRequest { key: group_id.clone(), key_type: GROUP, ..Default::default() },
    }
}

/// Returns what the response says of the group's coordinator.
pub(super) fn read(answer: &FindCoordinatorResponse, group_id: &ByteString, version: i16) -> LookupResult {
    let (error, node, host, port) = match version >= BATCHED {
        false => (answer.error_code, answer.node_id, &answer.host, answer.port),
        true => match answer.coordinators.iter().find(|row| row.key == *group_id) {
            Some(row) => (row.error_code, row.node_id, &row.host, row.port),
            // A response that leaves the group out says nothing of it.
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
