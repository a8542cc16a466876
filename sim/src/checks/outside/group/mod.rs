//! Checks of consumer groups, over what their members did and saw. Each file is one property or a few that look at the
//! same act; this one keeps what all of them go by: who asked what, of which coordinator.
//!
//! **Invariants**: what a coordinator that has been replaced says binds nobody, unless it says that a record is committed;
//! records of `__consumer_offsets` that went with the ledger's permission bind nobody either.

mod commits;
mod deletions;
mod delivery;
mod generations;
mod ownership;

use crate::checks::findings::Findings;
use crate::checks::model::{Model, Partition, PartitionIndex};
use crate::history::{CallId, GroupAct, GroupAnswer, GroupEvent, GroupId, GroupQuestion, MemberLife};
use commits::Registers;
use deletions::Heard;
use delivery::Delivery;
use generations::Generations;
use gracchus_core::types::{LeaderEpoch, NodeId};
use ownership::Ownership;
use std::collections::{BTreeMap, BTreeSet};

/// Everything that is known of all groups.
#[derive(Clone, Debug, Default)]
pub struct Groups {
    groups: BTreeMap<GroupId, Group>,
    is_settled: bool,
    /// No offset expires sooner than so many nanoseconds after its commit; none where a run is too short for it.
    kept_ns: Option<u64>,
}

/// What is known of one group.
#[derive(Clone, Debug, Default)]
struct Group {
    /// Its partition of `__consumer_offsets`, once that is there.
    home: Option<PartitionIndex>,
    /// How many permitted losses its partition had had.
    losses: u32,
    /// How often a coordinator had written its tombstone.
    ended: u32,
    /// Members that were last told of a generation of a group that has ended since.
    late: BTreeSet<MemberLife>,
    calls: BTreeMap<CallId, Call>,
    registers: Registers,
    generations: Generations,
    ownership: Ownership,
    delivery: Delivery,
}

/// A request that is not answered.
#[derive(Clone, Debug)]
struct Call {
    member: MemberLife,
    /// When it left, in nanoseconds.
    at: u64,
    node: NodeId,
    /// The leadership of the group's partition that the asked broker had then, if it was the newest one.
    leadership: Option<LeaderEpoch>,
    /// Whether the coordinator of that leadership had loaded its groups. One that loads answers heartbeats well, whoever
    /// asks.
    has_loaded: bool,
    question: GroupQuestion,
    /// Records went since with the ledger's permission: its answer says nothing.
    is_void: bool,
    /// The group ended since: what the answer says of a generation is said of one that is over.
    is_of_past: bool,
    /// The member that the asked coordinator had last heard of, for what is not asked by members.
    heard: Option<Heard>,
}

/// An answer with its request.
struct Told<'a> {
    call: &'a Call,
    /// When it arrived.
    at: u64,
    /// The one leadership under which it was given, where that was the newest one from the request to the answer.
    leadership: Option<LeaderEpoch>,
    answer: &'a GroupAnswer,
    /// For findings.
    name: &'a str,
}

impl Groups {
    /// Every group owned, read and committed everything: from now on nothing may be missing.
    pub fn on_settled(&mut self) {
        self.is_settled = true;
    }

    /// No offset expires sooner than so many milliseconds after its commit.
    pub fn keep_offsets(&mut self, ms: u64) {
        self.kept_ns = Some(ms.saturating_mul(1_000_000));
    }

