//! Our messages against those of other implementations, in every version that both have: bytes that one writes are read
//! and written again by the other, and must be the same.

mod apache;
mod entries;
mod kafka_protocol_crate;
