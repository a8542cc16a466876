//! From one role to the next: the room's header has the table.
//!
//! **In Kafka**: `QuorumState`.

use super::ballot::Ballot;
use super::leader::Leader;
use super::message::VoterChangeAnswer;
use super::output::{Context, Output};
use super::replica::Quorum;
use super::role::{Candidate, Follower, Prospective, Resigned, Role, Unattached};
use super::{Endpoints, ReplicaKey};
use crate::types::{ErrorCode, Instant, LeaderEpoch, NodeId};

impl Quorum {
    /// Takes a role, in this epoch or in a later one. Whatever the role before had promised is answered.
    pub(super) fn take_role(&mut self, epoch: LeaderEpoch, role: Role, cx: &mut Context<'_>) {
        assert!(epoch >= self.epoch, "epochs never fall");
        if epoch > self.epoch {
            self.peers.reset();
        } else {
            // Back-offs outlast the role: a voter that is refused by its leader again and again must not spin.
            self.peers.forget_requests();
        }
        let led = self.epoch;
        self.epoch = epoch;
        if let Role::Leader(leader) = core::mem::replace(&mut self.role, role) {
            self.leave_leadership(led, *leader, cx);
        }
    }

    fn leave_leadership(&mut self, led: LeaderEpoch, leader: Leader, cx: &mut Context<'_>) {
        for parked in leader.parked {
            let refused = self.refuse_fetch(ErrorCode::NotLeaderOrFollower, cx);
            self.answer(parked.asker, refused, cx);
        }
        for read in leader.reads.into_values() {
            self.refuse_read(read, cx);
        }
        if let Some(change) = leader.change
            && let Some(asker) = change.asker
        {
            let gone = VoterChangeAnswer::bare(ErrorCode::NotLeaderOrFollower);
            self.answer(asker, change.stage.answer(gone), cx);
        }
        cx.out.push(Output::LeadershipLost { epoch: led });
    }

    pub(super) fn follower(
        &self,
        leader: NodeId,
        endpoints: Endpoints,
        voted: Option<ReplicaKey>,
        now: Instant,
    ) -> Role {
        Role::Follower(Follower {
            leader,
            endpoints,
            voted,
            until: now + self.config.fetch_timeout,
            has_fetched: false,
            snapshot: None,
            update_voter_at: now + self.config.fetch_timeout,
        })
    }

    /// Follows `leader`, or remembers it where its listeners are unknown. A vote of the same epoch is kept.
    pub(super) fn become_follower(
        &mut self,
        epoch: LeaderEpoch,
        leader: NodeId,
        endpoints: Endpoints,
        cx: &mut Context<'_>,
    ) {
        let voted = if epoch == self.epoch { self.voted() } else { None };
        let endpoints = if endpoints.is_empty() { self.endpoints_of(leader) } else { endpoints };
        let role = if endpoints.contains_key(&self.identity.listener) {
            self.follower(leader, endpoints, voted, cx.now.mono)
        } else {
            let until = cx.now.mono + self.draw_election_timeout(cx);
            Role::Unattached(Unattached { voted, leader: Some(leader), until })
        };
        self.take_role(epoch, role, cx);
    }

    /// Leaves for a later epoch whose leader is unknown. The wait for an election goes on where there was one, so that
    /// requests of candidates that cannot win do not keep others from standing.
    pub(super) fn become_unattached(&mut self, epoch: LeaderEpoch, cx: &mut Context<'_>) {
        assert!(epoch > self.epoch, "within an epoch a vote and a leader stay known");
        let fresh = cx.now.mono + self.draw_election_timeout(cx);
        let until = match &self.role {
            Role::Unattached(it) => it.until.min(fresh),
            Role::Follower(it) => it.until.min(fresh),
            Role::Prospective(Prospective { until, .. }) | Role::Candidate(Candidate { until, .. }) => {
                fresh.min(*until)
            }
            Role::Leader(_) | Role::Resigned(_) => fresh,
        };
        // An election that is due this very moment would meet the candidate whose request brought the epoch.
        let until = if until <= cx.now.mono { fresh } else { until };
        self.take_role(epoch, Role::Unattached(Unattached { voted: None, leader: None, until }), cx);
    }

    /// KIP-996: asks for pre-votes; epoch and vote stay as they are.
    pub(super) fn become_prospective(&mut self, lost: u32, cx: &mut Context<'_>) {
        assert!(self.may_stand(), "observers do not stand for election");
        let leader = match &self.role {
            Role::Follower(it) => Some((it.leader, it.endpoints.clone())),
            Role::Unattached(it) => it.leader.map(|leader| (leader, Endpoints::new())),
            Role::Prospective(it) => it.leader.clone(),
            Role::Candidate(_) | Role::Leader(_) | Role::Resigned(_) => None,
        };
        let mut ballot = Ballot::new(self.voters.latest());
        ballot.record(self.own_voter_key(), true);
        let until = cx.now.mono + self.draw_election_timeout(cx);
        let role = Prospective { voted: self.voted(), leader, ballot, until, lost };
        self.take_role(self.epoch, Role::Prospective(role), cx);
    }

    pub(super) fn become_candidate(&mut self, lost: u32, cx: &mut Context<'_>) {
        let ballot = Ballot::new(self.voters.latest());
        let until = cx.now.mono + self.draw_election_timeout(cx);
        let epoch = LeaderEpoch(self.epoch.0.checked_add(1).expect("epochs stay below 2^31"));
        self.take_role(epoch, Role::Candidate(Candidate { ballot, until, is_lost: false, lost }), cx);
    }

    pub(super) fn become_leader(&mut self, cx: &mut Context<'_>) {
        let Role::Candidate(candidate) = &self.role else { panic!("only a candidate wins an election") };
        let granting = candidate.ballot.granting();
        let start = cx.log.end().offset;
        let leader = Leader::new(start, cx.now.mono, &self.config);
        self.take_role(self.epoch, Role::Leader(Box::new(leader)), cx);
        cx.out.push(Output::LeadershipGained { epoch: self.epoch, start });
        self.append_start_of_epoch(&granting, cx);
    }

    pub(super) fn become_resigned(&mut self, cx: &mut Context<'_>) {
        let Role::Leader(leader) = &self.role else { panic!("only a leader resigns") };
        let preferred = leader.successors(self.identity.key, self.voters.latest());
        let until = cx.now.mono + self.draw_election_timeout(cx);
        let unacknowledged = preferred.iter().copied().collect();
        self.take_role(self.epoch, Role::Resigned(Resigned { unacknowledged, preferred, until }), cx);
    }
}
