//! Connections between hosts: whole frames, in order, each way with its own delays, over links that fail.
//!
//! **Invariants**: what arrives on a connection arrives in the order in which it was sent, none left out before the
//! connection is over; an end hears of its end once; a connection is over at both ends or one end does not know yet.
//!
//! **In Kafka**: `Selector`, `NetworkClient`, and the TCP below them.

mod conn;
mod frame;
mod links;

pub use conn::{ConnRef, Owner, Side};
pub use frame::join;

use crate::choices::{Choices, Stream};
use crate::config::NetworkConfig;
use crate::counters::Counters;
use crate::fault::{Host, LinkFault};
use crate::queue::{Queue, What};
use bytes::Bytes;
use conn::{Conn, EndState, Packet};
use links::Links;
use std::collections::BTreeSet;

/// All connections and links.
#[derive(Clone, Debug)]
pub struct Network {
    config: NetworkConfig,
    links: Links,
    loss_ppm: u32,
    /// Machines without power: nothing there answers, not even with a refusal.
    dark: BTreeSet<Host>,
    slots: Vec<(u32, Option<Conn>)>,
    free: Vec<u32>,
}

/// The parts of the kernel that the network works with.
#[derive(Debug)]
pub struct NetCx<'a> {
    /// What is to happen.
    pub queue: &'a mut Queue,
    /// Decisions.
    pub choices: &'a mut Choices,
    /// Counts.
    pub counters: &'a mut Counters,
}

/// What an end of a connection is told.
#[derive(Clone, Debug)]
pub enum Told {
    /// A frame arrived.
    Frame {
        /// At whose end.
        to: Owner,
        /// Which connection.
        conn: ConnRef,
        /// Which end of it.
        side: Side,
        /// Its bytes, without the length prefix.
        frame: Bytes,
    },
    /// The connection is over.
    Closed(Owner),
    /// The dialed connection stands.
    Dialed(Owner),
    /// It does not.
    DialFailed(Owner, &'static str),
}

/// Whether a host answers a dial.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Answers {
    /// Something listens.
    Listens(Owner),
    /// The machine is there, nothing listens.
    Refuses,
    /// Nothing answers.
    Silent,
}

impl Network {
    /// A network without connections and without faults.
    #[must_use]
    pub fn new(config: &NetworkConfig) -> Network {
        Network {
            config: config.clone(),
            links: Links::default(),
            loss_ppm: config.loss_ppm,
            dark: BTreeSet::new(),
            slots: Vec::new(),
            free: Vec::new(),
        }
    }

    /// Begins a dial; [`What::Dial`] follows when it reaches its host.
    pub fn dial(&mut self, from: Owner, to: Host, cx: &mut NetCx<'_>) -> ConnRef {
        let conn = self.insert(Conn::new(from, to));
        if self.links.is_blocked(from.host(), to) || self.links.is_blocked(to, from.host()) {
            self.fail_dial_later(conn, cx);
            return conn;
        }
        let at = cx.queue.now() + self.latency(from.host(), to, cx);
        cx.queue.push(at, What::Dial(conn));
        conn
    }

    /// Where a dial goes, and who dials, when it reaches its host; none where the dialer is gone.
    #[must_use]
    pub fn dialed_host(&self, conn: ConnRef) -> Option<Host> {
        let conn = self.get(conn)?;
        (conn.state(Side::Dialer) == EndState::Opening).then_some(conn.acceptor_host())
    }

    /// Whether an answer could go back at all.
    #[must_use]
    pub fn can_answer(&self, conn: ConnRef) -> bool {
        self.get(conn).is_some_and(|known| !self.links.is_blocked(known.acceptor_host(), known.host(Side::Dialer)))
    }

    /// Whether two hosts hear each other.
    #[must_use]
    pub fn in_touch(&self, a: Host, b: Host) -> bool {
        !self.links.is_blocked(a, b) && !self.links.is_blocked(b, a)
    }

