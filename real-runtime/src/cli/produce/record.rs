//! A record as a line says it.

use super::super::DATA;
use crate::cli::bytes::JsonBytes;
use crate::cli::failure::Failure;
use bytes::Bytes;
use gracchus_core::record::Header;
use gracchus_core::types::Timestamp;
use serde::Deserialize;
use serde::de::IgnoredAny;

/// How lines say records.
pub struct Form {
    pub is_json: bool,
    pub key_separator: Option<Vec<u8>>,
    /// Of every record.
    pub headers: Vec<(String, String)>,
}

/// One record.
#[derive(Debug)]
pub struct Written {
    pub key: Option<Bytes>,
    pub value: Option<Bytes>,
    pub headers: Vec<(String, Option<Bytes>)>,
    pub partition: Option<i32>,
    pub timestamp: Option<Timestamp>,
}

/// What stands on a line of JSON.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    key: Option<JsonBytes>,
    value: Option<JsonBytes>,
    #[serde(default)]
    headers: Vec<RowHeader>,
    partition: Option<i32>,
    timestamp: Option<i64>,
    /// As `gracchus consume` prints it.
    #[serde(rename = "topic")]
    _topic: Option<IgnoredAny>,
    #[serde(rename = "offset")]
    _offset: Option<IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RowHeader {
    key: String,
    value: Option<JsonBytes>,
}

impl Form {
    pub fn read(&self, number: u64, line: Bytes) -> Result<Written, Failure> {
        let mut written = match (self.is_json, &self.key_separator) {
            (true, _) => of_json(number, &line)?,
            (false, None) => of_value(line),
            (false, Some(separator)) => of_key_and_value(number, &line, separator)?,
        };
        let header = |(key, value): &(String, String)| (key.clone(), Some(Bytes::from(value.clone().into_bytes())));
        written.headers.extend(self.headers.iter().map(header));
        Ok(written)
    }
}

fn of_value(value: Bytes) -> Written {
    Written { key: None, value: Some(value), headers: Vec::new(), partition: None, timestamp: None }
}

fn of_key_and_value(number: u64, line: &Bytes, separator: &[u8]) -> Result<Written, Failure> {
    let Some(at) = line.windows(separator.len()).position(|window| window == separator) else {
        let separator = String::from_utf8_lossy(separator);
        return Err(Failure::new(
            DATA,
            format!("line {number} has no key: it does not contain the separator {separator}"),
        ));
    };
    let value = line.slice(at + separator.len()..);
    Ok(Written { key: Some(line.slice(..at)), ..of_value(value) })
}

fn of_json(number: u64, line: &[u8]) -> Result<Written, Failure> {
    let row: Row = serde_json::from_slice(line).map_err(|error| {
        let why = error.to_string();
        let why = why.split_once(" at line ").map_or(why.as_str(), |(why, _)| why);
        let column = error.column();
        Failure::new(DATA, format!("line {number} is no record in JSON: {why}, at column {column}"))
    })?;
    if row.timestamp.is_some_and(|at| at < 0) {
        return Err(Failure::new(DATA, format!("line {number}: a timestamp is not negative")));
    }
    let bytes = |JsonBytes(bytes): JsonBytes| Bytes::from(bytes);
    Ok(Written {
        key: row.key.map(bytes),
        value: row.value.map(bytes),
        headers: row.headers.into_iter().map(|header| (header.key, header.value.map(bytes))).collect(),
        partition: row.partition,
        timestamp: row.timestamp.map(Timestamp),
    })
}

impl Written {
    /// Its headers, borrowed.
    pub fn headers(&self) -> Vec<Header<'_>> {
        self.headers.iter().map(|(key, value)| Header { key: key.as_bytes(), value: value.as_deref() }).collect()
    }

    /// What it takes in memory, about.
    pub fn size(&self) -> usize {
        let headers = self.headers.iter().map(|(key, value)| key.len() + value.as_ref().map_or(0, Bytes::len) + 64);
        let fields = self.key.as_ref().map_or(0, Bytes::len) + self.value.as_ref().map_or(0, Bytes::len);
        fields + headers.sum::<usize>() + 128
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(line: &str) -> Result<Written, String> {
        let form = Form { is_json: true, key_separator: None, headers: Vec::new() };
        form.read(7, Bytes::copy_from_slice(line.as_bytes())).map_err(|failure| failure.text)
    }

    #[test]
    fn a_line_of_json_is_a_record() {
        let line = r#"{"topic":"t","partition":2,"offset":9,"timestamp":5,"key":{"base64":"/w=="},"value":null,
            "headers":[{"key":"a","value":"b"},{"key":"a","value":null}]}"#;
        let written = json(line).unwrap();
        assert_eq!((written.partition, written.timestamp), (Some(2), Some(Timestamp(5))));
        assert_eq!((written.key.as_deref(), written.value.as_deref()), (Some(&[0xff][..]), None));
        assert_eq!(written.headers(), [Header { key: b"a", value: Some(b"b") }, Header { key: b"a", value: None }]);
    }

    #[test]
    fn what_is_no_record_is_refused_with_its_line() {
        for (line, why) in [
            ("", "EOF"),
            ("nonsense", "expected"),
            (r#"{"vaule":"x"}"#, "unknown field `vaule`"),
            (r#"{"value":7}"#, "it takes a string or"),
            (r#"{"timestamp":-1}"#, "not negative"),
            (r#"{"partition":3000000000}"#, "3000000000"),
            ("[1]", "no record"),
        ] {
            let said = json(line).unwrap_err();
            assert!(said.starts_with("line 7") && said.contains(why), "{line}: {said}");
        }
    }

    #[test]
    fn a_key_stands_before_the_first_separator() {
        let form =
            Form { is_json: false, key_separator: Some(b"::".to_vec()), headers: vec![("a".into(), "b".into())] };
        let written = form.read(1, Bytes::from_static(b"k::v::w")).unwrap();
        assert_eq!((written.key.as_deref(), written.value.as_deref()), (Some(&b"k"[..]), Some(&b"v::w"[..])));
        assert_eq!(written.headers(), [Header { key: b"a", value: Some(b"b") }]);
        assert!(form.read(3, Bytes::from_static(b"k:v")).unwrap_err().text.starts_with("line 3 has no key"));
    }
}
