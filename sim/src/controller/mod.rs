//! The world playing controller: keeps the image, moves leaders, changes in-sync sets, and tells nodes later.
//!
//! **Invariants**: a leader is one that is alive and holds everything committed, unless a script broke the rules;
//! epochs only grow; the last member of an in-sync set stays in it, alive or not; a member that came back counts as
//! electable only once the leader's high watermark waits for it.
//!
//! **In Kafka**: `ReplicationControlManager`, `PartitionChangeBuilder`, `ReplicaManager.maybeShrinkIsr`.

mod elect;
mod make;
mod start;
mod watch;

pub use start::folder_partitions;

use crate::config::{ControllerConfig, TopicSpec};
use crate::observer::Incarnation;
use elect::Change;
use gracchus_core::io::{TraceEvent, TraceKind, TraceKinds};
use gracchus_core::metadata::{BrokerRegistration, MetadataImage, PartitionRegistration};
use gracchus_core::types::{BrokerEpoch, ImageVersion, NodeId, TopicPartition};
use std::collections::BTreeMap;
use std::sync::Arc;
use watch::Watch;

/// The controller of a world.
#[derive(Clone, Debug)]
pub struct Controller {
    config: ControllerConfig,
    at_first_use: Vec<TopicSpec>,
    image: Arc<MetadataImage>,
    /// The image to come, while it differs from the one that is published.
    draft: Option<MetadataImage>,
    /// Whether it acts by itself.
    automatic: bool,
    brokers: BTreeMap<NodeId, Broker>,
    watches: BTreeMap<TopicPartition, Watch>,
    broken: Vec<TopicPartition>,
    wants_check: bool,
    elections: u64,
    shrinks: u64,
    expands: u64,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Broker {
    incarnation: Incarnation,
    registered: bool,
}

/// What the controller did since it was last asked.
#[derive(Clone, Debug, Default)]
pub struct Done {
    /// A new image to publish.
    pub image: Option<Arc<MetadataImage>>,
    /// Partitions whose rules a script broke.
    pub broken: Vec<TopicPartition>,
    /// Whether it wants to look who lags.
    pub wants_check: bool,
    /// Leaders elected.
    pub elections: u64,
    /// Replicas taken out of in-sync sets.
    pub shrinks: u64,
    /// Replicas put in.
    pub expands: u64,
}

impl Controller {
    /// What the controller itself has to hear of.
    #[must_use]
    pub fn wanted() -> TraceKinds {
        [
            TraceKind::Appended,
            TraceKind::HighWatermark,
            TraceKind::BecameLeader,
            TraceKind::InSync,
            TraceKind::FollowerAt,
            TraceKind::Offline,
            TraceKind::TopicWanted,
        ]
        .into_iter()
        .fold(TraceKinds::NONE, TraceKinds::with)
    }

    /// The newest image.
    #[must_use]
    pub fn image(&self) -> &Arc<MetadataImage> {
        &self.image
    }

    /// Whether that life of a node is registered: only then is it told anything.
    #[must_use]
    pub fn is_registered(&self, node: NodeId, incarnation: Incarnation) -> bool {
        self.brokers[&node] == Broker { incarnation, registered: true }
    }

    /// Whether there is anything in [`Controller::take_done`]: most of what it watches moves nothing.
    #[must_use]
    pub fn did_anything(&self) -> bool {
        let counts = self.elections + self.shrinks + self.expands;
        self.draft.is_some() || !self.broken.is_empty() || self.wants_check || counts > 0
    }

    /// What was done since this was last asked. Time passes between a decision and its news, never within one.
    pub fn take_done(&mut self) -> Done {
        let image = self.draft.take().map(|mut draft| {
            draft.version = ImageVersion(self.image.version.0 + 1);
            self.image = Arc::new(draft);
            self.image.clone()
        });
        Done {
            image,
            broken: std::mem::take(&mut self.broken),
            wants_check: std::mem::take(&mut self.wants_check),
            elections: std::mem::take(&mut self.elections),
            shrinks: std::mem::take(&mut self.shrinks),
            expands: std::mem::take(&mut self.expands),
        }
    }

    /// A node that is its own controller has made this image.
    pub fn take_image(&mut self, image: &Arc<MetadataImage>) {
        self.image = image.clone();
    }

    /// Acts by itself, or only when told.
    pub fn set_automatic(&mut self, automatic: bool) {
        self.automatic = automatic;
    }

    /// A node is as it is: alive and in touch in that life, or not. Whatever changed is acted upon.
    pub fn on_node(&mut self, node: NodeId, incarnation: Incarnation, serving: bool) {
        let known = self.brokers[&node];
        // A restart that was quicker than its detection is still one: out of every in-sync set before anything is elected.
        if known.registered && (!serving || known.incarnation != incarnation) {
            self.fence(node);
        }
        if serving && self.brokers[&node] != (Broker { incarnation, registered: true }) {
            self.register(node, incarnation);
        }
    }

