//! Brokers and controllers.

use super::*;

fn register(broker_epoch: i64) -> RegisterBrokerRecord {
    let end_point = |name: &str, port, security_protocol| register_broker_record::BrokerEndpoint {
        name: name.into(),
        host: "b1".into(),
        port,
        security_protocol,
    };
    let feature = |max_supported_version| register_broker_record::BrokerFeature {
        name: "metadata.version".into(),
        min_supported_version: 7,
        max_supported_version,
    };
    RegisterBrokerRecord {
        broker_id: 1,
        broker_epoch,
        incarnation_id: uuid(3),
        end_points: vec![end_point("PLAINTEXT", 1, 0), end_point("SSL", 2, 1), end_point("PLAINTEXT", 3, 2)],
        features: vec![feature(29), feature(30)],
        rack: Some("r".into()),
        fenced: true,
        log_dirs: vec![uuid(1), uuid(0x80), uuid(2)],
        ..RegisterBrokerRecord::default()
    }
}

fn broker(image: &MetadataImage) -> BrokerRegistration {
    (*image.brokers[&NodeId(1)]).clone()
}

fn registered() -> MetadataImage {
    after([register(40).into()])
}

#[test]
fn a_registration_says_all_of_the_broker() {
    let end_point = |listener: &str, port, security_protocol| EndPoint {
        listener: listener.into(),
        host: "b1".into(),
        port,
        security_protocol,
    };
    let expected = BrokerRegistration {
        id: NodeId(1),
        epoch: BrokerEpoch(40),
        // Of two end points with one name the later one counts.
        end_points: vec![
            end_point("PLAINTEXT", 3, SecurityProtocol::SaslPlaintext),
            end_point("SSL", 2, SecurityProtocol::Ssl),
        ],
        rack: Some("r".into()),
        fenced: true,
        incarnation_id: uuid(3),
        features: [("metadata.version".into(), FeatureRange { min: 7, max: 30 })].into(),
        // Kafka orders ids by signed halves.
        log_dirs: vec![uuid(0x80), uuid(1), uuid(2)],
        ..BrokerRegistration::default()
    };
    assert_eq!(broker(&registered()), expected);
}

#[test]
fn a_new_incarnation_replaces_the_old_one() {
    let mut image = registered();
    replay(&mut image, RegisterBrokerRecord { rack: None, ..register(50) }).expect("it is taken");
    assert_eq!((broker(&image).epoch, broker(&image).rack, image.brokers.len()), (BrokerEpoch(50), None, 1));
}

#[test]
fn old_records_fence_and_unfence() {
    let mut image = registered();
    replay(&mut image, UnfenceBrokerRecord { id: 1, epoch: 40 }).expect("it is taken");
    assert!(!broker(&image).fenced);
    replay(&mut image, FenceBrokerRecord { id: 1, epoch: 40 }).expect("it is taken");
    assert_eq!(image.brokers, registered().brokers);
}

#[test]
fn a_change_says_what_it_changes() {
    let mut image = registered();
    let change = || BrokerRegistrationChangeRecord { broker_id: 1, broker_epoch: 40, ..Default::default() };
    replay(&mut image, change()).expect("it is taken");
    assert_eq!(image.brokers, registered().brokers);
    let all = BrokerRegistrationChangeRecord {
        fenced: -1,
        in_controlled_shutdown: 1,
        log_dirs: vec![uuid(9), uuid(4)],
        cordoned_log_dirs: Some(vec![uuid(9), uuid(4)]),
        ..change()
    };
    replay(&mut image, all).expect("it is taken");
    let changed = BrokerRegistration {
        fenced: false,
        in_controlled_shutdown: true,
        log_dirs: vec![uuid(4), uuid(9)],
        cordoned_log_dirs: Some(vec![uuid(9), uuid(4)]),
        ..broker(&registered())
    };
    assert_eq!(broker(&image), changed);
    replay(&mut image, change()).expect("it is taken");
    assert_eq!(broker(&image), changed, "what a change does not name stays");
    replay(&mut image, BrokerRegistrationChangeRecord { fenced: 1, cordoned_log_dirs: Some(vec![]), ..change() })
        .expect("it is taken");
    assert_eq!(broker(&image), BrokerRegistration { fenced: true, cordoned_log_dirs: Some(vec![]), ..changed });

    for (fenced, in_controlled_shutdown, field) in [(2, 0, "Fenced"), (0, -1, "InControlledShutdown")] {
        let record = BrokerRegistrationChangeRecord { fenced, in_controlled_shutdown, ..change() };
        let value = (fenced + in_controlled_shutdown).into();
        assert_eq!(replay(&mut image, record), Err(Contradiction::Number { field, value }));
    }
}

