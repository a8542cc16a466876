//! Messages between the shards of one node. "Control" is the control shard, shard 0.

use crate::broker::{ControlAnswer, ControlQuestion, Question, Reply};
use crate::io::{Asker, DirId, FilePath};
use crate::metadata::MetadataImage;
use crate::session::SessionHandOver;
use crate::types::{ImageVersion, Offset, TopicPartition};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A message from one shard of a node to another. Messages from one shard to another arrive in order, and none is lost.
#[derive(Clone, Debug)]
pub enum ShardMail {
    /// From control, once, before any other message: what the log directories held when the node started.
    Load {
        /// The partition folders and their checkpoints.
        load: Arc<FoundAtStart>,
        /// The log directories in use.
        dirs: Arc<[DirId]>,
    },
    /// From control: a newer metadata image.
    Image(Arc<MetadataImage>),
    /// A question to a partition of the receiving shard.
    Ask {
        /// The partition.
        partition: TopicPartition,
        /// Who asked: the shard, the component of that shard (session or group coordinator), and the question's id.
        asker: Asker,
        /// The question.
        what: Question,
        /// The version of the metadata image that the asking session used. The receiver keeps the question until it has
        /// that image.
        image: ImageVersion,
    },
    /// A partition's reply to a question.
    Reply {
        /// Who asked: a session or a group coordinator of the receiving shard.
        to: Asker,
        /// The reply.
        reply: Reply,
    },
    /// Control's answer to a question.
    ControlAnswer {
        /// The session of the receiving shard that asked.
        to: Asker,
        /// The answer.
        answer: ControlAnswer,
    },
    /// A question to control.
    AskControl {
        /// The session that asked.
        asker: Asker,
        /// The question.
        what: ControlQuestion,
    },
    /// The session of a connection that is being handed over. This message arrives before the connection.
    Session {
        /// The session, with the request that showed which shard the connection belongs to.
        session: Box<SessionHandOver>,
        /// The image under which the session was served before. The new shard serves it when it has that image.
        image: ImageVersion,
    },
    /// To control: the current offsets of each partition whose offsets may have changed since the shard's last
    /// `Checkpoint` message.
    Checkpoint(Vec<Checkpoint>),
    /// To control: write a partition's log start offset to the checkpoint file at once. The answer is
    /// [`ShardMail::StartSaved`].
    SaveStart {
        /// Which partition.
        which: TopicPartition,
        /// The partition's offsets. `log_start` is the offset that must be made durable.
        checkpoint: Checkpoint,
    },
    /// From control, to the shard that sent [`ShardMail::SaveStart`]: the log start offset is in the checkpoint file,
    /// durably.
    StartSaved {
        /// Which partition.
        which: TopicPartition,
        /// The log start offset, as requested.
        start: Offset,
    },
    /// To control: files that no longer belong to a log and are to be removed after a delay.
    Discard {
        /// The paths of the files, which have been renamed for removal.
        files: Vec<FilePath>,
        /// The delay in milliseconds (`file.delete.delay.ms`).
        delay_ms: i64,
    },
    /// To control, once for each image that removed topics: this shard has set aside (renamed) its folders of those
    /// topics.
    SetAside(Vec<SetAside>),
    /// A log directory failed. The shard that noticed the failure tells control, and control tells all data shards.
    DirFailed(DirId),
    /// To control: a listener could not be opened. The text names the listener, the cause and the next step.
    ListenFailed(Arc<str>),
    /// From control: stop cleanly.
    Stop,
    /// To control: the shard has stopped.
    Stopped {
        /// The offsets of every partition of the shard.
        offsets: Vec<Checkpoint>,
        /// Whether every partition was stopped cleanly. If not, control does not write the markers of a clean stop.
        whole: bool,
    },
}

/// What the log directories held when the node started.
#[derive(Clone, Debug, Default)]
pub struct FoundAtStart {
    /// Whether the node's last run stopped cleanly.
    pub clean: bool,
    /// Partition folders, by topic name and partition index.
    pub found: BTreeMap<(String, i32), FoundFolder>,
}

/// A partition's folder, and the offsets that the checkpoint files have for the partition. An offset is `None` if the
/// checkpoint file for offsets of this kind does not name the partition.
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

/// The folder of a deleted partition, renamed so that a new topic of the same name can use the old folder name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SetAside {
    /// The folder under its new name.
    pub folder: FilePath,
    /// The deleted topic's name.
    pub topic: Arc<str>,
    /// The partition's index.
    pub partition: i32,
    /// How long the files are kept, in milliseconds (`file.delete.delay.ms`).
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
