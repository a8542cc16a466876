//! A shard's driver: gathers events into turns, hands them in, performs the effects.

use super::budget::FrameBudget;
use super::chance::{Chance, Silent};
use super::connection::{Connections, Link, Moving, Outgoing, Phase};
use super::frame::{Frames, Lender, SCRATCH};
use super::jobs::Jobs;
use super::node::Core;
use super::porter::Order;
use super::post::{Letter, Post};
use super::quotas::Permit;
use super::ready::{ReadyList, Token};
use super::told::{self, LoadsOfNode};
use super::turns::Turns;
use crate::disk::{DiskFiles, SyncMeter};
use crate::host::Host;
use bytes::Bytes;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};
use core::time::Duration;
use gracchus_core::io::{ConnId, ShardId, TraceKinds};
use gracchus_core::shard::{Cx, Effect, Effects, Event, Inventory};
use gracchus_core::types::{Instant, Now};
use std::collections::VecDeque;
use std::io;
use std::mem;
use std::sync::{Arc, Mutex};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use tracing::debug;

/// Events of one turn.
const TURN: usize = 64;

/// Turns before the runtime may look at sockets and timers again.
const TURNS_AT_ONCE: usize = 4;

/// Kafka's `socket.connection.setup.timeout.ms`.
const DIAL_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a client may take nothing of the answers that its connection is to end behind.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(10);

/// What a driver is made of.
pub struct DriverParts<H: Host> {
    pub host: H,
    pub me: ShardId,
    pub files: DiskFiles,
    pub inventory: Arc<Inventory>,
    pub letters: UnboundedReceiver<Letter<H>>,
    pub posts: Arc<[Post<H>]>,
    pub porter: UnboundedSender<Order>,
    pub budget: FrameBudget,
    pub syncs: Arc<SyncMeter>,
    pub turns: Arc<Mutex<Turns>>,
    /// How many reads and syncs of open files may run at a time.
    pub jobs_most: usize,
    pub frame_most: usize,
    pub seed: [u8; 32],
    pub wanted: TraceKinds,
    pub loads: Arc<LoadsOfNode>,
}

/// The future that a shard's thread runs.
pub struct Driver<H: Host, C: Core> {
    pub(super) parts: DriverParts<H>,
    core: C,
    chance: Chance,
    timer: H::Timer,
    ready: Arc<ReadyList>,
    connections: Connections<H>,
    /// Those that may have bytes, served in turn.
    readable: VecDeque<Token>,
    inbox: VecDeque<Letter<H>>,
    /// Events of the driver's own making.
    pub(super) news: VecDeque<Event>,
    pub(super) jobs: Jobs,
    events: Vec<Event>,
    effects: Effects,
    dirty: Vec<Token>,
    woken: Vec<Token>,
    letters: Vec<Letter<H>>,
    scratch: Vec<u8>,
    wake_at: Option<Instant>,
    /// When to look whether a slow borrower is in others' way.
    evict_at: Option<Instant>,
    /// Connections that end when what was sent has left, by when to look again, with what had left by then.
    draining: VecDeque<(Instant, Token, u64)>,
    over: bool,
}

impl<H: Host, C: Core> Driver<H, C> {
    /// Nothing happens before it is polled.
    #[must_use]
    pub fn new(parts: DriverParts<H>, core: C) -> Driver<H, C> {
        let ready = Arc::new(ReadyList::default());
        Driver {
            core,
            chance: Chance::new(parts.seed, parts.me.0),
            timer: parts.host.timer(),
            connections: Connections::new(ready.clone()),
            ready,
            readable: VecDeque::new(),
            inbox: VecDeque::new(),
            jobs: Jobs::new(parts.jobs_most),
            news: VecDeque::from([Event::Start { inventory: parts.inventory.clone() }]),
            events: Vec::with_capacity(TURN),
            effects: Effects::new(parts.wanted),
            dirty: Vec::new(),
            woken: Vec::new(),
            letters: Vec::new(),
            scratch: Vec::with_capacity(SCRATCH),
            wake_at: None,
            evict_at: None,
            draining: VecDeque::new(),
            over: false,
            parts,
        }
    }

