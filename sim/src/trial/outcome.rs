//! From a run that has ended to what is kept of it.

use super::run::{Cut, Run};
use crate::checks::{self, Check};
use crate::verdict::{Crash, Moment, Outcome, Stuck, Verdict, Violation};
use crate::world::Stop;
use gracchus_core::io::Site;
use std::collections::BTreeMap;

/// What is kept of a run.
pub(super) fn of(mut run: Run, end: Result<(), Cut>) -> Outcome {
    let verdict = verdict(&run, &end);
    let at = run.world.now().0;
    run.judge_mut().note(None, "verdict", verdict.word().to_string());
    let judge = run.judge();
    let mut checks = checks::counts(judge.found());
    let sites: BTreeMap<String, u64> =
        Site::ALL.iter().map(|site| (site.name().to_string(), run.world.site(*site).hit)).collect();
    *checks.entry(Check::Always).or_default() += sites.values().sum::<u64>();
    let mut counters: BTreeMap<String, u64> =
        run.world.counters().named().into_iter().map(|(name, count)| (name.to_string(), count)).collect();
    counters.insert("refused_faults".to_string(), run.nemesis.refused());
    let mut timeline: Vec<Moment> = judge.timeline().to_vec();
    timeline.extend(judge.expected_losses().into_iter().map(|loss| Moment {
        at: loss.at,
        node: None,
        kind: "loss".to_string(),
        what: format!("{} loses offsets {} to {}, as {:?} permits", loss.partition, loss.from, loss.to, loss.row),
    }));
    timeline.sort_by_key(|moment| moment.at);
    Outcome {
        verdict,
        trace_hash: run.world.hash().to_string(),
        checks,
        faults: run.nemesis.counts().clone(),
        counters,
        expected_losses: judge.expected_losses(),
        sites,
        timeline,
        virtual_ns: at,
        events: run.world.counters().kernel_events,
        rpcs: run.world.counters().rpcs,
        records: judge.records(),
        plan: run.plan,
    }
}

fn verdict(run: &Run, end: &Result<(), Cut>) -> Verdict {
    let at = run.world.now().0;
    match run.world.stop() {
        Some(Stop::Panic { node, shard, event, message, .. }) => {
            let message = format!("shard {} panicked at {event}: {message}", shard.0);
            return Verdict::Crash(Crash { at, node: node.0, message });
        }
        Some(Stop::Property { node, shard, site }) => {
            return Verdict::Violation(Violation {
                check: Check::Always,
                at,
                node: Some(node.0),
                partition: None,
                message: format!("`{}` did not hold on shard {}", site.name(), shard.0),
                details: Vec::new(),
            });
        }
        Some(Stop::Livelock { last }) => {
            let waiting_for = "time to move on: something happens again and again without it".to_string();
            return Verdict::Stuck(Stuck { at, waiting_for, state: vec![format!("last came {last}")] });
        }
        Some(Stop::Violation(_)) | None => {}
    }
    if let Some(first) = run.judge().found().first() {
        return Verdict::Violation(first.clone());
    }
    if let Some((at, node, message)) = run.judge().unasked_halts().first() {
        return Verdict::Crash(Crash { at: *at, node: node.0, message: message.clone() });
    }
    match end {
        Err(Cut::Stuck(waiting_for, state)) => {
            Verdict::Stuck(Stuck { at, waiting_for: waiting_for.clone(), state: state.clone() })
        }
        Ok(()) | Err(Cut::Stopped) => Verdict::Passed,
    }
}
