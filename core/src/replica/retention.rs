//! Retention of one replica, in bounded steps. Every replica, leader or follower, goes by its own clock and its own
//! high watermark, as in Kafka (`LogManager.cleanupLogs`).

use super::Output;
use super::loaded::{Cx, Failure, Replica};
use super::partition::{Partition, State};
use crate::io::{Env, Mutant};
use crate::log::{Expired, LetGo};
use crate::mutant;
use crate::types::Offset;

/// The most segments that one step examines, and the most that it removes. They are few, because each takes a few
/// system calls, during which the shard serves nobody.
const SEGMENTS_PER_STEP: usize = 16;

impl Partition {
    /// Does a bounded piece of retention: removes segments below the log start offset, and then asks for a higher log
    /// start offset if more segments have expired. Returns whether to call it again soon. If it must first wait for a
    /// write or a flush, [`Output::Retain`] asks for the next call.
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

    /// Asks for retention at the end of a turn, if the log would hold `retention.bytes` even without its oldest
    /// segment. It does not wait for the check every `log.retention.check.interval.ms`, because a log could grow far
    /// beyond `retention.bytes` until then.
    pub(super) fn retain_if_over_size(&mut self, out: &mut Vec<Output>) {
        let is_due = |it: &mut Replica| !it.is_start_moving() && it.log.is_over_size(it.high_watermark);
        if self.replica_mut().is_some_and(is_due) {
            out.push(Output::Retain);
        }
    }

    /// Continues after `start` was written durably to the checkpoint file, as [`Output::SaveStart`] demanded.
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
