//! A data shard: it has some of the node's connections and some of its partitions. It carries questions from sessions
//! to partitions, and the replies back.
//!
//! **Invariants**
//! - No other shard opens this shard's partitions, or makes them leaders or followers.
//! - A question waits until this shard has the image under which it was asked, and its partition has reached that image.
//! - Each question gets one answer: by a call if the asker is on this shard, by a message if it is on another.
//!
//! **In Kafka**: `ReplicaManager`, `ReplicaFetcherManager`, and the processor threads of `SocketServer`.

mod arrivals;
mod asides;
mod behind;
mod coordinators;
mod hosted;
mod loads;
mod metadata;
mod refusal;
mod replication;
mod retention;
mod routing;
mod stop;
mod turn;

pub use hosted::Hosted;

use super::listeners::listen_failure;
use super::mail::{FoundAtStart, ShardMail};
use super::ops::Ops;
use super::{Effect, Effects, ListenError};
use crate::broker::{self, Broker};
use crate::io::{ConnId, DirId, Env, FileError, ListenerId, OpId, ShardId};
use crate::metadata::{MetadataImage, NodeConfig};
use crate::replica::{self, LiveBroker, ReadTicket, SyncTicket};
use crate::types::{Instant, Timers, TopicPartition};
use arrivals::{Arrivals, Arrived};
use behind::Behind;
use bytes::Bytes;
use coordinators::Coordinators;
use loads::LoadsAtStart;
use replication::Replication;
use retention::Retention;
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::Arc;

