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
    /// Key 34.
    AlterReplicaLogDirs = 34,
    /// Key 35.
    DescribeLogDirs = 35,
    /// Key 37.
    CreatePartitions = 37,
    /// Key 42.
    DeleteGroups = 42,
    /// Key 43.
    ElectLeaders = 43,
    /// Key 44.
    IncrementalAlterConfigs = 44,
    /// Key 45.
    AlterPartitionReassignments = 45,
    /// Key 46.
    ListPartitionReassignments = 46,
    /// Key 47.
    OffsetDelete = 47,
    /// Key 52.
    Vote = 52,
    /// Key 53.
    BeginQuorumEpoch = 53,
    /// Key 54.
    EndQuorumEpoch = 54,
    /// Key 55.
    DescribeQuorum = 55,
    /// Key 56.
    AlterPartition = 56,
    /// Key 57.
    UpdateFeatures = 57,
    /// Key 58.
    Envelope = 58,
    /// Key 59.
    FetchSnapshot = 59,
    /// Key 60.
    DescribeCluster = 60,
    /// Key 61.
    DescribeProducers = 61,
    /// Key 62.
    BrokerRegistration = 62,
    /// Key 63.
    BrokerHeartbeat = 63,
    /// Key 64.
    UnregisterBroker = 64,
    /// Key 67.
    AllocateProducerIds = 67,
    /// Key 70.
    ControllerRegistration = 70,
    /// Key 73.
    AssignReplicasToDirs = 73,
    /// Key 74.
    ListConfigResources = 74,
    /// Key 75.
    DescribeTopicPartitions = 75,
    /// Key 80.
    AddRaftVoter = 80,
    /// Key 81.
    RemoveRaftVoter = 81,
    /// Key 82.
    UpdateRaftVoter = 82,
    /// Key 94.
    UnregisterController = 94,
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
            34 => ApiKey::AlterReplicaLogDirs,
            35 => ApiKey::DescribeLogDirs,
            37 => ApiKey::CreatePartitions,
            42 => ApiKey::DeleteGroups,
            43 => ApiKey::ElectLeaders,
            44 => ApiKey::IncrementalAlterConfigs,
            45 => ApiKey::AlterPartitionReassignments,
            46 => ApiKey::ListPartitionReassignments,
            47 => ApiKey::OffsetDelete,
            52 => ApiKey::Vote,
            53 => ApiKey::BeginQuorumEpoch,
            54 => ApiKey::EndQuorumEpoch,
            55 => ApiKey::DescribeQuorum,
            56 => ApiKey::AlterPartition,
            57 => ApiKey::UpdateFeatures,
            58 => ApiKey::Envelope,
            59 => ApiKey::FetchSnapshot,
            60 => ApiKey::DescribeCluster,
            61 => ApiKey::DescribeProducers,
            62 => ApiKey::BrokerRegistration,
            63 => ApiKey::BrokerHeartbeat,
            64 => ApiKey::UnregisterBroker,
            67 => ApiKey::AllocateProducerIds,
            70 => ApiKey::ControllerRegistration,
            73 => ApiKey::AssignReplicasToDirs,
            74 => ApiKey::ListConfigResources,
            75 => ApiKey::DescribeTopicPartitions,
            80 => ApiKey::AddRaftVoter,
            81 => ApiKey::RemoveRaftVoter,
            82 => ApiKey::UpdateRaftVoter,
            94 => ApiKey::UnregisterController,
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
            ApiKey::AlterReplicaLogDirs => 21,
            ApiKey::DescribeLogDirs => 22,
            ApiKey::CreatePartitions => 23,
            ApiKey::DeleteGroups => 24,
            ApiKey::ElectLeaders => 25,
            ApiKey::IncrementalAlterConfigs => 26,
            ApiKey::AlterPartitionReassignments => 27,
            ApiKey::ListPartitionReassignments => 28,
            ApiKey::OffsetDelete => 29,
            ApiKey::Vote => 30,
            ApiKey::BeginQuorumEpoch => 31,
            ApiKey::EndQuorumEpoch => 32,
            ApiKey::DescribeQuorum => 33,
            ApiKey::AlterPartition => 34,
            ApiKey::UpdateFeatures => 35,
            ApiKey::Envelope => 36,
            ApiKey::FetchSnapshot => 37,
            ApiKey::DescribeCluster => 38,
            ApiKey::DescribeProducers => 39,
            ApiKey::BrokerRegistration => 40,
            ApiKey::BrokerHeartbeat => 41,
            ApiKey::UnregisterBroker => 42,
            ApiKey::AllocateProducerIds => 43,
            ApiKey::ControllerRegistration => 44,
            ApiKey::AssignReplicasToDirs => 45,
            ApiKey::ListConfigResources => 46,
            ApiKey::DescribeTopicPartitions => 47,
            ApiKey::AddRaftVoter => 48,
            ApiKey::RemoveRaftVoter => 49,
            ApiKey::UpdateRaftVoter => 50,
            ApiKey::UnregisterController => 51,
        }]
    }
}

