//! The end of all faults: what is broken is mended as an operator would.

use super::Trial;
use super::phases::{are_all_up, stop_producers, wait};
use super::run::{Cut, Run};
use crate::checks::model::{Life, Partition, Replica};
use crate::fault::{self, Crash, DiskFault, Fault, OnFiles};
use crate::world::NodeState;
use gracchus_core::types::{NodeId, TopicPartition};
use std::collections::BTreeSet;

/// Within this time the controller notices that a node died, in milliseconds.
const NOTICED_MS: i64 = 3_000;

/// No fault is left; what rots on disks is replaced, one node after the other.
pub(super) fn heal(run: &mut Run, trial: &Trial) -> Result<(), Cut> {
    run.judge_mut().note(None, "heal", "every fault ends".to_string());
    run.nemesis.end();
    run.world.apply(&Fault::Loss { ppm: 0 });
    run.world.apply(&Fault::Automatic(true));
    for node in run.world.nodes() {
        run.world.apply(&Fault::ReleaseImages { node });
    }
    run.world.heal();
    stop_producers(run);
    restart_failed(run);
    wait(run, trial.bounds.converge_ms, "a leader for every partition that has a replica left to lead it", |run| {
        are_all_up(run) && run.judge().model().live().all(|it| are_settled(it) && (is_led(it) || is_beyond_rules(it)))
    })?;
    elect_uncleanly(run);
    let rotten = rotten(run);
    if !rotten.is_empty() {
        // A node that died just before and is up again may stand in an in-sync set that it is about to leave.
        run.go_on(run.world.now().plus_ms(NOTICED_MS))?;
    }
    for node in rotten {
        // A leader may come upon its rot only now.
        wait(run, trial.bounds.converge_ms, "others to hold a rotten disk's partitions, or none who may", |run| {
            are_all_up(run) && run.judge().model().live().all(|it| holds_without(it, node) || is_beyond_rules(it))
        })?;
        elect_uncleanly(run);
        wait(run, trial.bounds.converge_ms, "the other replicas of a rotten disk's partitions to hold them", |run| {
            run.judge().model().live().all(|it| holds_without(it, node))
        })?;
        replace_disks(run, node)?;
        wait(run, trial.bounds.converge_ms, "a replaced disk to be filled again", |run| {
            are_all_up(run) && is_filled(run, node)
        })?;
    }
    Ok(())
}

/// A replica whose disk failed serves nothing until its node starts again.
fn restart_failed(run: &mut Run) {
    let failed: BTreeSet<NodeId> = run
        .judge()
        .model()
        .live()
        .flat_map(|partition| &partition.replicas)
        .filter(|replica| (replica.offline || replica.failed.is_some()) && !replica.rotted)
        .map(|replica| replica.node)
        .collect();
    for node in failed {
        if run.world.node_state(node) == NodeState::Up {
            run.world.apply(&Fault::Crash { node, crash: Crash::Kill, cut: fault::Cut::Now });
            run.world.apply(&Fault::Restart { node });
        }
    }
}

/// Whether every replica is loaded, or will not be.
fn are_settled(partition: &Partition) -> bool {
    partition.replicas.iter().all(|replica| replica.life == Life::Live || replica.offline)
}

fn is_led(partition: &Partition) -> bool {
    let leader = partition.newest().and_then(|newest| newest.leader);
    leader.and_then(|leader| partition.replica(leader)).is_some_and(|replica| replica.leading().is_some())
}

/// Whether all that is left of the in-sync set are disks that serve nothing: by the rules nobody may lead.
fn is_beyond_rules(partition: &Partition) -> bool {
    let in_sync: &[NodeId] = partition.newest().map_or(&[], |newest| &newest.isr);
    in_sync.iter().all(|node| partition.replica(*node).is_some_and(|it| it.is_spoilt()))
}

