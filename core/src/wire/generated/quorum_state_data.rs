//! `QuorumStateData`.
//
// Written by `cargo xtask codegen` from core/schemas/kafka.txt; do not edit.

use crate::types::Uuid;
use crate::wire::{DecodeError, Decoder, Encoder, Message};
use bytestring::ByteString;

#[cfg(test)]
use crate::wire::filler::Filler;

/// Kafka's `QuorumStateData`, versions 0 to 1, all flexible.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct QuorumStateData {
    /// `ClusterId`, to version 0.
    pub cluster_id: ByteString,
    /// `LeaderId`.
    pub leader_id: i32,
    /// `LeaderEpoch`.
    pub leader_epoch: i32,
    /// `VotedId`.
    pub voted_id: i32,
    /// `VotedDirectoryId`, from version 1.
    pub voted_directory_id: Uuid,
    /// `AppliedOffset`, to version 0.
    pub applied_offset: i64,
    /// `CurrentVoters`, to version 0; may be null.
    pub current_voters: Option<Vec<Voter>>,
}

impl Default for QuorumStateData {
    fn default() -> Self {
        Self {
            cluster_id: ByteString::new(),
            leader_id: -1,
            leader_epoch: -1,
            voted_id: -1,
            voted_directory_id: Uuid::ZERO,
            applied_offset: 0,
            current_voters: None,
        }
    }
}

impl Message for QuorumStateData {
    const NAME: &'static str = "QuorumStateData";
    const VERSIONS: (i16, i16) = (0, 1);
    const FLEXIBLE_FROM: Option<i16> = Some(0);

    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            cluster_id: if version <= 0 { input.string(true)? } else { ByteString::new() },
            leader_id: input.int32()?,
            leader_epoch: input.int32()?,
            voted_id: input.int32()?,
            voted_directory_id: if version >= 1 { input.uuid()? } else { Uuid::ZERO },
            applied_offset: if version <= 0 { input.int64()? } else { 0 },
            current_voters: if version <= 0 { input.nullable_array(true, 5, |input| Voter::decode(input, version))? } else { None },
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        if version <= 0 {
            out.string(&self.cluster_id, true);
        }
        out.int32(self.leader_id);
        out.int32(self.leader_epoch);
        out.int32(self.voted_id);
        if version >= 1 {
            out.uuid(self.voted_directory_id);
        }
        if version <= 0 {
            out.int64(self.applied_offset);
        }
        if version <= 0 {
            out.nullable_array(self.current_voters.as_deref(), true, |out, it| it.encode(out, version));
        }
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            cluster_id: if version <= 0 { from.string() } else { ByteString::new() },
            leader_id: from.int32(),
            leader_epoch: from.int32(),
            voted_id: from.int32(),
            voted_directory_id: if version >= 1 { from.uuid() } else { Uuid::ZERO },
            applied_offset: if version <= 0 { from.int64() } else { 0 },
            current_voters: if version <= 0 { from.option(|from| from.array(|from| Voter::fill(from, version))) } else { None },
        }
    }
}

/// `Voter` of [`QuorumStateData`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Voter {
    /// `VoterId`.
    pub voter_id: i32,
}

impl Voter {
    fn decode(input: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            voter_id: input.int32()?,
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, _version: i16) {
        out.int32(self.voter_id);
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, _version: i16) -> Self {
        Self {
            voter_id: from.int32(),
        }
    }
}
