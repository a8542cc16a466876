//! The brokers as a client reaches them: connections that are dialed when they are needed, and metadata that is asked
//! for when it is old or has turned out wrong.

use super::config::ClusterConfig;
use super::connection::{Answered, Connection};
use super::metadata::Metadata;
use super::output::{Conn, Output};
use super::wake::{Wake, backoff_ms};
use crate::io::{Draws, Site};
use crate::types::{ErrorCode, Instant, NodeId};
use crate::wire::{ApiKey, ApiVersionsRequest, ApiVersionsResponse, MetadataResponse, Response};
use bytes::Bytes;
use bytestring::ByteString;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The version in which brokers are asked for theirs: every broker since Kafka 2.4 has it.
const ASK_VERSIONS: i16 = 3;

/// What a request was for: the cluster's own, or its user's.
#[derive(Clone, Debug)]
pub(super) enum Purpose<T> {
    Versions,
    Metadata,
    Of(T),
}

/// Connections to brokers; `T` is what the user keeps for each request.
#[derive(Clone, Debug)]
pub(super) struct Cluster<T> {
    pub(super) config: ClusterConfig,
    pub(super) metadata: Metadata,
    pub(super) wake: Wake,
    client_id: ByteString,
    links: BTreeMap<Peer, Link<T>>,
    peers: BTreeMap<Conn, Peer>,
    next_conn: u64,
    refresh: Refresh,
    /// Refreshes that were wanted because something had turned out wrong.
    alarms: u32,
}

/// Whom a connection leads to.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Peer {
    Node(NodeId),
    /// By its place in `bootstrap.servers`: which broker it is, nobody knows.
    Bootstrap(usize),
}

#[derive(Clone, Debug)]
struct Link<T> {
    /// Since it last stood.
    failures: u32,
    /// How often a connection or an attempt to make one ended.
    ends: u64,
    state: LinkState<T>,
}

#[derive(Clone, Debug)]
enum LinkState<T> {
    Down {
        retry_at: Instant,
    },
    Dialing {
        conn: Conn,
        deadline: Instant,
    },
    /// Asked for its versions, and good for nothing else yet.
    Asked(Connection<Purpose<T>>),
    Up(Connection<Purpose<T>>),
}

/// When metadata is asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Refresh {
    /// Not before this.
    Due(Instant),
    Asked,
    /// At this, unless something turns out wrong before. Not before `earliest` even then.
    Fresh {
        until: Instant,
        earliest: Instant,
    },
}

/// What a frame was.
#[derive(Debug)]
pub(super) enum Arrived<T> {
    /// An answer to the user.
    Answer(Answered<Purpose<T>>),
    /// The cluster's own affair.
    Settled,
    /// The end of its connection: these requests are lost.
    Broken(Vec<T>),
}

impl<T> Cluster<T> {
    pub(super) fn new(config: ClusterConfig) -> Cluster<T> {
        Cluster {
            client_id: ByteString::from(config.client_id.as_ref()),
            config,
            metadata: Metadata::default(),
            wake: Wake::default(),
            links: BTreeMap::new(),
            peers: BTreeMap::new(),
            next_conn: 0,
            refresh: Refresh::Due(Instant(0)),
            alarms: 0,
        }
    }

    /// The connection to a broker, if it stands and is ready. It is dialed where it does not and may be.
    pub(super) fn ready<N>(
        &mut self,
        node: NodeId,
        now: Instant,
        out: &mut Vec<Output<N>>,
    ) -> Option<&mut Connection<Purpose<T>>> {
        let peer = Peer::Node(node);
        let is_up = self.links.get(&peer).is_some_and(|link| matches!(link.state, LinkState::Up(_)));
        if !is_up {
            self.bring_up(node, now, out)?;
        }
        match &mut self.links.get_mut(&peer)?.state {
            LinkState::Up(connection) => Some(connection),
            LinkState::Down { retry_at } => {
                self.wake.by(*retry_at);
                None
            }
            LinkState::Dialing { .. } | LinkState::Asked(_) => None,
        }
    }

