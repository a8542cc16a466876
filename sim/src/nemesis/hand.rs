//! The hand that does what a plan decided, and undoes it when its time is over.

use super::{BeyondPromise, Decision, FaultKind, NemesisConfig, Plan, targets};
use crate::actor::ActorId;
use crate::clients::ProducerActor;
use crate::fault::{Crash, Cut, Denial, DiskFault, Fault, Host, LinkFault, OnFiles, Unsynced};
use crate::world::{NodeState, World};
use gracchus_core::types::{Instant, NodeId};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Files of a log directory that belong to no partition, for the fault `denied-path`.
const OWN_FILES: [&str; 5] = [
    "recovery-point-offset-checkpoint",
    "replication-offset-checkpoint",
    "log-start-offset-checkpoint",
    ".kafka_cleanshutdown",
    "gracchus.image",
];

/// How often a node that a fault left dead is looked for, in nanoseconds.
const LOOK: u64 = 1_000_000_000;
/// How long a clean stop may take before the node is killed, in looks.
const STOP_LOOKS: u32 = 12;

/// Carries a plan out.
#[derive(Clone, Debug)]
pub struct Nemesis {
    decisions: VecDeque<Decision>,
    later: BTreeMap<(Instant, u64), Later>,
    next_later: u64,
    cuts: bool,
    unsynced: Unsynced,
    beyond: BeyondPromise,
    most_down: usize,
    /// Nodes that a fault of ours may have left dead; a script's dead stay dead.
    ours: BTreeSet<NodeId>,
    /// The one node whose disk rots in this run.
    rotting: Option<NodeId>,
    next_look: Instant,
    counts: BTreeMap<FaultKind, u64>,
    refused: u64,
    done: Vec<(Instant, Option<NodeId>, String)>,
}

/// Something that a fault has still to do.
#[derive(Clone, Debug)]
enum Later {
    /// A fault, or the end of one.
    Do(Fault),
    /// The node starts, once its clean stop has ended.
    Start { node: NodeId, looks: u32 },
    /// The power fails again behind so many file operations, and comes back after so many milliseconds.
    CrashAgain { node: NodeId, ops: u32, for_ms: u64 },
    /// The disk is well again, and the node is started anew: what failed is offline until then.
    Replace { node: NodeId, power: bool },
}

impl Nemesis {
    /// A hand that will do this.
    #[must_use]
    pub fn new(config: &NemesisConfig, plan: &Plan) -> Nemesis {
        Nemesis {
            decisions: plan.decisions.iter().cloned().collect(),
            later: BTreeMap::new(),
            next_later: 0,
            cuts: config.cuts,
            unsynced: config
                .pages
                .map_or(Unsynced::Drawn, |pages| Unsynced::Shares { kept: pages.kept, torn: pages.torn }),
            beyond: config.beyond_promise,
            most_down: config.most_down as usize,
            ours: BTreeSet::new(),
            rotting: None,
            next_look: Instant(LOOK),
            counts: BTreeMap::new(),
            refused: 0,
            done: Vec::new(),
        }
    }

    /// When something is to be done next.
    #[must_use]
    pub fn next_due(&self) -> Option<Instant> {
        let decision = self.decisions.front().map(|decision| Instant(decision.at_ms * 1_000_000));
        let later = self.later.first_key_value().map(|((at, _), _)| *at);
        let look = (!self.ours.is_empty()).then_some(self.next_look);
        [decision, later, look].into_iter().flatten().min()
    }

    /// How often each fault took place.
    #[must_use]
    pub fn counts(&self) -> &BTreeMap<FaultKind, u64> {
        &self.counts
    }

    /// How many faults did not, for what they could have taken.
    #[must_use]
    pub fn refused(&self) -> u64 {
        self.refused
    }

    /// What was done since somebody last asked, for the timeline.
    pub fn take_done(&mut self) -> Vec<(Instant, Option<NodeId>, String)> {
        std::mem::take(&mut self.done)
    }

