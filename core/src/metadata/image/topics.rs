//! Topics and their partitions.
//!
//! - Every PartitionChangeRecord raises the partition epoch by one. It raises the leader epoch by one where it names a
//!   leader, even if that is the leader so far. Whether a shrinking ISR raises the leader epoch is therefore the choice
//!   of whoever writes the record (`MetadataVersion::bumps_leader_epoch_on_isr_shrink`): a replay is the same at every
//!   metadata.version.
//! - A topic's configuration is that of its name, see `configs.rs`.
//! - `TopicImage::partitions` has no gaps. A partition whose predecessors are missing waits beside the topic for them.
//!
//! **In Kafka**: `TopicsImage`, `TopicImage`, `TopicsDelta`, `TopicDelta`, `PartitionRegistration`,
//! `LeaderRecoveryState`, `DirectoryId`.

use super::error::number;
use super::{Contradiction, MetadataImage, text};
use crate::metadata::features::MetadataVersion;
use crate::types::{LeaderEpoch, NodeId, PartitionEpoch, TopicId, TopicPartition, Uuid};
use crate::wire::{ClearElrRecord, PartitionChangeRecord, PartitionRecord, RemoveTopicRecord, TopicRecord};
use std::collections::BTreeMap;
use std::sync::Arc;

/// In a PartitionRecord: nobody leads.
const NO_LEADER: i32 = -1;

/// In a PartitionChangeRecord: the leader stays, and so does the leader epoch.
const NO_LEADER_CHANGE: i32 = -2;

/// In a PartitionChangeRecord: the recovery state stays.
const NO_RECOVERY_CHANGE: i8 = -1;

/// Kafka's `DirectoryId.MIGRATING`: the controller does not know the replica's directory.
const MIGRATING: Uuid = Uuid::ZERO;

/// A topic: its identity, its configuration as it was set, and its partitions by index.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct TopicImage {
    /// Its name, which another incarnation may have too.
    pub name: Arc<str>,
    /// Its identity.
    pub id: TopicId,
    /// Keys that were set for this topic, with Kafka's names; what is absent has the broker's default.
    pub configs: BTreeMap<Arc<str>, Arc<str>>,
    /// By index.
    pub partitions: Vec<PartitionRegistration>,
}

/// One partition's state as the controller decided it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct PartitionRegistration {
    /// Who holds it, the preferred leader first.
    pub replicas: Vec<NodeId>,
    /// Who is in sync.
    pub isr: Vec<NodeId>,
    /// Who leads; none while no acceptable replica is alive.
    pub leader: Option<NodeId>,
    /// Counts leaderships.
    pub leader_epoch: LeaderEpoch,
    /// Counts changes.
    pub partition_epoch: PartitionEpoch,
    /// The log directory of each replica, in the order of `replicas` (KIP-858). Empty where the controller knows no
    /// replica's directory, which Kafka writes as `DirectoryId.MIGRATING` for each.
    pub directories: Vec<Uuid>,
    /// Replicas that a reassignment adds (KIP-455). They are among `replicas`.
    pub adding_replicas: Vec<NodeId>,
    /// Replicas that a reassignment removes. They are among `replicas` until it is complete.
    pub removing_replicas: Vec<NodeId>,
    /// Eligible leader replicas: outside of the ISR, and with every record below the high watermark (KIP-966).
    pub elr: Vec<NodeId>,
    /// The eligible leader replicas that were last known, of which some were shut down uncleanly since.
    pub last_known_elr: Vec<NodeId>,
    /// Whether the leader recovers from an unclean election.
    pub leader_recovery: LeaderRecoveryState,
}

/// Whether a partition's leader recovers from an unclean election (KIP-704).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum LeaderRecoveryState {
    /// The leader was elected from the ISR or has recovered.
    #[default]
    Recovered,
    /// The leader was elected uncleanly.
    Recovering,
}

impl LeaderRecoveryState {
    fn from_wire(value: i8) -> Option<LeaderRecoveryState> {
        match value {
            0 => Some(LeaderRecoveryState::Recovered),
            1 => Some(LeaderRecoveryState::Recovering),
            _ => None,
        }
    }

    fn to_wire(self) -> i8 {
        match self {
            LeaderRecoveryState::Recovered => 0,
            LeaderRecoveryState::Recovering => 1,
        }
    }
}

