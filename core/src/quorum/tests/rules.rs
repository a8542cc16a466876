//! The rules, one by one.

use super::super::*;
use super::model_log::{LogState, ModelSnapshot};
use super::stand::{Stand, batch, current, end, fetch_of, granted, sent};
use super::world::{code, endpoints, key, snapshot_bytes, voter};
use crate::types::{ErrorCode, LeaderEpoch, NodeId, Offset};
use bytes::Bytes;
use core::time::Duration;

fn pre_votes(out: &[Output]) -> Vec<bool> {
    let votes = sent(out).into_iter().filter_map(|it| match it.2 {
        Request::Vote(vote) => Some(vote.pre_vote),
        _ => None,
    });
    votes.collect()
}

fn error(response: Option<Response>) -> ErrorCode {
    code(&response.expect("an answer"))
}

#[test]
fn no_epoch_rises_before_a_majority_of_pre_votes() {
    let mut stand = Stand::new(3, &[1]);
    let out = stand.pass(1_999);
    assert_eq!(
        (stand.quorum.role_name(), stand.quorum.epoch(), pre_votes(&out)),
        ("Prospective", LeaderEpoch(1), vec![true; 2])
    );
    let (_, correlation, _) = sent(&out)[0];
    let out = stand.respond(1, correlation, Response::Refused(ErrorCode::UnsupportedVersion));
    assert_eq!(
        (stand.quorum.role_name(), stand.quorum.epoch(), pre_votes(&out)),
        ("Candidate", LeaderEpoch(2), vec![false; 2])
    );
}

#[test]
fn a_refused_pre_vote_leads_back_to_the_leader() {
    let mut stand = Stand::new(3, &[]);
    stand.follow(3);
    let mut out = stand.pass(2_000);
    // The fetch that was under way to the leader failed at the same moment.
    out.extend(stand.pass(30));
    assert_eq!(pre_votes(&out), [true, true]);
    for (peer, correlation, _) in sent(&out) {
        let PeerId::Node(peer) = peer else { panic!() };
        stand.respond(
            peer.0,
            correlation,
            Response::Vote { error: ErrorCode::None, current: current(Some(1), 3), granted: false },
        );
    }
    assert_eq!((stand.quorum.role_name(), stand.quorum.leader()), ("Follower", Some(NodeId(1))));
}

#[test]
fn a_follower_that_fetches_denies_pre_votes() {
    let mut stand = Stand::new(3, &[]);
    let (correlation, _) = stand.follow(3);
    assert!(granted(stand.ask(stand.vote(2, 3, end(0, 0), true))), "it has not fetched yet");
    stand.fetched(correlation, 3, -1, Fetched::Records(Bytes::new()));
    assert!(!granted(stand.ask(stand.vote(2, 3, end(0, 0), true))));
    assert!(!granted(stand.ask(stand.vote(2, 3, end(0, 0), false))));
}

#[test]
fn one_vote_an_epoch_and_only_for_a_log_that_is_as_complete() {
    let mut stand = Stand::new(3, &[1, 2]);
    for (at, is_granted) in [(end(1, 9), false), (end(2, 1), false), (end(2, 2), true), (end(3, 1), true)] {
        assert_eq!(granted(stand.ask(stand.vote(1, 4, at, true))), is_granted, "pre-vote of {at:?}");
    }
    assert!(!granted(stand.ask(stand.vote(1, 4, end(1, 9), false))));
    assert!(granted(stand.ask(stand.vote(1, 4, end(2, 2), false))));
    assert!(granted(stand.ask(stand.vote(1, 4, end(2, 2), false))), "the answer may have been lost");
    assert!(!granted(stand.ask(stand.vote(2, 4, end(3, 9), false))));
    assert!(granted(stand.ask(stand.vote(2, 5, end(3, 9), false))), "a later epoch is another election");
}