    /// Does nothing more.
    pub fn end(&mut self) {
        self.decisions.clear();
        self.later.clear();
        self.ours.clear();
    }

    /// Does what is due.
    pub fn act(&mut self, world: &mut World, producers: &[ActorId], clients: &[ActorId]) {
        let now = world.now();
        while let Some(entry) = self.later.first_entry()
            && entry.key().0 <= now
        {
            let later = entry.remove();
            self.on_later(later, world);
        }
        while let Some(decision) = self.decisions.pop_front_if(|decision| decision.at_ms * 1_000_000 <= now.0) {
            if self.decide(&decision, world, producers, clients) {
                *self.counts.entry(decision.kind).or_default() += 1;
            }
        }
        if self.next_look <= now {
            self.next_look = Instant(now.0 + LOOK);
            self.look_for_the_dead(world);
        }
    }

    /// Does one decision; `false` where there was nobody to strike or it was refused.
    fn decide(&mut self, it: &Decision, world: &mut World, producers: &[ActorId], clients: &[ActorId]) -> bool {
        match it.kind {
            FaultKind::PowerLoss => self.power_loss(it, world),
            FaultKind::PowerLossAll => self.power_loss_all(it, world),
            FaultKind::Kill => self.kill(it, world),
            FaultKind::Restart => self.restart(it, world),
            FaultKind::DoubleCrash => self.double_crash(it, world),
            FaultKind::Pause => self.on_up(it, world, |node| Fault::Pause { node }, |node| Fault::Resume { node }),
            FaultKind::ClockJump => {
                let most = if it.strength == 0 { 60_000 } else { it.strength };
                let by_ms = (it.picks[1] % (2 * most)) as i64 - most as i64;
                let back = move |node| Fault::ClockJump { node, by_ms: -by_ms };
                self.on_up(it, world, |node| Fault::ClockJump { node, by_ms }, back)
            }
            FaultKind::FailedSync | FaultKind::WriteError | FaultKind::ReadError => self.disk_error(it, world),
            FaultKind::OpenFiles | FaultKind::DeniedPath | FaultKind::FileSize => self.denial(it, world),
            FaultKind::DiskFull | FaultKind::SlowDisk | FaultKind::StuckDisk | FaultKind::SlowControlDisk => {
                self.disk_trouble(it, world)
            }
            FaultKind::BitRot => self.bit_rot(it, world),
            FaultKind::Partition
            | FaultKind::OneWayPartition
            | FaultKind::IsolateLeader
            | FaultKind::ClientPartition
            | FaultKind::Clog => self.links(it, world, clients),
            FaultKind::Reset => self.reset(it, world, clients),
            FaultKind::ResponseLoss => {
                let ppm = if it.strength == 0 { 20_000 } else { it.strength as u32 };
                self.apply(None, Fault::Loss { ppm }, it, world);
                self.after(it.for_ms, Later::Do(Fault::Loss { ppm: 0 }), world);
                true
            }
            FaultKind::LeaderMove => self.leader_move(it, world),
            FaultKind::ClientCrash => self.client_crash(it, world, producers),
        }
    }

    fn apply(&mut self, node: Option<NodeId>, fault: Fault, it: &Decision, world: &mut World) {
        self.done.push((world.now(), node, format!("{}: {fault:?}", it.id)));
        world.apply(&fault);
    }

    fn after(&mut self, ms: u64, later: Later, world: &World) {
        let at = world.now().plus_ms(ms as i64);
        self.next_later += 1;
        self.later.insert((at, self.next_later), later);
    }

    fn crash(&mut self, node: NodeId, crash: Crash, cut: Cut, it: &Decision, world: &mut World) {
        self.ours.insert(node);
        self.apply(Some(node), Fault::Crash { node, crash, cut }, it, world);
    }

    fn cut(&self, pick: u64) -> Cut {
        match pick % 4 {
            0 | 1 if self.cuts => Cut::AfterFileOps((pick / 4 % 24) as u32),
            2 => Cut::AfterEffects((pick / 4 % 12) as u32),
            _ => Cut::Now,
        }
    }

