//! Syncs of one partition's log. One flush is under way at a time, and what is appended meanwhile shares the next one
//! (group commit).
//!
//! With `flush.messages=1` answers and a follower's fetches wait for the sync. With larger values and `flush.ms` the
//! log is synced too, but nothing waits for that. Closed segments are flushed in the background, as in Kafka, so that
//! an unclean stop has little to recover.

use super::loaded::{Failure, Tickets};
use super::{Output, SyncTicket, TopicSettings};
use crate::io::{Env, FileError};
use crate::log::{Flush, FlushTicket, FlushUpTo, Log, LogError};
use crate::types::{Instant, Offset};

/// How long to wait before the next flush if one could not sync all files.
const RETRY_MS: i64 = 1000;

/// After so many denied flushes in a row, a replica that is stopping stops uncleanly.
const DENIALS_AT_STOP: u32 = 5;

/// The flush under way, if there is one.
#[derive(Clone, Debug, Default)]
pub(super) struct Flushes {
    under_way: Option<UnderWay>,
    /// The time before which no flush begins, because the last one was denied.
    not_before: Option<Instant>,
    /// The number of denied flushes since the last one that ended well.
    denials: u32,
    /// The time at which the leader epochs are written again, because their last write was denied.
    epochs_at: Option<Instant>,
}

#[derive(Clone, Debug)]
struct UnderWay {
    ticket: FlushTicket,
    left: Vec<SyncTicket>,
    /// Why one of the syncs that have ended could not begin.
    denied: Option<FileError>,
}

/// What the result of a sync means for the flush that it belongs to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum FlushEnd {
    /// Other syncs of the flush are under way, or the sync belongs to no flush.
    NotYet,
    /// The flush has ended, and everything that it covers is durable.
    Well,
    /// The flush has ended without effect, because one of its syncs could not begin. It is tried again later.
    Denied(FileError),
}

impl Flushes {
    /// Whether a flush is under way.
    pub(super) fn is_busy(&self) -> bool {
        self.under_way.is_some()
    }

    /// Begins a flush if none is under way and one of these demands it:
    ///
    /// - `flush.messages` or `flush.ms`;
    /// - the file `cut-below`, which is to be made durable or can be removed after a flush (see `log::bound`);
    /// - a closed segment that is not durable yet.
    ///
    /// Called once per turn, so that all appends of a turn share a flush.
    pub(super) fn on_turn_end(
        &mut self,
        settings: &TopicSettings,
        log: &mut Log,
        high_watermark: Offset,
        tickets: &mut Tickets,
        env: &mut Env<'_>,
        out: &mut Vec<Output>,
    ) {
        if self.must_wait(env.now.mono) {
            return;
        }
        if is_due(settings, log, env) || log.owes_bound(high_watermark) {
            self.begin(FlushUpTo::End, log, tickets, out);
        } else if log.has_unflushed_roll() {
            self.begin(FlushUpTo::Roll, log, tickets, out);
        }
    }

    /// Writes the leader epochs a second after their write was denied, and then each second until it succeeds. An append
    /// would write them too, but may not come for long, and the recovery point does not rise meanwhile.
    pub(super) fn retry_epochs(&mut self, log: &mut Log, env: &mut Env<'_>) -> Result<(), LogError> {
        if !log.owes_epochs() {
            self.epochs_at = None;
            return Ok(());
        }
        let again = env.now.mono.plus_ms(RETRY_MS);
        if *self.epochs_at.get_or_insert(again) > env.now.mono {
            return Ok(());
        }
        self.epochs_at = Some(again);
        log.write_owed_epochs(env)?;
        self.epochs_at = None;
        Ok(())
    }

    /// Whether no flush may begin now, because one is under way or the last one was denied just before.
    pub(super) fn must_wait(&self, now: Instant) -> bool {
        self.is_busy() || self.not_before.is_some_and(|at| at > now)
    }

    /// Whether a replica that is stopping gives up to flush its log.
    pub(super) fn was_denied_too_often(&self) -> bool {
        self.denials >= DENIALS_AT_STOP
    }

