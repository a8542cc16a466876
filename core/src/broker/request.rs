//! The interface between the broker and the file of each API: how a request begins, waits, asks and ends.
//!
//! **Invariants**
//! - A request begins once ([`Serve::begin`]) and ends once, with an [`Answer`].
//! - A request that waits for replies has a deadline, so that it ends even if a reply never comes.
//! - This file names no API. A new API needs only a row in the table and a file in `requests`.
//!
//! **In Kafka**: `KafkaApis`, `RequestChannel.Request`, `DelayedOperation`.

use super::context::BrokerContext;
use super::control::ControlQuestion;
use super::output::Output;
use super::producer_ids::ProducerIds;
use super::question::{Question, Reply};
use crate::io::{AskId, ConnId, Env, ListenerId, ShardId};
use crate::metadata::placement;
use crate::replica::PartitionAsk;
use crate::types::{Instant, TopicPartition};
use crate::wire::{Request, Response, frame_response};
use bytes::{Bytes, BytesMut};
use bytestring::ByteString;
use core::fmt::Debug;
use std::net::SocketAddr;

/// An API that a broker serves. The API's request message implements this trait, in the file of the API.
pub(super) trait Serve: Request {
    /// Counts the topics, partitions or keys that the request names. The memory that the request needs grows with this
    /// number and not with the bytes of its frame, so the number has a limit of its own.
    fn breadth(&self) -> usize {
        0
    }

    /// Returns the shard on which the connection should live, as far as this request shows it.
    fn belongs(&self, _version: i16, _broker: &BrokerContext) -> Belongs {
        Belongs::Unknown
    }

    /// Begins the request: answers it at once, or asks partitions or the control shard and waits.
    fn begin(self, client: &Client<'_>, cx: &mut RequestContext<'_, '_>) -> Begun;
}

/// A request that waits for replies.
pub(super) trait Waiting: Debug + Send + CloneWaiting {
    /// The number of the request's questions, which are numbered from 0. The id of question `n` is [`Head::first`] plus
    /// `n`.
    fn questions(&self) -> usize {
        1
    }

    /// Whether the client expects no response (a produce with acks=0), so that the request gets no slot among the
    /// responses of its connection.
    fn is_silent(&self) -> bool {
        false
    }

    /// The record bytes that the request's unfinished reads are expected to return. They count as response bytes of the
    /// connection.
    fn reading(&self) -> u64 {
        0
    }

    /// Handles the reply to question `n`. A reply that the request no longer expects changes nothing.
    fn on_reply(&mut self, n: usize, reply: Reply, cx: &mut RequestContext<'_, '_>) -> Progress;

    /// Handles the end of the request's deadline. Most requests then end, with an error for each reply that is missing.
    fn on_deadline(&mut self, cx: &mut RequestContext<'_, '_>) -> Progress;

    /// Ends a wait that could take long. Called when the node stops, and when the client sends no more requests. Fetch
    /// ends its wait for more records; other requests keep waiting for their replies.
    fn on_stop(&mut self, _cx: &mut RequestContext<'_, '_>) -> Progress {
        Progress::Wait
    }

    /// Lets the request read records. Called after [`Progress::WouldRead`], as soon as the connection may have more
    /// response bytes in memory: `most` bytes of records, or one batch.
    fn on_room(&mut self, _most: u64, _cx: &mut RequestContext<'_, '_>) -> Progress {
        Progress::Wait
    }

    /// Withdraws the request's questions that still wait in partitions, because its connection is gone.
    fn abandon(&self, _cx: &mut RequestContext<'_, '_>) {}
}

/// Clones a boxed waiting request. It is implemented for every `Waiting` that is `Clone`.
pub(super) trait CloneWaiting {
    /// Returns the clone.
    fn clone_box(&self) -> Box<dyn Waiting>;
}

impl<T: Waiting + Clone + 'static> CloneWaiting for T {
    fn clone_box(&self) -> Box<dyn Waiting> {
        Box::new(self.clone())
    }
}

impl Clone for Box<dyn Waiting> {
    fn clone(&self) -> Self {
        (**self).clone_box()
    }
}

/// The shard on which a connection should live, as far as one request shows it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Belongs {
    /// The request names no partition that the metadata image has.
    Unknown,
    /// All partitions of the request live on this shard. A follower's connection always moves there; a client's
    /// connection moves only if the configuration allows it (`hand_over_clients`).
    On { shard: ShardId, is_follower: bool },
    /// The request's partitions are on several shards, so that no shard is better than another.
    Anywhere,
}

impl Belongs {
    /// Returns the shard on which a connection should live if its request names these partitions.
    pub(super) fn with(
        mut partitions: impl Iterator<Item = TopicPartition>,
        is_follower: bool,
        broker: &BrokerContext,
    ) -> Belongs {
        let shards = broker.config.shards;
        // Callers pass only partitions that the image has. If there are none, the shard is unknown.
        let Some(first) = partitions.next() else { return Belongs::Unknown };
        let shard = placement(first, shards);
        if partitions.all(|partition| placement(partition, shards) == shard) {
            Belongs::On { shard, is_follower }
        } else {
            Belongs::Anywhere
        }
    }
}

