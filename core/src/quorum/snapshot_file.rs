//! Names of the files that hold snapshots of the metadata log: `<end offset>-<epoch>.checkpoint`, with 20 and with 10
//! digits.
//!
//! **In Kafka**: `Snapshots`, `SnapshotPath`, `OffsetAndEpoch` (KIP-630).

use crate::types::{LeaderEpoch, Offset};
use core::fmt;

/// Which snapshot: the log's state up to an offset.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct SnapshotId {
    /// The offset behind the last record that the snapshot stands for.
    pub end_offset: Offset,
    /// The leader epoch of that record.
    pub epoch: LeaderEpoch,
}

impl SnapshotId {
    /// The snapshot with which a formatted directory begins (KIP-1170).
    pub const BOOTSTRAP: SnapshotId = SnapshotId { end_offset: Offset::ZERO, epoch: LeaderEpoch(0) };
}

/// How far a snapshot's file is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum SnapshotStage {
    /// It is being written or fetched, and is worth nothing after a crash.
    Partial,
    /// It is whole, and never changes any more.
    Finished,
    /// It is about to be removed.
    Deleted,
}

/// A snapshot's file.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct SnapshotFile {
    /// Of which snapshot.
    pub id: SnapshotId,
    /// How far it is.
    pub stage: SnapshotStage,
}

/// Why a name is not one of a snapshot's file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BadSnapshotName {
    /// It ends as no snapshot's name does: the file is another one.
    OtherFile,
    /// It ends like a snapshot's name, and does not begin with an offset of 20 digits and an epoch of 10.
    Number,
    /// Something stands between the numbers and the end.
    Between,
}

const FINISHED: &str = ".checkpoint";
const PARTIAL: &str = ".checkpoint.part";
const DELETED: &str = ".checkpoint.deleted";

const OFFSET_DIGITS: usize = 20;
const EPOCH_DIGITS: usize = 10;

impl SnapshotFile {
    /// Reads a file's name, without its folder.
    pub fn parse(name: &str) -> Result<SnapshotFile, BadSnapshotName> {
        let ends =
            [(PARTIAL, SnapshotStage::Partial), (DELETED, SnapshotStage::Deleted), (FINISHED, SnapshotStage::Finished)];
        let found = ends.into_iter().find_map(|(end, stage)| Some((name.strip_suffix(end)?, stage)));
        let (numbers, stage) = found.ok_or(BadSnapshotName::OtherFile)?;
        let (offset, rest) = digits(numbers, OFFSET_DIGITS)?;
        let (epoch, rest) = digits(rest.strip_prefix('-').ok_or(BadSnapshotName::Number)?, EPOCH_DIGITS)?;
        // Kafka puts a random number into the names of files that are being written.
        let is_kafkas =
            |rest: &str| rest.strip_prefix('-').is_some_and(|it| it.bytes().all(|byte| byte.is_ascii_digit()));
        if !(rest.is_empty() || stage == SnapshotStage::Partial && is_kafkas(rest)) {
            return Err(BadSnapshotName::Between);
        }
        let epoch = i32::try_from(epoch).map_err(|_| BadSnapshotName::Number)?;
        Ok(SnapshotFile { id: SnapshotId { end_offset: Offset(offset), epoch: LeaderEpoch(epoch) }, stage })
    }
}

/// Takes a number of that many digits off the front.
fn digits(text: &str, count: usize) -> Result<(i64, &str), BadSnapshotName> {
    let split = text.split_at_checked(count).filter(|(number, _)| number.bytes().all(|byte| byte.is_ascii_digit()));
    let (number, rest) = split.ok_or(BadSnapshotName::Number)?;
    Ok((number.parse().map_err(|_| BadSnapshotName::Number)?, rest))
}

impl fmt::Display for SnapshotId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:0OFFSET_DIGITS$}-{:0EPOCH_DIGITS$}", self.end_offset.0, self.epoch.0)
    }
}

