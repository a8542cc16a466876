//! What the control shard decides on partitions to be added and on configurations to be changed.

use crate::control::{Control, create};
use crate::disk::Disk;
use gracchus_core::broker::{
    AlteredConfig, ConfigChange, ConfigOf, ControlOutcome, ControlQuestion, MorePartitions, Refusal,
};
use gracchus_core::metadata::MetadataImage;
use gracchus_core::shard::ShardMail;
use gracchus_core::types::{ErrorCode, NodeId};
use std::sync::Arc;

fn with_orders() -> Control {
    let mut control = Control::start(Disk::default(), 1);
    control.sync();
    control.ask(create("orders"));
    control.sync();
    control.taken();
    control
}

/// Asks, lets the disk answer, and returns the one row's outcome and the image, if one was published.
fn outcome(control: &mut Control, what: ControlQuestion) -> (Result<(), Refusal>, Option<Arc<MetadataImage>>) {
    control.ask(what);
    control.sync();
    let (mut row, mut published) = (None, None);
    for mail in control.taken() {
        match mail {
            ShardMail::ControlAnswer { answer, .. } => {
                let ControlOutcome::Judged(mut rows) = answer.outcome else { panic!("{:?}", answer.outcome) };
                row = rows.pop();
            }
            ShardMail::Image(image) => published = Some(image),
            _ => {}
        }
    }
    (row.expect("answered"), published)
}

fn grow(count: i32, assigned: Option<Vec<Vec<NodeId>>>, validate_only: bool) -> ControlQuestion {
    ControlQuestion::CreatePartitions {
        topics: vec![MorePartitions { name: "orders".into(), count, assigned }],
        validate_only,
    }
}

#[test]
fn partitions_are_added_behind_those_that_are_there() {
    let mut control = with_orders();
    let (row, image) = outcome(&mut control, grow(5, None, false));
    assert_eq!(row, Ok(()));
    let image = image.expect("published");
    let topic = image.topic_named("orders").expect("is there");
    assert_eq!(topic.partitions.len(), 5);
    assert!(topic.partitions.iter().all(|partition| partition.leader == Some(NodeId(1))));
    let (row, image) = outcome(&mut control, grow(9, None, true));
    assert_eq!((row, image.is_none()), (Ok(()), true), "only validated");
}

#[test]
fn bad_counts_and_bad_assignments_are_refused_with_kafkas_codes() {
    let one = |node| Some(vec![vec![NodeId(node)]]);
    let table = [
        (grow(2, None, false), ErrorCode::InvalidPartitions),
        (grow(1, None, false), ErrorCode::InvalidPartitions),
        (grow(-1, None, false), ErrorCode::InvalidPartitions),
        (grow(i32::MAX, None, false), ErrorCode::InvalidPartitions),
        (grow(4, one(1), false), ErrorCode::InvalidReplicaAssignment),
        (grow(3, one(7), false), ErrorCode::InvalidReplicaAssignment),
        (grow(3, Some(vec![vec![]]), false), ErrorCode::InvalidReplicaAssignment),
        (grow(3, Some(vec![vec![NodeId(1), NodeId(1)]]), false), ErrorCode::InvalidReplicaAssignment),
    ];
    let mut control = with_orders();
    for (what, error) in table {
        let (row, image) = outcome(&mut control, what.clone());
        assert_eq!(row.map_err(|refusal| refusal.error), Err(error), "{what:?}");
        assert!(image.is_none());
    }
}

fn alter(replaces: bool, changes: &[(&str, ConfigChange)]) -> ControlQuestion {
    let changes = changes.iter().map(|(key, change)| (Arc::from(*key), change.clone())).collect();
    ControlQuestion::AlterConfigs {
        resources: vec![AlteredConfig { of: ConfigOf::Topic("orders".into()), replaces, changes }],
        validate_only: false,
    }
}

fn set(value: &str) -> ConfigChange {
    ConfigChange::Set(value.into())
}

/// What the topic sets after these changes.
fn configs(changes: &[ControlQuestion]) -> Vec<String> {
    let mut control = with_orders();
    let mut last = None;
    for what in changes {
        let (row, image) = outcome(&mut control, what.clone());
        assert_eq!(row, Ok(()), "{what:?}");
        last = image.or(last);
    }
    let image = last.expect("published");
    let topic = image.topic_named("orders").expect("is there");
    topic.configs.iter().map(|(key, value)| format!("{key}={value}")).collect()
}

#[test]
fn keys_are_set_deleted_added_to_and_taken_from() {
    let both =
        alter(false, &[("retention.ms", set("1000")), ("cleanup.policy", ConfigChange::Append("compact".into()))]);
    assert_eq!(configs(std::slice::from_ref(&both)), ["cleanup.policy=delete,compact", "retention.ms=1000"]);
    let less = alter(
        false,
        &[("retention.ms", ConfigChange::Delete), ("cleanup.policy", ConfigChange::Subtract("delete".into()))],
    );
    assert_eq!(configs(&[both.clone(), less]), ["cleanup.policy=compact"]);
    assert_eq!(configs(&[both, alter(true, &[("flush.ms", set("5"))])]), ["flush.ms=5"]);
}

