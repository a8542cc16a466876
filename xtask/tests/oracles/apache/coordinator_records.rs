//! Records of `__consumer_offsets`, keys and values.

use super::{hex, java, unhex};
use crate::entries::Table;
use bytes::{Bytes, BytesMut};
use gracchus_core::wire::{EncodedRecord, GroupCoordinatorRecord};
use xtask::codegen::sample::{Random, sample};
use xtask::codegen::table::{Kind, Message};

/// How many records of each type and version go each way.
const RECORDS: usize = 200;

/// Keys and values of all generated records.
fn records(table: &Table) -> Vec<(&Message, &Message)> {
    let keys =
        xtask::codegen::generated_names().map(|name| table.message(name)).filter(|it| it.kind == Kind::RecordKey);
    keys.map(|key| (key, table.message(&format!("{}Value", key.name.trim_end_matches("Key"))))).collect()
}

/// Reads a record, which must be of a known type, and writes it again.
fn rewritten(key: Bytes, value: Option<Bytes>) -> Result<(Bytes, Option<Bytes>), String> {
    let record = GroupCoordinatorRecord::decode(key, value).map_err(|why| why.to_string())?;
    let EncodedRecord { key, value } = record.encode(&mut BytesMut::new());
    Ok((key, value))
}

fn record_line(key: &[u8], value: Option<&[u8]>) -> String {
    format!("{} {}", hex(key), value.map_or("null".to_owned(), hex))
}

#[test]
#[ignore = "needs Maven and Java: run `cargo xtask apache-records`"]
fn apache_reads_our_records_and_writes_the_same() {
    let table = Table::read();
    let (mut input, mut expected) = (String::new(), Vec::new());
    for (key, value) in records(&table) {
        let prefixed = |number: i16, message: &Message, version, random: &mut Random| -> Bytes {
            [&number.to_be_bytes()[..], &sample(message, version, random)].concat().into()
        };
        let versions = (value.valid.min..=value.valid.max).map(Some).chain([None]);
        for (version, seed) in versions.flat_map(|version| (0..RECORDS as u64).map(move |seed| (version, seed))) {
            let mut random = Random::new(seed);
            let key_bytes = prefixed(key.key.expect("keys have types"), key, 0, &mut random);
            let value_bytes = version.map(|version| prefixed(version, value, version, &mut random));
            let (key, value) = rewritten(key_bytes, value_bytes).expect("ours reads it");
            let line = record_line(&key, value.as_deref());
            input += &format!("record {line}\n");
            expected.push(line);
        }
    }
    let answers = java(&["rewrite"], input);
    assert_eq!(answers.len(), expected.len());
    for (ours, answer) in expected.iter().zip(&answers) {
        assert_eq!(answer, ours);
    }
    println!("{} records of ours, as Apache writes them", answers.len());
}

#[test]
#[ignore = "needs Maven and Java: run `cargo xtask apache-records`"]
fn we_read_records_of_apache_and_write_the_same() {
    let table = Table::read();
    let records = records(&table);
    let input: String = records.iter().map(|(key, _)| format!("record {}\n", key.key.unwrap())).collect();
    let lines = java(&["generate", "8", &RECORDS.to_string()], input);
    for line in &lines {
        let words: Vec<&str> = line.split(' ').collect();
        let [_, key, value] = words[..] else { panic!("{line}") };
        let value = (value != "null").then(|| unhex(value));
        let (key, value) = rewritten(unhex(key), value).unwrap_or_else(|why| panic!("{line}: {why}"));
        assert_eq!(format!("record {}", record_line(&key, value.as_deref())), *line);
    }
    let versions: usize = records.iter().map(|(_, value)| (value.valid.min..=value.valid.max).count() + 1).sum();
    assert_eq!(lines.len(), versions * RECORDS, "every version and the tombstones came");
    println!("{} records of Apache, as we write them", lines.len());
}
