//! Figures of both brokers, their repetitions, and their aims, as Markdown.

use super::broker::Broker;
use core::fmt::Write;

/// All figures, in the order in which they were first noted.
#[derive(Default)]
pub struct Sheet {
    lines: Vec<Line>,
}

struct Line {
    row: String,
    /// What is counted, with its unit.
    what: &'static str,
    /// One value for each repetition.
    gracchus: Vec<f64>,
    kafka: Vec<f64>,
    aim: Option<Aim>,
}

/// What a figure should be.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Aim {
    /// Gracchus's value.
    AtMost(f64),
    /// The ratio.
    RatioAtMost(f64),
    /// The ratio.
    RatioAtLeast(f64),
}

impl Sheet {
    /// One more repetition's value.
    pub fn note(&mut self, broker: Broker, row: &str, what: &'static str, value: f64) {
        let line = self.line(row, what);
        match broker {
            Broker::Gracchus => line.gracchus.push(value),
            Broker::Kafka => line.kafka.push(value),
        }
    }

    /// What a figure should be.
    pub fn aim(&mut self, row: &str, what: &'static str, aim: Aim) {
        self.line(row, what).aim = Some(aim);
    }

    fn line(&mut self, row: &str, what: &'static str) -> &mut Line {
        let known = self.lines.iter().position(|line| line.row == row && line.what == what);
        let at = known.unwrap_or_else(|| {
            let line = Line { row: row.to_owned(), what, gracchus: Vec::new(), kafka: Vec::new(), aim: None };
            // Behind the last figure of the same row.
            let behind = self.lines.iter().rposition(|line| line.row == row).map_or(self.lines.len(), |last| last + 1);
            self.lines.insert(behind, line);
            behind
        });
        &mut self.lines[at]
    }

    /// Both brokers' columns.
    #[must_use]
    pub fn beside(&self) -> String {
        if self.lines.is_empty() {
            return String::new();
        }
        let mut text = "\n| row | figure | Gracchus | Kafka | ratio | aim |\n|---|---|---:|---:|---:|---|\n".to_owned();
        for (row, line) in self.named() {
            let (gracchus, kafka) = (number(median(&line.gracchus)), number(median(&line.kafka)));
            let _ = writeln!(
                text,
                "| {row} | {} | {gracchus} | {kafka} | {} | {} |",
                line.what,
                line.ratio_shown(),
                line.aim_shown()
            );
        }
        text
    }

    /// Gracchus's alone.
    #[must_use]
    pub fn alone(&self) -> String {
        if self.lines.is_empty() {
            return String::new();
        }
        let mut text = "\n| Gracchus alone | figure | value |\n|---|---|---:|\n".to_owned();
        for (row, line) in self.named() {
            let _ = writeln!(text, "| {row} | {} | {} |", line.what, number(median(&line.gracchus)));
        }
        text
    }

    /// The lines that have a value, each row's name on its first only.
    fn named(&self) -> impl Iterator<Item = (&str, &Line)> {
        let mut last = "";
        self.lines.iter().filter(|line| !line.gracchus.is_empty() || !line.kafka.is_empty()).map(move |line| {
            let row = if line.row == last { "" } else { &line.row };
            last = &line.row;
            (row, line)
        })
    }
}

impl Line {
    fn ratio(&self) -> Option<f64> {
        median(&self.kafka).filter(|kafka| *kafka > 0.0).and_then(|kafka| Some(median(&self.gracchus)? / kafka))
    }

    fn ratio_shown(&self) -> String {
        let pairs = self.gracchus.iter().zip(&self.kafka).filter(|(_, kafka)| **kafka > 0.0);
        let mut each: Vec<f64> = pairs.map(|(gracchus, kafka)| gracchus / kafka).collect();
        each.sort_by(f64::total_cmp);
        match (self.ratio(), &each[..]) {
            (Some(ratio), [least, .., greatest]) => {
                format!("{} ({}..{})", number(Some(ratio)), number(Some(*least)), number(Some(*greatest)))
            }
            (ratio, _) => number(ratio),
        }
    }

    fn aim_shown(&self) -> String {
        let (text, met) = match self.aim {
            None => return String::new(),
            Some(Aim::AtMost(most)) => (format!("≤ {most}"), median(&self.gracchus).map(|value| value <= most)),
            Some(Aim::RatioAtMost(most)) => (format!("ratio ≤ {most}"), self.ratio().map(|ratio| ratio <= most)),
            Some(Aim::RatioAtLeast(least)) => (format!("ratio ≥ {least}"), self.ratio().map(|ratio| ratio >= least)),
        };
        match met {
            Some(true) => format!("{text}: met"),
            Some(false) => format!("{text}: **missed**"),
            None => text,
        }
    }
}

fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied()
}

/// Three digits that say something.
fn number(value: Option<f64>) -> String {
    match value {
        None => "–".to_owned(),
        Some(value) if value.abs() >= 1000.0 => format!("{value:.0}"),
        Some(value) if value.abs() >= 100.0 => format!("{value:.1}"),
        Some(value) if value.abs() >= 1.0 => format!("{value:.2}"),
        Some(value) => format!("{value:.3}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_medians_side_by_side_with_their_ratio() {
        let mut sheet = Sheet::default();
        for value in [10.0, 30.0, 12.0] {
            sheet.note(Broker::Gracchus, "start", "ms", value);
        }
        sheet.note(Broker::Gracchus, "idle", "MiB", 5.0);
        for value in [2000.0, 2400.0, 2000.0] {
            sheet.note(Broker::Kafka, "start", "ms", value);
        }
        sheet.note(Broker::Gracchus, "start", "CPU s", 1.0);
        let text = sheet.beside();
        assert!(text.contains("| start | ms | 12.00 | 2000 | 0.006 (0.005..0.013) |  |"), "{text}");
        assert!(text.contains("|  | CPU s | 1.00 | – | – |  |\n| idle | MiB | 5.00"), "{text}");
        assert!(sheet.alone().contains("| start | ms | 12.00 |"));
        assert_eq!(Sheet::default().beside(), "");
    }

    #[test]
    fn an_aim_says_whether_it_was_met() {
        let mut sheet = Sheet::default();
        sheet.note(Broker::Gracchus, "produce", "CPU", 3.0);
        sheet.aim("produce", "CPU", Aim::RatioAtMost(0.4));
        assert!(sheet.beside().contains("| ratio ≤ 0.4 |"), "without Kafka nothing is said");
        sheet.note(Broker::Kafka, "produce", "CPU", 10.0);
        assert!(sheet.beside().contains("ratio ≤ 0.4: met"));
        sheet.aim("produce", "CPU", Aim::RatioAtLeast(10.0));
        assert!(sheet.beside().contains("ratio ≥ 10: **missed**"));
        sheet.aim("produce", "CPU", Aim::AtMost(2.5));
        assert!(sheet.beside().contains("≤ 2.5: **missed**"));
    }
}
