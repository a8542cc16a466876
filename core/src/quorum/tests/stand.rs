//! One replica, node 0, whose peers are the test.

use super::super::*;
use super::model_log::{LogState, ModelLog, ModelSnapshot};
use super::world::{Dice, LISTENER, asker, endpoint, endpoints, key, snapshot_bytes, voter};
use crate::record::BatchBuilder;
use crate::types::{ErrorCode, Instant, LeaderEpoch, NodeId, Now, Offset, Timestamp};
use bytes::Bytes;
use core::time::Duration;

pub struct Stand {
    pub quorum: Quorum,
    pub log: ModelLog,
    pub now: u64,
    dice: Dice,
    asked: u64,
}

/// A batch of one record.
pub fn batch(base: i64, epoch: i32) -> Bytes {
    let mut builder = BatchBuilder::new(64);
    builder.append(Timestamp(0), None, Some(&base.to_be_bytes()), &[]);
    builder.build_at(Offset(base), LeaderEpoch(epoch))
}

pub fn end(epoch: i32, offset: i64) -> LogEnd {
    LogEnd { epoch: LeaderEpoch(epoch), offset: Offset(offset) }
}

pub fn current(leader: Option<i32>, epoch: i32) -> CurrentLeader {
    let endpoints = leader.map(|it| endpoints(it as usize)).unwrap_or_default();
    CurrentLeader { leader: leader.map(NodeId), epoch: LeaderEpoch(epoch), endpoints }
}

impl Stand {
    /// Node 0 among so many voters, with a log of one-record batches of those epochs.
    pub fn new(voters: usize, epochs: &[i32]) -> Stand {
        Stand::with(VoterSet::new((0..voters).map(|it| voter(it, 0))), epochs, None)
    }

    pub fn with(voters: VoterSet, epochs: &[i32], election: Option<ElectionState>) -> Stand {
        let control = ControlState { kraft_version: 1, voters: Some(voters) };
        let bytes = snapshot_bytes(0, &control);
        let snapshots = [(SnapshotId::BOOTSTRAP, ModelSnapshot { bytes, control })].into();
        let batches = epochs.iter().enumerate().map(|(at, epoch)| batch(at as i64, *epoch)).collect();
        Stand::of(LogState { batches, snapshots, ..LogState::default() }, election, QuorumConfig::default())
    }

    pub fn of(state: LogState, election: Option<ElectionState>, config: QuorumConfig) -> Stand {
        let mut log = ModelLog::new(state);
        let mut dice = Dice(1);
        let identity = Identity {
            key: key(0, 0),
            cluster_id: "cluster".into(),
            listener: LISTENER.into(),
            endpoints: endpoints(0),
            kraft_versions: (0, 1),
        };
        let voters = log.live.history(VoterSet::default());
        let found = Found { election, voters, bootstrap: (0..3).map(endpoint).collect() };
        let (now, mut out) = (1_000, Vec::new());
        let clock = Now { mono: Instant(now * 1_000_000), wall: Timestamp(0) };
        let mut cx = Context { now: clock, draws: &mut dice, log: &mut log, out: &mut out };
        let quorum = Quorum::new(config, identity, found, &mut cx);
        let mut stand = Stand { quorum, log, now, dice, asked: 0 };
        let out = stand.call(|quorum, cx| quorum.on_wake(cx));
        stand.settle(out);
        stand
    }

