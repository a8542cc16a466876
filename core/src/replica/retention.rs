//! Retention of one replica, in bounded steps: every replica, leader or follower, goes by its own clock and its own high
//! watermark, as in Kafka (`LogManager.cleanupLogs`).

use super::Output;
use super::loaded::{Cx, Failure, Replica};
use super::partition::{Partition, State};
use crate::io::{Env, Mutant};
use crate::log::{Expired, LetGo};
use crate::mutant;
use crate::types::Offset;

/// Segments looked at, and segments taken out, in one step: each takes a few calls of the operating system.
const SEGMENTS_PER_STEP: usize = 16;

impl Partition {
    /// A bounded piece of retention: lets go of segments below the log's start, and looks whether more have expired. Says
    /// whether to call it again soon; [`Output::Retain`] says so too when a write or a flush is done that it waits for.
    pub fn retain(&mut self, env: &mut Env<'_>, out: &mut Vec<Output>) -> bool {
        let (State::Leader(replica, _) | State::Follower(replica, _)) = &mut self.state else {
            return false;
        };
        match retain(replica, env, out) {
            Ok(more) => more,
            Err(failure) => {
                self.settle(Err(failure), env, out);
                false
            }
        }
    }

    /// The end of a turn: where a segment is too much by size, nothing waits for the next check of all partitions. A topic
    /// stays near `retention.bytes` by that, however long the check interval is.
    pub(super) fn retain_if_over_size(&mut self, out: &mut Vec<Output>) {
        let is_due = |it: &mut Replica| !it.is_start_moving() && it.log.is_over_size(it.high_watermark);
        if self.replica_mut().is_some_and(is_due) {
            out.push(Output::Retain);
        }
    }

    /// The checkpoint file says `start`, durably: follows [`Output::SaveStart`].
    pub fn on_start_saved(&mut self, start: Offset, env: &mut Env<'_>, out: &mut Vec<Output>) {
        let Some(replica) = self.replica_mut() else {
            return;
        };
        match replica.on_start_saved(start, env, out) {
            Ok(true) => {}
            Ok(false) => return,
            Err(failure) => return self.settle(Err(failure), env, out),
        }
        match &mut self.state {
            State::Leader(replica, leader) => {
                let cx = &mut Cx { replica, env, out };
                leader.on_flushed(cx);
                leader.release_deletions(cx);
            }
            State::Follower(replica, follower) => {
                let done = follower.on_start_saved(&mut Cx { replica, env, out });
                self.settle(done, env, out);
            }
            _ => {}
        }
    }
}

fn retain(replica: &mut Replica, env: &mut Env<'_>, out: &mut Vec<Output>) -> Result<bool, Failure> {
    let LetGo { files, more } = replica.log.let_go(SEGMENTS_PER_STEP, env)?;
    if !files.is_empty() {
        out.push(Output::Discard { files, delay_ms: replica.settings.file_delete_delay_ms });
    }
    if more {
        return Ok(true);
    }
    let committed = if mutant!(env, Mutant::M38) { replica.log.end() } else { replica.high_watermark };
    if let Some(Expired { to, cause }) = replica.log.expired(committed, SEGMENTS_PER_STEP, env)? {
        assert!(to <= committed, "only what is committed is let go (KAFKA-5634)");
        if mutant!(env, Mutant::M96) {
            replica.log.advance_start(to, cause, env)?;
            return Ok(false);
        }
        replica.raise_start(to, cause, out);
    }
    Ok(false)
}
