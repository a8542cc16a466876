//! A topic's name is a register: what was acknowledged is described afterwards, what was refused or is deleted is not, and a
//! name that is made anew shows nothing of the topic that had it before.
//!
//! A description counts where the broker that gives it must know: on the connection on which the change was acknowledged,
//! or by a process that began after it, since a lone node publishes nothing that is not on its disk. Elsewhere a
//! description can be older than what was acknowledged, as in Apache Kafka; what it shows that is new counts all the same.

use crate::checks::Check;
use crate::checks::findings::{Findings, Place};
use crate::history::{AdminAnswer, AdminCall, AdminEvent, AdminQuestion, TopicConfigs, TopicShape};
use gracchus_core::metadata::MetadataImage;
use gracchus_core::types::{ErrorCode, TopicId};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Whoever reads a deleted topic by its name may be served for so long after the deletion was acknowledged, in
/// nanoseconds: another shard or broker may not have heard of it.
const STALE_NS: u64 = 1_000_000_000;

/// Every name that an administrator asked about.
#[derive(Clone, Debug, Default)]
pub struct Topics {
    names: BTreeMap<Arc<str>, Name>,
    calls: BTreeMap<AdminCall, Asked>,
    /// When topics were known to be deleted.
    gone: BTreeMap<TopicId, u64>,
    /// When the process of a node began last.
    began: u64,
}

#[derive(Clone, Debug)]
struct Asked {
    at: u64,
    topic: Arc<str>,
    question: AdminQuestion,
}

/// What is known of a name.
#[derive(Clone, Debug, Default)]
struct Name {
    state: State,
    /// When that was last told, and on which connection of whom.
    told: (u64, u32, u64),
    /// Changes that were asked for and may still take effect, or have.
    open: BTreeMap<AdminCall, Asked>,
}

#[derive(Clone, PartialEq, Eq, Debug, Default)]
enum State {
    /// There is no topic of that name.
    #[default]
    Absent,
    /// There is this one.
    Present(Topic),
    /// An unanswered request has made it what it is.
    Unknown,
}

#[derive(Clone, PartialEq, Eq, Debug)]
struct Topic {
    id: TopicId,
    partitions: u32,
    /// What is set; none where an unanswered request may have changed it.
    configs: Option<TopicConfigs>,
}

impl Topics {
    /// A process of a node began.
    pub fn on_started(&mut self, at: u64) {
        self.began = at;
    }

    /// Looks at an act of an administrator.
    pub fn see(&mut self, event: &AdminEvent, found: &mut Findings) {
        match event {
            AdminEvent::Asked(call, topic, question) => {
                let asked = Asked { at: found.time(), topic: topic.clone(), question: question.clone() };
                if is_change(question) {
                    self.names.entry(topic.clone()).or_default().open.insert(*call, asked.clone());
                }
                self.calls.insert(*call, asked);
            }
            AdminEvent::Unanswered(call) => _ = self.calls.remove(call),
            AdminEvent::Told(call, answer) => self.on_told(*call, answer, found),
            AdminEvent::ReadByName { topic, asked, ids } => self.on_read(topic, *asked, ids, found),
        }
    }

    /// Nothing moves any more: every name is what the newest image says.
    pub fn judge_end(&mut self, image: &MetadataImage, found: &mut Findings) {
        for (name, known) in &mut self.names {
            let topic = image.topic_named(name);
            let shape = topic.map(|it| TopicShape { id: it.id, partitions: it.partitions.len() as u32 });
            known.judge_shape(name, shape, &mut self.gone, found);
            if let Some(topic) = topic {
                known.judge_configs(name, &topic.configs, found);
            }
        }
    }