    fn up(&self, it: &Decision, world: &World) -> Option<NodeId> {
        let up: Vec<NodeId> = targets::nodes(it, world, |state| state == NodeState::Up);
        let down = world.nodes().len() - targets::count_up(world);
        if up.is_empty() || (self.most_down > 0 && down >= self.most_down) {
            return None;
        }
        Some(up[(it.picks[0] % up.len() as u64) as usize])
    }

    /// Whether these nodes' losing their power is more than the configuration promises to survive, and is not done.
    fn is_refused(&mut self, nodes: &[NodeId], world: &World) -> bool {
        let refused = self.beyond == BeyondPromise::Refuse && targets::would_exceed(world, nodes);
        self.refused += u64::from(refused);
        refused
    }

    fn power_loss(&mut self, it: &Decision, world: &mut World) -> bool {
        let Some(node) = self.up(it, world) else { return false };
        if self.is_refused(&[node], world) {
            return false;
        }
        self.crash(node, Crash::PowerLoss(self.unsynced), self.cut(it.picks[1]), it, world);
        self.after(it.for_ms, Later::Start { node, looks: 0 }, world);
        true
    }

    fn power_loss_all(&mut self, it: &Decision, world: &mut World) -> bool {
        let nodes: Vec<NodeId> = targets::nodes(it, world, |state| state == NodeState::Up);
        if nodes.is_empty() || self.is_refused(&nodes, world) {
            return false;
        }
        for (nth, node) in nodes.into_iter().enumerate() {
            self.crash(node, Crash::PowerLoss(self.unsynced), Cut::Now, it, world);
            // They come back one after the other, in an order of their own.
            let turn = (it.picks[1] >> (4 * nth)) % 16;
            self.after(it.for_ms + 100 * turn, Later::Start { node, looks: 0 }, world);
        }
        true
    }

    fn kill(&mut self, it: &Decision, world: &mut World) -> bool {
        let Some(node) = self.up(it, world) else { return false };
        self.crash(node, Crash::Kill, self.cut(it.picks[1]), it, world);
        self.after(it.for_ms, Later::Start { node, looks: 0 }, world);
        true
    }

    fn restart(&mut self, it: &Decision, world: &mut World) -> bool {
        let Some(node) = self.up(it, world) else { return false };
        self.ours.insert(node);
        self.apply(Some(node), Fault::Stop { node }, it, world);
        self.after(it.for_ms, Later::Start { node, looks: 0 }, world);
        true
    }

    fn double_crash(&mut self, it: &Decision, world: &mut World) -> bool {
        let Some(node) = self.up(it, world) else { return false };
        if self.is_refused(&[node], world) {
            return false;
        }
        self.crash(node, Crash::PowerLoss(self.unsynced), self.cut(it.picks[1]), it, world);
        let half = it.for_ms / 2;
        self.after(half, Later::Start { node, looks: 0 }, world);
        let ops = (it.picks[2] % 40) as u32;
        self.after(half + 1, Later::CrashAgain { node, ops, for_ms: it.for_ms - half }, world);
        true
    }

    fn on_up(
        &mut self,
        it: &Decision,
        world: &mut World,
        begin: impl Fn(NodeId) -> Fault,
        end: impl Fn(NodeId) -> Fault,
    ) -> bool {
        let Some(node) = self.up(it, world) else { return false };
        self.apply(Some(node), begin(node), it, world);
        self.after(it.for_ms, Later::Do(end(node)), world);
        true
    }

