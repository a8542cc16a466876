//! Headers and whole frames.

use super::{ApiKey, DecodeError, Decoder, Encoder, Message, Request, RequestHeader, Response, ResponseHeader};
use bytes::{Bytes, BytesMut};
use bytestring::ByteString;

/// What every request begins with, in every version of its header.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FrameHead {
    /// Of an API that may not exist.
    pub api_key: i16,
    /// A version that the API may not have.
    pub api_version: i16,
    /// What the answer must carry.
    pub correlation_id: i32,
}

/// Reads the head of a request, so that one of an unknown version can be answered (KIP-511).
pub fn peek(frame: &[u8]) -> Result<FrameHead, DecodeError> {
    let short = DecodeError::Short { at: 0, wanted: 8usize.saturating_sub(frame.len()) };
    let [k0, k1, v0, v1, c0, c1, c2, c3] = *frame.first_chunk::<8>().ok_or(short)?;
    Ok(FrameHead {
        api_key: i16::from_be_bytes([k0, k1]),
        api_version: i16::from_be_bytes([v0, v1]),
        correlation_id: i32::from_be_bytes([c0, c1, c2, c3]),
    })
}

/// Which header a request of that version has.
#[must_use]
pub fn request_header_version(key: ApiKey, version: i16) -> i16 {
    if key.api().is_flexible(version) { 2 } else { 1 }
}

/// Which header its answer has. That of `ApiVersions` is always 0, since a client reads it before it knows the versions
/// (KIP-511).
#[must_use]
pub fn response_header_version(key: ApiKey, version: i16) -> i16 {
    i16::from(key != ApiKey::ApiVersions && key.api().is_flexible(version))
}

/// Reads a request's header; what is left is its body. Unknown APIs, and versions that are not served, are errors.
pub fn open_request(frame: Bytes) -> Result<(ApiKey, RequestHeader, Decoder), DecodeError> {
    let head = peek(&frame)?;
    let key = ApiKey::from_wire(head.api_key).ok_or(DecodeError::Api { key: head.api_key })?;
    if !key.api().serves(head.api_version) {
        return Err(DecodeError::Version { key: head.api_key, version: head.api_version });
    }
    let mut input = Decoder::new(frame);
    let header = RequestHeader::decode(&mut input, request_header_version(key, head.api_version))?;
    Ok((key, header, input))
}

/// Reads a request's body. Bytes behind the body are ignored, as in Kafka, whose `AbstractRequest.parseRequest` does not
/// look whether bytes are left.
pub fn decode_request<R: Request>(input: &mut Decoder, version: i16) -> Result<R, DecodeError> {
    R::decode(input, version)
}

/// Reads the body that is all that is left of a frame.
pub fn decode_body<M: Message>(input: &mut Decoder, version: i16) -> Result<M, DecodeError> {
    let body = M::decode(input, version)?;
    input.finish()?;
    Ok(body)
}

/// Reads the whole answer to a request of that version.
pub fn open_response<R: Response>(frame: Bytes, correlation_id: i32, version: i16) -> Result<R, DecodeError> {
    let mut input = Decoder::new(frame);
    let header = ResponseHeader::decode(&mut input, response_header_version(R::KEY, version))?;
    if header.correlation_id != correlation_id {
        return Err(DecodeError::Correlation { expected: correlation_id, found: header.correlation_id });
    }
    decode_body(&mut input, version)
}

/// A whole request, its length prefix included.
#[must_use]
pub fn frame_request<R: Request>(
    client_id: Option<&ByteString>,
    correlation_id: i32,
    body: &R,
    version: i16,
    scratch: &mut BytesMut,
) -> Vec<Bytes> {
    let header = RequestHeader {
        request_api_key: R::KEY.to_wire(),
        request_api_version: version,
        correlation_id,
        client_id: client_id.cloned(),
    };
    let mut out = Encoder::new(scratch);
    out.int32(0);
    header.encode(&mut out, request_header_version(R::KEY, version));
    body.encode(&mut out, version);
    out.finish_frame()
}

/// A whole answer, its length prefix included.
#[must_use]
pub fn frame_response<R: Response>(correlation_id: i32, body: &R, version: i16, scratch: &mut BytesMut) -> Vec<Bytes> {
    let mut out = Encoder::new(scratch);
    out.int32(0);
    ResponseHeader { correlation_id }.encode(&mut out, response_header_version(R::KEY, version));
    body.encode(&mut out, version);
    out.finish_frame()
}
