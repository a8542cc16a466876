//! The features beside `metadata.version`.

use super::MetadataVersion;

/// A feature of the cluster beside `metadata.version`. Its levels count from 0, which means that it is off.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Feature {
    /// `kraft.version`: 1 is a quorum whose voters change (KIP-853). Its level is in a control record of the metadata
    /// log, and in no FeatureLevelRecord.
    KraftVersion,
    /// `transaction.version`: 1 is flexible records of transactions, 2 an epoch for each transaction (KIP-890).
    TransactionVersion,
    /// `group.version`: 1 is consumer groups of KIP-848.
    GroupVersion,
    /// `eligible.leader.replicas.version`: 1 is eligible leader replicas (KIP-966).
    EligibleLeaderReplicasVersion,
    /// `share.version`: 1 is share groups (KIP-932), 2 their dead-letter queues (KIP-1191).
    ShareVersion,
    /// `streams.version`: 1 is streams groups (KIP-1071).
    StreamsVersion,
}

/// What is known of one feature.
struct Row {
    name: &'static str,
    /// For each level above 0 the first metadata.version at which a new cluster has it.
    by_default_from: &'static [MetadataVersion],
}

impl Feature {
    /// Every feature, in Kafka's order.
    pub const ALL: [Feature; 6] = [
        Feature::KraftVersion,
        Feature::TransactionVersion,
        Feature::GroupVersion,
        Feature::EligibleLeaderReplicasVersion,
        Feature::ShareVersion,
        Feature::StreamsVersion,
    ];

    fn row(self) -> Row {
        let row = |name, by_default_from| Row { name, by_default_from };
        match self {
            Feature::KraftVersion => row("kraft.version", &[MetadataVersion::IBP_3_9_IV0]),
            Feature::TransactionVersion => {
                row("transaction.version", &[MetadataVersion::IBP_4_0_IV2, MetadataVersion::IBP_4_0_IV2])
            }
            Feature::GroupVersion => row("group.version", &[MetadataVersion::IBP_4_0_IV0]),
            Feature::EligibleLeaderReplicasVersion => {
                row("eligible.leader.replicas.version", &[MetadataVersion::IBP_4_1_IV0])
            }
            Feature::ShareVersion => {
                row("share.version", &[MetadataVersion::IBP_4_2_IV0, MetadataVersion::IBP_4_4_IV0])
            }
            Feature::StreamsVersion => row("streams.version", &[MetadataVersion::IBP_4_2_IV1]),
        }
    }

    /// The feature of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Feature> {
        Feature::ALL.into_iter().find(|it| it.name() == name)
    }

    /// Kafka's name for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// The highest level that Kafka 4.4 has.
    #[must_use]
    pub fn highest_level(self) -> i16 {
        self.row().by_default_from.len() as i16
    }

    /// The level that a new cluster of that metadata.version has where nobody asks for another one.
    #[must_use]
    pub fn default_level(self, at: MetadataVersion) -> i16 {
        self.row().by_default_from.iter().take_while(|from| **from <= at).count() as i16
    }

    /// The lowest metadata.version at which the feature may have that level.
    #[must_use]
    pub fn least_metadata_version(self, level: i16) -> MetadataVersion {
        match self {
            // Without the records of KIP-966 there is nowhere to keep them.
            Feature::EligibleLeaderReplicasVersion if level >= 1 => MetadataVersion::IBP_4_0_IV1,
            _ => MetadataVersion::MINIMUM,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_kafkas_and_find_their_features() {
        let names = Feature::ALL.map(Feature::name);
        let expected = [
            "kraft.version",
            "transaction.version",
            "group.version",
            "eligible.leader.replicas.version",
            "share.version",
            "streams.version",
        ];
        assert_eq!(names, expected);
        assert!(Feature::ALL.into_iter().all(|it| Feature::named(it.name()) == Some(it)));
        assert_eq!(Feature::named(MetadataVersion::FEATURE), None, "it has a type of its own");
    }

    #[test]
    fn default_levels_by_release() {
        let levels = |at| Feature::ALL.map(|it| it.default_level(at));
        assert_eq!(levels(MetadataVersion::MINIMUM), [0, 0, 0, 0, 0, 0]);
        assert_eq!(levels(MetadataVersion::IBP_3_9_IV0), [1, 0, 0, 0, 0, 0]);
        assert_eq!(levels(MetadataVersion::IBP_4_0_IV0), [1, 0, 1, 0, 0, 0]);
        assert_eq!(levels(MetadataVersion::IBP_4_0_IV3), [1, 2, 1, 0, 0, 0]);
        assert_eq!(levels(MetadataVersion::IBP_4_1_IV1), [1, 2, 1, 1, 0, 0]);
        assert_eq!(levels(MetadataVersion::IBP_4_2_IV1), [1, 2, 1, 1, 1, 1]);
        assert_eq!(levels(MetadataVersion::IBP_4_3_IV0), [1, 2, 1, 1, 1, 1]);
        assert_eq!(levels(MetadataVersion::LATEST), [1, 2, 1, 1, 2, 1]);
        assert_eq!(Feature::ALL.map(Feature::highest_level), levels(MetadataVersion::LATEST));
    }

    #[test]
    fn no_default_needs_a_later_metadata_version() {
        for feature in Feature::ALL {
            for at in MetadataVersion::all() {
                assert!(feature.least_metadata_version(feature.default_level(at)) <= at, "{} at {at}", feature.name());
            }
        }
    }
}
