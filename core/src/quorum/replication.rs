//! The log: appends and fetches at the leader, fetches and truncations at those who follow.
//!
//! **In Kafka**: `KafkaRaftClient` (`handleFetchRequest`, `handleFetchResponse`, `pollLeader`),
//! `KafkaMetadataLog.validateOffsetAndEpoch`; KIP-595, KIP-1166.

use super::control_message::ControlMessage;
use super::leader::{ParkedFetch, ParkedRead};
use super::log::{LogEnd, LogRead};
use super::message::{Fetch, Fetched, QuorumDescription, Request, Response};
use super::output::{Context, HaltReason, Output, PeerId, ReadId, ReadWhat};
use super::peers::Purpose;
use super::replica::Quorum;
use super::role::Role;
use super::{ReplicaKey, SnapshotId, VoterSet};
use crate::io::{Asker, Site};
use crate::record::{BatchBuilder, Batches, control_batch, control_records};
use crate::types::{ErrorCode, LeaderEpoch, Offset, Uuid};
use crate::wire::leader_change_message::Voter as ChangeVoter;
use crate::wire::{KRaftVersionRecord, LeaderChangeMessage};
use bytes::{Bytes, BytesMut};
use core::fmt;

/// Pending bytes with which a leader does not wait for the end of the linger.
const DRAIN_AT_BYTES: usize = 8 << 20;

/// The most pending bytes.
const PENDING_MOST: usize = 40 << 20;

/// Why an append is refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AppendRefused {
    /// This replica does not lead that epoch.
    NotLeader,
    /// Too much waits for the disk already: try again when some of it is written.
    Full,
}

impl fmt::Display for AppendRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            AppendRefused::NotLeader => "this replica does not lead the metadata quorum in that epoch",
            AppendRefused::Full => "too many metadata records wait to be written; try again later",
        })
    }
}

impl core::error::Error for AppendRefused {}

/// What a fetch offset means to the leader.
enum Judged {
    Valid,
    Diverging(LogEnd),
    Snapshot(SnapshotId),
}

impl Quorum {
    /// Appends metadata records as one batch, all of it or nothing, and returns the offset of the last one. They are
    /// committed when the high watermark passes it.
    ///
    /// # Panics
    ///
    /// Panics without a record.
    pub fn append(
        &mut self,
        epoch: LeaderEpoch,
        records: &[Bytes],
        cx: &mut Context<'_>,
    ) -> Result<Offset, AppendRefused> {
        assert!(!records.is_empty(), "an append has a record");
        let (now, linger) = (cx.now, self.config.append_linger);
        if self.is_halted() || epoch != self.epoch {
            return Err(AppendRefused::NotLeader);
        }
        let Role::Leader(leader) = &mut self.role else { return Err(AppendRefused::NotLeader) };
        if leader.pending_bytes >= PENDING_MOST {
            return Err(AppendRefused::Full);
        }
        let mut builder = BatchBuilder::new(records.iter().map(|it| it.len() + 16).sum::<usize>() + 64);
        records.iter().for_each(|it| builder.append(now.wall, None, Some(it), &[]));
        let batch = builder.build_at(leader.pending_end, epoch);
        leader.pending_bytes += batch.len();
        leader.pending.push(batch);
        leader.pending_end = leader.pending_end.plus(records.len() as i64);
        leader.drain_at.get_or_insert(now.mono + linger);
        let last = Offset(leader.pending_end.0 - 1);
        self.after_append(cx);
        Ok(last)
    }

    fn after_append(&mut self, cx: &mut Context<'_>) {
        self.on_wake(cx);
    }

    /// Writes the pending batches.
    fn drain(&mut self, cx: &mut Context<'_>) {
        let Role::Leader(leader) = &mut self.role else { return };
        let batches = core::mem::take(&mut leader.pending);
        leader.pending_bytes = 0;
        leader.drain_at = None;
        for batch in batches {
            if !self.append_to_log(&batch, cx) {
                return;
            }
        }
    }