    /// The host's answer to a dial goes back. Says whether the connection stands at the acceptor's end.
    pub fn answer_dial(&mut self, conn: ConnRef, answers: Answers, cx: &mut NetCx<'_>) -> bool {
        let Some(known) = self.get(conn) else { return false };
        let (from, to) = (known.acceptor_host(), known.owner(Side::Dialer).host());
        if self.links.is_blocked(from, to) || answers == Answers::Silent {
            self.fail_dial_later(conn, cx);
            return false;
        }
        let at = cx.queue.now() + self.latency(from, to, cx);
        if let Answers::Listens(owner) = answers {
            self.get_mut(conn).expect("it was there").accept(owner, at);
            cx.queue.push(at, What::DialAnswered(conn));
            return true;
        }
        cx.queue.push(at, What::DialFails(conn));
        false
    }

    /// The dialer hears that its connection stands.
    pub fn on_dial_answered(&mut self, conn: ConnRef, cx: &mut NetCx<'_>) -> Option<Told> {
        let known = self.get_mut(conn)?;
        if known.state(Side::Dialer) != EndState::Opening {
            return None;
        }
        known.set_state(Side::Dialer, EndState::Open);
        cx.counters.connections += 1;
        Some(Told::Dialed(known.owner(Side::Dialer)))
    }

    /// The dialer hears that nothing came of it.
    pub fn on_dial_fails(&mut self, conn: ConnRef, cx: &mut NetCx<'_>) -> Option<Told> {
        let known = self.get(conn)?;
        let (owner, state) = (known.owner(Side::Dialer), known.state(Side::Dialer));
        self.remove(conn);
        cx.counters.failed_dials += 1;
        (state == EndState::Opening).then_some(Told::DialFailed(owner, "no connection"))
    }

    /// Sends a frame from one side. Answers whether all that this side sent is under way.
    pub fn send(&mut self, conn: ConnRef, side: Side, frame: Bytes, cx: &mut NetCx<'_>) -> bool {
        let Some(known) = self.get_mut(conn) else { return true };
        if known.state(side) != EndState::Open {
            return true;
        }
        if known.state(side.other()) == EndState::Vanished {
            self.send_into_the_void(conn, side, cx);
            return true;
        }
        if cx.choices.chance(Stream::Network, self.loss_ppm) {
            count_lost(side, 1, cx);
            self.reset(conn, cx);
            return true;
        }
        let window = self.config.window;
        let known = self.get_mut(conn).expect("it was there");
        if !known.way(side).has_room(frame.len(), window) {
            known.way(side).unsent.push_back(frame);
            return false;
        }
        self.launch(conn, side, Packet::Frame(frame), cx);
        true
    }

    /// Ends a connection from one side, in good order: what it sent arrives first, then the news.
    pub fn close(&mut self, conn: ConnRef, side: Side, after_drain: bool, cx: &mut NetCx<'_>) -> Option<Told> {
        let known = self.get_mut(conn)?;
        let (owner, peer) = (known.owner(side), known.state(side.other()));
        if !known.end(side) {
            return None;
        }
        let unsent = std::mem::take(&mut known.way(side).unsent);
        match peer {
            EndState::Open => {
                for frame in unsent.into_iter().filter(|_| after_drain) {
                    self.launch(conn, side, Packet::Frame(frame), cx);
                }
                self.launch(conn, side, Packet::End, cx);
            }
            EndState::Opening | EndState::Over | EndState::Vanished => self.remove_if_over(conn),
        }
        Some(Told::Closed(owner))
    }

    /// The machine of one side lost power: its end is gone and nobody says so.
    pub fn vanish(&mut self, conn: ConnRef, side: Side, cx: &mut NetCx<'_>) {
        let keepalive = self.config.keepalive;
        let Some(known) = self.get_mut(conn) else { return };
        if matches!(known.state(side), EndState::Over | EndState::Vanished) {
            return;
        }
        known.set_state(side, EndState::Vanished);
        known.way(side).unsent.clear();
        if known.state(side.other()) == EndState::Open {
            let at = cx.queue.now() + cx.choices.spread(Stream::Network, keepalive);
            cx.queue.push(at, What::KeepAlive(conn, side.other()));
        }
        self.remove_if_over(conn);
    }

    /// A machine loses power.
    pub fn on_machine_dark(&mut self, host: Host) {
        self.dark.insert(host);
    }

