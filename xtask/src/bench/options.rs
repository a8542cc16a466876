//! What the command line asks for.

use super::broker::Broker;

/// The groups of rows that can be asked for by name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Row {
    Start,
    Idle,
    Produce,
    Fetch,
    Flush,
    Groups,
    Shards,
    Recovery,
}

const NAMES: [(&str, Row); 8] = [
    ("start", Row::Start),
    ("idle", Row::Idle),
    ("produce", Row::Produce),
    ("fetch", Row::Fetch),
    ("flush", Row::Flush),
    ("groups", Row::Groups),
    ("shards", Row::Shards),
    ("recovery", Row::Recovery),
];

/// What to measure, and how long.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Options {
    /// One short repetition of everything: for a first look.
    pub quick: bool,
    /// Writes the tables to the documentation.
    pub save: bool,
    /// Leaves Apache Kafka out.
    pub alone: bool,
    /// Only these rows.
    only: Option<Vec<Row>>,
}

impl Options {
    /// Reads the arguments.
    pub fn parse(arguments: &[String]) -> Result<Options, String> {
        let mut options = Options::default();
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--quick" => options.quick = true,
                "--save" => options.save = true,
                "--alone" => options.alone = true,
                "--only" => options.only = Some(rows(arguments.next().map_or("", String::as_str))?),
                other => {
                    return Err(format!("bench takes --quick, --alone, --save and --only ROW,ROW, not {other:?}"));
                }
            }
        }
        if options.save && options.only.is_some() {
            return Err("--save keeps a whole run: leave --only out".to_owned());
        }
        Ok(options)
    }

    /// Whether a row is asked for.
    pub fn wants(&self, row: Row) -> bool {
        self.only.as_ref().is_none_or(|only| only.contains(&row))
    }

    /// Whom to measure.
    pub fn brokers(&self) -> &'static [Broker] {
        if self.alone { &[Broker::Gracchus] } else { &[Broker::Gracchus, Broker::Kafka] }
    }

    /// How often a row is repeated.
    pub fn repetitions(&self) -> u32 {
        if self.quick { 1 } else { 3 }
    }

    /// A number of seconds, or what stands for it in a first look.
    pub fn seconds(&self, seconds: u64) -> u64 {
        if self.quick { seconds.div_ceil(4) } else { seconds }
    }
}

fn rows(names: &str) -> Result<Vec<Row>, String> {
    let row = |name: &str| {
        let found = NAMES.iter().find(|(known, _)| *known == name);
        found.map(|(_, row)| *row).ok_or_else(|| {
            let known: Vec<&str> = NAMES.iter().map(|(name, _)| *name).collect();
            format!("--only takes {}, with commas between them, not {name:?}", known.join(", "))
        })
    };
    names.split(',').map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Options, String> {
        Options::parse(&text.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn rows_are_asked_for_by_name() {
        let all = parse("--quick").unwrap();
        assert!(all.wants(Row::Produce) && all.wants(Row::Recovery));
        let two = parse("--only recovery,flush").unwrap();
        assert!(two.wants(Row::Flush) && two.wants(Row::Recovery) && !two.wants(Row::Produce));
        assert!(parse("--only nothing").unwrap_err().contains("recovery"));
        assert!(parse("--slow").unwrap_err().contains("--quick"));
        assert!(parse("--save --only flush").unwrap_err().contains("whole run"));
    }
}
