//! A test stand: a coordinator on a log in memory, and the calls that tests make.

use crate::group::state::Groups;
use crate::group::{
    Coordinator, GroupAnswer, GroupAsk, GroupConfig, GroupLog, GroupState, JoinAsk, Output, RemovedTopic,
};
use crate::io::{
    AskId, Asker, Desk, Draws, Entry, Env, FileError, FileId, FilePath, Files, Mutant, Open, Probes, ShardId, Site,
    Trace, TraceEvent, TraceKinds, Work,
};
use crate::machine::State;
use crate::record::{BatchBuilder, STAMP_LEN};
use crate::types::{ErrorCode, Instant, LeaderEpoch, Now, Offset, Timestamp};
use crate::wire::GroupCoordinatorRecord;
use bytes::{Bytes, BytesMut};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A partition's log: batches as bytes, with the records that went into them.
#[derive(Clone, Default)]
pub struct Log {
    pub batches: Vec<(Offset, Vec<GroupCoordinatorRecord>, Bytes)>,
    pub refuses: Option<ErrorCode>,
    /// The largest batch that the log accepts, in bytes.
    pub max_bytes: Option<usize>,
}

impl Log {
    pub fn end(&self) -> Offset {
        self.batches.last().map_or(Offset::ZERO, |(base, records, _)| base.plus(records.len() as i64))
    }

    pub fn records(&self) -> impl Iterator<Item = &GroupCoordinatorRecord> {
        self.batches.iter().flat_map(|(_, records, _)| records)
    }

    /// The state after replaying all batches that end at or below `to`.
    pub fn fold(&self, to: Offset) -> Groups {
        let mut state = Groups::default();
        for (base, records, _) in &self.batches {
            if base.plus(records.len() as i64) <= to {
                records.iter().for_each(|record| state.replay(record));
            }
        }
        state
    }

    /// Removes the batches above `to`, as a change of leaders may remove records that are not committed.
    pub fn truncate(&mut self, to: Offset) {
        while self.end() > to {
            self.batches.pop();
        }
    }

    pub fn put(&mut self, records: &[GroupCoordinatorRecord]) {
        let mut scratch = BytesMut::new();
        let mut builder = BatchBuilder::new(0);
        for record in records {
            let encoded = record.encode(&mut scratch);
            builder.append(Timestamp(1), Some(&encoded.key), encoded.value.as_deref(), &[]);
        }
        let base = self.end();
        self.batches.push((base, records.to_vec(), with_base(&builder.build(), base)));
    }
}

/// Returns a copy of the batch with another base offset. The batch's checksum does not cover that field.
pub fn with_base(batch: &Bytes, base: Offset) -> Bytes {
    let mut bytes = batch.to_vec();
    bytes[..8].copy_from_slice(&base.0.to_be_bytes());
    bytes.into()
}

impl GroupLog for Log {
    fn append(&mut self, records: &[GroupCoordinatorRecord], _env: &mut Env<'_>) -> Result<Offset, ErrorCode> {
        assert!(!records.is_empty(), "nothing is not appended");
        if let Some(error) = self.refuses {
            return Err(error);
        }
        self.put(records);
        let bytes = self.batches.last().map_or(0, |(_, _, bytes)| bytes.len());
        if self.max_bytes.is_some_and(|most| bytes > most) {
            self.batches.pop();
            return Err(ErrorCode::MessageTooLarge);
        }
        Ok(self.end())
    }
}

/// A coordinator with its log, its time, and the questions and answers of a test.
pub struct Stand {
    pub coordinator: Coordinator,
    pub config: Arc<GroupConfig>,
    pub log: Log,
    pub high_watermark: Offset,
    /// The log end offset when the current leadership began.
    start: Offset,
    pub now: Now,
    pub probes: Watcher,
    /// Groups that the trace says are Dead, in order.
    pub dead: Vec<String>,
    /// Whether the high watermark follows every append at once.
    pub commits: bool,
    /// Whether [`Stand::check`] checks the state after each call.
    pub checks: bool,
    epoch: i32,
    draws: Numbers,
    /// What the calls have cost.
    pub work: Work,
    asked: u64,
    unanswered: BTreeSet<u64>,
    answers: BTreeMap<u64, GroupAnswer>,
    /// For each answer, by question: the high watermark and the committed state when the answer was sent.
    seen: BTreeMap<u64, (Offset, Groups)>,
}

