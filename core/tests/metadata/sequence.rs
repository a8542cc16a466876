//! Sequences of records that controllers could have written: each is valid after those before it. The comparison with
//! Apache Kafka's image draws from here too (`xtask/tests/oracles/apache/metadata_image.rs`).

use super::draw::Draw;
use gracchus_core::metadata::{Feature, MetadataImage, MetadataRecord, MetadataVersion, TopicImage};
use gracchus_core::types::{Offset, Uuid};
use gracchus_core::wire::*;
use std::sync::Arc;

const NAMES: [&str; 6] = ["orders", "bills", "a.b", "a_b", "x", "__consumer_offsets"];

/// What a draw adds to a log, in a batch.
type Batch = fn(&MetadataImage, &mut Draw) -> Vec<MetadataRecord>;

/// A sequence of records and the image that it gives.
pub struct Sequence {
    pub image: MetadataImage,
    pub records: Vec<MetadataRecord>,
    draws: Vec<Batch>,
}

impl Sequence {
    /// A sequence that begins with a metadata.version, and whose records that level has.
    pub fn new(at: MetadataVersion) -> Sequence {
        let mut draws = vec![
            (register_broker as Batch, 3),
            (change_broker, 4),
            (unregister_broker, 1),
            (register_controller, 1),
            (create_topic, 6),
            (remove_topic, 1),
            (add_partition, 2),
            (write_partition_again, 1),
            (change_partition, 12),
            (clear_elr, 1),
            (set_config, 6),
            (set_feature, 3),
            (set_quota, 3),
            (next_producer_id, 1),
            (put_credential, 2),
            (remove_credential, 1),
            (put_token, 2),
            (remove_token, 1),
            (put_acl, 2),
            (remove_acl, 1),
            (nothing, 1),
        ];
        if at >= MetadataVersion::IBP_4_4_IV2 {
            draws.push((unregister_controller, 1));
        }
        let draws = draws.iter().flat_map(|(draw, weight)| vec![*draw; *weight]).collect();
        let mut sequence = Sequence { image: MetadataImage::default(), records: Vec::new(), draws };
        sequence.push(level(MetadataVersion::FEATURE, at.level()));
        sequence
    }

    /// A sequence with a batch for each seed.
    pub fn of(at: MetadataVersion, seeds: &[u64]) -> Sequence {
        let mut sequence = Sequence::new(at);
        for seed in seeds {
            sequence.extend(*seed);
        }
        sequence
    }

    /// Adds a batch, and returns its records.
    pub fn extend(&mut self, seed: u64) -> &[MetadataRecord] {
        let mut draw = Draw::new(seed);
        let batch = draw.pick(&self.draws)(&self.image, &mut draw);
        let before = self.records.len();
        batch.into_iter().for_each(|record| self.push(record));
        &self.records[before..]
    }

    fn push(&mut self, record: MetadataRecord) {
        let at = Offset(self.records.len() as i64);
        self.image.replay(&record, at).unwrap_or_else(|bad| panic!("{bad}\n{record:?}"));
        self.records.push(record);
    }
}

fn one(record: impl Into<MetadataRecord>) -> Vec<MetadataRecord> {
    vec![record.into()]
}

fn nothing(_: &MetadataImage, draw: &mut Draw) -> Vec<MetadataRecord> {
    match draw.one_in(2) {
        true => one(NoOpRecord::default()),
        false => one(ZkMigrationStateRecord { zk_migration_state: draw.between(0, 4) as i8 }),
    }
}

fn register_broker(image: &MetadataImage, draw: &mut Draw) -> Vec<MetadataRecord> {
    let end_point = |name: &&str, draw: &mut Draw| register_broker_record::BrokerEndpoint {
        name: (*name).into(),
        host: draw.pick(&["b", "10.0.0.1", "::1"]).into(),
        port: draw.between(0, 65535) as u16,
        security_protocol: draw.between(0, 3) as i16,
    };
    let feature = |name: &&str, draw: &mut Draw| register_broker_record::BrokerFeature {
        name: (*name).into(),
        min_supported_version: draw.between(0, 7) as i16,
        max_supported_version: draw.between(7, 30) as i16,
    };
    let end_points = ["PLAINTEXT", "SSL", "REPLICATION"];
    let features = ["metadata.version", "group.version", "f"];
    one(RegisterBrokerRecord {
        broker_id: draw.between(0, 5),
        is_migrating_zk_broker: draw.one_in(8),
        incarnation_id: draw.uuid(),
        broker_epoch: image.version.0 as i64 + 1,
        end_points: end_points[..draw.below(4)].iter().map(|name| end_point(name, draw)).collect(),
        features: features[..draw.below(4)].iter().map(|name| feature(name, draw)).collect(),
        rack: draw.maybe(|draw| draw.pick(&["r1", "r2", ""]).into()),
        fenced: draw.one_in(2),
        in_controlled_shutdown: draw.one_in(4),
        log_dirs: draw.many(3, Draw::uuid),
        cordoned_log_dirs: draw.maybe(|draw| draw.many(2, Draw::uuid)),
    })
}

