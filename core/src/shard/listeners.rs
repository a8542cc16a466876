//! The listeners of a node, by the shards that serve them: the data shards those of clients and brokers, the control
//! shard those of controllers.

use super::{Effect, Effects, ListenError};
use crate::io::ListenerId;
use crate::metadata::{ListenerConfig, ListenerRole, NodeConfig};

/// Which listeners a shard serves.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Serves {
    /// Those of clients and brokers.
    Brokers,
    /// Those of controllers.
    Controllers,
}

/// Opens the listeners that a shard serves, or shares those that are open.
pub(super) fn listen(which: Serves, config: &NodeConfig, out: &mut Effects) {
    served(which, config).for_each(|listener| out.push(Effect::Listen { on: listener.id }));
}

/// Gives a shard no more connections of the listeners that it serves.
pub(super) fn unlisten(which: Serves, config: &NodeConfig, out: &mut Effects) {
    served(which, config).for_each(|listener| out.push(Effect::Unlisten { on: listener.id }));
}

fn served(which: Serves, config: &NodeConfig) -> impl Iterator<Item = &ListenerConfig> {
    let suits = move |it: &&ListenerConfig| (it.role == ListenerRole::Controllers) == (which == Serves::Controllers);
    config.listeners.iter().filter(suits)
}

/// Says why a listener could not be opened, and what to do.
pub(super) fn listen_failure(on: ListenerId, why: ListenError, config: &NodeConfig) -> String {
    let listener = config.listeners.iter().find(|listener| listener.id == on);
    let at = listener.map_or_else(|| format!("listener {}", on.0), |it| format!("{}:{}", it.host, it.port));
    match why {
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
    }
}
