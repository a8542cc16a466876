//! Progress on a terminal, for work that takes long; elsewhere nothing.

use indicatif::{ProgressBar, ProgressStyle};
use std::io::{self, IsTerminal};

/// A line on standard error that is drawn anew as work goes on.
pub struct Progress(ProgressBar);

impl Progress {
    /// Counts records, of which nobody knows how many there will be. Hidden where standard input or output is the terminal
    /// on which the user types or reads the records themselves.
    pub fn of_records() -> Progress {
        Progress::drawn("{human_pos} records, {per_sec} [{elapsed}]", io::stdin().is_terminal())
    }

    /// Counts records that are printed elsewhere.
    pub fn of_output() -> Progress {
        Progress::drawn("{human_pos} records, {per_sec} [{elapsed}]", io::stdout().is_terminal())
    }

    fn drawn(template: &str, is_in_the_way: bool) -> Progress {
        let bar = if is_in_the_way { ProgressBar::hidden() } else { ProgressBar::no_length() };
        let style = ProgressStyle::with_template(template).expect("the template is a good one");
        bar.set_style(style);
        Progress(bar)
    }

    /// So many are done.
    pub fn set(&self, done: u64) {
        self.0.set_position(done);
    }

    /// Takes the line away.
    pub fn end(&self) {
        self.0.finish_and_clear();
    }
}
