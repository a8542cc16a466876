//! A consumer in a classic group: joins the group, shares its partitions with the other members, fetches the partitions
//! assigned to it, and commits its positions.
//!
//! The user calls [`GroupConsumer::poll`] whenever [`GroupConsumer::wants_poll`] says so, and at least once in every
//! `max.poll.interval.ms`. By calling it, the user says that all records handed out before are processed: their offsets
//! are committed.
//!
//! **Invariants**
//! - The user learns of assigned, revoked and lost partitions only in `poll` and `close`, between two batches of
//!   records.
//! - Only records of owned partitions are handed out; those of one partition come in the order of their offsets.
//! - A commit is sent under the generation in which it was requested, or not at all.
//! - An eager member gives up all its partitions before it joins in a rebalance. A cooperative one gives up the
//!   partitions that move before it joins in the next rebalance (KIP-429). What it commits before that covers all
//!   records handed out.
//!
//! **In Kafka**: `ClassicKafkaConsumer`, `ConsumerCoordinator`, `AbstractCoordinator`. Differences: a member whose
//! identity is refused while it joins loses its partitions at once (Kafka keeps them until the next assignment), a
//! cooperative member commits what it gives up before it does so, and LeaveGroup does not wait behind a JoinGroup in
//! flight.

mod answer;
mod assignor;
mod commits;
mod config;
mod coordinator;
mod handover;
mod member;
mod news;
mod owned;
mod protocol;
mod reaction;
mod request;

pub use config::{Assignor, GroupConsumerConfig};
pub use news::{
    Commit, CommitId, CommitMode, CommitOffset, CommitStep, Generation, GroupNews, Joined, Ownership, PartitionName,
};

use super::cluster::{Arrived, Cluster, Purpose};
use super::output::{Conn, Output};
use super::wake::backoff_ms;
use crate::io::Draws;
use crate::types::{ErrorCode, Instant, Now, Offset};
use bytes::Bytes;
use bytestring::ByteString;
use commits::{Cause, Commits, Verdict};
use coordinator::Coordinator;
use handover::{Handover, Lifecycle};
use member::Member;
use owned::Owned;
use reaction::Reaction;
use request::Asked;
use std::collections::BTreeSet;
use std::sync::Arc;

/// A member of a group.
///
/// Every call may add to `out`, which the caller then performs in order.
#[derive(Clone, Debug)]
pub struct GroupConsumer {
    config: GroupConsumerConfig,
    /// The member's own connections. Fetches have others, so that a long poll does not hold heartbeats up.
    cluster: Cluster<Asked>,
    coordinator: Coordinator,
    member: Member,
    owned: Owned,
    commits: Commits,
    /// The topics that the user wants.
    topics: BTreeSet<ByteString>,
    life: Lifecycle,
    /// The revocation that is under way before the member joins again.
    handover: Option<Handover>,
    /// The time at which `max.poll.interval.ms` expires. `None` before the first poll, and after the member has left
    /// because it expired.
    poll_deadline: Option<Instant>,
    next_auto_commit: Instant,
    /// The versions of the metadata and of the member's state that were compared last, so that unchanged ones are
    /// skipped.
    compared: (u64, u64, bool),
}

type Outputs = Vec<Output<GroupNews>>;

impl GroupConsumer {
    /// Makes a consumer without a connection and without a subscription.
    #[must_use]
    pub fn new(config: GroupConsumerConfig) -> GroupConsumer {
        assert!(!config.assignors.is_empty(), "a member needs a way to share partitions out");
        GroupConsumer {
            cluster: Cluster::new(config.consumer.cluster.clone()),
            coordinator: Coordinator::new(),
            member: Member::new(&config),
            owned: Owned::new(config.consumer.clone()),
            commits: Commits::default(),
            topics: BTreeSet::new(),
            life: Lifecycle::Running,
            handover: None,
            poll_deadline: None,
            next_auto_commit: Instant(0),
            compared: (0, 0, false),
            config,
        }
    }

