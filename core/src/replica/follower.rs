//! A replica that fetches: it truncates by leader epoch, appends, and takes over the leader's high watermark.
//!
//! The fetches themselves find out where the two logs diverge (KIP-595). Each fetch carries the epoch of the follower's
//! last record. If the leader's log diverges from that, the answer says where; the follower truncates its log and
//! fetches again, until the logs agree. Only then does the high watermark of an answer count (KAFKA-14704).

use super::loaded::{Cx, Failure, note_denial};
use super::{Assignment, FetchPosition, FetchedPartition, Output};
use crate::io::{Mutant, Site, TraceEvent, TraceKind};
use crate::log::{AppendError, Loading, Truncated};
use crate::record::BatchHeader;
use crate::types::{ErrorCode, LeaderEpoch, NodeId, Offset, StartCause};
use crate::{mutant, sometimes};
use bytes::Bytes;

/// One replica that follows one leadership.
#[derive(Clone, Debug)]
pub(super) struct Follower {
    pub(super) leader: Option<NodeId>,
    pub(super) epoch: LeaderEpoch,
    /// Whether the replica followed the same node in the previous leader epoch. Only mutant M20 asks.
    is_same_leader: bool,
    /// Whether the leader has answered a fetch in this leadership without reporting a divergence, so that the end of
    /// this log agrees with the leader's.
    is_compared: bool,
    /// Whether the log was cut below its high watermark, so that even records below the high watermark may differ from
    /// the leader's.
    has_lost_committed: bool,
    state: Following,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Following {
    /// There is no leader.
    Waiting,
    /// The fetcher was told to fetch from this offset, which is the log's end.
    Fetching(Offset),
    /// A truncation to this offset waits until the file `cut-below` records it durably, because checkpoint files may
    /// still say that records above the offset are durable (see `log::bound`).
    Cutting(Offset),
    /// A truncation lowered the log start offset, or the log is to begin anew at the leader's log start offset. Nothing
    /// is fetched until the new log start offset is in `log-start-offset-checkpoint`. With `after_error` the next fetch
    /// then waits for the back-off too.
    Saving { after_error: bool },
    /// The fetched records are being made durable, as `flush.messages=1` demands. The next fetch must wait for this,
    /// because its offset tells the leader that this replica has the records.
    Syncing { after_error: bool },
}

/// How a replica goes on after the follower has handled an event.
#[derive(Debug)]
pub(super) enum Next {
    /// The replica stays a follower, and has nothing to load.
    Follow,
    /// The follower loads its log from disk again, because it must truncate to an offset before the batches that the
    /// log keeps in memory.
    Reload(Box<Loading>),
}

impl Follower {
    /// Begins to follow; `followed` is the node that this replica followed until now.
    pub(super) fn begin(
        assignment: &Assignment,
        followed: Option<NodeId>,
        cx: &mut Cx<'_, '_>,
    ) -> Result<(Follower, Next), Failure> {
        let Assignment { leader, leader_epoch: epoch, .. } = *assignment;
        cx.trace(TraceKind::BecameFollower, |partition| TraceEvent::BecameFollower { partition, epoch, leader });
        let is_same_leader = followed.is_some() && followed == leader;
        let state = Following::Waiting;
        let mut this = Follower { leader, epoch, is_same_leader, is_compared: false, has_lost_committed: false, state };
        if mutant!(cx.env, Mutant::M18) {
            let own = cx.replica.high_watermark;
            if let Next::Reload(loading) = this.truncate_to(own, cx)? {
                return Ok((this, Next::Reload(loading)));
            }
        }
        this.go_on(false, cx);
        Ok((this, Next::Follow))
    }

    /// Handles the leader's answer to a fetch. Ignores the answer if its fetch was made from another offset or under
    /// another leader epoch than the present ones.
    pub(super) fn on_fetched(&mut self, fetched: FetchedPartition, cx: &mut Cx<'_, '_>) -> Result<Next, Failure> {
        let is_due = self.state == Following::Fetching(fetched.offset) && fetched.leader_epoch == self.epoch;
        if !is_due {
            return Ok(Next::Follow);
        }
        if let Some((epoch, end)) = fetched.diverging {
            return self.on_diverging(epoch, end, cx);
        }
        if fetched.error == ErrorCode::OffsetOutOfRange
            && let Some(start) = self.start_of_a_shorter_leader(&fetched, cx)
        {
            return self.cut_when_written(start, cx);
        }
        let after_error = match fetched.error {
            ErrorCode::None => self.append(&fetched, cx)?,
            ErrorCode::OffsetOutOfRange => self.on_out_of_range(fetched.log_start, cx)?,
            _ => true,
        };
        self.go_on(after_error, cx);
        Ok(Next::Follow)
    }

