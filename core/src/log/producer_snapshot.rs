//! Producer snapshots: the state of all producers as of the offset in the file's name (`ProducerStateManager`).
//!
//! Kafka's part of the file has the last batch of each producer. Behind it come the earlier batches that are
//! remembered, so that a producer's retry is recognised after a restart too, and then a [`Seam`]. Kafka's reader goes
//! by the number of producers and by the checksum of everything that the file has, so that it accepts the file and
//! skips both additions. A snapshot that Kafka wrote has neither.

use super::producers::{Producer, ProducerBatch, Producers, REMEMBERED};
use super::seam::Seam;
use crate::record::crc32c;
use crate::types::{Offset, ProducerEpoch, ProducerId, Timestamp};
use bytes::{Buf, BufMut};
use std::collections::VecDeque;

const VERSION: i16 = 1;
/// The length of the file's head: the version, and the checksum of all bytes behind the head.
const HEAD: usize = 6;
const ENTRY: usize = 46;
/// The byte that begins the list of earlier batches. If another byte follows the producers, the file has no such list:
/// a seam follows, or bytes that another program wrote.
const EARLIER: u8 = 1;
/// The length of an entry in the list of earlier batches: producer id, last sequence, last offset, offset delta and
/// timestamp.
const EARLIER_BATCH: usize = 32;

/// The contents of a snapshot.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Snapshot {
    /// The state of all producers.
    pub(super) producers: Producers,
    /// The seam at the snapshot's offset. None if Kafka wrote the snapshot, if the log's last batch was unknown when
    /// the snapshot was written, or if the seam has an unknown version.
    pub(super) seam: Option<Seam>,
}

/// Makes the bytes of a snapshot file.
pub(super) fn encode(producers: &Producers, seam: Option<Seam>) -> Vec<u8> {
    let mut bytes = vec![0; HEAD];
    put_last_batches(producers, &mut bytes);
    put_earlier_batches(producers, &mut bytes);
    if let Some(seam) = seam {
        seam.put(&mut bytes);
    }
    let crc = crc32c(&bytes[HEAD..]);
    bytes[..2].copy_from_slice(&VERSION.to_be_bytes());
    bytes[2..HEAD].copy_from_slice(&crc.to_be_bytes());
    bytes
}

/// Returns whether Kafka's part of a snapshot file, the last batch of each producer, would be the same for both
/// producer states.
pub(super) fn is_same_for_kafka(these: &Producers, those: &Producers) -> bool {
    let [these, those] = [these, those].map(|producers| {
        let mut bytes = Vec::new();
        put_last_batches(producers, &mut bytes);
        bytes
    });
    these == those
}

fn put_last_batches(producers: &Producers, bytes: &mut Vec<u8>) {
    bytes.reserve(4 + producers.known.len() * ENTRY);
    bytes.put_i32(producers.known.len() as i32);
    for (id, producer) in &producers.known {
        let last = producer.batches.back();
        bytes.put_i64(id.0);
        bytes.put_i16(producer.epoch.0);
        bytes.put_i32(last.map_or(-1, |it| it.last_sequence));
        bytes.put_i64(last.map_or(-1, |it| it.last.0));
        bytes.put_i32(last.map_or(0, |it| it.offset_delta));
        bytes.put_i64(producer.last_timestamp);
        bytes.put_i32(producer.coordinator_epoch);
        bytes.put_i64(Offset::to_wire(producer.open_transaction));
    }
}

/// Writes the remembered batches of each producer except the last one, oldest first.
fn put_earlier_batches(producers: &Producers, bytes: &mut Vec<u8>) {
    let earlier = |it: &Producer| it.batches.len().saturating_sub(1);
    let count: usize = producers.known.values().map(earlier).sum();
    bytes.reserve(5 + count * EARLIER_BATCH);
    bytes.put_u8(EARLIER);
    bytes.put_u32(count as u32);
    for (id, producer) in &producers.known {
        for batch in producer.batches.iter().take(earlier(producer)) {
            bytes.put_i64(id.0);
            bytes.put_i32(batch.last_sequence);
            bytes.put_i64(batch.last.0);
            bytes.put_i32(batch.offset_delta);
            bytes.put_i64(batch.timestamp);
        }
    }
}

