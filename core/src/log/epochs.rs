//! The offset at which each leader epoch begins (KIP-101). Two replicas compare these to find where their logs diverge.

use crate::record::BatchHeader;
use crate::types::{LeaderEpoch, Offset};
use core::fmt::Write;

/// The leader epochs of a log, each with its first offset.
///
/// Entries are strictly increasing in epoch and in offset. If nothing was appended in an epoch, the next epoch begins
/// at the same offset and replaces its entry.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Epochs {
    entries: Vec<(LeaderEpoch, Offset)>,
}

impl Epochs {
    /// The greatest epoch that has an entry.
    pub(super) fn latest(&self) -> Option<LeaderEpoch> {
        self.entries.last().map(|it| it.0)
    }

    /// The offset at which the first known epoch begins.
    pub(super) fn first_start(&self) -> Option<Offset> {
        self.entries.first().map(|it| it.1)
    }

    /// Where the first epoch begins that begins behind `end`; none if no epoch does.
    pub(super) fn first_above(&self, end: Offset) -> Option<Offset> {
        self.entries.iter().map(|it| it.1).find(|start| *start > end)
    }

    /// The epoch of the batch that contains `offset`; none if `offset` lies below the first known epoch.
    pub(super) fn at(&self, offset: Offset) -> Option<LeaderEpoch> {
        let behind = self.entries.partition_point(|it| it.1 <= offset);
        Some(self.entries[behind.checked_sub(1)?].0)
    }

    /// Returns whether the batch's epoch is the one that the entries give for the batch's last offset. Returns true if
    /// they give none. The last offset is used and not the base offset, because the log start offset may lie within the
    /// batch, and there are no entries for offsets below the log start offset.
    pub(super) fn agree_with(&self, header: &BatchHeader) -> bool {
        self.at(header.last()).is_none_or(|epoch| header.leader_epoch == Some(epoch))
    }

    /// Notes that `epoch` begins at `start`. Changes nothing and returns false if that epoch, or a newer one, is known
    /// already.
    pub(super) fn assign(&mut self, epoch: LeaderEpoch, start: Offset) -> bool {
        if self.latest().is_some_and(|latest| epoch <= latest) {
            return false;
        }
        let kept = self.entries.partition_point(|it| it.1 < start);
        self.entries.truncate(kept);
        self.entries.push((epoch, start));
        true
    }

    /// Returns the greatest known epoch that is not above `epoch`, and the offset at which that epoch ends: where the
    /// next known epoch begins, or the log end. This works even if the log never had `epoch` (KIP-279). So a follower
    /// that was leader for a short time, in an epoch that only it knows, finds where both logs diverge. For an epoch
    /// below all known ones, returns `epoch` itself and the offset at which the first known epoch begins.
    pub(super) fn end_of(&self, epoch: LeaderEpoch, log_end: Offset) -> Option<(LeaderEpoch, Offset)> {
        let above = self.entries.partition_point(|it| it.0 <= epoch);
        let end = match self.entries.get(above) {
            Some(next) => next.1,
            None if self.latest() == Some(epoch) => log_end,
            // As in Kafka, the end of an epoch above all known ones is unknown, because the replica that asks knows a
            // newer epoch than this one.
            None => return None,
        };
        let known = above.checked_sub(1).map_or(epoch, |at| self.entries[at].0);
        Some((known, end))
    }

    /// Returns whether the log has an entry for exactly this epoch.
    pub(super) fn knows(&self, epoch: LeaderEpoch) -> bool {
        self.entries.binary_search_by_key(&epoch, |it| it.0).is_ok()
    }

    /// Drops the epochs that begin at or behind `end`, the new log end. Returns whether any epoch was dropped.
    /// KAFKA-10706: an epoch that begins exactly at the end is dropped too, because the log has no record of it. A
    /// follower that kept it would name it to the leader as its latest epoch, and the two logs would never be found to
    /// agree.
    pub(super) fn truncate_from(&mut self, end: Offset) -> bool {
        let kept = self.entries.partition_point(|it| it.1 < end);
        let cut = kept < self.entries.len();
        self.entries.truncate(kept);
        cut
    }