    /// Writes a batch of control records at once, behind the pending batches, and returns the offset of its last one.
    pub(super) fn append_control(&mut self, messages: &[ControlMessage], cx: &mut Context<'_>) -> Offset {
        self.drain(cx);
        let base = self.log_end(cx).offset;
        let records: Vec<_> = messages.iter().map(|it| it.encode(&mut BytesMut::new())).collect();
        let batch = control_batch(base, self.epoch, cx.now.wall, &records);
        let end = base.plus(records.len() as i64);
        if let Role::Leader(leader) = &mut self.role {
            leader.pending_end = end;
        }
        self.append_to_log(&batch, cx);
        self.advance_leader_high_watermark(cx);
        Offset(end.0 - 1)
    }

    pub(super) fn append_voters(&mut self, voters: &VoterSet, cx: &mut Context<'_>) -> Offset {
        self.append_control(&[ControlMessage::KRaftVoters(voters.to_record())], cx)
    }

    /// KIP-595: an epoch begins with a LEADER_CHANGE, so that what lies before can be committed. KIP-853: the voters
    /// follow where only a bootstrap snapshot names them, or where the leader's own listeners changed.
    pub(super) fn append_start_of_epoch(&mut self, granting: &[ReplicaKey], cx: &mut Context<'_>) {
        let voters = self.voters.latest();
        let is_dynamic = self.voters.kraft_version() > 0;
        let change_voter = |key: ReplicaKey| ChangeVoter {
            voter_id: key.id.0,
            voter_directory_id: key.directory_id.filter(|_| is_dynamic).unwrap_or(Uuid::ZERO),
        };
        let mut messages = vec![ControlMessage::LeaderChange(LeaderChangeMessage {
            version: i16::from(is_dynamic),
            leader_id: self.identity.key.id.0,
            voters: voters.iter().map(|it| change_voter(it.key)).collect(),
            granting_voters: granting.iter().map(|it| change_voter(*it)).collect(),
        })];
        let updated = voters.updated(self.own_voter()).filter(|it| it != voters || self.voters.is_bootstrap());
        if is_dynamic && let Some(updated) = updated {
            let k_raft_version = self.voters.kraft_version();
            messages.push(ControlMessage::KRaftVersion(KRaftVersionRecord { version: 0, k_raft_version }));
            messages.push(ControlMessage::KRaftVoters(updated.to_record()));
        }
        self.append_control(&messages, cx);
    }

    /// Appends a batch of this replica's own or of the leader's, and takes what its control records say. KIP-853: the
    /// voters that they name hold at once, committed or not.
    fn append_to_log(&mut self, batch: &Bytes, cx: &mut Context<'_>) -> bool {
        let appended = cx.log.append(batch);
        if !self.is_written(appended, cx) {
            return false;
        }
        self.disk.changes += 1;
        for (offset, message) in control_messages_of(batch).unwrap_or_default() {
            self.voters.apply(offset, &message);
        }
        true
    }

    /// Moves the high watermark to what a majority of the voters has made durable.
    pub(super) fn advance_leader_high_watermark(&mut self, cx: &mut Context<'_>) {
        let (local, synced) = (self.identity.key, self.disk.synced);
        let Role::Leader(leader) = &mut self.role else { return };
        let Some(committed) = leader.committed(local, synced, self.voters.latest()) else { return };
        if leader.high_watermark.is_some_and(|it| it >= committed) {
            // A change of the voters may lower what a majority has; what was committed stays so.
            return;
        }
        leader.high_watermark = Some(committed);
        self.advance_high_watermark(committed, cx);
        self.on_committed(cx);
    }

    fn advance_high_watermark(&mut self, to: Offset, cx: &mut Context<'_>) {
        if to > self.high_watermark {
            self.high_watermark = to;
            cx.out.push(Output::HighWatermarkAdvanced(to));
        }
    }

    pub(super) fn poll_leader(&mut self, cx: &mut Context<'_>) {
        let now = cx.now.mono;
        let hangs = self.hang_at().is_some_and(|at| at <= now);
        let voters = self.voters.latest();
        let others = voters.iter().any(|it| !it.is(self.identity.key));
        let Role::Leader(leader) = &self.role else { return };
        // KAFKA-15489: a leader that no majority follows is no leader. One whose own disk hangs commits nothing by
        // itself, and another may.
        let is_cut_off = others && (leader.check_quorum_at <= now || hangs);
        if !self.is_running() || is_cut_off || leader.is_removed {
            return self.become_resigned(cx);
        }
        if leader.drain_at.is_some_and(|at| at <= now) || leader.pending_bytes >= DRAIN_AT_BYTES {
            self.drain(cx);
            if self.is_halted() {
                return;
            }
        }
        self.expire_change(cx);
        self.tell_voters(cx);
        self.release_fetches(cx);
    }

