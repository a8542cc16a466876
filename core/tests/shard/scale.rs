//! No step costs more than its input: the counted work for ten thousand of anything is at most twelve times that for a
//! thousand.

use crate::lone::Lone;
use bytes::Bytes;
use gracchus_core::io::Work;
use gracchus_core::io::{CLOSES_PER_TURN, ConnId, WorkKind};
use gracchus_core::record::BatchBuilder;
use gracchus_core::shard::Event;
use gracchus_core::types::Timestamp;
use gracchus_core::wire::{self, FetchRequest};

const FEW: usize = 1_000;
const MANY: usize = 10_000;

/// Compares the work for few and for many of something.
fn grows_with_its_input(name: &str, work: impl Fn(usize) -> Work) {
    let (few, many) = (work(FEW), work(MANY));
    for kind in WorkKind::ALL {
        let (few, many) = (few.of(*kind), many.of(*kind));
        assert!(many <= 12 * few.max(100), "{name}: {few} {} for {FEW}, {many} for {MANY}", kind.name());
    }
    assert!(few != Work::default(), "{name}: something is counted");
}

fn create(lone: &mut Lone, name: &str, partitions: usize, configs: &[(&str, &str)]) {
    let conn = lone.connect();
    lone.send(conn, &creation(name, partitions, configs), 5);
    lone.settle();
    assert_eq!(lone.take_answers(), 1);
}

fn creation(name: &str, partitions: usize, configs: &[(&str, &str)]) -> wire::CreateTopicsRequest {
    let config = |(name, value): &(&str, &str)| wire::create_topics::CreatableTopicConfig {
        name: (*name).into(),
        value: Some((*value).into()),
    };
    let topic = wire::create_topics::CreatableTopic {
        name: name.into(),
        num_partitions: partitions as i32,
        replication_factor: 1,
        configs: configs.iter().map(config).collect(),
        ..Default::default()
    };
    wire::CreateTopicsRequest { topics: vec![topic], timeout_ms: 1000, ..Default::default() }
}

fn fetch(partitions: impl Iterator<Item = (i32, i64)>, max_wait_ms: i32) -> FetchRequest {
    let partitions = partitions.map(|(partition, fetch_offset)| wire::fetch::FetchPartition {
        partition,
        fetch_offset,
        partition_max_bytes: 1 << 20,
        ..Default::default()
    });
    let topic =
        wire::fetch::FetchTopic { topic: "orders".into(), partitions: partitions.collect(), ..Default::default() };
    FetchRequest { max_wait_ms, min_bytes: 1, max_bytes: 1 << 20, topics: vec![topic], ..Default::default() }
}

fn produce(lone: &mut Lone, conn: ConnId, timeout_ms: i32) {
    lone.send(conn, &record(0, 0, timeout_ms), 9);
}

/// Produces a record with a timestamp that is so many milliseconds later than the others'.
fn produce_at(later_ms: i64, lone: &mut Lone, conn: ConnId, timeout_ms: i32) {
    lone.send(conn, &record(0, later_ms, timeout_ms), 9);
}

/// A record for a partition of the topic `orders`, with a timestamp that is so many milliseconds later than the others'.
fn record(index: i32, later_ms: i64, timeout_ms: i32) -> wire::ProduceRequest {
    let mut batch = BatchBuilder::new(0);
    batch.append(Timestamp(1_700_000_000_000 + later_ms), None, Some(&[7; 100]), &[]);
    let partition = wire::produce::PartitionProduceData { index, records: Some(wire::Records::from(batch.build())) };
    let topic = wire::produce::TopicProduceData {
        name: "orders".into(),
        partition_data: vec![partition],
        ..Default::default()
    };
    wire::ProduceRequest { acks: -1, timeout_ms, topic_data: vec![topic], ..Default::default() }
}

#[test]
fn a_fetch_that_names_one_partition_often() {
    grows_with_its_input("a partition named often", |count| {
        let mut lone = Lone::start();
        create(&mut lone, "orders", 1, &[]);
        let conn = lone.connect();
        produce(&mut lone, conn, 1000);
        lone.settle();
        lone.take_work();
        lone.send(conn, &fetch((0..count).map(|_| (0, 0)), 0), 4);
        lone.settle();
        let work = lone.take_work();
        assert!(work.of(WorkKind::Partitions) < 20, "Kafka reads a partition once, however often it is named: {work}");
        work
    });
}

#[test]
fn a_fetch_of_many_partitions() {
    grows_with_its_input("a fetch of many partitions", |count| {
        let mut lone = Lone::start();
        create(&mut lone, "orders", count, &[]);
        let conn = lone.connect();
        lone.settle();
        lone.take_work();
        lone.send(conn, &fetch((0..count as i32).map(|index| (index, 0)), 0), 4);
        lone.pass_ms(2_000);
        assert_eq!(lone.take_answers(), 1);
        lone.take_work()
    });
}

