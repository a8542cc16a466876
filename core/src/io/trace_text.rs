//! Trace events in words: what the server's log and a run's story show.
//!
//! **Invariants**: a sentence names its partition, node or connection first, and offsets as Kafka counts them: an end
//! offset is that of the next record.

use super::{Loads, TraceEvent as Event};
use core::fmt::{Display, Formatter, Result};

impl Display for Event {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Event::Rude { conn, why } => write!(f, "{conn} is closed, because its client sent {why}"),
            Event::LogDenied { partition, why } => write!(
                f,
                "{partition}: the log cannot be opened, written or synced: {why}; the server tries again each second; {}",
                why.next_step()
            ),
            Event::LogClosed { partition, why } => {
                write!(
                    f,
                    "{partition}: the log is closed and will be recovered, because a file could not be used: {why}"
                )
            }
            Event::FileDenied { path, why } => write!(
                f,
                "{} in log directory {} cannot be written or removed: {why}; the server tries again each second; {}",
                path.path,
                path.dir.0,
                why.next_step()
            ),
            Event::DirOffline { dir } => write!(f, "log directory {} failed and is not used any more", dir.0),
            Event::GroupState { .. } | Event::GroupsLoaded { .. } | Event::GroupsRefused { .. } => groups(self, f),
            Event::Loaded { .. }
            | Event::Truncated { .. }
            | Event::Flushed { .. }
            | Event::Rolled { .. }
            | Event::LogStart { .. }
            | Event::SegmentGone { .. }
            | Event::Repaired { .. }
            | Event::Tidied { .. }
            | Event::Corrupt { .. }
            | Event::Offline { .. } => log(self, f),
            Event::LogsLoaded { loads } => write!(f, "{loads}"),
            _ => replica(self, f),
        }
    }
}

/// What happened to the files of a partition.
fn log(event: &Event, f: &mut Formatter<'_>) -> Result {
    match event {
        Event::Loaded { partition, start, end, clean, bytes_cut } => {
            let stop = if *clean { "a clean stop" } else { "an unclean stop" };
            write!(f, "{partition}: log loaded after {stop}, offsets {start} to {end}")?;
            if *bytes_cut > 0 {
                write!(f, "; {bytes_cut} bytes behind them were not whole and are cut off")
            } else {
                Ok(())
            }
        }
        Event::Truncated { partition, from, to } => {
            write!(f, "{partition}: log truncated from end offset {from} to {to}")
        }
        Event::Flushed { partition, end } => write!(f, "{partition}: log durable up to end offset {end}"),
        Event::Rolled { partition, base } => write!(f, "{partition}: new segment with base offset {base}"),
        Event::LogStart { partition, to, cause } => {
            write!(f, "{partition}: log start offset is {to}, because of {cause}")
        }
        Event::SegmentGone { partition, base, end } => {
            write!(f, "{partition}: segment with base offset {base} is deleted, up to end offset {end}")
        }
        Event::Repaired { repair } | Event::Tidied { repair } => write!(f, "{repair}"),
        Event::Corrupt { partition, at, file, position, fault } => {
            write!(f, "{partition}: the log is corrupt at offset {at}, position {position} of {}: {fault}", file.path)
        }
        Event::Offline { partition, folder, why } => {
            write!(f, "{partition}: the log in {} is offline: {why}", folder.path)
        }
        _ => Ok(()),
    }
}

impl Display for Loads {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let Loads { logs, refused, recovered, bytes, records, bytes_cut, ms } = self;
        let what = if *logs == 1 { "log" } else { "logs" };
        write!(f, "loaded {logs} {what} in {ms} ms: {recovered} had to be recovered")?;
        if *recovered > 0 {
            write!(f, ", which read {records} records in {bytes} bytes and cut off {bytes_cut} bytes")?;
        }
        if *refused > 0 {
            write!(f, "; {refused} cannot be used, as said above")?;
        }
        Ok(())
    }
}

/// What a replica did.
fn replica(event: &Event, f: &mut Formatter<'_>) -> Result {
    match event {
        Event::Appended { partition, base, last, epoch, crc, as_leader } => {
            let role = role(*as_leader);
            write!(f, "{partition}: {role} appended offsets {base} to {last} of epoch {epoch}, CRC {crc:08x}")
        }
        Event::HighWatermark { partition, epoch, to, as_leader } => {
            write!(f, "{partition}: high watermark of the {} in epoch {epoch} is {to}", role(*as_leader))
        }
        Event::BecameLeader { partition, epoch, start, high_watermark } => {
            write!(f, "{partition}: leader in epoch {epoch}, log end offset {start}, high watermark {high_watermark}")
        }
        Event::BecameFollower { partition, epoch, leader: Some(leader) } => {
            write!(f, "{partition}: follower of node {leader} in epoch {epoch}")
        }
        Event::BecameFollower { partition, epoch, leader: None } => {
            write!(f, "{partition}: follower in epoch {epoch}, which has no leader")
        }
        Event::Acknowledged { partition, epoch, base, end, acks } => write!(
            f,
            "{partition}: acknowledged offsets {base} up to end offset {end} in epoch {epoch} with acks={acks}"
        ),
        Event::Refused { partition, error } => write!(f, "{partition}: refused a produce request with {error}"),
        Event::InSync { partition, epoch, partition_epoch } => {
            write!(f, "{partition}: leader of epoch {epoch} has the in-sync set of partition epoch {partition_epoch}")
        }
        Event::FollowerAt { partition, epoch, follower, end } => {
            write!(f, "{partition}: follower {follower} reached end offset {end} in epoch {epoch}")
        }
        Event::Duplicate { partition, base } => {
            write!(f, "{partition}: recognised a retried batch that was appended at offset {base}")
        }
        _ => Ok(()),
    }
}

