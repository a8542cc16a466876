//! Clients against brokers that answer by script.

mod chaos;
mod cluster;
mod consumer;
mod producer;
mod stage;
