//! Clients and everything else that lives outside the nodes.
//!
//! **Invariants**: an actor does everything in [`Actor::handle`]; a fork behaves as its original.

use crate::choices::OwnStream;
use crate::note::Note;
use bytes::Bytes;
use core::any::Any;
use core::fmt::Debug;
use gracchus_core::types::{Instant, Now};
use std::sync::Arc;

/// One actor, by the order in which it was added; each has a host of its own.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, serde::Serialize, serde::Deserialize)]
pub struct ActorId(pub u32);

/// An actor's own name for one of its connections; it must not use one twice.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct ActorConn(pub u64);

/// A client, a rude client, a script.
pub trait Actor: AnyActor + Debug + Send {
    /// The one entry point.
    fn handle(&mut self, now: Now, event: ActorEvent, cx: &mut ActorCx<'_>);
}

/// What the world does with an actor whose type it does not know. Every actor that can be cloned has it.
pub trait AnyActor {
    /// A copy that behaves as the original.
    fn fork(&self) -> Box<dyn Actor>;
    /// For looking at its history when the run is over.
    fn as_any(&self) -> &dyn Any;
    /// For telling it, between two steps of the world, to stop or to drain.
    fn as_any_mut(&mut self) -> &mut dyn Any;
}

impl<A: Actor + Clone + 'static> AnyActor for A {
    fn fork(&self) -> Box<dyn Actor> {
        Box::new(self.clone())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn as_any_mut(&mut self) -> &mut dyn Any {
        self
    }
}

/// What an actor is told.
#[derive(Clone, Debug)]
pub enum ActorEvent {
    /// Once, first.
    Start,
    /// A dialed connection stands.
    Dialed {
        /// Which.
        conn: ActorConn,
    },
    /// It does not; the id is spent.
    DialFailed {
        /// Which.
        conn: ActorConn,
        /// In words.
        why: &'static str,
    },
    /// A whole frame arrived, its length prefix taken off.
    Received {
        /// On which connection.
        conn: ActorConn,
        /// Its bytes.
        frame: Bytes,
    },
    /// A connection is over, whoever ended it; the id is spent.
    Closed {
        /// Which.
        conn: ActorConn,
    },
    /// The time asked for has come; may be spurious.
    Wake,
}

/// What an actor wants done.
#[derive(Clone, Debug)]
pub enum ActorOutput {
    /// Connect.
    Dial {
        /// The actor's name for the connection.
        conn: ActorConn,
        /// Host name.
        host: Arc<str>,
        /// TCP port.
        port: u16,
    },
    /// Send one whole frame, length prefix included in its parts.
    Send {
        /// On which connection; a spent id is ignored.
        conn: ActorConn,
        /// The frame's bytes, in order.
        parts: Vec<Bytes>,
    },
    /// End a connection; answered by [`ActorEvent::Closed`].
    Close {
        /// Which.
        conn: ActorConn,
    },
    /// Send a [`ActorEvent::Wake`] then; replaces the one before.
    WakeAt(Instant),
}

/// What an actor may use within a call.
#[derive(Debug)]
pub struct ActorCx<'a> {
    /// Who this is.
    pub me: ActorId,
    /// Random choices that no other actor disturbs.
    pub draws: &'a mut OwnStream,
    pub(crate) out: &'a mut Vec<ActorOutput>,
    pub(crate) notes: &'a mut Vec<Note>,
}

impl ActorCx<'_> {
    /// Connects.
    pub fn dial(&mut self, conn: ActorConn, host: Arc<str>, port: u16) {
        self.out.push(ActorOutput::Dial { conn, host, port });
    }

    /// Sends one whole frame, length prefix included in its parts.
    pub fn send(&mut self, conn: ActorConn, parts: Vec<Bytes>) {
        self.out.push(ActorOutput::Send { conn, parts });
    }

    /// Ends a connection.
    pub fn close(&mut self, conn: ActorConn) {
        self.out.push(ActorOutput::Close { conn });
    }

    /// Asks for a [`ActorEvent::Wake`]; replaces the one before.
    pub fn wake_at(&mut self, at: Instant) {
        self.out.push(ActorOutput::WakeAt(at));
    }

    /// Makes an observation known to the [`crate::Observer`], at once and in order.
    pub fn note(&mut self, note: Note) {
        self.notes.push(note);
    }
}
