//! The levels of `metadata.version`.

use core::fmt;

/// A level of the feature `metadata.version`. It says which records a controller may write and which versions of
/// requests brokers send each other.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MetadataVersion(i16);

/// What is known of one level.
struct Level {
    name: &'static str,
    /// Whether a record was added or got a new version. A downgrade below such a level may lose metadata.
    changed_records: bool,
}

const fn level(name: &'static str, changed_records: bool) -> Level {
    Level { name, changed_records }
}

/// Every level, from the lowest one on.
const LEVELS: [Level; 27] = [
    level("3.3-IV3", true),
    level("3.4-IV0", true),
    level("3.5-IV0", false),
    level("3.5-IV1", false),
    level("3.5-IV2", true),
    level("3.6-IV0", false),
    level("3.6-IV1", true),
    level("3.6-IV2", true),
    level("3.7-IV0", true),
    level("3.7-IV1", false),
    level("3.7-IV2", true),
    level("3.7-IV3", false),
    level("3.7-IV4", false),
    level("3.8-IV0", false),
    level("3.9-IV0", false),
    level("4.0-IV0", false),
    level("4.0-IV1", true),
    level("4.0-IV2", false),
    level("4.0-IV3", false),
    level("4.1-IV0", false),
    level("4.1-IV1", false),
    level("4.2-IV0", false),
    level("4.2-IV1", false),
    level("4.3-IV0", true),
    level("4.4-IV0", false),
    level("4.4-IV1", true),
    level("4.4-IV2", true),
];

impl MetadataVersion {
    /// The feature's name.
    pub const FEATURE: &'static str = "metadata.version";

    /// Brokers say whether they are in a controlled shutdown (KIP-841). It is the lowest level that Kafka 4 accepts.
    pub const IBP_3_3_IV3: MetadataVersion = MetadataVersion(7);
    /// Migration from ZooKeeper (KIP-866).
    pub const IBP_3_4_IV0: MetadataVersion = MetadataVersion(8);
    /// Tiered storage (KIP-405).
    pub const IBP_3_5_IV0: MetadataVersion = MetadataVersion(9);
    /// Broker epochs of followers in Fetch requests (KIP-903).
    pub const IBP_3_5_IV1: MetadataVersion = MetadataVersion(10);
    /// SCRAM credentials.
    pub const IBP_3_5_IV2: MetadataVersion = MetadataVersion(11);
    /// A shrinking ISR keeps the leader epoch (KAFKA-15021).
    pub const IBP_3_6_IV0: MetadataVersion = MetadataVersion(12);
    /// Transactions in the metadata log (KIP-868).
    pub const IBP_3_6_IV1: MetadataVersion = MetadataVersion(13);
    /// Delegation tokens.
    pub const IBP_3_6_IV2: MetadataVersion = MetadataVersion(14);
    /// Registration of controllers (KIP-919).
    pub const IBP_3_7_IV0: MetadataVersion = MetadataVersion(15);
    /// Reserved by Kafka.
    pub const IBP_3_7_IV1: MetadataVersion = MetadataVersion(16);
    /// Replicas are assigned to log directories (KIP-858).
    pub const IBP_3_7_IV2: MetadataVersion = MetadataVersion(17);
    /// Reserved by Kafka for what came with `IBP_4_0_IV1`.
    pub const IBP_3_7_IV3: MetadataVersion = MetadataVersion(18);
    /// Fetch responses name the new leader (KIP-951).
    pub const IBP_3_7_IV4: MetadataVersion = MetadataVersion(19);
    /// The release 3.8.
    pub const IBP_3_8_IV0: MetadataVersion = MetadataVersion(20);
    /// ListOffsets of the last tiered offset (KIP-1005).
    pub const IBP_3_9_IV0: MetadataVersion = MetadataVersion(21);
    /// Consumer groups of KIP-848 by default.
    pub const IBP_4_0_IV0: MetadataVersion = MetadataVersion(22);
    /// Records of eligible leader replicas (KIP-966).
    pub const IBP_4_0_IV1: MetadataVersion = MetadataVersion(23);
    /// Transactions of KIP-890 by default.
    pub const IBP_4_0_IV2: MetadataVersion = MetadataVersion(24);
    /// ListOffsets that waits for tiered storage (KIP-1075).
    pub const IBP_4_0_IV3: MetadataVersion = MetadataVersion(25);
    /// Eligible leader replicas by default (KIP-966).
    pub const IBP_4_1_IV0: MetadataVersion = MetadataVersion(26);
    /// Fetch requests of followers carry their high watermark (KIP-1166).
    pub const IBP_4_1_IV1: MetadataVersion = MetadataVersion(27);
    /// Share groups by default (KIP-932).
    pub const IBP_4_2_IV0: MetadataVersion = MetadataVersion(28);
    /// Streams groups by default (KIP-1071).
    pub const IBP_4_2_IV1: MetadataVersion = MetadataVersion(29);
    /// Cordoned log directories (KIP-1066).
    pub const IBP_4_3_IV0: MetadataVersion = MetadataVersion(30);
    /// Dead-letter queues of share groups (KIP-1191).
    pub const IBP_4_4_IV0: MetadataVersion = MetadataVersion(31);
    /// Ranges of addresses as hosts of ACLs (KIP-1276).
    pub const IBP_4_4_IV1: MetadataVersion = MetadataVersion(32);
    /// Unregistration of controllers (KIP-1312).
    pub const IBP_4_4_IV2: MetadataVersion = MetadataVersion(33);

