//! The small files of a directory with a metadata log: `quorum-state`, `meta.properties`, and the names of snapshots.

use super::{hex, java, unhex};
use gracchus_core::quorum::{
    DataVersion, ElectionState, MetaProperties, ReplicaKey, SnapshotFile, SnapshotId, SnapshotStage,
};
use gracchus_core::types::{LeaderEpoch, NodeId, Offset, Uuid};

fn text(hex: &str) -> String {
    String::from_utf8(unhex(hex).to_vec()).expect("the file is text")
}

/// Every state of a voter in that version: whom it knows as leader, and whom it voted for.
fn states(version: DataVersion) -> Vec<ElectionState> {
    let mut states = Vec::new();
    let directory_id = (version == DataVersion::V1).then_some(Uuid([0xa7; 16]));
    let voted = |id| ReplicaKey { id: NodeId(id), directory_id };
    let voters = |count| match version {
        DataVersion::V0 => (0..count).map(NodeId).collect(),
        DataVersion::V1 => Vec::new(),
    };
    for (epoch, count) in [(0, 0), (1, 1), (i32::MAX, 5)] {
        for leader in [None, Some(NodeId(0)), Some(NodeId(i32::MAX))] {
            for voted in [None, Some(voted(0)), Some(voted(i32::MAX))] {
                states.push(ElectionState { epoch: LeaderEpoch(epoch), leader, voted, voters: voters(count) });
            }
        }
    }
    states
}

#[test]
#[ignore = "needs Maven and Java: run `cargo xtask apache-records`"]
fn quorum_state_is_read_and_written_as_apache_does() {
    for (number, version) in [(0, DataVersion::V0), (1, DataVersion::V1)] {
        let texts: Vec<String> = states(version).iter().map(|it| it.render(version)).collect();
        let lines = texts.iter().map(|it| format!("quorum-state {number} {}\n", hex(it.as_bytes()))).collect();
        let answers: Vec<String> = java(&["rewrite"], lines).iter().map(|it| text(it)).collect();
        assert_eq!(answers, texts);
        let read: Vec<_> = answers.iter().map(|it| ElectionState::parse(it).expect("ours reads it")).collect();
        assert_eq!(read, states(version));
    }
}

#[test]
#[ignore = "needs Maven and Java: run `cargo xtask apache-records`"]
fn meta_properties_are_read_and_written_as_apache_does() {
    let meta = |cluster_id: &&str| MetaProperties {
        cluster_id: (*cluster_id).to_owned(),
        node_id: NodeId(7),
        directory_id: Uuid([0x5c; 16]),
    };
    let metas: Vec<_> = ["MkU3OEVBNTcwNTJENDM2Qg", "a", "a=b:c#d!e\\f", "gr\u{f6}\u{df}e"].iter().map(meta).collect();
    let lines = metas.iter().map(|it| format!("meta-properties {}\n", hex(it.render().as_bytes()))).collect();
    let answers = java(&["rewrite"], lines);
    assert_eq!(answers.len(), metas.len());
    for (answer, meta) in answers.iter().zip(&metas) {
        let answer = text(answer);
        assert_eq!(MetaProperties::parse(&answer).as_ref(), Ok(meta), "{answer}");
        // Kafka writes the keys in the order of a hash map, below a comment with the time of day.
        let sorted = |text: &str| {
            let mut lines: Vec<_> = text.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect();
            lines.sort();
            lines
        };
        assert_eq!(sorted(&answer), sorted(&meta.render()));
    }
}

#[test]
#[ignore = "needs Maven and Java: run `cargo xtask apache-records`"]
fn names_of_snapshots_are_apaches() {
    let id = |end_offset, epoch| SnapshotId { end_offset: Offset(end_offset), epoch: LeaderEpoch(epoch) };
    let ids = [SnapshotId::BOOTSTRAP, id(1, 2), id(1_234_567_890_123, 45), id(i64::MAX, i32::MAX)];
    let answers =
        java(&["rewrite"], ids.iter().map(|it| format!("snapshot {} {}\n", it.end_offset, it.epoch)).collect());
    assert_eq!(answers.len(), ids.len());
    for (answer, id) in answers.iter().zip(ids) {
        let words: Vec<&str> = answer.split(' ').collect();
        let [finished, partial, deleted] = words[..] else { panic!("{answer}") };
        let file = |stage| SnapshotFile { id, stage };
        assert_eq!(finished, file(SnapshotStage::Finished).to_string());
        assert_eq!(deleted, file(SnapshotStage::Deleted).to_string());
        for (name, stage) in
            [(finished, SnapshotStage::Finished), (partial, SnapshotStage::Partial), (deleted, SnapshotStage::Deleted)]
        {
            assert_eq!(SnapshotFile::parse(name), Ok(file(stage)), "{name}");
        }
    }
}
