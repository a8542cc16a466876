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
    /// Key 10.
    FindCoordinator = 10,
    /// Key 18.
    ApiVersions = 18,
    /// Key 19.
    CreateTopics = 19,
    /// Key 22.
    InitProducerId = 22,
    /// Key 23.
    OffsetForLeaderEpoch = 23,
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
            10 => ApiKey::FindCoordinator,
            18 => ApiKey::ApiVersions,
            19 => ApiKey::CreateTopics,
            22 => ApiKey::InitProducerId,
            23 => ApiKey::OffsetForLeaderEpoch,
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
            ApiKey::FindCoordinator => 4,
            ApiKey::ApiVersions => 5,
            ApiKey::CreateTopics => 6,
            ApiKey::InitProducerId => 7,
            ApiKey::OffsetForLeaderEpoch => 8,
        }]
    }
}

/// Every API, by key.
pub static API_KEYS: [Api; 9] = [
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
        key: ApiKey::FindCoordinator,
        name: "FindCoordinator",
        min: 0,
        max: 6,
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
];
