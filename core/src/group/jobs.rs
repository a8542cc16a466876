//! Jobs that take several steps: expiry of offsets, deletion of the offsets of removed topics, deletion of large
//! groups.
//!
//! **Invariants**
//! - A step visits a bounded number of offsets and groups. It appends at most one batch of tombstones, of bounded size.
//! - A step whose append is refused changes nothing. After a refused append, an expiry ends, and begins again at the
//!   next check. Any other job tries the step again after a pause.
//!
//! **In Kafka**: `GroupCoordinatorShard.cleanupGroupMetadata`, `onPartitionsDeleted`, `deleteGroups`. Each of these
//! methods does all its work at once.

use super::ask::RemovedTopic;
use super::live::Live;
use super::offsets::delete;
use super::offsets::expiry::{Retention, may_be_removed};
use super::records;
use super::state::{CommittedOffset, Groups, PersistedGroup};
use super::{GroupAnswer, GroupConfig, Output};
use crate::io::Asker;
use crate::types::{ErrorCode, Instant, Timestamp, TopicId, Uuid};
use crate::wire::GroupCoordinatorRecord;
use crate::wire::delete_groups::DeletableGroupResult;
use bytestring::ByteString;
use core::ops::Bound::{Excluded, Included, Unbounded};
use imbl::OrdMap;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

/// How long a job waits before it tries a refused append again, in milliseconds.
const RETRY_MS: i64 = 1_000;

/// The queue of jobs. Only the first job runs, step by step until it is done.
#[derive(Clone, Debug, Default)]
pub(super) struct Jobs {
    queue: VecDeque<Job>,
    /// When the next expiry of offsets begins. `None` while the coordinator loads its log.
    next_check: Option<Instant>,
    /// When the first job in the queue tries its step again. `None` unless the append of its last step was refused.
    retry_at: Option<Instant>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Job {
    Expire(Cursor),
    RemoveTopics {
        topics: Topics,
        at: Cursor,
    },
    /// Deletes the remaining offsets of a Dead group and then its GroupMetadata record, and answers the client `to`.
    /// `to` is `None` if that client has already been answered.
    Delete {
        group: ByteString,
        to: Option<Asker>,
    },
}

/// How far a job has come. A job visits all groups by name, and in each group all offsets by topic and partition.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
struct Cursor {
    /// The last group that was visited completely.
    after: Option<ByteString>,
    /// How far the job has come in the group after `after`. `None` if it has not visited any offset of that group.
    within: Option<Within>,
}

/// A place among a group's offsets, which are ordered by topic and partition.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Within {
    group: ByteString,
    /// The topic of the last offset that was visited.
    topic: ByteString,
    partition: i32,
    /// Whether all offsets of the group up to this place are to be removed. If this still holds at the end of the
    /// group, the group itself may be removed.
    all_gone: bool,
}

/// What one step of a job does: the records to append, and what follows when they are in the log.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[must_use]
pub(super) struct Step {
    pub(super) records: Vec<GroupCoordinatorRecord>,
    /// Groups whose GroupMetadata tombstone is among the records.
    pub(super) removed: Vec<ByteString>,
    /// The client and the answer to send when the records are committed.
    pub(super) answer: Option<(Asker, GroupAnswer)>,
    pub(super) rest: Rest,
}

/// The job that is left after a step. `None` if the step has finished the job.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Rest(Option<Job>);

/// How many more offsets and groups a step may visit, and how many more bytes of records it may produce.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Budget {
    items: usize,
    bytes: usize,
}

impl Budget {
    /// The budget of one step. It keeps the step's batch far smaller than the default of `max.message.bytes`.
    pub(super) const STEP: Budget = Budget { items: 1_000, bytes: 256 * 1024 };

    /// Takes one item, with a record of about `bytes` bytes, from the budget. Returns `false` if the budget was already
    /// used up.
    pub(super) fn take(&mut self, bytes: usize) -> bool {
        if self.items == 0 || self.bytes == 0 {
            return false;
        }
        self.items -= 1;
        self.bytes = self.bytes.saturating_sub(bytes);
        true
    }
}

