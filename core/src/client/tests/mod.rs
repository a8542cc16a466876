//! Clients against brokers that answer by script.

mod cluster;
mod consumer;
mod producer;
mod stage;
