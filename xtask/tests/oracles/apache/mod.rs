//! What this build reads and writes against Apache Kafka's own classes, both ways.
//!
//! A Java program of `xtask/apache-records` reads and writes with Kafka's classes. `cargo xtask apache-records`
//! compiles it and runs these tests.

mod coordinator_records;
mod error_codes;
mod features;
mod messages;
mod metadata_image;
mod metadata_log;
mod quorum_files;

use bytes::Bytes;
use std::io::Write;
use std::process::{Command, Stdio};

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
