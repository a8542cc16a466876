//! Lines out of bytes that come as they please.
//!
//! **Invariants**: no line takes more memory than [`LINE_MAX`]; each byte is looked at once for a line's end.

use super::super::DATA;
use crate::cli::failure::Failure;
use bytes::{Bytes, BytesMut};
use std::io::{self, Read};

/// The longest line, in bytes.
pub const LINE_MAX: usize = 64 << 20;

/// What is asked for at once.
const READ: usize = 64 << 10;

/// One line, without its end.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Line {
    /// Counted from 1.
    pub number: u64,
    pub bytes: Bytes,
}

/// Reads lines as they become whole.
pub struct Lines<R> {
    from: R,
    /// What was read and is no whole line yet.
    rest: BytesMut,
    scratch: Box<[u8]>,
    /// Of the next line.
    number: u64,
    is_ended: bool,
}

impl<R: Read> Lines<R> {
    pub fn new(from: R) -> Lines<R> {
        Lines { from, rest: BytesMut::new(), scratch: vec![0; READ].into(), number: 1, is_ended: false }
    }

    /// The next lines, one at least; none at the end. Waits only where there is no whole line.
    pub fn next(&mut self) -> Result<Vec<Line>, Failure> {
        while !self.is_ended {
            let read = match self.from.read(&mut self.scratch) {
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => {
                    let why = crate::caller::reason(&error);
                    return Err(Failure::new(super::super::STORAGE, format!("the input cannot be read: {why}")));
                }
            };
            self.is_ended = read == 0;
            let before = self.rest.len();
            self.rest.extend_from_slice(&self.scratch[..read]);
            let last_end = self.scratch[..read].iter().rposition(|byte| *byte == b'\n');
            if let Some(end) = last_end {
                return Ok(self.split(before + end + 1));
            }
            if self.rest.len() > LINE_MAX {
                let number = self.number;
                return Err(Failure::new(DATA, format!("line {number} is longer than {} MiB", LINE_MAX >> 20)));
            }
        }
        // A last line may lack its end.
        Ok(if self.rest.is_empty() { Vec::new() } else { self.split(self.rest.len()) })
    }

    fn split(&mut self, len: usize) -> Vec<Line> {
        let whole = self.rest.split_to(len).freeze();
        let mut lines = Vec::new();
        let mut from = 0;
        let ends = whole.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at);
        let unended = Some(len).filter(|_| whole.last() != Some(&b'\n'));
        for end in ends.chain(unended) {
            lines.push(Line { number: self.number, bytes: whole.slice(from..end) });
            self.number += 1;
            from = end + 1;
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives its parts one at a time.
    struct Parts(Vec<&'static [u8]>);

    impl Read for Parts {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let part = if self.0.is_empty() { &[][..] } else { self.0.remove(0) };
            into[..part.len()].copy_from_slice(part);
            Ok(part.len())
        }
    }

    fn lines(parts: &[&'static [u8]]) -> Vec<Vec<(u64, String)>> {
        let mut from = Lines::new(Parts(parts.to_vec()));
        let mut all = Vec::new();
        loop {
            let some = from.next().unwrap();
            if some.is_empty() {
                return all;
            }
            all.push(some.into_iter().map(|it| (it.number, String::from_utf8(it.bytes.to_vec()).unwrap())).collect());
        }
    }

    #[test]
    fn lines_are_whole_whatever_the_reads_were() {
        let line = |number, text: &str| (number, text.to_owned());
        assert_eq!(
            lines(&[b"a\nb", b"c\n\nd", b"e"]),
            [vec![line(1, "a")], vec![line(2, "bc"), line(3, "")], vec![line(4, "de")],]
        );
        assert_eq!(lines(&[b"\n"]), [vec![line(1, "")]]);
        assert!(lines(&[]).is_empty());
    }

    #[test]
    fn a_line_without_end_is_refused_in_bounded_memory() {
        let mut endless = Lines::new(io::repeat(b'x'));
        assert_eq!(endless.next().unwrap_err().text, "line 1 is longer than 64 MiB");
        assert!(endless.rest.len() <= LINE_MAX + READ);
    }
}
