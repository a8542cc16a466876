//! What reaches a driver from outside its thread.

use super::connection::Moving;
use super::quotas::Permit;
use crate::host::Host;
use gracchus_core::io::{ConnId, ListenerId};
use gracchus_core::shard::Event;
use std::net::SocketAddr;
use tokio::sync::mpsc::UnboundedSender;

/// A driver's letter box. It has no bound, since admission is bounded where requests come in; letters of one sender
/// arrive in the order in which they were sent.
pub type Post<H> = UnboundedSender<Letter<H>>;

/// One letter.
pub enum Letter<H: Host> {
    /// To be handed in as it is.
    Event(Event),
    /// The same, as the result of a job of the driver's own.
    Done(Event),
    /// A client connected.
    Accepted { conn: ConnId, listener: ListenerId, peer: SocketAddr, parcel: H::Parcel, permit: Permit },
    /// A connection from another shard, its session's mail ahead of it.
    HandedOver(Box<Moving<H>>),
    /// The node is over.
    End,
}
