//! Replication from leaders: one fetcher, with its own connection, for each node that leads a partition of this shard.

use super::{Data, Effect, Effects};
use crate::io::{ConnId, Env, ShardId};
use crate::metadata::{ListenerRole, MetadataImage, NodeConfig};
use crate::replica::{FetchPosition, FetcherOutput, FetcherSettings, ReplicaFetcher};
use crate::types::{Instant, NodeId, Offset, TopicPartition};
use bytes::Bytes;
use std::collections::BTreeMap;

/// The fetchers of this shard, by the node that they fetch from.
#[derive(Clone, Debug)]
pub(super) struct Replication {
    me: ShardId,
    node: NodeId,
    settings: FetcherSettings,
    leaders: BTreeMap<NodeId, Leader>,
    /// For each partition that this shard follows: the partition's leader, from which it is fetched.
    followed: BTreeMap<TopicPartition, NodeId>,
    conns: BTreeMap<ConnId, NodeId>,
    dials: u64,
}

#[derive(Clone, Debug)]
struct Leader {
    fetcher: ReplicaFetcher,
    conn: Option<ConnId>,
}

impl Replication {
    pub(super) fn new(me: ShardId, config: &NodeConfig) -> Replication {
        Replication {
            me,
            node: config.node_id,
            settings: FetcherSettings {
                max_wait_ms: config.replica_fetch_wait_max_ms,
                min_bytes: config.replica_fetch_min_bytes,
                partition_max_bytes: config.replica_fetch_max_bytes,
                response_max_bytes: config.replica_fetch_response_max_bytes,
                backoff_ms: config.replica_fetch_backoff_ms,
                socket_timeout_ms: config.replica_socket_timeout_ms,
            },
            leaders: BTreeMap::new(),
            followed: BTreeMap::new(),
            conns: BTreeMap::new(),
            dials: 0,
        }
    }

    pub(super) fn follow(&mut self, which: TopicPartition, position: FetchPosition, image: &MetadataImage) {
        if self.followed.get(&which).is_some_and(|leader| *leader != position.leader) {
            self.forget(which);
        }
        self.followed.insert(which, position.leader);
        let (node, settings) = (self.node, self.settings);
        let leader = self.leaders.entry(position.leader).or_insert_with(|| {
            let epoch = image.brokers.get(&node).map(|broker| broker.epoch);
            Leader { fetcher: ReplicaFetcher::new(position.leader, node, epoch, settings), conn: None }
        });
        leader.fetcher.follow(which, position);
    }

    /// Notes the new log start offset of a partition. The next fetch reports it to the partition's leader.
    pub(super) fn note_log_start(&mut self, which: TopicPartition, log_start: Offset) {
        let leader = self.followed.get(&which).and_then(|node| self.leaders.get_mut(node));
        if let Some(leader) = leader {
            leader.fetcher.note_log_start(which, log_start);
        }
    }

    pub(super) fn forget(&mut self, which: TopicPartition) {
        if let Some(leader) = self.followed.remove(&which).and_then(|node| self.leaders.get_mut(&node)) {
            leader.fetcher.forget(which);
        }
    }

    pub(super) fn on_image(&mut self, image: &MetadataImage) {
        let Some(broker) = image.brokers.get(&self.node) else { return };
        for leader in self.leaders.values_mut() {
            leader.fetcher.on_registered(broker.epoch);
        }
    }

    pub(super) fn next_wake(&self) -> Option<Instant> {
        self.leaders.values().filter_map(|leader| leader.fetcher.next_wake()).min()
    }

    fn fresh_conn(&mut self, to: NodeId) -> ConnId {
        let conn = ConnId::dialed(self.me, self.dials);
        self.dials += 1;
        self.conns.insert(conn, to);
        conn
    }
}

impl Data {
    pub(crate) fn on_dialed(&mut self, conn: ConnId, env: &mut Env<'_>, out: &mut Effects) {
        let Some(node) = self.replication.conns.get(&conn).copied() else { return };
        self.with_fetcher(node, env, out, ReplicaFetcher::on_dialed);
    }

    pub(crate) fn on_dial_failed(&mut self, conn: ConnId, _why: &str, env: &mut Env<'_>, out: &mut Effects) {
        self.on_leader_gone(conn, env, out);
    }

