//! The node's start: reads or formats the log directories, reads and removes the markers of a clean stop, loads the
//! image, and then lets the data shards begin.

use super::removed_topics::RemovedTopics;
use super::{Control, ControlState, Dir, Purpose, formats, image_file};
use crate::io::{DirId, Env, FileError, FilePath, Site};
use crate::metadata::{BrokerRegistration, EndPoint, ImageSource, ListenerConfig, ListenerRole, MetadataImage};
use crate::quorum::MetaProperties;
use crate::shard::listeners::{Serves, listen};
use crate::shard::mail::{FoundAtStart, ShardMail};
use crate::shard::set_aside::is_set_aside;
use crate::shard::{Effect, Effects, Halt, Inventory};
use crate::types::{BrokerEpoch, ImageVersion, LeaderEpoch, PartitionEpoch, Uuid};
use std::sync::Arc;

pub(super) const META: &str = "meta.properties";
pub(super) const CLEAN: &str = ".kafka_cleanshutdown";
pub(super) const IMAGE: &str = "gracchus.image";
pub(super) const RECOVERY_POINTS: &str = "recovery-point-offset-checkpoint";
pub(super) const LOG_STARTS: &str = "log-start-offset-checkpoint";
pub(super) const HIGH_WATERMARKS: &str = "replication-offset-checkpoint";

/// The largest size in bytes of a small file of a log directory. A larger file was not written by this server, or is
/// damaged.
const SMALL_FILE_MAX: u64 = 64 << 20;

impl Control {
    pub(crate) fn on_start(&mut self, inventory: &Inventory, env: &mut Env<'_>, out: &mut Effects) {
        assert_eq!(self.phase, ControlState::Unborn, "a node starts once");
        self.phase = ControlState::Starting;
        self.dirs = inventory.dirs.iter().map(|dir| (dir.dir, Dir::new(dir))).collect();
        if let Err(why) = self.read_dirs(env, out) {
            self.halt(why, out);
        } else if self.phase == ControlState::Starting {
            self.go_on_when_idle(env, out);
        }
    }

    fn read_dirs(&mut self, env: &mut Env<'_>, out: &mut Effects) -> Result<(), Halt> {
        if self.dirs.is_empty() {
            return Err(Halt::Storage("no log directory could be opened; check log.dirs and the rights on it".into()));
        }
        let dirs: Vec<DirId> = self.dirs.keys().copied().collect();
        let mut metas = Vec::new();
        for dir in &dirs {
            metas.push((*dir, self.read_meta(*dir, env)?));
        }
        let cluster_id = self.agree_on_cluster(&metas, env)?;
        self.sessions.view.cluster_id = cluster_id.as_str().into();
        for (dir, meta) in metas {
            if meta.is_none() {
                let directory_id = fresh_uuid(env);
                let text =
                    MetaProperties { cluster_id: cluster_id.clone(), node_id: self.config.node_id, directory_id };
                self.write(&FilePath::new(dir, META), text.render().into_bytes(), Purpose::Start, env, out);
            }
        }
        self.load = FoundAtStart { clean: self.consume_clean_markers(&dirs, env)?, ..FoundAtStart::default() };
        let mut set_aside = Vec::new();
        let mut names_the_absent = false;
        for dir in &dirs {
            names_the_absent |= self.read_checkpoints(*dir, &mut set_aside, env)?;
        }
        self.producer_ids.load(self.metadata_dir(), env).map_err(|why| self.unreadable(self.metadata_dir(), &why))?;
        let found = self.load.found.len();
        self.load_image(&cluster_id, &mut set_aside, env, out)?;
        names_the_absent |= self.load.found.len() < found;
        self.discard_found(set_aside, env);
        self.checkpoints.begin(&self.load);
        if names_the_absent {
            // The checkpoint files name partitions that have no folder. The files are written again without these
            // partitions, because a topic created under the name of a deleted topic must not get the deleted topic's
            // offsets.
            self.write_all_checkpoints(env, out);
        }
        self.sync_names(dirs, out);
        Ok(())
    }

    fn read_meta(&self, dir: DirId, env: &mut Env<'_>) -> Result<Option<MetaProperties>, Halt> {
        let name = &self.dirs[&dir].name;
        let Some(text) = self.read_text(&FilePath::new(dir, META), env)? else {
            let entries = env.files.list(&FilePath::new(dir, "")).map_err(|why| self.unusable(dir, why))?;
            return match entries.iter().find(|entry| entry.is_dir && formats::parse_partition_folder(&entry.name).is_some()) {
                Some(entry) => Err(Halt::Storage(
                    format!("{name} has no meta.properties though it holds {}: it is another node's, or it was damaged; restore the file or choose an empty directory", entry.name)
                        .into(),
                )),
                None => Ok(None),
            };
        };
        let meta = MetaProperties::parse(&text).map_err(|why| {
            Halt::Storage(format!("{name}/meta.properties {why}; restore it or choose an empty directory").into())
        })?;
        if meta.node_id != self.config.node_id {
            let message = format!(
                "{name} belongs to node {}, and this node is {}; set node.id={} or choose another directory",
                meta.node_id, self.config.node_id, meta.node_id
            );
            return Err(Halt::Configuration(message.into()));
        }
        Ok(Some(meta))
    }