/// What a group coordinator did.
fn groups(event: &Event, f: &mut Formatter<'_>) -> Result {
    match event {
        Event::GroupState { partition, group, generation, state } => {
            write!(f, "__consumer_offsets-{partition}: group {group} is {state} in generation {generation}")
        }
        Event::GroupsLoaded { partition, epoch, groups, skipped } => write!(
            f,
            "__consumer_offsets-{partition}: loaded {groups} groups in epoch {epoch}; skipped {skipped} records of types \
             that this server does not serve"
        ),
        Event::GroupsRefused { partition, epoch, why } => write!(
            f,
            "__consumer_offsets-{partition}: the coordinator refuses its groups in epoch {epoch}, until another \
             leadership begins: {why}"
        ),
        _ => Ok(()),
    }
}

fn role(as_leader: bool) -> &'static str {
    if as_leader { "leader" } else { "follower" }
}

#[cfg(test)]
mod tests {
    use super::super::{
        ConnId, Deed, DirId, Fault, FileError, FilePath, Loads, OfflineCause, Offsets, Repair, TraceEvent as Event,
    };
    use crate::types::{
        ErrorCode, LeaderEpoch, NodeId, Offset, PartitionEpoch, StartCause, TopicId, TopicPartition, Uuid,
    };

    #[test]
    fn every_event_is_a_sentence() {
        let partition = TopicPartition { topic: TopicId(Uuid::from_halves(0, 1)), partition: 3 };
        let (epoch, base, end) = (LeaderEpoch(7), Offset(40), Offset(42));
        let followed = |leader| Event::BecameFollower { partition, epoch, leader };
        let folder = FilePath::new(DirId(0), "orders-3");
        let file = folder.join("40.log");
        let (fault, deed, offsets) = (Fault::Partial, Deed::CutAt(61), Offsets::From(base));
        let repair = Repair { file: file.clone(), fault, deed, offsets, bytes: 9 };
        let offsets = Offsets::Range(base, end);
        let removed = Repair { file: file.clone(), fault: Fault::Passed, deed: Deed::Removed, offsets, bytes: 9 };
        let loads = Loads { logs: 7, ms: 12, ..Loads::default() };
        let events = [
            Event::Appended { partition, base, last: Offset(41), epoch, crc: 0xabc, as_leader: true },
            Event::HighWatermark { partition, epoch, to: end, as_leader: false },
            Event::Truncated { partition, from: end, to: base },
            Event::Loaded { partition, start: Offset(0), end, clean: true, bytes_cut: 0 },
            Event::Loaded { partition, start: Offset(0), end, clean: false, bytes_cut: 61 },
            Event::BecameLeader { partition, epoch, start: end, high_watermark: base },
            followed(Some(NodeId(2))),
            followed(None),
            Event::Acknowledged { partition, epoch, base, end, acks: -1 },
            Event::Refused { partition, error: ErrorCode::NotEnoughReplicas },
            Event::InSync { partition, epoch, partition_epoch: PartitionEpoch(9) },
            Event::FollowerAt { partition, epoch, follower: NodeId(2), end },
            Event::Duplicate { partition, base },
            Event::Flushed { partition, end },
            Event::Rolled { partition, base },
            Event::LogStart { partition, to: base, cause: StartCause::Size },
            Event::SegmentGone { partition, base, end },
            Event::Repaired { repair: repair.clone() },
            Event::Tidied { repair: removed },
            Event::Repaired { repair: Repair { deed: Deed::Rebuilt, fault: Fault::Missing, ..repair } },
            Event::LogsLoaded { loads },
            Event::LogsLoaded {
                loads: Loads { recovered: 2, refused: 1, bytes: 99, records: 3, bytes_cut: 5, ..loads },
            },
            Event::Corrupt { partition, at: base, file, position: 61, fault: Fault::Checksum },
            Event::Offline { partition, folder: folder.clone(), why: OfflineCause::Disk },
            Event::Offline { partition, folder: folder.clone(), why: OfflineCause::Corrupt },
            Event::Offline { partition, folder: folder.clone(), why: OfflineCause::Foreign(partition.topic) },
            Event::Offline { partition, folder: folder.clone(), why: OfflineCause::Denied(FileError::NoSpace) },
            Event::LogDenied { partition, why: FileError::TooManyOpenFiles },
            Event::LogClosed { partition, why: FileError::TooManyOpenFiles },
            Event::FileDenied { path: FilePath::new(DirId(1), "gracchus.image"), why: FileError::NoSpace },
            Event::DirOffline { dir: DirId(1) },
            Event::Rude { conn: ConnId(5), why: "a request that cannot be read" },
            Event::GroupState { partition: 4, group: "billing".into(), generation: 2, state: "Stable" },
            Event::GroupsLoaded { partition: 4, epoch, groups: 11, skipped: 1 },
            Event::GroupsRefused { partition: 4, epoch, why: "a record cannot be read" },
        ];
        let text: Vec<String> = events.iter().map(ToString::to_string).collect();
        let expected = "\
AAAAAAAAAAAAAAAAAAAAAQ-3: leader appended offsets 40 to 41 of epoch 7, CRC 00000abc
AAAAAAAAAAAAAAAAAAAAAQ-3: high watermark of the follower in epoch 7 is 42
AAAAAAAAAAAAAAAAAAAAAQ-3: log truncated from end offset 42 to 40
AAAAAAAAAAAAAAAAAAAAAQ-3: log loaded after a clean stop, offsets 0 to 42
AAAAAAAAAAAAAAAAAAAAAQ-3: log loaded after an unclean stop, offsets 0 to 42; 61 bytes behind them were not whole and are cut off
AAAAAAAAAAAAAAAAAAAAAQ-3: leader in epoch 7, log end offset 42, high watermark 40
AAAAAAAAAAAAAAAAAAAAAQ-3: follower of node 2 in epoch 7
AAAAAAAAAAAAAAAAAAAAAQ-3: follower in epoch 7, which has no leader
AAAAAAAAAAAAAAAAAAAAAQ-3: acknowledged offsets 40 up to end offset 42 in epoch 7 with acks=-1
AAAAAAAAAAAAAAAAAAAAAQ-3: refused a produce request with NOT_ENOUGH_REPLICAS
AAAAAAAAAAAAAAAAAAAAAQ-3: leader of epoch 7 has the in-sync set of partition epoch 9
AAAAAAAAAAAAAAAAAAAAAQ-3: follower 2 reached end offset 42 in epoch 7
AAAAAAAAAAAAAAAAAAAAAQ-3: recognised a retried batch that was appended at offset 40
AAAAAAAAAAAAAAAAAAAAAQ-3: log durable up to end offset 42
AAAAAAAAAAAAAAAAAAAAAQ-3: new segment with base offset 40
AAAAAAAAAAAAAAAAAAAAAQ-3: log start offset is 40, because of retention.bytes
AAAAAAAAAAAAAAAAAAAAAQ-3: segment with base offset 40 is deleted, up to end offset 42
orders-3/40.log: it ends within a batch; cut off at position 61 (offsets from 40 on, 9 bytes)
orders-3/40.log: it lies below the log start offset; removed (offsets 40 up to end offset 42, 9 bytes)
orders-3/40.log: it is missing; built again from the log's batches (offsets from 40 on, 9 bytes)
loaded 7 logs in 12 ms: 0 had to be recovered
loaded 7 logs in 12 ms: 2 had to be recovered, which read 3 records in 99 bytes and cut off 5 bytes; 1 cannot be used, as said above
AAAAAAAAAAAAAAAAAAAAAQ-3: the log is corrupt at offset 40, position 61 of orders-3/40.log: the checksum of a batch is wrong
AAAAAAAAAAAAAAAAAAAAAQ-3: the log in orders-3 is offline: its log directory failed; check the disk and the rights on the directory, then start the server again
AAAAAAAAAAAAAAAAAAAAAQ-3: the log in orders-3 is offline: its log is corrupt, and no record of it was removed; stop the server and restore the folder from a copy, or move it away: the partition then begins without these records, or gets them from another replica
AAAAAAAAAAAAAAAAAAAAAQ-3: the log in orders-3 is offline: partition.metadata says that the folder belongs to topic id AAAAAAAAAAAAAAAAAAAAAQ; stop the server and move the folder away, so that the partition gets a folder of its own
AAAAAAAAAAAAAAAAAAAAAQ-3: the log in orders-3 is offline: the disk is full; free space on the disk, or lower retention.bytes or retention.ms, then start the server again
AAAAAAAAAAAAAAAAAAAAAQ-3: the log cannot be opened, written or synced: too many files are open; the server tries again each second; raise the limit on open files (ulimit -n, or LimitNOFILE of the service)
AAAAAAAAAAAAAAAAAAAAAQ-3: the log is closed and will be recovered, because a file could not be used: too many files are open
gracchus.image in log directory 1 cannot be written or removed: the disk is full; the server tries again each second; free space on the disk, or lower retention.bytes or retention.ms
log directory 1 failed and is not used any more
connection 5 is closed, because its client sent a request that cannot be read
__consumer_offsets-4: group billing is Stable in generation 2
__consumer_offsets-4: loaded 11 groups in epoch 7; skipped 1 records of types that this server does not serve
__consumer_offsets-4: the coordinator refuses its groups in epoch 7, until another leadership begins: a record cannot be read";
        assert_eq!(text.join("\n"), expected);
    }
}
