//! A process's connections and its listener: which shard has which, and what waits to be handed in.

use crate::network::{ConnRef, Side};
use bytes::Bytes;
use gracchus_core::io::{ConnId, ListenerId, ShardId};
use gracchus_core::shard::Event;
use std::collections::{BTreeMap, VecDeque};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

/// What happens on a connection, in the order in which its shard hears of it.
#[derive(Clone, Debug)]
pub enum ConnEvent {
    /// A client connected, from there.
    Accepted(SocketAddr),
    /// The dial succeeded.
    Dialed,
    /// The dial failed.
    DialFailed(&'static str),
    /// The connection came from another shard.
    HandedOver,
    /// A frame.
    Frame(Bytes),
    /// All that was sent is under way.
    Drained,
    /// It is over.
    Closed,
}

/// One connection.
#[derive(Clone, Debug)]
pub(super) struct Session {
    pub(super) net: ConnRef,
    pub(super) side: Side,
    pub(super) shard: ShardId,
    inbox: VecDeque<ConnEvent>,
    paused: bool,
    /// Whether it stands in its shard's queue of those that have something.
    queued: bool,
    /// Whether it is on its way to its shard and must wait.
    in_transit: bool,
    /// Whether a [`ConnEvent::Drained`] waits already.
    drained: bool,
}

/// All of a process's.
#[derive(Clone, Debug, Default)]
pub struct Sessions {
    conns: BTreeMap<ConnId, Session>,
    accepted: u64,
    /// The shards that listen, in the order in which they began to.
    listening: Vec<ShardId>,
    next_listening: usize,
}

impl Sessions {
    /// A shard listens too.
    pub fn listen(&mut self, shard: ShardId) {
        if !self.listening.contains(&shard) {
            self.listening.push(shard);
        }
    }

    /// A shard listens no more.
    pub fn unlisten(&mut self, shard: ShardId) {
        self.listening.retain(|known| *known != shard);
    }

    /// Whether anybody listens.
    #[must_use]
    pub fn listens(&self) -> bool {
        !self.listening.is_empty()
    }

    /// A connection came in: its name and the shard whose turn it is.
    pub fn accept(&mut self, net: ConnRef) -> ConnId {
        let shard = self.listening[self.next_listening % self.listening.len()];
        self.next_listening = (self.next_listening + 1) % self.listening.len();
        let conn = ConnId::accepted(self.accepted);
        self.accepted += 1;
        self.insert(conn, net, Side::Acceptor, shard);
        conn
    }

    /// A shard dials.
    pub fn dial(&mut self, conn: ConnId, net: ConnRef, shard: ShardId) {
        self.insert(conn, net, Side::Dialer, shard);
    }

    /// Where a connection is known to the network.
    #[must_use]
    pub fn net(&self, conn: ConnId) -> Option<(ConnRef, Side)> {
        self.conns.get(&conn).map(|session| (session.net, session.side))
    }

    /// Every connection, ascending.
    #[must_use]
    pub fn all(&self) -> Vec<(ConnRef, Side)> {
        self.conns.values().map(|session| (session.net, session.side)).collect()
    }

    /// Something happened on a connection. Answers which shard is to put it into its queue.
    pub fn tell(&mut self, conn: ConnId, event: ConnEvent) -> Option<ShardId> {
        let session = self.conns.get_mut(&conn)?;
        match event {
            // Nobody will ever resume it: what it had buffered is gone with it.
            ConnEvent::Closed if session.paused => session.inbox.retain(|event| !matches!(event, ConnEvent::Frame(_))),
            _ => {}
        }
        session.inbox.push_back(event);
        session.queue_up()
    }

    /// All that was sent on a connection has left. Answers which shard is to note it, if none does already.
    pub fn note_drained(&mut self, conn: ConnId) -> Option<ShardId> {
        let session = self.conns.get_mut(&conn)?;
        (!std::mem::replace(&mut session.drained, true)).then_some(session.shard)
    }

    /// Whether `shard` is to be told that a connection's sends have left.
    pub(super) fn take_drained(&mut self, conn: ConnId, shard: ShardId) -> bool {
        let Some(session) = self.conns.get_mut(&conn) else { return false };
        if session.shard != shard {
            session.inbox.push_back(ConnEvent::Drained);
            return false;
        }
        session.drained = false;
        true
    }

