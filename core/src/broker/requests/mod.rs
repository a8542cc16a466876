//! One file per API, named by its key: how the request begins, and what it does with the replies that it waited for.

mod r00_produce;
mod r01_fetch;
mod r02_list_offsets;
mod r03_metadata;
mod r10_find_coordinator;
pub(super) mod r18_api_versions;
mod r19_create_topics;
mod r20_delete_topics;
mod r22_init_producer_id;
mod r23_offset_for_leader_epoch;
mod r33_alter_configs;
mod r37_create_partitions;
mod r44_incremental_alter_configs;

mod altered_configs;
mod leaders;
mod new_topics;
