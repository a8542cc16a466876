//! The cluster's metadata as the fold of the metadata log's records: the image, one file for each subject with what it
//! holds, how its records change it and how it is written as records again; the fold with its transactions; and what
//! differs between two images.
//!
//! The image's maps are persistent: a clone shares everything with its original, and a change copies the path to one
//! entry.
//!
//! **Invariants**
//! - Replaying the records that an image writes gives the image again.
//! - A record that contradicts what is before it is an error that says how, and leaves the image as it was. Nothing is
//!   guessed: two nodes that guess differently are two clusters.
//! - No record makes a replay panic, and none costs more than a pass over what it names: a topic, a resource's
//!   configuration, or all topics for a ClearElrRecord that names none.
//!
//! **In Kafka**: the package `org.apache.kafka.image` (`MetadataImage`, `MetadataDelta` and those of each subject).
//! Where Kafka's controller is stricter on replay than its image (`ScramControlManager`, `ClusterControlManager`,
//! `ReplicationControlManager`, `ProducerIdControlManager`), this image is as strict as the controller: a log that
//! Kafka's controllers wrote has passed there.

mod acls;
mod cluster;
mod configs;
mod delta;
mod error;
mod features;
mod fold;
mod producer_ids;
mod quotas;
mod scram;
#[cfg(test)]
mod tests;
mod tokens;
mod topics;
mod written;

pub use acls::{Acl, AclOperation, AclPermission, AclResource, PatternType};
pub use cluster::{BrokerRegistration, ControllerRegistration, EndPoint, FeatureRange, SecurityProtocol};
pub use delta::{MetadataDelta, PartitionDelta};
pub use error::{BadReplay, Contradiction};
pub use features::FinalizedFeatures;
pub use fold::{MetadataFold, SnapshotFold};
pub use quotas::{QuotaEntity, QuotaValue, Quotas};
pub use scram::{ScramCredential, ScramMechanism};
pub use tokens::DelegationToken;
pub use topics::{LeaderRecoveryState, PartitionRegistration, TopicImage};

use super::dynamic_config::{ConfigPairs, DynamicConfigs};
use super::record::MetadataRecord;
use crate::types::{ImageVersion, NodeId, Offset, ProducerId, TopicId, TopicPartition, Uuid};
use imbl::OrdMap;
use std::sync::Arc;

/// Everything the metadata log says, up to one record.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct MetadataImage {
    /// Which image this is; a later one has a greater version.
    pub version: ImageVersion,
    /// `cluster.id`.
    pub cluster_id: Arc<str>,
    /// Who leads the metadata quorum.
    pub controller: Option<NodeId>,
    /// The levels of the features that the cluster has agreed on.
    pub features: FinalizedFeatures,
    /// Registered brokers.
    pub brokers: OrdMap<NodeId, Arc<BrokerRegistration>>,
    /// Registered controllers (KIP-919).
    pub controllers: OrdMap<NodeId, Arc<ControllerRegistration>>,
    /// Topics by name.
    pub names: OrdMap<Arc<str>, TopicId>,
    /// Topics by id.
    pub topics: OrdMap<TopicId, Arc<TopicImage>>,
    /// What is set for brokers while they run.
    pub dynamic_configs: Arc<DynamicConfigs>,
    /// What is set for groups, by group id (KIP-848).
    pub group_configs: OrdMap<Arc<str>, Arc<ConfigPairs>>,
    /// Subscriptions to clients' metrics, by name (KIP-714).
    pub client_metrics: OrdMap<Arc<str>, Arc<ConfigPairs>>,
    /// What is set for names that no topic has. Kafka keeps configurations by name, so that a topic which is created
    /// later under the name has them.
    pub configs_without_topic: OrdMap<Arc<str>, Arc<ConfigPairs>>,
    /// The first producer id that no broker has; none while no broker has asked for any.
    pub next_producer_id: Option<ProducerId>,
    /// Quotas of clients, by whom they are for (KIP-546).
    pub client_quotas: OrdMap<QuotaEntity, Arc<Quotas>>,
    /// SCRAM credentials, by user and mechanism (KIP-554).
    pub scram: OrdMap<(Arc<str>, ScramMechanism), Arc<ScramCredential>>,
    /// Delegation tokens, by token id (KIP-900).
    pub delegation_tokens: OrdMap<Arc<str>, Arc<DelegationToken>>,
    /// ACLs, by the id that their record gave them (KIP-801).
    pub acls: OrdMap<Uuid, Arc<Acl>>,
    /// The partitions of all topics.
    partition_count: usize,
    /// Partitions of topics that do not have all partitions of lower indexes yet. A snapshot may name the partitions of
    /// a topic in any order.
    ahead: OrdMap<TopicPartition, Arc<PartitionRegistration>>,
}

