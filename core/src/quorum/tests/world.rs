//! A world of replicas for tests: a network that delays, loses, repeats and cuts, disks that lose what is not durable,
//! and the invariants of a metadata quorum, which are checked after every event.
//!
//! **In Kafka**: `RaftEventSimulationTest`, whose invariants have the same names here.

use super::super::role::Role;
use super::super::*;
use super::model_log::{LogState, ModelLog, ModelSnapshot, header};
use crate::io::{AskId, Asker, Desk, Draws, ShardId, Site};
use crate::types::{ErrorCode, Instant, LeaderEpoch, NodeId, Now, Offset, Timestamp, Uuid};
use crate::wire::{Decoder, Encoder, Message, VotersRecord};
use bytes::{Bytes, BytesMut};
use bytestring::ByteString;
use std::collections::{BTreeMap, BTreeSet};

pub const LISTENER: &str = "CONTROLLER";

/// Splitmix64.
#[derive(Clone, PartialEq, Debug)]
pub struct Dice(pub u64);

impl Dice {
    pub fn roll(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut it = self.0;
        it = (it ^ (it >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        it = (it ^ (it >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (it ^ (it >> 31)) % bound.max(1)
    }

    pub fn one_in(&mut self, bound: u64) -> bool {
        self.roll(bound) == 0
    }
}

impl Draws for Dice {
    fn below(&mut self, _: Site, _: u64, bound: u64) -> u64 {
        self.roll(bound)
    }
}

pub fn hash(seed: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(seed ^ 0xcbf2_9ce4_8422_2325, |it, byte| (it ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3))
}

/// A model's snapshot: the hash of all records that it stands for, the level of `kraft.version`, and the voters.
pub fn snapshot_bytes(hash: u64, control: &ControlState) -> Bytes {
    let mut bytes = BytesMut::new();
    bytes.extend_from_slice(&hash.to_be_bytes());
    bytes.extend_from_slice(&control.kraft_version.to_be_bytes());
    if let Some(voters) = &control.voters {
        let mut scratch = BytesMut::new();
        let mut out = Encoder::new(&mut scratch);
        voters.to_record().encode(&mut out, 0);
        bytes.extend_from_slice(&out.finish_whole());
    }
    bytes.freeze()
}

pub fn control_of(bytes: &[u8]) -> ControlState {
    let kraft_version = i16::from_be_bytes([bytes[8], bytes[9]]);
    let rest = Bytes::copy_from_slice(&bytes[10..]);
    let voters =
        (!rest.is_empty()).then(|| VoterSet::of_record(&VotersRecord::decode(&mut Decoder::new(rest), 0).unwrap()));
    ControlState { kraft_version, voters }
}

pub fn endpoint(at: usize) -> Endpoint {
    Endpoint { host: "node".into(), port: at as u16 }
}

pub fn endpoints(at: usize) -> Endpoints {
    [(ByteString::from_static(LISTENER), endpoint(at))].into()
}

pub fn key(at: usize, directory: u64) -> ReplicaKey {
    ReplicaKey { id: NodeId(at as i32), directory_id: Some(Uuid::from_halves(at as u64 + 1, directory)) }
}

pub fn voter(at: usize, directory: u64) -> Voter {
    Voter { key: key(at, directory), endpoints: endpoints(at), kraft_versions: (0, 1) }
}

/// A machine.
#[derive(Clone)]
pub struct Machine {
    pub quorum: Option<Quorum>,
    pub log: ModelLog,
    pub directory: u64,
    pub life: u64,
    /// What `quorum-state` says durably.
    pub election: Option<ElectionState>,
    writing: Option<ElectionState>,
    /// What would happen is put off until then.
    pub paused_until: u64,
    /// How slow its disk is, in milliseconds.
    pub sync_ms: u64,
    wake_at: Option<(u64, u64)>,
    dice: Dice,
    high_watermark: Offset,
    epoch: LeaderEpoch,
}

#[derive(Clone, Debug)]
enum Happening {
    Request { to: usize, from: (usize, u64), peer: PeerId, correlation: Correlation, request: Request },
    Response { to: (usize, u64), peer: PeerId, correlation: Correlation, response: Response },
    Failed { to: (usize, u64), peer: PeerId, correlation: Correlation, why: RequestFailure },
    Synced { at: (usize, u64), mark: u64 },
    Written { at: (usize, u64) },
    Read { at: (usize, u64), read: ReadId, what: ReadWhat, max_bytes: u32 },
    SnapshotSynced { at: (usize, u64), id: SnapshotId },
    Wake { at: (usize, u64), due: u64 },
}

pub struct World {
    pub now: u64,
    pub dice: Dice,
    pub machines: Vec<Machine>,
    happenings: BTreeMap<(u64, u64), Happening>,
    count: u64,
    askers: BTreeMap<u64, ((usize, u64), PeerId, Correlation)>,
    asked: u64,
    /// From whom to whom nothing goes.
    pub cuts: BTreeSet<(usize, usize)>,
    /// One message in so many is lost, and one repeated.
    pub loss: u64,
    pub delay_ms: u64,
    pub config: QuorumConfig,
    pub is_dynamic: bool,
    pub configured: VoterSet,
    pub bootstrap: Vec<Endpoint>,
    /// How far the logs of lost directories were durable.
    wiped: BTreeMap<ReplicaKey, Offset>,
    /// Whether each input is given to a copy too.
    pub check_clones: bool,
    // What the checks know.
    leaders: BTreeMap<LeaderEpoch, NodeId>,
    gained: BTreeMap<LeaderEpoch, (usize, u64)>,
    /// The committed batches by base offset, with the hash of everything up to their ends.
    pub committed: BTreeMap<Offset, (Bytes, u64)>,
    pub committed_end: Offset,
    pub answers: Vec<Response>,
    pub counts: BTreeMap<&'static str, u64>,
}

const TOOL: usize = usize::MAX;

impl World {
    /// `voters` voters and `observers` more machines; all begin with empty logs.
    pub fn new(seed: u64, voters: usize, observers: usize, is_dynamic: bool) -> World {
        let listener = ByteString::from_static(LISTENER);
        let configured = if is_dynamic {
            VoterSet::default()
        } else {
            VoterSet::of_static(&listener, (0..voters).map(|it| (NodeId(it as i32), endpoint(it))))
        };
        let mut first = LogState::default();
        if is_dynamic {
            let set = VoterSet::new((0..voters).map(|it| voter(it, 0)));
            let control = ControlState { kraft_version: 1, voters: Some(set) };
            let bytes = snapshot_bytes(0, &control);
            first.snapshots.insert(SnapshotId::BOOTSTRAP, ModelSnapshot { bytes, control });
        }
        let machine = |at: usize| Machine {
            quorum: None,
            log: ModelLog::new(if at < voters { first.clone() } else { LogState::default() }),
            directory: 0,
            life: 0,
            election: None,
            writing: None,
            paused_until: 0,
            sync_ms: 3,
            wake_at: None,
            dice: Dice(hash(seed, &[at as u8, 7])),
            high_watermark: Offset::ZERO,
            epoch: LeaderEpoch(0),
        };
        let mut world = World {
            now: 1_000,
            dice: Dice(seed),
            machines: (0..voters + observers).map(machine).collect(),
            happenings: BTreeMap::new(),
            count: 0,
            askers: BTreeMap::new(),
            asked: 0,
            cuts: BTreeSet::new(),
            loss: 0,
            delay_ms: 5,
            config: QuorumConfig { fetch_max_bytes: 400, ..QuorumConfig::default() },
            is_dynamic,
            configured,
            bootstrap: (0..voters + observers).map(endpoint).collect(),
            wiped: BTreeMap::new(),
            check_clones: false,
            leaders: BTreeMap::new(),
            gained: BTreeMap::new(),
            committed: BTreeMap::new(),
            committed_end: Offset::ZERO,
            answers: Vec::new(),
            counts: BTreeMap::new(),
        };
        (0..voters + observers).for_each(|at| world.start(at));
        world
    }

    pub fn count(&mut self, what: &'static str) {
        *self.counts.entry(what).or_default() += 1;
    }

    pub fn start(&mut self, at: usize) {
        if self.machines[at].quorum.is_some() {
            return;
        }
        let (now, configured, config) = (self.clock(), self.configured.clone(), self.config.clone());
        let bootstrap = self.bootstrap.clone();
        let machine = &mut self.machines[at];
        machine.life += 1;
        machine.high_watermark = Offset::ZERO;
        machine.epoch = LeaderEpoch(0);
        let identity = Identity {
            key: key(at, machine.directory),
            cluster_id: "cluster".into(),
            listener: LISTENER.into(),
            endpoints: endpoints(at),
            kraft_versions: (0, 1),
        };
        let voters = machine.log.live.history(configured);
        let found = Found { election: machine.election.clone(), voters, bootstrap };
        let mut out = Vec::new();
        let mut cx = Context { now, draws: &mut machine.dice, log: &mut machine.log, out: &mut out };
        machine.quorum = Some(Quorum::new(config, identity, found, &mut cx));
        assert!(out.is_empty());
        self.call(at, |quorum, cx| quorum.on_wake(cx));
    }

    /// Loses whatever is not durable.
    pub fn crash(&mut self, at: usize) {
        let nth = self.dice.roll(1_000) as usize;
        let machine = &mut self.machines[at];
        if machine.quorum.take().is_none() {
            return;
        }
        machine.life += 1;
        let is_cold = machine.log.is_cold;
        machine.log = ModelLog::new(machine.log.crashed(nth));
        machine.log.is_cold = is_cold;
        // A write that was under way may be durable.
        if let Some(written) = machine.writing.take()
            && nth.is_multiple_of(2)
        {
            machine.election = Some(written);
        }
        self.count("crash");
    }

    /// Crashes, and comes back with an empty directory under a new id.
    pub fn wipe(&mut self, at: usize) {
        self.crash(at);
        let machine = &mut self.machines[at];
        self.wiped.insert(key(at, machine.directory), machine.log.durable().end().offset);
        machine.directory += 1;
        machine.election = None;
        machine.log = ModelLog::new(LogState::default());
        self.count("wipe");
    }

    /// A request of a tool; what is answered is in `answers`.
    pub fn ask(&mut self, at: usize, request: Request) {
        self.asked += 1;
        self.askers.insert(self.asked, ((TOOL, 0), PeerId::Bootstrap(0), Correlation(0)));
        let asker = asker(self.asked);
        self.call(at, |quorum, cx| quorum.on_request(asker, Some("cluster"), request.clone(), cx));
    }

    /// Appends a record at whoever leads.
    pub fn append(&mut self, at: usize, value: u64) -> Option<Offset> {
        let epoch = self.machines[at].quorum.as_ref().filter(|it| it.is_leader())?.epoch();
        let mut appended = None;
        let value = [Bytes::copy_from_slice(&value.to_be_bytes())];
        self.call(at, |quorum, cx| appended = quorum.append(epoch, &value, cx).ok());
        appended
    }

    /// Makes a snapshot of all that is committed at a machine, and lets the prefix go.
    pub fn snapshot(&mut self, at: usize) {
        let machine = &self.machines[at];
        let Some(quorum) = &machine.quorum else { return };
        let high_watermark = quorum.high_watermark();
        let batches = machine.log.live.batches.iter().map(header).filter(|it| it.next() <= high_watermark);
        let Some(last) = batches.last() else { return };
        let (end, epoch) = (last.next(), last.leader_epoch.unwrap());
        let control = quorum.control_state_at(end);
        let (_, hash) = self.committed.range(..end).next_back().unwrap().1;
        let snapshot = ModelSnapshot { bytes: snapshot_bytes(*hash, &control), control };
        let id = SnapshotId { end_offset: end, epoch };
        self.machines[at].log.make_snapshot(id, snapshot);
        self.count("snapshot");
        self.call(at, |quorum, cx| quorum.on_snapshot_made(id, cx));
    }

    pub fn leader(&self) -> Option<usize> {
        let leads = |at: &usize| self.machines[*at].quorum.as_ref().is_some_and(Quorum::is_leader);
        let mut leaders: Vec<_> = (0..self.machines.len()).filter(leads).collect();
        leaders.sort_by_key(|at| self.machines[*at].quorum.as_ref().map(Quorum::epoch));
        leaders.pop()
    }

    fn clock(&self) -> Now {
        Now { mono: Instant(self.now * 1_000_000), wall: Timestamp(1_700_000_000_000 + self.now as i64) }
    }

    fn later(&mut self, ms: u64, happening: Happening) {
        self.count += 1;
        self.happenings.insert((self.now + ms, self.count), happening);
    }

    /// Lets everything happen until then.
    pub fn run_until(&mut self, until: u64) {
        while let Some((&at, _)) = self.happenings.first_key_value().filter(|it| it.0.0 <= until) {
            let happening = self.happenings.remove(&at).unwrap();
            self.now = self.now.max(at.0);
            self.happen(happening);
        }
        self.now = until;
    }

    fn happen(&mut self, happening: Happening) {
        let whose = match &happening {
            Happening::Request { to, .. } => *to,
            Happening::Response { to, .. } | Happening::Failed { to, .. } => to.0,
            Happening::Synced { at, .. }
            | Happening::Written { at }
            | Happening::Read { at, .. }
            | Happening::SnapshotSynced { at, .. }
            | Happening::Wake { at, .. } => at.0,
        };
        let paused = self.machines[whose].paused_until;
        if paused > self.now {
            return self.later(paused - self.now, happening);
        }
        self.deliver(happening);
    }

    fn deliver(&mut self, happening: Happening) {
        let alive = |(at, life): (usize, u64), world: &World| {
            world.machines[at].quorum.is_some() && world.machines[at].life == life
        };
        match happening {
            Happening::Request { to, from, peer, correlation, request } => {
                if self.machines[to].quorum.is_none() {
                    let why = if self.dice.one_in(3) { RequestFailure::Closed } else { RequestFailure::Refused };
                    return self.reply(to, Happening::Failed { to: from, peer, correlation, why });
                }
                self.asked += 1;
                self.askers.insert(self.asked, (from, peer, correlation));
                let asker = asker(self.asked);
                self.call(to, |quorum, cx| quorum.on_request(asker, Some("cluster"), request.clone(), cx));
            }
            Happening::Response { to, peer, correlation, response, .. } if alive(to, self) => {
                self.call(to.0, |quorum, cx| quorum.on_response(peer, correlation, response.clone(), cx));
            }
            Happening::Failed { to, peer, correlation, why } if alive(to, self) => {
                self.call(to.0, |quorum, cx| quorum.on_request_failed(peer, correlation, why, cx));
            }
            Happening::Synced { at, mark } if alive(at, self) => {
                self.machines[at.0].log.synced(mark);
                self.call(at.0, |quorum, cx| quorum.on_synced(cx));
            }
            Happening::Written { at } if alive(at, self) => {
                let written = self.machines[at.0].writing.take().unwrap();
                let durable = self.machines[at.0].election.replace(written.clone());
                assert!(durable.is_none_or(|it| it.epoch <= written.epoch), "MonotonicEpoch, on disk");
                self.call(at.0, |quorum, cx| quorum.on_election_state_written(cx));
            }
            Happening::Read { at, read, what, max_bytes } if alive(at, self) => {
                let log = &self.machines[at.0].log;
                let bytes = match what {
                    ReadWhat::Log(from) => log.read_now(from, max_bytes),
                    ReadWhat::Snapshot(id, position) => log.read_snapshot_now(id, position, max_bytes),
                };
                self.call(at.0, |quorum, cx| quorum.on_read(read, bytes.clone(), cx));
            }
            Happening::SnapshotSynced { at, id } if alive(at, self) => {
                let partial = self.machines[at.0].log.partial.as_ref().filter(|it| it.0 == id);
                let state = partial.map(|it| control_of(&it.1));
                self.call(at.0, |quorum, cx| quorum.on_snapshot_synced(id, state.clone(), cx));
            }
            Happening::Wake { at, due } if alive(at, self) && self.machines[at.0].wake_at == Some((at.1, due)) => {
                self.machines[at.0].wake_at = None;
                self.call(at.0, |quorum, cx| quorum.on_wake(cx));
            }
            _ => {}
        }
    }

    /// Sends over the network.
    fn reply(&mut self, from: usize, happening: Happening) {
        let to = match &happening {
            Happening::Request { to, .. } => *to,
            Happening::Response { to, .. } | Happening::Failed { to, .. } => to.0,
            _ => unreachable!(),
        };
        if to == TOOL {
            if let Happening::Response { response, .. } = happening {
                self.answers.push(response);
            }
            return;
        }
        if self.cuts.contains(&(from, to)) || self.loss > 0 && self.dice.one_in(self.loss) {
            return;
        }
        let copies = if self.loss > 0 && self.dice.one_in(self.loss) { 2 } else { 1 };
        for _ in 0..copies {
            let delay = self.dice.roll(self.delay_ms) + u64::from(self.delay_ms > 1);
            self.later(delay, happening.clone());
        }
    }

    pub fn call(&mut self, at: usize, mut input: impl FnMut(&mut Quorum, &mut Context<'_>)) {
        let now = self.clock();
        let machine = &mut self.machines[at];
        let Some(quorum) = &mut machine.quorum else { return };
        let copy = self.check_clones.then(|| (quorum.clone(), machine.log.clone(), machine.dice.clone()));
        let mut out = Vec::new();
        input(quorum, &mut Context { now, draws: &mut machine.dice, log: &mut machine.log, out: &mut out });
        if let Some((mut quorum, mut log, mut dice)) = copy {
            let mut outputs = Vec::new();
            input(&mut quorum, &mut Context { now, draws: &mut dice, log: &mut log, out: &mut outputs });
            assert!(outputs == out && machine.quorum == Some(quorum), "a clone behaves as its original");
        }
        for output in out {
            self.perform(at, output);
        }
        self.check(at);
        let machine = &self.machines[at];
        if let Some(wake) = machine.quorum.as_ref().and_then(|it| it.next_wake(now.mono)) {
            let due = wake.0.div_ceil(1_000_000).max(self.now + 1);
            let life = machine.life;
            // One wake-up is under way, as with a host.
            if machine.wake_at != Some((life, due)) {
                self.machines[at].wake_at = Some((life, due));
                self.later(due - self.now, Happening::Wake { at: (at, life), due });
            }
        }
    }

    fn perform(&mut self, at: usize, output: Output) {
        let me = (at, self.machines[at].life);
        match output {
            Output::Send { peer, endpoint, correlation, request } => {
                self.check_shown(at, &request);
                let to = endpoint.port as usize;
                self.reply(at, Happening::Request { to, from: me, peer, correlation, request });
            }
            Output::Answer { asker, response } => {
                if let Some((to, peer, correlation)) = self.askers.remove(&asker.ask.0) {
                    self.reply(at, Happening::Response { to, peer, correlation, response });
                }
            }
            Output::WriteElectionState(state, _) => {
                assert!(self.machines[at].writing.replace(state).is_none(), "one write at a time");
                let ms = self.machines[at].sync_ms;
                let ms = 1 + self.dice.roll(ms * 2);
                self.later(ms, Happening::Written { at: me });
            }
            Output::SyncLog => {
                let (ms, mark) = (self.machines[at].sync_ms, self.machines[at].log.mark());
                let ms = 1 + self.dice.roll(ms * 2);
                self.later(ms, Happening::Synced { at: me, mark });
            }
            Output::Read { read, what, max_bytes } => {
                let ms = 1 + self.dice.roll(10);
                self.later(ms, Happening::Read { at: me, read, what, max_bytes });
            }
            Output::SyncSnapshot(id) => self.later(5, Happening::SnapshotSynced { at: me, id }),
            Output::LeaderChanged { leader: Some(leader), epoch } => {
                let first = *self.leaders.entry(epoch).or_insert(leader);
                assert_eq!(first, leader, "SingleLeader in epoch {epoch}");
            }
            Output::LeaderChanged { leader: None, .. } => {}
            Output::LeadershipGained { epoch, .. } => self.on_gained(at, epoch),
            Output::LeadershipLost { .. } => self.count("leadership lost"),
            Output::HighWatermarkAdvanced(to) => {
                let before = core::mem::replace(&mut self.machines[at].high_watermark, to);
                assert!(to > before, "MonotonicHighWatermark");
            }
            Output::Truncated(_) => self.count("truncation"),
            Output::SnapshotInstalled(_) => self.count("snapshot installed"),
            Output::PrefixMayGo(to) => self.machines[at].log.trim(to),
            Output::ShutDown => self.count("shut down"),
            Output::Halt(reason) => panic!("machine {at}: {reason}"),
        }
    }

    /// A message never shows an epoch that its sender could forget.
    fn check_shown(&self, at: usize, request: &Request) {
        let epoch = match request {
            Request::Vote(it) => it.epoch,
            Request::BeginQuorumEpoch(it) => it.epoch,
            Request::EndQuorumEpoch(it) => it.epoch,
            Request::Fetch(it) => it.epoch,
            Request::FetchSnapshot(it) => it.epoch,
            _ => return,
        };
        let durable = self.machines[at].election.as_ref().expect("a state is durable before the first message");
        assert!(durable.epoch >= epoch, "machine {at} shows epoch {epoch} that is not durable");
        if let Request::Fetch(fetch) = request {
            assert!(self.machines[at].log.durable().end() == fetch.from, "a fetch offset is durable");
        }
        if let Request::Vote(vote) = request
            && !vote.pre_vote
            && durable.epoch == epoch
        {
            assert_eq!(durable.voted, Some(vote.candidate), "a candidacy is durable");
        }
    }

    fn on_gained(&mut self, at: usize, epoch: LeaderEpoch) {
        self.count("leadership gained");
        let me = (at, self.machines[at].life);
        let first = *self.gained.entry(epoch).or_insert(me);
        assert_eq!(first, me, "SingleLeader: epoch {epoch} is led once");
        let log = &self.machines[at].log.live;
        assert!(log.end().offset >= self.committed_end, "machine {at} leads without all that is committed");
    }

    fn check(&mut self, at: usize) {
        let Some(quorum) = &self.machines[at].quorum else { return };
        let (epoch, is_leader, high_watermark) = (quorum.epoch(), quorum.is_leader(), quorum.high_watermark());
        assert!(epoch >= self.machines[at].epoch, "MonotonicEpoch");
        let machine = &self.machines[at];
        let log = &machine.log.live;
        assert!(log.end().offset >= high_watermark, "the high watermark is within the log");
        if log.start > Offset::ZERO {
            let has = log.snapshots.keys().any(|it| it.end_offset >= log.start);
            assert!(has, "SnapshotAtLogStart");
        }
        assert_eq!(*quorum.voters(), {
            let mut replayed = log.history(self.configured.clone());
            if *quorum.voters() != replayed {
                // What a snapshot let go of is not read again.
                replayed = quorum.voters().clone();
                assert_eq!(*quorum.voters().latest(), *log.history(self.configured.clone()).latest());
            }
            replayed
        });
        if is_leader && high_watermark > self.committed_end {
            self.check_majority(at, high_watermark);
        }
        self.machines[at].epoch = epoch;
        self.check_committed(at, high_watermark);
    }

    /// MajorityReachedHighWatermark: what a leader commits is durable at a majority of the voters.
    fn check_majority(&self, at: usize, high_watermark: Offset) {
        let voters = self.machines[at].quorum.as_ref().unwrap().voters().latest();
        let reached = voters.iter().filter(|voter| {
            let machine = &self.machines[voter.key.id.0 as usize];
            // A voter that was wiped had it once, and never votes again.
            let wiped = self.wiped.get(&voter.key).is_some_and(|it| *it >= high_watermark);
            let is_intact = voter.is(key(voter.key.id.0 as usize, machine.directory));
            wiped || is_intact && machine.log.durable().end().offset >= high_watermark
        });
        assert!(reached.count() >= voters.majority(), "MajorityReachedHighWatermark: {high_watermark}");
    }

    /// Committed records are the same everywhere, and never change.
    fn check_committed(&mut self, at: usize, high_watermark: Offset) {
        let log = &self.machines[at].log.live;
        let mut new = Vec::new();
        for batch in log.batches.iter().rev() {
            let header = header(batch);
            if header.next() > high_watermark {
                continue;
            }
            match self.committed.get(&header.base) {
                Some((known, _)) => {
                    assert_eq!(known, batch, "machine {at}: the committed batch at {}", header.base);
                    // What lies before was compared when it was committed here, and again where it was replaced.
                    if !self.dice_free_full_check(at) {
                        break;
                    }
                }
                None => new.push(batch.clone()),
            }
        }
        if log.start > Offset::ZERO
            && let Some((id, snapshot)) = log.snapshots.iter().next_back()
            && let Some((_, (_, hash))) = self.committed.range(..id.end_offset).next_back()
        {
            assert_eq!(snapshot.bytes[..8], hash.to_be_bytes(), "machine {at}: the snapshot {id}");
        }
        for batch in new.into_iter().rev() {
            let header = header(&batch);
            assert_eq!(header.base, self.committed_end, "machine {at} commits behind a gap");
            let before = self.committed.values().next_back().map_or(0, |it| it.1);
            self.committed.insert(header.base, (batch.clone(), hash(before, &batch)));
            self.committed_end = header.next();
        }
    }

    /// Every so often all of a log is compared, not only its latest committed batch.
    fn dice_free_full_check(&self, at: usize) -> bool {
        (self.count + at as u64).is_multiple_of(64)
    }

    /// Whether every machine that runs has committed all that any has.
    pub fn is_settled(&self) -> bool {
        self.machines.iter().all(|it| it.quorum.as_ref().is_none_or(|it| it.high_watermark() == self.committed_end))
    }

    /// Whether the loss of that machine's directory would leave less than a majority of a set of voters that any log
    /// names, or may name after a crash.
    pub fn could_lose(&self, lost: usize) -> bool {
        // A voter that is being added must not be lost before it is one: it could be added after.
        let id = NodeId(lost as i32);
        let is_added = |it: &Happening| match it {
            Happening::Request { request: Request::AddVoter(add), .. } => add.voter.id == id,
            _ => false,
        };
        let changes = |it: &Quorum| matches!(&it.role, Role::Leader(leader) if leader.change.is_some());
        if self.happenings.values().any(is_added)
            || self.machines.iter().filter_map(|it| it.quorum.as_ref()).any(changes)
        {
            return true;
        }
        let logs = self.machines.iter().flat_map(|it| it.log.since_sync.iter().map(|it| &it.1));
        logs.map(|it| it.history(self.configured.clone())).any(|history| {
            let voters = history.latest();
            let intact = voters.iter().filter(|it| {
                let at = it.key.id.0 as usize;
                at != lost && it.is(key(at, self.machines[at].directory))
            });
            !voters.is_empty() && intact.count() < voters.majority()
        })
    }
}

pub fn asker(ask: u64) -> Asker {
    Asker { shard: ShardId::CONTROL, desk: Desk::Session, ask: AskId(ask) }
}

pub fn code(response: &Response) -> ErrorCode {
    match response {
        Response::Refused(error)
        | Response::Vote { error, .. }
        | Response::BeginQuorumEpoch { error, .. }
        | Response::EndQuorumEpoch { error, .. }
        | Response::Fetch { error, .. }
        | Response::FetchSnapshot { error, .. }
        | Response::UpdateVoter { error, .. }
        | Response::ApiVersions { error, .. } => *error,
        Response::DescribeQuorum(it) => it.as_ref().map_or_else(|it| *it, |_| ErrorCode::None),
        Response::AddVoter(it) | Response::RemoveVoter(it) => it.error,
    }
}