pub(super) fn add_topic(image: &mut MetadataImage, record: &TopicRecord) -> Result<(), Contradiction> {
    let (name, id) = (text(&record.name), TopicId(record.topic_id));
    if let Some(known) = image.names.get(&name) {
        return Err(Contradiction::DuplicateTopicName { name, known: *known });
    }
    if image.topics.contains_key(&id) {
        return Err(Contradiction::DuplicateTopicId(id));
    }
    let configs = image.configs_without_topic.remove(&name).map(Arc::unwrap_or_clone).unwrap_or_default();
    image.put_topic(TopicImage { name, id, configs, partitions: Vec::new() });
    Ok(())
}

/// Removes the topic, its partitions and its configuration.
pub(super) fn remove_topic(image: &mut MetadataImage, record: &RemoveTopicRecord) -> Result<(), Contradiction> {
    let id = TopicId(record.topic_id);
    if !image.remove_topic(id) {
        return Err(Contradiction::UnknownTopic(id));
    }
    let waiting: Vec<_> = image.ahead_of(id).map(|(of, _)| of).collect();
    for of in waiting {
        image.ahead.remove(&of);
    }
    Ok(())
}

pub(super) fn put_partition(image: &mut MetadataImage, record: &PartitionRecord) -> Result<(), Contradiction> {
    let of = TopicPartition { topic: TopicId(record.topic_id), partition: record.partition_id };
    let index = index_of(of)?;
    let topic = image.topics.get(&of.topic).ok_or(Contradiction::UnknownTopic(of.topic))?;
    let registration = PartitionRegistration::of_record(record)?;
    if index > topic.partitions.len() {
        image.ahead.insert(of, Arc::new(registration));
        return Ok(());
    }
    let topic = Arc::make_mut(image.topics.get_mut(&of.topic).expect("looked up above"));
    match topic.partitions.get_mut(index) {
        Some(known) => *known = registration,
        None => {
            topic.partitions.push(registration);
            image.partition_count += 1;
            let next =
                |topic: &TopicImage| TopicPartition { topic: topic.id, partition: topic.partitions.len() as i32 };
            while let Some(waiting) = image.ahead.remove(&next(topic)) {
                topic.partitions.push(Arc::unwrap_or_clone(waiting));
                image.partition_count += 1;
            }
        }
    }
    Ok(())
}

pub(super) fn change_partition(image: &mut MetadataImage, record: &PartitionChangeRecord) -> Result<(), Contradiction> {
    let of = TopicPartition { topic: TopicId(record.topic_id), partition: record.partition_id };
    let index = index_of(of)?;
    let topic = image.topics.get(&of.topic).ok_or(Contradiction::UnknownTopic(of.topic))?;
    if let Some(known) = topic.partitions.get(index) {
        let changed = known.changed(of, record)?;
        let topic = Arc::make_mut(image.topics.get_mut(&of.topic).expect("looked up above"));
        topic.partitions[index] = changed;
    } else {
        let known = image.ahead.get(&of).ok_or(Contradiction::UnknownPartition(of))?;
        let changed = known.changed(of, record)?;
        image.ahead.insert(of, Arc::new(changed));
    }
    Ok(())
}

/// Clears the eligible leader replicas of one topic's partitions, or of all where the record names no topic. It counts
/// as a change of those partitions that have any, and of no other.
pub(super) fn clear_elr(image: &mut MetadataImage, record: &ClearElrRecord) -> Result<(), Contradiction> {
    let topics: Vec<Arc<TopicImage>> = match &*record.topic_name {
        "" => image.topics.values().cloned().collect(),
        name => {
            let topic = image.topic_named(name).ok_or_else(|| Contradiction::UnknownTopicName(text(name)))?;
            vec![topic.clone()]
        }
    };
    let (mut changed, mut waiting) = (Vec::new(), Vec::new());
    for topic in topics {
        for (of, known) in image.ahead_of(topic.id).filter(|(_, known)| known.has_elr()) {
            waiting.push((of, known.without_elr(of)?));
        }
        if !topic.partitions.iter().any(PartitionRegistration::has_elr) {
            continue;
        }
        let mut topic = TopicImage::clone(&topic);
        for (index, partition) in topic.partitions.iter_mut().enumerate().filter(|(_, it)| it.has_elr()) {
            *partition = partition.without_elr(TopicPartition { topic: topic.id, partition: index as i32 })?;
        }
        changed.push(topic);
    }
    changed.into_iter().for_each(|topic| image.put_topic(topic));
    waiting.into_iter().for_each(|(of, it)| drop(image.ahead.insert(of, Arc::new(it))));
    Ok(())
}

