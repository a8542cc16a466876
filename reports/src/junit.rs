//! The verdict as JUnit XML, which CI systems show: a suite for each scenario, a case for each check and each failing seed.

use crate::campaign::{Campaign, ScenarioResult};
use crate::text::{cause, details};
use crate::words::seconds;
use gracchus_world::verdict::Verdict;
use maud::{Markup, PreEscaped, html};

/// The document.
#[must_use]
pub fn junit(campaign: &Campaign) -> String {
    let body = html! {
        testsuites name="gracchus-sim" time=(seconds(campaign.wall_ns)) {
            @for scenario in &campaign.scenarios { (suite(scenario)) }
        }
    };
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{}\n", without_controls(&body.into_string()))
}

fn suite(scenario: &ScenarioResult) -> Markup {
    let errors = scenario.failures.iter().filter(|run| !matches!(run.outcome.verdict, Verdict::Violation(_))).count();
    let failures = scenario.failures.len() - errors + scenario.unmet.len();
    let tests = 1 + scenario.failures.len() + scenario.unmet.len();
    html! {
        testsuite name=(scenario.name) tests=(tests) failures=(failures) errors=(errors) time=(seconds(scenario.tally.cpu_ns)) {
            testcase classname=(scenario.name) name={ "the other " (scenario.seeds - scenario.failed()) " seeds" } {}
            @for run in &scenario.failures {
                testcase classname=(scenario.name) name={ "seed " (run.seed) } {
                    @if matches!(run.outcome.verdict, Verdict::Violation(_)) {
                        failure message=(cause(&run.outcome)) { (details(&run.outcome).join("\n")) }
                    } @else {
                        error message=(cause(&run.outcome)) { (details(&run.outcome).join("\n")) }
                    }
                }
            }
            @for line in &scenario.unmet {
                testcase classname=(scenario.name) name=(line) { failure message=(line) {} }
            }
            @if scenario.failed() > scenario.failures.len() as u64 {
                (PreEscaped("<system-out>")) (scenario.failed()) " seeds failed in all" (PreEscaped("</system-out>"))
            }
        }
    }
}

/// XML 1.0 has no way to write most control characters.
fn without_controls(text: &str) -> String {
    text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect()
}
