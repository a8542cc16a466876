//! The APIs that this build has messages for.
//
// Written by `cargo xtask codegen` from core/schemas/kafka.txt; do not edit.

use crate::wire::Api;

/// An API, by Kafka's name and key (`ApiKeys.java`).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(i16)]
pub enum ApiKey {
    /// Key 0.
    Produce = 0,
    /// Key 1.
    Fetch = 1,
    /// Key 2.
    ListOffsets = 2,
    /// Key 3.
    Metadata = 3,
    /// Key 8.
    OffsetCommit = 8,
    /// Key 9.
    OffsetFetch = 9,
    /// Key 10.
    FindCoordinator = 10,
    /// Key 11.
    JoinGroup = 11,
    /// Key 12.
    Heartbeat = 12,
    /// Key 13.
    LeaveGroup = 13,
    /// Key 14.
    SyncGroup = 14,
    /// Key 15.
    DescribeGroups = 15,
    /// Key 16.
    ListGroups = 16,
    /// Key 18.
    ApiVersions = 18,
    /// Key 19.
    CreateTopics = 19,
    /// Key 20.
    DeleteTopics = 20,
    /// Key 21.
    DeleteRecords = 21,
    /// Key 22.
    InitProducerId = 22,
    /// Key 23.
    OffsetForLeaderEpoch = 23,
    /// Key 32.
    DescribeConfigs = 32,
    /// Key 33.
    AlterConfigs = 33,
    /// Key 35.
    DescribeLogDirs = 35,
    /// Key 37.
    CreatePartitions = 37,
    /// Key 42.
    DeleteGroups = 42,
    /// Key 44.
    IncrementalAlterConfigs = 44,
    /// Key 47.
    OffsetDelete = 47,
    /// Key 60.
    DescribeCluster = 60,
    /// Key 61.
    DescribeProducers = 61,
    /// Key 74.
    ListConfigResources = 74,
    /// Key 75.
    DescribeTopicPartitions = 75,
}

impl ApiKey {
    /// The API of that key, where this build has messages for it.
    #[must_use]
    pub fn from_wire(key: i16) -> Option<ApiKey> {
        Some(match key {
            0 => ApiKey::Produce,
            1 => ApiKey::Fetch,
            2 => ApiKey::ListOffsets,
            3 => ApiKey::Metadata,
            8 => ApiKey::OffsetCommit,
            9 => ApiKey::OffsetFetch,
            10 => ApiKey::FindCoordinator,
            11 => ApiKey::JoinGroup,
            12 => ApiKey::Heartbeat,
            13 => ApiKey::LeaveGroup,
            14 => ApiKey::SyncGroup,
            15 => ApiKey::DescribeGroups,
            16 => ApiKey::ListGroups,
            18 => ApiKey::ApiVersions,
            19 => ApiKey::CreateTopics,
            20 => ApiKey::DeleteTopics,
            21 => ApiKey::DeleteRecords,
            22 => ApiKey::InitProducerId,
            23 => ApiKey::OffsetForLeaderEpoch,
            32 => ApiKey::DescribeConfigs,
            33 => ApiKey::AlterConfigs,
            35 => ApiKey::DescribeLogDirs,
            37 => ApiKey::CreatePartitions,
            42 => ApiKey::DeleteGroups,
            44 => ApiKey::IncrementalAlterConfigs,
            47 => ApiKey::OffsetDelete,
            60 => ApiKey::DescribeCluster,
            61 => ApiKey::DescribeProducers,
            74 => ApiKey::ListConfigResources,
            75 => ApiKey::DescribeTopicPartitions,
            _ => return None,
        })
    }

    /// Its row of the protocol table.
    #[must_use]
    pub fn api(self) -> &'static Api {
        &API_KEYS[match self {
            ApiKey::Produce => 0,
            ApiKey::Fetch => 1,
            ApiKey::ListOffsets => 2,
            ApiKey::Metadata => 3,
            ApiKey::OffsetCommit => 4,
            ApiKey::OffsetFetch => 5,
            ApiKey::FindCoordinator => 6,
            ApiKey::JoinGroup => 7,
            ApiKey::Heartbeat => 8,
            ApiKey::LeaveGroup => 9,
            ApiKey::SyncGroup => 10,
            ApiKey::DescribeGroups => 11,
            ApiKey::ListGroups => 12,
            ApiKey::ApiVersions => 13,
            ApiKey::CreateTopics => 14,
            ApiKey::DeleteTopics => 15,
            ApiKey::DeleteRecords => 16,
            ApiKey::InitProducerId => 17,
            ApiKey::OffsetForLeaderEpoch => 18,
            ApiKey::DescribeConfigs => 19,
            ApiKey::AlterConfigs => 20,
            ApiKey::DescribeLogDirs => 21,
            ApiKey::CreatePartitions => 22,
            ApiKey::DeleteGroups => 23,
            ApiKey::IncrementalAlterConfigs => 24,
            ApiKey::OffsetDelete => 25,
            ApiKey::DescribeCluster => 26,
            ApiKey::DescribeProducers => 27,
            ApiKey::ListConfigResources => 28,
            ApiKey::DescribeTopicPartitions => 29,
        }]
    }
}

