//! The survivability ledger: whether a record that is missing was permitted to be lost.
//!
//! **Invariants**: permitted loss is never called a bug, and a bug is never called permitted: each missing record has
//! exactly one [`Ruling`], by one row of the table, and the table goes by what faults of the world took from disks,
//! never by what a recovery made of them.
//!
//! **In Kafka**: `min.insync.replicas`, `unclean.leader.election.enable`, eligible leader replicas (KIP-966).

use serde::{Deserialize, Serialize};

/// What `acks` said.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Acked {
    /// `acks=0`.
    None,
    /// `acks=1`.
    Leader,
    /// `acks=all`, or any record that was ever below the high watermark.
    All,
}

/// Which replicas may lead when no in-sync replica is left (KIP-966).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Eligible {
    /// None: the in-sync set is all there is.
    #[default]
    Off,
    /// Eligible leader replicas, and in the end the last known leader, as Apache Kafka has it.
    LastKnown,
    /// The same, and in the end the best log among all last known replicas.
    Balanced,
}

/// What a partition's configuration promises.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Promise {
    /// `min.insync.replicas`.
    pub min_isr: usize,
    /// Replicas in all.
    pub replicas: usize,
    /// Who may lead besides the in-sync set.
    pub eligible: Eligible,
}

/// How a record came to be missing from the log of a replica that was elected.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Circumstances {
    /// What its producer was told, or whether it was committed.
    pub acked: Acked,
    /// Whether leadership changed before the high watermark was above the record.
    pub moved_before_commit: bool,
    /// Whether a fault of the world took the record's bytes from the elected replica, and it did not get them back.
    pub leader_lost_it: bool,
    /// Replicas that were in sync at the election besides the elected one, and had lost nothing.
    pub sound_in_sync: usize,
    /// Replicas that have lost bytes and did not get them back, the elected one included.
    pub lossy: usize,
    /// Replicas that restarted without a clean marker and were not in sync since, the elected one included.
    pub unclean: usize,
    /// Whether the election was against the rules by intent: flagged unclean, or forced by a script.
    pub flagged_unclean: bool,
}

/// The row of the durability table that permits a loss.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Row {
    /// `acks=0` promises nothing.
    AcksNone,
    /// `acks=1`, and leadership changed before the high watermark was above the record.
    AcksLeaderMoved,
    /// `acks=1`, and the leader itself lost the bytes.
    AcksLeaderLossy,
    /// An election that was flagged unclean.
    UncleanElection,
    /// Every replica lost bytes, which sync before acknowledgement would have kept.
    AllLossy,
    /// `min.insync.replicas=1`, and the one in-sync replica lost the bytes.
    SoleReplicaLossy,
    /// `min.insync.replicas` above 1, no eligible leader replicas: the last in-sync replica standing lost the bytes.
    LastReplicaLossy,
    /// Eligible leader replicas: as many as `min.insync.replicas` restarted uncleanly, and the last leader lost the bytes.
    LastKnownLeaderLossy,
    /// Eligible leader replicas with balanced recovery: as many as `min.insync.replicas` lost bytes.
    BalancedExceeded,
}

/// What a missing record is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ruling {
    /// Nothing permits its loss.
    Bug,
    /// This row does.
    Expected(Row),
}

struct Line {
    row: Row,
    /// Whether the row speaks of such a record in such a configuration.
    about: fn(&Promise, &Circumstances) -> bool,
    /// Whether it permits the loss.
    permits: fn(&Promise, &Circumstances) -> bool,
}

