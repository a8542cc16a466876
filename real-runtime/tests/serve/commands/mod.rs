//! The client commands, each against a server process of the test's own.

mod groups;
mod hostile;
mod outages;
mod page;
mod records;
mod topics;

use super::child::{self, Server, run};
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdout, Stdio};

/// What a command printed, and its exit code.
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Ran {
    pub fn of(output: &std::process::Output) -> Ran {
        Ran {
            code: output.status.code().expect("no signal ends it"),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// What was printed, where all went well.
    #[track_caller]
    pub fn ok(self) -> String {
        assert_eq!((self.code, self.err.as_str()), (0, ""), "{}", self.out);
        self.out
    }

    /// What was said, where it ended with that exit code. It never has Rust's debug text.
    #[track_caller]
    pub fn failed(self, code: i32) -> String {
        assert_eq!(self.code, code, "{}{}", self.out, self.err);
        assert!(self.err.starts_with("gracchus: ") && self.err.lines().count() == 1, "{}", self.err);
        for debug in ["Err(", "Some(", "os error", "{ ", "panicked"] {
            assert!(!self.err.contains(debug), "{}", self.err);
        }
        self.err
    }

    /// The JSON that was printed.
    #[track_caller]
    pub fn json(self) -> serde_json::Value {
        serde_json::from_str(&self.ok()).expect("one JSON document")
    }
}

/// Runs `gracchus` against a server; the arguments are separated by blanks.
pub fn gracchus(server: &Server, arguments: &str) -> Ran {
    gracchus_at(&server.address, arguments)
}

/// Runs `gracchus` against whatever listens at `address`.
pub fn gracchus_at(address: &str, arguments: &str) -> Ran {
    let mut words: Vec<&str> = arguments.split(' ').collect();
    words.extend(["--bootstrap", address]);
    Ran::of(&run(&words))
}

/// Runs `gracchus` against a server, with that on its standard input.
pub fn fed(server: &Server, arguments: &str, input: &[u8]) -> Ran {
    let mut running = Running::start(server, arguments);
    running.write(input);
    running.end()
}

/// A command that runs beside the test.
pub struct Running {
    child: Child,
    out: BufReader<ChildStdout>,
}

impl Running {
    pub fn start(server: &Server, arguments: &str) -> Running {
        let mut words: Vec<&str> = arguments.split(' ').collect();
        words.extend(["--bootstrap", &server.address]);
        let mut command = child::gracchus(&words);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        Running { child, out }
    }

    /// Hands it something on its standard input.
    pub fn write(&mut self, input: &[u8]) {
        // A command that has ended reads no more; how it ended is what the test looks at.
        let _ = self.child.stdin.as_mut().unwrap().write_all(input);
    }

    /// The next line that it prints, which it is waited for.
    pub fn line(&mut self) -> String {
        let mut line = String::new();
        self.out.read_line(&mut line).unwrap();
        line.trim_end_matches('\n').to_owned()
    }

    pub fn signal(&self, signal: rustix::process::Signal) {
        rustix::process::kill_process(rustix::process::Pid::from_child(&self.child), signal).unwrap();
    }

    /// Ends its standard input, and waits for its end.
    pub fn end(mut self) -> Ran {
        drop(self.child.stdin.take());
        let mut out = String::new();
        std::io::Read::read_to_string(&mut self.out, &mut out).unwrap();
        let output = self.child.wait_with_output().unwrap();
        Ran { out, ..Ran::of(&output) }
    }

    /// Ends its standard input, reads no more of what it prints, and waits for its end.
    pub fn end_unread(self) -> Ran {
        let Running { mut child, out } = self;
        drop((child.stdin.take(), out));
        Ran::of(&child.wait_with_output().unwrap())
    }
}
