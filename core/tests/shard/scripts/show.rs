//! What a reader of a script sees: one line an effect, by the names that the script uses.

use crate::disk::Disk;
use gracchus_core::broker::{Question, Reply};
use gracchus_core::group::GroupAsk;
use gracchus_core::io::{ConnId, FileId, ShardId, SyncWhat, TraceEvent};
use gracchus_core::metadata::TopicImage;
use gracchus_core::replica::{PartitionAnswer, PartitionAsk};
use gracchus_core::shard::{Effect, Hosted, ShardMail};
use gracchus_core::types::{TopicId, TopicPartition};
use std::collections::BTreeMap;

/// Topics by id.
#[derive(Default)]
pub struct Names(BTreeMap<TopicId, String>);

impl Names {
    pub fn learn(&mut self, topic: &TopicImage) {
        self.0.insert(topic.id, topic.name.to_string());
    }

    fn of(&self, which: TopicPartition) -> String {
        format!("{}-{}", self.0.get(&which.topic).map_or("?", String::as_str), which.partition)
    }
}

/// One line for an effect worth telling.
pub fn effect(names: &Names, id: i32, me: ShardId, effect: &Effect, disk: &Disk) -> Option<String> {
    let told = match effect {
        Effect::Mail { to, mail } => format!("mail to s{}: {}", to.0, self::mail(names, mail)?),
        Effect::Sync { what: SyncWhat::File(file), .. } => format!("sync {}", file_name(disk, *file)?),
        Effect::Read { file, at, len, .. } => format!("read {} from byte {at}, {len} bytes", file_name(disk, *file)?),
        Effect::HandOver { conn, to } => format!("hand {} over to s{}", conn_name(*conn), to.0),
        Effect::Close { conn, .. } => format!("close {}", conn_name(*conn)),
        Effect::Trace(event) => trace(names, event)?,
        Effect::Halt(why) => format!("halt: {why:?}"),
        _ => return None,
    };
    Some(format!("b{id}.s{} {told}", me.0))
}

/// Where one replica stands.
pub fn status(names: &Names, id: i32, shard: usize, which: TopicPartition, hosted: &Hosted) -> String {
    let replica = hosted.replica();
    let epoch = replica.leader_epoch().map_or_else(|| "-".to_owned(), |epoch| epoch.to_string());
    let role = format!("{:?}", replica.role()).to_lowercase();
    let ends = replica.ends().map_or_else(String::new, |ends| {
        format!(
            " leo={} hw={}{}",
            ends.end,
            ends.high_watermark,
            if ends.start.0 > 0 { format!(" start={}", ends.start) } else { String::new() }
        )
    });
    format!("b{id}.s{shard} {} {role}@{epoch}{ends}", names.of(which))
}

fn mail(names: &Names, mail: &ShardMail) -> Option<String> {
    match mail {
        ShardMail::Ask { partition, what: Question::Replica(what), .. } => {
            Some(format!("{} {}", ask(what), names.of(*partition)))
        }
        ShardMail::Reply { reply: Reply::Replica(answer), .. } => Some(self::answer(answer)),
        ShardMail::Ask { partition, what: Question::Group(what), .. } => {
            Some(format!("{} to {}", group_ask(what), names.of(*partition)))
        }
        ShardMail::SetAside(folders) => {
            let names: Vec<&str> = folders.iter().map(|it| it.folder.name()).collect();
            Some(format!("set aside [{}]", names.join(" ")))
        }
        ShardMail::SaveStart { which, checkpoint } => {
            Some(format!("save start {} of {}", checkpoint.log_start, names.of(*which)))
        }
        ShardMail::StartSaved { which, start } => Some(format!("start {start} of {} is saved", names.of(*which))),
        ShardMail::Discard { files, delay_ms } => {
            let names: Vec<&str> = files.iter().map(|it| it.name().trim_start_matches('0')).collect();
            Some(format!("remove [{}] in {delay_ms} ms", names.join(" ")))
        }
        ShardMail::Session { session, .. } => Some(format!("session of {}", conn_name(session.conn))),
        ShardMail::DirFailed(dir) => Some(format!("log directory {} failed", dir.0)),
        _ => None,
    }
}

fn group_ask(what: &GroupAsk) -> &'static str {
    match what {
        GroupAsk::Join(_) => "join",
        GroupAsk::Sync(_) => "sync",
        GroupAsk::Heartbeat(_) => "heartbeat",
        GroupAsk::Leave { .. } => "leave",
        GroupAsk::CommitOffsets { .. } => "commit",
        GroupAsk::FetchOffsets { .. } => "fetch offsets",
        GroupAsk::Describe { .. } => "describe",
        GroupAsk::List { .. } => "list",
        GroupAsk::Delete { .. } => "delete group",
        GroupAsk::DeleteOffsets(_) => "delete offsets",
    }
}

