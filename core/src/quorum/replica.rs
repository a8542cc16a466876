//! The replica itself: its fields, its inputs, and what it does when time passes.

use super::config::QuorumConfig;
use super::leader::ChangeStage;
use super::log::{LogEnd, LogFailed};
use super::message::{CurrentLeader, Request, Response, VoterChangeAnswer};
use super::output::{Context, Correlation, HaltReason, Output, PeerId, ReadId, RequestFailure};
use super::peers::{Peers, Purpose};
use super::role::{Resigned, Role, Unattached};
use super::{
    ControlState, DataVersion, ElectionState, Endpoint, Endpoints, KRaftVersions, ReplicaKey, Voter, VoterHistory,
};
use crate::io::{Asker, Site};
use crate::types::{ErrorCode, Instant, LeaderEpoch, NodeId, Offset};
use bytestring::ByteString;
use core::time::Duration;
use std::collections::VecDeque;

/// Who a replica is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Identity {
    /// `node.id` and the id of the metadata log directory.
    pub key: ReplicaKey,
    /// The cluster's id.
    pub cluster_id: ByteString,
    /// The name of the listener over which controllers talk, the first of `controller.listener.names`.
    pub listener: ByteString,
    /// The replica's own listeners; empty on a broker.
    pub endpoints: Endpoints,
    /// The levels of `kraft.version` that this build supports.
    pub kraft_versions: KRaftVersions,
}

/// What a replica finds when it starts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Found {
    /// What `quorum-state` says; none where there is no such file.
    pub election: Option<ElectionState>,
    /// The voters of the configuration, of the latest snapshot and of the log.
    pub voters: VoterHistory,
    /// `controller.quorum.bootstrap.servers`, or the endpoints of `controller.quorum.voters`.
    pub bootstrap: Vec<Endpoint>,
}

/// A replica of `__cluster_metadata`-0.
///
/// Every input may leave outputs; after each the host asks for [`Quorum::next_wake`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Quorum {
    pub(super) config: QuorumConfig,
    pub(super) identity: Identity,
    pub(super) bootstrap: Vec<Endpoint>,
    pub(super) voters: VoterHistory,
    pub(super) epoch: LeaderEpoch,
    pub(super) role: Role,
    pub(super) peers: Peers,
    /// Records before this offset are committed, as far as this replica knows. It never falls.
    pub(super) high_watermark: Offset,
    pub(super) disk: Disk,
    election: ElectionFile,
    /// The leader and the epoch that the host was told.
    announced: (Option<NodeId>, LeaderEpoch),
    reads: u64,
    shutdown: Shutdown,
    halted: bool,
}

/// How far the log is durable.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Disk {
    /// Records before this offset are durable.
    pub(super) synced: Offset,
    /// Counts appends, truncations and installed snapshots.
    pub(super) changes: u64,
    /// The changes that are durable.
    synced_changes: u64,
    /// The sync under way: the end and the changes that it makes durable, and when it began.
    syncing: Option<(Offset, u64, Instant)>,
}

impl Disk {
    /// Whether all that the log has is durable.
    pub(super) fn is_synced(&self) -> bool {
        self.synced_changes == self.changes
    }

    /// The log ends at `end` now. A sync under way covers no more than that.
    pub(super) fn on_truncated(&mut self, end: Offset) {
        self.changes += 1;
        self.synced = self.synced.min(end);
        if let Some((covers, _, _)) = &mut self.syncing {
            *covers = end.min(*covers);
        }
    }

    /// A snapshot that ends at `end` replaced the log. What a sync under way covers is gone.
    pub(super) fn on_replaced(&mut self, end: Offset) {
        self.changes += 1;
        self.synced = end;
        if let Some((covers, _, _)) = &mut self.syncing {
            *covers = Offset::ZERO;
        }
    }
}

