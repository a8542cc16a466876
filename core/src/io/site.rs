//! The catalogue of sites: every place that draws, asserts, marks a state or perturbs, by a stable name.

macro_rules! sites {
    ($($(#[$doc:meta])* $variant:ident $name:literal)*) => {
        /// A place in the core, by a name that stays the same when code moves.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        #[repr(u16)]
        pub enum Site {
            $($(#[$doc])* $variant,)*
        }

        impl Site {
            /// Every site there is, in the catalogue's order.
            pub const ALL: &[Site] = &[$(Site::$variant,)*];

            /// The stable name: room, then what it says.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Site::$variant => $name,)*
                }
            }
        }
    };
}

sites! {
    /// A session went to another shard.
    BrokerHandedOver "broker.handed-over"
    /// More requests than the one that showed where it belongs went with it.
    BrokerHandedOverMore "broker.handed-over-with-more"
    /// An answer came for a request that is over.
    BrokerLateAnswer "broker.late-answer"
    /// A fetch that waited was woken by news of a partition.
    BrokerLongPollWoken "broker.long-poll-woken"
    /// A connection was paused for what it held.
    BrokerPaused "broker.paused"
    /// A fetch had to wait until earlier answers had left.
    BrokerReadHeld "broker.read-held"
    /// A request was answered though a partition had not answered.
    BrokerSliceTimedOut "broker.slice-timed-out"
    /// How long a client waits before it tries again.
    ClientBackoff "client.backoff"
    /// Which broker a client asks for metadata.
    ClientBootstrap "client.bootstrap"
    /// A log lets go of what it keeps in memory, so that reads and truncations need the disk.
    LogShortMemory "log.short-memory"
    /// After a failed sync a start wrote once more what was not surely durable.
    LogRewritten "log.rewritten"
    /// A torn or unsynced tail was cut off at load.
    LogTornTailCut "log.torn-tail-cut"
    /// Two segments overlapped at load, as a truncation that was not durable leaves them.
    LogStaleSegment "log.stale-segment"
    /// A truncation went further back than the log remembers.
    LogDeepTruncation "log.deep-truncation"
    /// Which of the alive brokers leads a new partition.
    CreateTopicPlacement "shard.create-topic-placement"
    /// A new topic's, directory's or cluster's id.
    FreshUuid "shard.fresh-uuid"
    /// The first producer id of an empty directory.
    FreshProducerIds "shard.fresh-producer-ids"
    /// How long a follower waits before it dials its leader again.
    ReplicaRedial "replica.redial"
    /// A produce with acks=all met an in-sync set below the topic's minimum.
    ReplicaNotEnoughInSync "replica.not-enough-in-sync"
    /// An append was refused for a full disk.
    ReplicaNoSpace "replica.no-space"
    /// A leader told a fetcher where their logs part.
    ReplicaDivergingFetch "replica.diverging-fetch"
    /// A follower cut below its high watermark.
    ReplicaTruncatedCommitted "replica.truncated-committed"
    /// A new leader did not know yet how far the one before had come.
    ReplicaOffsetNotAvailable "replica.offset-not-available"
}

#[cfg(test)]
mod tests {
    use super::Site;
    use std::collections::BTreeSet;

    #[test]
    fn names_are_unique_and_say_their_room() {
        let names: BTreeSet<_> = Site::ALL.iter().map(|site| site.name()).collect();
        assert_eq!(names.len(), Site::ALL.len());
        assert!(names.iter().all(|name| name.contains('.')));
    }
}
