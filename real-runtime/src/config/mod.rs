//! `server.properties`, by Kafka's keys.
