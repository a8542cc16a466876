//! A replica that fetches: truncation by leader epoch, appends, the leader's high watermark.
//!
//! Where the two logs part is found out by the fetches themselves (KIP-595): each carries the epoch of the follower's
//! last record, the leader answers with where its log parts from that, the follower cuts and fetches again, until the
//! logs agree. Only then does the high watermark of an answer count (KAFKA-14704).

use super::loaded::{Cx, Failure};
use super::{Assignment, FetchPosition, FetchedPartition, Output};
use crate::io::{Mutant, Site, TraceEvent, TraceKind};
use crate::log::{AppendError, Loading, Truncated};
use crate::record::BatchHeader;
use crate::types::{ErrorCode, LeaderEpoch, NodeId, Offset, StartCause};
use crate::{mutant, sometimes};
use bytes::Bytes;

/// One replica's following of one leadership.
#[derive(Clone, Debug)]
pub(super) struct Follower {
    pub(super) leader: Option<NodeId>,
    pub(super) epoch: LeaderEpoch,
    /// The leadership followed before was the same node's.
    is_same_leader: bool,
    /// The leader has answered a fetch without an objection to what this log ends with: all of the log is the leader's.
    is_compared: bool,
    /// The log was cut below its high watermark: what that counted as committed may be of another history.
    has_lost_committed: bool,
    state: Following,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Following {
    /// There is no leader.
    Waiting,
    /// The fetcher has the word to fetch from there.
    Fetching(Offset),
    /// A cut below the high watermark waits until it is written down (see `log::bound`).
    Cutting(Offset),
    /// A truncation lowered the log's start, or the log is to go on at its leader's; nothing is fetched until that is saved.
    Saving { after_error: bool },
    /// With `flush.messages=1` what is fetched is reported, by the next fetch's offset, only once it is durable.
    Syncing { after_error: bool },
}

/// How a follower goes on.
#[derive(Debug)]
pub(super) enum Next {
    /// As it is.
    Follow,
    /// Its log is loaded again, up to a cut that lay far back.
    Reload(Box<Loading>),
}

impl Follower {
    /// The following begins; `followed` is whom this replica followed until now.
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

    /// The leader answered.
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

    /// A flush of the log ended well, or flushes gate no more.
    pub(super) fn on_flushed(&mut self, cx: &mut Cx<'_, '_>) -> Result<Next, Failure> {
        match self.state {
            Following::Syncing { after_error } => self.go_on(after_error, cx),
            // The flush may have taken back the word of an earlier cut.
            Following::Cutting(to) => return self.cut_when_written(to, cx),
            _ => {}
        }
        Ok(Next::Follow)
    }

    /// The log's start is saved.
    pub(super) fn on_start_saved(&mut self, cx: &mut Cx<'_, '_>) -> Result<(), Failure> {
        self.restart_if_saved(cx)?;
        match self.state {
            Following::Saving { after_error } => self.go_on(after_error, cx),
            Following::Fetching(_) => cx.out.push(Output::LogStart(cx.replica.log.start())),
            Following::Waiting | Following::Cutting(_) | Following::Syncing { .. } => {}
        }
        Ok(())
    }

    /// The following is over: nothing more is fetched for it.
    pub(super) fn end(self, cx: &mut Cx<'_, '_>) {
        cx.replica.give_up_restart();
        if self.leader.is_some() {
            cx.out.push(Output::FetchNoMore);
        }
    }

    /// Appends what came and takes the leader's high watermark and log start. Says whether the next fetch waits for the back-off.
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
                // The leader sent bad bytes, or the network changed them; they are not in the log, and fetched again.
                Err(AppendError::Refused(..)) => after_error = true,
                Err(AppendError::NoSpace) => {
                    sometimes!(cx.env, true, Site::ReplicaNoSpace);
                    after_error = true;
                }
                Err(AppendError::Disk(why)) => return Err(Failure::Disk(why)),
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

    /// KIP-101, KIP-279: the leader's greatest epoch not above ours ends at `end`. If this log knows it too, both agree
    /// up to the nearer of its ends; if not, up to the end of the greatest epoch below it at most, and the next fetch
    /// asks again from there.
    fn on_diverging(&mut self, epoch: LeaderEpoch, end: Offset, cx: &mut Cx<'_, '_>) -> Result<Next, Failure> {
        let to = match cx.replica.log.end_of_epoch(epoch, cx.env) {
            Some((known, mine)) if known == epoch => mine.min(end),
            Some((_, mine)) => mine,
            None => end,
        };
        let to = to.min(cx.replica.log.end());
        self.cut_when_written(to, cx)
    }

