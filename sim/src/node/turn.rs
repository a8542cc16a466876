//! One turn of one shard: at most a drawn number of events, its sources served in turn, then `TurnEnd`.

use super::files::{CutHere, TurnFiles, UNPLACED};
use super::lane::{Post, SyncAsk};
use super::probes::{Perturbing, TurnProbes};
use super::{DiskSeen, Lane, Node, Sessions, SiteCounts};
use crate::choices::{Choices, Stream};
use crate::config::{DiskConfig, ProcessConfig};
use crate::counters::Counters;
use crate::disk::Needs;
use crate::network::{ConnRef, Owner, Side};
use crate::network::{NetCx, Network};
use crate::observer::DiskFaultSeen;
use crate::queue::Queue;
use core::any::Any;
use gracchus_core::io::{FileError, Mutant, ShardId, Site, SyncWhat};
use gracchus_core::shard::{Cx, Effect, Effects, Event, ShardMail};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The most events of a turn, by the contract.
const TURN_MOST: u32 = 64;

/// The parts of the world that a turn works with.
#[derive(Debug)]
pub struct TurnCx<'a> {
    /// What is to happen.
    pub queue: &'a mut Queue,
    /// Decisions.
    pub choices: &'a mut Choices,
    /// Counts.
    pub counters: &'a mut Counters,
    /// The network, whose windows open as frames are taken.
    pub network: &'a mut Network,
    /// Counts of the core's sites.
    pub sites: &'a mut SiteCounts,
    /// How processes behave.
    pub process: &'a ProcessConfig,
    /// How disks behave.
    pub disk: &'a DiskConfig,
    /// A known bug that is switched on.
    pub mutant: Option<Mutant>,
    /// The run's seed.
    pub seed: u64,
    /// Where effects go.
    pub effects: &'a mut Effects,
    /// Disk faults that took effect.
    pub seen: &'a mut Vec<DiskSeen>,
    /// Syncs that the effects name, in their order: what each covers was fixed when the shard asked for it.
    pub syncs: &'a mut Vec<SyncAsk>,
    /// An empty buffer: bytes of the network's windows that are free again.
    pub freed: &'a mut Vec<Freed>,
}

/// Bytes that one side of a connection has taken off the network's window.
pub type Freed = (ConnRef, Side, usize);

/// What a turn came to.
#[derive(Debug)]
pub struct Turn {
    /// How it ended.
    pub ended: Ended,
    /// Events that were handed in, `TurnEnd` not counted.
    pub events: u32,
    /// What it was given, for the bounds of its work.
    pub input: TurnInput,
    /// Senders whose frames are all under way since this turn took some off their window.
    pub drained: Vec<Owner>,
}

/// What a turn was given.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct TurnInput {
    /// Events, `TurnEnd` not counted.
    pub events: u64,
    /// Bytes of frames, and of reads that ended.
    pub bytes: u64,
    /// The shard's partitions when the turn had ended.
    pub partitions: u64,
    /// Whether some event was news for all partitions: an image, a stop, a failed directory.
    pub is_wide: bool,
}

impl TurnInput {
    fn note(&mut self, event: &Event) {
        self.events += 1;
        self.bytes += match event {
            Event::Received { frame, .. } => frame.len() as u64,
            Event::ReadDone { result: Ok(bytes), .. } => bytes.len() as u64,
            _ => 0,
        };
        self.is_wide |= match event {
            Event::Mail { mail, .. } => matches!(
                mail,
                ShardMail::Load { .. }
                    | ShardMail::Image(_)
                    | ShardMail::Stop
                    | ShardMail::Stopped { .. }
                    | ShardMail::DirFailed(_)
                    | ShardMail::SetAside(_)
                    | ShardMail::Checkpoint(_)
            ),
            Event::Start { .. } | Event::Image(_) | Event::Stop => true,
            _ => false,
        };
    }
}

/// How a turn ended.
#[derive(Debug)]
pub enum Ended {
    /// Its effects are to be performed.
    Well,
    /// It hangs on a stuck disk, and its effects with it.
    Stuck,
    /// A crash cut a call: of the effects, only what the core had said of itself before.
    Cut,
    /// A property did not hold.
    Broken(Site),
    /// The shard panicked.
    Panicked {
        /// The event that it was handed.
        event: &'static str,
        /// What the panic said.
        message: String,
    },
}

