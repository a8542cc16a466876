//! The table of states.

use crate::group::{GroupState, TRANSITIONS};

#[test]
fn the_table_has_a_row_for_every_state() {
    assert_eq!(TRANSITIONS.map(|(from, _)| from), GroupState::ALL);
}

/// `ClassicGroupState.validPreviousStates`, but for Dead, which in Kafka every state may become when its coordinator
/// leaves. Here a coordinator that leaves takes its groups along.
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