/// Parses a snapshot file, and leaves out producers that have expired. Returns none if the file is not whole: an older
/// snapshot is used then.
pub(super) fn decode(mut bytes: &[u8], now: Timestamp, expiration_ms: i64) -> Option<Snapshot> {
    if bytes.len() < HEAD + 4 || bytes.get_i16() != VERSION {
        return None;
    }
    let crc = bytes.get_u32();
    if crc != crc32c(bytes) {
        return None;
    }
    let count = usize::try_from(bytes.get_i32()).ok()?;
    let (mut entries, rest) = bytes.split_at_checked(count.checked_mul(ENTRY)?)?;
    let mut producers = Producers::default();
    while !entries.is_empty() {
        let (id, producer) = entry(&mut entries)?;
        if !producer.is_expired(now, expiration_ms) {
            producers.known.insert(id, producer);
        }
    }
    let rest = earlier_batches(rest, &mut producers)?;
    Some(Snapshot { producers, seam: Seam::get(rest) })
}

fn entry(bytes: &mut &[u8]) -> Option<(ProducerId, Producer)> {
    let id = ProducerId::from_wire(bytes.get_i64())?;
    let epoch = ProducerEpoch::from_wire(bytes.get_i16())?;
    let (last_sequence, last, offset_delta) = (bytes.get_i32(), Offset::from_wire(bytes.get_i64()), bytes.get_i32());
    let (timestamp, coordinator_epoch) = (bytes.get_i64(), bytes.get_i32());
    let open_transaction = Offset::from_wire(bytes.get_i64());
    let batches = match last {
        Some(last) => [batch(last_sequence, last, offset_delta, timestamp)?].into(),
        None => VecDeque::new(),
    };
    Some((id, Producer { epoch, batches, last_timestamp: timestamp, coordinator_epoch, open_transaction }))
}

/// Reads the list of earlier batches, and adds each to its producer if that producer has a last batch. Returns the
/// bytes behind the list; none if the list is invalid.
fn earlier_batches<'a>(mut bytes: &'a [u8], producers: &mut Producers) -> Option<&'a [u8]> {
    if bytes.first() != Some(&EARLIER) {
        return Some(bytes);
    }
    bytes.advance(1);
    let count = usize::try_from(bytes.try_get_u32().ok()?).ok()?;
    let (mut entries, rest) = bytes.split_at_checked(count.checked_mul(EARLIER_BATCH)?)?;
    while !entries.is_empty() {
        let id = ProducerId::from_wire(entries.get_i64())?;
        let (last_sequence, last) = (entries.get_i32(), Offset::from_wire(entries.get_i64())?);
        let earlier = batch(last_sequence, last, entries.get_i32(), entries.get_i64())?;
        if let Some(producer) = producers.known.get_mut(&id)
            && (1..REMEMBERED).contains(&producer.batches.len())
        {
            producer.batches.insert(producer.batches.len() - 1, earlier);
        }
    }
    Some(rest)
}

