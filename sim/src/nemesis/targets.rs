//! Whom a decision strikes: chosen by the decision's own numbers among what is there when its time comes.

use super::{Decision, FaultKind};
use crate::actor::ActorId;
use crate::checks::Judge;
use crate::checks::model::{Partition, Replica};
use crate::fault::Host;
use crate::world::{NodeState, World};
use gracchus_core::types::NodeId;

/// Links to strike: from these hosts to those.
pub type Links = Vec<(Vec<Host>, Vec<Host>)>;

/// The nodes that a decision may strike and that are in such a state.
#[must_use]
pub fn nodes(it: &Decision, world: &World, is: impl Fn(NodeState) -> bool) -> Vec<NodeId> {
    let allowed = |node: &NodeId| it.nodes.is_empty() || it.nodes.contains(&node.0);
    world.nodes().into_iter().filter(allowed).filter(|node| is(world.node_state(*node))).collect()
}

/// How many nodes are up.
#[must_use]
pub fn count_up(world: &World) -> usize {
    world.nodes().into_iter().filter(|node| world.node_state(*node) == NodeState::Up).count()
}

/// The log directory that a decision strikes.
#[must_use]
pub fn dir(it: &Decision, world: &World) -> u16 {
    (it.picks[4] % u64::from(world.config().log_dirs.max(1))) as u16
}

/// The partition that a decision strikes, by its topic's name.
#[must_use]
pub fn partition(it: &Decision, world: &World) -> Option<(String, i32)> {
    let image = world.image();
    let all: Vec<(String, i32)> = image
        .topics
        .values()
        .flat_map(|topic| (0..topic.partitions.len()).map(|number| (topic.name.to_string(), number as i32)))
        .collect();
    let at = it.picks[0].checked_rem(all.len() as u64)?;
    all.into_iter().nth(at as usize)
}

/// The links that a decision strikes.
#[must_use]
pub fn links(it: &Decision, world: &World, clients: &[ActorId]) -> Option<Links> {
    let nodes = world.nodes();
    let host = |pick: u64| nodes[(pick % nodes.len() as u64) as usize];
    let both = |one: Vec<Host>, other: Vec<Host>| vec![(one.clone(), other.clone()), (other, one)];
    let hosts = |of: &[NodeId]| of.iter().copied().map(Host::Node).collect::<Vec<Host>>();
    match it.kind {
        FaultKind::Partition => {
            let (one, other): (Vec<_>, Vec<_>) = nodes.iter().partition(|node| it.picks[0] >> (node.0 % 31) & 1 == 1);
            (!one.is_empty() && !other.is_empty()).then(|| both(hosts(&one), hosts(&other)))
        }
        FaultKind::OneWayPartition | FaultKind::Clog => {
            let (from, mut to) = (host(it.picks[0]), host(it.picks[1]));
            if from == to {
                to = host(it.picks[1] + 1);
            }
            let one_way = vec![(vec![Host::Node(from)], vec![Host::Node(to)])];
            (from != to).then_some(one_way)
        }
        FaultKind::IsolateLeader => {
            let (topic, partition) = partition(it, world)?;
            let leader = world.image().topic_named(&topic)?.partitions.get(partition as usize)?.leader?;
            let others: Vec<NodeId> = nodes.iter().copied().filter(|node| *node != leader).collect();
            (!others.is_empty()).then(|| both(vec![Host::Node(leader)], hosts(&others)))
        }
        FaultKind::ClientPartition => {
            let cut_off: Vec<Host> = clients
                .iter()
                .filter(|client| it.picks[0] >> (client.0 % 31) & 1 == 1)
                .map(|client| Host::Actor(*client))
                .collect();
            let from: Vec<NodeId> =
                nodes.iter().copied().filter(|node| it.picks[1] >> (node.0 % 31) & 1 == 1).collect();
            (!cut_off.is_empty() && !from.is_empty()).then(|| both(cut_off, hosts(&from)))
        }
        _ => None,
    }
}

/// Whether it is more than the configuration promises to survive if these nodes lose what they have not synced.
#[must_use]
pub fn would_exceed(world: &World, nodes: &[NodeId]) -> bool {
    judge(world).is_some_and(|judge| {
        judge.model().live().any(|partition| {
            let at_risk: Vec<NodeId> = world.at_risk(partition.id).into_iter().map(|(node, _)| node).collect();
            let struck = |replica: &Replica| nodes.contains(&replica.node) && at_risk.contains(&replica.node);
            exceeds(partition, struck)
        })
    })
}

/// Whether it is more than that if a bit flips somewhere on this node's disk.
#[must_use]
pub fn would_exceed_rot(world: &World, node: NodeId) -> bool {
    judge(world)
        .is_some_and(|judge| judge.model().live().any(|partition| exceeds(partition, |replica| replica.node == node)))
}

/// Whether no in-sync replica stays sound, of those that a fault would not strike.
fn exceeds(partition: &Partition, struck: impl Fn(&Replica) -> bool) -> bool {
    let in_sync: &[NodeId] = partition.newest().map_or(&[], |newest| &newest.isr);
    let of_isr = || partition.replicas.iter().filter(|replica| in_sync.contains(&replica.node));
    of_isr().any(&struck)
        && !of_isr()
            .any(|replica| !struck(replica) && replica.lost.is_empty() && !replica.rotted && !replica.lost_power)
}

fn judge(world: &World) -> Option<&Judge> {
    world.observer()?.as_any().downcast_ref()
}