    /// Subscribes to these topics instead of those before. The next poll joins the group, or joins it again.
    pub fn subscribe<'a>(
        &mut self,
        topics: impl IntoIterator<Item = &'a str>,
        now: Now,
        draws: &mut dyn Draws,
        out: &mut Outputs,
    ) {
        self.topics = topics.into_iter().map(ByteString::from).collect();
        self.want_topics(now.mono);
        self.compared = (0, 0, false);
        self.advance(now, draws, out);
    }

    /// Confirms that all records handed out before are processed, does what the group waits for, and hands out at most
    /// `max.poll.records` records.
    pub fn poll(&mut self, now: Now, draws: &mut dyn Draws, out: &mut Outputs) {
        match self.life {
            Lifecycle::Running => {}
            Lifecycle::Failed => return self.lose(now.mono, out),
            Lifecycle::Closing { .. } | Lifecycle::Closed => return,
        }
        self.poll_deadline = Some(now.mono.plus_ms(i64::from(self.config.max_poll_interval_ms)));
        self.rebalance(now.mono, out);
        self.auto_commit(now.mono);
        self.owned.hand_out(self.config.max_poll_records, now, draws, out);
        self.advance(now, draws, out);
    }

    /// Returns whether a poll would do something now. A poll at any other time does no harm.
    #[must_use]
    pub fn wants_poll(&self, now: Instant) -> bool {
        match self.life {
            Lifecycle::Running => {}
            Lifecycle::Failed => return !self.owned.is_empty(),
            Lifecycle::Closing { .. } | Lifecycle::Closed => return false,
        }
        let is_rebalancing = match &self.handover {
            Some(handover) => self.commits.is_empty() || handover.deadline <= now,
            None => self.member.is_stable() && self.member.wants_rejoin(),
        };
        let joins = self.member.is_unjoined() && !self.topics.is_empty();
        joins
            || is_rebalancing
            || self.member.is_synced()
            || self.owned.has_more()
            || self.auto_commit_due().is_some_and(|at| at <= now)
    }

    /// Commits `offsets` or, if there are none, the positions of all owned partitions. The result comes as
    /// [`GroupNews::Commit`]. The commit fails with REBALANCE_IN_PROGRESS while the group rebalances, and with
    /// UNKNOWN_MEMBER_ID if the consumer is not in the group.
    pub fn commit(
        &mut self,
        offsets: Option<Vec<CommitOffset>>,
        mode: CommitMode,
        now: Now,
        draws: &mut dyn Draws,
        out: &mut Outputs,
    ) -> CommitId {
        let id = self.commits.next_id();
        let offsets: Arc<[CommitOffset]> = offsets.unwrap_or_else(|| self.owned.positions()).into();
        let deadline = now.mono.plus_ms(self.config.api_timeout_ms);
        let is_running = matches!(self.life, Lifecycle::Running);
        let error = match () {
            () if offsets.is_empty() => ErrorCode::None,
            () if is_running && self.member.is_stable() => {
                self.commits.add(id, Cause::User(mode), self.member.identity().clone(), offsets, deadline);
                self.advance(now, draws, out);
                return id;
            }
            () if is_running && self.member.is_joining() => ErrorCode::RebalanceInProgress,
            () => ErrorCode::UnknownMemberId,
        };
        self.commits.add(id, Cause::User(mode), self.member.identity().clone(), offsets, deadline);
        self.end_commit(id, Verdict::of(Reaction::GiveUp, error), now.mono, out);
        id
    }

    /// Pauses a partition: it is not fetched and none of its records are handed out, until it is resumed or given up.
    pub fn pause(&mut self, topic: &str, partition: i32) {
        self.owned.pause(&PartitionName::new(topic, partition));
    }

    /// Fetches a paused partition again.
    pub fn resume(&mut self, topic: &str, partition: i32, now: Now, draws: &mut dyn Draws, out: &mut Outputs) {
        self.owned.resume(&PartitionName::new(topic, partition), now, draws, out);
        self.advance(now, draws, out);
    }

    /// The partitions that the member owns, sorted.
    #[must_use]
    pub fn assignment(&self) -> Vec<PartitionName> {
        self.owned.names().into_iter().collect()
    }

    /// The offset after the last record that was handed out of an owned partition, or where reading begins.
    #[must_use]
    pub fn position(&self, topic: &str, partition: i32) -> Option<Offset> {
        self.owned.position(&PartitionName::new(topic, partition))
    }

    /// The generation that the member is in, and its id.
    #[must_use]
    pub fn membership(&self) -> Option<(Generation, ByteString)> {
        let identity = self.member.identity();
        Some((identity.generation?, identity.id.clone()))
    }

    /// Commits if commits are automatic, gives up all partitions, leaves the group unless the member is static, and
    /// ends every connection. [`GroupNews::Closed`] follows after `close_timeout_ms` at most; a second call does not
    /// wait.
    pub fn close(&mut self, now: Now, draws: &mut dyn Draws, out: &mut Outputs) {
        self.begin_closing(now.mono, out);
        self.advance(now, draws, out);
    }

    /// Notes that a dialed connection is open.
    pub fn on_dialed(&mut self, conn: Conn, now: Now, draws: &mut dyn Draws, out: &mut Outputs) {
        match side(conn) {
            Side::Member(conn) => self.with_cluster(out, |cluster, raised| cluster.on_dialed(conn, now.mono, raised)),
            Side::Fetches(conn) => self.owned.on_dialed(conn, now, draws),
        }
        self.advance(now, draws, out);
    }

    /// Notes that a connection could not be opened.
    pub fn on_dial_failed(&mut self, conn: Conn, now: Now, draws: &mut dyn Draws, out: &mut Outputs) {
        self.on_closed(conn, now, draws, out);
    }

    /// Handles a whole frame, without its length prefix.
    pub fn on_frame(&mut self, conn: Conn, frame: Bytes, now: Now, draws: &mut dyn Draws, out: &mut Outputs) {
        match side(conn) {
            Side::Member(conn) => self.on_own_frame(conn, frame, now, draws, out),
            Side::Fetches(conn) => self.owned.on_frame(conn, frame, now, draws),
        }
        self.advance(now, draws, out);
    }

    fn on_own_frame(&mut self, conn: Conn, frame: Bytes, now: Now, draws: &mut dyn Draws, out: &mut Outputs) {
        let arrived = self.with_cluster(out, |cluster, raised| cluster.on_frame(conn, frame, now.mono, draws, raised));
        match arrived {
            Arrived::Settled => {}
            Arrived::Broken(lost) => self.on_lost(lost, now, draws, out),
            Arrived::Answer(answered) => {
                if !self.on_answer(&answered, now, draws, out) {
                    let end =
                        |cluster: &mut Cluster<Asked>, raised: &mut Outputs| cluster.end(conn, now.mono, draws, raised);
                    let mut lost = self.with_cluster(out, end);
                    if let Purpose::Of(asked) = answered.purpose {
                        lost.insert(0, asked);
                    }
                    self.on_lost(lost, now, draws, out);
                }
            }
        }
    }

    /// Notes that a connection is closed.
    pub fn on_closed(&mut self, conn: Conn, now: Now, draws: &mut dyn Draws, out: &mut Outputs) {
        match side(conn) {
            Side::Member(conn) => {
                let lost = self.cluster.on_closed(conn, now.mono, draws);
                self.on_lost(lost, now, draws, out);
            }
            Side::Fetches(conn) => self.owned.on_closed(conn, now, draws),
        }
        self.advance(now, draws, out);
    }

    /// Handles timers that have expired. A call at any other time changes nothing.
    pub fn on_wake(&mut self, now: Now, draws: &mut dyn Draws, out: &mut Outputs) {
        let lost = self.with_cluster(out, |cluster, raised| cluster.on_wake(now.mono, draws, raised));
        self.on_lost(lost, now, draws, out);
        self.owned.on_wake(now, draws);
        self.advance(now, draws, out);
    }

    /// When `on_wake` is due, as the last [`Output::WakeAt`] said.
    #[must_use]
    pub fn next_wake(&self) -> Option<Instant> {
        self.cluster.wake.next()
    }
}