fn batch(last_sequence: i32, last: Offset, offset_delta: i32, timestamp: i64) -> Option<ProducerBatch> {
    let is_one = last_sequence >= 0 && offset_delta >= 0 && i64::from(offset_delta) <= last.0;
    is_one.then_some(ProducerBatch { last_sequence, last, offset_delta, timestamp })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::seam::LogTail;
    use proptest::prelude::*;

    fn known(id: i64) -> Producers {
        let batch = ProducerBatch { last_sequence: 7, last: Offset(19), offset_delta: 3, timestamp: 50 };
        let producer = Producer {
            epoch: ProducerEpoch(2),
            batches: [batch].into(),
            last_timestamp: 50,
            coordinator_epoch: -1,
            open_transaction: None,
        };
        Producers { known: [(ProducerId(id), producer)].into() }
    }

    fn decoded(bytes: &[u8], now: i64) -> Option<Producers> {
        decode(bytes, Timestamp(now), 100).map(|it| it.producers)
    }

    #[test]
    fn the_layout_is_kafkas() {
        let bytes = encode(&known(9), None);
        assert_eq!(bytes.len(), 10 + ENTRY + 5);
        assert_eq!(bytes[..2], [0, 1]);
        assert_eq!(bytes[6..10], [0, 0, 0, 1]);
        assert_eq!(bytes[10..18], 9_i64.to_be_bytes());
        assert_eq!(bytes[48..56], (-1_i64).to_be_bytes(), "no open transaction");
        assert_eq!(bytes[56..], [EARLIER, 0, 0, 0, 0], "no earlier batches");
        assert_eq!(decode(&bytes, Timestamp(0), 100).unwrap().seam, None);
    }

    #[test]
    fn a_seam_stands_behind_kafkas_layout_under_the_same_checksum() {
        let seam = Seam::new(LogTail::Nothing, None, None);
        let (with, without) = (encode(&known(9), seam), encode(&known(9), None));
        assert_eq!(with[HEAD..without.len()], without[HEAD..]);
        assert_eq!(with.len(), without.len() + Seam::LEN);
        let snapshot = decode(&with, Timestamp(0), 100).unwrap();
        assert_eq!((snapshot.producers, snapshot.seam), (known(9), seam));
    }

    #[test]
    fn what_is_remembered_of_each_producer_comes_back() {
        let mut producers = known(9);
        producers.known.extend(known(10).known);
        let bytes = encode(&producers, None);
        assert_eq!(decoded(&bytes, 51), Some(producers.clone()));
        for at in [15, 11, 7, 3] {
            let older =
                ProducerBatch { last_sequence: at, last: Offset(i64::from(at)), offset_delta: 3, timestamp: 40 };
            producers.known.get_mut(&ProducerId(9)).unwrap().batches.push_front(older);
            assert_eq!(decoded(&encode(&producers, None), 51), Some(producers.clone()), "{at} and later");
        }
        let with = encode(&producers, None);
        assert_eq!(with[HEAD..HEAD + 4 + 2 * ENTRY], bytes[HEAD..HEAD + 4 + 2 * ENTRY], "Kafka's part is the same");
        assert_eq!(decoded(&with, 150), Some(Producers::default()), "expired");
    }

    #[test]
    fn earlier_batches_are_no_more_than_are_remembered_and_of_known_producers_only() {
        let earlier = |id: i64, sequence: i32| {
            let mut bytes = id.to_be_bytes().to_vec();
            bytes.extend(sequence.to_be_bytes());
            bytes.extend([0; 20]);
            bytes
        };
        let listed = |count: u32, entries: &[Vec<u8>]| {
            let mut bytes = vec![EARLIER];
            bytes.extend(count.to_be_bytes());
            bytes.extend(entries.concat());
            bytes
        };
        let many: Vec<_> = (0..9).map(|at| earlier(9, at)).collect();
        let mut producers = known(9);
        assert!(earlier_batches(&listed(9, &many), &mut producers).is_some_and(<[u8]>::is_empty));
        let sequences: Vec<_> = producers.known[&ProducerId(9)].batches.iter().map(|it| it.last_sequence).collect();
        assert_eq!(sequences, [0, 1, 2, 3, 7]);
        let mut producers = known(9);
        assert!(earlier_batches(&listed(1, &[earlier(8, 0)]), &mut producers).is_some());
        assert_eq!(producers, known(9), "nobody knows producer 8");
        for wrong in [listed(1, &[]), listed(u32::MAX, &many), listed(1, &[earlier(9, -1)]), vec![EARLIER]] {
            assert_eq!(earlier_batches(&wrong, &mut known(9)), None);
        }
    }

    #[test]
    fn a_torn_or_changed_snapshot_is_none() {
        let bytes = encode(&known(9), Seam::new(LogTail::Nothing, None, None));
        for len in 0..bytes.len() {
            assert_eq!(decoded(&bytes[..len], 0), None, "{len} bytes");
        }
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 0x10;
            assert_eq!(decoded(&changed, 0), None, "byte {at}");
        }
    }

    proptest! {
        #![proptest_config(gracchus_cases::property(gracchus_cases::ORDINARY))]

        #[test]
        fn random_entries_under_a_good_checksum_never_panic(body in proptest::collection::vec(any::<u8>(), 0..150)) {
            let mut bytes = vec![0, 1];
            bytes.extend_from_slice(&crc32c(&body).to_be_bytes());
            bytes.extend_from_slice(&body);
            let _ = decode(&bytes, Timestamp(0), 100);
        }
    }
}
