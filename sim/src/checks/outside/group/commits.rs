//! A committed offset is a register: whoever asks for it is told a value that was committed, and none that an
//! acknowledged commit or deletion had replaced before he asked. Nothing is committed where nothing was, where something
//! was deleted, or where an offset is old enough to have expired.
//!
//! A commit or deletion without an acknowledgement may take effect at any later time, but for a commit of an older
//! generation than one that a commit was acknowledged in: from then on it must be refused. When a group was deleted, its
//! generations begin anew.

use super::Told;
use crate::checks::Check;
use crate::checks::findings::{Findings, Place};
use crate::checks::model::Model;
use crate::history::{CallId, CommittedOffset, Generation, Identity};
use gracchus_core::types::{ErrorCode, Offset, TopicPartition};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The offsets of one group, by partition.
#[derive(Clone, Debug, Default)]
pub(super) struct Registers {
    offsets: BTreeMap<TopicPartition, Vec<Attempt>>,
    /// DeleteGroups, which deletes the offsets of all partitions.
    deletions: Vec<Attempt>,
    /// How often the group was known to end so far.
    ended: u32,
    members: Members,
    joins: Joins,
}

/// JoinGroup makes a group where there is none.
#[derive(Clone, Debug, Default)]
struct Joins {
    /// Requests without an answer.
    open: BTreeSet<CallId>,
    /// When one was last answered.
    last_told: u64,
}

/// Since when the offsets of a group with members may expire (KIP-211).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
enum Members {
    /// It never had any: each offset may expire so long after its commit.
    #[default]
    Never,
    /// It had some, and nobody was heard of yet.
    Unknown,
    /// One of them asked then, and was counted in.
    Heard(u64),
}

/// One request to commit an offset, or to delete it.
#[derive(Clone, Debug)]
struct Attempt {
    call: CallId,
    sent: u64,
    generation: Generation,
    /// How often the group was known to have ended when it was sent.
    ended: u32,
    /// What is committed; none for a deletion.
    value: Option<(Offset, Arc<str>)>,
    fate: Fate,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fate {
    /// It may or may not take effect, at any time.
    Open,
    /// It was acknowledged then.
    Acknowledged(u64),
    /// It was answered then with an error that may come after the append. It takes no effect later than that: records
    /// that are appended afterwards lie behind its own, or its own are gone.
    Answered(u64),
    /// It surely took none.
    Refused,
}

impl Attempt {
    fn new(call: CallId, sent: u64, ended: u32) -> Attempt {
        Attempt { call, sent, generation: -1, ended, value: None, fate: Fate::Open }
    }

    /// Notes an answer.
    fn settle(&mut self, error: ErrorCode, at: u64) {
        self.fate = match error {
            ErrorCode::None => Fate::Acknowledged(at),
            error if is_refusal(error) => Fate::Refused,
            _ => Fate::Answered(at),
        };
    }

    /// Whether it took effect, if it did, before another attempt was sent.
    fn is_before(&self, other: &Attempt) -> bool {
        matches!(self.fate, Fate::Acknowledged(at) | Fate::Answered(at) if at < other.sent)
    }
}

impl Registers {
    /// Records went with permission: what was acknowledged may be gone, or not.
    pub(super) fn forget(&mut self) {
        let attempts = self.offsets.values_mut().flatten().chain(&mut self.deletions);
        attempts.filter(|it| matches!(it.fate, Fate::Acknowledged(_))).for_each(|it| it.fate = Fate::Open);
    }

    /// A coordinator wrote the tombstone of the group: the next members begin with the first generation.
    pub(super) fn on_ended(&mut self) {
        self.ended += 1;
    }

    /// Somebody is about to join: the group may have members from now on, and may be made anew.
    pub(super) fn on_join(&mut self, call: CallId) {
        self.joins.open.insert(call);
        if self.members == Members::Never {
            self.members = Members::Unknown;
        }
    }

    /// Something was answered. What a JoinGroup does to the log, it has done by then.
    pub(super) fn on_answered(&mut self, call: CallId, at: u64) {
        if self.joins.open.remove(&call) {
            self.joins.last_told = at;
        }
    }

