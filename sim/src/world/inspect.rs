//! Looking at a world from outside.

use super::{NodeState, SiteCount, Stop, World};
use crate::config::WorldConfig;
use crate::disk::Disk;
use crate::observer::{Incarnation, NodeFiles, Observer, Seen};
use bytes::Bytes;
use gracchus_core::io::{DirId, FilePath, Site};
use gracchus_core::metadata::MetadataImage;
use gracchus_core::types::{NodeId, TopicId, TopicPartition, Uuid};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// One node's files, for observers.
#[derive(Debug)]
struct FilesOf<'a> {
    disks: &'a [Disk],
    partitions: &'a BTreeMap<String, TopicPartition>,
    image: &'a MetadataImage,
}

impl FilesOf<'_> {
    /// Of which partition a folder is whose topic was created by a client: `partition.metadata` tells, or the image where the
    /// file is not whole.
    fn partition_of_folder(&self, dir: DirId, folder: &str) -> Option<TopicPartition> {
        let (topic, number) = folder.rsplit_once('-')?;
        let partition: i32 = number.parse().ok()?;
        let metadata = FilePath::new(dir, &format!("{folder}/partition.metadata"));
        let named = || self.image.topic_named(topic).filter(|_| !self.is_removed(topic)).map(|topic| topic.id);
        let id = self.read(&metadata).and_then(|bytes| topic_in(&bytes)).or_else(named)?;
        Some(TopicPartition { topic: id, partition })
    }

    /// Whether the image file of a node that is its own controller says that a folder of this topic may be a deleted one's.
    fn is_removed(&self, topic: &str) -> bool {
        let removed = format!("removed {topic} ");
        let text = self.read(&FilePath::new(DirId(0), IMAGE_FILE));
        text.is_some_and(|text| String::from_utf8_lossy(&text).lines().any(|line| line.starts_with(&removed)))
    }

    /// Every folder of a partition in these directories.
    fn folders(&self) -> BTreeMap<(DirId, Arc<str>), TopicPartition> {
        let mut folders = BTreeMap::new();
        for path in self.paths() {
            let Some((folder, _)) = path.path.split_once('/') else { continue };
            if let Some(partition) = self.partition_of(&path) {
                folders.insert((path.dir, folder.into()), partition);
            }
        }
        folders
    }
}

/// Where a node that is its own controller keeps its image.
const IMAGE_FILE: &str = "gracchus.image";

/// The topic that a `partition.metadata` names.
fn topic_in(bytes: &[u8]) -> Option<TopicId> {
    let text = std::str::from_utf8(bytes).ok()?;
    Uuid::parse(text.strip_prefix("version: 0\ntopic_id: ")?.trim_end()).map(TopicId)
}

impl NodeFiles for FilesOf<'_> {
    fn paths(&self) -> Vec<FilePath> {
        let path = |dir: usize, path: Arc<str>| FilePath { dir: DirId(dir as u16), path };
        let disks = self.disks.iter().enumerate();
        disks.flat_map(|(dir, disk)| disk.files().into_iter().map(move |(name, _)| path(dir, name))).collect()
    }

    fn read(&self, path: &FilePath) -> Option<Bytes> {
        let disk = self.disks.get(usize::from(path.dir.0))?;
        Some(disk.read(disk.find_file(&path.path).ok()?, 0, u64::MAX))
    }

    fn partition_of(&self, path: &FilePath) -> Option<TopicPartition> {
        let folder = path.path.split('/').next()?;
        self.partitions.get(folder).copied().or_else(|| self.partition_of_folder(path.dir, folder))
    }

    fn own_topics(&self) -> Option<BTreeSet<TopicId>> {
        let text = self.read(&FilePath::new(DirId(0), IMAGE_FILE))?;
        let text = String::from_utf8_lossy(&text);
        let topics = text.lines().filter_map(|line| line.strip_prefix("topic ")?.split_once(' '));
        Some(topics.filter_map(|(_, id)| Uuid::parse(id)).map(TopicId).collect())
    }
}

impl World {
    /// The observer that was installed.
    #[must_use]
    pub fn observer(&self) -> Option<&dyn Observer> {
        self.observer.as_deref()
    }

    /// The observer that was installed.
    pub fn observer_mut(&mut self) -> Option<&mut Box<dyn Observer>> {
        self.observer.as_mut()
    }

