//! Replicas of one partition that talk to each other directly, one call at a time.

use super::host::Host;
use crate::io::{AskId, Asker, Desk, DirId, FileError, FilePath, ShardId, TraceEvent};
use crate::log::Log;
use crate::record::{BatchBuilder, Batches};
use crate::replica::{
    Acks, Assignment, Ends, FetchFrom, FetchPosition, FetchedPartition, Fetcher, Isolation, Opening, Output, Partition,
    PartitionAnswer, PartitionAsk, ProduceRefusal, Produced, ReadAnswer, Role, SyncTicket, TopicSettings,
};
use crate::types::{
    ErrorCode, LeaderEpoch, NodeId, Offset, PartitionEpoch, ProducerEpoch, ProducerId, TopicId, TopicPartition, Uuid,
};
use bytes::Bytes;
use std::collections::VecDeque;

pub const NAME: TopicPartition = TopicPartition { topic: TopicId(Uuid::ZERO), partition: 0 };

pub fn settings() -> TopicSettings {
    TopicSettings {
        min_insync_replicas: 1,
        flush_messages: i64::MAX,
        flush_ms: i64::MAX,
        max_message_bytes: 1 << 20,
        log_append_time: false,
        timestamp_before_max_ms: i64::MAX,
        timestamp_after_max_ms: 3_600_000,
        compacted: false,
        deletes: true,
        retention_ms: -1,
        retention_bytes: -1,
        file_delete_delay_ms: 60_000,
        segment_bytes: 1 << 20,
        segment_ms: i64::MAX,
        segment_index_bytes: 10 << 20,
        index_interval_bytes: 4096,
        producer_id_expiration_ms: 86_400_000,
        tail_cache_bytes: 1 << 20,
    }
}

pub fn gated() -> TopicSettings {
    TopicSettings { flush_messages: 1, ..settings() }
}

/// A node with one replica.
pub struct Node {
    pub id: NodeId,
    pub host: Host,
    pub partition: Partition,
    /// The answers that the test has not taken yet, each with the number of its question.
    pub answers: VecDeque<(u64, PartitionAnswer)>,
    /// The syncs that were asked for and have not ended.
    pub syncs: VecDeque<SyncTicket>,
    /// The log start offsets that are to be saved.
    pub saves: VecDeque<Offset>,
    /// How often retention was asked for.
    pub retains: u32,
    /// Files that are to be removed.
    pub discarded: Vec<FilePath>,
    /// The position from which the follower is to fetch next.
    pub position: Option<FetchPosition>,
    pub failed: Option<FileError>,
    pub stopped: Option<Ends>,
    /// Whether the test itself ends the reads, which are then in `reads`.
    pub holds_reads: bool,
    pub reads: VecDeque<Output>,
    /// Outputs about leaderships and high watermarks that the test has not taken yet.
    pub leadership: Vec<Output>,
}

impl Node {
    pub fn new(id: i32, settings: TopicSettings) -> Node {
        Node::open(id, settings, Opening::New, Host::new())
    }

    pub fn open(id: i32, settings: TopicSettings, opening: Opening, mut host: Host) -> Node {
        let id = NodeId(id);
        let mut out = Vec::new();
        let folder = FilePath::new(DirId(0), "t-0");
        let partition = Partition::open(folder, NAME, id, settings, opening, &mut host.env(), &mut out);
        let mut node = Node {
            id,
            host,
            partition,
            answers: VecDeque::new(),
            syncs: VecDeque::new(),
            saves: VecDeque::new(),
            retains: 0,
            discarded: Vec::new(),
            position: None,
            failed: None,
            stopped: None,
            holds_reads: false,
            reads: VecDeque::new(),
            leadership: Vec::new(),
        };
        node.take(out);
        node
    }

    /// Stops the process without warning, keeps what is in the page cache, and starts again until the log is loaded.
    pub fn restart(self, settings: TopicSettings, clean: bool) -> Node {
        let ends = self.stopped.or_else(|| self.partition.ends()).expect("it was loaded");
        let opening = Opening::Existing {
            clean,
            recovery_point: ends.recovery_point,
            log_start: ends.saved_start,
            high_watermark: ends.high_watermark,
        };
        let mut node = Node::open(self.id.0, settings, opening, self.host);
        node.load();
        node
    }

    pub fn load(&mut self) {
        while self.partition.role() == Role::Loading {
            assert!(self.partition.needs_step(), "reads end at once here");
            self.call(|it, env, out| it.step(env, out));
        }
    }

