//! Members of one group against a correct coordinator that moves, connections that break, answers that are lost and
//! users that are stuck: whatever a member is told of its partitions and commits must be so.

use super::coordinator::{Answer, Group, Phase, Ticket};
use super::stage::{First, Request, Stage, TOPIC, TOPIC_ID};
use crate::client::*;
use crate::record::{BatchBuilder, BatchHeader, STAMP_LEN};
use crate::types::{ErrorCode, Instant, LeaderEpoch, Offset, Timestamp};
use crate::wire::fetch::{FetchableTopicResponse, PartitionData};
use crate::wire::find_coordinator::Coordinator;
use crate::wire::list_offsets::{ListOffsetsPartitionResponse, ListOffsetsTopicResponse};
use crate::wire::offset_for_leader_epoch::{EpochEndOffset, OffsetForLeaderTopicResult};
use crate::wire::*;
use bytes::Bytes;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// How the members of a run are configured.
#[derive(Clone, Copy, Debug)]
struct Setting {
    is_cooperative: bool,
    auto_commit: bool,
    is_static: bool,
}

/// One user of the group, and what it was told.
struct User {
    stage: Stage<GroupConsumer>,
    instance_id: Option<String>,
    owned: BTreeSet<PartitionName>,
    revoking: BTreeSet<PartitionName>,
    /// The offset after the last record of each partition, also of those that are no longer owned.
    handed: BTreeMap<PartitionName, i64>,
    /// Commits of the user's own, which have not ended.
    open_commits: BTreeSet<CommitId>,
    ended_commits: BTreeSet<CommitId>,
    is_stuck: bool,
    /// The user has closed its consumer.
    is_closed: bool,
    /// Closing is done.
    has_ended: bool,
    /// The user is gone without a word.
    is_gone: bool,
}

impl User {
    /// Whether the user has read its partitions up to the end, again where it had to begin anew.
    fn is_at_the_ends(&self, logs: &BTreeMap<i32, Vec<i32>>) -> bool {
        let position = |name: &PartitionName| self.stage.client.position(&name.topic, name.partition);
        self.owned.iter().all(|name| position(name) == Some(Offset(logs[&name.partition].len() as i64)))
    }
}

struct World {
    setting: Setting,
    users: Vec<User>,
    group: Group,
    coordinator: i32,
    /// The leader epoch of every record of each partition.
    logs: BTreeMap<i32, Vec<i32>>,
    /// Every record that some user was given.
    polled: BTreeSet<(PartitionName, i64)>,
    /// Requests that the coordinator has and has not answered: those behind them on their connections wait.
    taken: BTreeSet<(usize, Conn, i32)>,
    /// When fetches came that wait for records.
    fetches: BTreeMap<(usize, Conn, i32), Instant>,
    /// Marks of the users' commits, and those that the coordinator took.
    next_mark: u32,
    applied_marks: BTreeSet<String>,
    /// How often something that is checked happened.
    counts: BTreeMap<&'static str, u32>,
}

/// No more members at a time, and no more in a run.
const ALIVE_MOST: usize = 4;
const USERS_MOST: usize = 14;

impl World {
    fn new(setting: Setting) -> World {
        let mut world = World {
            setting,
            users: Vec::new(),
            group: Group::new(),
            coordinator: 1,
            logs: BTreeMap::from([(0, vec![]), (1, vec![])]),
            polled: BTreeSet::new(),
            taken: BTreeSet::new(),
            fetches: BTreeMap::new(),
            next_mark: 0,
            applied_marks: BTreeSet::new(),
            counts: BTreeMap::new(),
        };
        world.add_user(None);
        world.add_user(None);
        world
    }

