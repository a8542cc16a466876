//! What differs between two images.
//!
//! A delta is not recorded as records are applied, as Kafka's is, but read off the two images: their maps are persistent,
//! and what two maps share is skipped without a look at what is in it. So an image is all that a publication carries, and
//! a reader that skipped images, or waited, still learns what changed between the one that it has and the one that it
//! gets, which a chain of recorded deltas would have to be joined for. The cost is that of the changed topics and of the
//! paths to them. Between images that share nothing, as after a snapshot was loaded, it is one pass over both.
//!
//! **In Kafka**: `MetadataDelta`, `TopicsDelta`, `TopicDelta`, `ClusterDelta` and those of the other subjects.

use super::{
    Acl, BrokerRegistration, ControllerRegistration, DelegationToken, MetadataImage, PartitionRegistration,
    QuotaEntity, Quotas, ScramCredential, ScramMechanism, TopicImage,
};
use crate::metadata::dynamic_config::ConfigPairs;
use crate::types::{NodeId, TopicId, TopicPartition, Uuid};
use imbl::ordmap::DiffItem;
use std::sync::Arc;

/// What differs between two images.
#[derive(Clone, Copy, Debug)]
pub struct MetadataDelta<'a> {
    before: &'a MetadataImage,
    after: &'a MetadataImage,
}

/// A partition that is new, has changed or is gone.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PartitionDelta<'a> {
    /// Which one.
    pub of: TopicPartition,
    /// What was registered; none where it is new.
    pub before: Option<&'a PartitionRegistration>,
    /// What is registered; none where it is gone.
    pub after: Option<&'a PartitionRegistration>,
}

/// Entries that were added, updated or removed.
type Diff<'a, K, V> = imbl::ordmap::DiffIter<'a, 'a, K, V, imbl::shared_ptr::DefaultSharedPtr>;

impl<'a> MetadataDelta<'a> {
    /// What differs between an image and a later one.
    #[must_use]
    pub fn new(before: &'a MetadataImage, after: &'a MetadataImage) -> MetadataDelta<'a> {
        MetadataDelta { before, after }
    }

    /// Topics.
    pub fn topics(self) -> Diff<'a, TopicId, Arc<TopicImage>> {
        self.before.topics.diff(&self.after.topics)
    }

    /// Names of topics. A name that another topic has is updated.
    pub fn names(self) -> Diff<'a, Arc<str>, TopicId> {
        self.before.names.diff(&self.after.names)
    }

    /// Partitions of all topics, in order.
    pub fn partitions(self) -> impl Iterator<Item = PartitionDelta<'a>> {
        self.topics().flat_map(|change| {
            let (before, after) = match change {
                DiffItem::Add(_, after) => (None, Some(after)),
                DiffItem::Update { old: (_, before), new: (_, after) } => (Some(before), Some(after)),
                DiffItem::Remove(_, before) => (Some(before), None),
            };
            partitions(before, after)
        })
    }

    /// Brokers.
    pub fn brokers(self) -> Diff<'a, NodeId, Arc<BrokerRegistration>> {
        self.before.brokers.diff(&self.after.brokers)
    }

    /// Controllers.
    pub fn controllers(self) -> Diff<'a, NodeId, Arc<ControllerRegistration>> {
        self.before.controllers.diff(&self.after.controllers)
    }

    /// Whether the level of a feature differs.
    #[must_use]
    pub fn has_features(self) -> bool {
        self.before.features != self.after.features
    }

    /// Whether what is set for brokers differs.
    #[must_use]
    pub fn has_dynamic_configs(self) -> bool {
        self.before.dynamic_configs != self.after.dynamic_configs
    }

    /// Configurations of groups.
    pub fn group_configs(self) -> Diff<'a, Arc<str>, Arc<ConfigPairs>> {
        self.before.group_configs.diff(&self.after.group_configs)
    }

    /// Subscriptions to clients' metrics.
    pub fn client_metrics(self) -> Diff<'a, Arc<str>, Arc<ConfigPairs>> {
        self.before.client_metrics.diff(&self.after.client_metrics)
    }

    /// Quotas of clients.
    pub fn client_quotas(self) -> Diff<'a, QuotaEntity, Arc<Quotas>> {
        self.before.client_quotas.diff(&self.after.client_quotas)
    }

    /// SCRAM credentials.
    pub fn scram(self) -> Diff<'a, (Arc<str>, ScramMechanism), Arc<ScramCredential>> {
        self.before.scram.diff(&self.after.scram)
    }

    /// Delegation tokens.
    pub fn delegation_tokens(self) -> Diff<'a, Arc<str>, Arc<DelegationToken>> {
        self.before.delegation_tokens.diff(&self.after.delegation_tokens)
    }

    /// ACLs.
    pub fn acls(self) -> Diff<'a, Uuid, Arc<Acl>> {
        self.before.acls.diff(&self.after.acls)
    }
}

/// The partitions that differ between two states of a topic.
fn partitions<'a>(
    before: Option<&'a Arc<TopicImage>>,
    after: Option<&'a Arc<TopicImage>>,
) -> impl Iterator<Item = PartitionDelta<'a>> {
    let topic = after.or(before).map_or_else(TopicId::default, |topic| topic.id);
    let of = |topic: Option<&'a Arc<TopicImage>>| topic.map_or(&[][..], |topic| &topic.partitions[..]);
    let (before, after) = (of(before), of(after));
    let indexes = 0..before.len().max(after.len());
    indexes.filter(move |index| before.get(*index) != after.get(*index)).map(move |index| PartitionDelta {
        of: TopicPartition { topic, partition: index as i32 },
        before: before.get(index),
        after: after.get(index),
    })
}
