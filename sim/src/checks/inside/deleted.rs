//! A topic that the controller deleted is nobody's: no process that begins later loads it, leads it or appends to it.

use crate::checks::Check;
use crate::checks::findings::{Findings, Place};
use crate::checks::model::{Model, Partition};
use crate::observer::NodeFiles;
use gracchus_core::io::TraceEvent;
use gracchus_core::types::NodeId;

/// A node's process begins. Where it is its own controller, what is not in its image file is deleted, though nobody may have
/// heard of it.
pub fn on_started(node: NodeId, files: &dyn NodeFiles, model: &mut Model) {
    if let Some(topics) = files.own_topics() {
        for partition in model.partitions_mut() {
            partition.deleted |= !topics.contains(&partition.id.topic);
        }
    }
    for partition in model.of_node(node).filter(|partition| partition.deleted) {
        if !partition.barred.contains(&node) {
            partition.barred.push(node);
        }
    }
}

/// A process says that it does something with a partition.
pub fn on_trace(partition: &Partition, node: NodeId, event: &TraceEvent, found: &mut Findings) {
    if !partition.deleted {
        return;
    }
    let begins_anew = partition.barred.contains(&node);
    found.demand(Check::TopicIncarnation, !begins_anew, Place::replica(node, &partition.name), || {
        format!("a process that began after the topic {} was deleted says {event:?}", partition.id.topic)
    });
}
