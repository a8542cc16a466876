//! A group's generation never goes back. Each generation shares every partition out once at most, and to a member that
//! subscribes to its topic. A commit of a generation or of a member that is over is refused.
//!
//! A generation stands once a SyncGroup in it was answered: its assignments are committed then. Before that, a coordinator
//! that moves takes it along, and the next one makes another of the same number.

use super::Told;
use crate::checks::Check;
use crate::checks::findings::{Findings, Place};
use crate::checks::model::Model;
use crate::history::{Generation, GroupAnswer, Identity, MemberLife};
use gracchus_core::types::{LeaderEpoch, TopicPartition};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What is known of a group's generations.
#[derive(Clone, Debug, Default)]
pub(super) struct Generations {
    /// The newest one that stands, and when that was known.
    standing: Option<(Generation, u64)>,
    /// The partitions of the topics that each life subscribes to.
    wanted: BTreeMap<MemberLife, Arc<[TopicPartition]>>,
    /// The generation that each life was in last.
    lives: BTreeMap<MemberLife, Generation>,
    /// Every member id that somebody was given: when its JoinGroup left and was answered first, and its instance id.
    members: BTreeMap<Arc<str>, Known>,
    /// By generation and the leader of it: who leads may know all members.
    rosters: BTreeMap<(Generation, Arc<str>), Roster>,
    /// Which generation each member id was told of last, and who leads it. A coordinator that moves takes a generation along
    /// that does not stand, and another one of the same number may have another leader.
    told: BTreeMap<Arc<str>, (Generation, Arc<str>)>,
    /// By generation that stands: who led it.
    leaders: BTreeMap<Generation, Arc<str>>,
    /// Who got what: instance ids where there are any, else member ids.
    shares: BTreeMap<(Generation, TopicPartition), Arc<str>>,
}

/// A member id.
#[derive(Clone, Debug)]
struct Known {
    instance: Option<Arc<str>>,
    asked: u64,
    told: u64,
    /// When it was known that another member has its instance id.
    fenced: Option<u64>,
}

/// The members of a generation, as its leader was told.
#[derive(Clone, Debug)]
pub(super) struct Roster {
    /// By their ids, each with its instance id.
    pub(super) members: BTreeMap<Arc<str>, Option<Arc<str>>>,
    /// When it was told.
    pub(super) at: u64,
    /// By which leadership, if that was the newest one.
    pub(super) leadership: Option<LeaderEpoch>,
}

impl Generations {
    /// Records went with permission: what stood may not stand any more. Who was given which id stays so.
    pub(super) fn forget(&mut self) {
        let mut members = std::mem::take(&mut self.members);
        members.values_mut().for_each(|known| known.fenced = None);
        *self = Generations { members, wanted: std::mem::take(&mut self.wanted), ..Generations::default() };
    }

    /// A process began.
    pub(super) fn on_began(&mut self, member: MemberLife, wanted: &Arc<[TopicPartition]>) {
        self.wanted.insert(member, wanted.clone());
    }

    /// Its user owns more partitions than before.
    pub(super) fn on_assigned(
        &self,
        member: MemberLife,
        partitions: &[TopicPartition],
        name: &str,
        found: &mut Findings,
    ) {
        let Some(wanted) = self.wanted.get(&member) else { return };
        let stranger = partitions.iter().find(|partition| !wanted.contains(partition));
        found.demand(Check::GroupGenerations, stranger.is_none(), Place::default(), || {
            format!("{member:?} of {name} was assigned {stranger:?}, which it does not subscribe to")
        });
    }

    /// The user was told of its generation.
    pub(super) fn on_joined(&mut self, member: MemberLife, generation: Generation, name: &str, found: &mut Findings) {
        let before = self.lives.insert(member, generation);
        found.demand(
            Check::GroupGenerations,
            before.is_none_or(|before| before <= generation),
            Place::default(),
            || format!("{member:?} of {name} was in generation {before:?}, and is in {generation}"),
        );
    }

