//! What a server prints. Whoever reads standard output or standard error may stall, or may be gone, and holds up nobody.
//!
//! **Invariants**: the threads that serve write to neither; what they print waits for a thread of its own, and a line that
//! cannot wait or cannot be written is lost. A server that ends waits a second for each of its two readers at most.
//!
//! `tracing-appender` does the same for a log, but prints a complaint of its own where its thread cannot be told to end;
//! that waits for the reader who stalls, and panics where standard output is gone.

use std::fmt::Display;
use std::io::{self, IsTerminal, Write};
use std::mem::take;
use std::process::abort;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;
use tracing::Level;

/// The bytes of lines that wait for a reader. While so many wait, further lines are lost.
const WAITING_MOST: usize = 4 << 20;

/// How long the end of a server waits for a reader.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// Standard output and standard error of a server. What waits for their readers is written when this is dropped.
pub struct Printer {
    out: Lines,
    error: Lines,
}

impl Printer {
    /// Starts the threads that print.
    pub fn start() -> io::Result<Printer> {
        Ok(Printer { out: Lines::to(io::stdout(), "output")?, error: Lines::to(io::stderr(), "log")? })
    }

    /// Prints a line on standard output.
    pub fn line(&self, text: impl Display) {
        self.out.add(format!("{text}\n").as_bytes());
    }

    /// Says on standard error what went wrong.
    pub fn complain(&self, what: impl Display) {
        self.error.add(format!("gracchus: {what}\n").as_bytes());
    }

    /// Logs to standard error from here on, lines of `level` and above.
    pub fn log(&self, level: Level) {
        let lines = self.error.clone();
        tracing_subscriber::fmt()
            .with_max_level(level)
            .with_target(false)
            .with_writer(move || lines.clone())
            .with_ansi(io::stderr().is_terminal())
            // The subscriber would complain of what cannot be written at the same place, and panic there.
            .log_internal_errors(false)
            .init();
    }
}

impl Drop for Printer {
    fn drop(&mut self) {
        self.out.await_written();
        self.error.await_written();
    }
}

/// Lines that wait for a thread that writes them.
#[derive(Clone)]
struct Lines(Arc<(Mutex<Queue>, Condvar)>);

#[derive(Default)]
struct Queue {
    waiting: Vec<u8>,
    is_writing: bool,
    /// Lines that found no room since the thread last took what waits.
    lost: u64,
}

impl Lines {
    /// Starts the thread. It ends with the process, since a write that nobody takes has no end.
    fn to(to: impl Write + Send + 'static, name: &str) -> io::Result<Lines> {
        let lines = Lines(Arc::default());
        let mine = lines.clone();
        thread::Builder::new().name(name.to_owned()).spawn(move || mine.write_to(to))?;
        Ok(lines)
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write_to(&self, mut to: impl Write) {
        let mut queue = self.queue();
        loop {
            queue =
                self.0.1.wait_while(queue, |queue| queue.waiting.is_empty()).unwrap_or_else(PoisonError::into_inner);
            let (mut text, lost) = (take(&mut queue.waiting), take(&mut queue.lost));
            queue.is_writing = true;
            drop(queue);
            if lost > 0 {
                text.extend(format!("{lost} lines are missing here: nobody read them in time\n").as_bytes());
            }
            // Where it cannot be written, it is lost.
            let _ = to.write_all(&text).and_then(|()| to.flush());
            queue = self.queue();
            queue.is_writing = false;
            self.0.1.notify_all();
        }
    }

    /// Adds a line, or loses it as a whole.
    fn add(&self, line: &[u8]) {
        let mut queue = self.queue();
        if queue.waiting.len() + line.len() > WAITING_MOST {
            queue.lost += 1;
        } else {
            queue.waiting.extend(line);
            self.0.1.notify_all();
        }
    }

    fn await_written(&self) {
        let _ = self
            .0
            .1
            .wait_timeout_while(self.queue(), LAST_WORDS, |queue| queue.is_writing || !queue.waiting.is_empty());
    }
}

/// Takes a line at each call of `write`.
impl Write for Lines {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.add(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A broken invariant of ours must not go on as half a server: the other shards end with the one that found it, and a
/// second later even where nobody reads what it says.
pub fn abort_on_panic() {
    let print = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |what| {
        let _ = thread::Builder::new().spawn(|| {
            thread::sleep(LAST_WORDS);
            abort();
        });
        print(what);
        abort();
    }));
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::fs::{OFlags, fcntl_setfl};
    use std::env;
    use std::os::unix::process::ExitStatusExt;
    use std::process::Command;
    use std::sync::mpsc::{Receiver, Sender, channel};
    use std::time::Instant;

