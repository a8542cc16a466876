//! Tests of a group's changes from one state to another.

use super::group::ClassicGroup;
use super::phase::{GroupState, Phase, Preparing, Stable};
use crate::group::GroupConfig;
use crate::group::context::Cx;
use crate::group::tests::stand::{NoFiles, Numbers, Watcher};
use crate::group::timers::Timers;
use crate::io::{Env, Trace, TraceKinds, Work};
use crate::types::{Now, Timestamp};

/// Takes a group through the phases, one after the other.
fn through(phases: Vec<Phase>) -> GroupState {
    let (mut files, mut draws, mut probes) = (NoFiles, Numbers::default(), Watcher::default());
    let (mut trace, mut work) = (Trace::new(TraceKinds::NONE), Work::default());
    let mut env = Env {
        now: Now::default(),
        files: &mut files,
        draws: &mut draws,
        probes: &mut probes,
        trace: &mut trace,
        work: &mut work,
    };
    let (config, mut timers, mut stores, mut out) = (GroupConfig::default(), Timers::default(), 0, Vec::new());
    let mut cx =
        Cx { config: &config, partition: 0, timers: &mut timers, stores: &mut stores, env: &mut env, out: &mut out };
    let mut group = ClassicGroup::new("g", Timestamp(0));
    for phase in phases {
        group.turn_into(phase, &mut cx);
    }
    group.state()
}

#[test]
fn a_group_goes_where_the_table_leads() {
    let phases = vec![Phase::PreparingRebalance(Preparing::default()), Phase::Empty, Phase::Dead];
    assert_eq!(through(phases), GroupState::Dead);
}

#[test]
#[should_panic(expected = "a group that is PreparingRebalance does not become Stable")]
fn a_group_does_not_leave_the_table() {
    through(vec![Phase::PreparingRebalance(Preparing::default()), Phase::Stable(Stable::default())]);
}
