//! Kafka's messages, one file for each API.
//
// Written by `cargo xtask codegen` from core/schemas/kafka.txt; do not edit.

mod api_key;
pub mod header;
pub mod produce;
pub mod fetch;
pub mod list_offsets;
pub mod metadata;
pub mod find_coordinator;
pub mod api_versions;
pub mod create_topics;
pub mod init_producer_id;
pub mod offset_for_leader_epoch;

pub use api_key::{API_KEYS, ApiKey};
pub use header::{RequestHeader, ResponseHeader};
pub use produce::{ProduceRequest, ProduceResponse};
pub use fetch::{FetchRequest, FetchResponse};
pub use list_offsets::{ListOffsetsRequest, ListOffsetsResponse};
pub use metadata::{MetadataRequest, MetadataResponse};
pub use find_coordinator::{FindCoordinatorRequest, FindCoordinatorResponse};
pub use api_versions::{ApiVersionsRequest, ApiVersionsResponse};
pub use create_topics::{CreateTopicsRequest, CreateTopicsResponse};
pub use init_producer_id::{InitProducerIdRequest, InitProducerIdResponse};
pub use offset_for_leader_epoch::{OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse};

/// Calls a test's macro with every generated message.
#[cfg(test)]
macro_rules! for_each_message {
    ($do:ident) => {
        $do!(RequestHeader);
        $do!(ResponseHeader);
        $do!(ProduceRequest);
        $do!(ProduceResponse);
        $do!(FetchRequest);
        $do!(FetchResponse);
        $do!(ListOffsetsRequest);
        $do!(ListOffsetsResponse);
        $do!(MetadataRequest);
        $do!(MetadataResponse);
        $do!(FindCoordinatorRequest);
        $do!(FindCoordinatorResponse);
        $do!(ApiVersionsRequest);
        $do!(ApiVersionsResponse);
        $do!(CreateTopicsRequest);
        $do!(CreateTopicsResponse);
        $do!(InitProducerIdRequest);
        $do!(InitProducerIdResponse);
        $do!(OffsetForLeaderEpochRequest);
        $do!(OffsetForLeaderEpochResponse);
    };
}
#[cfg(test)]
pub(crate) use for_each_message;