    /// The connection to a broker, if it stands and is ready.
    pub(super) fn up(&mut self, node: NodeId) -> Option<&mut Connection<Purpose<T>>> {
        match &mut self.links.get_mut(&Peer::Node(node))?.state {
            LinkState::Up(connection) => Some(connection),
            LinkState::Down { .. } | LinkState::Dialing { .. } | LinkState::Asked(_) => None,
        }
    }

    /// Dials a broker that no connection stands to, where it may. Nothing where nobody knows where it is.
    fn bring_up<N>(&mut self, node: NodeId, now: Instant, out: &mut Vec<Output<N>>) -> Option<()> {
        let peer = Peer::Node(node);
        let is_down = self.links.get(&peer).is_none_or(|link| matches!(link.state, LinkState::Down { .. }));
        if is_down && self.metadata.address(node).is_none() {
            // A leader that the metadata does not list is a broker that is gone, or not there yet.
            self.alarm(now);
            return None;
        }
        self.dial(peer, now, out);
        Some(())
    }

    /// Any broker that a connection stands to, the least busy.
    pub(super) fn any_ready(&mut self) -> Option<&mut Connection<Purpose<T>>> {
        let up = self.links.values_mut().filter_map(|link| match &mut link.state {
            LinkState::Up(connection) => Some(connection),
            _ => None,
        });
        up.min_by_key(|connection| connection.in_flight())
    }

    /// Any broker that a connection stands to, as [`Cluster::any_ready`]. Where there is none, one is dialed.
    pub(super) fn any_ready_or_dialed<N>(
        &mut self,
        now: Instant,
        draws: &mut dyn Draws,
        out: &mut Vec<Output<N>>,
    ) -> Option<&mut Connection<Purpose<T>>> {
        let is_up = self.links.values().any(|link| matches!(link.state, LinkState::Up(_)));
        if !is_up {
            self.dial_another(true, now, draws, out);
        }
        self.any_ready()
    }

    /// How often connections to a broker ended, dials that failed included: a number that has changed says that what
    /// was sent there before may be lost.
    pub(super) fn ends(&self, node: NodeId) -> u64 {
        self.links.get(&Peer::Node(node)).map_or(0, |link| link.ends)
    }

    /// Ends the connection to a broker, if there is one. Answers the requests that are lost.
    pub(super) fn end_node<N>(
        &mut self,
        node: NodeId,
        now: Instant,
        draws: &mut dyn Draws,
        out: &mut Vec<Output<N>>,
    ) -> Vec<T> {
        let conn = match self.links.get(&Peer::Node(node)).map(|link| &link.state) {
            Some(LinkState::Up(connection) | LinkState::Asked(connection)) => connection.conn(),
            Some(LinkState::Dialing { conn, .. }) => *conn,
            Some(LinkState::Down { .. }) | None => return Vec::new(),
        };
        self.end(conn, now, draws, out)
    }

    fn dial<N>(&mut self, peer: Peer, now: Instant, out: &mut Vec<Output<N>>) {
        let Some((host, port)) = self.address(peer) else { return };
        let state = LinkState::Down { retry_at: Instant(0) };
        let link = self.links.entry(peer).or_insert(Link { failures: 0, ends: 0, state });
        let LinkState::Down { retry_at } = link.state else { return };
        if retry_at > now {
            return;
        }
        let (conn, deadline) = (Conn(self.next_conn), now.plus_ms(self.config.dial_timeout_ms));
        self.next_conn += 1;
        link.state = LinkState::Dialing { conn, deadline };
        self.peers.insert(conn, peer);
        self.wake.by(deadline);
        out.push(Output::Dial { conn, host, port });
    }

    fn address(&self, peer: Peer) -> Option<(Arc<str>, u16)> {
        match peer {
            Peer::Node(node) => self.metadata.address(node),
            Peer::Bootstrap(place) => self.config.bootstrap.get(place).cloned(),
        }
    }

