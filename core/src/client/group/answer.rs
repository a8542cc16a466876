//! Handles the responses to the member's requests, and requests whose connection closed before a response came.

use super::commits::{Verdict, may_be_applied};
use super::coordinator::{LookupResult, read as read_coordinator};
use super::member::Step;
use super::news::CommitId;
use super::owned::Unstarted;
use super::reaction::{GroupApi, Reaction, reaction};
use super::request::{Asked, BATCHED_OFFSETS, Question};
use super::{GroupConsumer, Outputs};
use crate::client::cluster::{Cluster, Purpose, read};
use crate::client::connection::Answered;
use crate::io::Draws;
use crate::types::{ErrorCode, Instant, LeaderEpoch, NodeId, Now, Offset};
use crate::wire::{
    FindCoordinatorResponse, HeartbeatResponse, JoinGroupResponse, OffsetCommitResponse, OffsetFetchResponse,
    SyncGroupResponse,
};
use bytestring::ByteString;
use std::collections::BTreeMap;

/// How responses are handled.
impl GroupConsumer {
    /// Handles a response. Returns `false` if the response cannot be decoded; the caller then closes the connection.
    pub(super) fn on_answer(
        &mut self,
        answered: &Answered<Purpose<Asked>>,
        now: Now,
        draws: &mut dyn Draws,
        out: &mut Outputs,
    ) -> bool {
        let Purpose::Of(asked) = &answered.purpose else { unreachable!("the cluster keeps its own answers") };
        match asked {
            Asked::FindCoordinator => {
                let Some(answer) = read::<FindCoordinatorResponse, _>(answered) else { return false };
                self.on_coordinator(&answer, answered.version, now.mono, draws, out);
                true
            }
            Asked::OfCoordinator(node, question) => {
                self.on_coordinators_answer(*node, question, answered, now, draws, out)
            }
        }
    }

    fn on_coordinator(
        &mut self,
        answer: &FindCoordinatorResponse,
        version: i16,
        now: Instant,
        draws: &mut dyn Draws,
        out: &mut Outputs,
    ) {
        match read_coordinator(answer, self.member.group_id(), version) {
            LookupResult::At { node, host, port } => {
                self.cluster.metadata.learn_node(node.0, &host, port);
                self.coordinator.found(node, self.cluster.ends(node));
                self.member.on_heard(&self.config, now);
                self.with_cluster(out, |cluster, raised| cluster.leave_bootstrap(now, raised));
            }
            LookupResult::Nobody(error) => match reaction(GroupApi::FindCoordinator, error) {
                Reaction::Fail => self.fail(error, now, out),
                _ => self.look_up_later(now, draws),
            },
        }
    }

    fn on_coordinators_answer(
        &mut self,
        node: NodeId,
        question: &Question,
        answered: &Answered<Purpose<Asked>>,
        now: Now,
        draws: &mut dyn Draws,
        out: &mut Outputs,
    ) -> bool {
        let step = match question {
            Question::Join(attempt) => {
                let Some(answer) = read::<JoinGroupResponse, _>(answered) else { return false };
                let retry_at = self.join_retry_at(now.mono, draws);
                let step = self.member.on_joined(*attempt, answer, &self.config, now.mono, retry_at);
                self.want_topics(now.mono);
                step
            }
            Question::Sync(attempt) => {
                let Some(answer) = read::<SyncGroupResponse, _>(answered) else { return false };
                let retry_at = self.join_retry_at(now.mono, draws);
                self.member.on_synced(*attempt, answer, now.mono, retry_at)
            }
            Question::Heartbeat(sent) => {
                let Some(answer) = read::<HeartbeatResponse, _>(answered) else { return false };
                let error = ErrorCode::from_wire(answer.error_code);
                self.member.on_heartbeat(sent, error, &self.config, now.mono)
            }
            Question::Commit(id) => {
                let Some(answer) = read::<OffsetCommitResponse, _>(answered) else { return false };
                self.on_committed(*id, &answer, node, now.mono, draws, out);
                return true;
            }
            Question::Offsets(unstarted) => {
                let Some(answer) = read::<OffsetFetchResponse, _>(answered) else { return false };
                let offsets = Offsets::of(answer, self.member.group_id(), answered.version);
                self.on_offsets(unstarted, &offsets, node, now, draws, out);
                return true;
            }
            Question::Leave => {
                self.on_left(now.mono, out);
                return true;
            }
        };
        match step {
            Step::Done => self.coordinator.is_of_use(),
            Step::FindCoordinator => self.lose_coordinator(node, now.mono, draws),
            Step::Fail(error) => self.fail(error, now.mono, out),
            Step::Unreadable => return false,
        }
        true
    }

