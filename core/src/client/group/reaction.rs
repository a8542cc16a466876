//! How a member reacts to an error. The reaction depends on the request that got the error.
//!
//! **In Kafka**: the response handlers of `AbstractCoordinator` and `ConsumerCoordinator`.

use crate::client::retry::is_retriable;
use crate::types::ErrorCode;

/// A request of the group's protocol.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum GroupApi {
    FindCoordinator,
    JoinGroup,
    SyncGroup,
    Heartbeat,
    OffsetCommit,
    OffsetFetch,
}

/// The member's reaction to an error.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Reaction {
    /// There is no error: the response is used.
    Proceed,
    /// The request is sent again after a back-off.
    Retry,
    /// The broker may not be the coordinator any more. The coordinator is looked up, and the request is sent again.
    FindCoordinator,
    /// The group rebalances. The member joins again, and keeps its member id and generation until then.
    Rejoin,
    /// JoinGroup is sent again with the member id that came with the error (KIP-394).
    TakeMemberId,
    /// The member's generation is over: its partitions are lost, and it joins again under its member id.
    ForgetGeneration,
    /// The coordinator does not know the member: its partitions are lost, and it joins again as a new member.
    ForgetMember,
    /// The request has failed, but the membership continues.
    GiveUp,
    /// The error ends the membership for good.
    Fail,
}

