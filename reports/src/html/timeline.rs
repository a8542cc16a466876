//! A run as a picture: time from left to right, a lane for each node and one for the cluster, a mark for each moment.

use crate::words::{moment, time};
use gracchus_world::verdict::{Moment, Outcome, Verdict};
use maud::{Markup, html};
use std::collections::BTreeSet;

const WIDTH: u64 = 1_100;
const LEFT: u64 = 90;
const LANE: u64 = 38;
const TOP: u64 = 14;
/// What is drawn of a run that has more moments; the list below the picture has all of them.
const MARKS_MAX: usize = 3_000;

/// The picture.
pub fn timeline(outcome: &Outcome) -> Markup {
    if outcome.timeline.is_empty() {
        return html! { p class="facts" { "This run has no timeline." } };
    }
    let nodes: BTreeSet<i32> = outcome.timeline.iter().filter_map(|line| line.node).collect();
    let lanes: Vec<Option<i32>> = std::iter::once(None).chain(nodes.into_iter().map(Some)).collect();
    let scale = Scale { span: outcome.virtual_ns.max(1) };
    let bottom = TOP + LANE * lanes.len() as u64;
    html! {
        div class="scroll" {
            svg xmlns="http://www.w3.org/2000/svg" width=(WIDTH) height=(bottom + 44) viewBox={ "0 0 " (WIDTH) " " (bottom + 44) } role="img" aria-label="What happened on each node over virtual time" {
                (grid(scale, bottom))
                @for (index, lane) in lanes.iter().enumerate() { (draw_lane(outcome, *lane, TOP + LANE * index as u64, scale)) }
                (end(outcome, scale, bottom))
                (legend(bottom + 36))
            }
        }
    }
}

#[derive(Clone, Copy)]
struct Scale {
    span: u64,
}

impl Scale {
    fn x(self, at: u64) -> u64 {
        let width = u128::from(WIDTH - LEFT - 20);
        LEFT + u64::try_from(u128::from(at.min(self.span)) * width / u128::from(self.span)).unwrap_or(0)
    }

    /// Between two ticks: the least round time that leaves at most ten of them.
    fn step(self) -> u64 {
        const ROUND_MS: [u64; 20] = [
            1, 5, 10, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 30_000, 60_000, 120_000, 300_000,
            600_000, 1_200_000, 1_800_000, 3_600_000,
        ];
        let fitting = ROUND_MS.iter().map(|ms| ms * 1_000_000).find(|step| self.span / step <= 10);
        fitting.unwrap_or(self.span)
    }
}

fn grid(scale: Scale, bottom: u64) -> Markup {
    let step = scale.step();
    let ticks = (0..=scale.span / step).map(|tick| tick * step);
    html! {
        @for at in ticks {
            line class="grid" x1=(scale.x(at)) x2=(scale.x(at)) y1=(TOP) y2=(bottom) {}
            text class="soft" x=(scale.x(at)) y=(bottom + 14) text-anchor="middle" { (time(at)) }
        }
    }
}

fn draw_lane(outcome: &Outcome, lane: Option<i32>, y: u64, scale: Scale) -> Markup {
    let middle = y + LANE / 2;
    let marks = outcome.timeline.iter().filter(|line| line.node == lane).take(MARKS_MAX);
    html! {
        text x="8" y=(middle + 4) { @match lane { None => { "cluster" } Some(node) => { "node " (node) } } }
        line class="lane" x1=(LEFT) x2=(WIDTH - 20) y1=(middle) y2=(middle) {}
        @for line in marks { (mark(line, scale.x(line.at), middle)) }
    }
}

/// Shapes as well as colours tell the kinds apart.
fn mark(line: &Moment, x: u64, y: u64) -> Markup {
    let label = format!("{} {}: {}", moment(line.at), line.kind, line.what);
    let class = format!("mark {}", class_of(&line.kind));
    let (left, right, top, low) = (x.saturating_sub(5), x + 5, y.saturating_sub(5), y + 5);
    let points = match line.kind.as_str() {
        "fault" => format!("{left},{top} {right},{top} {x},{low}"),
        "heal" => format!("{left},{low} {right},{low} {x},{top}"),
        "election" => format!("{x},{top} {right},{y} {x},{low} {left},{y}"),
        "verdict" | "loss" => format!("{left},{top} {right},{top} {right},{low} {left},{low}"),
        _ => return html! { circle class=(class) cx=(x) cy=(y) r="4" { title { (label) } } },
    };
    html! { polygon class=(class) points=(points) { title { (label) } } }
}

/// A kind becomes a class only if it is one that the style knows.
fn class_of(kind: &str) -> &str {
    if ["fault", "heal", "election", "loss", "script", "verdict"].contains(&kind) { kind } else { "" }
}

fn end(outcome: &Outcome, scale: Scale, bottom: u64) -> Markup {
    let at = match &outcome.verdict {
        Verdict::Violation(violation) => violation.at,
        Verdict::Stuck(stuck) => stuck.at,
        Verdict::Crash(crash) => crash.at,
        Verdict::Passed | Verdict::NotDeterministic(_) => return html! {},
    };
    let x = scale.x(at);
    let anchor = if x > WIDTH / 2 { "end" } else { "start" };
    html! {
        line class="end" x1=(x) x2=(x) y1=(TOP - 4) y2=(bottom) {}
        text class="bad" x=(if x > WIDTH / 2 { x - 6 } else { x + 6 }) y=(TOP - 3) text-anchor=(anchor) { (outcome.verdict.word()) " at " (moment(at)) }
    }
}

fn legend(y: u64) -> Markup {
    let kinds = ["fault", "heal", "election", "loss", "script", "verdict"];
    html! {
        @for (index, kind) in kinds.iter().enumerate() {
            @let x = LEFT + 110 * index as u64;
            @let sample = Moment { at: 0, node: None, kind: (*kind).to_owned(), what: String::new() };
            (mark(&sample, x, y - 4))
            text class="soft" x=(x + 10) y=(y) { (kind) }
        }
    }
}
