//! What holds for every message, and what some of them look like byte for byte.

mod consumer_protocol;
mod coordinator_record;
mod every_message;
mod frames;
mod vectors;

use super::{DecodeError, Decoder, Encoder, Message};
use bytes::{Bytes, BytesMut};

/// A message's bytes in one piece.
fn encoded<M: Message>(message: &M, version: i16) -> Bytes {
    let mut scratch = BytesMut::new();
    let mut out = Encoder::new(&mut scratch);
    message.encode(&mut out, version);
    joined(&out.finish())
}

fn joined(parts: &[Bytes]) -> Bytes {
    parts.concat().into()
}

/// The message that all of `bytes` is, and what its arrays reserved on the way, whether or not there was one.
fn decoded<M: Message>(bytes: Bytes, version: i16) -> (Result<M, DecodeError>, usize) {
    let mut input = Decoder::new(bytes);
    let message = super::decode_body(&mut input, version);
    (message, input.reserved)
}
