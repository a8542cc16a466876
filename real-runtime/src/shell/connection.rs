//! One connection of a shard: its socket, what arrived in part, and what has not left yet.

use super::frame::Frames;
use super::quotas::Permit;
use super::ready::{ReadyList, Token};
use crate::host::Host;
use bytes::{Buf, Bytes};
use core::pin::Pin;
use core::task::{Context, Poll, Waker, ready};
use gracchus_core::io::ConnId;
use std::collections::{HashMap, VecDeque};
use std::io::{self, IoSlice};
use std::sync::Arc;
use tokio::io::AsyncWrite;

/// Parts that go to the kernel in one call.
const PARTS_AT_ONCE: usize = 64;

/// Where a stream takes one slice at a time, parts are joined up to this length.
const JOINED: usize = 64 << 10;

/// A connection as its shard holds it.
pub struct Connection<H: Host> {
    pub id: ConnId,
    pub link: Link<H>,
    pub frames: Frames,
    pub out: Outgoing,
    pub phase: Phase,
    /// Its place among the broker's connections, behind the socket, which is closed first; a dialed one has none.
    pub permit: Option<Permit>,
    pub waker: Waker,
    /// On the driver's list of connections to read from.
    pub listed: bool,
}

/// The socket.
pub enum Link<H: Host> {
    /// Under way.
    Dialing(Pin<Box<dyn Future<Output = io::Result<H::Stream>> + Send>>),
    /// It stands.
    Open(H::Stream),
}

/// Whether frames are handed in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Phase {
    /// They are.
    Reading,
    /// Not now.
    Paused,
    /// The peer sends no more.
    HalfClosed,
    /// Never again: the connection ends when what was sent has left.
    Draining,
}

/// A connection between two shards.
pub struct Moving<H: Host> {
    pub id: ConnId,
    pub parcel: io::Result<H::Parcel>,
    pub frames: Frames,
    pub out: Outgoing,
    pub phase: Phase,
    pub permit: Option<Permit>,
}

/// The connections of a shard.
pub struct Connections<H: Host> {
    slots: Vec<Slot<H>>,
    free: Vec<u32>,
    by_id: HashMap<ConnId, u32>,
    ready: Arc<ReadyList>,
}

struct Slot<H: Host> {
    generation: u32,
    held: Option<Connection<H>>,
}

impl<H: Host> Connections<H> {
    /// None yet.
    #[must_use]
    pub fn new(ready: Arc<ReadyList>) -> Connections<H> {
        Connections { slots: Vec::new(), free: Vec::new(), by_id: HashMap::new(), ready }
    }

    /// Takes one in.
    pub fn insert(
        &mut self,
        id: ConnId,
        link: Link<H>,
        frames: Frames,
        out: Outgoing,
        phase: Phase,
        permit: Option<Permit>,
    ) -> Token {
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(Slot { generation: 0, held: None });
            u32::try_from(self.slots.len() - 1).expect("a shard has fewer than 2^32 connections")
        });
        let place = &mut self.slots[slot as usize];
        place.generation += 1;
        let token = Token { slot, generation: place.generation };
        let waker = self.ready.bell(token);
        place.held = Some(Connection { id, link, frames, out, phase, permit, waker, listed: false });
        let before = self.by_id.insert(id, slot);
        assert!(before.is_none(), "{id:?} names one connection");
        token
    }

    /// The connection of that id; none once it is over.
    pub fn by_id(&mut self, id: ConnId) -> Option<(Token, &mut Connection<H>)> {
        let slot = *self.by_id.get(&id)?;
        let place = &mut self.slots[slot as usize];
        let token = Token { slot, generation: place.generation };
        place.held.as_mut().map(|held| (token, held))
    }

    /// The connection in that place; none once it is over.
    pub fn get(&mut self, token: Token) -> Option<&mut Connection<H>> {
        let place = self.slots.get_mut(token.slot as usize)?;
        if place.generation == token.generation { place.held.as_mut() } else { None }
    }

    /// Takes one out.
    pub fn remove(&mut self, token: Token) -> Option<Connection<H>> {
        self.get(token)?;
        let held = self.slots[token.slot as usize].held.take()?;
        self.by_id.remove(&held.id);
        self.free.push(token.slot);
        Some(held)
    }
}

/// What was sent and has not left.
#[derive(Default)]
pub struct Outgoing {
    parts: VecDeque<Bytes>,
    /// Bytes that left, ever.
    left: u64,
}

impl Outgoing {
    /// One more frame.
    pub fn push(&mut self, parts: Vec<Bytes>) {
        self.parts.extend(parts.into_iter().filter(|part| !part.is_empty()));
    }

    /// Whether everything left.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// How many bytes have left, ever.
    #[must_use]
    pub fn left(&self) -> u64 {
        self.left
    }

    /// Hands as much to the kernel as it takes; ready when it took all.
    pub fn poll_flush<S: AsyncWrite + Unpin>(&mut self, stream: &mut S, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.parts.is_empty() {
            let taken = if self.parts.len() == 1 {
                Pin::new(&mut *stream).poll_write(cx, &self.parts[0])
            } else if stream.is_write_vectored() {
                let mut slices = [IoSlice::new(&[]); PARTS_AT_ONCE];
                let count = self.parts.len().min(PARTS_AT_ONCE);
                for (slice, part) in slices.iter_mut().zip(&self.parts) {
                    *slice = IoSlice::new(part);
                }
                Pin::new(&mut *stream).poll_write_vectored(cx, &slices[..count])
            } else {
                self.join();
                Pin::new(&mut *stream).poll_write(cx, &self.parts[0])
            };
            match ready!(taken)? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                taken => self.advance(taken),
            }
        }
        Pin::new(stream).poll_flush(cx)
    }

    fn advance(&mut self, mut by: usize) {
        self.left += by as u64;
        while let Some(first) = self.parts.front_mut() {
            if by < first.len() {
                first.advance(by);
                return;
            }
            by -= first.len();
            self.parts.pop_front();
        }
        assert_eq!(by, 0, "no more leaves than was sent");
    }

    fn join(&mut self) {
        let mut joined = Vec::new();
        while let Some(part) = self.parts.front() {
            if !joined.is_empty() && joined.len() + part.len() > JOINED {
                break;
            }
            joined.extend_from_slice(part);
            self.parts.pop_front();
        }
        self.parts.push_front(joined.into());
    }
}
