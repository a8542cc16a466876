//! Applies an image to this shard in steps: opens partitions, makes them leaders or followers, and closes or deletes
//! removed ones.
//!
//! **In Kafka**: `ReplicaManager.applyDelta`.

use super::asides::Removal;
use super::loads::LoadsAtStart;
use super::{Data, DataState, Effects, Hosted, ShardMail, emptiest};
use crate::io::{DirId, Env, FilePath, Site};
use crate::metadata::{MetadataImage, PartitionRegistration, TimestampType, TopicConfig, TopicImage, placement};
use crate::replica::{Assignment, Opening, Partition, TopicSettings};
use crate::shard::listeners::{Serves, listen};
use crate::shard::mail::{FoundAtStart, FoundFolder};
use crate::types::{Offset, TopicPartition};
use crate::{buggify, sometimes};
use imbl::ordmap::DiffItem;
use std::sync::Arc;

/// The most partitions that are brought up to the image in one turn.
const PARTITIONS_PER_TURN: usize = 64;

/// Lower limit in bytes of a partition's cache of its newest records. The shard divides `tail_cache_bytes` between its
/// partitions, but a partition's share does not fall below this limit.
const TAIL_CACHE_MIN: u64 = 64 << 10;

impl Data {
    pub(super) fn on_load(&mut self, load: Arc<FoundAtStart>, dirs: &[DirId]) {
        self.load = Some(load);
        self.dirs = dirs.iter().map(|dir| (*dir, 0)).collect();
        self.broker.on_log_dirs(dirs);
    }

    /// Takes an image. Partitions that it changes are brought up to it in the next steps.
    pub(super) fn on_image(&mut self, image: Arc<MetadataImage>, env: &mut Env<'_>, out: &mut Effects) {
        if let DataState::Stopping | DataState::Stopped = self.phase {
            // A stopping shard ignores the image, and the next start applies it. If the shard opened a log now, nothing
            // would close the log, although the markers of a clean stop say that every log was closed.
            return;
        }
        if self.phase == DataState::Waiting {
            self.loads = Some(LoadsAtStart::new(env.now.mono));
        }
        let before = std::mem::replace(&mut self.image, image.clone());
        self.replication.on_image(&image);
        self.on_brokers(env, out);
        self.on_topics_removed(&before, env, out);
        self.note_removed(&before, env, out);
        if before.dynamic_configs != image.dynamic_configs {
            self.config = Arc::new(self.started_with.under(&image.dynamic_configs));
            self.broker.on_config(self.config.clone());
            // The brokers' dynamic configurations have changed, which may change the default values of every topic.
            image.topics.values().for_each(|topic| self.note_changed(topic, |_| true));
        } else {
            self.note_changed_topics(&before, &image);
        }
        self.broker.on_image(image, env, &mut self.broker_out);
        for arrived in self.arrivals.on_image(self.image.version) {
            self.serve(arrived, env);
        }
        if self.phase == DataState::Waiting {
            self.phase = DataState::Serving;
            listen(Serves::Brokers, &self.config, out);
        }
        self.release_parked(env, out);
    }

    /// Brings partitions up to the image, as many as a turn may have, and asks them the questions that waited. Called at
    /// the end of every turn.
    pub(super) fn step_image(&mut self, env: &mut Env<'_>, out: &mut Effects) {
        if !self.has_image_steps() {
            return;
        }
        let partitions = if buggify!(env, Site::ImageShortTurn) { 1 } else { PARTITIONS_PER_TURN };
        sometimes!(env, self.behind.len() > partitions, Site::ImageInSteps);
        for _ in 0..partitions {
            let Some(which) = self.behind.next() else { break };
            self.reach_image(which, env, out);
            let waited = self.behind.take_waiting(which);
            sometimes!(env, !waited.is_empty(), Site::ImageAwaited);
            for (asker, what) in waited {
                self.ask_here(which, asker, what, env, out);
            }
        }
        self.rename_folders(env, out);
        self.drain_broker(env, out);
    }

    /// Whether partitions are to be brought up to the image. None are any more when the logs are being closed.
    pub(super) fn has_image_steps(&self) -> bool {
        !self.behind.is_empty() && !matches!(self.phase, DataState::Stopping | DataState::Stopped)
    }

    /// Opens, changes or closes a partition, so that it is what the image says.
    fn reach_image(&mut self, which: TopicPartition, env: &mut Env<'_>, out: &mut Effects) {
        let image = self.image.clone();
        match (image.topics.get(&which.topic), image.partition(which)) {
            (Some(topic), Some(registration)) if registration.replicas.contains(&self.config.node_id) => {
                self.on_registration(which, topic, registration, env, out);
            }
            (Some(_), _) => self.let_go(which, env, out),
            (None, _) => self.delete(which, env, out),
        }
    }