    /// The lowest level: records of lower ones are not written any more by Kafka 4.
    pub const MINIMUM: MetadataVersion = MetadataVersion::IBP_3_3_IV3;
    /// The highest level whose records this build has.
    pub const LATEST: MetadataVersion = MetadataVersion::IBP_4_4_IV2;

    /// The level of that number; `None` where this build knows none.
    #[must_use]
    pub fn from_level(level: i16) -> Option<MetadataVersion> {
        (MetadataVersion::MINIMUM.0..=MetadataVersion::LATEST.0).contains(&level).then_some(MetadataVersion(level))
    }

    /// Every level, the lowest first.
    pub fn all() -> impl Iterator<Item = MetadataVersion> {
        (MetadataVersion::MINIMUM.0..=MetadataVersion::LATEST.0).map(MetadataVersion)
    }

    /// Its number in a FeatureLevelRecord.
    #[must_use]
    pub fn level(self) -> i16 {
        self.0
    }

    /// Kafka's name for it, such as `4.3-IV0`.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// Whether a record was added with this level, or got a new version. A downgrade to a level below may lose
    /// metadata.
    #[must_use]
    pub fn changed_records(self) -> bool {
        self.row().changed_records
    }

    /// The version of the Fetch requests that followers send.
    #[must_use]
    pub fn fetch_version(self) -> i16 {
        match self {
            _ if self >= MetadataVersion::IBP_4_1_IV1 => 18,
            _ if self >= MetadataVersion::IBP_3_9_IV0 => 17,
            _ if self >= MetadataVersion::IBP_3_7_IV4 => 16,
            _ if self >= MetadataVersion::IBP_3_5_IV1 => 15,
            _ if self >= MetadataVersion::IBP_3_5_IV0 => 14,
            _ => 13,
        }
    }

    /// The version of the ListOffsets requests that brokers send each other.
    #[must_use]
    pub fn list_offsets_version(self) -> i16 {
        match self {
            _ if self >= MetadataVersion::IBP_4_2_IV1 => 11,
            _ if self >= MetadataVersion::IBP_4_0_IV3 => 10,
            _ if self >= MetadataVersion::IBP_3_9_IV0 => 9,
            _ if self >= MetadataVersion::IBP_3_5_IV0 => 8,
            _ => 7,
        }
    }

    /// Whether a partition gets a new leader epoch when its ISR shrinks and its leader stays (KAFKA-15021).
    #[must_use]
    pub fn bumps_leader_epoch_on_isr_shrink(self) -> bool {
        self < MetadataVersion::IBP_3_6_IV0
    }

    fn row(self) -> &'static Level {
        &LEVELS[(self.0 - MetadataVersion::MINIMUM.0) as usize]
    }
}

impl fmt::Display for MetadataVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Debug for MetadataVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.name(), self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_level_has_its_number_and_its_name() {
        let all: Vec<_> = MetadataVersion::all().collect();
        assert_eq!(all.len(), LEVELS.len());
        assert!(all.iter().all(|it| MetadataVersion::from_level(it.level()) == Some(*it)));
        let named = |it: MetadataVersion| (it.level(), it.to_string());
        assert_eq!(named(MetadataVersion::MINIMUM), (7, "3.3-IV3".to_owned()));
        assert_eq!(named(MetadataVersion::IBP_3_7_IV2), (17, "3.7-IV2".to_owned()));
        assert_eq!(named(MetadataVersion::IBP_4_0_IV1), (23, "4.0-IV1".to_owned()));
        assert_eq!(named(MetadataVersion::IBP_4_3_IV0), (30, "4.3-IV0".to_owned()));
        assert_eq!(named(MetadataVersion::LATEST), (33, "4.4-IV2".to_owned()));
        for level in [i16::MIN, -1, 0, 1, 6, 34, i16::MAX] {
            assert_eq!(MetadataVersion::from_level(level), None, "{level}");
        }
    }

    #[test]
    fn versions_of_requests_grow_with_the_level() {
        let all: Vec<_> = MetadataVersion::all().collect();
        assert!(all.is_sorted_by_key(|it| (it.fetch_version(), it.list_offsets_version())));
        let ends = |it: MetadataVersion| (it.fetch_version(), it.list_offsets_version());
        assert_eq!(ends(MetadataVersion::MINIMUM), (13, 7));
        assert_eq!(ends(MetadataVersion::IBP_4_3_IV0), (18, 11));
    }

    #[test]
    fn the_levels_of_kafka_4_4_change_records_from_the_second_on() {
        // Kafka 4.3's classes, which the others are compared with, do not have these.
        let changed: Vec<_> = MetadataVersion::all().filter(|it| *it > MetadataVersion::IBP_4_3_IV0).collect();
        let changed: Vec<_> = changed.into_iter().map(|it| (it.name(), it.changed_records())).collect();
        assert_eq!(changed, [("4.4-IV0", false), ("4.4-IV1", true), ("4.4-IV2", true)]);
    }
}
