//! The session of one client connection: its unanswered requests, the memory that it takes, and whether it moves to
//! another shard.

use super::answers::{Held, Room};
use super::output::SessionHandOver;
use super::request::Answer;
use crate::io::{AskId, ListenerId, ShardId};
use crate::types::Instant;
use bytes::Bytes;
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;

/// Limit of response bytes that a connection may have in memory. Above the limit, a fetch may read records only if its
/// response must be sent next.
pub(super) const OUTPUT_MOST: u64 = 16 << 20;

/// Limit of bytes that the unanswered requests of one connection may hold. At the limit, the broker stops reading from
/// the connection.
pub(super) const RUNNING_MOST: u64 = 16 << 20;

/// The state of one client connection.
#[derive(Clone, Debug)]
pub(super) struct Session {
    pub(super) listener: ListenerId,
    pub(super) peer: SocketAddr,
    pub(super) principal: Option<Arc<str>>,
    pub(super) state: SessionState,
    pub(super) moves: Moves,
    paused: bool,
    /// One slot for each request that gets a response, in the order of the requests.
    slots: VecDeque<Slot>,
    /// Running requests that get no response: Produce with acks=0.
    silent: Vec<AskId>,
    /// Fetches that wait until the connection may have more response bytes in memory, the oldest first.
    held: Vec<AskId>,
    pub(super) bytes: ConnectionBytes,
    /// The last time at which the client has sent a request or has taken all its answers.
    pub(super) active: Instant,
}

/// Whether a session accepts requests and sends responses.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum SessionState {
    Serving,
    /// The client has closed its sending side of the connection, so it sends no more requests. It still gets the
    /// responses to its earlier requests.
    HalfClosed,
    /// At the end of the turn the session moves to the shard `to`. `frames` are the requests that the new shard must
    /// handle: the request that showed where the session belongs, and all frames that arrived after it.
    Leaving {
        to: ShardId,
        frames: Vec<Bytes>,
    },
    /// This shard has closed the connection. The driver's `Closed` event will remove the session.
    Ended,
}

/// Whether a session may still move to another shard. It moves at most once.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Moves {
    Once,
    NoMore,
}

/// Memory that one connection takes, in bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct ConnectionBytes {
    /// Estimated memory of the requests that are not answered yet.
    pub(super) running: u64,
    /// The most record bytes that the running reads for fetches can return.
    queued: u64,
    /// Upper limit of the record bytes that the reads under way for fetches can return.
    pub(super) reading: u64,
    /// Responses that the driver has taken but not yet reported as sent.
    pub(super) unsent: u64,
}

#[derive(Clone, PartialEq, Eq, Debug)]
struct Slot {
    of: AskId,
    parts: Option<Vec<Bytes>>,
}