    /// Below what checkpoints promise a cut waits until it is written down.
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
        // Only after an election outside the in-sync set may that be: what was committed there is gone.
        sometimes!(cx.env, to < cx.replica.high_watermark, Site::ReplicaTruncatedCommitted);
        self.has_lost_committed |= to < cx.replica.high_watermark;
        let truncated = log.truncate_to(to, cx.env)?;
        cx.replica.high_watermark = cx.replica.high_watermark.min(to);
        cx.replica.keep_start_committed();
        match truncated {
            Truncated::Done => {
                let log = &cx.replica.log;
                // The log may begin within a batch that was cut off.
                cx.replica.high_watermark = cx.replica.high_watermark.min(log.end()).max(log.start());
                Ok(Next::Follow)
            }
            Truncated::Reload(loading) => Ok(Next::Reload(loading)),
        }
    }

    /// The leader no longer has what comes next: go on where its log begins. If it begins below our end, it is its end
    /// that we are beyond, and the epochs will tell (KIP-101).
    fn on_out_of_range(&mut self, leaders_start: Option<Offset>, cx: &mut Cx<'_, '_>) -> Result<bool, Failure> {
        match leaders_start {
            Some(start) if start > cx.replica.log.end() => {
                self.restart_when_saved(start, cx)?;
                Ok(false)
            }
            _ => Ok(true),
        }
    }

    /// Where the leader's log begins, for a log that has no epoch by which the leader could say where the two part, and that
    /// ends behind the leader's: what this replica restarted behind is gone, by an election that may lose records. Kafka cuts
    /// to the leader's end (`AbstractFetcherThread.fetchOffsetAndTruncate`); here there is nothing to cut.
    fn start_of_a_shorter_leader(&self, fetched: &FetchedPartition, cx: &Cx<'_, '_>) -> Option<Offset> {
        let log = &cx.replica.log;
        let is_bare = log.latest_epoch().is_none() && log.start() == log.end();
        fetched.log_start.filter(|start| is_bare && *start < log.end())
    }

    /// Whether the leader's log begins where this one ends, within a batch of the leader's: what this log has of the batch
    /// is of another history, and the batch cannot be appended behind that.
    fn begins_within(&self, fetched: &FetchedPartition, cx: &Cx<'_, '_>) -> bool {
        let log = &cx.replica.log;
        let is_around = |header: BatchHeader| header.base < log.end();
        fetched.log_start == Some(log.end())
            && log.start() < log.end()
            && BatchHeader::parse(&fetched.records).is_ok_and(is_around)
    }

    /// Whether the leader's log begins where this one ends, above what this replica knows to be committed. The leader's
    /// epochs begin where its log does, so that it compared nothing of this log with its own. Batches above the high
    /// watermark may be of another history, and so may what they made known of their producers, whose retries would be
    /// acknowledged as duplicates of batches that no replica has. Kafka keeps both: it takes an epoch below the leader's
    /// first one to end where the leader's log begins (`LeaderEpochFileCache.endOffsetFor`).
    fn lies_below(&self, fetched: &FetchedPartition, cx: &Cx<'_, '_>) -> bool {
        let (log, committed) = (&cx.replica.log, cx.replica.high_watermark);
        let is_in_doubt = self.has_lost_committed || committed < log.end();
        fetched.log_start == Some(log.end()) && log.start() < log.end() && is_in_doubt
    }

    /// Drops everything, and goes on where the leader's log begins, once that is saved.
    fn restart_when_saved(&mut self, start: Offset, cx: &mut Cx<'_, '_>) -> Result<(), Failure> {
        cx.replica.plan_restart(start);
        self.restart_if_saved(cx)
    }

    fn restart_if_saved(&mut self, cx: &mut Cx<'_, '_>) -> Result<(), Failure> {
        let Some(start) = cx.replica.take_restart() else { return Ok(()) };
        let is_later = start > cx.replica.log.start();
        cx.replica.log.restart_at(start, cx.env)?;
        // What the leader let go of was committed.
        cx.replica.high_watermark = cx.replica.high_watermark.min(start);
        cx.replica.advance_high_watermark(start, self.epoch, false, cx.env);
        cx.replica.keep_start_committed();
        if is_later {
            let (to, cause) = (start, StartCause::Leader);
            cx.trace(TraceKind::LogStart, |partition| TraceEvent::LogStart { partition, to, cause });
        }
        Ok(())
    }

    /// The word to fetch on, or a wait until it may be given.
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

/// The batches in front of the first one of a later epoch than the fetch was under. KAFKA-18723: such a batch is of
/// another lineage than the one that the leader's answer was checked against.
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