    /// KIP-853: whoever does not fetch is told who leads, and where.
    fn tell_voters(&mut self, cx: &mut Context<'_>) {
        let now = cx.now.mono;
        let Role::Leader(leader) = &mut self.role else { return };
        if leader.begin_at > now {
            return;
        }
        leader.begin_at = now + self.config.begin_quorum_period();
        if leader.check_quorum_at <= now {
            // A leader without other voters has no quorum to check.
            leader.check_quorum_at = now + self.config.check_quorum_timeout();
        }
        let silent = |key: ReplicaKey| !leader.follows(key, now, &self.config);
        let voters = self.voters.latest().iter().filter(|it| !it.is(self.identity.key) && silent(it.key));
        for key in voters.map(|it| it.key).collect::<Vec<_>>() {
            let begin = super::message::BeginQuorumEpoch {
                leader: self.identity.key.id,
                epoch: self.epoch,
                endpoints: self.identity.endpoints.clone(),
                voter: Some(key),
            };
            let endpoint = self.endpoint_of(key.id);
            self.send(PeerId::Node(key.id), endpoint, Purpose::BeginQuorumEpoch, Request::BeginQuorumEpoch(begin), cx);
        }
    }

    pub(super) fn on_fetch(&mut self, asker: Asker, fetch: Fetch, cx: &mut Context<'_>) {
        let is_number = fetch.from.offset >= Offset::ZERO && fetch.from.epoch >= LeaderEpoch(0);
        if fetch.from.epoch > fetch.epoch || !is_number {
            let refused = self.refuse_fetch(ErrorCode::InvalidRequest, cx);
            return self.answer(asker, refused, cx);
        }
        if let Some(error) = self.refuse_as_leader(fetch.epoch) {
            let refused = self.refuse_fetch(error, cx);
            return self.answer(asker, refused, cx);
        }
        if let Judged::Valid = self.judge(fetch.from, cx) {
            self.note_fetch(&fetch, cx);
        }
        let until = cx.now.mono + fetch.max_wait;
        if self.has_news(&fetch, cx) || until <= cx.now.mono {
            return self.serve(asker, fetch, cx);
        }
        let Role::Leader(leader) = &mut self.role else { return self.serve(asker, fetch, cx) };
        leader.parked.push(ParkedFetch { asker, fetch, until });
    }

    /// A fetch says what is durable at the replica, and that the replica follows.
    fn note_fetch(&mut self, fetch: &Fetch, cx: &mut Context<'_>) {
        let Some(replica) = fetch.replica.filter(|it| it.id != self.identity.key.id) else { return };
        let voters = self.voters.latest();
        let key = voters.get(replica).map_or(replica, |it| it.key);
        let is_voter = voters.has(replica);
        let end = self.log_end(cx).offset;
        let Role::Leader(leader) = &mut self.role else { return };
        leader.on_fetch(key, is_voter, fetch.from.offset, end, cx.now);
        if is_voter {
            leader.note_fetched(key, self.identity.key, self.voters.latest(), cx.now.mono, &self.config);
            self.advance_leader_high_watermark(cx);
        }
    }

    /// Whether the fetch is answered at once.
    fn has_news(&self, fetch: &Fetch, cx: &Context<'_>) -> bool {
        let Role::Leader(leader) = &self.role else { return true };
        let is_valid = matches!(self.judge(fetch.from, cx), Judged::Valid);
        // KIP-1166: a follower whose high watermark is behind need not wait for records to hear of it.
        let knows_less = fetch.high_watermark.is_some_and(|it| leader.high_watermark.is_some_and(|own| own > it));
        !is_valid || fetch.from.offset < self.log_end(cx).offset || knows_less
    }

    fn release_fetches(&mut self, cx: &mut Context<'_>) {
        let Role::Leader(leader) = &mut self.role else { return };
        let parked = core::mem::take(&mut leader.parked);
        let mut kept = Vec::new();
        for it in parked {
            if it.until <= cx.now.mono || self.has_news(&it.fetch, cx) {
                self.serve(it.asker, it.fetch, cx);
            } else {
                kept.push(it);
            }
        }
        if let Role::Leader(leader) = &mut self.role {
            leader.parked = kept;
        }
    }

