//! Faults, then healing, then rest, then the drain, then the disks: what a run goes through.

use super::Trial;
use super::heal::heal;
use super::run::{Cut, Run};
use super::{admins, groups};
use crate::actor::ActorId;
use crate::audit;
use crate::checks::Check;
use crate::checks::model::Life;
use crate::clients::{AcksConfig, ConsumerActor, ConsumerConfig, Drawing, ProducerActor, ProducerConfig};
use crate::fault::{self, Crash, Fault};
use crate::history::ConsumerId;
use crate::script::is_converged;
use crate::world::NodeState;
use gracchus_core::types::Instant;

/// How often it is looked whether something waited for has come, in milliseconds.
const LOOK_MS: u64 = 50;
/// How often disks are looked at while nothing fails, in milliseconds.
const LOOK_AT_DISKS_MS: i64 = 30_000;
/// Longest wait for a script behind the end of the faults, in milliseconds; each of its waits has a bound of its own.
const SCRIPT_MS: u64 = 600_000;
/// The final consumers and the probe are numbered from here.
const LATE: u32 = 1_000;

/// Runs to the end; says what stopped it before.
pub(super) fn go_through(run: &mut Run, trial: &Trial) -> Result<(), Cut> {
    faults(run, trial)?;
    heal(run, trial)?;
    converge(run, trial)?;
    drain(run, trial)?;
    rest(run);
    recover_twice(run, trial)
}

fn faults(run: &mut Run, trial: &Trial) -> Result<(), Cut> {
    let end = Instant(trial.nemesis.end_ms * 1_000_000);
    if trial.workload.end_ms > 0 && trial.workload.end_ms < trial.nemesis.end_ms {
        run.go_on(Instant(trial.workload.end_ms * 1_000_000))?;
        stop_producers(run);
    }
    // Without faults it can be said at any time what a disk holds.
    let is_calm = trial.nemesis.faults.is_empty() && !run.admins.admins.is_empty();
    while is_calm && run.world.now().plus_ms(LOOK_AT_DISKS_MS) < end {
        run.go_on(run.world.now().plus_ms(LOOK_AT_DISKS_MS))?;
        admins::judge_retention(run, trial)?;
    }
    run.go_on(end)?;
    let by = Instant(end.0 + SCRIPT_MS * 1_000_000);
    while !run.is_script_done() && run.world.now() < by {
        let next = run.script.as_ref().and_then(crate::script::Script::next_due).unwrap_or(by);
        run.go_on(next.max(Instant(run.world.now().0 + 1)).min(by))?;
    }
    Ok(())
}

pub(super) fn stop_producers(run: &mut Run) {
    for id in run.producers.clone() {
        if let Some(producer) = run.world.actor_mut(id).as_any_mut().downcast_mut::<ProducerActor>() {
            producer.stop();
        }
    }
}

/// Everything that was begun ends, a record can be written to every partition, and all replicas agree.
fn converge(run: &mut Run, trial: &Trial) -> Result<(), Cut> {
    wait(run, trial.bounds.converge_ms, "all nodes to be up and led partitions", |run| {
        are_all_up(run) && are_all_led(run)
    })?;
    admins::settle(run, trial)?;
    let probe = add_probe(run);
    run.producers.push(probe);
    let done = |run: &Run| run.producers.iter().all(|id| run.producer(*id).is_done());
    wait(run, trial.bounds.converge_ms, "every produce to end", done)?;
    groups::settle(run, trial)?;
    wait(run, trial.bounds.converge_ms, "all replicas to agree", |run| {
        run.judge().model().live().all(|partition| is_converged(partition) && is_whole(partition))
    })?;
    let things = run.groups.len() + run.producers.len() + run.judge().model().live().count() + run.world.nodes().len();
    run.judge_mut().found_mut().looked(Check::Progress, things as u64);
    Ok(())
}

pub(super) fn are_all_up(run: &Run) -> bool {
    run.world.nodes().into_iter().all(|node| run.world.node_state(node) == NodeState::Up)
}