    /// Drops the epochs that end at or below `start`, the new log start offset. The epoch that contains `start` is
    /// changed to begin there. Returns whether anything changed.
    pub(super) fn advance_start(&mut self, start: Offset) -> bool {
        let passed = self.entries.partition_point(|it| it.1 <= start);
        if passed == 0 || (passed == 1 && self.entries[0].1 == start) {
            return false;
        }
        self.entries.drain(..passed - 1);
        self.entries[0].1 = start;
        true
    }

    /// Returns the entries as the text of the file `leader-epoch-checkpoint`.
    pub(super) fn encode(&self) -> String {
        let mut text = format!("0\n{}\n", self.entries.len());
        for (epoch, start) in &self.entries {
            writeln!(text, "{epoch} {start}").expect("a string takes all");
        }
        text
    }

    /// Parses the text of the file `leader-epoch-checkpoint`. Returns none if the text is invalid, for example because
    /// a crash interrupted its writing. The caller then reads the epochs from the log's batches.
    pub(super) fn decode(text: &[u8]) -> Option<Epochs> {
        let mut lines = core::str::from_utf8(text).ok()?.strip_suffix('\n')?.split('\n');
        if lines.next()? != "0" {
            return None;
        }
        let count: usize = lines.next()?.parse().ok()?;
        let mut entries: Vec<(LeaderEpoch, Offset)> = Vec::new();
        for line in lines {
            let (epoch, start) = line.split_once(' ')?;
            let next = (LeaderEpoch::from_wire(epoch.parse().ok()?)?, Offset::from_wire(start.parse().ok()?)?);
            if entries.last().is_some_and(|last| next.0 <= last.0 || next.1 <= last.1) {
                return None;
            }
            entries.push(next);
        }
        (entries.len() == count).then_some(Epochs { entries })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn epochs(entries: &[(i32, i64)]) -> Epochs {
        let mut epochs = Epochs::default();
        for (epoch, start) in entries {
            assert!(epochs.assign(LeaderEpoch(*epoch), Offset(*start)));
        }
        epochs
    }

    fn entries(epochs: &Epochs) -> Vec<(i32, i64)> {
        epochs.entries.iter().map(|it| (it.0.0, it.1.0)).collect()
    }

    fn end_of(epochs: &Epochs, epoch: i32, end: i64) -> Option<(i32, i64)> {
        epochs.end_of(LeaderEpoch(epoch), Offset(end)).map(|it| (it.0.0, it.1.0))
    }

    #[test]
    fn an_epoch_ends_where_the_next_begins() {
        let epochs = epochs(&[(2, 10), (4, 30), (7, 50)]);
        let cases = [
            (2, Some((2, 30)), "known"),
            (4, Some((4, 50)), "known"),
            (7, Some((7, 60)), "the latest ends at the log's end"),
            (3, Some((2, 30)), "KIP-279: never had it, the greatest below"),
            (6, Some((4, 50)), "KIP-279: never had it, the greatest below"),
            (1, Some((1, 10)), "below all: itself, where the first begins"),
            (8, None, "above all: unknown"),
        ];
        for (epoch, expected, why) in cases {
            assert_eq!(end_of(&epochs, epoch, 60), expected, "{epoch}: {why}");
        }
        assert_eq!(end_of(&Epochs::default(), 0, 0), None);
    }

    #[test]
    fn an_epoch_without_records_gives_way_to_the_next() {
        // KAFKA-7415: if several elections follow one another and no record is appended between them, only the last
        // epoch stays.
        let epochs = epochs(&[(1, 0), (2, 10), (3, 10), (5, 10)]);
        assert_eq!(entries(&epochs), [(1, 0), (5, 10)]);
        assert_eq!(end_of(&epochs, 2, 10), Some((1, 10)));
    }

    #[test]
    fn an_old_epoch_is_no_news() {
        let mut epochs = epochs(&[(3, 5)]);
        assert!(!epochs.assign(LeaderEpoch(3), Offset(9)));
        assert!(!epochs.assign(LeaderEpoch(2), Offset(9)));
        assert_eq!(entries(&epochs), [(3, 5)]);
    }

    #[test]
    fn truncation_takes_every_epoch_that_begins_there_or_behind() {
        for (end, left) in [(31, 2), (30, 1), (10, 0), (11, 1), (99, 2)] {
            let mut epochs = epochs(&[(1, 10), (2, 30)]);
            assert_eq!(epochs.truncate_from(Offset(end)), left < 2);
            assert_eq!(epochs.entries.len(), left, "to {end}");
        }
        // KAFKA-10706: the log ends at offset 30. Epoch 9 begins there, because its leader appended nothing.
        let mut epochs = epochs(&[(1, 10), (9, 30)]);
        assert!(epochs.truncate_from(Offset(30)));
        assert_eq!(epochs.latest(), Some(LeaderEpoch(1)));
    }

    #[test]
    fn a_new_start_keeps_the_epoch_of_the_first_record() {
        for (start, expected) in [
            (5, vec![(1, 10), (2, 30)]),
            (10, vec![(1, 10), (2, 30)]),
            (20, vec![(1, 20), (2, 30)]),
            (30, vec![(2, 30)]),
            (40, vec![(2, 40)]),
        ] {
            let mut epochs = epochs(&[(1, 10), (2, 30)]);
            epochs.advance_start(Offset(start));
            assert_eq!(entries(&epochs), expected, "from {start}");
        }
    }

    #[test]
    fn the_checkpoint_is_kafkas_text() {
        let epochs = epochs(&[(0, 0), (3, 17)]);
        assert_eq!(epochs.encode(), "0\n2\n0 0\n3 17\n");
        assert_eq!(Epochs::decode(b"0\n0\n"), Some(Epochs::default()));
    }

    #[test]
    fn a_checkpoint_that_was_not_written_whole_is_none() {
        let whole = epochs(&[(0, 0), (3, 17)]).encode();
        for len in 0..whole.len() {
            assert_eq!(Epochs::decode(&whole.as_bytes()[..len]), None, "{len} bytes");
        }
        for text in ["1\n0\n", "0\n1\n-1 0\n", "0\n2\n3 0\n2 5\n", "0\n2\n1 5\n2 5\n", "0\n1\n1 5 6\n", "\0\0\0\n"] {
            assert_eq!(Epochs::decode(text.as_bytes()), None, "{text:?}");
        }
    }

    proptest! {
        #![proptest_config(gracchus_cases::property(gracchus_cases::ORDINARY))]

        #[test]
        fn whatever_is_assigned_stays_in_order_and_comes_back(
            steps in proptest::collection::vec((0..20_i32, 0..50_i64, any::<bool>()), 0..40)
        ) {
            let mut epochs = Epochs::default();
            for (epoch, offset, cut) in steps {
                if cut {
                    epochs.truncate_from(Offset(offset));
                } else {
                    epochs.assign(LeaderEpoch(epoch), Offset(offset));
                }
                prop_assert!(epochs.entries.windows(2).all(|it| it[0].0 < it[1].0 && it[0].1 < it[1].1));
            }
            prop_assert_eq!(Epochs::decode(epochs.encode().as_bytes()), Some(epochs));
        }

        #[test]
        fn random_bytes_are_no_checkpoint_or_an_ordered_one(text in "[0-9 \n-]{0,40}") {
            if let Some(epochs) = Epochs::decode(text.as_bytes()) {
                prop_assert!(epochs.entries.windows(2).all(|it| it[0].0 < it[1].0 && it[0].1 < it[1].1));
            }
        }
    }
}