    /// Answers a fetch with what there is.
    fn serve(&mut self, asker: Asker, fetch: Fetch, cx: &mut Context<'_>) {
        let fetched = match self.judge(fetch.from, cx) {
            Judged::Diverging(at) => Fetched::Diverging(at),
            Judged::Snapshot(id) => Fetched::Snapshot(id),
            Judged::Valid if fetch.from.offset >= self.log_end(cx).offset => Fetched::Records(Bytes::new()),
            Judged::Valid => match cx.log.read(fetch.from.offset, fetch.max_bytes) {
                LogRead::Now(bytes) => Fetched::Records(bytes),
                LogRead::Later => {
                    let (what, max_bytes) = (ReadWhat::Log(fetch.from.offset), fetch.max_bytes);
                    return self.park_read(ParkedRead::Log(asker, fetch), what, max_bytes, cx);
                }
            },
        };
        let response = self.fetch_response(ErrorCode::None, fetched, cx);
        self.answer(asker, response, cx);
    }

    pub(super) fn park_read(&mut self, parked: ParkedRead, what: ReadWhat, max_bytes: u32, cx: &mut Context<'_>) {
        let read = self.next_read();
        let Role::Leader(leader) = &mut self.role else { return };
        leader.reads.insert(read, parked);
        cx.out.push(Output::Read { read, what, max_bytes });
    }

    /// A read ends. A leader never cuts its log, so the bytes are still those of the epoch; who leads no longer has
    /// answered already.
    pub(super) fn take_read(&mut self, read: ReadId, bytes: Option<Bytes>, cx: &mut Context<'_>) {
        let Role::Leader(leader) = &mut self.role else { return };
        let Some(parked) = leader.reads.remove(&read) else { return };
        match (parked, bytes) {
            (ParkedRead::Log(asker, _), Some(bytes)) => {
                let response = self.fetch_response(ErrorCode::None, Fetched::Records(bytes), cx);
                self.answer(asker, response, cx);
            }
            (ParkedRead::Snapshot { asker, fetch, size }, Some(bytes)) => {
                self.answer_snapshot(asker, &fetch, size, bytes, cx);
            }
            // The prefix went meanwhile, and the replica has to fetch the snapshot; or the snapshot did.
            (ParkedRead::Log(asker, fetch), None) if !matches!(self.judge(fetch.from, cx), Judged::Valid) => {
                self.serve(asker, fetch, cx);
            }
            (ParkedRead::Log(asker, _), None) => {
                let refused = self.refuse_fetch(ErrorCode::UnknownServerError, cx);
                self.answer(asker, refused, cx);
            }
            (parked @ ParkedRead::Snapshot { .. }, None) => self.refuse_read(parked, cx),
        }
    }

    pub(super) fn refuse_read(&mut self, read: ParkedRead, cx: &mut Context<'_>) {
        let error = if self.is_leader() { ErrorCode::SnapshotNotFound } else { ErrorCode::NotLeaderOrFollower };
        let current = self.current_leader();
        match read {
            ParkedRead::Log(asker, _) => {
                let refused = self.refuse_fetch(error, cx);
                self.answer(asker, refused, cx);
            }
            ParkedRead::Snapshot { asker, .. } => {
                self.answer(asker, Response::FetchSnapshot { error, current, chunk: None }, cx);
            }
        }
    }

    /// Whether the log has the record before the fetch offset under the epoch that the replica says, as in
    /// `KafkaMetadataLog.validateOffsetAndEpoch`.
    fn judge(&self, from: LogEnd, cx: &Context<'_>) -> Judged {
        let start = cx.log.start();
        let latest = cx.log.latest_snapshot().filter(|it| *it != SnapshotId::BOOTSTRAP);
        if let Some(latest) = latest {
            let earliest = cx.log.earliest_snapshot().unwrap_or(latest);
            let is_behind = from.offset < start || from.epoch < earliest.epoch;
            let is_other_start = from.offset == start && start == earliest.end_offset && from.epoch != earliest.epoch;
            // A replica without any record loads the state, not its history.
            if is_behind || is_other_start || from.offset == Offset::ZERO {
                return Judged::Snapshot(latest);
            }
        }
        if from.offset == Offset::ZERO && from.epoch == LeaderEpoch(0) {
            return Judged::Valid;
        }
        let end = cx.log.end_of_epoch(from.epoch);
        if end.epoch != from.epoch || end.offset < from.offset { Judged::Diverging(end) } else { Judged::Valid }
    }

