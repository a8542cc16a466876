//! Births and deaths of nodes.

use super::{NodeState, World};
use crate::choices::Stream;
use crate::fault::{Crash, Host};
use crate::observer::{Altered, Incarnation, Seen};
use crate::queue::What;
use gracchus_core::io::{DirId, FilePath, ShardId};
use gracchus_core::shard::Halt;
use std::collections::BTreeMap;

impl World {
    /// A dead node starts again, or for the first time.
    pub(super) fn boot(&mut self, index: usize) {
        let node = &mut self.nodes[index];
        if node.booting || node.is_alive() {
            return;
        }
        node.booting = true;
        node.incarnation.0 += 1;
        let incarnation = node.incarnation.0;
        if node.state == NodeState::Dark {
            node.state = NodeState::Down;
            let host = Host::Node(node.id);
            self.with_network(|network, cx| network.on_machine_back(host, cx));
        }
        let at = self.queue.now() + self.choices.spread(Stream::Process, self.config.process.boot);
        self.queue.push(at, What::Boot { node: index as u16, incarnation });
    }

    pub(super) fn on_boot(&mut self, index: usize, incarnation: Incarnation) {
        let make = self.make;
        let node = &mut self.nodes[index];
        if !node.booting || node.incarnation != incarnation {
            return;
        }
        node.start(make);
        let (id, shards) = (node.id, node.config.shards);
        self.counters.starts += 1;
        self.see_start(index, id, incarnation);
        for shard in 0..shards {
            self.kick(index, ShardId(shard));
        }
        self.look_later(index, self.config.controller.publication);
    }

    /// A node's process ends unasked.
    pub(super) fn crash(&mut self, index: usize, crash: Crash, within_call: bool) {
        let node = &mut self.nodes[index];
        let untold = within_call || node.holds_effects();
        let (id, incarnation, was_alive) = (node.id, node.incarnation, node.is_alive());
        let power_lost = matches!(crash, Crash::PowerLoss(_));
        if !was_alive && (!power_lost || node.state == NodeState::Dark) {
            node.booting = false;
            return;
        }
        self.see_held_disks(index);
        let mut altered = Vec::new();
        let mut folders = BTreeMap::new();
        match crash {
            Crash::Kill => {
                self.counters.kills += 1;
                self.nodes[index].disks.iter_mut().for_each(crate::disk::Disk::on_kill);
                self.close_all(index);
            }
            Crash::PowerLoss(unsynced) => {
                self.counters.power_losses += 1;
                // A power loss can leave another partition's folder under the name of this one's.
                folders = self.folders(index);
                let node = &mut self.nodes[index];
                for (dir, disk) in node.disks.iter_mut().enumerate() {
                    let files = disk.on_power_loss(unsynced, &mut self.choices, &mut self.counters);
                    altered.extend(files.into_iter().map(|file| (DirId(dir as u16), file)));
                }
                self.vanish_all(index);
            }
        }
        self.nodes[index].end_process(power_lost);
        let altered: Vec<Altered> = altered
            .into_iter()
            .map(|(dir, file)| {
                let path = FilePath { dir, path: file.path };
                let folder = path.path.split('/').next().unwrap_or_default();
                let before = folders.get(&(dir, folder.into())).copied();
                let partition = before.or_else(|| self.partition_of(id, &path));
                Altered { partition, path, from: file.from, to: file.to }
            })
            .collect();
        for one in &altered {
            self.chain.add(one.from, one.to);
        }
        self.see(Seen::Crashed { node: id, incarnation, crash, altered: &altered, untold });
        self.look_later(index, self.config.controller.detection);
    }

    /// A node's process ends itself; what it wrote stays in the page cache.
    pub(super) fn halt(&mut self, index: usize, why: &Halt) {
        let node = &self.nodes[index];
        let (id, incarnation, untold) = (node.id, node.incarnation, node.holds_effects());
        self.see_held_disks(index);
        self.counters.halts += 1;
        self.nodes[index].disks.iter_mut().for_each(crate::disk::Disk::on_kill);
        self.close_all(index);
        self.nodes[index].end_process(false);
        self.see(Seen::Halted { node: id, incarnation, why, untold });
        if self.healed && matches!(why, Halt::Clean | Halt::Unclean(_)) {
            self.boot(index);
        }
        self.look_later(index, self.config.controller.detection);
    }

    pub(super) fn pause(&mut self, index: usize) {
        let node = &mut self.nodes[index];
        if node.state != NodeState::Up {
            return;
        }
        node.state = NodeState::Paused;
        let id = node.id;
        self.counters.pauses += 1;
        self.see(Seen::Paused { node: id });
        self.look_later(index, self.config.controller.detection);
    }

    pub(super) fn resume(&mut self, index: usize) {
        let node = &mut self.nodes[index];
        if node.state != NodeState::Paused {
            return;
        }
        node.state = NodeState::Up;
        let (id, shards) = (node.id, node.config.shards);
        self.see(Seen::Resumed { node: id });
        for shard in 0..shards {
            self.rearm(index, ShardId(shard));
        }
        self.look_later(index, self.config.controller.publication);
    }

    /// The machine lives on and says of every connection that it is over.
    fn close_all(&mut self, index: usize) {
        for (net, side) in self.nodes[index].sessions.all() {
            self.with_network(|network, cx| network.close(net, side, false, cx));
        }
    }

    /// Nobody says anything.
    fn vanish_all(&mut self, index: usize) {
        let host = Host::Node(self.nodes[index].id);
        for (net, side) in self.nodes[index].sessions.all() {
            self.with_network(|network, cx| network.vanish(net, side, cx));
        }
        self.network.on_machine_dark(host);
    }
}
