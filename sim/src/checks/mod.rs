//! What runs are judged by, one file for each property. White-box checks look at every event that touches their object,
//! black-box checks at what clients saw, the audit at all disks when everything has come to rest.
//!
//! **Invariants**: a check counts only what it had reason to look at; nothing here changes the run that it watches.

pub mod findings;
mod halts;
pub mod inside;
mod judge;
pub mod model;
mod name;
pub mod outside;

pub use findings::{Findings, Place};
pub use judge::{Judge, counts};
pub use name::Check;

#[cfg(test)]
mod tests;
