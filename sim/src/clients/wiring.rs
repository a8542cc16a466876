//! Between the world's words for connections and draws and those of the core's clients.

use crate::actor::{ActorConn, ActorCx};
use crate::choices::OwnStream;
use gracchus_core::client::{ClusterConfig, Conn, Output};
use gracchus_core::io::{Draws, Site};
use gracchus_core::types::Instant;
use std::sync::Arc;

/// An actor's own stream, where the core's clients draw.
pub struct Dice<'a>(pub &'a mut OwnStream);

impl Draws for Dice<'_> {
    fn below(&mut self, _site: Site, _subject: u64, bound: u64) -> u64 {
        self.0.below(bound)
    }
}

/// The world's name of a connection of an actor's `life`th client: names are never used twice.
pub fn outward(life: u32, conn: Conn) -> ActorConn {
    assert!(conn.0 < 1 << 32, "a client dials fewer times than 2^32");
    ActorConn(u64::from(life) << 32 | conn.0)
}

/// The client's name of a connection, unless it belonged to a client before.
pub fn inward(life: u32, conn: ActorConn) -> Option<Conn> {
    (conn.0 >> 32 == u64::from(life)).then_some(Conn(conn.0 & 0xffff_ffff))
}

/// Performs what a client wants done, and returns what it says and when it wants to be woken.
pub fn perform<N>(
    life: u32,
    outputs: &mut Vec<Output<N>>,
    cx: &mut ActorCx<'_>,
    mut on_news: impl FnMut(N, &mut ActorCx<'_>),
) {
    for output in outputs.drain(..) {
        match output {
            Output::Dial { conn, host, port } => cx.dial(outward(life, conn), host, port),
            Output::Send { conn, parts } => cx.send(outward(life, conn), parts),
            Output::Close { conn } => cx.close(outward(life, conn)),
            // Taken from `next_wake`, together with the actor's own.
            Output::WakeAt(_) => {}
            Output::News(news) => on_news(news, cx),
        }
    }
}

/// How every client of the workload finds the brokers.
#[must_use]
pub fn cluster(brokers: &[(Arc<str>, u16)], client_id: String, request_timeout_ms: u64) -> ClusterConfig {
    ClusterConfig {
        bootstrap: brokers.to_vec(),
        client_id: client_id.into(),
        request_timeout_ms: i64::try_from(request_timeout_ms).unwrap_or(i64::MAX),
        // A cut-off broker is given up soon: runs are short.
        dial_timeout_ms: 2_000,
        metadata_max_age_ms: 5_000,
        allow_auto_topic_creation: false,
        ..ClusterConfig::default()
    }
}

/// The earlier of two times that may not be.
#[must_use]
pub fn earlier(one: Option<Instant>, other: Option<Instant>) -> Option<Instant> {
    one.into_iter().chain(other).min()
}
