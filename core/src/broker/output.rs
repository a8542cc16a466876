//! What a broker wants done, in its own words. The shard translates and routes.

use super::control::ControlQuestion;
use super::question::Question;
use crate::io::{AskId, ConnId, ListenerId, ShardId};

use crate::types::{ImageVersion, TopicPartition};
use bytes::Bytes;
use std::net::SocketAddr;
use std::sync::Arc;

/// Something to be done, in order.
#[derive(Clone, Debug)]
pub enum Output {
    /// Send one whole frame, length prefix included.
    Send {
        /// On which connection.
        conn: ConnId,
        /// The frame's bytes, in order.
        parts: Vec<Bytes>,
    },
    /// End a connection.
    Close {
        /// Which.
        conn: ConnId,
        /// Whether what was sent leaves first.
        after_drain: bool,
    },
    /// Hand in no more frames of a connection, from the next turn on.
    Pause {
        /// Which.
        conn: ConnId,
    },
    /// Hand in its frames again.
    Resume {
        /// Which.
        conn: ConnId,
    },
    /// Give a connection and its session to another shard. Comes out of `on_turn_end` only, after every other output
    /// on this connection; the session is the target's from here on.
    HandOver {
        /// Which.
        conn: ConnId,
        /// To whom.
        to: ShardId,
        /// Travels by mail, ahead of the connection.
        session: Box<SessionHandOver>,
    },
    /// Put a question to a partition, wherever on this node it lives. A partition that does not live here at all is
    /// answered for by the shard that would have it. Questions of one session to one partition arrive in order.
    Ask {
        /// Which partition.
        partition: TopicPartition,
        /// The session's name for the question; its answers carry it.
        ask: AskId,
        /// The question.
        what: Question,
        /// The image that the session decided under: the partition's shard looks at the question when it has that
        /// image too.
        image: ImageVersion,
    },
    /// Put a question to the control shard.
    AskControl {
        /// The request's name for the question.
        ask: AskId,
        /// The question.
        what: ControlQuestion,
    },
}

/// A session on its way to another shard of the node.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SessionHandOver {
    /// Its connection.
    pub conn: ConnId,
    /// Where it came in.
    pub listener: ListenerId,
    /// From where.
    pub peer: SocketAddr,
    /// Who it is, where TLS told.
    pub principal: Option<Arc<str>>,
    /// The request that showed where the session belongs, and what came behind it in the same turn; not yet looked at.
    pub frames: Vec<Bytes>,
    /// Bytes sent of which the driver has not yet said that they left.
    pub unsent: u64,
}