/// A shard that holds partitions.
#[derive(Clone, Debug)]
pub struct Data {
    me: ShardId,
    /// The configuration that the node was started with.
    started_with: Arc<NodeConfig>,
    /// The configuration in force: `started_with`, with the dynamic configurations of the image.
    config: Arc<NodeConfig>,
    phase: DataState,
    image: Arc<MetadataImage>,
    behind: Behind,
    load: Option<Arc<FoundAtStart>>,
    /// What is loaded at the node's start, from the first image on until all logs are loaded.
    loads: Option<LoadsAtStart>,
    /// Partitions in `load` that have been deleted since the node started, by topic name and partition index. `load`
    /// still has their old folders, which a new topic of the same name must not open.
    set_aside: BTreeSet<(String, i32)>,
    /// The log directories in use, each with the number of this shard's partitions there.
    dirs: BTreeMap<DirId, usize>,
    broker: Broker,
    broker_out: Vec<broker::Output>,
    replica_out: Vec<replica::Output>,
    hosted: BTreeMap<TopicPartition, Hosted>,
    /// Partitions that were called in this turn. Their `on_turn_end` will run.
    touched: Vec<TopicPartition>,
    /// Partitions whose logs are loading, step by step. At the end of each turn, partitions whose next step does not
    /// wait for a disk read take steps.
    stepping: BTreeSet<TopicPartition>,
    /// Partitions whose offsets may have changed since the last report to the control shard.
    unreported: Vec<TopicPartition>,
    report_due: Option<Instant>,
    /// Partitions whose stop has not begun yet, while the shard stops.
    to_stop: BTreeSet<TopicPartition>,
    timers: Timers<TopicPartition>,
    replication: Replication,
    retention: Retention,
    asides: asides::Asides,
    /// Brokers that are alive according to the image.
    live: Arc<[LiveBroker]>,
    coordinators: Coordinators,
    ops: Ops,
    owners: BTreeMap<OpId, (TopicPartition, Ticket)>,
    /// Messages that wait until this shard has the image under which they were sent.
    parked: Vec<(ShardId, ShardMail)>,
    arrivals: Arrivals,
    /// The time at which the last [`Effect::WakeAt`] asked to be woken, if that time has not come yet.
    wake: Option<Instant>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum DataState {
    /// Waits for the first image, and for the list of what the directories hold. The control shard sends both.
    Waiting,
    Serving,
    /// The stop has begun. Waits until running requests have ended, at most until this time.
    Finishing(Instant),
    /// Waits for every partition's log to be synced.
    Stopping,
    Stopped,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Ticket {
    Read(ReadTicket),
    Sync(SyncTicket),
}

impl Data {
    pub(crate) fn new(config: Arc<NodeConfig>, me: ShardId) -> Data {
        Data {
            me,
            phase: DataState::Waiting,
            image: Arc::new(MetadataImage::default()),
            behind: Behind::default(),
            load: None,
            loads: None,
            set_aside: BTreeSet::new(),
            dirs: BTreeMap::new(),
            broker: Broker::new(config.clone(), me),
            broker_out: Vec::new(),
            replica_out: Vec::new(),
            hosted: BTreeMap::new(),
            touched: Vec::new(),
            stepping: BTreeSet::new(),
            unreported: Vec::new(),
            report_due: None,
            to_stop: BTreeSet::new(),
            timers: Timers::default(),
            replication: Replication::new(me, &config),
            retention: Retention::default(),
            asides: asides::Asides::default(),
            live: Arc::default(),
            coordinators: Coordinators::new(&config.groups),
            ops: Ops::default(),
            owners: BTreeMap::new(),
            parked: Vec::new(),
            arrivals: Arrivals::default(),
            wake: None,
            started_with: config.clone(),
            config,
        }
    }

    /// The partitions of this shard, in order.
    pub fn partitions(&self) -> impl Iterator<Item = (TopicPartition, &Hosted)> {
        self.hosted.iter().map(|(partition, hosted)| (*partition, hosted))
    }

    /// How many partitions this shard has.
    #[must_use]
    pub fn partition_count(&self) -> usize {
        self.hosted.len()
    }

    /// A partition of this shard.
    #[must_use]
    pub fn partition(&self, which: TopicPartition) -> Option<&Hosted> {
        self.hosted.get(&which)
    }

    pub(crate) fn on_mail(&mut self, from: ShardId, mail: ShardMail, env: &mut Env<'_>, out: &mut Effects) {
        match mail {
            ShardMail::Load { load, dirs } => self.on_load(load, &dirs),
            ShardMail::Image(image) => self.on_image(image, env, out),
            ShardMail::Ask { image, .. } if image > self.image.version => {
                self.parked.push((from, mail));
            }
            ShardMail::Ask { partition, asker, what, .. } => self.ask_here(partition, asker, what, env, out),
            ShardMail::Reply { to, reply } => self.on_reply(to, reply, env, out),
            ShardMail::ControlAnswer { to, answer } => self.on_control_answer(to, answer, env),
            ShardMail::Session { session, image } => self.arrivals.on_session(session, image),
            ShardMail::StartSaved { which, start } => self.on_start_saved(which, start, env, out),
            ShardMail::DirFailed(dir) => self.give_up_dir(dir, env, out),
            ShardMail::Stop => self.on_stop(env, out),
            other => unreachable!("a data shard is never told {other:?}"),
        }
        self.drain_broker(env, out);
    }

    pub(crate) fn on_listening(&mut self, on: ListenerId, addr: SocketAddr) {
        self.broker.on_listening(on, addr);
    }

    pub(crate) fn on_listen_failed(&mut self, on: ListenerId, why: ListenError, out: &mut Effects) {
        let message = listen_failure(on, why, &self.config).into();
        mail(ShardId::CONTROL, ShardMail::ListenFailed(message), out);
    }

    pub(crate) fn on_accepted(
        &mut self,
        conn: ConnId,
        listener: ListenerId,
        peer: SocketAddr,
        principal: Option<Arc<str>>,
        env: &Env<'_>,
    ) {
        self.broker.on_accepted(conn, listener, peer, principal, env.now.mono);
    }

    pub(crate) fn on_received(&mut self, conn: ConnId, frame: Bytes, env: &mut Env<'_>, out: &mut Effects) {
        if conn.is_dialed() {
            self.on_leader_frame(conn, frame, env, out);
        } else if let Some(frame) = self.arrivals.keep_frame(conn, frame) {
            self.broker.on_frame(conn, frame, env, &mut self.broker_out);
        }
        self.drain_broker(env, out);
    }

    pub(crate) fn on_drained(&mut self, conn: ConnId, env: &mut Env<'_>, out: &mut Effects) {
        if !conn.is_dialed() && !self.arrivals.on_drained(conn) {
            self.broker.on_drained(conn, env, &mut self.broker_out);
            self.drain_broker(env, out);
        }
    }

    pub(crate) fn on_half_closed(&mut self, conn: ConnId, env: &mut Env<'_>, out: &mut Effects) {
        if !self.arrivals.on_half_closed(conn) {
            self.broker.on_half_closed(conn, env, &mut self.broker_out);
        }
        self.drain_broker(env, out);
    }

    pub(crate) fn on_closed(&mut self, conn: ConnId, env: &mut Env<'_>, out: &mut Effects) {
        if conn.is_dialed() {
            self.on_leader_gone(conn, env, out);
        } else if !self.arrivals.on_closed(conn) {
            self.broker.on_closed(conn, env, &mut self.broker_out);
        }
        self.drain_broker(env, out);
    }

    pub(crate) fn on_handed_over(&mut self, conn: ConnId, env: &mut Env<'_>, out: &mut Effects) {
        if let Some(arrived) = self.arrivals.on_connection(conn, self.image.version) {
            self.serve(arrived, env);
        }
        self.drain_broker(env, out);
    }

    /// Serves a session that another shard has handed over.
    fn serve(&mut self, Arrived { session, is_half_closed }: Arrived, env: &mut Env<'_>) {
        let conn = session.conn;
        self.broker.on_handed_over(session, env, &mut self.broker_out);
        if is_half_closed {
            self.broker.on_half_closed(conn, env, &mut self.broker_out);
        }
    }

    pub(crate) fn on_read_done(
        &mut self,
        op: OpId,
        result: Result<Bytes, FileError>,
        env: &mut Env<'_>,
        out: &mut Effects,
    ) {
        let Some((partition, Ticket::Read(ticket))) = self.owners.remove(&op) else { return };
        self.with_partition(partition, env, out, |it, env, outputs| it.on_read_done(ticket, result, env, outputs));
        self.drain_broker(env, out);
    }

    pub(crate) fn on_synced(&mut self, op: OpId, result: Result<(), FileError>, env: &mut Env<'_>, out: &mut Effects) {
        let Some((partition, Ticket::Sync(ticket))) = self.owners.remove(&op) else { return };
        self.with_partition(partition, env, out, |it, env, outputs| it.on_synced(ticket, result, env, outputs));
        self.drain_broker(env, out);
    }

    pub(crate) fn on_wake(&mut self, env: &mut Env<'_>, out: &mut Effects) {
        self.wake = None;
        while let Some(partition) = self.timers.take_due(env.now.mono) {
            self.with_partition(partition, env, out, |it, env, outputs| it.on_wake(env, outputs));
        }
        self.wake_coordinators(env, out);
        self.broker.on_wake(env, &mut self.broker_out);
        self.wake_fetchers(env, out);
        self.wake_asides(env, out);
        self.drain_broker(env, out);
    }
}

/// Returns the log directory for a new replica: the one that holds the fewest partitions of this shard.
fn emptiest(dirs: &BTreeMap<DirId, usize>) -> Option<DirId> {
    dirs.iter().min_by_key(|(dir, partitions)| (**partitions, **dir)).map(|(dir, _)| *dir)
}

fn mail(to: ShardId, mail: ShardMail, out: &mut Effects) {
    out.push(Effect::Mail { to, mail });
}
