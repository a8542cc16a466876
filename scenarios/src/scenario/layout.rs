//! What a scenario file says, and how it is read.

use super::bounds;
use super::locate::Document;
use super::source::{ScenarioError, Source, suggest};
use gracchus_core::io::{Mutant, Site};
use gracchus_world::checks::Check;
use gracchus_world::clients::WorkloadConfig;
use gracchus_world::nemesis::{FaultKind, NemesisConfig, Step};
use gracchus_world::trial::{Bounds, ClusterConfig, Trial};
use serde::{Deserialize, Deserializer};
use std::collections::BTreeMap;

/// The largest scenario file that is read.
const BYTES_MAX: usize = 256 << 10;

/// A scenario: a trial, and what a campaign over it must have shown.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Scenario {
    /// The file's name without its folder and ending: `power-loss-with-fsync`.
    pub name: String,
    /// In a few words.
    pub title: String,
    /// What it puts to the test and how.
    pub description: String,
    /// Known bugs of the field that it is measured by.
    pub finds: Vec<Mutant>,
    /// What must have had something to check, over all seeds of a command.
    pub requires: Requires,
    /// What may be lost.
    pub expects: Expects,
    /// What is run.
    pub trial: Trial,
    /// The file's text, for failure files.
    pub text: String,
}

/// The `[requires]` table.
#[derive(Clone, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Requires {
    /// Checks that must have looked at something.
    pub checks: Vec<Check>,
    /// Faults that must have taken place.
    pub faults: Vec<FaultKind>,
    /// States of the core that must have been reached, by site name.
    pub sites: Vec<String>,
    /// Counters that must have come at least so far.
    pub counters: BTreeMap<String, u64>,
}

/// The `[expects]` table.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Expects {
    /// Losses that the configuration permits.
    pub losses: Losses,
}

/// Whether losses that the configuration permits belong to a scenario.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Losses {
    /// They may come; each is shown.
    #[default]
    Permitted,
    /// The configuration promises to keep everything that was acknowledged: a permitted loss means that the scenario
    /// does not test what it says.
    None,
    /// They must come: a campaign without one has not tested what it says.
    Required,
}

/// The file's keys.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Layout {
    title: String,
    description: String,
    #[serde(default, deserialize_with = "mutants")]
    finds: Vec<Mutant>,
    #[serde(default)]
    requires: Requires,
    #[serde(default)]
    expects: Expects,
    #[serde(default)]
    cluster: ClusterConfig,
    #[serde(default)]
    workload: WorkloadConfig,
    #[serde(default)]
    nemesis: NemesisConfig,
    #[serde(default)]
    script: Vec<Step>,
    #[serde(default)]
    bounds: Bounds,
}

fn mutants<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Mutant>, D::Error> {
    let names = Vec::<String>::deserialize(deserializer)?;
    let named = |name: &String| {
        let found = Mutant::ALL.iter().copied().find(|mutant| mutant.id() == name);
        found.ok_or_else(|| serde::de::Error::custom(format!("there is no mutant named `{name}`")))
    };
    names.iter().map(named).collect()
}

impl Scenario {
    /// Reads a scenario's text. `file` is how the user names it.
    pub fn parse(file: &str, text: &str) -> Result<Scenario, ScenarioError> {
        let source = Source { name: file, text };
        if text.len() > BYTES_MAX {
            return Err(
                source.whole(format!("is {} bytes long", text.len()), format!("A scenario has at most {BYTES_MAX}."))
            );
        }
        let document = Document::parse(source)?;
        let layout = read_layout(source, &document)?;
        let scenario = Scenario {
            name: name_of(file),
            title: layout.title,
            description: layout.description,
            finds: layout.finds,
            requires: layout.requires,
            expects: layout.expects,
            trial: Trial {
                cluster: layout.cluster,
                workload: layout.workload,
                nemesis: layout.nemesis,
                script: layout.script,
                bounds: layout.bounds,
            },
            text: text.to_owned(),
        };
        bounds::check(&scenario, &document)?;
        Ok(scenario)
    }
}

/// `power-loss` of `a/b/power-loss.scenario.toml`.
fn name_of(file: &str) -> String {
    let base = file.rsplit(['/', '\\']).next().unwrap_or(file);
    base.strip_suffix(".scenario.toml").unwrap_or(base).to_owned()
}

fn read_layout(source: Source<'_>, document: &Document<'_>) -> Result<Layout, ScenarioError> {
    let deserializer = toml::Deserializer::parse(source.text)
        .map_err(|error| source.error(&error.span().unwrap_or(0..0), "", one_line(error.message()), ""))?;
    serde_path_to_error::deserialize(deserializer).map_err(|error| {
        let path = match error.path().to_string() {
            root if root == "." => String::new(),
            path => path,
        };
        let at = error.inner().span().or_else(|| document.place(&path)).unwrap_or(0..0);
        let cause = one_line(error.inner().message());
        let next = next_step(&cause);
        // What serde expected is the next step's to say.
        let cause = if next.is_empty() { &cause } else { cause.split(", expected one of").next().unwrap_or(&cause) };
        source.error(&at, &path, cause, next)
    })
}

/// What to do about a reading error, from its own words: serde names the known fields and variants there.
fn next_step(cause: &str) -> String {
    let quoted: Vec<&str> = cause.split('`').skip(1).step_by(2).collect();
    let Some((wrong, known)) = quoted.split_first() else { return String::new() };
    if cause.starts_with("unknown field") || cause.starts_with("unknown variant") {
        suggest(wrong, known.iter().copied())
    } else if cause.starts_with("there is no fault") {
        suggest(wrong, FaultKind::ALL.iter().map(|kind| kind.name()))
    } else if cause.starts_with("there is no check") {
        suggest(wrong, Check::ALL.iter().map(|check| check.name()))
    } else if cause.starts_with("there is no mutant") {
        suggest(wrong, Mutant::ALL.iter().map(|mutant| mutant.id()))
    } else if cause.starts_with("missing field") {
        format!("Add `{wrong} = ...`.")
    } else {
        String::new()
    }
}

/// A hostile key may be a megabyte long and an error's line should not.
fn one_line(message: &str) -> String {
    let line: String = message.chars().map(|c| if c.is_control() { ' ' } else { c }).take(600).collect();
    line.trim().to_owned()
}

/// The site of that name.
pub(super) fn site_named(name: &str) -> Option<Site> {
    Site::ALL.iter().copied().find(|site| site.name() == name)
}
