//! The control shard (shard 0): the metadata image, the files in log directories that belong to no partition, and the
//! start and stop of the node.
//!
//! **Invariants**
//! - The markers of a clean stop are removed, durably, before any shard opens a log (KAFKA-10471).
//! - An image is on disk before any shard or client sees it. The upper bound of a block of producer ids is on disk
//!   before the first id of the block is used.
//! - A failed sync is never tried again. Its directory is not used any more; if it is the metadata directory, the node
//!   ends.
//!
//! **In Kafka**: `BrokerServer`, `LogManager` (checkpoints, clean shutdown), `BrokerLifecycleManager`,
//! `ProducerIdControlManager`.

mod alter_configs;
mod changes;
mod checkpoints;
mod create_partitions;
mod create_topics;
mod delete_topics;
mod denials;
mod discards;
mod formats;
mod image_file;
mod log_starts;
mod producer_ids;
mod publication;
mod removed_topics;
mod sessions;
mod start;
mod stop;

use super::mail::ShardMail;
use super::ops::Ops;
use super::scribe::{Scribe, Step};
use super::{Effect, Effects, Halt, LogDir};
use crate::controller_apis::{self, ControllerSessions};
use crate::io::{DirId, Env, FileError, FilePath, OpId, ShardId, TraceEvent, TraceKind};
use crate::metadata::{ImageSource, MetadataImage, NodeConfig};
use crate::types::{BrokerEpoch, Instant};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Shard 0 of a node.
#[derive(Clone, Debug)]
pub(crate) struct Control {
    config: Arc<NodeConfig>,
    phase: ControlState,
    dirs: BTreeMap<DirId, Dir>,
    image: Arc<MetadataImage>,
    /// The latest image from the simulated controller, if it arrived before the node's start was complete.
    given: Option<Arc<MetadataImage>>,
    scribe: Scribe<Purpose>,
    ops: Ops,
    /// The syncs of whole log directories that are under way, each with its directory.
    syncs: BTreeMap<OpId, DirId>,
    changes: changes::Changes,
    publication: publication::Publication,
    removed_topics: removed_topics::RemovedTopics,
    discards: discards::Discards,
    producer_ids: producer_ids::ProducerIds,
    checkpoints: checkpoints::Checkpoints,
    log_starts: log_starts::LogStarts,
    denials: denials::Denials,
    load: super::mail::FoundAtStart,
    /// The sessions on the controller's listeners.
    sessions: ControllerSessions,
    /// The time at which the last [`Effect::WakeAt`] asked to be woken, if that time has not come yet.
    wake: Option<Instant>,
}

#[derive(Clone, Debug)]
struct Dir {
    name: Arc<str>,
    failed: bool,
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum ControlState {
    /// Before the event `Start`.
    Unborn,
    /// Waits for the reads and writes of the start.
    Starting,
    Serving,
    /// Waits for the shards in `waiting` to stop. `whole` says whether all shards that have stopped so far did so
    /// cleanly.
    Stopping {
        waiting: BTreeSet<ShardId>,
        whole: bool,
    },
    /// Waits for the last writes of the checkpoint files.
    Checkpointing {
        whole: bool,
    },
    /// Waits for the markers of a clean stop to be written.
    Marking,
    Halted,
}

/// The purpose of a write of a small file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Purpose {
    Start,
    Image,
    /// The image file, written again without deleted topics whose names new topics may now use.
    Names,
    ProducerIds,
    Checkpoint(DirId, checkpoints::CheckpointFile),
    CleanMarker,
}

impl Control {
    pub(crate) fn new(config: Arc<NodeConfig>) -> Control {
        let sessions = controller_apis::sessions(&config);
        Control {
            config,
            phase: ControlState::Unborn,
            dirs: BTreeMap::new(),
            image: Arc::new(MetadataImage::default()),
            given: None,
            scribe: Scribe::default(),
            ops: Ops::default(),
            syncs: BTreeMap::new(),
            changes: changes::Changes::default(),
            publication: publication::Publication::default(),
            removed_topics: removed_topics::RemovedTopics::default(),
            discards: discards::Discards::default(),
            producer_ids: producer_ids::ProducerIds::default(),
            checkpoints: checkpoints::Checkpoints::default(),
            log_starts: log_starts::LogStarts::default(),
            denials: denials::Denials::default(),
            load: super::mail::FoundAtStart::default(),
            sessions,
            wake: None,
        }
    }