/// What `quorum-state` says, and what it has to say. Each state has a number; a message shows the state that was the
/// latest when the message was made, and leaves only when that state, or a later one, is durable.
#[derive(Clone, PartialEq, Eq, Debug)]
struct ElectionFile {
    latest: ElectionState,
    version: u64,
    durable: u64,
    writing: Option<(u64, Instant)>,
    held: VecDeque<(u64, Output)>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Shutdown {
    None,
    Until(Instant),
    Done,
}

impl Quorum {
    /// A replica that starts. `on_wake` has to follow at once.
    #[must_use]
    pub fn new(config: QuorumConfig, identity: Identity, found: Found, cx: &mut Context<'_>) -> Quorum {
        let end = cx.log.end();
        let stored = found.election;
        let mut epoch = stored.as_ref().map_or(LeaderEpoch(0), |it| it.epoch);
        let snapshot = cx.log.latest_snapshot().map_or(Offset::ZERO, |it| it.end_offset);
        let mut quorum = Quorum {
            config,
            bootstrap: found.bootstrap,
            voters: found.voters,
            epoch,
            role: Role::Unattached(Unattached { voted: None, leader: None, until: cx.now.mono }),
            peers: Peers::default(),
            high_watermark: cx.log.start().max(snapshot),
            // What the process before this one wrote may be in the page cache alone.
            disk: Disk { synced: cx.log.start(), changes: 1, synced_changes: 0, syncing: None },
            election: ElectionFile {
                latest: ElectionState { epoch, leader: None, voted: None, voters: Vec::new() },
                version: 1,
                durable: 0,
                writing: None,
                held: VecDeque::new(),
            },
            announced: (None, LeaderEpoch(0)),
            reads: 0,
            shutdown: Shutdown::None,
            halted: false,
            identity,
        };
        // As in `QuorumState.initialize`: the log may know a later epoch than the file.
        let stored = stored.filter(|it| it.epoch >= end.epoch);
        epoch = epoch.max(end.epoch);
        quorum.epoch = epoch;
        quorum.role = quorum.first_role(stored, cx);
        quorum.election.latest = quorum.election_state();
        quorum
    }

    /// The role with which a replica starts. Whoever led an epoch, or asked for votes in it, does neither again in that
    /// epoch: its log may have lost records that others have under the same epoch and offset.
    fn first_role(&self, stored: Option<ElectionState>, cx: &mut Context<'_>) -> Role {
        let until = cx.now.mono + self.draw_election_timeout(cx);
        let Some(stored) = stored else {
            return Role::Unattached(Unattached { voted: None, leader: None, until });
        };
        if stored.leader == Some(self.identity.key.id) {
            return Role::Resigned(Resigned { unacknowledged: Default::default(), preferred: Vec::new(), until });
        }
        let endpoints = stored.leader.map(|it| self.endpoints_of(it));
        match (stored.leader, endpoints) {
            (Some(leader), Some(endpoints)) if endpoints.contains_key(&self.identity.listener) => {
                self.follower(leader, endpoints, stored.voted, cx.now.mono)
            }
            (leader, _) => Role::Unattached(Unattached { voted: stored.voted, leader, until }),
        }
    }

    /// The latest epoch that the replica knows.
    #[must_use]
    pub fn epoch(&self) -> LeaderEpoch {
        self.epoch
    }

    /// Who leads in that epoch, where it is known.
    #[must_use]
    pub fn leader(&self) -> Option<NodeId> {
        match &self.role {
            Role::Unattached(it) => it.leader,
            Role::Prospective(it) => it.leader.as_ref().map(|it| it.0),
            Role::Candidate(_) => None,
            Role::Leader(_) | Role::Resigned(_) => Some(self.identity.key.id),
            Role::Follower(it) => Some(it.leader),
        }
    }

    /// Whether this replica leads.
    #[must_use]
    pub fn is_leader(&self) -> bool {
        matches!(self.role, Role::Leader(_))
    }

