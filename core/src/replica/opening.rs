//! How a replica's log is opened, and how it is stopped cleanly.

use super::flushes::Flushes;
use super::loaded::{Replica, Tickets};
use super::partition::{Partition, State};
use super::role::Role;
use super::starts::Starts;
use super::{Opening, Output, ReadTicket};
use crate::io::{Env, FileError};
use crate::log::{FlushUpTo, LoadHints, Loading, Log, LogError, Step};
use crate::types::{ErrorCode, Offset};

/// How long to wait before the next attempt to open a log that could not be opened.
const RETRY_MS: i64 = 1000;

/// A replica whose log is being read.
#[derive(Clone, Debug)]
pub(super) struct LoadingReplica {
    pub(super) loading: Box<Loading>,
    /// The read whose result the loading waits for.
    pub(super) waits: Option<ReadTicket>,
    /// How to open the log, if the loading must begin anew.
    pub(super) opening: Opening,
    pub(super) tickets: Tickets,
}

impl Partition {
    /// Does a bounded piece of loading the log. The shard calls it a few times in a turn at most, and in later turns as
    /// long as [`Partition::needs_step`] returns true.
    pub fn step(&mut self, env: &mut Env<'_>, out: &mut Vec<Output>) {
        let State::Loading(this) = &mut self.state else {
            return;
        };
        if this.waits.is_some() {
            return;
        }
        match this.loading.step(env) {
            Ok(Step::Again) => {}
            Ok(Step::Read(ask)) => {
                let ticket = ReadTicket(this.tickets.next());
                this.waits = Some(ticket);
                out.push(Output::Read { ticket, file: ask.file, at: ask.at, len: ask.len });
            }
            Ok(Step::Done(log)) => {
                let (high_watermark, tickets) = (this.opening.high_watermark(), this.tickets);
                let scanned = this.loading.scanned();
                let replica = self.replica(*log, high_watermark, tickets);
                replica.tell_high_watermark(env);
                self.denied = None;
                self.turn_into(State::Unassigned(Box::new(replica)));
                out.push(Output::Loaded(scanned));
                self.take_role(env, out);
            }
            Err(error) => self.fail(error.into(), env, out),
        }
    }

    /// Stops the replica cleanly: accepts no more requests, syncs everything, writes the producer snapshot, and then
    /// puts out [`Output::Stopped`]. A replica that is loading or offline does not put it out, nor one whose disk has
    /// no room for what a clean stop writes.
    pub fn stop(&mut self, env: &mut Env<'_>, out: &mut Vec<Output>) {
        if matches!(self.role, Role::Stopping | Role::Stopped | Role::Offline) {
            return;
        }
        let Some(mut replica) = self.end_role(ErrorCode::NotLeaderOrFollower, env, out) else {
            self.refuse_early(ErrorCode::NotLeaderOrFollower, env, out);
            self.turn_into(State::Stopped(None));
            return;
        };
        let stopped = replica.log.stop(env);
        self.turn_into(State::Stopping(replica));
        match stopped {
            Ok(()) => self.stop_on(env, out),
            Err(error) => self.fail(error.into(), env, out),
        }
    }

    /// Flushes what is not durable yet. When nothing is left to flush, closes the log and puts out [`Output::Stopped`].
    pub(super) fn stop_on(&mut self, env: &mut Env<'_>, out: &mut Vec<Output>) {
        let State::Stopping(replica) = &mut self.state else {
            return;
        };
        let Replica { log, flushes, tickets, .. } = &mut **replica;
        if flushes.must_wait(env.now.mono) {
            return;
        }
        match log.write_owed_epochs(env) {
            Ok(()) => {}
            Err(LogError::Denied(why)) => {
                flushes.put_off(env.now.mono);
                return self.on_flush_denied(why, env, out);
            }
            Err(error) => return self.fail(error.into(), env, out),
        }
        if flushes.begin(FlushUpTo::End, log, tickets, out) {
            return;
        }
        let ends = replica.ends();
        if let Some(replica) = self.end_role(ErrorCode::NotLeaderOrFollower, env, out) {
            replica.log.close(env);
        }
        self.turn_into(State::Stopped(Some(ends)));
        out.push(Output::Stopped(ends));
    }

    /// Creates the log, or begins to load it.
    pub(super) fn open_log(&mut self, opening: Opening, env: &mut Env<'_>, out: &mut Vec<Output>) {
        let (folder, log, tickets) = (self.folder.clone(), self.settings.log(), Tickets::default());
        let opened = match opening {
            Opening::New => {
                self.starts = Starts::found(Offset::ZERO);
                Log::create(folder, self.name, log, env)
                    .map(|log| State::Unassigned(Box::new(self.replica(log, Offset::ZERO, tickets))))
            }
            Opening::Existing { clean, recovery_point, log_start, high_watermark } => {
                let hints = LoadHints { clean, recovery_point, high_watermark, log_start };
                if self.starts == Starts::found(Offset::ZERO) {
                    self.starts = Starts::found(log_start);
                }
                Log::load(folder, self.name, log, hints, env).map(|loading| {
                    let loading = Box::new(loading);
                    State::Loading(Box::new(LoadingReplica { loading, waits: None, opening, tickets }))
                })
            }
        };
        match opened {
            Ok(state) => {
                self.turn_into(state);
                self.take_role(env, out);
            }
            // The folder exists already, because this node held the partition before. So the log in it is loaded.
            Err(LogError::Denied(FileError::Exists)) if opening == Opening::New => {
                self.starts = Starts::UNKNOWN;
                self.open_log(Opening::UNKNOWN, env, out);
            }
            Err(LogError::Denied(why)) => self.open_later(opening, why, env),
            Err(error) => self.fail(error.into(), env, out),
        }
    }

    /// Plans another attempt to open the log, because `why` denied this one. If the log was to be created and its
    /// folder exists by now, the next attempt loads the log in it as after a crash.
    pub(super) fn open_later(&mut self, opening: Opening, why: FileError, env: &mut Env<'_>) {
        self.tell_denial(why, env);
        let opening = match opening {
            Opening::New if env.files.list(&self.folder).is_ok() => Opening::UNKNOWN,
            other => other,
        };
        self.turn_into(State::OpensLater(opening, env.now.mono.plus_ms(RETRY_MS)));
    }

    /// Returns how the log would have to be opened if this process were killed now; none if the replica is offline or
    /// was stopped uncleanly.
    pub(super) fn reopening(&self) -> Option<Opening> {
        match &self.state {
            State::OpensLater(opening, _) => Some(*opening),
            State::Loading(loading) => Some(loading.opening),
            _ => self.ends().map(|ends| Opening::Existing {
                clean: false,
                recovery_point: ends.recovery_point,
                log_start: ends.start,
                high_watermark: ends.high_watermark,
            }),
        }
    }

    fn replica(&self, log: Log, high_watermark: Offset, tickets: Tickets) -> Replica {
        // Limits the checkpointed high watermark, which may be from before a truncation, or above the end of a log that
        // was not stopped cleanly.
        let high_watermark = log.sure_high_watermark(high_watermark).min(log.end()).max(log.start());
        let (name, me, settings, starts, live) = (self.name, self.me, self.settings, self.starts, self.live.clone());
        Replica { name, me, settings, log, high_watermark, starts, live, flushes: Flushes::default(), tickets }
    }
}
