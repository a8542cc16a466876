//! Elections: votes and pre-votes, the beginning and the end of a leadership, and what each role does as time passes.
//!
//! **In Kafka**: `KafkaRaftClient` (`handleVoteRequest`, `pollCandidate` and their likes), `EpochState.canGrantVote`;
//! KIP-595, KIP-996.

use super::message::{BeginQuorumEpoch, CurrentLeader, EndQuorumEpoch, Request, Response, Vote};
use super::output::{Context, Correlation, PeerId};
use super::peers::Purpose;
use super::replica::Quorum;
use super::role::{Role, Unattached};
use super::{Endpoints, ReplicaKey};
use crate::io::{Asker, Site};
use crate::types::{ErrorCode, LeaderEpoch, NodeId, Offset};
use core::time::Duration;

/// The unit of the wait after a lost election.
const ELECTION_BACKOFF_BASE_MS: u64 = 100;

/// What an answer means before its own fields are looked at.
pub(super) enum Common {
    /// Nothing more is to be done; the peer answered as it should, or not.
    Done(bool),
    /// The answer is of this epoch; its own fields count.
    Look,
}

impl Quorum {
    pub(super) fn on_vote(&mut self, asker: Asker, vote: Vote, cx: &mut Context<'_>) {
        let (error, granted) = self.judge_vote(&vote, cx);
        let current = self.current_leader();
        self.answer(asker, Response::Vote { error, current, granted }, cx);
    }

    fn judge_vote(&mut self, vote: &Vote, cx: &mut Context<'_>) -> (ErrorCode, bool) {
        // A candidate is in an epoch behind its log's; one that asks for pre-votes may be in the log's last one.
        let is_behind_log =
            if vote.pre_vote { vote.log_end.epoch > vote.epoch } else { vote.log_end.epoch >= vote.epoch };
        let is_number = vote.log_end.offset >= Offset::ZERO && vote.log_end.epoch >= LeaderEpoch(0);
        if is_behind_log || !is_number || !is_credible(vote.epoch) || vote.candidate.id == self.identity.key.id {
            return (ErrorCode::InvalidRequest, false);
        }
        if vote.epoch < self.epoch {
            return (ErrorCode::FencedLeaderEpoch, false);
        }
        if vote.epoch > self.epoch {
            self.become_unattached(vote.epoch, cx);
        }
        // KIP-853: a voter that was wiped is somebody else, and has no vote.
        if vote.voter.is_some_and(|it| !self.is_named(it)) {
            return (ErrorCode::InvalidVoterKey, false);
        }
        let granted = self.can_grant(vote, vote.log_end >= self.log_end(cx));
        if granted && !vote.pre_vote {
            self.note_vote(vote.candidate, cx);
        }
        (ErrorCode::None, granted)
    }

    /// Whether `key` means this replica. Who names no directory knows the replica by its id.
    fn is_named(&self, key: ReplicaKey) -> bool {
        let own = self.identity.key;
        key.id == own.id && (key.directory_id.is_none() || key.directory_id == own.directory_id)
    }

    fn can_grant(&self, vote: &Vote, is_up_to_date: bool) -> bool {
        match &self.role {
            // KIP-996: a voter that has fetched from its leader denies that the leader is gone.
            Role::Follower(it) => vote.pre_vote && is_up_to_date && !it.has_fetched,
            Role::Leader(_) => false,
            Role::Candidate(_) | Role::Resigned(_) => vote.pre_vote && is_up_to_date,
            Role::Unattached(Unattached { voted, leader, .. }) => grants(vote, is_up_to_date, *voted, leader.is_some()),
            Role::Prospective(it) => grants(vote, is_up_to_date, it.voted, it.leader.is_some()),
        }
    }