/// Correctness anchors, section 4. The first line that is about a record and permits its loss is the ruling.
const TABLE: &[Line] = &[
    Line { row: Row::AcksNone, about: |_, it| it.acked == Acked::None, permits: |_, _| true },
    Line { row: Row::AcksLeaderLossy, about: |_, it| it.acked == Acked::Leader, permits: |_, it| it.leader_lost_it },
    Line {
        row: Row::AcksLeaderMoved,
        about: |_, it| it.acked == Acked::Leader,
        permits: |_, it| it.moved_before_commit,
    },
    Line { row: Row::UncleanElection, about: |_, it| it.acked == Acked::All, permits: |_, it| it.flagged_unclean },
    Line {
        row: Row::SoleReplicaLossy,
        about: |promise, it| it.acked == Acked::All && promise.eligible == Eligible::Off && promise.min_isr <= 1,
        permits: |_, it| it.leader_lost_it && it.sound_in_sync == 0,
    },
    Line {
        row: Row::AllLossy,
        about: |_, it| it.acked == Acked::All,
        permits: |promise, it| it.leader_lost_it && it.lossy >= promise.replicas,
    },
    Line {
        row: Row::LastReplicaLossy,
        about: |promise, it| it.acked == Acked::All && promise.eligible == Eligible::Off && promise.min_isr > 1,
        permits: |_, it| it.leader_lost_it && it.sound_in_sync == 0,
    },
    Line {
        row: Row::LastKnownLeaderLossy,
        about: |promise, it| it.acked == Acked::All && promise.eligible == Eligible::LastKnown,
        permits: |promise, it| it.unclean >= promise.min_isr && it.leader_lost_it,
    },
    Line {
        row: Row::BalancedExceeded,
        about: |promise, it| it.acked == Acked::All && promise.eligible == Eligible::Balanced,
        permits: |promise, it| it.lossy >= promise.min_isr,
    },
];

/// Rules on one missing record.
#[must_use]
pub fn rule(promise: &Promise, it: &Circumstances) -> Ruling {
    TABLE
        .iter()
        .find(|line| (line.about)(promise, it) && (line.permits)(promise, it))
        .map_or(Ruling::Bug, |line| Ruling::Expected(line.row))
}