    fn add_user(&mut self, instance_id: Option<String>) {
        let born = self.users.len();
        let instance_id = instance_id.or_else(|| self.setting.is_static.then(|| format!("instance-{born}")));
        let cluster = ClusterConfig {
            bootstrap: vec![(Arc::from("boot"), 9000)],
            request_timeout_ms: 2_000,
            dial_timeout_ms: 1_000,
            metadata_max_age_ms: 1_000,
            ..Default::default()
        };
        let consumer = ConsumerConfig { cluster, reset: OffsetReset::Earliest, ..Default::default() };
        let config = GroupConsumerConfig {
            consumer,
            group_id: Arc::from("g"),
            instance_id: instance_id.as_deref().map(Arc::from),
            assignors: match self.setting.is_cooperative {
                true => vec![Assignor::CooperativeSticky],
                false => vec![Assignor::Range, Assignor::RoundRobin, Assignor::CooperativeSticky],
            },
            session_timeout_ms: 1_500,
            heartbeat_interval_ms: 300,
            max_poll_interval_ms: 3_000,
            max_poll_records: 3,
            auto_commit: self.setting.auto_commit,
            auto_commit_interval_ms: 400,
            api_timeout_ms: 4_000,
            close_timeout_ms: 2_000,
            ..Default::default()
        };
        let mut stage = Stage::new(GroupConsumer::new(config));
        if let Some(other) = self.users.first() {
            stage.now = other.stage.now;
            stage.leaders = other.stage.leaders.clone();
        }
        let mut out = Vec::new();
        stage.client.subscribe([TOPIC], stage.now, &mut First, &mut out);
        stage.perform(out);
        self.users.push(User {
            stage,
            instance_id,
            owned: BTreeSet::new(),
            revoking: BTreeSet::new(),
            handed: BTreeMap::new(),
            open_commits: BTreeSet::new(),
            ended_commits: BTreeSet::new(),
            is_stuck: false,
            is_closed: false,
            has_ended: false,
            is_gone: false,
        });
    }

    /// Those that take part.
    fn alive(&self) -> Vec<usize> {
        (0..self.users.len()).filter(|at| !self.users[*at].is_closed && !self.users[*at].is_gone).collect()
    }

    fn may_add(&self) -> bool {
        self.alive().len() < ALIVE_MOST && self.users.len() < USERS_MOST
    }

    fn step(&mut self, choice: u8, pick: u8) {
        let alive = self.alive();
        let user = alive[usize::from(pick) % alive.len()];
        match choice % 24 {
            0..=5 => _ = self.deliver(user, usize::from(pick) / 8),
            6..=8 => self.poll(user),
            9..=11 => self.pass(i64::from(pick) * 4),
            12 | 13 => self.produce(i32::from(pick) % 3),
            // A request is taken and its answer is lost with the connection.
            14 => self.cut(user, pick, true),
            // The connection is lost before anything that was sent on it arrives.
            15 => self.cut(user, pick, false),
            16 => self.commit(user, if pick.is_multiple_of(2) { CommitMode::Sync } else { CommitMode::Async }),
            17 => self.users[user].is_stuck = !self.users[user].is_stuck,
            18 if self.may_add() => self.add_user(None),
            19 if alive.len() > 1 => self.close(user),
            // A static member that comes back does not know that it was about to give partitions up and join again: as in
            // Kafka, nobody owns them until the next rebalance (KIP-345, KIP-429).
            20 if self.users.len() < USERS_MOST && !(self.setting.is_static && self.setting.is_cooperative) => {
                self.crash(user);
            }
            21 => self.move_coordinator(1 + i32::from(pick) % 3),
            22 => self.move_leader(i32::from(pick) % 2, 1 + i32::from(pick / 2) % 3),
            // A static leader that comes back does not know what the one before it saw: as in Kafka, it misses partitions
            // that were made in between (KIP-814).
            23 if pick < 60 && !self.setting.is_static => self.add_partition(),
            _ => self.settle_once(),
        }
        self.note_news();
    }

    fn now(&self) -> crate::types::Now {
        self.users[0].stage.now
    }