#[test]
fn what_is_for_another_incarnation_or_for_nobody_is_refused() {
    let mut image = registered();
    let records = |id: i32, epoch: i64| -> [MetadataRecord; 4] {
        [
            FenceBrokerRecord { id, epoch }.into(),
            UnfenceBrokerRecord { id, epoch }.into(),
            BrokerRegistrationChangeRecord { broker_id: id, broker_epoch: epoch, ..Default::default() }.into(),
            UnregisterBrokerRecord { broker_id: id, broker_epoch: epoch }.into(),
        ]
    };
    let before = image.clone();
    for record in records(1, 39) {
        let refused = Contradiction::BrokerEpoch { broker: NodeId(1), known: BrokerEpoch(40), given: 39 };
        assert_eq!(replay(&mut image, record), Err(refused));
    }
    for record in records(2, 40) {
        assert_eq!(replay(&mut image, record), Err(Contradiction::UnknownBroker(NodeId(2))));
    }
    assert_eq!(image, before);
    replay(&mut image, UnregisterBrokerRecord { broker_id: 1, broker_epoch: 40 }).expect("it is taken");
    assert!(image.brokers.is_empty());
}

#[test]
fn controllers_come_and_go() {
    let record = RegisterControllerRecord {
        controller_id: 3,
        incarnation_id: uuid(3),
        zk_migration_ready: true,
        end_points: vec![register_controller_record::ControllerEndpoint {
            name: "CONTROLLER".into(),
            host: "c3".into(),
            port: 9,
            security_protocol: 3,
        }],
        features: vec![register_controller_record::ControllerFeature {
            name: "f".into(),
            min_supported_version: 0,
            max_supported_version: 2,
        }],
    };
    let mut image = after([record.into()]);
    let controller = ControllerRegistration {
        id: NodeId(3),
        incarnation_id: uuid(3),
        zk_migration_ready: true,
        end_points: vec![EndPoint {
            listener: "CONTROLLER".into(),
            host: "c3".into(),
            port: 9,
            security_protocol: SecurityProtocol::SaslSsl,
        }],
        features: [("f".into(), FeatureRange { min: 0, max: 2 })].into(),
    };
    assert_eq!(image.controllers.get(&NodeId(3)).map(|it| &**it), Some(&controller));
    replay(&mut image, UnregisterControllerRecord { controller_id: 3 }).expect("it is there");
    assert!(image.controllers.is_empty());
    let again = replay(&mut image, UnregisterControllerRecord { controller_id: 3 });
    assert_eq!(again, Err(Contradiction::UnknownController(NodeId(3))));
}

#[test]
fn numbers_that_stand_for_nothing_are_refused() {
    let mut image = MetadataImage::default();
    let of = |field, value| Err(Contradiction::Number { field, value });
    assert_eq!(replay(&mut image, RegisterBrokerRecord { broker_id: -1, ..register(1) }), of("BrokerId", -1));
    assert_eq!(replay(&mut image, register(-1)), of("BrokerEpoch", -1));
    let mut record = register(1);
    record.end_points[1].security_protocol = 4;
    assert_eq!(replay(&mut image, record), of("SecurityProtocol", 4));
    assert_eq!(image, MetadataImage::default());
}