    pub(super) fn refuse_fetch(&self, error: ErrorCode, cx: &Context<'_>) -> Response {
        self.fetch_response(error, Fetched::Records(Bytes::new()), cx)
    }

    fn fetch_response(&self, error: ErrorCode, fetched: Fetched, cx: &Context<'_>) -> Response {
        let high_watermark = match &self.role {
            Role::Leader(leader) if error == ErrorCode::None => leader.high_watermark,
            _ => None,
        };
        let (current, log_start) = (self.current_leader(), cx.log.start());
        Response::Fetch { error, current, high_watermark, log_start, fetched }
    }

    pub(super) fn on_describe_quorum(&mut self, asker: Asker, cx: &mut Context<'_>) {
        let (local, voters) = (self.identity.key, self.voters.latest());
        let described = match &self.role {
            Role::Leader(leader) => Ok(QuorumDescription {
                leader: local.id,
                epoch: self.epoch,
                high_watermark: leader.high_watermark,
                voters: leader.describe_voters(local, self.log_end(cx).offset, voters, cx.now),
                observers: leader.describe_observers(voters, cx.now.mono),
                endpoints: voters.iter().map(|it| (it.key.id, it.endpoints.clone())).collect(),
            }),
            _ => Err(ErrorCode::NotLeaderOrFollower),
        };
        self.answer(asker, Response::DescribeQuorum(described), cx);
    }

    pub(super) fn poll_follower(&mut self, cx: &mut Context<'_>) {
        let now = cx.now.mono;
        let Role::Follower(it) = &self.role else { return };
        let (leader, is_late) = (it.leader, it.until <= now);
        if is_late && self.may_stand() && self.is_running() {
            return self.become_prospective(0, cx);
        }
        if it.update_voter_at <= now {
            self.update_own_voter(cx);
        }
        let Role::Follower(it) = &self.role else { return };
        let endpoint = it.endpoints.get(&self.identity.listener).cloned();
        let peer = PeerId::Node(leader);
        if !self.may_stand() && (is_late || self.peers.is_backing_off(peer, now)) {
            return self.fetch_from_bootstrap(cx);
        }
        match it.snapshot {
            Some(snapshot) => self.fetch_snapshot(snapshot, peer, endpoint, cx),
            None => self.fetch(peer, endpoint, cx),
        }
    }

    /// One fetch at a time, and none before all that the log has is durable: the fetch offset says so to the leader. An
    /// observer syncs too, because it may become a voter, and its fetch offset counts then. Kafka's brokers do not.
    fn fetch(&mut self, peer: PeerId, endpoint: Option<super::Endpoint>, cx: &mut Context<'_>) {
        if self.peers.is_fetching() || !self.disk.is_synced() {
            return;
        }
        let fetch = Fetch {
            replica: Some(self.identity.key),
            epoch: self.epoch,
            from: self.log_end(cx),
            high_watermark: Some(self.high_watermark),
            max_wait: self.config.fetch_max_wait,
            max_bytes: self.config.fetch_max_bytes,
        };
        self.send(peer, endpoint, Purpose::Fetch, Request::Fetch(fetch), cx);
    }

    /// Whoever knows no leader asks one of the servers of the configuration, which answers who leads, or one of the
    /// voters that the log names: the configuration may be from before they joined. Kafka asks the former only.
    pub(super) fn fetch_from_bootstrap(&mut self, cx: &mut Context<'_>) {
        if self.peers.is_fetching() || !self.disk.is_synced() || !self.is_running() {
            return;
        }
        let now = cx.now.mono;
        let own = self.identity.endpoints.get(&self.identity.listener);
        let servers = self.bootstrap.iter().enumerate().map(|(at, it)| (PeerId::Bootstrap(at as u16), it.clone()));
        let voters = self.voters.latest().iter().filter(|it| it.key.id != self.identity.key.id);
        let voters = voters.filter_map(|it| Some((PeerId::Node(it.key.id), self.endpoint_of(it.key.id)?)));
        let others = servers.chain(voters).filter(|(_, it)| Some(it) != own);
        let ready: Vec<_> = others.filter(|(peer, _)| self.peers.is_ready(*peer, now)).collect();
        if ready.is_empty() {
            return;
        }
        let subject = u64::from(self.epoch.0 as u32);
        let at = cx.draws.below(Site::QuorumBootstrapServer, subject, ready.len() as u64) as usize;
        let (peer, endpoint) = ready[at].clone();
        self.fetch(peer, Some(endpoint), cx);
    }