    /// Looks at one act of a member.
    pub fn see(&mut self, event: &GroupEvent, model: &Model, found: &mut Findings) {
        let name = event.group.name();
        let kept_ns = self.kept_ns.unwrap_or(u64::MAX);
        let group = self.groups.entry(event.group).or_default();
        group.note_home(&name, model);
        group.note_end(&name, model);
        let at = found.time();
        match &event.act {
            GroupAct::Asked(call, node, question) => {
                group.on_asked(*call, event.member, *node, question, at, model, (&name, found));
            }
            GroupAct::Told(call, answer) => group.on_told(*call, answer, at, kept_ns, model, (&name, found)),
            // The process stood still while its group ended.
            GroupAct::Joined(_) if group.late.contains(&event.member) => {}
            GroupAct::Joined(generation) => {
                group.generations.on_joined(event.member, *generation, &name, found);
                group.ownership.on_joined(event.member, *generation);
            }
            GroupAct::Began(wanted) => group.generations.on_began(event.member, wanted),
            GroupAct::Assigned(_, partitions) => {
                group.generations.on_assigned(event.member, partitions, &name, found);
                group.delivery.on_assigned(event.member, partitions);
                if group.late.contains(&event.member) {
                    return;
                }
                group.ownership.on_assigned(event.member, partitions, &group.generations, (&name, model, found));
            }
            GroupAct::Revoked(partitions) | GroupAct::Lost(partitions) => {
                group.ownership.on_given_up(event.member, partitions);
            }
            GroupAct::Left | GroupAct::Ended => group.ownership.on_gone(event.member),
            GroupAct::Positioned(partition, offset) => group.delivery.on_positioned(event.member, *partition, *offset),
            GroupAct::Processed(partition, from, to) => {
                group.delivery.on_processed(event.member, *partition, *from, *to);
            }
        }
    }

    /// Looks at all of it, when nothing more will come.
    pub fn judge_end(&self, model: &Model, found: &mut Findings) {
        if self.is_settled {
            for (id, group) in &self.groups {
                group.delivery.judge_end(&id.name(), model, found);
            }
        }
    }
}

impl Group {
    /// Finds the group's partition, and forgets what the ledger let go.
    fn note_home(&mut self, name: &str, model: &Model) {
        if self.home.is_none() {
            self.home = home_of(name, model);
        }
        let losses = self.home.map_or(0, |home| model.partitions()[home].losses);
        if losses != self.losses {
            self.losses = losses;
            self.registers.forget();
            self.generations.forget();
            self.ownership.forget();
            // Answers to what was asked before speak of what may be gone.
            self.calls.values_mut().for_each(|call| call.is_void = true);
        }
    }

    /// When a coordinator has written the group's tombstone, generations begin anew and nobody is a member.
    fn note_end(&mut self, name: &str, model: &Model) {
        let ended = model.ended.get(name).copied().unwrap_or(0);
        if ended != self.ended {
            self.ended = ended;
            self.registers.on_ended();
            self.generations.forget();
            self.ownership.forget();
            self.calls.values_mut().for_each(|call| call.is_of_past = true);
        }
    }

