//! One file per API, named by the API key: how the request begins, and what it does with the replies to its questions.

mod r00_produce;
mod r01_fetch;
mod r02_list_offsets;
mod r03_metadata;
mod r08_offset_commit;
mod r09_offset_fetch;
mod r10_find_coordinator;
mod r11_join_group;
mod r12_heartbeat;
mod r13_leave_group;
mod r14_sync_group;
mod r15_describe_groups;
mod r16_list_groups;
mod r19_create_topics;
mod r20_delete_topics;
mod r21_delete_records;
mod r22_init_producer_id;
mod r23_offset_for_leader_epoch;
mod r32_describe_configs;
mod r33_alter_configs;
mod r35_describe_log_dirs;
mod r37_create_partitions;
mod r42_delete_groups;
mod r44_incremental_alter_configs;
mod r47_offset_delete;
mod r60_describe_cluster;
mod r61_describe_producers;
mod r74_list_config_resources;
mod r75_describe_topic_partitions;

mod altered_configs;
mod authorized_operations;
mod group_call;
mod known_partitions;
mod leaders;
mod new_topics;

use crate::replica::Isolation;
use bytestring::ByteString;
use std::borrow::Cow;

/// Returns the isolation level of that number; `None` if there is no such level. Kafka fails with UNKNOWN_SERVER_ERROR
/// on another number (`IsolationLevel.forId`); this broker answers INVALID_REQUEST, which says what is wrong.
fn isolation(level: i8) -> Option<Isolation> {
    match level {
        0 => Some(Isolation::ReadUncommitted),
        1 => Some(Isolation::ReadCommitted),
        _ => None,
    }
}

/// Makes a `ByteString` without copying the text.
fn text(value: Cow<'static, str>) -> ByteString {
    match value {
        Cow::Borrowed(text) => ByteString::from_static(text),
        Cow::Owned(text) => ByteString::from(text),
    }
}
