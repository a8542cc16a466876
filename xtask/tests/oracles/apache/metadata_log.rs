//! The metadata log: values of its records, and control batches.

use super::{hex, java, missing_before_4_4, unhex};
use crate::entries::Table;
use bytes::{Bytes, BytesMut};
use gracchus_core::metadata::MetadataRecord;
use gracchus_core::quorum::ControlMessage;
use gracchus_core::record::{
    Batch, ControlRecord, ControlType, EndTxnMarker, TransactionResult, control_batch, control_records, end_txn_batch,
};
use gracchus_core::types::{LeaderEpoch, Offset, ProducerEpoch, ProducerId, Timestamp};
use xtask::codegen::sample::{Random, sample};
use xtask::codegen::table::{Kind, Message};

/// How many records of each type and version, and how many batches of each kind, go each way.
const RECORDS: usize = 50;

/// The records of Kafka 4.4 that Kafka 4.3 has not.
const NEWER: &[&str] = &["UnregisterControllerRecord v0"];

/// The control records' types and messages. Kafka writes and reads all of them in version 0 only, also
/// LeaderChangeMessage.
const CONTROL: [(ControlType, &str); 5] = [
    (ControlType::LeaderChange, "LeaderChangeMessage"),
    (ControlType::SnapshotHeader, "SnapshotHeaderRecord"),
    (ControlType::KRaftVersion, "KRaftVersionRecord"),
    (ControlType::KRaftVoters, "VotersRecord"),
    (ControlType::SnapshotFooter, "SnapshotFooterRecord"),
];

fn metadata_records(table: &Table) -> Vec<&Message> {
    let generated = xtask::codegen::generated_names().map(|name| table.message(name));
    generated.filter(|it| it.kind == Kind::MetadataRecord).collect()
}

fn record_type(message: &Message) -> i16 {
    message.key.expect("a metadata record has a type")
}

/// Reads a record's value and writes it again.
fn rewritten(value: Bytes) -> Result<Bytes, String> {
    let record = MetadataRecord::decode(value).map_err(|why| why.to_string())?;
    Ok(record.message.encode_as(record.version, &mut BytesMut::new()))
}

#[test]
#[ignore = "needs Maven and Java: run `cargo xtask apache-records`"]
fn apache_reads_our_metadata_records_and_writes_the_same() {
    let table = Table::read();
    let (mut input, mut expected) = (String::new(), Vec::new());
    for message in metadata_records(&table) {
        for version in message.valid.min..=message.valid.max {
            for seed in 0..RECORDS as u64 {
                let head = [1, record_type(message) as u8, version as u8];
                let drawn = [&head[..], &sample(message, version, &mut Random::new(seed))].concat();
                let value = rewritten(drawn.into()).expect("ours reads it");
                input += &format!("metadata {}\n", hex(&value));
                expected.push((format!("{} v{version}", message.name), hex(&value)));
            }
        }
    }
    let answers = java(&["rewrite"], input);
    assert_eq!(answers.len(), expected.len());
    let mut newer = Vec::new();
    for ((name, value), answer) in expected.iter().zip(&answers) {
        if missing_before_4_4(NEWER).contains(&name.as_str()) {
            assert!(answer.starts_with("refused "), "{name}: {answer}");
            newer.push(name.as_str());
        } else {
            assert_eq!(answer, value, "{name}");
        }
    }
    println!("{} metadata records of ours, as Apache writes them", answers.len() - newer.len());
    newer.dedup();
    assert_eq!(newer, missing_before_4_4(NEWER), "versions that were not compared");
}

