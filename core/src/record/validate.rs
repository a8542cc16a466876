//! What a leader checks before it takes a client's batch.

use super::batch::{CRC_FROM, crc32c, crc32c_of};
use super::{BatchHeader, Codec, HEADER_LEN, Records, STAMP_LEN};
use crate::types::{ErrorCode, LeaderEpoch, Offset, Timestamp};
use bytes::Bytes;

/// What a topic demands of a batch.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rules {
    /// `max.message.bytes`, of the whole batch.
    pub max_bytes: u32,
    /// `message.timestamp.type`, with the bounds that belong to it.
    pub timestamps: TimestampRule,
    /// Whether every record needs a key.
    pub compacted: bool,
    /// The time of the append.
    pub now: Timestamp,
}

/// `message.timestamp.type`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TimestampRule {
    /// Records keep the time that their producer gave, within bounds (KIP-937).
    CreateTime {
        /// `message.timestamp.before.max.ms`.
        before_max_ms: i64,
        /// `message.timestamp.after.max.ms`.
        after_max_ms: i64,
    },
    /// The batch is stamped with the time of the append.
    LogAppendTime,
}

/// Why a batch is refused.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Invalid {
    /// Kafka's code.
    pub error: ErrorCode,
    /// In words.
    pub message: &'static str,
    /// The records to blame (KIP-467), the first hundred of them.
    pub records: Vec<RecordFault>,
}

/// One record to blame.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RecordFault {
    /// Its index in the batch.
    pub index: i32,
    /// What is wrong with it.
    pub message: &'static str,
}

/// A client's batch that may be appended. Its records are the client's own bytes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ValidBatch {
    /// As it is stored, but for base offset and leader epoch.
    header: BatchHeader,
    /// As the client sent it.
    sent: Bytes,
    head: Head,
    held: u32,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Head {
    /// The client's header stands behind the stamp.
    AsSent,
    /// The timestamps' type or maximum changed, and the checksum with them.
    Anew,
}

impl ValidBatch {
    /// Its header, with the maximum timestamp and checksum that are stored.
    #[must_use]
    pub fn header(&self) -> &BatchHeader {
        &self.header
    }

    /// Notes that the batch keeps an allocation of `bytes` alive, such as the frame that it came in.
    #[must_use]
    pub fn held_by(mut self, bytes: u32) -> ValidBatch {
        self.held = bytes.max(self.header.len);
        self
    }

    /// The size of the allocation that it keeps alive.
    #[must_use]
    pub fn held(&self) -> u32 {
        self.held
    }

    /// The bytes to append: a fresh head, and behind it the client's own.
    #[must_use]
    pub fn stamped(&self, base: Offset, epoch: LeaderEpoch) -> [Bytes; 2] {
        match self.head {
            Head::AsSent => {
                let stamp = BatchHeader::stamp(base, self.header.len, epoch);
                [Bytes::from_owner(stamp), self.sent.slice(STAMP_LEN..)]
            }
            Head::Anew => {
                let header = BatchHeader { base, leader_epoch: Some(epoch), ..self.header };
                [Bytes::from_owner(header.encode()), self.sent.slice(HEADER_LEN..)]
            }
        }
    }
}

const MOST_FAULTS: usize = 100;
const NO_TIMESTAMP: i64 = -1;
const OUT_OF_RANGE: &str = "the record's timestamp is further from the time of the append than the topic allows";

