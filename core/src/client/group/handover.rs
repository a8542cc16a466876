//! How a consumer's partitions are assigned and revoked, in polls and when the consumer closes. Offsets are committed
//! before their partitions are revoked.

use super::commits::{Cause, Verdict};
use super::news::{CommitId, CommitOffset, GroupNews, Joined, Ownership, PartitionName};
use super::reaction::Reaction;
use super::request::Asked;
use super::{GroupConsumer, Outputs};
use crate::client::cluster::Cluster;
use crate::client::output::Output;
use crate::io::Draws;
use crate::types::{ErrorCode, Instant, Now};
use std::collections::BTreeSet;
use std::sync::Arc;

/// A revocation of partitions that is under way. It must end before the member joins again.
#[derive(Clone, Debug)]
pub(super) struct Handover {
    /// When the revocation stops waiting for commits to be answered. The coordinator's rebalance timeout has passed by
    /// then too, so waiting longer would not keep the member in the group.
    pub(super) deadline: Instant,
}

/// Whether the consumer runs, is closing, or has ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Lifecycle {
    Running,
    /// An error has ended the membership for good.
    Failed,
    Closing {
        deadline: Instant,
        step: Closing,
    },
    Closed,
}

/// What a closing consumer waits for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Closing {
    Commits,
    /// LeaveGroup must still be sent.
    Leave,
    /// LeaveGroup was sent and is not answered yet.
    Left,
}

impl Lifecycle {
    pub(super) fn deadline(self) -> Option<Instant> {
        match self {
            Lifecycle::Closing { deadline, .. } => Some(deadline),
            Lifecycle::Running | Lifecycle::Failed | Lifecycle::Closed => None,
        }
    }
}

/// How partitions are assigned and revoked.
impl GroupConsumer {
    /// Takes the next step of a rebalance: applies a new assignment, gives up partitions, or begins to join.
    pub(super) fn rebalance(&mut self, now: Instant, out: &mut Outputs) {
        if let Some(partitions) = self.member.take_assignment() {
            self.apply(partitions, now, out);
        }
        if self.member.is_unjoined() {
            self.lose(now, out);
            if !self.topics.is_empty() {
                self.member.begin_join(now);
            }
        } else if self.member.is_stable() && (self.member.wants_rejoin() || self.handover.is_some()) {
            self.hand_over(now, out);
        }
    }

    fn apply(&mut self, partitions: BTreeSet<PartitionName>, now: Instant, out: &mut Outputs) {
        let identity = self.member.identity().clone();
        let generation = identity.generation.expect("an assignment belongs to a generation");
        let assignor = self.member.assignor().expect("a generation has a protocol");
        let is_leader = self.member.is_leader();
        let joined = Joined { generation, member_id: identity.id, is_leader, assignor };
        out.push(Output::News(GroupNews::Joined(Box::new(joined))));
        self.want_topics(now);
        if partitions.iter().any(|name| !self.topics.contains(&name.topic)) {
            // The assignment has a topic that the member does not subscribe to, perhaps because the leader used an
            // older subscription. As in Kafka, the member ignores the assignment and joins again.
            return self.member.want_rejoin();
        }
        let owned = self.owned.names();
        let added: BTreeSet<PartitionName> = partitions.difference(&owned).cloned().collect();
        let moving: BTreeSet<PartitionName> = owned.difference(&partitions).cloned().collect();
        self.owned.add(&added, generation);
        if !moving.is_empty() {
            // KIP-429: the leader assigns the revoked partitions to other members only after this member has joined
            // again without them.
            self.owned.begin_revoking(&moving);
            self.member.want_rejoin();
        }
        self.next_auto_commit = now.plus_ms(self.config.auto_commit_interval_ms);
        let partitions = added.into_iter().collect();
        out.push(Output::News(GroupNews::Assigned(Ownership { generation, at: now, partitions })));
    }

    /// Revokes the partitions that the member must give up before it joins again, and then begins to join. The user is
    /// told first, and commits are awaited, so this can take more than one poll.
    fn hand_over(&mut self, now: Instant, out: &mut Outputs) {
        match &self.handover {
            None => {
                let leaving = self.leaving();
                if !leaving.is_empty() {
                    self.owned.begin_revoking(&leaving);
                    self.tell(leaving.clone(), now, out, GroupNews::Revoking);
                }
                let deadline = now.plus_ms(i64::from(self.config.max_poll_interval_ms));
                let positions = self.owned.positions();
                let commits = self.config.auto_commit && !positions.is_empty();
                if commits {
                    self.begin_commit(Cause::Handover, positions, deadline);
                }
                // Without automatic commits, the handover waits for the next poll. Until then, the user can commit the
                // offsets of the partitions that are about to be revoked.
                let waits = commits || !self.commits.is_empty() || (!self.config.auto_commit && !leaving.is_empty());
                if waits {
                    self.handover = Some(Handover { deadline });
                    return;
                }
            }
            Some(handover) if !self.commits.is_empty() && now < handover.deadline => return,
            Some(_) => {}
        }
        self.handover = None;
        let leaving = self.leaving();
        if !leaving.is_empty() {
            self.tell(leaving.clone(), now, out, GroupNews::Revoked);
            self.owned.remove(&leaving);
        }
        self.member.begin_join(now);
    }

