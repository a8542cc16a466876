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
    /// A connection that showed no sign of life was closed.
    BrokerIdleClosed "broker.idle-closed"
    /// A connection whose client took no answers was closed.
    BrokerUnreadClosed "broker.unread-closed"
    /// A connection whose client took no answers was closed, because the shard's budget for answers was used up.
    BrokerUntakenClosed "broker.untaken-closed"
    /// A fetch had to wait, because the shard's budget for answers was used up.
    BrokerAnswersFull "broker.answers-full"
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
    ReplicaDenied "replica.denied"
    /// A leader told a fetcher where their logs part.
    ReplicaDivergingFetch "replica.diverging-fetch"
    /// A follower cut below its high watermark.
    ReplicaTruncatedCommitted "replica.truncated-committed"
    /// A new leader did not know yet how far the one before had come.
    ReplicaOffsetNotAvailable "replica.offset-not-available"
    /// A turn calls a single partition for retention.
    RetentionShortTurn "shard.retention-short-turn"
    /// The random part of a new member's id.
    GroupMemberId "group.member-id"
    /// A JoinGroup was sent away because the group is full (KIP-389).
    GroupMaxSizeReached "group.max-size-reached"
    /// A member sent a JoinGroup or SyncGroup while its earlier one was still parked.
    GroupRequestOvertaken "group.request-overtaken"
    /// A join phase ended without some members.
    GroupRebalanceTimedOut "group.rebalance-timed-out"
    /// A static member came back under another member id (KIP-345).
    GroupStaticMemberReplaced "group.static-member-replaced"
    /// A leader's assignments left a member out.
    GroupMemberWithoutAssignment "group.member-without-assignment"
    /// The record of a generation's assignments was refused, or did not commit in time.
    GroupAssignmentNotStored "group.assignment-not-stored"
    /// Members were removed because they never sent SyncGroup.
    GroupSyncTimedOut "group.sync-timed-out"
    /// A member id that was given out was never used (KIP-394).
    GroupPendingMemberTimedOut "group.pending-member-timed-out"
    /// A member's session ended.
    GroupSessionTimedOut "group.session-timed-out"
    /// A loaded group had to rebalance at once.
    GroupRestoredIntoRebalance "group.restored-into-rebalance"
    /// A coordinator had loaded its log before all of it was committed.
    GroupLoadedUncommittedTail "group.loaded-uncommitted-tail"
    /// A coordinator's append was refused.
    GroupAppendRefused "group.append-refused"
    /// Tombstones of expired offsets, of removed topics or of a large group were appended.
    GroupTombstonesWritten "group.tombstones-written"
    /// A produce waited for a log that was being loaded.
    ReplicaProduceBeforeLoad "replica.produce-before-load"
    /// A turn brings one partition up to the image.
    ImageShortTurn "shard.image-short-turn"
    /// An image changed more partitions than a turn brings up to it.
    ImageInSteps "shard.image-in-steps"
    /// A question waited until its partition had reached the image.
    ImageAwaited "shard.image-awaited"
    /// How long a voter of the metadata quorum waits before it asks for pre-votes, and for votes.
    QuorumElectionTimeout "quorum.election-timeout"
    /// How long a candidate waits after a lost election.
    QuorumElectionBackoff "quorum.election-backoff"
    /// How long a replica of the metadata log leaves another one alone after a failed request.
    QuorumRetryBackoff "quorum.retry-backoff"
    /// Which bootstrap server a replica asks for the leader.
    QuorumBootstrapServer "quorum.bootstrap-server"
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
