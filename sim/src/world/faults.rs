//! Faults and their ends.

use super::World;
use crate::fault::{Crash, Cut, DiskFault, Fault, Host, LinkFault};
use crate::observer::{DiskFaultSeen, Seen};
use gracchus_core::io::{DirId, FilePath, ShardId};
use gracchus_core::shard::Event;
use gracchus_core::types::{NodeId, TopicPartition};

impl World {
    /// Does one fault now.
    pub fn apply(&mut self, fault: &Fault) {
        if self.stop.is_some() {
            return;
        }
        match fault {
            Fault::Crash { node, crash, cut } => self.apply_crash(*node, *crash, *cut),
            Fault::Restart { node } => self.boot(self.index_of(*node)),
            Fault::Stop { node } => self.stop_node(*node),
            Fault::Pause { node } => self.pause(self.index_of(*node)),
            Fault::Resume { node } => self.resume(self.index_of(*node)),
            Fault::Links { from, to, fault } => self.set_links(from, to, *fault),
            Fault::Isolate { one } => {
                let others: Vec<Host> = self.hosts().into_iter().filter(|host| !one.contains(host)).collect();
                self.set_links(one, &others, LinkFault::Cut);
                self.set_links(&others, one, LinkFault::Cut);
            }
            Fault::HealLinks { from, to } => {
                let among = |a: Host, b: Host| from.contains(&a) && to.contains(&b);
                self.heal_links(|a, b| among(a, b) || among(b, a));
            }
            Fault::HealNetwork => {
                self.heal_links(|_, _| true);
                self.network.heal_loss();
            }
            Fault::Reset { a, b } => {
                let (a, b) = (*a, *b);
                self.with_network(|network, cx| network.reset_between(a, b, cx));
            }
            Fault::Loss { ppm } => self.network.set_loss(*ppm),
            Fault::Disk { node, dir, fault } => self.apply_disk(self.index_of(*node), *dir, fault),
            Fault::ClockJump { node, by_ms } => {
                let index = self.index_of(*node);
                self.nodes[index].clock.jump(*by_ms);
            }
            other => self.apply_to_controller(other),
        }
    }

    /// Ends every fault: links, disks and pauses are well again, dead nodes start, those that are stopping do so once they
    /// have stopped, the controller acts by itself.
    pub fn heal(&mut self) {
        self.healed = true;
        self.apply(&Fault::HealNetwork);
        self.apply(&Fault::Automatic(true));
        for node in self.nodes() {
            let index = self.index_of(node);
            self.nodes[index].cut = None;
            for dir in 0..self.nodes[index].disks.len() as u16 {
                self.apply(&Fault::Disk { node, dir, fault: DiskFault::Heal });
            }
            self.apply(&Fault::ReleaseImages { node });
            self.apply(&Fault::Resume { node });
            self.apply(&Fault::Restart { node });
        }
    }

    fn apply_crash(&mut self, node: NodeId, crash: Crash, cut: Cut) {
        let index = self.index_of(node);
        match cut {
            Cut::Now => self.crash(index, crash, false),
            Cut::AfterFileOps(_) | Cut::AfterEffects(_) => self.nodes[index].cut = Some((crash, cut)),
        }
    }

    fn stop_node(&mut self, node: NodeId) {
        let index = self.index_of(node);
        if self.nodes[index].is_alive() {
            self.nodes[index].lanes[0].tell(Event::Stop);
            self.kick(index, ShardId::CONTROL);
        }
    }

    fn set_links(&mut self, from: &[Host], to: &[Host], fault: LinkFault) {
        match fault {
            LinkFault::Cut => self.counters.partitions += 1,
            LinkFault::Clog => self.counters.clogs += 1,
            LinkFault::Slow(_) => {}
        }
        for from in from {
            for to in to {
                self.network.set_link(*from, *to, fault);
            }
        }
        self.look_at_all(self.config.controller.detection);
    }

