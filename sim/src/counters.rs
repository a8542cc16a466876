//! What happened in a run, in numbers.

use serde::{Deserialize, Serialize};

macro_rules! counters {
    ($($(#[$doc:meta])* $name:ident)*) => {
        /// Counts over one run; those of several runs add up.
        #[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
        pub struct Counters {
            $($(#[$doc])* pub $name: u64,)*
        }

        impl Counters {
            /// Adds another run's counts.
            pub fn add(&mut self, other: &Counters) {
                $(self.$name += other.$name;)*
            }

            /// Every count with its name, in the order of declaration.
            #[must_use]
            pub fn named(&self) -> Vec<(&'static str, u64)> {
                vec![$((stringify!($name), self.$name),)*]
            }
        }
    };
}

counters! {
    /// Frames that a node answered to clients and nodes: requests that came to their end.
    rpcs
    /// Events handed to shards.
    shard_events
    /// Turns of shards.
    turns
    /// Entries taken from the heap.
    kernel_events
    /// Frames delivered.
    frames
    /// Bytes in them.
    frame_bytes
    /// Connections that came to stand.
    connections
    /// Dials that failed.
    failed_dials
    /// Connections reset by a drawn loss or a fault.
    resets
    /// Requests that a reset lost before they arrived.
    lost_requests
    /// Answers that a reset lost after the request was handled.
    lost_answers
    /// Connections that timed out across a partition or a vanished peer.
    timed_out_connections
    /// Partitions of the network begun.
    partitions
    /// Clogs begun.
    clogs
    /// Processes that died with their page cache surviving.
    kills
    /// Machines that lost power.
    power_losses
    /// Crashes that fell inside a call, behind one of its file operations.
    cuts
    /// Crashes that fell between the effects of a turn.
    effect_cuts
    /// Nodes started, the first start included.
    starts
    /// Pauses.
    pauses
    /// Nodes that ended themselves.
    halts
    /// Unsynced pages that a power loss dropped.
    dropped_pages
    /// Unsynced pages that a power loss tore.
    torn_pages
    /// Unsynced pages that a power loss kept.
    kept_pages
    /// Unsynced names that a power loss dropped.
    dropped_names
    /// Bytes of files that a power loss took.
    lost_bytes
    /// Syncs that ended well.
    syncs
    /// Syncs that failed.
    failed_syncs
    /// Reads that failed.
    failed_reads
    /// Writes that failed, but for want of room.
    failed_writes
    /// Writes that failed for want of room.
    no_space
    denied
    /// Bits that rotted.
    rotted_bits
    /// Metadata images published.
    images
    /// Leaders elected.
    elections
    /// Replicas taken out of an in-sync set.
    isr_shrinks
    /// Replicas put back.
    isr_expands
    /// Perturbations of the core.
    buggified
}