    fn agree_on_cluster(&self, metas: &[(DirId, Option<MetaProperties>)], env: &mut Env<'_>) -> Result<String, Halt> {
        let mut agreed: Option<(DirId, &String)> = None;
        for (dir, meta) in metas {
            let Some(MetaProperties { cluster_id, .. }) = meta else { continue };
            match agreed {
                Some((other, known)) if known != cluster_id => {
                    let (one, two) = (&self.dirs[&other].name, &self.dirs[dir].name);
                    let message = format!(
                        "{one} is of cluster {known} and {two} of cluster {cluster_id}; remove the wrong one from log.dirs"
                    );
                    return Err(Halt::Configuration(message.into()));
                }
                _ => agreed = Some((*dir, cluster_id)),
            }
        }
        Ok(agreed.map_or_else(|| fresh_uuid(env).to_string(), |(_, known)| known.clone()))
    }

    /// Reads and removes the markers of a clean stop. The stop was clean only if every directory has a marker, and all
    /// markers name the same incarnation.
    fn consume_clean_markers(&mut self, dirs: &[DirId], env: &mut Env<'_>) -> Result<bool, Halt> {
        let mut epochs = Vec::new();
        for dir in dirs {
            let path = FilePath::new(*dir, CLEAN);
            let Some(text) = self.read_text(&path, env)? else {
                epochs.push(None);
                continue;
            };
            epochs.push(formats::parse_clean_marker(&text));
            env.files.remove(&path).map_err(|why| self.unusable(*dir, why))?;
        }
        Ok(epochs.iter().all(|epoch| epoch.is_some() && *epoch == epochs[0]))
    }

    /// Reads a directory's checkpoints for the partitions whose folders exist, and collects the folders that were set
    /// aside. Returns whether a checkpoint names a partition that has no folder in this directory.
    fn read_checkpoints(&mut self, dir: DirId, set_aside: &mut Vec<FilePath>, env: &mut Env<'_>) -> Result<bool, Halt> {
        let mut read = |name: &str| -> Result<formats::Offsets, Halt> {
            let text = self.read_text(&FilePath::new(dir, name), env)?;
            Ok(text.as_deref().and_then(formats::parse_checkpoint).unwrap_or_default())
        };
        let (recovery, starts, watermarks) = (read(RECOVERY_POINTS)?, read(LOG_STARTS)?, read(HIGH_WATERMARKS)?);
        let entries = env.files.list(&FilePath::new(dir, "")).map_err(|why| self.unusable(dir, why))?;
        for entry in entries.iter().filter(|entry| entry.is_dir) {
            if is_set_aside(&entry.name) {
                set_aside.push(FilePath::new(dir, &entry.name));
            }
            let Some((topic, partition)) = formats::parse_partition_folder(&entry.name) else { continue };
            let key = (topic.to_string(), partition);
            let found = crate::shard::mail::FoundFolder {
                dir,
                recovery_point: recovery.get(&key).copied(),
                log_start: starts.get(&key).copied(),
                high_watermark: watermarks.get(&key).copied(),
            };
            self.load.found.insert(key, found);
        }
        let is_absent = |key| self.load.found.get(key).is_none_or(|found| found.dir != dir);
        Ok([recovery, starts, watermarks].iter().flat_map(|offsets| offsets.keys()).any(is_absent))
    }

    fn load_image(
        &mut self,
        cluster_id: &str,
        set_aside: &mut Vec<FilePath>,
        env: &mut Env<'_>,
        out: &mut Effects,
    ) -> Result<(), Halt> {
        if self.config.image_source == ImageSource::Given {
            return Ok(());
        }
        let dir = self.metadata_dir();
        let path = FilePath::new(dir, IMAGE);
        let (mut image, mut removed) = match self.read_text(&path, env)? {
            None => (MetadataImage::default(), RemovedTopics::default()),
            Some(text) => image_file::parse(&text).map_err(|why| {
                let name = &self.dirs[&dir].name;
                Halt::Storage(format!("{name}/{IMAGE} cannot be used: {why}; restore it from a copy").into())
            })?,
        };
        let aside = removed.set_aside(&mut self.load, env).map_err(|(dir, why)| self.unusable(dir, why))?;
        set_aside.extend(aside);
        self.removed_topics = removed;
        image.cluster_id = cluster_id.into();
        self.begin_leaderships(&mut image);
        let text = image_file::render(&image, &self.removed_topics);
        self.image = Arc::new(image);
        self.write(&path, text.into_bytes(), Purpose::Start, env, out);
        Ok(())
    }

