//! What requests on a controller's listener mean.
//!
//! **Invariants**
//! - The control shard serves these sessions, and no data shard does. A session never moves to another shard.
//! - A request that only brokers serve ends its connection, as on any listener that does not have the API.
//!
//! **In Kafka**: `ControllerApis`.

use crate::io::{ConnId, Env, ListenerId, ShardId};
use crate::metadata::NodeConfig;
use crate::session::{Apis, Identity, Limits, Output, Row, Sessions};
use crate::types::{Instant, NodeId};
use bytes::Bytes;
use core::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;

/// The APIs of a controller.
#[derive(Clone, Copy, Debug)]
struct ControllerApis;

/// What every request of a controller can read.
#[derive(Clone, Debug)]
struct ControllerContext {
    cluster_id: Arc<str>,
    node: NodeId,
}

impl Apis for ControllerApis {
    type View = ControllerContext;
    type State = ();
    type Output = Output;
    type Reply = Infallible;

    const TABLE: &'static [Row<ControllerApis>] = &[Row::api_versions()];

    fn identity(context: &ControllerContext) -> Identity<'_> {
        Identity { cluster_id: &context.cluster_id, node: context.node }
    }
}

/// The sessions on the controller's listeners.
#[derive(Clone, Debug)]
pub struct ControllerSessions(Sessions<ControllerApis>);

impl ControllerSessions {
    /// Makes the sessions, of which there are none yet.
    #[must_use]
    pub fn new(config: &NodeConfig) -> ControllerSessions {
        let context = ControllerContext { cluster_id: "".into(), node: config.node_id };
        ControllerSessions(Sessions::new(context, (), ShardId::CONTROL, Limits::of(config)))
    }

    /// Notes which cluster the node belongs to.
    pub fn on_cluster(&mut self, cluster_id: &str) {
        self.0.view.cluster_id = cluster_id.into();
    }

    /// Makes a session for a client that has connected.
    pub fn on_accepted(
        &mut self,
        conn: ConnId,
        listener: ListenerId,
        peer: SocketAddr,
        principal: Option<Arc<str>>,
        now: Instant,
    ) {
        self.0.on_accepted(conn, listener, peer, principal, now);
    }

    /// Handles a frame that has arrived whole. Its length prefix is already removed.
    pub fn on_frame(&mut self, conn: ConnId, frame: Bytes, env: &mut Env<'_>, out: &mut Vec<Output>) {
        self.0.on_frame(conn, frame, env, out);
    }

    /// Notes that all bytes sent on a connection have gone to the network.
    pub fn on_drained(&mut self, conn: ConnId, env: &mut Env<'_>, out: &mut Vec<Output>) {
        self.0.on_drained(conn, env, out);
    }

    /// Notes that a client sends no more requests. It gets the responses that it is owed, then the connection closes.
    pub fn on_half_closed(&mut self, conn: ConnId, env: &mut Env<'_>, out: &mut Vec<Output>) {
        self.0.on_half_closed(conn, env, out);
    }

    /// Removes the session of a closed connection.
    pub fn on_closed(&mut self, conn: ConnId, env: &mut Env<'_>, out: &mut Vec<Output>) {
        self.0.on_closed(conn, env, out);
    }

    /// Handles expired deadlines. A call without an expired deadline changes nothing.
    pub fn on_wake(&mut self, env: &mut Env<'_>, out: &mut Vec<Output>) {
        self.0.on_wake(env, out);
    }

    /// Ends the turn.
    pub fn on_turn_end(&mut self, env: &mut Env<'_>, out: &mut Vec<Output>) {
        self.0.on_turn_end(env, out);
    }

    /// The time of the next deadline, at which [`ControllerSessions::on_wake`] must be called.
    #[must_use]
    pub fn next_wake(&self) -> Option<Instant> {
        self.0.next_wake()
    }

    /// Begins the stop: no more requests are accepted, and each connection is closed after its last response.
    pub fn stop(&mut self, env: &mut Env<'_>, out: &mut Vec<Output>) {
        self.0.stop(env, out);
    }
}
