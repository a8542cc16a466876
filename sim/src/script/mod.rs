//! Carries a scenario's script out: its steps in order, each when the one before is done.
//!
//! **Invariants**: a step is looked at between two steps of the world, never within one; a step that does not come out
//! as it says ends the run.

mod client;
mod conditions;

pub use client::{Answer, Order, ScriptClient};
pub use conditions::{describe, is_converged};

use crate::actor::ActorId;
use crate::clients::Target;
use crate::fault::{Crash, Cut, Fault, Host, LinkFault, Unsynced};
use crate::nemesis::Step;
use crate::world::World;
use gracchus_core::types::{ErrorCode, Instant, NodeId};
use std::collections::VecDeque;
use std::sync::Arc;

/// How long a condition is waited for where its step does not say, in milliseconds.
const PATIENCE_MS: u64 = 10_000;
/// How often a condition is looked at, in milliseconds.
const LOOK_MS: u64 = 5;

/// A script under way.
#[derive(Clone, Debug)]
pub struct Script {
    steps: VecDeque<Step>,
    taken: usize,
    state: State,
    client: ActorId,
    clients: Vec<ActorId>,
    targets: Vec<Target>,
    addresses: Vec<(NodeId, (Arc<str>, u16))>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum State {
    /// The next step can be taken.
    Ready,
    /// Until then nothing is to be done.
    Until(Instant),
    /// Looking whether a condition holds, until a time.
    Waiting { by: Instant, next: Instant },
    /// Looking whether a produce is answered as it should be.
    Answer { label: String, expected: String, by: Instant, next: Instant },
}

/// What a script came to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Progress {
    /// There is more to come.
    Going,
    /// Every step was taken.
    Done,
    /// A step did not come out as it says.
    Failed(String),
    /// A condition did not come to hold in time.
    Stuck(String),
}

impl Script {
    /// The script of these steps; `client` is its own, `clients` are all there are.
    #[must_use]
    pub fn new(
        steps: &[Step],
        client: ActorId,
        clients: Vec<ActorId>,
        targets: Vec<Target>,
        addresses: Vec<(NodeId, (Arc<str>, u16))>,
    ) -> Script {
        Script { steps: steps.to_vec().into(), taken: 0, state: State::Ready, client, clients, targets, addresses }
    }

    /// When it is to be looked at again; none where it is done.
    #[must_use]
    pub fn next_due(&self) -> Option<Instant> {
        match &self.state {
            State::Ready => (!self.steps.is_empty()).then_some(Instant(0)),
            State::Until(at) => Some(*at),
            State::Waiting { next, .. } | State::Answer { next, .. } => Some(*next),
        }
    }

    /// Takes every step that can be taken now.
    pub fn act(&mut self, world: &mut World) -> Progress {
        loop {
            match self.look(world) {
                Ok(true) => {}
                Ok(false) => return Progress::Going,
                Err(why) => return why,
            }
            let Some(step) = self.steps.pop_front() else { return Progress::Done };
            self.taken += 1;
            if let Err(why) = self.take(&step, world) {
                return Progress::Failed(format!("step {}: {why}", self.taken));
            }
        }
    }

    /// Whether the step that was taken last is done.
    fn look(&mut self, world: &World) -> Result<bool, Progress> {
        let now = world.now();
        let again = Instant(now.0 + LOOK_MS * 1_000_000);
        match &mut self.state {
            State::Ready => return Ok(true),
            State::Until(at) if *at > now => return Ok(false),
            State::Until(_) => {}
            State::Waiting { by, next } => {
                let Some(Step::WaitUntil { condition, .. }) = self.steps.front() else { return Ok(true) };
                if !conditions::holds(condition, world, self.client) {
                    if now >= *by {
                        let seen = conditions::tell(condition, world);
                        let step = self.taken + 1;
                        return Err(Progress::Stuck(format!("step {step} waited for {condition:?}; {seen}")));
                    }
                    *next = again;
                    return Ok(false);
                }
                self.steps.pop_front();
                self.taken += 1;
            }
            State::Answer { label, expected, by, next } => {
                let answer = conditions::client(world, self.client).and_then(|client| client.answer(label));
                match answer {
                    Some(Answer::Waiting) if now < *by => {
                        *next = again;
                        return Ok(false);
                    }
                    Some(Answer::Said(code)) if is(expected, code) => {}
                    other => {
                        let step = self.taken;
                        let why = format!("step {step}: `{label}` was to be answered {expected}, and was {other:?}");
                        return Err(Progress::Failed(why));
                    }
                }
            }
        }
        self.state = State::Ready;
        // A condition may follow at once.
        if let Some(Step::WaitUntil { within_ms, .. }) = self.steps.front() {
            let patience = if *within_ms == 0 { PATIENCE_MS } else { *within_ms };
            self.state = State::Waiting { by: now.plus_ms(patience as i64), next: now };
            return self.look(world);
        }
        Ok(true)
    }

