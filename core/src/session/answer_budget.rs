//! The shard's budget for answers: the bytes of responses that all its connections together may have in memory.
//!
//! The limit of one connection does not bound a shard: thousands of clients that ask for much and take nothing would
//! take all memory. So a fetch reads no more than its share of the room that is left. When the budget is used up, in this
//! order:
//!
//! - A fetch does not read records before there is room again. Waiting connections get their turn one after the other.
//! - No request is read from a connection whose client has not taken its answers.
//! - A connection whose client has not taken its answers for [`UNTAKEN_MOST_MS`] is closed, the longest waiting first.
//!
//! Answers without records are made whatever is used, so that the budget can be exceeded by one answer for each
//! connection.
//!
//! **In Kafka**: there is no such bound; a broker sends records from their files and holds none of them.

use super::answers::Room;
use super::{Apis, Sessions};
use crate::io::{ConnId, Env, Site, WorkKind};
use crate::sometimes;
use crate::types::Instant;

/// How long a client may leave its answers untaken while the budget is used up.
const UNTAKEN_MOST_MS: i64 = 10_000;

impl<A: Apis> Sessions<A> {
    /// Counts anew what a connection has in memory.
    pub(super) fn count_answers(&mut self, conn: ConnId, now: Instant) {
        match self.sessions.get(&conn) {
            Some(session) => self.answers.count(conn, session.held(), now),
            None => self.answers.forget(conn),
        }
    }

    /// Which fetches of a connection may read records now.
    pub(super) fn room_for_answers(&self) -> Room {
        self.answers.room(self.limits.answer_bytes)
    }

    /// Whether the budget is used up.
    pub(super) fn is_full_of_answers(&self) -> bool {
        self.answers.is_full(self.limits.answer_bytes)
    }

    /// Notes that a fetch of a connection waits until there is room.
    pub(super) fn await_room(&mut self, conn: ConnId, env: &mut Env<'_>) {
        sometimes!(env, true, Site::BrokerAnswersFull);
        self.answers.wait(conn);
    }

    /// Lets connections read that waited for room, each once at most.
    pub(super) fn serve_waiting(&mut self, env: &mut Env<'_>, out: &mut Vec<A::Output>) {
        for _ in 0..self.answers.waiting() {
            if self.room_for_answers() == Room::Full {
                break;
            }
            let Some(conn) = self.answers.next_in_turn() else { break };
            env.work.add(WorkKind::QueueSteps, 1);
            self.settle(conn, env, out);
        }
    }

    /// Closes connections whose clients leave answers untaken for too long while the budget is used up.
    pub(super) fn close_untaken(&mut self, env: &mut Env<'_>, out: &mut Vec<A::Output>) {
        while let Some(conn) = self.untaken_at().filter(|(at, _)| *at <= env.now.mono).map(|(_, conn)| conn) {
            sometimes!(env, true, Site::BrokerUntakenClosed);
            self.close(conn, false, env, out);
        }
    }

    /// When the next connection is to be closed for its untaken answers, and which.
    pub(super) fn untaken_at(&self) -> Option<(Instant, ConnId)> {
        let (since, conn) = self.answers.longest_untaken().filter(|_| self.is_full_of_answers())?;
        Some((since.plus_ms(UNTAKEN_MOST_MS), conn))
    }
}
