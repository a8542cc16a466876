//! A small language for attacks that are aimed: steps in order, each with its conditions.

use serde::{Deserialize, Serialize};

/// What a producing step waits for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ScriptAcks {
    /// `acks=0`.
    None,
    /// `acks=1`.
    Leader,
    /// `acks=all`.
    #[default]
    All,
}

/// A `[[script]]` entry. Nodes are named by `node.id`; partitions as `topic-0`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Step {
    /// Let virtual time go by.
    Wait {
        /// How long.
        ms: u64,
    },
    /// Go on when the condition holds; stuck when it does not within `within-ms`.
    #[serde(rename_all = "kebab-case")]
    WaitUntil {
        /// What must hold.
        condition: Condition,
        /// For how long to wait; 0 for ten seconds.
        #[serde(default)]
        within_ms: u64,
    },
    /// Send records in one batch. With `expect` absent nobody waits for the answer.
    Produce {
        /// To which partition.
        partition: String,
        /// A name for later steps.
        #[serde(default)]
        label: String,
        /// When it is answered.
        #[serde(default)]
        acks: ScriptAcks,
        /// How many records.
        #[serde(default = "one")]
        records: u32,
        /// To this node, whatever the metadata says.
        #[serde(default)]
        to: Option<i32>,
        /// `ok` or an error's Kafka name: the script waits for the answer and fails where it is another.
        #[serde(default)]
        expect: Option<String>,
    },
    /// Hold what is sent from one node to another, or to and from clients where `-1`.
    HoldLink {
        /// Sender.
        from: i32,
        /// Receiver.
        to: i32,
    },
    /// Deliver what was held, and hold no more.
    ReleaseLink {
        /// Sender.
        from: i32,
        /// Receiver.
        to: i32,
    },
    /// Cut one direction; what is sent is lost and its connections break.
    CutLink {
        /// Sender.
        from: i32,
        /// Receiver.
        to: i32,
    },
    /// Mend all links.
    HealLinks,
    /// Stop in good order.
    Stop {
        /// Whom.
        node: i32,
    },
    /// Kill the process; the page cache stays.
    Kill {
        /// Whom.
        node: i32,
    },
    /// Take the power away; with `drop-all` every unsynced page is dropped, else each has its own fate.
    #[serde(rename_all = "kebab-case")]
    PowerLoss {
        /// Of whom.
        nodes: Vec<i32>,
        /// Whether nothing unsynced survives.
        #[serde(default)]
        drop_all: bool,
    },
    /// Start again.
    Start {
        /// Whom.
        node: i32,
    },
    /// Make a replica the leader, with a new leader epoch. With `unclean` it need not be in sync.
    Elect {
        /// Of which partition.
        partition: String,
        /// Whom.
        leader: i32,
        /// Whether to break the controller's rules; what is lost is then expected.
        #[serde(default)]
        unclean: bool,
    },
    /// Set the in-sync set by hand.
    #[serde(rename_all = "kebab-case")]
    SetIsr {
        /// Of which partition.
        partition: String,
        /// Who is in sync.
        isr: Vec<i32>,
    },
    /// Keep the controller from acting by itself, or let it act again.
    Controller {
        /// Whether it acts by itself.
        automatic: bool,
    },
    /// Keep new images from a node.
    HoldImages {
        /// From whom.
        node: i32,
    },
    /// Give a node the newest image, and further ones as they come.
    ReleaseImages {
        /// To whom.
        node: i32,
    },
    /// Fail the run unless the condition holds now.
    Expect {
        /// What must hold.
        condition: Condition,
    },
}

fn one() -> u32 {
    1
}

/// Something that holds or does not.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "kebab-case", rename_all_fields = "kebab-case", deny_unknown_fields)]
pub enum Condition {
    /// A replica's log end.
    LogEnd {
        /// Of which partition.
        partition: String,
        /// On which node.
        node: i32,
        /// At least this.
        at_least: i64,
    },
    /// A replica's high watermark.
    HighWatermark {
        /// Of which partition.
        partition: String,
        /// On which node.
        node: i32,
        /// At least this.
        at_least: i64,
    },
    /// A replica leads, by its own account.
    Leads {
        /// Which partition.
        partition: String,
        /// Which node.
        node: i32,
    },
    /// A replica follows that leader, by its own account.
    Follows {
        /// Which partition.
        partition: String,
        /// Which node.
        node: i32,
        /// Whom.
        leader: i32,
    },
    /// A produce of the script was answered.
    Answered {
        /// Its label.
        label: String,
    },
    /// All replicas hold the same log, and their high watermarks are at its end.
    Converged {
        /// Which partition.
        partition: String,
    },
    /// A node runs and has taken the newest image.
    Up {
        /// Which node.
        node: i32,
    },
}
