//! InitProducerId: an id for an idempotent producer (KIP-98).

use crate::broker::running::{Answer, Begun, Scene, Work};
use crate::types::{ErrorCode, ProducerId};
use crate::wire::InitProducerIdRequest;
use crate::wire::init_producer_id::InitProducerIdResponse;

/// How long a request waits for the control shard's next block.
const PATIENCE_MS: i64 = 5_000;

/// One that found no id in stock.
#[derive(Clone, Debug)]
pub(in crate::broker) struct Waiting;

/// Answers from the shard's stock, or waits for more.
pub(in crate::broker) fn begin(request: &InitProducerIdRequest, scene: &mut Scene<'_, '_>) -> Begun {
    let refusal = refusal(request);
    if refusal.is_error() {
        return Begun::Done(refused(refusal, scene));
    }
    // A producer without a transactional id is always given a new id, whatever it had (`TransactionCoordinator`).
    match scene.ids.take() {
        Some(id) => Begun::Done(given(id, scene)),
        None => {
            scene.ids.waiting.push(scene.head.first);
            Begun::Run(Work::ProducerId(Waiting), Some(scene.now().plus_ms(PATIENCE_MS)))
        }
    }
}

impl Waiting {
    /// An id is there, or none will come for this reason.
    pub(in crate::broker) fn on_id(&mut self, id: Result<ProducerId, ErrorCode>, scene: &mut Scene<'_, '_>) -> Answer {
        match id {
            Ok(id) => given(id, scene),
            Err(error) => refused(error, scene),
        }
    }

    pub(in crate::broker) fn on_deadline(&mut self, scene: &mut Scene<'_, '_>) -> Answer {
        scene.ids.forget(scene.head.first);
        // As `ProducerIdManager` does while a block is under way: the client asks again.
        refused(ErrorCode::CoordinatorLoadInProgress, scene)
    }
}

fn refusal(request: &InitProducerIdRequest) -> ErrorCode {
    if request.transactional_id.as_ref().is_some_and(|id| id.is_empty()) {
        return ErrorCode::InvalidRequest;
    }
    // KIP-360: an id comes with its epoch or not at all.
    if (request.producer_id == -1) != (request.producer_epoch == -1) {
        return ErrorCode::InvalidRequest;
    }
    // There is no transaction coordinator yet; the client looks for one, and is told the same by FindCoordinator.
    if request.transactional_id.is_some() {
        return ErrorCode::CoordinatorNotAvailable;
    }
    ErrorCode::None
}

fn given(id: ProducerId, scene: &mut Scene<'_, '_>) -> Answer {
    scene.answer(&InitProducerIdResponse { producer_id: id.0, producer_epoch: 0, ..InitProducerIdResponse::default() })
}

fn refused(error: ErrorCode, scene: &mut Scene<'_, '_>) -> Answer {
    scene.answer(&InitProducerIdResponse {
        error_code: error.to_wire(),
        producer_id: -1,
        producer_epoch: -1,
        ..InitProducerIdResponse::default()
    })
}