    /// Continues after a flush has succeeded, or after the topic's configuration has changed: with another
    /// `flush.messages` the next fetch may no longer have to wait for a flush.
    pub(super) fn on_flushed(&mut self, cx: &mut Cx<'_, '_>) -> Result<Next, Failure> {
        match self.state {
            Following::Syncing { after_error } => self.go_on(after_error, cx),
            // A truncation below the high watermark is first recorded in the file `cut-below` (see `log::bound`). If
            // the flush has made that file durable, the log is truncated now. If the file has been removed in the
            // meantime, because an earlier truncation needed it no more, it is written again.
            Following::Cutting(to) => return self.cut_when_written(to, cx),
            _ => {}
        }
        Ok(Next::Follow)
    }

    /// Continues after the log start offset was written to `log-start-offset-checkpoint`.
    pub(super) fn on_start_saved(&mut self, cx: &mut Cx<'_, '_>) -> Result<(), Failure> {
        self.restart_if_saved(cx)?;
        match self.state {
            Following::Saving { after_error } => self.go_on(after_error, cx),
            Following::Fetching(_) => cx.out.push(Output::LogStart(cx.replica.log.start())),
            Following::Waiting | Following::Cutting(_) | Following::Syncing { .. } => {}
        }
        Ok(())
    }

    /// Stops following: nothing more is fetched.
    pub(super) fn end(self, cx: &mut Cx<'_, '_>) {
        cx.replica.give_up_restart();
        if self.leader.is_some() {
            cx.out.push(Output::FetchNoMore);
        }
    }

    /// Appends the fetched records and takes over the leader's high watermark and log start offset. Returns whether the
    /// next fetch waits for the back-off.
    fn append(&mut self, fetched: &FetchedPartition, cx: &mut Cx<'_, '_>) -> Result<bool, Failure> {
        let is_compared = core::mem::replace(&mut self.is_compared, true);
        if self.begins_within(fetched, cx) || (!is_compared && self.lies_below(fetched, cx)) {
            self.restart_when_saved(fetched.offset, cx)?;
            return Ok(false);
        }
        let records = of_epochs_up_to(self.epoch, &fetched.records);
        let mut after_error = records.len() < fetched.records.len();
        if !records.is_empty() {
            match cx.replica.log.append_as_follower(&records, fetched.held, cx.env) {
                Ok(_) => {}
                // The leader sent bad batches, or the network changed their bytes. They were not appended, and are
                // fetched again after the back-off.
                Err(AppendError::Refused(..)) => after_error = true,
                Err(AppendError::Denied(why)) => {
                    note_denial(why, cx.env);
                    after_error = true;
                }
                Err(AppendError::Failed(why)) => return Err(why.into()),
            }
        }
        if let Some(leaders) = fetched.high_watermark {
            let to = leaders.min(cx.replica.log.end());
            cx.replica.advance_high_watermark(to, self.epoch, false, cx.env);
        }
        if let Some(leaders) = fetched.log_start
            && leaders <= cx.replica.high_watermark
        {
            cx.replica.raise_start(leaders, StartCause::Leader, cx.out);
        }
        Ok(after_error)
    }

    /// Truncates the log after the leader has answered that the two logs diverge (KIP-101, KIP-279). `epoch` is the
    /// leader's greatest epoch that is not above the last one of this log, and `end` is where `epoch` ends in the
    /// leader's log. If this log has `epoch` too, both logs agree up to the lower of the two offsets at which it ends.
    /// If not, they agree at most up to the end of this log's greatest epoch below `epoch`. This log is cut there, and
    /// the next fetch compares the logs again.
    fn on_diverging(&mut self, epoch: LeaderEpoch, end: Offset, cx: &mut Cx<'_, '_>) -> Result<Next, Failure> {
        let to = match cx.replica.log.end_of_epoch(epoch, cx.env) {
            Some((known, mine)) if known == epoch => mine.min(end),
            Some((_, mine)) => mine,
            None => end,
        };
        let to = to.min(cx.replica.log.end());
        self.cut_when_written(to, cx)
    }

