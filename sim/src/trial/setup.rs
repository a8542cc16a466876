//! From a trial and a seed to a world that is about to begin.

use super::run::Run;
use super::{Forced, TopicSetup, Trial};
use super::{admins, groups};
use crate::actor::ActorId;
use crate::checks::Judge;
use crate::choices::{Choices, OwnStream};
use crate::clients::{ConsumerActor, DeleterActor, Drawing, ProducerActor, Target};
use crate::config::{ProcessConfig, TopicSpec, WorldConfig};
use crate::history::ConsumerId;
use crate::nemesis::{self, Nemesis, NemesisConfig};
use crate::script::{Script, ScriptClient};
use crate::world::World;
use gracchus_core::io::Mutant;
use gracchus_core::metadata::{GroupSettings, NodeConfig, TopicConfig};
use gracchus_core::types::{NodeId, TopicPartition};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Where brokers listen.
const PORT: u16 = 9092;

/// Everything is in place, and nothing has happened.
pub(super) fn prepare(trial: &Trial, seed: u64, forced: &Forced) -> Run {
    let choices = Choices::from_seed(seed);
    let nemesis_config = NemesisConfig { cuts: forced.cuts.unwrap_or(trial.nemesis.cuts), ..trial.nemesis.clone() };
    let plan = forced.plan.clone().unwrap_or_else(|| nemesis::draw(&nemesis_config, &choices));
    let config = world_config(trial, forced, &choices);
    let min_isr = config.broker.topic_defaults.min_insync_replicas;
    let mut judge = Judge::new(usize::try_from(min_isr).unwrap_or(1));
    judge.keep_offsets(groups::offsets_kept_ms(trial, config.broker.groups.offsets_retention_minutes));
    let mut world = World::new(config, choices.clone());
    world.observe(Box::new(judge));
    let targets = targets(&world);
    let brokers: Vec<(NodeId, (Arc<str>, u16))> =
        world.nodes().into_iter().map(|node| (node, (Arc::from(format!("b{node}")), PORT))).collect();
    let addresses: Vec<(Arc<str>, u16)> = brokers.iter().map(|(_, address)| address.clone()).collect();
    let producers = add_producers(trial, &mut world, &choices, &addresses, &targets);
    let consumers = add_consumers(trial, &mut world, &addresses, &targets);
    if trial.workload.delete_every_ms > 0 {
        let until = world.now().plus_ms(nemesis_config.end_ms as i64);
        let every = trial.workload.delete_every_ms;
        world.add(Box::new(DeleterActor::new(every, until, addresses.clone(), targets.clone())));
    }
    let script_client = world.add(Box::new(ScriptClient::default()));
    let mut groups = groups::add(trial, &mut world, &choices, &addresses, &targets);
    let admins = admins::add(trial, &mut world, &choices, &addresses);
    groups::add_admins(trial, &mut groups, &mut world, &choices, &addresses, &targets);
    let mut run = Run {
        world,
        nemesis: Nemesis::new(&nemesis_config, &plan),
        plan,
        script: None,
        producers,
        consumers,
        groups,
        admins,
        targets,
        brokers,
    };
    if !trial.script.is_empty() {
        let members: Vec<ActorId> = run.groups.iter().flat_map(|group| group.members.clone()).collect();
        let clients = [run.producers.clone(), run.consumers.clone(), vec![script_client], members].concat();
        run.script = Some(Script::new(&trial.script, script_client, clients, run.targets.clone(), run.brokers.clone()));
    }
    run
}

