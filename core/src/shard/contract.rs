//! The contract between the core and its driver, which is the server's runtime or the simulator.
//!
//! **Turns.** There is a turn only if events are ready. In each turn the driver hands in these events (at most 64,
//! taken from its sources in rotation), then [`Event::TurnEnd`]. Then the driver carries out the effects in their
//! order, and makes no decisions of its own about them.

use super::ShardMail;
use crate::io::{
    ConnId, DirId, Draws, FileError, FileId, Files, ListenerId, OpId, Probes, ShardId, SyncWhat, TraceEvent,
    TraceKinds, Work,
};
use crate::metadata::MetadataImage;
use crate::types::{Instant, Uuid};
use bytes::Bytes;
use std::net::SocketAddr;
use std::sync::Arc;

/// An input of a shard.
#[derive(Clone, Debug)]
pub enum Event {
    /// The node starts. This is the first event, and it comes once.
    Start {
        /// What the driver found before it started the node.
        inventory: Arc<Inventory>,
    },
    /// A listener is open.
    Listening {
        /// The listener.
        on: ListenerId,
        /// The address on which the listener is open. If the configured port is 0, the operating system has chosen the
        /// port.
        addr: SocketAddr,
    },
    /// A listener could not be opened.
    ListenFailed {
        /// The listener.
        on: ListenerId,
        /// The reason.
        why: ListenError,
    },
    /// A client connected.
    Accepted {
        /// The id of the new connection.
        conn: ConnId,
        /// The listener that accepted the connection.
        listener: ListenerId,
        /// The client's address.
        peer: SocketAddr,
        /// The client's principal, if TLS has authenticated it.
        principal: Option<Arc<str>>,
    },
    /// A connection that the shard dialed is open.
    Dialed {
        /// The id that the shard gave the connection.
        conn: ConnId,
    },
    /// A connection that the shard dialed could not be opened. The connection's id is not used again.
    DialFailed {
        /// The id that the shard gave the connection.
        conn: ConnId,
        /// The reason, in words.
        why: Arc<str>,
    },
    /// A whole frame arrived.
    Received {
        /// The connection.
        conn: ConnId,
        /// The frame's bytes, without its length prefix.
        frame: Bytes,
    },
    /// All bytes that the shard sent on a connection have been passed to the network.
    Drained {
        /// The connection.
        conn: ConnId,
    },
    /// The peer of an accepted connection sends no more, but may still read. No frame follows, and the connection stays
    /// open until one side closes it. A driver sends this event only if its peers can close one direction alone.
    HalfClosed {
        /// The connection.
        conn: ConnId,
    },
    /// A connection was closed by either side. Its id is not used again.
    Closed {
        /// The connection.
        conn: ConnId,
    },
    /// Another shard has handed a connection over to this shard. The connection's session has already arrived, in
    /// [`ShardMail::Session`].
    HandedOver {
        /// The connection.
        conn: ConnId,
    },
    /// An [`Effect::Read`] has completed.
    ReadDone {
        /// The id of the read.
        op: OpId,
        /// The bytes, fewer than requested only at the end of the file.
        result: Result<Bytes, FileError>,
    },
    /// An [`Effect::Sync`] has completed.
    Synced {
        /// The id of the sync.
        op: OpId,
        /// Success or the error. After an error, none of the bytes that the sync was to make durable may be trusted.
        result: Result<(), FileError>,
    },
    /// A message from another shard of this node.
    Mail {
        /// The shard that sent the message.
        from: ShardId,
        /// The message.
        mail: ShardMail,
    },
    /// A newer metadata image that does not come from this node's own image file. The simulated controller sends this
    /// event, to shard 0 only.
    Image(Arc<MetadataImage>),
    /// The time of the last [`Effect::WakeAt`] has come. The driver may also send this event when nothing is due.
    Wake,
    /// All events of the turn have been handed in.
    TurnEnd,
    /// The node is to stop cleanly. Only shard 0 gets this event.
    Stop,
}

/// What the driver found before it started a node.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Inventory {
    /// The configured log directories that could be opened, in the configuration's order.
    pub dirs: Vec<LogDir>,
    /// The id of the operating system's current boot. If it was the same in the node's last run, the machine has not
    /// restarted since, and the page cache still holds what that run wrote. The core does not use the id yet.
    pub boot_id: Uuid,
}

/// A log directory that could be opened and is locked by this process.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LogDir {
    /// The directory's position in the configuration.
    pub dir: DirId,
    /// The directory's path as the configuration spells it, for messages.
    pub name: Arc<str>,
}

