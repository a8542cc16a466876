//! The levels of features that the cluster has agreed on.
//!
//! `kraft.version` is not among them: its level is in control records of the log, and a FeatureLevelRecord for it, which
//! early versions of Kafka wrote, means nothing (KAFKA-18979).
//!
//! **In Kafka**: `FeaturesImage`, `FeaturesDelta`.

use super::{Contradiction, MetadataImage, text};
use crate::metadata::features::{Feature, MetadataVersion};
use crate::wire::FeatureLevelRecord;
use imbl::OrdMap;
use std::sync::Arc;

/// The levels of features that all nodes go by (KIP-584).
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct FinalizedFeatures {
    /// The level of `metadata.version`; none before the log's first record.
    pub metadata_version: Option<MetadataVersion>,
    /// The levels of the other features that are not 0, by Kafka's names. A feature that this build does not know keeps
    /// its level.
    pub levels: OrdMap<Arc<str>, i16>,
}

impl FinalizedFeatures {
    /// The level of a feature; 0 where it is switched off.
    #[must_use]
    pub fn level(&self, feature: Feature) -> i16 {
        self.levels.get(feature.name()).copied().unwrap_or(0)
    }
}

pub(super) fn set_level(image: &mut MetadataImage, record: &FeatureLevelRecord) -> Result<(), Contradiction> {
    let (name, level) = (&*record.name, record.feature_level);
    if name == MetadataVersion::FEATURE {
        let known = MetadataVersion::from_level(level).ok_or(Contradiction::UnknownMetadataVersion(level))?;
        image.features.metadata_version = Some(known);
        return Ok(());
    }
    if name == Feature::KraftVersion.name() {
        return Ok(());
    }
    match level {
        0 => drop(image.features.levels.remove(name)),
        1.. => drop(image.features.levels.insert(text(name), level)),
        _ => return Err(Contradiction::Number { field: "FeatureLevel", value: level.into() }),
    }
    Ok(())
}

/// The levels, `metadata.version` first: a reader reads what comes behind it by that level.
pub(super) fn written(image: &MetadataImage, at: MetadataVersion) -> impl Iterator<Item = FeatureLevelRecord> {
    let record = |name: &str, feature_level| FeatureLevelRecord { name: name.into(), feature_level };
    let others = image.features.levels.iter().map(move |(name, level)| record(name, *level));
    core::iter::once(record(MetadataVersion::FEATURE, at.level())).chain(others)
}