    fn join_retry_at(&mut self, now: Instant, draws: &mut dyn Draws) -> Instant {
        let failures = self.member.count_failure();
        self.retry_at(failures, now, draws)
    }

    fn on_committed(
        &mut self,
        id: CommitId,
        answer: &OffsetCommitResponse,
        node: NodeId,
        now: Instant,
        draws: &mut dyn Draws,
        out: &mut Outputs,
    ) {
        let Some(verdict) = self.commits.judge(id, answer) else { return };
        let is_current = self.commits.identity(id) == Some(self.member.identity());
        if may_be_applied(verdict.error) {
            self.commits.note_doubt(id);
        }
        match verdict.reaction {
            Reaction::Retry | Reaction::FindCoordinator => {
                if verdict.reaction == Reaction::FindCoordinator {
                    self.lose_coordinator(node, now, draws);
                }
                if let Some(failures) = self.commits.count_failure(id, now) {
                    let retry_at = self.retry_at(failures, now, draws);
                    return self.commits.retry(id, retry_at);
                }
            }
            Reaction::Rejoin if is_current => self.member.want_rejoin(),
            Reaction::ForgetGeneration if is_current => self.member.forget(true),
            Reaction::ForgetMember if is_current => self.member.forget(false),
            Reaction::Fail if is_current => {
                let error = verdict.error;
                self.end_commit(id, verdict, now, out);
                return self.fail(error, now, out);
            }
            _ => self.coordinator.is_of_use(),
        }
        self.end_commit(id, verdict, now, out);
    }

    fn on_offsets(
        &mut self,
        unstarted: &[Unstarted],
        offsets: &Offsets,
        node: NodeId,
        now: Now,
        draws: &mut dyn Draws,
        out: &mut Outputs,
    ) {
        let failures = self.owned.count_failure();
        let retry_at = self.retry_at(failures, now.mono, draws);
        for partition in unstarted {
            let row = offsets.rows.get(&(partition.name.topic.clone(), partition.name.partition));
            let error = match (offsets.error, row) {
                (ErrorCode::None, Some((error, _))) => *error,
                // The response leaves the partition out. It is treated like an error that may pass, so that the
                // partition's offset is requested again.
                (ErrorCode::None, None) => ErrorCode::CoordinatorLoadInProgress,
                (error, _) => error,
            };
            match reaction(GroupApi::OffsetFetch, error) {
                Reaction::Proceed => {
                    let committed = row.and_then(|(_, committed)| *committed);
                    self.owned.start(partition, committed, now, draws, out);
                }
                Reaction::FindCoordinator => {
                    self.lose_coordinator(node, now.mono, draws);
                    self.owned.ask_again(partition, retry_at);
                }
                Reaction::GiveUp => self.owned.refuse(partition, error, out),
                Reaction::Fail if self.owned.waits_for(partition) => return self.fail(error, now.mono, out),
                _ => self.owned.ask_again(partition, retry_at),
            }
        }
    }

    /// Handles requests whose connection has closed before a response came. The coordinator may have carried them out
    /// or not.
    pub(super) fn on_lost(&mut self, lost: Vec<Asked>, now: Now, draws: &mut dyn Draws, out: &mut Outputs) {
        for asked in lost {
            match asked {
                Asked::FindCoordinator => self.look_up_later(now.mono, draws),
                Asked::OfCoordinator(node, question) => {
                    self.lose_coordinator(node, now.mono, draws);
                    self.on_question_lost(question, now.mono, draws, out);
                }
            }
        }
    }

