//! Requests that wait for answers, and what each sees when something happens to it.

use super::ground::Ground;
use super::output::{ControlAnswer, ControlAsk, Output};
use super::producer_ids::ProducerIds;
use super::requests::{
    r00_produce, r01_fetch, r02_list_offsets, r03_metadata, r19_create_topics, r22_init_producer_id,
    r23_offset_for_leader_epoch,
};
use crate::io::{AskId, ConnId, Env, ListenerId};
use crate::replica::{PartitionAnswer, PartitionAsk};
use crate::types::{Instant, TopicPartition};
use crate::wire::{Response, frame_response};
use bytes::{Bytes, BytesMut};

/// What an answer needs of the request's frame, and what the request's questions are called.
#[derive(Clone, Copy, Debug)]
pub(super) struct Head {
    pub(super) conn: ConnId,
    pub(super) listener: ListenerId,
    pub(super) version: i16,
    pub(super) correlation: i32,
    /// The request's own name. Its question about its `n`th slice is called `first + n`.
    pub(super) first: AskId,
    /// Bytes of the request's frame, which its records keep alive.
    pub(super) frame: u32,
}

/// A request that waits.
#[derive(Clone, Debug)]
pub(super) struct Running {
    pub(super) head: Head,
    /// How many names its questions have.
    pub(super) asks: u64,
    pub(super) deadline: Option<Instant>,
    pub(super) work: Work,
}

impl Running {
    /// What it costs in memory, roughly: its frame, and what is kept of each partition.
    pub(super) fn weight(&self) -> u64 {
        const OF_A_SLICE: u64 = 512;
        u64::from(self.head.frame) + self.asks * OF_A_SLICE
    }
}

/// What it waits for, by API.
#[derive(Clone, Debug)]
pub(super) enum Work {
    Produce(r00_produce::Produce),
    Fetch(Box<r01_fetch::Fetch>),
    ListOffsets(r02_list_offsets::ListOffsets),
    EpochEnds(r23_offset_for_leader_epoch::EpochEnds),
    Metadata(Box<r03_metadata::Creating>),
    CreateTopics(Box<r19_create_topics::Creating>),
    ProducerId(r22_init_producer_id::Waiting),
}

/// Where a request has got to.
#[must_use]
#[derive(Debug)]
pub(super) enum Progress {
    /// It waits on.
    Wait,
    /// It waits, at most until then.
    WaitUntil(Instant),
    /// A fetch that would read, as soon as the connection may hold more.
    WouldRead,
    /// It is over.
    Done(Answer),
}

/// What becomes of a request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Answer {
    /// It is answered.
    Frame(Vec<Bytes>),
    /// It wanted no answer.
    Silence,
    /// It wanted no answer, and the client must learn all the same: its connection ends.
    HangUp,
}

/// How a request begins.
#[derive(Debug)]
pub(super) enum Begun {
    /// It is over already.
    Done(Answer),
    /// It waits.
    Run(Work, Option<Instant>),
}

/// What a request sees and can do.
pub(super) struct Scene<'a, 'e> {
    pub(super) ground: &'a Ground,
    pub(super) head: Head,
    pub(super) env: &'a mut Env<'e>,
    pub(super) out: &'a mut Vec<Output>,
    pub(super) ids: &'a mut ProducerIds,
    pub(super) scratch: &'a mut BytesMut,
}

impl Scene<'_, '_> {
    /// Monotonic now.
    pub(super) fn now(&self) -> Instant {
        self.env.now.mono
    }

    /// Asks a partition about slice `slice`.
    pub(super) fn ask(&mut self, slice: usize, partition: TopicPartition, what: PartitionAsk) {
        let ask = AskId(self.head.first.0 + slice as u64);
        self.out.push(Output::Ask { partition, ask, what, image: self.ground.image.version });
    }

    /// Asks the control shard.
    pub(super) fn control(&mut self, what: ControlAsk) {
        self.out.push(Output::Control { ask: self.head.first, what });
    }

    /// The answer as a frame.
    pub(super) fn answer<R: Response>(&mut self, body: &R) -> Answer {
        /// Answers are cut from a buffer of this size, so that most of them cost no allocation of their own.
        const BUFFER: usize = 8 << 10;
        if self.scratch.capacity() < BUFFER / 16 {
            self.scratch.reserve(BUFFER);
        }
        Answer::Frame(frame_response(self.head.correlation, body, self.head.version, self.scratch))
    }
}

