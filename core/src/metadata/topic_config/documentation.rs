//! What each key of a topic does, in a sentence, for DescribeConfigs (KIP-569).

/// The text of a key; empty for a name that no topic has.
pub(super) fn documentation(name: &str) -> &'static str {
    TEXTS.binary_search_by(|(known, _)| (*known).cmp(name)).map_or("", |at| TEXTS[at].1)
}

/// By name.
const TEXTS: &[(&str, &str)] = &[
    (
        "cleanup.policy",
        "What happens to old records: delete removes old segments, compact keeps the last record of each key; both may \
         be given, and an empty list keeps everything.",
    ),
    (
        "compression.gzip.level",
        "Level for gzip, from 1 (fastest) to 9 (smallest); -1 is the library's own choice. Used where compression.type \
         is gzip.",
    ),
    ("compression.lz4.level", "Level for lz4, from 1 (fastest) to 17 (smallest). Used where compression.type is lz4."),
    (
        "compression.type",
        "Compression of the records on disk. With producer, a batch stays as its producer compressed it.",
    ),
    (
        "compression.zstd.level",
        "Level for zstd, up to 22 (smallest); lower and negative levels are faster. Used where compression.type is zstd.",
    ),
    (
        "delete.retention.ms",
        "Milliseconds for which a compacted topic keeps the marker of a deleted key, so that readers from the start \
         still see the deletion.",
    ),
    (
        "file.delete.delay.ms",
        "Milliseconds between the removal of a segment from the log and of its files from the disk.",
    ),
    (
        "flush.messages",
        "Number of records after which the log is synced to disk. 1 syncs before every answer; the default leaves \
         syncing to the operating system, because replication is what makes records durable.",
    ),
    ("flush.ms", "Milliseconds after which records that were not synced yet are synced to disk."),
    (
        "follower.replication.throttled.replicas",
        "Replicas whose fetching is throttled on their followers, as partition:broker pairs, or * for all of them.",
    ),
    ("index.interval.bytes", "Bytes of records between two entries of a segment's offset index."),
    (
        "internal.segment.bytes",
        "Bytes after which a new segment begins, below the least that segment.bytes takes. For tests only.",
    ),
    (
        "leader.replication.throttled.replicas",
        "Replicas whose fetching is throttled on their leaders, as partition:broker pairs, or * for all of them.",
    ),
    (
        "local.retention.bytes",
        "Bytes of a partition kept on local disk where older segments are in remote storage; -2 means as many as \
         retention.bytes says.",
    ),
    (
        "local.retention.ms",
        "Milliseconds for which records stay on local disk where older segments are in remote storage; -2 means as \
         long as retention.ms says.",
    ),
    ("max.compaction.lag.ms", "Milliseconds after which a record of a compacted topic must be open to compaction."),
    ("max.message.bytes", "Largest batch, in bytes as it is sent, that the topic takes from a producer."),
    (
        "message.timestamp.after.max.ms",
        "Milliseconds by which a record's timestamp may be ahead of the broker's clock. Not checked with LogAppendTime.",
    ),
    (
        "message.timestamp.before.max.ms",
        "Milliseconds by which a record's timestamp may be behind the broker's clock. Not checked with LogAppendTime.",
    ),
    (
        "message.timestamp.type",
        "Which time a record carries: CreateTime is the producer's, LogAppendTime is the broker's at the append.",
    ),
    (
        "min.cleanable.dirty.ratio",
        "Part of a compacted log, from 0 to 1, that must not be compacted yet before compaction runs again.",
    ),
    ("min.compaction.lag.ms", "Milliseconds for which a record of a compacted topic is safe from compaction."),
    ("min.insync.replicas", "Number of replicas that must be in sync before a produce with acks=all is taken."),
    ("preallocate", "Whether a new segment takes its whole space on disk when it is made."),
    (
        "remote.log.copy.disable",
        "Whether segments are no more copied to remote storage, while those that are there stay readable.",
    ),
    (
        "remote.log.delete.on.disable",
        "Whether what is in remote storage is deleted when the topic leaves remote storage.",
    ),
    ("remote.storage.enable", "Whether old segments go to remote storage. This server has none: it stays false."),
    (
        "retention.bytes",
        "Bytes that a partition may hold before its oldest segments are deleted; -1 sets no bound. Used where \
         cleanup.policy has delete.",
    ),
    (
        "retention.ms",
        "Milliseconds for which records are kept before their segments are deleted; -1 keeps them for ever. Used where \
         cleanup.policy has delete.",
    ),
    ("segment.bytes", "Bytes after which a partition begins a new segment file."),
    ("segment.index.bytes", "Largest size, in bytes, of a segment's index files; a full index begins a new segment."),
    (
        "segment.jitter.ms",
        "Most milliseconds, chosen by chance, that are taken off segment.ms, so that not all partitions begin a new \
         segment at once.",
    ),
    ("segment.ms", "Milliseconds after which a partition begins a new segment even if the old one is not full."),
    (
        "unclean.leader.election.enable",
        "Whether a replica that was not in sync may lead when no other is left, though records may be lost.",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metadata::topic_config::{TOPIC_KEYS, TopicKey};

    #[test]
    fn every_key_has_a_text_and_every_text_a_key() {
        assert!(TEXTS.is_sorted_by_key(|(name, _)| name));
        assert!(TEXTS.iter().all(|(name, text)| TopicKey::named(name).is_some() && text.ends_with('.')));
        assert!(TOPIC_KEYS.iter().all(|key| !key.documentation().is_empty()));
    }
}