impl MetadataImage {
    /// The image of this version, of a cluster that has nothing yet.
    #[must_use]
    pub fn of_version(version: ImageVersion) -> MetadataImage {
        MetadataImage { version, ..MetadataImage::default() }
    }

    /// The topic of that name.
    #[must_use]
    pub fn topic_named(&self, name: &str) -> Option<&Arc<TopicImage>> {
        self.names.get(name).and_then(|id| self.topics.get(id))
    }

    /// What is registered for a partition.
    #[must_use]
    pub fn partition(&self, of: TopicPartition) -> Option<&PartitionRegistration> {
        let index = usize::try_from(of.partition).ok()?;
        self.topics.get(&of.topic)?.partitions.get(index)
    }

    /// Takes a topic out. Returns whether it was there.
    pub fn remove_topic(&mut self, id: TopicId) -> bool {
        let Some(topic) = self.topics.remove(&id) else { return false };
        self.partition_count -= topic.partitions.len();
        if self.names.get(&topic.name) == Some(&id) {
            self.names.remove(&topic.name);
        }
        true
    }

    /// Puts a topic in, replacing the one of the same id.
    pub fn put_topic(&mut self, topic: TopicImage) {
        self.names.insert(topic.name.clone(), topic.id);
        self.partition_count += topic.partitions.len();
        if let Some(before) = self.topics.insert(topic.id, Arc::new(topic)) {
            self.partition_count -= before.partitions.len();
        }
    }

    /// The number of partitions of all topics.
    #[must_use]
    pub fn partition_count(&self) -> usize {
        self.partition_count
    }

    /// Applies the record at that offset of the metadata log; the image's version is the offset then. Fails where the
    /// record contradicts the image, and where it begins or ends a transaction, which is the business of
    /// [`MetadataFold`]. The image is unchanged then.
    pub fn replay(&mut self, record: &MetadataRecord, at: Offset) -> Result<(), BadReplay> {
        self.apply(record).map_err(|why| BadReplay { at, record: record.name(), why })?;
        self.version = version_at(at);
        Ok(())
    }

    fn apply(&mut self, record: &MetadataRecord) -> Result<(), Contradiction> {
        use MetadataRecord as R;
        match record {
            R::RegisterBroker(record) => cluster::register_broker(self, record),
            R::UnregisterBroker(record) => cluster::unregister_broker(self, record),
            R::FenceBroker(record) => cluster::fence_broker(self, record),
            R::UnfenceBroker(record) => cluster::unfence_broker(self, record),
            R::BrokerRegistrationChange(record) => cluster::change_broker(self, record),
            R::RegisterController(record) => cluster::register_controller(self, record),
            R::UnregisterController(record) => cluster::unregister_controller(self, record),
            R::Topic(record) => topics::add_topic(self, record),
            R::RemoveTopic(record) => topics::remove_topic(self, record),
            R::Partition(record) => topics::put_partition(self, record),
            R::PartitionChange(record) => topics::change_partition(self, record),
            R::ClearElr(record) => topics::clear_elr(self, record),
            R::Config(record) => configs::set(self, record),
            R::FeatureLevel(record) => features::set_level(self, record),
            R::ClientQuota(record) => quotas::set(self, record),
            R::ProducerIds(record) => producer_ids::set(self, record),
            R::AccessControlEntry(record) => acls::put(self, record),
            R::RemoveAccessControlEntry(record) => acls::remove(self, record),
            R::UserScramCredential(record) => scram::put(self, record),
            R::RemoveUserScramCredential(record) => scram::remove(self, record),
            R::DelegationToken(record) => tokens::put(self, record),
            R::RemoveDelegationToken(record) => tokens::remove(self, record),
            // Kafka 4 has no migration from ZooKeeper any more; clusters that were migrated have the record.
            R::NoOp(_) | R::ZkMigrationState(_) => Ok(()),
            R::BeginTransaction(_) | R::EndTransaction(_) | R::AbortTransaction(_) => {
                Err(Contradiction::TransactionOutsideOfLog)
            }
        }
    }
}

/// The version of the image whose last record has that offset.
fn version_at(at: Offset) -> ImageVersion {
    ImageVersion(u64::try_from(at.0).expect("offsets count up from 0"))
}

/// Text of a record that outlives the record's batch.
fn text(text: &str) -> Arc<str> {
    Arc::from(text)
}
