//! A run under way: the world with those who act on it from outside.

use super::admins::{self, AdminRun};
use super::groups::{self, GroupRun};
use crate::actor::ActorId;
use crate::checks::{Check, Judge};
use crate::clients::{ConsumerActor, ProducerActor, Target};
use crate::nemesis::{Nemesis, Plan};
use crate::script::{Progress, Script};
use crate::world::World;
use gracchus_core::types::{Instant, NodeId, Offset};
use std::sync::Arc;

/// A world, its clients, its nemesis and its script.
pub(super) struct Run {
    pub(super) world: World,
    pub(super) nemesis: Nemesis,
    pub(super) plan: Plan,
    pub(super) script: Option<Script>,
    pub(super) producers: Vec<ActorId>,
    pub(super) consumers: Vec<ActorId>,
    pub(super) groups: Vec<GroupRun>,
    pub(super) admins: AdminRun,
    pub(super) targets: Vec<Target>,
    pub(super) brokers: Vec<(NodeId, (Arc<str>, u16))>,
}

/// Why a phase ended before its time.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Cut {
    /// The world stopped: see there.
    Stopped,
    /// Something that was waited for did not come: what, and the state of everything.
    Stuck(String, Vec<String>),
}

impl Run {
    /// The judge that watches.
    pub(super) fn judge(&self) -> &Judge {
        self.world.observer().and_then(|it| it.as_any().downcast_ref()).expect("a judge was installed")
    }

    /// The judge that watches.
    pub(super) fn judge_mut(&mut self) -> &mut Judge {
        self.world.observer_mut().and_then(|it| it.as_any_mut().downcast_mut()).expect("a judge was installed")
    }

    /// Lets time go on to `until`, with faults and script as they come due.
    pub(super) fn go_on(&mut self, until: Instant) -> Result<(), Cut> {
        loop {
            let script = self.script.as_ref().and_then(Script::next_due);
            let next = [self.nemesis.next_due(), script].into_iter().flatten().min().unwrap_or(until);
            let next = next.clamp(self.world.now(), until);
            self.world.run_until(next);
            if self.world.stop().is_some() {
                return Err(Cut::Stopped);
            }
            let mut clients = self.producers.clone();
            clients.extend(&self.consumers);
            clients.extend(self.groups.iter().flat_map(|group| &group.members));
            clients.extend(self.admins.admins.iter().chain(&self.admins.users));
            self.nemesis.act(&mut self.world, &self.producers, &clients);
            self.tell_done();
            self.act_script()?;
            if next >= until {
                return Ok(());
            }
        }
    }

    /// Whether every step of the script was taken.
    pub(super) fn is_script_done(&self) -> bool {
        self.script.is_none()
    }

    fn act_script(&mut self) -> Result<(), Cut> {
        let Some(script) = &mut self.script else { return Ok(()) };
        match script.act(&mut self.world) {
            Progress::Going => Ok(()),
            Progress::Done => {
                self.script = None;
                self.judge_mut().found_mut().looked(Check::Script, 1);
                Ok(())
            }
            Progress::Failed(why) => {
                let found = self.judge_mut().found_mut();
                found.demand(Check::Script, false, crate::checks::Place::default(), || why);
                Err(Cut::Stopped)
            }
            Progress::Stuck(why) => {
                let state = self.describe();
                Err(Cut::Stuck(why, state))
            }
        }
    }

    fn tell_done(&mut self) {
        for (_, node, what) in self.nemesis.take_done() {
            self.judge_mut().note(node, "fault", what);
        }
    }

    /// The producer of that id.
    pub(super) fn producer(&self, id: ActorId) -> &ProducerActor {
        self.world.actor(id).as_any().downcast_ref().expect("producers are where they were added")
    }

    /// The consumer of that id.
    pub(super) fn consumer(&self, id: ActorId) -> &ConsumerActor {
        self.world.actor(id).as_any().downcast_ref().expect("consumers are where they were added")
    }

    /// How far a consumer is to read; none where the topic is gone. A deletion that its administrator has given up may still
    /// come, behind whatever a slow disk had begun before.
    pub(super) fn end_of(&self, target: &Target) -> Option<Offset> {
        let partition = self.judge().model().partition(target.id).filter(|partition| !partition.deleted)?;
        Some(partition.committed_end())
    }

    /// What a consumer has not read of what is committed, partition by partition.
    pub(super) fn unread_by(&self, id: ActorId) -> impl Iterator<Item = String> {
        let consumer = self.consumer(id);
        self.targets.iter().filter_map(move |target| {
            let (at, end) = (consumer.position(target), self.end_of(target)?);
            let name = format!("{}-{}", target.topic, target.id.partition);
            let from = at.unwrap_or(Offset::ZERO);
            (at < Some(end)).then(|| format!("consumer {}: at {from} of {end} in {name}", consumer.id().0))
        })
    }

    /// The state of everything, for a reader.
    pub(super) fn describe(&self) -> Vec<String> {
        let mut lines: Vec<String> = self
            .world
            .nodes()
            .into_iter()
            .map(|node| {
                format!("node {node}: {:?}, life {}", self.world.node_state(node), self.world.incarnation(node).0)
            })
            .collect();
        lines.extend(self.judge().model().live().flat_map(crate::script::describe));
        let waiting = self.producers.iter().map(|id| self.producer(*id)).filter(|producer| !producer.is_done());
        lines.extend(waiting.map(ProducerActor::waits_for));
        lines.extend(self.consumers.iter().flat_map(|id| self.unread_by(*id)));
        lines.extend(groups::describe(self));
        lines.extend(admins::describe(self));
        lines
    }
}
