//! What survives the deaths of processes and machines.

use super::*;

/// A caller's numbers that came back are all stored, as often as not with more behind them.
fn assert_kept(world: &World, caller: ActorId) {
    let stored = world.stored(B1);
    for (number, _) in &world.caller(caller).echoed {
        assert!(stored.binary_search(number).is_ok(), "{number} was answered and is gone");
    }
}

#[test]
fn what_was_answered_survives_power_losses_anywhere() {
    let (mut cuts, mut effect_cuts) = (0, 0);
    for seed in gracchus_cases::seeds(40) {
        let mut world = world(seed);
        let caller = world.add(Caller::new("b1", 3));
        world.run_for(1_000 + seed);
        for round in 0..5 {
            let cut = match (seed + round) % 3 {
                0 => Cut::Now,
                1 => Cut::AfterFileOps((seed % 7) as u32),
                _ => Cut::AfterEffects((seed % 5) as u32),
            };
            world.apply(&power_loss(cut));
            world.run_for(200);
            assert_eq!(world.node_state(B1), NodeState::Dark, "{cut:?}");
            world.apply(&Fault::Restart { node: B1 });
            world.run_for(30_000);
        }
        assert!(world.caller(caller).echoed.len() > 500);
        assert_kept(&world, caller);
        cuts += world.counters().cuts;
        effect_cuts += world.counters().effect_cuts;
    }
    assert!(cuts > 50 && effect_cuts > 50, "{cuts} and {effect_cuts}");
}

#[test]
fn a_cut_keeps_the_operations_before_it_and_a_part_of_the_next() {
    let mut lengths = std::collections::BTreeSet::new();
    for seed in gracchus_cases::seeds(60) {
        let mut world = world(seed);
        world.add(Caller::new("b1", 50));
        world.run_for(2_000);
        let before = world.stored(B1).len();
        // The third append from now is the first half of a frame's eight bytes.
        let kill = Fault::Crash { node: B1, crash: Crash::Kill, cut: Cut::AfterFileOps(2) };
        world.apply(&kill);
        world.run_for(500);
        assert_eq!((world.node_state(B1), world.counters().cuts), (NodeState::Down, 1));
        assert_eq!(world.stored(B1).len(), before + 1);
        let total: usize = world.files(B1).iter().map(|path| world.read_file(B1, path).unwrap().len()).sum();
        lengths.insert(total % 8);
    }
    assert_eq!(lengths, (0..=4).collect(), "any part of the cut append");
}

#[test]
fn a_killed_process_keeps_its_page_cache_and_its_peers_hear_of_it_at_once() {
    let mut world = world(1);
    let caller = world.add(Caller::new("b1", 1));
    world.run_for(1_500);
    let stored = world.stored(B1);
    world.apply(&Fault::Crash { node: B1, crash: Crash::Kill, cut: Cut::Now });
    world.run_for(100);
    assert_eq!(world.stored(B1), stored);
    assert_eq!(world.caller(caller).closed, 1);
    assert!(world.caller(caller).failed > 0, "the machine refuses");
}

#[test]
fn peers_of_a_dark_machine_notice_only_after_a_while() {
    let mut world = world(1);
    let caller = world.add(Caller::new("b1", 1));
    world.run_for(1_500);
    world.apply(&power_loss(Cut::Now));
    world.run_for(1_000);
    assert_eq!(world.caller(caller).closed, 0, "nobody told it");
    world.run_for(30_000);
    assert_eq!(world.caller(caller).closed, 1, "what it sent was never acknowledged");
}

#[test]
fn a_machine_that_is_back_says_that_it_knows_nothing_of_the_connection() {
    let mut world = world(1);
    let caller = world.add(Caller::new("b1", 1));
    world.run_for(1_500);
    world.apply(&power_loss(Cut::Now));
    world.run_for(10);
    world.apply(&Fault::Restart { node: B1 });
    world.run_for(1_000);
    assert!(world.caller(caller).closed == 1 && world.caller(caller).echoed.last().unwrap().1 > 2 * SECOND);
}

#[test]
fn a_paused_node_stands_still_and_goes_on_where_it_was() {
    let mut world = world(1);
    let caller = world.add(Caller::new("b1", 5));
    world.run_for(1_500);
    world.apply(&Fault::Pause { node: B1 });
    world.run_for(100);
    let (stored, echoed) = (world.stored(B1).len(), world.caller(caller).echoed.len());
    world.run_for(60_000);
    assert_eq!((world.stored(B1).len(), world.caller(caller).echoed.len()), (stored, echoed));
    world.apply(&Fault::Resume { node: B1 });
    world.run_for(1_000);
    let after = world.caller(caller);
    assert_eq!(after.closed, 0);
    assert!(after.echoed.len() > echoed + 10_000, "all of it is answered now");
}