    fn disk_error(&mut self, it: &Decision, world: &mut World) -> bool {
        let Some(node) = self.up(it, world) else { return false };
        // A failed sync can take unsynced bytes as a power loss does.
        if self.is_refused(&[node], world) {
            return false;
        }
        let count = 1 + (it.picks[1] % 3) as u32;
        let on = if it.picks[2].is_multiple_of(2) { OnFiles::All } else { OnFiles::Ending(".log".to_string()) };
        let fault = match it.kind {
            FaultKind::FailedSync => DiskFault::FailSyncs { count, on },
            FaultKind::WriteError => DiskFault::FailWrites { count, on },
            _ => DiskFault::FailReads { count, on },
        };
        self.ours.insert(node);
        let dir = targets::dir(it, world);
        self.apply(Some(node), Fault::Disk { node, dir, fault }, it, world);
        self.after(it.for_ms.max(500), Later::Replace { node, power: it.picks[3].is_multiple_of(2) }, world);
        true
    }

    fn disk_trouble(&mut self, it: &Decision, world: &mut World) -> bool {
        let Some(node) = self.up(it, world) else { return false };
        let slow = if it.strength == 0 { 500 + it.picks[1] % 10_000 } else { it.strength } as u32;
        let (begin, end) = match it.kind {
            FaultKind::DiskFull => (DiskFault::Spare(it.picks[1] % 8_192), DiskFault::Capacity(None)),
            FaultKind::SlowDisk => (DiskFault::Slow(slow), DiskFault::Slow(100)),
            FaultKind::StuckDisk => (DiskFault::Stuck(true), DiskFault::Stuck(false)),
            _ if it.picks[2].is_multiple_of(3) => (DiskFault::StuckControl(true), DiskFault::StuckControl(false)),
            _ => (DiskFault::SlowControl(slow), DiskFault::SlowControl(100)),
        };
        let dir = targets::dir(it, world);
        self.apply(Some(node), Fault::Disk { node, dir, fault: begin }, it, world);
        self.after(it.for_ms, Later::Do(Fault::Disk { node, dir, fault: end }), world);
        true
    }

    /// Denies operations on files though the device is well.
    fn denial(&mut self, it: &Decision, world: &mut World) -> bool {
        let Some(node) = self.up(it, world) else { return false };
        let on = match it.kind {
            FaultKind::OpenFiles => OnFiles::All,
            FaultKind::FileSize => OnFiles::Ending(".log".to_string()),
            _ if it.picks[1].is_multiple_of(3) => {
                OnFiles::Containing(OWN_FILES[(it.picks[2] % OWN_FILES.len() as u64) as usize].to_string())
            }
            _ => {
                let Some((topic, partition)) = targets::partition(it, world) else { return false };
                OnFiles::Containing(format!("{topic}-{partition}"))
            }
        };
        let why = match it.kind {
            FaultKind::OpenFiles => Denial::OpenFiles,
            FaultKind::FileSize => Denial::FileSize,
            _ => Denial::Permission,
        };
        // A node that starts or stops meanwhile may end itself.
        self.ours.insert(node);
        for dir in 0..world.config().log_dirs.max(1) {
            let fault = DiskFault::Deny { why, on: on.clone() };
            self.apply(Some(node), Fault::Disk { node, dir, fault }, it, world);
            self.after(it.for_ms, Later::Do(Fault::Disk { node, dir, fault: DiskFault::Permit }), world);
        }
        true
    }

    fn bit_rot(&mut self, it: &Decision, world: &mut World) -> bool {
        let Some(node) = self.rotting.or_else(|| self.up(it, world)) else { return false };
        if targets::would_exceed_rot(world, node) {
            self.refused += 1;
            return false;
        }
        self.rotting = Some(node);
        let fault = DiskFault::Rot { bits: 1, on: OnFiles::Ending(".log".to_string()) };
        let dir = targets::dir(it, world);
        self.apply(Some(node), Fault::Disk { node, dir, fault }, it, world);
        true
    }

    fn links(&mut self, it: &Decision, world: &mut World, clients: &[ActorId]) -> bool {
        let Some(cuts) = targets::links(it, world, clients) else { return false };
        let fault = if it.kind == FaultKind::Clog { LinkFault::Clog } else { LinkFault::Cut };
        for (from, to) in &cuts {
            self.apply(None, Fault::Links { from: from.clone(), to: to.clone(), fault }, it, world);
        }
        for (from, to) in cuts {
            self.after(it.for_ms, Later::Do(Fault::HealLinks { from, to }), world);
        }
        true
    }

