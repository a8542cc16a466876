//! The error answers to requests that cannot be served.

use super::asks::{commit_of, error, fetch_of, sync_of};
use super::stand::{Stand, config, join_of};
use crate::group::{GroupAnswer, GroupAsk, GroupConfig};
use crate::types::ErrorCode;
use crate::wire::{HeartbeatRequest, LeaveGroupRequest};
use bytes::Bytes;

/// Builds one request of each kind to `group`.
fn one_of_each(group: &str) -> Vec<GroupAsk> {
    let heartbeat = HeartbeatRequest { group_id: group.into(), ..HeartbeatRequest::default() };
    let leave = LeaveGroupRequest { group_id: group.into(), ..LeaveGroupRequest::default() };
    vec![
        GroupAsk::Join(join_of(group, "", None)),
        GroupAsk::Sync(sync_of(group, "m", 1, &[])),
        GroupAsk::Heartbeat(heartbeat),
        GroupAsk::Leave { request: leave, version: 5 },
        GroupAsk::CommitOffsets { request: commit_of(group, "m", 1, "t", 1), version: 9 },
        GroupAsk::FetchOffsets { request: fetch_of(group, Some(&["t"])), require_stable: true },
        GroupAsk::Describe { group: group.into(), version: 6 },
        GroupAsk::List { states: Vec::new(), types: Vec::new() },
        GroupAsk::Delete { group: group.into() },
        Stand::delete_offsets_of(group, "t"),
    ]
}

fn errors(stand: &mut Stand, group: &str) -> Vec<ErrorCode> {
    one_of_each(group)
        .into_iter()
        .map(|ask| {
            let id = stand.ask(ask);
            stand.error_of(id)
        })
        .collect()
}

#[test]
fn while_it_loads() {
    use ErrorCode::{CoordinatorLoadInProgress as Loading, None as Fine};
    let mut stand = Stand::new();
    stand.stable("g", 1);
    stand.restart_unloaded();
    let expected = [Loading, Loading, Fine, Loading, Loading, Loading, Loading, Loading, Loading, Loading];
    assert_eq!(errors(&mut stand, "g"), expected, "a heartbeat is good as long as it cannot be judged");
}

#[test]
fn when_its_log_cannot_be_read() {
    let mut stand = Stand::new();
    stand.stable("g", 1);
    stand.restart_unloaded();
    stand.hand(&[Bytes::from_static(b"no batch at all")]);
    assert_eq!(errors(&mut stand, "g"), [ErrorCode::CoordinatorNotAvailable; 10]);
    assert_eq!((stand.coordinator.wants_records(), stand.coordinator.next_wake()), (None, None));
}

#[test]
fn of_the_group_without_a_name() {
    use ErrorCode::{GroupIdNotFound, InvalidGroupId, None as Fine};
    let mut stand = Stand::new();
    let mut expected = vec![InvalidGroupId; 4];
    // The empty group id may have offsets, and there are none here.
    expected.extend([GroupIdNotFound, Fine, GroupIdNotFound, Fine, GroupIdNotFound, InvalidGroupId]);
    assert_eq!(errors(&mut stand, ""), expected);
}

#[test]
fn of_a_group_that_is_unknown() {
    use ErrorCode::{GroupIdNotFound, MemberIdRequired, None as Fine, UnknownMemberId};
    let mut stand = Stand::new();
    let asks = one_of_each("g");
    let expected = [
        MemberIdRequired,
        UnknownMemberId,
        UnknownMemberId,
        Fine,
        GroupIdNotFound,
        Fine,
        GroupIdNotFound,
        Fine,
        GroupIdNotFound,
        GroupIdNotFound,
    ];
    for (ask, expected) in asks.into_iter().zip(expected).rev() {
        let id = stand.ask(ask.clone());
        assert_eq!(stand.error_of(id), expected, "{ask:?}");
    }
}

#[test]
fn of_a_group_that_has_members_and_others_ask() {
    use ErrorCode::{NonEmptyGroup, None as Fine, UnknownMemberId};
    let mut stand = Stand::new();
    stand.stable("g", 1);
    for (ask, expected) in [
        (GroupAsk::Sync(sync_of("g", "m", 1, &[])), UnknownMemberId),
        (GroupAsk::Sync(sync_of("g", "", 1, &[])), UnknownMemberId),
        (GroupAsk::CommitOffsets { request: commit_of("g", "m", 1, "t", 1), version: 9 }, UnknownMemberId),
        (GroupAsk::FetchOffsets { request: fetch_of("g", Some(&["t"])), require_stable: true }, Fine),
        (GroupAsk::Delete { group: "g".into() }, NonEmptyGroup),
        (GroupAsk::Join(join_of("g", "m", None)), UnknownMemberId),
    ] {
        let id = stand.ask(ask.clone());
        assert_eq!(stand.error_of(id), expected, "{ask:?}");
    }
}

