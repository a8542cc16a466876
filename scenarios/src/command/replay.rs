//! `gracchus-sim replay`.

use super::CannotDo;
use super::args::ReplayArgs;
use super::run::{cannot_write, mutant_named};
use crate::build::Build;
use crate::exit::Exit;
use crate::failure_file::Failure;
use crate::run::{Run, run};
use crate::scenario::Scenario;
use gracchus_reports::{run_page, text};
use gracchus_world::verdict::Verdict;
use std::fs;

/// Runs a failure again and tells its story.
pub fn replay(args: &ReplayArgs) -> Result<Exit, CannotDo> {
    let failure = Failure::read(&args.file).map_err(|error| {
        let next = "Failure files are written by `gracchus-sim run` and end in .failure.json.";
        CannotDo(format!("{}: {error}\n  {next}", args.file.display()))
    })?;
    fits(&failure, args.other_commit)?;
    let scenario = Scenario::parse(&failure.scenario_file, &failure.scenario)?;
    let was_two = matches!(failure.outcome.verdict, Verdict::NotDeterministic(_));
    let again = run(&scenario, failure.seed, &failure.forced, was_two);
    if let Some(path) = &args.html {
        fs::write(path, run_page(&scenario.name, again.seed, &again.outcome))
            .map_err(|error| cannot_write(path, &error))?;
    }
    if args.json {
        println!("{}", serde_json::to_string_pretty(&again.outcome)?);
    } else {
        tell(&scenario, &again, args.whole);
    }
    Ok(compare(&failure, &again))
}

/// A run takes its recorded course on the sources that recorded it, and on no others.
fn fits(failure: &Failure, other_commit: bool) -> Result<(), CannotDo> {
    for mutant in &failure.mutants {
        mutant_named(mutant)?;
    }
    let this = Build::this();
    let same = this.commit == failure.build.commit && this.sources == failure.build.sources;
    if same || other_commit {
        if !same {
            eprintln!("note: recorded by {}, and this is {this}: the run may take another course", failure.build);
        }
        return Ok(());
    }
    Err(CannotDo(format!(
        "the failure was recorded by {}, and this is {this}.\n  Check that commit out and build it, or try this build with --other-commit.",
        failure.build
    )))
}

fn tell(scenario: &Scenario, run: &Run, whole: bool) {
    println!("{}: {}, seed {}", scenario.name, scenario.title, run.seed);
    print!("{}", text::story(&run.outcome, whole));
    println!("{}", text::cause(&run.outcome));
    for line in text::details(&run.outcome) {
        println!("    {line}");
    }
    println!("trace hash {}", run.outcome.trace_hash);
}

/// The recorded end, if it came about again by the same course.
fn compare(failure: &Failure, again: &Run) -> Exit {
    let (recorded, seen) = (&failure.outcome, &again.outcome);
    if recorded.trace_hash != seen.trace_hash {
        eprintln!("NOT the recorded run: its trace hash was {}", recorded.trace_hash);
        return Exit::NotDeterministic;
    }
    if recorded.verdict != seen.verdict {
        eprintln!("NOT the recorded verdict, which was: {}", text::cause(recorded));
        return Exit::NotDeterministic;
    }
    eprintln!("the recorded run, the recorded verdict: {}", recorded.verdict.word());
    Exit::of(&recorded.verdict)
}