    /// Publishes a newer image from the simulated controller. While the node starts, keeps the image until the start is
    /// complete.
    pub(crate) fn on_image(&mut self, image: Arc<MetadataImage>, env: &mut Env<'_>, out: &mut Effects) {
        assert_eq!(self.config.image_source, ImageSource::Given, "a node that keeps its own image is given none");
        if self.phase == ControlState::Serving {
            self.publish(image, env, out);
        } else {
            self.given = Some(image);
        }
    }

    pub(crate) fn on_mail(&mut self, from: ShardId, mail: ShardMail, env: &mut Env<'_>, out: &mut Effects) {
        match mail {
            ShardMail::AskControl { asker, what } => self.on_ask(asker, what, env, out),
            ShardMail::Checkpoint(offsets) => self.checkpoints.learn(offsets, env.now.mono, &self.config),
            ShardMail::Stopped { offsets, whole } => self.on_stopped(from, offsets, whole, env, out),
            ShardMail::SaveStart { which, checkpoint } => self.on_save_start(from, which, checkpoint, env),
            ShardMail::Discard { files, delay_ms } => self.discards.push_files(files, env.now.mono.plus_ms(delay_ms)),
            ShardMail::SetAside(folders) => self.on_set_aside(from, folders, env, out),
            ShardMail::DirFailed(dir) => self.on_dir_failed(dir, FileError::Io, env, out),
            ShardMail::ListenFailed(message) => self.halt(Halt::Configuration(message), out),
            other => unreachable!("control is never told {other:?}"),
        }
    }

    pub(crate) fn on_synced(&mut self, op: OpId, result: Result<(), FileError>, env: &mut Env<'_>, out: &mut Effects) {
        if self.phase == ControlState::Halted {
            return;
        }
        if self.scribe.has(op) {
            let next = self.ops.next();
            let step = self.scribe.on_synced(op, result, next, env.files);
            self.on_scribe(step, next, env, out);
        } else if let (Some(dir), Err(why)) = (self.syncs.remove(&op), result) {
            if why.is_of_device() {
                self.on_dir_failed(dir, why, env, out);
            } else {
                self.on_sync_denied(dir, why, env);
            }
        }
        self.go_on_when_idle(env, out);
    }

    pub(crate) fn on_wake(&mut self, env: &mut Env<'_>, out: &mut Effects) {
        self.wake = None;
        self.try_denied_again(env, out);
        self.with_sessions(env, out, ControllerSessions::on_wake);
        if let ControlState::Serving | ControlState::Stopping { .. } = self.phase {
            self.write_due_checkpoints(env, out);
            self.step_discards(env, out);
        }
    }

    pub(crate) fn on_turn_end(&mut self, env: &mut Env<'_>, out: &mut Effects) {
        if let ControlState::Serving | ControlState::Stopping { .. } = self.phase {
            self.write_asked_starts(env, out);
        }
        self.with_sessions(env, out, ControllerSessions::on_turn_end);
        let wanted = match self.phase {
            ControlState::Serving => {
                let wishes =
                    [self.checkpoints.due(), self.discards.due(), self.denials.due(), self.sessions.next_wake()];
                wishes.into_iter().flatten().min()
            }
            ControlState::Unborn | ControlState::Halted => None,
            _ => self.denials.due(),
        };
        if wanted != self.wake {
            self.wake = wanted;
            out.list.extend(wanted.map(Effect::WakeAt));
        }
    }

    /// The broker epoch of this node's current incarnation.
    fn broker_epoch(&self) -> BrokerEpoch {
        self.image.brokers.get(&self.config.node_id).map_or(BrokerEpoch(0), |broker| broker.epoch)
    }

    fn metadata_dir(&self) -> DirId {
        *self.dirs.keys().next().expect("a node starts with at least one directory")
    }

