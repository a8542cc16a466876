//! After a failed write or sync nothing is appended to that log, and nothing is called durable, until it is loaded again.

use crate::checks::Check;
use crate::checks::findings::{Findings, Place};
use crate::checks::model::{Batch, Cache, Partition, Replica, Role};
use crate::observer::DiskFaultSeen;
use gracchus_core::io::FilePath;
use gracchus_core::types::{NodeId, Offset};

/// The word that a replica leaves for its next start.
const DOUBT: &str = "sync-failed";

/// A disk's fault took effect on a file of a partition.
pub fn on_disk_fault(
    partition: &mut Partition,
    node: NodeId,
    path: &FilePath,
    fault: DiskFaultSeen,
    found: &mut Findings,
) {
    let at = found.time();
    let Some(replica) = partition.replica_mut(node) else { return };
    match fault {
        // An index is rebuilt where it cannot be written; the log itself is what counts.
        DiskFaultSeen::WriteFailed if path.name().ends_with(".log") => {
            if replica.failed.is_none() && replica.offline {
                // What the call said stands before its failed write: the replica went offline for that.
                found.looked(Check::NoAppendAfterFailedSync, 1);
            }
            replica.failed = replica.failed.or(Some(at));
            replica.told = true;
            // What failed may have been written all the same, and its cut may have failed too.
            replica.touched = true;
        }
        DiskFaultSeen::SyncFailed => {
            replica.failed = replica.failed.or(Some(at));
            if replica.cache == Cache::Honest && !replica.offline {
                replica.cache = Cache::Untold;
            }
        }
        DiskFaultSeen::SyncFailureTold => replica.told = true,
        DiskFaultSeen::WriteFailed | DiskFaultSeen::NoSpace | DiskFaultSeen::Denied(_) if path.name() == DOUBT => {
            replica.cache = Cache::Lies
        }
        DiskFaultSeen::Rotted { .. } if path.name().ends_with(".log") => replica.rotted = true,
        // What is denied, on a full disk or otherwise, is refused and may go on; a failed read says nothing of what is
        // written.
        DiskFaultSeen::WriteFailed
        | DiskFaultSeen::Rotted { .. }
        | DiskFaultSeen::NoSpace
        | DiskFaultSeen::Denied(_)
        | DiskFaultSeen::ReadFailed => {}
    }
}

/// A replica serves nothing any more. One that its disk failed leaves word for its next start.
pub fn on_offline(replica: &mut Replica, found: &mut Findings) {
    if replica.failed.is_some() && !replica.offline {
        // Nothing was appended from the failure to here, and no flush ended.
        found.looked(Check::NoAppendAfterFailedSync, 1);
    }
    if replica.cache == Cache::Untold && !replica.offline {
        replica.cache = Cache::Honest;
    }
    replica.offline = true;
    replica.role = Role::None;
}

/// A batch was appended. That is legal while the news of a failed sync is under way to the shard, however long that
/// takes: a process can stand still meanwhile.
pub fn on_appended(partition: &Partition, at: usize, batch: Batch, found: &mut Findings) {
    let replica = &partition.replicas[at];
    let now = found.time();
    if let Some(failed) = replica.failed {
        let place = Place::replica(replica.node, &partition.name);
        found.demand(Check::NoAppendAfterFailedSync, !replica.told, place, || {
            format!("{batch:?} was appended {} ms after a failed write or sync of that log", (now - failed) / 1_000_000)
        });
    }
}

/// A replica says that all below `end` is durable.
pub fn on_flushed(partition: &mut Partition, at: usize, end: Offset, found: &mut Findings) {
    let replica = &mut partition.replicas[at];
    if replica.failed.is_some() {
        let place = Place::replica(replica.node, &partition.name);
        found.demand(Check::NoAppendAfterFailedSync, false, place, || {
            format!("all below {end} is called durable, after a failed write or sync of that log")
        });
    }
    replica.flushed = replica.flushed.max(end);
}