fn are_all_led(run: &Run) -> bool {
    run.judge().model().live().all(|partition| {
        let leader = partition.newest().and_then(|newest| newest.leader);
        leader.and_then(|leader| partition.replica(leader)).is_some_and(|replica| replica.leading().is_some())
    })
}

fn is_whole(partition: &crate::checks::model::Partition) -> bool {
    partition.newest().is_some_and(|newest| newest.isr.len() == partition.replicas.len())
}

fn add_probe(run: &mut Run) -> ActorId {
    let config = ProducerConfig { count: 1, acks: vec![AcksConfig::All], ..ProducerConfig::default() };
    let mut draws = run.world.choices().own("producer", u64::from(LATE));
    let drawing = Drawing::draw(&config, &mut draws);
    let addresses = run.brokers.iter().map(|(_, address)| address.clone()).collect();
    let probe = ProducerActor::new(LATE, config, drawing, addresses, run.targets.clone()).once();
    run.world.add(Box::new(probe))
}

/// A fresh consumer reads every partition from its start to its end.
fn drain(run: &mut Run, trial: &Trial) -> Result<(), Cut> {
    let addresses: Vec<_> = run.brokers.iter().map(|(_, address)| address.clone()).collect();
    let drain = ConsumerActor::new(ConsumerId(LATE), ConsumerConfig::default(), &addresses, run.targets.clone());
    let drain = run.world.add(Box::new(drain));
    let everybody: Vec<ActorId> = run.consumers.iter().copied().chain([drain]).collect();
    run.consumers.push(drain);
    wait(run, trial.bounds.drain_ms, "consumers to read to the end", |run| {
        everybody.iter().all(|id| run.unread_by(*id).next().is_none())
    })?;
    for target in run.targets.clone() {
        if let Some(end) = run.end_of(&target) {
            run.judge_mut().on_drained(target.id, end);
        }
    }
    for id in everybody {
        if let Some(consumer) = run.world.actor_mut(id).as_any_mut().downcast_mut::<ConsumerActor>() {
            consumer.stop();
        }
    }
    Ok(())
}

/// Nothing moves any more: the whole history and all disks are looked at.
fn rest(run: &mut Run) {
    run.judge_mut().judge_end();
    let disks = audit::Disks::of(&run.world);
    run.judge_mut().judge_disks(&disks);
}

/// All nodes die and recover, and die and recover again: the second time finds what the first time made of it.
fn recover_twice(run: &mut Run, trial: &Trial) -> Result<(), Cut> {
    if run.judge().found().first().is_some() {
        return Ok(());
    }
    for _ in 0..2 {
        for node in run.world.nodes() {
            run.world.apply(&Fault::Crash { node, crash: Crash::Kill, cut: fault::Cut::Now });
            run.world.apply(&Fault::Restart { node });
        }
        wait(run, trial.bounds.converge_ms, "all logs to be loaded again", |run| {
            let replicas = run.judge().model().live().flat_map(|partition| &partition.replicas);
            are_all_up(run) && replicas.into_iter().all(|replica| replica.life == Life::Live)
        })?;
    }
    Ok(())
}

/// Lets time go on until something holds.
pub(super) fn wait(run: &mut Run, bound_ms: u64, what: &str, holds: impl Fn(&Run) -> bool) -> Result<(), Cut> {
    let by = run.world.now().plus_ms(bound_ms as i64);
    loop {
        if holds(run) {
            run.judge_mut().found_mut().looked(Check::Progress, 1);
            return Ok(());
        }
        if run.world.now() >= by {
            let state = run.describe();
            run.judge_mut().found_mut().looked(Check::Progress, 1);
            return Err(Cut::Stuck(format!("waited {bound_ms} ms for {what}"), state));
        }
        let next = run.world.now().plus_ms(LOOK_MS as i64).min(by);
        run.go_on(next)?;
    }
}
