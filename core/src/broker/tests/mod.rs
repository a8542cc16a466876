//! Behaviour of the broker, through frames: what a client sends, what it is answered, and what is asked in between.

mod admin;
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
mod list_config_resources;
mod metadata;
mod produce;
mod sessions;
mod stand;