    /// A shard said something.
    pub fn on_trace(&mut self, node: NodeId, event: &TraceEvent, at: u64) {
        if let TraceEvent::TopicWanted { name } = event {
            return self.make(name);
        }
        let Some(partition) = watch::partition_of(event) else { return };
        if let TraceEvent::Offline { .. } = event {
            self.watch(partition).set_offline(node);
            return self.fence_in(node, partition);
        }
        let Some(registration) = self.now().partition(partition) else { return };
        if registration.leader != Some(node) {
            return;
        }
        let (epoch, alone) = (registration.leader_epoch, registration.isr.len() == registration.replicas.len());
        let Some(watch) = self.watches.get_mut(&partition) else { return };
        let moved = watch.note(event, epoch, at);
        self.wants_check |= watch.anyone_behind();
        if moved && (!alone || watch.anyone_unconfirmed()) {
            self.follow_up(partition);
        }
    }

    /// Looks who lags, and who should lead again.
    pub fn check(&mut self, at: u64) {
        if !self.automatic {
            return;
        }
        let lag_ns = self.config.lag_ms * 1_000_000;
        for partition in self.watches.keys().copied().collect::<Vec<_>>() {
            let Some(registration) = self.now().partition(partition).cloned() else { continue };
            let Some(leader) = registration.leader else { continue };
            let watch = &self.watches[&partition];
            self.wants_check |= watch.anyone_behind();
            let lags = |node: &NodeId| *node != leader && watch.lags(*node, at, lag_ns);
            let (gone, isr): (Vec<_>, Vec<_>) = registration.isr.iter().copied().partition(lags);
            if !gone.is_empty() {
                self.change(partition, Change { isr: Some(isr), ..Change::default() });
            } else if self.config.preferred_leaders {
                self.prefer(partition);
            }
        }
    }

    /// Every partition gets its preferred leader where that is in sync and alive.
    pub fn prefer_all(&mut self) {
        for partition in self.watches.keys().copied().collect::<Vec<_>>() {
            self.prefer(partition);
        }
    }

    /// Moves a leader within the rules; says whether that was possible.
    pub fn move_leader(&mut self, partition: TopicPartition, to: NodeId) -> bool {
        let may = self.is_electable(partition, to);
        if may && self.now().partition(partition).is_some_and(|known| known.leader != Some(to)) {
            self.change(partition, Change { leader: Some(Some(to)), ..Change::default() });
        }
        may
    }

    /// Those who may lead a partition.
    #[must_use]
    pub fn electable(&self, partition: TopicPartition) -> Vec<NodeId> {
        let Some(registration) = self.now().partition(partition) else { return Vec::new() };
        registration.replicas.iter().copied().filter(|node| self.is_electable(partition, *node)).collect()
    }

    /// Makes a replica the leader, whatever the rules say.
    pub fn force_leader(&mut self, partition: TopicPartition, to: NodeId) {
        let Some(registration) = self.now().partition(partition).cloned() else { return };
        let mut isr = registration.isr;
        if !self.is_electable(partition, to) {
            self.broken.push(partition);
            // An unclean leader is the whole in-sync set: nobody knows what the others share with it.
            isr = vec![to];
        }
        self.watch(partition).confirm(to);
        self.change(partition, Change { leader: Some(Some(to)), isr: Some(isr), again: true });
    }

    /// Sets the in-sync set, whatever the rules say.
    pub fn force_isr(&mut self, partition: TopicPartition, isr: Vec<NodeId>) {
        let Some(registration) = self.now().partition(partition).cloned() else { return };
        let unsafe_ones = isr.iter().any(|node| !registration.isr.contains(node));
        if unsafe_ones || isr.is_empty() {
            self.broken.push(partition);
        }
        for node in &isr {
            self.watch(partition).confirm(*node);
        }
        self.change(partition, Change { isr: Some(isr), ..Change::default() });
    }

    /// The image as it will be.
    fn now(&self) -> &MetadataImage {
        self.draft.as_ref().unwrap_or(&self.image)
    }

    fn draft(&mut self) -> &mut MetadataImage {
        self.draft.get_or_insert_with(|| MetadataImage::clone(&self.image))
    }

    fn watch(&mut self, partition: TopicPartition) -> &mut Watch {
        self.watches.get_mut(&partition).expect("every partition is watched from its creation")
    }

    fn registration(&self, partition: TopicPartition) -> &PartitionRegistration {
        self.now().partition(partition).expect("partitions are never removed")
    }

    fn set_broker(&mut self, node: NodeId, incarnation: Incarnation, registered: bool) {
        self.brokers.insert(node, Broker { incarnation, registered });
        let epoch = BrokerEpoch(self.image.version.0 as i64 + 1);
        let draft = self.draft();
        let known = &draft.brokers[&node];
        let epoch = if registered { epoch } else { known.epoch };
        let told = BrokerRegistration { epoch, fenced: !registered, ..(**known).clone() };
        draft.brokers.insert(node, Arc::new(told));
    }
}
