//! `server.properties`, by Kafka's keys, and what a node makes of it.
//!
//! Settings come from the file, then from `KAFKA_CFG_*` environment variables, then from `--set`; later ones win.
//!
//! **Invariants**: no key is silently dropped: it has an effect, or it is named at start-up, or it is an error; an error
//! names where the setting stands, what is wrong, and the next step.
//!
//! **In Kafka**: `KafkaConfig`, `AbstractKafkaConfig`, and the `*Configs` classes of `org.apache.kafka.server.config`.

mod connections;
mod end_points;
mod fit;
mod ignored;
mod keys;
mod listeners;
mod properties;
mod roles;
mod server;
mod settings;

pub use connections::ConnectionSettings;
pub use listeners::check_hosts;
pub use server::{Given, ServerConfig};
pub use settings::ConfigError;