#[test]
fn a_vote_and_a_candidacy_leave_when_they_are_durable() {
    let mut stand = Stand::new(3, &[]);
    let vote = stand.vote(1, 4, end(0, 0), false);
    let out = stand.call(|quorum, cx| quorum.on_request(super::world::asker(9), None, vote, cx));
    assert!(
        matches!(out[0], Output::WriteElectionState(..)) && !out.iter().any(|it| matches!(it, Output::Answer { .. }))
    );
    let out = stand.call(|quorum, cx| quorum.on_election_state_written(cx));
    assert!(out.iter().any(|it| matches!(it, Output::Answer { .. })));

    let mut stand = Stand::new(3, &[]);
    let (_, correlation, _) = sent(&stand.pass(2_000))[0];
    let granted = Response::Vote { error: ErrorCode::None, current: current(None, 0), granted: true };
    let peer = PeerId::Node(NodeId(1));
    let out = stand.call(|quorum, cx| quorum.on_response(peer, correlation, granted, cx));
    assert_eq!((stand.quorum.role_name(), sent(&out).len()), ("Candidate", 0));
    let out = stand.call(|quorum, cx| quorum.on_election_state_written(cx));
    assert_eq!(sent(&out).len(), 2);
}

#[test]
fn whoever_led_or_stood_does_neither_again_in_that_epoch() {
    let voters = || VoterSet::new((0..3).map(|it| voter(it, 0)));
    let led = ElectionState { epoch: LeaderEpoch(4), leader: Some(NodeId(0)), voted: None, voters: vec![] };
    let mut stand = Stand::with(voters(), &[4], Some(led));
    assert_eq!(stand.quorum.role_name(), "Resigned");
    assert!(!granted(stand.ask(stand.vote(1, 4, end(3, 9), false))));
    stand.pass(2_000);
    assert_eq!(stand.quorum.epoch(), LeaderEpoch(5));
    let stood = ElectionState { epoch: LeaderEpoch(4), leader: None, voted: Some(key(0, 0)), voters: vec![] };
    let mut stand = Stand::with(voters(), &[], Some(stood));
    assert!(!granted(stand.ask(stand.vote(1, 4, end(3, 9), false))));
    stand.lead();
    assert_eq!(stand.quorum.epoch(), LeaderEpoch(5));
}

#[test]
fn a_single_voter_leads_when_its_vote_and_its_record_are_durable() {
    let mut stand = Stand::new(1, &[1, 1]);
    assert_eq!((stand.quorum.role_name(), stand.quorum.high_watermark()), ("Leader", Offset(5)));
    assert_eq!(stand.append(), Offset(5));
    let out = stand.pass(25);
    assert!(out.contains(&Output::HighWatermarkAdvanced(Offset(6))));
}

#[test]
fn a_majority_commits_what_it_made_durable_and_only_with_the_leaders_own_epoch() {
    let mut stand = Stand::new(3, &[1, 1]);
    stand.lead();
    assert_eq!(stand.log.end(), end(2, 5), "LEADER_CHANGE, KRAFT_VERSION and KRAFT_VOTERS");
    stand.ask(Request::Fetch(stand.fetch_by(key(1, 0), end(1, 2))));
    stand.ask(Request::Fetch(stand.fetch_by(key(2, 0), end(1, 2))));
    assert_eq!(stand.quorum.high_watermark(), Offset(0), "records of an earlier epoch do not commit by themselves");
    stand.ask(Request::Fetch(stand.fetch_by(key(1, 0), end(2, 5))));
    assert_eq!(stand.quorum.high_watermark(), Offset(5));
    stand.append();
    stand.now += 25;
    let out = stand.call(|quorum, cx| quorum.on_wake(cx));
    assert!(out.contains(&Output::SyncLog) && stand.log.end() == end(2, 6));
    let fetch = stand.fetch_by(key(1, 0), end(2, 6));
    let asker = super::world::asker(99);
    stand.call(|quorum, cx| quorum.on_request(asker, None, Request::Fetch(fetch), cx));
    assert_eq!(stand.quorum.high_watermark(), Offset(5), "the leader's own record is not durable");
    let out = stand.call(|quorum, cx| quorum.on_synced(cx));
    assert!(out.contains(&Output::HighWatermarkAdvanced(Offset(6))));
}

#[test]
fn a_wiped_voter_counts_for_nothing() {
    let mut stand = Stand::new(3, &[]);
    stand.lead();
    stand.ask(Request::Fetch(stand.fetch_by(key(1, 1), end(1, 3))));
    assert_eq!(stand.quorum.high_watermark(), Offset(0));
    let mut voter = Stand::new(3, &[]);
    let vote = Vote {
        epoch: LeaderEpoch(1),
        candidate: key(1, 0),
        voter: Some(key(0, 9)),
        log_end: end(0, 0),
        pre_vote: false,
    };
    assert_eq!(error(voter.ask(Request::Vote(vote))), ErrorCode::InvalidVoterKey);
}