fn index_of(of: TopicPartition) -> Result<usize, Contradiction> {
    number("PartitionId", of.partition, |index| usize::try_from(index).ok())
}

fn nodes(field: &'static str, ids: &[i32]) -> Result<Vec<NodeId>, Contradiction> {
    ids.iter().map(|id| number(field, *id, NodeId::from_wire)).collect()
}

/// The list in a change, or the list so far where the change has none.
fn changed_nodes(field: &'static str, ids: &Option<Vec<i32>>, so_far: &[NodeId]) -> Result<Vec<NodeId>, Contradiction> {
    ids.as_ref().map_or_else(|| Ok(so_far.to_vec()), |ids| nodes(field, ids))
}

fn leader_of(leader: i32) -> Result<Option<NodeId>, Contradiction> {
    match leader {
        NO_LEADER => Ok(None),
        id => number("Leader", id, NodeId::from_wire).map(Some),
    }
}

fn recovery_of(value: i8) -> Result<LeaderRecoveryState, Contradiction> {
    number("LeaderRecoveryState", value, LeaderRecoveryState::from_wire)
}

/// Directories as an image holds them: none where none is known.
fn directories(ids: &[Uuid], replicas: usize) -> Result<Vec<Uuid>, Contradiction> {
    if ids.iter().all(|id| *id == MIGRATING) {
        return Ok(Vec::new());
    }
    match ids.len() == replicas {
        true => Ok(ids.to_vec()),
        false => Err(Contradiction::Directories { replicas, directories: ids.len() }),
    }
}

/// Fails where a record lists both replicas and directories, and not as many.
fn check_lengths(replicas: usize, directories: usize) -> Result<(), Contradiction> {
    match directories == 0 || directories == replicas {
        true => Ok(()),
        false => Err(Contradiction::Directories { replicas, directories }),
    }
}

impl PartitionRegistration {
    /// The log directory of a replica; `None` where the controller does not know it, or where the node is no replica.
    #[must_use]
    pub fn directory(&self, replica: NodeId) -> Option<Uuid> {
        let at = self.replicas.iter().position(|it| *it == replica)?;
        self.directories.get(at).copied().filter(|id| *id != MIGRATING)
    }

    fn of_record(record: &PartitionRecord) -> Result<PartitionRegistration, Contradiction> {
        check_lengths(record.replicas.len(), record.directories.len())?;
        let some = |list: &Option<Vec<i32>>| list.clone().unwrap_or_default();
        Ok(PartitionRegistration {
            replicas: nodes("Replicas", &record.replicas)?,
            isr: nodes("Isr", &record.isr)?,
            leader: leader_of(record.leader)?,
            leader_epoch: number("LeaderEpoch", record.leader_epoch, LeaderEpoch::from_wire)?,
            partition_epoch: number("PartitionEpoch", record.partition_epoch, PartitionEpoch::from_wire)?,
            directories: directories(&record.directories, record.replicas.len())?,
            adding_replicas: nodes("AddingReplicas", &record.adding_replicas)?,
            removing_replicas: nodes("RemovingReplicas", &record.removing_replicas)?,
            elr: nodes("EligibleLeaderReplicas", &some(&record.eligible_leader_replicas))?,
            last_known_elr: nodes("LastKnownElr", &some(&record.last_known_elr))?,
            leader_recovery: recovery_of(record.leader_recovery_state)?,
        })
    }

