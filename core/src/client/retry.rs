//! What an error asks of a client.

use crate::types::ErrorCode;

/// Whether the same request may go better later (Kafka's `RetriableException`).
pub(super) fn is_retriable(error: ErrorCode) -> bool {
    is_metadata_stale(error)
        || matches!(
            error,
            ErrorCode::CorruptMessage
                | ErrorCode::RequestTimedOut
                | ErrorCode::NotEnoughReplicas
                | ErrorCode::NotEnoughReplicasAfterAppend
                | ErrorCode::CoordinatorLoadInProgress
                | ErrorCode::CoordinatorNotAvailable
                | ErrorCode::NotCoordinator
                | ErrorCode::NotController
                | ErrorCode::OffsetNotAvailable
                | ErrorCode::ConcurrentTransactions
                | ErrorCode::ThrottlingQuotaExceeded
        )
}

/// Whether the client should ask who leads before it tries again (Kafka's `InvalidMetadataException`).
pub(super) fn is_metadata_stale(error: ErrorCode) -> bool {
    matches!(
        error,
        ErrorCode::UnknownTopicOrPartition
            | ErrorCode::LeaderNotAvailable
            | ErrorCode::NotLeaderOrFollower
            | ErrorCode::ReplicaNotAvailable
            | ErrorCode::NetworkException
            | ErrorCode::KafkaStorageError
            | ErrorCode::FencedLeaderEpoch
            | ErrorCode::UnknownLeaderEpoch
            | ErrorCode::ListenerNotFound
            | ErrorCode::UnknownTopicId
            | ErrorCode::InconsistentTopicId
    )
}