#[test]
fn a_follower_fetches_when_what_it_has_is_durable() {
    let mut stand = Stand::new(3, &[]);
    let (correlation, fetch) = stand.follow(3);
    assert_eq!((fetch.from, fetch.high_watermark), (end(0, 0), Some(Offset(0))));
    let response = Response::Fetch {
        error: ErrorCode::None,
        current: current(Some(1), 3),
        high_watermark: Some(Offset(1)),
        log_start: Offset(0),
        fetched: Fetched::Records(batch(0, 3)),
    };
    let out = stand.call(|quorum, cx| quorum.on_response(PeerId::Node(NodeId(1)), correlation, response, cx));
    assert!(out.contains(&Output::SyncLog) && fetch_of(&out).is_none());
    let out = stand.call(|quorum, cx| quorum.on_synced(cx));
    let (_, fetch) = fetch_of(&out).unwrap();
    assert_eq!((fetch.from, fetch.high_watermark), (end(3, 1), Some(Offset(1))));
}

#[test]
fn hostile_batches_are_not_appended() {
    let mut torn = batch(0, 3).to_vec();
    *torn.last_mut().unwrap() ^= 1;
    for bytes in [torn.into(), batch(1, 3), batch(0, 4), batch(0, 3).slice(..40)] {
        let mut stand = Stand::new(3, &[]);
        let (correlation, _) = stand.follow(3);
        let out = stand.fetched(correlation, 3, 9, Fetched::Records(bytes));
        assert_eq!((stand.log.end(), fetch_of(&out)), (end(0, 0), None), "it waits before it asks again");
        assert!(fetch_of(&stand.pass(30)).is_some());
    }
}

#[test]
fn logs_that_part_are_cut_but_never_below_the_high_watermark() {
    let mut stand = Stand::new(3, &[1, 1, 2, 2]);
    let (correlation, fetch) = stand.follow(5);
    assert_eq!(fetch.from, end(2, 4));
    let out = stand.fetched(correlation, 5, -1, Fetched::Diverging(end(1, 9)));
    assert!(out.contains(&Output::Truncated(end(1, 2))));
    let (correlation, fetch) = fetch_of(&out).unwrap();
    assert_eq!(fetch.from, end(1, 2));
    let out = stand.fetched(correlation, 5, 2, Fetched::Records(batch(2, 5)));
    let (correlation, _) = fetch_of(&out).unwrap();
    let out = stand.fetched(correlation, 5, 3, Fetched::Records(Bytes::new()));
    assert_eq!(stand.quorum.high_watermark(), Offset(3));
    let (correlation, _) = fetch_of(&out).unwrap();
    let out = stand.fetched(correlation, 5, 3, Fetched::Diverging(end(1, 1)));
    let reason = HaltReason::DivergedBelowHighWatermark { to: Offset(1), high_watermark: Offset(3) };
    assert!(out.contains(&Output::Halt(reason)));
    assert!(stand.pass(9_000).is_empty(), "it stopped for good");
}

#[test]
fn a_leader_says_where_logs_part() {
    let mut stand = Stand::new(3, &[1, 1, 3]);
    stand.lead();
    for (from, diverging) in [(end(2, 3), end(1, 2)), (end(1, 3), end(1, 2)), (end(3, 4), end(3, 3))] {
        let answer = stand.ask(Request::Fetch(stand.fetch_by(key(1, 0), from)));
        let Some(Response::Fetch { fetched: Fetched::Diverging(at), .. }) = answer else {
            panic!("{from:?}: {answer:?}")
        };
        assert_eq!(at, diverging, "{from:?}");
    }
}