    pub(super) fn on_leader_gone(&mut self, conn: ConnId, env: &mut Env<'_>, out: &mut Effects) {
        let Some(node) = self.replication.conns.remove(&conn) else { return };
        if let Some(leader) = self.replication.leaders.get_mut(&node)
            && leader.conn == Some(conn)
        {
            leader.conn = None;
            self.with_fetcher(node, env, out, ReplicaFetcher::on_closed);
        }
    }

    pub(super) fn on_leader_frame(&mut self, conn: ConnId, frame: Bytes, env: &mut Env<'_>, out: &mut Effects) {
        let Some(node) = self.replication.conns.get(&conn).copied() else { return };
        self.with_fetcher(node, env, out, |fetcher, env, outputs| fetcher.on_frame(frame, env, outputs));
    }

    pub(super) fn wake_fetchers(&mut self, env: &mut Env<'_>, out: &mut Effects) {
        let due = |leader: &Leader| leader.fetcher.next_wake().is_some_and(|at| at <= env.now.mono);
        let nodes: Vec<NodeId> =
            self.replication.leaders.iter().filter(|(_, leader)| due(leader)).map(|(node, _)| *node).collect();
        for node in nodes {
            self.with_fetcher(node, env, out, ReplicaFetcher::on_wake);
        }
    }

    pub(super) fn end_fetchers_turn(&mut self, env: &mut Env<'_>, out: &mut Effects) {
        let is_moved = |leader: &Leader| !leader.fetcher.is_waiting() || leader.fetcher.is_idle();
        let nodes: Vec<NodeId> =
            self.replication.leaders.iter().filter(|(_, leader)| is_moved(leader)).map(|(node, _)| *node).collect();
        for node in nodes {
            self.with_fetcher(node, env, out, ReplicaFetcher::on_turn_end);
            let leader = &self.replication.leaders[&node];
            if leader.fetcher.is_idle() {
                let conn = leader.conn;
                self.replication.leaders.remove(&node);
                if let Some(conn) = conn {
                    self.replication.conns.remove(&conn);
                    out.push(Effect::Close { conn, after_drain: false });
                }
            }
        }
    }

    fn with_fetcher(
        &mut self,
        node: NodeId,
        env: &mut Env<'_>,
        out: &mut Effects,
        call: impl FnOnce(&mut ReplicaFetcher, &mut Env<'_>, &mut Vec<FetcherOutput>),
    ) {
        let Some(leader) = self.replication.leaders.get_mut(&node) else { return };
        let mut outputs = Vec::new();
        call(&mut leader.fetcher, env, &mut outputs);
        for output in outputs {
            self.carry_out_fetcher(node, output, env, out);
        }
    }

    fn carry_out_fetcher(&mut self, node: NodeId, output: FetcherOutput, env: &mut Env<'_>, out: &mut Effects) {
        match output {
            FetcherOutput::Dial => self.dial_leader(node, env, out),
            FetcherOutput::Send { parts } => {
                if let Some(conn) = self.replication.leaders.get(&node).and_then(|leader| leader.conn) {
                    out.push(Effect::Send { conn, parts });
                }
            }
            FetcherOutput::Close => {
                let conn = self.replication.leaders.get_mut(&node).and_then(|leader| leader.conn.take());
                if let Some(conn) = conn {
                    self.replication.conns.remove(&conn);
                    out.push(Effect::Close { conn, after_drain: false });
                }
            }
            FetcherOutput::Fetched { partition, fetched } => {
                self.with_partition(partition, env, out, |it, env, outputs| it.on_fetched(fetched, env, outputs));
            }
        }
    }

    /// Connects to a leader. Uses the leader's listener that has the same name as this node's listener for brokers. If
    /// the leader has no listener of that name, uses the leader's first listener.
    fn dial_leader(&mut self, node: NodeId, env: &mut Env<'_>, out: &mut Effects) {
        let for_brokers = self.config.listeners.iter().find(|listener| listener.role == ListenerRole::Brokers);
        let name = for_brokers.map(|listener| &listener.name);
        let end_point = self.image.brokers.get(&node).and_then(|broker| {
            broker.end_points.iter().find(|it| Some(&it.listener) == name).or(broker.end_points.first())
        });
        let Some(end_point) = end_point.cloned() else {
            self.with_fetcher(node, env, out, ReplicaFetcher::on_closed);
            return;
        };
        let conn = self.replication.fresh_conn(node);
        if let Some(leader) = self.replication.leaders.get_mut(&node) {
            leader.conn = Some(conn);
        }
        out.push(Effect::Dial { conn, host: end_point.host, port: end_point.port });
    }
}
