//! Kafka's protocol as values: every message decoded from a frame and encoded into one.
//!
//! **Invariants**
//! - No decode panics, whatever the bytes, and none reserves more than a small constant times its input: a count or a
//!   length is believed only as far as bytes are left.
//! - Strings in UTF-8, byte fields and records of a decoded message are slices of its frame; records of an encoded one become
//!   parts of the frame as they are. Record bytes are not copied either way, but for very small ones.
//! - What a version does not have is left out on encode and has the schema's default after decode. A nullable field
//!   without a default of its own defaults to null, but a tagged one to the empty value, as in Kafka's classes.
//! - Unknown tagged fields are skipped. Bytes behind a request's end are ignored, as in Kafka; bytes behind an answer's
//!   end are an error.
//! - Any bytes are a string: what is not UTF-8 is read as Java reads it. A string that was read can be written.
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
mod text;

pub use api::Api;
pub use consumer_protocol::{ConsumerProtocol, decode_consumer_protocol, encode_consumer_protocol};
pub use coordinator_record::{
    EncodedRecord, GROUP_METADATA_VALUE_VERSION, GroupCoordinatorRecord, RecordError, Versioned,
    offset_commit_value_version,
};
pub use decoder::{DecodeError, Decoder};
pub use encoder::Encoder;
#[cfg(test)]
pub(crate) use filler::Filler;
pub use frame::{
    FrameHead, decode_body, decode_request, frame_request, frame_response, open_request, open_response, peek,
    request_header_version, response_header_version,
};
pub use generated::*;
pub use message::{Message, MetadataMessage, RecordKey, Request, Response};
pub use records::Records;