    /// One turn; false where there was nothing to hand in.
    fn turn(&mut self, cx: &mut Context<'_>) -> bool {
        let now = self.parts.host.now();
        self.serve_woken(now);
        self.gather(now, cx);
        if self.events.is_empty() {
            return false;
        }
        let mut events = mem::take(&mut self.events);
        let count = events.len();
        for event in events.drain(..) {
            self.hand_in(now, event);
        }
        self.hand_in(now, Event::TurnEnd);
        self.events = events;
        self.perform(now.mono);
        let ended = self.parts.host.now().mono;
        self.parts.turns.lock().expect("no holder of this lock panics").note(
            ended.since(now.mono),
            count,
            &mem::take(&mut self.effects.work),
            ended,
        );
        true
    }

    fn hand_in(&mut self, now: Now, event: Event) {
        let mut cx =
            Cx { files: &mut self.parts.files, draws: &mut self.chance, probes: &mut Silent, out: &mut self.effects };
        self.core.handle(now, event, &mut cx);
    }

    /// Fills the turn from all sources in turn.
    fn gather(&mut self, now: Now, cx: &mut Context<'_>) {
        if self.wake_at.is_some_and(|at| at <= now.mono) {
            self.wake_at = None;
            self.events.push(Event::Wake);
        }
        let mut sources = [Self::next_letter, Self::next_news, Self::next_frame].into_iter().cycle();
        let mut dry = 0;
        while let Some(source) = sources.next()
            && self.events.len() < TURN
            && dry < 3
            && !self.over
        {
            match source(self, now, cx) {
                Some(event) => {
                    self.events.push(event);
                    dry = 0;
                }
                None => dry += 1,
            }
        }
    }

    fn next_news(&mut self, _now: Now, _cx: &mut Context<'_>) -> Option<Event> {
        self.news.pop_front()
    }

    fn next_letter(&mut self, _now: Now, cx: &mut Context<'_>) -> Option<Event> {
        if self.inbox.is_empty() {
            let received = self.parts.letters.poll_recv_many(cx, &mut self.letters, TURN);
            match received {
                Poll::Ready(0) | Poll::Pending => return None,
                Poll::Ready(_) => self.inbox.extend(self.letters.drain(..)),
            }
        }
        match self.inbox.pop_front()? {
            Letter::Event(event) => Some(event),
            Letter::Done(event) => {
                self.on_job_done();
                Some(event)
            }
            Letter::Accepted { conn, listener, peer, parcel, permit } => {
                let out = Outgoing::default();
                let frames = Frames::new(self.parts.frame_most);
                self.take_in(conn, H::unpack(parcel), frames, out, Phase::Reading, Some(permit));
                Some(Event::Accepted { conn, listener, peer, principal: None })
            }
            Letter::HandedOver(moving) => {
                let Moving { id, parcel, frames, out, phase, permit } = *moving;
                self.take_in(id, parcel.and_then(H::unpack), frames, out, phase, permit);
                Some(Event::HandedOver { conn: id })
            }
            Letter::End => {
                self.over = true;
                None
            }
        }
    }

    /// A connection that stands is this shard's. One that broke on the way is told of, and then that it is over.
    fn take_in(
        &mut self,
        id: ConnId,
        stream: io::Result<H::Stream>,
        frames: Frames,
        out: Outgoing,
        phase: Phase,
        permit: Option<Permit>,
    ) {
        match stream {
            Ok(stream) => {
                let token = self.connections.insert(id, Link::Open(stream), frames, out, phase, permit);
                if let Some(connection) = self.connections.get(token) {
                    let waker = connection.waker.clone();
                    connection.frames.wake_with(&mut Context::from_waker(&waker));
                }
                self.dirty.push(token);
                self.list(token);
            }
            Err(error) => {
                debug!("{id} broke between two threads: {error}");
                self.news.push_back(Event::Closed { conn: id });
            }
        }
    }

    /// One frame of the connection whose turn it is.
    fn next_frame(&mut self, now: Now, _cx: &mut Context<'_>) -> Option<Event> {
        while let Some(token) = self.readable.pop_front() {
            let Some(connection) = self.connections.get(token) else { continue };
            connection.listed = false;
            let Link::Open(stream) = &mut connection.link else { continue };
            if connection.phase != Phase::Reading {
                continue;
            }
            let budget = &self.parts.budget;
            let mut lender = Lender { budget, scratch: &mut self.scratch, now: now.mono };
            let conn = connection.id;
            match connection.frames.poll_next(stream, &mut lender, &mut Context::from_waker(&connection.waker)) {
                Poll::Ready(Ok(frame)) => {
                    self.list(token);
                    return Some(Event::Received { conn, frame });
                }
                Poll::Ready(Err(ending)) => {
                    told::ended(self.parts.me, conn, &ending);
                    if ending.leaves_answers() && !conn.is_dialed() {
                        connection.phase = Phase::HalfClosed;
                        return Some(Event::HalfClosed { conn });
                    }
                    self.connections.remove(token);
                    return Some(Event::Closed { conn });
                }
                Poll::Pending if connection.frames.is_waiting() => {
                    self.evict_at.get_or_insert(now.mono.plus_ms(100));
                }
                Poll::Pending => {}
            }
        }
        None
    }