/// The client that sent a request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Client<'a> {
    /// `client.id` from the request's header.
    pub(super) id: Option<&'a ByteString>,
    /// The client's address.
    pub(super) peer: SocketAddr,
}

/// What the broker keeps of each request until the request is answered: its connection and listener, fields of its
/// header, the id of its first question, and its size.
#[derive(Clone, Copy, Debug)]
pub(super) struct Head {
    pub(super) conn: ConnId,
    pub(super) listener: ListenerId,
    pub(super) version: i16,
    pub(super) correlation: i32,
    /// The id of the request's question 0, by which the broker also finds the request. Question `n` has the id
    /// `first + n`.
    pub(super) first: AskId,
    /// Size of the request's frame in bytes. Records in the request are slices of the frame, so they keep all of it in
    /// memory.
    pub(super) frame: u32,
}

/// A waiting request, with its header, the number of its questions, and its deadline.
#[derive(Clone, Debug)]
pub(super) struct Running {
    pub(super) head: Head,
    /// The number of ids that are reserved for the request's questions, at least 1.
    pub(super) questions: u64,
    pub(super) deadline: Option<Instant>,
    pub(super) waiting: Box<dyn Waiting>,
}

impl Running {
    /// An estimate of the request's memory in bytes: its frame, and a fixed amount for each question.
    pub(super) fn weight(&self) -> u64 {
        const OF_A_QUESTION: u64 = 512;
        u64::from(self.head.frame) + self.questions * OF_A_QUESTION
    }
}

/// What the broker must do with a waiting request after an event.
#[must_use]
#[derive(Debug)]
pub(super) enum Progress {
    /// Keep waiting.
    Wait,
    /// Keep waiting, with this deadline in place of the old one.
    WaitUntil(Instant),
    /// Read records as soon as the connection may have more response bytes in memory ([`Waiting::on_room`]).
    WouldRead,
    /// End with this answer.
    Done(Answer),
}

/// How a request ends.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Answer {
    /// A response.
    Frame(Vec<Bytes>),
    /// No response, because the client asked for none (acks=0).
    Silence,
    /// No response, and the connection is closed. This is how a client that asked for no response learns of an error.
    HangUp,
}

/// How a request begins.
#[derive(Debug)]
pub(super) enum Begun {
    /// The request is answered at once.
    Done(Answer),
    /// The request waits, with a deadline.
    Wait(Box<dyn Waiting>, Instant),
}

impl Begun {
    /// Makes a request wait, at most until `deadline`.
    pub(super) fn waiting(request: impl Waiting + 'static, deadline: Instant) -> Begun {
        Begun::Wait(Box::new(request), deadline)
    }
}

/// What a request can see and do while it runs.
pub(super) struct RequestContext<'a, 'e> {
    pub(super) broker: &'a BrokerContext,
    pub(super) head: Head,
    pub(super) env: &'a mut Env<'e>,
    pub(super) out: &'a mut Vec<Output>,
    pub(super) producer_ids: &'a mut ProducerIds,
    pub(super) scratch: &'a mut BytesMut,
}

impl RequestContext<'_, '_> {
    /// The monotonic time of the current turn.
    pub(super) fn now(&self) -> Instant {
        self.env.now.mono
    }

    /// Sends question `n` of the request to a partition's replica.
    pub(super) fn ask(&mut self, n: usize, partition: TopicPartition, what: PartitionAsk) {
        self.ask_partition(n, partition, Question::Replica(what));
    }

    /// Sends question `n` of the request to a partition's replica or group coordinator.
    pub(super) fn ask_partition(&mut self, n: usize, partition: TopicPartition, what: Question) {
        let ask = AskId(self.head.first.0 + n as u64);
        self.out.push(Output::Ask { partition, ask, what, image: self.broker.image.version });
    }

    /// Sends the request's only question to the control shard. The reply arrives as the reply to question 0.
    pub(super) fn ask_control(&mut self, what: ControlQuestion) {
        self.out.push(Output::AskControl { ask: self.head.first, what });
    }

    /// Encodes a response.
    pub(super) fn answer<R: Response>(&mut self, body: &R) -> Answer {
        /// Size in bytes of the shared buffer into which responses are encoded, so that most responses need no
        /// allocation of their own.
        const BUFFER: usize = 8 << 10;
        if self.scratch.capacity() < BUFFER / 16 {
            self.scratch.reserve(BUFFER);
        }
        Answer::Frame(frame_response(self.head.correlation, body, self.head.version, self.scratch))
    }

    /// Answers the request as soon as it begins, with this response.
    pub(super) fn done<R: Response>(&mut self, body: &R) -> Begun {
        Begun::Done(self.answer(body))
    }
}
