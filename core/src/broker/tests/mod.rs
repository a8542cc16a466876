//! Behaviour of the broker, tested through frames: what a client sends, what the broker asks partitions and the control
//! shard, and what it answers.

mod admin;
mod answers;
mod changes;
mod delete_records;
mod describe_cluster;
mod describe_configs;
mod describe_log_dirs;
mod describe_producers;
mod describe_topic_partitions;
mod fetch;
mod groups;
mod hostile;
mod idle;
mod list_config_resources;
mod metadata;
mod produce;
mod sentinels;
mod session_model;
mod sessions;
mod stand;