#[test]
fn a_change_that_leaves_no_valid_configuration_is_refused_whole() {
    let table = [
        alter(false, &[("retention.ms", set("1000")), ("no.such.key", set("1"))]),
        alter(false, &[("retention.ms", set("soon"))]),
        alter(false, &[("retention.ms", ConfigChange::Append("1".into()))]),
        alter(false, &[("no.such.key", ConfigChange::Subtract("1".into()))]),
    ];
    let mut control = with_orders();
    for what in table {
        let (row, image) = outcome(&mut control, what.clone());
        assert_eq!(row.map_err(|refusal| refusal.error), Err(ErrorCode::InvalidConfig), "{what:?}");
        assert!(image.is_none());
    }
}

/// `ConfigurationControlManager.validateAlterConfig`: what is set is judged before whether there is such a topic.
#[test]
fn a_topic_that_is_not_there_is_missed_after_what_is_set_was_judged() {
    let absent = |value| {
        let changes = vec![("retention.ms".into(), set(value))];
        let resources = vec![AlteredConfig { of: ConfigOf::Topic("absent".into()), replaces: false, changes }];
        ControlQuestion::AlterConfigs { resources, validate_only: false }
    };
    let mut control = with_orders();
    let table = [("1000", ErrorCode::UnknownTopicOrPartition), ("soon", ErrorCode::InvalidConfig)];
    for (value, error) in table {
        let (row, image) = outcome(&mut control, absent(value));
        assert_eq!(row.map_err(|refusal| refusal.error), Err(error), "{value}");
        assert!(image.is_none());
    }
}

fn of_broker(broker: Option<i32>, changes: &[(&str, ConfigChange)]) -> ControlQuestion {
    let changes = changes.iter().map(|(key, change)| (Arc::from(*key), change.clone())).collect();
    let of = ConfigOf::Broker(broker.map(NodeId));
    ControlQuestion::AlterConfigs {
        resources: vec![AlteredConfig { of, replaces: false, changes }],
        validate_only: false,
    }
}

/// KIP-226.
#[test]
fn settings_of_brokers_survive_the_node_and_stand_behind_those_of_topics() {
    let mut control = with_orders();
    let table = [
        of_broker(None, &[("log.cleanup.policy", ConfigChange::Append("compact".into())), ("log.roll.ms", set("7"))]),
        of_broker(Some(1), &[("log.segment.bytes", set("2097152"))]),
        of_broker(None, &[("log.roll.ms", ConfigChange::Delete)]),
        alter(false, &[("cleanup.policy", ConfigChange::Subtract("delete".into()))]),
    ];
    for what in table {
        let (row, image) = outcome(&mut control, what.clone());
        assert!(row.is_ok() && image.is_some(), "{what:?}: {row:?}");
    }
    let (row, image) = outcome(&mut control, of_broker(Some(1), &[("log.segment.bytes", set("2097152"))]));
    assert!(row.is_ok() && image.is_none(), "nothing changes");
    let mut next = Control::start(control.disk, 1);
    next.sync();
    let image = next.taken().into_iter().find_map(|mail| match mail {
        ShardMail::Image(image) => Some(image),
        _ => None,
    });
    let image = image.expect("published");
    let told = |broker: Option<i32>| -> Vec<String> {
        let pairs = image.dynamic_configs.of(broker.map(NodeId));
        pairs.iter().map(|(key, value)| format!("{key}={value}")).collect()
    };
    assert_eq!(told(None), ["log.cleanup.policy=delete,compact"]);
    assert_eq!(told(Some(1)), ["log.segment.bytes=2097152"]);
    let topic = image.topic_named("orders").expect("is there");
    assert_eq!(topic.configs.get("cleanup.policy").map(|policy| &**policy), Some("compact"));
}

#[test]
fn settings_that_a_broker_does_not_take_are_refused_whole() {
    let table = [
        (of_broker(None, &[("log.roll.ms", set("7")), ("log.dirs", set("/d"))]), ErrorCode::InvalidRequest),
        (of_broker(Some(1), &[("log.roll.ms", set("soon"))]), ErrorCode::InvalidRequest),
        (of_broker(Some(1), &[("no.such.key", set("1"))]), ErrorCode::InvalidRequest),
        (of_broker(None, &[("log.roll.ms", ConfigChange::Append("1".into()))]), ErrorCode::InvalidConfig),
    ];
    let mut control = with_orders();
    for (what, error) in table {
        let (row, image) = outcome(&mut control, what.clone());
        assert_eq!(row.map_err(|refusal| refusal.error), Err(error), "{what:?}");
        assert!(image.is_none());
    }
}
