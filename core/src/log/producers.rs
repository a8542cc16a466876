//! What idempotent producers have appended (KIP-98). With this state the log recognises a batch that was sent again,
//! and refuses a batch that arrives before an earlier one of the same producer.

use crate::record::{BatchHeader, BatchProducer, EndTxnMarker, next_sequence};
use crate::types::{ErrorCode, Offset, ProducerEpoch, ProducerId, Timestamp};
use std::collections::BTreeMap;
use std::collections::VecDeque;

/// The number of batches remembered for each producer: the most that an idempotent producer may have in flight.
pub(super) const REMEMBERED: usize = 5;

/// The producers that a log knows.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Producers {
    pub(super) known: BTreeMap<ProducerId, Producer>,
}

/// What DescribeProducers answers about a producer (KIP-664).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ActiveProducer {
    /// The producer's id.
    pub id: ProducerId,
    /// The epoch of the producer's last batch.
    pub epoch: ProducerEpoch,
    /// The last sequence number of the producer's last batch; none if only its transaction markers are known.
    pub last_sequence: Option<i32>,
    /// The timestamp of the producer's last batch or transaction marker.
    pub last_timestamp: Timestamp,
    /// The epoch of the transaction coordinator that wrote the producer's last marker; none before the first marker.
    pub coordinator_epoch: Option<i32>,
    /// The offset of the first record of the producer's open transaction; none if no transaction is open.
    pub open_transaction: Option<Offset>,
}

/// The state of one producer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Producer {
    pub(super) epoch: ProducerEpoch,
    /// The producer's last batches under `epoch`, oldest first.
    pub(super) batches: VecDeque<ProducerBatch>,
    /// The timestamp of the producer's last batch or transaction marker.
    pub(super) last_timestamp: i64,
    /// The coordinator epoch in the producer's last transaction marker; -1 before the first marker.
    pub(super) coordinator_epoch: i32,
    /// The offset of the first record of a transaction that has no marker yet.
    pub(super) open_transaction: Option<Offset>,
}

/// One batch of a producer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct ProducerBatch {
    pub(super) last_sequence: i32,
    pub(super) last: Offset,
    pub(super) offset_delta: i32,
    pub(super) timestamp: i64,
}

/// What producer state needs to know of an appended batch.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct ProducerAppend {
    producer: BatchProducer,
    kind: AppendKind,
    base: Offset,
    offset_delta: i32,
    timestamp: i64,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum AppendKind {
    Data {
        transactional: bool,
    },
    /// A transaction marker, with the coordinator's epoch if the marker could be read.
    Marker(Option<i32>),
}

/// How a client's batch relates to the producer's earlier batches.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Checked {
    /// The producer's next batch.
    Next,
    /// A batch that is already in the log, at these offsets.
    Duplicate { base: Offset, last: Offset },
}

impl ProducerAppend {
    /// Takes from `header` what producer state needs to know; none for a batch without a producer.
    pub(super) fn of(header: &BatchHeader, marker: Option<EndTxnMarker>) -> Option<ProducerAppend> {
        let producer = header.producer()?;
        let kind = if header.is_control() {
            AppendKind::Marker(marker.map(|it| it.coordinator_epoch))
        } else {
            AppendKind::Data { transactional: header.is_transactional() }
        };
        let (base, offset_delta, timestamp) = (header.base, header.last_offset_delta, header.max_timestamp);
        Some(ProducerAppend { producer, kind, base, offset_delta, timestamp })
    }
}