#[test]
#[ignore = "needs Maven and Java: run `cargo xtask apache-records`"]
fn we_read_metadata_records_of_apache_and_write_the_same() {
    let table = Table::read();
    let records = metadata_records(&table);
    let input: String = records.iter().map(|it| format!("metadata {}\n", record_type(it))).collect();
    let lines = java(&["generate", "9", &RECORDS.to_string()], input);
    for line in &lines {
        let value = unhex(line.strip_prefix("metadata ").expect("a metadata record"));
        assert_eq!(rewritten(value.clone()), Ok(value), "{line}");
    }
    let versions: usize = records.iter().map(|it| (it.valid.min..=it.valid.max).count()).sum();
    assert_eq!(
        lines.len(),
        (versions - missing_before_4_4(NEWER).len()) * RECORDS,
        "every version but the newer ones came"
    );
    println!("{} metadata records of Apache, as we write them", lines.len());
}

/// Reads control records and writes their values again.
fn values(records: impl Iterator<Item = ControlRecord>) -> Vec<(ControlType, Bytes)> {
    let message = |record| ControlMessage::decode(&record).unwrap_or_else(|why| panic!("{record:?}: {why}"));
    records.map(|record| message(record).encode(&mut BytesMut::new())).collect()
}

/// Values of all types, drawn from the table.
fn drawn_values(table: &Table, seed: u64) -> Vec<(ControlType, Bytes)> {
    let drawn = CONTROL.iter().map(|(control_type, name)| {
        let mut value = sample(table.message(name), 0, &mut Random::new(seed));
        // The field `Version`, which says in which version the others are.
        value[..2].fill(0);
        ControlRecord { offset: Offset(0), control_type: *control_type, value: value.into() }
    });
    values(drawn)
}

#[test]
#[ignore = "needs Maven and Java: run `cargo xtask apache-records`"]
fn apache_reads_our_control_batches_and_writes_the_same() {
    let table = Table::read();
    let mut batches = Vec::new();
    for seed in 0..RECORDS as u64 {
        let (base, epoch, at) = (Offset(seed as i64 * 7), LeaderEpoch(seed as i32), Timestamp(1_000 + seed as i64));
        let values = drawn_values(&table, seed);
        batches.extend(values.iter().map(|it| control_batch(base, epoch, at, std::slice::from_ref(it))));
        batches.push(control_batch(base, epoch, at, &values[1..4]));
        for result in [TransactionResult::Abort, TransactionResult::Commit] {
            let marker = EndTxnMarker { result, coordinator_epoch: seed as i32 };
            batches.push(end_txn_batch(ProducerId(seed as i64), ProducerEpoch(3), at, marker));
        }
    }
    let answers = java(&["rewrite"], batches.iter().map(|it| format!("control {}\n", hex(it))).collect());
    assert_eq!(answers, batches.iter().map(|it| hex(it)).collect::<Vec<_>>());
    println!("{} control batches of ours, as Apache writes them", answers.len());
}

#[test]
#[ignore = "needs Maven and Java: run `cargo xtask apache-records`"]
fn we_read_control_batches_of_apache_and_write_the_same() {
    let lines = java(&["generate", "10", &RECORDS.to_string()], "control\n".to_owned());
    for line in &lines {
        let bytes = unhex(line.strip_prefix("control ").expect("a control batch"));
        let batch = Batch::parse(&bytes).expect("a batch");
        let (header, at) = (batch.header(), Timestamp(batch.header().base_timestamp));
        assert!(batch.is_intact(), "{line}");
        if let Some(producer) = header.producer() {
            let marker = EndTxnMarker::parse(&batch).expect("the end of a transaction");
            // A coordinator's batch gets its offset and its epoch from the log that it is appended to.
            assert_eq!(end_txn_batch(producer.id, producer.epoch, at, marker)[16..], bytes[16..], "{line}");
        } else {
            let records = control_records(&batch).expect("a control batch").map(|it| it.expect("a control record"));
            let epoch = header.leader_epoch.expect("the epoch of a leader");
            assert_eq!(control_batch(header.base, epoch, at, &values(records)), bytes, "{line}");
        }
    }
    assert_eq!(lines.len(), RECORDS * 8, "two ends of transactions, five records alone, three together");
    println!("{} control batches of Apache, as we write them", lines.len());
}
