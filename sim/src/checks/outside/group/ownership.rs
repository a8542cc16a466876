//! A partition has one owner at a time, by its users' own accounts. A user who was not heard of in time may still believe
//! that it owns what another owns already, or be told so late; one that the group counts in may not.

use super::Told;
use super::deletions::Heard;
use super::generations::Generations;
use crate::checks::Check;
use crate::checks::findings::{Findings, Place};
use crate::checks::model::Model;
use crate::history::{Generation, GroupAnswer, Identity, MemberLife};
use gracchus_core::types::{LeaderEpoch, TopicPartition};
use std::collections::BTreeMap;
use std::sync::Arc;

/// No session and no rebalance ends sooner than this after the member was heard of, in nanoseconds: the least timeouts of
/// the workload, less what clocks may drift.
pub(super) const HEARD_NS: u64 = 1_200_000_000;

/// Who owns what.
#[derive(Clone, Debug, Default)]
pub(super) struct Ownership {
    lives: BTreeMap<MemberLife, Life>,
    owners: BTreeMap<TopicPartition, Vec<MemberLife>>,
}

/// One life of a member.
#[derive(Clone, Debug, Default)]
struct Life {
    member: Arc<str>,
    instance: Option<Arc<str>>,
    generation: Generation,
    /// The generation that JoinGroup was last answered with.
    told: Generation,
    /// When it last asked for a heartbeat that was answered well, and by which leadership, of a coordinator that had loaded.
    heard: Option<(u64, LeaderEpoch)>,
    has_left: bool,
}

impl Ownership {
    /// Records went with permission: the group may have forgotten whoever it had.
    pub(super) fn forget(&mut self) {
        self.owners.clear();
        self.lives.values_mut().for_each(|life| life.heard = None);
    }

    pub(super) fn on_join_told(&mut self, told: &Told<'_>) {
        if let GroupAnswer::Joined { identity, .. } = told.answer {
            let life = self.lives.entry(told.call.member).or_default();
            life.member = identity.member.clone();
            life.instance = identity.instance.clone();
            life.told = identity.generation;
            life.has_left = false;
        }
    }

    pub(super) fn on_heartbeat(&mut self, told: &Told<'_>, identity: &Identity) {
        if let (Some(life), Some(leadership)) = (self.lives.get_mut(&told.call.member), told.leadership)
            && told.call.has_loaded
            && life.member == identity.member
        {
            life.heard = Some((told.call.at, leadership));
        }
    }

    pub(super) fn on_leave(&mut self, member: MemberLife) {
        if let Some(life) = self.lives.get_mut(&member) {
            life.has_left = true;
        }
    }

    /// The member that was heard of last under a leadership.
    pub(super) fn heard_under(&self, leadership: LeaderEpoch) -> Option<Heard> {
        let heard = self.lives.iter().filter(|(_, life)| !life.has_left).filter_map(|(member, life)| {
            let (at, under) = life.heard?;
            (under == leadership).then_some(Heard { member: *member, at })
        });
        heard.max_by_key(|heard| heard.at)
    }

    /// Whether a member has asked to leave.
    pub(super) fn has_left(&self, member: MemberLife) -> bool {
        self.lives.get(&member).is_none_or(|life| life.has_left)
    }

    pub(super) fn on_joined(&mut self, member: MemberLife, generation: Generation) {
        if let Some(life) = self.lives.get_mut(&member) {
            life.generation = generation;
        }
    }

    pub(super) fn on_given_up(&mut self, member: MemberLife, partitions: &[TopicPartition]) {
        for partition in partitions {
            if let Some(owners) = self.owners.get_mut(partition) {
                owners.retain(|owner| *owner != member);
            }
        }
    }

    pub(super) fn on_gone(&mut self, member: MemberLife) {
        self.owners.values_mut().for_each(|owners| owners.retain(|owner| *owner != member));
    }

    /// A user owns more partitions than before.
    pub(super) fn on_assigned(
        &mut self,
        member: MemberLife,
        partitions: &[TopicPartition],
        generations: &Generations,
        (name, model, found): (&str, &Model, &mut Findings),
    ) {
        for partition in partitions {
            let owners = self.owners.entry(*partition).or_default();
            let place = Place::partition(model.partition(*partition).map_or("?", |it| &it.name));
            found.looked(Check::ExclusiveOwnership, 1);
            for other in owners.iter().filter(|other| **other != member) {
                let (Some(told), Some(owner)) = (self.lives.get(&member), self.lives.get(other)) else { continue };
                // SyncGroup's answer may reach a process that stood still when the next generation has its owner already.
                let is_late = told.generation < owner.generation;
                let (new, old) = if is_late { (owner, told) } else { (told, owner) };
                if let Some(why) = why_not_both(new, old, generations) {
                    let message = format!("{member:?} of {name} owns what {other:?} owns too: {why}");
                    found.wrong(Check::ExclusiveOwnership, place, message, Vec::new());
                }
            }
            if !owners.contains(&member) {
                owners.push(member);
            }
        }
    }
}

/// Why one member must not own what another believes to own, whose generation is no newer; nothing where that can be.
fn why_not_both(new: &Life, old: &Life, generations: &Generations) -> Option<String> {
    if old.has_left || (old.instance.is_some() && old.instance == new.instance) {
        return None;
    }
    let roster = generations.roster(new.generation)?;
    // A static member stays in the group while its session lasts, whether it joins or not (KIP-345).
    let has_joined = old.instance.is_none() || old.told >= new.generation;
    if roster.members.contains_key(&old.member) && has_joined {
        return Some(format!("both are members in generation {}", new.generation));
    }
    // The very next generation is without it: what had the coordinator heard of it before that?
    let removal = generations.roster(old.generation + 1).filter(|it| !it.members.contains_key(&old.member))?;
    let (heard, leadership) = old.heard?;
    let was_heard = heard < removal.at && removal.at < heard + HEARD_NS && removal.leadership == Some(leadership);
    (was_heard && old.instance.is_none()).then(|| {
        format!(
            "generation {} is without {}, which was heard of {} ms before",
            old.generation + 1,
            old.member,
            (removal.at - heard) / 1_000_000
        )
    })
}
