//! A consumer in a classic group. It joins the group, shares the topics' partitions with the other members, fetches the
//! partitions that it is assigned, and commits its positions.
//!
//! The user calls [`GroupConsumer::poll`] whenever [`GroupConsumer::wants_poll`] returns `true`, and at least once in
//! every `max.poll.interval.ms`. With each poll, the user confirms that all records handed out before are processed.
//! Their offsets may then be committed.
//!
//! **Invariants**
//! - The user learns of assigned, revoked and lost partitions only from `poll`, or after `close` was called. So
//!   partitions never change between two polls.
//! - Only records of owned partitions are handed out. The records of one partition come in the order of their offsets.
//! - A commit is sent under the generation in which it was requested, or not at all.
//! - In a rebalance, an eager member gives up all its partitions before it joins. A cooperative member joins with its
//!   partitions, and gives up those that move before it joins again (KIP-429). With automatic commits, both first
//!   commit the positions after all records that were handed out.
//!
//! **In Kafka**: `ClassicKafkaConsumer`, `ConsumerCoordinator`, `AbstractCoordinator`. There are three differences. If
//! the coordinator refuses the member id or the generation of a member that joins, the member loses its partitions at
//! once; in Kafka, it keeps them until the next assignment. A cooperative member commits the positions of the
//! partitions that it gives up before it gives them up. LeaveGroup does not wait behind a JoinGroup in flight.

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

/// A consumer that is a member of a group.
///
/// A call may add outputs to `out`. The caller then performs them in order.
#[derive(Clone, Debug)]
pub struct GroupConsumer {
    config: GroupConsumerConfig,
    /// The member's own connections. Fetches use other connections, so that a fetch that waits for records does not
    /// delay heartbeats.
    cluster: Cluster<Asked>,
    coordinator: Coordinator,
    member: Member,
    owned: Owned,
    commits: Commits,
    /// The topics that the user has subscribed to.
    topics: BTreeSet<ByteString>,
    life: Lifecycle,
    /// The revocation that must end before the member joins again, if one is under way.
    handover: Option<Handover>,
    /// When `max.poll.interval.ms` expires. `None` before the first poll, and after the member has left the group
    /// because the interval expired.
    poll_deadline: Option<Instant>,
    next_auto_commit: Instant,
    /// What [`Member::note_changes`] was last called with: the version of the metadata, the number of the attempt to
    /// join, and whether the member was stable. It is not called again while these are unchanged.
    compared: (u64, u64, bool),
}

type Outputs = Vec<Output<GroupNews>>;

impl GroupConsumer {
    /// Makes a consumer that has no connection yet and is subscribed to no topic.
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

    /// Subscribes to these topics, and to no others. The next poll joins the group. If the member has already joined,
    /// it joins again.
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

    /// Confirms that all records handed out before are processed. Then takes the next step of a rebalance if there is
    /// one, and hands out at most `max.poll.records` records.
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

    /// Returns whether a poll would have something to do now. A poll at any other time does no harm.
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

    /// Commits `offsets`. With `None`, commits the positions of all owned partitions. The result comes as
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

    /// Pauses a partition: it is not fetched and none of its records is handed out until the user resumes it, or the
    /// member no longer owns it.
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

    /// The position of an owned partition: the offset after the last record that was handed out. Before the first
    /// record, it is the offset at which reading begins. `None` if that offset is not known yet.
    #[must_use]
    pub fn position(&self, topic: &str, partition: i32) -> Option<Offset> {
        self.owned.position(&PartitionName::new(topic, partition))
    }

    /// The generation that the member is in, and its member id. `None` if it is in no generation.
    #[must_use]
    pub fn membership(&self) -> Option<(Generation, ByteString)> {
        let identity = self.member.identity();
        Some((identity.generation?, identity.id.clone()))
    }

    /// Closes the consumer. Commits the positions if commits are automatic, gives up all partitions, leaves the group
    /// unless the member is static, and closes every connection. [`GroupNews::Closed`] follows after `close_timeout_ms`
    /// at most. A second call closes at once.
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

    /// Handles a whole frame that a connection has received. `frame` has no length prefix.
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

    /// Returns when `on_wake` must be called: the time of the last [`Output::WakeAt`].
    #[must_use]
    pub fn next_wake(&self) -> Option<Instant> {
        self.cluster.wake.next()
    }
}

/// The work that is done at the end of every call.
impl GroupConsumer {
    /// Sends every request that is due, and takes all steps that need not wait for a response or for the user.
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

    /// Runs `call` on the member's own connections. Adds its outputs to `out`, and replaces each connection id in them
    /// by the id that the driver knows ([`outward`]).
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

    /// Asks for a wake-up at the earliest time at which one of the timers expires.
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
        // A timer that has already expired needs no wake-up: its work still waits for a connection or for the user, and
        // is done in the call that reports either.
        for at in times.into_iter().flatten().filter(|at| *at > now) {
            self.cluster.wake.by(at);
        }
    }

    /// Makes the metadata cover exactly the topics that the member needs: its own topics and, if it leads the group,
    /// the topics of all members.
    fn want_topics(&mut self, now: Instant) {
        let wanted: BTreeSet<ByteString> = self.topics.union(&self.member.group_topics()).cloned().collect();
        for topic in self.cluster.metadata.wanted().difference(&wanted).cloned().collect::<Vec<_>>() {
            self.cluster.metadata.forget(&topic);
        }
        for topic in &wanted {
            self.cluster.want(topic, now);
        }
    }

    /// Lets the member check whether it must join again, because its subscription or a partition count has changed.
    /// Does nothing if no change is possible since the last check.
    fn note_changes(&mut self) {
        let (metadata, member) = (&self.cluster.metadata, self.member.attempt());
        let compared = (metadata.generation(), member, self.member.is_stable());
        if self.compared != compared {
            self.compared = compared;
            self.member.note_changes(&self.topics, |topic| metadata.partition_count(topic));
        }
    }

    /// Assigns the group's partitions if the member is the leader, and the metadata of all topics that members
    /// subscribe to is known. If some metadata is missing, requests it.
    fn share_out(&mut self, now: Instant) {
        let metadata = &self.cluster.metadata;
        let Some(topics) = self.member.needs_counts() else { return };
        if topics.iter().all(|topic| metadata.topic(topic).is_some()) {
            return self.member.share_out(|topic| metadata.partition_count(topic));
        }
        self.cluster.alarm(now);
    }

    /// Returns when a request that has failed `failures` times may be sent again.
    fn retry_at(&self, failures: u32, now: Instant, draws: &mut dyn Draws) -> Instant {
        let cluster = &self.config.consumer.cluster;
        now.plus_ms(backoff_ms(cluster.retry_backoff_ms, cluster.retry_backoff_max_ms, failures, u64::MAX, draws))
    }
}

/// The owner of a connection: the member itself or the fetching consumer. Both number their connections independently.
/// The id here is the owner's number; the driver knows the connection under another id ([`outward`]).
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

/// Returns the id under which the driver knows one of the member's own connections. These ids are even. The ids of the
/// fetching consumer's connections are odd.
fn outward(conn: Conn) -> Conn {
    Conn(conn.0 * 2)
}