    /// Returns the partitions that must be revoked before the member joins again. For an eager member, these are all
    /// partitions.
    fn leaving(&self) -> BTreeSet<PartitionName> {
        if !self.config.is_cooperative() {
            return self.owned.names();
        }
        let mut leaving = self.owned.revoking();
        leaving.extend(self.owned.names().into_iter().filter(|name| !self.topics.contains(&name.topic)));
        leaving
    }

    /// Drops all owned partitions as lost, because the member is no longer in the generation in which they were
    /// assigned.
    pub(super) fn lose(&mut self, now: Instant, out: &mut Outputs) {
        self.handover = None;
        let names = self.owned.names();
        if !names.is_empty() {
            self.tell(names.clone(), now, out, GroupNews::Lost);
            self.owned.remove(&names);
        }
    }

    fn tell(
        &self,
        names: BTreeSet<PartitionName>,
        at: Instant,
        out: &mut Outputs,
        news: impl FnOnce(Ownership) -> GroupNews,
    ) {
        let generation = self.owned.generation().expect("partitions were assigned in a generation");
        let partitions = names.into_iter().collect();
        out.push(Output::News(news(Ownership { generation, at, partitions })));
    }

    /// Ends the membership for good because of `error`. All commits that are not answered yet fail with that error too.
    pub(super) fn fail(&mut self, error: ErrorCode, now: Instant, out: &mut Outputs) {
        self.member.forget(true);
        self.handover = None;
        self.end_all_commits(error, now, out);
        if self.life == Lifecycle::Running {
            self.life = Lifecycle::Failed;
            out.push(Output::News(GroupNews::Failed(error)));
        }
    }
}

/// How timeouts are handled.
impl GroupConsumer {
    /// Handles the timeouts that have expired: of polls, of the session, and of commits.
    pub(super) fn watch_times(&mut self, now: Now, draws: &mut dyn Draws, out: &mut Outputs) {
        let is_stuck = self.poll_deadline.is_some_and(|deadline| deadline <= now.mono);
        if self.life == Lifecycle::Running && is_stuck && !self.member.is_unjoined() {
            // KIP-62: the user has not polled in time, so it makes no progress. The member leaves the group, so that
            // its partitions go to other members.
            self.send_leave("the poll interval is exceeded", now.mono, out);
            self.member.forget(false);
            self.handover = None;
            self.poll_deadline = None;
            out.push(Output::News(GroupNews::PollIntervalExceeded));
        }
        if self.member.session_deadline().is_some_and(|deadline| deadline <= now.mono) {
            self.member.on_heard(&self.config, now.mono);
            self.give_coordinator_up(now, draws, out);
        }
        while let Some(id) = self.commits.overdue(now.mono) {
            self.end_commit(id, Verdict::of(Reaction::GiveUp, ErrorCode::RequestTimedOut), now.mono, out);
        }
    }
}

/// How offsets are committed.
impl GroupConsumer {
    /// When the next automatic commit is due. `None` if automatic commits are off, if the consumer owns no partition,
    /// or if it may not commit now, for example because the last automatic commit has not ended.
    pub(super) fn auto_commit_due(&self) -> Option<Instant> {
        let commits = self.config.auto_commit
            && self.life == Lifecycle::Running
            && self.member.is_stable()
            && self.handover.is_none()
            && !self.owned.is_empty()
            && !self.commits.has(Cause::Interval);
        commits.then_some(self.next_auto_commit)
    }

    pub(super) fn auto_commit(&mut self, now: Instant) {
        if self.auto_commit_due().is_none_or(|at| at > now) {
            return;
        }
        self.next_auto_commit = now.plus_ms(self.config.auto_commit_interval_ms);
        let positions = self.owned.positions();
        if !positions.is_empty() {
            self.begin_commit(Cause::Interval, positions, now.plus_ms(self.config.api_timeout_ms));
        }
    }

    fn begin_commit(&mut self, cause: Cause, offsets: Vec<CommitOffset>, deadline: Instant) {
        let id = self.commits.next_id();
        let offsets: Arc<[CommitOffset]> = offsets.into();
        self.commits.add(id, cause, self.member.identity().clone(), offsets, deadline);
    }

    pub(super) fn end_commit(&mut self, id: CommitId, verdict: Verdict, now: Instant, out: &mut Outputs) {
        let error = verdict.error;
        let Some((commit, cause)) = self.commits.end(id, verdict, now) else { return };
        if cause == Cause::Interval && error.is_error() {
            let soon = now.plus_ms(self.config.consumer.cluster.retry_backoff_ms);
            self.next_auto_commit = self.next_auto_commit.min(soon);
        }
        out.push(Output::News(GroupNews::Commit(Box::new(commit))));
    }

