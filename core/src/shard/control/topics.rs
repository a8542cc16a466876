//! Creating topics on a lone combined node: decided here, written to the image file, then published and answered.
//!
//! **Invariants**: nobody sees an image that is not on disk; creations that come while a write is under way share the
//! next one.
//!
//! **In Kafka**: `ReplicationControlManager.createTopics`.

use super::start::{IMAGE, fresh_uuid};
use super::{Control, Phase, Purpose, image_file};
use crate::broker::{
    ControlAnswer, ControlQuestion, PartitionsSpec, Reply, TopicCreated, TopicOutcome, TopicRefused, TopicSpec,
};
use crate::io::{Asker, Env, FilePath};
use crate::metadata::{ImageSource, MetadataImage, PartitionRegistration, TopicImage};
use crate::shard::mail::ShardMail;
use crate::shard::{Effect, Effects};
use crate::types::{ErrorCode, ImageVersion, NodeId, TopicId};
use std::sync::Arc;

/// More partitions in one topic than any cluster has, and still little memory.
const PARTITIONS_MAX: usize = 100_000;

#[derive(Clone, Debug, Default)]
pub(super) struct Creations {
    /// Decided, in memory only so far; the base of the next decision.
    ahead: Option<MetadataImage>,
    /// Answers to what is being written.
    writing: Vec<(Asker, Vec<TopicOutcome>)>,
    /// The image being written.
    written: Option<Arc<MetadataImage>>,
    /// Answers to what the next write will hold.
    parked: Vec<(Asker, Vec<TopicOutcome>)>,
}

impl Control {
    pub(super) fn on_ask(&mut self, asker: Asker, what: ControlQuestion, env: &mut Env<'_>, out: &mut Effects) {
        match what {
            ControlQuestion::AllocateProducerIds => self.allocate_producer_ids(asker, env, out),
            ControlQuestion::CreateTopics { topics, validate_only } => {
                self.create_topics(asker, &topics, validate_only, env, out);
            }
        }
    }

    pub(super) fn answer(&self, asker: Asker, answer: ControlAnswer, out: &mut Effects) {
        let mail = ShardMail::Reply { to: asker, reply: Reply::Control(answer) };
        out.push(Effect::Mail { to: asker.shard, mail });
    }

    fn create_topics(
        &mut self,
        asker: Asker,
        topics: &[TopicSpec],
        validate_only: bool,
        env: &mut Env<'_>,
        out: &mut Effects,
    ) {
        if self.config.image_source == ImageSource::Given || self.phase != Phase::Serving {
            let refused = || Err(refused(ErrorCode::NotController, "this node does not lead the metadata quorum"));
            let outcomes = topics.iter().map(|_| refused()).collect();
            return self.answer_created(asker, outcomes, self.image.version, out);
        }
        let mut ahead = self.topics.ahead.take().unwrap_or_else(|| (*self.image).clone());
        let untouched = ahead.clone();
        let mut outcomes: Vec<_> =
            topics.iter().map(|topic| create_topic(&mut ahead, topic, self.config.node_id, env)).collect();
        let created = outcomes.iter().any(Result::is_ok);
        if validate_only || !created {
            self.topics.ahead = self.topics.written.is_some().then_some(untouched);
            outcomes.iter_mut().flatten().for_each(|created| created.id = TopicId::default());
            return self.answer_created(asker, outcomes, self.image.version, out);
        }
        ahead.version = ImageVersion(ahead.version.0 + 1);
        self.topics.ahead = Some(ahead);
        self.topics.parked.push((asker, outcomes));
        self.write_image(env, out);
    }

    fn write_image(&mut self, env: &mut Env<'_>, out: &mut Effects) {
        if self.topics.written.is_some() || self.topics.parked.is_empty() {
            return;
        }
        let ahead = self.topics.ahead.clone().expect("what is parked was decided");
        let text = image_file::render(&ahead);
        self.topics.written = Some(Arc::new(ahead));
        self.topics.writing = std::mem::take(&mut self.topics.parked);
        let path = FilePath::new(self.metadata_dir(), IMAGE);
        self.write(&path, text.into_bytes(), Purpose::Image, env, out);
    }

    pub(super) fn on_image_written(&mut self, env: &mut Env<'_>, out: &mut Effects) {
        let image = self.topics.written.take().expect("an image write reports one image");
        let version = image.version;
        if self.topics.parked.is_empty() {
            self.topics.ahead = None;
        }
        self.publish(image, out);
        for (asker, outcomes) in std::mem::take(&mut self.topics.writing) {
            self.answer_created(asker, outcomes, version, out);
        }
        self.write_image(env, out);
    }

    fn answer_created(&self, asker: Asker, outcomes: Vec<TopicOutcome>, image: ImageVersion, out: &mut Effects) {
        self.answer(asker, ControlAnswer::TopicsCreated { outcomes, image }, out);
    }
}

fn create_topic(image: &mut MetadataImage, spec: &TopicSpec, me: NodeId, env: &mut Env<'_>) -> TopicOutcome {
    if image.names.contains_key(&spec.name) {
        return Err(refused(ErrorCode::TopicAlreadyExists, "a topic of this name exists"));
    }
    let assignments = match &spec.partitions {
        PartitionsSpec::Assigned(assignments) => assignments.clone(),
        PartitionsSpec::Count { replication_factor, .. } if *replication_factor != 1 => {
            let why = "the cluster has one broker, which holds at most one replica of a partition";
            return Err(refused(ErrorCode::InvalidReplicationFactor, why));
        }
        PartitionsSpec::Count { partitions, .. } => {
            let count = usize::try_from(*partitions).unwrap_or(0).min(PARTITIONS_MAX + 1);
            vec![vec![me]; count]
        }
    };
    if assignments.is_empty() || assignments.len() > PARTITIONS_MAX {
        return Err(refused(ErrorCode::InvalidPartitions, "a topic has from 1 to 100,000 partitions"));
    }
    if assignments.iter().any(|replicas| *replicas != [me]) {
        return Err(refused(
            ErrorCode::InvalidReplicaAssignment,
            "the assignment names a broker that is not registered",
        ));
    }
    let partitions = assignments.into_iter().map(|replicas| PartitionRegistration {
        isr: replicas.clone(),
        leader: Some(me),
        replicas,
        ..PartitionRegistration::default()
    });
    let topic = TopicImage {
        name: spec.name.clone(),
        id: TopicId(fresh_uuid(env)),
        configs: spec.configs.clone(),
        partitions: partitions.collect(),
    };
    let created = TopicCreated {
        id: topic.id,
        partitions: i32::try_from(topic.partitions.len()).expect("bounded above"),
        replication_factor: 1,
    };
    image.put_topic(topic);
    Ok(created)
}

fn refused(error: ErrorCode, message: &str) -> TopicRefused {
    TopicRefused { error, message: Some(message.into()) }
}
