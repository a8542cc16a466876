//! The text formats of a log directory's own files, as Apache Kafka writes them.
//!
//! **In Kafka**: `OffsetCheckpointFile`, `CleanShutdownFileHandler`.

use crate::types::{BrokerEpoch, Offset};
use std::collections::BTreeMap;
use std::fmt::Write;

/// The offsets of an `*-offset-checkpoint` file, by topic name and partition index.
pub(crate) type Offsets = BTreeMap<(String, i32), Offset>;

pub(crate) fn render_checkpoint<'a>(entries: impl ExactSizeIterator<Item = (&'a str, i32, Offset)>) -> String {
    let mut text = format!("0\n{}\n", entries.len());
    for (topic, partition, offset) in entries {
        writeln!(text, "{topic} {partition} {offset}").expect("a string takes everything");
    }
    text
}

/// Parses the text of a checkpoint file. Returns `None` if the text is not valid. The caller then treats the file as
/// absent, and the logs are loaded without its offsets.
pub(crate) fn parse_checkpoint(text: &str) -> Option<Offsets> {
    let mut lines = text.lines();
    if lines.next()?.trim() != "0" {
        return None;
    }
    let count: usize = lines.next()?.trim().parse().ok()?;
    let mut entries = Offsets::new();
    for line in lines {
        let mut words = line.split(' ');
        let topic = words.next()?.to_string();
        let partition = words.next()?.parse().ok()?;
        let offset = Offset::from_wire(words.next()?.parse().ok()?)?;
        if words.next().is_some() {
            return None;
        }
        entries.insert((topic, partition), offset);
    }
    (entries.len() == count).then_some(entries)
}

/// Returns the text of `.kafka_cleanshutdown`, the marker of a clean stop. It holds the broker epoch of the incarnation
/// that stopped (KIP-966).
pub(crate) fn render_clean_marker(epoch: BrokerEpoch) -> String {
    format!("{{\"version\":0,\"brokerEpoch\":{epoch}}}")
}

pub(crate) fn parse_clean_marker(text: &str) -> Option<BrokerEpoch> {
    let inner = text.trim().strip_prefix('{')?.strip_suffix('}')?;
    let mut epoch = None;
    for pair in inner.split(',') {
        let (key, value) = pair.split_once(':')?;
        match key.trim() {
            "\"version\"" if value.trim() != "0" => return None,
            "\"brokerEpoch\"" => epoch = value.trim().parse().ok().and_then(BrokerEpoch::from_wire),
            _ => {}
        }
    }
    epoch
}

/// Splits a folder's name into topic and partition index, at the last dash, because topic names may contain dashes.
pub(crate) fn parse_partition_folder(name: &str) -> Option<(&str, i32)> {
    let (topic, partition) = name.rsplit_once('-')?;
    let digits = !partition.is_empty() && partition.bytes().all(|byte| byte.is_ascii_digit());
    (digits && !topic.is_empty()).then(|| partition.parse().ok().map(|partition| (topic, partition)))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checkpoint_with_a_line_too_few_is_no_checkpoint() {
        let text = render_checkpoint([("orders-eu", 0, Offset(5)), ("orders-eu", 1, Offset(0))].into_iter());
        assert_eq!(text, "0\n2\norders-eu 0 5\norders-eu 1 0\n");
        assert_eq!(parse_checkpoint(&text).map(|entries| entries.len()), Some(2));
        assert_eq!(parse_checkpoint("0\n2\norders-eu 0 5\n"), None, "torn");
        assert_eq!(parse_checkpoint("1\n0\n"), None, "another version");
        assert_eq!(parse_checkpoint("0\n1\norders 0 -1\n"), None, "no offset");
    }

    #[test]
    fn a_clean_marker_counts_only_with_its_epoch() {
        assert_eq!(parse_clean_marker(&render_clean_marker(BrokerEpoch(12))), Some(BrokerEpoch(12)));
        assert_eq!(parse_clean_marker(""), None);
        assert_eq!(parse_clean_marker("{\"version\":0}"), None);
        assert_eq!(parse_clean_marker("{\"version\":1,\"brokerEpoch\":12}"), None);
    }

    #[test]
    fn partition_folders_split_at_the_last_dash() {
        assert_eq!(parse_partition_folder("orders-eu-12"), Some(("orders-eu", 12)));
        assert_eq!(parse_partition_folder("orders-eu-12.0123-delete"), None);
        assert_eq!(parse_partition_folder("orders"), None);
        assert_eq!(parse_partition_folder("orders-+1"), None);
    }
}
