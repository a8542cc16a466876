//! Snapshots: whoever is behind the leader's log start fetches one first.
//!
//! **In Kafka**: `KafkaRaftClient` (`handleFetchSnapshotRequest`, `handleFetchSnapshotResponse`); KIP-630.

use super::leader::ParkedRead;
use super::log::LogRead;
use super::message::{FetchSnapshot, Request, Response, SnapshotChunk};
use super::output::{Context, Output, PeerId, ReadWhat};
use super::peers::Purpose;
use super::replica::Quorum;
use super::role::{Role, SnapshotFetch};
use super::{ControlState, Endpoint, SnapshotId};
use crate::io::Asker;
use crate::types::ErrorCode;
use bytes::Bytes;

impl Quorum {
    pub(super) fn on_fetch_snapshot(&mut self, asker: Asker, fetch: FetchSnapshot, cx: &mut Context<'_>) {
        let size = cx.log.snapshot_len(fetch.id).filter(|_| fetch.id != SnapshotId::BOOTSTRAP);
        let refused = self.refuse_as_leader(fetch.epoch).or(match size {
            None => Some(ErrorCode::SnapshotNotFound),
            Some(size) if fetch.position >= size => Some(ErrorCode::PositionOutOfRange),
            Some(_) => None,
        });
        let (None, Some(size)) = (refused, size) else {
            let error = refused.unwrap_or(ErrorCode::SnapshotNotFound);
            let current = self.current_leader();
            return self.answer(asker, Response::FetchSnapshot { error, current, chunk: None }, cx);
        };
        // Whoever fetches a snapshot follows, although it has no offset to show.
        let voters = self.voters.latest();
        let voter = fetch.replica.filter(|it| it.id != self.identity.key.id).and_then(|it| voters.get(it));
        let voter = voter.map(|it| it.key);
        if let (Role::Leader(leader), Some(voter)) = (&mut self.role, voter) {
            leader.note_fetched(voter, self.identity.key, self.voters.latest(), cx.now.mono, &self.config);
        }
        match cx.log.read_snapshot(fetch.id, fetch.position, fetch.max_bytes) {
            LogRead::Now(bytes) => self.answer_snapshot(asker, &fetch, size, bytes, cx),
            LogRead::Later => {
                let (what, max_bytes) = (ReadWhat::Snapshot(fetch.id, fetch.position), fetch.max_bytes);
                self.park_read(ParkedRead::Snapshot { asker, fetch, size }, what, max_bytes, cx);
            }
        }
    }

    pub(super) fn answer_snapshot(
        &mut self,
        asker: Asker,
        fetch: &FetchSnapshot,
        size: u64,
        bytes: Bytes,
        cx: &mut Context<'_>,
    ) {
        let chunk = Some(SnapshotChunk { id: fetch.id, size, position: fetch.position, bytes });
        let current = self.current_leader();
        self.answer(asker, Response::FetchSnapshot { error: ErrorCode::None, current, chunk }, cx);
    }

    /// The leader's log begins behind this one's end.
    pub(super) fn begin_snapshot(&mut self, id: SnapshotId, cx: &mut Context<'_>) -> bool {
        // A snapshot from before the high watermark would take committed records away.
        if id.end_offset < self.high_watermark || id.epoch > self.epoch || !matches!(self.role, Role::Follower(_)) {
            return false;
        }
        let begun = cx.log.begin_snapshot(id);
        if !self.is_written(begun, cx) {
            return false;
        }
        if let Role::Follower(it) = &mut self.role {
            it.snapshot = Some(SnapshotFetch { id, position: 0, is_whole: false });
        }
        true
    }

    pub(super) fn fetch_snapshot(
        &mut self,
        snapshot: SnapshotFetch,
        peer: PeerId,
        endpoint: Option<Endpoint>,
        cx: &mut Context<'_>,
    ) {
        if snapshot.is_whole || self.peers.is_fetching() {
            return;
        }
        let fetch = FetchSnapshot {
            replica: Some(self.identity.key),
            epoch: self.epoch,
            id: snapshot.id,
            position: snapshot.position,
            max_bytes: self.config.fetch_max_bytes,
        };
        self.send(peer, endpoint, Purpose::FetchSnapshot, Request::FetchSnapshot(fetch), cx);
    }

    pub(super) fn on_snapshot_chunk(
        &mut self,
        error: ErrorCode,
        chunk: Option<SnapshotChunk>,
        cx: &mut Context<'_>,
    ) -> bool {
        let Role::Follower(it) = &mut self.role else { return false };
        let Some(fetching) = it.snapshot.filter(|it| !it.is_whole) else { return false };
        let chunk = match (error, chunk) {
            (ErrorCode::None, Some(chunk)) if chunk.id == fetching.id => chunk,
            // The leader has another snapshot by now: the next fetch of the log names it.
            (ErrorCode::SnapshotNotFound | ErrorCode::PositionOutOfRange, _) => {
                it.snapshot = None;
                self.note_leader_alive(cx);
                return true;
            }
            _ => return false,
        };
        let end = chunk.position.saturating_add(chunk.bytes.len() as u64);
        if chunk.position != fetching.position || chunk.bytes.is_empty() || end > chunk.size {
            it.snapshot = None;
            return false;
        }
        let is_whole = end == chunk.size;
        it.snapshot = Some(SnapshotFetch { position: end, is_whole, ..fetching });
        let appended = cx.log.append_snapshot(&chunk.bytes);
        if !self.is_written(appended, cx) {
            return false;
        }
        self.note_leader_alive(cx);
        if is_whole {
            cx.out.push(Output::SyncSnapshot(fetching.id));
        }
        true
    }

    /// The fetched snapshot is durable, and says this of the voters; none where it cannot be read. It is then fetched
    /// again.
    pub fn on_snapshot_synced(&mut self, id: SnapshotId, state: Option<ControlState>, cx: &mut Context<'_>) {
        if self.is_halted() {
            return;
        }
        self.install_snapshot(id, state, cx);
        self.on_wake(cx);
    }

    fn install_snapshot(&mut self, id: SnapshotId, state: Option<ControlState>, cx: &mut Context<'_>) {
        let Role::Follower(it) = &mut self.role else { return };
        // Whoever follows somebody else by now has dropped the snapshot.
        if it.snapshot.take_if(|it| it.id == id && it.is_whole).is_none() {
            return;
        }
        let Some(state) = state.filter(|_| id.end_offset >= self.high_watermark) else { return };
        let installed = cx.log.install_snapshot(id);
        if !self.is_written(installed, cx) {
            return;
        }
        self.voters.load_snapshot(id, &state);
        self.disk.on_replaced(id.end_offset);
        cx.out.push(Output::SnapshotInstalled(id));
        if id.end_offset > self.high_watermark {
            self.high_watermark = id.end_offset;
            cx.out.push(Output::HighWatermarkAdvanced(id.end_offset));
        }
    }
}
