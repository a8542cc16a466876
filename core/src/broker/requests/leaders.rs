//! Leaders and where to reach them, for clients that asked the wrong broker (KIP-951).

use crate::broker::context::BrokerContext;
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
    pub(super) fn addresses(&self, broker: &BrokerContext, listener: ListenerId) -> impl Iterator<Item = Address> {
        self.0.iter().filter_map(move |node| {
            let registration = broker.image.brokers.get(node)?;
            let (host, port) = broker.end_point(registration, listener)?;
            Some(Address {
                node: node.0,
                host: ByteString::from(&**host),
                port: i32::from(port),
                rack: registration.rack.as_deref().map(ByteString::from),
            })
        })
    }
}