/// The work at the end of every call.
impl GroupConsumer {
    /// Sends every request that may be sent, and makes progress wherever nothing has to be waited for.
    fn advance(&mut self, now: Now, draws: &mut dyn Draws, out: &mut Outputs) {
        if !matches!(self.life, Lifecycle::Closed) {
            self.note_coordinator(now.mono, draws);
            self.watch_times(now, draws, out);
            self.end_outlived_commits(now.mono, out);
            self.note_changes();
            self.share_out(now.mono);
            self.advance_closing(now, draws, out);
            self.exchange(now, draws, out);
        }
        self.owned.absorb(now, draws, out);
        if matches!(self.life, Lifecycle::Closed) {
            return;
        }
        self.with_cluster(out, |cluster, raised| cluster.refresh(now.mono, draws, raised));
        self.note_wakes(now.mono);
        self.cluster.wake.tell(out);
    }

    /// Passes on the outputs of the member's own connections, whose ids are even.
    fn with_cluster<T>(&mut self, out: &mut Outputs, call: impl FnOnce(&mut Cluster<Asked>, &mut Outputs) -> T) -> T {
        let mut raised = Vec::new();
        let result = call(&mut self.cluster, &mut raised);
        out.extend(raised.into_iter().map(|output| match output {
            Output::Dial { conn, host, port } => Output::Dial { conn: outward(conn), host, port },
            Output::Send { conn, parts } => Output::Send { conn: outward(conn), parts },
            Output::Close { conn } => Output::Close { conn: outward(conn) },
            other => other,
        }));
        result
    }

