//! What a client wants done.

use crate::types::Instant;
use bytes::Bytes;
use std::sync::Arc;

/// A client's own name for one of its connections, never used twice.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Conn(pub u64);

/// What a client wants done, in order, or says to its user: `N`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Output<N> {
    /// Connect; answered by `on_dialed` or `on_dial_failed`.
    Dial {
        /// The client's name for the connection.
        conn: Conn,
        /// Host name.
        host: Arc<str>,
        /// TCP port.
        port: u16,
    },
    /// Send one whole frame, length prefix included in its parts.
    Send {
        /// On which connection.
        conn: Conn,
        /// The frame's bytes, in order.
        parts: Vec<Bytes>,
    },
    /// End a connection. The client knows it no more: an `on_closed` that follows says nothing new.
    Close {
        /// Which.
        conn: Conn,
    },
    /// Call `on_wake` then; replaces the one before.
    WakeAt(Instant),
    /// For the client's user.
    News(N),
}