    /// A member asked then, and the answer says that the group counts it in.
    pub(super) fn on_heard(&mut self, asked: u64) {
        match &mut self.members {
            Members::Heard(at) => *at = (*at).max(asked),
            other => *other = Members::Heard(asked),
        }
    }

    /// Whether nobody ever asked to join the group.
    pub(super) fn never_had_members(&self) -> bool {
        self.members == Members::Never
    }

    /// Offsets are about to be committed.
    pub(super) fn on_asked(&mut self, call: CallId, identity: &Identity, offsets: &[CommittedOffset], sent: u64) {
        for CommittedOffset { partition, offset, metadata } in offsets {
            let value = Some((*offset, metadata.clone()));
            let attempt = Attempt { generation: identity.generation, value, ..Attempt::new(call, sent, self.ended) };
            self.offsets.entry(*partition).or_default().push(attempt);
        }
    }

    /// Offsets are about to be deleted.
    pub(super) fn on_deletion_asked(&mut self, call: CallId, partitions: &[TopicPartition], sent: u64) {
        for partition in partitions {
            self.offsets.entry(*partition).or_default().push(Attempt::new(call, sent, self.ended));
        }
    }

    /// The whole group is about to be deleted.
    pub(super) fn on_group_deletion_asked(&mut self, call: CallId, sent: u64) {
        self.deletions.push(Attempt::new(call, sent, self.ended));
    }

    /// A commit or the deletion of offsets was answered.
    pub(super) fn on_told(&mut self, call: CallId, rows: &[(TopicPartition, ErrorCode)], at: u64) {
        for (partition, error) in rows {
            let attempts = self.offsets.get_mut(partition).into_iter().flatten();
            attempts.filter(|attempt| attempt.call == call).for_each(|attempt| attempt.settle(*error, at));
        }
    }

    /// The deletion of offsets was refused as a whole.
    pub(super) fn on_refused(&mut self, call: CallId, partitions: &[TopicPartition], error: ErrorCode, at: u64) {
        let rows: Vec<_> = partitions.iter().map(|partition| (*partition, error)).collect();
        self.on_told(call, &rows, at);
    }

    /// The deletion of the group was answered.
    pub(super) fn on_group_told(&mut self, call: CallId, error: ErrorCode, at: u64) {
        let attempts = self.deletions.iter_mut().filter(|attempt| attempt.call == call);
        attempts.for_each(|attempt| attempt.settle(error, at));
    }

    /// Everything that may have made the offset of a partition what it is.
    fn attempts(&self, partition: TopicPartition) -> Vec<&Attempt> {
        let attempts = self.offsets.get(&partition).into_iter().flatten();
        attempts.chain(&self.deletions).collect()
    }

    /// Somebody was told what is committed. Offsets are kept for `kept_ns`.
    pub(super) fn judge_fetch(
        &self,
        told: &Told<'_>,
        rows: &[(TopicPartition, Result<Option<CommittedOffset>, ErrorCode>)],
        kept_ns: u64,
        model: &Model,
        found: &mut Findings,
    ) {
        for (partition, row) in rows {
            let Ok(value) = row else { continue };
            let name = model.partition(*partition).map_or("?", |it| &it.name);
            let place = Place { node: Some(told.call.node), partition: Some(name) };
            let wrong = match value {
                Some(value) => why_not(value, &self.attempts(*partition), told),
                None => {
                    self.missing(*partition, kept_ns, told).map(|it| format!("that nothing is committed, after {it:?}"))
                }
            };
            found.demand(Check::OffsetCommitRegister, wrong.is_none(), place, || {
                let what = wrong.unwrap_or_default();
                format!("{} of {:?} was told {what}", told.name, told.call.member)
            });
        }
    }

