//! Offsets of many partitions, each asked of its leader: log starts, log ends, and what a time leads to.
//!
//! **In Kafka**: `ListOffsetsHandler`, `PartitionLeaderStrategy`.

use super::brokers::pause;
use super::{Brokers, CallError, Topics};
use gracchus_core::types::ErrorCode;
use gracchus_core::wire::ListOffsetsRequest;
use gracchus_core::wire::list_offsets::{ListOffsetsPartition, ListOffsetsTopic};
use std::collections::BTreeMap;
use std::time::Instant;

/// Asks for the log start, in place of a time.
pub const EARLIEST: i64 = -2;

/// Asks for the high watermark, in place of a time.
pub const LATEST: i64 = -1;

/// What a leader answers for one partition.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FoundOffset {
    /// The offset.
    At(i64),
    /// No record is as late as the time that was asked for.
    Nothing,
    /// The leader refuses, or there is none.
    Refused(ErrorCode),
}

impl FoundOffset {
    /// The offset, where there is one.
    #[must_use]
    pub fn offset(self) -> Option<i64> {
        match self {
            FoundOffset::At(offset) => Some(offset),
            FoundOffset::Nothing | FoundOffset::Refused(_) => None,
        }
    }
}

impl Brokers {
    /// The offsets of these partitions at `time`: milliseconds since 1970, [`EARLIEST`] or [`LATEST`]. Partitions without a
    /// leader are waited for.
    pub fn offsets(
        &mut self,
        partitions: &[(String, i32)],
        time: i64,
    ) -> Result<BTreeMap<(String, i32), FoundOffset>, CallError> {
        let until = Instant::now() + self.patience();
        let mut found = BTreeMap::new();
        let mut left: Vec<(String, i32)> = partitions.to_vec();
        loop {
            self.ask_leaders(&left, time, &mut found)?;
            left.retain(|it| matches!(found.get(it), Some(FoundOffset::Refused(error)) if is_passing(*error)));
            if left.is_empty() || !pause(until) {
                return Ok(found);
            }
        }
    }

    /// These partitions by the ids of their leaders. Each must have one.
    pub fn by_leader(&mut self, partitions: &[(String, i32)]) -> Result<BTreeMap<i32, Vec<(String, i32)>>, CallError> {
        let mut names: Vec<String> = partitions.iter().map(|(topic, _)| topic.clone()).collect();
        names.dedup();
        let topics = self.topics(Some(&names))?;
        let mut by_leader: BTreeMap<i32, Vec<(String, i32)>> = BTreeMap::new();
        for (topic, partition) in partitions {
            let leader = leader(&topics, topic, *partition).map_err(|error| CallError::Code(error.to_wire()))?;
            by_leader.entry(leader).or_default().push((topic.clone(), *partition));
        }
        Ok(by_leader)
    }

    fn ask_leaders(
        &mut self,
        partitions: &[(String, i32)],
        time: i64,
        found: &mut BTreeMap<(String, i32), FoundOffset>,
    ) -> Result<(), CallError> {
        let mut names: Vec<String> = partitions.iter().map(|(topic, _)| topic.clone()).collect();
        names.dedup();
        let topics = self.topics(Some(&names))?;
        let mut by_leader: BTreeMap<i32, BTreeMap<&str, Vec<ListOffsetsPartition>>> = BTreeMap::new();
        for (topic, partition) in partitions {
            match leader(&topics, topic, *partition) {
                Ok(leader) => {
                    let row =
                        ListOffsetsPartition { partition_index: *partition, current_leader_epoch: -1, timestamp: time };
                    by_leader.entry(leader).or_default().entry(topic).or_default().push(row);
                }
                Err(error) => _ = found.insert((topic.clone(), *partition), FoundOffset::Refused(error)),
            }
        }
        for (leader, topics) in by_leader {
            let topic = |(name, partitions): (&str, _)| ListOffsetsTopic { name: name.into(), partitions };
            let topics = topics.into_iter().map(topic).collect();
            let body =
                ListOffsetsRequest { replica_id: -1, topics, timeout_ms: self.patience_ms(), isolation_level: 0 };
            let answer = self.node(leader)?.call(&body)?;
            for topic in answer.topics {
                for row in topic.partitions {
                    let it = match ErrorCode::from_wire(row.error_code) {
                        ErrorCode::None if row.offset >= 0 => FoundOffset::At(row.offset),
                        ErrorCode::None => FoundOffset::Nothing,
                        error => FoundOffset::Refused(error),
                    };
                    found.insert((topic.name.to_string(), row.partition_index), it);
                }
            }
        }
        Ok(())
    }
}

fn leader(topics: &Topics, topic: &str, partition: i32) -> Result<i32, ErrorCode> {
    let topic = topics.get(topic).ok_or(ErrorCode::UnknownTopicOrPartition)?;
    if topic.error_code != 0 {
        return Err(ErrorCode::from_wire(topic.error_code));
    }
    let mut rows = topic.partitions.iter();
    let row = rows.find(|row| row.partition_index == partition).ok_or(ErrorCode::UnknownTopicOrPartition)?;
    match row.leader_id {
        0.. => Ok(row.leader_id),
        _ => Err(ErrorCode::LeaderNotAvailable),
    }
}

/// Whether the partition may have a leader that answers soon. A topic that does not exist is not waited for.
fn is_passing(error: ErrorCode) -> bool {
    matches!(
        error,
        ErrorCode::LeaderNotAvailable
            | ErrorCode::NotLeaderOrFollower
            | ErrorCode::OffsetNotAvailable
            | ErrorCode::ReplicaNotAvailable
            | ErrorCode::FencedLeaderEpoch
            | ErrorCode::UnknownLeaderEpoch
    )
}