    /// The machine of a vanished end is back: whoever still sends to it is told so.
    pub fn on_machine_back(&mut self, host: Host, cx: &mut NetCx<'_>) {
        self.dark.remove(&host);
        for conn in self.refs() {
            for side in [Side::Dialer, Side::Acceptor] {
                let known = self.get(conn).expect("refs are of what is there");
                let waits = known.state(side) == EndState::Open && known.is_waiting(side);
                if waits && known.state(side.other()) == EndState::Vanished && known.host(side.other()) == host {
                    self.refuse_later(conn, side, cx);
                }
            }
        }
    }

    /// A packet may have arrived.
    pub fn on_deliver(&mut self, conn: ConnRef, from: Side, cx: &mut NetCx<'_>) -> Option<Told> {
        let known = self.get_mut(conn)?;
        if known.way(from).next_at()? > cx.queue.now() {
            return None;
        }
        let (sender, receiver) = (known.host(from), known.host(from.other()));
        if !self.links.is_empty() && self.hold_or_wait(conn, from, sender, receiver, cx) {
            return None;
        }
        let known = self.get_mut(conn).expect("it was there");
        let state = known.state(from.other());
        let Some(owner) = known.owner_if_any(from.other()) else {
            // A reset overtook the dial: the host will hear of neither.
            let _ = known.way(from).take();
            known.end(from.other());
            self.remove_if_over(conn);
            return None;
        };
        match known.way(from).take() {
            Packet::Frame(frame) if state == EndState::Open || state == EndState::Opening => {
                cx.counters.frames += 1;
                cx.counters.frame_bytes += frame.len() as u64;
                cx.counters.rpcs += u64::from(from == Side::Dialer);
                Some(Told::Frame { to: owner, conn, side: from.other(), frame })
            }
            Packet::Frame(_) => {
                count_lost(from, 1, cx);
                if state == EndState::Vanished {
                    self.send_into_the_void(conn, from, cx);
                }
                None
            }
            Packet::End => {
                let heard = known.end(from.other());
                self.remove_if_over(conn);
                heard.then_some(Told::Closed(owner))
            }
        }
    }

    /// A receiver has taken a frame off its buffer: there is room for more. Answers whose sends are all under way now.
    pub fn consumed(&mut self, conn: ConnRef, receiver: Side, len: usize, cx: &mut NetCx<'_>) -> Option<Owner> {
        let window = self.config.window;
        let sender = receiver.other();
        let known = self.get_mut(conn)?;
        let way = known.way(sender);
        way.under_way = way.under_way.saturating_sub(len as u64);
        if way.unsent.is_empty() {
            return None;
        }
        loop {
            let way = self.get_mut(conn)?.way(sender);
            let Some(frame) = way.unsent.front() else { break };
            if !way.has_room(frame.len(), window) {
                return None;
            }
            let frame = way.unsent.pop_front().expect("it has a front");
            self.launch(conn, sender, Packet::Frame(frame), cx);
        }
        let known = self.get(conn)?;
        (known.state(sender) == EndState::Open).then_some(known.owner(sender))
    }

    /// One side waited too long for its peer.
    pub fn on_time_out(&mut self, conn: ConnRef, side: Side, cx: &mut NetCx<'_>) -> Option<Told> {
        let known = self.get_mut(conn)?;
        if !known.is_waiting(side) {
            return None;
        }
        known.set_waiting(side, false);
        let (here, there) = (known.host(side), known.host(side.other()));
        let gone = known.state(side.other()) == EndState::Vanished;
        if !gone && !self.links.is_cut(here, there) && !self.links.is_cut(there, here) {
            return None;
        }
        self.give_up(conn, side, cx)
    }

    /// One side asks whether its peer is still there.
    pub fn on_keepalive(&mut self, conn: ConnRef, side: Side, cx: &mut NetCx<'_>) -> Option<Told> {
        let known = self.get(conn)?;
        if known.state(side.other()) != EndState::Vanished {
            return None;
        }
        self.give_up(conn, side, cx)
    }