#[test]
fn a_join_with_bad_terms_keeps_its_member_id_in_the_answer() {
    let mut stand = Stand::with(GroupConfig { min_session_timeout_ms: 10, max_session_timeout_ms: 20, ..config() });
    for (session, expected) in [
        (9, ErrorCode::InvalidSessionTimeout),
        (10, ErrorCode::UnknownMemberId),
        (20, ErrorCode::UnknownMemberId),
        (21, ErrorCode::InvalidSessionTimeout),
        (-1, ErrorCode::InvalidSessionTimeout),
    ] {
        let mut ask = join_of("g", "m", None);
        ask.request.session_timeout_ms = session;
        let id = stand.join(ask);
        let answer = stand.join_answer(id);
        assert_eq!((error(answer.error_code), &*answer.member_id), (expected, "m"), "{session}");
        assert_eq!((answer.generation_id, answer.members.len()), (-1, 0));
    }
}

#[test]
fn protocols_that_do_not_agree() {
    let mut stand = Stand::new();
    let mut changed = |group: &str, kind: &str, protocols: &[&str]| {
        let mut ask = join_of(group, "", None);
        ask.request.protocol_type = kind.into();
        ask.request.protocols = protocols.iter().map(|name| super::stand::protocol(name, &["t"])).collect();
        let id = stand.join(ask);
        stand.join_error(id)
    };
    assert_eq!(changed("new", "", &["range"]), ErrorCode::InconsistentGroupProtocol);
    assert_eq!(changed("new", "consumer", &[]), ErrorCode::InconsistentGroupProtocol);
    stand.stable("g", 1);
    let mut changed = |kind: &str, protocols: &[&str]| {
        let mut ask = join_of("g", "", None);
        ask.request.protocol_type = kind.into();
        ask.request.protocols = protocols.iter().map(|name| super::stand::protocol(name, &["t"])).collect();
        let id = stand.join(ask);
        stand.join_error(id)
    };
    assert_eq!(changed("connect", &["range"]), ErrorCode::InconsistentGroupProtocol);
    assert_eq!(changed("consumer", &["sticky"]), ErrorCode::InconsistentGroupProtocol);
    assert_eq!(changed("consumer", &[]), ErrorCode::InconsistentGroupProtocol);
    assert_eq!(changed("consumer", &["sticky", "range"]), ErrorCode::MemberIdRequired);
    assert!(stand.coordinator.state().0.latest().get("new").is_none(), "a refused join makes no group");
}

#[test]
fn a_sync_of_another_generation_or_protocol() {
    let mut stand = Stand::new();
    let ids = stand.stable("g", 1);
    let id = ids[0].as_str();
    for (generation, kind, name, expected) in [
        (0, None, None, ErrorCode::IllegalGeneration),
        (2, None, None, ErrorCode::IllegalGeneration),
        (1, Some("connect"), None, ErrorCode::InconsistentGroupProtocol),
        (1, Some("consumer"), Some("sticky"), ErrorCode::InconsistentGroupProtocol),
        (1, Some("consumer"), Some("range"), ErrorCode::None),
        (1, None, None, ErrorCode::None),
    ] {
        let mut request = sync_of("g", id, generation, &[]);
        request.protocol_type = kind.map(Into::into);
        request.protocol_name = name.map(Into::into);
        let sync = stand.sync(request);
        assert_eq!(stand.sync_error(sync), expected, "{generation} {kind:?} {name:?}");
    }
    stand.join(join_of("g", id, None));
    let other = stand.member_id("g");
    stand.join(join_of("g", &other, None));
    let mut stand = Stand::new();
    let ids = stand.stable("g", 2);
    stand.join(join_of("g", &ids[0], None));
    let sync = stand.sync(sync_of("g", &ids[1], 1, &[]));
    assert_eq!(stand.sync_error(sync), ErrorCode::RebalanceInProgress);
    assert_eq!(stand.heartbeat("g", &ids[1], 0), ErrorCode::IllegalGeneration);
}

#[test]
fn an_error_of_the_log_while_a_group_is_made() {
    let mut stand = Stand::new();
    for (refused, told) in [
        (ErrorCode::NotEnoughReplicas, ErrorCode::CoordinatorNotAvailable),
        (ErrorCode::NotLeaderOrFollower, ErrorCode::NotCoordinator),
        (ErrorCode::MessageTooLarge, ErrorCode::UnknownServerError),
    ] {
        stand.log.refuses = Some(refused);
        for version in [3, 9] {
            let mut ask = join_of("g", "", None);
            ask.version = version;
            let id = stand.join(ask);
            assert_eq!(stand.join_error(id), told, "{refused} at version {version}");
        }
        assert_eq!(stand.state_of("g"), None, "nothing is left of it");
    }
}

#[test]
fn a_first_record_that_does_not_commit_in_time() {
    let mut stand = Stand::new();
    stand.commits = false;
    let mut ask = join_of("g", "", None);
    ask.version = 3;
    let first = stand.join(ask.clone());
    for _ in 0..2 {
        stand.pass_ms(2_000);
        let more = stand.join(ask.clone());
        assert!(stand.is_parked(more));
    }
    stand.pass_ms(1_000);
    assert_eq!(stand.join_error(first), ErrorCode::CoordinatorNotAvailable, "five seconds, and it still waits");
    stand.pass_ms(5_000);
    let parked = stand.answers().into_values();
    for answer in parked {
        let GroupAnswer::Join(answer) = answer else { panic!() };
        assert_eq!((error(answer.error_code), answer.generation_id), (ErrorCode::None, 1));
    }
}