    fn take(&mut self, step: &Step, world: &mut World) -> Result<(), String> {
        let now = world.now();
        match step {
            Step::Wait { ms } => self.state = State::Until(now.plus_ms(*ms as i64)),
            Step::WaitUntil { .. } => {
                // Only the first step of a script comes here; the others are looked at where they stand.
                self.steps.push_front(step.clone());
                self.taken -= 1;
                self.state = State::Until(now);
            }
            Step::Produce { partition, label, acks, records, to, expect } => {
                let order = self.order(partition, label, *acks, *records, *to, world)?;
                if let Some(expected) = expect {
                    let by = now.plus_ms(2 * PATIENCE_MS as i64);
                    let (label, expected) = (order.label.clone(), expected.clone());
                    self.state = State::Answer { label, expected, by, next: now };
                }
                let client = world.actor_mut(self.client).as_any_mut().downcast_mut::<ScriptClient>();
                client.expect("the script's client is one").take(order);
            }
            Step::Expect { condition } => {
                if !conditions::holds(condition, world, self.client) {
                    return Err(format!("does not hold: {condition:?}; {}", conditions::tell(condition, world)));
                }
            }
            other => {
                for fault in self.faults(other, world)? {
                    world.apply(&fault);
                }
            }
        }
        Ok(())
    }

    fn faults(&self, step: &Step, world: &World) -> Result<Vec<Fault>, String> {
        let node = |node: &i32| NodeId(*node);
        let split = |name: &String| self.split(name);
        Ok(match step {
            Step::HoldLink { from, to } => vec![self.links(*from, *to, LinkFault::Clog)],
            Step::CutLink { from, to } => vec![self.links(*from, *to, LinkFault::Cut)],
            Step::ReleaseLink { from, to } => vec![Fault::HealLinks { from: self.hosts(*from), to: self.hosts(*to) }],
            Step::HealLinks => vec![Fault::HealNetwork],
            Step::Stop { node: it } => vec![Fault::Stop { node: node(it) }],
            Step::Kill { node: it } => vec![Fault::Crash { node: node(it), crash: Crash::Kill, cut: Cut::Now }],
            Step::PowerLoss { nodes, drop_all } => {
                let unsynced = if *drop_all { Unsynced::Dropped } else { Unsynced::Drawn };
                let crash = Crash::PowerLoss(unsynced);
                nodes.iter().map(|it| Fault::Crash { node: node(it), crash, cut: Cut::Now }).collect()
            }
            Step::Start { node: it } => vec![Fault::Restart { node: node(it) }],
            Step::Elect { partition, leader, unclean } => {
                let (topic, partition) = split(partition)?;
                vec![match unclean {
                    true => Fault::ForceLeader { topic, partition, to: node(leader) },
                    false => Fault::MoveLeader { topic, partition, to: Some(node(leader)) },
                }]
            }
            Step::SetIsr { partition, isr } => {
                let (topic, partition) = split(partition)?;
                vec![Fault::ForceIsr { topic, partition, isr: isr.iter().map(node).collect() }]
            }
            Step::Controller { automatic } => vec![Fault::Automatic(*automatic)],
            Step::HoldImages { node: it } => vec![Fault::HoldImages { node: node(it) }],
            Step::ReleaseImages { node: it } => vec![Fault::ReleaseImages { node: node(it) }],
            Step::Wait { .. } | Step::WaitUntil { .. } | Step::Produce { .. } | Step::Expect { .. } => {
                let _ = world;
                Vec::new()
            }
        })
    }

    fn split(&self, name: &str) -> Result<(String, i32), String> {
        let (topic, number) = name.rsplit_once('-').ok_or_else(|| format!("`{name}` is not `topic-0`"))?;
        let number = number.parse().map_err(|_| format!("`{name}` is not `topic-0`"))?;
        Ok((topic.to_string(), number))
    }

    /// A node, or all clients where it is -1.
    fn hosts(&self, node: i32) -> Vec<Host> {
        match node {
            -1 => self.clients.iter().copied().map(Host::Actor).collect(),
            node => vec![Host::Node(NodeId(node))],
        }
    }

    fn links(&self, from: i32, to: i32, fault: LinkFault) -> Fault {
        Fault::Links { from: self.hosts(from), to: self.hosts(to), fault }
    }

    fn order(
        &self,
        partition: &str,
        label: &str,
        acks: crate::nemesis::ScriptAcks,
        records: u32,
        to: Option<i32>,
        world: &World,
    ) -> Result<Order, String> {
        let (topic, number) = self.split(partition)?;
        let at = Target::place_in(&self.targets, &topic, number).ok_or_else(|| format!("there is no {partition}"))?;
        let target = self.targets[at].clone();
        let leader = || world.image().partition(target.id).and_then(|registered| registered.leader);
        let to = to.map(NodeId).or_else(leader).ok_or_else(|| format!("nobody leads {partition}"))?;
        let address = self.addresses.iter().find(|(node, _)| *node == to);
        let (_, address) = address.cloned().ok_or_else(|| format!("there is no node {to}"))?;
        let label = if label.is_empty() { format!("step {}", self.taken) } else { label.to_string() };
        Ok(Order { label, target, to, address, acks, records: records.max(1) })
    }
}

fn is(expected: &str, code: ErrorCode) -> bool {
    expected == code.name() || (expected == "ok" && code == ErrorCode::None)
}
