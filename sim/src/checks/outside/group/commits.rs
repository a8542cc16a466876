//! A committed offset is a register: whoever asks for it is told a value that was committed, and none that an
//! acknowledged commit had replaced before he asked.
//!
//! A commit without an acknowledgement may take effect at any later time, but for one of an older generation than one that
//! a commit was acknowledged in: from then on it must be refused.

use super::Told;
use crate::checks::Check;
use crate::checks::findings::{Findings, Place};
use crate::checks::model::Model;
use crate::history::{CallId, CommittedOffset, Generation, Identity};
use gracchus_core::types::{ErrorCode, Offset, TopicPartition};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The offsets of one group, by partition.
#[derive(Clone, Debug, Default)]
pub(super) struct Registers(BTreeMap<TopicPartition, Vec<Attempt>>);

/// One request to commit an offset.
#[derive(Clone, Debug)]
struct Attempt {
    call: CallId,
    sent: u64,
    generation: Generation,
    offset: Offset,
    metadata: Arc<str>,
    fate: Fate,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fate {
    /// It may or may not take effect, at any time.
    Open,
    /// It was acknowledged then.
    Acknowledged(u64),
    /// It surely took none.
    Refused,
}

impl Registers {
    /// Records went with permission: what was acknowledged may be gone, or not.
    pub(super) fn forget(&mut self) {
        let attempts = self.0.values_mut().flatten();
        attempts.filter(|it| matches!(it.fate, Fate::Acknowledged(_))).for_each(|it| it.fate = Fate::Open);
    }

    /// Offsets are about to be committed.
    pub(super) fn on_asked(&mut self, call: CallId, identity: &Identity, offsets: &[CommittedOffset], sent: u64) {
        for CommittedOffset { partition, offset, metadata } in offsets {
            let (generation, metadata) = (identity.generation, metadata.clone());
            let attempt = Attempt { call, sent, generation, offset: *offset, metadata, fate: Fate::Open };
            self.0.entry(*partition).or_default().push(attempt);
        }
    }

    /// A commit was answered.
    pub(super) fn on_committed(&mut self, call: CallId, rows: &[(TopicPartition, ErrorCode)], at: u64) {
        for (partition, error) in rows {
            let attempts = self.0.get_mut(partition).into_iter().flatten();
            for attempt in attempts.filter(|attempt| attempt.call == call) {
                attempt.fate = match error {
                    ErrorCode::None => Fate::Acknowledged(at),
                    error if is_refusal(*error) => Fate::Refused,
                    _ => Fate::Open,
                };
            }
        }
    }

    /// Somebody was told what is committed.
    pub(super) fn judge_fetch(
        &self,
        told: &Told<'_>,
        rows: &[(TopicPartition, Result<Option<CommittedOffset>, ErrorCode>)],
        model: &Model,
        found: &mut Findings,
    ) {
        for (partition, row) in rows {
            let Ok(value) = row else { continue };
            let attempts = self.0.get(partition).map_or(&[][..], Vec::as_slice);
            let name = model.partition(*partition).map_or("?", |it| &it.name);
            let place = Place { node: Some(told.call.node), partition: Some(name) };
            let wrong = match value {
                Some(value) => why_not(value, attempts, told),
                None => last_before(attempts, told).map(|it| format!("that nothing is committed, after {it:?}")),
            };
            found.demand(Check::OffsetCommitRegister, wrong.is_none(), place, || {
                let what = wrong.unwrap_or_default();
                format!("{} of {:?} was told {what}", told.name, told.call.member)
            });
        }
    }
}

/// What is wrong with a value that was told; nothing where some commit explains it.
fn why_not(value: &CommittedOffset, attempts: &[Attempt], told: &Told<'_>) -> Option<String> {
    let same = |it: &&Attempt| it.offset == value.offset && it.metadata == value.metadata && it.sent <= told.at;
    let mut candidates = attempts.iter().filter(same).peekable();
    if candidates.peek().is_none() {
        return Some(format!("{value:?}, which nobody committed"));
    }
    let stale = last_before(attempts, told);
    let newest = acknowledged_before(attempts, told).map(|it| it.generation).max();
    let is_older = |it: &Attempt| {
        let behind = |other: &Attempt| matches!(it.fate, Fate::Acknowledged(at) if at < other.sent);
        stale.is_some_and(behind) || newest.is_some_and(|newest| (0..newest).contains(&it.generation))
    };
    if candidates.any(|it| it.fate != Fate::Refused && !is_older(it)) {
        return None;
    }
    Some(format!("{value:?}, which was refused or is older than {stale:?}"))
}

/// Of the commits that were acknowledged before somebody asked, the one that was sent last.
fn last_before<'a>(attempts: &'a [Attempt], told: &Told<'_>) -> Option<&'a Attempt> {
    acknowledged_before(attempts, told).max_by_key(|it| it.sent)
}

/// What was acknowledged before somebody asked. It binds the newest leader only: one that has been replaced and has not
/// heard of it answers by what it has, in Apache Kafka too, and its word lets nobody commit.
fn acknowledged_before<'a>(attempts: &'a [Attempt], told: &Told<'_>) -> impl Iterator<Item = &'a Attempt> {
    let (asked, binds) = (told.call.at, told.leadership.is_some());
    attempts.iter().filter(move |it| binds && matches!(it.fate, Fate::Acknowledged(at) if at < asked))
}

/// Whether an error says that the commit was refused before anything was appended.
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
    )
}