#[test]
fn an_assignment_that_is_refused_or_late_makes_the_members_join_again() {
    for late in [false, true] {
        let mut stand = Stand::new();
        let [one, two] = [stand.member_id("g"), stand.member_id("g")];
        let joins = [&one, &two].map(|id| stand.join(join_of("g", id, None)));
        stand.pass_ms(6_000);
        for id in joins {
            stand.joined(id);
        }
        let follower = stand.sync(sync_of("g", &two, 1, &[]));
        if late {
            stand.commits = false;
        } else {
            stand.log.refuses = Some(ErrorCode::NotEnoughReplicas);
        }
        let leader = stand.sync(sync_of("g", &one, 1, &[(&one, "a"), (&two, "b")]));
        stand.pass_ms(5_000);
        assert_eq!([leader, follower].map(|id| stand.sync_error(id)), [ErrorCode::CoordinatorNotAvailable; 2]);
        stand.log.refuses = None;
        stand.commits = true;
        stand.commit_all();
        assert_eq!(stand.heartbeat("g", &two, 1), ErrorCode::RebalanceInProgress);
        let joins = [&one, &two].map(|id| stand.join(join_of("g", id, None)));
        stand.settle("g", &joins);
        assert_eq!(stand.generation_of("g"), Some(2));
        assert!(stand.probes.reached.contains(&crate::io::Site::GroupAssignmentNotStored));
    }
}

#[test]
fn a_departure_whose_record_is_refused_is_told_and_holds() {
    let mut stand = Stand::new();
    let ids = stand.stable("g", 1);
    stand.log.refuses = Some(ErrorCode::NotEnoughReplicas);
    let answer = stand.leave_answer("g", &[(&ids[0], None)]);
    assert_eq!(error(answer.error_code), ErrorCode::CoordinatorNotAvailable);
    stand.log.refuses = None;
    assert_eq!(stand.state_of("g"), Some(crate::group::GroupState::Empty));
    assert_eq!(stand.commit_offset("g", "", -1, "t", 1), ErrorCode::None);
    // A new coordinator restores the member from the last record, until its session ends.
    stand.restart();
    assert_eq!(stand.state_of("g"), Some(crate::group::GroupState::Stable));
    stand.pass_ms(10_001);
    assert_eq!(stand.state_of("g"), Some(crate::group::GroupState::Empty));
}

#[test]
fn names_as_long_as_the_wire_allows_do_no_harm() {
    let mut stand = Stand::new();
    let long = "é".repeat(i16::MAX as usize / 2);
    let mut ask = join_of(&long, "", None);
    ask.client_id = long.as_str().into();
    let id = stand.join(ask.clone());
    let member = stand.join_answer(id).member_id;
    assert!(member.len() <= i16::MAX as usize);
    ask.request.member_id = member.clone();
    let join = stand.join(ask);
    let mut fixed = join_of(&long, "", Some(&long));
    fixed.client_id = long.as_str().into();
    let other = stand.join(fixed);
    stand.pass_ms(6_000);
    stand.settle(&long, &[join, other]);
    stand.restart();
    assert_eq!(stand.heartbeat(&long, &member, 1), ErrorCode::None);
}

#[test]
fn whoever_waits_when_the_leadership_ends_looks_for_another_coordinator() {
    let mut stand = Stand::new();
    let ids = stand.stable("joining", 2);
    let join = stand.join(join_of("joining", &ids[0], None));
    let [one, two] = [stand.member_id("syncing"), stand.member_id("syncing")];
    let joins = [&one, &two].map(|id| stand.join(join_of("syncing", id, None)));
    stand.pass_ms(6_000);
    for id in joins {
        stand.joined(id);
    }
    let sync = stand.sync(sync_of("syncing", &two, 1, &[]));
    let fixed = stand.join(join_of("static", "", Some("i")));
    let last = stand.join(join_of("leaving", "", Some("i")));
    stand.pass_ms(3_000);
    stand.settle("static", &[fixed]);
    stand.settle("leaving", &[last]);
    let again = stand.join(join_of("joining", &ids[0], None));
    assert_eq!(stand.join_error(join), ErrorCode::RebalanceInProgress);
    stand.commits = false;
    let back = stand.join(join_of("static", "", Some("i")));
    let commit = stand.ask_commit(commit_of("simple", "", -1, "t", 1));
    let fetch = stand.ask_fetch(fetch_of("simple", None), true);
    let leave = stand.ask_leave("leaving", &[("", Some("i"))]);
    let delete = stand.ask(GroupAsk::Delete { group: "simple".into() });
    stand.restart();
    for (what, id) in [
        ("joins", again),
        ("syncs", sync),
        ("comes back", back),
        ("commits", commit),
        ("fetches", fetch),
        ("leaves", leave),
        ("deletes", delete),
    ] {
        assert_eq!(stand.error_of(id), ErrorCode::NotCoordinator, "a client that {what}");
    }
}