    fn on_question_lost(&mut self, question: Question, now: Instant, draws: &mut dyn Draws, out: &mut Outputs) {
        match question {
            Question::Join(attempt) | Question::Sync(attempt) => {
                let retry_at = self.join_retry_at(now, draws);
                self.member.on_join_lost(attempt, retry_at);
            }
            Question::Heartbeat(_) => self.member.on_heartbeat_lost(&self.config, now),
            Question::Commit(id) => {
                self.commits.note_doubt(id);
                match self.commits.count_failure(id, now) {
                    Some(failures) => {
                        let retry_at = self.retry_at(failures, now, draws);
                        self.commits.retry(id, retry_at);
                    }
                    None => {
                        let verdict = Verdict::of(Reaction::Retry, ErrorCode::NetworkException);
                        self.end_commit(id, verdict, now, out);
                    }
                }
            }
            Question::Offsets(unstarted) => {
                let failures = self.owned.count_failure();
                let retry_at = self.retry_at(failures, now, draws);
                unstarted.iter().for_each(|partition| self.owned.ask_again(partition, retry_at));
            }
            Question::Leave => self.on_left(now, out),
        }
    }
}

/// How the coordinator is looked up again.
impl GroupConsumer {
    /// Forgets the coordinator if the connection to it has closed, so that it is looked up again.
    pub(super) fn note_coordinator(&mut self, now: Instant, draws: &mut dyn Draws) {
        if self.coordinator.is_cut_off(|node| self.cluster.ends(node)) {
            self.look_up_later(now, draws);
        }
    }

    /// Forgets the coordinator if it is `node`, because `node` has refused a request or its connection has closed. The
    /// coordinator is then looked up again.
    pub(super) fn lose_coordinator(&mut self, node: NodeId, now: Instant, draws: &mut dyn Draws) {
        if self.coordinator.node() == Some(node) {
            self.look_up_later(now, draws);
        }
    }

    fn look_up_later(&mut self, now: Instant, draws: &mut dyn Draws) {
        let failures = self.coordinator.count_failure();
        let at = self.retry_at(failures, now, draws);
        self.coordinator.lost(at);
    }

    /// Closes the connection to the coordinator, because the coordinator has been silent for too long. The coordinator
    /// is then looked up again.
    pub(super) fn give_coordinator_up(&mut self, now: Now, draws: &mut dyn Draws, out: &mut Outputs) {
        let Some(node) = self.coordinator.node() else { return };
        let end = |cluster: &mut Cluster<Asked>, raised: &mut Outputs| cluster.end_node(node, now.mono, draws, raised);
        let lost = self.with_cluster(out, end);
        self.on_lost(lost, now, draws, out);
        self.lose_coordinator(node, now.mono, draws);
    }
}

/// What an OffsetFetch response says about one group.
struct Offsets {
    error: ErrorCode,
    rows: BTreeMap<(ByteString, i32), (ErrorCode, Option<Committed>)>,
}

/// A committed offset and, if known, the leader epoch of the last record before that offset.
type Committed = (Offset, Option<LeaderEpoch>);

impl Offsets {
    fn of(answer: OffsetFetchResponse, group_id: &ByteString, version: i16) -> Offsets {
        let mut rows = BTreeMap::new();
        let row = |error: i16, offset: i64, epoch: i32| {
            let committed = Offset::from_wire(offset).map(|offset| (offset, LeaderEpoch::from_wire(epoch)));
            (ErrorCode::from_wire(error), committed)
        };
        if version < BATCHED_OFFSETS {
            for topic in answer.topics {
                for it in topic.partitions {
                    let found = row(it.error_code, it.committed_offset, it.committed_leader_epoch);
                    rows.insert((topic.name.clone(), it.partition_index), found);
                }
            }
            return Offsets { error: ErrorCode::from_wire(answer.error_code), rows };
        }
        let Some(group) = answer.groups.into_iter().find(|group| group.group_id == *group_id) else {
            return Offsets { error: ErrorCode::CoordinatorNotAvailable, rows };
        };
        for topic in group.topics {
            for it in topic.partitions {
                let found = row(it.error_code, it.committed_offset, it.committed_leader_epoch);
                rows.insert((topic.name.clone(), it.partition_index), found);
            }
        }
        Offsets { error: ErrorCode::from_wire(group.error_code), rows }
    }
}
