//! `UpdateRaftVoterRequest` and `UpdateRaftVoterResponse`.
//
// Written by `cargo xtask codegen` from core/schemas/kafka.txt; do not edit.

use crate::types::Uuid;
use crate::wire::{ApiKey, DecodeError, Decoder, Encoder, Message, Request, Response};
use bytestring::ByteString;

#[cfg(test)]
use crate::wire::filler::Filler;

/// Kafka's `UpdateRaftVoterRequest` (key 82), versions 0 to 0, all flexible.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct UpdateRaftVoterRequest {
    /// `ClusterId`; may be null.
    pub cluster_id: Option<ByteString>,
    /// `CurrentLeaderEpoch`.
    pub current_leader_epoch: i32,
    /// `VoterId`.
    pub voter_id: i32,
    /// `VoterDirectoryId`.
    pub voter_directory_id: Uuid,
    /// `Listeners`.
    pub listeners: Vec<Listener>,
    /// `KRaftVersionFeature`.
    pub k_raft_version_feature: KRaftVersionFeature,
}

impl Message for UpdateRaftVoterRequest {
    const NAME: &'static str = "UpdateRaftVoterRequest";
    const VERSIONS: (i16, i16) = (0, 0);
    const FLEXIBLE_FROM: Option<i16> = Some(0);

    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            cluster_id: input.nullable_string(true)?,
            current_leader_epoch: input.int32()?,
            voter_id: input.int32()?,
            voter_directory_id: input.uuid()?,
            listeners: input.array(true, 5, |input| Listener::decode(input, version))?,
            k_raft_version_feature: KRaftVersionFeature::decode(input, version)?,
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        out.nullable_string(self.cluster_id.as_deref(), true);
        out.int32(self.current_leader_epoch);
        out.int32(self.voter_id);
        out.uuid(self.voter_directory_id);
        out.array(&self.listeners, true, |out, it| it.encode(out, version));
        self.k_raft_version_feature.encode(out, version);
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            cluster_id: from.option(|from| from.string()),
            current_leader_epoch: from.int32(),
            voter_id: from.int32(),
            voter_directory_id: from.uuid(),
            listeners: from.array(|from| Listener::fill(from, version)),
            k_raft_version_feature: KRaftVersionFeature::fill(from, version),
        }
    }
}

impl Request for UpdateRaftVoterRequest {
    const KEY: ApiKey = ApiKey::UpdateRaftVoter;
    type Response = UpdateRaftVoterResponse;
}

/// `Listener` of [`UpdateRaftVoterRequest`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Listener {
    /// `Name`.
    pub name: ByteString,
    /// `Host`.
    pub host: ByteString,
    /// `Port`.
    pub port: u16,
}

impl Listener {
    fn decode(input: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            name: input.string(true)?,
            host: input.string(true)?,
            port: input.uint16()?,
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, _version: i16) {
        out.string(&self.name, true);
        out.string(&self.host, true);
        out.uint16(self.port);
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, _version: i16) -> Self {
        Self {
            name: from.string(),
            host: from.string(),
            port: from.uint16(),
        }
    }
}

/// `KRaftVersionFeature` of [`UpdateRaftVoterRequest`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct KRaftVersionFeature {
    /// `MinSupportedVersion`.
    pub min_supported_version: i16,
    /// `MaxSupportedVersion`.
    pub max_supported_version: i16,
}

impl KRaftVersionFeature {
    fn decode(input: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            min_supported_version: input.int16()?,
            max_supported_version: input.int16()?,
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, _version: i16) {
        out.int16(self.min_supported_version);
        out.int16(self.max_supported_version);
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, _version: i16) -> Self {
        Self {
            min_supported_version: from.int16(),
            max_supported_version: from.int16(),
        }
    }
}

/// Kafka's `UpdateRaftVoterResponse`, versions 0 to 0, all flexible.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct UpdateRaftVoterResponse {
    /// `ThrottleTimeMs`.
    pub throttle_time_ms: i32,
    /// `ErrorCode`.
    pub error_code: i16,
    /// `CurrentLeader`, tag 0.
    pub current_leader: CurrentLeader,
}

impl Message for UpdateRaftVoterResponse {
    const NAME: &'static str = "UpdateRaftVoterResponse";
    const VERSIONS: (i16, i16) = (0, 0);
    const FLEXIBLE_FROM: Option<i16> = Some(0);

    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let mut this = Self {
            throttle_time_ms: input.int32()?,
            error_code: input.int16()?,
            current_leader: CurrentLeader::default(),
        };
        input.tags(|input, tag| {
            match tag {
                0 => this.current_leader = CurrentLeader::decode(input, version)?,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        out.int32(self.throttle_time_ms);
        out.int16(self.error_code);
        let has_0 = self.current_leader != CurrentLeader::default();
        out.tag_count(u32::from(has_0));
        if has_0 {
            out.tag(0, |out| self.current_leader.encode(out, version));
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            throttle_time_ms: from.int32(),
            error_code: from.int16(),
            current_leader: CurrentLeader::fill(from, version),
        }
    }
}

impl Response for UpdateRaftVoterResponse {
    const KEY: ApiKey = ApiKey::UpdateRaftVoter;
}

/// `CurrentLeader` of [`UpdateRaftVoterResponse`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CurrentLeader {
    /// `LeaderId`.
    pub leader_id: i32,
    /// `LeaderEpoch`.
    pub leader_epoch: i32,
    /// `Host`.
    pub host: ByteString,
    /// `Port`.
    pub port: i32,
}

impl Default for CurrentLeader {
    fn default() -> Self {
        Self {
            leader_id: -1,
            leader_epoch: -1,
            host: ByteString::new(),
            port: 0,
        }
    }
}

impl CurrentLeader {
    fn decode(input: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            leader_id: input.int32()?,
            leader_epoch: input.int32()?,
            host: input.string(true)?,
            port: input.int32()?,
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, _version: i16) {
        out.int32(self.leader_id);
        out.int32(self.leader_epoch);
        out.string(&self.host, true);
        out.int32(self.port);
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, _version: i16) -> Self {
        Self {
            leader_id: from.int32(),
            leader_epoch: from.int32(),
            host: from.string(),
            port: from.int32(),
        }
    }
}
