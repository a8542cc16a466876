//! The faults that there are, by stable names.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

macro_rules! faults {
    ($($(#[$doc:meta])* $variant:ident $name:literal)*) => {
        /// A kind of fault.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        #[repr(u8)]
        pub enum FaultKind {
            $($(#[$doc])* $variant,)*
        }

        impl FaultKind {
            /// Every kind there is.
            pub const ALL: &[FaultKind] = &[$(FaultKind::$variant,)*];

            /// The name in scenario files and reports.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(FaultKind::$variant => $name,)* }
            }

            /// The kind of that name.
            #[must_use]
            pub fn named(name: &str) -> Option<FaultKind> {
                FaultKind::ALL.iter().copied().find(|kind| kind.name() == name)
            }
        }
    };
}

faults! {
    /// The node loses its power and with it what its disk had not made durable; it starts again later.
    PowerLoss "power-loss"
    /// All nodes lose their power at one moment.
    PowerLossAll "power-loss-all"
    /// The process is killed; the page cache stays.
    Kill "kill"
    /// A stop in good order, and a start.
    Restart "restart"
    /// The power fails again while the node recovers.
    DoubleCrash "double-crash"
    /// The process stands still for a while.
    Pause "pause"
    /// The wall clock jumps.
    ClockJump "clock-jump"
    /// Syncs fail for a while, and what they were to cover is gone.
    FailedSync "failed-sync"
    /// Writes fail with EIO for a while.
    WriteError "write-error"
    /// Reads fail with EIO for a while.
    ReadError "read-error"
    /// The disk is full for a while.
    DiskFull "disk-full"
    /// The process has no file descriptor left for a while.
    OpenFiles "open-files"
    /// One path cannot be used for a while: a partition's folder or one of the directory's own files.
    DeniedPath "denied-path"
    /// A partition's files may not grow for a while.
    FileSize "file-size"
    /// The disk is slow for a while.
    SlowDisk "slow-disk"
    /// The disk answers nothing for a while.
    StuckDisk "stuck-disk"
    /// The disk is slow or stuck for the control shard alone.
    SlowControlDisk "slow-control-disk"
    /// A bit below the high watermark flips on one replica's disk.
    BitRot "bit-rot"
    /// Two groups of nodes cannot reach each other.
    Partition "partition"
    /// One direction between two nodes is cut.
    OneWayPartition "one-way-partition"
    /// A partition's leader reaches no other node, but its clients.
    IsolateLeader "isolate-leader"
    /// Clients are cut off from some of the nodes.
    ClientPartition "client-partition"
    /// What is sent on a link waits, and then all of it arrives.
    Clog "clog"
    /// A connection is reset.
    Reset "reset"
    /// A request is taken and applied, and its answer lost with the connection.
    ResponseLoss "response-loss"
    /// Leadership moves to another in-sync replica, whether it lags or not.
    LeaderMove "leader-move"
    /// A client dies with what it had not sent, and another takes its place.
    ClientCrash "client-crash"
}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for FaultKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for FaultKind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<FaultKind, D::Error> {
        let name = String::deserialize(deserializer)?;
        FaultKind::named(&name).ok_or_else(|| serde::de::Error::custom(format!("there is no fault named `{name}`")))
    }
}
