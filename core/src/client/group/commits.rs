//! Offset commits that were requested and have not ended yet.
//!
//! **Invariants**
//! - A commit ends exactly once. It is only sent under the identity that the member had when the commit was requested.
//! - Commits are sent in the order in which they were requested. While a commit that may be sent again is unanswered,
//!   no later commit is sent. Otherwise an older offset could overwrite a newer one.
//!
//! **In Kafka**: `ConsumerCoordinator.commitOffsetsSync`, `commitOffsetsAsync`, `OffsetCommitResponseHandler`.

use super::member::Identity;
use super::news::{Commit, CommitId, CommitMode, CommitOffset, CommitStep, Generation, PartitionName};
use super::reaction::{GroupApi, Reaction, reaction};
use crate::types::{ErrorCode, Instant, LeaderEpoch};
use crate::wire::offset_commit::{OffsetCommitRequestPartition, OffsetCommitRequestTopic};
use crate::wire::{OffsetCommitRequest, OffsetCommitResponse};
use bytestring::ByteString;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// The `RetentionTimeMs` in old versions of OffsetCommit that stands for the broker's own retention setting.
const NO_RETENTION: i64 = -1;

/// The commits that have not ended yet, oldest first.
#[derive(Clone, Debug, Default)]
pub(super) struct Commits {
    next_id: u64,
    unanswered: VecDeque<Unanswered>,
}

/// Why a commit was requested. This decides whether it is sent again after a failure.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Cause {
    /// The user has called commit.
    User(CommitMode),
    /// `auto.commit.interval.ms` has passed.
    Interval,
    /// Partitions are being revoked, or the consumer closes.
    Handover,
}

#[derive(Clone, Debug)]
struct Unanswered {
    id: CommitId,
    cause: Cause,
    identity: Identity,
    offsets: Arc<[CommitOffset]>,
    /// The time at which the commit fails, if it has not ended by then.
    deadline: Instant,
    state: State,
    failures: u32,
    may_be_applied: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    /// The commit is to be sent, but not before this time.
    Waiting(Instant),
    InFlight,
}

/// The result of a commit, and how the member reacts to it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Verdict {
    pub(super) reaction: Reaction,
    pub(super) error: ErrorCode,
    refused: Vec<(PartitionName, ErrorCode)>,
}

impl Verdict {
    /// Makes the result of a commit that ends without an answer of the coordinator.
    pub(super) fn of(reaction: Reaction, error: ErrorCode) -> Verdict {
        Verdict { reaction, error, refused: Vec::new() }
    }
}

impl Cause {
    fn is_retried(self) -> bool {
        matches!(self, Cause::User(CommitMode::Sync) | Cause::Handover)
    }
}

impl Commits {
    /// Returns a new id for a commit.
    pub(super) fn next_id(&mut self) -> CommitId {
        let id = CommitId(self.next_id);
        self.next_id += 1;
        id
    }

    /// Adds a commit, which may be sent at once.
    pub(super) fn add(
        &mut self,
        id: CommitId,
        cause: Cause,
        identity: Identity,
        offsets: Arc<[CommitOffset]>,
        deadline: Instant,
    ) {
        let state = State::Waiting(Instant(0));
        let commit = Unanswered { id, cause, identity, offsets, deadline, state, failures: 0, may_be_applied: false };
        self.unanswered.push_back(commit);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.unanswered.is_empty()
    }

    /// Returns whether a commit with this cause has not ended yet.
    pub(super) fn has(&self, cause: Cause) -> bool {
        self.unanswered.iter().any(|commit| commit.cause == cause)
    }

    /// Returns the commit to be sent next, and the time from which it may be sent. `None` if no commit is to be sent,
    /// or if an earlier commit must be answered first because it may be sent again.
    pub(super) fn due(&self) -> Option<(CommitId, Instant)> {
        for commit in &self.unanswered {
            match commit.state {
                State::Waiting(not_before) => return Some((commit.id, not_before)),
                State::InFlight if commit.cause.is_retried() => return None,
                State::InFlight => {}
            }
        }
        None
    }

