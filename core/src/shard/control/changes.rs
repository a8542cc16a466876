//! Changes to the metadata of a lone combined node (broker and controller in one). A change is decided in memory,
//! written to the image file, and only then published and answered.
//!
//! **Invariants**
//! - An image is on disk before any shard or client sees it.
//! - A change is decided on top of all earlier changes, even if they are not written yet.
//! - Changes that are decided while a write is under way are written together by the next write.
//!
//! **In Kafka**: `QuorumController.appendWriteEvent`, which appends to the metadata log instead of writing an image
//! file.

use super::start::IMAGE;
use super::{
    Control, ControlState, Purpose, alter_configs, create_partitions, create_topics, delete_topics, image_file,
};
use crate::broker::{ControlAnswer, ControlOutcome, ControlQuestion, Refusal};
use crate::io::{Asker, Env, FilePath, TraceEvent, TraceKind};
use crate::metadata::{ImageSource, MetadataImage, NodeConfig};
use crate::shard::mail::ShardMail;
use crate::shard::{Effect, Effects};
use crate::types::{ErrorCode, ImageVersion};
use bytestring::ByteString;
use std::sync::Arc;

/// Changes that are decided and not yet published.
#[derive(Clone, Debug, Default)]
pub(super) struct Changes {
    /// The image with all changes decided so far. `None` if every decided change is in the newest written image.
    ahead: Option<MetadataImage>,
    /// The image that is being written.
    writing: Option<Arc<MetadataImage>>,
    /// Answers to the changes that are being written.
    answers: Vec<(Asker, ControlOutcome)>,
    /// Answers to the changes that the next write will contain.
    next_answers: Vec<(Asker, ControlOutcome)>,
}

impl Changes {
    /// The image on top of which the next change is decided. `newest` is the newest image that is on disk.
    fn base(&self, newest: &MetadataImage) -> MetadataImage {
        self.ahead.as_ref().unwrap_or(newest).clone()
    }

    fn on_decided(&mut self, mut image: MetadataImage, asker: Asker, outcome: ControlOutcome) {
        image.version = ImageVersion(image.version.0 + 1);
        self.ahead = Some(image);
        self.next_answers.push((asker, outcome));
    }

    /// Returns the image to write next. `None` if a write is under way, or if no new change was decided.
    fn begin_write(&mut self) -> Option<Arc<MetadataImage>> {
        if self.writing.is_some() || self.next_answers.is_empty() {
            return None;
        }
        let image = Arc::new(self.ahead.clone().expect("an answer waits for a change that was decided"));
        self.answers = std::mem::take(&mut self.next_answers);
        self.writing = Some(image.clone());
        Some(image)
    }

    /// The image that is being written.
    pub(super) fn being_written(&self) -> Option<Arc<MetadataImage>> {
        self.writing.clone()
    }

    /// Ends the write under way. Returns the image that was written, and the answers to its changes.
    fn end_write(&mut self) -> (Arc<MetadataImage>, Vec<(Asker, ControlOutcome)>) {
        let image = self.writing.take().expect("a write reports one image");
        if self.next_answers.is_empty() {
            self.ahead = None;
        }
        (image, std::mem::take(&mut self.answers))
    }
}

impl Control {
    /// Handles a request's question to the control shard. If the decision changes the image, the request is answered
    /// when the image is on disk. Otherwise it is answered at once. A request for a block of producer ids is answered
    /// when the block is reserved on disk.
    pub(super) fn on_ask(&mut self, asker: Asker, what: ControlQuestion, env: &mut Env<'_>, out: &mut Effects) {
        if what == ControlQuestion::AllocateProducerIds {
            return self.allocate_producer_ids(asker, env, out);
        }
        if self.config.image_source == ImageSource::Given || self.phase != ControlState::Serving {
            tell_wanted(&what, env);
            let outcome = refuse_all(&what, "this node does not lead the metadata quorum");
            return self.answer(asker, self.image.version, outcome, out);
        }
        let newest = self.newest_image();
        let mut image = self.changes.base(&newest);
        let decided = decide(&what, &mut image, &self.config, env);
        if decided.is_change {
            self.removed_topics.note(&what, &self.changes.base(&newest));
            self.changes.on_decided(image, asker, decided.outcome);
            self.write_image(env, out);
        } else {
            self.answer(asker, newest.version, decided.outcome, out);
        }
    }