    /// Ends commits that can no longer be sent, because the member has left the generation in which they were
    /// requested.
    pub(super) fn end_outlived_commits(&mut self, now: Instant, out: &mut Outputs) {
        while let Some(id) = self.commits.outlived(self.member.identity(), self.member.is_stable()) {
            let error = match self.member.is_joining() {
                true => ErrorCode::RebalanceInProgress,
                false => ErrorCode::UnknownMemberId,
            };
            self.end_commit(id, Verdict::of(Reaction::GiveUp, error), now, out);
        }
    }

    fn end_all_commits(&mut self, error: ErrorCode, now: Instant, out: &mut Outputs) {
        while let Some(id) = self.commits.first() {
            self.end_commit(id, Verdict::of(Reaction::GiveUp, error), now, out);
        }
    }
}

/// How the consumer closes.
impl GroupConsumer {
    pub(super) fn begin_closing(&mut self, now: Instant, out: &mut Outputs) {
        match self.life {
            Lifecycle::Running | Lifecycle::Failed => {}
            Lifecycle::Closing { .. } => return self.finish(now, out),
            Lifecycle::Closed => return,
        }
        let deadline = now.plus_ms(self.config.close_timeout_ms);
        let positions = self.owned.positions();
        if self.config.auto_commit && self.member.is_stable() && !positions.is_empty() {
            self.begin_commit(Cause::Handover, positions, deadline);
        }
        self.life = Lifecycle::Closing { deadline, step: Closing::Commits };
    }

    /// Ends closing if its deadline has passed. Otherwise, as soon as all commits have ended, gives up all partitions,
    /// so that LeaveGroup can be sent.
    pub(super) fn advance_closing(&mut self, now: Now, draws: &mut dyn Draws, out: &mut Outputs) {
        let Lifecycle::Closing { deadline, step } = self.life else { return };
        if deadline <= now.mono {
            return self.finish(now.mono, out);
        }
        if step != Closing::Commits || !self.commits.is_empty() {
            return;
        }
        self.release_all(now.mono, out);
        let leaves = self.member.leave(i16::MAX, "").is_some();
        let Some(node) = self.coordinator.node().filter(|_| leaves) else { return self.finish(now.mono, out) };
        if self.member.is_join_in_flight() {
            // The coordinator answers the requests of a connection in order, and a JoinGroup only at the end of the
            // rebalance. A LeaveGroup behind the JoinGroup would wait for that. So this connection is closed, and
            // LeaveGroup uses a new one.
            let end =
                |cluster: &mut Cluster<Asked>, raised: &mut Outputs| cluster.end_node(node, now.mono, draws, raised);
            let _ = self.with_cluster(out, end);
            self.coordinator.found(node, self.cluster.ends(node));
        }
        // Drops the member's generation. Only LeaveGroup is still to be sent, and it needs no generation.
        self.member.forget(true);
        self.life = Lifecycle::Closing { deadline, step: Closing::Leave };
    }

    /// Gives up all partitions. They count as revoked if the member is still in its generation, and as lost otherwise.
    fn release_all(&mut self, now: Instant, out: &mut Outputs) {
        let names = self.owned.names();
        if self.member.identity().generation.is_none() || names.is_empty() {
            return self.lose(now, out);
        }
        self.handover = None;
        self.tell(names.clone(), now, out, GroupNews::Revoked);
        self.owned.remove(&names);
    }

    /// If LeaveGroup was sent, waits for its answer. If it could not be sent, ends closing.
    pub(super) fn on_leave_sent(&mut self, is_sent: bool, now: Instant, out: &mut Outputs) {
        let Lifecycle::Closing { deadline, step: Closing::Leave } = self.life else { return };
        match is_sent {
            true => self.life = Lifecycle::Closing { deadline, step: Closing::Left },
            false => self.finish(now, out),
        }
    }

    /// Ends closing, because LeaveGroup was answered or its connection closed.
    pub(super) fn on_left(&mut self, now: Instant, out: &mut Outputs) {
        if matches!(self.life, Lifecycle::Closing { step: Closing::Left, .. }) {
            self.finish(now, out);
        }
    }

    fn finish(&mut self, now: Instant, out: &mut Outputs) {
        self.end_all_commits(ErrorCode::RequestTimedOut, now, out);
        self.release_all(now, out);
        self.member.forget(true);
        self.life = Lifecycle::Closed;
        self.owned.close();
        self.with_cluster(out, |cluster, raised| cluster.end_all(raised));
        out.push(Output::News(GroupNews::Closed));
    }

    /// Returns whether the consumer is closing and must still send LeaveGroup.
    pub(super) fn is_leaving(&self) -> bool {
        matches!(self.life, Lifecycle::Closing { step: Closing::Leave, .. })
    }
}
