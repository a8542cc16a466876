//! An administrator of a group: describes, lists and deletes it, whether it has members or not, and deletes its offsets. Groups
//! that can be deleted it makes itself, by committing offsets as a consumer without a group does.
//!
//! **Invariants**: one request is under way at a time; what became of one whose connection ended is not known; offsets of a
//! group that has members are committed by its members only.

use super::admin_requests::{self, Ask};
use crate::actor::ActorCx;
use crate::clients::caller::{Asker, Caller};
use crate::clients::{Drawn, Target};
use crate::history::{
    CallId, ClientEvent, CommittedOffset, GroupAct, GroupAnswer, GroupEvent, GroupId, GroupQuestion, Identity,
    MemberLife,
};
use crate::note::Note;
use gracchus_core::client::Answered;
use gracchus_core::types::{ErrorCode, Instant, NodeId, Now, Offset, TopicPartition};
use std::collections::BTreeMap;
use std::sync::Arc;

/// So many groups without members one administrator makes at most.
const SIDES_MOST: u32 = 12;

/// An administrator.
#[derive(Clone, Debug)]
pub struct GroupAdmin {
    group: GroupId,
    life: MemberLife,
    every: Drawn,
    targets: Arc<[Target]>,
    caller: Caller<Ask>,
    /// Where each group's coordinator was found last.
    coordinators: BTreeMap<GroupId, (NodeId, Arc<str>, u16)>,
    /// How many groups without members it has made. The older ones are left alone, so that their offsets expire.
    sides: u32,
    calls: u64,
    /// What is to be asked next, of which group's coordinator.
    next: Option<(GroupId, GroupQuestion)>,
}

impl GroupAdmin {
    /// An administrator of that group, numbered on behind the members' seats.
    #[must_use]
    pub fn new(
        group: GroupId,
        seat: u32,
        every: Drawn,
        brokers: Vec<(Arc<str>, u16)>,
        targets: Arc<[Target]>,
    ) -> GroupAdmin {
        GroupAdmin {
            group,
            life: MemberLife { seat, life: 0 },
            every,
            targets,
            caller: Caller::new(format!("group-admin-{}", group.0), brokers),
            coordinators: BTreeMap::new(),
            sides: 1,
            calls: 0,
            next: None,
        }
    }

    fn ask_coordinator(&mut self, group: GroupId, question: GroupQuestion, now: Instant, cx: &mut ActorCx<'_>) {
        let pause_ms = cx.draws.between(self.every.least.max(1), self.every.most.max(1)) as i64;
        self.caller.pause(now.plus_ms(pause_ms));
        self.calls += 1;
        let call = CallId(u64::from(self.life.seat) << 32 | self.calls);
        self.note(group, GroupAct::Asked(call, self.caller.node(), question.clone()), cx);
        let ask = Ask::Question { group, call, question };
        admin_requests::send(&mut self.caller, ask, &self.targets, now, cx);
    }

    /// Draws what is asked next.
    fn draw(&mut self, cx: &mut ActorCx<'_>) -> (GroupId, GroupQuestion) {
        if cx.draws.below(40) == 0 {
            self.begin_side();
        }
        let newest = self.sides - 1;
        let roll = cx.draws.below(100);
        match cx.draws.below(10) {
            0..4 => (self.group, self.draw_of_members(roll, cx)),
            4..8 => (self.group.side(newest), self.draw_of_newest(roll, cx)),
            _ => {
                let side = cx.draws.below(u64::from(self.sides)) as u32;
                (self.group.side(side), self.draw_of_old(roll, cx))
            }
        }
    }

    /// The group has members most of the time: deletions are refused then.
    fn draw_of_members(&self, roll: u64, cx: &mut ActorCx<'_>) -> GroupQuestion {
        match roll {
            0..40 => GroupQuestion::DeleteGroup,
            40..60 => GroupQuestion::DeleteOffsets(self.draw_partitions(cx)),
            60..80 => draw_description(cx),
            _ => GroupQuestion::List,
        }
    }

    fn draw_of_newest(&self, roll: u64, cx: &mut ActorCx<'_>) -> GroupQuestion {
        match roll {
            0..40 => self.draw_commit(cx),
            40..60 => GroupQuestion::Fetch(self.all()),
            60..70 => GroupQuestion::DeleteOffsets(self.draw_partitions(cx)),
            70..84 => GroupQuestion::DeleteGroup,
            84..92 => draw_description(cx),
            _ => GroupQuestion::List,
        }
    }

    fn draw_of_old(&self, roll: u64, cx: &mut ActorCx<'_>) -> GroupQuestion {
        match roll {
            0..4 => self.draw_commit(cx),
            4..8 => GroupQuestion::DeleteOffsets(self.draw_partitions(cx)),
            8..14 => GroupQuestion::DeleteGroup,
            14..34 => draw_description(cx),
            34..54 => GroupQuestion::List,
            _ => GroupQuestion::Fetch(self.all()),
        }
    }

    /// Offsets of some partitions, under words that no other commit has.
    fn draw_commit(&self, cx: &mut ActorCx<'_>) -> GroupQuestion {
        let metadata: Arc<str> = format!("{}-{}", self.life.seat, self.calls + 1).into();
        let partitions = self.draw_partitions(cx);
        let committed = partitions.into_iter().map(|partition| CommittedOffset {
            partition,
            offset: Offset(cx.draws.below(1_000) as i64),
            metadata: metadata.clone(),
        });
        GroupQuestion::Commit(Identity { generation: -1, ..Identity::default() }, committed.collect())
    }

