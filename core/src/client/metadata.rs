//! What a client knows of topics and leaders.

use crate::types::{ErrorCode, LeaderEpoch, NodeId, Uuid};
use crate::wire::metadata::{MetadataRequestTopic, MetadataResponseTopic};
use crate::wire::{MetadataRequest, MetadataResponse};
use bytestring::ByteString;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Topics by name and brokers by id, as the last answers had them.
#[derive(Clone, Debug, Default)]
pub(super) struct Metadata {
    wanted: BTreeSet<ByteString>,
    topics: BTreeMap<ByteString, Topic>,
    nodes: BTreeMap<NodeId, (Arc<str>, u16)>,
    /// Counts the changes.
    generation: u64,
}

/// One topic.
#[derive(Clone, Debug)]
pub(super) struct Topic {
    /// Its id; zeroes where the broker is too old to tell.
    pub(super) id: Uuid,
    /// Why nothing more is known.
    pub(super) error: ErrorCode,
    leaders: BTreeMap<i32, Leader>,
}

/// Who leads a partition.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Leader {
    /// The broker; none while there is none.
    pub(super) node: Option<NodeId>,
    /// Of which epoch.
    pub(super) epoch: Option<LeaderEpoch>,
}

impl Metadata {
    /// A topic that the next refresh asks for; whether it was not asked for before.
    pub(super) fn want(&mut self, topic: &ByteString) -> bool {
        !self.wanted.contains(topic) && self.wanted.insert(topic.clone())
    }

    /// The topics that refreshes ask for.
    pub(super) fn wanted(&self) -> &BTreeSet<ByteString> {
        &self.wanted
    }

    /// A topic that no refresh asks for any more.
    pub(super) fn forget(&mut self, topic: &str) {
        self.wanted.remove(topic);
        self.topics.remove(topic);
    }

    /// Grows with every change.
    pub(super) fn generation(&self) -> u64 {
        self.generation
    }

    pub(super) fn topic(&self, name: &str) -> Option<&Topic> {
        self.topics.get(name)
    }

    /// Who leads; none where nobody does or nothing is known.
    pub(super) fn leader(&self, topic: &str, partition: i32) -> Option<(NodeId, Option<LeaderEpoch>)> {
        let leader = self.topics.get(topic)?.leaders.get(&partition)?;
        Some((leader.node?, leader.epoch))
    }

    /// How many partitions a topic has; none where it does not exist or nothing is known of it. A topic that has no
    /// leaders for a while keeps its partitions.
    pub(super) fn partition_count(&self, topic: &str) -> Option<i32> {
        let topic = self.topics.get(topic)?;
        let is_there = matches!(topic.error, ErrorCode::None | ErrorCode::LeaderNotAvailable);
        i32::try_from(topic.leaders.len()).ok().filter(|count| is_there && *count > 0)
    }

    pub(super) fn address(&self, node: NodeId) -> Option<(Arc<str>, u16)> {
        self.nodes.get(&node).cloned()
    }

    pub(super) fn nodes(&self) -> impl Iterator<Item = NodeId> {
        self.nodes.keys().copied()
    }

    pub(super) fn request(&self, allow_auto_topic_creation: bool) -> MetadataRequest {
        let topic = |name: &ByteString| MetadataRequestTopic { name: Some(name.clone()), ..Default::default() };
        MetadataRequest {
            topics: Some(self.wanted.iter().map(topic).collect()),
            allow_auto_topic_creation,
            ..Default::default()
        }
    }

    /// Takes an answer in. One without brokers says nothing.
    pub(super) fn apply(&mut self, answer: MetadataResponse) {
        if answer.brokers.is_empty() {
            return;
        }
        self.nodes = BTreeMap::new();
        for broker in answer.brokers {
            self.learn_node(broker.node_id, &broker.host, broker.port);
        }
        for topic in answer.topics {
            if let Some(name) = topic.name.clone()
                && self.wanted.contains(&name)
            {
                self.apply_topic(name, topic);
            }
        }
        self.generation += 1;
    }

