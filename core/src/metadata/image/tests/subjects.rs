//! Configurations, features, quotas, producer ids, credentials, tokens and ACLs.

use super::*;
use crate::metadata::Feature;

fn pairs(pairs: &[(&str, &str)]) -> ConfigPairs {
    pairs.iter().map(|(key, value)| (Arc::from(*key), Arc::from(*value))).collect()
}

#[test]
fn configurations_of_each_kind_are_set_and_taken_back() {
    let set = [
        topic_record("orders", TOPIC),
        config(2, "orders", "a", Some("1")),
        config(2, "orders", "b", Some("2")),
        config(4, "", "a", Some("3")),
        config(4, "7", "a", Some("4")),
        config(16, "m", "interval.ms", Some("5")),
        config(32, "g", "consumer.session.timeout.ms", Some("6")),
    ];
    let mut image = after(set);
    assert_eq!(image.topic_named("orders").map(|it| it.configs.clone()), Some(pairs(&[("a", "1"), ("b", "2")])));
    assert_eq!(image.dynamic_configs.of(None), pairs(&[("a", "3")]));
    assert_eq!(image.dynamic_configs.of(Some(NodeId(7))), pairs(&[("a", "4")]));
    assert_eq!(image.client_metrics.get("m").map(|it| (**it).clone()), Some(pairs(&[("interval.ms", "5")])));
    assert!(image.group_configs.contains_key("g"));
    let taken_back = [
        config(2, "orders", "b", None),
        config(2, "orders", "never.set", None),
        config(2, "orders", "a", Some("9")),
        config(4, "", "a", None),
        config(4, "7", "a", None),
        config(16, "m", "interval.ms", None),
        config(32, "g", "consumer.session.timeout.ms", None),
    ];
    for record in taken_back {
        replay(&mut image, record).expect("it is taken");
    }
    let expected = after([topic_record("orders", TOPIC), config(2, "orders", "a", Some("9"))]);
    assert_eq!(image, expected, "a resource without a setting leaves no entry");
}

#[test]
fn what_is_set_for_the_name_of_no_topic_waits_for_one() {
    let mut image = after([config(2, "orders", "a", Some("1")), config(2, "bills", "a", Some("2"))]);
    replay(&mut image, config(2, "bills", "a", None)).expect("it is taken");
    assert_eq!(image.configs_without_topic.keys().map(|it| &**it).collect::<Vec<_>>(), ["orders"]);
    replay(&mut image, topic_record("orders", TOPIC)).expect("it is taken");
    assert_eq!(image.topic_named("orders").map(|it| it.configs.clone()), Some(pairs(&[("a", "1")])));
    assert!(image.configs_without_topic.is_empty());
}

#[test]
fn a_configuration_of_nothing_is_refused() {
    let mut image = MetadataImage::default();
    for name in ["x", "-1", "01", "+1", "2147483648"] {
        let refused = replay(&mut image, config(4, name, "a", Some("1"))).expect_err(name);
        let message = refused.to_string();
        let wanted = "the field ResourceName takes the id of a broker, or nothing for all brokers, and not ";
        assert_eq!(message, format!("{wanted}{name}"));
    }
    for number in [0, 8, 3, -1] {
        let refused = Contradiction::Number { field: "ResourceType", value: number.into() };
        assert_eq!(replay(&mut image, config(number, "x", "a", Some("1"))), Err(refused));
    }
    assert_eq!(image, MetadataImage::default());
}

fn level(name: &str, feature_level: i16) -> FeatureLevelRecord {
    FeatureLevelRecord { name: name.into(), feature_level }
}

#[test]
fn levels_of_features_are_set_and_level_0_removes() {
    let mut image = MetadataImage::default();
    assert_eq!(image.features.metadata_version, None);
    for record in [level("metadata.version", 30), level("group.version", 1), level("of.the.future", 7)] {
        replay(&mut image, record).expect("it is taken");
    }
    assert_eq!(image.features.metadata_version, Some(MetadataVersion::IBP_4_3_IV0));
    assert_eq!(image.features.level(Feature::GroupVersion), 1);
    assert_eq!((image.features.level(Feature::ShareVersion), image.features.levels.len()), (0, 2));
    replay(&mut image, level("group.version", 0)).expect("it is taken");
    assert_eq!(image.features.levels.keys().map(|it| &**it).collect::<Vec<_>>(), ["of.the.future"]);
}