/// Checks what a client wants appended to one partition: exactly one batch, intact, within the topic's rules. Plain
/// records are walked one by one; of compressed ones the header and the checksum are checked.
pub fn validate(records: &Bytes, rules: &Rules) -> Result<ValidBatch, Invalid> {
    let header = one_batch(records)?;
    if header.len > rules.max_bytes {
        return refuse(ErrorCode::MessageTooLarge, "the batch is larger than max.message.bytes");
    }
    if crc32c(&records[CRC_FROM..]) != header.crc {
        return refuse(ErrorCode::CorruptMessage, "the batch's checksum is not that of its bytes");
    }
    check_header(&header)?;
    let max_timestamp = match header.codec() {
        Some(Codec::None) => check_records(records, &header, rules)?,
        Some(_) => check_compressed(&header, rules)?,
        None => return refuse(ErrorCode::UnsupportedCompressionType, "no codec has this number"),
    };
    let log_append_time = rules.timestamps == TimestampRule::LogAppendTime;
    let max_timestamp = if log_append_time { rules.now.0 } else { max_timestamp };
    let mut valid = ValidBatch { header, sent: records.clone(), head: Head::AsSent, held: header.len };
    // As in Kafka, the stored header tells the records' true maximum, whatever the client wrote there.
    if header.is_log_append_time() != log_append_time || header.max_timestamp != max_timestamp {
        valid.header.set_timestamps(log_append_time, max_timestamp);
        valid.header.crc = crc32c_of([&valid.header.encode()[CRC_FROM..], &records[HEADER_LEN..]]);
        valid.head = Head::Anew;
    }
    Ok(valid)
}

/// The header of the only batch in `records`.
fn one_batch(records: &[u8]) -> Result<BatchHeader, Invalid> {
    use super::BadBatch::{Crc, Field, Length, Magic, Partial};
    const MINIMUM: &str = "a record batch is shorter than its header, or than it says";
    match BatchHeader::parse(records) {
        Ok(header) if records.len() < header.len as usize => refuse(ErrorCode::CorruptMessage, MINIMUM),
        Ok(header) if records.len() > header.len as usize => {
            refuse(ErrorCode::InvalidRecord, "a produce request carries exactly one record batch for a partition")
        }
        // As in Kafka since 4.0: a client's offsets start at 0.
        Ok(header) if header.base != Offset::ZERO => {
            refuse(ErrorCode::InvalidRecord, "the base offset of a record batch in a produce request is 0")
        }
        Ok(header) => Ok(header),
        Err(_) if records.is_empty() => {
            refuse(ErrorCode::InvalidRecord, "a produce request carries at least one record batch for a partition")
        }
        Err(Magic(0 | 1)) => refuse(
            ErrorCode::InvalidRecord,
            "produce requests from version 3 on carry record batches of magic 2 only (KIP-724)",
        ),
        Err(Magic(_)) => refuse(ErrorCode::CorruptMessage, "a record batch has an unknown magic"),
        Err(Field) => refuse(ErrorCode::InvalidRecord, "the batch has an invalid offset range or count"),
        Err(Partial(_) | Length | Crc) => refuse(ErrorCode::CorruptMessage, MINIMUM),
    }
}

/// What every batch of a client has to keep, compressed or not (`LogValidator.validateBatch`).
fn check_header(header: &BatchHeader) -> Result<(), Invalid> {
    let why = if header.count <= 0 {
        "the batch has no records"
    } else if header.last_offset_delta != header.count - 1 {
        "the batch's offset range and its count do not agree"
    } else if header.is_control() {
        "clients do not write control records"
    } else if header.producer_id >= 0 && (header.base_sequence < 0 || header.producer_epoch < 0) {
        "a batch with a producer id has an epoch and a sequence number"
    } else if header.producer_id < 0 && header.is_transactional() {
        "a transactional batch has a producer id"
    } else {
        return Ok(());
    };
    refuse(ErrorCode::InvalidRecord, why)
}

/// Walks plain records. Returns the greatest timestamp.
fn check_records(records: &[u8], header: &BatchHeader, rules: &Rules) -> Result<i64, Invalid> {
    let range = rules.range();
    let stamped = header.is_log_append_time().then_some(header.max_timestamp);
    let mut max_timestamp = NO_TIMESTAMP;
    let mut faults = Faults::default();
    for (index, record) in (0..).zip(Records::new(&records[HEADER_LEN..], header.count)) {
        let record = match record {
            Ok(record) => record,
            Err(malformed) => return refuse(ErrorCode::InvalidRecord, malformed.0),
        };
        if record.offset_delta != index {
            return refuse(ErrorCode::InvalidRecord, "the records' offsets do not go up one by one from 0");
        }
        let timestamp = stamped.unwrap_or_else(|| header.base_timestamp.wrapping_add(record.timestamp_delta));
        max_timestamp = max_timestamp.max(timestamp);
        if rules.compacted && record.key.is_none() {
            faults.keyless(index);
        } else if timestamp != NO_TIMESTAMP && !range.contains(&timestamp) {
            faults.out_of_range(index);
        }
    }
    faults.verdict().map(|()| max_timestamp)
}

