//! The interface between the sessions and the files of the APIs: how a request begins, waits, asks and ends.
//!
//! **Invariants**
//! - A request begins once ([`Serve::begin`]) and ends once, with an [`Answer`].
//! - A request that waits for replies has a deadline, so that it ends even if a reply never comes.
//! - This file names no API. A new API needs only a row in a table and a file of its own.
//!
//! **In Kafka**: `ApiRequestHandler`, `RequestChannel.Request`, `DelayedOperation`.

use super::api_versions::Identity;
use super::output::Output;
use super::table::Row;
use crate::io::{AskId, ConnId, Env, ListenerId, ShardId};
use crate::types::Instant;
use crate::wire::{Request, Response, frame_response};
use bytes::{Bytes, BytesMut};
use bytestring::ByteString;
use core::fmt::Debug;
use std::net::SocketAddr;

/// The APIs that a listener serves, and what their requests can read, change and ask. Brokers and controllers have
/// different ones.
pub(crate) trait Apis: Sized + 'static {
    /// What every request can read and none can change.
    type View;
    /// What requests can change.
    type State;
    /// What the sessions and their requests want done. Outputs of both kinds are in one list, because their order
    /// matters.
    type Output: From<Output>;
    /// A reply to a question.
    type Reply;

    /// Every API that is served, sorted by key.
    const TABLE: &'static [Row<Self>];

    /// The cluster and the node that a client has reached.
    fn identity(view: &Self::View) -> Identity<'_>;

    /// Asks for what the shard needs beyond its requests. Called after a request has begun. `question` gives the
    /// question an id.
    fn on_begun(_state: &mut Self::State, _question: impl FnMut() -> AskId, _out: &mut Vec<Self::Output>) {}
}

/// An API that is served. The API's request message implements this trait, in the file of the API.
pub(crate) trait Serve<A: Apis>: Request {
    /// Counts the topics, partitions or keys that the request names. The memory that the request needs grows with this
    /// number and not with the bytes of its frame, so the number has a limit of its own.
    fn breadth(&self) -> usize {
        0
    }

    /// Returns the shard on which the connection should live, as far as this request shows it.
    fn belongs(&self, _version: i16, _view: &A::View) -> Belongs {
        Belongs::Unknown
    }

    /// Begins the request: answers it at once, or asks questions and waits.
    fn begin(self, client: &Client<'_>, cx: &mut RequestContext<'_, '_, A>) -> Begun<A>;
}

/// A request that waits for replies.
pub(crate) trait Waiting<A: Apis>: Debug + Send + CloneWaiting<A> {
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
    fn on_reply(&mut self, n: usize, reply: A::Reply, cx: &mut RequestContext<'_, '_, A>) -> Progress;

    /// Handles the end of the request's deadline. Most requests then end, with an error for each reply that is missing.
    fn on_deadline(&mut self, cx: &mut RequestContext<'_, '_, A>) -> Progress;

    /// Ends a wait that could take long. Called when the node stops, and when the client sends no more requests. Fetch
    /// ends its wait for more records; other requests keep waiting for their replies.
    fn on_stop(&mut self, _cx: &mut RequestContext<'_, '_, A>) -> Progress {
        Progress::Wait
    }

    /// Lets the request read records. Called after [`Progress::WouldRead`], as soon as the connection may have more
    /// response bytes in memory: `most` bytes of records, or one batch.
    fn on_room(&mut self, _most: u64, _cx: &mut RequestContext<'_, '_, A>) -> Progress {
        Progress::Wait
    }

    /// Withdraws the request's questions that still wait for their answers, because its connection is gone.
    fn abandon(&self, _cx: &mut RequestContext<'_, '_, A>) {}
}

/// Clones a boxed waiting request. It is implemented for every `Waiting` that is `Clone`.
pub(crate) trait CloneWaiting<A: Apis> {
    /// Returns the clone.
    fn clone_box(&self) -> Box<dyn Waiting<A>>;
}

impl<A: Apis, T: Waiting<A> + Clone + 'static> CloneWaiting<A> for T {
    fn clone_box(&self) -> Box<dyn Waiting<A>> {
        Box::new(self.clone())
    }
}

impl<A: Apis> Clone for Box<dyn Waiting<A>> {
    fn clone(&self) -> Self {
        (**self).clone_box()
    }
}