/// Whether the driver must be told to stop or to continue reading from a connection.
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
            state: SessionState::Serving,
            moves: Moves::Once,
            paused: false,
            slots: VecDeque::new(),
            silent: Vec::new(),
            held: Vec::new(),
            bytes: ConnectionBytes::default(),
            active: Instant(0),
        }
    }

    pub(super) fn arrived(from: &SessionHandOver) -> Session {
        let mut session = Session::new(from.listener, from.peer, from.principal.clone());
        session.moves = Moves::NoMore;
        session.bytes.unsent = from.unsent;
        session
    }

    /// The number of requests that are not answered yet.
    pub(super) fn unanswered(&self) -> usize {
        self.slots.len() + self.silent.len()
    }

    /// Whether the session may move to another shard now. It may not if it has an unanswered request, if it has moved
    /// before, if it is paused, or if its state is not `Serving`.
    pub(super) fn may_move(&self) -> bool {
        self.moves == Moves::Once && self.state == SessionState::Serving && self.unanswered() == 0 && !self.paused
    }

    /// Whether the session still sends responses. It does not when it is closed or about to move to another shard.
    pub(super) fn is_answered(&self) -> bool {
        matches!(self.state, SessionState::Serving | SessionState::HalfClosed)
    }

    /// Reserves a slot for a running request's response, behind the slots of all earlier requests.
    pub(super) fn owe(&mut self, of: AskId) {
        self.slots.push_back(Slot { of, parts: None });
    }

    /// Notes a running request that gets no response.
    pub(super) fn note_silent(&mut self, of: AskId) {
        self.silent.push(of);
    }

    /// Queues the response of a request that was answered as soon as it arrived.
    pub(super) fn answer_at_once(&mut self, of: AskId, parts: Vec<Bytes>) {
        self.bytes.queued += size(&parts);
        self.slots.push_back(Slot { of, parts: Some(parts) });
    }

    /// Notes the end of a running request, and queues its response if there is one. Returns whether the connection must
    /// be closed.
    #[must_use]
    pub(super) fn settle(&mut self, of: AskId, answer: Answer) -> bool {
        match answer {
            Answer::Frame(parts) => {
                self.bytes.queued += size(&parts);
                // Request ids ascend, so the slots are sorted by id.
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

    /// Removes and returns the next response that may be sent: the response to the oldest unanswered request, if it is
    /// finished.
    pub(super) fn next_to_send(&mut self) -> Option<Vec<Bytes>> {
        let parts = self.slots.front_mut()?.parts.take()?;
        self.slots.pop_front();
        let size = size(&parts);
        self.bytes.queued -= size;
        self.bytes.unsent += size;
        Some(parts)
    }

    /// Notes that a fetch waits for permission to read records ([`Session::next_to_read`]).
    pub(super) fn hold(&mut self, of: AskId) {
        if !self.held.contains(&of) {
            self.held.push(of);
        }
    }

    /// Returns whether any fetch waits for permission to read records, because the connection has too many response
    /// bytes in memory.
    pub(super) fn is_held(&self) -> bool {
        !self.held.is_empty()
    }

    /// The bytes of responses that the connection has in memory, and those that its reads under way can return.
    pub(super) fn output(&self) -> u64 {
        self.bytes.unsent + self.bytes.queued + self.bytes.reading
    }

    /// What the shard counts of this connection for its budget.
    pub(super) fn held(&self) -> Held {
        Held {
            output: self.output(),
            reading: self.bytes.reading,
            is_untaken: self.bytes.unsent > 0 && self.state != SessionState::Ended,
        }
    }

    /// Removes and returns the waiting fetch that may read records next, if the shard has room.
    ///
    /// While the connection's response bytes are below `OUTPUT_MOST`, this is the oldest waiting fetch. Above that
    /// limit, only the fetch whose response must be sent next may read. Without this exception, finished responses that
    /// are queued behind that fetch could fill the limit for ever. While unsent bytes alone reach the limit, no fetch
    /// may read.
    pub(super) fn next_to_read(&mut self, room: Room) -> Option<AskId> {
        let at = if room == Room::Full {
            return None;
        } else if matches!(room, Room::Free { .. }) && self.output() < OUTPUT_MOST {
            0
        } else if self.bytes.unsent < OUTPUT_MOST {
            let head = self.slots.front()?.of;
            self.held.iter().position(|held| *held == head)?
        } else {
            return None;
        };
        (at < self.held.len()).then(|| self.held.remove(at))
    }

    /// Decides whether the driver must stop or continue reading from the connection. It must stop when a limit is
    /// reached or when the broker stops. It may continue when the running bytes are below their limit, and the
    /// unanswered requests and the unsent bytes have fallen to half of their limits. `most_unsent` is the limit of unsent
    /// bytes.
    #[must_use]
    pub(super) fn change_flow(&mut self, max_in_flight: u32, most_unsent: u64, stopping: bool) -> FlowChange {
        let bound = max_in_flight.max(1) as usize;
        let bytes = &self.bytes;
        let full = self.unanswered() >= bound || bytes.running >= RUNNING_MOST || bytes.unsent >= most_unsent;
        let roomy = self.unanswered() <= bound / 2 && bytes.running < RUNNING_MOST && bytes.unsent <= most_unsent / 2;
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

    /// Removes and returns the running requests of a connection that is gone. The caller lets each of them withdraw the
    /// questions that still wait in partitions.
    pub(super) fn abandon(&mut self) -> Vec<AskId> {
        let owed = self.slots.drain(..).filter(|slot| slot.parts.is_none()).map(|slot| slot.of);
        let mut all: Vec<AskId> = owed.collect();
        all.append(&mut self.silent);
        self.held.clear();
        self.bytes = ConnectionBytes { unsent: self.bytes.unsent, ..ConnectionBytes::default() };
        all
    }
}

fn size(parts: &[Bytes]) -> u64 {
    parts.iter().map(|part| part.len() as u64).sum()
}
