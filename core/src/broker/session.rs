//! One connection: the answers it is owed, what it holds of this shard, and where it belongs.

use super::output::SessionHandOver;
use super::request::Answer;
use crate::io::{AskId, ListenerId, ShardId};
use bytes::Bytes;
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;

/// Bytes of answers that a connection may have in memory before no more fetches of it are read.
pub(super) const OUTPUT_MOST: u64 = 16 << 20;

/// Bytes that the unanswered requests of one connection may hold before it is paused.
pub(super) const RUNNING_MOST: u64 = 16 << 20;

/// A connection's session.
#[derive(Clone, Debug)]
pub(super) struct Session {
    pub(super) listener: ListenerId,
    pub(super) peer: SocketAddr,
    pub(super) principal: Option<Arc<str>>,
    pub(super) life: Life,
    pub(super) moves: Moves,
    paused: bool,
    /// Answers owed, in the order of the requests.
    slots: VecDeque<Slot>,
    /// Requests that run and want no answer.
    silent: Vec<AskId>,
    /// Fetches that would read and may not yet, longest waiting first.
    held: Vec<AskId>,
    pub(super) load: Load,
}

/// Whether a session takes requests.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Life {
    Serving,
    /// The client sends no more, and still gets what it is owed.
    HalfClosed,
    /// It belongs to another shard: frames wait for the end of the turn and go with it.
    Leaving {
        to: ShardId,
        frames: Vec<Bytes>,
    },
    /// Its connection was closed by us; the driver's `Closed` is on its way.
    Ended,
}

/// Whether a session may still move. It moves at most once.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Moves {
    Once,
    NoMore,
}

/// What a connection holds of this shard, in bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Load {
    /// Of requests that are not answered.
    pub(super) running: u64,
    /// Of answers that wait for earlier ones.
    queued: u64,
    /// That reads under way may bring.
    pub(super) reading: u64,
    /// Sent, and not known to have left.
    pub(super) unsent: u64,
}

#[derive(Clone, PartialEq, Eq, Debug)]
struct Slot {
    of: AskId,
    parts: Option<Vec<Bytes>>,
}

/// What the driver must be told about reading from a connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum FlowChange {
    None,
    Pause,
    Resume,
}

impl Session {
    pub(super) fn new(listener: ListenerId, peer: SocketAddr, principal: Option<Arc<str>>) -> Session {
        Session {
            listener,
            peer,
            principal,
            life: Life::Serving,
            moves: Moves::Once,
            paused: false,
            slots: VecDeque::new(),
            silent: Vec::new(),
            held: Vec::new(),
            load: Load::default(),
        }
    }

    pub(super) fn arrived(from: &SessionHandOver) -> Session {
        let mut session = Session::new(from.listener, from.peer, from.principal.clone());
        session.moves = Moves::NoMore;
        session.load.unsent = from.unsent;
        session
    }

    /// Requests that are not answered yet.
    pub(super) fn unanswered(&self) -> usize {
        self.slots.len() + self.silent.len()
    }

    /// Whether it could go to another shard now: nothing is owed, and it was never moved.
    pub(super) fn may_move(&self) -> bool {
        self.moves == Moves::Once && self.life == Life::Serving && self.unanswered() == 0 && !self.paused
    }

    /// Whether answers leave.
    pub(super) fn is_answered(&self) -> bool {
        matches!(self.life, Life::Serving | Life::HalfClosed)
    }

    /// A request runs whose answer has its place behind all that came before.
    pub(super) fn owe(&mut self, of: AskId) {
        self.slots.push_back(Slot { of, parts: None });
    }

    /// A request runs that has no answer.
    pub(super) fn note_silent(&mut self, of: AskId) {
        self.silent.push(of);
    }

    /// A request was answered without having run.
    pub(super) fn answer_at_once(&mut self, of: AskId, parts: Vec<Bytes>) {
        self.load.queued += size(&parts);
        self.slots.push_back(Slot { of, parts: Some(parts) });
    }

    /// A running request is over. Whether the connection must end with it.
    #[must_use]
    pub(super) fn settle(&mut self, of: AskId, answer: Answer) -> bool {
        match answer {
            Answer::Frame(parts) => {
                self.load.queued += size(&parts);
                // Names grow with the requests, so that the slots are sorted.
                let found = self.slots.binary_search_by(|slot| slot.of.cmp(&of));
                let at = found.expect("a request that is answered has a place among the answers");
                assert!(self.slots[at].parts.is_none(), "a request is answered once");
                self.slots[at].parts = Some(parts);
                false
            }
            Answer::Silence => {
                self.silent.retain(|silent| *silent != of);
                false
            }
            Answer::HangUp => true,
        }
    }

    /// The next answer that may leave.
    pub(super) fn next_to_send(&mut self) -> Option<Vec<Bytes>> {
        let parts = self.slots.front_mut()?.parts.take()?;
        self.slots.pop_front();
        let size = size(&parts);
        self.load.queued -= size;
        self.load.unsent += size;
        Some(parts)
    }

    /// A fetch would read.
    pub(super) fn hold(&mut self, of: AskId) {
        if !self.held.contains(&of) {
            self.held.push(of);
        }
    }

    /// Whether a fetch would read and may not.
    pub(super) fn is_held(&self) -> bool {
        !self.held.is_empty()
    }

    /// The held fetch that may read now: any while little waits to be sent, and always the one that all others wait
    /// for, lest answers behind it keep it from being read.
    pub(super) fn next_to_read(&mut self) -> Option<AskId> {
        let output = self.load.unsent + self.load.queued + self.load.reading;
        let at = if output < OUTPUT_MOST {
            0
        } else if self.load.unsent < OUTPUT_MOST {
            let head = self.slots.front()?.of;
            self.held.iter().position(|held| *held == head)?
        } else {
            return None;
        };
        (at < self.held.len()).then(|| self.held.remove(at))
    }

    /// Pauses beyond the bounds, and resumes well below them.
    #[must_use]
    pub(super) fn change_flow(&mut self, max_in_flight: u32, stopping: bool) -> FlowChange {
        let bound = max_in_flight.max(1) as usize;
        let load = &self.load;
        let full = self.unanswered() >= bound || load.running >= RUNNING_MOST || load.unsent >= OUTPUT_MOST;
        let roomy = self.unanswered() <= bound / 2 && load.running < RUNNING_MOST && load.unsent < OUTPUT_MOST / 2;
        if !self.paused && (full || stopping) {
            self.paused = true;
            return FlowChange::Pause;
        }
        if self.paused && roomy && !stopping {
            self.paused = false;
            return FlowChange::Resume;
        }
        FlowChange::None
    }

    /// Everything that runs for this connection, which wants none of it any more.
    pub(super) fn abandon(&mut self) -> Vec<AskId> {
        let owed = self.slots.drain(..).filter(|slot| slot.parts.is_none()).map(|slot| slot.of);
        let mut all: Vec<AskId> = owed.collect();
        all.append(&mut self.silent);
        self.held.clear();
        self.load = Load { unsent: self.load.unsent, ..Load::default() };
        all
    }
}

fn size(parts: &[Bytes]) -> u64 {
    parts.iter().map(|part| part.len() as u64).sum()
}