    /// The earliest deadline of a commit that has not ended yet.
    pub(super) fn first_deadline(&self) -> Option<Instant> {
        self.unanswered.iter().map(|commit| commit.deadline).min()
    }

    /// Returns the first commit whose deadline has passed.
    pub(super) fn overdue(&self, now: Instant) -> Option<CommitId> {
        self.unanswered.iter().find(|commit| commit.deadline <= now).map(|commit| commit.id)
    }

    /// Returns the first commit that is not in flight and can no longer be sent. A commit can no longer be sent if the
    /// member is not stable, or has another identity than when the commit was requested.
    pub(super) fn outlived(&self, identity: &Identity, is_stable: bool) -> Option<CommitId> {
        let is_over = |commit: &&Unanswered| !is_stable || commit.identity != *identity;
        let mut waiting = self.unanswered.iter().filter(|commit| matches!(commit.state, State::Waiting(_)));
        waiting.find(is_over).map(|commit| commit.id)
    }

    /// Returns the oldest commit that has not ended yet.
    pub(super) fn first(&self) -> Option<CommitId> {
        self.unanswered.front().map(|commit| commit.id)
    }

    fn find(&mut self, id: CommitId) -> Option<&mut Unanswered> {
        self.unanswered.iter_mut().find(|commit| commit.id == id)
    }

    /// Marks a commit as in flight. Returns its OffsetCommit request, and the news for the user that it is sent.
    pub(super) fn send(
        &mut self,
        id: CommitId,
        group_id: &ByteString,
        instance_id: Option<&ByteString>,
        now: Instant,
    ) -> Option<(OffsetCommitRequest, Commit)> {
        let commit = self.find(id)?;
        commit.state = State::InFlight;
        let mut topics: Vec<OffsetCommitRequestTopic> = Vec::new();
        let mut places: BTreeMap<&ByteString, usize> = BTreeMap::new();
        for CommitOffset { partition: name, offset, leader_epoch, metadata } in commit.offsets.iter() {
            let row = OffsetCommitRequestPartition {
                partition_index: name.partition,
                committed_offset: offset.0,
                committed_leader_epoch: LeaderEpoch::to_wire(*leader_epoch),
                committed_metadata: Some(metadata.clone()),
            };
            let place = *places.entry(&name.topic).or_insert(topics.len());
            if place == topics.len() {
                topics.push(OffsetCommitRequestTopic { name: name.topic.clone(), ..Default::default() });
            }
            topics[place].partitions.push(row);
        }
        let request = OffsetCommitRequest {
            group_id: group_id.clone(),
            generation_id_or_member_epoch: Generation::to_wire(commit.identity.generation),
            member_id: commit.identity.id.clone(),
            group_instance_id: instance_id.cloned(),
            retention_time_ms: NO_RETENTION,
            topics,
        };
        Some((request, commit.tell(now, CommitStep::Sent)))
    }

    /// Reads the result of a commit from the response. If several partitions have errors, the result has the error with
    /// the gravest reaction. `None` if the commit has already ended.
    pub(super) fn judge(&mut self, id: CommitId, answer: &OffsetCommitResponse) -> Option<Verdict> {
        let commit = self.find(id)?;
        let mut answered: BTreeMap<(&ByteString, i32), i16> = BTreeMap::new();
        for topic in &answer.topics {
            answered.extend(topic.partitions.iter().map(|row| ((&topic.name, row.partition_index), row.error_code)));
        }
        let mut verdict = Verdict::of(Reaction::Proceed, ErrorCode::None);
        for CommitOffset { partition: name, .. } in commit.offsets.iter() {
            let error = match answered.get(&(&name.topic, name.partition)) {
                Some(code) => ErrorCode::from_wire(*code),
                // The response leaves the partition out, so it is not known whether the partition's offset is
                // committed.
                None => ErrorCode::UnknownServerError,
            };
            if !error.is_error() {
                continue;
            }
            verdict.refused.push((name.clone(), error));
            let reaction = reaction(GroupApi::OffsetCommit, error);
            if gravity(reaction) > gravity(verdict.reaction) {
                (verdict.reaction, verdict.error) = (reaction, error);
            }
        }
        Some(verdict)
    }

