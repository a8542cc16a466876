//! The controller in the world: what it learns when, and when nodes hear of it.

use super::World;
use crate::choices::Stream;
use crate::config::Spread;
use crate::fault::Host;
use crate::observer::Seen;
use crate::queue::What;
use gracchus_core::io::ShardId;
use gracchus_core::metadata::MetadataImage;
use gracchus_core::shard::Event;
use std::sync::Arc;

impl World {
    /// The controller looks at a node after so long: a heartbeat that comes, or one that stays away.
    pub(super) fn look_later(&mut self, index: usize, after: Spread) {
        let at = self.queue.now() + self.choices.spread(Stream::Controller, after);
        self.queue.push(at, What::LookAt(index as u16));
    }

    /// A node that is its own controller hands an image to its shards: it is on disk, and acted upon from now on.
    pub(super) fn on_own_image(&mut self, image: &Arc<MetadataImage>) {
        if !self.config.own_controller || Arc::ptr_eq(image, self.controller.image()) {
            return;
        }
        self.counters.images += 1;
        self.chain.add_value(&image.version.0);
        self.controller.take_image(image);
        self.see(Seen::Published { image });
    }

    pub(super) fn on_look_at(&mut self, index: usize) {
        if self.config.own_controller {
            return;
        }
        let serving = self.nodes[index].is_up() && self.is_in_touch(index);
        let node = &self.nodes[index];
        self.controller.on_node(node.id, node.incarnation, serving);
        self.after_controller();
        self.send_image(index);
    }

    pub(super) fn on_lag_check(&mut self) {
        self.check_scheduled = false;
        self.controller.check(self.queue.now());
        self.after_controller();
    }

    /// Makes known what the controller just decided.
    pub(super) fn after_controller(&mut self) {
        if !self.controller.did_anything() {
            return;
        }
        let done = self.controller.take_done();
        self.counters.elections += done.elections;
        self.counters.isr_shrinks += done.shrinks;
        self.counters.isr_expands += done.expands;
        for partition in done.broken {
            self.see(Seen::RulesBroken { partition });
        }
        if done.wants_check && !self.check_scheduled {
            self.check_scheduled = true;
            let at = self.queue.now() + self.config.controller.lag_check_ms * 1_000_000;
            self.queue.push(at, What::LagCheck);
        }
        let Some(image) = done.image else { return };
        self.counters.images += 1;
        self.chain.add_value(&image.version.0);
        self.see(Seen::Published { image: &image });
        for index in 0..self.nodes.len() {
            self.send_image(index);
        }
    }

    /// Sends a node the newest image, where it is to be told and was not.
    pub(super) fn send_image(&mut self, index: usize) {
        let in_touch = self.is_in_touch(index);
        let node = &mut self.nodes[index];
        let image = self.controller.image();
        let registered = self.controller.is_registered(node.id, node.incarnation);
        if self.config.own_controller
            || !node.is_alive()
            || !registered
            || !in_touch
            || node.images_held
            || node.image_sent >= image.version
        {
            return;
        }
        node.image_sent = image.version;
        let at = self.queue.now() + self.choices.spread(Stream::Controller, self.config.controller.publication);
        let at = node.images.back().map_or(at, |(before, _)| at.max(*before));
        node.images.push_back((at, image.clone()));
        self.queue.push(at, What::ImageArrives(index as u16));
    }

    pub(super) fn on_image_arrives(&mut self, index: usize) {
        let now = self.queue.now();
        let node = &mut self.nodes[index];
        if node.images.front().is_none_or(|(at, _)| *at > now) {
            return;
        }
        let (_, image) = node.images.pop_front().expect("it has a front");
        if !node.is_alive() {
            return;
        }
        node.lanes[0].tell(Event::Image(image));
        self.kick(index, ShardId::CONTROL);
    }

    /// Whether a node hears, and is heard by, more than half of the nodes, itself among them: the controller is there.
    pub(super) fn is_in_touch(&self, index: usize) -> bool {
        let here = Host::Node(self.nodes[index].id);
        let hears = |node: &&crate::node::Node| self.network.in_touch(here, Host::Node(node.id));
        let heard = self.nodes.iter().filter(hears).count();
        2 * heard > self.nodes.len()
            || 2 * heard == self.nodes.len() && self.network.in_touch(here, Host::Node(self.nodes[0].id))
    }
}