/// Of compressed records the header is taken at its word, where it tells.
fn check_compressed(header: &BatchHeader, rules: &Rules) -> Result<i64, Invalid> {
    if header.max_timestamp != NO_TIMESTAMP && !rules.range().contains(&header.max_timestamp) {
        let mut faults = Faults::default();
        faults.out_of_range(header.last_offset_delta);
        faults.verdict()?;
    }
    Ok(header.max_timestamp)
}

impl Rules {
    /// The timestamps that the topic takes.
    fn range(&self) -> core::ops::RangeInclusive<i64> {
        match self.timestamps {
            TimestampRule::CreateTime { before_max_ms, after_max_ms } => {
                self.now.0.saturating_sub(before_max_ms)..=self.now.0.saturating_add(after_max_ms)
            }
            TimestampRule::LogAppendTime => i64::MIN..=i64::MAX,
        }
    }
}

#[derive(Default)]
struct Faults {
    records: Vec<RecordFault>,
    timestamps: bool,
}

impl Faults {
    #[cold]
    fn keyless(&mut self, index: i32) {
        self.add(index, "a compacted topic does not take a record without a key");
    }

    #[cold]
    fn out_of_range(&mut self, index: i32) {
        self.timestamps = true;
        self.add(index, OUT_OF_RANGE);
    }

    fn add(&mut self, index: i32, message: &'static str) {
        if self.records.len() < MOST_FAULTS {
            self.records.push(RecordFault { index, message });
        }
    }

    /// As in Kafka, one bad timestamp makes the whole answer INVALID_TIMESTAMP.
    fn verdict(self) -> Result<(), Invalid> {
        if self.records.is_empty() {
            return Ok(());
        }
        let (error, message) = if self.timestamps {
            (ErrorCode::InvalidTimestamp, "records were refused for their timestamps")
        } else {
            (ErrorCode::InvalidRecord, "records were refused")
        };
        Err(Invalid { error, message, records: self.records })
    }
}

