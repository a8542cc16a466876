//! Publishes images to the data shards. An image waits if a new topic in it has the name of a deleted topic whose
//! removal is not complete.
//!
//! A topic that is created again under a deleted topic's name uses the same folder names, and checkpoint files name
//! partitions by topic name. So an image with the new topic waits until every data shard has set the old topic's
//! folders aside (renamed them, see `shard/set_aside.rs`) and the checkpoint files on disk no longer name the old
//! topic.
//!
//! **Invariants**
//! - A data shard never sees two topics of one name, nor opens a folder that another shard still has open.
//! - When an image with a new topic is published, neither a checkpoint file nor the image file on disk names a deleted
//!   topic of the same name.
//! - Images are published in order. If several images wait, only the latest is published.
//!
//! **In Kafka**: `TopicDelta`, `ReplicaManager.applyDelta`. A Kafka broker renames folders in the one thread that
//! applies images, and its checkpoints hold only partitions that exist.

use super::checkpoints::WritesBegun;
use super::start::IMAGE;
use super::{Control, Purpose, image_file};
use crate::io::{Env, FilePath, Mutant, ShardId};
use crate::metadata::MetadataImage;
use crate::mutant;
use crate::shard::mail::{SetAside, ShardMail};
use crate::shard::{Effect, Effects};
use imbl::ordmap::DiffItem;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Images that are not published yet, and removals of topics that are under way.
#[derive(Clone, Debug, Default)]
pub(super) struct Publication {
    /// Removals that are not complete, oldest first.
    removals: Vec<Removal>,
    /// Names of deleted topics, with the number of incomplete removals of each name.
    names: BTreeMap<Arc<str>, usize>,
    /// The latest image, if it is not published yet. It waits because a new topic in it has the name of a deleted topic
    /// whose removal is not complete.
    waiting: Option<Arc<MetadataImage>>,
    /// Whether the image file is being written again, without deleted topics whose names new topics may now use.
    records_names: bool,
}

/// The topics that one published image removed.
#[derive(Clone, Debug)]
struct Removal {
    names: Vec<Arc<str>>,
    /// Data shards that have not set the topics' folders aside yet.
    shards: BTreeSet<ShardId>,
    /// The writes of checkpoint files that must complete before new topics may use the names. `None` while some data
    /// shard has not set the topics' folders aside.
    writes: Option<WritesBegun>,
}

impl Publication {
    fn is_leaving(&self, name: &str) -> bool {
        self.names.contains_key(name)
    }

    fn begin_removal(&mut self, names: Vec<Arc<str>>, shards: BTreeSet<ShardId>) {
        for name in &names {
            *self.names.entry(name.clone()).or_default() += 1;
        }
        self.removals.push(Removal { names, shards, writes: None });
    }

    /// Notes that the shard `from` has set aside its folders of a removal: the oldest removal that still waits for this
    /// shard. Returns whether that removal now waits for no other shard.
    fn on_set_aside(&mut self, from: ShardId) -> bool {
        let removal = self.removals.iter_mut().find(|removal| removal.shards.contains(&from));
        let removal = removal.expect("a shard answers each removal once");
        removal.shards.remove(&from);
        removal.shards.is_empty()
    }

    /// Ends the removals whose checkpoint files are written, so that new topics may use the names of the removed
    /// topics.
    fn complete(&mut self, is_written: impl Fn(&WritesBegun) -> bool) {
        for removal in self.removals.extract_if(.., |removal| removal.writes.as_ref().is_some_and(&is_written)) {
            for name in removal.names {
                let count = self.names.get_mut(&name).expect("counted as the removal began");
                *count -= 1;
                if *count == 0 {
                    self.names.remove(&name);
                }
            }
        }
    }
}

impl Control {
    /// Publishes an image to the data shards. The image waits if one of its new topics has the name of a deleted topic
    /// whose removal is not complete.
    pub(super) fn publish(&mut self, image: Arc<MetadataImage>, env: &mut Env<'_>, out: &mut Effects) {
        if self.publication.waiting.is_some() {
            self.publication.waiting = Some(image);
            return;
        }
        let mut removed = Vec::new();
        let mut replaced = Vec::new();
        let mut must_wait = false;
        for change in self.image.names.diff(&image.names) {
            match change {
                DiffItem::Add(name, _) => {
                    must_wait |= self.publication.is_leaving(name) || self.removed_topics.has(name, &image);
                }
                DiffItem::Remove(name, _) => removed.push(name.clone()),
                DiffItem::Update { old: (name, id), .. } => replaced.push((name.clone(), *id)),
            }
        }
        if (!must_wait || mutant!(env, Mutant::M97)) && replaced.is_empty() {
            return self.send_image(image, removed, out);
        }
        if !replaced.is_empty() {
            // First publishes an image without the deleted topics. The image with the new topics follows when the
            // folders of the deleted topics are set aside.
            let mut without = MetadataImage::clone(&self.image);
            for (_, id) in &replaced {
                without.remove_topic(*id);
            }
            let names = replaced.into_iter().map(|(name, _)| name).collect();
            self.send_image(Arc::new(without), names, out);
        }
        self.publication.waiting = Some(image);
        self.publish_waiting(env, out);
    }

