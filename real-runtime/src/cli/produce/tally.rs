//! How many records went where, and which did not.

use crate::cli::failure::{Failure, explained};
use crate::cli::table::counted;
use crate::cli::{complain, json, out};
use core::fmt;
use gracchus_core::client::{Delivery, Outcome};
use gracchus_core::types::ErrorCode;
use serde::Serialize;
use std::collections::BTreeMap;

/// As many failures are told of one by one.
const TOLD_MAX: usize = 10;

#[derive(Default)]
pub struct Tally {
    by_partition: BTreeMap<i32, Written>,
    failed: Vec<Failed>,
    failed_records: u64,
    /// Why the input was not read to its end.
    stopped: Option<Failure>,
    trouble: Option<String>,
}

#[derive(Default, Serialize)]
struct Written {
    partition: i32,
    records: u64,
    /// None where the broker did not tell, or was not asked to.
    first_offset: Option<i64>,
    last_offset: Option<i64>,
}

/// Lines whose records share a fate.
#[derive(Serialize)]
struct Failed {
    first_line: u64,
    last_line: u64,
    partition: i32,
    error: &'static str,
    /// Whether the records may have been written all the same.
    may_be_written: bool,
    #[serde(skip)]
    code: ErrorCode,
}

#[derive(Serialize)]
struct Summary<'a> {
    topic: &'a str,
    records: u64,
    partitions: Vec<&'a Written>,
    failed: u64,
    failures: &'a [Failed],
}

impl Tally {
    pub fn on_delivery(&mut self, delivery: &Delivery, lines: &[u64]) {
        let (partition, count) = (delivery.partition, u64::from(delivery.count));
        let base = match delivery.outcome {
            Outcome::Ok { base, .. } => base.map(|base| base.0),
            Outcome::Unacknowledged => None,
            Outcome::Failed(code) => return self.fail(partition, lines, code, false),
            Outcome::Indefinite(code) => return self.fail(partition, lines, code, true),
        };
        let row = self.by_partition.entry(partition).or_insert(Written { partition, ..Written::default() });
        row.records += count;
        if let Some(base) = base {
            let last = base + count as i64 - 1;
            row.first_offset = Some(row.first_offset.map_or(base, |first| first.min(base)));
            row.last_offset = Some(row.last_offset.map_or(last, |before| before.max(last)));
        }
    }

    fn fail(&mut self, partition: i32, lines: &[u64], code: ErrorCode, may_be_written: bool) {
        self.failed_records += lines.len() as u64;
        if let (Some(first), Some(last), true) = (lines.first(), lines.last(), self.failed.len() < TOLD_MAX) {
            let (first_line, last_line) = (*first, *last);
            self.failed.push(Failed { first_line, last_line, partition, error: code.name(), may_be_written, code });
        }
    }

    /// Records that were written, or sent where nobody says.
    pub fn written(&self) -> u64 {
        self.by_partition.values().map(|row| row.records).sum()
    }

    /// The rest of the input is not read.
    pub fn stop(&mut self, failure: Failure) {
        self.stopped = Some(failure);
    }

    /// What went wrong with the brokers last.
    pub fn note_trouble(&mut self, trouble: Option<&str>) {
        self.trouble = trouble.map(str::to_owned);
    }

    /// Prints it; a failure where not every record was written.
    pub fn report(self, topic: &str, is_json: bool) -> Result<(), Failure> {
        if is_json {
            let partitions = self.by_partition.values().collect();
            let (records, failed) = (self.written(), self.failed_records);
            json::print(&Summary { topic, records, partitions, failed, failures: &self.failed });
        } else {
            self.print(topic);
        }
        self.failed.iter().for_each(complain);
        if self.failed_records > 0 {
            let all = self.failed_records + self.written();
            let text = format!("{} of {} not written", self.failed_records, counted(all, "record"));
            let failure = Failure::new(1, text);
            return Err(match self.trouble {
                Some(trouble) => failure.with_next(trouble),
                None => failure,
            });
        }
        self.stopped.map_or(Ok(()), Err)
    }

    fn print(&self, topic: &str) {
        out::line(format!("{} to {topic}", counted(self.written(), "record")));
        for row in self.by_partition.values() {
            let offsets = match (row.first_offset, row.last_offset) {
                (Some(first), Some(last)) if first == last => format!(", offset {first}"),
                (Some(first), Some(last)) => format!(", offsets {first} to {last}"),
                _ => String::new(),
            };
            out::line(format!("  partition {}: {}{offsets}", row.partition, counted(row.records, "record")));
        }
    }
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Failed { first_line, last_line, partition, may_be_written, code, .. } = self;
        match first_line == last_line {
            true => write!(f, "line {first_line}")?,
            false => write!(f, "lines {first_line} to {last_line}, as far as they went there")?,
        }
        let fate = if *may_be_written { "perhaps written, perhaps not" } else { "not written" };
        write!(f, ", partition {partition}: {fate}: {}", explained(code.to_wire()))
    }
}
