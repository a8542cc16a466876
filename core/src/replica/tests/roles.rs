//! Which role may follow which.

use crate::replica::role::may_turn_into;
use crate::replica::{Role, TRANSITIONS};

#[test]
fn every_role_has_its_row_and_nothing_follows_an_end() {
    let rows: Vec<_> = TRANSITIONS.iter().map(|(from, _)| *from).collect();
    assert_eq!(rows, Role::ALL);
    for end in [Role::Stopped, Role::Offline] {
        assert!(Role::ALL.iter().all(|to| !may_turn_into(end, *to)), "{end:?} is the end");
    }
}

#[test]
fn the_table_of_transitions_is_this_one() {
    let mut table = String::new();
    for from in Role::ALL {
        let row: String = Role::ALL.iter().map(|to| if may_turn_into(from, *to) { " x" } else { " ." }).collect();
        table += &format!("{from:?}{row}\n");
    }
    // Columns: Loading Unassigned Leader Follower Stopping Stopped Offline.
    let expected = "\
Loading x x . . . x x
Unassigned . . x x x . x
Leader . . x x x . x
Follower x . x x x . x
Stopping . . . . . x x
Stopped . . . . . . .
Offline . . . . . . .
";
    assert_eq!(table, expected);
}

#[test]
fn a_replica_that_is_loading_leads_nothing_and_a_stopped_one_does_not_come_back() {
    assert!(!may_turn_into(Role::Loading, Role::Leader));
    assert!(!may_turn_into(Role::Unassigned, Role::Loading));
    assert!(!may_turn_into(Role::Leader, Role::Loading), "a leader never truncates");
    assert!(!may_turn_into(Role::Stopped, Role::Leader));
    assert!(!may_turn_into(Role::Offline, Role::Follower), "a failed disk is not used again");
}
