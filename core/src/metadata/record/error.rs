//! What can be wrong with a record of the metadata log.

use crate::metadata::features::MetadataVersion;
use crate::wire::DecodeError;
use core::fmt;

/// Why bytes are no record of the metadata log.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BadMetadataRecord {
    /// One of the numbers in front of the fields cannot be read.
    Head {
        /// Which number.
        what: &'static str,
        /// What is wrong, by the place in the value.
        why: DecodeError,
    },
    /// A frame of a version that this build does not have.
    FrameVersion {
        /// The version.
        frame_version: u32,
    },
    /// A record of a type that this build does not have: a newer controller may write one after an upgrade.
    UnknownType {
        /// The type.
        record_type: u32,
    },
    /// A record in a version that this build does not have.
    Version {
        /// The name of the record's type.
        record: &'static str,
        /// The version.
        version: u32,
    },
    /// The fields cannot be read, or bytes are left behind them.
    Fields {
        /// The name of the record's type.
        record: &'static str,
        /// The record's version.
        version: i16,
        /// What is wrong, by the place in the value.
        why: DecodeError,
    },
}

impl fmt::Display for BadMetadataRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BadMetadataRecord::Head { what, why } => write!(f, "the {what} of a metadata record cannot be read: {why}"),
            BadMetadataRecord::FrameVersion { frame_version: 0 } => f.write_str(
                "metadata records of frame version 0 are those of Kafka 2.8, from which there is no upgrade",
            ),
            BadMetadataRecord::FrameVersion { frame_version } => {
                write!(f, "metadata records of frame version {frame_version} are unknown")
            }
            BadMetadataRecord::UnknownType { record_type } => {
                write!(f, "metadata records of type {record_type} are unknown")
            }
            BadMetadataRecord::Version { record, version } => {
                write!(f, "version {version} of a {record} is unknown")
            }
            BadMetadataRecord::Fields { record, version, why } => {
                write!(f, "a {record} of version {version} cannot be read: {why}")
            }
        }
    }
}

impl core::error::Error for BadMetadataRecord {}

/// Why a record cannot be written at a metadata.version.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum UnwritableRecord {
    /// Records of the type came with a later metadata.version.
    Type {
        /// The name of the record's type.
        record: &'static str,
        /// The metadata.version.
        at: MetadataVersion,
    },
    /// A field that is set came with a later metadata.version.
    Field {
        /// The name of the record's type.
        record: &'static str,
        /// The lowest version of the record that has the field.
        needed: i16,
        /// The highest version that the metadata.version permits.
        highest: i16,
        /// The metadata.version.
        at: MetadataVersion,
    },
}

impl fmt::Display for UnwritableRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            UnwritableRecord::Type { record, at } => {
                write!(f, "metadata.version {at} has no {record}: raise metadata.version first")
            }
            UnwritableRecord::Field { record, needed, highest, at } => {
                write!(
                    f,
                    "a {record} with a field of version {needed} cannot be written at metadata.version {at}, which has \
                     version {highest} of it: raise metadata.version first"
                )
            }
        }
    }
}

impl core::error::Error for UnwritableRecord {}
