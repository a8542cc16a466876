//! The administrators of a run, the users of their topics, and what is demanded once they have stopped.

use super::Trial;
use super::phases::wait;
use super::run::{Cut, Run};
use crate::actor::ActorId;
use crate::choices::Choices;
use crate::clients::{AdminActor, AdminConfig, Asker, Target, TopicUser};
use crate::world::World;
use gracchus_core::types::{NodeId, TopicPartition};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The administrators of a run, and those who write and read their topics.
#[derive(Clone, Debug, Default)]
pub(super) struct AdminRun {
    pub(super) admins: Vec<ActorId>,
    pub(super) users: Vec<ActorId>,
    names: Vec<Arc<str>>,
}

/// Adds those that this seed has.
pub(super) fn add(trial: &Trial, world: &mut World, choices: &Choices, brokers: &[(Arc<str>, u16)]) -> AdminRun {
    let mut run = AdminRun::default();
    let kinds = trial.workload.admins.iter().zip(0_u64..);
    let kinds: Vec<&AdminConfig> =
        kinds.filter(|(kind, number)| kind.is_drawn(*number, choices)).map(|(kind, _)| kind).collect();
    let replicas = trial.cluster.brokers.min(3) as u16;
    let mut users = 0;
    for (kind, number) in kinds.into_iter().flat_map(|kind| (0..kind.count).map(move |_| kind)).zip(0_u32..) {
        let mut draws = choices.own("admin", u64::from(number));
        let count = draws.between(kind.topics.least.max(1), kind.topics.most.max(1));
        let names: Vec<Arc<str>> = (0..count).map(|at| format!("admin-{number}-{at}").into()).collect();
        let (most, brokers) = (kind.partitions_most, || brokers.to_vec());
        let admin = AdminActor::new(number, kind.every_ms, most, replicas, &names, brokers());
        run.admins.push(world.add(Box::new(admin)));
        for _ in 0..kind.writers {
            let writer = TopicUser::writer(users, kind.use_every_ms, &names, brokers());
            run.users.push(world.add(Box::new(writer)));
            users += 1;
        }
        for _ in 0..kind.readers {
            let reader = TopicUser::reader(users, kind.use_every_ms, &names, brokers());
            run.users.push(world.add(Box::new(reader)));
            users += 1;
        }
        run.names.extend(names);
    }
    run
}

/// Administrators and their topics' users stop. What is there then stays: it is written and read like every other topic.
pub(super) fn settle(run: &mut Run, trial: &Trial) -> Result<(), Cut> {
    if run.admins.admins.is_empty() {
        return Ok(());
    }
    for id in run.admins.admins.clone() {
        if let Some(admin) = run.world.actor_mut(id).as_any_mut().downcast_mut::<AdminActor>() {
            admin.stop();
        }
    }
    for id in run.admins.users.clone() {
        if let Some(user) = run.world.actor_mut(id).as_any_mut().downcast_mut::<TopicUser>() {
            user.stop();
        }
    }
    wait(run, trial.bounds.converge_ms, "administrators and their topics' users to end", |run| {
        run.admins.admins.iter().all(|id| actor::<AdminActor>(run, *id).is_done())
            && run.admins.users.iter().all(|id| actor::<TopicUser>(run, *id).is_done())
    })?;
    // What was asked on a connection that was given up may still come.
    run.go_on(run.world.now().plus_ms(1_000))?;
    let image = run.world.image().clone();
    run.judge_mut().judge_topics(&image);
    for name in run.admins.names.clone() {
        let Some(topic) = image.topic_named(&name) else { continue };
        for partition in 0..topic.partitions.len() as i32 {
            run.targets.push(Target { topic: name.clone(), id: TopicPartition { topic: topic.id, partition } });
        }
    }
    wait(run, trial.bounds.converge_ms, "the files of deleted topics to go", |run| {
        run.world.nodes().into_iter().all(|node| first_stray(run, node).is_none())
    })?;
    judge_retention(run, trial)
}

/// While clients write, every log of an administrator's topic comes to be within its `retention.bytes` again and again.
pub(super) fn judge_retention(run: &mut Run, trial: &Trial) -> Result<(), Cut> {
    wait(run, trial.bounds.converge_ms, "every log to be within two segments of its retention.bytes", |run| {
        run.world.nodes().into_iter().all(|node| first_over(run, node).is_none())
    })
}

/// A log that has more bytes than `retention.bytes` and two segments.
fn first_over(run: &Run, node: NodeId) -> Option<String> {
    let mut logs: BTreeMap<TopicPartition, (u64, u64)> = BTreeMap::new();
    for path in run.world.files(node).iter().filter(|path| path.path.ends_with(".log")) {
        let bytes = run.world.read_file(node, path).map_or(0, |bytes| bytes.len() as u64);
        if let Some(partition) = run.world.partition_of(node, path) {
            let (all, largest) = logs.entry(partition).or_default();
            (*all, *largest) = (*all + bytes, (*largest).max(bytes));
        }
    }
    let image = run.world.image();
    run.admins.names.iter().find_map(|name| {
        let topic = image.topic_named(name)?;
        let set = |key: &str| topic.configs.get(key).and_then(|text| text.parse::<u64>().ok());
        let (most, segment) = (set("retention.bytes")?, set("internal.segment.bytes").unwrap_or(1 << 30));
        logs.iter().filter(|(partition, _)| partition.topic == topic.id).find_map(|(partition, (all, largest))| {
            let is_over = *all > most + 2 * segment.max(*largest);
            is_over.then(|| format!("{name}-{} has {all} bytes, and {most} are to be retained", partition.partition))
        })
    })
}

/// A file of a topic that is not there any more.
fn first_stray(run: &Run, node: NodeId) -> Option<String> {
    let image = run.world.image();
    let is_stray = |path: &gracchus_core::io::FilePath| {
        let Some((folder, _)) = path.path.split_once('/') else { return false };
        let is_of_admin = run.admins.names.iter().any(|name| folder.starts_with(&**name));
        let partition = run.world.partition_of(node, path);
        is_of_admin && partition.is_none_or(|partition| image.partition(partition).is_none())
    };
    run.world.files(node).into_iter().find(is_stray).map(|path| path.path.to_string())
}

/// What is left of deleted topics, for a reader.
pub(super) fn describe(run: &Run) -> Vec<String> {
    let strays = run.world.nodes().into_iter().filter_map(|node| Some((node, first_stray(run, node)?)));
    let over = run.world.nodes().into_iter().filter_map(|node| Some((node, first_over(run, node)?)));
    let strays = strays.map(|(node, path)| format!("node {node} has {path} of a deleted topic"));
    strays.chain(over.map(|(node, what)| format!("node {node}: {what}"))).collect()
}

fn actor<A: 'static>(run: &Run, id: ActorId) -> &A {
    run.world.actor(id).as_any().downcast_ref().expect("actors are where they were added")
}
