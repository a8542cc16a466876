//! Clients in the world: what they are told, and what they want done.

use super::World;
use crate::actor::{Actor, ActorConn, ActorCx, ActorEvent, ActorId, ActorOutput};
use crate::choices::OwnStream;
use crate::fault::Host;
use crate::network::{ConnRef, Owner, Side, join};
use crate::node::node_named;
use crate::observer::Seen;
use crate::queue::What;
use gracchus_core::types::{Instant, Now, Timestamp};
use std::collections::BTreeMap;

/// What the world's time nought is on a client's wall clock, which is never off.
const EPOCH_MS: i64 = 1_704_067_200_000;
const NEVER: u64 = u64::MAX;

/// An actor and what the world keeps of it.
#[derive(Debug)]
pub(super) struct ActorSlot {
    actor: Box<dyn Actor>,
    draws: OwnStream,
    conns: BTreeMap<ActorConn, ConnRef>,
    wake_at: u64,
    timer_at: u64,
}

impl Clone for ActorSlot {
    fn clone(&self) -> ActorSlot {
        let (draws, conns) = (self.draws.clone(), self.conns.clone());
        ActorSlot { actor: self.actor.fork(), draws, conns, ..*self }
    }
}

impl World {
    /// Adds a client, which is told [`ActorEvent::Start`] at once.
    pub fn add(&mut self, actor: Box<dyn Actor>) -> ActorId {
        let id = self.actors.len() as u32;
        let draws = self.choices.own("actor", id.into());
        self.actors.push(ActorSlot { actor, draws, conns: BTreeMap::new(), wake_at: NEVER, timer_at: NEVER });
        self.queue.push(self.queue.now(), What::ActorStart(id));
        ActorId(id)
    }

    /// Looks at a client.
    #[must_use]
    pub fn actor(&self, id: ActorId) -> &dyn Actor {
        &*self.actors[id.0 as usize].actor
    }

    /// Changes a client between two steps; it is told [`ActorEvent::Wake`] next.
    pub fn actor_mut(&mut self, id: ActorId) -> &mut dyn Actor {
        let now = self.queue.now();
        let slot = &mut self.actors[id.0 as usize];
        (slot.wake_at, slot.timer_at) = (now, now);
        self.queue.push(now, What::ActorTimer(id.0));
        &mut *slot.actor
    }

    /// Every client's id.
    #[must_use]
    pub fn actors(&self) -> Vec<ActorId> {
        (0..self.actors.len() as u32).map(ActorId).collect()
    }

    pub(super) fn on_actor_start(&mut self, actor: u32) {
        self.tell_actor(ActorId(actor), ActorEvent::Start);
    }

    pub(super) fn on_actor_timer(&mut self, actor: u32) {
        let now = self.queue.now();
        let slot = &mut self.actors[actor as usize];
        if slot.timer_at <= now {
            slot.timer_at = NEVER;
        }
        if slot.wake_at <= now {
            slot.wake_at = NEVER;
            self.tell_actor(ActorId(actor), ActorEvent::Wake);
        } else if slot.wake_at < slot.timer_at {
            slot.timer_at = slot.wake_at;
            self.queue.push(slot.wake_at, What::ActorTimer(actor));
        }
    }

    pub(super) fn tell_actor(&mut self, id: ActorId, event: ActorEvent) {
        let at = self.queue.now();
        let now = Now { mono: Instant(at), wall: Timestamp(EPOCH_MS + (at / 1_000_000) as i64) };
        let slot = &mut self.actors[id.0 as usize];
        if let ActorEvent::Closed { conn } | ActorEvent::DialFailed { conn, .. } = &event {
            slot.conns.remove(conn);
        }
        let (mut out, mut notes) = (std::mem::take(&mut self.outputs), std::mem::take(&mut self.notes));
        let mut cx = ActorCx { me: id, draws: &mut slot.draws, out: &mut out, notes: &mut notes };
        slot.actor.handle(now, event, &mut cx);
        for note in notes.drain(..) {
            self.see(Seen::Note { actor: id, note: &note });
        }
        for output in out.drain(..) {
            self.perform_for_actor(id, output);
        }
        (self.outputs, self.notes) = (out, notes);
    }

    fn perform_for_actor(&mut self, id: ActorId, output: ActorOutput) {
        let conn_of = |world: &World, conn: &ActorConn| world.actors[id.0 as usize].conns.get(conn).copied();
        match output {
            ActorOutput::Dial { conn, host, port } => self.dial_for_actor(id, conn, &host, port),
            ActorOutput::Send { conn, parts } => {
                let Some(net) = conn_of(self, &conn) else { return };
                let frame = join(&parts).expect("a client's frame says how long it is");
                self.with_network(|network, cx| network.send(net, Side::Dialer, frame, cx));
            }
            ActorOutput::Close { conn } => {
                let Some(net) = conn_of(self, &conn) else { return };
                self.tell_with(|network, cx| network.close(net, Side::Dialer, true, cx));
            }
            ActorOutput::WakeAt(at) => {
                let slot = &mut self.actors[id.0 as usize];
                slot.wake_at = at.0;
                if at.0 < slot.timer_at {
                    slot.timer_at = at.0;
                    self.queue.push(at.0, What::ActorTimer(id.0));
                }
            }
        }
    }

    fn dial_for_actor(&mut self, id: ActorId, conn: ActorConn, host: &str, port: u16) {
        let node = node_named(host).filter(|node| (1..=self.nodes.len() as i32).contains(&node.0));
        // An unknown host is a machine that nothing answers from.
        let to = node.filter(|_| port == crate::node::PORT).map_or(Host::Actor(id), Host::Node);
        let owner = Owner::Actor { actor: id, conn };
        let net = self.with_network(|network, cx| network.dial(owner, to, cx));
        let before = self.actors[id.0 as usize].conns.insert(conn, net);
        assert!(before.is_none(), "{conn:?} names two connections");
    }
}