    pub fn call(&mut self, input: impl FnOnce(&mut Quorum, &mut Context<'_>)) -> Vec<Output> {
        let mut out = Vec::new();
        let now = Now { mono: Instant(self.now * 1_000_000), wall: Timestamp(self.now as i64) };
        input(&mut self.quorum, &mut Context { now, draws: &mut self.dice, log: &mut self.log, out: &mut out });
        out
    }

    /// Makes durable what is asked for, until nothing more is; returns the other outputs.
    pub fn settle(&mut self, out: Vec<Output>) -> Vec<Output> {
        let (mut todo, mut others) = (out, Vec::new());
        while !todo.is_empty() {
            for output in core::mem::take(&mut todo) {
                match output {
                    Output::SyncLog => {
                        let mark = self.log.mark();
                        self.log.synced(mark);
                        todo.extend(self.call(|quorum, cx| quorum.on_synced(cx)));
                    }
                    Output::WriteElectionState(..) => {
                        todo.extend(self.call(|quorum, cx| quorum.on_election_state_written(cx)));
                    }
                    other => others.push(other),
                }
            }
        }
        others
    }

    pub fn pass(&mut self, ms: u64) -> Vec<Output> {
        self.now += ms;
        let out = self.call(|quorum, cx| quorum.on_wake(cx));
        self.settle(out)
    }

    /// Asks, and lets the disk be quick; none where the answer waits.
    pub fn ask(&mut self, request: Request) -> Option<Response> {
        self.ask_all(request).1
    }

    pub fn ask_all(&mut self, request: Request) -> (Vec<Output>, Option<Response>) {
        self.asked += 1;
        let own = asker(self.asked);
        let out = self.call(|quorum, cx| quorum.on_request(own, Some("cluster"), request, cx));
        let out = self.settle(out);
        let response = out.iter().find_map(|it| match it {
            Output::Answer { asker, response } if *asker == own => Some(response.clone()),
            _ => None,
        });
        (out, response)
    }

    pub fn respond(&mut self, peer: i32, correlation: Correlation, response: Response) -> Vec<Output> {
        let peer = PeerId::Node(NodeId(peer));
        let out = self.call(|quorum, cx| quorum.on_response(peer, correlation, response, cx));
        self.settle(out)
    }

    pub fn fail(&mut self, peer: i32, correlation: Correlation, why: RequestFailure) -> Vec<Output> {
        let out = self.call(|quorum, cx| quorum.on_request_failed(PeerId::Node(NodeId(peer)), correlation, why, cx));
        self.settle(out)
    }

    /// Follows node 1 in that epoch, and returns the first fetch.
    pub fn follow(&mut self, epoch: i32) -> (Correlation, Fetch) {
        let (out, response) = self.ask_all(Request::BeginQuorumEpoch(BeginQuorumEpoch {
            leader: NodeId(1),
            epoch: LeaderEpoch(epoch),
            endpoints: endpoints(1),
            voter: Some(key(0, 0)),
        }));
        assert_eq!(
            response,
            Some(Response::BeginQuorumEpoch { error: ErrorCode::None, current: current(Some(1), epoch) })
        );
        fetch_of(&out).expect("a fetch")
    }

    pub fn fetched(&mut self, correlation: Correlation, epoch: i32, hw: i64, fetched: Fetched) -> Vec<Output> {
        let response = Response::Fetch {
            error: ErrorCode::None,
            current: current(Some(1), epoch),
            high_watermark: Offset::from_wire(hw),
            log_start: Offset(0),
            fetched,
        };
        self.respond(1, correlation, response)
    }

    /// Wins the election of the next epoch, and returns what follows.
    pub fn lead(&mut self) -> Vec<Output> {
        let mut out = self.pass(2_000);
        while !self.quorum.is_leader() {
            let votes = sent(&out);
            assert!(!votes.is_empty(), "{} asks nobody", self.quorum.role_name());
            out.clear();
            for (peer, correlation, _) in votes {
                let current = current(None, self.quorum.epoch().0);
                let PeerId::Node(peer) = peer else { continue };
                out.extend(self.respond(
                    peer.0,
                    correlation,
                    Response::Vote { error: ErrorCode::None, current, granted: true },
                ));
            }
        }
        out
    }

    /// A fetch of a replica, which waits for news.
    pub fn fetch_by(&self, replica: ReplicaKey, from: LogEnd) -> Fetch {
        Fetch {
            replica: Some(replica),
            epoch: self.quorum.epoch(),
            from,
            high_watermark: None,
            max_wait: Duration::from_millis(500),
            max_bytes: 1 << 20,
        }
    }

    pub fn vote(&self, candidate: usize, epoch: i32, log_end: LogEnd, pre_vote: bool) -> Request {
        let voter = Some(key(0, 0));
        Request::Vote(Vote { epoch: LeaderEpoch(epoch), candidate: key(candidate, 0), voter, log_end, pre_vote })
    }

    pub fn append(&mut self) -> Offset {
        let epoch = self.quorum.epoch();
        let mut appended = None;
        self.call(|quorum, cx| appended = quorum.append(epoch, &[Bytes::from_static(b"x")], cx).ok());
        appended.expect("it leads")
    }
}

pub fn sent(out: &[Output]) -> Vec<(PeerId, Correlation, Request)> {
    let sent = out.iter().filter_map(|it| match it {
        Output::Send { peer, correlation, request, .. } => Some((*peer, *correlation, request.clone())),
        _ => None,
    });
    sent.collect()
}

pub fn fetch_of(out: &[Output]) -> Option<(Correlation, Fetch)> {
    sent(out).into_iter().find_map(|(_, correlation, request)| match request {
        Request::Fetch(fetch) => Some((correlation, fetch)),
        _ => None,
    })
}

pub fn granted(response: Option<Response>) -> bool {
    matches!(response, Some(Response::Vote { error: ErrorCode::None, granted: true, .. }))
}