    /// The vote binds once it is durable; the answer waits for that.
    fn note_vote(&mut self, candidate: ReplicaKey, cx: &mut Context<'_>) {
        let fresh = cx.now.mono + self.draw_election_timeout(cx);
        match &mut self.role {
            Role::Unattached(it) => {
                it.voted = Some(candidate);
                it.until = fresh;
            }
            Role::Prospective(it) => it.voted = Some(candidate),
            Role::Candidate(_) | Role::Leader(_) | Role::Follower(_) | Role::Resigned(_) => {
                panic!("this role grants no vote")
            }
        }
    }

    pub(super) fn on_begin_quorum_epoch(&mut self, asker: Asker, begin: BeginQuorumEpoch, cx: &mut Context<'_>) {
        let mut error = self.follow_leader(begin.leader, begin.epoch, begin.endpoints, cx);
        // A voter by another directory follows, and says that it is not the voter that was meant (KIP-853).
        if error == ErrorCode::None && begin.voter.is_some_and(|it| !self.is_named(it)) {
            error = ErrorCode::InvalidVoterKey;
        }
        let current = self.current_leader();
        self.answer(asker, Response::BeginQuorumEpoch { error, current }, cx);
    }

    pub(super) fn on_end_quorum_epoch(&mut self, asker: Asker, end: EndQuorumEpoch, cx: &mut Context<'_>) {
        let error = self.follow_leader(end.leader, end.epoch, end.endpoints, cx);
        let wait = self.successor_wait(&end.preferred);
        if let Role::Follower(it) = &mut self.role
            && error == ErrorCode::None
        {
            it.until = cx.now.mono + wait;
            // The leader itself said that it is gone.
            it.has_fetched = false;
        }
        let current = self.current_leader();
        self.answer(asker, Response::EndQuorumEpoch { error, current }, cx);
    }

    /// The first of the preferred successors stands at once, each later one after twice the wait of the one before, and
    /// whoever is not named after the longest wait.
    fn successor_wait(&self, preferred: &[ReplicaKey]) -> Duration {
        let most = self.config.election_backoff_max;
        match preferred.iter().position(|it| self.is_named(*it)) {
            Some(0) => Duration::ZERO,
            Some(at) => {
                let base = most / 2u32.saturating_pow(preferred.len().min(20) as u32 - 1);
                base.saturating_mul(2u32.saturating_pow(at.min(20) as u32 - 1)).min(most)
            }
            None => most,
        }
    }

    /// Takes the word of a leader. Two leaders in one epoch cannot be: whoever comes second is refused.
    fn follow_leader(
        &mut self,
        leader: NodeId,
        epoch: LeaderEpoch,
        endpoints: Endpoints,
        cx: &mut Context<'_>,
    ) -> ErrorCode {
        if epoch < self.epoch {
            return ErrorCode::FencedLeaderEpoch;
        }
        if !is_credible(epoch) || !self.is_consistent(epoch, leader) {
            return ErrorCode::InvalidRequest;
        }
        self.note_leader(Some(leader), epoch, endpoints, cx);
        ErrorCode::None
    }

    fn is_consistent(&self, epoch: LeaderEpoch, leader: NodeId) -> bool {
        leader != self.identity.key.id && (epoch != self.epoch || self.leader().is_none_or(|it| it == leader))
    }

    /// Follows whoever leads a later epoch, or this one where nobody was known to or its listeners were not.
    fn note_leader(&mut self, leader: Option<NodeId>, epoch: LeaderEpoch, endpoints: Endpoints, cx: &mut Context<'_>) {
        match leader {
            Some(leader) if epoch > self.epoch => self.become_follower(epoch, leader, endpoints, cx),
            Some(leader) => {
                let endpoints = if endpoints.is_empty() { self.endpoints_of(leader) } else { endpoints };
                let has_news = match &self.role {
                    Role::Follower(it) => endpoints.len() > it.endpoints.len(),
                    Role::Unattached(it) => it.leader.is_none() || !endpoints.is_empty(),
                    Role::Prospective(_) | Role::Candidate(_) => true,
                    Role::Leader(_) | Role::Resigned(_) => false,
                };
                if has_news {
                    self.become_follower(epoch, leader, endpoints, cx);
                }
            }
            None if epoch > self.epoch => self.become_unattached(epoch, cx),
            None => {}
        }
    }