/// The file's name.
impl fmt::Display for SnapshotFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = match self.stage {
            SnapshotStage::Partial => PARTIAL,
            SnapshotStage::Finished => FINISHED,
            SnapshotStage::Deleted => DELETED,
        };
        write!(f, "{}{end}", self.id)
    }
}

impl fmt::Display for BadSnapshotName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            BadSnapshotName::OtherFile => "is no snapshot's name: it does not end with .checkpoint",
            BadSnapshotName::Number => {
                "is no snapshot's name: it does not begin with an offset of 20 digits, a dash and an epoch of 10"
            }
            BadSnapshotName::Between => "is no snapshot's name: something stands between its numbers and its end",
        })
    }
}

impl core::error::Error for BadSnapshotName {}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ID: SnapshotId = SnapshotId { end_offset: Offset(1_234), epoch: LeaderEpoch(56) };

    #[test]
    fn names_are_kafkas() {
        let name = |id, stage| SnapshotFile { id, stage }.to_string();
        assert_eq!(name(ID, SnapshotStage::Finished), "00000000000000001234-0000000056.checkpoint");
        assert_eq!(name(ID, SnapshotStage::Partial), "00000000000000001234-0000000056.checkpoint.part");
        assert_eq!(name(ID, SnapshotStage::Deleted), "00000000000000001234-0000000056.checkpoint.deleted");
        assert_eq!(SnapshotId::BOOTSTRAP.to_string(), "00000000000000000000-0000000000");
    }

    #[test]
    fn a_file_that_kafka_is_writing_has_a_random_number_in_its_name() {
        let partial = Ok(SnapshotFile { id: ID, stage: SnapshotStage::Partial });
        assert_eq!(SnapshotFile::parse("00000000000000001234-0000000056-8312.checkpoint.part"), partial);
        let finished = SnapshotFile::parse("00000000000000001234-0000000056-8312.checkpoint");
        assert_eq!(finished, Err(BadSnapshotName::Between));
    }

    #[test]
    fn other_names_are_refused_with_their_reason() {
        let refused = |name: &str| SnapshotFile::parse(name).expect_err(name);
        for name in ["", "quorum-state", "00000000000000001234.log", "00000000000000001234-0000000056.checkpoint.tmp"] {
            assert_eq!(refused(name), BadSnapshotName::OtherFile, "{name}");
        }
        for name in [
            ".checkpoint",
            "bootstrap.checkpoint",
            "0000000000000001234-0000000056.checkpoint",
            "00000000000000001234_0000000056.checkpoint",
            "00000000000000001234-000000056.checkpoint",
            "+0000000000000001234-0000000056.checkpoint",
            "99999999999999999999-0000000056.checkpoint",
            "00000000000000001234-9999999999.checkpoint",
            "0000000000000000123é-0000000056.checkpoint",
        ] {
            assert_eq!(refused(name), BadSnapshotName::Number, "{name}");
        }
        assert_eq!(refused("00000000000000001234-0000000056 copy.checkpoint"), BadSnapshotName::Between);
        assert_eq!(refused("00000000000000001234-0000000056-x.checkpoint.part"), BadSnapshotName::Between);
    }

    proptest! {
        #![proptest_config(gracchus_cases::property(gracchus_cases::ORDINARY))]

        #[test]
        fn a_name_comes_back(end_offset in 0..=i64::MAX, epoch in 0..=i32::MAX) {
            let id = SnapshotId { end_offset: Offset(end_offset), epoch: LeaderEpoch(epoch) };
            for stage in [SnapshotStage::Partial, SnapshotStage::Finished, SnapshotStage::Deleted] {
                let file = SnapshotFile { id, stage };
                prop_assert_eq!(SnapshotFile::parse(&file.to_string()), Ok(file));
            }
        }

        #[test]
        fn no_name_makes_it_panic(name in "\\PC{0,40}", end in "(\\.checkpoint(\\.part|\\.deleted)?)?") {
            if let Ok(file) = SnapshotFile::parse(&format!("{name}{end}")) {
                prop_assert_eq!(SnapshotFile::parse(&file.to_string()), Ok(file));
            }
        }
    }
}