    fn apply_topic(&mut self, name: ByteString, answer: MetadataResponseTopic) {
        let known = self.topics.entry(name).or_insert_with(|| Topic {
            id: answer.topic_id,
            error: ErrorCode::None,
            leaders: BTreeMap::new(),
        });
        known.error = ErrorCode::from_wire(answer.error_code);
        if known.error.is_error() {
            // The epochs are kept, as the broker that does not know the topic may be the one that is behind.
            known.leaders.values_mut().for_each(|leader| leader.node = None);
            return;
        }
        if known.id != answer.topic_id {
            // KIP-516: another topic of the same name, whose epochs begin anew.
            *known = Topic { id: answer.topic_id, error: ErrorCode::None, leaders: BTreeMap::new() };
        }
        for partition in answer.partitions {
            let leader = Leader {
                node: NodeId::from_wire(partition.leader_id),
                epoch: LeaderEpoch::from_wire(partition.leader_epoch),
            };
            known.learn(partition.partition_index, leader);
        }
    }

    /// A leader that an answer to another request named (KIP-951); whether that is news.
    pub(super) fn learn_leader(&mut self, topic: &str, partition: i32, node: i32, epoch: i32) -> bool {
        let (Some(node), Some(epoch)) = (NodeId::from_wire(node), LeaderEpoch::from_wire(epoch)) else { return false };
        let Some(known) = self.topics.get_mut(topic) else { return false };
        let is_newer = known.leaders.get(&partition).is_some_and(|leader| leader.epoch.is_none_or(|it| it < epoch));
        if !is_newer || !self.nodes.contains_key(&node) {
            return false;
        }
        known.learn(partition, Leader { node: Some(node), epoch: Some(epoch) });
        self.generation += 1;
        true
    }

    /// Where a broker is.
    pub(super) fn learn_node(&mut self, node: i32, host: &str, port: i32) {
        if let (Some(node), Ok(port)) = (NodeId::from_wire(node), u16::try_from(port)) {
            self.nodes.insert(node, (Arc::from(host), port));
        }
    }
}

impl Topic {
    /// KIP-320: an answer of an older epoch than was seen before comes from a broker that is behind.
    fn learn(&mut self, partition: i32, leader: Leader) {
        let known = self.leaders.entry(partition).or_insert(leader);
        if let (Some(seen), Some(now)) = (known.epoch, leader.epoch)
            && now < seen
        {
            return;
        }
        *known = leader;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::metadata::{MetadataResponseBroker, MetadataResponsePartition};

    fn answer(id: u8, leader: i32, epoch: i32) -> MetadataResponse {
        let broker = |node| MetadataResponseBroker { node_id: node, host: "h".into(), port: 1, rack: None };
        MetadataResponse {
            brokers: vec![broker(1), broker(2)],
            topics: vec![MetadataResponseTopic {
                name: Some("t".into()),
                topic_id: Uuid([id; 16]),
                partitions: vec![MetadataResponsePartition {
                    leader_id: leader,
                    leader_epoch: epoch,
                    ..Default::default()
                }],
                ..Default::default()
            }],
            ..Default::default()
        }
    }

    fn known(answers: &[MetadataResponse]) -> Metadata {
        let mut metadata = Metadata::default();
        assert!(metadata.want(&"t".into()));
        answers.iter().for_each(|answer| metadata.apply(answer.clone()));
        metadata
    }

    #[test]
    fn a_leader_of_an_older_epoch_is_no_news() {
        let metadata = known(&[answer(1, 2, 5), answer(1, 1, 4)]);
        assert_eq!(metadata.leader("t", 0), Some((NodeId(2), Some(LeaderEpoch(5)))));
    }

    #[test]
    fn a_topic_made_again_begins_with_new_epochs() {
        let metadata = known(&[answer(1, 2, 5), answer(9, 1, 0)]);
        assert_eq!(metadata.leader("t", 0), Some((NodeId(1), Some(LeaderEpoch(0)))));
    }

    #[test]
    fn a_broker_that_does_not_know_the_topic_takes_the_leader_but_not_the_epoch() {
        let mut unknown = answer(0, 1, 0);
        unknown.topics[0].error_code = ErrorCode::UnknownTopicOrPartition.to_wire();
        unknown.topics[0].partitions.clear();
        let metadata = known(&[answer(1, 2, 5), unknown, answer(1, 1, 4)]);
        assert_eq!(metadata.leader("t", 0), None, "epoch 4 is older than what was seen");
    }

    #[test]
    fn a_hint_counts_where_it_is_newer_and_names_a_known_broker() {
        let mut metadata = known(&[answer(1, 1, 5)]);
        assert!(!metadata.learn_leader("t", 0, 2, 5));
        assert!(!metadata.learn_leader("t", 0, 7, 6), "nobody knows where 7 is");
        assert!(metadata.learn_leader("t", 0, 2, 6));
        assert_eq!(metadata.leader("t", 0), Some((NodeId(2), Some(LeaderEpoch(6)))));
    }
}