    fn pass(&mut self, ms: i64) {
        // In small steps, so that what one user does meets what the others do.
        for _ in 0..(ms / 50 + 1) {
            for user in &mut self.users {
                match user.is_gone {
                    true => user.stage.now.mono = user.stage.now.mono.plus_ms(50),
                    false => user.stage.pass(50),
                }
            }
            self.group.pass(self.now().mono);
            self.answer_due();
            self.note_news();
        }
    }

    fn produce(&mut self, partition: i32) {
        let epoch = self.users[0].stage.leaders.get(&partition).map(|leader| leader.1);
        if let (Some(log), Some(epoch)) = (self.logs.get_mut(&partition), epoch) {
            log.extend([epoch, epoch]);
        }
    }

    fn poll(&mut self, user: usize) {
        let user = &mut self.users[user];
        if user.is_stuck {
            return;
        }
        let mut out = Vec::new();
        user.stage.client.poll(user.stage.now, &mut First, &mut out);
        user.stage.perform(out);
    }

    /// Commits all positions, under a mark by which the commit is known again.
    fn commit(&mut self, user: usize, mode: CommitMode) {
        self.next_mark += 1;
        let metadata = bytestring::ByteString::from(format!("mark-{}", self.next_mark));
        let User { stage, open_commits, .. } = &mut self.users[user];
        let offset = |partition: PartitionName| {
            let offset = stage.client.position(&partition.topic, partition.partition)?;
            Some(CommitOffset { partition, offset, leader_epoch: None, metadata: metadata.clone() })
        };
        let offsets: Vec<CommitOffset> = stage.client.assignment().into_iter().filter_map(offset).collect();
        let mut out = Vec::new();
        open_commits.insert(stage.client.commit(Some(offsets), mode, stage.now, &mut First, &mut out));
        stage.perform(out);
    }

    fn close(&mut self, user: usize) {
        let User { stage, is_closed, .. } = &mut self.users[user];
        let mut out = Vec::new();
        stage.client.close(stage.now, &mut First, &mut out);
        stage.perform(out);
        *is_closed = true;
    }

    /// A user is gone without a word, and another one comes: a static one under the same instance id.
    fn crash(&mut self, user: usize) {
        self.users[user].is_gone = true;
        let instance_id = self.users[user].instance_id.clone();
        self.group.forget(|(asker, _)| *asker == user);
        self.add_user(instance_id);
    }

    fn move_coordinator(&mut self, to: i32) {
        if to != self.coordinator {
            self.coordinator = to;
            self.group.move_away();
            self.answer_due();
        }
    }

    fn move_leader(&mut self, partition: i32, to: i32) {
        for user in &mut self.users {
            let (node, epoch) = user.stage.leaders[&partition];
            if node != to {
                user.stage.leaders.insert(partition, (to, epoch + 1));
            }
        }
    }

    fn add_partition(&mut self) {
        self.logs.entry(2).or_default();
        self.users.iter_mut().for_each(|user| _ = user.stage.leaders.insert(2, (3, 5)));
    }

    fn cut(&mut self, user: usize, pick: u8, takes: bool) {
        let requests = &self.users[user].stage.requests;
        let Some(conn) = requests.get(usize::from(pick) % requests.len().max(1)).map(|request| request.conn) else {
            return;
        };
        if takes && let Some(request) = self.next_of(user, conn) {
            self.take(user, &request);
        }
        self.group.forget(|(asker, request)| *asker == user && request.conn == conn);
        self.taken.retain(|(asker, of, _)| (*asker, *of) != (user, conn));
        self.users[user].stage.lose(conn);
    }

    /// The oldest request of a connection that may be taken: those before it are answered.
    fn next_of(&self, user: usize, conn: Conn) -> Option<Request> {
        let first = self.users[user].stage.requests.iter().find(|request| request.conn == conn)?;
        (!self.taken.contains(&(user, conn, first.correlation))).then(|| first.clone())
    }

