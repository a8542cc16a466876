//! What the clients' commands print: the only place where they write to standard output. The server has `printer`.
//!
//! **Invariants**: a reader that closes the pipe, as `head` does, ends the command quietly and well; any other failure to
//! print ends it with an error. SIGPIPE stays ignored, as it would also end the command when a broker closes a connection.

use super::{STORAGE, complain};
use std::io::{self, Write};
use std::process::exit;

/// Prints a line.
pub fn line(text: impl AsRef<str>) {
    let text = text.as_ref();
    bytes(format!("{text}\n").as_bytes());
}

/// Prints bytes as they are, at once.
pub fn bytes(bytes: &[u8]) {
    if let Err(error) = write(bytes) {
        exit(i32::from(ended(&error)));
    }
}

/// Prints bytes as they are, at once, and leaves a failure to the caller.
pub fn write(bytes: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(bytes)?;
    out.flush()
}

/// The exit code of a command that cannot print any more; it says why unless its reader only had enough.
pub fn ended(error: &io::Error) -> u8 {
    if error.kind() == io::ErrorKind::BrokenPipe {
        return 0;
    }
    complain(format_args!("standard output cannot be written: {}", crate::caller::reason(error)));
    STORAGE
}
