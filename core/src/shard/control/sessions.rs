//! The control shard's connections: those on the controller's listeners.

use super::Control;
use crate::controller_apis::ControllerSessions;
use crate::io::{ConnId, Env, ListenerId};
use crate::session;
use crate::shard::listeners::listen_failure;
use crate::shard::session_outputs::carry_out;
use crate::shard::{Effects, Halt, ListenError};
use bytes::Bytes;
use std::net::SocketAddr;
use std::sync::Arc;

impl Control {
    pub(crate) fn on_listen_failed(&mut self, on: ListenerId, why: ListenError, out: &mut Effects) {
        let message = listen_failure(on, why, &self.config);
        self.halt(Halt::Configuration(message.into()), out);
    }

    pub(crate) fn on_accepted(
        &mut self,
        conn: ConnId,
        listener: ListenerId,
        peer: SocketAddr,
        principal: Option<Arc<str>>,
        env: &Env<'_>,
    ) {
        self.sessions.on_accepted(conn, listener, peer, principal, env.now.mono);
    }

    pub(crate) fn on_received(&mut self, conn: ConnId, frame: Bytes, env: &mut Env<'_>, out: &mut Effects) {
        self.with_sessions(env, out, |sessions, env, outputs| sessions.on_frame(conn, frame, env, outputs));
    }

    pub(crate) fn on_drained(&mut self, conn: ConnId, env: &mut Env<'_>, out: &mut Effects) {
        self.with_sessions(env, out, |sessions, env, outputs| sessions.on_drained(conn, env, outputs));
    }

    pub(crate) fn on_half_closed(&mut self, conn: ConnId, env: &mut Env<'_>, out: &mut Effects) {
        self.with_sessions(env, out, |sessions, env, outputs| sessions.on_half_closed(conn, env, outputs));
    }

    pub(crate) fn on_closed(&mut self, conn: ConnId, env: &mut Env<'_>, out: &mut Effects) {
        self.with_sessions(env, out, |sessions, env, outputs| sessions.on_closed(conn, env, outputs));
    }

    /// Calls `call` with the sessions and carries out what they want done.
    pub(super) fn with_sessions(
        &mut self,
        env: &mut Env<'_>,
        out: &mut Effects,
        call: impl FnOnce(&mut ControllerSessions, &mut Env<'_>, &mut Vec<session::Output>),
    ) {
        let mut outputs = Vec::new();
        call(&mut self.sessions, env, &mut outputs);
        outputs.into_iter().for_each(|output| carry_out(output, self.image.version, out));
    }
}
