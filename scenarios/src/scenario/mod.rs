//! Scenario files: what a cluster, its clients and its faults are, what must have been checked, and what may be lost.
//!
//! **Invariants**: an unknown key is refused, with the nearest known one; every error names file, line, key, cause and
//! next step; a hostile file costs no more than its size and never panics; what is accepted is within bounds that a run
//! can bear.

mod bounds;
mod layout;
mod locate;
mod search;
mod source;

pub use layout::{Expects, Losses, Requires, Scenario};
pub use search::{Found, find, read};
pub use source::{ScenarioError, suggest};
