//! A thread that reads the input, as reading may block for as long as it likes.

use super::lines::{Line, Lines};
use crate::cli::failure::Failure;
use crate::driver::Teller;
use std::io::Read;
use std::sync::mpsc;
use std::thread;

/// What the thread tells.
#[derive(Debug)]
pub enum Input {
    Lines(Vec<Line>),
    End,
    Failed(Failure),
}

/// The thread. It reads only when it is let, so that what was read and not written is bounded.
pub struct Reader(mpsc::Sender<()>);

impl Reader {
    pub fn start(input: Box<dyn Read + Send>, teller: Teller<Input>) -> Reader {
        let (go, gone_on) = mpsc::channel();
        thread::spawn(move || {
            let mut lines = Lines::new(input);
            while gone_on.recv().is_ok() {
                let input = match lines.next() {
                    Ok(lines) if lines.is_empty() => Input::End,
                    Ok(lines) => Input::Lines(lines),
                    Err(failure) => Input::Failed(failure),
                };
                if !teller.tell(input) {
                    return;
                }
            }
        });
        Reader(go)
    }

    /// Lets it read once more.
    pub fn go_on(&self) {
        let _ = self.0.send(());
    }
}
