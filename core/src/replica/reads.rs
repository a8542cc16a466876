//! Reads and searches that wait for the disk.

use super::ask::{FetchFrom, Fetcher, OffsetSpec, PartitionAnswer, ReadAnswer};
use super::loaded::{Failure, Tickets};
use super::{Output, ReadTicket};
use crate::io::Asker;
use crate::log::{ColdRead, ColdSearch, ReadError};
use crate::types::ErrorCode;

/// Questions that wait for the disk.
#[derive(Clone, Debug, Default)]
pub(super) struct Reads {
    waiting: Vec<(ReadTicket, Asker, Waiting)>,
}

/// One of them.
#[derive(Clone, Debug)]
pub(super) enum Waiting {
    /// For records. The answer has everything else already: its offsets are taken once (KAFKA-9807).
    Records {
        /// Under way.
        read: ColdRead,
        /// To plan it again.
        wanted: ReadRequest,
        /// What is known of the answer.
        answer: ReadAnswer,
    },
    /// For an offset.
    Search {
        /// Under way.
        search: ColdSearch,
        /// To plan it again.
        spec: OffsetSpec,
        /// Who asks.
        fetcher: Fetcher,
    },
}

/// A read as it was asked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct ReadRequest {
    pub(super) from: FetchFrom,
    pub(super) most: u32,
    pub(super) at_least_one: bool,
}

impl Reads {
    /// Asks the disk.
    pub(super) fn park(&mut self, asker: Asker, waiting: Waiting, tickets: &mut Tickets, out: &mut Vec<Output>) {
        let ticket = ReadTicket(tickets.next());
        let ask = match &waiting {
            Waiting::Records { read, .. } => read.ask,
            Waiting::Search { search, .. } => search.ask,
        };
        out.push(Output::Read { ticket, file: ask.file, at: ask.at, len: ask.len });
        self.waiting.push((ticket, asker, waiting));
    }

    /// The disk answered.
    pub(super) fn release(&mut self, ticket: ReadTicket) -> Option<(Asker, Waiting)> {
        let at = self.waiting.iter().position(|(waits, ..)| *waits == ticket)?;
        let (_, asker, waiting) = self.waiting.remove(at);
        Some((asker, waiting))
    }

    /// None of them is answered with what the disk has: whatever it brings later is dropped.
    pub(super) fn end(&mut self, error: ErrorCode, out: &mut Vec<Output>) {
        for (_, asker, waiting) in self.waiting.drain(..) {
            out.push(refusal(asker, &waiting, error));
        }
    }
}

fn refusal(to: Asker, waiting: &Waiting, error: ErrorCode) -> Output {
    let answer = match waiting {
        Waiting::Records { .. } => PartitionAnswer::Read(ReadAnswer::error(error)),
        Waiting::Search { .. } => PartitionAnswer::Offset(Err(error)),
    };
    Output::Answer { to, answer }
}

/// What a failed read means for the replica. One that a truncation overtook is no failure: it is planned again.
pub(super) fn failure(error: ReadError) -> Failure {
    match error {
        ReadError::Stale => unreachable!("planned again"),
        ReadError::Corrupt(_) => Failure::Corrupt,
        ReadError::Disk(why) => Failure::Disk(why),
    }
}
