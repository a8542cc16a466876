//! Commits that arrive a second time, late and from elsewhere, and now and then in somebody else's name.

use crate::choices::OwnStream;
use bytes::{Bytes, BytesMut};
use gracchus_core::types::Instant;
use gracchus_core::wire::{ApiKey, OffsetCommitRequest, decode_body, frame_request, open_request};
use std::collections::BTreeMap;

/// A copy is sent so many milliseconds later at most.
const LATE_MS: u64 = 9_000;

/// Requests that are to be sent again.
#[derive(Clone, Debug, Default)]
pub struct Replays {
    due: BTreeMap<(Instant, u64), Bytes>,
    count: u64,
}

impl Replays {
    /// A commit left in this frame: a copy of it is to follow.
    pub fn plan(&mut self, frame: &Bytes, now: Instant, draws: &mut OwnStream) {
        let at = now.plus_ms(draws.between(50, LATE_MS) as i64);
        let frame = match draws.below(3) {
            0 => in_another_name(frame, draws).unwrap_or_else(|| frame.clone()),
            _ => frame.clone(),
        };
        self.count += 1;
        self.due.insert((at, self.count), frame);
    }

    /// When the next one is due.
    #[must_use]
    pub fn next(&self) -> Option<Instant> {
        self.due.first_key_value().map(|((at, _), _)| *at)
    }

    /// One that is due.
    pub fn take_due(&mut self, now: Instant) -> Option<Bytes> {
        self.due.first_entry().filter(|it| it.key().0 <= now).map(|it| it.remove())
    }

    /// Sends no more.
    pub fn clear(&mut self) {
        self.due.clear();
    }
}

/// The same commit from a member that does not exist, or in the generation before.
fn in_another_name(frame: &Bytes, draws: &mut OwnStream) -> Option<Bytes> {
    let (key, header, mut body) = open_request(frame.slice(4..)).ok()?;
    if key != ApiKey::OffsetCommit {
        return None;
    }
    let version = header.request_api_version;
    let mut request: OffsetCommitRequest = decode_body(&mut body, version).ok()?;
    if request.generation_id_or_member_epoch > 1 && draws.below(3) == 0 {
        request.generation_id_or_member_epoch -= 1;
    } else {
        request.member_id = format!("{}-who", request.member_id).into();
    }
    let parts =
        frame_request(header.client_id.as_ref(), header.correlation_id, &request, version, &mut BytesMut::new());
    Some(super::tap::joined(&parts))
}
