//! The image file of a lone combined node (broker and controller in one): its topics and its dynamic configurations. It
//! is used as long as there is no metadata log.
//!
//! The file is text with one fact on each line. The last line is a CRC-32C, so that a truncated or edited file is
//! refused.
//!
//! **Invariants**: an image that is read from a file gives the same text when it is written again; the partitions of a
//! topic are in index order.

use super::removed_topics::{RemovedTopic, RemovedTopics};
use crate::metadata::{ConfigPairs, DynamicConfigs, MetadataImage, PartitionRegistration, TopicImage};
use crate::types::{ImageVersion, LeaderEpoch, NodeId, PartitionEpoch, TopicId, Uuid};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;

const HEAD: &str = "gracchus-image 1";

pub(super) fn render(image: &MetadataImage, removed: &RemovedTopics) -> String {
    let mut text = format!("{HEAD}\nversion {}\n", image.version.0);
    for (broker, pairs) in image.dynamic_configs.iter() {
        let broker = broker.map_or_else(|| "-".to_owned(), |id| id.to_string());
        for (key, value) in pairs {
            writeln!(text, "broker-config {broker} {key} {}", escape(value)).expect("a string takes everything");
        }
    }
    for (name, id) in &image.names {
        let Some(topic) = image.topics.get(id) else { continue };
        writeln!(text, "topic {name} {id}").expect("a string takes everything");
        for (key, value) in &topic.configs {
            writeln!(text, "config {key} {}", escape(value)).expect("a string takes everything");
        }
        for partition in &topic.partitions {
            writeln!(
                text,
                "partition {} {} {}",
                partition.leader_epoch,
                partition.partition_epoch,
                partition.replicas.iter().map(NodeId::to_string).collect::<Vec<_>>().join(",")
            )
            .expect("a string takes everything");
        }
    }
    // A topic that is still in this image is not written as removed, because its deletion was decided on top of this
    // image and may never be written. Otherwise the next start would treat the topic's folders as those of a deleted
    // topic.
    for (id, topic) in removed.iter().filter(|(id, _)| !image.topics.contains_key(id)) {
        writeln!(text, "removed {} {id} {}", topic.name, topic.partitions).expect("a string takes everything");
    }
    let sum = crate::record::crc32c(text.as_bytes());
    writeln!(text, "end {sum:08x}").expect("a string takes everything");
    text
}

/// Parses the text of the image file. The error says what is wrong with the text.
pub(super) fn parse(text: &str) -> Result<(MetadataImage, RemovedTopics), String> {
    let body = text.trim_end();
    let at = body.rfind("\nend ").ok_or("it has no closing line")? + 1;
    let (facts, closing) = body.split_at(at);
    if closing != format!("end {:08x}", crate::record::crc32c(facts.as_bytes())) {
        return Err("its checksum does not match".into());
    }
    let mut lines = facts.lines().enumerate();
    if lines.next().map(|(_, line)| line) != Some(HEAD) {
        return Err(format!("it does not begin with '{HEAD}'"));
    }
    let (mut image, mut removed) = (MetadataImage::default(), RemovedTopics::default());
    let mut topic: Option<TopicImage> = None;
    let mut of_brokers: BTreeMap<Option<NodeId>, ConfigPairs> = BTreeMap::new();
    for (at, line) in lines {
        let fact = line.split_once(' ').and_then(|(kind, rest)| read_fact(kind, rest));
        match fact.ok_or_else(|| format!("line {} cannot be read", at + 1))? {
            Fact::Version(version) => image.version = version,
            Fact::Topic(next) => {
                topic.replace(next).into_iter().for_each(|done| image.put_topic(done));
            }
            Fact::Config(key, value) => {
                let topic = topic.as_mut().ok_or_else(|| format!("line {} stands before any topic", at + 1))?;
                topic.configs.insert(key.into(), value.into());
            }
            Fact::BrokerConfig(broker, key, value) => {
                of_brokers.entry(broker).or_default().insert(key.into(), value.into());
            }
            Fact::Removed(id, topic) => removed.insert(id, topic),
            Fact::Partition(partition) => {
                let topic = topic.as_mut().ok_or_else(|| format!("line {} stands before any topic", at + 1))?;
                topic.partitions.push(partition);
            }
        }
    }
    topic.into_iter().for_each(|done| image.put_topic(done));
    let mut dynamic = DynamicConfigs::default();
    of_brokers.into_iter().for_each(|(broker, pairs)| dynamic.put(broker, pairs));
    image.dynamic_configs = Arc::new(dynamic);
    Ok((image, removed))
}