    /// What a fetch brought. Returns whether it was as it should be.
    pub(super) fn on_fetched(
        &mut self,
        fetched: Fetched,
        high_watermark: Option<Offset>,
        cx: &mut Context<'_>,
    ) -> bool {
        let is_good = match fetched {
            Fetched::Diverging(at) => self.truncate_to(at, cx),
            Fetched::Snapshot(id) => self.begin_snapshot(id, cx),
            Fetched::Records(bytes) => self.append_fetched(&bytes, high_watermark, cx),
        };
        if is_good {
            self.note_leader_alive(cx);
        }
        is_good
    }

    pub(super) fn note_leader_alive(&mut self, cx: &Context<'_>) {
        let until = cx.now.mono + self.config.fetch_timeout;
        if let Role::Follower(it) = &mut self.role {
            it.until = until;
            it.has_fetched = true;
        }
    }

    fn append_fetched(&mut self, bytes: &Bytes, high_watermark: Option<Offset>, cx: &mut Context<'_>) -> bool {
        if !matches!(self.role, Role::Follower(_)) || !are_batches_of(bytes, self.log_end(cx), self.epoch) {
            return false;
        }
        for batch in Batches::new(bytes.clone()).flatten() {
            if !self.append_to_log(batch.bytes(), cx) {
                return false;
            }
        }
        if let Some(high_watermark) = high_watermark {
            self.advance_high_watermark(high_watermark.min(self.log_end(cx).offset), cx);
        }
        true
    }

    /// KIP-595: cuts the log to where it agrees with the leader's, as far as both know; the next fetch goes on from
    /// there. Never below the high watermark (KAFKA-12460).
    fn truncate_to(&mut self, at: LogEnd, cx: &mut Context<'_>) -> bool {
        let end = self.log_end(cx);
        let to = if at.epoch == LeaderEpoch(0) {
            at.offset.min(end.offset)
        } else {
            let own = cx.log.end_of_epoch(at.epoch);
            if own.epoch == at.epoch { own.offset.min(at.offset) } else { own.offset }
        };
        if to < self.high_watermark {
            let high_watermark = self.high_watermark;
            self.halt(HaltReason::DivergedBelowHighWatermark { to, high_watermark }, cx);
            return false;
        }
        if to >= end.offset {
            // The leader says that the logs part and names a place that this log has not reached.
            return false;
        }
        let truncated = cx.log.truncate(to);
        if !self.is_written(truncated, cx) {
            return false;
        }
        let end = self.log_end(cx);
        self.voters.truncate(end.offset);
        self.disk.on_truncated(end.offset);
        cx.out.push(Output::Truncated(end));
        true
    }
}

/// The control messages of whole batches with their offsets; none where any batch cannot be read.
fn control_messages_of(bytes: &Bytes) -> Option<Vec<(Offset, ControlMessage)>> {
    let mut messages = Vec::new();
    for batch in Batches::new(bytes.clone()) {
        let batch = batch.ok()?;
        if batch.header().is_control() {
            for record in control_records(&batch).ok()? {
                let record = record.ok()?;
                messages.push((record.offset, ControlMessage::decode(&record).ok()?));
            }
        }
    }
    Some(messages)
}

/// Whether the bytes are whole, intact batches that follow `end` without a gap, whose epochs never fall and are not
/// above `epoch`, and whose control records can be read.
fn are_batches_of(bytes: &Bytes, end: LogEnd, epoch: LeaderEpoch) -> bool {
    let mut last = end;
    for batch in Batches::new(bytes.clone()) {
        let Ok(batch) = batch else { return false };
        let header = batch.header();
        let Some(of) = header.leader_epoch else { return false };
        if header.base != last.offset || of < last.epoch || of > epoch || !batch.is_intact() {
            return false;
        }
        last = LogEnd { epoch: of, offset: header.next() };
    }
    control_messages_of(bytes).is_some()
}