    /// The registration after a change.
    fn changed(&self, of: TopicPartition, record: &PartitionChangeRecord) -> Result<Self, Contradiction> {
        let replicas = changed_nodes("Replicas", &record.replicas, &self.replicas)?;
        if let (Some(replicas), Some(directories)) = (&record.replicas, &record.directories) {
            check_lengths(replicas.len(), directories.len())?;
        }
        let (leader, leader_epoch) = match record.leader {
            NO_LEADER_CHANGE => (self.leader, self.leader_epoch),
            leader => (leader_of(leader)?, LeaderEpoch(next(self.leader_epoch.0, of)?)),
        };
        Ok(PartitionRegistration {
            directories: directories(record.directories.as_ref().unwrap_or(&self.directories), replicas.len())?,
            replicas,
            isr: changed_nodes("Isr", &record.isr, &self.isr)?,
            leader,
            leader_epoch,
            partition_epoch: PartitionEpoch(next(self.partition_epoch.0, of)?),
            adding_replicas: changed_nodes("AddingReplicas", &record.adding_replicas, &self.adding_replicas)?,
            removing_replicas: changed_nodes("RemovingReplicas", &record.removing_replicas, &self.removing_replicas)?,
            elr: changed_nodes("EligibleLeaderReplicas", &record.eligible_leader_replicas, &self.elr)?,
            last_known_elr: changed_nodes("LastKnownElr", &record.last_known_elr, &self.last_known_elr)?,
            leader_recovery: match record.leader_recovery_state {
                NO_RECOVERY_CHANGE => self.leader_recovery,
                state => recovery_of(state)?,
            },
        })
    }

    fn has_elr(&self) -> bool {
        !self.elr.is_empty() || !self.last_known_elr.is_empty()
    }

    fn without_elr(&self, of: TopicPartition) -> Result<Self, Contradiction> {
        let partition_epoch = PartitionEpoch(next(self.partition_epoch.0, of)?);
        Ok(PartitionRegistration { elr: Vec::new(), last_known_elr: Vec::new(), partition_epoch, ..self.clone() })
    }

    /// The record of this partition. Directories that are not known are written from the metadata.version on that has
    /// directories at all.
    fn to_record(&self, of: TopicPartition, at: MetadataVersion) -> PartitionRecord {
        let ids = |nodes: &[NodeId]| nodes.iter().map(|node| node.0).collect::<Vec<_>>();
        let some = |nodes: &[NodeId]| (!nodes.is_empty()).then(|| ids(nodes));
        let unknown = match at >= MetadataVersion::IBP_3_7_IV2 {
            true => vec![MIGRATING; self.replicas.len()],
            false => Vec::new(),
        };
        PartitionRecord {
            partition_id: of.partition,
            topic_id: of.topic.0,
            replicas: ids(&self.replicas),
            isr: ids(&self.isr),
            removing_replicas: ids(&self.removing_replicas),
            adding_replicas: ids(&self.adding_replicas),
            leader: NodeId::to_wire(self.leader),
            leader_recovery_state: self.leader_recovery.to_wire(),
            leader_epoch: self.leader_epoch.0,
            partition_epoch: self.partition_epoch.0,
            directories: if self.directories.is_empty() { unknown } else { self.directories.clone() },
            eligible_leader_replicas: some(&self.elr),
            last_known_elr: some(&self.last_known_elr),
        }
    }
}

fn next(epoch: i32, of: TopicPartition) -> Result<i32, Contradiction> {
    epoch.checked_add(1).ok_or(Contradiction::EpochOverflow(of))
}

impl TopicImage {
    pub(super) fn to_record(&self) -> TopicRecord {
        TopicRecord { name: (*self.name).into(), topic_id: self.id.0 }
    }

    pub(super) fn partition_records(&self, at: MetadataVersion) -> impl Iterator<Item = PartitionRecord> {
        self.partitions.iter().enumerate().map(move |(index, partition)| {
            partition.to_record(TopicPartition { topic: self.id, partition: index as i32 }, at)
        })
    }
}

impl MetadataImage {
    /// The topic's partitions that wait for others of lower indexes.
    fn ahead_of(&self, topic: TopicId) -> impl Iterator<Item = (TopicPartition, &Arc<PartitionRegistration>)> {
        let all = TopicPartition { topic, partition: 0 }..=TopicPartition { topic, partition: i32::MAX };
        self.ahead.range(all).map(|(of, known)| (*of, known))
    }

    /// The first partition that is missing below one that is there.
    pub(super) fn missing_partition(&self) -> Option<TopicPartition> {
        let topic = self.ahead.keys().next()?.topic;
        let partition = self.topics.get(&topic).map_or(0, |topic| topic.partitions.len()) as i32;
        Some(TopicPartition { topic, partition })
    }
}
