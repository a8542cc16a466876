//! All seeds' differences, summed up in a table.
//!
//! **Invariants**: the table depends on the seeds that were compared, not on the order in which they came.

use super::figures::{Difference, Figure, Figures};
use std::collections::BTreeMap;
use std::fmt;

/// Differing seeds that the table names for each figure.
const NAMED: usize = 3;

/// How much two builds differ.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Level {
    Equal,
    /// Only what follows from names, texts and the content of frames.
    NamesAndFrames,
    More,
}

impl Level {
    /// The command's exit code.
    pub fn code(self) -> u8 {
        match self {
            Level::Equal => 0,
            Level::NamesAndFrames => 1,
            Level::More => 2,
        }
    }
}

/// A seed's place in the list of all seeds, and its name in the table.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct SeedName {
    pub place: usize,
    pub scenario: String,
    pub seed: u64,
}

/// What was compared so far.
#[derive(Debug)]
pub struct Comparison {
    working_tree: String,
    revision: String,
    notes: Notes,
    seeds: u64,
    differing: u64,
    rows: BTreeMap<Figure, Row>,
}

/// What is to be known of the two lists of scenarios.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Notes {
    /// Scenarios that only the revision has. The working tree cannot do what they did: that is a difference.
    pub removed: Vec<String>,
    /// Scenarios that only the working tree has: nothing to compare.
    pub added: Vec<String>,
    /// Scenarios whose files differ.
    pub edited: Vec<String>,
}

#[derive(Debug, Default)]
struct Row {
    seeds: u64,
    /// The first seeds that differ, in the order of the list.
    first: BTreeMap<SeedName, String>,
}

impl Comparison {
    pub fn new(working_tree: &str, revision: &str, notes: Notes) -> Comparison {
        let (working_tree, revision) = (working_tree.to_owned(), revision.to_owned());
        Comparison { working_tree, revision, notes, seeds: 0, differing: 0, rows: BTreeMap::new() }
    }

    /// Adds one seed's figures, of the revision and of the working tree.
    pub fn add(&mut self, name: &SeedName, before: &Figures, after: &Figures) {
        self.seeds += 1;
        let differences = after.differences(before);
        self.differing += u64::from(!differences.is_empty());
        for of_figure in differences.chunk_by(|one, other| one.figure == other.figure) {
            let row = self.rows.entry(of_figure[0].figure).or_default();
            row.seeds += 1;
            row.first.insert(name.clone(), words(of_figure));
            if row.first.len() > NAMED {
                row.first.pop_last();
            }
        }
    }

    /// Seeds that differ in anything.
    pub fn differing(&self) -> u64 {
        self.differing
    }

    pub fn level(&self) -> Level {
        let rows = self.rows.keys().map(|figure| match figure.is_of_frames() {
            true => Level::NamesAndFrames,
            false => Level::More,
        });
        let removed = (!self.notes.removed.is_empty()).then_some(Level::More);
        rows.chain(removed).max().unwrap_or(Level::Equal)
    }
}

/// The first value that differs, and how many more do.
fn words(differences: &[Difference]) -> String {
    let Difference { name, before, after, .. } = &differences[0];
    let space = if name.is_empty() { "" } else { " " };
    let more = match differences.len() - 1 {
        0 => String::new(),
        more => format!(", and {more} more"),
    };
    format!("{name}{space}{before} -> {after}{more}")
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Comparison { working_tree, revision, seeds, .. } = self;
        writeln!(f, "{seeds} seeds, {revision} -> {working_tree}\n")?;
        for (names, what) in [
            (&self.notes.edited, "the scenario file differs"),
            (&self.notes.added, "only the working tree has the scenario: not compared"),
            (&self.notes.removed, "only the revision has the scenario"),
        ] {
            if !names.is_empty() {
                writeln!(f, "note: {what}: {}", names.join(", "))?;
            }
        }
        if !self.rows.is_empty() {
            writeln!(f, "{:<16} {:>7}  the first seeds that differ", "figure", "differ")?;
        }
        for (figure, row) in &self.rows {
            let mut head = format!("{:<16} {:>7}", figure.name(), row.seeds);
            for (name, words) in &row.first {
                writeln!(f, "{head:<24}  {} {}: {words}", name.scenario, name.seed)?;
                head = String::new();
            }
        }
        let equal: Vec<&str> =
            Figure::ALL.iter().filter(|it| !self.rows.contains_key(it)).map(|it| it.name()).collect();
        if !self.rows.is_empty() && !equal.is_empty() {
            writeln!(f, "equal: {}", equal.join(", "))?;
        }
        let conclusion = match self.level() {
            Level::Equal => "everything is equal",
            Level::NamesAndFrames => "only names and frames differ",
            Level::More => "more than names and frames differs",
        };
        writeln!(f, "{conclusion} (exit {})", self.level().code())
    }
}

