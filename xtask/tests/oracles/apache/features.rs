//! What depends on a metadata.version: versions of records and requests, and the default levels of other features.

use super::{java, missing_before_4_4};
use gracchus_core::metadata::{Feature, MetadataVersion, record_version};
use gracchus_core::wire::{
    BeginTransactionRecord, DelegationTokenRecord, PartitionChangeRecord, PartitionRecord, RegisterBrokerRecord,
    RegisterControllerRecord, UserScramCredentialRecord,
};

/// The levels of Kafka 4.4: Kafka 4.3 has one of them already, unfinished.
const NEWER: &[i16] = &[31, 32, 33];

/// The levels of features that Kafka 4.3 has not.
const NEWER_LEVELS: &[(Feature, i16)] = &[(Feature::ShareVersion, 2)];

/// The line that the Java program prints for a metadata.version.
fn line(at: MetadataVersion) -> String {
    let version = |version: Option<i16>| version.unwrap_or(-1);
    let words = [
        "metadata".to_owned(),
        at.level().to_string(),
        at.name().to_owned(),
        at.changed_records().to_string(),
        version(record_version::<RegisterBrokerRecord>(at)).to_string(),
        version(record_version::<PartitionRecord>(at)).to_string(),
        version(record_version::<PartitionChangeRecord>(at)).to_string(),
        version(record_version::<RegisterControllerRecord>(at)).to_string(),
        at.fetch_version().to_string(),
        at.list_offsets_version().to_string(),
        record_version::<UserScramCredentialRecord>(at).is_some().to_string(),
        record_version::<DelegationTokenRecord>(at).is_some().to_string(),
        record_version::<BeginTransactionRecord>(at).is_some().to_string(),
    ];
    words.join(" ")
}

#[test]
#[ignore = "needs Maven and Java: run `cargo xtask apache-records`"]
fn apaches_metadata_versions_are_ours() {
    let is_newer = |level: i16| missing_before_4_4(NEWER).contains(&level);
    let known = || MetadataVersion::all().filter(|at| !is_newer(at.level()));
    let lines = java(&["features"], String::new());
    let level = |line: &str| line.split(' ').nth(1).expect("a level").parse::<i16>().expect("a number");
    let theirs =
        lines.iter().filter(|line| line.starts_with("metadata ") && level(line) <= MetadataVersion::LATEST.level());
    let theirs: Vec<&String> = theirs.filter(|line| !is_newer(level(line))).collect();
    assert_eq!(theirs, known().map(line).collect::<Vec<_>>().iter().collect::<Vec<_>>());

    for feature in Feature::ALL {
        let prefix = format!("feature {} ", feature.name());
        let found = lines.iter().find_map(|line| line.strip_prefix(&prefix));
        let words: Vec<&str> = found.unwrap_or_else(|| panic!("no {prefix}")).split(' ').collect();
        let [least, most, production, ref defaults @ ..] = words[..] else { panic!("{words:?}") };
        let newer = missing_before_4_4(NEWER_LEVELS).iter().filter(|(it, _)| *it == feature).count() as i16;
        let highest = (feature.highest_level() - newer).to_string();
        assert_eq!((least, most, production), ("0", highest.as_str(), highest.as_str()), "{prefix}");
        for at in known() {
            let default = format!("{}={}", at.level(), feature.default_level(at));
            assert!(defaults.contains(&default.as_str()), "{prefix}: {default} is not one of {defaults:?}");
        }
    }
    let theirs = lines.iter().filter(|line| line.starts_with("feature ")).count();
    assert_eq!(theirs, Feature::ALL.len(), "every feature of Apache's is known");
}