/// Every API, by key.
pub static API_KEYS: [Api; 52] = [
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
        key: ApiKey::AlterReplicaLogDirs,
        name: "AlterReplicaLogDirs",
        min: 1,
        max: 2,
        advertised_min: 1,
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
        key: ApiKey::ElectLeaders,
        name: "ElectLeaders",
        min: 0,
        max: 2,
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
        key: ApiKey::AlterPartitionReassignments,
        name: "AlterPartitionReassignments",
        min: 0,
        max: 1,
        advertised_min: 0,
        flexible_from: 0,
    },
    Api {
        key: ApiKey::ListPartitionReassignments,
        name: "ListPartitionReassignments",
        min: 0,
        max: 0,
        advertised_min: 0,
        flexible_from: 0,
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
        key: ApiKey::Vote,
        name: "Vote",
        min: 0,
        max: 2,
        advertised_min: 0,
        flexible_from: 0,
    },
    Api {
        key: ApiKey::BeginQuorumEpoch,
        name: "BeginQuorumEpoch",
        min: 0,
        max: 1,
        advertised_min: 0,
        flexible_from: 1,
    },
    Api {
        key: ApiKey::EndQuorumEpoch,
        name: "EndQuorumEpoch",
        min: 0,
        max: 1,
        advertised_min: 0,
        flexible_from: 1,
    },
    Api {
        key: ApiKey::DescribeQuorum,
        name: "DescribeQuorum",
        min: 0,
        max: 2,
        advertised_min: 0,
        flexible_from: 0,
    },
    Api {
        key: ApiKey::AlterPartition,
        name: "AlterPartition",
        min: 2,
        max: 3,
        advertised_min: 2,
        flexible_from: 0,
    },
    Api {
        key: ApiKey::UpdateFeatures,
        name: "UpdateFeatures",
        min: 0,
        max: 2,
        advertised_min: 0,
        flexible_from: 0,
    },
    Api {
        key: ApiKey::Envelope,
        name: "Envelope",
        min: 0,
        max: 0,
        advertised_min: 0,
        flexible_from: 0,
    },
    Api {
        key: ApiKey::FetchSnapshot,
        name: "FetchSnapshot",
        min: 0,
        max: 1,
        advertised_min: 0,
        flexible_from: 0,
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
        key: ApiKey::BrokerRegistration,
        name: "BrokerRegistration",
        min: 0,
        max: 4,
        advertised_min: 0,
        flexible_from: 0,
    },
    Api {
        key: ApiKey::BrokerHeartbeat,
        name: "BrokerHeartbeat",
        min: 0,
        max: 2,
        advertised_min: 0,
        flexible_from: 0,
    },
    Api {
        key: ApiKey::UnregisterBroker,
        name: "UnregisterBroker",
        min: 0,
        max: 0,
        advertised_min: 0,
        flexible_from: 0,
    },
    Api {
        key: ApiKey::AllocateProducerIds,
        name: "AllocateProducerIds",
        min: 0,
        max: 0,
        advertised_min: 0,
        flexible_from: 0,
    },
    Api {
        key: ApiKey::ControllerRegistration,
        name: "ControllerRegistration",
        min: 0,
        max: 0,
        advertised_min: 0,
        flexible_from: 0,
    },
    Api {
        key: ApiKey::AssignReplicasToDirs,
        name: "AssignReplicasToDirs",
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
    Api {
        key: ApiKey::AddRaftVoter,
        name: "AddRaftVoter",
        min: 0,
        max: 1,
        advertised_min: 0,
        flexible_from: 0,
    },
    Api {
        key: ApiKey::RemoveRaftVoter,
        name: "RemoveRaftVoter",
        min: 0,
        max: 0,
        advertised_min: 0,
        flexible_from: 0,
    },
    Api {
        key: ApiKey::UpdateRaftVoter,
        name: "UpdateRaftVoter",
        min: 0,
        max: 0,
        advertised_min: 0,
        flexible_from: 0,
    },
    Api {
        key: ApiKey::UnregisterController,
        name: "UnregisterController",
        min: 0,
        max: 0,
        advertised_min: 0,
        flexible_from: 0,
    },
];