    fn heal_links(&mut self, heals: impl Fn(Host, Host) -> bool) {
        self.with_network(|network, cx| network.heal_links(heals, cx));
        self.look_at_all(self.config.controller.publication);
    }

    /// Links changed: nodes may be out of touch, or in touch again.
    fn look_at_all(&mut self, after: crate::config::Spread) {
        for index in 0..self.nodes.len() {
            let node = &self.nodes[index];
            let serving = node.is_up() && self.is_in_touch(index);
            let told = node.image_sent == self.controller.image().version;
            if serving != self.controller.is_registered(node.id, node.incarnation) || serving && !told {
                self.look_later(index, after);
            }
        }
    }

    fn apply_disk(&mut self, index: usize, dir: u16, fault: &DiskFault) {
        if matches!(fault, DiskFault::Wipe | DiskFault::WipeBut(_)) && self.nodes[index].is_alive() {
            return;
        }
        let node = &mut self.nodes[index];
        let id = node.id;
        let Some(disk) = node.disks.get_mut(usize::from(dir)) else { return };
        let rotted = disk.apply(fault, &mut self.choices);
        self.counters.rotted_bits += rotted.len() as u64;
        for (path, at) in rotted {
            self.chain.add(at, path.len() as u64);
            let path = FilePath { dir: DirId(dir), path };
            let partition = self.partition_of(id, &path);
            self.see(Seen::Disk { node: id, path: &path, partition, fault: DiskFaultSeen::Rotted { at } });
        }
        if matches!(fault, DiskFault::Stuck(false) | DiskFault::StuckControl(false) | DiskFault::Heal) {
            self.release_ops(index);
            for shard in 0..self.nodes[index].lanes.len() as u16 {
                self.release_if_unstuck(index, ShardId(shard));
            }
        }
    }

    fn apply_to_controller(&mut self, fault: &Fault) {
        if self.config.own_controller {
            return;
        }
        match fault {
            Fault::MoveLeader { topic, partition, to } => {
                if let Some(partition) = self.named(topic, *partition) {
                    self.move_leader(partition, *to);
                }
            }
            Fault::ForceLeader { topic, partition, to } => {
                if let Some(partition) = self.named(topic, *partition) {
                    self.controller.force_leader(partition, *to);
                }
            }
            Fault::ForceIsr { topic, partition, isr } => {
                if let Some(partition) = self.named(topic, *partition) {
                    self.controller.force_isr(partition, isr.clone());
                }
            }
            Fault::Automatic(automatic) => {
                self.controller.set_automatic(*automatic);
                if *automatic {
                    self.look_at_all(self.config.controller.publication);
                }
            }
            Fault::HoldImages { node } => {
                let index = self.index_of(*node);
                self.nodes[index].images_held = true;
            }
            Fault::ReleaseImages { node } => {
                let index = self.index_of(*node);
                self.nodes[index].images_held = false;
                self.send_image(index);
            }
            Fault::PreferredLeaders => self.controller.prefer_all(),
            _ => unreachable!("the others concern no controller"),
        }
        self.after_controller();
    }

    fn move_leader(&mut self, partition: TopicPartition, to: Option<NodeId>) {
        let leader = self.image().partition(partition).and_then(|known| known.leader);
        let others: Vec<NodeId> =
            self.controller.electable(partition).into_iter().filter(|node| Some(*node) != leader).collect();
        let to = match to {
            Some(to) => Some(to),
            None if others.is_empty() => None,
            None => {
                let drawn = self.choices.below(crate::choices::Stream::Controller, others.len() as u64);
                Some(others[drawn as usize])
            }
        };
        if let Some(to) = to {
            self.controller.move_leader(partition, to);
        }
    }

    fn named(&self, topic: &str, partition: i32) -> Option<TopicPartition> {
        let topic = self.image().topic_named(topic)?.id;
        Some(TopicPartition { topic, partition })
    }

    fn hosts(&self) -> Vec<Host> {
        let nodes = self.nodes.iter().map(|node| Host::Node(node.id));
        nodes.chain(self.actors().into_iter().map(Host::Actor)).collect()
    }
}