    pub(super) fn take_response(
        &mut self,
        peer: PeerId,
        purpose: Purpose,
        correlation: Correlation,
        response: Response,
        cx: &mut Context<'_>,
    ) -> bool {
        match (purpose, response) {
            // KIP-996: a voter that is too old to know pre-votes does not stand in the way of an election.
            (Purpose::PreVote, Response::Refused(ErrorCode::UnsupportedVersion)) => self.on_ballot(peer, true),
            (Purpose::PreVote | Purpose::Vote, Response::Vote { error, current, granted }) => {
                match self.take_common(error, current, cx) {
                    Common::Done(handled) => handled,
                    // Somebody else lives where the voter did: it has no vote to give.
                    Common::Look if error == ErrorCode::InvalidVoterKey => self.on_ballot(peer, false),
                    Common::Look if error != ErrorCode::None => false,
                    Common::Look => self.on_ballot(peer, granted),
                }
            }
            (Purpose::BeginQuorumEpoch, Response::BeginQuorumEpoch { error, current }) => {
                match self.take_common(error, current, cx) {
                    Common::Done(handled) => handled,
                    Common::Look => error == ErrorCode::None,
                }
            }
            (Purpose::EndQuorumEpoch, Response::EndQuorumEpoch { error, current }) => {
                match self.take_common(error, current, cx) {
                    Common::Done(handled) => handled,
                    Common::Look => {
                        if let Role::Resigned(it) = &mut self.role {
                            it.unacknowledged.retain(|key| PeerId::Node(key.id) != peer);
                        }
                        error == ErrorCode::None
                    }
                }
            }
            (Purpose::Fetch, Response::Fetch { error, current, high_watermark, fetched, .. }) => {
                match self.take_common(error, current, cx) {
                    Common::Done(handled) => handled,
                    Common::Look => error == ErrorCode::None && self.on_fetched(fetched, high_watermark, cx),
                }
            }
            (Purpose::FetchSnapshot, Response::FetchSnapshot { error, current, chunk }) => {
                match self.take_common(error, current, cx) {
                    Common::Done(handled) => handled,
                    Common::Look => self.on_snapshot_chunk(error, chunk, cx),
                }
            }
            (Purpose::VoterChange, Response::UpdateVoter { error, current }) => {
                match self.take_common(error, current, cx) {
                    Common::Done(handled) => handled,
                    Common::Look => error == ErrorCode::None,
                }
            }
            (Purpose::VoterChange, Response::AddVoter(it) | Response::RemoveVoter(it)) => it.error == ErrorCode::None,
            (Purpose::ApiVersions, Response::ApiVersions { error, kraft_versions }) => {
                self.on_versions(peer, correlation, error, kraft_versions, cx)
            }
            (Purpose::ApiVersions, _) => {
                self.on_versions_failed(peer, correlation, cx);
                false
            }
            _ => false,
        }
    }