    /// A writer that hands on what it is given, and each time waits until it may go on.
    struct Stalling {
        written: Sender<String>,
        go_on: Receiver<()>,
    }

    impl Write for Stalling {
        fn write(&mut self, text: &[u8]) -> io::Result<usize> {
            self.written.send(String::from_utf8(text.to_vec()).unwrap()).unwrap();
            self.go_on.recv().map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))?;
            Ok(text.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn stalling() -> (Lines, Receiver<String>, Sender<()>) {
        let ((written, seen), (on, go_on)) = (channel(), channel());
        (Lines::to(Stalling { written, go_on }, "test").unwrap(), seen, on)
    }

    #[test]
    fn lines_wait_for_a_reader_up_to_a_limit_and_then_it_is_said_how_many_are_missing() {
        let (lines, seen, go_on) = stalling();
        lines.add(b"first\n");
        assert_eq!(seen.recv().unwrap(), "first\n");
        let line = [&[b'x'; 1023][..], b"\n"].concat();
        for _ in 0..WAITING_MOST / 1024 + 3 {
            lines.add(&line);
        }
        go_on.send(()).unwrap();
        let text = seen.recv().unwrap();
        assert!(text[..WAITING_MOST] == String::from_utf8(line).unwrap().repeat(WAITING_MOST / 1024));
        assert_eq!(&text[WAITING_MOST..], "3 lines are missing here: nobody read them in time\n");
        lines.add(b"last\n");
        go_on.send(()).unwrap();
        assert_eq!(seen.recv().unwrap(), "last\n");
    }

    #[test]
    fn the_end_waits_for_a_reader_and_not_for_one_that_stalls() {
        let (lines, seen, go_on) = stalling();
        lines.await_written();
        lines.add(b"first\n");
        // It stalls: this comes back all the same.
        lines.await_written();
        assert!(lines.queue().is_writing);
        go_on.send(()).unwrap();
        lines.await_written();
        assert!(!lines.queue().is_writing);
        // What cannot be written is lost.
        drop(go_on);
        lines.add(b"second\n");
        lines.await_written();
        lines.add(b"third\n");
        lines.await_written();
        assert_eq!(seen.iter().take(3).collect::<String>(), "first\nsecond\nthird\n");
    }

    /// Where this is set, `a_panic_ends_the_process_though_nobody_reads_why` is the process that panics.
    const PANICS: &str = "GRACCHUS_TEST_PANICS";

    #[test]
    fn a_panic_ends_the_process_though_nobody_reads_why() {
        if env::var_os(PANICS).is_some() {
            abort_on_panic();
            panic!("as the test wants it");
        }
        let (_reader, mut pipe) = io::pipe().unwrap();
        fcntl_setfl(&pipe, OFlags::NONBLOCK).unwrap();
        while pipe.write(b" ").is_ok() {}
        fcntl_setfl(&pipe, OFlags::empty()).unwrap();
        let me = "cli::printer::tests::a_panic_ends_the_process_though_nobody_reads_why";
        let mut command = Command::new(env::current_exe().unwrap());
        command.args(["--exact", me, "--nocapture"]).env(PANICS, "").stdout(io::stderr()).stderr(pipe);
        let (mut child, began) = (command.spawn().unwrap(), Instant::now());
        while child.try_wait().unwrap().is_none() && began.elapsed() < 20 * LAST_WORDS {
            thread::sleep(Duration::from_millis(10));
        }
        let _ = child.kill();
        let ended = child.wait().unwrap();
        assert_eq!(ended.signal(), Some(rustix::process::Signal::ABORT.as_raw()), "{ended}");
    }
}
