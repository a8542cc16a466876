//! What every replica answers that has its log, whether it leads or not.

use super::bench::{Node, batch, batch_of, catch_up, settings};
use super::host::Host;
use crate::io::DirId;
use crate::log::ActiveProducer;
use crate::replica::{Acks, LogSize, Opening, PartitionAnswer, PartitionAsk, Role};
use crate::types::{ErrorCode, Offset};

fn size(node: &mut Node) -> Result<LogSize, ErrorCode> {
    node.ask(1, PartitionAsk::LogSize);
    match node.answer(1) {
        PartitionAnswer::LogSize(answer) => answer,
        other => panic!("{other:?} tells no size"),
    }
}

fn producers(node: &mut Node) -> Result<Vec<(i64, i32)>, ErrorCode> {
    node.ask(2, PartitionAsk::Producers);
    let told = |it: &ActiveProducer| (it.id.0, it.last_sequence.expect("has a batch"));
    match node.answer(2) {
        PartitionAnswer::Producers(answer) => answer.map(|active| active.iter().map(told).collect()),
        other => panic!("{other:?} tells no producers"),
    }
}

#[test]
fn leader_follower_and_unassigned_tell_of_their_logs() {
    let mut one = Node::new(1, settings());
    assert_eq!(one.partition.role(), Role::Unassigned);
    assert_eq!((size(&mut one), producers(&mut one)), (Ok(LogSize { dir: DirId(0), bytes: 0 }), Ok(vec![])));
    let mut two = Node::new(2, settings());
    one.assign(1, 1, 1, &[1, 2], &[1, 2]);
    two.assign(1, 1, 1, &[1, 2], &[1, 2]);
    let (with_producer, plain) = (batch_of(7, 0, &["x", "y"]), batch(&["z"]));
    let bytes = (with_producer.len() + plain.len()) as u64;
    one.produce_batch(8, Acks::Leader, with_producer);
    one.produce_batch(9, Acks::Leader, plain);
    one.produced(8).expect("taken");
    one.produced(9).expect("taken");
    catch_up(&mut two, &mut one);
    assert_eq!((one.partition.role(), two.partition.role()), (Role::Leader, Role::Follower));
    for node in [&mut one, &mut two] {
        assert_eq!(size(node), Ok(LogSize { dir: DirId(0), bytes }));
        assert_eq!(producers(node), Ok(vec![(7, 1)]));
    }
}

#[test]
fn a_replica_without_its_log_refuses() {
    let opening = Opening::Existing {
        clean: false,
        recovery_point: Offset::ZERO,
        log_start: Offset::ZERO,
        high_watermark: Offset::ZERO,
    };
    let mut loading = Node::open(1, settings(), opening, Node::new(1, settings()).host);
    assert_eq!(loading.partition.role(), Role::Loading);
    assert_eq!(size(&mut loading), Err(ErrorCode::NotLeaderOrFollower));
    assert_eq!(producers(&mut loading), Err(ErrorCode::NotLeaderOrFollower));
    let mut offline = Node::open(1, settings(), Opening::New, Host::new());
    offline.call(|it, env, out| it.on_dir_failed(env, out));
    assert_eq!(size(&mut offline), Err(ErrorCode::KafkaStorageError));
    assert_eq!(producers(&mut offline), Err(ErrorCode::KafkaStorageError));
}