fn register_controller(_: &MetadataImage, draw: &mut Draw) -> Vec<MetadataRecord> {
    one(RegisterControllerRecord {
        controller_id: draw.between(100, 102),
        incarnation_id: draw.uuid(),
        zk_migration_ready: draw.one_in(2),
        end_points: vec![register_controller_record::ControllerEndpoint {
            name: "CONTROLLER".into(),
            host: "c".into(),
            port: draw.between(0, 65535) as u16,
            security_protocol: draw.between(0, 3) as i16,
        }],
        features: vec![register_controller_record::ControllerFeature {
            name: "kraft.version".into(),
            min_supported_version: 0,
            max_supported_version: draw.between(0, 1) as i16,
        }],
    })
}

fn unregister_controller(image: &MetadataImage, draw: &mut Draw) -> Vec<MetadataRecord> {
    let known: Vec<_> = image.controllers.keys().copied().collect();
    if known.is_empty() {
        return Vec::new();
    }
    one(UnregisterControllerRecord { controller_id: draw.pick(&known).0 })
}

/// A broker that is registered, and its epoch.
fn broker(image: &MetadataImage, draw: &mut Draw) -> Option<(i32, i64)> {
    let known: Vec<_> = image.brokers.values().map(|it| (it.id.0, it.epoch.0)).collect();
    (!known.is_empty()).then(|| draw.pick(&known))
}

fn change_broker(image: &MetadataImage, draw: &mut Draw) -> Vec<MetadataRecord> {
    let Some((id, epoch)) = broker(image, draw) else { return Vec::new() };
    match draw.below(6) {
        0 => one(FenceBrokerRecord { id, epoch }),
        1 => one(UnfenceBrokerRecord { id, epoch }),
        _ => one(BrokerRegistrationChangeRecord {
            broker_id: id,
            broker_epoch: epoch,
            fenced: draw.between(-1, 1) as i8,
            in_controlled_shutdown: draw.between(0, 1) as i8,
            log_dirs: draw.many(3, Draw::uuid),
            cordoned_log_dirs: draw.maybe(|draw| draw.many(2, Draw::uuid)),
        }),
    }
}

fn unregister_broker(image: &MetadataImage, draw: &mut Draw) -> Vec<MetadataRecord> {
    let known = broker(image, draw);
    known.map_or_else(Vec::new, |(broker_id, broker_epoch)| one(UnregisterBrokerRecord { broker_id, broker_epoch }))
}

/// Nodes from 0 to 6, each at most once.
fn some_nodes(draw: &mut Draw, least: usize) -> Vec<i32> {
    let mut nodes: Vec<i32> = (0..7).collect();
    draw.shuffle(&mut nodes);
    nodes.truncate(least + draw.below(4));
    nodes
}

fn has_elr(image: &MetadataImage) -> bool {
    image.features.level(Feature::EligibleLeaderReplicasVersion) > 0
}

fn partition(image: &MetadataImage, topic_id: Uuid, partition_id: i32, draw: &mut Draw) -> PartitionRecord {
    let replicas = some_nodes(draw, 1);
    let directories = draw.maybe(|draw| replicas.iter().map(|_| draw.directory()).collect());
    let elr = |draw: &mut Draw| draw.maybe(|draw| some_nodes(draw, 1)).filter(|_| has_elr(image));
    PartitionRecord {
        partition_id,
        topic_id,
        isr: replicas[..draw.below(replicas.len() + 1)].to_vec(),
        removing_replicas: draw.maybe(|draw| some_nodes(draw, 0)).unwrap_or_default(),
        adding_replicas: draw.maybe(|draw| some_nodes(draw, 0)).unwrap_or_default(),
        leader: if draw.one_in(4) { -1 } else { replicas[0] },
        leader_recovery_state: draw.between(0, 1) as i8,
        leader_epoch: draw.between(0, 9),
        partition_epoch: draw.between(0, 9),
        directories: directories.unwrap_or_default(),
        eligible_leader_replicas: elr(draw),
        last_known_elr: elr(draw),
        replicas,
    }
}