/// The shard on which a connection should live, as far as one request shows it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Belongs {
    /// The request names nothing that lives on a shard.
    Unknown,
    /// All that the request names lives on this shard. A follower's connection always moves there; a client's
    /// connection moves only if the configuration allows it (`hand_over_clients`).
    On { shard: ShardId, is_follower: bool },
    /// What the request names lives on several shards, so that no shard is better than another.
    Anywhere,
}

/// The client that sent a request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Client<'a> {
    /// `client.id` from the request's header.
    pub(crate) id: Option<&'a ByteString>,
    /// The client's address.
    pub(crate) peer: SocketAddr,
}

/// What is kept of each request until the request is answered: its connection and listener, fields of its header, the
/// id of its first question, and its size.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Head {
    pub(crate) conn: ConnId,
    pub(crate) listener: ListenerId,
    pub(crate) version: i16,
    pub(crate) correlation: i32,
    /// The id of the request's question 0, by which the sessions also find the request. Question `n` has the id
    /// `first + n`.
    pub(crate) first: AskId,
    /// Size of the request's frame in bytes. Records in the request are slices of the frame, so they keep all of it in
    /// memory.
    pub(crate) frame: u32,
}

/// A waiting request, with its header, the number of its questions, and its deadline.
#[derive(Debug)]
pub(super) struct Running<A: Apis> {
    pub(super) head: Head,
    /// The number of ids that are reserved for the request's questions, at least 1.
    pub(super) questions: u64,
    pub(super) deadline: Option<Instant>,
    pub(super) waiting: Box<dyn Waiting<A>>,
}

impl<A: Apis> Clone for Running<A> {
    fn clone(&self) -> Self {
        let Running { head, questions, deadline, ref waiting } = *self;
        Running { head, questions, deadline, waiting: waiting.clone() }
    }
}

impl<A: Apis> Running<A> {
    /// An estimate of the request's memory in bytes: its frame, and a fixed amount for each question.
    pub(super) fn weight(&self) -> u64 {
        const OF_A_QUESTION: u64 = 512;
        u64::from(self.head.frame) + self.questions * OF_A_QUESTION
    }
}

/// What the sessions must do with a waiting request after an event.
#[must_use]
#[derive(Debug)]
pub(crate) enum Progress {
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
pub(crate) enum Answer {
    /// A response.
    Frame(Vec<Bytes>),
    /// No response, because the client asked for none (acks=0).
    Silence,
    /// No response, and the connection is closed. This is how a client that asked for no response learns of an error.
    HangUp,
}

/// How a request begins.
#[derive(Debug)]
pub(crate) enum Begun<A: Apis> {
    /// The request is answered at once.
    Done(Answer),
    /// The request waits, with a deadline.
    Wait(Box<dyn Waiting<A>>, Instant),
}

impl<A: Apis> Begun<A> {
    /// Makes a request wait, at most until `deadline`.
    pub(crate) fn waiting(request: impl Waiting<A> + 'static, deadline: Instant) -> Begun<A> {
        Begun::Wait(Box::new(request), deadline)
    }
}

/// What a request can see and do while it runs.
pub(crate) struct RequestContext<'a, 'e, A: Apis> {
    pub(crate) view: &'a A::View,
    pub(crate) state: &'a mut A::State,
    pub(crate) head: Head,
    pub(crate) env: &'a mut Env<'e>,
    pub(crate) out: &'a mut Vec<A::Output>,
    pub(super) scratch: &'a mut BytesMut,
}

impl<A: Apis> RequestContext<'_, '_, A> {
    /// The monotonic time of the current turn.
    pub(crate) fn now(&self) -> Instant {
        self.env.now.mono
    }

    /// Encodes a response.
    pub(crate) fn answer<R: Response>(&mut self, body: &R) -> Answer {
        /// Size in bytes of the shared buffer into which responses are encoded, so that most responses need no
        /// allocation of their own.
        const BUFFER: usize = 8 << 10;
        if self.scratch.capacity() < BUFFER / 16 {
            self.scratch.reserve(BUFFER);
        }
        Answer::Frame(frame_response(self.head.correlation, body, self.head.version, self.scratch))
    }

    /// Answers the request as soon as it begins, with this response.
    pub(crate) fn done<R: Response>(&mut self, body: &R) -> Begun<A> {
        Begun::Done(self.answer(body))
    }
}