fn ask(what: &PartitionAsk) -> String {
    match what {
        PartitionAsk::Produce { acks, .. } => format!("produce acks={acks:?} to"),
        PartitionAsk::Watch { from, .. } => format!("watch @{}", from.offset),
        PartitionAsk::Unwatch => "unwatch".into(),
        PartitionAsk::Read { from, .. } => format!("read @{}", from.offset),
        PartitionAsk::ListOffset { .. } => "list offset of".into(),
        PartitionAsk::EpochEnd { epoch, .. } => format!("end of epoch {epoch} of"),
        PartitionAsk::DeleteRecords { to, .. } => {
            format!(
                "delete records below {} of",
                to.map_or_else(|| "the high watermark".to_owned(), |to| to.to_string())
            )
        }
        PartitionAsk::LogSize => "size of".into(),
        PartitionAsk::Producers => "producers of".into(),
    }
}

fn answer(answer: &PartitionAnswer) -> String {
    match answer {
        PartitionAnswer::Produced(Ok(produced)) => format!("produced at {}", produced.base),
        PartitionAnswer::Produced(Err(refusal)) => format!("refused: {}", refusal.error),
        PartitionAnswer::Readable { bytes, at_once } => {
            format!(
                "readable: {}{}",
                if *bytes > 0 { "more" } else { "nothing" },
                if *at_once { ", at once" } else { "" }
            )
        }
        PartitionAnswer::Read(read) if read.error.is_error() => format!("read: {}", read.error),
        PartitionAnswer::Read(read) => format!("read {} bytes", read.len()),
        PartitionAnswer::Offset(found) => format!("offset {found:?}"),
        PartitionAnswer::EpochEnd(end) => format!("epoch end {end:?}"),
        PartitionAnswer::RecordsDeleted(Ok(low)) => format!("low watermark {low}"),
        PartitionAnswer::RecordsDeleted(Err(error)) => format!("not deleted: {error}"),
        PartitionAnswer::LogSize(size) => format!("size {size:?}"),
        PartitionAnswer::Producers(producers) => format!("producers {producers:?}"),
    }
}

fn trace(names: &Names, event: &TraceEvent) -> Option<String> {
    Some(match event {
        TraceEvent::Appended { partition, base, last, as_leader, .. } => {
            let role = if *as_leader { "leader" } else { "follower" };
            format!("{} appended {base}..{last} as {role}", names.of(*partition))
        }
        TraceEvent::HighWatermark { partition, to, .. } => format!("{} high watermark {to}", names.of(*partition)),
        TraceEvent::Truncated { partition, from, to } => {
            format!("{} truncated from {from} to {to}", names.of(*partition))
        }
        TraceEvent::BecameLeader { partition, epoch, start, .. } => {
            format!("{} leader of epoch {epoch} from {start}", names.of(*partition))
        }
        TraceEvent::BecameFollower { partition, epoch, leader } => {
            let leader = leader.map_or_else(|| "nobody".to_owned(), |leader| format!("b{leader}"));
            format!("{} follower of {leader} in epoch {epoch}", names.of(*partition))
        }
        TraceEvent::Acknowledged { partition, base, .. } => format!("{} acknowledged {base}", names.of(*partition)),
        TraceEvent::Refused { partition, error } => format!("{} refused: {error}", names.of(*partition)),
        TraceEvent::FollowerAt { partition, follower, end, .. } => {
            format!("{} follower b{follower} is at {end}", names.of(*partition))
        }
        TraceEvent::LogStart { partition, to, cause } => {
            format!("{} begins at {to}, for {cause}", names.of(*partition))
        }
        TraceEvent::SegmentGone { partition, base, end } => {
            format!("{} let the segment of {base} to {end} go", names.of(*partition))
        }
        TraceEvent::Flushed { partition, end } => format!("{} durable below {end}", names.of(*partition)),
        TraceEvent::Offline { partition, .. } => format!("{} offline", names.of(*partition)),
        TraceEvent::DirOffline { dir } => format!("log directory {} offline", dir.0),
        TraceEvent::Corrupt { partition, at, .. } => format!("{} corrupt at {at}", names.of(*partition)),
        _ => return None,
    })
}

/// Segments only: what else a log keeps is not what the stories are about.
fn file_name(disk: &Disk, file: FileId) -> Option<String> {
    let name = disk.name_of(file);
    let (folder, file) = name.split_once('/')?;
    let base = file.strip_suffix(".log")?.trim_start_matches('0');
    Some(format!("{folder}/{}.log", if base.is_empty() { "0" } else { base }))
}

fn conn_name(conn: ConnId) -> String {
    format!("{conn:?}")
}