/// Every API, by key.
pub static API_KEYS: [Api; 30] = [
    Api {
        key: ApiKey::Produce,
        name: "Produce",
        min: 3,
        max: 13,
        advertised_min: 0,
        flexible_from: 9,
    },
    Api {
        key: ApiKey::Fetch,
        name: "Fetch",
        min: 4,
        max: 18,
        advertised_min: 4,
        flexible_from: 12,
    },
    Api {
        key: ApiKey::ListOffsets,
        name: "ListOffsets",
        min: 1,
        max: 11,
        advertised_min: 1,
        flexible_from: 6,
    },
    Api {
        key: ApiKey::Metadata,
        name: "Metadata",
        min: 0,
        max: 13,
        advertised_min: 0,
        flexible_from: 9,
    },
    Api {
        key: ApiKey::OffsetCommit,
        name: "OffsetCommit",
        min: 2,
        max: 10,
        advertised_min: 2,
        flexible_from: 8,
    },
    Api {
        key: ApiKey::OffsetFetch,
        name: "OffsetFetch",
        min: 1,
        max: 10,
        advertised_min: 1,
        flexible_from: 6,
    },
    Api {
        key: ApiKey::FindCoordinator,
        name: "FindCoordinator",
        min: 0,
        max: 6,
        advertised_min: 0,
        flexible_from: 3,
    },
    Api {
        key: ApiKey::JoinGroup,
        name: "JoinGroup",
        min: 0,
        max: 9,
        advertised_min: 0,
        flexible_from: 6,
    },
    Api {
        key: ApiKey::Heartbeat,
        name: "Heartbeat",
        min: 0,
        max: 4,
        advertised_min: 0,
        flexible_from: 4,
    },
    Api {
        key: ApiKey::LeaveGroup,
        name: "LeaveGroup",
        min: 0,
        max: 5,
        advertised_min: 0,
        flexible_from: 4,
    },
    Api {
        key: ApiKey::SyncGroup,
        name: "SyncGroup",
        min: 0,
        max: 5,
        advertised_min: 0,
        flexible_from: 4,
    },
    Api {
        key: ApiKey::DescribeGroups,
        name: "DescribeGroups",
        min: 0,
        max: 6,
        advertised_min: 0,
        flexible_from: 5,
    },
    Api {
        key: ApiKey::ListGroups,
        name: "ListGroups",
        min: 0,
        max: 5,
        advertised_min: 0,
        flexible_from: 3,
    },
    Api {
        key: ApiKey::ApiVersions,
        name: "ApiVersions",
        min: 0,
        max: 5,
        advertised_min: 0,
        flexible_from: 3,
    },
    Api {
        key: ApiKey::CreateTopics,
        name: "CreateTopics",
        min: 2,
        max: 7,
        advertised_min: 2,
        flexible_from: 5,
    },
    Api {
        key: ApiKey::DeleteTopics,
        name: "DeleteTopics",
        min: 1,
        max: 6,
        advertised_min: 1,
        flexible_from: 4,
    },
    Api {
        key: ApiKey::DeleteRecords,
        name: "DeleteRecords",
        min: 0,
        max: 2,
        advertised_min: 0,
        flexible_from: 2,
    },
    Api {
        key: ApiKey::InitProducerId,
        name: "InitProducerId",
        min: 0,
        max: 5,
        advertised_min: 0,
        flexible_from: 2,
    },
    Api {
        key: ApiKey::OffsetForLeaderEpoch,
        name: "OffsetForLeaderEpoch",
        min: 2,
        max: 4,
        advertised_min: 2,
        flexible_from: 4,
    },
    Api {
        key: ApiKey::DescribeConfigs,
        name: "DescribeConfigs",
        min: 1,
        max: 4,
        advertised_min: 1,
        flexible_from: 4,
    },
    Api {
        key: ApiKey::AlterConfigs,
        name: "AlterConfigs",
        min: 0,
        max: 2,
        advertised_min: 0,
        flexible_from: 2,
    },
    Api {
        key: ApiKey::DescribeLogDirs,
        name: "DescribeLogDirs",
        min: 1,
        max: 5,
        advertised_min: 1,
        flexible_from: 2,
    },
    Api {
        key: ApiKey::CreatePartitions,
        name: "CreatePartitions",
        min: 0,
        max: 3,
        advertised_min: 0,
        flexible_from: 2,
    },
    Api {
        key: ApiKey::DeleteGroups,
        name: "DeleteGroups",
        min: 0,
        max: 3,
        advertised_min: 0,
        flexible_from: 2,
    },
    Api {
        key: ApiKey::IncrementalAlterConfigs,
        name: "IncrementalAlterConfigs",
        min: 0,
        max: 1,
        advertised_min: 0,
        flexible_from: 1,
    },
    Api {
        key: ApiKey::OffsetDelete,
        name: "OffsetDelete",
        min: 0,
        max: 0,
        advertised_min: 0,
        flexible_from: i16::MAX,
    },
    Api {
        key: ApiKey::DescribeCluster,
        name: "DescribeCluster",
        min: 0,
        max: 2,
        advertised_min: 0,
        flexible_from: 0,
    },
    Api {
        key: ApiKey::DescribeProducers,
        name: "DescribeProducers",
        min: 0,
        max: 0,
        advertised_min: 0,
        flexible_from: 0,
    },
    Api {
        key: ApiKey::ListConfigResources,
        name: "ListConfigResources",
        min: 0,
        max: 1,
        advertised_min: 0,
        flexible_from: 0,
    },
    Api {
        key: ApiKey::DescribeTopicPartitions,
        name: "DescribeTopicPartitions",
        min: 0,
        max: 0,
        advertised_min: 0,
        flexible_from: 0,
    },
];
