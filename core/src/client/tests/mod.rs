//! Clients against brokers that answer by script.

mod chaos;
mod cluster;
mod consumer;
mod coordinator;
mod group;
mod group_chaos;
mod producer;
mod stage;
