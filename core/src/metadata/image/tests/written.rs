//! The image as records.

use super::*;

#[test]
fn features_come_first_and_metadata_version_before_all() {
    let mut image = orders(1);
    for (name, feature_level) in [("a.version", 3), ("metadata.version", 20)] {
        replay(&mut image, FeatureLevelRecord { name: name.into(), feature_level }).expect("it is taken");
    }
    let names: Vec<_> = image
        .records(MetadataVersion::IBP_4_3_IV0)
        .map(|record| match record {
            MetadataRecord::FeatureLevel(it) => format!("{} {}", it.name, it.feature_level),
            other => other.name().to_owned(),
        })
        .collect();
    assert_eq!(names, ["metadata.version 30", "a.version 3", "TopicRecord", "PartitionRecord"]);
}

#[test]
fn directories_that_nobody_knows_are_written_where_there_are_any() {
    let image = orders(1);
    let directories = |at| {
        image.records(at).find_map(|record| match record {
            MetadataRecord::Partition(it) => Some(it.directories),
            _ => None,
        })
    };
    assert_eq!(directories(MetadataVersion::IBP_3_7_IV0), Some(vec![]));
    assert_eq!(directories(MetadataVersion::IBP_3_7_IV2), Some(vec![Uuid::ZERO; 3]));
}

#[test]
fn what_a_lower_metadata_version_cannot_hold_is_named_once() {
    let mut image = orders(0);
    for partition in 0..2 {
        let with = PartitionRecord { eligible_leader_replicas: Some(vec![2]), ..partition_record(partition) };
        replay(&mut image, with).expect("it is taken");
    }
    let token = DelegationTokenRecord { owner: "a:b".into(), requester: "a:b".into(), ..Default::default() };
    replay(&mut image, token).expect("it is taken");
    let losses = |at| image.losses(at).iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(losses(MetadataVersion::IBP_4_0_IV1), Vec::<String>::new());
    assert_eq!(
        losses(MetadataVersion::IBP_3_6_IV1),
        [
            "a PartitionRecord with a field of version 2 cannot be written at metadata.version 3.6-IV1, which has version \
             0 of it: raise metadata.version first",
            "metadata.version 3.6-IV1 has no DelegationTokenRecord: raise metadata.version first",
        ]
    );
}