    /// What every answer says: who leads, in which epoch.
    fn take_common(&mut self, error: ErrorCode, current: CurrentLeader, cx: &mut Context<'_>) -> Common {
        let CurrentLeader { leader, epoch, endpoints } = current;
        if !is_credible(epoch) {
            return Common::Done(false);
        }
        if epoch < self.epoch || error == ErrorCode::UnknownLeaderEpoch {
            // The peer is behind; it learns the epoch by other ways. A leader that is behind is not worth a hot loop.
            return Common::Done(error != ErrorCode::UnknownLeaderEpoch);
        }
        if leader.is_some_and(|it| epoch > self.epoch && it == self.identity.key.id) {
            // Somebody takes this replica for the leader of an epoch that it never saw. That cannot be, because epochs
            // are durable before they are shown. The epoch counts, the leader does not.
            self.become_unattached(epoch, cx);
            return Common::Done(false);
        }
        if leader.is_some_and(|it| it != self.identity.key.id && !self.is_consistent(epoch, it)) {
            return Common::Done(false);
        }
        // A replica that knows the leader's id alone may learn its listeners.
        let lacks_leader = self.leader().is_none() || matches!(self.role, Role::Unattached(_));
        let is_news = epoch > self.epoch || leader.is_some() && lacks_leader;
        if is_news || matches!(error, ErrorCode::FencedLeaderEpoch | ErrorCode::NotLeaderOrFollower) {
            let changed = (self.epoch, self.leader());
            self.note_leader(leader.filter(|it| *it != self.identity.key.id), epoch, endpoints, cx);
            // Where the answer changed nothing, the peer has no better word than that it does not lead.
            return Common::Done(error == ErrorCode::None || changed != (self.epoch, self.leader()));
        }
        Common::Look
    }

    /// Counts an answer. The request was this role's own: what another role asked for is forgotten with it.
    fn on_ballot(&mut self, peer: PeerId, granted: bool) -> bool {
        let key = self.voter_key_of(peer);
        let ballot = match &mut self.role {
            Role::Prospective(it) => Some(&mut it.ballot),
            Role::Candidate(it) => Some(&mut it.ballot),
            Role::Unattached(_) | Role::Follower(_) | Role::Leader(_) | Role::Resigned(_) => None,
        };
        if let (Some(ballot), Some(key)) = (ballot, key) {
            ballot.record(key, granted);
        }
        true
    }

    /// The voter that a peer is. Requests for votes name the voter's directory, so whoever answers NONE is that voter.
    fn voter_key_of(&self, peer: PeerId) -> Option<ReplicaKey> {
        match peer {
            PeerId::Node(id) => self.voters.latest().with_id(id).map(|it| it.key),
            PeerId::Bootstrap(_) => None,
        }
    }

    pub(super) fn poll_unattached(&mut self, cx: &mut Context<'_>) {
        let Role::Unattached(it) = &self.role else { return };
        let is_only = self.voters.latest().len() == 1 && self.is_voter();
        if self.may_stand() && self.is_running() && (it.until <= cx.now.mono || is_only) {
            self.become_prospective(0, cx);
        } else {
            self.fetch_from_bootstrap(cx);
        }
    }

    pub(super) fn poll_prospective(&mut self, cx: &mut Context<'_>) {
        if !self.may_stand() {
            // A truncation took this replica's place among the voters away.
            return self.give_up_pre_vote(cx);
        }
        let Role::Prospective(it) = &self.role else { return };
        let lost = it.lost;
        if it.ballot.is_won() && self.is_running() {
            self.become_candidate(lost, cx);
        } else if it.ballot.is_lost() || it.until <= cx.now.mono {
            self.give_up_pre_vote(cx);
        } else {
            let unanswered = it.ballot.unanswered();
            self.ask_for_votes(&unanswered, true, cx);
        }
    }

    /// KIP-996: without a majority of pre-votes the replica goes back to the leader that it knew, if it knew one.
    fn give_up_pre_vote(&mut self, cx: &mut Context<'_>) {
        let Role::Prospective(it) = &self.role else { return };
        let voted = it.voted;
        let leader = it.leader.clone();
        let endpoints = leader.as_ref().map(|it| it.1.clone()).unwrap_or_default();
        let role = match leader {
            Some((leader, _)) if endpoints.contains_key(&self.identity.listener) => {
                self.follower(leader, endpoints, voted, cx.now.mono)
            }
            leader => {
                let until = cx.now.mono + self.draw_election_timeout(cx);
                Role::Unattached(Unattached { voted, leader: leader.map(|it| it.0), until })
            }
        };
        self.take_role(self.epoch, role, cx);
    }