fn world_config(trial: &Trial, forced: &Forced, choices: &Choices) -> WorldConfig {
    let mut draws = choices.own("config", 0);
    let pick = |of: &[u64], drawn: u64| of[drawn as usize % of.len()];
    // What a scenario sets is drawn all the same, so that the other draws stay as they are.
    let pinned = |set: u64, drawn: u64| if set > 0 { set } else { drawn };
    let cluster = &trial.cluster;
    let ordinary = NodeConfig::default();
    let broker = NodeConfig {
        // Small caches, so that readers that lag read from the disk.
        tail_cache_bytes: pinned(
            cluster.tail_cache_bytes,
            pick(&[16 << 10, 256 << 10, ordinary.tail_cache_bytes], draws.below(3)),
        ),
        replica_fetch_max_bytes: pinned(
            u64::from(cluster.replica_fetch_max_bytes),
            pick(&[4 << 10, 64 << 10, 1 << 20], draws.below(3)),
        ) as i32,
        replica_fetch_wait_max_ms: pinned(u64::from(cluster.replica_fetch_wait_ms), pick(&[50, 500], draws.below(2)))
            as i32,
        // A run is a minute or two: what takes Kafka minutes takes seconds here.
        replica_fetch_backoff_ms: 200,
        replica_socket_timeout_ms: 5_000,
        high_watermark_checkpoint_interval_ms: 2_000,
        recovery_point_checkpoint_interval_ms: 10_000,
        groups: GroupSettings {
            min_session_timeout_ms: 500,
            initial_rebalance_delay_ms: 500,
            offsets_commit_timeout_ms: 2_000,
            offsets_retention_minutes: pinned(
                u64::from(cluster.offsets_retention_minutes),
                ordinary.groups.offsets_retention_minutes as u64,
            ) as i32,
            offsets_retention_check_interval_ms: pinned(
                cluster.offsets_retention_check_interval_ms,
                ordinary.groups.offsets_retention_check_interval_ms as u64,
            ) as i64,
            ..ordinary.groups
        },
        retention_check_interval_ms: 1_000,
        connections_max_idle_ms: pinned(
            u64::from(cluster.connections_max_idle_ms),
            pick(&[3_000, 20_000, ordinary.connections_max_idle_ms as u64], draws.below(3)),
        ) as i64,
        answer_budget_bytes: pinned(
            cluster.answer_budget_bytes,
            pick(&[64 << 10, 1 << 20, ordinary.answer_budget_bytes], draws.below(3)),
        ),
        topic_defaults: TopicConfig { file_delete_delay_ms: 2_000, ..ordinary.topic_defaults },
        ..ordinary
    };
    // Half of the swarm's seeds let some of the core's rare turns come often.
    let perturbed = if trial.nemesis.swarm { pick(&[0, 0, 500_000, 1_000_000], draws.below(4)) as u32 } else { 0 };
    let process = ProcessConfig { buggify_sites_ppm: perturbed, ..ProcessConfig::default() };
    let data_shards = forced.data_shards.or((trial.cluster.data_shards > 0).then_some(trial.cluster.data_shards));
    WorldConfig {
        nodes: u16::try_from(trial.cluster.brokers).expect("a scenario's brokers are few"),
        data_shards,
        topics: trial
            .cluster
            .topics
            .iter()
            .map(|topic| TopicSpec {
                name: topic.name.clone(),
                partitions: topic.partitions,
                replicas: u16::try_from(topic.replication_factor).expect("a topic's replicas are few"),
                first: u16::try_from(topic.first_replica).ok().filter(|first| *first > 0),
                configs: configs_of(topic, &mut draws),
            })
            .collect(),
        own_controller: cluster.own_controller,
        at_first_use: groups::offsets_topic(trial, choices).into_iter().collect(),
        broker,
        process,
        mutant: forced.mutant.as_deref().and_then(|id| Mutant::ALL.iter().copied().find(|it| it.id() == id)),
        ..WorldConfig::default()
    }
}

/// A topic's configuration: what is set, and of what is drawn one value each.
fn configs_of(topic: &TopicSetup, draws: &mut OwnStream) -> BTreeMap<String, String> {
    let mut configs = topic.configs.clone();
    for (key, values) in topic.drawn.iter().filter(|(_, values)| !values.is_empty()) {
        configs.insert(key.clone(), values[draws.below(values.len() as u64) as usize].clone());
    }
    configs
}

fn targets(world: &World) -> Vec<Target> {
    let image = world.image();
    let mut targets = Vec::new();
    for topic in image.topics.values() {
        for number in 0..topic.partitions.len() {
            let id = TopicPartition { topic: topic.id, partition: number as i32 };
            targets.push(Target { topic: topic.name.clone(), id });
        }
    }
    targets.sort();
    targets
}

fn add_producers(
    trial: &Trial,
    world: &mut World,
    choices: &Choices,
    addresses: &[(Arc<str>, u16)],
    targets: &[Target],
) -> Vec<ActorId> {
    let kinds = trial.workload.producers.iter().flat_map(|kind| (0..kind.count).map(move |_| kind));
    let actors = kinds.zip(0_u32..).map(|(kind, number)| {
        let drawing = Drawing::draw(kind, &mut choices.own("producer", u64::from(number)));
        ProducerActor::new(number, kind.clone(), drawing, addresses.to_vec(), targets.to_vec())
    });
    actors.collect::<Vec<_>>().into_iter().map(|actor| world.add(Box::new(actor))).collect()
}

fn add_consumers(trial: &Trial, world: &mut World, addresses: &[(Arc<str>, u16)], targets: &[Target]) -> Vec<ActorId> {
    let kinds = trial.workload.consumers.iter().flat_map(|kind| (0..kind.count).map(move |_| kind));
    let actors = kinds
        .zip(0_u32..)
        .map(|(kind, number)| ConsumerActor::new(ConsumerId(number), kind.clone(), addresses, targets.to_vec()));
    actors.collect::<Vec<_>>().into_iter().map(|actor| world.add(Box::new(actor))).collect()
}