    /// Writes the image file again, without the deleted topics, because all their folders are set aside.
    pub(super) fn rewrite_image(&mut self, env: &mut Env<'_>, out: &mut Effects) {
        let text = image_file::render(&self.image, &self.removed_topics);
        self.write(&FilePath::new(self.metadata_dir(), IMAGE), text.into_bytes(), Purpose::Start, env, out);
    }

    /// Raises every partition's leader epoch, so that the new incarnation leads in epochs of its own. After a power
    /// loss the same offset may be assigned again, and (epoch, offset) must identify one record for ever.
    fn begin_leaderships(&self, image: &mut MetadataImage) {
        image.version = ImageVersion(image.version.0 + 1);
        let me = self.config.node_id;
        let topics: Vec<_> = image.topics.values().cloned().collect();
        for topic in topics {
            let mut topic = (*topic).clone();
            for partition in &mut topic.partitions {
                partition.leader_epoch = LeaderEpoch(partition.leader_epoch.0 + 1);
                partition.partition_epoch = PartitionEpoch(partition.partition_epoch.0 + 1);
            }
            image.put_topic(topic);
        }
        let of_broker = |listener: &&ListenerConfig| listener.role != ListenerRole::Controllers;
        let end_points = self.config.listeners.iter().filter(of_broker).map(|listener| {
            let (host, port) = listener.advertised.clone().unwrap_or((listener.host.clone(), listener.port));
            EndPoint { listener: listener.name.clone(), host, port, ..EndPoint::default() }
        });
        let registration = BrokerRegistration {
            id: me,
            epoch: BrokerEpoch(i64::try_from(image.version.0).expect("a version is counted up from nought")),
            end_points: end_points.collect(),
            rack: self.config.rack.clone(),
            ..BrokerRegistration::default()
        };
        image.controller = Some(me);
        image.brokers.insert(me, Arc::new(registration));
    }

    /// Sends the data shards what the directories hold, and then the image, so that they load their logs and serve.
    /// Called when everything that the start has written is on disk.
    pub(super) fn serve(&mut self, env: &mut Env<'_>, out: &mut Effects) {
        self.phase = ControlState::Serving;
        listen(Serves::Controllers, &self.config, out);
        let load = Arc::new(std::mem::take(&mut self.load));
        // `DirFailed` may have reached a data shard before the shard had a list of directories, and then changed
        // nothing. So the list that is sent here leaves out failed directories.
        let dirs: Arc<[DirId]> = self.fit_dirs().into();
        for to in self.data_shards() {
            out.push(Effect::Mail { to, mail: ShardMail::Load { load: load.clone(), dirs: dirs.clone() } });
        }
        let image = match self.config.image_source {
            ImageSource::OwnFile => Some(self.image.clone()),
            ImageSource::Given => self.given.take(),
        };
        if let Some(image) = image {
            self.publish(image, env, out);
        }
    }

    fn read_text(&self, path: &FilePath, env: &mut Env<'_>) -> Result<Option<String>, Halt> {
        match env.files.read_small(path, SMALL_FILE_MAX) {
            Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
            Err(FileError::NotFound) => Ok(None),
            Err(why) => {
                let why = format!("{} cannot be read: {why}; {}", path.path, why.next_step());
                Err(self.unreadable(path.dir, &why))
            }
        }
    }

    fn unusable(&self, dir: DirId, why: FileError) -> Halt {
        self.unreadable(dir, &format!("{why}; {}", why.next_step()))
    }

    fn unreadable(&self, dir: DirId, why: &str) -> Halt {
        Halt::Storage(format!("the log directory {} cannot be used: {why}", self.dirs[&dir].name).into())
    }
}

/// A random id, never one of Kafka's reserved ones.
pub(super) fn fresh_uuid(env: &mut Env<'_>) -> Uuid {
    let mut half = |subject| env.draws.below(Site::FreshUuid, subject, u64::MAX);
    // Sets the version bits (4) and variant bits as `java.util.UUID` does. Kafka's reserved ids have neither.
    let (high, low) = (half(0), half(1));
    Uuid::from_halves(high & !0xf000 | 0x4000, low & !(0b11 << 62) | 0b10 << 62)
}
