//! Leaders and their addresses, for clients that asked a broker that is not the leader (KIP-951).

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

/// The leaders that a response names.
#[derive(Clone, Debug, Default)]
pub(super) struct Leaders(BTreeSet<NodeId>);

impl Leaders {
    /// Notes a leader, so that the response includes its address. Returns the leader's id and epoch as wire values.
    pub(super) fn note(&mut self, (leader, epoch): (Option<NodeId>, LeaderEpoch)) -> (i32, i32) {
        self.0.extend(leader);
        (NodeId::to_wire(leader), epoch.0)
    }

    /// Returns the addresses at which clients of a listener reach the noted leaders.
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