    /// Records before this offset are committed, as far as this replica knows.
    #[must_use]
    pub fn high_watermark(&self) -> Offset {
        self.high_watermark
    }

    /// The voters that hold, and the level of `kraft.version`.
    #[must_use]
    pub fn voters(&self) -> &VoterHistory {
        &self.voters
    }

    /// Whether this replica votes.
    #[must_use]
    pub fn is_voter(&self) -> bool {
        self.voters.latest().has(self.identity.key)
    }

    /// What a snapshot that ends at `end` has to say of the quorum.
    #[must_use]
    pub fn control_state_at(&self, end: Offset) -> ControlState {
        self.voters.at(end)
    }

    /// Kafka's name of the replica's role.
    #[must_use]
    pub fn role_name(&self) -> &'static str {
        match self.role {
            Role::Unattached(_) => "Unattached",
            Role::Prospective(_) => "Prospective",
            Role::Candidate(_) => "Candidate",
            Role::Leader(_) => "Leader",
            Role::Follower(_) => "Follower",
            Role::Resigned(_) => "Resigned",
        }
    }

    /// When `on_wake` is due, if nothing else comes before.
    #[must_use]
    pub fn next_wake(&self, now: Instant) -> Option<Instant> {
        if self.halted || self.shutdown == Shutdown::Done {
            return None;
        }
        let role = match &self.role {
            Role::Unattached(it) => self.may_stand().then_some(it.until),
            Role::Prospective(it) => Some(it.until),
            Role::Candidate(it) => Some(it.until),
            Role::Leader(it) => it.next_wake().into_iter().chain(self.hang_at()).min(),
            Role::Follower(it) => {
                [it.until, it.update_voter_at].into_iter().filter(|at| *at > now || *at == it.until).min()
            }
            Role::Resigned(it) => Some(it.until),
        };
        let shutdown = match self.shutdown {
            Shutdown::Until(at) => Some(at),
            Shutdown::None | Shutdown::Done => None,
        };
        // An observer behind its fetch timeout waits for a server, not for a time that is over.
        let role = role.filter(|at| *at > now || !matches!(self.role, Role::Follower(_)) || self.may_stand());
        role.into_iter().chain(shutdown).chain(self.peers.next_wake(now)).min()
    }

    /// A request from another replica, a tool or a client. `cluster_id` is the one that the request names.
    pub fn on_request(&mut self, asker: Asker, cluster_id: Option<&str>, request: Request, cx: &mut Context<'_>) {
        if self.halted {
            return;
        }
        if cluster_id.is_some_and(|it| it != &*self.identity.cluster_id) {
            let refused = self.refuse_cluster_id(cluster_id, &request);
            self.answer(asker, refused, cx);
        } else {
            self.take_request(asker, request, cx);
        }
        self.after(cx);
    }

    fn take_request(&mut self, asker: Asker, request: Request, cx: &mut Context<'_>) {
        match request {
            Request::Vote(it) => self.on_vote(asker, it, cx),
            Request::BeginQuorumEpoch(it) => self.on_begin_quorum_epoch(asker, it, cx),
            Request::EndQuorumEpoch(it) => self.on_end_quorum_epoch(asker, it, cx),
            Request::Fetch(it) => self.on_fetch(asker, it, cx),
            Request::FetchSnapshot(it) => self.on_fetch_snapshot(asker, it, cx),
            Request::DescribeQuorum => self.on_describe_quorum(asker, cx),
            Request::AddVoter(it) => self.on_add_voter(asker, it, cx),
            Request::RemoveVoter(it) => self.on_remove_voter(asker, it, cx),
            Request::UpdateVoter(it) => self.on_update_voter(asker, it, cx),
            Request::ApiVersions => {
                let kraft_versions = Some(self.identity.kraft_versions);
                self.answer(asker, Response::ApiVersions { error: ErrorCode::None, kraft_versions }, cx);
            }
        }
    }

