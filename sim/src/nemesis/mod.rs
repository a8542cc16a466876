//! Faults: what a scenario wants, what a seed drew from it, and the hand that does it.
//!
//! **Invariants**: a plan is drawn whole before the first fault; a decision's outcome depends on its own numbers and on
//! the world at its time, never on other decisions' draws; a fault that is off draws nothing.

mod config;
mod draw;
mod hand;
mod kind;
mod plan;
mod script;
mod targets;

pub use config::{BeyondPromise, FaultRate, NemesisConfig, PageFates};
pub use draw::draw;
pub use hand::Nemesis;
pub use kind::FaultKind;
pub use plan::{Decision, Plan};
pub use script::{Condition, ScriptAcks, Step};
