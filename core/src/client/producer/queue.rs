//! One partition's batches, oldest first, and the order in which they may be sent.

use super::batch::{Batch, State};
use super::config::Record;
use super::delivery::Outcome;
use crate::record::next_sequence;
use crate::types::{Instant, LeaderEpoch, NodeId, ProducerEpoch, ProducerId, Timestamp};
use bytestring::ByteString;
use std::collections::VecDeque;

/// A broker recognises a producer's last five batches (KIP-98): more than these are never under way at once.
const WINDOW: usize = 5;

/// One partition's batches that are not answered yet.
#[derive(Clone, Debug)]
pub(super) struct Queue {
    pub(super) topic: ByteString,
    pub(super) partition: i32,
    pub(super) batches: VecDeque<Batch>,
    /// Who leads, as the metadata of this generation says.
    pub(super) leader: (u64, Option<(NodeId, Option<LeaderEpoch>)>),
    next_ordinal: u64,
    next_serial: u64,
    sequences: Sequences,
    /// Under which epoch a batch was acknowledged last: its leader knows the producer.
    acknowledged: Option<(ProducerId, ProducerEpoch)>,
    /// How large the last batch became: the next will be like it.
    capacity: usize,
}

/// The numbers that an idempotent producer gives to a partition's records.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Sequences {
    /// It has none for this partition yet.
    None,
    /// All batches so far are in the log, or under way, or surely not.
    Unbroken { id: ProducerId, epoch: ProducerEpoch, next: i32 },
    /// The batch of this serial was given up, and nobody knows whether the broker waits for its sequence. Batches behind
    /// it that were sent are sent again, as their answers tell; new ones wait for that and then begin a new epoch.
    Broken { id: ProducerId, epoch: ProducerEpoch, next: i32, serial: u64 },
}

/// How far a retry may be overtaken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Order {
    /// One batch at a time (KAFKA-3197).
    Strict,
    /// Several; the broker puts them in order by their sequences (KIP-98).
    BySequence,
    /// Several, and a retry may be overtaken.
    Loose,
}

/// Which batch is to be sent next.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Next {
    /// The one at this place.
    Send(usize),
    /// None before this.
    NotBefore(Instant),
    /// None before an answer.
    AfterAnAnswer,
    /// There is none.
    Nothing,
}

/// What [`Queue::number`] did.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Numbered {
    /// The batch has its numbers.
    Goes,
    /// They are the first of a new epoch.
    GoesUnderNewEpoch(ProducerId, ProducerEpoch),
    /// There is no epoch left: a new id is needed.
    NeedsId,
}

impl Sequences {
    fn epoch(self) -> Option<(ProducerId, ProducerEpoch)> {
        match self {
            Sequences::None => None,
            Sequences::Unbroken { id, epoch, .. } | Sequences::Broken { id, epoch, .. } => Some((id, epoch)),
        }
    }
}

impl Queue {
    pub(super) fn new(topic: ByteString, partition: i32) -> Queue {
        Queue {
            topic,
            partition,
            batches: VecDeque::new(),
            leader: (u64::MAX, None),
            next_ordinal: 0,
            next_serial: 0,
            sequences: Sequences::None,
            acknowledged: None,
            capacity: 512,
        }
    }

    /// The number of the record that comes next.
    pub(super) fn peek_ordinal(&self) -> u64 {
        self.next_ordinal
    }

    /// The number of the record that comes next, which is taken.
    pub(super) fn next_ordinal(&mut self) -> u64 {
        self.next_ordinal += 1;
        self.next_ordinal - 1
    }

    /// Adds a record to the newest batch, or begins another. Returns whether there may now be something to send that there
    /// was not before.
    pub(super) fn append(
        &mut self,
        record: &Record<'_>,
        at: Timestamp,
        batch_size: usize,
        ready_at: Instant,
        deadline: Instant,
    ) -> bool {
        let size = record_size(record);
        let ordinal = self.next_ordinal();
        if let Some(last) = self.batches.back_mut()
            && last.has_room(size, batch_size)
        {
            last.append(record, at);
            return last.len() >= batch_size;
        }
        let capacity = self.capacity.max(size + 128);
        let mut batch = Batch::new(self.next_serial, ordinal, capacity, ready_at, deadline);
        self.next_serial += 1;
        batch.append(record, at);
        self.batches.push_back(batch);
        true
    }

    /// Lets the newest batch go without waiting for more records.
    pub(super) fn flush(&mut self) {
        if let Some(last) = self.batches.back_mut()
            && last.attempts.is_empty()
        {
            last.state = State::Waiting(Instant(0));
        }
    }