pub fn config() -> GroupConfig {
    GroupConfig { initial_rebalance_delay_ms: 3_000, ..GroupConfig::default() }
}

impl Stand {
    pub fn new() -> Stand {
        Stand::with(config())
    }

    pub fn with(config: GroupConfig) -> Stand {
        let config = Arc::new(config);
        Stand {
            coordinator: Coordinator::new(config.clone(), 7, LeaderEpoch(1), Offset::ZERO, Offset::ZERO),
            config,
            log: Log::default(),
            high_watermark: Offset::ZERO,
            start: Offset::ZERO,
            now: Now { mono: Instant(1_000_000_000), wall: Timestamp(1_700_000_000_000) },
            probes: Watcher::default(),
            dead: Vec::new(),
            commits: true,
            checks: true,
            epoch: 1,
            draws: Numbers::default(),
            work: Work::default(),
            asked: 0,
            unanswered: BTreeSet::new(),
            answers: BTreeMap::new(),
            seen: BTreeMap::new(),
        }
        .started()
    }

    fn started(mut self) -> Stand {
        self.load();
        self
    }

    /// Runs `act` with what a call needs, and keeps the answers that it sends.
    fn call(&mut self, act: impl FnOnce(&mut Coordinator, &mut dyn GroupLog, &mut Env<'_>, &mut Vec<Output>)) {
        let (mut files, mut trace, mut out) = (NoFiles, Trace::new(TraceKinds::ALL), Vec::new());
        let Stand { coordinator, log, now, probes, draws, work, .. } = self;
        let mut env = Env { now: *now, files: &mut files, draws, probes, trace: &mut trace, work };
        act(coordinator, log, &mut env, &mut out);
        let died = trace.drain().filter_map(|event| match event {
            TraceEvent::GroupState { group, state: "Dead", .. } => Some(group.to_string()),
            _ => None,
        });
        self.dead.extend(died);
        self.take(out);
    }

    fn take(&mut self, out: Vec<Output>) {
        for Output::Answer { to, answer } in out {
            assert!(self.unanswered.remove(&to.ask.0), "a question is answered once: {answer:?}");
            self.answers.insert(to.ask.0, answer);
            self.seen.insert(to.ask.0, (self.high_watermark, self.coordinator.state().0.committed().clone()));
        }
    }

    /// Asks a question, and returns its number.
    pub fn ask(&mut self, ask: GroupAsk) -> u64 {
        self.asked += 1;
        let id = self.asked;
        self.unanswered.insert(id);
        let asker = Asker { shard: ShardId(1), desk: Desk::Test, ask: AskId(id) };
        self.call(|coordinator, journal, env, out| coordinator.on_ask(asker, ask, journal, env, out));
        self.after_call();
        id
    }

    fn after_call(&mut self) {
        if self.commits {
            self.commit_all();
        }
        self.check();
    }

    pub fn commit_all(&mut self) {
        self.commit(self.log.end());
    }

    pub fn commit(&mut self, to: Offset) {
        self.high_watermark = to;
        self.call(|coordinator, _, env, out| coordinator.on_high_watermark(to, env, out));
    }

    /// Lets time pass, and wakes the coordinator whenever it asks for that.
    pub fn pass_ms(&mut self, ms: i64) {
        let until = self.now.mono.plus_ms(ms);
        for _ in 0..100_000 {
            let next = self.coordinator.next_wake().filter(|at| *at <= until);
            let at = next.map_or(until, |at| at.max(self.now.mono));
            let passed_ms = (at.0 - self.now.mono.0) / 1_000_000;
            self.now.wall.0 += passed_ms as i64;
            self.now.mono = at;
            if next.is_none() {
                return;
            }
            self.wake();
        }
        panic!("the coordinator asks to be woken again and again: {:?}", self.coordinator.next_wake());
    }

    pub fn wake(&mut self) {
        self.call(|coordinator, journal, env, out| coordinator.on_wake(journal, env, out));
        self.after_call();
    }

    pub fn remove_topics(&mut self, topics: &[RemovedTopic]) {
        self.call(|coordinator, journal, env, out| coordinator.on_topics_removed(topics, journal, env, out));
        self.after_call();
    }

    /// Passes bytes to a coordinator that is loading.
    pub fn hand(&mut self, batches: &[Bytes]) {
        self.call(|coordinator, _, env, out| coordinator.on_records(batches, env, out));
    }

    /// Begins another leadership on the same log. Parked questions are answered before.
    pub fn restart(&mut self) {
        self.restart_unloaded();
        self.load();
        self.check();
    }

    pub fn restart_unloaded(&mut self) {
        self.epoch += 1;
        self.start = self.log.end();
        let fresh = Coordinator::new(self.config.clone(), 7, LeaderEpoch(self.epoch), Offset::ZERO, self.log.end());
        let mut out = Vec::new();
        std::mem::replace(&mut self.coordinator, fresh).resign(&mut out);
        self.take(out);
        assert!(self.unanswered.is_empty(), "a coordinator that resigns answers everybody: {:?}", self.unanswered);
    }

    /// Loads the whole log, and wakes the coordinator until all groups are restored.
    pub fn load(&mut self) {
        let high_watermark = self.high_watermark;
        self.call(|coordinator, _, env, out| coordinator.on_high_watermark(high_watermark, env, out));
        while let Some(wanted) = self.coordinator.wants_records() {
            // The log passes the batches that it has in memory like this: the stamped head and the rest of each, apart.
            let in_two = |batch: Bytes| [batch.slice(..STAMP_LEN), batch.slice(STAMP_LEN..)];
            let pieces: Vec<Bytes> = self.batches_from(wanted).take(3).flat_map(in_two).collect();
            self.hand(&pieces);
        }
        while self.coordinator.next_wake() == Some(Instant::default()) && !self.coordinator.is_active() {
            self.wake();
        }
    }

    pub fn batches_from(&self, wanted: Offset) -> impl Iterator<Item = Bytes> {
        let behind = move |(base, records, _): &&(Offset, Vec<_>, Bytes)| base.plus(records.len() as i64) > wanted;
        self.log.batches.iter().filter(behind).map(|(_, _, bytes)| bytes.clone())
    }

    /// Removes and returns the answer to a question. Panics if there is none.
    pub fn answer(&mut self, id: u64) -> GroupAnswer {
        self.answers.remove(&id).unwrap_or_else(|| panic!("question {id} is not answered"))
    }

    pub fn is_parked(&self, id: u64) -> bool {
        self.unanswered.contains(&id)
    }

    /// The high watermark and the committed state when a question was answered.
    pub fn seen(&self, id: u64) -> (Offset, Groups) {
        self.seen[&id].clone()
    }

    /// Removes and returns all answers.
    pub fn answers(&mut self) -> BTreeMap<u64, GroupAnswer> {
        std::mem::take(&mut self.answers)
    }

    pub fn unanswered(&self) -> &BTreeSet<u64> {
        &self.unanswered
    }

    pub fn state_of(&self, group: &str) -> Option<GroupState> {
        self.coordinator.state().1.get(group).map(|it| it.state())
    }

    pub fn generation_of(&self, group: &str) -> Option<i32> {
        self.coordinator.state().1.get(group).map(|it| it.generation())
    }

    /// Checks what must be true between any two calls.
    pub fn check(&self) {
        let (machine, live) = self.coordinator.state();
        if !self.coordinator.is_active() || !self.checks {
            return;
        }
        assert!(self.high_watermark >= self.start, "what was there before is committed before anything is served");
        assert!(machine.latest() == &self.log.fold(self.log.end()), "G3: the latest state is the fold of the log");
        assert!(machine.committed() == &self.log.fold(self.high_watermark), "G3: so is the committed state");
        for group in live.iter() {
            let persisted = machine.latest().get(group.id());
            group.check(live.timers(), persisted.and_then(|it| it.metadata.as_deref()));
        }
        assert_eq!(live.bytes(), live.iter().map(|group| group.bytes()).sum::<usize>());
        for (id, persisted) in machine.latest().iter() {
            assert!(persisted.metadata.is_none() || live.has(id), "a group with a record is live: {id}");
        }
    }
}

/// Builds a JoinGroup of version 9, as a consumer sends it.
pub fn join_of(group: &str, member: &str, instance: Option<&str>) -> JoinAsk {
    let mut ask = JoinAsk { version: 9, client_id: "client".into(), client_host: "/10.0.0.1".into(), ..empty_join() };
    ask.request.group_id = group.into();
    ask.request.member_id = member.into();
    ask.request.group_instance_id = instance.map(Into::into);
    ask.request.session_timeout_ms = 10_000;
    ask.request.rebalance_timeout_ms = 60_000;
    ask.request.protocol_type = "consumer".into();
    ask.request.protocols = vec![protocol("range", &["t"])];
    ask
}

fn empty_join() -> JoinAsk {
    JoinAsk {
        request: crate::wire::JoinGroupRequest::default(),
        version: 0,
        client_id: "".into(),
        client_host: "".into(),
    }
}

/// Builds a protocol whose metadata is a consumer's subscription.
pub fn protocol(name: &str, topics: &[&str]) -> crate::wire::join_group::JoinGroupRequestProtocol {
    let message = crate::wire::ConsumerProtocolSubscription {
        topics: topics.iter().map(|topic| (*topic).into()).collect(),
        ..crate::wire::ConsumerProtocolSubscription::default()
    };
    let metadata = crate::wire::encode_consumer_protocol(&message, 0, &mut BytesMut::new());
    crate::wire::join_group::JoinGroupRequestProtocol { name: name.into(), metadata }
}

/// Random numbers that never repeat.
#[derive(Clone, Default)]
pub struct Numbers(u64);

impl Draws for Numbers {
    fn below(&mut self, _site: Site, _subject: u64, bound: u64) -> u64 {
        self.0 += 1;
        self.0.wrapping_mul(0x9e37_79b9_7f4a_7c15) % bound
    }
}

/// Panics when a property is violated, and keeps the states that were reached.
#[derive(Clone, Default)]
pub struct Watcher {
    pub reached: BTreeSet<Site>,
    pub mutant: Option<Mutant>,
}

impl Probes for Watcher {
    fn always(&mut self, site: Site, held: bool) {
        assert!(held, "{}", site.name());
    }

