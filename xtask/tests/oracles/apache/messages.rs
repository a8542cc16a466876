//! Every generated message in every version.

use super::{hex, java, missing_before_4_4, unhex};
use crate::entries::{Table, entries};
use xtask::codegen::sample::{Random, sample};
use xtask::codegen::table::Message;

/// How many messages of each version go each way.
const MESSAGES: usize = 20;

/// The messages and versions of Kafka 4.4 that Kafka 4.3 has not.
const NEWER: &[&str] = &[
    "ApiVersionsRequest v5",
    "ApiVersionsResponse v5",
    "DeleteGroupsRequest v3",
    "DeleteGroupsResponse v3",
    "UnregisterControllerRequest v0",
    "UnregisterControllerResponse v0",
    "UnregisterControllerRecord v0",
];

/// Keys and values of coordinator records are compared as whole records.
fn is_part_of_record(message: &Message) -> bool {
    message.name.ends_with("Key") || message.name.ends_with("Value")
}

/// Names of all generated messages that are no parts of records.
fn message_names(table: &Table) -> Vec<&'static str> {
    xtask::codegen::generated_names().filter(|name| !is_part_of_record(table.message(name))).collect()
}

#[test]
#[ignore = "needs Maven and Java: run `cargo xtask apache-records`"]
fn apache_reads_our_messages_and_writes_the_same() {
    let table = Table::read();
    let (mut input, mut expected) = (String::new(), Vec::new());
    for entry in entries().into_iter().filter(|entry| !is_part_of_record(table.message(entry.name))) {
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
