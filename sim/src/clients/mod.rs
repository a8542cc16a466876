//! The workload: producers and consumers around the core's own clients, whose every act goes into the history.
//!
//! **Invariants**: every value is globally unique and says itself where it belongs; a client that died never comes back
//! under its old name.

mod config;

pub use config::{AcksConfig, ConsumerConfig, Drawn, ProducerConfig, WorkloadConfig};
