//! Clients that no server deserves.

use super::child::Server;
use super::{await_topic, batch, fetch_request, produce};
use gracchus_core::wire::ApiVersionsRequest;
use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

fn connect(server: &Server) -> TcpStream {
    let stream = TcpStream::connect(&server.address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    stream
}

/// Whether the server closes the connection without a word, before the socket's read timeout is over.
pub fn is_closed_silently(stream: &mut TcpStream) -> bool {
    let mut rest = Vec::new();
    match stream.read_to_end(&mut rest) {
        Ok(read) => read == 0,
        // A reset is as good an end as any.
        Err(error) => rest.is_empty() && error.kind() == ErrorKind::ConnectionReset,
    }
}

#[test]
fn two_hundred_half_requests_leave_room_for_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), &[]);
    let mut other = server.caller();
    await_topic(&mut other, "orders");
    assert_eq!(produce(&mut other, "orders", batch(&[b'x'; 900_000])), 0);
    let before = server.memory();
    let mut start = 100_000_000u32.to_be_bytes().to_vec();
    start.resize(1 << 20, 0);
    let silent: Vec<TcpStream> = (0..200)
        .map(|_| {
            let mut stream = connect(&server);
            // What the server does not take stays in the kernel's buffers, or here.
            stream.set_write_timeout(Some(Duration::from_millis(50))).unwrap();
            let _ = stream.write_all(&start);
            stream
        })
        .collect();
    let grown = server.memory().saturating_sub(before);
    assert!(grown < 64 << 20, "{grown} bytes more");
    for size in [100, 20_000, 900_000] {
        let began = Instant::now();
        assert_eq!(produce(&mut server.caller(), "orders", batch(&vec![b'x'; size])), 0);
        assert_eq!(produce(&mut other, "orders", batch(&vec![b'x'; size])), 0);
        assert!(began.elapsed() < Duration::from_secs(1), "{size} bytes took {:?}", began.elapsed());
    }
    assert!(server.memory().saturating_sub(before) < 64 << 20);
    drop(silent);
}

#[test]
fn a_lone_frame_of_ninety_megabytes_passes() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), &["--set", "message.max.bytes=95000000"]);
    let mut caller = server.caller();
    await_topic(&mut caller, "large");
    assert_eq!(produce(&mut caller, "large", batch(&vec![b'x'; 90_000_000])), 0);
    assert_eq!(produce(&mut caller, "large", batch(b"small")), 0);
}

#[test]
fn a_request_right_before_the_end_is_answered() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), &[]);
    let mut stream = connect(&server);
    // ApiVersions, version 0, twice; then the client sends no more.
    let request = [0, 0, 0, 10, 0, 18, 0, 0, 0, 0, 0, 7, 0xff, 0xff];
    stream.write_all(&[request, request].concat()).unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    let mut answers = Vec::new();
    stream.read_to_end(&mut answers).unwrap();
    let first = 4 + u32::from_be_bytes(answers[..4].try_into().unwrap()) as usize;
    assert_eq!(answers.len(), 2 * first, "both answers, then the end");
    assert_eq!(answers[4..8], [0, 0, 0, 7]);
}

#[test]
fn a_client_that_takes_none_of_its_last_answers_is_let_go() {
    // More than a network holds, and less than makes the server stop reading.
    const FETCHES: usize = 14;
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), &[]);
    let mut other = server.caller();
    await_topic(&mut other, "orders");
    assert_eq!(produce(&mut other, "orders", batch(&[b'x'; 900_000])), 0);
    let mut stuck = server.caller();
    for _ in 0..FETCHES {
        stuck.send(&fetch_request("orders"), ()).unwrap();
    }
    stuck.finish().unwrap();
    // Longer than a client may take nothing, twice: on a busy machine the network is still taking when the first ten
    // seconds begin. Simulated TCP would not do: it takes whatever is written.
    thread::sleep(Duration::from_secs(22));
    let answered = (0..FETCHES).take_while(|_| stuck.receive().is_ok()).count();
    assert!(answered < FETCHES, "what the network held came, and then the end");
    assert!(other.call(&ApiVersionsRequest::default()).is_ok());
}

#[test]
fn lengths_that_no_request_has_end_the_connection() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), &["--set", "socket.request.max.bytes=1000000"]);
    for lie in [-1, i32::MIN, i32::MAX, 1_000_001] {
        let mut stream = connect(&server);
        stream.write_all(&lie.to_be_bytes()).unwrap();
        assert!(is_closed_silently(&mut stream), "{lie}");
    }
    assert!(server.caller().call(&ApiVersionsRequest::default()).is_ok());
}

#[test]
fn nonsense_ends_its_own_connection_and_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), &[]);
    let mut other = server.caller();
    // An unknown API, a known one in an unknown version, a body that ends early, counts that lie, and noise.
    let bodies: [&[u8]; 6] = [
        &[0x7f, 0xff, 0, 0, 0, 0, 0, 1, 0xff, 0xff],
        &[0, 0, 0x7f, 0xff, 0, 0, 0, 1, 0xff, 0xff],
        &[0, 3],
        &[],
        &[0, 3, 0, 9, 0, 0, 0, 1, 0xff, 0xff, 0, 0xff, 0xff, 0xff, 0xff, 0x0f],
        &[0xa5; 300],
    ];
    for body in bodies {
        let mut stream = connect(&server);
        stream.write_all(&(body.len() as u32).to_be_bytes()).unwrap();
        stream.write_all(body).unwrap();
        assert!(is_closed_silently(&mut stream), "{body:?}");
    }
    let mut half = connect(&server);
    half.write_all(&[0, 0, 1, 0, 0, 3]).unwrap();
    drop(half);
    assert!(other.call(&ApiVersionsRequest::default()).is_ok());
}
