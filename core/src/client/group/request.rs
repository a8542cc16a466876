//! Sends the requests to the coordinator that are due, or FindCoordinator if the coordinator is not known.

use super::coordinator::lookup;
use super::member::Identity;
use super::news::{CommitId, GroupNews};
use super::owned::Unstarted;
use super::{GroupConsumer, Outputs};
use crate::client::cluster::{Cluster, Purpose};
use crate::client::output::Output;
use crate::io::Draws;
use crate::types::{ErrorCode, Instant, NodeId, Now};
use crate::wire::offset_fetch::{OffsetFetchRequestGroup, OffsetFetchRequestTopic, OffsetFetchRequestTopics};
use crate::wire::{ApiKey, OffsetFetchRequest, Request};
use bytestring::ByteString;
use std::collections::BTreeMap;

/// How long after the rebalance timeout the member still waits for the answer to JoinGroup, in milliseconds
/// (`JOIN_GROUP_TIMEOUT_LAPSE` in Kafka). The coordinator may take the whole rebalance timeout, and then the answer has
/// to arrive.
const JOIN_LAPSE_MS: i64 = 5_000;

/// The first version of JoinGroup that has an instance id (KIP-345). A static member cannot join with an older one.
const STATIC_JOIN: i16 = 5;

/// The first version of OffsetFetch that can name several groups (KIP-709).
pub(super) const BATCHED_OFFSETS: i16 = 8;

/// What a request asked for. The connection returns this with the response.
#[derive(Clone, Debug)]
pub(super) enum Asked {
    FindCoordinator,
    OfCoordinator(NodeId, Question),
}

/// A request to the coordinator, with what the member needs to handle the response. For JoinGroup and SyncGroup, this
/// is the number of the attempt to join: the response to an earlier attempt is ignored.
#[derive(Clone, Debug)]
pub(super) enum Question {
    Join(u64),
    Sync(u64),
    Heartbeat(Identity),
    Commit(CommitId),
    Offsets(Vec<Unstarted>),
    Leave,
}

/// How requests are sent.
impl GroupConsumer {
    /// Sends all requests to the coordinator that are due. If the coordinator is not known, looks it up instead.
    pub(super) fn exchange(&mut self, now: Now, draws: &mut dyn Draws, out: &mut Outputs) {
        if !self.needs_coordinator() {
            return;
        }
        let Some(node) = self.coordinator.node() else { return self.look_up(now.mono, draws, out) };
        if self.with_cluster(out, |cluster, raised| cluster.ready(node, now.mono, raised).is_none()) {
            if self.cluster.metadata.address(node).is_none() {
                self.lose_coordinator(node, now.mono, draws);
            }
            return;
        }
        if self.is_leaving() {
            let is_sent = self.send_leave("the consumer closes", now.mono, out);
            return self.on_leave_sent(is_sent, now.mono, out);
        }
        // JoinGroup is sent after OffsetFetch, OffsetCommit and Heartbeat. The coordinator answers the requests of a
        // connection in order, so requests behind a JoinGroup would be answered only after the rebalance.
        self.send_offset_fetch(node, now.mono, out);
        self.send_commits(node, now.mono, out);
        self.send_heartbeat(node, now.mono, out);
        self.send_join(node, now.mono, out);
        self.send_sync(node, now.mono, out);
    }

    fn needs_coordinator(&self) -> bool {
        !self.member.is_unjoined() || !self.commits.is_empty() || self.owned.start_due().is_some() || self.is_leaving()
    }

    fn look_up(&mut self, now: Instant, draws: &mut dyn Draws, out: &mut Outputs) {
        if self.coordinator.lookup_at().is_none_or(|at| at > now) {
            return;
        }
        let wanted = self.config.consumer.cluster.versions.find_coordinator;
        let group_id = self.member.group_id().clone();
        let request_timeout_ms = self.config.consumer.cluster.request_timeout_ms;
        let sent = self.with_cluster(out, |cluster, raised| {
            let connection = cluster.any_ready_or_dialed(now, draws, raised)?;
            let Some(version) = connection.version(ApiKey::FindCoordinator, wanted) else { return Some(false) };
            let deadline = now.plus_ms(request_timeout_ms);
            let request = lookup(&group_id, version);
            let parts = connection.request(&request, version, deadline, Purpose::Of(Asked::FindCoordinator));
            raised.push(Output::Send { conn: connection.conn(), parts });
            cluster.wake.by(deadline);
            Some(true)
        });
        match sent {
            Some(true) => self.coordinator.asked(),
            Some(false) => self.fail(ErrorCode::UnsupportedVersion, now, out),
            None => {}
        }
    }

    fn send_offset_fetch(&mut self, node: NodeId, now: Instant, out: &mut Outputs) {
        let unstarted = self.owned.unstarted(now);
        if unstarted.is_empty() {
            return;
        }
        let wanted = self.config.consumer.cluster.versions.offset_fetch;
        let Some(version) = self.version(node, ApiKey::OffsetFetch, wanted, now, out) else { return };
        let request = offset_fetch(self.member.group_id(), &unstarted, version);
        self.owned.asked(&unstarted);
        self.send(node, &request, version, Question::Offsets(unstarted), now, out);
    }

    fn send_commits(&mut self, node: NodeId, now: Instant, out: &mut Outputs) {
        let wanted = self.config.consumer.cluster.versions.offset_commit;
        while let Some((id, _)) = self.commits.due().filter(|(_, at)| *at <= now) {
            let Some(version) = self.version(node, ApiKey::OffsetCommit, wanted, now, out) else { return };
            let (group_id, instance_id) = (self.member.group_id(), self.member.instance_id());
            let Some((request, news)) = self.commits.send(id, group_id, instance_id, now) else { return };
            out.push(Output::News(GroupNews::Commit(Box::new(news))));
            self.send(node, &request, version, Question::Commit(id), now, out);
        }
    }

