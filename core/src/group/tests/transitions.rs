//! The table of state transitions.

use crate::group::{GroupState, TRANSITIONS};

#[test]
fn the_table_has_a_row_for_every_state() {
    assert_eq!(TRANSITIONS.map(|(from, _)| from), GroupState::ALL);
}

/// The table is that of `ClassicGroupState.validPreviousStates`, except for Dead. In Kafka, every state may become Dead
/// when the coordinator unloads the group. Here a coordinator that resigns drops its groups.
#[test]
fn the_table_is_kafkas() {
    use GroupState::*;
    let into = |to| {
        let from = TRANSITIONS.iter().filter(|(_, next)| next.contains(&to));
        from.map(|(from, _)| *from).collect::<Vec<_>>()
    };
    assert_eq!(into(Empty), [PreparingRebalance]);
    assert_eq!(into(PreparingRebalance), [Empty, CompletingRebalance, Stable]);
    assert_eq!(into(CompletingRebalance), [PreparingRebalance]);
    assert_eq!(into(Stable), [CompletingRebalance]);
    assert_eq!(into(Dead), [Empty]);
}

macro_rules! illegal {
    ($($name:ident: $from:ident -> $to:ident;)*) => {
        $(
            #[test]
            fn $name() {
                assert!(!GroupState::$from.may_turn_into(GroupState::$to));
            }
        )*
        const ILLEGAL: usize = [$(stringify!($name)),*].len();
    };
}

illegal! {
    empty_does_not_become_empty: Empty -> Empty;
    empty_does_not_become_completing: Empty -> CompletingRebalance;
    empty_does_not_become_stable: Empty -> Stable;
    preparing_does_not_become_preparing: PreparingRebalance -> PreparingRebalance;
    preparing_does_not_become_stable: PreparingRebalance -> Stable;
    preparing_does_not_become_dead: PreparingRebalance -> Dead;
    completing_does_not_become_empty: CompletingRebalance -> Empty;
    completing_does_not_become_completing: CompletingRebalance -> CompletingRebalance;
    completing_does_not_become_dead: CompletingRebalance -> Dead;
    stable_does_not_become_empty: Stable -> Empty;
    stable_does_not_become_completing: Stable -> CompletingRebalance;
    stable_does_not_become_stable: Stable -> Stable;
    stable_does_not_become_dead: Stable -> Dead;
    dead_does_not_become_empty: Dead -> Empty;
    dead_does_not_become_preparing: Dead -> PreparingRebalance;
    dead_does_not_become_completing: Dead -> CompletingRebalance;
    dead_does_not_become_stable: Dead -> Stable;
    dead_does_not_become_dead: Dead -> Dead;
}

#[test]
fn every_pair_is_legal_or_has_a_test() {
    let legal: usize = TRANSITIONS.iter().map(|(_, next)| next.len()).sum();
    assert_eq!(legal + ILLEGAL, GroupState::ALL.len() * GroupState::ALL.len());
}