/// Records whose loss was permitted.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ExpectedLoss {
    /// Of which partition, as `topic-0`.
    pub partition: String,
    /// Virtual time of the election that made it final, nanoseconds from the start.
    pub at: u64,
    /// The first offset.
    pub from: i64,
    /// Behind the last offset.
    pub to: i64,
    /// What permits it.
    pub row: Row,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn promise(min_isr: usize, eligible: Eligible) -> Promise {
        Promise { min_isr, replicas: 3, eligible }
    }

    /// A committed record that an elected replica lacks, with nothing to excuse it.
    const MISSING: Circumstances = Circumstances {
        acked: Acked::All,
        moved_before_commit: false,
        leader_lost_it: false,
        sound_in_sync: 0,
        lossy: 0,
        unclean: 0,
        flagged_unclean: false,
    };

    fn rules(min_isr: usize, eligible: Eligible, it: Circumstances) -> Ruling {
        rule(&promise(min_isr, eligible), &it)
    }

    #[test]
    fn acks_0_promises_nothing_even_without_a_fault() {
        let it = Circumstances { acked: Acked::None, ..MISSING };
        assert_eq!(rules(2, Eligible::Off, it), Ruling::Expected(Row::AcksNone));
    }

    #[test]
    fn acks_1_is_kept_where_nothing_happened() {
        let it = Circumstances { acked: Acked::Leader, ..MISSING };
        assert_eq!(rules(2, Eligible::Off, it), Ruling::Bug);
    }

    #[test]
    fn acks_1_may_go_when_leadership_moves_before_the_commit() {
        let it = Circumstances { acked: Acked::Leader, moved_before_commit: true, ..MISSING };
        assert_eq!(rules(1, Eligible::Off, it), Ruling::Expected(Row::AcksLeaderMoved));
    }

    #[test]
    fn acks_1_may_go_with_the_leaders_own_bytes() {
        let it = Circumstances { acked: Acked::Leader, leader_lost_it: true, ..MISSING };
        assert_eq!(rules(1, Eligible::Off, it), Ruling::Expected(Row::AcksLeaderLossy));
    }

    #[test]
    fn with_one_in_sync_replica_required_process_crashes_and_partitions_lose_nothing() {
        let it = Circumstances { moved_before_commit: true, unclean: 3, ..MISSING };
        assert_eq!(rules(1, Eligible::Off, it), Ruling::Bug);
    }

    #[test]
    fn with_one_in_sync_replica_required_a_lossy_sole_replica_may_lose() {
        let it = Circumstances { leader_lost_it: true, lossy: 1, ..MISSING };
        assert_eq!(rules(1, Eligible::Off, it), Ruling::Expected(Row::SoleReplicaLossy));
    }

    #[test]
    fn a_lossy_replica_that_is_not_the_last_must_not_be_elected() {
        let it = Circumstances { leader_lost_it: true, lossy: 1, sound_in_sync: 1, ..MISSING };
        assert_eq!(rules(1, Eligible::Off, it), Ruling::Bug);
        assert_eq!(rules(2, Eligible::Off, it), Ruling::Bug);
    }

    #[test]
    fn the_last_replica_standing_may_lose_without_eligible_leader_replicas() {
        let it = Circumstances { leader_lost_it: true, lossy: 1, ..MISSING };
        assert_eq!(rules(2, Eligible::Off, it), Ruling::Expected(Row::LastReplicaLossy));
    }

    #[test]
    fn a_replica_that_lost_nothing_of_its_disk_may_lack_nothing_however_alone_it_is() {
        let it = Circumstances { lossy: 2, unclean: 3, ..MISSING };
        assert_eq!(rules(2, Eligible::Off, it), Ruling::Bug);
    }

    #[test]
    fn a_power_loss_of_all_replicas_may_lose_what_none_had_synced() {
        let it = Circumstances { leader_lost_it: true, lossy: 3, unclean: 3, sound_in_sync: 0, ..MISSING };
        assert_eq!(rules(2, Eligible::Off, it), Ruling::Expected(Row::AllLossy));
    }

    #[test]
    fn a_power_loss_of_all_replicas_loses_nothing_that_was_synced() {
        // What a disk had made durable is not taken by a power loss, so nothing was lost of the leader.
        let it = Circumstances { unclean: 3, ..MISSING };
        assert_eq!(rules(2, Eligible::Off, it), Ruling::Bug);
    }

    #[test]
    fn fewer_unclean_restarts_than_required_replicas_lose_nothing_with_eligible_leader_replicas() {
        let it = Circumstances { leader_lost_it: true, lossy: 1, unclean: 1, ..MISSING };
        assert_eq!(rules(2, Eligible::LastKnown, it), Ruling::Bug);
        assert_eq!(rules(2, Eligible::Balanced, it), Ruling::Bug);
    }

    #[test]
    fn the_last_known_leader_may_lose_after_as_many_unclean_restarts_as_required_replicas() {
        let it = Circumstances { leader_lost_it: true, lossy: 1, unclean: 2, ..MISSING };
        assert_eq!(rules(2, Eligible::LastKnown, it), Ruling::Expected(Row::LastKnownLeaderLossy));
        assert_eq!(rules(2, Eligible::LastKnown, Circumstances { leader_lost_it: false, ..it }), Ruling::Bug);
    }

    #[test]
    fn balanced_recovery_survives_one_lossy_replica_less_than_required() {
        let it = Circumstances { leader_lost_it: true, lossy: 1, unclean: 3, ..MISSING };
        assert_eq!(rules(2, Eligible::Balanced, it), Ruling::Bug);
        let it = Circumstances { lossy: 2, ..it };
        assert_eq!(rules(2, Eligible::Balanced, it), Ruling::Expected(Row::BalancedExceeded));
    }

    #[test]
    fn an_election_that_is_flagged_unclean_may_lose_what_the_elected_replica_lacks() {
        let it = Circumstances { flagged_unclean: true, sound_in_sync: 2, ..MISSING };
        assert_eq!(rules(2, Eligible::Off, it), Ruling::Expected(Row::UncleanElection));
    }
}