#[test]
fn a_leader_without_followers_and_one_whose_disk_hangs_resign() {
    let mut stand = Stand::new(3, &[]);
    stand.lead();
    stand.pass(1_000);
    stand.ask(Request::Fetch(stand.fetch_by(key(1, 0), end(1, 3))));
    stand.pass(2_999);
    assert!(stand.quorum.is_leader(), "one follower and itself are a majority");
    let out = stand.pass(1);
    assert_eq!(stand.quorum.role_name(), "Resigned");
    assert!(!out.is_empty());

    let mut stand = Stand::new(3, &[]);
    stand.lead();
    stand.append();
    stand.now += 25;
    assert!(stand.call(|quorum, cx| quorum.on_wake(cx)).contains(&Output::SyncLog));
    for ms in [1_000, 999, 1] {
        assert!(stand.quorum.is_leader());
        stand.now += ms;
        let fetch = stand.fetch_by(key(1, 0), end(1, 3));
        stand.call(|quorum, cx| quorum.on_request(super::world::asker(99), None, Request::Fetch(fetch), cx));
    }
    assert_eq!(stand.quorum.role_name(), "Resigned");
}

#[test]
fn a_resigning_leader_names_its_successors_who_stand_one_after_the_other() {
    let mut stand = Stand::new(3, &[]);
    stand.lead();
    stand.ask(Request::Fetch(stand.fetch_by(key(2, 0), end(1, 3))));
    let epoch = stand.quorum.epoch();
    let out = stand.call(|quorum, cx| quorum.resign(epoch, cx));
    let ends = sent(&out).into_iter().filter_map(|it| match it.2 {
        Request::EndQuorumEpoch(end) => Some(end.preferred),
        _ => None,
    });
    assert_eq!(ends.collect::<Vec<_>>(), vec![vec![key(2, 0), key(1, 0)]; 2]);

    for (preferred, wait) in [(vec![key(0, 0), key(2, 0)], 0), (vec![key(2, 0), key(0, 0)], 500), (vec![], 1_000)] {
        let mut stand = Stand::new(3, &[]);
        stand.follow(3);
        let end = EndQuorumEpoch { leader: NodeId(1), epoch: LeaderEpoch(3), endpoints: endpoints(1), preferred };
        stand.ask(Request::EndQuorumEpoch(end));
        if wait > 0 {
            stand.pass(wait - 1);
            assert_eq!(stand.quorum.role_name(), "Follower");
            stand.pass(1);
        }
        assert_eq!(stand.quorum.role_name(), "Prospective", "after {wait} ms");
    }
}

#[test]
fn a_refused_redial_begins_a_pre_vote_and_silence_waits() {
    for (why, role) in [
        (RequestFailure::Refused, "Prospective"),
        (RequestFailure::Closed, "Follower"),
        (RequestFailure::TimedOut, "Follower"),
    ] {
        let mut stand = Stand::new(3, &[]);
        let (correlation, _) = stand.follow(3);
        stand.fail(1, correlation, why);
        assert_eq!(stand.quorum.role_name(), role, "{why:?}");
    }
}

#[test]
fn a_follower_that_knows_less_of_the_high_watermark_does_not_wait() {
    let mut stand = Stand::new(3, &[]);
    stand.lead();
    stand.ask(Request::Fetch(stand.fetch_by(key(1, 0), end(1, 3))));
    let fetch = |stand: &Stand, high_watermark: Option<i64>| {
        Request::Fetch(Fetch { high_watermark: high_watermark.map(Offset), ..stand.fetch_by(key(2, 0), end(1, 3)) })
    };
    assert_eq!(stand.ask(fetch(&stand, None)), None, "a sender before version 18 waits");
    assert_eq!(stand.ask(fetch(&stand, Some(3))), None);
    let Some(Response::Fetch { high_watermark, .. }) = stand.ask(fetch(&stand, Some(2))) else { panic!() };
    assert_eq!(high_watermark, Some(Offset(3)));
    let answered = stand.pass(500).into_iter().filter(|it| matches!(it, Output::Answer { .. })).count();
    assert_eq!(answered, 3, "the fetches that waited are answered in the end");
}

