//! Leaders and where to reach them, for clients that asked the wrong broker (KIP-951).

use crate::broker::ground::Ground;
use crate::io::ListenerId;
use crate::types::{LeaderEpoch, NodeId};
use bytestring::ByteString;
use std::collections::BTreeSet;

/// One leader's address.
pub(super) struct Address {
    pub(super) node: i32,
    pub(super) host: ByteString,
    pub(super) port: i32,
    pub(super) rack: Option<ByteString>,
}

/// The leaders that an answer names.
#[derive(Clone, Debug, Default)]
pub(super) struct Leaders(BTreeSet<NodeId>);

impl Leaders {
    /// A leader and its epoch as the wire has them; its address is wanted in the end.
    pub(super) fn note(&mut self, (leader, epoch): (Option<NodeId>, LeaderEpoch)) -> (i32, i32) {
        self.0.extend(leader);
        (NodeId::to_wire(leader), epoch.0)
    }

    /// Where clients of that listener reach them.
    pub(super) fn addresses(&self, ground: &Ground, listener: ListenerId) -> impl Iterator<Item = Address> {
        self.0.iter().filter_map(move |node| {
            let broker = ground.image.brokers.get(node)?;
            let (host, port) = ground.end_point(broker, listener)?;
            Some(Address {
                node: node.0,
                host: ByteString::from(&**host),
                port: i32::from(port),
                rack: broker.rack.as_deref().map(ByteString::from),
            })
        })
    }
}