impl Jobs {
    /// Schedules the first expiry of offsets, because the coordinator has loaded its log.
    pub(super) fn start(&mut self, now: Instant, config: &GroupConfig) {
        self.next_check = Some(now.plus_ms(config.offsets_retention_check_interval_ms));
    }

    /// Queues a job that deletes the offsets that groups have committed for these removed topics.
    pub(super) fn remove_topics(&mut self, removed: &[RemovedTopic]) {
        let mut topics: BTreeMap<ByteString, BTreeSet<TopicId>> = BTreeMap::new();
        for topic in removed {
            topics.entry(records::owned(&topic.name)).or_default().insert(topic.id);
        }
        if !topics.is_empty() {
            self.queue.push_back(Job::RemoveTopics { topics: Arc::new(topics), at: Cursor::default() });
        }
    }

    /// Queues a job that deletes the remaining offsets and the GroupMetadata record of a Dead group, and then answers
    /// `to`.
    pub(super) fn delete(&mut self, group: ByteString, to: Asker) {
        self.queue.push_back(Job::Delete { group, to: Some(to) });
    }

    /// Returns when the next step is due. `None` while the coordinator loads its log.
    pub(super) fn next_wake(&self) -> Option<Instant> {
        let next_check = self.next_check?;
        if self.queue.is_empty() { Some(next_check) } else { Some(self.retry_at.unwrap_or_default()) }
    }

    /// Returns the next step, if one is due. The caller appends the records of the step. Then it calls
    /// [`Jobs::advance`] if they are in the log, or [`Jobs::refused`] if the append was refused.
    pub(super) fn step(
        &mut self,
        groups: &Groups,
        live: &Live,
        config: &GroupConfig,
        now: Instant,
        wall: Timestamp,
    ) -> Option<Step> {
        if self.next_check? <= now {
            self.next_check = Some(now.plus_ms(config.offsets_retention_check_interval_ms));
            if !self.queue.iter().any(|job| matches!(job, Job::Expire(_))) {
                self.queue.push_back(Job::Expire(Cursor::default()));
            }
        }
        if self.retry_at.is_some_and(|at| at > now) {
            return None;
        }
        Some(match self.queue.front()? {
            Job::Expire(at) => expire(at, groups, live, config, wall),
            Job::RemoveTopics { topics, at } => remove_topics(topics, at, groups),
            Job::Delete { group, to } => delete_rest(group, *to, groups),
        })
    }

    /// Replaces the first job of the queue by `rest`, the part of the job that is left. The records of the job's step
    /// are in the log, or the step had none. If nothing is left, the next job becomes the first.
    pub(super) fn advance(&mut self, rest: Rest) {
        self.retry_at = None;
        self.queue.pop_front();
        if let Some(job) = rest.0 {
            self.queue.push_front(job);
        }
    }

    /// Handles a refused append of a step's records. An expiry ends. Any other job tries again after a pause, but a
    /// client that waits for the deletion of a group gets `error` now.
    pub(super) fn refused(&mut self, error: ErrorCode, now: Instant, out: &mut Vec<Output>) {
        match self.queue.front_mut() {
            Some(Job::Expire(_)) => {
                self.queue.pop_front();
                return;
            }
            Some(Job::Delete { group, to }) => {
                if let Some(to) = to.take() {
                    out.push(Output::Answer { to, answer: deleted(group).failed(error) });
                }
            }
            _ => {}
        }
        self.retry_at = Some(now.plus_ms(RETRY_MS));
    }

    /// Answers every client that waits for the deletion of a group with `error`, because this coordinator stops.
    pub(super) fn resign(self, error: ErrorCode, out: &mut Vec<Output>) {
        for job in self.queue {
            if let Job::Delete { group, to: Some(to) } = job {
                out.push(Output::Answer { to, answer: deleted(&group).failed(error) });
            }
        }
    }
}