#[test]
fn requests_for_the_leader_are_refused_with_kafkas_codes() {
    let mut stand = Stand::new(3, &[1]);
    let fetch = |epoch, at| {
        Request::Fetch(Fetch {
            replica: Some(key(1, 0)),
            epoch: LeaderEpoch(epoch),
            from: end(at, 1),
            high_watermark: None,
            max_wait: Duration::ZERO,
            max_bytes: 1,
        })
    };
    for (epoch, at, refused) in [
        (0, 0, ErrorCode::FencedLeaderEpoch),
        (1, 1, ErrorCode::NotLeaderOrFollower),
        (2, 1, ErrorCode::UnknownLeaderEpoch),
        (1, 2, ErrorCode::InvalidRequest),
    ] {
        assert_eq!(error(stand.ask(fetch(epoch, at))), refused, "epoch {epoch}");
    }
    assert_eq!(error(stand.ask(stand.vote(1, 0, end(0, 0), true))), ErrorCode::FencedLeaderEpoch);
    assert_eq!(error(stand.ask(stand.vote(1, 1, end(1, 1), false))), ErrorCode::InvalidRequest);
    assert_eq!(error(stand.ask(Request::DescribeQuorum)), ErrorCode::NotLeaderOrFollower);
    let asker = super::world::asker(9);
    let out = stand.call(|quorum, cx| quorum.on_request(asker, Some("another"), fetch(1, 1), cx));
    assert!(out.contains(&Output::Answer { asker, response: Response::Refused(ErrorCode::InconsistentClusterId) }));
}

#[test]
fn a_leader_whose_listeners_are_unknown_is_followed_when_they_are_known() {
    let mut stand = Stand::of(LogState::default(), None, QuorumConfig::default());
    let begin = BeginQuorumEpoch { leader: NodeId(1), epoch: LeaderEpoch(3), endpoints: Endpoints::new(), voter: None };
    stand.ask(Request::BeginQuorumEpoch(begin));
    assert_eq!((stand.quorum.role_name(), stand.quorum.leader()), ("Unattached", Some(NodeId(1))));
    let out = stand.pass(3_000);
    let (peer, correlation, _) = sent(&out).remove(0);
    let response = Response::Fetch {
        error: ErrorCode::None,
        current: current(Some(1), 3),
        high_watermark: None,
        log_start: Offset(0),
        fetched: Fetched::Records(Bytes::new()),
    };
    stand.call(|quorum, cx| quorum.on_response(peer, correlation, response, cx));
    assert_eq!(stand.quorum.role_name(), "Follower");
}

#[test]
fn no_message_pushes_the_epoch_to_its_end() {
    let mut stand = Stand::new(3, &[]);
    let last = i32::MAX;
    assert_eq!(error(stand.ask(stand.vote(1, last, end(0, 0), true))), ErrorCode::InvalidRequest);
    assert_eq!(error(stand.ask(stand.vote(1, 1, end(0, -1), true))), ErrorCode::InvalidRequest);
    let begin = BeginQuorumEpoch { leader: NodeId(2), epoch: LeaderEpoch(last), endpoints: endpoints(2), voter: None };
    assert_eq!(error(stand.ask(Request::BeginQuorumEpoch(begin))), ErrorCode::InvalidRequest);
    let out = stand.pass(1_999);
    for (peer, correlation, _) in sent(&out) {
        let PeerId::Node(peer) = peer else { continue };
        let current = current(None, last);
        stand.respond(peer.0, correlation, Response::Vote { error: ErrorCode::None, current, granted: true });
    }
    assert_eq!(stand.quorum.epoch(), LeaderEpoch(0));
}

#[test]
fn a_second_leader_of_an_epoch_is_refused() {
    let mut stand = Stand::new(3, &[]);
    stand.follow(3);
    let begin = BeginQuorumEpoch { leader: NodeId(2), epoch: LeaderEpoch(3), endpoints: endpoints(2), voter: None };
    assert_eq!(error(stand.ask(Request::BeginQuorumEpoch(begin))), ErrorCode::InvalidRequest);
    assert_eq!(stand.quorum.leader(), Some(NodeId(1)));
}

#[test]
fn a_replica_whose_log_fails_stops_for_good() {
    let mut stand = Stand::new(3, &[]);
    let (correlation, _) = stand.follow(3);
    stand.log.fail = true;
    let out = stand.fetched(correlation, 3, -1, Fetched::Records(batch(0, 3)));
    assert!(out.contains(&Output::Halt(HaltReason::Storage)));
    assert!(stand.pass(9_000).is_empty());
}

fn with_snapshot() -> (Stand, SnapshotId) {
    let control = ControlState { kraft_version: 1, voters: Some(VoterSet::new((0..3).map(|it| voter(it, 0)))) };
    let id = SnapshotId { end_offset: Offset(4), epoch: LeaderEpoch(2) };
    let snapshots = [(id, ModelSnapshot { bytes: snapshot_bytes(0, &control), control })].into();
    let state = LogState { start: Offset(4), start_epoch: LeaderEpoch(2), batches: vec![batch(4, 2)], snapshots };
    (Stand::of(state, None, QuorumConfig::default()), id)
}

