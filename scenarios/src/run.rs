//! One seed, run and timed.

use crate::scenario::Scenario;
use cpu_time::ThreadTime;
use gracchus_world::trial::{self, Forced};
use gracchus_world::verdict::{Crash, NotDeterministic, Outcome, Records, Verdict};
use std::any::Any;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::panic::{self, AssertUnwindSafe, catch_unwind};

/// A seed that was run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Run {
    /// What everything was drawn from.
    pub seed: u64,
    /// What happened.
    pub outcome: Outcome,
    /// CPU nanoseconds of the run's own thread; of the first run where there were two.
    pub cpu_ns: u64,
    /// Whether it was run twice and its hashes compared.
    pub twice: bool,
}

/// Runs a seed once, or twice to see whether it can be repeated.
#[must_use]
pub fn run(scenario: &Scenario, seed: u64, forced: &Forced, twice: bool) -> Run {
    let clock = ThreadTime::now();
    let mut outcome = judge(scenario, seed, forced);
    let cpu_ns = u64::try_from(clock.elapsed().as_nanos()).unwrap_or(u64::MAX);
    if twice {
        let again = judge(scenario, seed, forced);
        if let Some(difference) = difference(&outcome, &again) {
            outcome.verdict = Verdict::NotDeterministic(difference);
        }
    }
    Run { seed, outcome, cpu_ns, twice }
}

/// What tells two runs of one seed apart.
#[must_use]
pub fn difference(first: &Outcome, second: &Outcome) -> Option<NotDeterministic> {
    let message = if first.trace_hash != second.trace_hash {
        let same = first.timeline.iter().zip(&second.timeline).take_while(|(one, other)| one == other).count();
        match (first.timeline.get(same), second.timeline.get(same)) {
            (Some(one), Some(other)) => {
                format!(
                    "after {same} equal moments, \"{}\" at {} ns against \"{}\" at {} ns",
                    one.what, one.at, other.what, other.at
                )
            }
            _ => "the timelines are the same; what differs is finer than they are".to_owned(),
        }
    } else if first != second {
        "the trace hashes are the same, but what was counted or concluded differs".to_owned()
    } else {
        return None;
    };
    Some(NotDeterministic { hashes: vec![first.trace_hash.clone(), second.trace_hash.clone()], message })
}

thread_local! {
    /// Whether this thread is inside a run, and where that run panicked last.
    static INSIDE: Cell<bool> = const { Cell::new(false) };
    static PANICKED_AT: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// From now on a panic inside a run is part of its outcome and says nothing on standard error; others say what they
/// always said.
pub fn take_panics() {
    let usual = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if INSIDE.get() {
            let place = info.location().map(|place| format!("{}:{}", place.file(), place.line()));
            PANICKED_AT.set(place.filter(|place| !place.starts_with('/')));
        } else {
            usual(info);
        }
    }));
}

/// A panic out of the simulator ends one run, not the campaign.
fn judge(scenario: &Scenario, seed: u64, forced: &Forced) -> Outcome {
    INSIDE.set(true);
    PANICKED_AT.set(None);
    let judged = catch_unwind(AssertUnwindSafe(|| trial::judge(&scenario.trial, seed, forced)));
    INSIDE.set(false);
    let mut outcome = judged.unwrap_or_else(|panic| crashed(&panic_message(panic.as_ref())));
    if let (Verdict::Crash(crash), Some(place)) = (&mut outcome.verdict, PANICKED_AT.take()) {
        crash.message = format!("{} ({place})", crash.message);
    }
    outcome
}

fn panic_message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("it said nothing").to_owned()
}

fn crashed(message: &str) -> Outcome {
    Outcome {
        verdict: Verdict::Crash(Crash { at: 0, node: 0, message: format!("the simulator itself panicked: {message}") }),
        trace_hash: String::new(),
        checks: BTreeMap::new(),
        faults: BTreeMap::new(),
        counters: BTreeMap::new(),
        expected_losses: Vec::new(),
        sites: BTreeMap::new(),
        plan: gracchus_world::nemesis::Plan::default(),
        timeline: Vec::new(),
        virtual_ns: 0,
        events: 0,
        rpcs: 0,
        records: Records::default(),
    }
}
