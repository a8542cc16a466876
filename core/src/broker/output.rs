//! The broker's effects. The shard turns them into effects of the host, or into mail for other shards.

use super::control::ControlQuestion;
use super::question::Question;
use crate::io::{AskId, ConnId, ListenerId, ShardId};

use crate::types::{ImageVersion, TopicPartition};
use bytes::Bytes;
use std::net::SocketAddr;
use std::sync::Arc;

/// One effect. Effects are carried out in their order.
#[derive(Clone, Debug)]
pub enum Output {
    /// Send one whole frame, length prefix included.
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
        /// Whether the responses handed to the driver are sent first.
        after_drain: bool,
    },
    /// Hand in no more frames of a connection, from the next turn on.
    Pause {
        /// The connection.
        conn: ConnId,
    },
    /// Hand in the frames of a paused connection again.
    Resume {
        /// The connection.
        conn: ConnId,
    },
    /// Give a connection and its session to another shard. Comes out of `on_turn_end` only, after every other output
    /// on this connection; the session is the target's from here on.
    HandOver {
        /// The connection.
        conn: ConnId,
        /// The shard that takes the connection.
        to: ShardId,
        /// Sent by mail, so that it arrives before the connection does.
        session: Box<SessionHandOver>,
    },
    /// Put a question to a partition, whichever shard of this node has it. For a partition without a replica on this
    /// node, the shard that would have it answers. Questions of one session to one partition arrive in order.
    Ask {
        /// The partition.
        partition: TopicPartition,
        /// The id that the answers carry.
        ask: AskId,
        /// The question.
        what: Question,
        /// The metadata image that the session used. The partition's shard parks the question until it has that image
        /// too.
        image: ImageVersion,
    },
    /// Put a question to the control shard.
    AskControl {
        /// The id that the answer carries.
        ask: AskId,
        /// The question.
        what: ControlQuestion,
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
    /// The request that showed to which shard the session belongs, and the frames that arrived behind it in the same
    /// turn. None of them has been decoded.
    pub frames: Vec<Bytes>,
    /// Response bytes handed to the driver that it has not yet reported as sent.
    pub unsent: u64,
}
