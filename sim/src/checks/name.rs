//! What is checked, by stable names: scenario files require them, reports count them.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

macro_rules! checks {
    ($($(#[doc = $doc:literal])* $variant:ident $name:literal $id:literal)*) => {
        /// A property that runs are judged by. The ids are those of the project's list of anchors.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        #[repr(u8)]
        pub enum Check {
            $($(#[doc = $doc])* $variant,)*
        }

        impl Check {
            /// Every check there is.
            pub const ALL: &[Check] = &[$(Check::$variant,)*];

            /// The name in scenario files and reports.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Check::$variant => $name,)* }
            }

            /// The anchors that it covers.
            #[must_use]
            pub fn anchors(self) -> &'static str {
                match self { $(Check::$variant => $id,)* }
            }

            /// What holds when it passes, in a sentence.
            #[must_use]
            pub fn says(self) -> &'static str {
                match self { $(Check::$variant => concat!($($doc),*).trim_ascii_start(),)* }
            }

            /// The check of that name.
            #[must_use]
            pub fn named(name: &str) -> Option<Check> {
                Check::ALL.iter().copied().find(|check| check.name() == name)
            }
        }
    };
}

checks! {
    // Over client histories.
    /// An acknowledged record that a reader has gone past was read by somebody.
    LostWritePrefix "lost-write-prefix" "B03"
    /// Every acknowledged record that the configuration promised to keep is in the final drain of its partition.
    LostWrite "lost-write" "B04"
    /// Every acknowledged record that the configuration promised to keep is in the final leader's files.
    LostWriteOnDisk "lost-write-on-disk" "B04"
    /// An offset has one value.
    InconsistentOffsets "inconsistent-offsets" "B01"
    /// An offset of one leader epoch has one value, whatever was lost.
    EpochOffsetIdentity "epoch-offset-identity" "B02"
    /// A record of an idempotent producer has one offset.
    Duplicate "duplicate" "B05"
    /// What is read was sent, to that partition, byte for byte.
    Phantom "phantom" "B06"
    /// Within one poll a partition's records come in order and leave none out.
    OrderInPoll "order-in-poll" "B11"
    /// From poll to poll a consumer goes on where it stopped.
    OrderAcrossPolls "order-across-polls" "B12"
    /// Records of one idempotent or serial producer lie in the order of their sends.
    SendOrder "send-order" "B13"
    /// A record sent after another's acknowledgement lies behind it.
    RealtimeOrder "realtime-order" "B14"
    /// An acknowledged offset holds the acknowledged record, and no other was acknowledged there.
    AckIdentity "ack-identity" "B15"
    /// What a consumer was given stays, unchanged, for whoever reads again.
    StableRead "stable-read" "B16"
    /// Log start, stable offset and high watermark stand in order in each answer and do not go back under one leadership.
    Watermarks "watermarks" "B18"
    /// Of one idempotent session the acknowledged sequence has no hole.
    IdempotentSession "idempotent-session" "B19"
    /// No consumer is given a record at or above the high watermark.
    ReadsBelowHighWatermark "reads-below-high-watermark" "H6"
    /// Whoever asks a leader where a partition ends is told of everything that was committed before he asked.
    Recency "recency" "B17 B18"
    /// Whoever asks for a group's offset is told one that was committed, and none that was replaced before he asked.
    OffsetCommitRegister "offset-commit-register" "B22"
    /// A commit in the name of a generation, a member or an instance id that is over is refused.
    CommitFencing "commit-fencing" "B22"
    /// A group's generation never goes back, and shares partitions out once, to those who want them.
    GroupGenerations "group-generations" "B25"
    /// A partition has one owner at a time, but for those that were not heard of in time.
    ExclusiveOwnership "exclusive-ownership" "B24"
    /// A member commits nothing that its user is not done with.
    CommitBehindWork "commit-behind-work" "B23"
    /// Every record of a partition was handed to a user of each group.
    GroupDelivery "group-delivery" "B23"
    /// A deleted group is not shown until something makes it anew, and one that has members or offsets is not missing.
    GroupDeletion "group-deletion" "B22"
    /// What an administrator was told of a topic is so: what was acknowledged is described, and what was refused had a cause.
    TopicRegister "topic-register" "B34"
    /// A deleted topic is never seen again, and whoever has its name now has nothing of it.
    TopicIncarnation "topic-incarnation" "B30"

    // Over what happens inside the nodes.
    /// Log start, high watermark and log end stand in order on every replica.
    LogBounds "log-bounds" "L1"
    /// A log start never goes back, never passes the high watermark, and moves for a reason; only what lies below it goes.
    LogStart "log-start" "B18 C5"
    /// A log's batches follow each other without overlap, their epochs never fall, a leader appends under its own epoch.
    BatchOrder "batch-order" "L2"
    /// A recovered log is a prefix of the log before the crash and has everything that was synced.
    RecoveryPrefix "recovery-prefix" "L5"
    /// Recovering the same files twice gives the same log.
    RecoveryIdempotent "recovery-idempotent" "L5"
    /// After a failed write or sync nothing is appended to that log until it was loaded again.
    NoAppendAfterFailedSync "no-append-after-failed-sync" "L6"
    /// A new leader has every committed record, byte for byte, unless its loss was permitted.
    LeaderCompleteness "leader-completeness" "H1"
    /// Every running in-sync replica has every committed record.
    IsrCompleteness "isr-completeness" "H4"
    /// Under one leadership the high watermark never falls, and no follower's is above what a leader reached.
    HighWatermarkMonotonic "high-watermark-monotonic" "H2"
    /// The high watermark moves only over what every in-sync replica reported, and only while there are enough of them.
    HighWatermarkQuorum "high-watermark-quorum" "H3"
    /// A produce with acks=all is acknowledged behind the high watermark only.
    AckBehindHighWatermark "ack-behind-high-watermark" "H5"
    /// At most one replica leads in one leader epoch, and it is the one that the controller named.
    OneLeaderPerEpoch "one-leader-per-epoch" "I10"
    /// A group coordinator serves what is committed, and takes its groups from state to state by the rules.
    CoordinatorState "coordinator-state" "G1 G3"
    /// Leader and partition epochs never go back; another leader has another epoch.
    ImageEpochs "image-epochs" "I3"
    /// A turn does no more work than what it was given permits.
    TurnWork "turn-work" "-"
    /// A property that the core states of itself.
    Always "always" "-"

    // Over the disks, when everything has come to rest.
    /// Replicas hold the same bytes.
    LogMatching "log-matching" "H9"
    /// Every stored batch is well formed and has its checksum.
    StoredChecksums "stored-checksums" "L3"
    /// Leader-epoch checkpoints ascend and say what the log says.
    EpochCache "epoch-cache" "EC1 EC2"
    /// Offset indexes ascend and point at batches.
    OffsetIndex "offset-index" "L4"
    /// Every step of a script comes out as it says.
    Script "script" "-"
    /// After the faults end, everything that was begun ends, and replicas agree.
    Progress "progress" "section 5"
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for Check {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Check {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Check, D::Error> {
        let name = String::deserialize(deserializer)?;
        Check::named(&name).ok_or_else(|| serde::de::Error::custom(format!("there is no check named `{name}`")))
    }
}

#[cfg(test)]
mod tests {
    use super::Check;
    use std::collections::BTreeSet;

    #[test]
    fn names_are_unique_and_read_back() {
        let names: BTreeSet<_> = Check::ALL.iter().map(|check| check.name()).collect();
        assert_eq!(names.len(), Check::ALL.len());
        assert!(Check::ALL.iter().all(|check| Check::named(check.name()) == Some(*check)));
        assert!(Check::ALL.iter().all(|check| check.says().ends_with('.')));
    }
}
