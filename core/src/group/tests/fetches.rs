//! OffsetFetch, DescribeGroups, ListGroups.

use super::asks::{commit_of, fetch_of};
use super::stand::{Stand, join_of};
use crate::group::GroupAsk;
use crate::types::{ErrorCode, Uuid};

#[test]
fn what_is_not_committed_has_offset_minus_one_and_no_error() {
    let mut stand = Stand::new();
    stand.commit_offset("g", "", -1, "t", 3);
    for (group, topics, expected) in [
        ("g", Some(&["t", "u"][..]), vec![("t".to_owned(), 3), ("u".to_owned(), -1)]),
        ("unknown", Some(&["t"][..]), vec![("t".to_owned(), -1)]),
        ("g", None, vec![("t".to_owned(), 3)]),
        ("unknown", None, vec![]),
    ] {
        for require_stable in [false, true] {
            let id = stand.ask_fetch(fetch_of(group, topics), require_stable);
            assert_eq!(stand.fetched(id), expected, "{topics:?} of {group}");
        }
    }
}

#[test]
fn a_fetch_of_stable_offsets_waits_for_what_is_written() {
    let mut stand = Stand::new();
    stand.commit_offset("g", "", -1, "t", 1);
    stand.commits = false;
    let commit = stand.ask_commit(commit_of("g", "", -1, "t", 2));
    let [now, later] = [false, true].map(|stable| stand.ask_fetch(fetch_of("g", Some(&["t"])), stable));
    assert_eq!(stand.fetched(now), [("t".to_owned(), 1)]);
    assert!(stand.is_parked(later));
    stand.commit_all();
    assert_eq!(stand.fetched(later), [("t".to_owned(), 2)]);
    assert_eq!(stand.error_of(commit), ErrorCode::None);
    // A fetch that waits too long gets NOT_COORDINATOR, because older clients do not retry another error.
    stand.ask_commit(commit_of("g", "", -1, "t", 3));
    let late = stand.ask_fetch(fetch_of("g", Some(&["t"])), true);
    stand.pass_ms(5_000);
    assert_eq!(stand.error_of(late), ErrorCode::NotCoordinator);
}

#[test]
fn an_offset_of_another_topic_of_the_same_name_is_none() {
    let mut stand = Stand::new();
    let [old, new] = [Uuid::from_halves(1, 1), Uuid::from_halves(2, 2)];
    for (committed_for, asked_for, expected) in
        [(old, old, 9), (old, new, -1), (old, Uuid::ZERO, 9), (Uuid::ZERO, new, 9), (Uuid::ZERO, Uuid::ZERO, 9)]
    {
        let mut commit = commit_of("g", "", -1, "t", 9);
        commit.topics[0].topic_id = committed_for;
        stand.ask_commit(commit);
        let mut fetch = fetch_of("g", Some(&["t"]));
        fetch.topics.as_mut().unwrap()[0].topic_id = asked_for;
        let id = stand.ask_fetch(fetch, true);
        assert_eq!(stand.fetched(id), [("t".to_owned(), expected)], "{committed_for} asked as {asked_for}");
    }
}

#[test]
fn a_group_is_described_by_its_members_and_what_they_agreed_on() {
    let mut stand = Stand::new();
    let ids = stand.stable("g", 2);
    let group = stand.describe("g");
    assert_eq!((&*group.group_state, &*group.protocol_type, &*group.protocol_data), ("Stable", "consumer", "range"));
    let member = &group.members[0];
    assert_eq!((&*member.client_id, &*member.client_host), ("client", "/10.0.0.1"));
    assert_eq!(member.member_assignment, ids.iter().find(|id| **id == *member.member_id).unwrap().as_bytes());
    assert!(!member.member_metadata.is_empty());
    stand.join(join_of("g", &ids[0], None));
    let group = stand.describe("g");
    assert_eq!((&*group.group_state, &*group.protocol_data), ("PreparingRebalance", ""));
    assert!(group.members.iter().all(|member| member.member_metadata.is_empty()), "nothing is agreed on");
}

#[test]
fn an_unknown_group_is_dead_and_from_version_6_on_an_error() {
    let mut stand = Stand::new();
    for (version, expected) in [(5, ErrorCode::None), (6, ErrorCode::GroupIdNotFound)] {
        let id = stand.ask(GroupAsk::Describe { group: "unknown".into(), version });
        let crate::group::GroupAnswer::Describe(group) = stand.answer(id) else { panic!() };
        assert_eq!((ErrorCode::from_wire(group.error_code), &*group.group_state), (expected, "Dead"));
        assert_eq!(group.error_message.is_some(), expected.is_error());
    }
}

#[test]
fn a_group_is_shown_once_its_first_record_is_committed() {
    let mut stand = Stand::new();
    stand.commits = false;
    stand.ask(GroupAsk::Join(join_of("g", "", None)));
    assert_eq!(&*stand.describe("g").group_state, "Dead");
    assert!(stand.list(&[], &[]).is_empty());
    stand.commit_all();
    assert_eq!(&*stand.describe("g").group_state, "Empty");
    assert_eq!(stand.list(&[], &[]).len(), 1);
}

#[test]
fn groups_are_listed_by_state_and_type_in_any_case() {
    let mut stand = Stand::new();
    stand.stable("stable", 1);
    stand.commit_offset("simple", "", -1, "t", 1);
    let names = |stand: &mut Stand, states: &[&str], types: &[&str]| -> Vec<String> {
        stand.list(states, types).iter().map(|group| group.group_id.to_string()).collect()
    };
    assert_eq!(names(&mut stand, &[], &[]), ["simple", "stable"]);
    assert_eq!(names(&mut stand, &["sTABLE"], &[]), ["stable"]);
    assert_eq!(names(&mut stand, &[" Empty ", "Dead"], &["Classic"]), ["simple"]);
    assert_eq!(names(&mut stand, &["Stable", "Empty"], &["classic", "share"]).len(), 2);
    assert!(names(&mut stand, &[], &["consumer"]).is_empty());
    assert!(names(&mut stand, &["Nonsense"], &[]).is_empty());
    let listed = stand.list(&[], &[]);
    let rows: Vec<_> = listed.iter().map(|it| (&*it.protocol_type, &*it.group_state, &*it.group_type)).collect();
    assert_eq!(rows, [("", "Empty", "classic"), ("consumer", "Stable", "classic")]);
}
