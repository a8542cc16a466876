//! `DeleteTopicsRequest` and `DeleteTopicsResponse`.
//
// Written by `cargo xtask codegen` from core/schemas/kafka.txt; do not edit.

use crate::types::Uuid;
use crate::wire::{ApiKey, DecodeError, Decoder, Encoder, Message, Request, Response};
use bytestring::ByteString;

#[cfg(test)]
use crate::wire::filler::Filler;

/// Kafka's `DeleteTopicsRequest` (key 20), versions 1 to 6, flexible from 4.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct DeleteTopicsRequest {
    /// `Topics`, from version 6.
    pub topics: Vec<DeleteTopicState>,
    /// `TopicNames`, to version 5.
    pub topic_names: Vec<ByteString>,
    /// `TimeoutMs`.
    pub timeout_ms: i32,
}

impl Message for DeleteTopicsRequest {
    const NAME: &'static str = "DeleteTopicsRequest";
    const VERSIONS: (i16, i16) = (1, 6);
    const FLEXIBLE_FROM: Option<i16> = Some(4);

    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 4;
        let this = Self {
            topics: if version >= 6 { input.array(true, 18, |input| DeleteTopicState::decode(input, version))? } else { Vec::new() },
            topic_names: if version <= 5 { input.array(flexible, 1, |input| input.string(flexible))? } else { Vec::new() },
            timeout_ms: input.int32()?,
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 4;
        if version >= 6 {
            out.array(&self.topics, true, |out, it| it.encode(out, version));
        }
        if version <= 5 {
            out.array(&self.topic_names, flexible, |out, it| out.string(it, flexible));
        }
        out.int32(self.timeout_ms);
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            topics: if version >= 6 { from.array(|from| DeleteTopicState::fill(from, version)) } else { Vec::new() },
            topic_names: if version <= 5 { from.array(|from| from.string()) } else { Vec::new() },
            timeout_ms: from.int32(),
        }
    }
}

impl Request for DeleteTopicsRequest {
    const KEY: ApiKey = ApiKey::DeleteTopics;
    type Response = DeleteTopicsResponse;
}

/// `DeleteTopicState` of [`DeleteTopicsRequest`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct DeleteTopicState {
    /// `Name`; may be null.
    pub name: Option<ByteString>,
    /// `TopicId`.
    pub topic_id: Uuid,
}

impl DeleteTopicState {
    fn decode(input: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            name: input.nullable_string(true)?,
            topic_id: input.uuid()?,
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, _version: i16) {
        out.nullable_string(self.name.as_deref(), true);
        out.uuid(self.topic_id);
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, _version: i16) -> Self {
        Self {
            name: from.option(|from| from.string()),
            topic_id: from.uuid(),
        }
    }
}

/// Kafka's `DeleteTopicsResponse`, versions 1 to 6, flexible from 4.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct DeleteTopicsResponse {
    /// `ThrottleTimeMs`.
    pub throttle_time_ms: i32,
    /// `Responses`.
    pub responses: Vec<DeletableTopicResult>,
}

impl Message for DeleteTopicsResponse {
    const NAME: &'static str = "DeleteTopicsResponse";
    const VERSIONS: (i16, i16) = (1, 6);
    const FLEXIBLE_FROM: Option<i16> = Some(4);

    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 4;
        let this = Self {
            throttle_time_ms: input.int32()?,
            responses: input.array(flexible, 4, |input| DeletableTopicResult::decode(input, version))?,
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 4;
        out.int32(self.throttle_time_ms);
        out.array(&self.responses, flexible, |out, it| it.encode(out, version));
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            throttle_time_ms: from.int32(),
            responses: from.array(|from| DeletableTopicResult::fill(from, version)),
        }
    }
}

impl Response for DeleteTopicsResponse {
    const KEY: ApiKey = ApiKey::DeleteTopics;
}

/// `DeletableTopicResult` of [`DeleteTopicsResponse`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct DeletableTopicResult {
    /// `Name`; may be null from version 6.
    pub name: Option<ByteString>,
    /// `TopicId`, from version 6.
    pub topic_id: Uuid,
    /// `ErrorCode`.
    pub error_code: i16,
    /// `ErrorMessage`, from version 5; may be null.
    pub error_message: Option<ByteString>,
}

impl DeletableTopicResult {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 4;
        let this = Self {
            name: if version >= 6 { input.nullable_string(flexible)? } else { Some(input.string(flexible)?) },
            topic_id: if version >= 6 { input.uuid()? } else { Uuid::ZERO },
            error_code: input.int16()?,
            error_message: if version >= 5 { input.nullable_string(true)? } else { None },
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 4;
        if version >= 6 { out.nullable_string(self.name.as_deref(), flexible) } else { out.string(self.name.as_deref().unwrap_or_default(), flexible) }
        if version >= 6 {
            out.uuid(self.topic_id);
        }
        out.int16(self.error_code);
        if version >= 5 {
            out.nullable_string(self.error_message.as_deref(), true);
        }
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            name: if version >= 6 { from.option(|from| from.string()) } else { Some(from.string()) },
            topic_id: if version >= 6 { from.uuid() } else { Uuid::ZERO },
            error_code: from.int16(),
            error_message: if version >= 5 { from.option(|from| from.string()) } else { None },
        }
    }
}
