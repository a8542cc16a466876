//! Shows that each known bug (mutant) of the group coordinator has its effect.

use super::asks::{commit_of, sync_of};
use super::model::{World, op};
use super::stand::{Stand, join_of};
use crate::group::GroupState;
use crate::io::Mutant;
use crate::types::ErrorCode;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use std::panic::{AssertUnwindSafe, catch_unwind};

fn with(mutant: Mutant) -> Stand {
    let mut stand = Stand::new();
    stand.probes.mutant = Some(mutant);
    stand
}

#[test]
fn m09_answers_a_commit_that_is_lost() {
    let mut stand = with(Mutant::M09);
    stand.commits = false;
    let id = stand.ask_commit(commit_of("g", "", -1, "t", 1));
    assert_eq!(stand.error_of(id), ErrorCode::None);
    stand.log.truncate(stand.high_watermark);
    stand.restart();
    assert_eq!(stand.fetch_offset("g", "t"), -1);
}

#[test]
fn m10_takes_a_commit_of_an_older_generation() {
    let mut stand = with(Mutant::M10);
    let ids = stand.stable("g", 1);
    let join = stand.join(join_of("g", &ids[0], None));
    stand.settle("g", &[join]);
    assert_eq!(stand.commit_offset("g", &ids[0], 1, "t", 1), ErrorCode::None);
}

#[test]
fn m89_does_not_load_what_a_deletion_wrote() {
    for mutant in [None, Some(Mutant::M89)] {
        let mut stand = Stand::new();
        stand.probes.mutant = mutant;
        stand.commit_offset("g", "", -1, "t", 1);
        // The group has no record of its own, so that it is gone with its last offset, before the group's tombstone.
        assert_eq!(stand.delete("g"), ErrorCode::None);
        stand.restart();
        let error = stand.commit_offset("g", "", -1, "t", 1);
        assert_eq!(error == ErrorCode::CoordinatorNotAvailable, mutant.is_some());
    }
}

#[test]
fn m93_does_not_fence_a_static_member() {
    let mut stand = with(Mutant::M93);
    let join = stand.join(join_of("g", "", Some("i")));
    stand.pass_ms(3_000);
    let ids = stand.settle("g", &[join]);
    let back = stand.join(join_of("g", "", Some("i")));
    stand.joined(back);
    assert_eq!(stand.heartbeat_of("g", &ids[0], Some("i"), 1), ErrorCode::None);
}

#[test]
fn m94_assigns_what_may_be_lost() {
    let mut stand = with(Mutant::M94);
    let id = stand.member_id("g");
    let join = stand.join(join_of("g", &id, None));
    stand.pass_ms(3_000);
    stand.joined(join);
    stand.commits = false;
    let sync = stand.sync(sync_of("g", &id, 1, &[(&id, "a")]));
    assert_eq!(stand.synced(sync), "a");
    assert_eq!(stand.state_of("g"), Some(GroupState::Stable));
    stand.log.truncate(stand.high_watermark);
    stand.restart();
    assert_eq!(stand.heartbeat("g", &id, 1), ErrorCode::UnknownMemberId);
}

#[test]
fn m95_serves_what_may_be_lost() {
    let mut stand = with(Mutant::M95);
    stand.commits = false;
    stand.ask_commit(commit_of("g", "", -1, "t", 1));
    stand.checks = false;
    stand.restart();
    assert_eq!(stand.fetch_offset("g", "t"), 1, "it is not committed");
}

/// The random operations of the model find each of these mutants.
#[test]
fn the_model_finds_them() {
    for mutant in [Mutant::M09, Mutant::M10, Mutant::M93, Mutant::M94, Mutant::M95] {
        let mut runner = TestRunner::deterministic();
        let ops = proptest::collection::vec(op(), 60..120);
        let found = (0..400).any(|_| {
            let ops = ops.new_tree(&mut runner).expect("operations can be drawn").current();
            let mut world = World::new();
            world.stand.probes.mutant = Some(mutant);
            catch_unwind(AssertUnwindSafe(|| ops.iter().for_each(|op| world.run(op)))).is_err()
        });
        assert!(found, "{} is not found", mutant.id());
    }
}
