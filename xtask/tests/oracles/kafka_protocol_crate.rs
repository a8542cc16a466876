//! Messages drawn from the schema table: our code and the crate `kafka-protocol` read them and write the same bytes again.

use crate::entries::{Entry, Table, entries};
use bytes::Bytes;
use xtask::codegen::sample::{Random, sample};

/// How many messages are drawn for each version.
const SAMPLES: u64 = 60;

/// The versions of Kafka 4.4 that version 0.18 of the crate has not.
const NEWER: [&str; 15] = [
    "ListOffsetsRequest v11",
    "ListOffsetsResponse v11",
    "OffsetCommitRequest v10",
    "OffsetFetchRequest v10",
    "ApiVersionsRequest v5",
    "ApiVersionsResponse v5",
    "InitProducerIdRequest v6",
    "DescribeLogDirsRequest v5",
    "DescribeLogDirsResponse v5",
    "DeleteGroupsRequest v3",
    "DeleteGroupsResponse v3",
    "BrokerHeartbeatRequest v2",
    "BrokerHeartbeatResponse v2",
    "AddRaftVoterRequest v1",
    "AddRaftVoterResponse v1",
];

/// Whether the crate has the message and lacks that version of it.
fn is_newer_than_the_crate(entry: &Entry, version: i16) -> bool {
    entry.other.as_ref().is_some_and(|other| !(other.versions.0..=other.versions.1).contains(&version))
}

#[test]
fn messages_drawn_from_the_table_come_back_from_both() {
    let table = Table::read();
    let mut newer = Vec::new();
    for entry in entries() {
        for version in entry.versions.0..=entry.versions.1 {
            for seed in 0..SAMPLES {
                let bytes: Bytes = sample(table.message(entry.name), version, &mut Random::new(seed)).into();
                let at = format!("{} v{version} seed {seed}: {bytes:02x?}", entry.name);
                assert_eq!((entry.ours)(&bytes, version).as_ref(), Ok(&bytes), "ours: {at}");
                if let Some(other) = &entry.other
                    && !is_newer_than_the_crate(&entry, version)
                {
                    assert_eq!((other.rewrite)(&bytes, version).as_ref(), Ok(&bytes), "kafka-protocol: {at}");
                }
            }
            if is_newer_than_the_crate(&entry, version) {
                newer.push(format!("{} v{version}", entry.name));
            }
        }
    }
    assert_eq!(newer, NEWER, "versions that were not compared");
}
