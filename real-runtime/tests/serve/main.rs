//! `gracchus serve` as a process: what it says, how it ends, and what it bears.

mod child;
mod commands;
mod connections;
mod describe;
mod descriptors;
mod hostile;
mod output;
mod recovery;
mod retention;

use bytes::Bytes;
use child::{Server, gracchus, run};
use gracchus_core::record::BatchBuilder;
use gracchus_core::types::Timestamp;
use gracchus_core::wire::fetch::{FetchPartition, FetchTopic};
use gracchus_core::wire::produce::{PartitionProduceData, TopicProduceData};
use gracchus_core::wire::{FetchRequest, MetadataRequest, ProduceRequest};
use gracchus_server::caller::{CallError, Caller};
use rustix::process::Signal;
use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;
use std::time::Duration;

/// A batch of one record.
fn batch(value: &[u8]) -> Bytes {
    let mut batch = BatchBuilder::new(value.len() + 100);
    batch.append(Timestamp(1), None, Some(value), &[]);
    batch.build()
}

/// Sends one record to partition 0 of `topic`, and returns its error code.
fn produce(caller: &mut Caller<()>, topic: &str, records: Bytes) -> i16 {
    try_produce(caller, topic, records).unwrap()
}

/// Sends `record 0;`, `record 1;` and so on to partition 0 of `orders`, so many of them.
fn produce_many(caller: &mut Caller<()>, count: usize) {
    for number in 0..count {
        assert_eq!(produce(caller, "orders", batch(format!("record {number};").as_bytes())), 0);
    }
}

/// The same as `produce`; an error where the connection ends.
fn try_produce(caller: &mut Caller<()>, topic: &str, records: Bytes) -> Result<i16, CallError> {
    let partition_data = vec![PartitionProduceData { index: 0, records: Some(records.into()) }];
    let topic = TopicProduceData { name: topic.into(), partition_data, ..Default::default() };
    let body = ProduceRequest { transactional_id: None, acks: -1, timeout_ms: 10_000, topic_data: vec![topic] };
    Ok(caller.call(&body)?.responses[0].partition_responses[0].error_code)
}

/// Waits until a topic that is created on first use is there.
fn await_topic(caller: &mut Caller<()>, topic: &str) {
    let there = Server::until(Duration::from_secs(10), || {
        caller.metadata(topic).unwrap().topics[0].partitions.first().is_some_and(|partition| partition.error_code == 0)
    });
    assert!(there, "{topic} is created on first use");
}

/// Asks for partition 0 of `topic` from its start.
fn fetch_request(topic: &str) -> FetchRequest {
    let partition = FetchPartition { partition_max_bytes: 1 << 20, ..Default::default() };
    let topics = vec![FetchTopic { topic: topic.into(), partitions: vec![partition], ..Default::default() }];
    FetchRequest { max_wait_ms: 100, max_bytes: 1 << 20, session_epoch: -1, topics, ..Default::default() }
}

/// What partition 0 of `topic` holds from its start, as bytes.
fn fetch(caller: &mut Caller<()>, topic: &str) -> Vec<u8> {
    let mut answer = caller.call(&fetch_request(topic)).unwrap();
    let records = answer.responses[0].partitions[0].records.take();
    records.map_or_else(Vec::new, |records| records.into_bytes().to_vec())
}

fn holds(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}

#[test]
fn it_says_where_it_is_and_stops_in_good_order() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let server = Server::start(&data, &["--set", "gracchus.data.shards=1"]);
    assert!(server.line.contains(env!("CARGO_PKG_VERSION")), "{}", server.line);
    assert!(server.line.contains("node 1"), "{}", server.line);
    assert!(server.line.contains(data.to_str().unwrap()), "{}", server.line);
    assert!(server.line.contains("1 data shard\n"), "{}", server.line);
    let mut caller = server.caller();
    await_topic(&mut caller, "orders");
    assert_eq!(produce(&mut caller, "orders", batch(b"first")), 0);
    server.signal(Signal::TERM);
    assert_eq!(server.wait(), Some(0));
    let server = Server::start(&data, &[]);
    // Its logs may still be loading when it first answers.
    let mut caller = server.caller();
    assert!(Server::until(Duration::from_secs(10), || holds(&fetch(&mut caller, "orders"), b"first")));
    server.signal(Signal::INT);
    assert_eq!(server.wait(), Some(0));
}

#[test]
fn what_was_acknowledged_outlives_a_killed_process() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), &[]);
    let mut caller = server.caller();
    await_topic(&mut caller, "orders");
    produce_many(&mut caller, 100);
    server.signal(Signal::KILL);
    assert_eq!(server.wait(), None);
    let server = Server::start(folder.path(), &[]);
    let mut caller = server.caller();
    let mut found = Vec::new();
    assert!(Server::until(Duration::from_secs(10), || {
        found = fetch(&mut caller, "orders");
        !found.is_empty()
    }));
    for number in 0..100 {
        assert!(holds(&found, format!("record {number};").as_bytes()), "record {number}");
    }
    assert_eq!(produce(&mut caller, "orders", batch(b"and on")), 0);
}

