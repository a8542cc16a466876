//! Records as they are printed.

use crate::cli::DATA;
use crate::cli::bytes::Shown;
use crate::cli::failure::Failure;
use gracchus_core::client::Fetched;
use gracchus_core::record::{Batch, Header, Record, Records, Undecodable};
use serde::Serialize;
use std::borrow::Cow;

/// What the records of one compressed batch may take in memory, in bytes.
const PLAIN_MAX: usize = 256 << 20;

/// How records are printed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Form {
    Value,
    /// With a tab between them.
    KeyAndValue,
    Json,
}

#[derive(Serialize)]
struct Row<'a> {
    topic: &'a str,
    partition: i32,
    offset: i64,
    timestamp: i64,
    key: Option<Shown<'a>>,
    value: Option<Shown<'a>>,
    headers: Vec<RowHeader<'a>>,
}

#[derive(Serialize)]
struct RowHeader<'a> {
    key: Cow<'a, str>,
    value: Option<Shown<'a>>,
}

/// Turns what was fetched into what is printed.
pub struct Renderer {
    form: Form,
    /// How many records are wanted still; none where all are.
    left: Option<u64>,
    rendered: u64,
}

impl Renderer {
    pub fn new(form: Form, count: Option<u64>) -> Renderer {
        Renderer { form, left: count, rendered: 0 }
    }

    /// Whether no more records are wanted.
    pub fn is_full(&self) -> bool {
        self.left == Some(0)
    }

    /// How many records there were.
    pub fn rendered(&self) -> u64 {
        self.rendered
    }

    /// Appends the records that are wanted, those from `end` on left out. Returns the offset after the last one that is
    /// done with.
    pub fn render(&mut self, fetched: &Fetched, end: Option<i64>, out: &mut Vec<u8>) -> Result<i64, Failure> {
        let mut next = fetched.from.0;
        for batch in fetched.batches.iter().filter(|batch| !batch.header().is_control()) {
            let unreadable = |why: &str| unreadable(fetched, batch, why);
            let plain = batch.plain(PLAIN_MAX).map_err(|error| match error {
                Undecodable::Corrupt => unreadable("no codec wrote its records"),
                Undecodable::TooLarge => unreadable("its records take more than 256 MiB when they are not compressed"),
            })?;
            for record in Records::new(&plain, batch.header().count) {
                let record = record.map_err(|_| unreadable("its records do not have the form that they claim"))?;
                let offset = batch.header().base.0 + i64::from(record.offset_delta);
                if offset > batch.header().last().0 {
                    return Err(unreadable("it holds records that it does not announce"));
                }
                // A fetch brings whole batches: what lies before the position was read before.
                if !(fetched.from.0..fetched.next.0).contains(&offset) {
                    continue;
                }
                if self.is_full() || end.is_some_and(|end| offset >= end) {
                    return Ok(next);
                }
                next = offset + 1;
                self.append(fetched, batch, offset, &record, out);
                self.rendered += 1;
                self.left = self.left.map(|left| left - 1);
            }
        }
        // Behind the last record there may be offsets without any.
        Ok(fetched.next.0)
    }

    fn append(&self, fetched: &Fetched, batch: &Batch, offset: i64, record: &Record<'_>, out: &mut Vec<u8>) {
        match self.form {
            Form::Value => out.extend_from_slice(record.value.unwrap_or_default()),
            Form::KeyAndValue => {
                out.extend_from_slice(record.key.unwrap_or_default());
                out.push(b'\t');
                out.extend_from_slice(record.value.unwrap_or_default());
            }
            Form::Json => {
                let row = Row {
                    topic: &fetched.topic,
                    partition: fetched.partition,
                    offset,
                    timestamp: timestamp(batch, record),
                    key: record.key.map(Shown),
                    value: record.value.map(Shown),
                    headers: record.headers.map(header).collect(),
                };
                serde_json::to_writer(&mut *out, &row).expect("memory takes whatever is written");
            }
        }
        out.push(b'\n');
    }
}

fn header(header: Header<'_>) -> RowHeader<'_> {
    RowHeader { key: String::from_utf8_lossy(header.key), value: header.value.map(Shown) }
}

/// The record's own time, or the broker's where the topic has message.timestamp.type=LogAppendTime.
fn timestamp(batch: &Batch, record: &Record<'_>) -> i64 {
    match batch.header().is_log_append_time() {
        true => batch.header().max_timestamp,
        false => batch.header().base_timestamp.wrapping_add(record.timestamp_delta),
    }
}

fn unreadable(fetched: &Fetched, batch: &Batch, why: &str) -> Failure {
    let place = format!("{}-{}", fetched.topic, fetched.partition);
    let (first, last) = (batch.header().base.0, batch.header().last().0);
    let next = format!("--from {} goes on behind it", last + 1);
    Failure::new(DATA, format!("{place}: the batch of offsets {first} to {last} is damaged: {why}")).with_next(next)
}
