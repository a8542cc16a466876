//! Pages to look at: a campaign's verdict, and each failing run as a timeline. One file each, without a network.

mod timeline;

use crate::campaign::{Campaign, ScenarioResult, Tally};
use crate::text::{EVENTS, cause, details, ending};
use crate::words::{count, moment, ratio, seconds, several, time};
use gracchus_world::checks::Check;
use gracchus_world::verdict::Outcome;
use maud::{DOCTYPE, Markup, PreEscaped, html};

const STYLE: &str = include_str!("style.css");

/// A campaign's page.
#[must_use]
pub fn page(campaign: &Campaign) -> String {
    let total = campaign.total();
    let body = html! {
        h1 { "Gracchus: " span class=(class_of(campaign.exit)) { (ending(campaign.exit)) } }
        p class="facts" {
            "first seed " (campaign.first_seed) ", hash " code { (campaign.hash) } ", "
            (time(campaign.wall_ns)) " on " (several(campaign.jobs as u64, "job")) ", build " (campaign.build)
            @for mutant in &campaign.mutants { ", mutant " (mutant) }
            @for forced in &campaign.forced { ", " (forced) }
        }
        (scenarios(campaign, &total))
        (events(&total))
        (checks(&total))
        (notes(campaign))
        @for scenario in &campaign.scenarios { (failures(scenario)) }
    };
    document("Gracchus campaign", &body)
}

/// One run's page.
#[must_use]
pub fn run_page(scenario: &str, seed: u64, outcome: &Outcome) -> String {
    document(&format!("{scenario} seed {seed}"), &run(scenario, seed, outcome, None))
}

fn document(title: &str, body: &Markup) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body { (body) }
        }
    };
    page.into_string()
}

fn class_of(exit: u8) -> &'static str {
    if exit == 0 { "good" } else { "bad" }
}

fn scenarios(campaign: &Campaign, total: &Tally) -> Markup {
    html! {
        table {
            tr {
                @for head in ["scenario", "seeds", "failed", "simulated", "CPU-s", "sim-s/CPU-s", "µs/RPC", "events", "hash"] { th { (head) } }
            }
            @for scenario in &campaign.scenarios {
                tr {
                    td title=(scenario.title) { (scenario.name) }
                    td { (scenario.seeds) }
                    td class=[(scenario.failed() > 0).then_some("bad")] { (scenario.failed()) }
                    (figures(&scenario.tally))
                    td { code { (scenario.hash) } }
                }
            }
            tr class="total" {
                td { "all" }
                td { (campaign.scenarios.iter().map(|it| it.seeds).sum::<u64>()) }
                td { (campaign.scenarios.iter().map(ScenarioResult::failed).sum::<u64>()) }
                (figures(total))
                td { code { (campaign.hash) } }
            }
        }
    }
}

fn figures(tally: &Tally) -> Markup {
    html! {
        td { (time(tally.virtual_ns)) }
        td { (seconds(tally.cpu_ns)) }
        td { (ratio(tally.speed())) }
        td { (ratio(tally.rpc_cost())) }
        td { (count(tally.events)) }
    }
}

fn events(total: &Tally) -> Markup {
    html! {
        h2 { "What happened" }
        div class="chips" {
            @for (word, counters) in EVENTS {
                @let times = counters.iter().map(|counter| total.counter(counter)).sum::<u64>();
                span class={ "chip" @if times == 0 { " never" } } { (word) " " b { (count(times)) } }
            }
            @for (kind, times) in &total.faults { span class="chip fault" { (kind) " " b { (count(*times)) } } }
        }
        p {
            (count(total.records.sent)) " records sent, " (count(total.records.acknowledged)) " acknowledged, "
            (count(total.records.unknown)) " unknown, " (count(total.records.failed)) " refused, "
            (count(total.records.read)) " read; "
            @if total.losses.is_empty() { "nothing lost by permission." }
            @else { (several(total.lost_offsets(), "offset")) " lost by permission of the configuration." }
        }
    }
}

fn checks(total: &Tally) -> Markup {
    html! {
        details {
            summary { "Checks, and how often each had something to look at" }
            table {
                @for check in Check::ALL {
                    @let times = total.checks.get(check).copied().unwrap_or(0);
                    tr class=[(times == 0).then_some("never")] { td { (check.name()) } td { (count(times)) } td class="prose" { (check.says()) } }
                }
            }
        }
    }
}

fn notes(campaign: &Campaign) -> Markup {
    let lines = |unmet: bool| {
        campaign.scenarios.iter().flat_map(move |scenario| {
            let list = if unmet { &scenario.unmet } else { &scenario.absent };
            list.iter().map(move |line| (scenario.name.as_str(), line.as_str()))
        })
    };
    html! {
        @if lines(true).next().is_some() {
            h2 class="bad" { "Required, and never came" }
            ul { @for (name, line) in lines(true) { li { b { (name) } ": " (line) } } }
        }
        @if lines(false).next().is_some() || !campaign.unreached.is_empty() {
            details {
                summary { "Never came, and was not required" }
                ul { @for (name, line) in lines(false) { li { b { (name) } ": " (line) } } }
                @if !campaign.unreached.is_empty() { p { "States never reached: " (campaign.unreached.join(", ")) } }
            }
        }
    }
}

fn failures(scenario: &ScenarioResult) -> Markup {
    html! {
        @for failure in &scenario.failures { (run(&scenario.name, failure.seed, &failure.outcome, failure.file.as_deref())) }
        @if scenario.failed() > scenario.failures.len() as u64 {
            p { (scenario.name) ": " (scenario.failed() - scenario.failures.len() as u64) " more failed." }
        }
    }
}

fn run(scenario: &str, seed: u64, outcome: &Outcome, file: Option<&str>) -> Markup {
    html! {
        section {
            h2 { (scenario) " seed " (seed) ": " span class=(if outcome.verdict.is_passed() { "good" } else { "bad" }) { (outcome.verdict.word()) } }
            p { (cause(outcome)) }
            @if !details(outcome).is_empty() { pre { (details(outcome).join("\n")) } }
            p class="facts" {
                "trace hash " code { (outcome.trace_hash) } ", " (time(outcome.virtual_ns)) " simulated, " (count(outcome.events)) " events"
                @if let Some(file) = file { br; code { "gracchus-sim replay " (file) } }
            }
            (timeline::timeline(outcome))
            details {
                summary { (several(outcome.timeline.len() as u64, "moment")) }
                table class="moments" {
                    @for line in &outcome.timeline {
                        tr class=(line.kind) {
                            td { (moment(line.at)) }
                            td { @if let Some(node) = line.node { "node " (node) } }
                            td { (line.kind) }
                            td class="prose" { (line.what) }
                        }
                    }
                }
            }
        }
    }
}