    /// The newest image that is on disk, whether it is published or still waits to be published.
    pub(super) fn newest_image(&self) -> Arc<MetadataImage> {
        self.publication.waiting.as_ref().unwrap_or(&self.image).clone()
    }

    fn send_image(&mut self, image: Arc<MetadataImage>, removed: Vec<Arc<str>>, out: &mut Effects) {
        self.image = image;
        if !removed.is_empty() {
            self.publication.begin_removal(removed, self.data_shards().collect());
        }
        for to in self.data_shards() {
            out.push(Effect::Mail { to, mail: ShardMail::Image(self.image.clone()) });
        }
    }

    /// Notes that a data shard has set aside the folders of the topics that an image removed, and schedules the removal
    /// of these folders. After the last shard, writes the checkpoint files without the removed topics.
    pub(super) fn on_set_aside(&mut self, from: ShardId, folders: Vec<SetAside>, env: &mut Env<'_>, out: &mut Effects) {
        for SetAside { folder, topic, partition, delay_ms } in folders {
            self.checkpoints.forget(folder.dir, &topic, partition);
            self.discards.push_folder(folder, env.now.mono.plus_ms(delay_ms));
        }
        if self.publication.on_set_aside(from) {
            self.write_all_checkpoints(env, out);
            let begun = self.checkpoints.writes_begun();
            for removal in &mut self.publication.removals {
                if removal.shards.is_empty() && removal.writes.is_none() {
                    removal.writes = Some(begun.clone());
                }
            }
            self.publish_waiting(env, out);
        }
    }

    /// Publishes the waiting image, if no new topic in it has the name of a deleted topic whose removal is incomplete.
    /// Called after checkpoint files were written, or after a directory failed.
    pub(super) fn publish_waiting(&mut self, env: &mut Env<'_>, out: &mut Effects) {
        let checkpoints = &self.checkpoints;
        self.publication.complete(|begun| checkpoints.are_written(begun));
        let Some(image) = self.publication.waiting.clone().filter(|_| !self.publication.records_names) else { return };
        let added = |change| match change {
            DiffItem::Add(name, _) => Some(Arc::clone(name)),
            _ => None,
        };
        let added: Vec<Arc<str>> = self.image.names.diff(&image.names).filter_map(added).collect();
        let waits = |name: &Arc<str>| self.publication.is_leaving(name) && !mutant!(env, Mutant::M97);
        if added.iter().any(waits) {
            return;
        }
        if added.iter().any(|name| self.removed_topics.has(name, &image)) {
            return self.record_names(&added, &image, env, out);
        }
        self.publication.waiting = None;
        self.publish(image, env, out);
    }

    /// Writes the image file again, without the deleted topics whose names are in `free`. New topics may now use these
    /// names, because the deleted topics' folders are renamed and the checkpoint files no longer contain the names.
    fn record_names(&mut self, free: &[Arc<str>], image: &MetadataImage, env: &mut Env<'_>, out: &mut Effects) {
        for name in free {
            self.removed_topics.forget(name, image);
        }
        self.publication.records_names = true;
        let newest = self.changes.being_written().unwrap_or_else(|| self.newest_image());
        let text = image_file::render(&newest, &self.removed_topics);
        let path = FilePath::new(self.metadata_dir(), IMAGE);
        self.write(&path, text.into_bytes(), Purpose::Names, env, out);
    }

    pub(super) fn on_names_written(&mut self, env: &mut Env<'_>, out: &mut Effects) {
        self.publication.records_names = false;
        self.publish_waiting(env, out);
    }

    /// Removes a bounded number of the files whose delay is over. An error of the device takes the log directory out of
    /// use.
    pub(super) fn step_discards(&mut self, env: &mut Env<'_>, out: &mut Effects) {
        if let Err((path, why)) = self.discards.step(env) {
            self.on_dir_failed(path.dir, why, env, out);
        }
    }

    /// Schedules the removal of folders that were already set aside when the node started.
    pub(super) fn discard_found(&mut self, folders: Vec<FilePath>, env: &Env<'_>) {
        let at =
            env.now.mono.plus_ms(self.config.under(&self.image.dynamic_configs).topic_defaults.file_delete_delay_ms);
        for folder in folders {
            self.discards.push_folder(folder, at);
        }
    }
}
