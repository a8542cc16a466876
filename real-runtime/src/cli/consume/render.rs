//! Records as they are printed.

use crate::cli::DATA;
use crate::cli::bytes::Shown;
use crate::cli::failure::Failure;
use gracchus_core::client::{Fetched, FetchedRecord};
use gracchus_core::record::{Codec, Header};
use gracchus_core::types::ErrorCode;
use serde::Serialize;
use std::borrow::Cow;

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
        for record in fetched.records() {
            let record = record.map_err(|error| unreadable(fetched, next, error))?;
            if self.is_full() || end.is_some_and(|end| record.offset.0 >= end) {
                return Ok(next);
            }
            next = record.offset.0 + 1;
            self.append(fetched, &record, out);
            self.rendered += 1;
            self.left = self.left.map(|left| left - 1);
        }
        // Behind the last record there may be offsets without any.
        Ok(fetched.next.0)
    }

    fn append<'a>(&self, fetched: &'a Fetched, record: &'a FetchedRecord<'a>, out: &mut Vec<u8>) {
        match self.form {
            Form::Value => out.extend_from_slice(record.value.as_deref().unwrap_or_default()),
            Form::KeyAndValue => {
                out.extend_from_slice(record.key.as_deref().unwrap_or_default());
                out.push(b'\t');
                out.extend_from_slice(record.value.as_deref().unwrap_or_default());
            }
            Form::Json => {
                let header = |header: Header<'a>| RowHeader {
                    key: String::from_utf8_lossy(header.key),
                    value: header.value.map(Shown),
                };
                let row = Row {
                    topic: &fetched.topic,
                    partition: fetched.partition,
                    offset: record.offset.0,
                    timestamp: record.timestamp.0,
                    key: record.key.as_deref().map(Shown),
                    value: record.value.as_deref().map(Shown),
                    headers: record.headers.map(header).collect(),
                };
                serde_json::to_writer(&mut *out, &row).expect("memory takes whatever is written");
            }
        }
        out.push(b'\n');
    }
}

/// The batch behind `next` cannot be read.
fn unreadable(fetched: &Fetched, next: i64, error: ErrorCode) -> Failure {
    let place = format!("{}-{}, offset {next}", fetched.topic, fetched.partition);
    if error != ErrorCode::UnsupportedCompressionType {
        return Failure::new(
            DATA,
            format!("{place}: the batch is damaged: its records do not have the form that they claim"),
        );
    }
    let mut codecs = fetched.batches.iter().filter_map(|batch| match batch.header().codec() {
        Some(Codec::None) => None,
        Some(Codec::Gzip) => Some("gzip"),
        Some(Codec::Snappy) => Some("snappy"),
        Some(Codec::Lz4) => Some("lz4"),
        Some(Codec::Zstd) => Some("zstd"),
        None => Some("a codec that nobody knows"),
    });
    let codec = codecs.next().unwrap_or("a codec");
    let next = "kcat and Kafka's console consumer do, and --from begins behind it";
    Failure::new(DATA, format!("{place}: the batch is compressed with {codec}, which this command does not read"))
        .with_next(next)
}