/// Returns the reaction to `error` in the answer to a request of API `api`. An error that Kafka's client does not
/// expect from the API fails its consumer, or only the commit if the request is an OffsetCommit. This client does the
/// same if the error is permanent. If the error is retriable, this client looks the coordinator up and sends the
/// request again.
pub(super) fn reaction(api: GroupApi, error: ErrorCode) -> Reaction {
    use ErrorCode as E;
    use GroupApi as A;
    match (api, error) {
        (_, E::None) => Reaction::Proceed,
        (_, E::GroupAuthorizationFailed | E::FencedInstanceId | E::InvalidGroupId) => Reaction::Fail,

        (A::FindCoordinator, _) if is_retriable(error) => Reaction::Retry,
        (A::FindCoordinator, _) => Reaction::Fail,

        (_, E::NotCoordinator | E::CoordinatorNotAvailable) => Reaction::FindCoordinator,
        (_, E::CoordinatorLoadInProgress) => Reaction::Retry,

        (A::JoinGroup, E::MemberIdRequired) => Reaction::TakeMemberId,
        (A::JoinGroup | A::SyncGroup | A::Heartbeat | A::OffsetCommit, E::UnknownMemberId) => Reaction::ForgetMember,
        (A::SyncGroup | A::Heartbeat | A::OffsetCommit, E::IllegalGeneration) => Reaction::ForgetGeneration,
        (A::JoinGroup | A::SyncGroup | A::Heartbeat | A::OffsetCommit, E::RebalanceInProgress) => Reaction::Rejoin,

        (A::OffsetCommit | A::OffsetFetch, E::UnknownTopicOrPartition | E::UnknownTopicId) => Reaction::Retry,
        (A::OffsetFetch, E::UnstableOffsetCommit) => Reaction::Retry,
        (A::OffsetCommit | A::OffsetFetch, E::TopicAuthorizationFailed) => Reaction::GiveUp,

        _ if is_retriable(error) => Reaction::FindCoordinator,
        (A::OffsetCommit, _) => Reaction::GiveUp,
        _ => Reaction::Fail,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use GroupApi::*;
    use std::collections::BTreeMap;

    const APIS: [GroupApi; 6] = [FindCoordinator, JoinGroup, SyncGroup, Heartbeat, OffsetCommit, OffsetFetch];

    /// The errors that Kafka's client handles by name in the response of at least one API. Each has the reaction of
    /// every API, in the order of `APIS`.
    const NAMED: &[(&str, [&str; 6])] = &[
        ("COORDINATOR_LOAD_IN_PROGRESS", ["Retry", "Retry", "Retry", "Retry", "Retry", "Retry"]),
        ("COORDINATOR_NOT_AVAILABLE", ["Retry", "Find", "Find", "Find", "Find", "Find"]),
        ("FENCED_INSTANCE_ID", ["Fail", "Fail", "Fail", "Fail", "Fail", "Fail"]),
        ("GROUP_AUTHORIZATION_FAILED", ["Fail", "Fail", "Fail", "Fail", "Fail", "Fail"]),
        ("GROUP_MAX_SIZE_REACHED", ["Fail", "Fail", "Fail", "Fail", "GiveUp", "Fail"]),
        ("ILLEGAL_GENERATION", ["Fail", "Fail", "Generation", "Generation", "Generation", "Fail"]),
        ("INCONSISTENT_GROUP_PROTOCOL", ["Fail", "Fail", "Fail", "Fail", "GiveUp", "Fail"]),
        ("INVALID_COMMIT_OFFSET_SIZE", ["Fail", "Fail", "Fail", "Fail", "GiveUp", "Fail"]),
        ("INVALID_GROUP_ID", ["Fail", "Fail", "Fail", "Fail", "Fail", "Fail"]),
        ("INVALID_SESSION_TIMEOUT", ["Fail", "Fail", "Fail", "Fail", "GiveUp", "Fail"]),
        ("MEMBER_ID_REQUIRED", ["Fail", "TakeId", "Fail", "Fail", "GiveUp", "Fail"]),
        ("NOT_COORDINATOR", ["Retry", "Find", "Find", "Find", "Find", "Find"]),
        ("OFFSET_METADATA_TOO_LARGE", ["Fail", "Fail", "Fail", "Fail", "GiveUp", "Fail"]),
        ("REBALANCE_IN_PROGRESS", ["Fail", "Rejoin", "Rejoin", "Rejoin", "Rejoin", "Fail"]),
        ("REQUEST_TIMED_OUT", ["Retry", "Find", "Find", "Find", "Find", "Find"]),
        ("TOPIC_AUTHORIZATION_FAILED", ["Fail", "Fail", "Fail", "Fail", "GiveUp", "GiveUp"]),
        ("UNKNOWN_MEMBER_ID", ["Fail", "Member", "Member", "Member", "Member", "Fail"]),
        ("UNKNOWN_SERVER_ERROR", ["Fail", "Fail", "Fail", "Fail", "GiveUp", "Fail"]),
        ("UNKNOWN_TOPIC_OR_PARTITION", ["Retry", "Find", "Find", "Find", "Retry", "Retry"]),
        ("UNSTABLE_OFFSET_COMMIT", ["Fail", "Fail", "Fail", "Fail", "GiveUp", "Retry"]),
        ("UNSUPPORTED_VERSION", ["Fail", "Fail", "Fail", "Fail", "GiveUp", "Fail"]),
    ];

    fn name(reaction: Reaction) -> &'static str {
        match reaction {
            Reaction::Proceed => "Proceed",
            Reaction::Retry => "Retry",
            Reaction::FindCoordinator => "Find",
            Reaction::Rejoin => "Rejoin",
            Reaction::TakeMemberId => "TakeId",
            Reaction::ForgetGeneration => "Generation",
            Reaction::ForgetMember => "Member",
            Reaction::GiveUp => "GiveUp",
            Reaction::Fail => "Fail",
        }
    }

    #[test]
    fn every_named_error_has_its_reaction() {
        let known: BTreeMap<&str, ErrorCode> =
            (-1..=133).map(ErrorCode::from_wire).map(|error| (error.name(), error)).collect();
        for (error, wanted) in NAMED {
            let found = APIS.map(|api| name(reaction(api, known[error])));
            assert_eq!(found, *wanted, "{error}");
        }
    }

    #[test]
    fn any_other_error_is_fatal_unless_it_may_go_by() {
        for error in (-1..=133).map(ErrorCode::from_wire) {
            if error == ErrorCode::None || NAMED.iter().any(|(named, _)| *named == error.name()) {
                continue;
            }
            let wanted = match (is_retriable(error), error) {
                (_, ErrorCode::UnknownTopicId) => ["Retry", "Find", "Find", "Find", "Retry", "Retry"],
                (true, _) => ["Retry", "Find", "Find", "Find", "Find", "Find"],
                (false, _) => ["Fail", "Fail", "Fail", "Fail", "GiveUp", "Fail"],
            };
            assert_eq!(APIS.map(|api| name(reaction(api, error))), wanted, "{error}");
        }
    }
}
