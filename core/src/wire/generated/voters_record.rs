//! `VotersRecord`.
//
// Written by `cargo xtask codegen` from core/schemas/kafka.txt; do not edit.

use crate::types::Uuid;
use crate::wire::{DecodeError, Decoder, Encoder, Message};
use bytestring::ByteString;

#[cfg(test)]
use crate::wire::filler::Filler;

/// Kafka's `VotersRecord`, versions 0 to 0, all flexible.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct VotersRecord {
    /// `Version`.
    pub version: i16,
    /// `Voters`.
    pub voters: Vec<Voter>,
}

impl Message for VotersRecord {
    const NAME: &'static str = "VotersRecord";
    const VERSIONS: (i16, i16) = (0, 0);
    const FLEXIBLE_FROM: Option<i16> = Some(0);

    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            version: input.int16()?,
            voters: input.array(true, 27, |input| Voter::decode(input, version))?,
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        out.int16(self.version);
        out.array(&self.voters, true, |out, it| it.encode(out, version));
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            version: from.int16(),
            voters: from.array(|from| Voter::fill(from, version)),
        }
    }
}

/// `Voter` of [`VotersRecord`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Voter {
    /// `VoterId`.
    pub voter_id: i32,
    /// `VoterDirectoryId`.
    pub voter_directory_id: Uuid,
    /// `Endpoints`.
    pub endpoints: Vec<Endpoint>,
    /// `KRaftVersionFeature`.
    pub k_raft_version_feature: KRaftVersionFeature,
}

impl Voter {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            voter_id: input.int32()?,
            voter_directory_id: input.uuid()?,
            endpoints: input.array(true, 5, |input| Endpoint::decode(input, version))?,
            k_raft_version_feature: KRaftVersionFeature::decode(input, version)?,
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        out.int32(self.voter_id);
        out.uuid(self.voter_directory_id);
        out.array(&self.endpoints, true, |out, it| it.encode(out, version));
        self.k_raft_version_feature.encode(out, version);
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            voter_id: from.int32(),
            voter_directory_id: from.uuid(),
            endpoints: from.array(|from| Endpoint::fill(from, version)),
            k_raft_version_feature: KRaftVersionFeature::fill(from, version),
        }
    }
}

/// `Endpoint` of [`VotersRecord`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Endpoint {
    /// `Name`.
    pub name: ByteString,
    /// `Host`.
    pub host: ByteString,
    /// `Port`.
    pub port: u16,
}

impl Endpoint {
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

/// `KRaftVersionFeature` of [`VotersRecord`].
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
