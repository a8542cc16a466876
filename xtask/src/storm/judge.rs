//! Whether a server that was killed again and again kept its promises.

use super::ledger::{Fact, Log, Partition};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// What was found.
#[derive(Debug, Default)]
pub struct Verdict {
    /// Broken promises, in words.
    pub broken: Vec<String>,
    /// Records that were acknowledged.
    pub acknowledged: usize,
    /// Offset commits that were acknowledged.
    pub commits: usize,
    /// Assignments of a partition to a member.
    pub assignments: usize,
    /// For each start of the server behind a kill of a Stable group: milliseconds until a member was given a record, in
    /// ascending order.
    pub until_read: Vec<u64>,
    /// The same for the other starts: the group was rebalancing when the server was killed, and forms anew.
    pub until_formed: Vec<u64>,
}

/// Judges the facts of all programs, in any order, against the log at the end.
pub fn judge(facts: &[Fact], log: &Log) -> Verdict {
    let mut verdict = Verdict::default();
    acknowledged_records(facts, log, &mut verdict);
    once_and_in_order(log, &mut verdict);
    committed_offsets(facts, &mut verdict);
    all_were_read(facts, &mut verdict);
    (verdict.until_read, verdict.until_formed) = (until_read(facts, true), until_read(facts, false));
    verdict
}

/// What was acknowledged lies where the broker said.
fn acknowledged_records(facts: &[Fact], log: &Log, verdict: &mut Verdict) {
    for fact in facts {
        match fact {
            Fact::Acked { partition, offset, value } => {
                verdict.acknowledged += 1;
                let records = log.get(partition).map_or(&[][..], Vec::as_slice);
                let there = records.binary_search_by_key(offset, |(at, _)| *at).ok().map(|place| &records[place].1);
                if there != Some(value) {
                    let there = there.map_or("nothing", String::as_str);
                    verdict.broken.push(format!(
                        "lost: {value} was acknowledged at offset {offset} of partition {partition}, where {there} is"
                    ));
                }
            }
            Fact::Failed { value, why } => verdict.broken.push(format!("{value} was given up: {why}")),
            _ => {}
        }
    }
}

/// An idempotent producer's records lie in the log once, and in a partition in the order in which they were sent.
fn once_and_in_order(log: &Log, verdict: &mut Verdict) {
    for (partition, records) in log {
        let mut last: BTreeMap<&str, u64> = BTreeMap::new();
        for (offset, value) in records {
            let Some((producer, number)) =
                value.split_once(':').and_then(|(it, number)| Some((it, number.parse().ok()?)))
            else {
                verdict.broken.push(format!("{value} at offset {offset} of partition {partition} was sent by nobody"));
                continue;
            };
            if let Some(before) = last.insert(producer, number)
                && before >= number
            {
                let how = if before == number { "doubled" } else { "reordered" };
                verdict.broken.push(format!(
                    "{how}: {value} at offset {offset} of partition {partition} comes behind {producer}:{before}"
                ));
            }
        }
    }
}

/// Whoever asks for a committed offset is given no less than was acknowledged before the question.
fn committed_offsets(facts: &[Fact], verdict: &mut Verdict) {
    // By partition: times of acknowledgements, with the greatest offset that was acknowledged up to then.
    let mut commits: BTreeMap<Partition, BTreeMap<u64, i64>> = BTreeMap::new();
    for fact in facts {
        if let Fact::Committed { at, partition, offset } = fact {
            verdict.commits += 1;
            let highest = commits.entry(*partition).or_default().entry(*at).or_default();
            *highest = (*highest).max(*offset);
        }
    }
    for times in commits.values_mut() {
        let mut highest = 0;
        for offset in times.values_mut() {
            highest = highest.max(*offset);
            *offset = highest;
        }
    }
    for fact in facts {
        if let Fact::Assigned { began, partition, from } = fact {
            verdict.assignments += 1;
            let before = commits.get(partition).and_then(|times| times.range(..began).next_back());
            if let Some((at, offset)) = before
                && offset > from
            {
                verdict.broken.push(format!(
                    "committed offset went back: {offset} of partition {partition} was acknowledged, and {} ms later the \
                     group's offset was {from}",
                    began - at
                ));
            }
        }
    }
}

/// The group was given every record that was acknowledged.
fn all_were_read(facts: &[Fact], verdict: &mut Verdict) {
    let unread = unread(facts);
    if let Some(one) = unread.first() {
        verdict
            .broken
            .push(format!("{} acknowledged records were never read by the group, {one} for one", unread.len()));
    }
}

/// Acknowledged records that no member was given.
pub fn unread(facts: &[Fact]) -> BTreeSet<&str> {
    let mut unread: BTreeSet<&str> = BTreeSet::new();
    for fact in facts {
        if let Fact::Acked { value, .. } = fact {
            unread.insert(value);
        }
    }
    for fact in facts {
        if let Fact::Read { value, .. } = fact {
            unread.remove(value.as_str());
        }
    }
    unread
}