impl Node {
    /// Shard `shard` takes a turn.
    pub fn turn(&mut self, shard: ShardId, cx: &mut TurnCx<'_>) -> Turn {
        let at = cx.queue.now();
        let now = self.clock.read(at);
        let lane = &mut self.lanes[usize::from(shard.0)];
        let (mut events, mut last, mut input) = (0, "TurnEnd", TurnInput::default());
        let mut files = TurnFiles {
            shard,
            disks: &mut self.disks,
            open: &mut self.open,
            config: cx.disk,
            choices: cx.choices,
            counters: cx.counters,
            cut: self.cut.as_mut().map(|(_, cut)| cut),
            seen: cx.seen,
            spent_ns: 0,
            stuck: false,
        };
        let (sites_ppm, fires_ppm) = (cx.process.buggify_sites_ppm, cx.process.buggify_fires_ppm);
        let mut probes = TurnProbes {
            counts: cx.sites,
            perturb: &mut self.perturb,
            perturbing: Perturbing { seed: cx.seed, sites_ppm, fires_ppm },
            mutant: cx.mutant,
            broken: None,
            fired: 0,
        };
        let most = draw_length(lane, cx.process, files.choices);
        let ended = catch_unwind(AssertUnwindSafe(|| {
            let mut told = 0;
            while events < most && probes.broken.is_none() {
                let Some(event) = next_event(lane, &mut self.sessions, shard, at, cx.freed) else { break };
                events += 1;
                input.note(&event);
                last = name(&event);
                if let Some(path) = lane.take_failed_sync(&event) {
                    files.seen.push(DiskSeen { path, fault: DiskFaultSeen::SyncFailureTold, behind: told });
                }
                let mut inner =
                    Cx { files: &mut files, draws: &mut self.draws, probes: &mut probes, out: &mut *cx.effects };
                lane.machine.handle(now, event, &mut inner);
                end_call(&cx.effects.list, &mut told, &mut files, cx.syncs);
            }
            last = "TurnEnd";
            if events > 0 {
                let mut inner =
                    Cx { files: &mut files, draws: &mut self.draws, probes: &mut probes, out: &mut *cx.effects };
                lane.machine.handle(now, Event::TurnEnd, &mut inner);
                end_call(&cx.effects.list, &mut told, &mut files, cx.syncs);
            }
        }));
        let cost = cx.process.turn_ns + u64::from(events) * cx.process.event_ns + files.spent_ns;
        lane.busy_until = at + cost;
        let ended = match ended {
            Ok(()) if probes.broken.is_some() => Ended::Broken(probes.broken.expect("it is there")),
            Ok(()) if files.stuck => Ended::Stuck,
            Ok(()) => Ended::Well,
            Err(payload) if payload.is::<CutHere>() => Ended::Cut,
            Err(payload) => Ended::Panicked { event: last, message: message_of(&*payload) },
        };
        cx.counters.buggified += probes.fired;
        cx.counters.turns += u64::from(events > 0);
        cx.counters.shard_events += u64::from(events);
        input.partitions = lane.machine.partitions() as u64;
        let drained = open_windows(cx);
        Turn { ended, events, input, drained }
    }
}

/// The length is drawn only where there is a choice.
fn draw_length(lane: &Lane, config: &ProcessConfig, choices: &mut Choices) -> u32 {
    let most = config.turn_most.clamp(1, TURN_MOST);
    let waiting = lane.control.len() + lane.disk.len() + lane.ready.len();
    if waiting <= 1 && lane.mail.iter().all(|queue| queue.is_empty()) {
        return most;
    }
    choices.between(Stream::Scheduling, 1, most.into()) as u32
}

/// The next event, its source the next that has one.
fn next_event(
    lane: &mut Lane,
    sessions: &mut Sessions,
    shard: ShardId,
    at: u64,
    freed: &mut Vec<Freed>,
) -> Option<Event> {
    let sources = 5 + lane.mail.len();
    for _ in 0..sources {
        let source = lane.first_source;
        lane.first_source = if source + 1 == sources { 0 } else { source + 1 };
        let event = match source {
            0 => lane.control.pop_front(),
            1 => next_of_connections(lane, sessions, shard, freed),
            2 => lane.disk.pop_front(),
            3 => lane.take_wake(at),
            4 => next_of_drained(lane, sessions, shard),
            _ => next_of_mail(lane, sessions, ShardId(source as u16 - 5), at),
        };
        if event.is_some() {
            return event;
        }
    }
    None
}

fn next_of_connections(
    lane: &mut Lane,
    sessions: &mut Sessions,
    shard: ShardId,
    freed: &mut Vec<Freed>,
) -> Option<Event> {
    while let Some(conn) = lane.ready.pop_front() {
        let Some(next) = sessions.next(conn, shard) else { continue };
        if next.again {
            lane.ready.push_back(conn);
        }
        freed.extend(next.freed);
        return Some(next.event);
    }
    None
}

