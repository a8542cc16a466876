//! Images that no record made: every field is drawn.

use super::draw::Draw;
use gracchus_core::metadata::{
    Acl, AclOperation, AclPermission, AclResource, BrokerRegistration, ConfigPairs, ControllerRegistration,
    DelegationToken, DynamicConfigs, EndPoint, FeatureRange, FinalizedFeatures, LeaderRecoveryState, MetadataImage,
    MetadataVersion, PartitionRegistration, PatternType, QuotaValue, ScramCredential, ScramMechanism, SecurityProtocol,
    TopicImage,
};
use gracchus_core::types::{BrokerEpoch, LeaderEpoch, NodeId, PartitionEpoch, ProducerId, Timestamp, TopicId, Uuid};
use std::sync::Arc;

/// An image of a cluster at that metadata.version.
pub fn image(at: MetadataVersion, draw: &mut Draw) -> MetadataImage {
    let mut image = MetadataImage::default();
    image.cluster_id = "c".into();
    image.controller = draw.maybe(|draw| NodeId(draw.between(0, 9)));
    image.features = FinalizedFeatures {
        metadata_version: Some(at),
        levels: draw.many(3, |draw| (name(draw), draw.between(1, 9) as i16)).into_iter().collect(),
    };
    image.group_configs = draw.many(3, named_configs).into_iter().collect();
    image.client_metrics = draw.many(3, named_configs).into_iter().collect();
    image.next_producer_id = draw.maybe(|draw| ProducerId(draw.between(0, 9999).into()));
    image.acls = draw.many(4, |draw| (draw.uuid(), Arc::new(acl(draw)))).into_iter().collect();
    let mut dynamic = DynamicConfigs::default();
    for _ in 0..draw.below(4) {
        let broker = draw.maybe(|draw| NodeId(draw.between(0, 9)));
        dynamic.put(broker, configs(draw));
    }
    image.dynamic_configs = Arc::new(dynamic);
    for id in draw.many(4, |draw| NodeId(draw.between(0, 99))) {
        image.brokers.insert(id, Arc::new(broker(id, draw)));
        image.controllers.insert(id, Arc::new(controller(id, draw)));
    }
    for _ in 0..draw.below(6) {
        let topic = topic(draw);
        if !image.names.contains_key(&topic.name) {
            image.put_topic(topic);
        }
    }
    for (name, configs) in draw.many(3, named_configs) {
        if !image.names.contains_key(&name) {
            image.configs_without_topic.insert(name, configs);
        }
    }
    people(&mut image, draw);
    image
}

/// Quotas, credentials and tokens.
fn people(image: &mut MetadataImage, draw: &mut Draw) {
    for _ in 0..draw.below(4) {
        let entity = draw.many(2, |draw| (name(draw), draw.maybe(name))).into_iter().collect();
        let value = |draw: &mut Draw| QuotaValue::new(f64::from_bits(draw.next()));
        let quotas = [(name(draw), value(draw)), (name(draw), value(draw))].into();
        image.client_quotas.insert(entity, Arc::new(quotas));
        let bytes = |draw: &mut Draw| draw.many(70, |draw| draw.below(256) as u8).into();
        let credential = ScramCredential {
            salt: bytes(draw),
            stored_key: bytes(draw),
            server_key: bytes(draw),
            iterations: draw.next() as i32,
        };
        let mechanism = draw.pick(&[ScramMechanism::Sha256, ScramMechanism::Sha512]);
        image.scram.insert((name(draw), mechanism), Arc::new(credential));
        let principal = |draw: &mut Draw| Arc::from(format!("User:{}", name(draw)));
        let id = name(draw);
        let token = DelegationToken {
            id: id.clone(),
            owner: principal(draw),
            requester: principal(draw),
            renewers: draw.many(3, principal),
            issued: Timestamp(draw.next() as i64),
            max: Timestamp(draw.next() as i64),
            expires: Timestamp(draw.next() as i64),
        };
        image.delegation_tokens.insert(id, Arc::new(token));
    }
}

fn name(draw: &mut Draw) -> Arc<str> {
    let letters = draw.many(4, |draw| draw.pick(&['a', 'b', '.', 'é', ':', ' ', '\n', '\u{1f980}']));
    letters.into_iter().collect::<String>().into()
}

