//! Whether something holds, as it is seen from outside the nodes.

use super::ScriptClient;
use super::client::Answer;
use crate::actor::ActorId;
use crate::checks::Judge;
use crate::checks::model::{Life, Partition, Replica, Role};
use crate::nemesis::Condition;
use crate::world::{NodeState, World};
use gracchus_core::types::{NodeId, Offset};

/// Whether a condition holds now.
#[must_use]
pub fn holds(condition: &Condition, world: &World, script: ActorId) -> bool {
    let replica = |name: &str, node: i32| partition(world, name).and_then(|it| it.replica(NodeId(node)));
    match condition {
        Condition::LogEnd { partition, node, at_least } => {
            replica(partition, *node).is_some_and(|it| it.life == Life::Live && it.log.end() >= Offset(*at_least))
        }
        Condition::HighWatermark { partition, node, at_least } => {
            replica(partition, *node).is_some_and(|it| it.life == Life::Live && it.high_watermark >= Offset(*at_least))
        }
        Condition::Leads { partition: name, node } => partition(world, name).is_some_and(|it| {
            let newest = it.newest().map(|newest| newest.leader_epoch);
            it.replica(NodeId(*node)).and_then(Replica::leading).map(|leading| leading.epoch) == newest
        }),
        Condition::Follows { partition: name, node, leader } => replica(name, *node)
            .is_some_and(|it| matches!(it.role, Role::Follower { leader: Some(it), .. } if it.0 == *leader)),
        Condition::Answered { label } => {
            client(world, script).and_then(|it| it.answer(label)).is_some_and(|it| it != Answer::Waiting)
        }
        Condition::Converged { partition: name } => partition(world, name).is_some_and(is_converged),
        Condition::Up { node } => world.node_state(NodeId(*node)) == NodeState::Up && is_loaded(world, NodeId(*node)),
    }
}

/// What there is to be seen of it, for a reader.
#[must_use]
pub fn tell(condition: &Condition, world: &World) -> String {
    let name = match condition {
        Condition::LogEnd { partition, .. }
        | Condition::HighWatermark { partition, .. }
        | Condition::Leads { partition, .. }
        | Condition::Follows { partition, .. }
        | Condition::Converged { partition } => partition,
        Condition::Answered { .. } | Condition::Up { .. } => return String::new(),
    };
    partition(world, name).map_or_else(|| format!("there is no {name}"), |it| describe(it).join("; "))
}

/// A partition's replicas, a line each.
#[must_use]
pub fn describe(partition: &Partition) -> Vec<String> {
    let newest = partition.newest();
    let head = format!("{}: {newest:?}, committed up to {}", partition.name, partition.committed_end());
    let replicas = partition.replicas.iter().map(|it| {
        let role = match &it.role {
            Role::None => "idle".to_string(),
            Role::Leader(leading) => format!("leader@{} isr {:?}", leading.epoch, leading.isr),
            Role::Follower { epoch, leader } => format!("follower@{epoch} of {leader:?}"),
        };
        format!(
            "  node {}: {:?}, {role}, log end {}, high watermark {}{}{}",
            it.node,
            it.life,
            it.log.end(),
            it.high_watermark,
            if it.offline { ", offline" } else { "" },
            if it.rotted { ", rotten" } else { "" }
        )
    });
    std::iter::once(head).chain(replicas).collect()
}

/// Whether all replicas hold the same log, with their high watermarks at its end.
#[must_use]
pub fn is_converged(partition: &Partition) -> bool {
    let Some((_, leader)) = partition.newest_leader() else { return false };
    let Some(leader) = partition.replica(leader) else { return false };
    let end = leader.log.end();
    partition
        .replicas
        .iter()
        .all(|it| it.life == Life::Live && !it.offline && it.log.end() == end && it.high_watermark == end)
        && partition.newest().is_some_and(|newest| leader.leading().is_some_and(|it| it.epoch == newest.leader_epoch))
}

/// The script's client.
#[must_use]
pub fn client(world: &World, script: ActorId) -> Option<&ScriptClient> {
    world.actor(script).as_any().downcast_ref()
}

fn is_loaded(world: &World, node: NodeId) -> bool {
    judge(world)
        .is_some_and(|judge| judge.model().live().filter_map(|it| it.replica(node)).all(|it| it.life == Life::Live))
}

fn partition<'a>(world: &'a World, name: &str) -> Option<&'a Partition> {
    judge(world)?.model().named(name)
}

fn judge(world: &World) -> Option<&Judge> {
    world.observer()?.as_any().downcast_ref()
}