    pub(super) fn poll_candidate(&mut self, cx: &mut Context<'_>) {
        // A candidate's own vote counts like any other: when it is durable.
        let own = self.is_election_durable().then(|| self.own_voter_key());
        let backoff = self.draw_election_backoff(cx);
        let may_stand = self.may_stand();
        let Role::Candidate(it) = &mut self.role else { return };
        if let Some(own) = own {
            it.ballot.record(own, true);
        }
        if it.ballot.is_won() {
            return self.become_leader(cx);
        }
        if it.ballot.is_lost() && !it.is_lost {
            it.is_lost = true;
            it.until = it.until.min(cx.now.mono + backoff);
        }
        if it.until <= cx.now.mono {
            let lost = it.lost + 1;
            if may_stand && self.is_running() {
                self.become_prospective(lost, cx);
            } else if !may_stand {
                self.become_unattached(LeaderEpoch(self.epoch.0 + 1), cx);
            }
        } else if !it.is_lost {
            let unanswered = it.ballot.unanswered();
            self.ask_for_votes(&unanswered, false, cx);
        }
    }

    /// Twice as long after each lost election, up to `controller.quorum.election.backoff.max.ms`, and drawn.
    fn draw_election_backoff(&self, cx: &mut Context<'_>) -> Duration {
        let Role::Candidate(it) = &self.role else { return Duration::ZERO };
        if !it.ballot.is_lost() || it.is_lost {
            return Duration::ZERO;
        }
        let units = cx.draws.below(Site::QuorumElectionBackoff, u64::from(self.epoch.0 as u32), 2 << it.lost.min(20));
        Duration::from_millis(ELECTION_BACKOFF_BASE_MS * units).min(self.config.election_backoff_max)
    }

    fn ask_for_votes(&mut self, voters: &[ReplicaKey], pre_vote: bool, cx: &mut Context<'_>) {
        let purpose = if pre_vote { Purpose::PreVote } else { Purpose::Vote };
        let own = self.own_voter_key();
        for voter in voters.iter().filter(|it| **it != own) {
            let vote = Vote {
                epoch: self.epoch,
                candidate: self.identity.key,
                voter: Some(*voter),
                log_end: self.log_end(cx),
                pre_vote,
            };
            let endpoint = self.endpoint_of(voter.id);
            self.send(PeerId::Node(voter.id), endpoint, purpose, Request::Vote(vote), cx);
        }
    }

    pub(super) fn poll_resigned(&mut self, cx: &mut Context<'_>) {
        let Role::Resigned(it) = &self.role else { return };
        let is_only = self.voters.latest().len() == 1 && self.is_voter();
        if it.until <= cx.now.mono || is_only {
            if self.is_running() {
                // A later epoch, because this replica must not vote in the one that it led.
                self.become_unattached(LeaderEpoch(self.epoch.0 + 1), cx);
            }
            return;
        }
        let (unacknowledged, preferred) = (it.unacknowledged.clone(), it.preferred.clone());
        for key in unacknowledged {
            let end = EndQuorumEpoch {
                leader: self.identity.key.id,
                epoch: self.epoch,
                endpoints: self.identity.endpoints.clone(),
                preferred: preferred.clone(),
            };
            let endpoint = self.endpoint_of(key.id);
            self.send(PeerId::Node(key.id), endpoint, Purpose::EndQuorumEpoch, Request::EndQuorumEpoch(end), cx);
        }
    }
}

/// Whether a quorum can have come to an epoch by elections. A message must not push the epoch to where the next
/// election has no number.
fn is_credible(epoch: LeaderEpoch) -> bool {
    epoch.0 <= i32::MAX / 2
}

/// Whether a replica without a leader of its own grants a vote, or a pre-vote, which binds nobody.
fn grants(vote: &Vote, is_up_to_date: bool, voted: Option<ReplicaKey>, has_leader: bool) -> bool {
    if vote.pre_vote {
        return is_up_to_date;
    }
    match voted {
        // The answer to the first request may have been lost.
        Some(voted) => voted == vote.candidate,
        None => !has_leader && is_up_to_date,
    }
}
