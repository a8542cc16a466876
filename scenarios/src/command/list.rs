//! `gracchus-sim list`.

use super::CannotDo;
use super::args::ListArgs;
use crate::exit::Exit;
use crate::scenario::find;
use serde::Serialize;

/// A scenario as programs read it.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Line<'s> {
    name: &'s str,
    title: &'s str,
    description: &'s str,
    file: String,
    brokers: u32,
    faults: Vec<&'static str>,
    finds: Vec<&'static str>,
}

/// Lists scenarios.
pub fn list(args: &ListArgs) -> Result<Exit, CannotDo> {
    let found = find(&args.path)?;
    let lines: Vec<Line<'_>> = found
        .iter()
        .map(|found| Line {
            name: &found.scenario.name,
            title: &found.scenario.title,
            description: &found.scenario.description,
            file: found.path.display().to_string(),
            brokers: found.scenario.trial.cluster.brokers,
            faults: found.scenario.trial.nemesis.faults.keys().map(|kind| kind.name()).collect(),
            finds: found.scenario.finds.iter().map(|mutant| mutant.id()).collect(),
        })
        .collect();
    if args.json {
        println!("{}", serde_json::to_string_pretty(&lines)?);
        return Ok(Exit::Passed);
    }
    let width = lines.iter().map(|line| line.name.len()).max().unwrap_or(0);
    for line in &lines {
        println!("{:<width$}  {}", line.name, line.title);
        println!("{:<width$}  {}", "", line.file);
    }
    Ok(Exit::Passed)
}
