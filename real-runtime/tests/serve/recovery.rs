//! What a server says of its logs after it was killed.

use crate::child::Server;
use crate::{await_topic, produce_many};
use rustix::process::Signal;
use std::time::Duration;

#[test]
fn a_torn_segment_is_a_warning_with_its_file_and_all_logs_together_are_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), &[]);
    let mut caller = server.caller();
    await_topic(&mut caller, "orders");
    produce_many(&mut caller, 10);
    server.signal(Signal::KILL);
    assert_eq!(server.wait(), None);
    let segment = folder.path().join("orders-0/00000000000000000000.log");
    let len = std::fs::metadata(&segment).unwrap().len();
    std::fs::OpenOptions::new().write(true).open(&segment).unwrap().set_len(len - 3).unwrap();

    let (_server, lines) = Server::start_heard(folder.path());
    let mut said = Vec::new();
    while !said.last().is_some_and(|line: &String| line.contains(" loaded ")) {
        said.push(lines.recv_timeout(Duration::from_secs(60)).expect("the server says what it loaded"));
    }
    let of_segment: Vec<&String> = said.iter().filter(|line| line.contains("orders-0/")).collect();
    assert_eq!(of_segment.len(), 1, "{said:#?}");
    let each = len / 10;
    let warning = format!(
        "orders-0/00000000000000000000.log: it ends within a batch; cut off at position {} (offsets from 9 on, {} \
         bytes)",
        each * 9,
        each - 3
    );
    assert!(of_segment[0].contains("WARN") && of_segment[0].contains(&warning), "{said:#?}");
    let all = said.last().unwrap();
    let sum = format!("which read 9 records in {} bytes and cut off {} bytes", len - 3, each - 3);
    assert!(all.contains("INFO") && all.contains(" loaded 1 log in ") && all.contains(&sum), "{all}");
}
