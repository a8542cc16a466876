//! The client commands, each against a server process of the test's own.

mod hostile;
mod topics;

use super::child::{Server, run};

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
