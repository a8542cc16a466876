//! FindCoordinator: there is no group or transaction coordinator yet, and clients are told so in a way that they retry.

use crate::broker::running::{Begun, Scene};
use crate::types::ErrorCode;
use crate::wire::FindCoordinatorRequest;
use crate::wire::find_coordinator::{Coordinator, FindCoordinatorResponse};

/// Answers COORDINATOR_NOT_AVAILABLE for every key.
pub(in crate::broker) fn begin(request: FindCoordinatorRequest, scene: &mut Scene<'_, '_>) -> Begun {
    let error = ErrorCode::CoordinatorNotAvailable.to_wire();
    // KIP-699: from version 4 on there are several keys, and each has its own answer.
    let several = scene.head.version >= 4;
    let keys = if several { request.coordinator_keys } else { Vec::new() };
    let coordinator = |key| Coordinator { key, node_id: -1, port: -1, error_code: error, ..Coordinator::default() };
    let body = FindCoordinatorResponse {
        error_code: if several { 0 } else { error },
        node_id: -1,
        port: -1,
        coordinators: keys.into_iter().map(coordinator).collect(),
        ..FindCoordinatorResponse::default()
    };
    Begun::Done(scene.answer(&body))
}
