//! The consumer groups of a run: how they are drawn, and what is demanded of them once every fault has ended.

use super::Trial;
use super::phases::wait;
use super::run::{Cut, Run};
use crate::actor::ActorId;
use crate::choices::Choices;
use crate::clients::{Asker, Drawn, GroupAdmin, GroupConfig, GroupDrawing, GroupMember, GroupReader, Seat, Target};
use crate::config::TopicSpec;
use crate::history::GroupId;
use crate::nemesis::FaultKind;
use crate::world::World;
use gracchus_core::types::{Offset, TopicPartition};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Readers of groups' offsets are numbered from here, as members are by their seats.
const READERS: u32 = 1 << 21;
/// Administrators of groups are numbered from here.
const ADMINS: u32 = 1 << 22;

/// Wall clocks of two brokers differ by no more, in milliseconds.
const CLOCKS_DIFFER_MS: u64 = 2_000;
/// And where they are set, by no more than all jumps of a run together.
const CLOCKS_JUMP_MS: u64 = 3_600_000;

/// One group of a run.
#[derive(Clone, Debug)]
pub(super) struct GroupRun {
    /// Its members' actors.
    pub(super) members: Vec<ActorId>,
    /// Who reads its offsets from outside.
    pub(super) reader: ActorId,
    /// Who deletes and describes it.
    pub(super) admin: Option<ActorId>,
}

/// The kinds of groups that this seed has.
fn drawn<'a>(trial: &'a Trial, choices: &Choices) -> Vec<&'a GroupConfig> {
    let kinds = trial.workload.groups.iter().zip(0_u64..);
    kinds.filter(|(kind, number)| kind.is_drawn(*number, choices)).map(|(kind, _)| kind).collect()
}

/// How `__consumer_offsets` is made when the first member looks for its coordinator; none where there are no groups.
pub(super) fn offsets_topic(trial: &Trial, choices: &Choices) -> Option<TopicSpec> {
    if drawn(trial, choices).is_empty() {
        return None;
    }
    let mut draws = choices.own("offsets-topic", 0);
    let setup = &trial.cluster.offsets_topic;
    let Drawn { least, most } = setup.partitions;
    let partitions = draws.between(least.max(1), most.max(1)) as u32;
    let Drawn { least, most } = setup.replication_factor;
    // What more replicas promise is put to the test more often.
    let replicas = if draws.below(3) > 0 { most } else { draws.between(least, most) };
    let replicas = replicas.clamp(1, u64::from(trial.cluster.brokers));
    let min_isr = if draws.below(4) > 0 { replicas.min(2) } else { 1 };
    let mut configs = BTreeMap::from([
        ("min.insync.replicas".to_string(), min_isr.to_string()),
        ("internal.segment.bytes".to_string(), "16384".to_string()),
    ]);
    if draws.below(4) == 0 {
        configs.insert("flush.messages".to_string(), "1".to_string());
    }
    Some(TopicSpec {
        name: gracchus_core::metadata::CONSUMER_OFFSETS.to_string(),
        partitions,
        replicas: replicas as u16,
        first: Some(1 + draws.below(u64::from(trial.cluster.brokers)) as u16),
        configs,
    })
}

/// How long an offset is kept at least, in milliseconds: by wall clocks, which differ and may be set while a run lasts.
pub(super) fn offsets_kept_ms(trial: &Trial, retention_minutes: i32) -> u64 {
    let kept_ms = u64::try_from(retention_minutes).unwrap_or(0) * 60_000;
    let jumps = trial.nemesis.faults.contains_key(&FaultKind::ClockJump);
    kept_ms.saturating_sub(if jumps { CLOCKS_JUMP_MS } else { CLOCKS_DIFFER_MS })
}

/// Adds the members of every group, and a reader for each.
pub(super) fn add(
    trial: &Trial,
    world: &mut World,
    choices: &Choices,
    brokers: &[(Arc<str>, u16)],
    targets: &[Target],
) -> Vec<GroupRun> {
    let targets: Arc<[Target]> = targets.into();
    let mut groups = Vec::new();
    let mut seats = 0;
    let kinds = drawn(trial, choices);
    for kind in kinds.into_iter().flat_map(|kind| (0..kind.count).map(move |_| kind)) {
        let group = GroupId(groups.len() as u32);
        let name: Arc<str> = group.name().into();
        let drawing = GroupDrawing::draw(kind, &mut choices.own("group", u64::from(group.0)));
        let understudies = u32::from(drawing.is_static);
        let mut members = Vec::new();
        for place in 0..drawing.members + understudies {
            // An understudy has the first member's instance id.
            let is_understudy = place == drawing.members;
            let instance = if is_understudy { 0 } else { place };
            let seat = Seat {
                group,
                name: name.clone(),
                number: seats,
                instance: drawing.is_static.then(|| format!("{name}-instance-{instance}").into()),
                is_understudy,
                config: kind.clone(),
                drawing: drawing.clone(),
                brokers: brokers.to_vec(),
                targets: targets.clone(),
            };
            seats += 1;
            members.push(world.add(Box::new(GroupMember::new(seat))));
        }
        let (every, brokers) = (kind.read_every_ms, brokers.to_vec());
        let reader = GroupReader::new(group, name, READERS + group.0, every, brokers, targets.clone());
        groups.push(GroupRun { members, reader: world.add(Box::new(reader)), admin: None });
    }
    groups
}