    /// A shard ends a connection: what it had buffered is not handed in any more.
    pub fn drop_frames(&mut self, conn: ConnId) {
        if let Some(session) = self.conns.get_mut(&conn) {
            session.inbox.retain(|event| !matches!(event, ConnEvent::Frame(_)));
        }
    }

    /// Holds a connection's frames back.
    pub fn pause(&mut self, conn: ConnId) {
        if let Some(session) = self.conns.get_mut(&conn) {
            session.paused = true;
        }
    }

    /// Hands them in again. Answers which shard is to put it into its queue.
    pub fn resume(&mut self, conn: ConnId) -> Option<ShardId> {
        let session = self.conns.get_mut(&conn)?;
        session.paused = false;
        session.queue_up()
    }

    /// A connection of `from` leaves for another shard; it waits until [`Sessions::arrive`].
    pub fn depart(&mut self, conn: ConnId, to: ShardId) -> bool {
        let Some(session) = self.conns.get_mut(&conn) else { return false };
        session.shard = to;
        session.in_transit = true;
        session.queued = false;
        true
    }

    /// It arrives. Whether it is still there.
    pub fn arrive(&mut self, conn: ConnId) -> Option<ShardId> {
        let session = self.conns.get_mut(&conn)?;
        session.in_transit = false;
        session.inbox.push_front(ConnEvent::HandedOver);
        session.queue_up()
    }

    /// Takes the next event of a connection for `shard`. Says too whether it stays in the queue, and which bytes of the
    /// network's window are free again.
    pub(super) fn next(&mut self, conn: ConnId, shard: ShardId) -> Option<Next> {
        let session = self.conns.get_mut(&conn)?;
        if session.shard != shard {
            return None;
        }
        if !session.is_ready() {
            session.queued = false;
            return None;
        }
        let event = session.inbox.pop_front().expect("it is ready");
        let (net, side) = (session.net, session.side);
        session.queued = session.is_ready();
        let mut next = Next { event: Event::Drained { conn }, again: session.queued, freed: None };
        next.event = match event {
            ConnEvent::Accepted(peer) => Event::Accepted { conn, listener: ListenerId(0), peer, principal: None },
            ConnEvent::Dialed => Event::Dialed { conn },
            ConnEvent::DialFailed(why) => Event::DialFailed { conn, why: Arc::from(why) },
            ConnEvent::HandedOver => Event::HandedOver { conn },
            ConnEvent::Drained => {
                session.drained = false;
                Event::Drained { conn }
            }
            ConnEvent::Frame(frame) => {
                next.freed = Some((net, side, frame.len()));
                Event::Received { conn, frame }
            }
            ConnEvent::Closed => Event::Closed { conn },
        };
        if matches!(next.event, Event::Closed { .. } | Event::DialFailed { .. }) {
            self.conns.remove(&conn);
            next.again = false;
        }
        Some(next)
    }

    fn insert(&mut self, conn: ConnId, net: ConnRef, side: Side, shard: ShardId) {
        let session = Session {
            net,
            side,
            shard,
            inbox: VecDeque::new(),
            paused: false,
            queued: false,
            in_transit: false,
            drained: false,
        };
        assert!(self.conns.insert(conn, session).is_none(), "{conn:?} names two connections");
    }
}

/// What a connection hands in next.
#[derive(Debug)]
pub(super) struct Next {
    pub(super) event: Event,
    pub(super) again: bool,
    pub(super) freed: Option<(ConnRef, Side, usize)>,
}

impl Session {
    fn is_ready(&self) -> bool {
        !self.in_transit
            && match self.inbox.front() {
                Some(ConnEvent::Frame(_)) => !self.paused,
                Some(_) => true,
                None => false,
            }
    }

    fn queue_up(&mut self) -> Option<ShardId> {
        if self.queued || !self.is_ready() {
            return None;
        }
        self.queued = true;
        Some(self.shard)
    }
}

/// A host's address, for those who want one.
#[must_use]
pub fn address(host: crate::fault::Host, port: u16) -> SocketAddr {
    let ip = match host {
        crate::fault::Host::Node(node) => Ipv4Addr::new(10, 0, 0, node.0 as u8),
        crate::fault::Host::Actor(actor) => Ipv4Addr::new(10, 1, (actor.0 >> 8) as u8, actor.0 as u8),
    };
    SocketAddr::new(IpAddr::V4(ip), port)
}