    fn sometimes(&mut self, site: Site, reached: bool) {
        if reached {
            self.reached.insert(site);
        }
    }

    fn buggify(&mut self, _site: Site) -> bool {
        false
    }

    fn mutant(&self, which: Mutant) -> bool {
        self.mutant == Some(which)
    }
}

/// Files for a coordinator, which uses none.
pub struct NoFiles;

#[rustfmt::skip]
impl Files for NoFiles {
    fn open(&mut self, _: &FilePath, _: Open) -> Result<FileId, FileError> { unreachable!() }
    fn close(&mut self, _: FileId) { unreachable!() }
    fn len(&mut self, _: FileId) -> Result<u64, FileError> { unreachable!() }
    fn append(&mut self, _: FileId, _: &[Bytes]) -> Result<u64, FileError> { unreachable!() }
    fn rewrite(&mut self, _: FileId, _: u64, _: &Bytes) -> Result<(), FileError> { unreachable!() }
    fn truncate(&mut self, _: FileId, _: u64) -> Result<(), FileError> { unreachable!() }
    fn rename(&mut self, _: &FilePath, _: &FilePath) -> Result<(), FileError> { unreachable!() }
    fn remove(&mut self, _: &FilePath) -> Result<(), FileError> { unreachable!() }
    fn create_dir(&mut self, _: &FilePath) -> Result<(), FileError> { unreachable!() }
    fn remove_dir(&mut self, _: &FilePath) -> Result<(), FileError> { unreachable!() }
    fn list(&mut self, _: &FilePath) -> Result<Vec<Entry>, FileError> { unreachable!() }
    fn read_small(&mut self, _: &FilePath, _: u64) -> Result<Bytes, FileError> { unreachable!() }
    fn replace(&mut self, _: &FilePath, _: &[u8]) -> Result<(), FileError> { unreachable!() }
}
