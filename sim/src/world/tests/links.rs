//! What a client sees of a network that fails.

use super::*;

fn with_caller(seed: u64) -> (World, ActorId) {
    let mut world = world(seed);
    let caller = world.add(Caller::new("b1", 2));
    world.run_for(2_000);
    assert!(world.caller(caller).echoed.len() > 100);
    (world, caller)
}

fn links(from: Host, to: Host, fault: LinkFault) -> Fault {
    Fault::Links { from: vec![from], to: vec![to], fault }
}

#[test]
fn a_connection_keeps_its_order() {
    for seed in gracchus_cases::seeds(10) {
        let (world, caller) = with_caller(seed);
        let caller = world.caller(caller);
        let numbers: Vec<u64> = caller.echoed.iter().map(|(number, _)| *number).collect();
        assert_eq!(numbers, (1..=numbers.len() as u64).collect::<Vec<_>>());
    }
}

#[test]
fn a_clog_holds_and_lets_go_and_nothing_is_lost() {
    let (mut world, caller) = with_caller(1);
    let there = Host::Actor(caller);
    world.apply(&links(Host::Node(B1), there, LinkFault::Clog));
    let before = world.caller(caller).echoed.len();
    world.run_for(60_000);
    assert_eq!(world.caller(caller).echoed.len(), before, "not one answer comes through");
    world.apply(&Fault::HealNetwork);
    world.run_for(200);
    let held = world.caller(caller);
    assert_eq!(held.closed, 0, "and nothing times out");
    let numbers: Vec<u64> = held.echoed.iter().map(|(number, _)| *number).collect();
    assert_eq!(numbers, (1..=numbers.len() as u64).collect::<Vec<_>>());
    assert!(numbers.len() > before + 20_000);
}

#[test]
fn a_short_cut_delays_and_a_long_one_breaks_the_connection() {
    for (ms, breaks) in [(1_000, false), (30_000, true)] {
        let (mut world, caller) = with_caller(1);
        world.apply(&Fault::Isolate { one: vec![Host::Actor(caller)] });
        world.run_for(ms);
        world.apply(&Fault::HealNetwork);
        world.run_for(20_000);
        let caller = world.caller(caller);
        assert_eq!(caller.closed > 0, breaks, "after {ms} ms");
        assert!(caller.echoed.last().unwrap().1 > world.now().0 - SECOND, "and all is well in the end");
    }
}

#[test]
fn a_one_way_cut_lets_requests_through_and_loses_their_answers() {
    let (mut world, caller) = with_caller(1);
    world.apply(&links(Host::Node(B1), Host::Actor(caller), LinkFault::Cut));
    let (stored, echoed) = (world.stored(B1).len(), world.caller(caller).echoed.len());
    world.run_for(1_500);
    assert!(world.stored(B1).len() > stored + 100);
    assert_eq!(world.caller(caller).echoed.len(), echoed);
    world.run_for(60_000);
    assert!(world.caller(caller).closed > 0, "a sender without acknowledgements gives up");
    assert!(world.caller(caller).failed > 0, "and dials in vain");
}

#[test]
fn loss_resets_connections_and_loses_requests_and_answers() {
    let (mut world, caller) = with_caller(1);
    world.apply(&Fault::Loss { ppm: 50_000 });
    world.run_for(20_000);
    let counters = *world.counters();
    assert!(counters.resets > 10 && counters.lost_requests > 10 && counters.lost_answers > 10, "{counters:?}");
    let (sent, echoed) = (world.caller(caller).sent, world.caller(caller).echoed.len() as u64);
    assert!(echoed < sent);
    world.apply(&Fault::HealNetwork);
    let closed = world.caller(caller).closed;
    world.run_for(20_000);
    assert!(world.caller(caller).closed <= closed + 1);
}

#[test]
fn a_full_window_holds_the_sender_back() {
    let mut config = config();
    config.network.window = 64;
    let mut world = World::with_machines(config, Choices::from_seed(1), echo);
    let caller = world.add(Caller::new("b1", 1));
    world.run_for(1_000);
    world.apply(&Fault::Pause { node: B1 });
    world.run_for(1_000);
    let stored = world.stored(B1).len() as u64;
    assert!(world.caller(caller).sent > stored + 500);
    world.apply(&Fault::Resume { node: B1 });
    world.run_for(20_000);
    let (sent, stored) = (world.caller(caller).sent, world.stored(B1));
    assert_eq!(stored, (1..=stored.len() as u64).collect::<Vec<_>>(), "in order, none left out");
    assert!(stored.len() as u64 > sent - 1_000, "{} of {sent}", stored.len());
}

#[test]
fn a_slow_link_is_slow() {
    let (mut world, caller) = with_caller(1);
    world.apply(&links(Host::Actor(caller), Host::Node(B1), LinkFault::Slow(700_000)));
    world.run_for(1);
    let before = world.caller(caller).sent;
    world.run_for(2_000);
    let slow = *world.caller(caller).echoed.iter().find(|(number, _)| *number > before).unwrap();
    assert!(slow.1 > 2_700 * 1_000_000);
}

#[test]
fn a_reset_tells_both_ends() {
    let (mut world, caller) = with_caller(1);
    world.apply(&Fault::Reset { a: Host::Node(B1), b: Host::Actor(caller) });
    world.run_for(500);
    let caller = world.caller(caller);
    assert_eq!(caller.closed, 1);
    assert!(caller.echoed.last().unwrap().1 > world.now().0 - SECOND / 2);
}
