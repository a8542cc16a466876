//! `LeaderChangeMessage`.
//
// Written by `cargo xtask codegen` from core/schemas/kafka.txt; do not edit.

use crate::types::Uuid;
use crate::wire::{DecodeError, Decoder, Encoder, Message};

#[cfg(test)]
use crate::wire::filler::Filler;

/// Kafka's `LeaderChangeMessage`, versions 0 to 1, all flexible.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct LeaderChangeMessage {
    /// `Version`.
    pub version: i16,
    /// `LeaderId`.
    pub leader_id: i32,
    /// `Voters`.
    pub voters: Vec<Voter>,
    /// `GrantingVoters`.
    pub granting_voters: Vec<Voter>,
}

impl Message for LeaderChangeMessage {
    const NAME: &'static str = "LeaderChangeMessage";
    const VERSIONS: (i16, i16) = (0, 1);
    const FLEXIBLE_FROM: Option<i16> = Some(0);

    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            version: input.int16()?,
            leader_id: input.int32()?,
            voters: input.array(true, 5, |input| Voter::decode(input, version))?,
            granting_voters: input.array(true, 5, |input| Voter::decode(input, version))?,
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        out.int16(self.version);
        out.int32(self.leader_id);
        out.array(&self.voters, true, |out, it| it.encode(out, version));
        out.array(&self.granting_voters, true, |out, it| it.encode(out, version));
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            version: from.int16(),
            leader_id: from.int32(),
            voters: from.array(|from| Voter::fill(from, version)),
            granting_voters: from.array(|from| Voter::fill(from, version)),
        }
    }
}

/// `Voter` of [`LeaderChangeMessage`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Voter {
    /// `VoterId`.
    pub voter_id: i32,
    /// `VoterDirectoryId`, from version 1.
    pub voter_directory_id: Uuid,
}

impl Voter {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            voter_id: input.int32()?,
            voter_directory_id: if version >= 1 { input.uuid()? } else { Uuid::ZERO },
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        out.int32(self.voter_id);
        if version >= 1 {
            out.uuid(self.voter_directory_id);
        }
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            voter_id: from.int32(),
            voter_directory_id: if version >= 1 { from.uuid() } else { Uuid::ZERO },
        }
    }
}
