//! Kafka's protocol as values: every message decoded from a frame and encoded into one.
//!
//! **Invariants**
//! - No decode panics, whatever the bytes, and none reserves more than a small constant times its input: a count or a
//!   length is believed only as far as bytes are left.
//! - Strings, byte fields and records of a decoded message are slices of its frame; records of an encoded one become
//!   parts of the frame as they are. Record bytes are not copied either way, but for very small ones.
//! - What a version does not have is left out on encode and has the schema's default after decode. A nullable field
//!   without a default of its own defaults to null.
//! - Unknown tagged fields are skipped, and bytes behind a message's end are an error.
//!
//! **In Kafka**: `clients/src/main/java/org/apache/kafka/common/protocol` (`ByteBufferAccessor`, `ApiKeys`), the
//! `generator` module, and KIP-482 for flexible versions. The structs come from `core/schemas/kafka.txt` by
//! `cargo xtask codegen`.

mod api;
mod consumer_protocol;
mod coordinator_record;
mod decoder;
mod encoder;
#[cfg(test)]
mod filler;
mod frame;
#[rustfmt::skip]
mod generated;
mod message;
mod records;
#[cfg(test)]
mod tests;

pub use api::Api;
pub use consumer_protocol::{ConsumerProtocol, decode_consumer_protocol, encode_consumer_protocol};
pub use coordinator_record::{
    EncodedRecord, GROUP_METADATA_VALUE_VERSION, GroupCoordinatorRecord, RecordError, Versioned,
    offset_commit_value_version,
};
pub use decoder::{DecodeError, Decoder};
pub use encoder::Encoder;
pub use frame::{
    FrameHead, decode_body, frame_request, frame_response, open_request, open_response, peek, request_header_version,
    response_header_version,
};
pub use generated::*;
pub use message::{Message, RecordKey, Request, Response};
pub use records::Records;
