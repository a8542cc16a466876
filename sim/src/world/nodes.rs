//! Nodes in the world: their shards' turns, timers, reads and syncs, and what connections tell them.

use super::{Stop, World};
use crate::actor::ActorEvent;
use crate::choices::Stream;
use crate::disk::{Operation, SyncTicket};
use crate::fault::Host;
use crate::network::{Answers, ConnRef, Owner, Told};
use crate::node::{ConnEvent, DiskSeen, Ended, Held, Op, OpKind, TurnCx, address};
use crate::observer::{DiskFaultSeen, Seen};
use crate::queue::What;
use bytes::Bytes;
use gracchus_core::io::{ConnId, FileError, FilePath, ShardId};
use gracchus_core::shard::{Effect, Event};
use gracchus_core::types::NodeId;
use std::iter::Peekable;
use std::vec::IntoIter;

/// A turn's disk faults that the observer was not shown yet, in order.
pub(super) type Faults = Peekable<IntoIter<DiskSeen>>;

impl World {
    /// Something waits for a shard: puts a turn into the heap where there is none early enough.
    pub(super) fn kick(&mut self, index: usize, shard: ShardId) {
        let now = self.queue.now();
        let node = &mut self.nodes[index];
        if !node.is_up() {
            return;
        }
        let lane = &mut node.lanes[usize::from(shard.0)];
        let Some(ready) = lane.next_turn(now) else { return };
        if !lane.wants_turn(ready) {
            return;
        }
        let at = ready + self.choices.spread(Stream::Scheduling, self.config.process.dispatch);
        lane.schedule(at, ready);
        self.queue.push(at, What::Lane { node: index as u16, shard: shard.0 });
    }

    /// A node that stood still goes on: turns and timers that came meanwhile come now.
    pub(super) fn rearm(&mut self, index: usize, shard: ShardId) {
        let now = self.queue.now();
        let node = &mut self.nodes[index];
        if !node.is_up() {
            // What an earlier shard had held back ended the process.
            return;
        }
        let lane = &mut node.lanes[usize::from(shard.0)];
        lane.forget_turn();
        if let Some(at) = lane.on_timer(now) {
            self.queue.push(at, What::Timer { node: index as u16, shard: shard.0 });
        }
        self.release_if_unstuck(index, shard);
        self.kick(index, shard);
    }

    pub(super) fn on_lane(&mut self, index: usize, shard: ShardId) {
        let now = self.queue.now();
        let node = &mut self.nodes[index];
        if !node.is_up() || !node.lanes[usize::from(shard.0)].is_due(now) {
            return;
        }
        self.turn(index, shard);
        if self.nodes[index].is_up() && self.stop.is_none() {
            self.kick(index, shard);
        }
    }

    pub(super) fn on_timer(&mut self, index: usize, shard: ShardId) {
        let now = self.queue.now();
        let node = &mut self.nodes[index];
        let Some(lane) = node.lanes.get_mut(usize::from(shard.0)).filter(|_| node.state == super::NodeState::Up) else {
            return;
        };
        if let Some(at) = lane.on_timer(now) {
            self.queue.push(at, What::Timer { node: index as u16, shard: shard.0 });
        }
        self.kick(index, shard);
    }

    fn turn(&mut self, index: usize, shard: ShardId) {
        let (mut seen, mut syncs) = (Vec::new(), Vec::new());
        let mut effects = std::mem::take(&mut self.effects);
        let mut freed = std::mem::take(&mut self.freed);
        let node = &mut self.nodes[index];
        let (id, incarnation) = (node.id, node.incarnation);
        let seed = self.choices.seed();
        let mut cx = TurnCx {
            queue: &mut self.queue,
            choices: &mut self.choices,
            counters: &mut self.counters,
            network: &mut self.network,
            sites: &mut self.sites,
            process: &self.config.process,
            disk: &self.config.disk,
            mutant: self.config.mutant,
            seed,
            effects: &mut effects,
            seen: &mut seen,
            syncs: &mut syncs,
            freed: &mut freed,
        };
        let turn = node.turn(shard, &mut cx);
        self.freed = freed;
        self.chain.add(u64::from(turn.events) << 32 | u64::from(shard.0), effects.list.len() as u64);
        turn.drained.into_iter().for_each(|owner| self.tell_drained(owner));
        let work = std::mem::take(&mut effects.work);
        self.see(Seen::Turn { node: id, shard, input: &turn.input, work: &work });
        match turn.ended {
            Ended::Well => {
                let list = std::mem::take(&mut effects.list);
                effects.list = self.perform(index, shard, Held { effects: list, syncs, seen });
            }
            Ended::Stuck => {
                let held = Held { effects: std::mem::take(&mut effects.list), syncs, seen };
                self.nodes[index].lanes[usize::from(shard.0)].hold(held);
            }
            Ended::Cut => {
                self.counters.cuts += 1;
                let mut seen = seen.into_iter().peekable();
                for (at, effect) in effects.list.drain(..).enumerate() {
                    self.see_disks(id, &mut seen, at);
                    if let Effect::Trace(event) = effect {
                        self.on_trace(index, shard, &event);
                    }
                }
                self.see_disks(id, &mut seen, usize::MAX);
                let (crash, _) = self.nodes[index].cut.take().expect("it cut the call");
                self.crash(index, crash, true);
            }
            Ended::Broken(site) => {
                self.see_disks(id, &mut seen.into_iter().peekable(), usize::MAX);
                self.stop = Some(Stop::Property { node: id, shard, site });
            }
            Ended::Panicked { event, message } => {
                self.see_disks(id, &mut seen.into_iter().peekable(), usize::MAX);
                let event = event.to_string();
                self.stop = Some(Stop::Panic { node: id, incarnation, shard, event, message });
            }
        }
        effects.list.clear();
        self.effects = effects;
    }