    /// JoinGroup was answered well.
    pub(super) fn on_join_told(&mut self, told: &Told<'_>, found: &mut Findings) {
        let GroupAnswer::Joined { identity, leader, members } = told.answer else { return };
        let place = Place { node: Some(told.call.node), partition: None };
        if let Some((standing, since)) = self.standing
            && since < told.call.at
            && told.leadership.is_some()
        {
            found.demand(Check::GroupGenerations, identity.generation >= standing, place, || {
                format!(
                    "{:?} joined {} in generation {}, though generation {standing} stood before it asked",
                    told.call.member, told.name, identity.generation
                )
            });
        }
        self.note_member(told, identity);
        self.told.insert(identity.member.clone(), (identity.generation, leader.clone()));
        if *leader == identity.member && !members.is_empty() {
            let (members, at, leadership) = (members.iter().cloned().collect(), told.at, told.leadership);
            self.rosters.insert((identity.generation, leader.clone()), Roster { members, at, leadership });
        }
    }

    /// Somebody was given a member id.
    pub(super) fn note_member(&mut self, told: &Told<'_>, identity: &Identity) {
        let known = Known { instance: identity.instance.clone(), asked: told.call.at, told: told.at, fenced: None };
        self.members.entry(identity.member.clone()).or_insert(known);
    }

    /// SyncGroup was answered well: the generation stands.
    pub(super) fn on_synced(
        &mut self,
        told: &Told<'_>,
        identity: &Identity,
        partitions: &[TopicPartition],
        model: &Model,
        found: &mut Findings,
    ) {
        let generation = identity.generation;
        if self.standing.is_none_or(|(standing, _)| standing < generation) {
            self.standing = Some((generation, told.at));
        }
        if let Some((_, leader)) = self.told.get(&identity.member).filter(|(of, _)| *of == generation) {
            self.leaders.insert(generation, leader.clone());
        }
        self.fence_others(told, identity);
        let owner = identity.instance.as_ref().unwrap_or(&identity.member);
        for partition in partitions {
            let before = self.shares.entry((generation, *partition)).or_insert_with(|| owner.clone());
            let name = model.partition(*partition).map_or("?", |it| &it.name);
            let place = Place { node: Some(told.call.node), partition: Some(name) };
            found.demand(Check::GroupGenerations, before == owner, place, || {
                format!("in generation {generation} of {} the partition is {owner}'s, and was {before}'s", told.name)
            });
        }
    }

    /// A static member stands: whoever had its instance id before it asked is over.
    fn fence_others(&mut self, told: &Told<'_>, identity: &Identity) {
        if identity.instance.is_none() {
            return;
        }
        let Some(asked) = self.members.get(&identity.member).map(|it| it.asked) else { return };
        for (member, known) in &mut self.members {
            if known.instance == identity.instance && *member != identity.member && known.told < asked {
                known.fenced.get_or_insert(told.at);
            }
        }
    }

    /// A commit was taken.
    pub(super) fn judge_commit(&self, told: &Told<'_>, identity: &Identity, found: &mut Findings) {
        let place = Place { node: Some(told.call.node), partition: None };
        let wrong = self.why_not(told.call.at, identity);
        found.demand(Check::CommitFencing, wrong.is_none(), place, || {
            format!("{} took a commit of {identity:?}, {}", told.name, wrong.unwrap_or_default())
        });
    }

    fn why_not(&self, sent: u64, identity: &Identity) -> Option<String> {
        if identity.generation < 0 {
            return None;
        }
        let Some(known) = self.members.get(&identity.member) else {
            return Some("a member that never joined".to_string());
        };
        if known.instance != identity.instance {
            return Some(format!("whose instance id is {:?}", known.instance));
        }
        if known.fenced.is_some_and(|since| since < sent) {
            return Some("whose instance id another member has".to_string());
        }
        let (standing, since) = self.standing?;
        (identity.generation < standing && since < sent)
            .then(|| format!("though generation {standing} stood before it was sent"))
    }

    /// The members of a generation that stands, as far as anybody was told.
    pub(super) fn roster(&self, generation: Generation) -> Option<&Roster> {
        self.rosters.get(&(generation, self.leaders.get(&generation)?.clone()))
    }
}
