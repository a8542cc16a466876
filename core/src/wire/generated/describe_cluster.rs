//! `DescribeClusterRequest` and `DescribeClusterResponse`.
//
// Written by `cargo xtask codegen` from core/schemas/kafka.txt; do not edit.

use crate::wire::{ApiKey, DecodeError, Decoder, Encoder, Message, Request, Response};
use bytestring::ByteString;

#[cfg(test)]
use crate::wire::filler::Filler;

/// Kafka's `DescribeClusterRequest` (key 60), versions 0 to 2, all flexible.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DescribeClusterRequest {
    /// `IncludeClusterAuthorizedOperations`.
    pub include_cluster_authorized_operations: bool,
    /// `EndpointType`, from version 1.
    pub endpoint_type: i8,
    /// `IncludeFencedBrokers`, from version 2.
    pub include_fenced_brokers: bool,
}

impl Default for DescribeClusterRequest {
    fn default() -> Self {
        Self {
            include_cluster_authorized_operations: false,
            endpoint_type: 1,
            include_fenced_brokers: false,
        }
    }
}

impl Message for DescribeClusterRequest {
    const NAME: &'static str = "DescribeClusterRequest";
    const VERSIONS: (i16, i16) = (0, 2);
    const FLEXIBLE_FROM: Option<i16> = Some(0);

    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            include_cluster_authorized_operations: input.bool()?,
            endpoint_type: if version >= 1 { input.int8()? } else { 1 },
            include_fenced_brokers: if version >= 2 { input.bool()? } else { false },
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        out.bool(self.include_cluster_authorized_operations);
        if version >= 1 {
            out.int8(self.endpoint_type);
        }
        if version >= 2 {
            out.bool(self.include_fenced_brokers);
        }
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            include_cluster_authorized_operations: from.bool(),
            endpoint_type: if version >= 1 { from.int8() } else { 1 },
            include_fenced_brokers: if version >= 2 { from.bool() } else { false },
        }
    }
}

impl Request for DescribeClusterRequest {
    const KEY: ApiKey = ApiKey::DescribeCluster;
    type Response = DescribeClusterResponse;
}

/// Kafka's `DescribeClusterResponse`, versions 0 to 2, all flexible.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DescribeClusterResponse {
    /// `ThrottleTimeMs`.
    pub throttle_time_ms: i32,
    /// `ErrorCode`.
    pub error_code: i16,
    /// `ErrorMessage`; may be null.
    pub error_message: Option<ByteString>,
    /// `EndpointType`, from version 1.
    pub endpoint_type: i8,
    /// `ClusterId`.
    pub cluster_id: ByteString,
    /// `ControllerId`.
    pub controller_id: i32,
    /// `Brokers`.
    pub brokers: Vec<DescribeClusterBroker>,
    /// `ClusterAuthorizedOperations`.
    pub cluster_authorized_operations: i32,
}

impl Default for DescribeClusterResponse {
    fn default() -> Self {
        Self {
            throttle_time_ms: 0,
            error_code: 0,
            error_message: None,
            endpoint_type: 1,
            cluster_id: ByteString::new(),
            controller_id: -1,
            brokers: Vec::new(),
            cluster_authorized_operations: i32::MIN,
        }
    }
}

impl Message for DescribeClusterResponse {
    const NAME: &'static str = "DescribeClusterResponse";
    const VERSIONS: (i16, i16) = (0, 2);
    const FLEXIBLE_FROM: Option<i16> = Some(0);

    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            throttle_time_ms: input.int32()?,
            error_code: input.int16()?,
            error_message: input.nullable_string(true)?,
            endpoint_type: if version >= 1 { input.int8()? } else { 1 },
            cluster_id: input.string(true)?,
            controller_id: input.int32()?,
            brokers: input.array(true, 11, |input| DescribeClusterBroker::decode(input, version))?,
            cluster_authorized_operations: input.int32()?,
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        out.int32(self.throttle_time_ms);
        out.int16(self.error_code);
        out.nullable_string(self.error_message.as_deref(), true);
        if version >= 1 {
            out.int8(self.endpoint_type);
        }
        out.string(&self.cluster_id, true);
        out.int32(self.controller_id);
        out.array(&self.brokers, true, |out, it| it.encode(out, version));
        out.int32(self.cluster_authorized_operations);
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            throttle_time_ms: from.int32(),
            error_code: from.int16(),
            error_message: from.option(|from| from.string()),
            endpoint_type: if version >= 1 { from.int8() } else { 1 },
            cluster_id: from.string(),
            controller_id: from.int32(),
            brokers: from.array(|from| DescribeClusterBroker::fill(from, version)),
            cluster_authorized_operations: from.int32(),
        }
    }
}

impl Response for DescribeClusterResponse {
    const KEY: ApiKey = ApiKey::DescribeCluster;
}

/// `DescribeClusterBroker` of [`DescribeClusterResponse`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct DescribeClusterBroker {
    /// `BrokerId`.
    pub broker_id: i32,
    /// `Host`.
    pub host: ByteString,
    /// `Port`.
    pub port: i32,
    /// `Rack`; may be null.
    pub rack: Option<ByteString>,
    /// `IsFenced`, from version 2.
    pub is_fenced: bool,
}

impl DescribeClusterBroker {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            broker_id: input.int32()?,
            host: input.string(true)?,
            port: input.int32()?,
            rack: input.nullable_string(true)?,
            is_fenced: if version >= 2 { input.bool()? } else { false },
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        out.int32(self.broker_id);
        out.string(&self.host, true);
        out.int32(self.port);
        out.nullable_string(self.rack.as_deref(), true);
        if version >= 2 {
            out.bool(self.is_fenced);
        }
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            broker_id: from.int32(),
            host: from.string(),
            port: from.int32(),
            rack: from.option(|from| from.string()),
            is_fenced: if version >= 2 { from.bool() } else { false },
        }
    }
}