    fn list(&mut self, token: Token) {
        let Some(connection) = self.connections.get(token) else { return };
        if connection.phase == Phase::Reading && !connection.listed {
            connection.listed = true;
            self.readable.push_back(token);
        }
    }

    /// Connections that were woken: they can be read from, written to, or were dialed.
    fn serve_woken(&mut self, now: Now) {
        if self.evict_at.is_some_and(|at| at <= now.mono) {
            self.evict_at = self.parts.budget.evict(now.mono);
        }
        self.end_stuck_drains(now.mono);
        let mut woken = mem::take(&mut self.woken);
        self.ready.take(&mut woken);
        for token in woken.drain(..) {
            self.list(token);
            self.advance_dial(token);
            self.flush(token);
        }
        self.woken = woken;
    }

    /// A client that takes none of its last answers would keep its connection for ever.
    fn end_stuck_drains(&mut self, now: Instant) {
        while let Some((_, token, before)) = self.draining.pop_front_if(|(at, ..)| *at <= now) {
            match self.connections.get(token).map(|connection| connection.out.left()) {
                None => {}
                Some(left) if left > before => self.draining.push_back((now + DRAIN_TIMEOUT, token, left)),
                Some(_) => self.end(token),
            }
        }
    }

    fn advance_dial(&mut self, token: Token) {
        let Some(connection) = self.connections.get(token) else { return };
        let Link::Dialing(dial) = &mut connection.link else { return };
        let conn = connection.id;
        match dial.as_mut().poll(&mut Context::from_waker(&connection.waker)) {
            Poll::Pending => {}
            Poll::Ready(Ok(stream)) => {
                connection.link = Link::Open(stream);
                self.news.push_back(Event::Dialed { conn });
                self.list(token);
            }
            Poll::Ready(Err(error)) => {
                self.connections.remove(token);
                self.news.push_back(Event::DialFailed { conn, why: error.to_string().into() });
            }
        }
    }

    /// Sends what there is to send.
    fn flush(&mut self, token: Token) {
        let Some(connection) = self.connections.get(token) else { return };
        let Link::Open(stream) = &mut connection.link else { return };
        let conn = connection.id;
        if connection.out.is_empty() {
            return;
        }
        match connection.out.poll_flush(stream, &mut Context::from_waker(&connection.waker)) {
            Poll::Pending => {}
            Poll::Ready(Ok(())) if connection.phase == Phase::Draining => self.end(token),
            Poll::Ready(Ok(())) => self.news.push_back(Event::Drained { conn }),
            Poll::Ready(Err(error)) => {
                debug!("{conn} broke: {error}");
                self.end(token);
            }
        }
    }

    fn end(&mut self, token: Token) {
        if let Some(gone) = self.connections.remove(token) {
            self.news.push_back(Event::Closed { conn: gone.id });
        }
    }

    fn perform(&mut self, now: Instant) {
        let mut list = mem::take(&mut self.effects.list);
        for effect in list.drain(..) {
            self.perform_one(now, effect);
        }
        self.effects.list = list;
        let mut dirty = mem::take(&mut self.dirty);
        for token in dirty.drain(..) {
            self.flush(token);
        }
        self.dirty = dirty;
    }

    fn perform_one(&mut self, now: Instant, effect: Effect) {
        match effect {
            Effect::Listen { on } => self.order(Order::Listen { on, shard: self.parts.me }),
            Effect::Unlisten { on } => self.order(Order::Unlisten { on, shard: self.parts.me }),
            Effect::Dial { conn, host, port } => self.dial(conn, host, port),
            Effect::Send { conn, parts } => self.send(conn, parts),
            Effect::Pause { conn } => self.set_phase(conn, Phase::Paused),
            Effect::Resume { conn } => self.set_phase(conn, Phase::Reading),
            Effect::Close { conn, after_drain } => self.close(now, conn, after_drain),
            Effect::HandOver { conn, to } => self.hand_over(conn, to),
            Effect::Read { op, file, at, len } => self.read(op, file, at, len),
            Effect::Sync { op, what } => self.sync(op, &what),
            Effect::Mail { to, mail } => self.post(to, Letter::Event(Event::Mail { from: self.parts.me, mail })),
            Effect::WakeAt(at) => self.wake_at = Some(at),
            Effect::Trace(event) => told::tell(self.parts.me, &event, &self.parts.loads),
            Effect::Halt(halt) => self.order(Order::Halt(halt)),
        }
    }