    /// Takes one request of a user in; whether there was one.
    fn deliver(&mut self, user: usize, which: usize) -> bool {
        let conns: BTreeSet<Conn> = self.users[user].stage.requests.iter().map(|request| request.conn).collect();
        let ready: Vec<Request> = conns.iter().filter_map(|conn| self.next_of(user, *conn)).collect();
        let ready: Vec<Request> = ready.into_iter().filter(|request| self.is_answerable(user, request)).collect();
        let Some(request) = ready.get(which % ready.len().max(1)).cloned() else { return false };
        self.take(user, &request);
        self.answer_due();
        true
    }

    /// A fetch waits until there is something, or has waited for long enough.
    fn is_answerable(&mut self, user: usize, request: &Request) -> bool {
        if request.key != ApiKey::Fetch {
            return true;
        }
        let body: FetchRequest = request.read();
        let now = self.now().mono;
        let came = *self.fetches.entry((user, request.conn, request.correlation)).or_insert(now);
        if came.plus_ms(i64::from(body.max_wait_ms)) <= now {
            return true;
        }
        let is_news = |index: i32, offset: i64| {
            self.users[0].stage.leaders[&index].0 != request.node || (offset as usize) < self.logs[&index].len()
        };
        body.topics.iter().flat_map(|topic| &topic.partitions).any(|row| is_news(row.partition, row.fetch_offset))
    }

    fn take(&mut self, user: usize, request: &Request) {
        match request.key {
            ApiKey::FindCoordinator => self.tell_coordinator(user, request),
            ApiKey::Fetch => self.fetch(user, request),
            ApiKey::ListOffsets => self.list_offsets(user, request),
            ApiKey::OffsetForLeaderEpoch => self.epoch_ends(user, request),
            _ => {
                self.taken.insert((user, request.conn, request.correlation));
                let ticket: Ticket = (user, request.clone());
                match request.node == self.coordinator {
                    true => self.take_in_group(ticket),
                    false => self.group.refuse(ticket, ErrorCode::NotCoordinator),
                }
            }
        }
    }

    fn take_in_group(&mut self, ticket: Ticket) {
        self.note_news();
        match ticket.1.key {
            ApiKey::OffsetCommit => self.take_commit(ticket),
            ApiKey::JoinGroup => {
                self.check_claims(ticket.0, &ticket.1.read());
                self.group.take(ticket);
            }
            ApiKey::SyncGroup => {
                let was_completing = matches!(self.group.phase, Phase::Completing { .. });
                self.group.take(ticket);
                if was_completing && self.group.phase == Phase::Stable {
                    self.check_assignment();
                }
            }
            _ => self.group.take(ticket),
        }
    }

    /// What is committed was handed out by whoever commits it.
    fn take_commit(&mut self, ticket: Ticket) {
        let (user, request): (_, OffsetCommitRequest) = (ticket.0, ticket.1.read());
        self.group.take(ticket);
        let Some((_, Answer::Commit(answer))) = self.group.answers.last() else { return };
        if answer.topics[0].partitions[0].error_code != 0 {
            return self.count("commits refused");
        }
        for row in &request.topics[0].partitions {
            let name = PartitionName::new(TOPIC, row.partition_index);
            let handed = self.users[user].handed.get(&name);
            assert!(handed.is_some_and(|handed| row.committed_offset <= *handed), "{name}: {row:?} after {handed:?}");
        }
        let mark = request.topics[0].partitions[0].committed_metadata.as_deref().unwrap_or_default().to_owned();
        self.applied_marks.insert(mark);
        self.count("commits taken");
    }

    /// A member tells the group of everything that it owns, and an eager one owns nothing when it joins.
    fn check_claims(&mut self, user: usize, request: &JoinGroupRequest) {
        for protocol in &request.protocols {
            let claimed = claims(protocol.metadata.clone());
            assert!(self.users[user].owned.is_subset(&claimed), "{user}: {claimed:?}");
            assert!(self.setting.is_cooperative || claimed.is_empty(), "{user}: {claimed:?}");
        }
    }

