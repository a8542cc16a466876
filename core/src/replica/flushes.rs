//! Syncs of one partition's log. One flush is under way at a time, and what is appended meanwhile shares the next one
//! (group commit).
//!
//! With `flush.messages=1` answers and a follower's fetches wait for the sync. With larger values and `flush.ms` the
//! log is synced too, but nothing waits for that. Closed segments are flushed in the background, as in Kafka, so that
//! an unclean stop has little to recover.

use super::loaded::{Failure, Tickets};
use super::{Output, SyncTicket, TopicSettings};
use crate::io::{Env, FileError};
use crate::log::{Flush, FlushTicket, FlushUpTo, Log};
use crate::types::{Instant, Offset};

/// The flush under way, if there is one.
#[derive(Clone, Debug, Default)]
pub(super) struct Flushes {
    under_way: Option<UnderWay>,
}

#[derive(Clone, Debug)]
struct UnderWay {
    ticket: FlushTicket,
    left: Vec<SyncTicket>,
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
        if self.is_busy() {
            return;
        }
        if is_due(settings, log, env) || log.owes_bound(high_watermark) {
            self.begin(FlushUpTo::End, log, tickets, out);
        } else if log.has_unflushed_roll() {
            self.begin(FlushUpTo::Roll, log, tickets, out);
        }
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
        self.under_way = Some(UnderWay { ticket, left });
        true
    }

    /// Takes the result of one sync of a flush. Returns whether the whole flush has ended now.
    ///
    /// A failed sync takes the log directory offline: the bytes that it should have made durable may be lost, and the
    /// success of a later sync would not prove the contrary (KAFKA-10778). There is one exception, which the log
    /// recognises: nothing is lost if a truncation has removed the synced file meanwhile.
    pub(super) fn on_synced(
        &mut self,
        ticket: SyncTicket,
        result: Result<(), FileError>,
        log: &mut Log,
        high_watermark: Offset,
        env: &mut Env<'_>,
    ) -> Result<bool, Failure> {
        let Some(at) = self.under_way.as_ref().and_then(|it| it.left.iter().position(|waits| *waits == ticket)) else {
            return unaccounted(result).map(|()| false);
        };
        let under_way = self.under_way.as_mut().expect("it has the ticket");
        under_way.left.swap_remove(at);
        if result.is_ok() && !under_way.left.is_empty() {
            return Ok(false);
        }
        let flush = under_way.ticket;
        self.under_way = None;
        log.on_flushed(flush, result, high_watermark, env)?;
        Ok(true)
    }

    /// The time at which `flush.ms` demands the next flush. `None` if nothing waits for a flush by `flush.ms`, or if a
    /// flush is under way.
    pub(super) fn next_wake(&self, settings: &TopicSettings, log: &Log) -> Option<Instant> {
        if self.is_busy() { None } else { deadline(settings, log) }
    }
}

/// Checks the result of a sync for which no flush waits any more. An error means that the disk failed. But it is no
/// failure if the synced file was removed or replaced meanwhile.
pub(super) fn unaccounted(result: Result<(), FileError>) -> Result<(), Failure> {
    match result {
        Ok(()) | Err(FileError::NotFound | FileError::Stale) => Ok(()),
        Err(why) => Err(Failure::Disk(why)),
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
