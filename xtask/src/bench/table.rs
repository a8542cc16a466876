//! Figures of two brokers side by side, as Markdown.

use core::fmt;

/// One figure of one broker.
#[derive(Clone, Debug)]
pub struct Figure {
    /// Of which row.
    pub row: String,
    /// What is counted, with its unit.
    pub what: &'static str,
    pub value: f64,
}

impl Figure {
    /// One figure.
    pub fn new(row: impl Into<String>, what: &'static str, value: f64) -> Figure {
        Figure { row: row.into(), what, value }
    }
}

/// Both brokers' figures.
pub struct Table(Vec<Line>);

struct Line {
    row: String,
    what: &'static str,
    gracchus: f64,
    kafka: Option<f64>,
}

impl Table {
    /// Matches them by row and kind.
    pub fn beside(gracchus: &[Figure], kafka: Option<&[Figure]>) -> Table {
        let find = |one: &Figure| {
            let same = |other: &&Figure| other.row == one.row && other.what == one.what;
            kafka.and_then(|figures| figures.iter().find(same)).map(|figure| figure.value)
        };
        let line = |one: &Figure| Line { row: one.row.clone(), what: one.what, gracchus: one.value, kafka: find(one) };
        Table(gracchus.iter().map(line).collect())
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\n| row | figure | Gracchus | Kafka | ratio |\n|---|---|---:|---:|---:|")?;
        let mut last = "";
        for line in &self.0 {
            let row = if line.row == last { "" } else { &line.row };
            last = &line.row;
            let (kafka, ratio) = match line.kafka {
                Some(kafka) if kafka > 0.0 => (number(kafka), number(line.gracchus / kafka)),
                Some(kafka) => (number(kafka), "–".to_owned()),
                None => ("–".to_owned(), "–".to_owned()),
            };
            writeln!(f, "| {row} | {} | {} | {kafka} | {ratio} |", line.what, number(line.gracchus))?;
        }
        Ok(())
    }
}

/// Three digits that say something.
fn number(value: f64) -> String {
    match value.abs() {
        size if size >= 1000.0 => format!("{value:.0}"),
        size if size >= 100.0 => format!("{value:.1}"),
        size if size >= 1.0 => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_matched_and_divided() {
        let ours = [Figure::new("start", "ms", 10.0), Figure::new("start", "MiB", 5.0)];
        let theirs = [Figure::new("start", "MiB", 400.0), Figure::new("start", "ms", 2000.0)];
        let text = Table::beside(&ours, Some(&theirs)).to_string();
        assert!(text.contains("| start | ms | 10.00 | 2000 | 0.005 |"), "{text}");
        assert!(text.contains("|  | MiB | 5.00 | 400.0 | 0.013 |"), "{text}");
        assert!(Table::beside(&ours, None).to_string().contains("| start | ms | 10.00 | – | – |"));
    }
}