    pub(super) fn answer(&self, to: Asker, image: ImageVersion, outcome: ControlOutcome, out: &mut Effects) {
        let answer = ControlAnswer { image, outcome };
        out.push(Effect::Mail { to: to.shard, mail: ShardMail::ControlAnswer { to, answer } });
    }

    fn write_image(&mut self, env: &mut Env<'_>, out: &mut Effects) {
        let Some(image) = self.changes.begin_write() else { return };
        let path = FilePath::new(self.metadata_dir(), IMAGE);
        self.write(&path, image_file::render(&image, &self.removed_topics).into_bytes(), Purpose::Image, env, out);
    }

    pub(super) fn on_image_written(&mut self, env: &mut Env<'_>, out: &mut Effects) {
        let (image, answers) = self.changes.end_write();
        let version = image.version;
        self.publish(image, env, out);
        for (asker, outcome) in answers {
            self.answer(asker, version, outcome, out);
        }
        self.write_image(env, out);
    }
}

/// Emits a trace event for each topic that a `CreateTopics` question asked for. In a simulation, the controller outside
/// the node then creates the topic.
fn tell_wanted(what: &ControlQuestion, env: &mut Env<'_>) {
    let ControlQuestion::CreateTopics { topics, validate_only: false } = what else { return };
    for topic in topics {
        env.trace.emit(TraceKind::TopicWanted, || TraceEvent::TopicWanted { name: ByteString::from(&*topic.name) });
    }
}

/// The decision on a question to the control shard.
pub(super) struct Decided {
    /// The answer.
    pub(super) outcome: ControlOutcome,
    /// Whether the decision changes the image.
    pub(super) is_change: bool,
}

/// Decides a question, and changes `image` accordingly. Each kind of question has one arm of
/// the `match` here, and one file.
fn decide(what: &ControlQuestion, image: &mut MetadataImage, config: &NodeConfig, env: &mut Env<'_>) -> Decided {
    match what {
        ControlQuestion::CreateTopics { topics, validate_only } => {
            create_topics::decide(topics, *validate_only, image, config, env)
        }
        ControlQuestion::CreatePartitions { topics, validate_only } => {
            create_partitions::decide(topics, *validate_only, image, config)
        }
        ControlQuestion::DeleteTopics(topics) => delete_topics::decide(topics, image),
        ControlQuestion::AlterConfigs { resources, validate_only } => {
            alter_configs::decide(resources, *validate_only, image, config)
        }
        ControlQuestion::AllocateProducerIds => unreachable!("producer ids are no part of the image"),
    }
}

/// Refuses every topic or resource of a question with NOT_CONTROLLER, because this node does not decide on changes now.
fn refuse_all(what: &ControlQuestion, message: &str) -> ControlOutcome {
    let refusal = || Refusal::new(ErrorCode::NotController, message);
    let judged = |rows: usize| ControlOutcome::Judged((0..rows).map(|_| Err(refusal())).collect());
    match what {
        ControlQuestion::CreateTopics { topics, .. } => {
            ControlOutcome::TopicsCreated(topics.iter().map(|_| Err(refusal())).collect())
        }
        ControlQuestion::CreatePartitions { topics, .. } => judged(topics.len()),
        ControlQuestion::DeleteTopics(topics) => judged(topics.len()),
        ControlQuestion::AlterConfigs { resources, .. } => judged(resources.len()),
        ControlQuestion::AllocateProducerIds => ControlOutcome::ProducerIds(Err(ErrorCode::NotController)),
    }
}