    /// What the core's sites counted so far: `always!`, `sometimes!` and `buggify!` alike.
    #[must_use]
    pub fn site(&self, site: Site) -> SiteCount {
        self.sites.of(site)
    }

    /// What the world was made of.
    #[must_use]
    pub fn config(&self) -> &WorldConfig {
        &self.config
    }

    /// The controller's newest image.
    #[must_use]
    pub fn image(&self) -> &Arc<MetadataImage> {
        self.controller.image()
    }

    /// Those that may lead a partition within the controller's rules.
    #[must_use]
    pub fn electable(&self, partition: TopicPartition) -> Vec<NodeId> {
        if self.config.own_controller { Vec::new() } else { self.controller.electable(partition) }
    }

    /// The brokers' ids, ascending.
    #[must_use]
    pub fn nodes(&self) -> Vec<NodeId> {
        self.nodes.iter().map(|node| node.id).collect()
    }

    /// Whether a node is up.
    #[must_use]
    pub fn node_state(&self, node: NodeId) -> NodeState {
        self.nodes[self.index_of(node)].state
    }

    /// Which life of a node this is, or was the last.
    #[must_use]
    pub fn incarnation(&self, node: NodeId) -> Incarnation {
        self.nodes[self.index_of(node)].incarnation
    }

    /// How many shards a node has, control included.
    #[must_use]
    pub fn shards(&self, node: NodeId) -> u16 {
        self.nodes[self.index_of(node)].config.shards
    }

    /// Every file of a node, in all its log directories, as a reader would see it now; ascending by path.
    #[must_use]
    pub fn files(&self, node: NodeId) -> Vec<FilePath> {
        self.files_of(self.index_of(node)).paths()
    }

    /// A file's bytes as a reader would see them now.
    #[must_use]
    pub fn read_file(&self, node: NodeId, path: &FilePath) -> Option<Bytes> {
        self.files_of(self.index_of(node)).read(path)
    }

    /// How many of a file's first bytes are surely durable.
    #[must_use]
    pub fn durable_len(&self, node: NodeId, path: &FilePath) -> Option<u64> {
        let disk = self.nodes[self.index_of(node)].disks.get(usize::from(path.dir.0))?;
        Some(disk.durable_len(disk.find_file(&path.path).ok()?))
    }

    /// Of which partition a node's file is: by the name of its folder, and where a client created the topic, by what the
    /// folder says.
    #[must_use]
    pub fn partition_of(&self, node: NodeId, path: &FilePath) -> Option<TopicPartition> {
        self.files_of(self.index_of(node)).partition_of(path)
    }

    /// The folders of partitions of a node.
    pub(super) fn folders(&self, index: usize) -> BTreeMap<(DirId, Arc<str>), TopicPartition> {
        self.files_of(index).folders()
    }

    /// Which replicas of a partition would lose unsynced bytes of its log if they lost power now, and how many at most.
    #[must_use]
    pub fn at_risk(&self, partition: TopicPartition) -> Vec<(NodeId, u64)> {
        let unsynced = |node: &NodeId| {
            let files = self.files(*node).into_iter();
            let logs =
                files.filter(|path| path.path.ends_with(".log") && self.partition_of(*node, path) == Some(partition));
            let at_risk = logs.map(|path| {
                let len = self.read_file(*node, &path).map_or(0, |bytes| bytes.len() as u64);
                len - self.durable_len(*node, &path).unwrap_or(len)
            });
            (*node, at_risk.sum::<u64>())
        };
        let replicas = self.image().partition(partition).map(|known| known.replicas.clone()).unwrap_or_default();
        replicas.iter().map(unsynced).filter(|(_, bytes)| *bytes > 0).collect()
    }

    /// Shows the observer that a process begins, and what it finds.
    pub(super) fn see_start(&mut self, index: usize, node: NodeId, incarnation: Incarnation) {
        let Some(mut observer) = self.observer.take() else { return };
        let files = self.files_of(index);
        let seen = observer.see(self.now(), Seen::Started { node, incarnation, files: &files });
        self.observer = Some(observer);
        if let Err(violation) = seen {
            self.stop.get_or_insert(Stop::Violation(violation));
        }
    }

    fn files_of(&self, index: usize) -> FilesOf<'_> {
        FilesOf { disks: &self.nodes[index].disks, partitions: &self.partitions, image: self.controller.image() }
    }
}