/// Why a listener could not be opened.
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

/// An output of a shard, which the driver carries out.
#[derive(Clone, Debug)]
pub enum Effect {
    /// Open a listener, or share a listener that another shard has opened. The driver gives new connections of a
    /// listener in rotation to all shards that have opened or share it.
    Listen {
        /// The listener.
        on: ListenerId,
    },
    /// Give this shard no more connections of a listener. The listener closes when its last shard has left it.
    Unlisten {
        /// The listener.
        on: ListenerId,
    },
    /// Open a connection.
    Dial {
        /// The id that the shard gives the connection.
        conn: ConnId,
        /// Host name or address.
        host: Arc<str>,
        /// TCP port.
        port: u16,
    },
    /// Send one whole frame. Its parts include the length prefix.
    Send {
        /// The connection. A frame for a closed connection is dropped.
        conn: ConnId,
        /// The frame's bytes, in order.
        parts: Vec<Bytes>,
    },
    /// From the next turn on, hand in no more frames of a connection.
    Pause {
        /// The connection.
        conn: ConnId,
    },
    /// Again hand in the frames of a connection that was paused.
    Resume {
        /// The connection.
        conn: ConnId,
    },
    /// Close a connection. [`Event::Closed`] follows.
    Close {
        /// The connection.
        conn: ConnId,
        /// Whether frames that were sent earlier must reach the network before the close.
        after_drain: bool,
    },
    /// Give a connection to another shard, together with bytes that have arrived on it and bytes that are not yet sent.
    HandOver {
        /// The connection.
        conn: ConnId,
        /// The shard that takes the connection.
        to: ShardId,
    },
    /// Read bytes of a file. [`Event::ReadDone`] follows.
    Read {
        /// The id that the shard gives the read.
        op: OpId,
        /// The file.
        file: FileId,
        /// The position in the file of the first byte to read.
        at: u64,
        /// The number of bytes.
        len: u32,
    },
    /// Make files or folders durable. [`Event::Synced`] follows.
    Sync {
        /// The id that the shard gives the sync.
        op: OpId,
        /// The files and folders whose changes must be durable.
        what: SyncWhat,
    },
    /// Send a message to another shard of the node.
    Mail {
        /// The shard that gets the message.
        to: ShardId,
        /// The message.
        mail: ShardMail,
    },
    /// Send [`Event::Wake`] at this time. This replaces the time of an earlier `WakeAt`.
    WakeAt(Instant),
    /// Pass a trace event to the log or to the simulator's checks.
    Trace(TraceEvent),
    /// End the node's process.
    Halt(Halt),
}

/// Why a node ends itself.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Halt {
    /// The node was asked to stop, and everything is on disk.
    Clean,
    /// The node was asked to stop and has stopped, but could not write what a clean stop writes. The next start checks
    /// every log. The text names the file, the cause and the next step.
    Unclean(Arc<str>),
    /// A directory cannot be used. The text names the directory, the cause and the next step.
    Storage(Arc<str>),
    /// The configuration contradicts the data directories or the machine. The text names the setting, the cause and the
    /// next step.
    Configuration(Arc<str>),
}

/// The effects of a turn, in order, and the kinds of trace events that the host wants.
#[derive(Clone, Debug, Default)]
pub struct Effects {
    /// The effects, in the order in which the driver carries them out.
    pub list: Vec<Effect>,
    /// The kinds of trace events that the host wants. Events of other kinds are never built.
    pub wanted: TraceKinds,
    /// What the calls of the turn have cost so far.
    pub work: Work,
}

impl Effects {
    /// Creates an empty list of effects for a host that wants trace events of the `wanted` kinds.
    #[must_use]
    pub fn new(wanted: TraceKinds) -> Effects {
        Effects { list: Vec::new(), wanted, work: Work::default() }
    }

    /// Appends an effect.
    pub fn push(&mut self, effect: Effect) {
        self.list.push(effect);
    }
}

/// Access to the host for the length of one call.
pub struct Cx<'a> {
    /// The node's files.
    pub files: &'a mut dyn Files,
    /// The source of random choices.
    pub draws: &'a mut dyn Draws,
    /// Takes assertions and marks of states that a run has reached, and decides where a simulated run is perturbed. In
    /// the server, only assertions have an effect: an assertion that fails panics.
    pub probes: &'a mut dyn Probes,
    /// Collects the effects of the call.
    pub out: &'a mut Effects,
}
