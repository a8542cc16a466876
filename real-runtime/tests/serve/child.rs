//! A `gracchus serve` of a test's own, which ends with the test.

use gracchus_server::caller::Caller;
use rustix::process::{Pid, Signal, kill_process};
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

const BINARY: &str = env!("CARGO_BIN_EXE_gracchus");

/// A server process. It listens on a port of the system's choice.
pub struct Server {
    child: Child,
    pub address: String,
    /// Its first line on standard output.
    pub line: String,
}

/// The command, with an environment that says nothing about brokers.
pub fn gracchus(arguments: &[&str]) -> Command {
    let mut command = Command::new(BINARY);
    command.args(arguments).env_clear().env("RUST_BACKTRACE", "0");
    command
}

/// Runs the command to its end, which must come within ten seconds.
pub fn run(arguments: &[&str]) -> Output {
    let child = gracchus(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let pid = Pid::from_child(&child);
    thread::spawn(move || {
        thread::sleep(Duration::from_secs(30));
        // Long after the test: a server that wrongly started does not stay.
        let _ = kill_process(pid, Signal::KILL);
    });
    child.wait_with_output().unwrap()
}

impl Server {
    /// Starts one on `folder`, and waits for its line.
    pub fn start(folder: &Path, more: &[&str]) -> Server {
        let folder = folder.to_str().unwrap();
        let mut arguments = vec!["serve", "--data-dir", folder, "--listen", "127.0.0.1:0"];
        arguments.extend(more);
        let mut child = gracchus(&arguments).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.split(" listens on ").nth(1).and_then(|rest| rest.split(',').next()).unwrap_or_default();
        assert!(!address.is_empty(), "the server says where it listens: {line:?}");
        Server { address: address.to_owned(), child, line }
    }

    pub fn caller(&self) -> Caller<()> {
        Caller::connect(&self.address).unwrap()
    }

    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Its exit code; none where a signal ended it.
    pub fn wait(mut self) -> Option<i32> {
        self.child.wait().unwrap().code()
    }

    /// Bytes of memory that are its own and no file's.
    pub fn memory(&self) -> u64 {
        let mut status = String::new();
        let path = format!("/proc/{}/status", self.child.id());
        std::fs::File::open(path).unwrap().read_to_string(&mut status).unwrap();
        let line = status.lines().find(|line| line.starts_with("RssAnon:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() << 10
    }

    /// Waits until `done` says so, for at most `patience`.
    pub fn until(patience: Duration, mut done: impl FnMut() -> bool) -> bool {
        let began = Instant::now();
        while began.elapsed() < patience {
            if done() {
                return true;
            }
            thread::sleep(Duration::from_millis(10));
        }
        false
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