    /// No partition is given to two members, or to a member while another one has it still.
    fn check_assignment(&mut self) {
        let members = &self.group.members;
        let shares: BTreeMap<&String, BTreeSet<PartitionName>> =
            members.iter().map(|(id, member)| (id, assigned(member.assignment.clone()))).collect();
        let mut given = BTreeSet::new();
        for (id, share) in &shares {
            for name in share {
                assert!(given.insert(name.clone()), "{name} is given twice");
                for (other, member) in members.iter().filter(|(other, _)| other != id) {
                    let claimed = claims(member.metadata(&self.group.protocol));
                    assert!(!claimed.contains(name), "{name} is given to {id} and owned by {other}");
                }
            }
        }
        if !self.setting.is_cooperative {
            assert!((0..2).all(|index| given.contains(&PartitionName::new(TOPIC, index))), "given: {given:?}");
        }
        self.count("assignments");
    }

    fn count(&mut self, what: &'static str) {
        *self.counts.entry(what).or_default() += 1;
    }

    fn answer(&mut self, user: usize, request: &Request, answer: impl FnOnce(&mut Stage<GroupConsumer>, &Request)) {
        self.taken.remove(&(user, request.conn, request.correlation));
        let stage = &mut self.users[user].stage;
        stage.requests.retain(|it| (it.conn, it.correlation) != (request.conn, request.correlation));
        answer(stage, request);
    }

    fn answer_due(&mut self) {
        while !self.group.answers.is_empty() {
            let ((user, request), answer) = self.group.answers.remove(0);
            self.answer(user, &request, |stage, request| match answer {
                Answer::Join(body) => stage.answer(request, &body),
                Answer::Sync(body) => stage.answer(request, &body),
                Answer::Heartbeat(body) => stage.answer(request, &body),
                Answer::Leave(body) => stage.answer(request, &body),
                Answer::Commit(body) => stage.answer(request, &body),
                Answer::Offsets(body) => stage.answer(request, &body),
            });
        }
    }

    fn tell_coordinator(&mut self, user: usize, request: &Request) {
        let node = self.coordinator;
        self.answer(user, request, |stage, request| {
            let (host, port) = ("broker".into(), 9000 + node);
            let row = Coordinator { key: "g".into(), node_id: node, host, port, ..Default::default() };
            stage.answer(request, &FindCoordinatorResponse { coordinators: vec![row], ..Default::default() });
        });
    }

    fn fetch(&mut self, user: usize, request: &Request) {
        let body: FetchRequest = request.read();
        let row = |row: &fetch::FetchPartition| {
            let (index, offset) = (row.partition, row.fetch_offset as usize);
            let leader = self.users[user].stage.leaders[&index];
            let log = &self.logs[&index];
            let mut data =
                PartitionData { partition_index: index, high_watermark: log.len() as i64, ..Default::default() };
            if leader.0 != request.node {
                data.error_code = ErrorCode::NotLeaderOrFollower.to_wire();
            } else if offset < log.len() {
                // Whole batches of one epoch, which may begin before the position.
                let from = offset - offset % 2;
                let ends = (from..log.len().min(from + 8)).take_while(|at| log[*at] == log[from]).last().unwrap() + 1;
                data.records = Some(Records::from(vec![batch(from as i64, log[from], ends - from)]));
            }
            data
        };
        let partitions = body.topics.iter().flat_map(|topic| topic.partitions.iter().map(row)).collect();
        let topic = FetchableTopicResponse { topic: TOPIC.into(), topic_id: TOPIC_ID, partitions };
        self.answer(user, request, |stage, request| {
            stage.answer(request, &FetchResponse { responses: vec![topic], ..Default::default() });
        });
    }

