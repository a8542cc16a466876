//! Live progress: a bar on a terminal, a line now and then in a pipe; on standard error, so that a verdict can be piped.

use crate::run::Run;
use gracchus_reports::{Tally, count, ratio};
use indicatif::{ProgressBar, ProgressStyle};
use std::io::{IsTerminal, stderr};
use std::time::{Duration, Instant};

/// How often a pipe gets a line.
const LINE_EVERY: Duration = Duration::from_secs(5);

/// Progress over a known or unknown number of runs.
#[derive(Debug)]
pub struct Progress {
    begun: Instant,
    runs: u64,
    all: Option<u64>,
    failed: u64,
    tally: Tally,
    face: Face,
}

#[derive(Debug)]
enum Face {
    Bar(ProgressBar),
    Lines { next: Instant },
}

impl Progress {
    /// Nothing has been run yet, of `all` where the number is known.
    #[must_use]
    pub fn new(all: Option<u64>) -> Progress {
        let begun = Instant::now();
        let face = if stderr().is_terminal() { Face::Bar(bar(all)) } else { Face::Lines { next: begun + LINE_EVERY } };
        Progress { begun, runs: 0, all, failed: 0, tally: Tally::default(), face }
    }

    /// One more.
    pub fn on_run(&mut self, run: &Run) {
        self.runs += 1;
        self.failed += u64::from(!run.outcome.verdict.is_passed());
        self.tally.add_run(&run.outcome, run.cpu_ns);
        let now = Instant::now();
        match &mut self.face {
            Face::Bar(bar) => bar.inc(1),
            Face::Lines { next } if now < *next => return,
            Face::Lines { next } => *next = now + LINE_EVERY,
        }
        let words = self.words(now);
        match &self.face {
            Face::Bar(bar) => bar.set_message(words),
            Face::Lines { .. } => match self.all {
                Some(all) => eprintln!("{} of {all} seeds, {words}", self.runs),
                None => eprintln!("{} seeds, {words}", self.runs),
            },
        }
    }

    /// A line that stays, above the bar.
    pub fn say(&self, line: &str) {
        match &self.face {
            Face::Bar(bar) => bar.println(line),
            Face::Lines { .. } => eprintln!("{line}"),
        }
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        if let Face::Bar(bar) = &self.face {
            bar.finish_and_clear();
        }
    }

    fn words(&self, now: Instant) -> String {
        let elapsed = now.duration_since(self.begun).as_secs_f64().max(0.001);
        format!(
            "{} failed, {:.1} seeds/s, {} simulated s per CPU-s, {} faults seen",
            self.failed,
            self.runs as f64 / elapsed,
            ratio(self.tally.speed()),
            count(self.tally.faults.values().sum()),
        )
    }
}

fn bar(all: Option<u64>) -> ProgressBar {
    let (bar, template) = match all {
        Some(all) => (ProgressBar::new(all), "{bar:30} {pos}/{len} seeds, {msg} [{elapsed} + {eta}]"),
        None => (ProgressBar::no_length(), "{spinner} {pos} seeds, {msg} [{elapsed}]"),
    };
    bar.set_style(ProgressStyle::with_template(template).expect("a well-formed template"));
    bar.enable_steady_tick(Duration::from_millis(250));
    bar
}
