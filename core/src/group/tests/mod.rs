//! Tests of the group coordinator on a log in memory.

mod asks;
mod errors;
mod fetches;
mod jobs;
mod large;
mod loading;
mod model;
#[cfg(feature = "mutants")]
mod mutants;
mod offsets;
mod rebalances;
pub(in crate::group) mod stand;
mod static_members;
mod transitions;
