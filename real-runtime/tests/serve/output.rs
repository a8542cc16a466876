//! What the server prints, and signals: neither ends it, except for those signals that ask it to stop.

use super::child::{Server, ends_with, full_pipe, gracchus};
use super::{await_topic, batch, fetch, holds, produce, try_produce};
use rustix::process::{Pid, Resource, Rlimit, Signal, prlimit};
use std::fs;
use std::path::Path;
use std::sync::Arc;

/// The exit code where no disk can be used.
const STORAGE: i32 = 74;
/// The exit code where the configuration cannot be used.
const CONFIGURATION: i32 = 78;

/// It serves, and stops in good order.
#[track_caller]
fn serves_and_stops(server: Server, told: &str) {
    serves(&server);
    server.signal(Signal::TERM);
    assert_eq!(server.wait(), Some(0), "{told}");
}

#[track_caller]
fn serves(server: &Server) {
    let mut caller = server.caller();
    await_topic(&mut caller, "orders");
    assert_eq!(produce(&mut caller, "orders", batch(b"a record")), 0);
    assert!(holds(&fetch(&mut caller, "orders"), b"a record"));
}

#[test]
fn full_and_closed_output_does_not_end_the_server() {
    let cases = [
        "> /dev/full",
        "2> /dev/full",
        "> /dev/full 2> /dev/full",
        ">&-",
        "2>&-",
        "<&- >&- 2>&-",
        "<&- > /dev/full 2>&-",
    ];
    for redirections in cases {
        let folder = tempfile::tempdir().unwrap();
        let server = Server::start_by_a_shell(folder.path(), "", redirections);
        serves(&server);
        // A descriptor that was closed is no socket's and no file's, or what is printed would be written there.
        for standard in 0..3 {
            let place = fs::read_link(format!("/proc/{}/fd/{standard}", server.id())).unwrap();
            assert!(!holds(place.as_os_str().as_encoded_bytes(), b"socket"), "{redirections}: {place:?}");
            assert!(!place.starts_with(folder.path()), "{redirections}: {place:?}");
            let is_closed =
                redirections.split(' ').any(|it| it == format!("{standard}>&-") || it == "<&-" && standard == 0);
            assert!(!is_closed || place == Path::new("/dev/null"), "{redirections}: {place:?}");
        }
        serves_and_stops(server, redirections);
    }
}

#[test]
fn pipes_without_a_reader_do_not_end_the_server() {
    let folder = tempfile::tempdir().unwrap();
    let (server, out, err) = Server::start_piped(folder.path());
    drop((out, err));
    serves_and_stops(server, "both readers are gone");
}

#[test]
fn a_reader_that_stalls_holds_up_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let (server, out, err) = Server::start_piped(folder.path());
    let mut caller = server.caller();
    await_topic(&mut caller, "orders");
    // Each record is worth several lines at this level: far more than a pipe holds.
    for number in 0..2_000 {
        assert_eq!(produce(&mut caller, "orders", batch(format!("record {number}").as_bytes())), 0);
    }
    serves_and_stops(server, "nobody reads");
    drop((out, err));
}

#[test]
fn a_full_pipe_holds_up_neither_a_start_nor_a_stop() {
    let (folder, (reader, pipe)) = (tempfile::tempdir().unwrap(), full_pipe());
    let mut server = Server::start_stalled(folder.path(), &pipe);
    serves(&server);
    server.signal(Signal::TERM);
    assert_eq!(server.wait_a_while(), Some(0));
    drop(reader);
}

#[test]
fn a_full_pipe_does_not_hold_up_a_server_that_is_refused() {
    for arguments in [&["serve", "--config", "/nowhere/server.properties"][..], &["serve", "--set", "broker.id=none"]] {
        let (reader, pipe) = full_pipe();
        let mut command = gracchus(arguments);
        let mut child = command.stdout(pipe.try_clone().unwrap()).stderr(pipe).spawn().unwrap();
        assert_eq!(ends_with(&mut child), Some(CONFIGURATION), "{arguments:?}");
        drop(reader);
    }
}

#[test]
fn a_hangup_stops_the_server_in_good_order() {
    // Where this test runs under `nohup`, its children would ignore SIGHUP too. A signal that has a handler has its default
    // again in a child.
    signal_hook::flag::register(signal_hook::consts::SIGHUP, Arc::default()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start_by_a_shell(folder.path(), "", "> /dev/null 2>&1");
    serves(&server);
    server.signal(Signal::HUP);
    assert_eq!(server.wait(), Some(0));
    assert!(folder.path().join(".kafka_cleanshutdown").exists());
}

#[test]
fn a_server_that_is_to_outlive_its_terminal_does() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start_by_a_shell(folder.path(), "trap '' HUP;", "> /dev/null 2>&1");
    serves(&server);
    server.signal(Signal::HUP);
    serves_and_stops(server, "as under nohup");
}

#[test]
fn signals_about_writes_do_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start_by_a_shell(folder.path(), "", "> /dev/null 2>&1");
    for signal in [Signal::XFSZ, Signal::PIPE] {
        server.signal(signal);
        serves(&server);
    }
    serves_and_stops(server, "after both");
}

#[test]
fn a_write_beyond_the_file_size_limit_is_an_error_and_no_signals_business() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start_by_a_shell(folder.path(), "", "> /dev/null 2>&1");
    serves(&server);
    prlimit(Pid::from_raw(server.id() as i32), Resource::Fsize, Rlimit { current: Some(1 << 20), maximum: None })
        .unwrap();
    let mut caller = server.caller();
    let large = batch(&[b'x'; 300_000]);
    let refused = (0..10).any(|_| !matches!(try_produce(&mut caller, "orders", large.clone()), Ok(0)));
    assert!(refused, "the fourth is too much for a file of 1 MiB");
    // The disk's error may be the end of the server where it has no other disk: in good order, and with its exit code.
    server.signal(Signal::TERM);
    assert!(matches!(server.wait(), Some(0 | STORAGE)));
}