    /// One partition at least.
    fn draw_partitions(&self, cx: &mut ActorCx<'_>) -> Vec<TopicPartition> {
        let sure = cx.draws.below(self.targets.len() as u64) as usize;
        let places = (0..self.targets.len()).filter(|place| *place == sure || cx.draws.below(2) == 0);
        places.map(|place| self.targets[place].id).collect()
    }

    fn all(&self) -> Vec<TopicPartition> {
        self.targets.iter().map(|target| target.id).collect()
    }

    /// Goes on with a fresh group without members.
    fn begin_side(&mut self) {
        self.sides = (self.sides + 1).min(SIDES_MOST);
    }

    /// A change that was acknowledged is looked at, every second time.
    fn follow(&mut self, group: GroupId, question: &GroupQuestion, answer: &GroupAnswer, cx: &mut ActorCx<'_>) {
        let is_done = match answer {
            GroupAnswer::Committed(rows) | GroupAnswer::OffsetsDeleted(rows) => {
                rows.iter().any(|(_, error)| !error.is_error())
            }
            GroupAnswer::GroupDeleted(error) => !error.is_error(),
            _ => false,
        };
        if is_done && cx.draws.below(2) == 0 {
            let next = match cx.draws.below(4) {
                0 => draw_description(cx),
                1 => GroupQuestion::List,
                // What is deleted is deleted again.
                2 if *question == GroupQuestion::DeleteGroup => GroupQuestion::DeleteGroup,
                _ => GroupQuestion::Fetch(self.all()),
            };
            self.next = Some((group, next));
        }
    }

    fn note(&self, group: GroupId, act: GroupAct, cx: &mut ActorCx<'_>) {
        let event = GroupEvent { group, member: self.life, act };
        cx.note(Note::Client(ClientEvent::Group(Box::new(event))));
    }
}

impl Asker for GroupAdmin {
    type Ask = Ask;

    fn caller(&self) -> &Caller<Ask> {
        &self.caller
    }

    fn caller_mut(&mut self) -> &mut Caller<Ask> {
        &mut self.caller
    }

    /// Looks for the coordinator, dials it, or asks it.
    fn ask(&mut self, now: Now, cx: &mut ActorCx<'_>) {
        let (group, question) = match self.next.take() {
            Some(next) => next,
            None => self.draw(cx),
        };
        // A coordinator that has moved is found by its answer, or now and then anew.
        if cx.draws.below(16) == 0 {
            self.coordinators.remove(&group);
        }
        let Some((node, host, port)) = self.coordinators.get(&group).cloned() else {
            self.next = Some((group, question));
            if self.caller.is_open() {
                return admin_requests::find(&mut self.caller, group, now.mono, cx);
            }
            return self.caller.dial(now.mono, cx);
        };
        if self.caller.is_open() && self.caller.node() == node {
            return self.ask_coordinator(group, question, now.mono, cx);
        }
        self.next = Some((group, question));
        self.caller.hang_up(cx);
        self.caller.dial_to(host, port, now.mono, cx);
    }

    fn go_on(&mut self, now: Now, cx: &mut ActorCx<'_>) {
        self.ask(now, cx);
    }

    fn on_answer(&mut self, answered: &Answered<Ask>, now: Now, cx: &mut ActorCx<'_>) {
        match &answered.purpose {
            Ask::Find(group) => match admin_requests::read_coordinator(answered) {
                Some(coordinator) => {
                    self.coordinators.insert(*group, coordinator);
                    self.caller.pause(now.mono);
                }
                None => self.caller.pause(now.mono.plus_ms(200)),
            },
            Ask::Question { group, call, question } => {
                let Some(answer) = admin_requests::read(answered, &self.targets) else { return };
                if is_of_the_coordinator(&answer) {
                    self.coordinators.remove(group);
                }
                self.follow(*group, question, &answer, cx);
                self.note(*group, GroupAct::Told(*call, answer), cx);
            }
        }
    }

    fn on_lost(&mut self, lost: Option<Ask>, cx: &mut ActorCx<'_>) {
        if let Some((group, _)) = &self.next {
            self.coordinators.remove(group);
        }
        if let Some(Ask::Question { group, question, .. }) = lost {
            self.coordinators.remove(&group);
            let is_change =
                !matches!(question, GroupQuestion::Fetch(_) | GroupQuestion::Describe(_) | GroupQuestion::List);
            // A group of which it is not known whether it was changed may be left as it is.
            if is_change && group != self.group && cx.draws.below(4) == 0 {
                self.begin_side();
            }
        }
    }
}

fn draw_description(cx: &mut ActorCx<'_>) -> GroupQuestion {
    GroupQuestion::Describe([0, 5, 6, 6][cx.draws.below(4) as usize])
}

/// Whether an answer says that another broker is to be asked.
fn is_of_the_coordinator(answer: &GroupAnswer) -> bool {
    let error = match answer {
        GroupAnswer::Committed(rows) | GroupAnswer::OffsetsDeleted(rows) => rows.first().map(|(_, error)| *error),
        GroupAnswer::GroupDeleted(error)
        | GroupAnswer::OffsetsNotDeleted(error)
        | GroupAnswer::NotFetched(error)
        | GroupAnswer::Described(error, _) => Some(*error),
        _ => None,
    };
    matches!(error, Some(ErrorCode::NotCoordinator | ErrorCode::CoordinatorNotAvailable))
}
