//! What the broker wants done outside its sessions. The shard turns each output into an effect for the driver or into a
//! message to another shard.

use super::control::ControlQuestion;
use super::question::Question;
use crate::io::{AskId, ConnId, ListenerId, ShardId};

use crate::types::{ImageVersion, TopicPartition};
use bytes::Bytes;
use std::net::SocketAddr;
use std::sync::Arc;

/// One thing that the broker wants done. Outputs are carried out in the order in which the broker emits them.
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
    /// Send a question to a partition, on whichever shard of this node the partition lives. If this node has no replica
    /// of the partition, the shard where the replica would live answers. Questions of one session to one partition
    /// arrive in the order in which they were sent.
    Ask {
        /// The partition.
        partition: TopicPartition,
        /// The id that the partition's replies carry.
        ask: AskId,
        /// The question.
        what: Question,
        /// The version of the metadata image that the session used. The partition's shard handles the question only
        /// when it has this image too, so that it knows every partition that the session knows.
        image: ImageVersion,
    },
    /// Send a question to the control shard.
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
    /// The request that showed on which shard the session belongs, and the frames that arrived after that request in
    /// the same turn. The new shard handles all of them from the start.
    pub frames: Vec<Bytes>,
    /// The number of response bytes that the driver has taken but not yet reported as sent.
    pub unsent: u64,
}
