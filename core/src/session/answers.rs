//! What the connections of a shard have in memory of their responses, and who waits for room (see `answer_budget`).

use crate::io::ConnId;
use crate::types::Instant;
use std::collections::{BTreeMap, BTreeSet};

/// The bytes of records that a fetch may read at least, as soon as it may read.
const SHARE_LEAST: u64 = 64 << 10;

/// What the connections of a shard have in memory, and who waits for room.
#[derive(Clone, Debug, Default)]
pub(super) struct Answers {
    /// The bytes of all connections, as they were last counted.
    used: u64,
    /// Those of them that reads under way for fetches can return.
    reading: u64,
    counted: BTreeMap<ConnId, Counted>,
    /// Connections with untaken answers, by the time since which they have some.
    untaken: BTreeSet<(Instant, ConnId)>,
    /// Connections with a fetch that waits for room, by their turn.
    waiting: BTreeMap<u64, ConnId>,
    next_turn: u64,
}

/// What a connection has in memory of its responses.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Held {
    /// The bytes of its responses, and those that its reads under way can return.
    pub output: u64,
    /// Those of them that its reads under way can return.
    pub reading: u64,
    /// Whether its client has not taken all that was sent, and could.
    pub is_untaken: bool,
}

/// What was last counted of a connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
struct Counted {
    output: u64,
    reading: u64,
    untaken_since: Option<Instant>,
    turn: Option<u64>,
}

/// Which fetches of a connection may read records.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Room {
    /// Those that the connection's own limit allows, each up to so many bytes of records.
    Free { most: u64 },
    /// Only a fetch whose response must be sent next, up to [`SHARE_LEAST`]. The budget is used up, but by responses that
    /// all wait behind such fetches, so that one of these must be answered.
    Head,
    /// None.
    Full,
}

impl Room {
    /// The bytes of records that a fetch may read.
    pub(super) fn most(self) -> u64 {
        match self {
            Room::Free { most } => most,
            Room::Head => SHARE_LEAST,
            Room::Full => 0,
        }
    }
}

impl Answers {
    /// Counts anew what a connection has in memory.
    pub(super) fn count(&mut self, conn: ConnId, held: Held, now: Instant) {
        let before = self.counted.get(&conn).copied().unwrap_or_default();
        let counted = Counted {
            output: held.output,
            reading: held.reading,
            untaken_since: held.is_untaken.then(|| before.untaken_since.unwrap_or(now)),
            turn: before.turn,
        };
        self.replace(conn, before, counted);
    }

    /// Forgets a connection that is gone.
    pub(super) fn forget(&mut self, conn: ConnId) {
        if let Some(before) = self.counted.get(&conn).copied() {
            self.replace(conn, before, Counted::default());
            before.turn.and_then(|turn| self.waiting.remove(&turn));
        }
    }

    fn replace(&mut self, conn: ConnId, before: Counted, now: Counted) {
        self.used = self.used - before.output + now.output;
        self.reading = self.reading - before.reading + now.reading;
        if before.untaken_since != now.untaken_since {
            before.untaken_since.map(|since| self.untaken.remove(&(since, conn)));
            self.untaken.extend(now.untaken_since.map(|since| (since, conn)));
        }
        // A connection without anything costs nothing.
        if now == Counted::default() {
            self.counted.remove(&conn);
        } else if before != now {
            self.counted.insert(conn, now);
        }
    }

    /// Lets a connection wait for its turn to read.
    pub(super) fn wait(&mut self, conn: ConnId) {
        let counted = self.counted.entry(conn).or_default();
        if counted.turn.is_none() {
            counted.turn = Some(self.next_turn);
            self.waiting.insert(self.next_turn, conn);
            self.next_turn += 1;
        }
    }

    /// Removes and returns the connection whose turn it is.
    pub(super) fn next_in_turn(&mut self) -> Option<ConnId> {
        let (_, conn) = self.waiting.pop_first()?;
        if let Some(counted) = self.counted.get_mut(&conn) {
            counted.turn = None;
        }
        Some(conn)
    }

    /// Which fetches of the connection whose turn it is may read. The room that is left is divided among all connections
    /// that wait, and one that may come next: a few that take nothing would have all of it otherwise.
    pub(super) fn room(&self, budget: u64) -> Room {
        match () {
            () if self.used < budget => {
                let sharers = 2 + self.waiting.len() as u64;
                Room::Free { most: ((budget - self.used) / sharers).max(SHARE_LEAST) }
            }
            () if self.untaken.is_empty() && self.reading == 0 => Room::Head,
            () => Room::Full,
        }
    }

    pub(super) fn is_full(&self, budget: u64) -> bool {
        self.used >= budget
    }

    /// How many connections wait for their turn to read.
    pub(super) fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// The connection that has had untaken answers for the longest time, and since when.
    pub(super) fn longest_untaken(&self) -> Option<(Instant, ConnId)> {
        self.untaken.first().copied()
    }
}
