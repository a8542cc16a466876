//! A server with few file descriptors: a limit of the process is no broken disk.

use super::child::Server;
use super::{batch, fetch, holds};
use gracchus_core::types::ErrorCode;
use gracchus_core::wire::create_topics::CreatableTopic;
use gracchus_core::wire::produce::{PartitionProduceData, TopicProduceData};
use gracchus_core::wire::{CreateTopicsRequest, ProduceRequest};
use gracchus_server::caller::Caller;
use rustix::process::Signal;
use std::fs;
use std::net::TcpStream;
use std::path::Path;

/// A quarter of what a shell gives by default.
const LIMIT: &str = "ulimit -n 256;";
const PARTITIONS: i32 = 400;

fn start(folder: &Path) -> Server {
    let log = folder.join("log");
    Server::start_by_a_shell(&folder.join("data"), LIMIT, &format!("> /dev/null 2>> {}", log.display()))
}

fn create(caller: &mut Caller<()>, topic: &str, partitions: i32) -> (ErrorCode, String) {
    let topic =
        CreatableTopic { name: topic.into(), num_partitions: partitions, replication_factor: 1, ..Default::default() };
    let request = CreateTopicsRequest { topics: vec![topic], timeout_ms: 60_000, ..Default::default() };
    let answer = caller.call(&request).unwrap();
    let topic = &answer.topics[0];
    (ErrorCode::from_wire(topic.error_code), topic.error_message.as_deref().unwrap_or_default().to_owned())
}

/// Sends one record to every partition, and returns the errors.
fn produce_to_all(caller: &mut Caller<()>, topic: &str, value: &[u8]) -> Vec<i16> {
    let rows = (0..PARTITIONS).map(|index| PartitionProduceData { index, records: Some(batch(value).into()) });
    let topic = TopicProduceData { name: topic.into(), partition_data: rows.collect(), ..Default::default() };
    let request = ProduceRequest { transactional_id: None, acks: -1, timeout_ms: 60_000, topic_data: vec![topic] };
    let mut answer = caller.call(&request).unwrap();
    let errors = answer.responses.pop().unwrap().partition_responses.into_iter().map(|row| row.error_code);
    errors.filter(|error| *error != 0).collect()
}

#[test]
fn more_partitions_than_descriptors_are_served_stopped_cleanly_and_started_again() {
    let folder = tempfile::tempdir().unwrap();
    for round in 0..3 {
        let server = start(folder.path());
        let mut caller = server.caller();
        if round == 0 {
            assert_eq!(create(&mut caller, "wide", PARTITIONS), (ErrorCode::None, String::new()));
        }
        // Idle connections take the descriptors that are theirs.
        let idle: Vec<TcpStream> = (0..100).map(|_| TcpStream::connect(&server.address).unwrap()).collect();
        let value = format!("round {round}");
        let produced = Server::until(std::time::Duration::from_secs(60), || {
            produce_to_all(&mut caller, "wide", value.as_bytes()).is_empty()
        });
        assert!(produced, "{value}");
        assert!(holds(&fetch(&mut caller, "wide"), value.as_bytes()));
        assert!(server.descriptors() <= 256);
        drop(idle);
        server.signal(Signal::TERM);
        assert_eq!(server.wait(), Some(0), "{value}");
        assert!(folder.path().join("data/.kafka_cleanshutdown").exists(), "{value}: the stop was clean");
    }
    let log = fs::read_to_string(folder.path().join("log")).unwrap();
    assert!(!log.contains("Too many open files"), "the server keeps to its share: {log}");
}

#[test]
fn partitions_that_the_limit_does_not_carry_are_refused_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let server = start(folder.path());
    let mut caller = server.caller();
    assert_eq!(create(&mut caller, "wide", PARTITIONS), (ErrorCode::None, String::new()));
    let (error, message) = create(&mut caller, "wider", PARTITIONS);
    assert_eq!(error, ErrorCode::PolicyViolation);
    assert!(message.contains("ulimit -n") && message.contains("400 exist"), "{message}");
    assert_eq!(create(&mut caller, "narrow", 1), (ErrorCode::None, String::new()));
}