    fn note_changed_topics(&mut self, before: &MetadataImage, image: &MetadataImage) {
        for change in before.topics.diff(&image.topics) {
            match change {
                DiffItem::Add(_, topic) => self.note_changed(topic, |_| true),
                DiffItem::Update { old: (_, old), new: (_, topic) } if old.configs == topic.configs => {
                    self.note_changed(topic, |index| old.partitions.get(index) != topic.partitions.get(index));
                }
                DiffItem::Update { new: (_, topic), .. } => self.note_changed(topic, |_| true),
                DiffItem::Remove(..) => {}
            }
        }
    }

    /// Notes that those partitions of a topic whose indexes have changed are behind the image, if this shard has them or
    /// is to have them.
    fn note_changed(&mut self, topic: &TopicImage, has_changed: impl Fn(usize) -> bool) {
        for (index, registration) in topic.partitions.iter().enumerate() {
            if !has_changed(index) {
                continue;
            }
            let partition = i32::try_from(index).expect("a topic has fewer partitions than 2^31");
            let which = TopicPartition { topic: topic.id, partition };
            if placement(which, self.config.shards) == self.me
                && (registration.replicas.contains(&self.config.node_id) || self.hosted.contains_key(&which))
            {
                self.behind.add(which);
            }
        }
    }

    /// Notes that the partitions of topics that the image no longer has are behind the image. Their folders are set
    /// aside when all of them are closed.
    fn note_removed(&mut self, before: &MetadataImage, env: &mut Env<'_>, out: &mut Effects) {
        let image = self.image.clone();
        let mut is_any_removed = false;
        let mut removal = Removal::default();
        for change in before.topics.diff(&image.topics) {
            let DiffItem::Remove(_, topic) = change else { continue };
            is_any_removed = true;
            let delay_ms = self.topic_config(topic).file_delete_delay_ms;
            let partitions = i32::try_from(topic.partitions.len()).expect("a topic has fewer partitions than 2^31");
            for partition in 0..partitions {
                let which = TopicPartition { topic: topic.id, partition };
                let found = self.found(&topic.name, partition).map(|found| found.dir);
                self.forget_found(&topic.name, partition);
                if self.hosted.contains_key(&which) {
                    self.behind.add(which);
                    removal.expect(which, delay_ms);
                } else if let Some(dir) = found.filter(|_| placement(which, self.config.shards) == self.me) {
                    // The partition was not opened yet.
                    removal.push(which, &topic.name, partition_folder(dir, &topic.name, partition), delay_ms);
                }
            }
        }
        if is_any_removed {
            self.asides.begin(removal);
            self.rename_folders(env, out);
        }
    }

    /// What the directories held of a partition when the node started, as long as it is not set aside.
    fn found(&self, topic: &Arc<str>, partition: i32) -> Option<FoundFolder> {
        let key = (topic.to_string(), partition);
        self.load.as_deref()?.found.get(&key).filter(|_| !self.set_aside.contains(&key)).copied()
    }

    fn release_parked(&mut self, env: &mut Env<'_>, out: &mut Effects) {
        for (from, mail) in std::mem::take(&mut self.parked) {
            match mail {
                ShardMail::Ask { image, .. } if image > self.image.version => self.parked.push((from, mail)),
                mail => self.on_mail(from, mail, env, out),
            }
        }
    }

    /// Notes that a deleted partition's folder is set aside, by this shard or another, if the folder existed when the
    /// node started. A topic that is created again under the same name then gets a new folder instead of the old one.
    fn forget_found(&mut self, topic: &Arc<str>, partition: i32) {
        let key = (topic.to_string(), partition);
        if self.load.as_deref().is_some_and(|load| load.found.contains_key(&key)) {
            self.set_aside.insert(key);
        }
    }

    /// Closes a deleted partition. Its folder is set aside with those of the other partitions that the same image
    /// removed.
    fn delete(&mut self, which: TopicPartition, env: &mut Env<'_>, out: &mut Effects) {
        let Some((dir, topic)) = self.hosted.get(&which).map(|hosted| (hosted.dir, hosted.topic.clone())) else {
            return;
        };
        self.let_go(which, env, out);
        self.asides.on_closed(which, &topic, partition_folder(dir, &topic, which.partition));
    }

    fn on_registration(
        &mut self,
        which: TopicPartition,
        topic: &TopicImage,
        registration: &PartitionRegistration,
        env: &mut Env<'_>,
        out: &mut Effects,
    ) {
        let settings = self.settings_of(topic);
        if self.hosted.contains_key(&which) {
            self.with_partition(which, env, out, |it, env, outputs| it.on_settings(settings, env, outputs));
        } else if !self.open(which, topic, settings, env, out) {
            return;
        }
        let assignment = assignment_of(registration);
        let hosted = self.hosted.get_mut(&which).expect("opened above");
        if hosted.assignment.as_ref() != Some(&assignment) {
            hosted.assignment = Some(assignment.clone());
            self.with_partition(which, env, out, |it, env, outputs| it.on_assignment(assignment, env, outputs));
        }
    }

