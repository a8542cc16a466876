//! What a member does about every kind of answer.

mod commits;
mod errors;
mod members;
mod positions;
mod rebalances;

use super::coordinator::committed;
use super::stage::{First, Request, Stage, TOPIC, TOPIC_ID};
use crate::client::*;
use crate::record::{BatchBuilder, BatchHeader, STAMP_LEN};
use crate::types::{ErrorCode, LeaderEpoch, Offset, Timestamp};
use crate::wire::fetch::{FetchableTopicResponse, PartitionData};
use crate::wire::find_coordinator::Coordinator;
use crate::wire::join_group::JoinGroupResponseMember;
use crate::wire::offset_fetch::{OffsetFetchResponseGroup, OffsetFetchResponsePartitions, OffsetFetchResponseTopics};
use crate::wire::*;
use bytes::{Bytes, BytesMut};
use std::sync::Arc;

fn config() -> GroupConsumerConfig {
    let cluster = ClusterConfig { bootstrap: vec![(Arc::from("boot"), 9000)], ..Default::default() };
    let consumer = ConsumerConfig { cluster, reset: OffsetReset::Earliest, ..Default::default() };
    let assignors = vec![Assignor::Range];
    GroupConsumerConfig { consumer, group_id: Arc::from("g"), assignors, auto_commit: false, ..Default::default() }
}

fn cooperative() -> GroupConsumerConfig {
    GroupConsumerConfig { assignors: vec![Assignor::CooperativeSticky], ..config() }
}

/// A consumer that subscribes to the one topic and has polled once.
fn subscribed(config: GroupConsumerConfig) -> Stage<GroupConsumer> {
    let mut stage = Stage::new(GroupConsumer::new(config));
    let mut out = Vec::new();
    stage.client.subscribe([TOPIC], stage.now, &mut First, &mut out);
    stage.perform(out);
    stage.poll();
    stage
}

/// A member of generation 1, alone in the group, which the coordinator on broker 2 has told about its partitions.
fn stable(config: GroupConsumerConfig, partitions: &[i32]) -> Stage<GroupConsumer> {
    let mut stage = subscribed(config);
    stage.found(2);
    stage.joined(1, "follower");
    stage.synced(partitions);
    stage.poll();
    stage
}

/// The same, which has been told where its partitions begin and has read nothing yet.
fn reading(config: GroupConsumerConfig, partitions: &[i32], offset: i64) -> Stage<GroupConsumer> {
    let mut stage = stable(config, partitions);
    let request = stage.await_request(ApiKey::OffsetFetch);
    stage.offsets(&request, partitions, offset, 5);
    stage.take_news();
    stage
}

fn assignment(partitions: &[i32]) -> Bytes {
    let topic = consumer_protocol_assignment::TopicPartition { topic: TOPIC.into(), partitions: partitions.to_vec() };
    let assigned_partitions = if partitions.is_empty() { Vec::new() } else { vec![topic] };
    let message = ConsumerProtocolAssignment { assigned_partitions, user_data: None };
    encode_consumer_protocol(&message, 3, &mut BytesMut::new())
}

fn batch(base: i64, epoch: i32, values: &[&str]) -> Bytes {
    let mut builder = BatchBuilder::new(0);
    values.iter().for_each(|it| builder.append(Timestamp(7), None, Some(it.as_bytes()), &[]));
    let bytes = builder.build();
    let stamp = BatchHeader::stamp(Offset(base), bytes.len() as u32, LeaderEpoch(epoch));
    Bytes::from([&stamp[..], &bytes[STAMP_LEN..]].concat())
}

impl Stage<GroupConsumer> {
    fn poll(&mut self) {
        let mut out = Vec::new();
        self.client.poll(self.now, &mut First, &mut out);
        self.perform(out);
    }

    fn poll_where_wanted(&mut self) {
        for _ in 0..10 {
            if !self.client.wants_poll(self.now.mono) {
                return;
            }
            self.poll();
        }
        panic!("a poll that is wanted does something");
    }

    fn close(&mut self) {
        let mut out = Vec::new();
        self.client.close(self.now, &mut First, &mut out);
        self.perform(out);
    }

    fn commit(&mut self, mode: CommitMode) -> CommitId {
        let mut out = Vec::new();
        let id = self.client.commit(None, mode, self.now, &mut First, &mut out);
        self.perform(out);
        id
    }

    /// The oldest request of that API, taken off the stage.
    fn await_request(&mut self, key: ApiKey) -> Request {
        let place = self.requests.iter().position(|request| request.key == key);
        let seen: Vec<ApiKey> = self.requests.iter().map(|request| request.key).collect();
        let place = place.unwrap_or_else(|| panic!("no {key:?} among {seen:?}"));
        self.requests.remove(place).unwrap()
    }

    /// The member's connection to the coordinator: fetches have one of their own to the same broker.
    fn coordinator_conn(&self) -> Conn {
        self.conns_to(2).find(|conn| conn.0 % 2 == 0).unwrap()
    }

    fn has_request(&self, key: ApiKey) -> bool {
        self.requests.iter().any(|request| request.key == key)
    }

    fn found(&mut self, node: i32) {
        let request = self.await_request(ApiKey::FindCoordinator);
        let (host, port) = ("broker".into(), 9000 + node);
        let answer = match request.version >= 4 {
            true => {
                let row = Coordinator { key: "g".into(), node_id: node, host, port, ..Default::default() };
                FindCoordinatorResponse { coordinators: vec![row], ..Default::default() }
            }
            false => FindCoordinatorResponse { node_id: node, host, port, ..Default::default() },
        };
        self.answer(&request, &answer);
    }

