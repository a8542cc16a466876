//! What is deleted stays away until something makes it anew, what nobody deleted is there, and a group that has members is
//! deleted by nobody.
//!
//! **In Kafka**: `GroupCoordinatorService.deleteGroups` (KIP-229) and `deleteOffsets` (KIP-496).

use super::ownership::HEARD_NS;
use super::{Group, Told};
use crate::checks::Check;
use crate::checks::findings::{Findings, Place};
use crate::history::{CallId, GroupAnswer, GroupQuestion, MemberLife};
use gracchus_core::types::ErrorCode;

/// The first DescribeGroups version in which a group that is not there is an error (KIP-1043).
const GROUP_ID_NOT_FOUND_FROM: i16 = 6;

/// A member that a coordinator counted in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Heard {
    pub(super) member: MemberLife,
    /// When it asked for the heartbeat.
    pub(super) at: u64,
}

impl Group {
    /// Whoever is no member was answered.
    pub(super) fn on_admin_told(&mut self, id: CallId, told: &Told<'_>, kept_ns: u64, found: &mut Findings) {
        let wrong = match (&told.call.question, told.answer) {
            (GroupQuestion::DeleteGroup, GroupAnswer::GroupDeleted(error)) => {
                self.registers.on_group_told(id, *error, told.at);
                self.why_not_deleted(told, *error, kept_ns)
            }
            (GroupQuestion::DeleteOffsets(partitions), GroupAnswer::OffsetsNotDeleted(error)) => {
                self.registers.on_refused(id, partitions, *error, told.at);
                self.why_not_deleted(told, *error, kept_ns)
            }
            (GroupQuestion::DeleteOffsets(_), GroupAnswer::OffsetsDeleted(rows)) => {
                // Where there is nothing to delete, nothing is appended: a coordinator that has been replaced and has not
                // heard of it says so by what it has.
                let binding = rows.iter().filter(|(_, error)| told.leadership.is_some() || error.is_error());
                self.registers.on_told(id, &binding.copied().collect::<Vec<_>>(), told.at);
                rows.iter().find_map(|(_, error)| self.why_not_deleted(told, *error, kept_ns))
            }
            (GroupQuestion::Describe(version), GroupAnswer::Described(error, state)) => match error {
                ErrorCode::GroupIdNotFound if *version < GROUP_ID_NOT_FOUND_FROM => {
                    Some(format!("answered DescribeGroups version {version} with an error that came later"))
                }
                ErrorCode::GroupIdNotFound => self.why_there(told, kept_ns),
                ErrorCode::None if &**state == "Dead" => self.why_there(told, kept_ns),
                ErrorCode::None => self.why_not_there(told),
                _ => None,
            },
            (GroupQuestion::List, GroupAnswer::Listed(Ok(true))) => self.why_not_there(told),
            (GroupQuestion::List, GroupAnswer::Listed(Ok(false))) => self.why_there(told, kept_ns),
            _ => return,
        };
        let place = Place { node: Some(told.call.node), partition: None };
        found.demand(Check::GroupDeletion, wrong.is_none(), place, || {
            let asked = match &told.call.question {
                GroupQuestion::DeleteGroup => "DeleteGroups",
                GroupQuestion::DeleteOffsets(_) => "OffsetDelete",
                GroupQuestion::Describe(_) => "DescribeGroups",
                _ => "ListGroups",
            };
            let ms = told.call.at / 1_000_000;
            format!("{} {}, by the answer to {asked} of {ms} ms", told.name, wrong.unwrap_or_default())
        });
    }

    /// What is wrong with the answer to a deletion.
    fn why_not_deleted(&self, told: &Told<'_>, error: ErrorCode, kept_ns: u64) -> Option<String> {
        match error {
            ErrorCode::None => {
                let member = self.counted_in(told)?;
                Some(format!("was deleted, or an offset that it reads, with {member:?} in it"))
            }
            ErrorCode::GroupIdNotFound => self.why_there(told, kept_ns),
            ErrorCode::NonEmptyGroup | ErrorCode::GroupSubscribedToTopic if self.registers.never_had_members() => {
                Some("was not deleted for the sake of members, and never had any".to_string())
            }
            _ => None,
        }
    }

    /// The group was shown.
    fn why_not_there(&self, told: &Told<'_>) -> Option<String> {
        self.registers.why_not_there(told).map(|why| format!("was shown {why}"))
    }

    /// The group was not shown, by the only coordinator that may speak for it.
    fn why_there(&self, told: &Told<'_>, kept_ns: u64) -> Option<String> {
        told.leadership?;
        let member = self.counted_in(told).map(|member| format!("though {member:?} is in it"));
        let why = member.or_else(|| self.registers.why_there(told, kept_ns))?;
        Some(format!("was not to be found {why}"))
    }

    /// A member that was in the group from the request to the answer: the coordinator heard of it so shortly before that no
    /// session and no rebalance can have ended since.
    fn counted_in(&self, told: &Told<'_>) -> Option<MemberLife> {
        told.leadership?;
        let Heard { member, at } = told.call.heard?;
        (told.at < at + HEARD_NS && !self.ownership.has_left(member)).then_some(member)
    }
}