/// Builds the answer to a DeleteGroups for a group that has been deleted.
pub(super) fn deleted(group: &ByteString) -> GroupAnswer {
    GroupAnswer::Delete(DeletableGroupResult { group_id: group.clone(), ..DeletableGroupResult::default() })
}

/// The work of one step of a job that goes through the offsets of all groups: an expiry, or the removal of topics.
struct Walk<'a> {
    step: Step,
    at: Cursor,
    budget: Budget,
    groups: &'a Groups,
    /// Whether all offsets of the current group that were visited so far are to be removed.
    all_gone: bool,
}

/// A group whose offsets the step visits next.
struct Visited<'a> {
    id: &'a ByteString,
    persisted: &'a PersistedGroup,
    /// Where the last step stopped among the offsets of this group. `None` if the group is visited from its first
    /// offset on.
    within: Option<Within>,
}

/// The error with which a step stops, because its budget is used up.
struct UsedUp;

impl<'a> Walk<'a> {
    fn new(at: &Cursor, groups: &'a Groups) -> Walk<'a> {
        Walk { step: Step::default(), at: at.clone(), budget: Budget::STEP, groups, all_gone: true }
    }

    fn next_group(&mut self) -> Result<Option<Visited<'a>>, UsedUp> {
        let Some((id, persisted)) = self.groups.iter_after(self.at.after.as_ref()).next() else { return Ok(None) };
        self.take(id.len())?;
        // Only the first group of a step can be the one in which the last step stopped. For the first group,
        // `self.take` above does not fail, because the step still has its whole budget.
        let within = self.at.within.take().filter(|within| within.group == *id);
        self.all_gone = within.as_ref().is_none_or(|it| it.all_gone);
        Ok(Some(Visited { id, persisted, within }))
    }

    fn take(&mut self, bytes: usize) -> Result<(), UsedUp> {
        if self.budget.take(bytes) { Ok(()) } else { Err(UsedUp) }
    }

    /// Visits offsets of one topic. Adds a tombstone to the step for each offset for which `is_gone` returns `true`.
    fn visit(
        &mut self,
        id: &ByteString,
        topic: &ByteString,
        partitions: impl Iterator<Item = (&'a i32, &'a CommittedOffset)>,
        is_gone: impl Fn(&CommittedOffset) -> bool,
    ) -> Result<(), UsedUp> {
        for (partition, offset) in partitions {
            self.take(id.len() + topic.len())?;
            if is_gone(offset) {
                self.step.records.push(records::offset_tombstone(id, topic, *partition));
            } else {
                self.all_gone = false;
            }
            self.pass(id, topic, *partition);
        }
        Ok(())
    }

    /// Remembers that all offsets of the group up to this partition were visited.
    fn pass(&mut self, group: &ByteString, topic: &ByteString, partition: i32) {
        let (group, topic, all_gone) = (group.clone(), topic.clone(), self.all_gone);
        self.at.within = Some(Within { group, topic, partition, all_gone });
    }

    fn end_group(&mut self, id: &ByteString) {
        self.at = Cursor { after: Some(id.clone()), within: None };
    }

    /// Returns the step. If the budget was used up, `job` makes the job that continues from here in the next step.
    fn end(mut self, result: Result<(), UsedUp>, job: impl FnOnce(Cursor) -> Job) -> Step {
        if let Err(UsedUp) = result {
            self.step.rest = Rest(Some(job(self.at)));
        }
        self.step
    }
}

/// Returns a step with tombstones for offsets that have expired (KIP-211), and for groups that have no members and no
/// other offsets.
fn expire(at: &Cursor, groups: &Groups, live: &Live, config: &GroupConfig, now: Timestamp) -> Step {
    let mut walk = Walk::new(at, groups);
    let result = expire_some(&mut walk, live, config, now);
    walk.end(result, Job::Expire)
}

