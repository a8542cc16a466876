//! Requests that wait for the disk: reads and searches.

use super::ask::{FetchFrom, Fetcher, OffsetSpec, PartitionAnswer, ReadAnswer};
use super::loaded::{Failure, Tickets};
use super::{Output, ReadTicket};
use crate::io::Asker;
use crate::log::{ColdRead, ColdSearch, ReadError};
use crate::types::ErrorCode;
use std::collections::BTreeMap;

/// Requests that wait for the disk.
#[derive(Clone, Debug, Default)]
pub(super) struct Reads {
    waiting: BTreeMap<ReadTicket, (Asker, Waiting)>,
}

/// What a request that waits for the disk needs to continue after the disk read.
#[derive(Clone, Debug)]
pub(super) enum Waiting {
    /// A read of records. The answer has the high watermark, the last stable offset and the log start offset already.
    /// All were taken when the read was planned, so that they fit together (KAFKA-9807).
    Records {
        /// The disk read under way.
        read: ColdRead,
        /// The request as it was asked, to plan the read again if the log is truncated meanwhile.
        wanted: ReadRequest,
        /// The answer, still without records.
        answer: ReadAnswer,
    },
    /// A search for an offset.
    Search {
        /// The search whose disk read is under way.
        search: ColdSearch,
        /// What is searched for, to plan the search again if the log is truncated meanwhile.
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
    /// Puts out the disk read that a request needs, and keeps the request until the read has ended.
    pub(super) fn park(&mut self, asker: Asker, waiting: Waiting, tickets: &mut Tickets, out: &mut Vec<Output>) {
        let ticket = ReadTicket(tickets.next());
        let ask = match &waiting {
            Waiting::Records { read, .. } => read.ask,
            Waiting::Search { search, .. } => search.ask,
        };
        out.push(Output::Read { ticket, file: ask.file, at: ask.at, len: ask.len });
        self.waiting.insert(ticket, (asker, waiting));
    }

    /// Removes and returns the request that waits for this disk read.
    pub(super) fn release(&mut self, ticket: ReadTicket) -> Option<(Asker, Waiting)> {
        self.waiting.remove(&ticket)
    }

    /// Refuses all waiting requests with `error`. The results of their disk reads are dropped later.
    pub(super) fn end(&mut self, error: ErrorCode, out: &mut Vec<Output>) {
        for (asker, waiting) in core::mem::take(&mut self.waiting).into_values() {
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

/// Decides what a failed read means for the replica. A read that a truncation made stale never comes here, because it
/// is planned again. Unless the disk failed or the bytes are bad, the replica continues, and the client asks again.
pub(super) fn failure(error: ReadError) -> Result<(), Failure> {
    match error {
        ReadError::Stale => unreachable!("planned again"),
        ReadError::Corrupt(_) => Err(Failure::Corrupt),
        ReadError::Disk(why) if why.is_of_device() => Err(Failure::Disk(why)),
        ReadError::Disk(_) => Ok(()),
    }
}
