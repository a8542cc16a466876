//! The messages that members of a group send each other inside JoinGroup and SyncGroup requests: subscriptions and
//! assignments.
//!
//! **In Kafka**: `ConsumerProtocol`, `ConsumerPartitionAssignor.Subscription`, `CooperativeStickyAssignor`.

use super::config::Assignor;
use super::news::{Generation, PartitionName};
use crate::wire::{
    ConsumerProtocolAssignment, ConsumerProtocolSubscription, DecodeError, consumer_protocol_assignment,
    consumer_protocol_subscription, decode_consumer_protocol, encode_consumer_protocol,
};
use bytes::{Bytes, BytesMut};
use bytestring::ByteString;
use std::collections::BTreeSet;

/// The topics that a member subscribes to, and the partitions that it owns.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Subscription {
    pub(super) topics: BTreeSet<ByteString>,
    /// Partitions that the member still owns when it joins (KIP-429).
    pub(super) owned: BTreeSet<PartitionName>,
    /// The last generation that the member was in. `None` if it was in none, or if its client is too old to send the
    /// generation (KIP-792).
    pub(super) generation: Option<Generation>,
    pub(super) rack: Option<ByteString>,
}

impl Subscription {
    /// Encodes the subscription for JoinGroup.
    pub(super) fn encode(&self, assignor: Assignor, version: i16) -> Bytes {
        let generation_id = Generation::to_wire(self.generation);
        // An old leader does not know the field `generation_id`. It reads the generation from the user data, where
        // Kafka's assignor writes it too.
        let user_data = Bytes::copy_from_slice(&generation_id.to_be_bytes());
        let message = ConsumerProtocolSubscription {
            topics: self.topics.iter().cloned().collect(),
            user_data: (assignor == Assignor::CooperativeSticky).then_some(user_data),
            owned_partitions: by_topic(&self.owned)
                .map(|(topic, partitions)| consumer_protocol_subscription::TopicPartition { topic, partitions })
                .collect(),
            generation_id,
            rack_id: self.rack.clone(),
        };
        encode_consumer_protocol(&message, version, &mut BytesMut::new())
    }

    /// Decodes the subscription of a member. Partitions with negative numbers do not exist, and are left out.
    pub(super) fn decode(bytes: Bytes, assignor: Assignor) -> Result<Subscription, DecodeError> {
        let message: ConsumerProtocolSubscription = decode_consumer_protocol(bytes)?;
        let in_user_data = match (&message.user_data, assignor) {
            (Some(data), Assignor::CooperativeSticky) => {
                data.first_chunk::<4>().map(|bytes| i32::from_be_bytes(*bytes))
            }
            _ => None,
        };
        let generation = Generation::from_wire(message.generation_id);
        Ok(Subscription {
            topics: message.topics.into_iter().collect(),
            owned: names(message.owned_partitions.into_iter().map(|it| (it.topic, it.partitions))),
            generation: generation.or_else(|| Generation::from_wire(in_user_data?)),
            rack: message.rack_id,
        })
    }
}

/// Encodes one member's assignment for SyncGroup.
pub(super) fn encode_assignment(partitions: &BTreeSet<PartitionName>, version: i16) -> Bytes {
    let message = ConsumerProtocolAssignment {
        assigned_partitions: by_topic(partitions)
            .map(|(topic, partitions)| consumer_protocol_assignment::TopicPartition { topic, partitions })
            .collect(),
        user_data: None,
    };
    encode_consumer_protocol(&message, version, &mut BytesMut::new())
}

/// Decodes an assignment. An empty `bytes` is an empty assignment: a leader may leave out a member that gets no
/// partition.
pub(super) fn decode_assignment(bytes: Bytes) -> Result<BTreeSet<PartitionName>, DecodeError> {
    if bytes.is_empty() {
        return Ok(BTreeSet::new());
    }
    let message: ConsumerProtocolAssignment = decode_consumer_protocol(bytes)?;
    Ok(names(message.assigned_partitions.into_iter().map(|it| (it.topic, it.partitions))))
}

fn by_topic(partitions: &BTreeSet<PartitionName>) -> impl Iterator<Item = (ByteString, Vec<i32>)> {
    let mut topics: Vec<(ByteString, Vec<i32>)> = Vec::new();
    for PartitionName { topic, partition } in partitions {
        match topics.last_mut() {
            Some((last, numbers)) if last == topic => numbers.push(*partition),
            _ => topics.push((topic.clone(), vec![*partition])),
        }
    }
    topics.into_iter()
}

fn names(topics: impl Iterator<Item = (ByteString, Vec<i32>)>) -> BTreeSet<PartitionName> {
    let numbered = topics.flat_map(|(topic, numbers)| {
        let valid = numbers.into_iter().filter(|number| *number >= 0);
        valid.map(move |partition| PartitionName { topic: topic.clone(), partition })
    });
    numbered.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subscription() -> Subscription {
        Subscription {
            topics: ["a", "b"].map(ByteString::from).into(),
            owned: [PartitionName::new("a", 0), PartitionName::new("a", 2), PartitionName::new("b", 1)].into(),
            generation: Some(Generation(7)),
            rack: Some("r".into()),
        }
    }

    #[test]
    fn each_version_carries_what_it_has() {
        let read = |version| {
            let bytes = subscription().encode(Assignor::Range, version);
            Subscription::decode(bytes, Assignor::Range).unwrap()
        };
        let Subscription { topics, .. } = subscription();
        assert_eq!(read(0), Subscription { topics: topics.clone(), ..Default::default() });
        assert_eq!(read(1), Subscription { rack: None, generation: None, ..subscription() });
        assert_eq!(read(2), Subscription { rack: None, ..subscription() });
        assert_eq!(read(3), subscription());
    }

    #[test]
    fn a_cooperative_member_tells_old_leaders_its_generation_as_user_data() {
        let bytes = subscription().encode(Assignor::CooperativeSticky, 1);
        let read = Subscription::decode(bytes, Assignor::CooperativeSticky).unwrap();
        assert_eq!(read.generation, Some(Generation(7)));
    }

    #[test]
    fn an_assignment_comes_back_and_nothing_is_an_empty_one() {
        let partitions = subscription().owned;
        for version in 0..=3 {
            assert_eq!(decode_assignment(encode_assignment(&partitions, version)), Ok(partitions.clone()));
        }
        assert_eq!(decode_assignment(Bytes::new()), Ok(BTreeSet::new()));
        assert!(decode_assignment(Bytes::from_static(&[0, 1, 0])).is_err());
        // Version 1, one topic "a" with the partitions -1 and 3, no user data.
        let odd = [&[0, 1, 0, 0, 0, 1, 0, 1, b'a', 0, 0, 0, 2][..], &[255; 4], &[0, 0, 0, 3], &[255; 4]].concat();
        assert_eq!(decode_assignment(odd.into()), Ok([PartitionName::new("a", 3)].into()));
    }
}