#[test]
fn whoever_is_behind_the_log_start_is_told_to_fetch_the_snapshot() {
    let (mut stand, id) = with_snapshot();
    stand.lead();
    for from in [end(0, 0), end(1, 3), end(1, 4), end(1, 9)] {
        let answer = stand.ask(Request::Fetch(stand.fetch_by(key(1, 0), from)));
        assert!(matches!(answer, Some(Response::Fetch { fetched: Fetched::Snapshot(it), .. }) if it == id), "{from:?}");
    }
    let fetch = |id, position| {
        Request::FetchSnapshot(FetchSnapshot {
            replica: Some(key(1, 0)),
            epoch: LeaderEpoch(3),
            id,
            position,
            max_bytes: 5,
        })
    };
    assert_eq!(error(stand.ask(fetch(SnapshotId::BOOTSTRAP, 0))), ErrorCode::SnapshotNotFound);
    assert_eq!(error(stand.ask(fetch(id, 1 << 20))), ErrorCode::PositionOutOfRange);
    let Some(Response::FetchSnapshot { chunk: Some(chunk), .. }) = stand.ask(fetch(id, 7)) else { panic!() };
    assert_eq!((chunk.position, chunk.bytes.len()), (7, 5));
}

#[test]
fn a_follower_fetches_a_snapshot_piece_by_piece_and_takes_its_voters() {
    let mut stand = Stand::new(3, &[]);
    let (correlation, _) = stand.follow(3);
    let voters = VoterSet::new((0..2).map(|it| voter(it, 0)));
    let control = ControlState { kraft_version: 1, voters: Some(voters.clone()) };
    let (whole, id) = (snapshot_bytes(7, &control), SnapshotId { end_offset: Offset(9), epoch: LeaderEpoch(2) });
    let mut out = stand.fetched(correlation, 3, -1, Fetched::Snapshot(id));
    for (position, to) in [(0, 10), (10, whole.len())] {
        let (_, correlation, request) = sent(&out).remove(0);
        let Request::FetchSnapshot(fetch) = request else { panic!("{request:?}") };
        assert_eq!((fetch.id, fetch.position), (id, position as u64));
        let chunk =
            SnapshotChunk { id, size: whole.len() as u64, position: fetch.position, bytes: whole.slice(position..to) };
        let current = current(Some(1), 3);
        out = stand.respond(
            1,
            correlation,
            Response::FetchSnapshot { error: ErrorCode::None, current, chunk: Some(chunk) },
        );
    }
    assert!(out.contains(&Output::SyncSnapshot(id)) && sent(&out).is_empty());
    let out = stand.call(|quorum, cx| quorum.on_snapshot_synced(id, Some(control), cx));
    assert!(out.contains(&Output::SnapshotInstalled(id)) && out.contains(&Output::HighWatermarkAdvanced(Offset(9))));
    assert!(fetch_of(&out).is_none(), "the log's new start is not durable");
    let (_, fetch) = fetch_of(&stand.settle(out)).unwrap();
    assert_eq!((fetch.from, stand.quorum.voters().latest()), (end(2, 9), &voters));
}

fn add(at: usize) -> AddVoter {
    let timeout = Duration::from_secs(1);
    AddVoter { voter: key(at, 0), endpoints: endpoints(at), ack_when_committed: true, timeout }
}

/// A leader of three voters whose epoch has a committed record.
fn leading() -> Stand {
    let mut stand = Stand::new(3, &[]);
    stand.lead();
    assert_eq!(error(stand.ask(Request::AddVoter(add(3)))), ErrorCode::RequestTimedOut, "nothing is committed yet");
    stand.ask(Request::Fetch(stand.fetch_by(key(1, 0), end(1, 3))));
    stand
}

fn versions(stand: &mut Stand, out: &[Output], kraft_versions: Option<KRaftVersions>) -> Vec<Output> {
    let (_, correlation, _) = sent(out).into_iter().find(|it| it.2 == Request::ApiVersions).expect("ApiVersions");
    stand.respond(3, correlation, Response::ApiVersions { error: ErrorCode::None, kraft_versions })
}