/// Milliseconds from each start to the first record that a member was given, where that was before the next start: of the
/// starts behind a kill of a Stable group, or of the others.
fn until_read(facts: &[Fact], of_stable: bool) -> Vec<u64> {
    let ups: BTreeMap<u64, bool> = facts
        .iter()
        .filter_map(|it| if let Fact::Up { at, was_stable } = it { Some((*at, *was_stable)) } else { None })
        .collect();
    let reads: BTreeSet<u64> =
        facts.iter().filter_map(|it| if let Fact::Read { at, .. } = it { Some(*at) } else { None }).collect();
    let mut spans: Vec<u64> = Vec::new();
    for (up, _) in ups.iter().filter(|(_, was_stable)| **was_stable == of_stable) {
        let next = ups.range(up + 1..).next().map_or(u64::MAX, |(next, _)| *next);
        spans.extend(reads.range(up..&next).next().map(|read| read - up));
    }
    spans.sort_unstable();
    spans
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} records and {} offset commits acknowledged, {} assignments of a partition",
            self.acknowledged, self.commits, self.assignments
        )?;
        let groups = [("Stable", &self.until_read), ("rebalancing", &self.until_formed)];
        for (state, spans) in groups {
            let (Some(last), count) = (spans.last(), spans.len()) else { continue };
            let within = spans.iter().filter(|span| **span <= 1_000).count();
            writeln!(
                f,
                "after {count} kills of a group that was {state} a member was given a record: {} ms after the start at the \
                 median, {last} at most, within a second {within} times",
                spans[count / 2],
            )?;
        }
        for broken in self.broken.iter().take(20) {
            writeln!(f, "BROKEN {broken}")?;
        }
        if self.broken.len() > 20 {
            writeln!(f, "and {} more", self.broken.len() - 20)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::ledger::read_dump;
    use super::*;

    /// Two partitions, three records, each promise kept.
    const LEDGER: &str = "\
up 1000
acked 1010 0 0 go:0
acked 1011 1 0 go:1
assigned 1020 1015 0 0
assigned 1020 1015 1 0
read 1030 0 0 go:0
read 1030 1 0 go:1
committed 1040 0 1
killed 1050
up 1100 stable
acked 1200 0 1 go:2
assigned 1300 1290 0 1
commit-failed 1310 REBALANCE_IN_PROGRESS
read 1350 0 1 go:2
quiet 1400 go";
    const DUMP: &str = "\
record 0 0 go:0
record 1 0 go:1
record 0 1 go:2";

    fn broken(ledger: &str, dump: &str) -> Vec<String> {
        let facts: Vec<Fact> = ledger.lines().map(|line| Fact::parse(line).expect("a fact")).collect();
        judge(&facts, &read_dump(dump).unwrap()).broken
    }

    fn one(found: &[String], word: &str) {
        assert!(matches!(found, [only] if only.contains(word)), "{word}: {found:?}");
    }

    #[test]
    fn kept_promises_are_kept() {
        assert_eq!(broken(LEDGER, DUMP), [""; 0]);
        let facts: Vec<Fact> = LEDGER.lines().filter_map(Fact::parse).collect();
        let verdict = judge(&facts, &read_dump(DUMP).unwrap());
        assert_eq!((verdict.acknowledged, verdict.commits, verdict.assignments), (3, 1, 3));
        assert_eq!((verdict.until_read, verdict.until_formed), (vec![250], vec![30]));
    }

    #[test]
    fn what_is_lost_doubled_or_reordered_is_found() {
        one(&broken(LEDGER, &DUMP.replace("record 0 1 go:2", "")[..DUMP.len() - 16]), "lost: go:2");
        one(&broken(LEDGER, &format!("{DUMP}\nrecord 0 2 go:2")), "doubled: go:2");
        one(&broken(LEDGER, &format!("{DUMP}\nrecord 0 2 go:1")), "reordered: go:1");
        one(&broken(LEDGER, &format!("{DUMP}\nrecord 0 2 nonsense")), "sent by nobody");
        one(&broken(&format!("{LEDGER}\nfailed 1500 go:3 timed out"), DUMP), "go:3 was given up: timed out");
    }

    #[test]
    fn a_committed_offset_that_goes_back_is_found() {
        one(&broken(&LEDGER.replace("1290 0 1", "1290 0 0"), DUMP), "committed offset went back: 1 of partition 0");
        // The commit was acknowledged after the member had asked.
        assert_eq!(broken(&LEDGER.replace("1290 0 1", "1040 0 0"), DUMP), [""; 0]);
    }

    #[test]
    fn a_record_that_the_group_never_read_is_found() {
        one(&broken(&LEDGER.replace("read 1350 0 1 go:2\n", ""), DUMP), "1 acknowledged records were never read");
    }

    #[test]
    fn a_torn_line_is_no_fact() {
        for line in ["", "acked", "acked 12", "acked 12 0", "acked 12 0 x go:1", "read 1 0 0", "sung 1 2 3"] {
            assert_eq!(Fact::parse(line), None, "{line}");
        }
    }
}
