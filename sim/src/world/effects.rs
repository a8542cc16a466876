//! Performing what a shard wants done: in order, deciding nothing.

use super::{Stop, World};
use crate::choices::Stream;
use crate::disk::SyncTicket;
use crate::fault::{Cut, Host};
use crate::network::{Owner, Side, join};
use crate::node::{Held, Op, OpKind, PORT, Post, SyncAsk, address, node_named};
use crate::observer::Seen;
use crate::queue::What;
use bytes::Bytes;
use gracchus_core::io::{ConnId, FileError, FileId, OpId, ShardId, TraceEvent};
use gracchus_core::shard::{Effect, Event, ShardMail};

impl World {
    /// Performs the effects of a turn, and gives the empty list back. A crash that was drawn may fall between two. Each of
    /// the turn's disk faults is seen in its place among them; where the process ends before that, at its end, because what
    /// failed has failed whether anybody was told or not.
    pub(super) fn perform(&mut self, index: usize, shard: ShardId, turn: Held) -> Vec<Effect> {
        let Held { mut effects, syncs, seen } = turn;
        let id = self.nodes[index].id;
        let (mut syncs, mut seen) = (syncs.into_iter(), seen.into_iter().peekable());
        for (at, effect) in effects.drain(..).enumerate() {
            self.see_disks(id, &mut seen, at);
            if let Some((crash, Cut::AfterEffects(left))) = &mut self.nodes[index].cut
                && !matches!(effect, Effect::Trace(_))
            {
                if *left == 0 {
                    let crash = *crash;
                    self.counters.effect_cuts += 1;
                    self.see_disks(id, &mut seen, usize::MAX);
                    self.crash(index, crash, true);
                    break;
                }
                *left -= 1;
            }
            if let Effect::Halt(why) = &effect {
                self.see_disks(id, &mut seen, usize::MAX);
                self.halt(index, why);
                break;
            }
            self.perform_one(index, shard, effect, &mut syncs);
            if self.stop.is_some() {
                break;
            }
        }
        self.see_disks(id, &mut seen, usize::MAX);
        effects
    }

    fn perform_one(&mut self, index: usize, shard: ShardId, effect: Effect, syncs: &mut impl Iterator<Item = SyncAsk>) {
        let node = &mut self.nodes[index];
        match effect {
            Effect::Listen { on } => {
                node.sessions.listen(shard);
                let addr = address(Host::Node(node.id), PORT);
                node.lanes[usize::from(shard.0)].tell(Event::Listening { on, addr });
            }
            Effect::Unlisten { .. } => node.sessions.unlisten(shard),
            Effect::Dial { conn, host, port } => self.dial(index, shard, conn, &host, port),
            Effect::Send { conn, parts } => self.send(index, shard, conn, &parts),
            Effect::Pause { conn } => node.sessions.pause(conn),
            Effect::Resume { conn } => {
                if let Some(shard) = node.sessions.resume(conn) {
                    node.lanes[usize::from(shard.0)].queue_up(conn);
                }
            }
            Effect::Close { conn, after_drain } => {
                let Some((net, side)) = node.sessions.net(conn) else { return };
                node.sessions.drop_frames(conn);
                self.tell_with(|network, cx| network.close(net, side, after_drain, cx));
            }
            Effect::HandOver { conn, to } => {
                if node.sessions.depart(conn, to) {
                    self.post(index, shard, to, Post::HandedOver(conn));
                }
            }
            Effect::Read { op, file, at, len } => self.begin_read(index, shard, op, file, at, len),
            Effect::Sync { op, .. } => {
                let ask = syncs.next().expect("every sync was fixed when it was asked for");
                self.begin_sync(index, shard, op, ask);
            }
            Effect::Mail { to, mail } => {
                if let ShardMail::Image(image) = &mail {
                    self.on_own_image(image);
                }
                self.post(index, shard, to, Post::Mail(mail));
            }
            Effect::WakeAt(at) => {
                let at = node.clock.when(at);
                if node.lanes[usize::from(shard.0)].wake_at(at) {
                    self.queue.push(at, What::Timer { node: index as u16, shard: shard.0 });
                }
            }
            Effect::Trace(event) => self.on_trace(index, shard, &event),
            Effect::Halt(_) => unreachable!("the one before the last"),
        }
    }