fn configs(draw: &mut Draw) -> ConfigPairs {
    (0..1 + draw.below(3)).map(|_| (name(draw), name(draw))).collect()
}

fn named_configs(draw: &mut Draw) -> (Arc<str>, Arc<ConfigPairs>) {
    (name(draw), Arc::new(configs(draw)))
}

fn nodes(draw: &mut Draw) -> Vec<NodeId> {
    draw.many(4, |draw| NodeId(draw.between(0, i32::MAX - 1)))
}

fn topic(draw: &mut Draw) -> TopicImage {
    TopicImage {
        name: name(draw),
        id: TopicId(draw.uuid()),
        configs: if draw.one_in(2) { configs(draw) } else { ConfigPairs::new() },
        partitions: draw.many(5, partition),
    }
}

fn partition(draw: &mut Draw) -> PartitionRegistration {
    let replicas = nodes(draw);
    let directories: Vec<Uuid> = replicas.iter().map(|_| draw.directory()).collect();
    let is_known = !draw.one_in(3) && directories.iter().any(|id| *id != Uuid::ZERO);
    PartitionRegistration {
        isr: nodes(draw),
        leader: draw.maybe(|draw| NodeId(draw.between(0, 9))),
        leader_epoch: LeaderEpoch(draw.between(0, i32::MAX - 1)),
        partition_epoch: PartitionEpoch(draw.between(0, i32::MAX - 1)),
        directories: if is_known { directories } else { Vec::new() },
        adding_replicas: nodes(draw),
        removing_replicas: nodes(draw),
        elr: nodes(draw),
        last_known_elr: nodes(draw),
        leader_recovery: draw.pick(&[LeaderRecoveryState::Recovered, LeaderRecoveryState::Recovering]),
        replicas,
    }
}

fn end_points(draw: &mut Draw) -> Vec<EndPoint> {
    let mut names = vec!["PLAINTEXT", "SSL", "X"];
    draw.shuffle(&mut names);
    names.truncate(draw.below(4));
    let protocols = [
        SecurityProtocol::Plaintext,
        SecurityProtocol::Ssl,
        SecurityProtocol::SaslPlaintext,
        SecurityProtocol::SaslSsl,
    ];
    let end_point = |listener: &str| EndPoint {
        listener: listener.into(),
        host: name(draw),
        port: draw.between(0, 65535) as u16,
        security_protocol: draw.pick(&protocols),
    };
    names.into_iter().map(end_point).collect()
}

fn feature(draw: &mut Draw) -> (Arc<str>, FeatureRange) {
    (name(draw), FeatureRange { min: draw.between(0, 9) as i16, max: draw.between(0, 99) as i16 })
}

fn broker(id: NodeId, draw: &mut Draw) -> BrokerRegistration {
    let mut log_dirs = draw.many(3, Draw::uuid);
    log_dirs.sort_by_key(|id| {
        let value = i128::from_be_bytes(id.0);
        ((value >> 64) as i64, value as i64)
    });
    BrokerRegistration {
        id,
        epoch: BrokerEpoch((draw.next() >> 1) as i64),
        end_points: end_points(draw),
        rack: draw.maybe(name),
        fenced: draw.one_in(2),
        incarnation_id: draw.uuid(),
        features: draw.many(3, feature).into_iter().collect(),
        log_dirs,
        cordoned_log_dirs: draw.maybe(|draw| draw.many(3, Draw::uuid)),
        in_controlled_shutdown: draw.one_in(2),
        is_migrating_zk_broker: draw.one_in(2),
    }
}

fn controller(id: NodeId, draw: &mut Draw) -> ControllerRegistration {
    ControllerRegistration {
        id,
        incarnation_id: draw.uuid(),
        zk_migration_ready: draw.one_in(2),
        end_points: end_points(draw),
        features: draw.many(3, feature).into_iter().collect(),
    }
}

fn acl(draw: &mut Draw) -> Acl {
    Acl {
        resource: AclResource::from_wire(draw.between(2, 7) as i8).expect("a resource"),
        resource_name: name(draw),
        pattern: PatternType::from_wire(draw.between(3, 4) as i8).expect("a pattern"),
        principal: name(draw),
        host: name(draw),
        operation: AclOperation::from_wire(draw.between(2, 15) as i8).expect("an operation"),
        permission: AclPermission::from_wire(draw.between(2, 3) as i8).expect("a permission"),
    }
}
