//! The behaviour of replicas, on a host whose disk is in memory.

mod bench;
mod deletions;
mod denied;
mod early;
mod fetches;
mod flushes;
mod from_log;
mod high_watermark;
pub(in crate::replica) mod host;
mod leadership;
mod lives;
#[cfg(feature = "mutants")]
mod mutants;
mod produces;
mod roles;
mod truncation;