    fn refuse_cluster_id(&self, cluster_id: Option<&str>, request: &Request) -> Response {
        let error = ErrorCode::InconsistentClusterId;
        let (given, own) = (cluster_id.unwrap_or_default(), &self.identity.cluster_id);
        let text = format!("The given id \"{given}\" doesn't match the cluster id \"{own}\"");
        let told = || VoterChangeAnswer::refused(error, text.clone());
        match request {
            Request::AddVoter(_) => Response::AddVoter(told()),
            Request::RemoveVoter(_) => Response::RemoveVoter(told()),
            Request::UpdateVoter(_) => Response::UpdateVoter { error, current: self.current_leader() },
            _ => Response::Refused(error),
        }
    }

    /// The answer to a request that was sent.
    pub fn on_response(&mut self, peer: PeerId, correlation: Correlation, response: Response, cx: &mut Context<'_>) {
        if self.halted {
            return;
        }
        let Some(purpose) = self.peers.take(peer, correlation) else { return };
        if self.take_response(peer, purpose, correlation, response, cx) {
            self.peers.succeeded(peer);
        } else {
            self.back_off(peer, cx);
        }
        self.after(cx);
    }

    /// A request that was sent has no answer.
    pub fn on_request_failed(
        &mut self,
        peer: PeerId,
        correlation: Correlation,
        why: RequestFailure,
        cx: &mut Context<'_>,
    ) {
        if self.halted {
            return;
        }
        self.take_failure(peer, correlation, why, cx);
        self.after(cx);
    }

    fn take_failure(&mut self, peer: PeerId, correlation: Correlation, why: RequestFailure, cx: &mut Context<'_>) {
        let Some(purpose) = self.peers.take(peer, correlation) else { return };
        self.back_off(peer, cx);
        match purpose {
            Purpose::ApiVersions => self.on_versions_failed(peer, correlation, cx),
            // A port that answers with nobody behind it is a leader that died. Pre-vote keeps a wrong guess harmless.
            // A mere silence waits for the fetch timeout.
            Purpose::Fetch | Purpose::FetchSnapshot if why == RequestFailure::Refused => {
                let is_leader = matches!(&self.role, Role::Follower(it) if PeerId::Node(it.leader) == peer);
                if is_leader && self.may_stand() && self.shutdown == Shutdown::None {
                    self.become_prospective(0, cx);
                }
            }
            _ => {}
        }
    }

    /// The sync of the log is done.
    pub fn on_synced(&mut self, cx: &mut Context<'_>) {
        if self.halted {
            return;
        }
        if let Some((end, changes, _)) = self.disk.syncing.take() {
            self.disk.synced = self.disk.synced.max(end);
            self.disk.synced_changes = changes;
            self.advance_leader_high_watermark(cx);
        }
        self.after(cx);
    }

    /// The election state that was asked for last is durable.
    pub fn on_election_state_written(&mut self, cx: &mut Context<'_>) {
        if self.halted {
            return;
        }
        if let Some((version, _)) = self.election.writing.take() {
            self.election.durable = version;
        }
        while let Some((_, message)) = self.election.held.pop_front_if(|it| it.0 <= self.election.durable) {
            // A request that was given up while the disk was slow is not sent any more.
            let is_given_up = matches!(&message, Output::Send { peer, correlation, .. }
                if !self.peers.is_waiting(*peer, *correlation));
            if !is_given_up {
                cx.out.push(message);
            }
        }
        self.after(cx);
    }

    /// The bytes of a read; none where they are gone, as a snapshot may be, or a log's prefix.
    pub fn on_read(&mut self, read: ReadId, bytes: Option<bytes::Bytes>, cx: &mut Context<'_>) {
        if self.halted {
            return;
        }
        self.take_read(read, bytes, cx);
        self.after(cx);
    }

    /// A file operation failed.
    pub fn on_storage_failed(&mut self, cx: &mut Context<'_>) {
        self.halt(HaltReason::Storage, cx);
    }