    /// Truncates the log to `to`. If checkpoint files may still say that records above `to` are durable, the truncation
    /// waits until the file `cut-below` records it durably (see `log::bound`).
    fn cut_when_written(&mut self, to: Offset, cx: &mut Cx<'_, '_>) -> Result<Next, Failure> {
        let promised = cx.replica.high_watermark.max(cx.replica.log.promised());
        if to < promised && !cx.replica.log.bound(to, cx.env)? {
            self.state = Following::Cutting(to);
            return Ok(Next::Follow);
        }
        self.cut(to, cx)
    }

    fn cut(&mut self, to: Offset, cx: &mut Cx<'_, '_>) -> Result<Next, Failure> {
        let next = self.truncate_to(to, cx)?;
        if matches!(next, Next::Follow) {
            self.go_on(false, cx);
        }
        Ok(next)
    }

    fn truncate_to(&mut self, to: Offset, cx: &mut Cx<'_, '_>) -> Result<Next, Failure> {
        let log = &mut cx.replica.log;
        let to = to.min(log.end());
        // A truncation below the high watermark loses committed records. Only the election of a leader from outside the
        // in-sync set can cause it.
        sometimes!(cx.env, to < cx.replica.high_watermark, Site::ReplicaTruncatedCommitted);
        self.has_lost_committed |= to < cx.replica.high_watermark;
        let truncated = log.truncate_to(to, cx.env)?;
        cx.replica.high_watermark = cx.replica.high_watermark.min(to);
        cx.replica.keep_start_committed();
        match truncated {
            Truncated::Done => {
                let log = &cx.replica.log;
                // If the log start offset lay within a batch that was cut off, the log has begun anew at that offset,
                // above `to`.
                cx.replica.high_watermark = cx.replica.high_watermark.min(log.end()).max(log.start());
                Ok(Next::Follow)
            }
            Truncated::Reload(loading) => Ok(Next::Reload(loading)),
        }
    }

    /// Handles OFFSET_OUT_OF_RANGE: the leader's log does not have the fetch offset, which is this log's end. Returns
    /// whether the next fetch waits for the back-off.
    ///
    /// If the leader's log begins above the fetch offset, this log begins anew at the leader's log start offset.
    /// Otherwise this log reaches beyond the end of the leader's log. Then a later fetch will find by its last epoch
    /// where the two logs diverge (KIP-101).
    fn on_out_of_range(&mut self, leaders_start: Option<Offset>, cx: &mut Cx<'_, '_>) -> Result<bool, Failure> {
        match leaders_start {
            Some(start) if start > cx.replica.log.end() => {
                self.restart_when_saved(start, cx)?;
                Ok(false)
            }
            _ => Ok(true),
        }
    }

    /// Returns the leader's log start offset, if this log is empty and without epochs, and begins above that offset.
    ///
    /// An earlier leader had a higher log start offset, and this log has begun anew there. The present leader does not
    /// have that offset, because its election lost records. Without an epoch of this log, it cannot find where the two
    /// logs diverge. Kafka truncates to the end of the leader's log (`AbstractFetcherThread.fetchOffsetAndTruncate`).
    /// Here the caller truncates to the returned offset: this log has no records to lose.
    fn start_of_a_shorter_leader(&self, fetched: &FetchedPartition, cx: &Cx<'_, '_>) -> Option<Offset> {
        let log = &cx.replica.log;
        let is_bare = log.latest_epoch().is_none() && log.start() == log.end();
        fetched.log_start.filter(|start| is_bare && *start < log.end())
    }

    /// Returns whether the leader's log begins where this log ends, and that offset lies within a batch of the leader.
    /// The leader has sent the whole batch. It cannot be appended here, because this log already has records at the
    /// batch's first offsets. So the caller drops all records.
    fn begins_within(&self, fetched: &FetchedPartition, cx: &Cx<'_, '_>) -> bool {
        let log = &cx.replica.log;
        let is_around = |header: BatchHeader| header.base < log.end();
        fetched.log_start == Some(log.end())
            && log.start() < log.end()
            && BatchHeader::parse(&fetched.records).is_ok_and(is_around)
    }