fn create_topic(image: &MetadataImage, draw: &mut Draw) -> Vec<MetadataRecord> {
    let name = draw.pick(&NAMES);
    if image.names.contains_key(name) {
        return Vec::new();
    }
    let topic_id = draw.uuid();
    let mut batch = one(TopicRecord { name: name.into(), topic_id });
    batch.extend(draw.many(2, |draw| topic_config(name, draw)));
    batch.extend((0..draw.between(0, 4)).map(|index| partition(image, topic_id, index, draw).into()));
    batch
}

fn topic<'a>(image: &'a MetadataImage, draw: &mut Draw) -> Option<&'a Arc<TopicImage>> {
    let known: Vec<_> = image.topics.values().collect();
    (!known.is_empty()).then(|| draw.pick(&known))
}

fn remove_topic(image: &MetadataImage, draw: &mut Draw) -> Vec<MetadataRecord> {
    topic(image, draw).map_or_else(Vec::new, |topic| one(RemoveTopicRecord { topic_id: topic.id.0 }))
}

fn add_partition(image: &MetadataImage, draw: &mut Draw) -> Vec<MetadataRecord> {
    let Some(topic) = topic(image, draw) else { return Vec::new() };
    one(partition(image, topic.id.0, topic.partitions.len() as i32, draw))
}

fn write_partition_again(image: &MetadataImage, draw: &mut Draw) -> Vec<MetadataRecord> {
    let Some(topic) = topic(image, draw).filter(|it| !it.partitions.is_empty()) else { return Vec::new() };
    let index = draw.below(topic.partitions.len());
    one(partition(image, topic.id.0, index as i32, draw))
}

fn change_partition(image: &MetadataImage, draw: &mut Draw) -> Vec<MetadataRecord> {
    let Some(topic) = topic(image, draw).filter(|it| !it.partitions.is_empty()) else { return Vec::new() };
    let index = draw.below(topic.partitions.len());
    let known = &topic.partitions[index];
    let drawn = partition(image, topic.id.0, index as i32, draw);
    let replicas = draw.one_in(4).then_some(drawn.replicas);
    let count = replicas.as_ref().map_or(known.replicas.len(), Vec::len);
    // Directories that are known are as many as replicas.
    let must = !known.directories.is_empty() && count != known.directories.len();
    let directories = (must || draw.one_in(3)).then(|| match draw.one_in(4) {
        true => Vec::new(),
        false => (0..count).map(|_| draw.directory()).collect(),
    });
    one(PartitionChangeRecord {
        partition_id: index as i32,
        topic_id: topic.id.0,
        isr: draw.maybe(|_| drawn.isr),
        leader: if draw.one_in(2) { -2 } else { drawn.leader },
        replicas,
        removing_replicas: draw.maybe(|_| drawn.removing_replicas),
        adding_replicas: draw.maybe(|_| drawn.adding_replicas),
        leader_recovery_state: draw.between(-1, 1) as i8,
        directories,
        eligible_leader_replicas: drawn.eligible_leader_replicas,
        last_known_elr: drawn.last_known_elr,
    })
}

fn clear_elr(image: &MetadataImage, draw: &mut Draw) -> Vec<MetadataRecord> {
    let name = topic(image, draw).map(|topic| topic.name.clone()).filter(|_| !draw.one_in(3));
    one(ClearElrRecord { topic_name: name.as_deref().unwrap_or("").into() })
}

fn config(resource_type: i8, name: &str, draw: &mut Draw) -> MetadataRecord {
    let key = draw.pick(&["cleanup.policy", "retention.ms", "no.such.key"]);
    let value = draw.maybe(|draw| draw.pick(&["compact", "1", "", "a\nb"]).into());
    ConfigRecord { resource_type, resource_name: name.into(), name: key.into(), value }.into()
}

fn topic_config(name: &str, draw: &mut Draw) -> MetadataRecord {
    config(2, name, draw)
}

fn set_config(_: &MetadataImage, draw: &mut Draw) -> Vec<MetadataRecord> {
    match draw.below(6) {
        0 => one(config(4, "", draw)),
        1 => one(config(4, draw.pick(&["0", "1", "7"]), draw)),
        2 => one(config(16, draw.pick(&["m1", "m2"]), draw)),
        3 => one(config(32, draw.pick(&["g1", "g2"]), draw)),
        _ => one(topic_config(draw.pick(&NAMES), draw)),
    }
}

fn level(name: &str, feature_level: i16) -> MetadataRecord {
    FeatureLevelRecord { name: name.into(), feature_level }.into()
}