    fn list_offsets(&mut self, user: usize, request: &Request) {
        let body: ListOffsetsRequest = request.read();
        let row = |row: &list_offsets::ListOffsetsPartition| ListOffsetsPartitionResponse {
            partition_index: row.partition_index,
            offset: if row.timestamp == -2 { 0 } else { self.logs[&row.partition_index].len() as i64 },
            ..Default::default()
        };
        let partitions = body.topics.iter().flat_map(|topic| topic.partitions.iter().map(row)).collect();
        let topic = ListOffsetsTopicResponse { name: TOPIC.into(), partitions };
        self.answer(user, request, |stage, request| {
            stage.answer(request, &ListOffsetsResponse { topics: vec![topic], ..Default::default() });
        });
    }

    fn epoch_ends(&mut self, user: usize, request: &Request) {
        let body: OffsetForLeaderEpochRequest = request.read();
        let row = |row: &offset_for_leader_epoch::OffsetForLeaderPartition| {
            let log = &self.logs[&row.partition];
            let end = log.iter().position(|epoch| *epoch > row.leader_epoch).unwrap_or(log.len());
            EpochEndOffset {
                partition: row.partition,
                leader_epoch: row.leader_epoch,
                end_offset: end as i64,
                ..Default::default()
            }
        };
        let partitions = body.topics.iter().flat_map(|topic| topic.partitions.iter().map(row)).collect();
        let topic = OffsetForLeaderTopicResult { topic: TOPIC.into(), partitions };
        self.answer(user, request, |stage, request| {
            stage.answer(request, &OffsetForLeaderEpochResponse { topics: vec![topic], ..Default::default() });
        });
    }

    /// A little of everything that lets the group go on.
    fn settle_once(&mut self) {
        for user in 0..self.users.len() {
            if !self.users[user].is_gone {
                while self.deliver(user, 0) {}
                self.poll(user);
            }
        }
        self.pass(50);
    }

    /// What the users were told since this was last called.
    fn note_news(&mut self) {
        for user in 0..self.users.len() {
            for news in self.users[user].stage.take_news() {
                self.note(user, news);
            }
        }
    }

    fn note(&mut self, at: usize, news: GroupNews) {
        let user = &mut self.users[at];
        match news {
            GroupNews::Assigned(now) => {
                assert!(now.partitions.into_iter().all(|name| user.owned.insert(name)), "{at} owned it already");
                self.count("assigned");
            }
            GroupNews::Revoking(now) => {
                user.revoking = now.partitions.into_iter().collect();
                assert!(user.revoking.is_subset(&user.owned));
            }
            GroupNews::Revoked(now) => {
                assert!(now.partitions.iter().all(|name| user.owned.remove(name)), "{at} did not own it");
                user.revoking.clear();
                self.count("revoked");
            }
            GroupNews::Lost(now) => {
                assert_eq!(user.owned, now.partitions.into_iter().collect(), "all is lost or nothing");
                user.owned.clear();
                user.revoking.clear();
                self.count("lost");
            }
            GroupNews::Polled(fetched) => self.note_polled(at, &fetched),
            GroupNews::Position(ConsumerNews::Positioned { topic, partition, to, .. }) => {
                user.handed.insert(PartitionName::new(topic, partition), to.0);
            }
            GroupNews::Commit(commit) => self.note_commit(at, &commit),
            GroupNews::PollIntervalExceeded => self.count("poll intervals exceeded"),
            GroupNews::Closed => user.has_ended = true,
            GroupNews::Joined(_) | GroupNews::Position(ConsumerNews::Refused { stops: false, .. }) => {}
            other => panic!("{at} is told {other:?}"),
        }
    }