    /// The identity that the member had when the commit was requested.
    pub(super) fn identity(&self, id: CommitId) -> Option<&Identity> {
        self.unanswered.iter().find(|commit| commit.id == id).map(|commit| &commit.identity)
    }

    /// Remembers that the offsets may have been committed, because no response arrived, or because the response does
    /// not tell whether they were committed.
    pub(super) fn note_doubt(&mut self, id: CommitId) {
        if let Some(commit) = self.find(id) {
            commit.may_be_applied = true;
        }
    }

    /// Counts a failure of a commit. Returns how often the commit has failed, or `None` if it must not be sent again.
    pub(super) fn count_failure(&mut self, id: CommitId, now: Instant) -> Option<u32> {
        let commit = self.find(id)?;
        commit.failures = commit.failures.saturating_add(1);
        (commit.cause.is_retried() && commit.deadline > now).then_some(commit.failures)
    }

    /// Lets a commit be sent again from `retry_at` on.
    pub(super) fn retry(&mut self, id: CommitId, retry_at: Instant) {
        if let Some(commit) = self.find(id) {
            commit.state = State::Waiting(retry_at);
        }
    }

    /// Removes a commit, because it has ended with `verdict`. Returns the news for the user, and why the commit was
    /// requested.
    pub(super) fn end(&mut self, id: CommitId, verdict: Verdict, now: Instant) -> Option<(Commit, Cause)> {
        let place = self.unanswered.iter().position(|commit| commit.id == id)?;
        let commit = self.unanswered.remove(place)?;
        let is_in_flight = commit.state == State::InFlight;
        let is_partly_applied = !verdict.refused.is_empty() && verdict.refused.len() < commit.offsets.len();
        let step = match verdict.error {
            ErrorCode::None => CommitStep::Done,
            error => CommitStep::Failed {
                error,
                may_be_applied: commit.may_be_applied
                    || is_partly_applied
                    || (is_in_flight && verdict.refused.is_empty()),
                refused: verdict.refused,
            },
        };
        Some((commit.tell(now, step), commit.cause))
    }
}

impl Unanswered {
    fn tell(&self, at: Instant, step: CommitStep) -> Commit {
        Commit { id: self.id, generation: self.identity.generation, at, offsets: self.offsets.clone(), step }
    }
}

/// Returns whether the offsets may be committed in spite of the error. The coordinator may have appended them before it
/// gave up waiting for replicas or lost its leadership.
pub(super) fn may_be_applied(error: ErrorCode) -> bool {
    matches!(
        error,
        ErrorCode::UnknownServerError
            | ErrorCode::NotCoordinator
            | ErrorCode::CoordinatorNotAvailable
            | ErrorCode::RequestTimedOut
            | ErrorCode::NetworkException
            | ErrorCode::NotLeaderOrFollower
            | ErrorCode::NotEnoughReplicasAfterAppend
            | ErrorCode::KafkaStorageError
    )
}

fn gravity(reaction: Reaction) -> u8 {
    match reaction {
        Reaction::Proceed => 0,
        Reaction::Retry => 1,
        Reaction::GiveUp => 2,
        Reaction::FindCoordinator => 3,
        Reaction::Rejoin => 4,
        Reaction::ForgetGeneration => 5,
        Reaction::TakeMemberId | Reaction::ForgetMember => 6,
        Reaction::Fail => 7,
    }
}
