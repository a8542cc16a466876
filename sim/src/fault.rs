//! Faults as plain data: what a plan lists, a failure file keeps and a shrinker removes.

use crate::actor::ActorId;
use gracchus_core::types::NodeId;
use serde::{Deserialize, Serialize};

/// How a process dies.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Crash {
    /// The process dies; the page cache and the machine live on, peers see their connections reset.
    Kill,
    /// The machine loses power; peers see nothing.
    PowerLoss(Unsynced),
}

/// What a power loss does to pages and names that were not synced.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unsynced {
    /// Each is kept, dropped or torn, as drawn.
    #[default]
    Drawn,
    /// All are dropped: the worst that is allowed.
    Dropped,
    /// All are kept: the luckiest.
    Kept,
    /// Each page by itself, with these chances; names as drawn.
    Shares {
        /// Of a hundred, so many are kept.
        kept: u64,
        /// And so many torn; the others are dropped.
        torn: u64,
    },
}

/// Where a crash falls.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cut {
    /// Between two turns, now.
    Now,
    /// Inside a call: the first `ops` file operations from now are done, and a drawn part of the next append.
    AfterFileOps(u32),
    /// Behind a `TurnEnd`: the first `effects` effects from now are performed, the others of that turn are not.
    AfterEffects(u32),
}

/// A host of the network.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Host {
    /// A broker.
    Node(NodeId),
    /// A client.
    Actor(ActorId),
}

/// What a link does to what is sent over it, one way.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LinkFault {
    /// Nothing gets through, connections hang and in the end time out.
    Cut,
    /// Everything is held, and goes on when the clog ends; nothing times out.
    Clog,
    /// So many microseconds more on the way.
    Slow(u64),
}

/// Files that a disk's fault is about.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, Default)]
#[serde(rename_all = "kebab-case")]
pub enum OnFiles {
    /// Any.
    #[default]
    All,
    /// Those whose path ends so, such as `.log`.
    Ending(String),
    /// Those whose path contains this.
    Containing(String),
}

/// Why an operation on a file is denied though the device is well.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Denial {
    /// The process has no file descriptor left: nothing can be opened, and what is open works on.
    OpenFiles,
    /// The process has no right to use the path, whatever it wants to do with it. What is open works on.
    Permission,
    /// The file may not grow: a write ends early.
    FileSize,
}

/// What happens to a disk.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DiskFault {
    /// The next `count` writes fail, each perhaps having written a part.
    FailWrites {
        /// How many.
        count: u32,
        /// Of which files.
        on: OnFiles,
    },
    /// The next `count` reads fail.
    FailReads {
        /// How many.
        count: u32,
        /// Of which files.
        on: OnFiles,
    },
    /// The next `count` syncs fail, and what they were to cover is marked clean.
    FailSyncs {
        /// How many.
        count: u32,
        /// Of which files.
        on: OnFiles,
    },
    /// The disk has room for so many bytes in all, or without limit.
    Capacity(Option<u64>),
    /// The disk has room for so many bytes more than it holds now.
    Spare(u64),
    /// Operations on these files are denied until `Permit`, though the device is well.
    Deny {
        /// Why.
        why: Denial,
        /// On which files.
        on: OnFiles,
    },
    /// No operation is denied any more.
    Permit,
    /// Everything takes so many percent of its time; 100 is ordinary.
    Slow(u32),
    /// Nothing ends until the disk is unstuck.
    Stuck(bool),
    /// The same as `Slow`, for what the control shard does alone.
    SlowControl(u32),
    /// The same as `Stuck`, for what the control shard does alone.
    StuckControl(bool),
    /// So many bits flip in what is durable.
    Rot {
        /// How many.
        bits: u32,
        /// Of which files.
        on: OnFiles,
    },
    /// Everything on it is gone; only while the node is down.
    Wipe,
    /// Everything on it is gone but these files, which are on its successor; only while the node is down.
    WipeBut(Vec<OnFiles>),
    /// No fault is left, and there is room again.
    Heal,
}

/// One fault, or the end of one.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// A node dies.
    Crash {
        /// Which.
        node: NodeId,
        /// How.
        crash: Crash,
        /// Where.
        cut: Cut,
    },
    /// A dead node starts again; the one way back from any end of its process.
    Restart {
        /// Which.
        node: NodeId,
    },
    /// A node is asked to stop in good order.
    Stop {
        /// Which.
        node: NodeId,
    },
    /// A node stands still, as under SIGSTOP.
    Pause {
        /// Which.
        node: NodeId,
    },
    /// It goes on.
    Resume {
        /// Which.
        node: NodeId,
    },
    /// A fault on every link from one of `from` to one of `to`, one way.
    Links {
        /// From these hosts.
        from: Vec<Host>,
        /// To these.
        to: Vec<Host>,
        /// What.
        fault: LinkFault,
    },
    /// All links between `one` and all other hosts are cut, both ways.
    Isolate {
        /// The hosts that keep each other and lose the rest.
        one: Vec<Host>,
    },
    /// The links between `from` and `to` are well again, both ways.
    HealLinks {
        /// From these hosts.
        from: Vec<Host>,
        /// To these.
        to: Vec<Host>,
    },
    /// All links are well again.
    HealNetwork,
    /// Every connection between two hosts is reset; what is on the way is lost.
    Reset {
        /// One end.
        a: Host,
        /// The other end.
        b: Host,
    },
    /// Connections are reset with this chance per frame, in millionths; of requests and answers alike.
    Loss {
        /// The chance.
        ppm: u32,
    },
    /// Something happens to a disk.
    Disk {
        /// Of which node.
        node: NodeId,
        /// Which log directory, by its place.
        dir: u16,
        /// What.
        fault: DiskFault,
    },
    /// A node's wall clock jumps.
    ClockJump {
        /// Of which node.
        node: NodeId,
        /// By so many milliseconds, either way.
        by_ms: i64,
    },
    /// The controller moves a partition's leader, within its rules: to an alive member of the in-sync set.
    MoveLeader {
        /// The topic's name.
        topic: String,
        /// Its partition.
        partition: i32,
        /// To whom; drawn where absent.
        to: Option<NodeId>,
    },
    /// The controller makes this replica the leader whatever its rules say; what follows is expected loss.
    ForceLeader {
        /// The topic's name.
        topic: String,
        /// Its partition.
        partition: i32,
        /// To whom.
        to: NodeId,
    },
    /// The controller sets the in-sync set whatever its rules say; what follows is expected loss.
    ForceIsr {
        /// The topic's name.
        topic: String,
        /// Its partition.
        partition: i32,
        /// The new set.
        isr: Vec<NodeId>,
    },
    /// The controller acts by itself, or only when told.
    Automatic(bool),
    /// New images are kept from a node.
    HoldImages {
        /// From whom.
        node: NodeId,
    },
    /// A node gets the newest image, and further ones as they come.
    ReleaseImages {
        /// To whom.
        node: NodeId,
    },
    /// Every partition gets its preferred leader where that is in sync and alive.
    PreferredLeaders,
}