    /// Begins a flush, if there is something to sync. Returns whether it began one.
    pub(super) fn begin(
        &mut self,
        up_to: FlushUpTo,
        log: &mut Log,
        tickets: &mut Tickets,
        out: &mut Vec<Output>,
    ) -> bool {
        assert!(!self.is_busy(), "one flush is under way at a time");
        let Some(Flush { ticket, what }) = log.next_flush(up_to) else {
            return false;
        };
        assert!(!what.is_empty(), "a flush syncs something");
        let mut left = Vec::with_capacity(what.len());
        for what in what {
            let ticket = SyncTicket(tickets.next());
            left.push(ticket);
            out.push(Output::Sync { ticket, what });
        }
        self.not_before = None;
        self.under_way = Some(UnderWay { ticket, left, denied: None });
        true
    }

    /// Takes the result of one sync of a flush, and says whether the whole flush has ended now.
    ///
    /// A sync that could not begin, because no file descriptor was left for example, is tried again with the next flush.
    /// A sync that began and failed takes the log directory offline: the bytes that it should have made durable may be
    /// lost, and the success of a later sync would not prove the contrary (KAFKA-10778). There is one exception, which
    /// the log recognises: nothing is lost if a truncation has removed the synced file meanwhile.
    pub(super) fn on_synced(
        &mut self,
        ticket: SyncTicket,
        result: Result<(), FileError>,
        log: &mut Log,
        high_watermark: Offset,
        env: &mut Env<'_>,
    ) -> Result<FlushEnd, Failure> {
        let Some(at) = self.under_way.as_ref().and_then(|it| it.left.iter().position(|waits| *waits == ticket)) else {
            return unaccounted(result).map(|()| FlushEnd::NotYet);
        };
        let under_way = self.under_way.as_mut().expect("it has the ticket");
        under_way.left.swap_remove(at);
        let has_failed = result.is_err_and(FileError::is_of_device);
        under_way.denied = under_way.denied.or(result.err());
        if !has_failed && !under_way.left.is_empty() {
            return Ok(FlushEnd::NotYet);
        }
        let result = if has_failed { result } else { under_way.denied.map_or(Ok(()), Err) };
        let flush = under_way.ticket;
        self.under_way = None;
        match log.on_flushed(flush, result, high_watermark, env) {
            Ok(()) => {
                self.denials = 0;
                Ok(FlushEnd::Well)
            }
            Err(LogError::Denied(why)) => {
                self.put_off(env.now.mono);
                Ok(FlushEnd::Denied(why))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Puts the next flush off by a second, because a file operation that it needs was denied.
    pub(super) fn put_off(&mut self, now: Instant) {
        self.denials += 1;
        self.not_before = Some(now.plus_ms(RETRY_MS));
    }

    /// The time at which `flush.ms` demands the next flush, or at which something that was denied is tried again.
    pub(super) fn next_wake(&self, settings: &TopicSettings, log: &Log) -> Option<Instant> {
        let flush = if self.is_busy() { None } else { self.not_before.or_else(|| deadline(settings, log)) };
        [flush, self.epochs_at].into_iter().flatten().min()
    }
}

/// Checks the result of a sync for which no flush waits any more. Only a failed disk counts: the synced file may have
/// been removed or replaced meanwhile.
pub(super) fn unaccounted(result: Result<(), FileError>) -> Result<(), Failure> {
    match result {
        Err(why) if why.is_of_device() => Err(Failure::Disk(why)),
        Ok(()) | Err(_) => Ok(()),
    }
}

fn is_due(settings: &TopicSettings, log: &Log, env: &Env<'_>) -> bool {
    let unflushed = log.unflushed_records();
    unflushed > 0
        && (unflushed >= settings.flush_messages || deadline(settings, log).is_some_and(|due| due <= env.now.mono))
}

fn deadline(settings: &TopicSettings, log: &Log) -> Option<Instant> {
    if settings.flush_ms == i64::MAX {
        return None;
    }
    log.oldest_unflushed().map(|since| since.plus_ms(settings.flush_ms))
}