    fn note_polled(&mut self, at: usize, fetched: &Fetched) {
        let user = &mut self.users[at];
        let name = PartitionName::new(fetched.topic.clone(), fetched.partition);
        assert!(user.owned.contains(&name) && !user.revoking.contains(&name), "{at} is handed {name} out");
        assert!(!user.is_closed, "{at} has closed");
        assert_eq!(user.handed.insert(name.clone(), fetched.next.0), Some(fetched.from.0), "{at}: {name}");
        let mut next = fetched.from.0;
        for record in fetched.records() {
            let record = record.unwrap();
            assert_eq!((record.offset.0, record.value.unwrap()), (next, next.to_be_bytes().to_vec().into()));
            self.polled.insert((name.clone(), next));
            next += 1;
        }
        assert!(next - fetched.from.0 <= 3, "max.poll.records");
    }

    fn note_commit(&mut self, at: usize, commit: &Commit) {
        let user = &mut self.users[at];
        let mark = commit.offsets.first().map(|offset| offset.metadata.to_string()).filter(|mark| !mark.is_empty());
        let is_applied = mark.map(|mark| self.applied_marks.contains(&mark));
        match &commit.step {
            CommitStep::Sent => return,
            CommitStep::Done => assert_ne!(is_applied, Some(false), "{commit:?}"),
            CommitStep::Failed { may_be_applied, .. } => {
                assert!(*may_be_applied || is_applied != Some(true), "{commit:?}");
            }
        }
        user.open_commits.remove(&commit.id);
        assert!(user.ended_commits.insert(commit.id), "{at}: a commit ends once");
    }

    /// Nothing breaks any more.
    fn heal(&mut self) {
        self.users.iter_mut().for_each(|user| user.is_stuck = false);
        for _ in 0..400 {
            self.settle_once();
            if self.is_settled() {
                return;
            }
        }
    }

    fn committed(&self) -> BTreeMap<i32, i64> {
        self.group.offsets.iter().map(|(name, offset)| (name.partition, *offset)).collect()
    }

    fn ends(&self) -> BTreeMap<i32, i64> {
        self.logs.iter().map(|(index, log)| (*index, log.len() as i64)).collect()
    }

    fn is_settled(&self) -> bool {
        let alive = self.alive();
        let ids: BTreeSet<String> =
            alive.iter().filter_map(|at| Some(self.users[*at].stage.client.membership()?.1.to_string())).collect();
        let owned: Vec<&PartitionName> = alive.iter().flat_map(|at| &self.users[*at].owned).collect();
        let generations = alive
            .iter()
            .all(|at| self.users[*at].stage.client.membership().is_some_and(|it| it.0.0 == self.group.generation));
        let has_read_all = self.logs.iter().all(|(index, log)| {
            let name = PartitionName::new(TOPIC, *index);
            (0..log.len()).all(|offset| self.polled.contains(&(name.clone(), offset as i64)))
        });
        self.group.phase == Phase::Stable
            && ids == self.group.members.keys().cloned().collect()
            && generations
            && owned.len() == self.logs.len()
            && owned.into_iter().collect::<BTreeSet<_>>().len() == self.logs.len()
            && has_read_all
            && alive.iter().all(|at| self.users[*at].is_at_the_ends(&self.logs))
            && (!self.setting.auto_commit || self.committed() == self.ends())
            && self.users.iter().all(|user| user.is_gone || user.open_commits.is_empty())
            && self.users.iter().all(|user| user.is_gone || !user.is_closed || user.has_ended)
    }