    /// Answers JoinGroup: the member `me` is in that generation.
    fn joined(&mut self, generation_id: i32, leader: &str) -> Request {
        let request = self.await_request(ApiKey::JoinGroup);
        let body: JoinGroupRequest = request.read();
        let protocol = &body.protocols[0];
        let row = JoinGroupResponseMember {
            member_id: "me".into(),
            metadata: protocol.metadata.clone(),
            ..Default::default()
        };
        let answer = JoinGroupResponse {
            generation_id,
            protocol_type: Some("consumer".into()),
            protocol_name: Some(protocol.name.clone()),
            leader: leader.into(),
            member_id: "me".into(),
            members: if leader == "me" { vec![row] } else { Vec::new() },
            ..Default::default()
        };
        self.answer(&request, &answer);
        request
    }

    fn synced(&mut self, partitions: &[i32]) -> Request {
        let request = self.await_request(ApiKey::SyncGroup);
        let answer = SyncGroupResponse { assignment: assignment(partitions), ..Default::default() };
        self.answer(&request, &answer);
        request
    }

    fn offsets(&mut self, request: &Request, partitions: &[i32], offset: i64, epoch: i32) {
        let row = |index: &i32| OffsetFetchResponsePartitions {
            partition_index: *index,
            committed_offset: offset,
            committed_leader_epoch: epoch,
            metadata: None,
            error_code: 0,
        };
        let partitions = partitions.iter().map(row).collect();
        let topic = OffsetFetchResponseTopics { name: TOPIC.into(), partitions, ..Default::default() };
        let group = OffsetFetchResponseGroup { group_id: "g".into(), topics: vec![topic], error_code: 0 };
        self.answer(request, &OffsetFetchResponse { groups: vec![group], ..Default::default() });
    }

    /// Answers the oldest request of that API with an error.
    fn refuse(&mut self, key: ApiKey, error: ErrorCode) {
        let request = self.await_request(key);
        let error_code = error.to_wire();
        match key {
            ApiKey::JoinGroup => {
                let protocol_name = Some("".into());
                self.answer(&request, &JoinGroupResponse { error_code, protocol_name, ..Default::default() });
            }
            ApiKey::SyncGroup => self.answer(&request, &SyncGroupResponse { error_code, ..Default::default() }),
            ApiKey::Heartbeat => self.answer(&request, &HeartbeatResponse { error_code, ..Default::default() }),
            ApiKey::OffsetCommit => self.answer(&request, &committed(&request.read(), error)),
            ApiKey::OffsetFetch => {
                let group = OffsetFetchResponseGroup { group_id: "g".into(), error_code, ..Default::default() };
                self.answer(&request, &OffsetFetchResponse { groups: vec![group], ..Default::default() });
            }
            ApiKey::FindCoordinator => {
                let row = Coordinator { key: "g".into(), node_id: -1, error_code, ..Default::default() };
                let answer = FindCoordinatorResponse { coordinators: vec![row], ..Default::default() };
                self.answer(&request, &answer);
            }
            other => panic!("{other:?} is not refused here"),
        }
    }

    fn fetched(&mut self, batches: Vec<Bytes>) {
        let request = self.await_request(ApiKey::Fetch);
        let body: FetchRequest = request.read();
        let partition_index = body.topics[0].partitions[0].partition;
        let records = Some(Records::from(batches));
        let row = PartitionData { partition_index, high_watermark: 100, records, ..Default::default() };
        let topic = FetchableTopicResponse { topic_id: TOPIC_ID, partitions: vec![row], ..Default::default() };
        self.answer(&request, &FetchResponse { responses: vec![topic], ..Default::default() });
    }

    /// What was told since this was last asked, in short.
    fn told(&mut self) -> Vec<String> {
        self.take_news().iter().map(short).collect()
    }
}

fn short(news: &GroupNews) -> String {
    let list = |ownership: &Ownership| {
        let names: Vec<String> = ownership.partitions.iter().map(|name| name.partition.to_string()).collect();
        format!("[{}] of {}", names.join(" "), ownership.generation.0)
    };
    match news {
        GroupNews::Joined(joined) => format!("joined {}", joined.generation.0),
        GroupNews::Assigned(ownership) => format!("assigned {}", list(ownership)),
        GroupNews::Revoking(ownership) => format!("revoking {}", list(ownership)),
        GroupNews::Revoked(ownership) => format!("revoked {}", list(ownership)),
        GroupNews::Lost(ownership) => format!("lost {}", list(ownership)),
        GroupNews::Polled(fetched) => format!("polled {}: {}..{}", fetched.partition, fetched.from.0, fetched.next.0),
        GroupNews::Commit(commit) => {
            let offsets: Vec<String> =
                commit.offsets.iter().map(|it| format!("{}@{}", it.partition.partition, it.offset.0)).collect();
            let step = match &commit.step {
                CommitStep::Sent => "sent".to_owned(),
                CommitStep::Done => "done".to_owned(),
                CommitStep::Failed { error, may_be_applied, .. } => {
                    format!("failed {error}{}", if *may_be_applied { ", or not" } else { "" })
                }
            };
            format!("commit {} [{}] {step}", commit.id.0, offsets.join(" "))
        }
        GroupNews::Position(ConsumerNews::Positioned { partition, to, .. }) => format!("at {partition}@{}", to.0),
        GroupNews::Position(other) => format!("{other:?}"),
        GroupNews::NoOffset(name) => format!("no offset for {}", name.partition),
        GroupNews::PollIntervalExceeded => "poll interval exceeded".to_owned(),
        GroupNews::Failed(error) => format!("failed {error}"),
        GroupNews::Closed => "closed".to_owned(),
    }
}
