//! What the programs of a storm wrote down: one line for each fact, its time first.

use std::collections::BTreeMap;

/// A partition of the storm's topic.
pub type Partition = i32;

/// One line of a ledger. Times are milliseconds of the machine's clock, which all programs share.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Fact {
    /// The server listens. Whether the group was Stable when the server was killed before.
    Up { at: u64, was_stable: bool },
    /// The broker acknowledged a record.
    Acked { partition: Partition, offset: i64, value: String },
    /// The producer gave a record up.
    Failed { value: String, why: String },
    /// The member was given a partition, and the group's committed offset that it fetched from `began` on.
    Assigned { began: u64, partition: Partition, from: i64 },
    /// The member was given a record.
    Read { at: u64, value: String },
    /// The broker acknowledged an offset commit.
    Committed { at: u64, partition: Partition, offset: i64 },
    /// A line that proves nothing: a refused commit, a revoked partition.
    Other,
}

impl Fact {
    /// Reads one line; none where it is torn or unknown.
    pub fn parse(line: &str) -> Option<Fact> {
        let mut words = line.splitn(3, ' ');
        let (what, at, rest) = (words.next()?, words.next()?.parse().ok()?, words.next().unwrap_or_default());
        let mut facts = rest.splitn(3, ' ');
        let mut fact = || facts.next().filter(|it| !it.is_empty());
        Some(match what {
            "up" => Fact::Up { at, was_stable: facts.next() == Some("stable") },
            "acked" => Fact::Acked {
                partition: fact()?.parse().ok()?,
                offset: fact()?.parse().ok()?,
                value: fact()?.to_owned(),
            },
            "failed" => {
                let (value, why) = rest.split_once(' ').unwrap_or((rest, ""));
                Fact::Failed { value: value.to_owned(), why: why.to_owned() }
            }
            "assigned" => Fact::Assigned {
                began: fact()?.parse().ok()?,
                partition: fact()?.parse().ok()?,
                from: fact()?.parse().ok()?,
            },
            "read" => {
                let (_, _, value) = (fact()?, fact()?, fact()?);
                Fact::Read { at, value: value.to_owned() }
            }
            "committed" => Fact::Committed { at, partition: fact()?.parse().ok()?, offset: fact()?.parse().ok()? },
            "revoked" | "commit-failed" | "member-failed" | "quiet" | "killed" => Fact::Other,
            _ => return None,
        })
    }
}

/// The records of the topic at the end, by partition and in the order of their offsets.
pub type Log = BTreeMap<Partition, Vec<(i64, String)>>;

/// Reads what `dump` printed.
pub fn read_dump(text: &str) -> Result<Log, String> {
    let mut log = Log::new();
    for line in text.lines() {
        let mut words = line.splitn(4, ' ').skip(1);
        let mut word = || words.next().ok_or_else(|| format!("the dump has a line {line:?}"));
        let (partition, offset, value) = (word()?, word()?, word()?);
        let number = |text: &str| text.parse::<i64>().map_err(|_| format!("the dump has a line {line:?}"));
        let partition = Partition::try_from(number(partition)?).map_err(|why| why.to_string())?;
        log.entry(partition).or_default().push((number(offset)?, value.to_owned()));
    }
    log.values_mut().for_each(|records| records.sort_unstable());
    Ok(log)
}