    /// Which batch may be sent.
    pub(super) fn next_to_send(&self, now: Instant, order: Order, batch_size: usize) -> Next {
        let Some(place) = self.batches.iter().position(|batch| !batch.is_in_flight()) else { return Next::Nothing };
        let batch = &self.batches[place];
        let may_go = match order {
            Order::Strict => place == 0,
            Order::Loose => true,
            // A retry goes as the oldest only: its answer then says what became of it. Behind a batch that was given
            // up, a new one waits until all that were sent are answered.
            Order::BySequence if batch.producer.is_some() || self.is_broken() => place == 0,
            // A leader takes any first sequence of a producer that it does not know: a second batch would be taken where
            // the first was refused.
            Order::BySequence if !self.is_known() => place == 0,
            Order::BySequence => place < WINDOW,
        };
        if !may_go {
            return Next::AfterAnAnswer;
        }
        let State::Waiting(not_before) = batch.state else { unreachable!("looked for above") };
        // A batch that lingers goes at once when it is full or another is behind it; one that backs off does not.
        let lingers = batch.attempts.is_empty();
        let is_full = place + 1 < self.batches.len() || batch.len() >= batch_size;
        if not_before > now && !(lingers && is_full) {
            return Next::NotBefore(not_before);
        }
        Next::Send(place)
    }

    /// Gives the batch at `place` its sequence, where it has none. `id` and `epoch` are the producer's.
    pub(super) fn number(&mut self, place: usize, id: ProducerId, epoch: ProducerEpoch) -> Numbered {
        let batch = &mut self.batches[place];
        if batch.producer.is_some() {
            return Numbered::Goes;
        }
        let (numbered, (id, epoch, sequence)) = match self.sequences {
            Sequences::None => (Numbered::Goes, (id, epoch, 0)),
            Sequences::Unbroken { id, epoch, next } => (Numbered::Goes, (id, epoch, next)),
            Sequences::Broken { epoch: ProducerEpoch(i16::MAX), .. } => {
                self.sequences = Sequences::None;
                return Numbered::NeedsId;
            }
            // KIP-360: the broker takes a higher epoch from sequence 0, and from then on nothing of the one before.
            Sequences::Broken { id, epoch, .. } => {
                let epoch = ProducerEpoch(epoch.0 + 1);
                (Numbered::GoesUnderNewEpoch(id, epoch), (id, epoch, 0))
            }
        };
        batch.number(id, epoch, sequence);
        self.sequences = Sequences::Unbroken { id, epoch, next: next_sequence(sequence, batch.count as i32) };
        numbered
    }

    fn is_known(&self) -> bool {
        self.acknowledged.is_some() && self.acknowledged == self.sequences.epoch()
    }

    fn is_broken(&self) -> bool {
        matches!(self.sequences, Sequences::Broken { .. })
    }

    /// Whether a batch older than `serial` was given up and may be missing.
    pub(super) fn is_broken_before(&self, serial: u64) -> bool {
        matches!(self.sequences, Sequences::Broken { serial: broken, .. } if broken < serial)
    }

    pub(super) fn place_of(&self, serial: u64) -> Option<usize> {
        self.batches.iter().position(|batch| batch.serial == serial)
    }

    /// Takes a batch out whose outcome is known, and notes what that means for those behind it.
    pub(super) fn resolve(&mut self, place: usize, outcome: Outcome) -> Batch {
        let batch = self.batches.remove(place).expect("its place was looked up");
        self.capacity = batch.len().max(128);
        let Some((id, epoch, sequence)) = batch.producer else { return batch };
        if let Outcome::Ok { .. } = outcome {
            self.acknowledged = Some((id, epoch));
        }
        self.sequences = match (outcome, self.sequences) {
            (_, Sequences::None) => Sequences::None,
            // Of an epoch that is over: what comes now does not follow it.
            (_, sequences) if sequences.epoch() != Some((id, epoch)) => sequences,
            // What is behind a given-up batch is in the log: then that is, too.
            (Outcome::Ok { .. }, Sequences::Broken { id, epoch, next, serial }) if serial < batch.serial => {
                Sequences::Unbroken { id, epoch, next }
            }
            (Outcome::Ok { .. }, sequences) => sequences,
            // Surely not in the log, and the last that had a number: the number is free again.
            (Outcome::Failed(_), Sequences::Unbroken { id, epoch, next })
                if next == next_sequence(sequence, batch.count as i32) =>
            {
                Sequences::Unbroken { id, epoch, next: sequence }
            }
            (_, Sequences::Unbroken { id, epoch, next }) => Sequences::Broken { id, epoch, next, serial: batch.serial },
            (_, Sequences::Broken { id, epoch, next, serial }) => {
                Sequences::Broken { id, epoch, next, serial: serial.max(batch.serial) }
            }
        };
        batch
    }

    /// The batch at `place` is surely in no log, and its number is worth nothing behind one that was given up: it waits
    /// for a new one.
    pub(super) fn unnumber(&mut self, place: usize) {
        let batch = &mut self.batches[place];
        assert!(!batch.may_be_applied(), "what may be in the log keeps its numbers");
        batch.producer = None;
        batch.state = State::Waiting(Instant(0));
    }
}

/// What a record takes in a batch, at most.
pub(super) fn record_size(record: &Record<'_>) -> usize {
    let headers = record.headers.iter().map(|header| 10 + header.key.len() + header.value.map_or(0, <[u8]>::len));
    let fields = record.key.map_or(0, <[u8]>::len) + record.value.map_or(0, <[u8]>::len);
    fields + headers.sum::<usize>() + 36
}