fn refuse<T>(error: ErrorCode, message: &'static str) -> Result<T, Invalid> {
    Err(Invalid { error, message, records: Vec::new() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{BatchBuilder, EndTxnMarker, TransactionResult, end_txn_batch};
    use crate::types::{ProducerEpoch, ProducerId};
    use proptest::prelude::*;

    const NOW: Timestamp = Timestamp(1_000_000);
    const RULES: Rules = Rules {
        max_bytes: 1000,
        timestamps: TimestampRule::CreateTime { before_max_ms: 5000, after_max_ms: 1000 },
        compacted: false,
        now: NOW,
    };

    fn batch(records: &[(i64, Option<&str>)]) -> Bytes {
        let mut builder = BatchBuilder::new(0);
        for (at, key) in records {
            builder.append(Timestamp(*at), key.map(str::as_bytes), Some(b"value"), &[]);
        }
        builder.build()
    }

    fn plain() -> Bytes {
        batch(&[(NOW.0, Some("a")), (NOW.0 + 1, Some("b")), (NOW.0, Some("c"))])
    }

    /// `plain` with some bytes changed and the checksum made right again.
    fn with(at: usize, bytes: &[u8]) -> Bytes {
        let mut changed = plain().to_vec();
        changed[at..at + bytes.len()].copy_from_slice(bytes);
        let crc = crc32c(&changed[CRC_FROM..]);
        changed[17..21].copy_from_slice(&crc.to_be_bytes());
        changed.into()
    }

    fn code(records: &Bytes, rules: &Rules) -> ErrorCode {
        validate(records, rules).map_or_else(|it| it.error, |_| ErrorCode::None)
    }

    #[test]
    fn a_good_batch_is_stamped_and_its_records_are_the_senders_own() {
        let sent = plain();
        let valid = validate(&sent, &RULES).unwrap();
        let [head, rest] = valid.stamped(Offset(77), LeaderEpoch(3));
        assert_eq!((head.len(), rest.as_ptr()), (STAMP_LEN, sent[STAMP_LEN..].as_ptr()));
        let stored = super::super::Batch::parse(&[head, rest].concat().into()).unwrap();
        assert!(stored.is_intact());
        assert_eq!((stored.header().base, stored.header().last()), (Offset(77), Offset(79)));
        assert_eq!(stored.header().leader_epoch, Some(LeaderEpoch(3)));
    }

    #[test]
    fn a_bad_batch_gets_kafkas_code() {
        use ErrorCode::{CorruptMessage, InvalidRecord, UnsupportedCompressionType};
        let good = plain();
        let twice = Bytes::from([&good[..], &good[..]].concat());
        let marker = EndTxnMarker { result: TransactionResult::Commit, coordinator_epoch: 0 };
        let mut flipped = good.to_vec();
        *flipped.last_mut().unwrap() ^= 1;
        let cases: [(&str, Bytes, ErrorCode); 21] = [
            ("good", good.clone(), ErrorCode::None),
            ("nothing", Bytes::new(), InvalidRecord),
            ("two batches", twice.clone(), InvalidRecord),
            ("half a second batch", twice.slice(..good.len() + 30), InvalidRecord),
            ("half a header", good.slice(..30), CorruptMessage),
            ("half a batch", good.slice(..good.len() - 1), CorruptMessage),
            ("a flipped bit", flipped.into(), CorruptMessage),
            ("magic 0", with(16, &[0]), InvalidRecord),
            ("magic 1", with(16, &[1]), InvalidRecord),
            ("magic 3", with(16, &[3]), CorruptMessage),
            ("a short length", with(8, &20_i32.to_be_bytes()), CorruptMessage),
            ("a negative length", with(8, &(-1_i32).to_be_bytes()), CorruptMessage),
            ("a base offset", with(7, &[1]), InvalidRecord),
            ("codec 7", with(22, &[7]), UnsupportedCompressionType),
            ("a larger last offset", with(23, &3_i32.to_be_bytes()), InvalidRecord),
            ("a negative last offset", with(23, &(-1_i32).to_be_bytes()), InvalidRecord),
            ("no records", with(57, &0_i32.to_be_bytes()), InvalidRecord),
            ("a control batch", end_txn_batch(ProducerId(1), ProducerEpoch(0), NOW, marker), InvalidRecord),
            ("a producer without epoch", with(43, &7_i64.to_be_bytes()), InvalidRecord),
            ("a transaction without producer", with(22, &[0x10]), InvalidRecord),
            ("a record's length", with(61, &[0x7e]), InvalidRecord),
        ];
        for (what, records, expected) in cases {
            assert_eq!(code(&records, &RULES), expected, "{what}");
        }
    }

    #[test]
    fn counts_that_agree_with_each_other_but_not_with_the_records_are_refused() {
        for count in [1_i32, 2, 4, 1000] {
            let both = [(count - 1).to_be_bytes(), count.to_be_bytes()];
            let mut lying = with(23, &both[0]).to_vec();
            lying[57..61].copy_from_slice(&both[1]);
            let crc = crc32c(&lying[CRC_FROM..]);
            lying[17..21].copy_from_slice(&crc.to_be_bytes());
            assert_eq!(code(&lying.into(), &RULES), ErrorCode::InvalidRecord, "{count}");
        }
    }

    #[test]
    fn offsets_that_do_not_go_up_one_by_one_are_refused() {
        // The first record: length, attributes, timestamp, then its offset delta.
        assert_eq!(code(&with(64, &[2]), &RULES), ErrorCode::InvalidRecord);
    }

    #[test]
    fn the_size_limit_is_that_of_the_whole_batch() {
        let len = plain().len() as u32;
        assert_eq!(code(&plain(), &Rules { max_bytes: len, ..RULES }), ErrorCode::None);
        assert_eq!(code(&plain(), &Rules { max_bytes: len - 1, ..RULES }), ErrorCode::MessageTooLarge);
    }

    #[test]
    fn timestamps_out_of_bounds_name_their_records() {
        let edges = batch(&[(NOW.0 - 5000, None), (NOW.0 + 1000, None), (-1, None)]);
        assert_eq!(code(&edges, &RULES), ErrorCode::None);
        let beyond = batch(&[(NOW.0 - 5001, None), (NOW.0, None), (NOW.0 + 1001, None)]);
        let refused = validate(&beyond, &RULES).unwrap_err();
        assert_eq!(refused.error, ErrorCode::InvalidTimestamp);
        assert_eq!(refused.records.iter().map(|it| it.index).collect::<Vec<_>>(), [0, 2]);
        let stamping = Rules { timestamps: TimestampRule::LogAppendTime, ..RULES };
        assert_eq!(code(&beyond, &stamping), ErrorCode::None);
    }

    #[test]
    fn a_compacted_topic_wants_keys() {
        let compacted = Rules { compacted: true, ..RULES };
        assert_eq!(code(&plain(), &compacted), ErrorCode::None);
        let refused = validate(&batch(&[(NOW.0, Some("k")), (NOW.0, None)]), &compacted).unwrap_err();
        assert_eq!(refused.error, ErrorCode::InvalidRecord);
        assert_eq!(refused.records.iter().map(|it| it.index).collect::<Vec<_>>(), [1]);
    }

    #[test]
    fn the_maximum_timestamp_is_the_records_and_the_records_stay_shared() {
        let sent = with(35, &(NOW.0 + 500).to_be_bytes());
        let valid = validate(&sent, &RULES).unwrap();
        let [head, rest] = valid.stamped(Offset(5), LeaderEpoch(1));
        assert_eq!(rest.as_ptr(), sent[HEADER_LEN..].as_ptr());
        let stored = super::super::Batch::parse(&[head, rest].concat().into()).unwrap();
        assert!(stored.is_intact());
        assert_eq!(stored.header().max_timestamp, NOW.0 + 1);
        assert_eq!(stored.header().crc, valid.header().crc);
    }

    #[test]
    fn log_append_time_stamps_the_batch() {
        let rules = Rules { timestamps: TimestampRule::LogAppendTime, ..RULES };
        let stored = validate(&plain(), &rules).unwrap().stamped(Offset(0), LeaderEpoch(0)).concat();
        let stored = super::super::Batch::parse(&stored.into()).unwrap();
        assert!(stored.is_intact() && stored.header().is_log_append_time());
        assert_eq!(stored.header().max_timestamp, NOW.0);
        // The other way round, a client cannot pretend that the broker stamped.
        let pretended = validate(&with(22, &[8]), &RULES).unwrap();
        assert!(!pretended.header().is_log_append_time());
    }

    #[test]
    fn of_compressed_records_only_the_header_counts() {
        let mut gzip = with(22, &[1]).to_vec();
        gzip.truncate(70);
        gzip[8..12].copy_from_slice(&58_i32.to_be_bytes());
        let crc = crc32c(&gzip[CRC_FROM..]);
        gzip[17..21].copy_from_slice(&crc.to_be_bytes());
        let gzip = Bytes::from(gzip);
        assert_eq!(code(&gzip, &RULES), ErrorCode::None);
        assert_eq!(code(&gzip, &Rules { now: Timestamp(1), ..RULES }), ErrorCode::InvalidTimestamp);
    }

    proptest! {
        #![proptest_config(gracchus_cases::property(gracchus_cases::ORDINARY))]

        #[test]
        fn random_changes_never_panic(at in 0_usize..200, bytes in proptest::collection::vec(any::<u8>(), 1..9)) {
            let len = plain().len();
            if at + bytes.len() <= len {
                let _ = validate(&with(at, &bytes), &RULES);
            }
        }
    }
}