/// What an operator does then: elects the replica with the longest log, and says that records may be lost.
fn elect_uncleanly(run: &mut Run) {
    for (topic, id) in all_partitions(run) {
        let Some(partition) = run.judge().model().partition(id) else { continue };
        let sound = partition.replicas.iter().filter(|it| it.life == Life::Live && !it.is_spoilt());
        let newest_epoch = |it: &Replica| it.log.batches().last().map(|last| last.epoch);
        let best = sound.max_by_key(|it| (newest_epoch(it), it.log.end())).map(|it| it.node);
        if let Some(to) = best.filter(|_| !is_led(partition) && is_beyond_rules(partition)) {
            run.judge_mut().note(Some(to), "heal", format!("is elected for {topic}-{}, uncleanly", id.partition));
            run.world.apply(&Fault::ForceLeader { topic, partition: id.partition, to });
        }
    }
}

/// The partitions of the workload, and then those that the cluster made for itself.
fn all_partitions(run: &Run) -> Vec<(String, TopicPartition)> {
    let of_workload = run.targets.iter().map(|target| (target.topic.to_string(), target.id));
    let others = run.judge().model().live().filter(|it| run.targets.iter().all(|own| own.id != it.id));
    let topic = |name: &str| name.rsplit_once('-').map_or(name, |(topic, _)| topic).to_string();
    of_workload.chain(others.map(|it| (topic(&it.name), it.id))).collect()
}

fn rotten(run: &Run) -> BTreeSet<NodeId> {
    let mut rotten = BTreeSet::new();
    for partition in run.judge().model().live() {
        let bad = partition.replicas.iter().filter(|replica| replica.rotted || replica.is_spoilt());
        rotten.extend(bad.map(|replica| replica.node));
    }
    rotten
}

/// Whether a partition has an in-sync replica on another node that lives and holds everything committed, or is to have none
/// on another node.
fn holds_without(partition: &Partition, node: NodeId) -> bool {
    let in_sync: &[NodeId] = partition.newest().map_or(&[], |newest| &newest.isr);
    partition.replica(node).is_none()
        || partition.replicas.len() == 1
        || partition.replicas.iter().any(|replica| {
            replica.node != node
                && in_sync.contains(&replica.node)
                && replica.life == Life::Live
                && replica.log.end() >= partition.committed_end()
        })
}

fn replace_disks(run: &mut Run, node: NodeId) -> Result<(), Cut> {
    run.judge_mut().note(Some(node), "heal", "gets new disks".to_string());
    run.world.apply(&Fault::Crash { node, crash: Crash::Kill, cut: fault::Cut::Now });
    // The controller is to notice before the empty disk comes back.
    run.go_on(run.world.now().plus_ms(NOTICED_MS))?;
    let sole = sound_and_sole(run, node);
    let fault = if sole.is_empty() { DiskFault::Wipe } else { DiskFault::WipeBut(sole) };
    for dir in 0..run.world.config().log_dirs {
        run.world.apply(&Fault::Disk { node, dir, fault: fault.clone() });
    }
    run.judge_mut().on_wiped(node);
    run.world.apply(&Fault::Restart { node });
    Ok(())
}

/// The folders of partitions that no other node has, as long as they are sound, and what says whose disk it is: an operator
/// copies them from the old one.
fn sound_and_sole(run: &Run, node: NodeId) -> Vec<OnFiles> {
    let is_sole = |it: &&Partition| {
        it.replicas.len() == 1 && it.replica(node).is_some_and(|replica| !replica.rotted && !replica.is_spoilt())
    };
    let sole = run.judge().model().live().filter(is_sole);
    let mut kept: Vec<OnFiles> = sole.map(|it| OnFiles::Containing(format!("{}/", it.name))).collect();
    if !kept.is_empty() {
        kept.push(OnFiles::Ending("meta.properties".to_string()));
    }
    kept
}

fn is_filled(run: &Run, node: NodeId) -> bool {
    run.judge().model().live().filter_map(|partition| Some((partition, partition.replica(node)?))).all(
        |(partition, replica)| {
            let in_sync = partition.newest().is_some_and(|newest| newest.isr.contains(&node));
            replica.life == Life::Live && in_sync && replica.log.end() >= partition.committed_end()
        },
    )
}
