//! FindCoordinator: there is no group or transaction coordinator yet, and clients are told so in a way that they retry.

use crate::broker::request::{Begun, Client, RequestContext, Serve};
use crate::types::ErrorCode;
use crate::wire::FindCoordinatorRequest;
use crate::wire::find_coordinator::{Coordinator, FindCoordinatorResponse};

impl Serve for FindCoordinatorRequest {
    fn breadth(&self) -> usize {
        self.coordinator_keys.len()
    }

    /// Answers COORDINATOR_NOT_AVAILABLE for every key.
    fn begin(self, _client: &Client<'_>, cx: &mut RequestContext<'_, '_>) -> Begun {
        begin(self, cx)
    }
}

fn begin(request: FindCoordinatorRequest, cx: &mut RequestContext<'_, '_>) -> Begun {
    let error = ErrorCode::CoordinatorNotAvailable.to_wire();
    // KIP-699: from version 4 on there are several keys, and each has its own answer.
    let several = cx.head.version >= 4;
    let keys = if several { request.coordinator_keys } else { Vec::new() };
    let coordinator = |key| Coordinator { key, node_id: -1, port: -1, error_code: error, ..Coordinator::default() };
    let body = FindCoordinatorResponse {
        error_code: if several { 0 } else { error },
        node_id: -1,
        port: -1,
        coordinators: keys.into_iter().map(coordinator).collect(),
        ..FindCoordinatorResponse::default()
    };
    Begun::Done(cx.answer(&body))
}
