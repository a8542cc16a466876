//! The room's behaviour, on a host that is all memory.

pub(in crate::replica) mod host;
mod roles;