#[test]
fn a_stuck_disk_holds_answers_back_and_none_is_lost() {
    let mut world = world(1);
    let caller = world.add(Caller::new("b1", 5));
    world.run_for(1_500);
    let stuck = |stuck| Fault::Disk { node: B1, dir: 0, fault: crate::fault::DiskFault::Stuck(stuck) };
    world.apply(&stuck(true));
    world.run_for(100);
    let echoed = world.caller(caller).echoed.len();
    world.run_for(20_000);
    assert_eq!(world.caller(caller).echoed.len(), echoed);
    world.apply(&stuck(false));
    world.run_for(1_000);
    assert!(world.caller(caller).echoed.len() > echoed + 3_000);
    assert_kept(&world, caller);
}

#[test]
fn a_slow_start_is_drawn_and_shard_counts_are_drawn_or_forced() {
    let counts: std::collections::BTreeSet<u16> = (0..20).map(|seed| world(seed).shards(B1)).collect();
    assert_eq!(counts, [2, 3, 4].into());
    let forced = WorldConfig { data_shards: Some(2), ..config() };
    assert_eq!(World::with_machines(forced, Choices::from_seed(1), echo).shards(B1), 3);
}

#[test]
fn the_controller_moves_leaders_away_from_the_dead_and_tells_nobody_before_it_notices() {
    let mut config = config();
    config.controller.detection = Spread::fixed(500_000);
    let mut world = World::with_machines(config, Choices::from_seed(1), echo);
    world.run_for(2_000);
    let leads = |world: &World, node: NodeId| {
        let topics = world.image().topics.values();
        topics.flat_map(|topic| &topic.partitions).filter(|known| known.leader == Some(node)).count()
    };
    let leader = world.nodes().into_iter().find(|node| leads(&world, *node) > 0).unwrap();
    world.apply(&Fault::Crash { node: leader, crash: Crash::Kill, cut: Cut::Now });
    world.run_for(400);
    assert!(leads(&world, leader) > 0);
    world.run_for(200);
    assert_eq!(leads(&world, leader), 0);
    let elected = world.counters().elections;
    assert!(elected > 0);
    for topic in world.image().topics.values() {
        assert!(topic.partitions.iter().all(|known| !known.isr.contains(&leader) && known.isr.len() == 2));
    }
}

#[test]
fn the_last_in_sync_replica_stays_and_leads_again_when_it_is_back() {
    let mut world = world(1);
    world.run_for(2_000);
    for node in world.nodes() {
        world.apply(&Fault::Crash { node, crash: Crash::PowerLoss(Unsynced::Kept), cut: Cut::Now });
        world.run_for(10_000);
    }
    let all =
        |world: &World| world.image().topics.values().flat_map(|topic| topic.partitions.clone()).collect::<Vec<_>>();
    assert!(all(&world).iter().all(|known| known.leader.is_none() && known.isr == [NodeId(3)]));
    world.apply(&Fault::Restart { node: NodeId(1) });
    world.run_for(10_000);
    assert!(all(&world).iter().all(|known| known.leader.is_none()), "it may lack what the last one has");
    world.apply(&Fault::Restart { node: NodeId(3) });
    world.run_for(10_000);
    assert!(all(&world).iter().all(|known| known.leader == Some(NodeId(3))));
}

#[test]
fn a_restart_that_nobody_noticed_still_costs_the_place_in_the_in_sync_set() {
    let mut config = config();
    config.controller.detection = Spread::fixed(60_000_000);
    let mut world = World::with_machines(config, Choices::from_seed(1), echo);
    world.run_for(2_000);
    world.apply(&power_loss(Cut::Now));
    world.apply(&Fault::Restart { node: B1 });
    world.run_for(5_000);
    let all = world.image().topics.values().flat_map(|topic| topic.partitions.clone()).collect::<Vec<_>>();
    assert!(all.iter().all(|known| !known.isr.contains(&B1) && known.leader != Some(B1)));
}

#[test]
fn a_node_that_hears_from_no_majority_is_fenced_and_comes_back() {
    let mut world = world(1);
    world.run_for(2_000);
    world.apply(&Fault::Isolate { one: vec![Host::Node(B1)] });
    world.run_for(10_000);
    let fenced = |world: &World| world.image().brokers[&B1].fenced;
    assert!(fenced(&world));
    world.apply(&Fault::HealNetwork);
    world.run_for(5_000);
    assert!(!fenced(&world));
}