    /// A shard that waited for a stuck disk goes on where that is well again.
    pub(super) fn release_if_unstuck(&mut self, index: usize, shard: ShardId) {
        let node = &mut self.nodes[index];
        if !node.is_up() || node.disks.iter().any(|disk| disk.faults().is_stuck(shard)) {
            return;
        }
        if let Some(held) = node.lanes[usize::from(shard.0)].take_held() {
            self.perform(index, shard, held);
            if self.nodes[index].is_up() {
                self.kick(index, shard);
            }
        }
    }

    pub(super) fn on_op_done(&mut self, index: usize, slot: u32, generation: u32) {
        let node = &mut self.nodes[index];
        let Some(op) = node.ops.get(slot, generation) else { return };
        if node.disks[usize::from(op.dir)].faults().is_stuck(op.shard) {
            return node.ops.stuck.push((slot, generation));
        }
        let op = node.ops.take(slot, generation).expect("it is under way");
        let event = match op.kind {
            OpKind::Read { .. } => Event::ReadDone { op: op.op, result: self.end_read(index, &op) },
            OpKind::Sync(ticket) => Event::Synced { op: op.op, result: self.end_sync(index, &op, ticket) },
        };
        self.nodes[index].lanes[usize::from(op.shard.0)].tell_of_disk(event);
        self.kick(index, op.shard);
    }

    fn end_read(&mut self, index: usize, op: &Op) -> Result<Bytes, FileError> {
        let OpKind::Read { ino, at, len } = op.kind else { unreachable!("it is a read") };
        let node = &mut self.nodes[index];
        let disk = &mut node.disks[usize::from(op.dir)];
        let planned = disk.faults_mut().strikes(Operation::Read, &op.path.path);
        let bytes = disk.read(ino, at, len.into());
        disk.release(ino);
        if planned || self.choices.chance(Stream::Disk, self.config.disk.read_error_ppm) {
            self.counters.failed_reads += 1;
            let id = self.nodes[index].id;
            self.see_disk(id, &op.path, DiskFaultSeen::ReadFailed);
            return Err(FileError::Io);
        }
        Ok(bytes)
    }

    fn end_sync(&mut self, index: usize, op: &Op, ticket: SyncTicket) -> Result<(), FileError> {
        let node = &mut self.nodes[index];
        let disk = &mut node.disks[usize::from(op.dir)];
        let planned = disk.faults_mut().strikes(Operation::Sync, &op.path.path);
        let well = !planned && !self.choices.chance(Stream::Disk, self.config.disk.sync_error_ppm);
        disk.end_sync(ticket, well);
        if let SyncTicket::File(ino, _) = ticket {
            disk.release(ino);
        }
        if well {
            self.counters.syncs += 1;
            return Ok(());
        }
        self.counters.failed_syncs += 1;
        node.lanes[usize::from(op.shard.0)].note_failed_sync(op.op, op.path.clone());
        let id = node.id;
        self.see_disk(id, &op.path, DiskFaultSeen::SyncFailed);
        Err(FileError::Io)
    }

    /// Shows the observer those of a turn's disk faults that stand before its effect `at`.
    pub(super) fn see_disks(&mut self, node: NodeId, seen: &mut Faults, at: usize) {
        while let Some(DiskSeen { path, fault, .. }) = seen.next_if(|it| it.behind <= at) {
            self.see_disk(node, &path, fault);
        }
    }