    fn on_told(&mut self, call: AdminCall, answer: &AdminAnswer, found: &mut Findings) {
        let Some(asked) = self.calls.remove(&call) else { return };
        let began = self.began;
        let name = self.names.entry(asked.topic.clone()).or_default();
        let mine = name.open.remove(&call).is_some();
        let (told_at, who, conn) = name.told;
        let binds = (who, conn) == (call.who, call.conn) || told_at < began && began < asked.at;
        let topic = &asked.topic;
        match answer {
            AdminAnswer::Created(id) => name.on_created(topic, *id, &asked.question, &mut self.gone, found),
            AdminAnswer::Deleted(id) => name.on_deleted(topic, *id, &mut self.gone, found),
            AdminAnswer::Done => name.on_done(topic, &asked.question, found),
            AdminAnswer::Topic(shape) if binds => {
                name.judge_shape(topic, *shape, &mut self.gone, found);
                name.settle_before(began);
            }
            AdminAnswer::Configs(configs) if binds => name.judge_configs(topic, configs, found),
            AdminAnswer::Topic(shape) => name.learn(*shape, &self.gone),
            AdminAnswer::Refused(error) if binds => name.on_refused(topic, *error, &asked.question, found),
            AdminAnswer::Configs(_) | AdminAnswer::Refused(_) => {}
        }
        if mine && !matches!(answer, AdminAnswer::Refused(_)) {
            name.told = (found.time(), call.who, call.conn);
        }
    }

    fn on_read(&mut self, topic: &Arc<str>, asked: u64, ids: &[TopicId], found: &mut Findings) {
        for id in ids {
            let gone = self.gone.get(id).filter(|gone| *gone + STALE_NS < asked);
            found.demand(Check::TopicIncarnation, gone.is_none(), Place::default(), || {
                format!("{topic} was read by name, and had records of the topic {id}, which was deleted before")
            });
        }
    }
}

impl Name {
    fn on_created(
        &mut self,
        name: &str,
        id: TopicId,
        question: &AdminQuestion,
        gone: &mut BTreeMap<TopicId, u64>,
        found: &mut Findings,
    ) {
        let AdminQuestion::Create { partitions, configs } = question else { return };
        found.demand(Check::TopicIncarnation, !gone.contains_key(&id), Place::default(), || {
            format!("{name} was created with the id {id} of a topic that was deleted")
        });
        let lawful = match &self.state {
            State::Present(_) => self.may(AdminQuestion::is_delete),
            State::Absent | State::Unknown => true,
        };
        found.demand(Check::TopicRegister, lawful, Place::default(), || {
            format!("{name} was created as {id}, though it is there: {:?}", self.state)
        });
        // Others that were asked for may have changed it already.
        let certain = self.open.is_empty();
        let topic = Topic { id, partitions: *partitions, configs: certain.then(|| configs.clone()) };
        self.state = if certain { State::Present(topic) } else { State::Unknown };
    }

    fn on_deleted(&mut self, name: &str, id: TopicId, gone: &mut BTreeMap<TopicId, u64>, found: &mut Findings) {
        let (may_create, place) = (self.may(AdminQuestion::is_create), Place::default());
        let lawful = match &self.state {
            State::Present(topic) => topic.id == id || may_create,
            State::Absent => may_create,
            State::Unknown => true,
        };
        found.demand(Check::TopicRegister, lawful && !gone.contains_key(&id), place, || {
            format!("{name} was deleted as {id}, and was {:?}", self.state)
        });
        gone.insert(id, found.time());
        self.state = if may_create { State::Unknown } else { State::Absent };
    }

    fn on_done(&mut self, name: &str, question: &AdminQuestion, found: &mut Findings) {
        let may_create = self.may(AdminQuestion::is_create);
        let others = !self.open.is_empty();
        let lawful = self.state != State::Absent || may_create;
        found.demand(Check::TopicRegister, lawful, Place::default(), || {
            format!("{name} is not there, and {question:?} was done to it")
        });
        match (&mut self.state, question) {
            (State::Present(topic), AdminQuestion::Grow(to)) if !others => topic.partitions = *to,
            (State::Present(topic), AdminQuestion::Alter(changes)) if !others => {
                if let Some(configs) = &mut topic.configs {
                    for (key, value) in changes {
                        match value {
                            Some(value) => _ = configs.insert(key.clone(), value.clone()),
                            None => _ = configs.remove(key),
                        }
                    }
                }
            }
            (state, _) => *state = State::Unknown,
        }
    }

    /// A refusal needs a cause.
    fn on_refused(&self, name: &str, error: ErrorCode, question: &AdminQuestion, found: &mut Findings) {
        let lawful = match (error, &self.state) {
            (ErrorCode::TopicAlreadyExists, State::Absent) => self.may(AdminQuestion::is_create),
            (ErrorCode::UnknownTopicOrPartition, State::Present(_)) => self.may(AdminQuestion::is_delete),
            (ErrorCode::UnknownTopicId, State::Present(topic)) => {
                *question != AdminQuestion::Delete(Some(topic.id)) || self.may(AdminQuestion::is_delete)
            }
            _ => true,
        };
        found.demand(Check::TopicRegister, lawful, Place::default(), || {
            format!("{question:?} of {name} was refused with {}, and it is {:?}", error.name(), self.state)
        });
    }

