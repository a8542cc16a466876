//! The text of a directory's `meta.properties`: the cluster and the node that the directory belongs to, and the
//! directory's own id. A file in the format of Java's properties.
//!
//! **In Kafka**: `MetaProperties` (version 1), `PropertiesUtils`.

use crate::types::{NodeId, Uuid};
use core::fmt;
use std::collections::BTreeMap;

/// The content of `meta.properties`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MetaProperties {
    /// `cluster.id`.
    pub cluster_id: String,
    /// `node.id`.
    pub node_id: NodeId,
    /// `directory.id`.
    pub directory_id: Uuid,
}

/// Why a text is not that of `meta.properties`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BadMetaProperties {
    /// A line, counted from 1, that is neither a comment nor a key and a value.
    Line(usize),
    /// Another version than 1, or none.
    Version,
    /// A key that must be there.
    Missing(&'static str),
    /// A key whose value means nothing.
    Invalid(&'static str),
}

const CLUSTER_ID: &str = "cluster.id";
const NODE_ID: &str = "node.id";
const DIRECTORY_ID: &str = "directory.id";

impl MetaProperties {
    /// Returns the text of the file.
    #[must_use]
    pub fn render(&self) -> String {
        let cluster_id = escaped(&self.cluster_id);
        let MetaProperties { node_id, directory_id, .. } = self;
        format!("version=1\n{CLUSTER_ID}={cluster_id}\n{NODE_ID}={node_id}\n{DIRECTORY_ID}={directory_id}\n")
    }

    /// Reads the text of the file.
    pub fn parse(text: &str) -> Result<MetaProperties, BadMetaProperties> {
        let mut keys = BTreeMap::new();
        for (at, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with(['#', '!']) {
                continue;
            }
            let (key, value) = line.split_once('=').ok_or(BadMetaProperties::Line(at + 1))?;
            keys.insert(key.trim(), value.trim());
        }
        if keys.get("version").copied() != Some("1") {
            return Err(BadMetaProperties::Version);
        }
        let value = |key| keys.get(key).copied().filter(|it| !it.is_empty()).ok_or(BadMetaProperties::Missing(key));
        let node_id = value(NODE_ID)?.parse().ok().and_then(NodeId::from_wire);
        Ok(MetaProperties {
            cluster_id: unescaped(value(CLUSTER_ID)?).ok_or(BadMetaProperties::Invalid(CLUSTER_ID))?,
            node_id: node_id.ok_or(BadMetaProperties::Invalid(NODE_ID))?,
            directory_id: Uuid::parse(value(DIRECTORY_ID)?).ok_or(BadMetaProperties::Invalid(DIRECTORY_ID))?,
        })
    }
}

/// What Java's properties write with a backslash in front.
const ESCAPED: [char; 5] = ['\\', '=', ':', '#', '!'];

fn escaped(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    for char in value.chars() {
        if ESCAPED.contains(&char) {
            text.push('\\');
        }
        text.push(char);
    }
    text
}

/// The value that was written so; `None` for an escape that means another character than itself.
fn unescaped(text: &str) -> Option<String> {
    let mut value = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(char) = chars.next() {
        match char {
            '\\' => value.push(chars.next().filter(|it| ESCAPED.contains(it))?),
            plain => value.push(plain),
        }
    }
    Some(value)
}

impl fmt::Display for BadMetaProperties {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BadMetaProperties::Line(number) => write!(f, "has no '=' in line {number}"),
            BadMetaProperties::Version => f.write_str("has no version=1"),
            BadMetaProperties::Missing(key) => write!(f, "has no {key}"),
            BadMetaProperties::Invalid(key) => write!(f, "has no valid {key}"),
        }
    }
}

impl core::error::Error for BadMetaProperties {}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn meta(cluster_id: &str) -> MetaProperties {
        MetaProperties { cluster_id: cluster_id.into(), node_id: NodeId(3), directory_id: Uuid([7; 16]) }
    }

    #[test]
    fn the_text_is_kafkas() {
        let text = "version=1\ncluster.id=abc\nnode.id=3\ndirectory.id=BwcHBwcHBwcHBwcHBwcHBw\n";
        assert_eq!(meta("abc").render(), text);
        let kafkas = "#\n#Sat Nov 28 14:00:00 UTC 2026\ncluster.id=a\\=b\ndirectory.id=BwcHBwcHBwcHBwcHBwcHBw\n\
                      node.id=3\nversion=1\n";
        assert_eq!(MetaProperties::parse(kafkas), Ok(meta("a=b")));
    }

    #[test]
    fn what_is_wrong_with_a_text_is_named() {
        let text = meta("abc").render();
        let changed = |from: &str, to: &str| {
            MetaProperties::parse(&text.replace(from, to)).map(|_| ()).map_err(|why| why.to_string())
        };
        let refused = |text: &str| Err(text.to_owned());
        assert_eq!(changed("", ""), Ok(()));
        assert_eq!(changed("node.id=", "node.id"), refused("has no '=' in line 3"));
        assert_eq!(changed("version=1", "version=0"), refused("has no version=1"));
        assert_eq!(changed("version=1", ""), refused("has no version=1"));
        assert_eq!(changed("cluster.id=abc", "cluster.id="), refused("has no cluster.id"));
        assert_eq!(changed("cluster.id=abc", "cluster.id=\\u0041"), refused("has no valid cluster.id"));
        assert_eq!(changed("node.id=3\n", ""), refused("has no node.id"));
        assert_eq!(changed("node.id=3", "node.id=-4"), refused("has no valid node.id"));
        assert_eq!(changed("BwcH", "BwcH-"), refused("has no valid directory.id"));
    }

    proptest! {
        #![proptest_config(gracchus_cases::property(gracchus_cases::ORDINARY))]

        #[test]
        fn a_content_comes_back(cluster_id in "[!-~]{1,40}", node_id in 0..=i32::MAX, id in any::<[u8; 16]>()) {
            let meta = MetaProperties { cluster_id, node_id: NodeId(node_id), directory_id: Uuid(id) };
            prop_assert_eq!(MetaProperties::parse(&meta.render()), Ok(meta));
        }

        #[test]
        fn no_text_makes_it_panic(text in "([#!]?(version|cluster.id|node.id)?[=: ]?(1|\\PC{0,9})\n){0,9}") {
            if let Ok(meta) = MetaProperties::parse(&text) {
                prop_assert_eq!(MetaProperties::parse(&meta.render()), Ok(meta));
            }
        }
    }
}