impl Work {
    /// How many names its questions have.
    pub(super) fn asks(&self) -> usize {
        match self {
            Work::Produce(it) => it.asks(),
            Work::Fetch(it) => it.asks(),
            Work::ListOffsets(it) => it.asks(),
            Work::EpochEnds(it) => it.asks(),
            Work::Metadata(_) | Work::CreateTopics(_) | Work::ProducerId(_) => 1,
        }
    }

    /// Whether it has no place among the connection's answers.
    pub(super) fn is_silent(&self) -> bool {
        matches!(self, Work::Produce(it) if it.is_silent())
    }

    /// Bytes that its reads under way may bring.
    pub(super) fn reading(&self) -> u64 {
        match self {
            Work::Fetch(it) => it.reading(),
            _ => 0,
        }
    }

    pub(super) fn on_answer(&mut self, slice: usize, answer: PartitionAnswer, scene: &mut Scene<'_, '_>) -> Progress {
        match (self, answer) {
            (Work::Produce(it), PartitionAnswer::Produced(answer)) => it.on_produced(slice, answer, scene),
            (Work::Fetch(it), PartitionAnswer::Readable { bytes, at_once }) => {
                it.on_readable(slice, bytes, at_once, scene)
            }
            (Work::Fetch(it), PartitionAnswer::Read(answer)) => it.on_read(slice, answer, scene),
            (Work::ListOffsets(it), PartitionAnswer::Offset(answer)) => it.on_offset(slice, answer, scene),
            (Work::EpochEnds(it), PartitionAnswer::EpochEnd(answer)) => it.on_epoch_end(slice, answer, scene),
            // An answer of another kind can only be late news for a name that means something else by now.
            _ => Progress::Wait,
        }
    }

    pub(super) fn on_control_answer(&mut self, answer: ControlAnswer, scene: &mut Scene<'_, '_>) -> Progress {
        match (self, answer) {
            (Work::Metadata(it), ControlAnswer::TopicsCreated { outcomes, image }) => {
                it.on_created(&outcomes, image, scene)
            }
            (Work::CreateTopics(it), ControlAnswer::TopicsCreated { outcomes, image }) => {
                it.on_created(outcomes, image, scene)
            }
            _ => Progress::Wait,
        }
    }

    /// A newer image is there.
    pub(super) fn on_image(&mut self, scene: &mut Scene<'_, '_>) -> Progress {
        match self {
            Work::Metadata(it) => it.on_image(scene),
            Work::CreateTopics(it) => it.on_image(scene),
            _ => Progress::Wait,
        }
    }

    /// Its deadline has come.
    pub(super) fn on_deadline(&mut self, scene: &mut Scene<'_, '_>) -> Progress {
        match self {
            Work::Produce(it) => Progress::Done(it.finish(scene)),
            Work::Fetch(it) => it.on_deadline(scene),
            Work::ListOffsets(it) => Progress::Done(it.finish(scene)),
            Work::EpochEnds(it) => Progress::Done(it.finish(scene)),
            Work::Metadata(it) => Progress::Done(it.finish(scene)),
            Work::CreateTopics(it) => Progress::Done(it.finish(scene)),
            Work::ProducerId(it) => Progress::Done(it.on_deadline(scene)),
        }
    }

    /// The node stops: what only waits for more waits no longer.
    pub(super) fn on_stop(&mut self, scene: &mut Scene<'_, '_>) -> Progress {
        match self {
            Work::Fetch(it) => it.on_stop(scene),
            _ => Progress::Wait,
        }
    }

    /// A fetch may read now.
    pub(super) fn on_room(&mut self, scene: &mut Scene<'_, '_>) -> Progress {
        match self {
            Work::Fetch(it) => it.on_room(scene),
            _ => Progress::Wait,
        }
    }

    /// Its connection is gone: nobody waits any more.
    pub(super) fn abandon(&self, scene: &mut Scene<'_, '_>) {
        match self {
            Work::Fetch(it) => it.abandon(scene),
            Work::ProducerId(_) => scene.ids.forget(scene.head.first),
            _ => {}
        }
    }
}