fn expire_some(walk: &mut Walk<'_>, live: &Live, config: &GroupConfig, now: Timestamp) -> Result<(), UsedUp> {
    while let Some(Visited { id, persisted, within }) = walk.next_group()? {
        let group = live.get(id);
        let retention = Retention::of(group);
        if retention == Retention::Unlimited {
            walk.end_group(id);
            continue;
        }
        for (topic, partitions) in topics_from(&persisted.offsets, within.as_ref()) {
            if group.is_some_and(|group| group.is_subscribed_to(topic)) {
                walk.take(0)?;
                walk.all_gone = false;
                walk.pass(id, topic, i32::MAX);
                continue;
            }
            let has_expired = |offset: &CommittedOffset| retention.has_expired(offset, now, config);
            walk.visit(id, topic, partitions_from(topic, partitions, within.as_ref()), has_expired)?;
        }
        if walk.all_gone && may_be_removed(group) {
            walk.step.records.push(records::group_tombstone(id));
            walk.step.removed.push(id.clone());
        }
        walk.end_group(id);
    }
    Ok(())
}

type Topics = Arc<BTreeMap<ByteString, BTreeSet<TopicId>>>;

/// Returns a step with tombstones for the offsets of removed topics. A topic may have been removed and then made anew
/// under the same name, therefore the topic id decides. An offset that was committed with a topic id is deleted if a
/// removed topic has this id. An offset that was committed without a topic id is deleted if a removed topic has the
/// same name.
fn remove_topics(topics: &Topics, at: &Cursor, groups: &Groups) -> Step {
    let mut walk = Walk::new(at, groups);
    let result = remove_some_topics(&mut walk, topics);
    walk.end(result, |at| Job::RemoveTopics { topics: topics.clone(), at })
}

fn remove_some_topics(walk: &mut Walk<'_>, topics: &Topics) -> Result<(), UsedUp> {
    while let Some(Visited { id, persisted, within }) = walk.next_group()? {
        let from = within.as_ref().map_or(Unbounded, |it| Included(it.topic.clone()));
        for (topic, ids) in topics.range((from, Unbounded)) {
            walk.take(0)?;
            if let Some(partitions) = persisted.offsets.get(topic) {
                let is_of =
                    |offset: &CommittedOffset| offset.topic_id == Uuid::ZERO || ids.contains(&TopicId(offset.topic_id));
                walk.visit(id, topic, partitions_from(topic, partitions, within.as_ref()), is_of)?;
            }
            walk.pass(id, topic, i32::MAX);
        }
        walk.end_group(id);
    }
    Ok(())
}

/// Returns the offsets of a topic that the job has not visited yet.
fn partitions_from<'a>(
    topic: &ByteString,
    partitions: &'a OrdMap<i32, CommittedOffset>,
    within: Option<&Within>,
) -> impl Iterator<Item = (&'a i32, &'a CommittedOffset)> {
    let from = within.filter(|it| it.topic == *topic).map_or(Unbounded, |it| Excluded(it.partition));
    partitions.range((from, Unbounded))
}

/// Returns the topics of a group, beginning with the topic in which the last step stopped.
fn topics_from<'a>(
    offsets: &'a OrdMap<ByteString, OrdMap<i32, CommittedOffset>>,
    within: Option<&Within>,
) -> impl Iterator<Item = (&'a ByteString, &'a OrdMap<i32, CommittedOffset>)> {
    let from = within.map_or(Unbounded, |it| Included(it.topic.clone()));
    offsets.range((from, Unbounded))
}

fn delete_rest(group: &ByteString, to: Option<Asker>, groups: &Groups) -> Step {
    let nothing = PersistedGroup::default();
    let persisted = groups.get(group).unwrap_or(&nothing);
    let (records, is_last) = delete::whole_group(group, persisted, Budget::STEP);
    if is_last {
        let answer = to.map(|to| (to, deleted(group)));
        return Step { records, removed: vec![group.clone()], answer, rest: Rest(None) };
    }
    let rest = Rest(Some(Job::Delete { group: group.clone(), to }));
    Step { records, rest, ..Step::default() }
}
