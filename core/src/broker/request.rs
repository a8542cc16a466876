//! What the files of a broker's APIs work with: the sessions' interface for requests, and how a request asks partitions
//! and the control shard.

use super::context::BrokerContext;
use super::control::ControlQuestion;
use super::output::Output;
use super::question::Question;
use crate::io::AskId;
use crate::metadata::placement;
use crate::replica::PartitionAsk;
use crate::session;
use crate::types::TopicPartition;

pub(super) use crate::session::{Answer, Belongs, Client, Progress, Serve, Waiting};

/// The APIs of a broker. `broker/table.rs` lists them.
#[derive(Clone, Copy, Debug)]
pub(super) struct BrokerApis;

/// How a broker's request begins.
pub(super) type Begun = session::Begun<BrokerApis>;

/// What a broker's request can see and do while it runs.
pub(super) type RequestContext<'a, 'e> = session::RequestContext<'a, 'e, BrokerApis>;

impl Belongs {
    /// Returns the shard on which a connection should live if its request names these partitions.
    pub(super) fn with(
        mut partitions: impl Iterator<Item = TopicPartition>,
        is_follower: bool,
        broker: &BrokerContext,
    ) -> Belongs {
        let shards = broker.config.shards;
        // Callers pass only partitions that the image has. If there are none, the shard is unknown.
        let Some(first) = partitions.next() else { return Belongs::Unknown };
        let shard = placement(first, shards);
        if partitions.all(|partition| placement(partition, shards) == shard) {
            Belongs::On { shard, is_follower }
        } else {
            Belongs::Anywhere
        }
    }
}

impl RequestContext<'_, '_> {
    /// Sends question `n` of the request to a partition's replica.
    pub(super) fn ask(&mut self, n: usize, partition: TopicPartition, what: PartitionAsk) {
        self.ask_partition(n, partition, Question::Replica(what));
    }

    /// Sends question `n` of the request to a partition's replica or group coordinator.
    pub(super) fn ask_partition(&mut self, n: usize, partition: TopicPartition, what: Question) {
        let ask = AskId(self.head.first.0 + n as u64);
        self.out.push(Output::Ask { partition, ask, what, image: self.view.image.version });
    }

    /// Sends the request's only question to the control shard. The reply arrives as the reply to question 0.
    pub(super) fn ask_control(&mut self, what: ControlQuestion) {
        self.out.push(Output::AskControl { ask: self.head.first, what });
    }
}