#[test]
fn a_full_disk_refuses_and_takes_writes_again_when_there_is_room() {
    const KAFKA_STORAGE_ERROR: i16 = 56;
    let folder = tempfile::tempdir().unwrap();
    let Some(server) = Server::on_a_small_disk(folder.path(), 5) else {
        return eprintln!("not tested: this system lets no user mount a file system of his own");
    };
    let mut caller = server.caller();
    await_topic(&mut caller, "orders");
    assert_eq!(produce(&mut caller, "orders", batch(b"first")), 0);
    let large = batch(&[b'x'; 700_000]);
    let refused = (0..20).map(|_| produce(&mut caller, "orders", large.clone())).find(|code| *code != 0);
    assert_eq!(refused, Some(KAFKA_STORAGE_ERROR));
    assert!(holds(&fetch(&mut caller, "orders"), b"first"), "reads go on");
    assert_eq!(produce(&mut caller, "orders", large.clone()), KAFKA_STORAGE_ERROR, "it is full still");
    server.remove_ballast(folder.path());
    assert!(Server::until(Duration::from_secs(10), || produce(&mut caller, "orders", large.clone()) == 0));
}

#[test]
fn the_port_that_it_got_is_the_one_that_it_tells() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), &[]);
    let bound: u16 = server.address.rsplit(':').next().unwrap().parse().unwrap();
    assert_ne!(bound, 0);
    // Connections are dealt to all shards in turn, and each shard has to know.
    for _ in 0..4 {
        let brokers = server.caller().metadata("orders").unwrap().brokers;
        assert_eq!(brokers.iter().map(|broker| broker.port).collect::<Vec<_>>(), [i32::from(bound)]);
    }
}

#[test]
fn a_taken_port_is_named_with_the_next_step() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let folder = tempfile::tempdir().unwrap();
    let ended = run(&["serve", "--listen", &address, "--data-dir", folder.path().to_str().unwrap()]);
    let said = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(78), "{said}");
    assert!(said.contains(&address) && said.contains("--listen"), "{said}");
}

#[test]
fn a_directory_in_use_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let _server = Server::start(folder.path(), &[]);
    let ended = run(&["serve", "--listen", "127.0.0.1:0", "--data-dir", folder.path().to_str().unwrap()]);
    let said = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(74), "{said}");
    assert!(said.contains("in use by another process") && said.contains("--data-dir"), "{said}");
}

#[test]
fn a_directory_of_another_node_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), &["--set", "node.id=7"]);
    server.signal(Signal::TERM);
    assert_eq!(server.wait(), Some(0));
    let folder = folder.path().to_str().unwrap();
    let ended = run(&["serve", "--listen", "127.0.0.1:0", "--data-dir", folder, "--set", "node.id=8"]);
    let said = String::from_utf8_lossy(&ended.stderr);
    assert!(matches!(ended.status.code(), Some(74 | 78)), "{said}");
    assert!(said.contains('7') && said.contains('8') && said.contains(folder), "{said}");
}

#[test]
fn a_server_whose_output_nobody_reads_serves_and_stops_in_good_order() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start_unread(folder.path());
    let body = MetadataRequest { topics: None, ..MetadataRequest::default() };
    assert!(server.caller().call(&body).unwrap().topics.is_empty());
    server.signal(Signal::TERM);
    assert_eq!(server.wait(), Some(0));
}

#[test]
fn an_error_that_nobody_reads_keeps_its_exit_code() {
    let mut child = gracchus(&["serve", "--listen", "nowhere"]).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stderr.take());
    assert_eq!(child.wait().unwrap().code(), Some(78));
}

#[test]
fn a_directory_that_cannot_be_made_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "not a folder").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o400)).unwrap();
    let below = file.join("data");
    let ended = run(&["serve", "--listen", "127.0.0.1:0", "--data-dir", below.to_str().unwrap()]);
    let said = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(74), "{said}");
    assert!(said.contains(below.to_str().unwrap()) && said.contains("--data-dir"), "{said}");
}

#[test]
fn what_cannot_be_understood_ends_with_its_exit_code() {
    let missing = ["serve", "--config", "/no/such/server.properties"];
    let unknown = ["serve", "--listen", "no.such.host.invalid:0", "--data-dir", "/no/such/folder"];
    let cases: [(&[&str], i32, &str); 8] = [
        (&["serve", "--listne", "x"], 64, "--listen"),
        (&["sreve"], 64, "serve"),
        (&["serve", "--set", "num.partitions"], 64, "KEY=VALUE"),
        (&["serve", "--set", "num.partitons=3"], 78, "num.partitions"),
        (&["serve", "--listen", "nowhere"], 78, "NAME://HOST:PORT"),
        (&missing, 78, "/no/such/server.properties"),
        (&unknown, 78, "listener PLAINTEXT cannot be opened: the host name no.such.host.invalid is not known"),
        (&["serve", "--set", "authorizer.class.name=acl"], 78, "this server has no authorizer"),
    ];
    for (arguments, code, word) in cases {
        let ended = run(arguments);
        let said = String::from_utf8_lossy(&ended.stderr);
        assert_eq!(ended.status.code(), Some(code), "{arguments:?}: {said}");
        assert!(said.contains(word), "{arguments:?}: {said}");
    }
}

#[test]
fn help_and_version_are_no_errors() {
    for arguments in [["--help"], ["--version"]] {
        let ended = run(&arguments);
        assert_eq!(ended.status.code(), Some(0));
        assert!(String::from_utf8_lossy(&ended.stdout).contains("gracchus"));
    }
}