    /// A shard said something of itself.
    pub(super) fn on_trace(&mut self, index: usize, shard: ShardId, event: &TraceEvent) {
        self.chain.add_value(event);
        let (node, incarnation) = (self.nodes[index].id, self.nodes[index].incarnation);
        if self.observed.has(event.kind()) {
            self.see(Seen::Trace { node, incarnation, shard, event });
        }
        if !self.config.own_controller && self.controller.is_registered(node, incarnation) {
            self.controller.on_trace(node, event, self.queue.now());
            self.after_controller();
        }
    }

    fn dial(&mut self, index: usize, shard: ShardId, conn: ConnId, host: &str, port: u16) {
        let known = node_named(host).filter(|id| (1..=self.nodes.len() as i32).contains(&id.0) && port == PORT);
        let id = self.nodes[index].id;
        // An unknown host is one that nothing answers from, like a client's.
        let to = known.map_or(Host::Actor(crate::ActorId(u32::MAX)), Host::Node);
        let owner = Owner::Node { node: id, conn };
        let net = self.with_network(|network, cx| network.dial(owner, to, cx));
        self.nodes[index].sessions.dial(conn, net, shard);
    }

    fn send(&mut self, index: usize, shard: ShardId, conn: ConnId, parts: &[Bytes]) {
        let node = &self.nodes[index];
        let Some((net, side)) = node.sessions.net(conn) else { return };
        let Some(frame) = join(parts) else {
            let (event, message) = ("Send".to_string(), format!("a frame on {conn:?} whose length prefix lies"));
            let (node, incarnation) = (node.id, node.incarnation);
            self.stop = Some(Stop::Panic { node, incarnation, shard, event, message });
            return;
        };
        let left = self.with_network(|network, cx| network.send(net, side, frame, cx));
        if left && side == Side::Acceptor {
            self.note_drained(index, conn);
        }
    }

    fn post(&mut self, index: usize, from: ShardId, to: ShardId, post: Post) {
        let at = self.queue.now() + self.choices.spread(Stream::Scheduling, self.config.process.mail);
        self.nodes[index].lanes[usize::from(to.0)].post(from, at, post);
        if to != from {
            self.kick(index, to);
        }
    }

    fn begin_read(&mut self, index: usize, shard: ShardId, op: OpId, file: FileId, at: u64, len: u32) {
        let node = &mut self.nodes[index];
        let Some((ino, path)) = node.open.find(file) else {
            let event = Event::ReadDone { op, result: Err(FileError::Stale) };
            return node.lanes[usize::from(shard.0)].tell_of_disk(event);
        };
        let dir = path.dir.0;
        node.disks[usize::from(dir)].hold(ino);
        let kind = OpKind::Read { ino, at, len };
        self.begin_op(index, Op { shard, op, dir, path, kind });
    }

    fn begin_sync(&mut self, index: usize, shard: ShardId, op: OpId, ask: SyncAsk) {
        let node = &mut self.nodes[index];
        match ask {
            Ok((path, ticket)) => {
                let dir = path.dir.0;
                if let SyncTicket::File(ino, _) = ticket {
                    node.disks[usize::from(dir)].hold(ino);
                }
                self.begin_op(index, Op { shard, op, dir, path, kind: OpKind::Sync(ticket) });
            }
            Err(why) => {
                let event = Event::Synced { op, result: Err(why) };
                node.lanes[usize::from(shard.0)].tell_of_disk(event);
            }
        }
    }

    fn begin_op(&mut self, index: usize, op: Op) {
        let spread = match op.kind {
            OpKind::Read { .. } => self.config.disk.read,
            OpKind::Sync(_) => self.config.disk.sync,
        };
        let node = &mut self.nodes[index];
        let takes =
            node.disks[usize::from(op.dir)].faults().stretch(self.choices.spread(Stream::Disk, spread), op.shard);
        let (slot, generation) = node.ops.insert(op);
        self.queue.push(self.queue.now() + takes, What::OpDone { node: index as u16, slot, generation });
    }

    /// A disk is unstuck: what had ended on it ends now.
    pub(super) fn release_ops(&mut self, index: usize) {
        let stuck = std::mem::take(&mut self.nodes[index].ops.stuck);
        for (slot, generation) in stuck {
            let takes = self.choices.spread(Stream::Disk, self.config.disk.sync);
            self.queue.push(self.queue.now() + takes, What::OpDone { node: index as u16, slot, generation });
        }
    }
}