    /// Time passed.
    pub fn on_wake(&mut self, cx: &mut Context<'_>) {
        if self.halted {
            return;
        }
        for (peer, correlation) in self.peers.overdue(cx.now.mono) {
            self.take_failure(peer, correlation, RequestFailure::TimedOut, cx);
        }
        self.after(cx);
    }

    /// Whoever made a snapshot of the committed records before `id.end_offset` has finished it.
    pub fn on_snapshot_made(&mut self, id: super::SnapshotId, cx: &mut Context<'_>) {
        assert!(id.end_offset <= self.high_watermark, "a snapshot has committed records only");
        self.voters.forget_before(id.end_offset);
        cx.out.push(Output::PrefixMayGo(id.end_offset));
    }

    /// Gives the leadership of `epoch` up, if this replica has it.
    pub fn resign(&mut self, epoch: LeaderEpoch, cx: &mut Context<'_>) {
        if !self.halted && self.is_leader() && self.epoch == epoch {
            self.become_resigned(cx);
            self.after(cx);
        }
    }

    /// Hands the leadership on and stands for no election any more. [`Output::ShutDown`] follows, at `until` at the
    /// latest.
    pub fn shutdown(&mut self, until: Instant, cx: &mut Context<'_>) {
        if !self.halted && self.shutdown == Shutdown::None {
            self.shutdown = Shutdown::Until(until);
            self.after(cx);
        }
    }

    fn after(&mut self, cx: &mut Context<'_>) {
        // A role lasts for one look at least; more than a few changes at one instant would be a loop.
        for _ in 0..8 {
            let before = (self.epoch, core::mem::discriminant(&self.role));
            self.poll_role(cx);
            if self.halted || before == (self.epoch, core::mem::discriminant(&self.role)) {
                break;
            }
        }
        if self.halted {
            return;
        }
        self.poll_shutdown(cx);
        self.sync_log(cx);
        self.write_election_state(cx);
        let leader = (self.leader(), self.epoch);
        if leader != self.announced {
            self.announced = leader;
            cx.out.push(Output::LeaderChanged { leader: leader.0, epoch: leader.1 });
        }
    }

    fn poll_role(&mut self, cx: &mut Context<'_>) {
        match &self.role {
            Role::Unattached(_) => self.poll_unattached(cx),
            Role::Prospective(_) => self.poll_prospective(cx),
            Role::Candidate(_) => self.poll_candidate(cx),
            Role::Leader(_) => self.poll_leader(cx),
            Role::Follower(_) => self.poll_follower(cx),
            Role::Resigned(_) => self.poll_resigned(cx),
        }
    }

    fn poll_shutdown(&mut self, cx: &mut Context<'_>) {
        let Shutdown::Until(until) = self.shutdown else { return };
        let is_only = self.is_voter() && self.voters.latest().len() == 1;
        let has_other_leader = self.leader().is_some_and(|it| it != self.identity.key.id);
        if cx.now.mono >= until || !self.is_voter() || is_only || has_other_leader {
            self.shutdown = Shutdown::Done;
            cx.out.push(Output::ShutDown);
        }
    }

    /// Whether the replica takes part in elections of its own.
    pub(super) fn is_running(&self) -> bool {
        self.shutdown == Shutdown::None
    }

    /// One sync is under way at a time; what is appended meanwhile is for the next one.
    fn sync_log(&mut self, cx: &mut Context<'_>) {
        if !self.disk.is_synced() && self.disk.syncing.is_none() {
            self.disk.syncing = Some((cx.log.end().offset, self.disk.changes, cx.now.mono));
            cx.out.push(Output::SyncLog);
        }
    }