#[test]
fn a_voter_is_added_when_it_is_caught_up_and_answers_and_holds_at_once() {
    let mut stand = leading();
    assert_eq!(error(stand.ask(Request::AddVoter(add(2)))), ErrorCode::DuplicateVoter);
    let (out, answer) = stand.ask_all(Request::AddVoter(add(3)));
    assert_eq!(answer, None);
    assert_eq!(error(stand.ask(Request::AddVoter(add(4)))), ErrorCode::RequestTimedOut, "one change at a time");
    let refused = |out: &[Output]| {
        out.iter().find_map(|it| match it {
            Output::Answer { response: Response::AddVoter(it), .. } => Some(it.error),
            _ => None,
        })
    };
    let out = versions(&mut stand, &out, Some((0, 1)));
    assert_eq!(refused(&out), Some(ErrorCode::RequestTimedOut), "it never fetched");
    stand.ask(Request::Fetch(stand.fetch_by(key(3, 0), end(1, 3))));
    let (out, _) = stand.ask_all(Request::AddVoter(add(3)));
    assert_eq!(refused(&versions(&mut stand, &out, None)), Some(ErrorCode::InvalidRequest));
    let (out, _) = stand.ask_all(Request::AddVoter(add(3)));
    let out = versions(&mut stand, &out, Some((0, 1)));
    assert_eq!((refused(&out), stand.quorum.voters().latest().len()), (None, 4), "uncommitted voters hold");
    let (out, _) = stand.ask_all(Request::Fetch(stand.fetch_by(key(1, 0), end(1, 4))));
    assert_eq!((refused(&out), stand.quorum.high_watermark()), (None, Offset(3)), "two of four are no majority");
    assert_eq!(error(stand.ask(Request::RemoveVoter(key(3, 0)))), ErrorCode::RequestTimedOut);
    let (out, _) = stand.ask_all(Request::Fetch(stand.fetch_by(key(3, 0), end(1, 4))));
    assert_eq!((refused(&out), stand.quorum.high_watermark()), (Some(ErrorCode::None), Offset(4)));
}

#[test]
fn a_change_that_took_too_long_is_waited_for_all_the_same() {
    let mut stand = leading();
    assert_eq!(stand.ask(Request::RemoveVoter(key(2, 0))), None);
    let out = stand.pass(2_000);
    let expired = VoterChangeAnswer { error: ErrorCode::RequestTimedOut, message: None };
    let answers =
        |it: &Output| matches!(it, Output::Answer { response: Response::RemoveVoter(it), .. } if *it == expired);
    assert!(out.iter().any(answers));
    assert_eq!(error(stand.ask(Request::RemoveVoter(key(1, 0)))), ErrorCode::RequestTimedOut);
    assert_eq!(stand.quorum.voters().latest().len(), 2, "two uncommitted changes could elect two leaders");
    stand.ask(Request::Fetch(stand.fetch_by(key(1, 0), end(1, 4))));
    assert_eq!(error(stand.ask(Request::RemoveVoter(key(1, 0)))), ErrorCode::None);
}

#[test]
fn a_leader_that_removes_itself_leads_until_the_removal_is_committed() {
    let mut stand = leading();
    assert_eq!(error(stand.ask(Request::RemoveVoter(key(1, 5)))), ErrorCode::VoterNotFound);
    assert_eq!(stand.ask(Request::RemoveVoter(key(0, 0))), None);
    assert!(stand.quorum.is_leader() && !stand.quorum.is_voter());
    stand.ask(Request::Fetch(stand.fetch_by(key(1, 0), end(1, 4))));
    assert!(stand.quorum.is_leader(), "the leader itself does not count");
    let (out, _) = stand.ask_all(Request::Fetch(stand.fetch_by(key(2, 0), end(1, 4))));
    let done = VoterChangeAnswer { error: ErrorCode::None, message: None };
    let answers = |it: &Output| matches!(it, Output::Answer { response: Response::RemoveVoter(it), .. } if *it == done);
    assert!(out.iter().any(answers));
    assert_eq!(stand.quorum.role_name(), "Resigned");
}

