//! Administrators, and the clients that write and read the topics which they create and delete.
//!
//! **Invariants**: a topic's name has one administrator, which asks one thing at a time; what became of an unanswered
//! request is open until somebody sees it.

mod actor;
mod config;
mod requests;
mod user;

pub use actor::AdminActor;
pub use config::AdminConfig;
pub use user::TopicUser;
