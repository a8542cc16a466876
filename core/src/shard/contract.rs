//! The contract between the core and whatever drives it.
//!
//! **Turns.** The driver hands in the events that are ready (at most 64, its sources served in turn), then
//! [`Event::TurnEnd`], after every batch that was not empty. Then it performs the effects in order and decides nothing.

use super::ShardMail;
use crate::io::{
    ConnId, DirId, Draws, FileError, FileId, Files, ListenerId, OpId, Probes, ShardId, SyncWhat, TraceEvent, TraceKinds,
};
use crate::metadata::MetadataImage;
use crate::types::{Instant, Uuid};
use bytes::Bytes;
use std::net::SocketAddr;
use std::sync::Arc;

/// What a shard is told.
#[derive(Clone, Debug)]
pub enum Event {
    /// Once, first.
    Start {
        /// What the driver found.
        inventory: Arc<Inventory>,
    },
    /// A listener is open.
    Listening {
        /// Which.
        on: ListenerId,
        /// At which address, its port chosen where the configuration said 0.
        addr: SocketAddr,
    },
    /// A listener could not be opened.
    ListenFailed {
        /// Which.
        on: ListenerId,
        /// Why.
        why: ListenError,
    },
    /// A client connected.
    Accepted {
        /// The driver's name for it.
        conn: ConnId,
        /// To which listener.
        listener: ListenerId,
        /// From where.
        peer: SocketAddr,
        /// Who it is, where TLS told.
        principal: Option<Arc<str>>,
    },
    /// A dialed connection stands.
    Dialed {
        /// The shard's name for it.
        conn: ConnId,
    },
    /// It does not; the id is spent.
    DialFailed {
        /// The shard's name for it.
        conn: ConnId,
        /// In words.
        why: Arc<str>,
    },
    /// A whole frame arrived, its length prefix taken off.
    Received {
        /// On which connection.
        conn: ConnId,
        /// Its bytes.
        frame: Bytes,
    },
    /// All that was sent on a connection has left for the network.
    Drained {
        /// Which.
        conn: ConnId,
    },
    /// The peer of an accepted connection sends no more; it may still read. No frame follows, and the connection lives
    /// until it is closed. A driver whose peers only ever leave altogether never sends this.
    HalfClosed {
        /// Which.
        conn: ConnId,
    },
    /// A connection is over, whoever ended it; the id is spent.
    Closed {
        /// Which.
        conn: ConnId,
    },
    /// A connection is now this shard's; its session came ahead by mail.
    HandedOver {
        /// Which.
        conn: ConnId,
    },
    /// An [`Effect::Read`] ended.
    ReadDone {
        /// Which.
        op: OpId,
        /// The bytes asked for, fewer only at the file's end.
        result: Result<Bytes, FileError>,
    },
    /// An [`Effect::Sync`] ended.
    Synced {
        /// Which.
        op: OpId,
        /// After an error nothing that the sync was to cover may be counted on.
        result: Result<(), FileError>,
    },
    /// From another shard of this node.
    Mail {
        /// From which.
        from: ShardId,
        /// What it says.
        mail: ShardMail,
    },
    /// The metadata moved on, by other means than this node's own image file. To shard 0 only: the door through which
    /// the simulated controller, and later the metadata log, come in.
    Image(Arc<MetadataImage>),
    /// The time asked for by [`Effect::WakeAt`] has come; may be spurious.
    Wake,
    /// The turn's events were all handed in.
    TurnEnd,
    /// Stop in good order. To shard 0 only.
    Stop,
}

/// What the driver found before it started a node.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Inventory {
    /// The configured log directories that could be opened, in the configuration's order.
    pub dirs: Vec<LogDir>,
    /// Of the operating system's present boot: the same one means that the page cache survived.
    pub boot_id: Uuid,
}

/// A log directory that could be opened and is locked by this process.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LogDir {
    /// Its place in the configuration.
    pub dir: DirId,
    /// As the configuration spells it, for messages.
    pub name: Arc<str>,
}

/// Why a listener is not open.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ListenError {
    /// Another process has the port.
    AddressInUse,
    /// The address is not this machine's.
    AddressNotAvailable,
    /// The port needs rights that the process does not have.
    PermissionDenied,
    /// Anything else.
    Other,
}

/// What a shard wants done.
#[derive(Clone, Debug)]
pub enum Effect {
    /// Open a listener, or share the one that another shard opened: its connections are dealt in turn.
    Listen {
        /// Which.
        on: ListenerId,
    },
    /// Take no more connections for this shard; the last shard's closes the listener.
    Unlisten {
        /// Which.
        on: ListenerId,
    },
    /// Connect.
    Dial {
        /// The shard's name for the connection.
        conn: ConnId,
        /// Host name or address.
        host: Arc<str>,
        /// TCP port.
        port: u16,
    },
    /// Send one whole frame, length prefix included in its parts.
    Send {
        /// On which connection; a spent id is ignored.
        conn: ConnId,
        /// The frame's bytes, in order.
        parts: Vec<Bytes>,
    },
    /// Hand in no more frames of a connection, from the next turn on.
    Pause {
        /// Which.
        conn: ConnId,
    },
    /// Hand in its frames again.
    Resume {
        /// Which.
        conn: ConnId,
    },
    /// End a connection; answered by [`Event::Closed`].
    Close {
        /// Which.
        conn: ConnId,
        /// Whether what was sent leaves first.
        after_drain: bool,
    },
    /// Give a connection to another shard, with its buffered and unsent bytes.
    HandOver {
        /// Which.
        conn: ConnId,
        /// To whom.
        to: ShardId,
    },
    /// Read `len` bytes at `at`.
    Read {
        /// The shard's name for it.
        op: OpId,
        /// Which file.
        file: FileId,
        /// From which byte.
        at: u64,
        /// How many.
        len: u32,
    },
    /// Make durable.
    Sync {
        /// The shard's name for it.
        op: OpId,
        /// What.
        what: SyncWhat,
    },
    /// Tell another shard.
    Mail {
        /// Which.
        to: ShardId,
        /// What.
        mail: ShardMail,
    },
    /// Send a [`Event::Wake`] then; replaces the one before.
    WakeAt(Instant),
    /// Tell whoever watches.
    Trace(TraceEvent),
    /// End the node.
    Halt(Halt),
}

/// Why a node ends itself.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Halt {
    /// It was asked to, and everything is on disk.
    Clean,
    /// A directory is not fit to be used: the thing, the cause, the next step.
    Storage(Arc<str>),
    /// The configuration does not fit what is there: the thing, the cause, the next step.
    Configuration(Arc<str>),
}

/// The effects of a turn, in order, and which trace events are wanted among them.
#[derive(Clone, Debug, Default)]
pub struct Effects {
    /// In the order in which they are to be performed.
    pub list: Vec<Effect>,
    /// Kinds that nobody asked for are never built.
    pub wanted: TraceKinds,
}

impl Effects {
    /// Collects effects, and the trace events of the `wanted` kinds.
    #[must_use]
    pub fn new(wanted: TraceKinds) -> Effects {
        Effects { list: Vec::new(), wanted }
    }

    /// One more.
    pub fn push(&mut self, effect: Effect) {
        self.list.push(effect);
    }
}

/// The host, for the length of one call.
pub struct Cx<'a> {
    /// The node's files.
    pub files: &'a mut dyn Files,
    /// Random choices.
    pub draws: &'a mut dyn Draws,
    /// Properties, states, perturbations.
    pub probes: &'a mut dyn Probes,
    /// Where effects go.
    pub out: &'a mut Effects,
}