fn set_feature(image: &MetadataImage, draw: &mut Draw) -> Vec<MetadataRecord> {
    let elr = Feature::EligibleLeaderReplicasVersion.name();
    match draw.below(5) {
        // Where the feature is switched off, nothing of it remains.
        0 if has_elr(image) => vec![ClearElrRecord::default().into(), level(elr, 0)],
        0 | 1 => one(level(elr, 1)),
        2 => one(level("kraft.version", 1)),
        3 => one(level(draw.pick(&["group.version", "of.the.future"]), draw.between(0, 3) as i16)),
        _ => {
            let newest = image.features.metadata_version.map_or(7, MetadataVersion::level);
            one(level(MetadataVersion::FEATURE, draw.between(7, newest.into()) as i16))
        }
    }
}

fn set_quota(_: &MetadataImage, draw: &mut Draw) -> Vec<MetadataRecord> {
    let named = |entity_type: &str, draw: &mut Draw| client_quota_record::EntityData {
        entity_type: entity_type.into(),
        entity_name: draw.maybe(|draw| draw.pick(&["u", "v"]).into()),
    };
    let entity = match draw.below(3) {
        0 => vec![named("user", draw)],
        1 => vec![named("ip", draw)],
        _ => vec![named("user", draw), named("client-id", draw)],
    };
    one(ClientQuotaRecord {
        entity,
        key: draw.pick(&["producer_byte_rate", "request_percentage"]).into(),
        value: f64::from(draw.between(-8, 8)) / 8.0,
        remove: draw.one_in(3),
    })
}

fn next_producer_id(image: &MetadataImage, draw: &mut Draw) -> Vec<MetadataRecord> {
    let next = image.next_producer_id.map_or(0, |next| next.0 + i64::from(draw.between(1, 1000)));
    one(ProducerIdsRecord { broker_id: 1, broker_epoch: 3, next_producer_id: next })
}

fn put_credential(_: &MetadataImage, draw: &mut Draw) -> Vec<MetadataRecord> {
    let bytes = |draw: &mut Draw| draw.many(5, |draw| draw.below(256) as u8).into();
    one(UserScramCredentialRecord {
        name: draw.pick(&["alice", "bob"]).into(),
        mechanism: draw.between(1, 2) as i8,
        salt: bytes(draw),
        stored_key: bytes(draw),
        server_key: bytes(draw),
        iterations: draw.between(4096, 16384),
    })
}

fn remove_credential(image: &MetadataImage, draw: &mut Draw) -> Vec<MetadataRecord> {
    let known: Vec<_> = image.scram.keys().cloned().collect();
    if known.is_empty() {
        return Vec::new();
    }
    let (user, mechanism) = draw.pick(&known);
    one(RemoveUserScramCredentialRecord { name: (*user).into(), mechanism: mechanism.to_wire() })
}

fn put_token(_: &MetadataImage, draw: &mut Draw) -> Vec<MetadataRecord> {
    let principal = |draw: &mut Draw| draw.pick(&["User:alice", "User:bob:c", ":"]).into();
    one(DelegationTokenRecord {
        owner: principal(draw),
        requester: principal(draw),
        renewers: draw.many(2, principal),
        issue_timestamp: draw.next() as i64,
        max_timestamp: draw.next() as i64,
        expiration_timestamp: draw.next() as i64,
        token_id: draw.pick(&["t1", "t2", "t3"]).into(),
    })
}

fn remove_token(_: &MetadataImage, draw: &mut Draw) -> Vec<MetadataRecord> {
    one(RemoveDelegationTokenRecord { token_id: draw.pick(&["t1", "t2", "t3"]).into() })
}

fn put_acl(_: &MetadataImage, draw: &mut Draw) -> Vec<MetadataRecord> {
    one(AccessControlEntryRecord {
        id: draw.uuid(),
        resource_type: draw.between(2, 7) as i8,
        resource_name: draw.pick(&["orders", "*"]).into(),
        pattern_type: draw.between(3, 4) as i8,
        principal: "User:alice".into(),
        host: "*".into(),
        operation: draw.between(2, 15) as i8,
        permission_type: draw.between(2, 3) as i8,
    })
}

fn remove_acl(image: &MetadataImage, draw: &mut Draw) -> Vec<MetadataRecord> {
    let known: Vec<_> = image.acls.keys().copied().collect();
    if known.is_empty() {
        return Vec::new();
    }
    one(RemoveAccessControlEntryRecord { id: draw.pick(&known) })
}
