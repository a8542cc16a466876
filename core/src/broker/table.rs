//! The table of the APIs that a broker serves: one row for each, sorted by API key.
//!
//! **In Kafka**: `ApiKeys`, `ApiMessageType.ListenerType`, the `match` of `KafkaApis.handle`.

use super::context::{BrokerContext, BrokerState};
use super::control::ControlQuestion;
use super::output::Output;
use super::question::Reply;
use super::request::BrokerApis;
use crate::io::AskId;
use crate::session::{AT_ONCE, Apis, Identity, MAY_WAIT, Row};
use crate::wire::{
    AlterConfigsRequest, CreatePartitionsRequest, CreateTopicsRequest, DeleteGroupsRequest, DeleteRecordsRequest,
    DeleteTopicsRequest, DescribeClusterRequest, DescribeConfigsRequest, DescribeGroupsRequest, DescribeLogDirsRequest,
    DescribeProducersRequest, DescribeTopicPartitionsRequest, FetchRequest, FindCoordinatorRequest, HeartbeatRequest,
    IncrementalAlterConfigsRequest, InitProducerIdRequest, JoinGroupRequest, LeaveGroupRequest,
    ListConfigResourcesRequest, ListGroupsRequest, ListOffsetsRequest, MetadataRequest, OffsetCommitRequest,
    OffsetDeleteRequest, OffsetFetchRequest, OffsetForLeaderEpochRequest, ProduceRequest, SyncGroupRequest,
};

impl Apis for BrokerApis {
    type View = BrokerContext;
    type State = BrokerState;
    type Output = Output;
    type Reply = Reply;

    const TABLE: &'static [Row<BrokerApis>] = TABLE;

    fn identity(context: &BrokerContext) -> Identity<'_> {
        Identity { cluster_id: &context.image.cluster_id, node: context.config.node_id }
    }

    /// Asks the control shard for another block of producer ids if the stock is low, so that requests need not wait for
    /// an id.
    fn on_begun(state: &mut BrokerState, mut question: impl FnMut() -> AskId, out: &mut Vec<Output>) {
        if state.producer_ids.is_low() {
            let ask = question();
            state.producer_ids.asked = Some(ask);
            out.push(Output::AskControl { ask, what: ControlQuestion::AllocateProducerIds });
        }
    }
}

/// Every API that is served, in the order of the keys.
pub(super) static TABLE: &[Row<BrokerApis>] = &[
    Row::of::<ProduceRequest>(MAY_WAIT),
    Row::of::<FetchRequest>(MAY_WAIT),
    Row::of::<ListOffsetsRequest>(MAY_WAIT),
    Row::of::<MetadataRequest>(MAY_WAIT),
    Row::of::<OffsetCommitRequest>(MAY_WAIT),
    Row::of::<OffsetFetchRequest>(MAY_WAIT),
    Row::of::<FindCoordinatorRequest>(MAY_WAIT),
    Row::of::<JoinGroupRequest>(MAY_WAIT),
    Row::of::<HeartbeatRequest>(MAY_WAIT),
    Row::of::<LeaveGroupRequest>(MAY_WAIT),
    Row::of::<SyncGroupRequest>(MAY_WAIT),
    Row::of::<DescribeGroupsRequest>(MAY_WAIT),
    Row::of::<ListGroupsRequest>(MAY_WAIT),
    Row::api_versions(),
    Row::of::<CreateTopicsRequest>(MAY_WAIT),
    Row::of::<DeleteTopicsRequest>(MAY_WAIT),
    Row::of::<DeleteRecordsRequest>(MAY_WAIT),
    Row::of::<InitProducerIdRequest>(MAY_WAIT),
    Row::of::<OffsetForLeaderEpochRequest>(MAY_WAIT),
    Row::of::<DescribeConfigsRequest>(AT_ONCE),
    Row::of::<AlterConfigsRequest>(MAY_WAIT),
    Row::of::<DescribeLogDirsRequest>(MAY_WAIT),
    Row::of::<CreatePartitionsRequest>(MAY_WAIT),
    Row::of::<DeleteGroupsRequest>(MAY_WAIT),
    Row::of::<IncrementalAlterConfigsRequest>(MAY_WAIT),
    Row::of::<OffsetDeleteRequest>(MAY_WAIT),
    Row::of::<DescribeClusterRequest>(AT_ONCE),
    Row::of::<DescribeProducersRequest>(MAY_WAIT),
    Row::of::<ListConfigResourcesRequest>(AT_ONCE),
    Row::of::<DescribeTopicPartitionsRequest>(AT_ONCE),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_row_is_found_by_its_key() {
        Row::<BrokerApis>::check_table();
    }
}
