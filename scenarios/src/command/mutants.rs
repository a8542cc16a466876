//! `gracchus-sim mutants`: the list, and the score sheet.

use super::CannotDo;
use super::args::MutantsArgs;
use super::run::{cannot_write, jobs, mutant_named, random_seed};
use crate::exit::Exit;
use crate::scenario::{Found, find};
use crate::score::{Score, Sheet};
use gracchus_core::io::Mutant;
use std::fs;

/// Lists or measures.
pub fn mutants(args: &MutantsArgs) -> Result<Exit, CannotDo> {
    if args.score {
        return score(args);
    }
    let wanted =
        |mutant: &&Mutant| args.ids.is_empty() || args.ids.iter().any(|id| id.eq_ignore_ascii_case(mutant.id()));
    let list: Vec<&Mutant> = Mutant::ALL.iter().filter(wanted).collect();
    if args.json {
        let list: Vec<_> = list.iter().map(|it| serde_json::json!({ "id": it.id(), "title": it.title() })).collect();
        println!("{}", serde_json::to_string_pretty(&list)?);
        return Ok(Exit::Passed);
    }
    for mutant in list {
        println!("{}  {}", mutant.id(), mutant.title());
    }
    if !gracchus_core::MUTANTS {
        eprintln!("This build has none of them. One that has: --features mutants, in a target folder of its own.");
    }
    Ok(Exit::Passed)
}

fn score(args: &MutantsArgs) -> Result<Exit, CannotDo> {
    let wanted = if args.ids.is_empty() {
        Mutant::ALL.iter().map(|mutant| mutant_named(mutant.id())).collect::<Result<Vec<_>, _>>()?
    } else {
        args.ids.iter().map(|id| mutant_named(id)).collect::<Result<Vec<_>, _>>()?
    };
    let scenarios = find(&args.scenarios)?;
    fs::create_dir_all(&args.out).map_err(|error| cannot_write(&args.out, &error))?;
    let first = match args.seed {
        Some(seed) => seed,
        None => random_seed()?,
    };
    eprintln!("first seed {first}");
    let score =
        Score { first, starts: args.starts, most_seeds: args.most_seeds, jobs: jobs(args.jobs), out: &args.out };
    let mut sheet = Sheet::default();
    for mutant in wanted {
        let finders: Vec<&Found> = scenarios.iter().filter(|found| found.scenario.finds.contains(&mutant)).collect();
        if finders.is_empty() {
            return Err(CannotDo(format!(
                "no scenario below {} says that it finds {}. Add it to the `finds` of one.",
                args.scenarios.display(),
                mutant.id()
            )));
        }
        for found in finders {
            let row = score.measure(mutant, found);
            eprintln!("{row}");
            sheet.rows.push(row);
        }
    }
    if args.json {
        println!("{}", serde_json::to_string_pretty(&sheet)?);
    } else {
        print!("{sheet}");
    }
    Ok(if sheet.is_complete() { Exit::Passed } else { Exit::NeverChecked })
}