    /// The commit of an offset that must be there; none where nothing has to be committed in the partition.
    fn missing(&self, partition: TopicPartition, kept_ns: u64, told: &Told<'_>) -> Option<Attempt> {
        let attempts = self.attempts(partition);
        let last = last_before(&attempts, told)?;
        let may_delete =
            |it: &&Attempt| it.value.is_none() && it.fate != Fate::Refused && it.sent <= told.at && !it.is_before(last);
        // A commit of before that took effect later, if any did, expires later than this one.
        let since = match self.members {
            Members::Never => last.sent,
            Members::Unknown => 0,
            Members::Heard(at) => at,
        };
        let may_have_expired = since.saturating_add(kept_ns) <= told.at;
        let is_free = may_have_expired || attempts.iter().copied().any(|it| may_delete(&it));
        (!is_free).then(|| last.clone())
    }

    /// Why a group that was shown must not be there; nothing where it may.
    pub(super) fn why_not_there(&self, told: &Told<'_>) -> Option<String> {
        let deletions: Vec<&Attempt> = self.deletions.iter().collect();
        let last = last_before(&deletions, told)?;
        let may_make =
            |it: &&Attempt| it.value.is_some() && it.fate != Fate::Refused && it.sent <= told.at && !it.is_before(last);
        let is_joined = !self.joins.open.is_empty() || self.joins.last_told >= last.sent;
        let is_made = is_joined || self.offsets.values().flatten().any(|it| may_make(&it));
        (!is_made).then(|| format!("though its deletion was acknowledged: {last:?}"))
    }

    /// Why a group that was not shown must be there; nothing where it may be gone.
    pub(super) fn why_there(&self, told: &Told<'_>, kept_ns: u64) -> Option<String> {
        let missing = self.offsets.keys().find_map(|partition| self.missing(*partition, kept_ns, told))?;
        Some(format!("though an offset is committed: {missing:?}"))
    }
}

/// What is wrong with a value that was told; nothing where some commit explains it.
fn why_not(value: &CommittedOffset, attempts: &[&Attempt], told: &Told<'_>) -> Option<String> {
    let is_value = |it: &Attempt| it.value.as_ref().is_some_and(|it| it.0 == value.offset && it.1 == value.metadata);
    let mut candidates = attempts.iter().filter(|it| is_value(it) && it.sent <= told.at).peekable();
    if candidates.peek().is_none() {
        return Some(format!("{value:?}, which nobody committed"));
    }
    let stale = last_before(attempts, told);
    let is_older = |it: &Attempt| {
        let of_its_time = acknowledged_before(attempts, told).filter(|other| other.ended == it.ended);
        let newest = of_its_time.map(|other| other.generation).max();
        stale.is_some_and(|stale| it.is_before(stale))
            || newest.is_some_and(|newest| (0..newest).contains(&it.generation))
    };
    if candidates.any(|it| it.fate != Fate::Refused && !is_older(it)) {
        return None;
    }
    Some(format!("{value:?}, which was refused or is older than {stale:?}"))
}

/// Of what was acknowledged before somebody asked, the commit or deletion that was sent last.
fn last_before<'a>(attempts: &[&'a Attempt], told: &Told<'_>) -> Option<&'a Attempt> {
    acknowledged_before(attempts, told).max_by_key(|it| it.sent)
}

/// What was acknowledged before somebody asked. It binds the newest leader only: one that has been replaced and has not
/// heard of it answers by what it has, in Apache Kafka too, and its word lets nobody commit.
fn acknowledged_before<'a>(attempts: &[&'a Attempt], told: &Told<'_>) -> impl Iterator<Item = &'a Attempt> {
    let (asked, binds) = (told.call.at, told.leadership.is_some());
    attempts.iter().copied().filter(move |it| binds && matches!(it.fate, Fate::Acknowledged(at) if at < asked))
}

/// Whether an error says that the commit or deletion was refused before anything was appended.
fn is_refusal(error: ErrorCode) -> bool {
    matches!(
        error,
        ErrorCode::IllegalGeneration
            | ErrorCode::UnknownMemberId
            | ErrorCode::FencedInstanceId
            | ErrorCode::RebalanceInProgress
            | ErrorCode::OffsetMetadataTooLarge
            | ErrorCode::InvalidCommitOffsetSize
            | ErrorCode::GroupAuthorizationFailed
            | ErrorCode::TopicAuthorizationFailed
            | ErrorCode::NonEmptyGroup
            | ErrorCode::GroupIdNotFound
            | ErrorCode::GroupSubscribedToTopic
    )
}
