//! DescribeLogDirs: the log directories of this broker, and the size of each log in them.
//!
//! **In Kafka**: `KafkaApis.handleDescribeLogDirsRequest`, `ReplicaManager.describeLogDirs`; KIP-113, KIP-827,
//! KIP-1066.

use crate::broker::context::BrokerContext;
use crate::broker::question::Reply;
use crate::broker::request::{Answer, Begun, BrokerApis, Client, Progress, RequestContext, Serve, Waiting};
use crate::broker::slices::Slices;
use crate::io::DirId;
use crate::replica::{LogSize, PartitionAnswer, PartitionAsk};
use crate::types::{ErrorCode, TopicPartition};
use crate::wire::DescribeLogDirsRequest;
use crate::wire::describe_log_dirs::{
    DescribableLogDirTopic, DescribeLogDirsPartition, DescribeLogDirsResponse, DescribeLogDirsResult,
    DescribeLogDirsTopic,
};
use bytestring::ByteString;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Time in milliseconds that the session waits for the partitions' answers.
const PATIENCE_MS: i64 = 10_000;

/// Stands in the response for the total and the usable size of a directory, because the core knows nothing about file
/// systems.
const UNKNOWN_BYTES: i64 = -1;

/// A DescribeLogDirs request whose partitions have not all answered.
#[derive(Clone, Debug)]
pub(in crate::broker) struct LogDirs {
    /// Names of the topics whose partitions are asked, in order.
    topics: Vec<Arc<str>>,
    /// For each question: the topic's index in `topics`, and the partition's index.
    slices: Slices,
    found: Vec<DescribedLog>,
}

/// A log in one of the directories. The response lists logs by directory, topic and partition, so the fields are in
/// this order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct DescribedLog {
    dir: DirId,
    /// The topic's index in [`LogDirs::topics`].
    topic: usize,
    partition: usize,
    bytes: u64,
}

impl Serve<BrokerApis> for DescribeLogDirsRequest {
    fn breadth(&self) -> usize {
        self.topics.iter().flatten().map(|topic| 1 + topic.partitions.len()).sum()
    }

    /// Asks for the log size of every partition that has a replica on this node. If the request names partitions, asks
    /// only these.
    fn begin(self, _client: &Client<'_>, cx: &mut RequestContext<'_, '_>) -> Begun {
        let mut dirs = LogDirs { topics: Vec::new(), slices: Slices::default(), found: Vec::new() };
        match &self.topics {
            None => dirs.ask_all(cx),
            Some(topics) => dirs.ask_these(topics, cx),
        }
        if dirs.slices.is_complete() {
            return Begun::Done(dirs.finish(cx));
        }
        let deadline = cx.now().plus_ms(PATIENCE_MS);
        Begun::waiting(dirs, deadline)
    }
}

impl Waiting<BrokerApis> for LogDirs {
    fn questions(&self) -> usize {
        self.slices.len()
    }

    fn on_reply(&mut self, n: usize, reply: Reply, cx: &mut RequestContext<'_, '_>) -> Progress {
        let Reply::Replica(PartitionAnswer::LogSize(answer)) = reply else { return Progress::Wait };
        let Some((topic, partition)) = self.slices.take(n) else { return Progress::Wait };
        // A replica without a log is left out of the response. If its directory failed, the directory's row says so.
        if let Ok(LogSize { dir, bytes }) = answer {
            self.found.push(DescribedLog { dir, topic, partition, bytes });
        }
        if self.slices.is_complete() { Progress::Done(self.finish(cx)) } else { Progress::Wait }
    }

    fn on_deadline(&mut self, cx: &mut RequestContext<'_, '_>) -> Progress {
        Progress::Done(self.finish(cx))
    }
}

impl LogDirs {
    fn ask_all(&mut self, cx: &mut RequestContext<'_, '_>) {
        let image = cx.view.image.clone();
        for topic in image.names.values().filter_map(|id| image.topics.get(id)) {
            let count = i32::try_from(topic.partitions.len()).expect("a topic has fewer partitions than 2^31");
            self.ask(&topic.name, 0..count, cx);
        }
    }

    /// Asks the partitions that the request names, each of them once. Partitions without a replica on this node are
    /// left out of the response.
    fn ask_these(&mut self, topics: &[DescribableLogDirTopic], cx: &mut RequestContext<'_, '_>) {
        let mut wanted: BTreeMap<&str, BTreeSet<i32>> = BTreeMap::new();
        for topic in topics {
            wanted.entry(&topic.topic).or_default().extend(&topic.partitions);
        }
        for (name, partitions) in wanted {
            self.ask(name, partitions, cx);
        }
    }

    fn ask(&mut self, topic: &str, partitions: impl IntoIterator<Item = i32>, cx: &mut RequestContext<'_, '_>) {
        let broker = cx.view;
        let Some(topic) = broker.image.topic_named(topic) else { return };
        for partition in partitions {
            let partition = TopicPartition { topic: topic.id, partition };
            if is_here(partition, broker) {
                let question = self.slices.push(self.topics.len(), partition.partition as usize);
                cx.ask(question, partition, PartitionAsk::LogSize);
            }
        }
        self.topics.push(topic.name.clone());
    }

    /// Encodes the response. Partitions that have not answered are left out.
    fn finish(&mut self, cx: &mut RequestContext<'_, '_>) -> Answer {
        self.found.sort_unstable();
        let places = (0..).map(DirId).zip(&cx.view.config.log_dirs);
        let results = places.map(|(dir, name)| {
            if !cx.view.log_dirs.contains(&dir) {
                return result(name, ErrorCode::KafkaStorageError, Vec::new());
            }
            let found = self.found.iter().filter(|found| found.dir == dir);
            result(name, ErrorCode::None, self.by_topic(found))
        });
        let results = results.collect();
        cx.answer(&DescribeLogDirsResponse { results, ..DescribeLogDirsResponse::default() })
    }

    fn by_topic<'a>(&self, found: impl Iterator<Item = &'a DescribedLog>) -> Vec<DescribeLogDirsTopic> {
        let mut topics: Vec<DescribeLogDirsTopic> = Vec::new();
        let mut last = None;
        for DescribedLog { topic, partition, bytes, .. } in found {
            if last.replace(*topic) != Some(*topic) {
                let name = ByteString::from(&*self.topics[*topic]);
                topics.push(DescribeLogDirsTopic { name, partitions: Vec::new() });
            }
            topics.last_mut().expect("was pushed").partitions.push(DescribeLogDirsPartition {
                partition_index: i32::try_from(*partition).expect("came from the wire or the image"),
                partition_size: i64::try_from(*bytes).unwrap_or(i64::MAX),
                // In Kafka, a log has an offset lag only while it moves to another directory
                // (`ReplicaManager.getLogEndOffsetLag`). This broker moves no logs between directories.
                offset_lag: 0,
                is_future_key: false,
            });
        }
        topics
    }
}

fn is_here(partition: TopicPartition, broker: &BrokerContext) -> bool {
    broker.image.partition(partition).is_some_and(|known| known.replicas.contains(&broker.config.node_id))
}

fn result(name: &str, error: ErrorCode, topics: Vec<DescribeLogDirsTopic>) -> DescribeLogDirsResult {
    DescribeLogDirsResult {
        error_code: error.to_wire(),
        log_dir: ByteString::from(name),
        topics,
        total_bytes: UNKNOWN_BYTES,
        usable_bytes: UNKNOWN_BYTES,
        is_cordoned: false,
    }
}