#[cfg(test)]
mod tests {
    use super::super::figures::tests::{campaign, figures};
    use super::*;
    use serde_json::{Value, json};

    fn name(place: usize) -> SeedName {
        SeedName { place, scenario: "swarm".to_owned(), seed: place as u64 + 1 }
    }

    /// A comparison of five seeds, of which those at `places` were changed.
    fn compared(places: &[usize], change: impl Fn(&mut Value, usize)) -> Comparison {
        let mut comparison = Comparison::new("working tree", "main", Notes::default());
        for place in places.iter().copied().chain((0..5).filter(|it| !places.contains(it))) {
            let mut changed = campaign();
            if places.contains(&place) {
                change(&mut changed["scenarios"][0], place);
            }
            comparison.add(&name(place), &figures(&campaign()), &figures(&changed));
        }
        comparison
    }

    #[test]
    fn equal_seeds_end_with_0() {
        let comparison = compared(&[], |_, _| {});
        assert_eq!((comparison.level().code(), comparison.differing()), (0, 0));
        assert_eq!(comparison.to_string(), "5 seeds, main -> working tree\n\neverything is equal (exit 0)\n");
    }

    #[test]
    fn hashes_and_bytes_in_frames_alone_end_with_1() {
        let comparison = compared(&[2, 0], |it, place| {
            it["hash"] = json!(format!("{place}"));
            it["tally"]["counters"]["frame_bytes"] = json!(1001);
        });
        assert_eq!(comparison.level(), Level::NamesAndFrames);
        let table = "\
5 seeds, main -> working tree

figure            differ  the first seeds that differ
bytes in frames        2  swarm 1: 1000 -> 1001
                          swarm 3: 1000 -> 1001
hash                   2  swarm 1: 77ac284b3a710932 -> 0
                          swarm 3: 77ac284b3a710932 -> 2
equal: verdict, events, requests, records, checks, faults, counters, sites, losses, virtual time
only names and frames differ (exit 1)
";
        assert_eq!(comparison.to_string(), table);
    }

    #[test]
    fn anything_else_ends_with_2_also_where_the_hash_is_equal() {
        let comparison = compared(&[4, 3, 2, 1], |it, _| {
            it["tally"]["checks"] = json!({ "lost-write": 4583, "duplicate": 4, "phantom": 1 });
        });
        assert_eq!((comparison.level().code(), comparison.differing()), (2, 4));
        let text = comparison.to_string();
        let row = "checks                 4  swarm 2: duplicate 3 -> 4, and 2 more\n";
        assert!(text.contains(row), "{text}");
        assert!(text.contains("swarm 4:") && !text.contains("swarm 5:"), "the first three are named: {text}");
    }

    #[test]
    fn a_scenario_that_is_gone_is_a_difference_and_a_new_one_is_none() {
        let level = |notes: Notes| Comparison::new("working tree", "main", notes).level();
        assert_eq!(level(Notes { added: vec!["new".to_owned()], ..Notes::default() }), Level::Equal);
        assert_eq!(level(Notes { removed: vec!["old".to_owned()], ..Notes::default() }), Level::More);
    }
}
