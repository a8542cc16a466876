//! The text formats of a log directory's own files, as Apache Kafka writes them.
//!
//! **In Kafka**: `MetaProperties`, `OffsetCheckpointFile`, `CleanShutdownFileHandler`.

use crate::types::{BrokerEpoch, NodeId, Offset, Uuid};
use std::collections::BTreeMap;
use std::fmt::Write;

/// The content of a log directory's `meta.properties` file (version 1): the cluster and the node that the directory
/// belongs to, and the directory's id.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct MetaProperties {
    pub cluster_id: String,
    pub node_id: NodeId,
    pub directory_id: Uuid,
}

impl MetaProperties {
    pub(crate) fn render(&self) -> String {
        format!(
            "version=1\ncluster.id={}\nnode.id={}\ndirectory.id={}\n",
            self.cluster_id, self.node_id, self.directory_id
        )
    }

    /// Parses the text of `meta.properties`. The error says what is wrong with the text.
    pub(crate) fn parse(text: &str) -> Result<MetaProperties, &'static str> {
        let mut keys = BTreeMap::new();
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with(['#', '!'])) {
            let (key, value) = line.split_once('=').ok_or("has a line without '='")?;
            keys.insert(key.trim(), value.trim());
        }
        if keys.get("version").copied() != Some("1") {
            return Err("has no version=1");
        }
        let node = keys.get("node.id").and_then(|id| id.parse().ok()).and_then(NodeId::from_wire);
        Ok(MetaProperties {
            cluster_id: keys.get("cluster.id").filter(|id| !id.is_empty()).ok_or("has no cluster.id")?.to_string(),
            node_id: node.ok_or("has no valid node.id")?,
            directory_id: keys.get("directory.id").and_then(|id| Uuid::parse(id)).ok_or("has no valid directory.id")?,
        })
    }
}

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
    fn meta_properties_read_what_they_wrote_and_name_what_is_missing() {
        let meta = MetaProperties { cluster_id: "abc".into(), node_id: NodeId(3), directory_id: Uuid([7; 16]) };
        assert_eq!(MetaProperties::parse(&meta.render()), Ok(meta));
        assert_eq!(MetaProperties::parse("version=1\nnode.id=1\n"), Err("has no cluster.id"));
        assert_eq!(MetaProperties::parse("version=0\n"), Err("has no version=1"));
        assert_eq!(MetaProperties::parse("version=1\ncluster.id=a\nnode.id=-4\n"), Err("has no valid node.id"));
    }

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
