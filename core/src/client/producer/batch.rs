//! One batch on its way from its first record to its answer.

use super::config::Record;
use super::delivery::{Attempt, AttemptEnd, Outcome};
use crate::client::output::Conn;
use crate::record::BatchBuilder;
use crate::types::{ErrorCode, Instant, ProducerEpoch, ProducerId, Timestamp};
use bytes::Bytes;

/// A batch that is not answered yet.
#[derive(Clone, Debug)]
pub(super) struct Batch {
    /// Counts the batches of its partition.
    pub(super) serial: u64,
    /// The ordinal of its first record.
    pub(super) first: u64,
    pub(super) count: u32,
    /// When it is given up.
    pub(super) deadline: Instant,
    pub(super) state: State,
    /// Id, epoch and first sequence, once it has them. They stay the same with every attempt.
    pub(super) producer: Option<(ProducerId, ProducerEpoch, i32)>,
    pub(super) attempts: Vec<Attempt>,
    body: Body,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum State {
    /// Not to be sent before this.
    Waiting(Instant),
    /// Sent, and not answered.
    InFlight {
        conn: Conn,
        /// Whether no older batch of its partition was unanswered then: an answer about its sequence is about itself.
        as_oldest: bool,
    },
}

#[derive(Clone, Debug)]
enum Body {
    /// Takes more records; the batch is never without one.
    Open(Box<BatchBuilder>),
    /// As it was first sent.
    Sealed(Bytes),
}

impl Batch {
    /// A batch of one record, with room for `capacity` bytes.
    pub(super) fn new(serial: u64, first: u64, capacity: usize, ready_at: Instant, deadline: Instant) -> Batch {
        Batch {
            serial,
            first,
            count: 0,
            deadline,
            state: State::Waiting(ready_at),
            producer: None,
            attempts: Vec::new(),
            body: Body::Open(Box::new(BatchBuilder::new(capacity))),
        }
    }

    /// Adds a record; the batch must be open.
    pub(super) fn append(&mut self, record: &Record<'_>, at: Timestamp) {
        let Body::Open(builder) = &mut self.body else { unreachable!("a batch that was sent takes no more") };
        builder.append(at, record.key, record.value, record.headers);
        self.count += 1;
    }

    /// Whether a record of `size` bytes may still join. One record may, however large.
    pub(super) fn has_room(&self, size: usize, batch_size: usize) -> bool {
        match &self.body {
            Body::Open(builder) => builder.is_empty() || builder.len() + size <= batch_size,
            Body::Sealed(_) => false,
        }
    }

    pub(super) fn len(&self) -> usize {
        match &self.body {
            Body::Open(builder) => builder.len(),
            Body::Sealed(bytes) => bytes.len(),
        }
    }

    /// Its bytes, the same for every attempt. The first call seals it.
    pub(super) fn seal(&mut self) -> Bytes {
        if let Body::Open(builder) = &mut self.body {
            let mut builder = core::mem::replace(&mut **builder, BatchBuilder::new(0));
            if let Some((id, epoch, sequence)) = self.producer {
                builder = builder.with_producer(id, epoch, sequence);
            }
            self.body = Body::Sealed(builder.build());
        }
        let Body::Sealed(bytes) = &self.body else { unreachable!("it was sealed above") };
        bytes.clone()
    }

    /// Takes other numbers, or its first. It must surely be in no log under those that it has.
    pub(super) fn number(&mut self, id: ProducerId, epoch: ProducerEpoch, sequence: i32) {
        assert!(!self.may_be_applied(), "what may be in the log is never written again under new numbers");
        self.producer = Some((id, epoch, sequence));
        if let Body::Sealed(bytes) = &self.body {
            self.body = Body::Sealed(crate::record::renumbered(bytes, id, epoch, sequence));
        }
    }

    pub(super) fn is_in_flight(&self) -> bool {
        matches!(self.state, State::InFlight { .. })
    }

    /// Whether any attempt may have brought it into the log.
    pub(super) fn may_be_applied(&self) -> bool {
        self.attempts.iter().any(|attempt| attempt.end.may_be_applied())
    }

    /// Notes how the last attempt ended.
    pub(super) fn end_attempt(&mut self, end: AttemptEnd) {
        let last = self.attempts.last_mut().expect("what is answered was sent");
        last.end = end;
    }

    /// What became of it when it is given up for `error`.
    pub(super) fn given_up(&self, error: ErrorCode) -> Outcome {
        if self.may_be_applied() { Outcome::Indefinite(error) } else { Outcome::Failed(error) }
    }
}
