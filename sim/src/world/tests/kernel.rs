//! One seed, one history.

use super::*;

fn busy_run(seed: u64) -> World {
    let mut world = world(seed);
    for every_ms in [7, 11, 13] {
        world.add(Caller::new("b1", every_ms));
    }
    world.run_for(1_000);
    world.apply(&power_loss(Cut::Now));
    world.apply(&Fault::Loss { ppm: 20_000 });
    world.run_for(1_000);
    world.heal();
    world
}

#[test]
fn one_seed_has_one_hash() {
    let (mut one, mut same, mut other) = (busy_run(5), busy_run(5), busy_run(6));
    for world in [&mut one, &mut same, &mut other] {
        world.run_for(2_000);
    }
    assert_eq!(one.hash(), same.hash());
    assert_eq!(one.counters(), same.counters());
    assert_ne!(one.hash(), other.hash());
}

#[test]
fn a_fork_behaves_as_its_original_and_leaves_it_alone() {
    let mut original = busy_run(5);
    let mut fork = original.clone();
    let mut strayed = original.clone();
    strayed.apply(&power_loss(Cut::Now));
    strayed.run_for(2_000);
    original.run_for(2_000);
    fork.run_for(2_000);
    assert_eq!(original.hash(), fork.hash());
    assert_eq!(original.counters(), fork.counters());
    assert_ne!(original.hash(), strayed.hash());
}

#[test]
fn a_recorded_run_is_repeated_from_its_decisions() {
    let run = |choices: Choices| {
        let mut world = World::with_machines(config(), choices, echo);
        world.add(Caller::new("b2", 5));
        world.run_for(2_000);
        (world.hash(), world.choices().recorded())
    };
    let (hash, recording) = run(Choices::from_seed(5).recording());
    assert!(recording.drawn.iter().any(|drawn| drawn.len() > 100));
    assert_eq!(run(Choices::replaying(&recording)).0, hash);
}

#[test]
fn nothing_ticks_in_an_idle_world() {
    let mut world = world(5);
    assert_eq!(world.run_for(3_600_000), Step::Idle);
    assert!(world.counters().kernel_events < 200, "{:?}", world.counters());
}

#[test]
fn a_panic_ends_the_run_with_its_words() {
    #[derive(Clone, Debug)]
    struct Rude;
    impl Actor for Rude {
        fn handle(&mut self, _now: Now, event: ActorEvent, cx: &mut ActorCx<'_>) {
            match event {
                ActorEvent::Start | ActorEvent::DialFailed { .. } => {
                    let conn = ActorConn(cx.draws.below(1 << 60));
                    cx.dial(conn, "b1".into(), crate::node::PORT);
                }
                ActorEvent::Dialed { conn } => {
                    cx.send(conn, vec![Bytes::from_static(b"\0\0\0\x05panic")]);
                }
                _ => {}
            }
        }
    }
    let mut world = world(5);
    world.add(Box::new(Rude));
    assert_eq!(world.run_for(5_000), Step::Stopped);
    let Some(Stop::Panic { node, event, message, .. }) = world.stop() else { panic!("{:?}", world.stop()) };
    assert_eq!((*node, event.as_str(), message.as_str()), (B1, "Received", "as it was told"));
    assert_eq!(world.step(), Step::Stopped, "nothing moves any more");
}

#[test]
fn a_client_that_never_lets_time_pass_ends_the_run() {
    #[derive(Clone, Debug)]
    struct Restless;
    impl Actor for Restless {
        fn handle(&mut self, now: Now, _event: ActorEvent, cx: &mut ActorCx<'_>) {
            cx.wake_at(now.mono);
        }
    }
    let mut world = world(5);
    world.add(Box::new(Restless));
    assert_eq!(world.run_for(1), Step::Stopped);
    assert_eq!(world.stop(), Some(&Stop::Livelock { last: "ActorTimer(0)".into() }));
}
