//! The server dies under a command, and comes back.

use super::{Running, Server, fed, gracchus, gracchus_at};
use rustix::process::Signal;

#[test]
fn a_producer_goes_on_behind_a_killed_server_and_writes_each_record_once() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), &[]);
    gracchus(&server, "topic create orders --partitions 2").ok();
    let mut producer = Running::start(&server, "produce orders");
    producer.write(b"before 1\nbefore 2\n");
    let written = |server: &Server| gracchus(server, "consume orders --until-end").ok().lines().count();
    assert!(Server::until(std::time::Duration::from_secs(20), || written(&server) == 2));
    let address = server.address.clone();
    server.signal(Signal::KILL);
    server.wait();
    producer.write(b"meanwhile\n");
    let server = Server::restart(folder.path(), &address);
    producer.write(b"after\n");
    let said = producer.end().ok();
    assert!(said.starts_with("4 records to orders\n"), "{said}");
    let printed = gracchus(&server, "consume orders --until-end").ok();
    let mut lines: Vec<&str> = printed.lines().collect();
    lines.sort_unstable();
    assert_eq!(lines, ["after", "before 1", "before 2", "meanwhile"]);
}

#[test]
fn a_consumer_goes_on_behind_a_killed_server_where_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), &[]);
    gracchus(&server, "topic create orders --partitions 1").ok();
    fed(&server, "produce orders", b"one\n").ok();
    let mut consumer = Running::start(&server, "consume orders --count 3");
    assert_eq!(consumer.line(), "one");
    let address = server.address.clone();
    server.signal(Signal::KILL);
    server.wait();
    let server = Server::restart(folder.path(), &address);
    fed(&server, "produce orders", b"two\nthree\n").ok();
    assert_eq!((consumer.line(), consumer.line()), ("two".to_owned(), "three".to_owned()));
    let ran = consumer.end();
    assert_eq!(ran.code, 0, "{}", ran.err);
    // It may have noticed or not; where it did, it says so in plain words.
    assert!(ran.err.lines().all(|line| line.contains(&address) && line.ends_with("trying again")), "{}", ran.err);
}

#[test]
fn a_server_that_stays_away_is_given_up_with_the_cause() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), &[]);
    gracchus(&server, "topic create orders --partitions 1").ok();
    fed(&server, "produce orders", b"one\n").ok();
    let mut consumer = Running::start(&server, "consume orders --timeout 2");
    assert_eq!(consumer.line(), "one");
    let mut producer = Running::start(&server, "produce orders --timeout 2");
    producer.write(b"two\n");
    let written = |server: &Server| gracchus(server, "consume orders --until-end").ok().lines().count();
    assert!(Server::until(std::time::Duration::from_secs(20), || written(&server) == 2));
    let address = server.address.clone();
    server.signal(Signal::KILL);
    server.wait();
    producer.write(b"three\n");
    let ran = producer.end();
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert!(ran.err.contains("1 of 2 records not written; cannot connect to"), "{}", ran.err);
    let ran = consumer.end();
    assert_eq!(ran.code, 69, "{}", ran.err);
    assert!(ran.err.contains("no broker has answered for"), "{}", ran.err);
    assert!(ran.err.contains(&format!("cannot connect to {address}: connection refused")), "{}", ran.err);
    assert_eq!(gracchus_at(&address, "topic list").code, 69);
}

#[test]
fn a_server_that_hangs_is_given_up() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), &["--set", "group.initial.rebalance.delay.ms=0"]);
    gracchus(&server, "topic create orders --partitions 1").ok();
    fed(&server, "produce orders", b"one\n").ok();
    let mut consumer = Running::start(&server, "consume orders --timeout 2");
    let mut member = Running::start(&server, "consume orders --timeout 2 --group readers");
    let mut producer = Running::start(&server, "produce orders --timeout 2");
    assert_eq!((consumer.line(), member.line()), ("one".to_owned(), "one".to_owned()));
    producer.write(b"two\n");
    assert_eq!((consumer.line(), member.line()), ("two".to_owned(), "two".to_owned()));
    // Its connections stand, and nothing is ever answered.
    server.signal(Signal::STOP);
    producer.write(b"three\n");
    let ran = producer.end();
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert!(ran.err.contains("line 2, partition 0: perhaps written, perhaps not"), "{}", ran.err);
    for ran in [consumer.end(), member.end()] {
        assert_eq!(ran.code, 69, "{}", ran.err);
        assert!(ran.err.contains("no broker has answered for"), "{}", ran.err);
    }
    server.signal(Signal::CONT);
}
