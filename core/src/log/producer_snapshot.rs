//! Producer snapshots: the state of all producers as of the offset in the file's name (`ProducerStateManager`).
//!
//! Of each producer only the last batch survives, as in Kafka. Behind the producers stands a [`Seam`]. Kafka's reader goes by
//! the number of producers and by the checksum of all that the file has, and passes over it; a snapshot that Kafka wrote
//! has none.

use super::producers::{Producer, ProducerBatch, Producers};
use super::seam::Seam;
use crate::record::crc32c;
use crate::types::{Offset, ProducerEpoch, ProducerId, Timestamp};
use bytes::{Buf, BufMut};
use std::collections::VecDeque;

const VERSION: i16 = 1;
/// Version and checksum; the checksum covers what follows.
const HEAD: usize = 6;
const ENTRY: usize = 46;

/// What a snapshot tells.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Snapshot {
    /// The producers.
    pub(super) producers: Producers,
    /// None where Kafka wrote it.
    pub(super) seam: Option<Seam>,
}

/// The file's bytes.
pub(super) fn encode(producers: &Producers, seam: Option<Seam>) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(HEAD + 4 + producers.known.len() * ENTRY + Seam::LEN);
    bytes.put_i16(VERSION);
    bytes.put_u32(0);
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
    if let Some(seam) = seam {
        seam.put(&mut bytes);
    }
    let crc = crc32c(&bytes[HEAD..]);
    bytes[2..HEAD].copy_from_slice(&crc.to_be_bytes());
    bytes
}

/// Reads a snapshot, without those that have expired. None for a file that is not whole: an older one serves then.
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
    Some(Snapshot { producers, seam: Seam::get(rest) })
}

fn entry(bytes: &mut &[u8]) -> Option<(ProducerId, Producer)> {
    let id = ProducerId::from_wire(bytes.get_i64())?;
    let epoch = ProducerEpoch::from_wire(bytes.get_i16())?;
    let (last_sequence, last, offset_delta) = (bytes.get_i32(), Offset::from_wire(bytes.get_i64()), bytes.get_i32());
    let (timestamp, coordinator_epoch) = (bytes.get_i64(), bytes.get_i32());
    let open_transaction = Offset::from_wire(bytes.get_i64());
    let mut batches = VecDeque::new();
    if let Some(last) = last {
        if last_sequence < 0 || offset_delta < 0 || i64::from(offset_delta) > last.0 {
            return None;
        }
        batches.push_back(ProducerBatch { last_sequence, last, offset_delta, timestamp });
    }
    Some((id, Producer { epoch, batches, last_timestamp: timestamp, coordinator_epoch, open_transaction }))
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
        assert_eq!(bytes.len(), 10 + ENTRY);
        assert_eq!(bytes[..2], [0, 1]);
        assert_eq!(bytes[6..10], [0, 0, 0, 1]);
        assert_eq!(bytes[10..18], 9_i64.to_be_bytes());
        assert_eq!(bytes[48..56], (-1_i64).to_be_bytes(), "no open transaction");
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
    fn the_last_batch_of_each_producer_comes_back() {
        let mut producers = known(9);
        let bytes = encode(&producers, None);
        assert_eq!(decoded(&bytes, 51), Some(producers.clone()));
        let older = ProducerBatch { last_sequence: 3, last: Offset(15), offset_delta: 0, timestamp: 40 };
        producers.known.get_mut(&ProducerId(9)).unwrap().batches.push_front(older);
        assert_eq!(encode(&producers, None), bytes);
        assert_eq!(decoded(&bytes, 150), Some(Producers::default()), "expired");
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
