//! The audit of all disks, read without the core's help.
//!
//! **Invariants**: nothing here uses the core's own readers of records or logs: what they say is compared with this.

mod disks;
mod seams;
pub mod segments;

pub use disks::Disks;
