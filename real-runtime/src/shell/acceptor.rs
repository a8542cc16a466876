//! Takes the connections of one listener in and deals them to the shards that asked for them.
//!
//! **Invariants**: while the broker has as many connections as it may have, new ones stay in the kernel's backlog;
//! nothing that goes wrong with a connection ends the listener, or makes it spin.
//!
//! **In Kafka**: `Acceptor` in `SocketServer`.

use super::post::{Letter, Post};
use super::quotas::{Permit, Quotas, Refused};
use crate::caller::reason;
use crate::host::Host;
use core::time::Duration;
use gracchus_core::io::{ConnId, ListenerId, ShardId};
use gracchus_core::types::Instant;
use rustix::io::Errno;
use std::collections::VecDeque;
use std::io;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use tracing::{info, warn};

/// The first pause after a connection that could not be taken; it doubles from one to the next.
const BACK_OFF: Duration = Duration::from_millis(50);

/// The longest pause.
const BACK_OFF_MAX: Duration = Duration::from_secs(1);

/// Between two lines of the log that say the same.
const SAY_AGAIN: Duration = Duration::from_secs(60);

/// A listener that is open.
pub struct Acceptor<H: Host> {
    pub host: H,
    pub listener: H::Listener,
    pub on: ListenerId,
    /// The listener's name, for the log.
    pub name: Arc<str>,
    /// Who wants connections; the next one stands first.
    pub shards: Arc<Mutex<VecDeque<ShardId>>>,
    pub posts: Arc<[Post<H>]>,
    /// Connections that were taken in, by all listeners.
    pub accepted: Arc<AtomicU64>,
    pub quotas: Arc<Quotas>,
}

/// What was said of the operator's limits, and when.
#[derive(Default)]
struct Said {
    failure: Rarely,
    full: Rarely,
    address: Rarely,
}

impl<H: Host> Acceptor<H> {
    /// Takes connections in, for ever.
    pub async fn run(self) {
        let mut said = Said::default();
        let mut pause = BACK_OFF;
        loop {
            self.wait_for_room(&mut said).await;
            let (parcel, peer) = match H::accept(&self.listener).await {
                Ok(accepted) => accepted,
                Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => continue,
                Err(error) => {
                    self.say_failure(&mut said, &error);
                    self.host.sleep(pause).await;
                    pause = (pause * 2).min(BACK_OFF_MAX);
                    continue;
                }
            };
            pause = BACK_OFF;
            // Without a place the connection is closed here.
            let Some(permit) = self.admit(peer.ip(), &mut said).await else { continue };
            let Some(shard) = self.next_shard() else { continue };
            let conn = ConnId::accepted(self.accepted.fetch_add(1, Ordering::Relaxed));
            let letter = Letter::Accepted { conn, listener: self.on, peer, parcel, permit };
            let _ = self.posts[usize::from(shard.0)].send(letter);
        }
    }

    async fn wait_for_room(&self, said: &mut Said) {
        if self.quotas.has_room() {
            return;
        }
        if let Some(silent) = said.full.pass(self.host.now().mono) {
            let (name, most) = (&self.name, self.quotas.most());
            let next = "close some, or raise max.connections, and the limit of file descriptors with it";
            warn!("listener {name}: {most} connections are open, as many as may be; new ones wait: {next}{silent}");
        }
        self.quotas.room().await;
    }

    /// A place for a connection from that address, waited for where another listener took the last one; none where the
    /// address has its share.
    async fn admit(&self, ip: IpAddr, said: &mut Said) -> Option<Permit> {
        loop {
            match self.quotas.take(ip) {
                Ok(permit) => return Some(permit),
                Err(Refused::Full) => self.wait_for_room(said).await,
                Err(Refused::Address(most)) => {
                    if let Some(silent) = said.address.pass(self.host.now().mono) {
                        let ip = ip.to_canonical();
                        let what = format!("address already has the configured maximum of {most} connections");
                        info!("listener {}: rejected connection from {ip}, {what}{silent}", self.name);
                    }
                    return None;
                }
            }
        }
    }

    fn next_shard(&self) -> Option<ShardId> {
        let mut shards = self.shards.lock().expect("no holder of this lock panics");
        shards.rotate_left(1);
        shards.back().copied()
    }

    fn say_failure(&self, said: &mut Said, error: &io::Error) {
        let Some(silent) = said.failure.pass(self.host.now().mono) else { return };
        let next = match Errno::from_io_error(error) {
            Some(Errno::MFILE) => ": lower max.connections, or raise the limit (ulimit -n, LimitNOFILE=)",
            Some(Errno::NFILE) => ": the whole system has no more (sysctl fs.file-max)",
            _ => "",
        };
        let why = reason(error);
        warn!("listener {} cannot take a connection and tries again: {why}{next}{silent}", self.name);
    }
}

/// Lets a line into the log at first, and then one a minute.
#[derive(Default)]
struct Rarely {
    next: Option<Instant>,
    kept_back: u64,
}

impl Rarely {
    /// Whether a line may be logged now, with what it ends in.
    fn pass(&mut self, now: Instant) -> Option<String> {
        if self.next.is_some_and(|next| now < next) {
            self.kept_back += 1;
            return None;
        }
        self.next = Some(now + SAY_AGAIN);
        let kept_back = core::mem::take(&mut self.kept_back);
        Some(if kept_back == 0 { String::new() } else { format!(" ({kept_back} times more since it was said last)") })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_is_said_once_a_minute() {
        let mut rarely = Rarely::default();
        let at = |seconds: u64| Instant(seconds * 1_000_000_000);
        assert_eq!(rarely.pass(at(5)), Some(String::new()));
        assert_eq!(rarely.pass(at(6)), None);
        assert_eq!(rarely.pass(at(64)), None);
        assert!(rarely.pass(at(65)).unwrap().contains("2 times more"));
        assert_eq!(rarely.pass(at(200)), Some(String::new()));
    }
}
