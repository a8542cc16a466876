//! Closes connections whose clients are silent or do not take their answers, so that a client that has vanished without
//! a word keeps neither a connection nor memory.
//!
//! **In Kafka**: `connections.max.idle.ms`, `Selector.IdleExpiryManager`.

use super::connection::Session;
use super::{Apis, Sessions};
use crate::io::{ConnId, Env, Site};
use crate::sometimes;
use crate::types::Instant;

impl<A: Apis> Sessions<A> {
    /// Notes that a connection is new on this shard, and plans the first look at it.
    pub(super) fn watch_idle(&mut self, conn: ConnId, mut session: Session, now: Instant) {
        session.active = now;
        self.sessions.insert(conn, session);
        self.idle.set(conn, self.idle_at(now));
    }

    /// Closes the connections that were idle for `connections.max.idle.ms`.
    pub(super) fn close_idle(&mut self, env: &mut Env<'_>, out: &mut Vec<A::Output>) {
        while let Some(conn) = self.idle.take_due(env.now.mono) {
            let Some(session) = self.sessions.get(&conn) else { continue };
            // A client that waits for this broker is not silent, unless it takes no answers.
            let is_waiting = session.unanswered() > 0 && session.bytes.unsent == 0;
            let since = if is_waiting { env.now.mono } else { session.active };
            match self.idle_at(since) {
                Some(at) if at <= env.now.mono => {
                    sometimes!(env, session.bytes.unsent == 0, Site::BrokerIdleClosed);
                    sometimes!(env, session.bytes.unsent > 0, Site::BrokerUnreadClosed);
                    self.close(conn, false, env, out);
                }
                at => self.idle.set(conn, at),
            }
        }
    }

    /// The time at which a connection that shows nothing after `since` has been idle for too long.
    fn idle_at(&self, since: Instant) -> Option<Instant> {
        let most = self.limits.idle_ms;
        (most >= 0).then(|| since.plus_ms(most))
    }
}
