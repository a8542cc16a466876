//! `cargo xtask compare-admin`: what Gracchus and Apache Kafka answer to the same admin calls.
//!
//! Both are started in turn on the same `server.properties`, the same port and the same folder. A program on Kafka's own
//! classes (`xtask/compare-admin/AdminCalls.java`) makes the calls of `calls.txt`: requests as they go over the wire, in
//! every version that Kafka's client has, and Apache's command-line tools.
//!
//! **Invariants**
//! - What differs is an error unless it is listed with its reason; so is a listed difference that is not seen.
//! - A field is masked only where it differs between two runs of one broker, or is text for people.

mod answers;
mod differences;
mod expected;
mod sides;

use answers::Answer;
use differences::{Difference, of_answers};
use expected::EXPECTED;
use std::collections::BTreeMap;

const USAGE: &str = "usage: cargo xtask compare-admin [--show [PATTERN]]

  Asks Apache Kafka and Gracchus the same admin calls and compares the answers. A difference that is not listed in
  xtask/src/compare_admin/expected.rs is an error, and so is a listed one that is not seen. Maven and Java 17 are needed.

  --show PATTERN   prints what both answered, of the calls whose name is like PATTERN, where * stands for anything;
                   without a pattern, of all calls. The calls stand in xtask/compare-admin/calls.txt.";

/// Compares the answers.
pub fn run(arguments: &[String]) -> Result<(), String> {
    let show = match arguments {
        [] => None,
        [flag] if flag == "--show" => Some("*"),
        [flag, pattern] if flag == "--show" => Some(pattern.as_str()),
        [flag] if matches!(flag.as_str(), "--help" | "-h") => {
            println!("{USAGE}");
            return Ok(());
        }
        _ => return Err(USAGE.to_owned()),
    };
    let (kafka, gracchus) = sides::ask_both()?;
    if let Some(pattern) = show {
        print_answers("Kafka", &kafka, pattern);
        print_answers("Gracchus", &gracchus, pattern);
    }
    let mut found = Vec::new();
    for answer in &kafka {
        let other = gracchus.iter().find(|other| other.name == answer.name && other.version == answer.version);
        let other = other.ok_or_else(|| format!("Gracchus was not asked {}", answer.name))?;
        found.extend(of_answers(answer, other));
    }
    judge(&found, kafka.len())
}

fn print_answers(of: &str, answers: &[Answer], pattern: &str) {
    for answer in answers.iter().filter(|answer| expected::is_like(&answer.name, pattern)) {
        println!("{of}: {} {}", answer.name, answer.version);
        answer.fields.iter().for_each(|field| println!("    {}", field.said));
    }
}

/// Prints what differs without being listed, and what is listed without differing.
fn judge(found: &[Difference], answers: usize) -> Result<(), String> {
    let mut seen = vec![false; EXPECTED.len()];
    let mut unexpected: BTreeMap<(&str, &Difference), Vec<&str>> = BTreeMap::new();
    for difference in found {
        let listed = EXPECTED.iter().position(|expected| expected.is(difference));
        match listed {
            Some(at) => seen[at] = true,
            None => unexpected.entry((&difference.answer, difference)).or_default().push(&difference.version),
        }
    }
    // Versions that differ in the same are named together.
    let mut lines: BTreeMap<(&str, String), Vec<&str>> = BTreeMap::new();
    for ((answer, difference), versions) in unexpected {
        lines.entry((answer, difference.to_string())).or_default().extend(versions);
    }
    for ((answer, text), versions) in &lines {
        println!("{answer} {}: {text}", versions.join(" "));
    }
    let unseen: Vec<_> = EXPECTED.iter().zip(&seen).filter(|(_, seen)| !**seen).map(|(expected, _)| expected).collect();
    for expected in &unseen {
        println!("listed and not seen: {} {}: {}", expected.answers, expected.field, expected.reason);
    }
    println!("compare-admin: {answers} answers, {} listed differences", EXPECTED.len());
    match (lines.len(), unseen.len()) {
        (0, 0) => Ok(()),
        (differences, unseen) => Err(format!(
            "{differences} differences are not listed and {unseen} listed ones were not seen; mend them, or mend \
             xtask/src/compare_admin/expected.rs"
        )),
    }
}