/// A connection whose sends have left. Where it has moved on, its new shard hears of it.
fn next_of_drained(lane: &mut Lane, sessions: &mut Sessions, shard: ShardId) -> Option<Event> {
    while let Some((_, conn)) = lane.drained.pop_front() {
        if sessions.take_drained(conn, shard) {
            return Some(Event::Drained { conn });
        }
    }
    None
}

/// Mail that has arrived. A connection that was handed over is put among the ready ones, behind its letter.
fn next_of_mail(lane: &mut Lane, sessions: &mut Sessions, from: ShardId, at: u64) -> Option<Event> {
    let queue = &mut lane.mail[usize::from(from.0)];
    while queue.front().is_some_and(|(arrives, _)| *arrives <= at) {
        match queue.pop_front().expect("it has a front").1 {
            Post::Mail(mail) => return Some(Event::Mail { from, mail }),
            Post::HandedOver(conn) => {
                if sessions.arrive(conn).is_some() {
                    lane.ready.push_back(conn);
                }
            }
        }
    }
    None
}

/// Fixes, at the end of a call, what the syncs among its effects cover and what stands before its disk faults: `before`
/// is how many effects the turn had before the call. A sync covers what was appended before the shard asked, and nothing
/// more. A fault stands behind the call's trace events, which say what the shard did before it came upon the failed disk,
/// and before its other effects, which may end the process.
fn end_call(effects: &[Effect], before: &mut usize, files: &mut TurnFiles<'_>, syncs: &mut Vec<SyncAsk>) {
    let new = &effects[*before..];
    for effect in new {
        if let Effect::Sync { what, .. } = effect {
            syncs.push(begin_sync(what, files));
        }
    }
    let traces = new.iter().take_while(|effect| matches!(effect, Effect::Trace(_))).count();
    for seen in files.seen.iter_mut().rev().take_while(|seen| seen.behind == UNPLACED) {
        seen.behind = *before + traces;
    }
    *before = effects.len();
}

fn begin_sync(what: &SyncWhat, files: &mut TurnFiles<'_>) -> SyncAsk {
    let (path, ino) = match what {
        SyncWhat::File(file) => {
            let handle = files.open.get(*file).ok_or(FileError::Stale)?;
            (&handle.path, Some(handle.ino))
        }
        SyncWhat::Path(path) | SyncWhat::Dir(path) => {
            files.permit(Needs::Descriptor, path)?;
            (path, None)
        }
    };
    let disk = files.disks.get_mut(usize::from(path.dir.0)).ok_or(FileError::NotFound)?;
    let ticket = match (what, ino) {
        (SyncWhat::Dir(path), _) => disk.begin_dir_sync(&path.path)?,
        (_, Some(ino)) => disk.begin_sync(ino),
        (_, None) => {
            let ino = disk.find_file(&path.path)?;
            disk.begin_sync(ino)
        }
    };
    Ok((path.clone(), ticket))
}

fn open_windows(cx: &mut TurnCx<'_>) -> Vec<Owner> {
    let mut drained = Vec::new();
    let mut net = NetCx { queue: cx.queue, choices: cx.choices, counters: cx.counters };
    for (conn, side, len) in cx.freed.drain(..) {
        drained.extend(cx.network.consumed(conn, side, len, &mut net));
    }
    drained
}

fn message_of(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(|text| (*text).to_string());
    text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_else(|| "a panic without words".to_string())
}

fn name(event: &Event) -> &'static str {
    match event {
        Event::Start { .. } => "Start",
        Event::Listening { .. } => "Listening",
        Event::ListenFailed { .. } => "ListenFailed",
        Event::Accepted { .. } => "Accepted",
        Event::Dialed { .. } => "Dialed",
        Event::DialFailed { .. } => "DialFailed",
        Event::Received { .. } => "Received",
        Event::Drained { .. } => "Drained",
        Event::HalfClosed { .. } => "HalfClosed",
        Event::Closed { .. } => "Closed",
        Event::HandedOver { .. } => "HandedOver",
        Event::ReadDone { .. } => "ReadDone",
        Event::Synced { .. } => "Synced",
        Event::Mail { .. } => "Mail",
        Event::Image(_) => "Image",
        Event::Wake => "Wake",
        Event::TurnEnd => "TurnEnd",
        Event::Stop => "Stop",
    }
}
