//! When an observer is shown that a disk failed, among what the shards say of themselves.

use super::*;
use crate::fault::{DiskFault, OnFiles};
use crate::observer::Violation;
use core::any::Any;
use gracchus_core::io::{Files, TraceEvent, TraceKinds};
use gracchus_core::types::{Offset, TopicId, TopicPartition};

const FILE: &str = "told.log";
const WAKE_MS: i64 = 1_000;

/// Says 1, writes twice and asks for a sync, in one call; says 2 and writes at the end of each turn, and says 3 when the
/// sync has ended.
#[derive(Clone, Debug)]
struct Teller {
    shard: ShardId,
    file: Option<FileId>,
    woken: bool,
}

fn teller(_config: Arc<NodeConfig>, shard: ShardId) -> Box<dyn Machine> {
    Box::new(Teller { shard, file: None, woken: false })
}

fn says(end: i64) -> Effect {
    let partition = TopicPartition { topic: TopicId::default(), partition: 0 };
    Effect::Trace(TraceEvent::Flushed { partition, end: Offset(end) })
}

fn write(files: &mut dyn Files, file: FileId) {
    let _ = files.append(file, &[Bytes::from_static(b"told")]);
}

impl Machine for Teller {
    fn handle(&mut self, now: Now, event: Event, cx: &mut Cx<'_>) {
        match event {
            Event::Start { .. } if self.shard == ShardId(1) => {
                self.file = cx.files.open(&FilePath::new(DirId(0), FILE), Open::Any).ok();
                cx.out.push(Effect::WakeAt(now.mono.plus_ms(WAKE_MS)));
            }
            Event::Wake if !self.woken => {
                self.woken = true;
                let file = self.file.expect("it was opened");
                cx.out.push(says(1));
                write(cx.files, file);
                cx.out.push(Effect::WakeAt(now.mono.plus_ms(WAKE_MS)));
                write(cx.files, file);
                cx.out.push(Effect::Sync { op: OpId(1), what: SyncWhat::File(file) });
            }
            Event::Synced { .. } => cx.out.push(says(3)),
            Event::TurnEnd if self.woken => {
                cx.out.push(says(2));
                write(cx.files, self.file.expect("it was opened"));
            }
            _ => {}
        }
    }

    fn fork(&self) -> Box<dyn Machine> {
        Box::new(self.clone())
    }
}

/// Keeps in order what node 1 says, what its disk does, and its end.
#[derive(Clone, Debug, Default)]
struct Recorder(Vec<String>);

impl Observer for Recorder {
    fn wanted(&self) -> TraceKinds {
        TraceKinds::ALL
    }

    fn see(&mut self, _at: Instant, seen: Seen<'_>) -> Result<(), Violation> {
        match seen {
            Seen::Trace { node: B1, event: TraceEvent::Flushed { end, .. }, .. } => self.0.push(format!("says {end}")),
            Seen::Disk { node: B1, fault, .. } => self.0.push(format!("{fault:?}")),
            Seen::Crashed { node: B1, .. } => self.0.push("died".to_string()),
            _ => {}
        }
        Ok(())
    }

    fn fork(&self) -> Box<dyn Observer> {
        Box::new(self.clone())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn as_any_mut(&mut self) -> &mut dyn Any {
        self
    }
}

/// A world whose node 1 is about to be woken, and what is wrong there.
fn about_to_wake(faults: &[Fault]) -> World {
    let mut world = World::with_machines(config(), Choices::from_seed(1), teller);
    world.observe(Box::new(Recorder::default()));
    world.run_for(900);
    assert!(world.files(B1).iter().any(|path| path.name() == FILE), "the shard has started");
    assert_eq!(seen(&world), [] as [&str; 0], "and was not woken");
    faults.iter().for_each(|fault| world.apply(fault));
    world
}

/// The same a while later, on a disk that failed a write.
fn with_a_failed_write(also: &[Fault]) -> World {
    let mut world = about_to_wake(&[on_disk(DiskFault::FailWrites { count: 1, on: OnFiles::All })]);
    also.iter().for_each(|fault| world.apply(fault));
    world.run_for(1_500);
    world
}

fn on_disk(fault: DiskFault) -> Fault {
    Fault::Disk { node: B1, dir: 0, fault }
}

fn seen(world: &World) -> Vec<String> {
    world.observer().and_then(|it| it.as_any().downcast_ref::<Recorder>()).expect("it was installed").0.clone()
}

#[test]
fn a_failed_write_is_seen_behind_what_its_call_said_and_before_the_next_call() {
    assert_eq!(seen(&with_a_failed_write(&[]))[..3], ["says 1", "WriteFailed", "says 2"]);
}

#[test]
fn what_a_shard_says_and_what_fails_under_it_wait_for_a_stuck_disk_together() {
    let mut world = with_a_failed_write(&[on_disk(DiskFault::Stuck(true))]);
    assert_eq!(seen(&world), [] as [&str; 0]);
    world.apply(&on_disk(DiskFault::Stuck(false)));
    world.run_for(100);
    assert_eq!(seen(&world)[..3], ["says 1", "WriteFailed", "says 2"]);
}

#[test]
fn a_failed_write_is_seen_of_a_process_that_dies_before_it_said_anything() {
    let mut world = with_a_failed_write(&[on_disk(DiskFault::Stuck(true))]);
    world.apply(&Fault::Crash { node: B1, crash: Crash::Kill, cut: Cut::Now });
    assert_eq!(seen(&world), ["WriteFailed", "died"]);
}

#[test]
fn every_failed_write_of_a_turn_is_seen_of_a_process_that_dies_between_two_effects() {
    let both_others = on_disk(DiskFault::FailWrites { count: 2, on: OnFiles::All });
    // The crash falls behind the first call, before anybody is told what the end of the turn said.
    let cut = Fault::Crash { node: B1, crash: Crash::Kill, cut: Cut::AfterEffects(0) };
    let seen = seen(&with_a_failed_write(&[both_others, cut]));
    assert_eq!(seen, ["says 1", "WriteFailed", "WriteFailed", "WriteFailed", "died"]);
}

#[test]
fn a_failed_write_is_seen_of_a_process_that_dies_in_the_same_call() {
    // The second write is the first that the cut does not let pass.
    let cut = Fault::Crash { node: B1, crash: Crash::Kill, cut: Cut::AfterFileOps(1) };
    assert_eq!(seen(&with_a_failed_write(&[cut])), ["says 1", "WriteFailed", "died"]);
}

#[test]
fn a_failed_sync_is_seen_as_it_fails_and_again_as_its_shard_is_told() {
    let mut world = about_to_wake(&[on_disk(DiskFault::FailSyncs { count: 1, on: OnFiles::All })]);
    while seen(&world).last().is_none_or(|last| last != "SyncFailed") {
        assert_eq!(world.step(), Step::Ran);
    }
    world.apply(&Fault::Pause { node: B1 });
    world.run_for(5_000);
    assert_eq!(seen(&world), ["says 1", "says 2", "SyncFailed"], "it stands still");
    world.apply(&Fault::Resume { node: B1 });
    world.run_for(100);
    assert_eq!(seen(&world)[3..], ["SyncFailureTold", "says 3", "says 2"]);
}