    fn reset(&mut self, it: &Decision, world: &mut World, clients: &[ActorId]) -> bool {
        let nodes = world.nodes();
        let a = Host::Node(nodes[(it.picks[0] % nodes.len() as u64) as usize]);
        let mut others: Vec<Host> = nodes.into_iter().map(Host::Node).filter(|host| *host != a).collect();
        others.extend(clients.iter().map(|client| Host::Actor(*client)));
        if others.is_empty() {
            return false;
        }
        let b = others[(it.picks[1] % others.len() as u64) as usize];
        self.apply(None, Fault::Reset { a, b }, it, world);
        true
    }

    fn leader_move(&mut self, it: &Decision, world: &mut World) -> bool {
        let Some((topic, partition)) = targets::partition(it, world) else { return false };
        self.apply(None, Fault::MoveLeader { topic, partition, to: None }, it, world);
        true
    }

    fn client_crash(&mut self, it: &Decision, world: &mut World, producers: &[ActorId]) -> bool {
        if producers.is_empty() {
            return false;
        }
        let id = producers[(it.picks[0] % producers.len() as u64) as usize];
        self.done.push((world.now(), None, format!("{}: {id:?} dies", it.id)));
        if let Some(producer) = world.actor_mut(id).as_any_mut().downcast_mut::<ProducerActor>() {
            producer.die();
        }
        true
    }

    fn on_later(&mut self, later: Later, world: &mut World) {
        match later {
            Later::Do(fault) => world.apply(&fault),
            Later::Start { node, looks } => self.start(node, looks, world),
            Later::CrashAgain { node, ops, for_ms } => {
                let cut = if self.cuts { Cut::AfterFileOps(ops) } else { Cut::Now };
                world.apply(&Fault::Crash { node, crash: Crash::PowerLoss(self.unsynced), cut });
                self.after(for_ms, Later::Start { node, looks: 0 }, world);
            }
            Later::Replace { node, power } => {
                for dir in 0..world.config().log_dirs {
                    world.apply(&Fault::Disk { node, dir, fault: DiskFault::Heal });
                }
                if world.node_state(node) == NodeState::Up {
                    let refused = power && targets::would_exceed(world, &[node]);
                    let crash = if power && !refused { Crash::PowerLoss(self.unsynced) } else { Crash::Kill };
                    world.apply(&Fault::Crash { node, crash, cut: Cut::Now });
                }
                self.after(200, Later::Start { node, looks: 0 }, world);
            }
        }
    }

    fn start(&mut self, node: NodeId, looks: u32, world: &mut World) {
        match world.node_state(node) {
            NodeState::Down | NodeState::Dark => world.apply(&Fault::Restart { node }),
            // It runs since another fault's end, or its crash is still to come: the next look finds it.
            NodeState::Up | NodeState::Paused if looks >= STOP_LOOKS => {}
            NodeState::Up | NodeState::Paused => self.after(500, Later::Start { node, looks: looks + 1 }, world),
        }
    }

    /// A crash that was to fall behind some operations may come after its end was due.
    fn look_for_the_dead(&mut self, world: &mut World) {
        let waited_for: Vec<NodeId> = self.later.values().filter_map(Later::starts).collect();
        for node in self.ours.clone() {
            let dead = matches!(world.node_state(node), NodeState::Down | NodeState::Dark);
            if dead && !waited_for.contains(&node) {
                self.after(300, Later::Start { node, looks: 0 }, world);
            }
        }
    }
}

impl Later {
    /// The node that it will start.
    fn starts(&self) -> Option<NodeId> {
        match self {
            Later::Do(_) => None,
            Later::Start { node, .. } | Later::CrashAgain { node, .. } | Later::Replace { node, .. } => Some(*node),
        }
    }
}
