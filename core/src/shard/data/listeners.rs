//! The listeners from which this shard gets connections.

use super::{Data, Effect, Effects, ShardMail, mail};
use crate::io::{ListenerId, ShardId};
use crate::shard::ListenError;
use std::net::SocketAddr;

impl Data {
    pub(super) fn listen(&self, out: &mut Effects) {
        for listener in &self.config.listeners {
            out.push(Effect::Listen { on: listener.id });
        }
    }

    pub(super) fn unlisten(&self, out: &mut Effects) {
        for listener in &self.config.listeners {
            out.push(Effect::Unlisten { on: listener.id });
        }
    }

    pub(crate) fn on_listening(&mut self, on: ListenerId, addr: SocketAddr) {
        self.broker.on_listening(on, addr);
    }

    pub(crate) fn on_listen_failed(&mut self, on: ListenerId, why: ListenError, out: &mut Effects) {
        let listener = self.config.listeners.iter().find(|listener| listener.id == on);
        let at = listener.map_or_else(|| format!("listener {}", on.0), |it| format!("{}:{}", it.host, it.port));
        let message = match why {
            ListenError::AddressInUse => {
                format!(
                    "cannot listen on {at}: the port is taken; stop the process that has it, or choose another with --listen HOST:PORT"
                )
            }
            ListenError::AddressNotAvailable => {
                format!(
                    "cannot listen on {at}: this machine does not have that address; choose one of its own with --listen HOST:PORT"
                )
            }
            ListenError::PermissionDenied => {
                format!("cannot listen on {at}: no right to that port; choose one above 1023 with --listen HOST:PORT")
            }
            ListenError::Other => {
                format!("cannot listen on {at}: the operating system refused; choose another with --listen HOST:PORT")
            }
        };
        mail(ShardId::CONTROL, ShardMail::ListenFailed(message.into()), out);
    }
}