    /// Sets the wake-up to the earliest of all timers.
    fn note_wakes(&mut self, now: Instant) {
        let is_running = matches!(self.life, Lifecycle::Running);
        let times = [
            self.member.join_due(),
            self.member.heartbeat_due(),
            self.member.session_deadline(),
            self.coordinator.lookup_at(),
            self.commits.due().map(|(_, at)| at),
            self.commits.first_deadline(),
            self.owned.start_due(),
            self.owned.next_wake(),
            self.auto_commit_due(),
            self.poll_deadline.filter(|_| is_running && !self.member.is_unjoined()),
            self.handover.as_ref().map(|handover| handover.deadline),
            self.life.deadline(),
        ];
        // A timer that has expired already waits for a connection or for the user, and needs no wake-up.
        for at in times.into_iter().flatten().filter(|at| *at > now) {
            self.cluster.wake.by(at);
        }
    }

    /// Asks for the metadata of the member's own topics and, if it leads the group, those of the whole group, and of no
    /// others.
    fn want_topics(&mut self, now: Instant) {
        let wanted: BTreeSet<ByteString> = self.topics.union(&self.member.group_topics()).cloned().collect();
        for topic in self.cluster.metadata.wanted().difference(&wanted).cloned().collect::<Vec<_>>() {
            self.cluster.metadata.forget(&topic);
        }
        for topic in &wanted {
            self.cluster.want(topic, now);
        }
    }

    /// Compares the subscription and the partition counts with those that the group knows, if one of them may have
    /// changed.
    fn note_changes(&mut self) {
        let (metadata, member) = (&self.cluster.metadata, self.member.attempt());
        let compared = (metadata.generation(), member, self.member.is_stable());
        if self.compared != compared {
            self.compared = compared;
            self.member.note_changes(&self.topics, |topic| metadata.partition_count(topic));
        }
    }

    /// Makes the assignment if the member is the leader and knows all partition counts.
    fn share_out(&mut self, now: Instant) {
        let metadata = &self.cluster.metadata;
        let Some(topics) = self.member.needs_counts() else { return };
        if topics.iter().all(|topic| metadata.topic(topic).is_some()) {
            return self.member.share_out(|topic| metadata.partition_count(topic));
        }
        self.cluster.alarm(now);
    }

    /// When a request that has failed `failures` times may be made again.
    fn retry_at(&self, failures: u32, now: Instant, draws: &mut dyn Draws) -> Instant {
        let cluster = &self.config.consumer.cluster;
        now.plus_ms(backoff_ms(cluster.retry_backoff_ms, cluster.retry_backoff_max_ms, failures, u64::MAX, draws))
    }
}

/// Which part of the consumer a connection belongs to.
enum Side {
    Member(Conn),
    Fetches(Conn),
}

fn side(conn: Conn) -> Side {
    match conn.0 % 2 {
        0 => Side::Member(Conn(conn.0 / 2)),
        _ => Side::Fetches(Conn(conn.0 / 2)),
    }
}

/// The id under which the driver knows one of the member's own connections.
fn outward(conn: Conn) -> Conn {
    Conn(conn.0 * 2)
}
