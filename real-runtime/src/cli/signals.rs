//! What signals do to a command.
//!
//! **Invariants**: SIGTERM, SIGINT and SIGHUP ask for an end in good order, unless whoever started the command wanted
//! it to outlive its terminal (`nohup`); SIGXFSZ and SIGPIPE do nothing, so that a write beyond the file size limit and
//! one to a pipe without a reader come back as errors. Rust's standard library ignores SIGPIPE before `main`.
//!
//! **In Kafka**: `LoggingSignalHandler`, and the JVM, which ends on the same three signals.

use std::fs;
use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use tokio::signal::unix::SignalKind;

/// From here on a write beyond the file size limit (RLIMIT_FSIZE) fails with EFBIG, and the process lives on.
pub fn survive_file_size_limit() -> io::Result<()> {
    // A handler that does next to nothing: without unsafe code a signal can be taken, not ignored.
    let taken = Arc::new(AtomicBool::new(false));
    signal_hook::flag::register(signal_hook::consts::SIGXFSZ, taken).map(|_| ())
}

/// The signals that ask a command to end, with their names.
pub fn endings() -> Vec<(SignalKind, &'static str)> {
    let mut endings = vec![(SignalKind::terminate(), "SIGTERM"), (SignalKind::interrupt(), "SIGINT")];
    if !is_ignored(SignalKind::hangup()) {
        endings.push((SignalKind::hangup(), "SIGHUP"));
    }
    endings
}

/// Whether this process was started with that signal ignored. Where the system does not tell, it was not.
fn is_ignored(kind: SignalKind) -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    ignored_in(&status).is_some_and(|ignored| ignored >> (kind.as_raw_value() - 1) & 1 == 1)
}

/// The set of ignored signals as Linux writes it: bit 0 is signal 1.
fn ignored_in(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("SigIgn:"))?;
    u64::from_str_radix(line.trim(), 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_set_of_ignored_signals_is_read() {
        assert_eq!(ignored_in("Name:\tx\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000001001\n"), Some(0x1001));
        assert_eq!(ignored_in("Name:\tx\n"), None);
        // The standard library ignores it before `main`.
        assert!(is_ignored(SignalKind::pipe()));
        assert!(!is_ignored(SignalKind::terminate()));
    }
}
