//! What requests on a controller's listener mean.
//!
//! **Invariants**
//! - The control shard serves these sessions, and no data shard does. A session never moves to another shard.
//! - A request that only brokers serve ends its connection, as on any listener that does not have the API.
//!
//! **In Kafka**: `ControllerApis`.

use crate::io::ShardId;
use crate::metadata::NodeConfig;
use crate::session::{Apis, Identity, Limits, Output, Row, Sessions};
use crate::types::NodeId;
use core::convert::Infallible;
use std::sync::Arc;

/// The APIs of a controller.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ControllerApis;

/// What every request of a controller can read.
#[derive(Clone, Debug)]
pub(crate) struct ControllerContext {
    /// Empty until the node has read which cluster it belongs to.
    pub(crate) cluster_id: Arc<str>,
    node: NodeId,
}

impl Apis for ControllerApis {
    type View = ControllerContext;
    type State = ();
    type Output = Output;
    type Reply = Infallible;

    const TABLE: &'static [Row<ControllerApis>] = TABLE;

    fn identity(context: &ControllerContext) -> Identity<'_> {
        Identity { cluster_id: &context.cluster_id, node: context.node }
    }
}

/// Every API that is served, in the order of the keys.
static TABLE: &[Row<ControllerApis>] = &[Row::api_versions()];

/// The sessions on the controller's listeners.
pub(crate) type ControllerSessions = Sessions<ControllerApis>;

/// Makes the sessions of a node, of which there are none yet.
pub(crate) fn sessions(config: &NodeConfig) -> ControllerSessions {
    let context = ControllerContext { cluster_id: "".into(), node: config.node_id };
    Sessions::new(context, (), ShardId::CONTROL, Limits::of(config))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_row_is_found_by_its_key() {
        Row::<ControllerApis>::check_table();
    }
}