    /// Every connection between two hosts is reset; what is on the way is lost.
    pub fn reset_between(&mut self, a: Host, b: Host, cx: &mut NetCx<'_>) {
        for conn in self.refs() {
            let known = self.get(conn).expect("refs are of what is there");
            let hosts = (known.host(Side::Dialer), known.host(Side::Acceptor));
            if hosts == (a, b) || hosts == (b, a) {
                self.reset(conn, cx);
            }
        }
    }

    /// A connection is reset: what is on the way is lost, both ends hear of it.
    pub fn reset(&mut self, conn: ConnRef, cx: &mut NetCx<'_>) {
        cx.counters.resets += 1;
        for side in [Side::Dialer, Side::Acceptor] {
            let Some(known) = self.get_mut(conn) else { return };
            let lost = known.way(side).clear();
            count_lost(side, lost, cx);
        }
        for side in [Side::Dialer, Side::Acceptor] {
            self.launch(conn, side, Packet::End, cx);
        }
    }

    /// Sets the chance per frame that its connection is reset.
    pub fn set_loss(&mut self, ppm: u32) {
        self.loss_ppm = ppm;
    }

    /// A fault on the links from one host to another.
    pub fn set_link(&mut self, from: Host, to: Host, fault: LinkFault) {
        self.links.set(from, to, fault);
    }

    /// Links are well again: what was held goes on.
    pub fn heal_links(&mut self, heals: impl Fn(Host, Host) -> bool, cx: &mut NetCx<'_>) {
        self.links.heal(heals);
        for conn in self.refs() {
            for side in [Side::Dialer, Side::Acceptor] {
                let known = self.get_mut(conn).expect("refs are of what is there");
                let (from, to) = (known.host(side), known.host(side.other()));
                if !known.way(side).held || self.links.is_blocked(from, to) {
                    continue;
                }
                self.get_mut(conn).expect("it was there").way(side).held = false;
                self.relaunch(conn, side, cx);
            }
        }
    }

    /// The chance per frame is that of the configuration again.
    pub fn heal_loss(&mut self) {
        self.loss_ppm = self.config.loss_ppm;
    }

    /// Who owns an end of a connection that is still there.
    #[must_use]
    pub fn owner(&self, conn: ConnRef, side: Side) -> Option<Owner> {
        self.get(conn).map(|known| known.owner(side))
    }

    fn launch(&mut self, conn: ConnRef, side: Side, packet: Packet, cx: &mut NetCx<'_>) {
        let Some(known) = self.get(conn) else { return };
        let latency = self.latency(known.host(side), known.host(side.other()), cx);
        let known = self.get_mut(conn).expect("it was there");
        let at = known.way(side).put(cx.queue.now() + latency, packet);
        cx.queue.push(at, What::Deliver(conn, side));
    }

    /// What was held by a link that is well again sets out anew.
    fn relaunch(&mut self, conn: ConnRef, side: Side, cx: &mut NetCx<'_>) {
        let packets = self.get_mut(conn).expect("it was there").way(side).take_all();
        for packet in packets {
            self.launch(conn, side, packet, cx);
        }
    }

    /// Holds what a blocked link cannot carry. A sender whose frames or acknowledgements do not get through waits.
    fn hold_or_wait(&mut self, conn: ConnRef, from: Side, sender: Host, receiver: Host, cx: &mut NetCx<'_>) -> bool {
        let blocked = self.links.is_blocked(sender, receiver);
        let cut = self.links.is_cut(sender, receiver) || self.links.is_cut(receiver, sender);
        if blocked {
            self.get_mut(conn).expect("it was there").way(from).held = true;
        }
        if cut {
            self.wait(conn, from, cx);
        }
        blocked
    }

    /// A side that gets no acknowledgement waits for so long and then gives up.
    fn wait(&mut self, conn: ConnRef, side: Side, cx: &mut NetCx<'_>) {
        let time_out = self.config.time_out;
        let known = self.get_mut(conn).expect("it was there");
        if known.state(side) != EndState::Open || known.is_waiting(side) {
            return;
        }
        known.set_waiting(side, true);
        let at = cx.queue.now() + cx.choices.spread(Stream::Network, time_out);
        cx.queue.push(at, What::TimeOut(conn, side));
    }