enum Fact {
    Version(ImageVersion),
    Topic(TopicImage),
    Config(String, String),
    BrokerConfig(Option<NodeId>, String, String),
    Removed(TopicId, RemovedTopic),
    Partition(PartitionRegistration),
}

fn read_fact(kind: &str, rest: &str) -> Option<Fact> {
    match kind {
        "version" => rest.parse().ok().map(|version| Fact::Version(ImageVersion(version))),
        "topic" => {
            let (name, id) = rest.split_once(' ')?;
            let id = TopicId(Uuid::parse(id)?);
            Some(Fact::Topic(TopicImage { name: name.into(), id, configs: Default::default(), partitions: Vec::new() }))
        }
        "removed" => {
            let mut words = rest.split(' ');
            let (name, id) = (words.next()?.into(), TopicId(Uuid::parse(words.next()?)?));
            let partitions = words.next()?.parse().ok()?;
            Some(Fact::Removed(id, RemovedTopic { name, partitions }))
        }
        "broker-config" => {
            let (broker, pair) = rest.split_once(' ')?;
            let broker = if broker == "-" { None } else { Some(broker.parse().ok().and_then(NodeId::from_wire)?) };
            pair.split_once(' ').map(|(key, value)| Fact::BrokerConfig(broker, key.into(), unescape(value)))
        }
        "config" => rest.split_once(' ').map(|(key, value)| Fact::Config(key.into(), unescape(value))),
        "partition" => {
            let mut words = rest.split(' ');
            let leader_epoch = LeaderEpoch::from_wire(words.next()?.parse().ok()?)?;
            let partition_epoch = PartitionEpoch::from_wire(words.next()?.parse().ok()?)?;
            let replicas: Option<Vec<NodeId>> =
                words.next()?.split(',').map(|id| id.parse().ok().and_then(NodeId::from_wire)).collect();
            let replicas = replicas.filter(|replicas| !replicas.is_empty())?;
            Some(Fact::Partition(PartitionRegistration {
                isr: replicas.clone(),
                leader: replicas.first().copied(),
                replicas,
                leader_epoch,
                partition_epoch,
                ..PartitionRegistration::default()
            }))
        }
        _ => None,
    }
}

fn escape(value: &str) -> String {
    value.replace('\\', "\\\\").replace('\n', "\\n").replace('\r', "\\r")
}

fn unescape(value: &str) -> String {
    let mut plain = String::with_capacity(value.len());
    let mut chars = value.chars();
    while let Some(char) = chars.next() {
        plain.push(match char {
            '\\' => match chars.next() {
                Some('n') => '\n',
                Some('r') => '\r',
                Some(other) => other,
                None => '\\',
            },
            other => other,
        });
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image() -> MetadataImage {
        let mut image = MetadataImage::of_version(ImageVersion(7));
        let partition = |epoch| PartitionRegistration {
            replicas: vec![NodeId(1)],
            isr: vec![NodeId(1)],
            leader: Some(NodeId(1)),
            leader_epoch: LeaderEpoch(epoch),
            partition_epoch: PartitionEpoch(2),
            ..PartitionRegistration::default()
        };
        let mut dynamic = DynamicConfigs::default();
        dynamic.put(None, [("log.segment.bytes".into(), "2097152".into())].into());
        dynamic.put(Some(NodeId(1)), [("log.cleanup.policy".into(), "a\nb".into())].into());
        image.dynamic_configs = Arc::new(dynamic);
        image.put_topic(TopicImage {
            name: "orders".into(),
            id: TopicId(Uuid([9; 16])),
            configs: [("cleanup.policy".into(), "a\\b\nc d".into())].into(),
            partitions: vec![partition(0), partition(4)],
        });
        image
    }

    #[test]
    fn an_image_reads_what_it_wrote() {
        let mut removed = RemovedTopics::default();
        removed.insert(TopicId(Uuid([5; 16])), RemovedTopic { name: "gone".into(), partitions: 3 });
        let (read, read_removed) = parse(&render(&image(), &removed)).expect("it was written whole");
        assert!(read_removed.iter().eq(removed.iter()));
        assert_eq!(read.version, ImageVersion(7));
        assert_eq!(read.dynamic_configs, image().dynamic_configs);
        assert_eq!(read.topic_named("orders"), image().topic_named("orders"));
    }

    #[test]
    fn an_image_that_was_cut_or_edited_is_refused() {
        let text = render(&image(), &RemovedTopics::default());
        for cut in 0..text.len() - 1 {
            assert!(parse(&text[..cut]).is_err(), "cut at byte {cut}");
        }
        assert_eq!(parse(&text.replace("orders", "holders")).unwrap_err(), "its checksum does not match");
    }
}
