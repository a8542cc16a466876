//! What the sessions want done with their connections.

use crate::io::{ConnId, ListenerId, ShardId};
use bytes::Bytes;
use std::net::SocketAddr;
use std::sync::Arc;

/// One thing that the sessions want done. Outputs are carried out in the order in which they are emitted.
#[derive(Clone, Debug)]
pub enum Output {
    /// Send one whole frame, including its length prefix.
    Send {
        /// The connection.
        conn: ConnId,
        /// The frame's bytes, in order.
        parts: Vec<Bytes>,
    },
    /// Close a connection.
    Close {
        /// The connection.
        conn: ConnId,
        /// Whether the responses already handed to the driver are sent before the connection is closed.
        after_drain: bool,
    },
    /// Pause a connection: from the next turn on, the driver passes no more frames of it to the shard.
    Pause {
        /// The connection.
        conn: ConnId,
    },
    /// Resume a paused connection: the driver passes its frames to the shard again.
    Resume {
        /// The connection.
        conn: ConnId,
    },
    /// Give a connection and its session to another shard, which owns them from here on. Only `on_turn_end` emits this
    /// output, after all other outputs for the connection.
    HandOver {
        /// The connection.
        conn: ConnId,
        /// The shard that takes the connection.
        to: ShardId,
        /// The session's state. It is sent in a message to the shard and arrives there before the connection does.
        session: Box<SessionHandOver>,
    },
}

/// A session on its way to another shard of the node.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SessionHandOver {
    /// The connection.
    pub conn: ConnId,
    /// The listener that accepted the connection.
    pub listener: ListenerId,
    /// The client's address.
    pub peer: SocketAddr,
    /// The client's principal, if TLS has authenticated it.
    pub principal: Option<Arc<str>>,
    /// The request that showed on which shard the session belongs, and the frames that arrived after that request in
    /// the same turn. The new shard handles all of them from the start.
    pub frames: Vec<Bytes>,
    /// The number of response bytes that the driver has taken but not yet reported as sent.
    pub unsent: u64,
}