    pub(super) fn on_dialed<N>(&mut self, conn: Conn, now: Instant, out: &mut Vec<Output<N>>) {
        let Some(link) = self.peers.get(&conn).and_then(|peer| self.links.get_mut(peer)) else { return };
        link.failures = 0;
        let mut connection = Connection::new(conn, self.client_id.clone());
        if !self.config.asks_versions {
            link.state = LinkState::Up(connection);
            return;
        }
        let request = ApiVersionsRequest {
            client_software_name: ByteString::from_static("gracchus"),
            client_software_version: ByteString::from_static(env!("CARGO_PKG_VERSION")),
            ..Default::default()
        };
        let deadline = now.plus_ms(self.config.request_timeout_ms);
        self.wake.by(deadline);
        let parts = connection.request(&request, ASK_VERSIONS, deadline, Purpose::Versions);
        out.push(Output::Send { conn, parts });
        link.state = LinkState::Asked(connection);
    }

    /// A connection came to nothing or is over. Answers what was asked on it.
    pub(super) fn on_closed(&mut self, conn: Conn, now: Instant, draws: &mut dyn Draws) -> Vec<T> {
        let Some(peer) = self.peers.remove(&conn) else { return Vec::new() };
        let link = self.links.get_mut(&peer).expect("a connection belongs to a link");
        link.failures += 1;
        link.ends += 1;
        let (base, most) = (self.config.reconnect_backoff_ms, self.config.reconnect_backoff_max_ms);
        let retry_at = now.plus_ms(backoff_ms(base, most, link.failures, conn.0, draws));
        let before = core::mem::replace(&mut link.state, LinkState::Down { retry_at });
        self.wake.by(retry_at);
        let purposes = match before {
            LinkState::Up(connection) | LinkState::Asked(connection) => connection.into_unanswered(),
            LinkState::Down { .. } | LinkState::Dialing { .. } => Vec::new(),
        };
        self.alarm(now);
        let mut lost = Vec::new();
        for purpose in purposes {
            match purpose {
                Purpose::Of(purpose) => lost.push(purpose),
                Purpose::Metadata => self.refresh = Refresh::Due(now.plus_ms(self.config.retry_backoff_ms)),
                Purpose::Versions => {}
            }
        }
        lost
    }

    /// Ends a connection that cannot be trusted any more.
    pub(super) fn end<N>(
        &mut self,
        conn: Conn,
        now: Instant,
        draws: &mut dyn Draws,
        out: &mut Vec<Output<N>>,
    ) -> Vec<T> {
        if self.peers.contains_key(&conn) {
            out.push(Output::Close { conn });
        }
        self.on_closed(conn, now, draws)
    }

    /// Ends every connection.
    pub(super) fn end_all<N>(&mut self, out: &mut Vec<Output<N>>) {
        out.extend(self.peers.keys().map(|conn| Output::Close { conn: *conn }));
        self.peers.clear();
        self.links.clear();
    }

    pub(super) fn on_frame<N>(
        &mut self,
        conn: Conn,
        frame: Bytes,
        now: Instant,
        draws: &mut dyn Draws,
        out: &mut Vec<Output<N>>,
    ) -> Arrived<T> {
        let Some(peer) = self.peers.get(&conn).copied() else { return Arrived::Settled };
        let link = self.links.get_mut(&peer).expect("a connection belongs to a link");
        let answered = match &mut link.state {
            LinkState::Up(connection) | LinkState::Asked(connection) => connection.on_frame(frame),
            LinkState::Down { .. } | LinkState::Dialing { .. } => None,
        };
        let read = match answered {
            None => false,
            Some(answered) => match &answered.purpose {
                Purpose::Versions => self.on_versions(peer, &answered),
                Purpose::Metadata => {
                    let read = self.on_metadata(&answered, now);
                    self.leave_bootstrap(now, out);
                    read
                }
                Purpose::Of(_) => return Arrived::Answer(answered),
            },
        };
        if !read {
            return Arrived::Broken(self.end(conn, now, draws, out));
        }
        Arrived::Settled
    }

