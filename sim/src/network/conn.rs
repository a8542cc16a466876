//! One connection: two ends, two ways.

use crate::actor::{ActorConn, ActorId};
use crate::fault::Host;
use bytes::Bytes;
use gracchus_core::io::ConnId;
use gracchus_core::types::NodeId;
use std::collections::VecDeque;

/// A connection, whatever its ends call it. Slots are reused, generations are not.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ConnRef {
    /// Where it is kept.
    pub slot: u32,
    /// Which of the slot's connections.
    pub generation: u32,
}

/// One of a connection's two ends.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(u8)]
pub enum Side {
    /// The end that dialed: it sends requests.
    Dialer = 0,
    /// The end that listened: it sends answers.
    Acceptor = 1,
}

impl Side {
    /// The other end.
    #[must_use]
    pub fn other(self) -> Side {
        match self {
            Side::Dialer => Side::Acceptor,
            Side::Acceptor => Side::Dialer,
        }
    }
}

/// Who is at an end, and what it calls the connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Owner {
    /// A process of a node.
    Node {
        /// Which.
        node: NodeId,
        /// Its name for the connection.
        conn: ConnId,
    },
    /// An actor.
    Actor {
        /// Which.
        actor: ActorId,
        /// Its name for the connection.
        conn: ActorConn,
    },
}

impl Owner {
    /// Where it is.
    #[must_use]
    pub fn host(self) -> Host {
        match self {
            Owner::Node { node, .. } => Host::Node(node),
            Owner::Actor { actor, .. } => Host::Actor(actor),
        }
    }
}

/// How an end sees the connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum EndState {
    /// The dial is not answered yet.
    Opening,
    /// It stands.
    Open,
    /// It is over, and this end knows.
    Over,
    /// This end is gone without a word.
    Vanished,
}

#[derive(Clone, Debug)]
pub(super) enum Packet {
    Frame(Bytes),
    End,
}

/// A connection.
#[derive(Clone, Debug)]
pub(super) struct Conn {
    target: Host,
    ends: [End; 2],
    ways: [Way; 2],
}

#[derive(Clone, Debug)]
struct End {
    owner: Option<Owner>,
    state: EndState,
    /// Whether it sent something that is not acknowledged, and will not wait for ever.
    waiting: bool,
}

/// One way of a connection.
#[derive(Clone, Debug, Default)]
pub(super) struct Way {
    flying: VecDeque<(u64, Packet)>,
    last_at: u64,
    /// Bytes of frames that were sent and not yet taken off the receiver's buffer.
    pub(super) under_way: u64,
    pub(super) unsent: VecDeque<Bytes>,
    /// Whether a blocked link keeps what has arrived at it.
    pub(super) held: bool,
}

impl Conn {
    pub(super) fn new(from: Owner, target: Host) -> Conn {
        let dialer = End { owner: Some(from), state: EndState::Opening, waiting: false };
        let acceptor = End { owner: None, state: EndState::Opening, waiting: false };
        Conn { target, ends: [dialer, acceptor], ways: [Way::default(), Way::default()] }
    }

    /// It stands at the acceptor's end; what is sent from there arrives behind the answer, which does `at` that time.
    pub(super) fn accept(&mut self, owner: Owner, at: u64) {
        self.way(Side::Acceptor).last_at = at;
        self.ends[Side::Acceptor as usize] = End { owner: Some(owner), state: EndState::Open, waiting: false };
    }

    pub(super) fn acceptor_host(&self) -> Host {
        self.target
    }

    pub(super) fn host(&self, side: Side) -> Host {
        self.ends[side as usize].owner.map_or(self.target, Owner::host)
    }

    /// Who has an end. Nobody has the acceptor's before the dial arrives there.
    pub(super) fn owner_if_any(&self, side: Side) -> Option<Owner> {
        self.ends[side as usize].owner
    }

    #[track_caller]
    pub(super) fn owner(&self, side: Side) -> Owner {
        self.owner_if_any(side).expect("only an accepted connection carries anything")
    }

    pub(super) fn state(&self, side: Side) -> EndState {
        self.ends[side as usize].state
    }

    pub(super) fn set_state(&mut self, side: Side, state: EndState) {
        self.ends[side as usize].state = state;
    }

    /// This end is over; says whether it had not been.
    pub(super) fn end(&mut self, side: Side) -> bool {
        let end = &mut self.ends[side as usize];
        let was_there = matches!(end.state, EndState::Opening | EndState::Open);
        if was_there {
            end.state = EndState::Over;
        }
        was_there
    }

    /// Whether nobody is left who could hear anything.
    pub(super) fn is_over(&self) -> bool {
        self.ends.iter().all(|end| match end.state {
            EndState::Over | EndState::Vanished => true,
            EndState::Opening => end.owner.is_none(),
            EndState::Open => false,
        })
    }

    pub(super) fn is_waiting(&self, side: Side) -> bool {
        self.ends[side as usize].waiting
    }

    pub(super) fn set_waiting(&mut self, side: Side, waiting: bool) {
        self.ends[side as usize].waiting = waiting;
    }

    /// The way from that side to the other.
    pub(super) fn way(&mut self, from: Side) -> &mut Way {
        &mut self.ways[from as usize]
    }
}

impl Way {
    pub(super) fn has_room(&self, len: usize, window: u64) -> bool {
        self.unsent.is_empty() && (self.under_way == 0 || self.under_way + len as u64 <= window)
            || !self.unsent.is_empty() && self.under_way + len as u64 <= window
    }

    /// Puts a packet behind the others; answers when it arrives.
    pub(super) fn put(&mut self, at: u64, packet: Packet) -> u64 {
        let at = at.max(self.last_at);
        self.last_at = at;
        if let Packet::Frame(frame) = &packet {
            self.under_way += frame.len() as u64;
        }
        self.flying.push_back((at, packet));
        at
    }

    pub(super) fn next_at(&self) -> Option<u64> {
        self.flying.front().map(|(at, _)| *at)
    }

    pub(super) fn take(&mut self) -> Packet {
        self.flying.pop_front().expect("something arrived").1
    }

    pub(super) fn take_all(&mut self) -> Vec<Packet> {
        let packets: Vec<_> = std::mem::take(&mut self.flying).into_iter().map(|(_, packet)| packet).collect();
        for packet in &packets {
            if let Packet::Frame(frame) = packet {
                self.under_way -= frame.len() as u64;
            }
        }
        packets
    }

    /// Drops everything; answers how many frames there were.
    pub(super) fn clear(&mut self) -> u64 {
        let frames = self.take_all().iter().filter(|packet| matches!(packet, Packet::Frame(_))).count();
        let unsent = std::mem::take(&mut self.unsent).len();
        (frames + unsent) as u64
    }
}
