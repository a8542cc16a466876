//! A thread that prints, as printing may block for as long as the reader likes, and a member of a group must go on.

use crate::cli::out;
use crate::driver::Teller;
use std::io;
use std::sync::mpsc;
use std::thread;

/// The thread. What it is given is bounded by its user, who waits for one text before the next.
pub struct Printer(mpsc::Sender<Vec<u8>>);

impl Printer {
    /// Every text is answered with what became of it, as an event of the user's.
    pub fn start<E: Send + 'static>(
        teller: Teller<E>,
        event: impl Fn(io::Result<()>) -> E + Send + 'static,
    ) -> Printer {
        let (give, given) = mpsc::channel::<Vec<u8>>();
        thread::spawn(move || {
            for text in given {
                if !teller.tell(event(out::write(&text))) {
                    return;
                }
            }
        });
        Printer(give)
    }

    pub fn print(&self, text: Vec<u8>) {
        let _ = self.0.send(text);
    }
}