impl Producers {
    /// Checks a client's batch against the producer's state (`ProducerAppendInfo`). Changes nothing, because the append
    /// may still fail (KAFKA-6683).
    pub(super) fn check(&self, header: &BatchHeader) -> Result<Checked, (ErrorCode, &'static str)> {
        let Some(batch) = header.producer() else {
            return Ok(Checked::Next);
        };
        // A producer that this log does not know, or knows no longer, may begin with any sequence number.
        let Some(known) = self.known.get(&batch.id) else {
            return Ok(Checked::Next);
        };
        if batch.epoch < known.epoch {
            return Err((ErrorCode::InvalidProducerEpoch, "a newer session of this producer has appended"));
        }
        if known.open_transaction.is_some() && !header.is_transactional() {
            return Err((ErrorCode::InvalidTxnState, "the producer has a transaction open"));
        }
        if batch.epoch > known.epoch {
            return if batch.first_sequence == 0 {
                Ok(Checked::Next)
            } else {
                Err((ErrorCode::OutOfOrderSequenceNumber, "a new session of a producer begins with sequence 0"))
            };
        }
        if let Some(original) = known.batches.iter().find(|it| it.is(&batch)) {
            return Ok(Checked::Duplicate { base: original.base(), last: original.last });
        }
        let expected = known.batches.back().map_or(0, |it| next_sequence(it.last_sequence, 1));
        if batch.first_sequence == expected {
            Ok(Checked::Next)
        } else {
            Err((ErrorCode::OutOfOrderSequenceNumber, "the sequence number does not follow the producer's last one"))
        }
    }

    /// Updates the producer's state after its batch was appended.
    pub(super) fn apply(&mut self, append: &ProducerAppend) {
        let producer = self.known.entry(append.producer.id).or_insert_with(|| Producer {
            epoch: append.producer.epoch,
            batches: VecDeque::new(),
            last_timestamp: append.timestamp,
            coordinator_epoch: -1,
            open_transaction: None,
        });
        if producer.epoch != append.producer.epoch {
            producer.epoch = append.producer.epoch;
            producer.batches.clear();
        }
        producer.last_timestamp = append.timestamp;
        match append.kind {
            AppendKind::Marker(coordinator_epoch) => {
                producer.open_transaction = None;
                producer.coordinator_epoch = coordinator_epoch.unwrap_or(producer.coordinator_epoch);
            }
            AppendKind::Data { transactional } => {
                if producer.batches.len() == REMEMBERED {
                    producer.batches.pop_front();
                }
                producer.batches.push_back(ProducerBatch {
                    last_sequence: append.producer.last_sequence,
                    last: Offset(append.base.0 + i64::from(append.offset_delta)),
                    offset_delta: append.offset_delta,
                    timestamp: append.timestamp,
                });
                if transactional {
                    producer.open_transaction.get_or_insert(append.base);
                }
            }
        }
    }

    /// Lists the producers by id.
    pub(super) fn active(&self) -> Vec<ActiveProducer> {
        let active = |(id, producer): (&ProducerId, &Producer)| ActiveProducer {
            id: *id,
            epoch: producer.epoch,
            last_sequence: producer.batches.back().map(|batch| batch.last_sequence),
            last_timestamp: Timestamp(producer.last_timestamp),
            coordinator_epoch: Some(producer.coordinator_epoch).filter(|epoch| *epoch >= 0),
            open_transaction: producer.open_transaction,
        };
        self.known.iter().map(active).collect()
    }

    /// Forgets producers whose last batch is at least `expiration_ms` old. KAFKA-7190: a producer with an open
    /// transaction is never forgotten.
    pub(super) fn expire(&mut self, now: Timestamp, expiration_ms: i64) {
        self.known.retain(|_, it| !it.is_expired(now, expiration_ms));
    }

    /// Forgets producers that `others` does not know, because they have expired.
    pub(super) fn retain_known_to(&mut self, others: &Producers) {
        self.known.retain(|id, _| others.known.contains_key(id));
    }
}

impl Producer {
    pub(super) fn is_expired(&self, now: Timestamp, expiration_ms: i64) -> bool {
        self.open_transaction.is_none() && now.0.saturating_sub(self.last_timestamp) >= expiration_ms
    }
}

impl ProducerBatch {
    fn base(&self) -> Offset {
        Offset(self.last.0 - i64::from(self.offset_delta))
    }

