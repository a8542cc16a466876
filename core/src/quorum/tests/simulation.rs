//! Quorums under faults, seed by seed.

use super::super::*;
use super::world::{World, endpoints, key};
use core::time::Duration;

/// How long the faults last, in milliseconds.
const FAULTS_MS: u64 = 20_000;

/// How long a healed quorum may take to elect a leader and to commit, in milliseconds. A leader that was cut off leads
/// for up to three seconds, a follower waits for two, and an election that is split takes up to four.
const HEALED_MS: u64 = 30_000;

fn any(world: &mut World) -> usize {
    world.dice.roll(world.machines.len() as u64) as usize
}

/// One thing that goes wrong, or is asked for.
fn disturb(world: &mut World, value: u64) {
    let at = any(world);
    match world.dice.roll(34) {
        0 => world.crash(at),
        1..=3 => (0..world.machines.len()).for_each(|at| world.start(at)),
        4 => {
            let other = any(world);
            world.cuts.insert((at, other));
        }
        5 => {
            for other in 0..world.machines.len() {
                world.cuts.extend([(at, other), (other, at)]);
            }
        }
        6..=8 => world.cuts.clear(),
        9 => {
            let ms = world.dice.roll(6_000);
            world.machines[at].paused_until = world.now + ms;
        }
        10 => world.machines[at].sync_ms = [1, 5, 50, 4_000][world.dice.roll(4) as usize],
        11 => world.loss = [0, 0, 4, 20][world.dice.roll(4) as usize],
        12 => world.delay_ms = [2, 5, 50, 400][world.dice.roll(4) as usize],
        13 | 14 => world.snapshot(at),
        15 => world.machines[at].log.is_cold = world.dice.one_in(2),
        16 if world.is_dynamic && !world.could_lose(at) => {
            world.wipe(at);
            world.start(at);
        }
        17 | 18 if world.is_dynamic => add_voter(world, at),
        19 | 20 if world.is_dynamic => remove_voter(world, at),
        21 => {
            let epoch = world.machines[at].quorum.as_ref().map(Quorum::epoch);
            if let Some(epoch) = epoch {
                world.call(at, |quorum, cx| quorum.resign(epoch, cx));
            }
        }
        22 if world.dice.one_in(4) => (0..world.machines.len()).for_each(|at| world.crash(at)),
        _ => append(world, value),
    }
}

fn append(world: &mut World, value: u64) {
    for at in 0..world.machines.len() {
        if world.append(at, value).is_some() {
            world.count("append");
        }
    }
}

fn add_voter(world: &mut World, at: usize) {
    let directory = world.machines[at].directory;
    let ack_when_committed = world.dice.one_in(2);
    let (voter, timeout) = (key(at, directory), Duration::from_secs(5));
    let add = AddVoter { voter, endpoints: endpoints(at), ack_when_committed, timeout };
    (0..world.machines.len()).for_each(|to| world.ask(to, Request::AddVoter(add.clone())));
}

fn remove_voter(world: &mut World, at: usize) {
    let Some(leader) = world.leader() else { return };
    let voters = world.machines[leader].quorum.as_ref().unwrap().voters().latest();
    let intact =
        voters.iter().filter(|it| it.is(key(it.key.id.0 as usize, world.machines[it.key.id.0 as usize].directory)));
    let Some(voter) = voters.iter().map(|it| it.key).find(|it| it.id.0 as usize == at) else { return };
    // What is left has to be able to go on by itself.
    if intact.filter(|it| it.key != voter).count() > (voters.len() - 1) / 2 {
        world.ask(leader, Request::RemoveVoter(voter));
    }
}

fn heal(world: &mut World) {
    world.cuts.clear();
    (world.loss, world.delay_ms) = (0, 5);
    for at in 0..world.machines.len() {
        world.machines[at].paused_until = 0;
        world.machines[at].sync_ms = 3;
        world.start(at);
    }
}

fn run(seed: u64) -> World {
    let mut dice = super::world::Dice(seed ^ 0x5eed);
    let (voters, observers) = (1 + dice.roll(5) as usize, dice.roll(3) as usize);
    let is_dynamic = !dice.one_in(3);
    let mut world = World::new(seed, voters, observers, is_dynamic);
    world.config.auto_join = is_dynamic && dice.one_in(4);
    world.check_clones = dice.one_in(8);
    let end = world.now + FAULTS_MS;
    let mut value = 0;
    while world.now < end {
        let ms = 1 + world.dice.roll(120);
        world.run_until(world.now + ms);
        value += 1;
        disturb(&mut world, value);
    }
    heal(&mut world);
    let (healed, before) = (world.now, world.committed_end);
    let mut appended = None;
    while appended.is_none_or(|it| world.committed_end <= it) || !world.is_settled() {
        world.run_until(world.now + 50);
        if let Some(leader) = world.leader()
            && appended.is_none_or(|it| world.committed_end <= it)
        {
            appended = world.append(leader, u64::MAX).or(appended);
        }
        if world.now > healed + HEALED_MS {
            for (at, it) in world.machines.iter().enumerate() {
                let quorum = it.quorum.as_ref().unwrap();
                eprintln!(
                    "{at}: {} epoch {} leader {:?} end {:?} high watermark {} voters {}",
                    quorum.role_name(),
                    quorum.epoch(),
                    quorum.leader(),
                    it.log.live.end(),
                    quorum.high_watermark(),
                    quorum.voters().latest(),
                );
            }
            panic!("seed {seed}: nothing is committed {HEALED_MS} ms after the faults ended, behind {before}");
        }
    }
    world.count(if is_dynamic { "dynamic" } else { "static" });
    world
}

#[test]
fn quorums_keep_what_is_committed_and_come_back() {
    let mut reached = std::collections::BTreeMap::<&str, u64>::new();
    for seed in gracchus_cases::seeds(60) {
        for (what, count) in run(seed).counts {
            *reached.entry(what).or_default() += count;
        }
    }
    for what in ["truncation", "snapshot installed", "wipe", "leadership lost", "append", "static", "dynamic"] {
        assert!(reached.contains_key(what), "no seed reached: {what}; {reached:?}");
    }
    println!("{reached:?}");
}