    /// A process ends whose shards wait for a stuck disk: what failed on that disk in their turns has failed all the same.
    pub(super) fn see_held_disks(&mut self, index: usize) {
        let node = &mut self.nodes[index];
        let id = node.id;
        let held = node.lanes.iter_mut().filter_map(|lane| lane.held_mut());
        let seen: Vec<DiskSeen> = held.flat_map(|held| held.seen.drain(..)).collect();
        for DiskSeen { path, fault, .. } in seen {
            self.see_disk(id, &path, fault);
        }
    }

    pub(super) fn see_disk(&mut self, node: NodeId, path: &FilePath, fault: DiskFaultSeen) {
        let partition = self.partition_of(node, path);
        self.see(Seen::Disk { node, path, partition, fault });
    }

    /// A dial reaches its host.
    pub(super) fn on_dial(&mut self, conn: ConnRef) {
        let Some(host) = self.network.dialed_host(conn) else { return };
        let answers = match host {
            Host::Actor(_) => Answers::Refuses,
            Host::Node(id) => {
                let can_answer = self.network.can_answer(conn);
                let index = self.index_of(id);
                let node = &mut self.nodes[index];
                match node.state {
                    super::NodeState::Dark => Answers::Silent,
                    _ if !can_answer => Answers::Silent,
                    _ if !node.is_alive() || !node.sessions.listens() => Answers::Refuses,
                    _ => Answers::Listens(Owner::Node { node: id, conn: node.sessions.accept(conn) }),
                }
            }
        };
        let dialer = self.network.owner(conn, crate::network::Side::Dialer);
        let stands = self.with_network(|network, cx| network.answer_dial(conn, answers, cx));
        if let (true, Answers::Listens(Owner::Node { node, conn }), Some(dialer)) = (stands, answers, dialer) {
            let peer = address(dialer.host(), 40_000);
            self.tell_conn(node, conn, ConnEvent::Accepted(peer));
        }
    }

    /// Tells an end of a connection something.
    pub(super) fn tell(&mut self, told: Told) {
        match told {
            Told::Frame { to, conn, side, frame } => {
                self.chain.add_bytes(&frame);
                match to {
                    Owner::Node { node, conn } => self.tell_conn(node, conn, ConnEvent::Frame(frame)),
                    Owner::Actor { actor, conn: name } => {
                        let len = frame.len();
                        let drained = self.with_network(|network, cx| network.consumed(conn, side, len, cx));
                        drained.into_iter().for_each(|owner| self.tell_drained(owner));
                        self.tell_actor(actor, ActorEvent::Received { conn: name, frame });
                    }
                }
            }
            Told::Closed(Owner::Node { node, conn }) => self.tell_conn(node, conn, ConnEvent::Closed),
            Told::Closed(Owner::Actor { actor, conn }) => self.tell_actor(actor, ActorEvent::Closed { conn }),
            Told::Dialed(Owner::Node { node, conn }) => self.tell_conn(node, conn, ConnEvent::Dialed),
            Told::Dialed(Owner::Actor { actor, conn }) => self.tell_actor(actor, ActorEvent::Dialed { conn }),
            Told::DialFailed(Owner::Node { node, conn }, why) => {
                self.tell_conn(node, conn, ConnEvent::DialFailed(why));
            }
            Told::DialFailed(Owner::Actor { actor, conn }, why) => {
                self.tell_actor(actor, ActorEvent::DialFailed { conn, why });
            }
        }
    }

    pub(super) fn tell_drained(&mut self, owner: Owner) {
        if let Owner::Node { node, conn } = owner {
            self.note_drained(self.index_of(node), conn);
        }
    }

    /// All that a node sent on a connection has left. That alone is worth a turn only after a while.
    pub(super) fn note_drained(&mut self, index: usize, conn: ConnId) {
        let at = self.queue.now() + self.config.process.drained_us * 1_000;
        let node = &mut self.nodes[index];
        if let Some(shard) = node.sessions.note_drained(conn) {
            node.lanes[usize::from(shard.0)].note_drained(at, conn);
            self.kick(index, shard);
        }
    }

    pub(super) fn tell_conn(&mut self, node: NodeId, conn: ConnId, event: ConnEvent) {
        let index = self.index_of(node);
        let node = &mut self.nodes[index];
        if let Some(shard) = node.sessions.tell(conn, event) {
            node.lanes[usize::from(shard.0)].queue_up(conn);
            self.kick(index, shard);
        }
    }
}
