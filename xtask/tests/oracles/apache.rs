//! Our messages, records of `__consumer_offsets` and error codes against Apache Kafka's own classes, both ways.
//!
//! A Java program of `xtask/apache-records` reads and writes with Kafka's classes. `cargo xtask apache-records` compiles it
//! and runs these tests.

use crate::entries::{Table, entries};
use bytes::{Bytes, BytesMut};
use gracchus_core::types::ErrorCode;
use gracchus_core::wire::{EncodedRecord, GroupCoordinatorRecord};
use std::io::Write;
use std::process::{Command, Stdio};
use xtask::codegen::sample::{Random, sample};
use xtask::codegen::table::{Kind, Message};

/// How many messages of each version go each way.
const MESSAGES: usize = 20;

/// How many records of each type and version go each way.
const RECORDS: usize = 200;

/// The versions of our messages, which are those of Kafka 4.4, that Kafka 4.3 has not.
const NEWER: &[&str] =
    &["ApiVersionsRequest v5", "ApiVersionsResponse v5", "DeleteGroupsRequest v3", "DeleteGroupsResponse v3"];

/// The error codes of Kafka 4.4 that Kafka 4.3 has not.
const NEWER_CODES: &[i16] = &[134, 135, 136];

/// Returns `newer` where the tests run against Kafka 4.3, and nothing where they run against a later one.
fn missing_before_4_4<T>(newer: &'static [T]) -> &'static [T] {
    let kafka = std::env::var("APACHE_RECORDS_KAFKA").expect("run by `cargo xtask apache-records`");
    if kafka.starts_with("4.3.") { newer } else { &[] }
}

/// Runs the Java program on these lines and returns the lines that it prints.
fn java(arguments: &[&str], input: String) -> Vec<String> {
    let class_path = std::env::var("APACHE_RECORDS_CLASS_PATH").expect("run by `cargo xtask apache-records`");
    let mut child = Command::new("java")
        .args(["-cp", &class_path, "gracchus.ApacheRecords"])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("java starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    let output = child.wait_with_output().expect("java ends");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    writer.join().expect("the writer ends").expect("java reads its input");
    let text = String::from_utf8(output.stdout).expect("the lines are text");
    text.lines().map(str::to_owned).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Bytes {
    let digit = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).expect("two hexadecimal digits");
    (0..text.len()).step_by(2).map(digit).collect()
}

fn is_record(message: &Message) -> bool {
    message.name.ends_with("Key") || message.name.ends_with("Value")
}

/// Names of all generated messages that are no parts of records.
fn message_names(table: &Table) -> Vec<&'static str> {
    xtask::codegen::generated_names().filter(|name| !is_record(table.message(name))).collect()
}

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
fn apache_reads_our_messages_and_writes_the_same() {
    let table = Table::read();
    let (mut input, mut expected) = (String::new(), Vec::new());
    for entry in entries().into_iter().filter(|entry| !is_record(table.message(entry.name))) {
        for version in entry.versions.0..=entry.versions.1 {
            for seed in 0..MESSAGES as u64 {
                let drawn = sample(table.message(entry.name), version, &mut Random::new(seed)).into();
                let ours = (entry.ours)(&drawn, version).expect("ours reads it");
                input += &format!("message {} {version} {}\n", entry.name, hex(&ours));
                expected.push((format!("{} v{version}", entry.name), hex(&ours)));
            }
        }
    }
    let answers = java(&["rewrite"], input);
    assert_eq!(answers.len(), expected.len());
    let mut newer = Vec::new();
    for ((name, ours), answer) in expected.iter().zip(&answers) {
        match answer.as_str() {
            "no version" => newer.push(name.as_str()),
            answer => assert_eq!(answer, ours, "{name}"),
        }
    }
    newer.dedup();
    assert_eq!(newer, missing_before_4_4(NEWER), "versions that were not compared");
    println!("{} messages of ours, as Apache writes them", answers.len() - newer.len() * MESSAGES);
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
fn we_read_messages_of_apache_and_write_the_same() {
    let table = Table::read();
    let names = message_names(&table);
    let input: String = names.iter().map(|name| format!("message {name}\n")).collect();
    let lines = java(&["generate", "7", &MESSAGES.to_string()], input);
    let entries = entries();
    for line in &lines {
        let words: Vec<&str> = line.split(' ').collect();
        let [_, name, version, bytes] = words[..] else { panic!("{line}") };
        let entry = entries.iter().find(|entry| entry.name == name).expect("a message that was asked for");
        let bytes = unhex(bytes);
        assert_eq!((entry.ours)(&bytes, version.parse().unwrap()).as_ref(), Ok(&bytes), "{name} v{version}");
    }
    let versions: usize = entries
        .iter()
        .filter(|entry| names.contains(&entry.name))
        .map(|entry| (entry.versions.0..=entry.versions.1).count())
        .sum();
    assert_eq!(
        lines.len(),
        (versions - missing_before_4_4(NEWER).len()) * MESSAGES,
        "every version but the newer ones came"
    );
    println!("{} messages of Apache, as we write them", lines.len());
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

#[test]
#[ignore = "needs Maven and Java: run `cargo xtask apache-records`"]
fn apaches_error_codes_are_ours() {
    let mut theirs: Vec<(i16, String)> = Vec::new();
    for line in java(&["errors"], String::new()) {
        let (code, name) = line.split_once(' ').expect("a code and a name");
        theirs.push((code.parse().expect("a number"), name.to_owned()));
    }
    theirs.sort();
    let newer = missing_before_4_4(NEWER_CODES);
    let is_known = |code: &i16| ErrorCode::from_wire(*code).to_wire() == *code && !newer.contains(code);
    let ours: Vec<_> = (-1..1000).filter(is_known).map(|it| (it, ErrorCode::from_wire(it).name().to_owned())).collect();
    assert_eq!(ours, theirs);
}