    fn write_election_state(&mut self, cx: &mut Context<'_>) {
        let state = self.election_state();
        if state != self.election.latest {
            assert!(state.epoch >= self.election.latest.epoch, "epochs never fall");
            self.election.latest = state;
            self.election.version += 1;
        }
        if self.election.durable < self.election.version && self.election.writing.is_none() {
            self.election.writing = Some((self.election.version, cx.now.mono));
            let version = if self.voters.kraft_version() > 0 { DataVersion::V1 } else { DataVersion::V0 };
            cx.out.push(Output::WriteElectionState(self.election.latest.clone(), version));
        }
    }

    fn election_state(&self) -> ElectionState {
        let static_voters = self.voters.latest().iter().filter(|_| self.voters.kraft_version() == 0);
        let voters = static_voters.map(|it| it.key.id).collect();
        ElectionState { epoch: self.epoch, leader: self.leader(), voted: self.voted(), voters }
    }

    /// Whether the election state that the replica is in is durable.
    pub(super) fn is_election_durable(&self) -> bool {
        self.election.durable == self.election.version && self.election.latest == self.election_state()
    }

    /// Since when the disk has been at the sync, or at the write of the election state, that is under way.
    fn disk_busy_since(&self) -> Option<Instant> {
        self.disk.syncing.map(|it| it.2).into_iter().chain(self.election.writing.map(|it| it.1)).min()
    }

    /// When a leader takes its own disk for hung.
    pub(super) fn hang_at(&self) -> Option<Instant> {
        self.disk_busy_since().map(|since| since + self.config.fetch_timeout)
    }

    /// Sends a message, or holds it until the election state that it shows is durable.
    fn emit(&mut self, message: Output, cx: &mut Context<'_>) {
        // The state may have changed within this call.
        let version = self.election.version + u64::from(self.election_state() != self.election.latest);
        if version <= self.election.durable {
            cx.out.push(message);
        } else {
            self.election.held.push_back((version, message));
        }
    }

    pub(super) fn answer(&mut self, asker: Asker, response: Response, cx: &mut Context<'_>) {
        self.emit(Output::Answer { asker, response }, cx);
    }

    /// Sends a request, if the peer is ready for one.
    pub(super) fn send(
        &mut self,
        peer: PeerId,
        endpoint: Option<Endpoint>,
        purpose: Purpose,
        request: Request,
        cx: &mut Context<'_>,
    ) -> Option<Correlation> {
        let endpoint = endpoint?;
        if !self.peers.is_ready(peer, cx.now.mono) {
            return None;
        }
        let correlation = self.peers.send(peer, purpose, cx.now.mono + self.config.request_timeout);
        self.emit(Output::Send { peer, endpoint, correlation, request }, cx);
        Some(correlation)
    }

    pub(super) fn back_off(&mut self, peer: PeerId, cx: &mut Context<'_>) {
        let subject = match peer {
            PeerId::Node(id) => id.0 as u64,
            PeerId::Bootstrap(at) => u64::from(u16::MAX) + 1 + u64::from(at),
        };
        let jitter = cx.draws.below(Site::QuorumRetryBackoff, subject, 40) as u32;
        let (base, most) = (self.config.retry_backoff, self.config.request_timeout);
        self.peers.failed(peer, cx.now.mono, base, most, jitter);
    }

    pub(super) fn next_read(&mut self) -> ReadId {
        self.reads += 1;
        ReadId(self.reads)
    }

    pub(super) fn halt(&mut self, reason: HaltReason, cx: &mut Context<'_>) {
        if !self.halted {
            self.halted = true;
            cx.out.push(Output::Halt(reason));
        }
    }

    /// Whether the log did what it was told; the replica halts where it did not.
    pub(super) fn is_written(&mut self, result: Result<(), LogFailed>, cx: &mut Context<'_>) -> bool {
        if result.is_err() {
            self.halt(HaltReason::Storage, cx);
        }
        result.is_ok()
    }

    pub(super) fn is_halted(&self) -> bool {
        self.halted
    }

