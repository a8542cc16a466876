//! How many connections a server takes, and what happens to the others.

use super::child::Server;
use super::hostile::is_closed_silently;
use super::{await_topic, batch, fetch, holds, produce};
use gracchus_core::wire::ApiVersionsRequest;
use gracchus_server::caller::Caller;
use std::fs;
use std::net::TcpStream;
use std::path::Path;
use std::thread;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(30);

fn idle(server: &Server, count: usize) -> Vec<TcpStream> {
    (0..count).map(|_| TcpStream::connect(&server.address).unwrap()).collect()
}

/// Starts one on a folder within `folder`, with its log beside it.
fn start(folder: &Path, before: &str) -> Server {
    let log = folder.join("log");
    Server::start_by_a_shell(&folder.join("data"), before, &format!("> /dev/null 2> {}", log.display()))
}

/// How often the log says that.
fn said(folder: &Path, what: &str) -> usize {
    fs::read_to_string(folder.join("log")).unwrap().matches(what).count()
}

/// A client that connects and asks for the versions, on a thread of its own, as that may take until somebody makes
/// room.
fn connecting(server: &Server) -> thread::JoinHandle<Caller<()>> {
    let address = server.address.clone();
    thread::spawn(move || Caller::connect(&address).expect("it is served in the end"))
}

#[test]
fn more_idle_connections_than_descriptors_keep_nobody_out_for_good() {
    let folder = tempfile::tempdir().unwrap();
    let server = start(folder.path(), "ulimit -n 64;");
    assert_eq!(said(folder.path(), "file descriptors: 64 at most, 32 for connections"), 1);
    let mut served = server.caller();
    await_topic(&mut served, "orders");
    let idle = idle(&server, 100);
    assert!(Server::until(PATIENCE, || said(folder.path(), "32 connections are open, as many as may be") > 0));
    // A log that is opened and written needs descriptors of its own.
    await_topic(&mut served, "payments");
    assert_eq!(produce(&mut served, "payments", batch(b"while it is full")), 0);
    assert!(holds(&fetch(&mut served, "payments"), b"while it is full"));
    let newcomer = connecting(&server);
    drop(idle);
    assert!(newcomer.join().unwrap().call(&ApiVersionsRequest::default()).is_ok());
    assert!(served.call(&ApiVersionsRequest::default()).is_ok());
}

#[test]
fn a_listener_without_descriptors_tries_again() {
    let folder = tempfile::tempdir().unwrap();
    let server = start(folder.path(), "ulimit -S -n 512;");
    let mut served = server.caller();
    await_topic(&mut served, "orders");
    // Descriptors that somebody else takes away.
    server.limit_descriptors(server.descriptors() + 3);
    let idle = idle(&server, 20);
    assert!(Server::until(PATIENCE, || said(folder.path(), "cannot take a connection") > 0));
    assert_eq!(produce(&mut served, "orders", batch(b"while nobody gets in")), 0);
    assert_eq!(said(folder.path(), "Too many open files: lower max.connections, or raise the limit"), 1);
    let newcomer = connecting(&server);
    server.limit_descriptors(512);
    assert!(newcomer.join().unwrap().call(&ApiVersionsRequest::default()).is_ok());
    drop(idle);
}

#[test]
fn the_limit_of_one_address_closes_what_is_too_much() {
    let folder = tempfile::tempdir().unwrap();
    let limits = ["--set", "max.connections.per.ip=0", "--set", "max.connections.per.ip.overrides=localhost:2"];
    let server = Server::start(folder.path(), &limits);
    let mut first = server.caller();
    let second = server.caller();
    for mut refused in idle(&server, 3) {
        refused.set_read_timeout(Some(PATIENCE)).unwrap();
        assert!(is_closed_silently(&mut refused));
    }
    assert!(first.call(&ApiVersionsRequest::default()).is_ok());
    drop(second);
    assert!(Server::until(PATIENCE, || Caller::<()>::connect(&server.address).is_ok()));
}
