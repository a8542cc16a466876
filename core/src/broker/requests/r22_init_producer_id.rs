//! InitProducerId: an id for an idempotent producer (KIP-98).

use crate::broker::question::Reply;
use crate::broker::request::{Answer, Begun, BrokerApis, Client, Progress, RequestContext, Serve, Waiting};
use crate::types::{ErrorCode, ProducerId};
use crate::wire::InitProducerIdRequest;
use crate::wire::init_producer_id::InitProducerIdResponse;

/// Time in milliseconds that a request waits for the control shard's next block of producer ids.
const PATIENCE_MS: i64 = 5_000;

/// An InitProducerId request that waits for a producer id, because the shard's stock is empty.
#[derive(Clone, Debug)]
struct AwaitingId;

impl Serve<BrokerApis> for InitProducerIdRequest {
    /// Answers with an id from the shard's stock of producer ids, or waits for the next block.
    fn begin(self, _client: &Client<'_>, cx: &mut RequestContext<'_, '_>) -> Begun {
        begin(&self, cx)
    }
}

fn begin(request: &InitProducerIdRequest, cx: &mut RequestContext<'_, '_>) -> Begun {
    let refusal = refusal(request);
    if refusal.is_error() {
        return Begun::Done(refused(refusal, cx));
    }
    // As in Kafka's `TransactionCoordinator`, a producer without a transactional id always gets a new producer id, even
    // if its request names one that it already has.
    match cx.state.producer_ids.take() {
        Some(id) => Begun::Done(given(id, cx)),
        None => {
            cx.state.producer_ids.waiting.push(cx.head.first);
            let deadline = cx.now().plus_ms(PATIENCE_MS);
            Begun::waiting(AwaitingId, deadline)
        }
    }
}

impl Waiting<BrokerApis> for AwaitingId {
    fn on_reply(&mut self, _n: usize, reply: Reply, cx: &mut RequestContext<'_, '_>) -> Progress {
        match reply {
            Reply::ProducerId(Ok(id)) => Progress::Done(given(id, cx)),
            Reply::ProducerId(Err(error)) => Progress::Done(refused(error, cx)),
            _ => Progress::Wait,
        }
    }

    fn on_deadline(&mut self, cx: &mut RequestContext<'_, '_>) -> Progress {
        cx.state.producer_ids.forget(cx.head.first);
        // The client asks again after this error. Kafka's `ProducerIdManager` gives the same error while it waits for a
        // block.
        Progress::Done(refused(ErrorCode::CoordinatorLoadInProgress, cx))
    }

    fn abandon(&self, cx: &mut RequestContext<'_, '_>) {
        cx.state.producer_ids.forget(cx.head.first);
    }
}

fn refusal(request: &InitProducerIdRequest) -> ErrorCode {
    if request.transactional_id.as_ref().is_some_and(|id| id.is_empty()) {
        return ErrorCode::InvalidRequest;
    }
    // KIP-360: a request has both a producer id and an epoch, or neither.
    if (request.producer_id == -1) != (request.producer_epoch == -1) {
        return ErrorCode::InvalidRequest;
    }
    // This broker has no transaction coordinator yet. After this error the client sends FindCoordinator, which gets the
    // same error.
    if request.transactional_id.is_some() {
        return ErrorCode::CoordinatorNotAvailable;
    }
    ErrorCode::None
}

fn given(id: ProducerId, cx: &mut RequestContext<'_, '_>) -> Answer {
    cx.answer(&InitProducerIdResponse { producer_id: id.0, producer_epoch: 0, ..InitProducerIdResponse::default() })
}

fn refused(error: ErrorCode, cx: &mut RequestContext<'_, '_>) -> Answer {
    cx.answer(&InitProducerIdResponse {
        error_code: error.to_wire(),
        producer_id: -1,
        producer_epoch: -1,
        ..InitProducerIdResponse::default()
    })
}