    /// Returns whether the leader's log begins where this log ends, and this log has records that may not be committed.
    ///
    /// The leader knows no epochs from before its log start offset, so that it could not compare this log with its own.
    /// The records that may not be committed can differ from those that the leader had at the same offsets. Then the
    /// producer state is wrong too: a producer's retry would be acknowledged as the duplicate of a batch that no
    /// replica has. So the caller drops all records.
    ///
    /// Kafka keeps the records and the producer state. It takes an epoch below the leader's first one to end where the
    /// leader's log begins (`LeaderEpochFileCache.endOffsetFor`).
    fn lies_below(&self, fetched: &FetchedPartition, cx: &Cx<'_, '_>) -> bool {
        let (log, committed) = (&cx.replica.log, cx.replica.high_watermark);
        let is_in_doubt = self.has_lost_committed || committed < log.end();
        fetched.log_start == Some(log.end()) && log.start() < log.end() && is_in_doubt
    }

    /// Drops all records and begins the log anew at `start`, where the leader's log begins. This is done once `start`
    /// is in `log-start-offset-checkpoint`.
    fn restart_when_saved(&mut self, start: Offset, cx: &mut Cx<'_, '_>) -> Result<(), Failure> {
        cx.replica.plan_restart(start);
        self.restart_if_saved(cx)
    }

    fn restart_if_saved(&mut self, cx: &mut Cx<'_, '_>) -> Result<(), Failure> {
        let Some(start) = cx.replica.take_restart() else { return Ok(()) };
        let is_later = start > cx.replica.log.start();
        cx.replica.log.restart_at(start, cx.env)?;
        // The leader's log begins at `start`. A leader raises its log start offset only over committed records, so that
        // everything below `start` is committed.
        cx.replica.high_watermark = cx.replica.high_watermark.min(start);
        cx.replica.advance_high_watermark(start, self.epoch, false, cx.env);
        cx.replica.keep_start_committed();
        if is_later {
            let (to, cause) = (start, StartCause::Leader);
            cx.trace(TraceKind::LogStart, |partition| TraceEvent::LogStart { partition, to, cause });
        }
        Ok(())
    }

    /// Lets the fetcher continue at the log's end. If the log start offset must be saved first, or the fetched records
    /// must be synced first, the fetcher gets no new position yet. With `after_error` the next fetch waits for the
    /// back-off.
    fn go_on(&mut self, after_error: bool, cx: &mut Cx<'_, '_>) {
        let is_saved = cx.replica.is_start_saved();
        if !is_saved {
            cx.replica.save_start(cx.out);
        }
        let replica = &cx.replica;
        let next = match self.leader {
            None => Following::Waiting,
            Some(_) if !is_saved => Following::Saving { after_error },
            Some(_) if replica.counted_end() < replica.log.end() => Following::Syncing { after_error },
            Some(_) => Following::Fetching(replica.log.end()),
        };
        if let (Following::Fetching(offset), Some(leader)) = (next, self.leader) {
            let skips_check = self.is_same_leader && mutant!(cx.env, Mutant::M20);
            cx.out.push(Output::Fetch(FetchPosition {
                leader,
                leader_epoch: self.epoch,
                offset,
                last_fetched_epoch: replica.log.latest_epoch().filter(|_| !skips_check),
                log_start: replica.log.start(),
                after_error,
            }));
        }
        self.state = next;
    }
}

/// Returns the batches before the first one whose leader epoch is later than `epoch`, under which the fetch was made.
///
/// KAFKA-18723: the leader has compared the two logs under `epoch`, but a batch of a later epoch may not follow on this
/// log. Such a batch is dropped, and the next fetch must find out whether it follows.
fn of_epochs_up_to(epoch: LeaderEpoch, records: &Bytes) -> Bytes {
    let mut at = 0;
    while let Ok(header) = BatchHeader::parse(&records[at..]) {
        if header.leader_epoch.is_some_and(|of| of > epoch) {
            return records.slice(..at);
        }
        at += header.len as usize;
        if at >= records.len() {
            break;
        }
    }
    records.clone()
}
