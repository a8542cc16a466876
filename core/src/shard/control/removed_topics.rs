//! Topics that were deleted, until their folders are known to be set aside.
//!
//! The image file names them, so that a start after a crash knows a folder that nobody set aside for what it is: part of
//! a deleted topic, and not of a topic of the same name that was made anew.
//!
//! **In Kafka**: stray logs, which `LogManager` recognises by the topic id that the image does not have.

use crate::broker::ControlQuestion;
use crate::io::{DirId, Env, FileError, FilePath};
use crate::log::topic_of_folder;
use crate::metadata::MetadataImage;
use crate::shard::mail::FoundAtStart;
use crate::shard::set_aside::set_aside_name;
use crate::types::{TopicId, TopicPartition};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Deleted topics: those that this incarnation deleted, and those of earlier incarnations whose folders were not yet set
/// aside at the start.
#[derive(Clone, Debug, Default)]
pub(super) struct RemovedTopics(BTreeMap<TopicId, RemovedTopic>);

/// A deleted topic.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct RemovedTopic {
    pub(super) name: Arc<str>,
    pub(super) partitions: i32,
}

impl RemovedTopics {
    /// Notes the topics that a question deletes, as `image` has them.
    pub(super) fn note(&mut self, what: &ControlQuestion, image: &MetadataImage) {
        let ControlQuestion::DeleteTopics(topics) = what else { return };
        for topic in topics.iter().filter_map(|id| image.topics.get(id)) {
            let partitions = i32::try_from(topic.partitions.len()).expect("a topic has fewer partitions than 2^31");
            self.insert(topic.id, RemovedTopic { name: topic.name.clone(), partitions });
        }
    }

    pub(super) fn insert(&mut self, id: TopicId, topic: RemovedTopic) {
        self.0.insert(id, topic);
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (TopicId, &RemovedTopic)> {
        self.0.iter().map(|(id, topic)| (*id, topic))
    }

    /// At a start: sets aside the folders of deleted topics that a crash kept from being set aside, and forgets the
    /// topics that have none. Returns the folders' new paths.
    pub(super) fn set_aside(
        &mut self,
        load: &mut FoundAtStart,
        env: &mut Env<'_>,
    ) -> Result<Vec<FilePath>, (DirId, FileError)> {
        let mut set_aside = Vec::new();
        let mut left = BTreeMap::new();
        for (id, topic) in std::mem::take(&mut self.0) {
            let mut had_folder = false;
            for partition in 0..topic.partitions {
                let key = (topic.name.to_string(), partition);
                let Some(found) = load.found.get(&key) else { continue };
                let dir = found.dir;
                let folder = FilePath::new(dir, &format!("{}-{partition}", topic.name));
                if topic_of_folder(&folder, env).map_err(|why| (dir, why))? != Some(id) {
                    continue;
                }
                let aside = set_aside_name(&folder, TopicPartition { topic: id, partition });
                env.files.rename(&folder, &aside).map_err(|why| (dir, why))?;
                load.found.remove(&key);
                set_aside.push(aside);
                had_folder = true;
            }
            if had_folder {
                left.insert(id, topic);
            }
        }
        self.0 = left;
        Ok(set_aside)
    }
}
