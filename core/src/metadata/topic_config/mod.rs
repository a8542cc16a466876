//! A topic's configuration: the table of its keys, what they mean, and what they say about themselves.
//!
//! Every key of Kafka's is known here. One whose effect does not exist yet is checked and kept all the same, so that a
//! topic means the same when it does.

mod documentation;
mod keys;
mod parse;

pub(super) use keys::same_default;
pub use keys::{TOPIC_KEYS, TopicKey};
pub use parse::{InvalidTopicConfig, Wants};