    pub fn call(&mut self, act: impl FnOnce(&mut Partition, &mut crate::io::Env<'_>, &mut Vec<Output>)) {
        let mut out = Vec::new();
        act(&mut self.partition, &mut self.host.env(), &mut out);
        self.take(out);
    }

    fn take(&mut self, out: Vec<Output>) {
        for output in out {
            match output {
                Output::Answer { to, answer } => self.answers.push_back((to.ask.0, answer)),
                Output::Read { .. } if self.holds_reads => self.reads.push_back(output),
                Output::Read { ticket, file, at, len } => {
                    let result = self.host.disk.read(file, at, len);
                    self.call(|it, env, out| it.on_read_done(ticket, result, env, out));
                }
                Output::Sync { ticket, what } => {
                    assert!(self.host.disk.has(&what), "{what:?} is there to be synced");
                    self.syncs.push_back(ticket);
                }
                Output::SaveStart(start) => self.saves.push_back(start),
                Output::Retain => self.retains += 1,
                Output::Discard { files, .. } => self.discarded.extend(files),
                Output::LogStart(start) => {
                    let position = self.position.as_mut().expect("a follower that fetches");
                    position.log_start = start;
                }
                Output::Fetch(position) => self.position = Some(position),
                Output::FetchNoMore => self.position = None,
                Output::Loaded(_) => {}
                Output::LeadershipGained { .. } | Output::LeadershipLost | Output::HighWatermark(_) => {
                    self.leadership.push(output);
                }
                Output::DiskFailed { why } => self.failed = Some(why),
                Output::Stopped(ends) => self.stopped = Some(ends),
            }
        }
    }

    pub fn assign(&mut self, leader: i32, epoch: i32, partition_epoch: i32, replicas: &[i32], isr: &[i32]) {
        let assignment = Assignment {
            leader: Some(NodeId(leader)),
            leader_epoch: LeaderEpoch(epoch),
            partition_epoch: PartitionEpoch(partition_epoch),
            replicas: replicas.iter().copied().map(NodeId).collect(),
            isr: isr.iter().copied().map(NodeId).collect(),
        };
        self.call(|it, env, out| it.on_assignment(assignment, env, out));
    }

    pub fn ask(&mut self, number: u64, ask: PartitionAsk) {
        let asker = Asker { shard: ShardId(1), desk: Desk::Test, ask: AskId(number) };
        self.call(|it, env, out| it.on_ask(asker, ask, env, out));
    }

    /// Removes the next answer, which must be the one to question `number`.
    pub fn answer(&mut self, number: u64) -> PartitionAnswer {
        let (to, answer) = self.answers.pop_front().unwrap_or_else(|| panic!("{number} has no answer yet"));
        assert_eq!(to, number, "{answer:?}");
        answer
    }

    pub fn is_silent(&self) -> bool {
        self.answers.is_empty()
    }

    pub fn turn_end(&mut self) {
        self.call(|it, env, out| it.on_turn_end(env, out));
    }

    /// Reports that the oldest log start offset to be saved is in the checkpoint.
    pub fn saved(&mut self) {
        let start = self.saves.pop_front().expect("a log start is to be saved");
        self.call(|it, env, out| it.on_start_saved(start, env, out));
    }

    /// Ends the oldest sync.
    pub fn synced(&mut self, result: Result<(), FileError>) {
        let ticket = self.syncs.pop_front().expect("a sync is under way");
        self.call(|it, env, out| it.on_synced(ticket, result, env, out));
    }

    /// Ends all syncs successfully, and those that follow from them.
    pub fn sync_all(&mut self) {
        self.turn_end();
        while !self.syncs.is_empty() {
            self.synced(Ok(()));
            self.turn_end();
        }
    }

    pub fn produce(&mut self, number: u64, acks: Acks, values: &[&str]) {
        self.produce_batch(number, acks, batch(values));
    }

    pub fn produce_batch(&mut self, number: u64, acks: Acks, records: Bytes) {
        let held = records.len() as u32;
        let deadline = self.host.now.mono.plus_ms(30_000);
        self.ask(number, PartitionAsk::Produce { records, held, acks, deadline, transactional: false });
    }

    pub fn produced(&mut self, number: u64) -> Result<Produced, ProduceRefusal> {
        match self.answer(number) {
            PartitionAnswer::Produced(answer) => answer,
            other => panic!("{other:?} answers no produce"),
        }
    }

    /// The error with which a produce request was refused.
    pub fn refused(&mut self, number: u64) -> ErrorCode {
        self.produced(number).expect_err("refused").error
    }

    pub fn read(&mut self, from: FetchFrom) -> ReadAnswer {
        self.ask(999, PartitionAsk::Read { from, most: 1 << 20, at_least_one: true });
        // This fetch may have caused answers to other requests before its own.
        let at = self.answers.iter().position(|(to, _)| *to == 999).expect("a read is answered at once here");
        match self.answers.remove(at).expect("it is there").1 {
            PartitionAnswer::Read(answer) => answer,
            other => panic!("{other:?} answers no read"),
        }
    }

    pub fn consume(&mut self, offset: i64) -> ReadAnswer {
        self.read(consumer(offset))
    }

    /// The stored batches from the log's start on, as a leader would send them.
    pub fn stored(&mut self) -> Vec<Bytes> {
        let mut log: Log = self.partition.log().expect("it is loaded").clone();
        let (start, end) = (log.start(), log.end());
        match log.read(start, end, 1 << 20, true, &mut self.host.env()).expect("a read") {
            crate::log::ReadPlan::Ready(records) => records,
            other => panic!("{other:?}"),
        }
    }

    pub fn ends(&self) -> Ends {
        self.partition.ends().expect("it is loaded")
    }

    pub fn end(&self) -> i64 {
        self.ends().end.0
    }

    pub fn high_watermark(&self) -> i64 {
        self.ends().high_watermark.0
    }

    /// The values in the whole log, each with its batch's epoch.
    pub fn contents(&mut self) -> Vec<(i32, String)> {
        let mut log: Log = self.partition.log().expect("it is loaded").clone();
        let (start, end) = (log.start(), log.end());
        let mut from = start;
        let mut found = Vec::new();
        while from < end {
            let plan = log.read(from, end, 1 << 20, true, &mut self.host.env()).expect("a read");
            let records = match plan {
                crate::log::ReadPlan::Ready(records) => records,
                crate::log::ReadPlan::Cold(cold) => self.finish_cold(&mut log, cold),
                crate::log::ReadPlan::OutOfRange => panic!("{from} is in the log"),
            };
            for batch in Batches::new(records.concat().into()) {
                let batch = batch.expect("a batch");
                let epoch = batch.header().leader_epoch.expect("stamped").0;
                for record in batch.records() {
                    let value = record.expect("a record").value.unwrap_or_default();
                    found.push((epoch, String::from_utf8_lossy(value).into_owned()));
                }
                from = batch.header().next();
            }
        }
        found
    }

    fn finish_cold(&mut self, log: &mut Log, mut cold: crate::log::ColdRead) -> Vec<Bytes> {
        loop {
            let bytes = self.host.disk.read(cold.ask.file, cold.ask.at, cold.ask.len);
            match log.finish_read(cold, bytes, &mut self.host.env()).expect("intact") {
                crate::log::Finished::Ready(records) => return records,
                crate::log::Finished::Again(again) => cold = again,
            }
        }
    }

    pub fn told(&mut self) -> Vec<TraceEvent> {
        self.host.told()
    }
}

pub fn consumer(offset: i64) -> FetchFrom {
    FetchFrom {
        fetcher: Fetcher::Consumer(Isolation::ReadUncommitted),
        offset: Offset(offset),
        current_leader_epoch: None,
        last_fetched_epoch: None,
        log_start: None,
    }
}

/// A follower's position, as its fetch reports it.
pub fn replica(node: i32, epoch: i32, offset: i64, last: Option<i32>) -> FetchFrom {
    FetchFrom {
        fetcher: Fetcher::Replica { node: NodeId(node), epoch: None },
        offset: Offset(offset),
        current_leader_epoch: Some(LeaderEpoch(epoch)),
        last_fetched_epoch: last.map(LeaderEpoch),
        log_start: Some(Offset::ZERO),
    }
}

pub fn batch(values: &[&str]) -> Bytes {
    build(BatchBuilder::new(256), values)
}

/// A batch of an idempotent producer.
pub fn batch_of(producer: i64, sequence: i32, values: &[&str]) -> Bytes {
    build(BatchBuilder::new(256).with_producer(ProducerId(producer), ProducerEpoch(0), sequence), values)
}

fn build(mut builder: BatchBuilder, values: &[&str]) -> Bytes {
    for value in values {
        builder.append(Host::new().now.wall, None, Some(value.as_bytes()), &[]);
    }
    builder.build()
}

/// One fetch of a follower: `leader` answers the fetch that the follower asks for now, and the follower gets the
/// answer. Returns whether the follower asked for a fetch.
pub fn fetch(follower: &mut Node, leader: &mut Node) -> bool {
    let has_fetched = fetch_only(follower, leader);
    follower.load();
    has_fetched
}

/// The same, but a log that the follower has to load again is not loaded.
pub fn fetch_only(follower: &mut Node, leader: &mut Node) -> bool {
    let Some(position) = follower.position.take() else {
        return false;
    };
    assert_eq!(position.leader, leader.id);
    let from = FetchFrom {
        fetcher: Fetcher::Replica { node: follower.id, epoch: None },
        offset: position.offset,
        current_leader_epoch: Some(position.leader_epoch),
        last_fetched_epoch: position.last_fetched_epoch,
        log_start: Some(position.log_start),
    };
    let answer = leader.read(from);
    let records = Bytes::from(answer.records.concat());
    let fetched = FetchedPartition {
        leader_epoch: position.leader_epoch,
        offset: position.offset,
        error: answer.error,
        high_watermark: answer.high_watermark,
        log_start: answer.log_start,
        diverging: answer.diverging,
        held: records.len() as u32,
        records,
    };
    follower.call(|it, env, out| it.on_fetched(fetched, env, out));
    true
}

/// Fetches until nothing new comes.
pub fn catch_up(follower: &mut Node, leader: &mut Node) {
    for _ in 0..20 {
        fetch(follower, leader);
        follower.sync_all();
        while !follower.saves.is_empty() {
            follower.saved();
        }
    }
}