/// Adds the administrators of groups that have one. They come behind all other clients, so that these stay who they are.
pub(super) fn add_admins(
    trial: &Trial,
    groups: &mut [GroupRun],
    world: &mut World,
    choices: &Choices,
    brokers: &[(Arc<str>, u16)],
    targets: &[Target],
) {
    let kinds = drawn(trial, choices).into_iter().flat_map(|kind| (0..kind.count).map(move |_| kind));
    let targets: Arc<[Target]> = targets.into();
    for ((number, group), kind) in (0..).zip(groups).zip(kinds) {
        if kind.has_admin(number, choices) {
            let (every, seat) = (kind.admin_every_ms, ADMINS + number);
            let admin = GroupAdmin::new(GroupId(number), seat, every, brokers.to_vec(), targets.clone());
            group.admin = Some(world.add(Box::new(admin)));
        }
    }
}

/// Administrators ask nothing more, and what they asked has taken effect.
fn stop_admins(run: &mut Run, trial: &Trial) -> Result<(), Cut> {
    let admins: Vec<ActorId> = run.groups.iter().filter_map(|group| group.admin).collect();
    if admins.is_empty() {
        return Ok(());
    }
    for id in &admins {
        if let Some(admin) = run.world.actor_mut(*id).as_any_mut().downcast_mut::<GroupAdmin>() {
            admin.stop();
        }
    }
    wait(run, trial.bounds.converge_ms, "administrators of groups to end", |run| {
        let all = admins.iter().map(|id| run.world.actor(*id).as_any().downcast_ref());
        all.flatten().all(GroupAdmin::is_done)
    })?;
    // What was asked on a connection that was given up may still come.
    run.go_on(run.world.now().plus_ms(1_000))
}

/// Every group comes to rest: its members own every partition, each one member, have read all of it, and committed that.
/// Then they leave.
pub(super) fn settle(run: &mut Run, trial: &Trial) -> Result<(), Cut> {
    if run.groups.is_empty() {
        return Ok(());
    }
    stop_admins(run, trial)?;
    for id in all_members(run) {
        change(run, id, GroupMember::settle);
    }
    wait(run, trial.bounds.converge_ms, "every group to own, read and commit all partitions", |run| {
        run.groups.iter().all(|group| is_settled(run, group))
    })?;
    run.judge_mut().on_groups_settled();
    for id in all_members(run) {
        change(run, id, GroupMember::retire);
    }
    for group in run.groups.clone() {
        if let Some(reader) = run.world.actor_mut(group.reader).as_any_mut().downcast_mut::<GroupReader>() {
            reader.stop();
        }
    }
    wait(run, trial.bounds.converge_ms, "every member to leave its group", |run| {
        all_members(run).into_iter().all(|id| member(run, id).is_gone())
    })
}

fn is_settled(run: &Run, group: &GroupRun) -> bool {
    let end = |id: TopicPartition| {
        run.judge().model().partition(id).map_or(Offset::ZERO, crate::checks::model::Partition::committed_end)
    };
    let reader: &GroupReader =
        run.world.actor(group.reader).as_any().downcast_ref().expect("readers are where they were added");
    let owned: Vec<TopicPartition> = group.members.iter().flat_map(|id| member(run, *id).owned()).collect();
    run.targets.iter().all(|target| {
        let end = end(target.id);
        let positions = group.members.iter().filter_map(|id| member(run, *id).position(target.id));
        owned.iter().filter(|id| **id == target.id).count() == 1
            && positions.max() >= Some(end)
            && reader.offset(target.id) >= Some(end).filter(|end| *end > Offset::ZERO)
    })
}

/// What its groups are like, for a reader.
pub(super) fn describe(run: &Run) -> Vec<String> {
    let mut lines: Vec<String> = all_members(run).into_iter().map(|id| member(run, id).describe()).collect();
    for group in &run.groups {
        let reader: Option<&GroupReader> = run.world.actor(group.reader).as_any().downcast_ref();
        let offsets = run.targets.iter().map(|target| {
            let committed = reader.and_then(|reader| reader.offset(target.id)).map_or(-1, |offset| offset.0);
            format!("{}-{}: {committed}", target.topic, target.id.partition)
        });
        lines.push(format!("committed: {}", offsets.collect::<Vec<_>>().join(", ")));
    }
    lines
}

fn all_members(run: &Run) -> Vec<ActorId> {
    run.groups.iter().flat_map(|group| group.members.iter().copied()).collect()
}

fn member(run: &Run, id: ActorId) -> &GroupMember {
    run.world.actor(id).as_any().downcast_ref().expect("members are where they were added")
}

fn change(run: &mut Run, id: ActorId, how: impl FnOnce(&mut GroupMember)) {
    if let Some(member) = run.world.actor_mut(id).as_any_mut().downcast_mut::<GroupMember>() {
        how(member);
    }
}