    /// Whether this replica stands for election: a voter does, and so does one whose removal may not be committed. The
    /// others may need it: a leader that crashed while it removed itself has the longest log, so nobody else can win,
    /// and it votes for nobody (Ongaro's dissertation, section 4.2.2; Kafka lets such a quorum wait). Pre-vote and the
    /// comparison of logs keep a replica that was removed long ago from being elected.
    pub(super) fn may_stand(&self) -> bool {
        let is_uncommitted = self.voters.latest_offset().is_some_and(|it| it >= self.high_watermark);
        self.is_voter() || is_uncommitted && self.voters.previous().has(self.identity.key)
    }

    pub(super) fn voted(&self) -> Option<ReplicaKey> {
        match &self.role {
            Role::Unattached(it) => it.voted,
            Role::Prospective(it) => it.voted,
            Role::Candidate(_) => Some(self.identity.key),
            Role::Follower(it) => it.voted,
            Role::Leader(_) | Role::Resigned(_) => None,
        }
    }

    /// This replica's entry among the voters, under which votes and offsets are counted.
    pub(super) fn own_voter_key(&self) -> ReplicaKey {
        self.voters.latest().get(self.identity.key).map_or(self.identity.key, |it| it.key)
    }

    pub(super) fn own_voter(&self) -> Voter {
        Voter {
            key: self.identity.key,
            endpoints: self.identity.endpoints.clone(),
            kraft_versions: self.identity.kraft_versions,
        }
    }

    pub(super) fn endpoints_of(&self, id: NodeId) -> Endpoints {
        self.voters.latest().with_id(id).map(|it| it.endpoints.clone()).unwrap_or_default()
    }

    /// Where a voter listens for controllers.
    pub(super) fn endpoint_of(&self, id: NodeId) -> Option<Endpoint> {
        self.voters.latest().with_id(id)?.endpoints.get(&self.identity.listener).cloned()
    }

    /// Who leads, as answers say it.
    pub(super) fn current_leader(&self) -> CurrentLeader {
        let endpoints = match &self.role {
            Role::Leader(_) | Role::Resigned(_) => self.identity.endpoints.clone(),
            Role::Follower(it) => it.endpoints.clone(),
            Role::Prospective(it) => it.leader.as_ref().map(|it| it.1.clone()).unwrap_or_default(),
            Role::Unattached(_) | Role::Candidate(_) => Endpoints::new(),
        };
        CurrentLeader { leader: self.leader(), epoch: self.epoch, endpoints }
    }

    /// Why a request that only the leader of `epoch` takes is refused here.
    pub(super) fn refuse_as_leader(&self, epoch: LeaderEpoch) -> Option<ErrorCode> {
        if epoch < self.epoch {
            Some(ErrorCode::FencedLeaderEpoch)
        } else if epoch > self.epoch {
            Some(ErrorCode::UnknownLeaderEpoch)
        } else if !self.is_leader() {
            Some(ErrorCode::NotLeaderOrFollower)
        } else if !self.is_running() {
            Some(ErrorCode::BrokerNotAvailable)
        } else {
            None
        }
    }

    /// One to two times the election timeout.
    pub(super) fn draw_election_timeout(&self, cx: &mut Context<'_>) -> Duration {
        let base = self.config.election_timeout.as_millis() as u64;
        let subject = u64::from(self.epoch.0 as u32);
        Duration::from_millis(base + cx.draws.below(Site::QuorumElectionTimeout, subject, base.max(1)))
    }

    /// The end of the log, as it stands in memory.
    pub(super) fn log_end(&self, cx: &Context<'_>) -> LogEnd {
        cx.log.end()
    }
}

impl ChangeStage {
    /// The answer to whoever asked for the change.
    pub(super) fn answer(&self, answer: VoterChangeAnswer) -> Response {
        match self {
            ChangeStage::AskingVersions { .. } | ChangeStage::Adding(_) => Response::AddVoter(answer),
            ChangeStage::Removing(_) => Response::RemoveVoter(answer),
        }
    }
}
