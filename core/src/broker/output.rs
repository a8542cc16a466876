//! What the broker wants done. The shard turns each output into an effect for the driver or into a message to another
//! shard.

use super::control::ControlQuestion;
use super::question::Question;
use crate::io::AskId;
use crate::session;
use crate::types::{ImageVersion, TopicPartition};

/// One thing that the broker wants done. Outputs are carried out in the order in which the broker emits them.
#[derive(Clone, Debug)]
pub enum Output {
    /// What a session wants done with its connection.
    Session(session::Output),
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

impl From<session::Output> for Output {
    fn from(output: session::Output) -> Output {
        Output::Session(output)
    }
}