    /// The directories that have not failed.
    fn fit_dirs(&self) -> Vec<DirId> {
        self.dirs.iter().filter(|(_, dir)| !dir.failed).map(|(id, _)| *id).collect()
    }

    fn data_shards(&self) -> impl Iterator<Item = ShardId> + use<> {
        (1..self.config.shards).map(ShardId)
    }

    fn write(&mut self, path: &FilePath, bytes: Vec<u8>, purpose: Purpose, env: &mut Env<'_>, out: &mut Effects) {
        let op = self.ops.next();
        let step = self.scribe.write(path, bytes, purpose, op, env.files);
        self.on_scribe(step, op, env, out);
    }

    fn on_scribe(&mut self, step: Step<Purpose>, op: OpId, env: &mut Env<'_>, out: &mut Effects) {
        match step {
            Step::Sync(what) => out.push(Effect::Sync { op, what }),
            Step::Wait => {}
            Step::Written(path, purposes) => {
                self.denials.on_written(&path);
                let op = self.ops.next();
                let more = self.scribe.resume(&path, op, env.files);
                self.on_scribe(more, op, env, out);
                for purpose in purposes {
                    self.on_written(purpose, env, out);
                }
            }
            Step::Denied(path, why) => self.on_write_denied(path, why, env),
            Step::Failed(path, why) => self.on_dir_failed(path.dir, why, env, out),
        }
    }

    fn on_written(&mut self, purpose: Purpose, env: &mut Env<'_>, out: &mut Effects) {
        match purpose {
            Purpose::Start | Purpose::CleanMarker => {}
            Purpose::Image => self.on_image_written(env, out),
            Purpose::Names => self.on_names_written(env, out),
            Purpose::ProducerIds => self.on_producer_ids_written(env, out),
            Purpose::Checkpoint(dir, file) => {
                self.checkpoints.on_written(dir, file, env.now.mono);
                if file == checkpoints::CheckpointFile::LogStarts {
                    self.on_log_starts_written(dir, out);
                }
                self.publish_waiting(env, out);
            }
        }
    }

    /// Enters the next phase when all writes and syncs that the phase waits for have ended. A write that failed is not
    /// waited for, because its directory is not used any more.
    fn go_on_when_idle(&mut self, env: &mut Env<'_>, out: &mut Effects) {
        if !self.scribe.is_idle() || !self.syncs.is_empty() || self.denials.owe_syncs() {
            return;
        }
        match self.phase {
            ControlState::Starting if self.removed_topics.forget_all() => self.rewrite_image(env, out),
            ControlState::Starting => self.serve(env, out),
            ControlState::Checkpointing { whole: true } => self.write_clean_markers(env, out),
            ControlState::Checkpointing { whole: false } => self.halt(Halt::Clean, out),
            ControlState::Marking => self.halt(Halt::Clean, out),
            _ => {}
        }
    }

    /// Takes a directory out of use on all shards. If it is the metadata directory, ends the node. Called only after an
    /// error of the device.
    fn on_dir_failed(&mut self, failed: DirId, why: FileError, env: &mut Env<'_>, out: &mut Effects) {
        let metadata = self.metadata_dir();
        let Some(dir) = self.dirs.get_mut(&failed).filter(|dir| !dir.failed) else { return };
        dir.failed = true;
        env.trace.emit(TraceKind::DirOffline, || TraceEvent::DirOffline { dir: failed });
        if failed == metadata {
            let name = &dir.name;
            let message = format!(
                "the metadata log directory {name} failed: {why}; {}, then start the node again",
                why.next_step()
            );
            self.halt(Halt::Storage(message.into()), out);
            return;
        }
        for to in self.data_shards() {
            out.push(Effect::Mail { to, mail: ShardMail::DirFailed(failed) });
        }
        self.checkpoints.give_up(failed);
        self.log_starts.give_up(failed);
        self.publish_waiting(env, out);
    }

    fn halt(&mut self, why: Halt, out: &mut Effects) {
        if self.phase != ControlState::Halted {
            self.phase = ControlState::Halted;
            out.push(Effect::Halt(why));
        }
    }
}

impl Dir {
    fn new(dir: &LogDir) -> Dir {
        Dir { name: dir.name.clone(), failed: false }
    }
}