#[test]
fn a_level_of_kraft_version_in_a_record_means_nothing() {
    let mut image = MetadataImage::default();
    replay(&mut image, level("kraft.version", 1)).expect("it is passed over");
    assert!(image.features.levels.is_empty());
}

#[test]
fn a_level_that_this_build_does_not_know_stops_it() {
    let mut image = MetadataImage::default();
    for unknown in [6, 34, 0, -1] {
        let refused = Contradiction::UnknownMetadataVersion(unknown);
        assert_eq!(replay(&mut image, level("metadata.version", unknown)), Err(refused));
    }
    let refused = Contradiction::Number { field: "FeatureLevel", value: -2 };
    assert_eq!(replay(&mut image, level("group.version", -2)), Err(refused));
}

#[test]
fn quotas_are_by_entity_and_key() {
    let quota = |entity: &[(&str, Option<&str>)], key: &str, value: Option<f64>| ClientQuotaRecord {
        entity: entity
            .iter()
            .map(|(entity_type, name)| client_quota_record::EntityData {
                entity_type: (*entity_type).into(),
                entity_name: name.map(Into::into),
            })
            .collect(),
        key: key.into(),
        value: value.unwrap_or_default(),
        remove: value.is_none(),
    };
    let (both, turned) = ([("user", Some("u")), ("client-id", None)], [("client-id", None), ("user", Some("u"))]);
    let mut image = MetadataImage::default();
    replay(&mut image, quota(&both, "producer_byte_rate", Some(1.5))).expect("it is taken");
    replay(&mut image, quota(&turned, "request_percentage", Some(2.0))).expect("it is taken");
    replay(&mut image, quota(&[("user", None)], "producer_byte_rate", Some(3.0))).expect("it is taken");
    assert_eq!(image.client_quotas.len(), 2, "the order of an entity's parts means nothing");
    let entity: QuotaEntity = [("user".into(), Some("u".into())), ("client-id".into(), None)].into();
    let values: Vec<f64> = image.client_quotas[&entity].values().map(|it| it.get()).collect();
    assert_eq!(values, [1.5, 2.0]);
    replay(&mut image, quota(&both, "producer_byte_rate", None)).expect("it is taken");
    replay(&mut image, quota(&both, "never.set", None)).expect("it is taken");
    assert_eq!(image.client_quotas[&entity].len(), 1);
    replay(&mut image, quota(&both, "request_percentage", None)).expect("it is taken");
    assert!(!image.client_quotas.contains_key(&entity), "an entity without a quota leaves no entry");
}

#[test]
fn producer_ids_only_grow() {
    let next = |next_producer_id| ProducerIdsRecord { broker_id: 1, broker_epoch: 2, next_producer_id };
    let mut image = after([next(0).into(), next(1000).into()]);
    assert_eq!(image.next_producer_id, Some(ProducerId(1000)));
    for given in [1000, 999] {
        let refused = Contradiction::ProducerIdsFall { known: ProducerId(1000), given: ProducerId(given) };
        assert_eq!(replay(&mut image, next(given)), Err(refused));
    }
    assert_eq!(replay(&mut image, next(-1)), Err(Contradiction::Number { field: "NextProducerId", value: -1 }));
}

#[test]
fn credentials_are_by_user_and_mechanism_and_never_shown() {
    let credential = |name: &str, mechanism| UserScramCredentialRecord {
        name: name.into(),
        mechanism,
        salt: Bytes::from_static(b"salt"),
        stored_key: Bytes::from_static(b"stored"),
        server_key: Bytes::from_static(b"server"),
        iterations: 4096,
    };
    let remove = |name: &str, mechanism| RemoveUserScramCredentialRecord { name: name.into(), mechanism };
    let mut image = after([credential("u", 1).into(), credential("u", 2).into(), credential("v", 2).into()]);
    assert_eq!(image.scram.len(), 3);
    replay(&mut image, UserScramCredentialRecord { iterations: 8192, ..credential("u", 1) }).expect("it is taken");
    assert_eq!(image.scram[&("u".into(), ScramMechanism::Sha256)].iterations, 8192);
    replay(&mut image, remove("u", 2)).expect("it is there");
    let unknown = Contradiction::UnknownCredential { user: "u".into(), mechanism: "SCRAM-SHA-512" };
    assert_eq!(replay(&mut image, remove("u", 2)), Err(unknown));
    let refused = Contradiction::Number { field: "Mechanism", value: 3 };
    assert_eq!(replay(&mut image, credential("u", 3)), Err(refused));
    assert!(!format!("{image:?}").contains("stored"));
}