#[test]
fn consumers_that_wait_for_one_partition() {
    grows_with_its_input("consumers that wait", |count| {
        let mut lone = Lone::start();
        create(&mut lone, "orders", 1, &[]);
        let consumers: Vec<ConnId> = (0..count).map(|_| lone.connect()).collect();
        for (offset, conn) in [0, 1].into_iter().flat_map(|offset| consumers.iter().map(move |conn| (offset, conn))) {
            lone.send(*conn, &fetch([(0, offset)].into_iter(), 60_000), 4);
            if offset == 0 && *conn == consumers[count - 1] {
                lone.settle();
                let conn = lone.connect();
                produce(&mut lone, conn, 1000);
            }
        }
        lone.settle();
        // Every consumer got the record, and waits for the next one.
        assert_eq!(lone.take_answers(), count + 1);
        lone.take_work()
    });
}

#[test]
fn produces_that_give_up_one_after_the_other() {
    grows_with_its_input("produces that give up", |count| {
        let mut lone = Lone::start();
        create(&mut lone, "orders", 1, &[("flush.messages", "1")]);
        lone.holds_syncs = true;
        let producers: Vec<ConnId> = (0..count).map(|_| lone.connect()).collect();
        for (at, conn) in producers.iter().enumerate() {
            produce(&mut lone, *conn, 1_000 + at as i32);
        }
        lone.settle();
        assert_eq!(lone.take_answers(), 0);
        lone.take_work();
        lone.pass_ms(1_000);
        for _ in 0..count {
            lone.pass_ms(1);
        }
        assert_eq!(lone.take_answers(), count);
        lone.take_work()
    });
}

#[test]
fn a_topic_of_many_partitions_is_made_and_deleted() {
    grows_with_its_input("a wide topic", |count| {
        let mut lone = Lone::start();
        create(&mut lone, "orders", count, &[]);
        let conn = lone.connect();
        let request =
            wire::DeleteTopicsRequest { topic_names: vec!["orders".into()], timeout_ms: 1000, ..Default::default() };
        lone.send(conn, &request, 5);
        lone.settle();
        assert_eq!(lone.take_answers(), 1);
        lone.take_work()
    });
}

#[test]
fn the_files_of_a_long_log_are_closed_in_many_turns() {
    let mut lone = Lone::start();
    create(&mut lone, "orders", 1, &[("segment.ms", "1")]);
    let conn = lone.connect();
    for segment in 0..FEW {
        produce_at(2 * segment as i64, &mut lone, conn, 1000);
        lone.settle();
    }
    lone.take_work();
    lone.longest = 0;
    let request =
        wire::DeleteTopicsRequest { topic_names: vec!["orders".into()], timeout_ms: 1000, ..Default::default() };
    lone.send(conn, &request, 5);
    lone.settle();
    let work = lone.take_work();
    assert!(work.of(WorkKind::FileOps) >= FEW as u64, "each segment is closed: {work}");
    assert!(lone.longest < CLOSES_PER_TURN as u64 + 16, "one turn did {} file operations", lone.longest);
}

#[test]
fn one_more_partition_touches_no_other() {
    let mut lone = Lone::start();
    create(&mut lone, "orders", FEW, &[]);
    lone.take_work();
    let topic = wire::create_partitions::CreatePartitionsTopic {
        name: "orders".into(),
        count: FEW as i32 + 1,
        assignments: None,
    };
    let conn = lone.connect();
    let request = wire::CreatePartitionsRequest { topics: vec![topic], timeout_ms: 1000, validate_only: false };
    lone.send(conn, &request, 2);
    lone.settle();
    let work = lone.take_work();
    assert!((1..10).contains(&work.of(WorkKind::Partitions)), "{work}");
}

#[test]
fn an_image_is_applied_in_steps_and_a_partition_that_is_behind_is_waited_for() {
    let mut lone = Lone::start();
    let conn = lone.connect();
    lone.send(conn, &creation("orders", FEW, &[]), 5);
    until_answered(&mut lone, conn);
    lone.send(conn, &record(FEW as i32 - 1, 0, 1000), 9);
    lone.longest = 0;
    let (answer, turns) = until_answered(&mut lone, conn);
    let answer: wire::ProduceResponse = wire::open_response(answer.slice(4..), 1, 9).expect("a produce was sent");
    assert_eq!(answer.responses[0].partition_responses[0].error_code, 0, "the partition was waited for");
    assert!(turns > 10, "a thousand partitions were opened in {turns} turns");
    assert!(lone.longest < FEW as u64, "{} file operations in one turn", lone.longest);
}

/// Lets the node go on until a connection was sent a frame. Returns the frame, and how many turns the data shard took.
fn until_answered(lone: &mut Lone, conn: ConnId) -> (Bytes, usize) {
    let mut turns = 0;
    loop {
        if let Some(frame) = lone.answers.get_mut(&conn).and_then(|frames| frames.pop_front()) {
            return (frame, turns);
        }
        turns += usize::from(lone.go_on().expect("the answer is on its way") == 1);
    }
}

#[test]
fn a_stop_that_waits_for_the_disk_takes_no_turns() {
    let mut lone = Lone::start();
    create(&mut lone, "orders", FEW, &[]);
    let conn = lone.connect();
    produce(&mut lone, conn, 1000);
    lone.settle();
    lone.holds_syncs = true;
    lone.longest = 0;
    lone.tell(0, Event::Stop);
    for _ in 0..20 {
        let turns = (0..10_000).take_while(|_| lone.go_on().is_some()).count();
        assert!(turns < 200, "{turns} turns while nothing can go on");
        lone.wait_ms(1000);
    }
    assert!(lone.longest < FEW as u64, "{} file operations in one turn", lone.longest);
}