    fn check(&mut self) {
        // A static member that has given partitions up, and was lost before it could join again, may have come back to
        // a coordinator that has moved. It is then given its old assignment, and as in Kafka nobody owns these
        // partitions until the next rebalance. One more member begins that rebalance.
        if self.setting.is_static && self.setting.is_cooperative {
            self.add_user(None);
        }
        self.heal();
        let told: Vec<_> = self.alive().iter().map(|at| (*at, self.users[*at].owned.clone())).collect();
        assert!(self.is_settled(), "{:?}\n{told:?}\n{:?} {:?}", self.group, self.committed(), self.ends());
        // A rebalance that was due still may refuse the first commits.
        for _ in 0..5 {
            if self.committed() != self.ends() {
                self.alive().into_iter().for_each(|user| self.commit(user, CommitMode::Sync));
                self.heal();
            }
        }
        assert_eq!(self.committed(), self.ends(), "everything that was read is committed");
        for user in self.alive() {
            self.close(user);
        }
        for _ in 0..60 {
            self.settle_once();
        }
        assert!(self.users.iter().all(|user| user.is_gone || user.has_ended), "closing comes to an end");
        assert!(self.users.iter().all(|user| user.is_gone || user.owned.is_empty()));
        assert!(self.group.members.is_empty(), "everybody has left, or was waited for: {:?}", self.group.members);
    }
}

fn names(topics: impl Iterator<Item = (bytestring::ByteString, Vec<i32>)>) -> BTreeSet<PartitionName> {
    topics.flat_map(|(topic, them)| them.into_iter().map(move |it| PartitionName::new(topic.clone(), it))).collect()
}

fn claims(bytes: Bytes) -> BTreeSet<PartitionName> {
    let read: ConsumerProtocolSubscription = decode_consumer_protocol(bytes).unwrap();
    names(read.owned_partitions.into_iter().map(|it| (it.topic, it.partitions)))
}

fn assigned(bytes: Bytes) -> BTreeSet<PartitionName> {
    if bytes.is_empty() {
        return BTreeSet::new();
    }
    let read: ConsumerProtocolAssignment = decode_consumer_protocol(bytes).unwrap();
    names(read.assigned_partitions.into_iter().map(|it| (it.topic, it.partitions)))
}

fn batch(base: i64, epoch: i32, count: usize) -> Bytes {
    let mut builder = BatchBuilder::new(0);
    (0..count).for_each(|at| builder.append(Timestamp(7), None, Some(&(base + at as i64).to_be_bytes()), &[]));
    let bytes = builder.build();
    let stamp = BatchHeader::stamp(Offset(base), bytes.len() as u32, LeaderEpoch(epoch));
    Bytes::from([&stamp[..], &bytes[STAMP_LEN..]].concat())
}

fn settings() -> impl Strategy<Value = Setting> {
    any::<(bool, bool, bool)>().prop_map(|(is_cooperative, auto_commit, is_static)| Setting {
        is_cooperative,
        auto_commit,
        is_static,
    })
}

proptest! {
    #![proptest_config(gracchus_cases::property(gracchus_cases::ORDINARY))]

    #[test]
    fn whatever_a_member_is_told_is_so(
        setting in settings(),
        steps in proptest::collection::vec(any::<(u8, u8)>(), 1..300),
    ) {
        let mut world = World::new(setting);
        for (choice, pick) in steps {
            world.step(choice, pick);
        }
        world.check();
    }
}

/// The runs above would mean little if nothing ever went wrong in them.
#[test]
fn runs_reach_what_they_are_for() {
    let mut runner = TestRunner::deterministic();
    let mut counts: BTreeMap<&str, u32> = BTreeMap::new();
    for _ in 0..60 {
        let steps = proptest::collection::vec(any::<(u8, u8)>(), 200..300);
        let (setting, steps) = (settings(), steps).new_tree(&mut runner).unwrap().current();
        let mut world = World::new(setting);
        steps.into_iter().for_each(|(choice, pick)| world.step(choice, pick));
        world.check();
        for (what, count) in world.counts {
            *counts.entry(what).or_default() += count;
        }
    }
    let wanted = [
        ("assigned", 200),
        ("assignments", 200),
        ("commits refused", 5),
        ("commits taken", 200),
        ("lost", 20),
        ("poll intervals exceeded", 10),
        ("revoked", 100),
    ];
    for (what, least) in wanted {
        assert!(counts.get(what).is_some_and(|count| *count >= least), "{what}: {counts:?}");
    }
}