#[test]
fn tokens_are_by_id_and_a_removal_of_none_means_nothing() {
    let token = |expiration_timestamp| DelegationTokenRecord {
        owner: "User:a".into(),
        requester: "User:b:c".into(),
        renewers: vec!["Group:r".into()],
        issue_timestamp: 1,
        max_timestamp: 9,
        expiration_timestamp,
        token_id: "t".into(),
    };
    let mut image = after([token(5).into(), token(6).into()]);
    let expected = DelegationToken {
        id: "t".into(),
        owner: "User:a".into(),
        requester: "User:b:c".into(),
        renewers: vec!["Group:r".into()],
        issued: Timestamp(1),
        max: Timestamp(9),
        expires: Timestamp(6),
    };
    assert_eq!(image.delegation_tokens.get("t").map(|it| &**it), Some(&expected));
    let refused = replay(&mut image, DelegationTokenRecord { owner: "a".into(), ..token(7) }).expect_err("no type");
    assert_eq!(refused.to_string(), "the field Owner takes a principal such as User:alice, and not a");
    for _ in 0..2 {
        replay(&mut image, RemoveDelegationTokenRecord { token_id: "t".into() }).expect("it is taken");
        assert!(image.delegation_tokens.is_empty());
    }
}

#[test]
fn acls_are_by_id() {
    let acl = |id, operation| AccessControlEntryRecord {
        id: uuid(id),
        resource_type: 2,
        resource_name: "orders".into(),
        pattern_type: 4,
        principal: "User:a".into(),
        host: "*".into(),
        operation,
        permission_type: 2,
    };
    let mut image = after([acl(1, 3).into(), acl(2, 4).into()]);
    let expected = Acl {
        resource: AclResource::Topic,
        resource_name: "orders".into(),
        pattern: PatternType::Prefixed,
        principal: "User:a".into(),
        host: "*".into(),
        operation: AclOperation::Write,
        permission: AclPermission::Deny,
    };
    assert_eq!(*image.acls[&uuid(2)], expected);
    replay(&mut image, RemoveAccessControlEntryRecord { id: uuid(2) }).expect("it is there");
    let unknown = replay(&mut image, RemoveAccessControlEntryRecord { id: uuid(2) });
    assert_eq!(unknown, Err(Contradiction::UnknownAcl(uuid(2))));
    let refused = |field, value| Err(Contradiction::Number { field, value });
    for operation in [0, 1, 16, -1] {
        assert_eq!(replay(&mut image, acl(3, operation)), refused("Operation", operation.into()));
    }
    let any = AccessControlEntryRecord { pattern_type: 1, ..acl(3, 3) };
    assert_eq!(replay(&mut image, any), refused("PatternType", 1));
    let unknown = AccessControlEntryRecord { resource_type: 8, ..acl(3, 3) };
    assert_eq!(replay(&mut image, unknown), refused("ResourceType", 8));
    let unknown = AccessControlEntryRecord { permission_type: 4, ..acl(3, 3) };
    assert_eq!(replay(&mut image, unknown), refused("PermissionType", 4));
    assert_eq!(image.acls.len(), 1);
}

#[test]
fn records_without_metadata_change_nothing_but_the_version() {
    let mut image = orders(1);
    let before = image.clone();
    for record in [NoOpRecord::default().into(), ZkMigrationStateRecord { zk_migration_state: 2 }.into()] {
        image.replay(&record, Offset(12)).expect("it is taken");
        assert_eq!(image, MetadataImage { version: ImageVersion(12), ..before.clone() });
    }
}

#[test]
fn an_error_names_the_place_the_cause_and_the_next_step() {
    let mut image = MetadataImage::default();
    let bad = image.replay(&RemoveTopicRecord { topic_id: TOPIC }.into(), Offset(41)).expect_err("no such topic");
    assert_eq!(
        bad.to_string(),
        format!(
            "the RemoveTopicRecord at offset 41 of the metadata log cannot be applied: no topic has the id {TOPIC}. The \
             log on this node is damaged or incomplete: remove its directory __cluster_metadata-0 if other controllers \
             have the log, so that it is fetched anew"
        )
    );
    let bad = image.replay(&level("metadata.version", 34).into(), Offset(3)).expect_err("no such level");
    assert_eq!(
        bad.to_string(),
        "the FeatureLevelRecord at offset 3 of the metadata log cannot be applied: level 34 of metadata.version is unknown \
         to this version of Gracchus. Start this node with a version of Gracchus that knows the level"
    );
}
