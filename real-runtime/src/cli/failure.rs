//! How a client's command fails: what it says and its exit code.

use super::{PROTOCOL, UNAVAILABLE};
use crate::caller::CallError;
use core::fmt;
use gracchus_core::types::ErrorCode;

/// A command's failure.
#[derive(Debug)]
pub struct Failure {
    /// The exit code.
    pub code: u8,
    /// The thing, the cause and the next step, in one sentence without a full stop.
    pub text: String,
}

impl Failure {
    pub fn new(code: u8, text: impl Into<String>) -> Failure {
        Failure { code, text: text.into() }
    }

    /// A broker refuses something with an error code and, where it has any, its own words.
    pub fn refused(what: impl fmt::Display, code: i16, message: Option<&str>) -> Failure {
        let name = ErrorCode::from_wire(code).name();
        match message.map(|message| message.trim().trim_end_matches('.')).filter(|message| !message.is_empty()) {
            Some(message) => Failure::new(1, format!("{what}: {message} ({name})")),
            None => Failure::new(1, format!("{what}: {}", explained(code))),
        }
    }

    /// What should be done instead.
    #[must_use]
    pub fn with_next(mut self, next: impl fmt::Display) -> Failure {
        self.text = format!("{}; {next}", self.text);
        self
    }
}

/// An error code in words, for brokers that send none.
pub fn explained(code: i16) -> String {
    let error = ErrorCode::from_wire(code);
    let words = match error {
        ErrorCode::UnknownTopicOrPartition => "there is no such topic or partition",
        ErrorCode::TopicAlreadyExists => "the topic exists already",
        ErrorCode::InvalidTopicException => {
            "it cannot be a topic's name, which has letters, digits, dots, underscores and hyphens"
        }
        ErrorCode::TopicAuthorizationFailed | ErrorCode::GroupAuthorizationFailed => "you are not allowed to",
        ErrorCode::ClusterAuthorizationFailed => "you are not allowed to do that to the cluster",
        ErrorCode::RequestTimedOut => "the broker did not finish in time; it may still be done",
        ErrorCode::MessageTooLarge => "it is larger than the topic's max.message.bytes",
        ErrorCode::NotEnoughReplicas => "fewer replicas are in sync than min.insync.replicas wants",
        ErrorCode::LeaderNotAvailable => "the partition has no leader",
        ErrorCode::NonEmptyGroup => "the group has members",
        ErrorCode::GroupIdNotFound => "there is no such group",
        ErrorCode::CoordinatorNotAvailable => "the group's coordinator cannot be found",
        ErrorCode::InconsistentGroupProtocol => {
            "the members have no way in common to share partitions out; see --assignor"
        }
        ErrorCode::GroupMaxSizeReached => "the group has as many members as the broker's group.max.size",
        ErrorCode::InvalidGroupId => "it cannot be a group's name",
        ErrorCode::UnknownMemberId => "the group has members",
        ErrorCode::OffsetOutOfRange => "the offset is not in the log",
        ErrorCode::TopicDeletionDisabled => "the broker's delete.topic.enable is false",
        ErrorCode::UnsupportedVersion => "the broker is too old for that",
        _ => return error.name().to_owned(),
    };
    format!("{words} ({})", error.name())
}

impl From<CallError> for Failure {
    fn from(error: CallError) -> Failure {
        let code = match &error {
            CallError::Unreachable(_) | CallError::Lost(..) | CallError::Silent(..) | CallError::Io(_) => UNAVAILABLE,
            CallError::Foreign(..) | CallError::Decode(_) | CallError::NoVersion(_) => PROTOCOL,
            CallError::Code(_) | CallError::Refused(..) => 1,
        };
        Failure::new(code, error.to_string())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The name that `name` was most likely meant to be.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let scored = known.into_iter().map(|it| (strsim::damerau_levenshtein(name, it), it));
    let (distance, near) = scored.min()?;
    (distance <= (name.chars().count() / 3).max(1)).then_some(near)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_name_that_is_near_is_suggested() {
        assert_eq!(nearest("ordres", ["orders", "payments"]), Some("orders"));
        assert_eq!(nearest("order", ["orders"]), Some("orders"));
        assert_eq!(nearest("a", ["payments"]), None);
        assert_eq!(nearest("orders", []), None);
    }
}