#[test]
fn a_voter_whose_removal_may_not_be_committed_stands_for_election() {
    let mut stand = leading();
    stand.ask(Request::RemoveVoter(key(0, 0)));
    let election = ElectionState { epoch: LeaderEpoch(1), leader: None, voted: Some(key(0, 0)), voters: vec![] };
    let mut again = Stand::of(stand.log.live, Some(election), QuorumConfig::default());
    assert_eq!(pre_votes(&again.pass(1_999)), [true, true]);
}

#[test]
fn a_truncation_takes_voters_back() {
    let mut stand = Stand::new(3, &[1]);
    let (correlation, _) = stand.follow(3);
    let voters = VoterSet::new((0..2).map(|it| voter(it, 0)));
    let message = ControlMessage::KRaftVoters(voters.to_record()).encode(&mut bytes::BytesMut::new());
    let batch = crate::record::control_batch(Offset(1), LeaderEpoch(3), crate::types::Timestamp(0), &[message]);
    stand.fetched(correlation, 3, -1, Fetched::Records(batch));
    assert_eq!(stand.quorum.voters().latest(), &voters);
    let (correlation, _) = stand.follow(4);
    stand.fetched(correlation, 4, -1, Fetched::Diverging(end(1, 1)));
    assert_eq!(stand.quorum.voters().latest().len(), 3);
}

#[test]
fn a_voter_tells_its_listeners_and_a_controller_joins_by_itself() {
    let of = |voters: Vec<Voter>, auto_join: bool| {
        let control = ControlState { kraft_version: 1, voters: Some(VoterSet::new(voters)) };
        let snapshot = ModelSnapshot { bytes: snapshot_bytes(0, &control), control };
        let state = LogState { snapshots: [(SnapshotId::BOOTSTRAP, snapshot)].into(), ..LogState::default() };
        let mut stand = Stand::of(state, None, QuorumConfig { auto_join, ..QuorumConfig::default() });
        let (correlation, _) = stand.follow(3);
        stand.now += 1_900;
        let out = stand.fetched(correlation, 3, -1, Fetched::Records(Bytes::new()));
        let (correlation, _) = fetch_of(&out).unwrap();
        stand.now += 200;
        let out = stand.fetched(correlation, 3, -1, Fetched::Records(Bytes::new()));
        sent(&out).remove(0).2
    };
    let moved = Voter { endpoints: endpoints(7), ..voter(0, 0) };
    assert!(matches!(of(vec![moved, voter(1, 0)], false), Request::UpdateVoter(it) if it.endpoints == endpoints(0)));
    assert!(matches!(of(vec![voter(0, 0), voter(1, 0)], true), Request::Fetch(_)));
    assert!(matches!(of(vec![voter(1, 0)], false), Request::Fetch(_)));
    assert!(matches!(of(vec![voter(1, 0)], true), Request::AddVoter(it) if it.voter == key(0, 0)));
    assert!(matches!(of(vec![voter(0, 9), voter(1, 0)], true), Request::RemoveVoter(it) if it == key(0, 9)));
}

#[test]
fn a_leader_describes_its_quorum() {
    let mut stand = leading();
    stand.ask(Request::Fetch(stand.fetch_by(key(5, 0), end(1, 3))));
    let Some(Response::DescribeQuorum(Ok(quorum))) = stand.ask(Request::DescribeQuorum) else { panic!() };
    let ends: Vec<_> = quorum.voters.iter().map(|it| (it.key.id.0, it.log_end.map(|it| it.0))).collect();
    assert_eq!(ends, [(0, Some(3)), (1, Some(3)), (2, None)]);
    assert_eq!(quorum.observers.iter().map(|it| it.key).collect::<Vec<_>>(), [key(5, 0)]);
    assert_eq!((quorum.leader, quorum.epoch, quorum.high_watermark), (NodeId(0), LeaderEpoch(1), Some(Offset(3))));
}

#[test]
fn a_shutdown_hands_the_leadership_on() {
    let mut stand = leading();
    let until = crate::types::Instant((stand.now + 5_000) * 1_000_000);
    let out = stand.call(|quorum, cx| quorum.shutdown(until, cx));
    assert_eq!((stand.quorum.role_name(), sent(&out).len()), ("Resigned", 2));
    stand.follow(2);
    let out = stand.pass(1);
    assert!(out.contains(&Output::ShutDown) || stand.quorum.next_wake(until).is_none());
}
