//! Deleted topics, remembered until all their folders are known to be set aside.
//!
//! The image file names these topics. After a crash, a folder that was not set aside can therefore be recognised as
//! part of a deleted topic, and not of a newer topic of the same name.
//!
//! **Invariant**: when a data shard opens a topic, the image file names no deleted topic of the same name. So a folder
//! that lost its `partition.metadata` in a power loss belongs to a deleted topic exactly if the image file names a
//! deleted topic of that name.
//!
//! **In Kafka**: stray logs, which `LogManager` recognises because the image does not have their topic id.

use crate::broker::ControlQuestion;
use crate::io::{DirId, Env, FileError, FilePath};
use crate::log::topic_of_folder;
use crate::metadata::MetadataImage;
use crate::shard::mail::FoundAtStart;
use crate::shard::set_aside::set_aside_name;
use crate::types::{TopicId, TopicPartition, Uuid};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The topics that this incarnation deleted and, while the node starts, those that earlier incarnations deleted. The
/// name comes first in the key, because the deleted topics of one name are looked up for each new topic of that name.
#[derive(Clone, Debug, Default)]
pub(super) struct RemovedTopics(BTreeMap<(Arc<str>, TopicId), RemovedTopic>);

/// A deleted topic.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct RemovedTopic {
    pub(super) name: Arc<str>,
    pub(super) partitions: i32,
}

impl RemovedTopics {
    /// Notes the topics that a question deletes, with the names and partition counts that they have in `image`.
    pub(super) fn note(&mut self, what: &ControlQuestion, image: &MetadataImage) {
        let ControlQuestion::DeleteTopics(topics) = what else { return };
        for topic in topics.iter().filter_map(|id| image.topics.get(id)) {
            let partitions = i32::try_from(topic.partitions.len()).expect("a topic has fewer partitions than 2^31");
            self.insert(topic.id, RemovedTopic { name: topic.name.clone(), partitions });
        }
    }

    pub(super) fn insert(&mut self, id: TopicId, topic: RemovedTopic) {
        self.0.insert((topic.name.clone(), id), topic);
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (TopicId, &RemovedTopic)> {
        self.0.iter().map(|((_, id), topic)| (*id, topic))
    }

    /// Returns the ids of the deleted topics of that name. An id that `image` still has is left out, because the
    /// deletion is decided but not yet in that image.
    fn of_name(&self, name: &Arc<str>, image: &MetadataImage) -> impl Iterator<Item = TopicId> {
        let first = (name.clone(), TopicId(Uuid::ZERO));
        let ids = self.0.range(first..).take_while(move |((of, _), _)| of == name).map(|((_, id), _)| *id);
        ids.filter(move |id| !image.topics.contains_key(id))
    }

    /// Returns whether a topic of that name was deleted. A topic whose id `image` still has does not count, because its
    /// deletion is decided but not yet in that image.
    pub(super) fn has(&self, name: &Arc<str>, image: &MetadataImage) -> bool {
        self.of_name(name, image).next().is_some()
    }

    /// Forgets the deleted topics of that name. Called when their folders are set aside, durably. A topic whose id
    /// `image` still has is kept, because its folders are still in use.
    pub(super) fn forget(&mut self, name: &Arc<str>, image: &MetadataImage) {
        let ids: Vec<TopicId> = self.of_name(name, image).collect();
        for id in ids {
            self.0.remove(&(name.clone(), id));
        }
    }

    /// Forgets all deleted topics. Returns whether there were any.
    pub(super) fn forget_all(&mut self) -> bool {
        !std::mem::take(&mut self.0).is_empty()
    }

    /// At a start: sets aside the folders of deleted topics that a crash left in place, and forgets the topics that
    /// have no such folder. Returns the new paths of the folders.
    pub(super) fn set_aside(
        &mut self,
        load: &mut FoundAtStart,
        env: &mut Env<'_>,
    ) -> Result<Vec<FilePath>, (DirId, FileError)> {
        let mut set_aside = Vec::new();
        let mut left = BTreeMap::new();
        for ((name, id), topic) in std::mem::take(&mut self.0) {
            let mut had_folder = false;
            for partition in 0..topic.partitions {
                let key = (topic.name.to_string(), partition);
                let Some(found) = load.found.get(&key) else { continue };
                let dir = found.dir;
                let folder = FilePath::new(dir, &format!("{}-{partition}", topic.name));
                // A folder without a topic id belongs to this deleted topic: see the invariant at the top of this file.
                if topic_of_folder(&folder, env).map_err(|why| (dir, why))?.is_some_and(|topic| topic != id) {
                    continue;
                }
                let aside = set_aside_name(&folder, TopicPartition { topic: id, partition });
                match env.files.rename(&folder, &aside) {
                    Ok(()) => {}
                    // The folder of this deleted topic is set aside already. `folder` belongs to another deleted topic
                    // of the same name.
                    Err(FileError::Exists) => continue,
                    Err(why) => return Err((dir, why)),
                }
                load.found.remove(&key);
                set_aside.push(aside);
                had_folder = true;
            }
            if had_folder {
                left.insert((name, id), topic);
            }
        }
        self.0 = left;
        Ok(set_aside)
    }
}