    /// Opens a partition's replica. Returns `false` if the partition's directory has failed, or if no directory is in
    /// use.
    fn open(
        &mut self,
        which: TopicPartition,
        topic: &TopicImage,
        settings: TopicSettings,
        env: &mut Env<'_>,
        out: &mut Effects,
    ) -> bool {
        let load = self.load.as_deref().expect("control sends what the directories hold before any image");
        let found = self.found(&topic.name, which.partition);
        let opening = found.as_ref().map_or(Opening::New, |found| Opening::Existing {
            clean: load.clean,
            recovery_point: found.recovery_point.unwrap_or(Offset::ZERO),
            log_start: found.log_start.unwrap_or(Offset::ZERO),
            high_watermark: found.high_watermark.or(found.log_start).unwrap_or(Offset::ZERO),
        });
        let dir = match &found {
            Some(found) => Some(found.dir).filter(|dir| self.dirs.contains_key(dir)),
            None => emptiest(&self.dirs),
        };
        let Some(dir) = dir else { return false };
        let folder = partition_folder(dir, &topic.name, which.partition);
        if found.is_some()
            && let Some(loads) = &mut self.loads
        {
            loads.note_opened(which);
        }
        let mut outputs = Vec::new();
        let mut replica = Partition::open(folder, which, self.config.node_id, settings, opening, env, &mut outputs);
        replica.on_live(&self.live, env, &mut outputs);
        if replica.needs_step() {
            self.stepping.insert(which);
        }
        let hosted =
            Hosted { replica, dir, topic: topic.name.clone(), assignment: None, touched: false, unreported: false };
        self.hosted.insert(which, hosted);
        *self.dirs.get_mut(&dir).expect("looked up above") += 1;
        self.carry_out(which, &mut outputs, env, out);
        true
    }

    /// Closes a partition that is deleted or no longer assigned to this node. The partition's files stay, because only
    /// the deletion of the topic, recorded by the controller, may remove them.
    fn let_go(&mut self, which: TopicPartition, env: &mut Env<'_>, out: &mut Effects) {
        let Some(hosted) = self.hosted.remove(&which) else { return };
        if let Some(partitions) = self.dirs.get_mut(&hosted.dir) {
            *partitions -= 1;
        }
        let mut outputs = Vec::new();
        hosted.replica.close(env, &mut outputs);
        self.carry_out(which, &mut outputs, env, out);
        self.stepping.remove(&which);
        self.timers.set(which, None);
        self.replication.forget(which);
        self.retention.forget(which);
    }

    fn topic_config(&self, topic: &TopicImage) -> TopicConfig {
        // Values were checked when they were set. If this version of the broker does not accept one of them, the topic
        // gets the default values.
        TopicConfig::parse(&topic.configs, &self.config.topic_defaults).unwrap_or(self.config.topic_defaults)
    }

    fn settings_of(&self, topic: &TopicImage) -> TopicSettings {
        let config = self.topic_config(topic);
        let share = self.config.tail_cache_bytes / (self.hosted.len() as u64 + 1);
        TopicSettings {
            min_insync_replicas: u32::try_from(config.min_insync_replicas).unwrap_or(1).max(1),
            flush_messages: config.flush_messages,
            flush_ms: config.flush_ms,
            max_message_bytes: config.max_message_bytes,
            log_append_time: config.timestamp_type == TimestampType::LogAppendTime,
            timestamp_before_max_ms: config.timestamp_before_max_ms,
            timestamp_after_max_ms: config.timestamp_after_max_ms,
            compacted: config.compacted,
            deletes: config.deletes,
            retention_ms: config.retention_ms,
            retention_bytes: config.retention_bytes,
            file_delete_delay_ms: config.file_delete_delay_ms,
            segment_bytes: config.segment_bytes,
            segment_ms: config.segment_ms,
            segment_index_bytes: config.segment_index_bytes,
            index_interval_bytes: config.index_interval_bytes,
            producer_id_expiration_ms: self.config.producer_id_expiration_ms,
            tail_cache_bytes: share.max(TAIL_CACHE_MIN.min(self.config.tail_cache_bytes)),
        }
    }
}

/// The name of a partition's folder, as in Kafka.
fn partition_folder(dir: DirId, topic: &str, partition: i32) -> FilePath {
    FilePath::new(dir, &format!("{topic}-{partition}"))
}

fn assignment_of(registration: &PartitionRegistration) -> Assignment {
    Assignment {
        leader: registration.leader,
        leader_epoch: registration.leader_epoch,
        partition_epoch: registration.partition_epoch,
        replicas: registration.replicas.clone(),
        isr: registration.isr.clone(),
    }
}