    fn on_versions(&mut self, peer: Peer, answered: &Answered<Purpose<T>>) -> bool {
        let Some(answer) = read::<ApiVersionsResponse, _>(answered) else { return false };
        if ErrorCode::from_wire(answer.error_code).is_error() {
            return false;
        }
        let versions = answer.api_keys.iter().map(|api| (api.api_key, (api.min_version, api.max_version))).collect();
        let link = self.links.get_mut(&peer).expect("its answer has just arrived");
        let down = LinkState::Down { retry_at: Instant(0) };
        if let LinkState::Asked(mut connection) = core::mem::replace(&mut link.state, down) {
            connection.set_versions(versions);
            link.state = LinkState::Up(connection);
        }
        true
    }

    fn on_metadata(&mut self, answered: &Answered<Purpose<T>>, now: Instant) -> bool {
        let Some(answer) = read::<MetadataResponse, _>(answered) else { return false };
        let is_whole = answer
            .topics
            .iter()
            .all(|topic| topic.error_code == 0 && topic.partitions.iter().all(|partition| partition.leader_id >= 0));
        self.metadata.apply(answer);
        let earliest = now.plus_ms(self.config.retry_backoff_ms);
        self.refresh = if is_whole {
            self.alarms = 0;
            Refresh::Fresh { until: now.plus_ms(self.config.metadata_max_age_ms), earliest }
        } else {
            Refresh::Due(earliest)
        };
        true
    }

    /// The brokers' own names are known: what served to learn them has served. It may be needed again.
    pub(super) fn leave_bootstrap<N>(&mut self, now: Instant, out: &mut Vec<Output<N>>) {
        if self.metadata.nodes().next().is_none() {
            return;
        }
        for (peer, link) in &mut self.links {
            if let (Peer::Bootstrap(_), LinkState::Up(connection)) = (peer, &link.state)
                && connection.in_flight() == 0
            {
                let conn = connection.conn();
                link.state = LinkState::Down { retry_at: now.plus_ms(self.config.reconnect_backoff_ms) };
                self.peers.remove(&conn);
                out.push(Output::Close { conn });
            }
        }
    }

    /// Metadata has turned out wrong: it is asked for again, as soon as the back-off allows.
    pub(super) fn alarm(&mut self, now: Instant) {
        self.alarms += 1;
        if let Refresh::Fresh { earliest, .. } = self.refresh {
            self.refresh = Refresh::Due(earliest.max(now));
        }
    }

    /// A topic that nothing is known of yet: it is asked for at once.
    pub(super) fn want(&mut self, topic: &ByteString, now: Instant) {
        if self.metadata.want(topic) && self.refresh != Refresh::Asked {
            self.refresh = Refresh::Due(now);
        }
    }

    /// Asks for metadata where it is due.
    pub(super) fn refresh<N>(&mut self, now: Instant, draws: &mut dyn Draws, out: &mut Vec<Output<N>>) {
        match self.refresh {
            Refresh::Asked => return,
            Refresh::Due(at) | Refresh::Fresh { until: at, .. } if at > now => return self.wake.by(at),
            Refresh::Due(_) | Refresh::Fresh { .. } => {}
        }
        let ready = self.least_busy();
        if self.alarms > 1 || ready.is_empty() {
            // Whoever is connected may be who is wrong: with every alarm one more broker is there to be asked.
            self.dial_another(ready.is_empty(), now, draws, out);
        }
        if ready.is_empty() {
            return;
        }
        let drawn = draws.below(Site::ClientBootstrap, u64::from(self.alarms), ready.len() as u64);
        self.ask_metadata(ready[drawn as usize], now, out);
    }

