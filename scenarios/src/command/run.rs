//! `gracchus-sim run`.

use super::CannotDo;
use super::args::{FixedArgs, RunArgs};
use super::progress::Progress;
use super::report::write_report;
use crate::build::Build;
use crate::campaign::{Order, Results, Twice, Watcher, unreached};
use crate::exit::Exit;
use crate::failure_file::Failure;
use crate::run::Run;
use crate::scenario::{Found, find, suggest};
use gracchus_core::io::Mutant;
use gracchus_reports::{Campaign, text};
use gracchus_world::trial::Forced;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use std::{fs, thread};

/// Seeds of each scenario that are always run twice.
const TWICE_FIRST: u64 = 3;
/// Seeds of each scenario where the user does not say.
const SEEDS: u64 = 10;

/// Runs a campaign, writes its folder and prints its verdict.
pub fn run(args: &RunArgs) -> Result<Exit, CannotDo> {
    let forced = forced(&args.fixed)?;
    let first = match args.seed {
        Some(seed) => seed,
        None => random_seed()?,
    };
    let order = Order {
        scenarios: find(&args.path)?,
        first,
        seeds: seeds(args),
        until: args.minutes.map(|minutes| Instant::now() + Duration::from_secs(60 * minutes)),
        jobs: jobs(args.jobs),
        forced,
        twice: if args.check_determinism { Twice::All } else { Twice::First(TWICE_FIRST) },
        stop_at_failure: false,
    };
    let out = args.out.clone().unwrap_or_else(|| Path::new("runs").join(first.to_string()));
    fs::create_dir_all(&out).map_err(|error| cannot_write(&out, &error))?;
    announce(&order);
    let begun = Instant::now();
    let mut keeper = Keeper::new(&order, &out);
    let results = order.execute(&mut keeper);
    keeper.progress.finish();
    let wall_ns = u64::try_from(begun.elapsed().as_nanos()).unwrap_or(u64::MAX);
    conclude(args, &order, results, wall_ns, &out)
}

/// Failures are written as they come: a campaign that is broken off has not run for nothing.
pub struct Keeper<'o> {
    order: &'o Order,
    out: &'o Path,
    /// What the user sees meanwhile.
    pub progress: Progress,
}

impl<'o> Keeper<'o> {
    /// Keeps failures in that folder.
    pub fn new(order: &'o Order, out: &'o Path) -> Keeper<'o> {
        let all = order.seeds.filter(|_| order.until.is_none()).map(|seeds| seeds * order.scenarios.len() as u64);
        Keeper { order, out, progress: Progress::new(all) }
    }
}

impl Watcher for Keeper<'_> {
    fn on_run(&mut self, _scenario: &Found, run: &Run) {
        self.progress.on_run(run);
    }

    fn on_failure(&mut self, found: &Found, run: &Run) -> Option<String> {
        let path = self.out.join(format!("{}-{}.failure.json", found.scenario.name, run.seed));
        self.progress.say(&format!("{} seed {}: {}", found.scenario.name, run.seed, text::cause(&run.outcome)));
        let failure = Failure {
            scenario_file: found.path.display().to_string(),
            scenario: found.scenario.text.clone(),
            build: Build::this(),
            mutants: self.order.forced.mutant.iter().cloned().collect(),
            forced: self.order.forced.clone(),
            seed: run.seed,
            outcome: run.outcome.clone(),
        };
        match failure.write(&path) {
            Ok(()) => Some(path.display().to_string()),
            Err(error) => {
                self.progress.say(&cannot_write(&path, &error).0);
                None
            }
        }
    }
}

fn announce(order: &Order) {
    let seeds = match order.seeds {
        Some(1) => "1 seed".to_owned(),
        Some(seeds) => format!("{seeds} seeds"),
        None => "seeds without end".to_owned(),
    };
    let scenarios = match &order.scenarios[..] {
        [one] => one.scenario.name.clone(),
        several => format!("{} scenarios", several.len()),
    };
    eprintln!("{scenarios}, {seeds} of each from seed {}, {} at a time", order.first, order.jobs);
}

fn conclude(args: &RunArgs, order: &Order, results: Results, wall_ns: u64, out: &Path) -> Result<Exit, CannotDo> {
    let exit = results.exit;
    let campaign = Campaign {
        build: Build::this().to_string(),
        mutants: order.forced.mutant.iter().cloned().collect(),
        forced: forced_words(&order.forced),
        first_seed: order.first,
        scenarios: results.scenarios,
        unreached: Vec::new(),
        hash: results.hash,
        wall_ns,
        jobs: order.jobs,
        exit: exit.code(),
    };
    let campaign = Campaign { unreached: unreached(&campaign.total()), ..campaign };
    let page = write_report(&campaign, out)?;
    if args.json {
        println!("{}", serde_json::to_string_pretty(&campaign)?);
    } else {
        print!("{}", text::verdict(&campaign));
    }
    eprintln!("report: {}", page.display());
    Ok(exit)
}

fn seeds(args: &RunArgs) -> Option<u64> {
    match (args.seeds, args.minutes, args.seed) {
        (Some(seeds), _, _) => Some(seeds),
        (None, Some(_), _) => None,
        (None, None, Some(_)) => Some(1),
        (None, None, None) => Some(SEEDS),
    }
}

/// One for each processor, where the user does not say.
pub fn jobs(asked: Option<usize>) -> usize {
    asked.unwrap_or_else(|| thread::available_parallelism().map_or(1, NonZero::get))
}

/// A seed that is short enough to be typed again, and exact in every reader of JSON.
pub fn random_seed() -> Result<u64, CannotDo> {
    let random = getrandom::u64().map_err(|error| {
        CannotDo(format!("no random first seed: the operating system says \"{error}\". Give one with --seed."))
    })?;
    Ok(random >> 32)
}

/// What the arguments fix.
fn forced(args: &FixedArgs) -> Result<Forced, CannotDo> {
    let mutant = args.mutant.as_deref().map(mutant_named).transpose()?;
    Ok(Forced {
        data_shards: args.data_shards,
        plan: None,
        mutant: mutant.map(|mutant| mutant.id().to_owned()),
        cuts: args.no_cuts.then_some(false),
    })
}

/// The mutant of that id, in a build that has mutants.
pub fn mutant_named(id: &str) -> Result<Mutant, CannotDo> {
    if !gracchus_core::MUTANTS {
        let build = "cargo build --release -p gracchus-scenarios --features mutants --target-dir target-mutants";
        return Err(CannotDo(format!("this build has no mutants. Make one that has: {build}")));
    }
    let found = Mutant::ALL.iter().copied().find(|mutant| mutant.id().eq_ignore_ascii_case(id));
    found.ok_or_else(|| {
        let next = suggest(id, Mutant::ALL.iter().map(|mutant| mutant.id()));
        CannotDo(format!("there is no mutant `{id}`. {next}"))
    })
}

fn forced_words(forced: &Forced) -> Vec<String> {
    let shards = forced.data_shards.map(|shards| format!("data shards {shards}"));
    let cuts = forced.cuts.map(|cuts| format!("cuts {}", if cuts { "on" } else { "off" }));
    shards.into_iter().chain(cuts).collect()
}

/// A folder or file that cannot be written.
pub fn cannot_write(path: &Path, error: &std::io::Error) -> CannotDo {
    CannotDo(format!("{} cannot be written: {error}. Choose another folder with --out.", PathBuf::from(path).display()))
}