    fn partition<'m>(&self, model: &'m Model) -> Option<&'m Partition> {
        self.home.map(|home| &model.partitions()[home])
    }

    #[expect(clippy::too_many_arguments, reason = "what is known of a request is many things")]
    fn on_asked(
        &mut self,
        id: CallId,
        member: MemberLife,
        node: NodeId,
        question: &GroupQuestion,
        at: u64,
        model: &Model,
        (name, found): (&str, &mut Findings),
    ) {
        let leadership = self.partition(model).and_then(|it| leadership_of(it, node));
        match question {
            GroupQuestion::Commit(identity, offsets) => {
                self.delivery.judge_commit(member, offsets, (name, model, found));
                self.registers.on_asked(id, identity, offsets, at);
            }
            GroupQuestion::Join(_) => self.registers.on_join(id),
            GroupQuestion::Leave(_) => self.ownership.on_leave(member),
            GroupQuestion::DeleteGroup => self.registers.on_group_deletion_asked(id, at),
            GroupQuestion::DeleteOffsets(partitions) => self.registers.on_deletion_asked(id, partitions, at),
            _ => {}
        }
        let is_members = matches!(
            question,
            GroupQuestion::Join(_)
                | GroupQuestion::Sync(_)
                | GroupQuestion::Heartbeat(_)
                | GroupQuestion::Leave(_)
                | GroupQuestion::Commit(..)
                | GroupQuestion::Fetch(_)
                | GroupQuestion::Ends(_)
        );
        let heard = leadership.filter(|_| !is_members).and_then(|it| self.ownership.heard_under(it));
        let loaded = self.partition(model).and_then(|it| it.coordinated);
        let has_loaded = loaded.is_none() || loaded == leadership;
        let (question, is_void, is_of_past) = (question.clone(), false, false);
        let call = Call { member, at, node, leadership, has_loaded, question, is_void, is_of_past, heard };
        self.calls.insert(id, call);
    }

    fn on_told(
        &mut self,
        id: CallId,
        answer: &GroupAnswer,
        at: u64,
        kept_ns: u64,
        model: &Model,
        (name, found): (&str, &mut Findings),
    ) {
        let Some(call) = self.calls.remove(&id) else { return };
        let now = self.partition(model).and_then(|it| leadership_of(it, call.node));
        let leadership = call.leadership.filter(|before| Some(*before) == now);
        let told = Told { call: &call, at, leadership, answer, name };
        self.registers.on_answered(id, at);
        let is_of_generation =
            matches!(call.question, GroupQuestion::Join(_) | GroupQuestion::Sync(_) | GroupQuestion::Heartbeat(_));
        if call.is_of_past && is_of_generation {
            self.late.insert(call.member);
        }
        if call.is_void || call.is_of_past && is_of_generation {
            if let GroupAnswer::Joined { identity, .. } = answer {
                self.generations.note_member(&told, identity);
                self.ownership.on_join_told(&told);
            }
            return;
        }
        match (&call.question, answer) {
            (GroupQuestion::Join(_), GroupAnswer::Joined { .. }) => {
                self.generations.on_join_told(&told, found);
                self.ownership.on_join_told(&told);
            }
            (GroupQuestion::Sync(identity), GroupAnswer::Synced(error, partitions)) if !error.is_error() => {
                self.late.remove(&call.member);
                self.registers.on_heard(call.at);
                self.generations.on_synced(&told, identity, partitions, model, found);
            }
            (GroupQuestion::Heartbeat(identity), GroupAnswer::Heartbeat(error)) if !error.is_error() => {
                self.registers.on_heard(call.at);
                self.ownership.on_heartbeat(&told, identity);
            }
            (GroupQuestion::Commit(identity, _), GroupAnswer::Committed(rows)) => {
                let is_taken = rows.iter().any(|(_, error)| !error.is_error());
                if is_taken && !call.is_of_past {
                    self.generations.judge_commit(&told, identity, found);
                }
                if is_taken && identity.generation >= 0 {
                    self.registers.on_heard(call.at);
                }
                self.registers.on_told(id, rows, at);
            }
            (GroupQuestion::Fetch(_), GroupAnswer::Fetched(rows)) => {
                self.registers.judge_fetch(&told, rows, kept_ns, model, found);
            }
            _ => self.on_admin_told(id, &told, kept_ns, found),
        }
    }
}

/// The leadership that a broker has of a partition, by its own account and by the controller's, if it is the newest one.
pub(super) fn leadership_of(partition: &Partition, node: NodeId) -> Option<LeaderEpoch> {
    let newest = partition.newest()?;
    let (epoch, leader) = partition.newest_leader()?;
    (leader == node && newest.leader == Some(node) && newest.leader_epoch == epoch).then_some(epoch)
}

/// The partition of `__consumer_offsets` that a group belongs to: by Java's hash of its name, as every Kafka client has it.
fn home_of(group: &str, model: &Model) -> Option<PartitionIndex> {
    let prefix = format!("{}-", gracchus_core::metadata::CONSUMER_OFFSETS);
    let partitions = model.partitions().iter().filter(|it| it.name.starts_with(&prefix)).count();
    let number = number_of(group, partitions)?;
    let name = format!("{prefix}{number}");
    model.partitions().iter().position(|it| it.name == name)
}

/// Kafka takes the absolute value of the hash (`Utils.abs`), not its lower bits (`Utils.toPositive`).
fn number_of(group: &str, partitions: usize) -> Option<usize> {
    let hash = group.encode_utf16().fold(0_i32, |hash, unit| hash.wrapping_mul(31).wrapping_add(i32::from(unit)));
    usize::try_from(hash.checked_abs().unwrap_or(0)).unwrap_or(0).checked_rem(partitions)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_at_home_where_kafka_has_them() {
        let table = [("group-0", 1), ("side-1-10", 2), ("side-0-10", 0), ("polygenelubricants", 0)];
        for (group, number) in table {
            assert_eq!(number_of(group, 3), Some(number), "{group}");
        }
        assert_eq!(number_of("group-0", 0), None);
    }
}