    /// The brokers that a connection stands to and fewest answers are due from: behind a long poll, an answer takes long.
    fn least_busy(&self) -> Vec<Peer> {
        let up = self.links.iter().filter_map(|(peer, link)| match &link.state {
            LinkState::Up(connection) => Some((*peer, connection.in_flight())),
            _ => None,
        });
        let up: Vec<_> = up.collect();
        let least = up.iter().map(|(_, in_flight)| *in_flight).min();
        up.into_iter().filter(|(_, in_flight)| Some(*in_flight) == least).map(|(peer, _)| peer).collect()
    }

    fn ask_metadata<N>(&mut self, peer: Peer, now: Instant, out: &mut Vec<Output<N>>) {
        let Some(Link { state: LinkState::Up(connection), .. }) = self.links.get_mut(&peer) else { return };
        let Some(version) = connection.version(ApiKey::Metadata, self.config.versions.metadata) else {
            // A broker that has no version in common with this client: another may.
            let later = now.plus_ms(self.config.retry_backoff_max_ms);
            self.refresh = Refresh::Due(later);
            return self.wake.by(later);
        };
        let deadline = now.plus_ms(self.config.request_timeout_ms);
        let request = self.metadata.request(self.config.allow_auto_topic_creation);
        let parts = connection.request(&request, version, deadline, Purpose::Metadata);
        out.push(Output::Send { conn: connection.conn(), parts });
        self.wake.by(deadline);
        self.refresh = Refresh::Asked;
    }

    /// Dials a broker that there is no connection to; a bootstrap server where no broker may be dialed now.
    fn dial_another<N>(&mut self, is_needed: bool, now: Instant, draws: &mut dyn Draws, out: &mut Vec<Output<N>>) {
        let under_way =
            self.links.values().any(|link| matches!(link.state, LinkState::Dialing { .. } | LinkState::Asked(_)));
        if under_way {
            return;
        }
        let nodes: Vec<Peer> = self.metadata.nodes().map(Peer::Node).filter(|peer| self.may_dial(*peer, now)).collect();
        let servers = (0..self.config.bootstrap.len()).map(Peer::Bootstrap);
        let peers = match nodes.is_empty() && is_needed {
            true => servers.filter(|peer| self.may_dial(*peer, now)).collect(),
            false => nodes,
        };
        if peers.is_empty() {
            // One whose time has come and which is not among the peers is a broker that the metadata forgot.
            let retries = self.links.values().filter_map(|link| match link.state {
                LinkState::Down { retry_at } if retry_at > now => Some(retry_at),
                _ => None,
            });
            if let Some(retry_at) = retries.filter(|_| is_needed).min() {
                self.wake.by(retry_at);
            }
            return;
        }
        let drawn = draws.below(Site::ClientBootstrap, u64::from(self.alarms), peers.len() as u64);
        self.dial(peers[drawn as usize], now, out);
    }

    fn may_dial(&self, peer: Peer, now: Instant) -> bool {
        self.links.get(&peer).is_none_or(|link| matches!(link.state, LinkState::Down { retry_at } if retry_at <= now))
    }

    /// Ends what has been silent for too long, and notes what is still waited for. Answers the requests that are lost.
    pub(super) fn on_wake<N>(&mut self, now: Instant, draws: &mut dyn Draws, out: &mut Vec<Output<N>>) -> Vec<T> {
        self.wake.restart();
        let mut late = Vec::new();
        for link in self.links.values() {
            let (conn, deadline) = match &link.state {
                LinkState::Dialing { conn, deadline } => (*conn, Some(*deadline)),
                LinkState::Up(connection) | LinkState::Asked(connection) => (connection.conn(), connection.deadline()),
                LinkState::Down { .. } => continue,
            };
            match deadline {
                Some(deadline) if deadline <= now => late.push(conn),
                Some(deadline) => self.wake.by(deadline),
                None => {}
            }
        }
        late.into_iter().flat_map(|conn| self.end(conn, now, draws, out)).collect()
    }
}

/// The answer, if it is one.
pub(super) fn read<R: Response, T>(answered: &Answered<Purpose<T>>) -> Option<R> {
    answered.read().ok()
}
