//! Connections that carry one request each: to every broker, since the sender knows no coordinator.

use super::tap::Tap;
use crate::actor::{ActorConn, ActorCx};
use crate::clients::Target;
use crate::history::GroupAct;
use bytes::Bytes;
use std::collections::BTreeMap;
use std::sync::Arc;

/// No life of a client has this number, so that no connection of theirs has such a name.
const LIFE: u64 = (u32::MAX as u64) << 32;

/// The connections.
#[derive(Clone, Debug, Default)]
pub struct Lines {
    next: u64,
    /// What is to be sent once the connection stands; nothing where it was.
    open: BTreeMap<ActorConn, Option<Bytes>>,
}

impl Lines {
    /// Sends a whole frame to every broker.
    pub fn send_to_all(&mut self, frame: &Bytes, brokers: &[(Arc<str>, u16)], tap: &mut Tap, cx: &mut ActorCx<'_>) {
        for (host, port) in brokers {
            self.next += 1;
            let conn = ActorConn(LIFE | self.next);
            tap.on_dial(conn, host);
            cx.dial(conn, host.clone(), *port);
            self.open.insert(conn, Some(frame.clone()));
        }
    }

    /// Whether a connection is one of these.
    #[must_use]
    pub fn has(&self, conn: ActorConn) -> bool {
        self.open.contains_key(&conn)
    }

    /// A connection stands. Says what is asked on it.
    pub fn on_dialed(
        &mut self,
        conn: ActorConn,
        tap: &mut Tap,
        targets: &[Target],
        cx: &mut ActorCx<'_>,
    ) -> Option<GroupAct> {
        let frame = self.open.get_mut(&conn)?.take()?;
        let act = tap.on_sent(conn, std::slice::from_ref(&frame), targets);
        cx.send(conn, vec![frame]);
        act
    }

    /// An answer came. Says what it answers.
    pub fn on_received(
        &mut self,
        conn: ActorConn,
        frame: &Bytes,
        tap: &mut Tap,
        targets: &[Target],
        cx: &mut ActorCx<'_>,
    ) -> Option<GroupAct> {
        let act = tap.on_received(conn, frame, targets);
        cx.close(conn);
        act
    }

    /// A connection is over, or came to nothing.
    pub fn on_closed(&mut self, conn: ActorConn, tap: &mut Tap) {
        self.open.remove(&conn);
        tap.on_closed(conn);
    }

    /// Ends all of them.
    pub fn close_all(&mut self, cx: &mut ActorCx<'_>) {
        self.open.keys().for_each(|conn| cx.close(*conn));
    }
}