    fn is(&self, batch: &BatchProducer) -> bool {
        self.last_sequence == batch.last_sequence
            && next_sequence(self.last_sequence, -self.offset_delta) == batch.first_sequence
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{Batch, BatchBuilder, TransactionResult, end_txn_batch};
    use proptest::prelude::*;

    fn header(id: i64, epoch: i16, sequence: i32, count: i32, base: i64, transactional: bool) -> BatchHeader {
        let mut builder = BatchBuilder::new(0).with_producer(ProducerId(id), ProducerEpoch(epoch), sequence);
        if transactional {
            builder = builder.transactional();
        }
        for _ in 0..count {
            builder.append(Timestamp(100), None, None, &[]);
        }
        BatchHeader { base: Offset(base), ..*Batch::parse(&builder.build()).unwrap().header() }
    }

    fn append(producers: &mut Producers, header: &BatchHeader) {
        producers.apply(&ProducerAppend::of(header, None).unwrap());
    }

    fn code(producers: &Producers, header: &BatchHeader) -> ErrorCode {
        producers.check(header).map_or_else(|it| it.0, |_| ErrorCode::None)
    }

    #[test]
    fn a_retry_of_the_last_five_gets_its_original_offsets() {
        let mut producers = Producers::default();
        for at in 0..7 {
            append(&mut producers, &header(1, 0, at * 3, 3, i64::from(at) * 10, false));
        }
        for at in 2..7 {
            let base = Offset(i64::from(at) * 10);
            let checked = producers.check(&header(1, 0, at * 3, 3, 999, false));
            assert_eq!(checked, Ok(Checked::Duplicate { base, last: base.plus(2) }));
        }
        let forgotten = header(1, 0, 3, 3, 0, false);
        assert_eq!(code(&producers, &forgotten), ErrorCode::OutOfOrderSequenceNumber);
        let other_length = header(1, 0, 18, 2, 0, false);
        assert_eq!(code(&producers, &other_length), ErrorCode::OutOfOrderSequenceNumber);
    }

    #[test]
    fn sequences_go_on_without_a_gap_and_wrap() {
        let mut producers = Producers::default();
        append(&mut producers, &header(1, 0, i32::MAX - 1, 2, 0, false));
        assert_eq!(code(&producers, &header(1, 0, 1, 1, 2, false)), ErrorCode::OutOfOrderSequenceNumber);
        assert_eq!(producers.check(&header(1, 0, 0, 1, 2, false)), Ok(Checked::Next));
        append(&mut producers, &header(1, 0, 0, 1, 2, false));
        // The first batch, sent again, is recognised as a duplicate, although the sequence numbers have reached
        // `i32::MAX` since and begun at 0 again.
        let across = Ok(Checked::Duplicate { base: Offset(0), last: Offset(1) });
        assert_eq!(producers.check(&header(1, 0, i32::MAX - 1, 2, 9, false)), across);
    }

    #[test]
    fn a_new_session_begins_at_nought_and_fences_the_old() {
        let mut producers = Producers::default();
        append(&mut producers, &header(1, 3, 40, 1, 0, false));
        assert_eq!(code(&producers, &header(1, 4, 41, 1, 1, false)), ErrorCode::OutOfOrderSequenceNumber);
        assert_eq!(producers.check(&header(1, 4, 0, 1, 1, false)), Ok(Checked::Next));
        append(&mut producers, &header(1, 4, 0, 1, 1, false));
        assert_eq!(code(&producers, &header(1, 3, 41, 1, 2, false)), ErrorCode::InvalidProducerEpoch);
    }

    #[test]
    fn an_unknown_producer_may_begin_anywhere() {
        assert_eq!(Producers::default().check(&header(1, 3, 40, 1, 0, false)), Ok(Checked::Next));
    }

    #[test]
    fn silence_ends_in_oblivion_but_not_within_a_transaction() {
        let mut producers = Producers::default();
        append(&mut producers, &header(1, 0, 0, 1, 0, false));
        append(&mut producers, &header(2, 0, 0, 1, 1, true));
        producers.expire(Timestamp(149), 50);
        assert_eq!(producers.known.len(), 2);
        producers.expire(Timestamp(150), 50);
        assert_eq!(producers.known.keys().collect::<Vec<_>>(), [&ProducerId(2)]);
        let marker = EndTxnMarker { result: TransactionResult::Abort, coordinator_epoch: 6 };
        let control = end_txn_batch(ProducerId(2), ProducerEpoch(0), Timestamp(160), marker);
        let control = *Batch::parse(&control).unwrap().header();
        producers.apply(&ProducerAppend::of(&control, Some(marker)).unwrap());
        assert_eq!(producers.known[&ProducerId(2)].coordinator_epoch, 6);
        producers.expire(Timestamp(210), 50);
        assert_eq!(producers.known.len(), 0);
    }

    #[test]
    fn the_active_are_told_of_with_their_last_batch_and_their_open_transaction() {
        let mut producers = Producers::default();
        append(&mut producers, &header(2, 1, 0, 3, 0, false));
        append(&mut producers, &header(2, 1, 3, 2, 3, false));
        append(&mut producers, &header(1, 0, 0, 1, 5, true));
        let plain = ActiveProducer {
            id: ProducerId(2),
            epoch: ProducerEpoch(1),
            last_sequence: Some(4),
            last_timestamp: Timestamp(100),
            coordinator_epoch: None,
            open_transaction: None,
        };
        let transactional = ActiveProducer {
            id: ProducerId(1),
            epoch: ProducerEpoch(0),
            last_sequence: Some(0),
            open_transaction: Some(Offset(5)),
            ..plain
        };
        assert_eq!(producers.active(), [transactional, plain]);
        let marker = EndTxnMarker { result: TransactionResult::Commit, coordinator_epoch: 7 };
        let control = end_txn_batch(ProducerId(1), ProducerEpoch(1), Timestamp(160), marker);
        let control = *Batch::parse(&control).unwrap().header();
        producers.apply(&ProducerAppend::of(&control, Some(marker)).unwrap());
        let ended = ActiveProducer {
            epoch: ProducerEpoch(1),
            last_sequence: None,
            last_timestamp: Timestamp(160),
            coordinator_epoch: Some(7),
            open_transaction: None,
            ..transactional
        };
        assert_eq!(producers.active(), [ended, plain]);
    }

    #[test]
    fn within_a_transaction_plain_batches_are_refused() {
        let mut producers = Producers::default();
        append(&mut producers, &header(2, 0, 0, 1, 0, true));
        assert_eq!(code(&producers, &header(2, 0, 1, 1, 1, false)), ErrorCode::InvalidTxnState);
        assert_eq!(producers.known[&ProducerId(2)].open_transaction, Some(Offset(0)));
    }

    proptest! {
        #![proptest_config(gracchus_cases::property(gracchus_cases::ORDINARY))]

        /// `check` decides about every batch as a simple model does, which keeps all batches that were ever appended.
        #[test]
        fn every_verdict_is_that_of_the_whole_history(
            tries in proptest::collection::vec((0..2_i64, 0..3_i16, 0..12_i32, 1..4_i32), 0..80)
        ) {
            let mut producers = Producers::default();
            let mut history: Vec<BatchHeader> = Vec::new();
            let mut end = 0;
            for (id, epoch, sequence, count) in tries {
                let batch = header(id, epoch, sequence, count, end, false);
                let mine: Vec<_> = history.iter().filter(|it| it.producer_id == id).collect();
                let latest = mine.last().map(|it| it.producer_epoch);
                let of_epoch: Vec<_> = mine.iter().rev().take_while(|it| it.producer_epoch == epoch).collect();
                let original = of_epoch.iter().take(5)
                    .find(|it| it.base_sequence == sequence && it.count == count);
                let expected = match (latest, of_epoch.first()) {
                    (None, _) => Ok(Checked::Next),
                    (Some(latest), _) if epoch < latest => Err(ErrorCode::InvalidProducerEpoch),
                    (Some(_), None) if sequence == 0 => Ok(Checked::Next),
                    (Some(_), None) => Err(ErrorCode::OutOfOrderSequenceNumber),
                    (Some(_), Some(last)) => match original {
                        Some(it) => Ok(Checked::Duplicate { base: it.base, last: it.last() }),
                        None if last.base_sequence + last.count == sequence => Ok(Checked::Next),
                        None => Err(ErrorCode::OutOfOrderSequenceNumber),
                    },
                };
                prop_assert_eq!(producers.check(&batch).map_err(|it| it.0), expected);
                if expected == Ok(Checked::Next) {
                    append(&mut producers, &batch);
                    history.push(batch);
                    end += i64::from(count);
                }
            }
        }
    }
}
