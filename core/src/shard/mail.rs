//! Messages between the shards of one node.

use crate::broker::{ControlAnswer, ControlQuestion, Question, Reply, SessionHandOver};
use crate::io::{Asker, ConnId, DirId, FilePath};
use crate::metadata::MetadataImage;
use crate::types::{ImageVersion, Offset, TopicPartition};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A message from one shard of a node to another; FIFO per pair, never dropped.
#[derive(Clone, Debug)]
pub enum ShardMail {
    /// From control, once, before any other mail: what the directories held when the node started.
    Load {
        /// The partition folders and their checkpoints.
        load: Arc<FoundAtStart>,
        /// The directories in use.
        dirs: Arc<[DirId]>,
    },
    /// From control: a later metadata image.
    Image(Arc<MetadataImage>),
    /// A question to a partition of the receiver.
    Ask {
        /// The partition.
        partition: TopicPartition,
        /// The desk that waits for the answer.
        asker: Asker,
        /// The question.
        what: Question,
        /// The metadata image that the asking session used. The receiver parks the question until it has that image.
        image: ImageVersion,
    },
    /// A partition's reply to a question.
    Reply {
        /// The desk of the receiver that waits for it.
        to: Asker,
        /// The reply.
        reply: Reply,
    },
    /// Control's answer to a question.
    ControlAnswer {
        /// The desk of the receiver that waits for it.
        to: Asker,
        /// The answer.
        answer: ControlAnswer,
    },
    /// A question to control.
    AskControl {
        /// The desk that waits for the answer.
        asker: Asker,
        /// The question.
        what: ControlQuestion,
    },
    /// The session of a connection that is being handed over. It arrives before the connection.
    Session {
        /// The connection.
        conn: ConnId,
        /// The session, with the request that showed to which shard it belongs.
        session: Box<SessionHandOver>,
    },
    /// To control: the offsets of partitions that changed since the last such mail.
    Checkpoint(Vec<Checkpoint>),
    /// To control: write a partition's log start down, at once. Answered with [`ShardMail::StartSaved`].
    SaveStart {
        /// Which partition.
        which: TopicPartition,
        /// Its offsets, with the log start that is to be written.
        checkpoint: Checkpoint,
    },
    /// Control: the checkpoint file says where that partition's log begins, durably.
    StartSaved {
        /// Which partition.
        which: TopicPartition,
        /// As it was asked for.
        start: Offset,
    },
    /// To control: files that are not of a log any more, to be removed in a while.
    Discard {
        /// Under the names that they have from now on.
        files: Vec<FilePath>,
        /// How long they stay, in milliseconds (`file.delete.delay.ms`).
        delay_ms: i64,
    },
    /// To control, for each image that removed topics: the folders of their partitions here are set aside.
    SetAside(Vec<SetAside>),
    /// A log directory failed. The shard that noticed it tells control, and control tells all shards.
    DirFailed(DirId),
    /// To control: a listener could not be opened. The text names the listener, the cause and the next step.
    ListenFailed(Arc<str>),
    /// From control: stop in good order.
    Stop,
    /// To control: the shard has stopped.
    Stopped {
        /// The offsets of every partition.
        offsets: Vec<Checkpoint>,
        /// Whether every partition was stopped in good order. If not, control writes no marker of a clean stop.
        whole: bool,
    },
}

/// What the log directories held when the node started.
#[derive(Clone, Debug, Default)]
pub struct FoundAtStart {
    /// Whether the node's last run stopped in good order.
    pub clean: bool,
    /// Partition folders, by topic name and index.
    pub found: BTreeMap<(String, i32), FoundFolder>,
}

/// One partition's folder, and what the checkpoints say of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FoundFolder {
    /// The folder's log directory.
    pub dir: DirId,
    /// The recovery point: records below it were durable.
    pub recovery_point: Option<Offset>,
    /// The log start offset.
    pub log_start: Option<Offset>,
    /// The high watermark.
    pub high_watermark: Option<Offset>,
}

/// The folder of a deleted partition, renamed so that the partition's name is free.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SetAside {
    /// The folder under its new name.
    pub folder: FilePath,
    /// The deleted topic's name.
    pub topic: Arc<str>,
    /// The partition's index.
    pub partition: i32,
    /// How long the files stay, in milliseconds (`file.delete.delay.ms`).
    pub delay_ms: i64,
}

/// A partition's offsets, for the checkpoint files of its directory.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Checkpoint {
    /// The partition's log directory.
    pub dir: DirId,
    /// The topic's name.
    pub topic: Arc<str>,
    /// The partition's index.
    pub partition: i32,
    /// The recovery point: records below it are durable.
    pub recovery_point: Offset,
    /// The log start offset.
    pub log_start: Offset,
    /// The high watermark.
    pub high_watermark: Offset,
}
