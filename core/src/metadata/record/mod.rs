//! Records of the metadata log as bytes: each is the value of a log's record.
//!
//! A value is a frame version, the record's type and the record's version, each a number of variable length, and the
//! record's fields behind them.
//!
//! **Invariants**
//! - No bytes make a decode panic, and none make it reserve more than a small constant times their length.
//! - Whatever cannot be read is an error that names it. A metadata log is read whole or not at all: a record that a
//!   reader skips is a cluster that two nodes see differently.
//! - A record is written in the version that the cluster's metadata.version asks for. One that would lose a field there
//!   is refused.
//!
//! **In Kafka**: `AbstractApiMessageSerde`, `MetadataRecordSerde`, the generated `MetadataRecordType`.

mod error;
#[cfg(test)]
mod tests;
mod versions;

pub use error::{BadMetadataRecord, UnwritableRecord};
pub use versions::record_version;

use super::features::MetadataVersion;
use crate::wire::*;
use bytes::{Bytes, BytesMut};

/// The only version of the frame that there is. Frames of version 0 are those of the preview in Kafka 2.8.
const FRAME_VERSION: u32 = 1;

macro_rules! metadata_records {
    ($($variant:ident: $message:ident;)*) => {
        /// A record of the metadata log, by the names of Kafka's `MetadataRecordType`.
        #[derive(Clone, PartialEq, Debug)]
        pub enum MetadataRecord {
            $(
                #[doc = concat!("Kafka's `", stringify!($message), "`.")]
                $variant($message),
            )*
        }

        impl MetadataRecord {
            /// Kafka's name for records of its type.
            #[must_use]
            pub fn name(&self) -> &'static str {
                match self {
                    $(MetadataRecord::$variant(_) => $message::NAME,)*
                }
            }

            /// The number of its type.
            #[must_use]
            pub fn record_type(&self) -> i16 {
                match self {
                    $(MetadataRecord::$variant(_) => $message::TYPE,)*
                }
            }

            /// The lowest version that has every field whose value is not its default.
            #[must_use]
            pub fn least_version(&self) -> i16 {
                match self {
                    $(MetadataRecord::$variant(record) => record.least_version(),)*
                }
            }

            /// Reads the fields, which are all that is left.
            fn decode_fields(
                input: &mut Decoder,
                record_type: u32,
                version: u32,
            ) -> Result<MetadataRecord, BadMetadataRecord> {
                match i16::try_from(record_type).unwrap_or(-1) {
                    $($message::TYPE => decoded::<$message>(input, version).map(MetadataRecord::$variant),)*
                    _ => Err(BadMetadataRecord::UnknownType { record_type }),
                }
            }

            fn encode_fields(&self, out: &mut Encoder<'_>, version: i16) {
                match self {
                    $(MetadataRecord::$variant(record) => encode(record, out, version),)*
                }
            }

            /// Records whose fields are drawn from a test's bytes, of every type and every version.
            #[cfg(test)]
            pub(in crate::metadata) fn fill_each(seed: &[u8]) -> Vec<Versioned<MetadataRecord>> {
                let mut records = Vec::new();
                $(
                    for version in $message::VERSIONS.0..=$message::VERSIONS.1 {
                        let record = $message::fill(&mut Filler::new(seed.to_vec()), version);
                        records.push(Versioned { version, message: MetadataRecord::$variant(record) });
                    }
                )*
                records
            }
        }

        $(
            impl From<$message> for MetadataRecord {
                fn from(record: $message) -> MetadataRecord {
                    MetadataRecord::$variant(record)
                }
            }
        )*
    };
}

with_metadata_records!(metadata_records);

impl MetadataRecord {
    /// Reads a value, and says in which version the record was written. Strings and bytes of the record are slices of
    /// `value`: whoever keeps the record for longer than the batch copies the value first, or keeps the batch in
    /// memory.
    pub fn decode(value: Bytes) -> Result<Versioned<MetadataRecord>, BadMetadataRecord> {
        let mut input = Decoder::new(value);
        let mut number = |what| input.uvarint().map_err(|why| BadMetadataRecord::Head { what, why });
        let frame_version = number("frame version")?;
        if frame_version != FRAME_VERSION {
            return Err(BadMetadataRecord::FrameVersion { frame_version });
        }
        let (record_type, version) = (number("type")?, number("version")?);
        let message = MetadataRecord::decode_fields(&mut input, record_type, version)?;
        Ok(Versioned { version: version as i16, message })
    }

    /// Writes the value in the version that Kafka's controllers write at that metadata.version, into a buffer that is
    /// cut from `scratch`, which must be empty. Fails where records of the type, or one of the fields that are set,
    /// came later.
    pub fn encode(&self, at: MetadataVersion, scratch: &mut BytesMut) -> Result<Bytes, UnwritableRecord> {
        Ok(self.encode_as(self.version_at(at)?, scratch))
    }

    /// The version in which Kafka's controllers write the record at that metadata.version. Fails where records of the
    /// type, or one of the fields that are set, came later.
    pub fn version_at(&self, at: MetadataVersion) -> Result<i16, UnwritableRecord> {
        versions::version_to_write(self, at)
    }

    /// Writes the value in that version, which must be one that the record's type has. Fields that the version does not
    /// have are left out.
    #[must_use]
    pub fn encode_as(&self, version: i16, scratch: &mut BytesMut) -> Bytes {
        let mut out = Encoder::new(scratch);
        out.uvarint(FRAME_VERSION);
        out.uvarint(self.record_type() as u32);
        out.uvarint(version as u32);
        self.encode_fields(&mut out, version);
        out.finish_whole()
    }
}

fn decoded<M: MetadataMessage>(input: &mut Decoder, version: u32) -> Result<M, BadMetadataRecord> {
    let known = i16::try_from(version).ok().filter(|it| has_version::<M>(*it));
    let Some(known) = known else { return Err(BadMetadataRecord::Version { record: M::NAME, version }) };
    decode_body(input, known).map_err(|why| BadMetadataRecord::Fields { record: M::NAME, version: known, why })
}

fn encode<M: MetadataMessage>(record: &M, out: &mut Encoder<'_>, version: i16) {
    assert!(has_version::<M>(version), "{} has version {version}", M::NAME);
    record.encode(out, version);
}

fn has_version<M: MetadataMessage>(version: i16) -> bool {
    (M::VERSIONS.0..=M::VERSIONS.1).contains(&version)
}