    fn send_heartbeat(&mut self, node: NodeId, now: Instant, out: &mut Outputs) {
        if self.member.heartbeat_due().is_none_or(|at| at > now) {
            return;
        }
        let wanted = self.config.consumer.cluster.versions.heartbeat;
        let Some(version) = self.version(node, ApiKey::Heartbeat, wanted, now, out) else { return };
        let identity = self.member.identity().clone();
        let request = self.member.heartbeat(&self.config, now);
        self.send(node, &request, version, Question::Heartbeat(identity), now, out);
    }

    fn send_join(&mut self, node: NodeId, now: Instant, out: &mut Outputs) {
        if self.member.join_due().is_none_or(|at| at > now) {
            return;
        }
        let wanted = self.config.consumer.cluster.versions.join_group;
        let Some(version) = self.version(node, ApiKey::JoinGroup, wanted, now, out) else { return };
        if version < STATIC_JOIN && self.member.instance_id().is_some() {
            return self.fail(ErrorCode::UnsupportedVersion, now, out);
        }
        let owned = self.owned.names();
        let request = self.member.join(&self.config, &self.topics, owned);
        let held = i64::from(self.config.max_poll_interval_ms).saturating_add(JOIN_LAPSE_MS);
        let timeout = self.config.consumer.cluster.request_timeout_ms.max(held);
        let question = Question::Join(self.member.attempt());
        self.send_within(node, &request, version, question, now.plus_ms(timeout), out);
    }

    fn send_sync(&mut self, node: NodeId, now: Instant, out: &mut Outputs) {
        let wanted = self.config.consumer.cluster.versions.sync_group;
        let Some(request) = self.member.sync(&self.config) else { return };
        let Some(version) = self.version(node, ApiKey::SyncGroup, wanted, now, out) else { return };
        let question = Question::Sync(self.member.attempt());
        self.send(node, &request, version, question, now, out);
    }

    /// Sends LeaveGroup, unless the member is static or has no connection to the coordinator. Returns whether it was
    /// sent.
    pub(super) fn send_leave(&mut self, reason: &'static str, now: Instant, out: &mut Outputs) -> bool {
        let Some(node) = self.coordinator.node() else { return false };
        let wanted = self.config.consumer.cluster.versions.leave_group;
        let version = self
            .with_cluster(out, |cluster, raised| cluster.ready(node, now, raised)?.version(ApiKey::LeaveGroup, wanted));
        let Some((version, request)) = version.and_then(|it| Some((it, self.member.leave(it, reason)?))) else {
            return false;
        };
        self.send(node, &request, version, Question::Leave, now, out);
        true
    }

    /// Returns the version for a request of API `key` to the coordinator. `None` if no connection to the coordinator is
    /// open. Also `None` if client and coordinator have no common version; then the membership ends for good with
    /// UNSUPPORTED_VERSION.
    fn version(&mut self, node: NodeId, key: ApiKey, wanted: i16, now: Instant, out: &mut Outputs) -> Option<i16> {
        let connection = |cluster: &mut Cluster<Asked>, raised: &mut Outputs| {
            cluster.ready(node, now, raised).map(|connection| connection.version(key, wanted))
        };
        let version = self.with_cluster(out, connection)?;
        if version.is_none() {
            self.fail(ErrorCode::UnsupportedVersion, now, out);
        }
        version
    }

    fn send<R: Request>(
        &mut self,
        node: NodeId,
        request: &R,
        version: i16,
        question: Question,
        now: Instant,
        out: &mut Outputs,
    ) {
        let deadline = now.plus_ms(self.config.consumer.cluster.request_timeout_ms);
        self.send_within(node, request, version, question, deadline, out);
    }

    fn send_within<R: Request>(
        &mut self,
        node: NodeId,
        request: &R,
        version: i16,
        question: Question,
        deadline: Instant,
        out: &mut Outputs,
    ) {
        self.with_cluster(out, |cluster, raised| {
            cluster.wake.by(deadline);
            let connection = cluster.up(node).expect("the version was asked for a moment ago");
            let purpose = Purpose::Of(Asked::OfCoordinator(node, question));
            let parts = connection.request(request, version, deadline, purpose);
            raised.push(Output::Send { conn: connection.conn(), parts });
        });
    }
}

/// Makes the OffsetFetch request for these partitions, in the form of this version.
fn offset_fetch(group_id: &ByteString, unstarted: &[Unstarted], version: i16) -> OffsetFetchRequest {
    let mut topics: BTreeMap<ByteString, Vec<i32>> = BTreeMap::new();
    for Unstarted { name, .. } in unstarted {
        topics.entry(name.topic.clone()).or_default().push(name.partition);
    }
    // KIP-447: with this flag, the coordinator does not return an offset that an open transaction may still change.
    let require_stable = true;
    if version < BATCHED_OFFSETS {
        let topic = |(name, partition_indexes)| OffsetFetchRequestTopic { name, partition_indexes };
        let topics = Some(topics.into_iter().map(topic).collect());
        return OffsetFetchRequest { group_id: group_id.clone(), topics, require_stable, ..Default::default() };
    }
    let topic = |(name, partition_indexes)| OffsetFetchRequestTopics { name, partition_indexes, ..Default::default() };
    let topics = Some(topics.into_iter().map(topic).collect());
    let group = OffsetFetchRequestGroup { group_id: group_id.clone(), topics, ..Default::default() };
    OffsetFetchRequest { groups: vec![group], require_stable, ..Default::default() }
}