    /// A description that must be of the present.
    fn judge_shape(
        &mut self,
        name: &str,
        shape: Option<TopicShape>,
        gone: &mut BTreeMap<TopicId, u64>,
        found: &mut Findings,
    ) {
        let deleted = shape.is_some_and(|shape| gone.contains_key(&shape.id));
        found.demand(Check::TopicIncarnation, !deleted, Place::default(), || {
            format!("{name} is described as {shape:?}, which was deleted")
        });
        let lawful = match (&self.state, shape) {
            (State::Unknown, _) | (State::Absent, None) => true,
            (State::Absent, Some(_)) => self.may(AdminQuestion::is_create),
            (State::Present(_), None) => self.may(AdminQuestion::is_delete),
            (State::Present(topic), Some(shape)) if topic.id == shape.id => {
                let more = self.open.values().any(|open| open.question == AdminQuestion::Grow(shape.partitions));
                shape.partitions == topic.partitions || more
            }
            (State::Present(_), Some(_)) => self.may(AdminQuestion::is_delete) && self.may(AdminQuestion::is_create),
        };
        found.demand(Check::TopicRegister, lawful, Place::default(), || {
            format!("{name} is described as {shape:?}, and is {:?}; open are {:?}", self.state, self.open)
        });
        self.take(shape, found.time(), gone);
    }

    /// A description that may be of the past: what it shows that never was before has come to be.
    fn learn(&mut self, shape: Option<TopicShape>, gone: &BTreeMap<TopicId, u64>) {
        let Some(shape) = shape.filter(|shape| !gone.contains_key(&shape.id)) else { return };
        let is_new = match &self.state {
            State::Absent => self.may(AdminQuestion::is_create),
            State::Present(topic) => topic.id == shape.id && topic.partitions < shape.partitions,
            State::Unknown => false,
        };
        if is_new {
            self.state = State::Unknown;
        }
    }

    /// What is set, where it must be of the present.
    fn judge_configs(&mut self, name: &str, configs: &TopicConfigs, found: &mut Findings) {
        let State::Present(topic) = &mut self.state else { return };
        // Of keys that Kafka does not document a description says nothing.
        let shown = |configs: &TopicConfigs| {
            let mut shown = configs.clone();
            shown.retain(|key, _| !key.starts_with("internal."));
            shown
        };
        let open = !self.open.is_empty();
        match &topic.configs {
            Some(known) => {
                let lawful = open || shown(known) == shown(configs);
                found.demand(Check::TopicRegister, lawful, Place::default(), || {
                    format!("{name} is described with {:?}, and has {:?}", shown(configs), shown(known))
                });
            }
            None if !open => topic.configs = Some(configs.clone()),
            None => {}
        }
        if open {
            topic.configs = None;
        }
    }

    fn take(&mut self, shape: Option<TopicShape>, at: u64, gone: &mut BTreeMap<TopicId, u64>) {
        let before = std::mem::take(&mut self.state);
        let configs = match &before {
            State::Present(topic) if shape.is_some_and(|shape| shape.id == topic.id) => topic.configs.clone(),
            State::Present(topic) => {
                gone.entry(topic.id).or_insert(at);
                None
            }
            State::Absent | State::Unknown => None,
        };
        self.state = match shape {
            Some(TopicShape { id, partitions }) => State::Present(Topic { id, partitions, configs }),
            None => State::Absent,
        };
    }

    /// Whatever the process before `began` had not done by now is not done; what it did to the configuration is not told
    /// yet.
    fn settle_before(&mut self, began: u64) {
        let before = self.open.len();
        self.open.retain(|_, open| open.at > began);
        if let State::Present(topic) = &mut self.state
            && self.open.len() < before
        {
            topic.configs = None;
        }
    }

    fn may(&self, is: impl Fn(&AdminQuestion) -> bool) -> bool {
        self.open.values().any(|open| is(&open.question))
    }
}

fn is_change(question: &AdminQuestion) -> bool {
    !matches!(question, AdminQuestion::Describe | AdminQuestion::DescribeConfigs)
}