    fn order(&mut self, order: Order) {
        // The porter outlives the drivers, except when all is over anyway.
        let _ = self.parts.porter.send(order);
    }

    fn post(&mut self, to: ShardId, letter: Letter<H>) {
        let _ = self.parts.posts[usize::from(to.0)].send(letter);
    }

    fn dial(&mut self, conn: ConnId, name: Arc<str>, port: u16) {
        let host = self.parts.host.clone();
        let dialing = Box::pin(async move {
            let mut connect = Box::pin(host.connect(name, port));
            let mut late = Box::pin(host.sleep(DIAL_TIMEOUT));
            core::future::poll_fn(|cx| match connect.as_mut().poll(cx) {
                Poll::Ready(done) => Poll::Ready(done),
                Poll::Pending => late.as_mut().poll(cx).map(|()| Err(io::ErrorKind::TimedOut.into())),
            })
            .await
        });
        let frames = Frames::new(self.parts.frame_most);
        let link = Link::Dialing(dialing);
        let token = self.connections.insert(conn, link, frames, Outgoing::default(), Phase::Reading, None);
        self.advance_dial(token);
    }

    fn send(&mut self, conn: ConnId, parts: Vec<Bytes>) {
        let Some((token, connection)) = self.connections.by_id(conn) else { return };
        if connection.phase != Phase::Draining {
            connection.out.push(parts);
            self.dirty.push(token);
        }
    }

    fn set_phase(&mut self, conn: ConnId, phase: Phase) {
        let Some((token, connection)) = self.connections.by_id(conn) else { return };
        if matches!(connection.phase, Phase::Reading | Phase::Paused) {
            connection.phase = phase;
            self.list(token);
        }
    }

    fn close(&mut self, now: Instant, conn: ConnId, after_drain: bool) {
        let Some((token, connection)) = self.connections.by_id(conn) else { return };
        if after_drain && !connection.out.is_empty() {
            connection.phase = Phase::Draining;
            let left = connection.out.left();
            self.draining.push_back((now + DRAIN_TIMEOUT, token, left));
        } else {
            self.end(token);
        }
    }

    fn hand_over(&mut self, conn: ConnId, to: ShardId) {
        let Some((token, _)) = self.connections.by_id(conn) else {
            // Its session is on the way already: the other shard learns that the connection is over.
            let frames = Frames::new(self.parts.frame_most);
            let parcel = Err(io::ErrorKind::NotConnected.into());
            let out = Outgoing::default();
            let gone = Moving { id: conn, parcel, frames, out, phase: Phase::Reading, permit: None };
            return self.post(to, Letter::HandedOver(Box::new(gone)));
        };
        let Some(left) = self.connections.remove(token) else { return };
        let parcel = match left.link {
            Link::Open(stream) => H::pack(stream),
            Link::Dialing(_) => Err(io::ErrorKind::NotConnected.into()),
        };
        // The end of what the peer sends is found again there.
        let phase = if left.phase == Phase::HalfClosed { Phase::Reading } else { left.phase };
        let moving = Moving { id: conn, parcel, frames: left.frames, out: left.out, phase, permit: left.permit };
        self.post(to, Letter::HandedOver(Box::new(moving)));
    }

    pub(super) fn my_post(&self) -> Post<H> {
        self.parts.posts[usize::from(self.parts.me.0)].clone()
    }

    /// Sleeps until the next event; false where a timer is due already.
    fn rest(&mut self, cx: &mut Context<'_>) -> bool {
        let drain_at = self.draining.front().map(|(at, ..)| *at);
        match [self.wake_at, self.evict_at, drain_at].into_iter().flatten().min() {
            Some(at) => self.parts.host.poll_timer(&mut self.timer, at, cx).is_pending(),
            None => true,
        }
    }
}

impl<H: Host, C: Core> Future for Driver<H, C> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        this.ready.attach(cx.waker());
        for _ in 0..TURNS_AT_ONCE {
            let handed_in = this.turn(cx);
            if this.over {
                debug!("{} is done", this.parts.me);
                return Poll::Ready(());
            }
            if !handed_in && this.rest(cx) {
                return Poll::Pending;
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}
