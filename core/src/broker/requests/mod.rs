//! One file per API, named by its key. Each says how a request begins, and what it does with what it waited for.

pub(super) mod r00_produce;
pub(super) mod r01_fetch;
pub(super) mod r02_list_offsets;
pub(super) mod r03_metadata;
pub(super) mod r10_find_coordinator;
pub(super) mod r18_api_versions;
pub(super) mod r19_create_topics;
pub(super) mod r22_init_producer_id;
pub(super) mod r23_offset_for_leader_epoch;

mod leaders;
mod new_topics;

use super::ground::{Ground, Spread};
use super::running::{Begun, Scene};
use crate::io::ShardId;
use crate::wire::{
    ApiKey, ApiVersionsRequest, CreateTopicsRequest, DecodeError, Decoder, FetchRequest, FindCoordinatorRequest,
    InitProducerIdRequest, ListOffsetsRequest, MetadataRequest, OffsetForLeaderEpochRequest, ProduceRequest,
    decode_body, open_request, peek,
};
use bytes::Bytes;

/// A request, read and not yet begun.
#[derive(Debug)]
enum Request {
    Produce(ProduceRequest),
    Fetch(FetchRequest),
    ListOffsets(ListOffsetsRequest),
    Metadata(MetadataRequest),
    FindCoordinator(FindCoordinatorRequest),
    ApiVersions(ApiVersionsRequest),
    CreateTopics(CreateTopicsRequest),
    InitProducerId(InitProducerIdRequest),
    OffsetForLeaderEpoch(OffsetForLeaderEpochRequest),
    /// An `ApiVersions` of a version that is not served.
    UnknownApiVersions,
}

/// A request, with what its answer needs of the frame.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) version: i16,
    pub(super) correlation: i32,
    request: Request,
}

/// Where a session belongs, as a produce or fetch shows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Home {
    Here,
    Elsewhere(ShardId),
}

/// More partitions, topics or keys than this in one request are more than any cluster has for one broker. What a request
/// costs in memory grows with them, and not with its bytes.
const BREADTH_MOST: usize = 100_000;

/// Reads a frame. What cannot be answered in any version has a reason to cut the client off.
pub(super) fn open(frame: &Bytes) -> Result<Opened, &'static str> {
    // An API that has messages and no server is refused like an API that does not exist, whatever its version.
    if peek(frame).is_ok_and(|head| !r18_api_versions::is_served(head.api_key)) {
        return Err("an API that this broker does not have");
    }
    let (key, header, mut input) = match open_request(frame.clone()) {
        Ok(opened) => opened,
        // KIP-511: the client learns from the answer which version to ask with.
        Err(DecodeError::Version { key, .. }) if key == ApiKey::ApiVersions.to_wire() => {
            let head = peek(frame).map_err(|_| "a frame too short for a request header")?;
            return Ok(Opened { version: 0, correlation: head.correlation_id, request: Request::UnknownApiVersions });
        }
        Err(DecodeError::Api { .. }) => return Err("an API that this broker does not have"),
        Err(DecodeError::Version { .. }) => return Err("a version that the API does not have"),
        Err(_) => return Err("a request header that cannot be read"),
    };
    let version = header.request_api_version;
    let request = body(key, &mut input, version).map_err(|_| "a request that cannot be read")?;
    if request.breadth() > BREADTH_MOST {
        return Err("a request that names more than any cluster has");
    }
    Ok(Opened { version, correlation: header.correlation_id, request })
}

fn body(key: ApiKey, input: &mut Decoder, version: i16) -> Result<Request, DecodeError> {
    Ok(match key {
        ApiKey::Produce => Request::Produce(decode_body(input, version)?),
        ApiKey::Fetch => Request::Fetch(decode_body(input, version)?),
        ApiKey::ListOffsets => Request::ListOffsets(decode_body(input, version)?),
        ApiKey::Metadata => Request::Metadata(decode_body(input, version)?),
        ApiKey::FindCoordinator => Request::FindCoordinator(decode_body(input, version)?),
        ApiKey::ApiVersions => Request::ApiVersions(decode_body(input, version)?),
        ApiKey::CreateTopics => Request::CreateTopics(decode_body(input, version)?),
        ApiKey::InitProducerId => Request::InitProducerId(decode_body(input, version)?),
        ApiKey::OffsetForLeaderEpoch => Request::OffsetForLeaderEpoch(decode_body(input, version)?),
        // `open` refuses an API that is not served before its body is read.
        _ => return Err(DecodeError::Api { key: key.to_wire() }),
    })
}

impl Request {
    /// How many things it names.
    fn breadth(&self) -> usize {
        match self {
            Request::Produce(it) => it.topic_data.iter().map(|topic| 1 + topic.partition_data.len()).sum(),
            Request::Fetch(it) => it.topics.iter().map(|topic| 1 + topic.partitions.len()).sum(),
            Request::ListOffsets(it) => it.topics.iter().map(|topic| 1 + topic.partitions.len()).sum(),
            Request::OffsetForLeaderEpoch(it) => it.topics.iter().map(|topic| 1 + topic.partitions.len()).sum(),
            Request::CreateTopics(it) => {
                it.topics.iter().map(|topic| 1 + topic.assignments.len() + topic.configs.len()).sum()
            }
            Request::Metadata(it) => it.topics.as_ref().map_or(0, Vec::len),
            Request::FindCoordinator(it) => it.coordinator_keys.len(),
            Request::ApiVersions(_) | Request::InitProducerId(_) | Request::UnknownApiVersions => 0,
        }
    }
}

impl Opened {
    /// Where the session belongs, if this request shows it: where all partitions of a produce or fetch live.
    pub(super) fn home(&self, ground: &Ground) -> Option<Home> {
        let (spread, is_replica) = match &self.request {
            Request::Produce(request) => (r00_produce::home(request, self.version, ground), false),
            Request::Fetch(request) => {
                (r01_fetch::home(request, self.version, ground), r01_fetch::is_replica(request, self.version))
            }
            _ => return None,
        };
        let may_move = is_replica || ground.config.hand_over_clients;
        match spread {
            // Partitions that nobody knows yet show nothing.
            Spread::Nowhere => None,
            Spread::On(shard) if may_move && shard != ground.me => Some(Home::Elsewhere(shard)),
            Spread::On(_) | Spread::Several => Some(Home::Here),
        }
    }

    /// Begins it.
    pub(super) fn begin(self, scene: &mut Scene<'_, '_>) -> Begun {
        match self.request {
            Request::Produce(request) => r00_produce::begin(request, scene),
            Request::Fetch(request) => r01_fetch::begin(request, scene),
            Request::ListOffsets(request) => r02_list_offsets::begin(request, scene),
            Request::Metadata(request) => r03_metadata::begin(request, scene),
            Request::FindCoordinator(request) => r10_find_coordinator::begin(request, scene),
            Request::ApiVersions(request) => r18_api_versions::begin(&request, scene),
            Request::CreateTopics(request) => r19_create_topics::begin(request, scene),
            Request::InitProducerId(request) => r22_init_producer_id::begin(&request, scene),
            Request::OffsetForLeaderEpoch(request) => r23_offset_for_leader_epoch::begin(request, scene),
            Request::UnknownApiVersions => r18_api_versions::begin_unknown(scene),
        }
    }
}
