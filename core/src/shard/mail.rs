//! What shards of one node say to each other.

use crate::broker::{ControlAnswer, ControlQuestion, Question, Reply, SessionHandOver};
use crate::io::{Asker, ConnId, DirId, FilePath};
use crate::metadata::MetadataImage;
use crate::types::{ImageVersion, Offset, TopicPartition};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A message from one shard of a node to another; FIFO per pair, never dropped.
#[derive(Clone, Debug)]
pub enum ShardMail {
    /// Control, once, first: what the directories held, and which directories there are.
    Load {
        /// What was found at the start.
        load: Arc<Load>,
        /// The directories in use.
        dirs: Arc<[DirId]>,
    },
    /// Control: the metadata moved on.
    Image(Arc<MetadataImage>),
    /// A question to a partition of the receiver.
    Ask {
        /// Which partition.
        partition: TopicPartition,
        /// Who waits.
        asker: Asker,
        /// The question.
        what: Question,
        /// The image under which the question was put; the receiver parks it until it has that image.
        image: ImageVersion,
    },
    /// A reply to a question, from what lives with a partition.
    Reply {
        /// Who waits; a desk of the receiver.
        to: Asker,
        /// The reply.
        reply: Reply,
    },
    /// Control's answer to a question.
    ControlAnswer {
        /// Who waits; a desk of the receiver.
        to: Asker,
        /// The answer.
        answer: ControlAnswer,
    },
    /// A question to control.
    AskControl {
        /// Who waits.
        asker: Asker,
        /// The question.
        what: ControlQuestion,
    },
    /// A connection's session, ahead of the connection itself.
    Session {
        /// Which connection.
        conn: ConnId,
        /// Its session, and the request that showed where it belongs.
        session: Box<SessionHandOver>,
    },
    /// To control: offsets that changed since the last such mail.
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
    /// A directory failed. To control from whoever noticed, then from control to all.
    DirFailed(DirId),
    /// To control: a listener could not be opened. The thing, the cause, the next step.
    ListenFailed(Arc<str>),
    /// Control: stop in good order.
    Stop,
    /// To control: stopped.
    Stopped {
        /// Of every partition.
        offsets: Vec<Checkpoint>,
        /// Whether every partition was stopped in good order; else there is no clean marker.
        whole: bool,
    },
}

/// What the log directories held when the node started.
#[derive(Clone, Debug, Default)]
pub struct Load {
    /// Whether the incarnation before stopped in good order.
    pub clean: bool,
    /// Partition folders, by topic name and index.
    pub found: BTreeMap<(String, i32), Found>,
}

/// One partition's folder, and what the checkpoints say of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Found {
    /// Where it lies.
    pub dir: DirId,
    /// All below was durable.
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
    /// Where the partition lies.
    pub dir: DirId,
    /// Its topic's name.
    pub topic: Arc<str>,
    /// Its index.
    pub partition: i32,
    /// All below is durable.
    pub recovery_point: Offset,
    /// The log start offset.
    pub log_start: Offset,
    /// The high watermark.
    pub high_watermark: Offset,
}