    fn send_into_the_void(&mut self, conn: ConnRef, side: Side, cx: &mut NetCx<'_>) {
        count_lost(side, 1, cx);
        let known = self.get(conn).expect("it was there");
        let (here, there) = (known.host(side), known.host(side.other()));
        if self.dark.contains(&there) || !self.in_touch(here, there) {
            self.wait(conn, side, cx);
        } else {
            self.refuse_later(conn, side, cx);
        }
    }

    /// The peer's machine is back without the connection: its answer to the next retransmission says so.
    fn refuse_later(&mut self, conn: ConnRef, side: Side, cx: &mut NetCx<'_>) {
        let known = self.get(conn).expect("it was there");
        let at = cx.queue.now() + self.latency(known.host(side), known.host(side.other()), cx);
        cx.queue.push(at, What::KeepAlive(conn, side));
    }

    /// One side gives its peer up. The peer, if it is still there, does not know until it asks or the news gets through.
    fn give_up(&mut self, conn: ConnRef, side: Side, cx: &mut NetCx<'_>) -> Option<Told> {
        let keepalive = self.config.keepalive;
        let known = self.get_mut(conn)?;
        let owner = known.owner(side);
        if !known.end(side) {
            return None;
        }
        cx.counters.timed_out_connections += 1;
        let lost = known.way(side).clear();
        count_lost(side, lost, cx);
        let known = self.get_mut(conn).expect("it was there");
        if known.state(side.other()) == EndState::Open {
            known.set_state(side, EndState::Vanished);
            let at = cx.queue.now() + cx.choices.spread(Stream::Network, keepalive);
            cx.queue.push(at, What::KeepAlive(conn, side.other()));
        }
        self.remove_if_over(conn);
        Some(Told::Closed(owner))
    }

    fn fail_dial_later(&mut self, conn: ConnRef, cx: &mut NetCx<'_>) {
        let at = cx.queue.now() + cx.choices.spread(Stream::Network, self.config.dial_time_out);
        cx.queue.push(at, What::DialFails(conn));
    }

    fn latency(&self, from: Host, to: Host, cx: &mut NetCx<'_>) -> u64 {
        let spread = match (from, to) {
            (Host::Node(_), Host::Node(_)) => self.config.between_brokers,
            _ => self.config.to_clients,
        };
        cx.choices.spread(Stream::Network, spread) + self.links.slowness(from, to)
    }

    fn insert(&mut self, conn: Conn) -> ConnRef {
        if let Some(slot) = self.free.pop() {
            let (generation, place) = &mut self.slots[slot as usize];
            *generation += 1;
            *place = Some(conn);
            return ConnRef { slot, generation: *generation };
        }
        self.slots.push((0, Some(conn)));
        ConnRef { slot: self.slots.len() as u32 - 1, generation: 0 }
    }

    fn remove(&mut self, conn: ConnRef) {
        let (generation, place) = &mut self.slots[conn.slot as usize];
        if *generation == conn.generation && place.take().is_some() {
            self.free.push(conn.slot);
        }
    }

    fn remove_if_over(&mut self, conn: ConnRef) {
        if self.get(conn).is_some_and(Conn::is_over) {
            self.remove(conn);
        }
    }

    fn refs(&self) -> Vec<ConnRef> {
        let there = self.slots.iter().enumerate().filter(|(_, (_, place))| place.is_some());
        there.map(|(slot, (generation, _))| ConnRef { slot: slot as u32, generation: *generation }).collect()
    }

    fn get(&self, conn: ConnRef) -> Option<&Conn> {
        let (generation, place) = &self.slots[conn.slot as usize];
        if *generation == conn.generation { place.as_ref() } else { None }
    }

    fn get_mut(&mut self, conn: ConnRef) -> Option<&mut Conn> {
        let (generation, place) = &mut self.slots[conn.slot as usize];
        if *generation == conn.generation { place.as_mut() } else { None }
    }
}

/// What the dialer sends are requests, what the acceptor sends are answers.
fn count_lost(side: Side, frames: u64, cx: &mut NetCx<'_>) {
    match side {
        Side::Dialer => cx.counters.lost_requests += frames,
        Side::Acceptor => cx.counters.lost_answers += frames,
    }
}
