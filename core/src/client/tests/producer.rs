//! What the producer does about every kind of answer, and about none.

use super::stage::{First, Request, Stage, TOPIC};
use crate::client::*;
use crate::record::Batch;
use crate::types::{ErrorCode, LeaderEpoch, NodeId, Offset, ProducerEpoch, ProducerId};
use crate::wire::produce::{LeaderIdAndEpoch, PartitionProduceResponse, TopicProduceResponse};
use crate::wire::{ProduceRequest, ProduceResponse};
use std::sync::Arc;

fn config() -> ProducerConfig {
    ProducerConfig {
        cluster: ClusterConfig { bootstrap: vec![(Arc::from("boot"), 9000)], ..Default::default() },
        ..Default::default()
    }
}

fn stage(config: ProducerConfig) -> Stage<Producer> {
    Stage::new(Producer::new(config))
}

/// A stage whose connection to the leader of partition 0 stands.
fn warm(config: ProducerConfig) -> Stage<Producer> {
    let mut stage = stage(config);
    stage.send(0, b"warm");
    let request = stage.next_request();
    stage.ok(&request, 0);
    stage.take_news();
    stage
}

/// Id, epoch and first sequence of a request's only batch.
type Numbers = (i64, i16, i32);

impl Stage<Producer> {
    fn send(&mut self, partition: i32, value: &[u8]) -> SendId {
        let record = Record { value: Some(value), ..Default::default() };
        let mut out = Vec::new();
        let id = self.client.send(TOPIC, partition, record, self.now, &mut First, &mut out);
        self.perform(out);
        id
    }

    fn ok(&mut self, request: &Request, base: i64) {
        self.answer_with(request, 0, base);
    }

    fn refuse(&mut self, request: &Request, error: ErrorCode) {
        self.answer_with(request, error.to_wire(), -1);
    }

    fn answer_with(&mut self, request: &Request, error_code: i16, base_offset: i64) {
        let row = PartitionProduceResponse { error_code, base_offset, ..Default::default() };
        self.answer_row(request, row);
    }

    fn answer_row(&mut self, request: &Request, row: PartitionProduceResponse) {
        let topic = TopicProduceResponse { name: TOPIC.into(), partition_responses: vec![row], ..Default::default() };
        self.answer(request, &ProduceResponse { responses: vec![topic], ..Default::default() });
    }

    fn outcomes(&mut self) -> Vec<Outcome> {
        self.deliveries().into_iter().map(|it| it.outcome).collect()
    }

    fn deliveries(&mut self) -> Vec<Delivery> {
        let news = self.take_news().into_iter();
        news.filter_map(|it| if let ProducerNews::Done(done) = it { Some(*done) } else { None }).collect()
    }

    /// Takes all requests that wait off the stage; their values and numbers.
    fn waiting(&mut self) -> Vec<Request> {
        self.requests.drain(..).collect()
    }
}

fn batch(request: &Request) -> Batch {
    let body: ProduceRequest = request.read();
    assert_eq!((body.topic_data.len(), body.topic_data[0].partition_data.len()), (1, 1));
    let records = body.topic_data[0].partition_data[0].records.clone().unwrap().into_bytes();
    let batch = Batch::parse(&records).unwrap();
    assert!(batch.is_intact());
    batch
}

fn values(request: &Request) -> Vec<String> {
    let value = |record: Result<crate::record::Record<'_>, _>| {
        String::from_utf8(record.unwrap().value.unwrap().to_vec()).unwrap()
    };
    batch(request).records().map(value).collect()
}

fn numbers(request: &Request) -> Numbers {
    let header = *batch(request).header();
    (header.producer_id, header.producer_epoch, header.base_sequence)
}

const LOST: Outcome = Outcome::Indefinite(ErrorCode::RequestTimedOut);

fn taken(base: i64) -> Outcome {
    Outcome::Ok { base: Some(Offset(base)), log_append_time: None }
}

/// Kafka refuses the first request for a producer id after its start (`RPCProducerIdManager`). By then the bootstrap server
/// has served and its connection is closed: the next request needs another.
#[test]
fn a_producer_id_that_is_refused_is_asked_for_again_where_no_connection_stands() {
    let mut stage = stage(config());
    stage.producer_id_refusals = 3;
    stage.send(0, b"x");
    stage.pass(2_000);
    let request = stage.next_request();
    stage.ok(&request, 0);
    assert_eq!(stage.client.unanswered(), 0);
}

#[test]
fn a_record_reaches_its_leader_and_its_answer_says_where_it_is() {
    let mut stage = stage(config());
    let id = stage.send(1, b"a");
    let request = stage.next_request();
    assert_eq!((request.node, request.version), (2, 12));
    assert_eq!(values(&request), ["a"]);
    stage.answer_row(&request, PartitionProduceResponse { index: 1, base_offset: 77, ..Default::default() });
    let done = stage.deliveries().remove(0);
    assert_eq!((done.first, done.count, done.partition, done.outcome), (id, 1, 1, taken(77)));
    let attempt = done.attempts[0];
    assert_eq!((attempt.node, attempt.leader_epoch), (NodeId(2), Some(LeaderEpoch(5))));
    assert_eq!(attempt.end, AttemptEnd::Answered(ErrorCode::None));
    assert_eq!(stage.client.unanswered(), 0);
}

#[test]
fn sequences_follow_each_other_within_a_partition() {
    let mut stage = warm(config());
    for value in [b"a", b"b", b"c"] {
        stage.send(0, value);
    }
    stage.send(1, b"x");
    let numbers: Vec<_> = stage.waiting().iter().map(numbers).collect();
    assert_eq!(numbers, [(4001, 0, 1), (4001, 0, 2), (4001, 0, 3), (4001, 0, 0)]);
}

#[test]
fn retries_go_one_by_one_in_their_first_order_with_their_first_numbers() {
    let mut stage = warm(config());
    for value in [b"a", b"b", b"c"] {
        stage.send(0, value);
    }
    let first = stage.waiting();
    stage.refuse(&first[0], ErrorCode::NotEnoughReplicas);
    stage.refuse(&first[1], ErrorCode::OutOfOrderSequenceNumber);
    stage.refuse(&first[2], ErrorCode::OutOfOrderSequenceNumber);
    stage.send(0, b"d");
    assert!(stage.requests.is_empty(), "a new batch does not overtake those that wait");
    stage.pass(2_000);
    for (sequence, value) in [(1, "a"), (2, "b"), (3, "c"), (4, "d")] {
        let request = stage.next_request();
        assert_eq!((values(&request), numbers(&request)), (vec![value.to_owned()], (4001, 0, sequence)));
        assert!(stage.requests.is_empty() || sequence == 3, "one at a time until all retries are answered");
        stage.ok(&request, i64::from(sequence));
    }
    assert_eq!(stage.outcomes(), [taken(1), taken(2), taken(3), taken(4)]);
}

#[test]
fn a_second_batch_waits_until_the_leader_knows_the_producer() {
    let mut stage = stage(config());
    stage.send(0, b"a");
    stage.send(0, b"b");
    let first = stage.next_request();
    assert!(stage.requests.is_empty(), "were a refused, b would be taken before it");
    stage.refuse(&first, ErrorCode::NotEnoughReplicas);
    stage.pass(1_000);
    let again = stage.next_request();
    assert_eq!(values(&again), ["a"]);
    stage.ok(&again, 0);
    assert_eq!(values(&stage.next_request()), ["b"]);
}

#[test]
fn a_lost_connection_repeats_what_was_under_way_unchanged() {
    let mut stage = warm(config());
    stage.send(0, b"a");
    stage.send(0, b"b");
    let first = stage.waiting();
    stage.lose(first[0].conn);
    stage.pass(1_000);
    let again = stage.next_request();
    assert_eq!(batch(&again).bytes(), batch(&first[0]).bytes());
    stage.ok(&again, 1);
    let again = stage.next_request();
    assert_eq!(batch(&again).bytes(), batch(&first[1]).bytes());
    // The broker knows the batch and no longer its offset.
    stage.refuse(&again, ErrorCode::DuplicateSequenceNumber);
    let done = stage.deliveries();
    assert_eq!(done[0].outcome, taken(1));
    assert_eq!(done[1].outcome, Outcome::Ok { base: None, log_append_time: None });
    let ends: Vec<_> = done[0].attempts.iter().map(|it| it.end).collect();
    assert_eq!(ends, [AttemptEnd::Lost, AttemptEnd::Answered(ErrorCode::None)]);
}

#[test]
fn what_was_sent_and_not_answered_in_time_is_indefinite_and_what_was_not_sent_has_failed() {
    let mut stage = warm(ProducerConfig { in_flight_most: 1, delivery_timeout_ms: 10_000, ..config() });
    stage.send(0, b"a");
    stage.send(0, b"b");
    assert_eq!(stage.requests.len(), 1);
    stage.pass(10_001);
    assert_eq!(stage.outcomes(), [LOST, Outcome::Failed(ErrorCode::RequestTimedOut)]);
}

#[test]
fn a_silent_broker_loses_its_connection_and_keeps_its_requests_doubtful() {
    let cluster = ClusterConfig { request_timeout_ms: 3_000, ..config().cluster };
    let mut stage = warm(ProducerConfig { cluster, ..config() });
    stage.send(0, b"a");
    let request = stage.next_request();
    stage.pass(3_001);
    assert_eq!(stage.closes.last(), Some(&request.conn));
    stage.pass(2_000);
    let again = stage.next_request();
    assert_ne!(again.conn, request.conn);
    // A refusal of the second attempt says nothing of the first.
    stage.refuse(&again, ErrorCode::MessageTooLarge);
    assert_eq!(stage.outcomes(), [Outcome::Indefinite(ErrorCode::MessageTooLarge)]);
}

#[test]
fn a_refusal_before_the_append_has_failed_surely_and_frees_the_number() {
    let mut stage = warm(config());
    stage.send(0, b"a");
    let request = stage.next_request();
    stage.refuse(&request, ErrorCode::MessageTooLarge);
    assert_eq!(stage.outcomes(), [Outcome::Failed(ErrorCode::MessageTooLarge)]);
    stage.send(0, b"b");
    assert_eq!(numbers(&stage.next_request()), (4001, 0, 1));
}

#[test]
fn not_leader_may_follow_an_append() {
    let mut stage = warm(ProducerConfig { retries: 0, ..config() });
    stage.send(0, b"a");
    let request = stage.next_request();
    stage.refuse(&request, ErrorCode::NotLeaderOrFollower);
    assert_eq!(stage.outcomes(), [Outcome::Indefinite(ErrorCode::NotLeaderOrFollower)]);
}

#[test]
fn after_an_indefinite_batch_new_ones_go_under_a_new_epoch_and_not_before_the_sent_ones_are_answered() {
    let cluster = ClusterConfig { request_timeout_ms: 60_000, ..config().cluster };
    let mut stage = warm(ProducerConfig { cluster, delivery_timeout_ms: 10_000, ..config() });
    stage.send(0, b"a");
    stage.pass(5_000);
    stage.send(0, b"b");
    let sent = stage.waiting();
    stage.pass(5_001);
    assert_eq!(stage.outcomes(), [LOST], "a is given up, b has time left");
    stage.send(0, b"c");
    assert!(stage.requests.is_empty(), "c waits for b's answer");
    stage.refuse(&sent[0], ErrorCode::RequestTimedOut);
    stage.refuse(&sent[1], ErrorCode::OutOfOrderSequenceNumber);
    // b was sent behind a: it is asked once more whether it is a that is missing.
    stage.pass(1_000);
    let again = stage.next_request();
    assert_eq!((values(&again), numbers(&again)), (vec!["b".to_owned()], (4001, 0, 2)));
    stage.refuse(&again, ErrorCode::OutOfOrderSequenceNumber);
    // Every attempt of b was refused before the append, so that it may be written under new numbers.
    let renumbered = stage.next_request();
    assert_eq!((values(&renumbered), numbers(&renumbered)), (vec!["b".to_owned()], (4001, 1, 0)));
    let bumped =
        ProducerNews::EpochBumped { topic: TOPIC.into(), partition: 0, id: ProducerId(4001), epoch: ProducerEpoch(1) };
    assert_eq!(stage.take_news(), [bumped]);
    assert!(stage.requests.is_empty(), "the leader does not know the new epoch yet");
    stage.ok(&renumbered, 8);
    let next = stage.next_request();
    assert_eq!((values(&next), numbers(&next)), (vec!["c".to_owned()], (4001, 1, 1)));
    stage.ok(&next, 9);
    assert_eq!(stage.outcomes(), [taken(8), taken(9)]);
}

#[test]
fn an_indefinite_batch_that_was_taken_after_all_breaks_nothing() {
    let cluster = ClusterConfig { request_timeout_ms: 60_000, ..config().cluster };
    let mut stage = warm(ProducerConfig { cluster, delivery_timeout_ms: 10_000, ..config() });
    stage.send(0, b"a");
    stage.pass(5_000);
    stage.send(0, b"b");
    let sent = stage.waiting();
    stage.pass(5_001);
    assert_eq!(stage.outcomes(), [LOST]);
    stage.ok(&sent[0], 1);
    stage.ok(&sent[1], 2);
    assert_eq!(stage.outcomes(), [taken(2)], "an answer behind the deadline changes no outcome");
    stage.send(0, b"c");
    assert_eq!(numbers(&stage.next_request()), (4001, 0, 3));
}

#[test]
fn a_batch_that_may_be_in_the_log_is_never_written_under_new_numbers() {
    let cluster = ClusterConfig { request_timeout_ms: 60_000, ..config().cluster };
    let mut stage = warm(ProducerConfig { cluster, delivery_timeout_ms: 10_000, ..config() });
    stage.send(0, b"a");
    stage.pass(5_000);
    stage.send(0, b"b");
    let sent = stage.waiting();
    stage.lose(sent[0].conn);
    stage.down.insert(1);
    stage.pass(5_001);
    assert_eq!(stage.outcomes(), [LOST]);
    stage.down.clear();
    stage.pass(2_000);
    let again = stage.next_request();
    assert_eq!(numbers(&again), (4001, 0, 2));
    stage.refuse(&again, ErrorCode::OutOfOrderSequenceNumber);
    assert_eq!(stage.outcomes(), [Outcome::Indefinite(ErrorCode::OutOfOrderSequenceNumber)]);
    stage.send(0, b"c");
    assert_eq!(numbers(&stage.next_request()), (4001, 1, 0));
}

#[test]
fn out_of_order_says_nothing_of_a_batch_whose_forerunner_was_under_way_elsewhere() {
    let cluster = ClusterConfig { metadata_max_age_ms: 1_000, ..config().cluster };
    let mut stage = warm(ProducerConfig { cluster, ..config() });
    stage.send(1, b"x");
    let other = stage.next_request();
    stage.answer_row(&other, PartitionProduceResponse { index: 1, ..Default::default() });
    stage.take_news();
    stage.pass(990);
    stage.send(0, b"a");
    let a = stage.next_request();
    // The leader moves while a is under way, and the client hears of it.
    stage.leaders.insert(0, (2, 6));
    stage.pass(100);
    stage.send(0, b"b");
    let b = stage.next_request();
    assert_eq!((a.node, b.node), (1, 2));
    // a is taken and replicated just after the new leader, which did not have it yet, has refused b.
    stage.ok(&a, 1);
    stage.refuse(&b, ErrorCode::OutOfOrderSequenceNumber);
    stage.pass(1_000);
    let again = stage.next_request();
    assert_eq!(batch(&again).bytes(), batch(&b).bytes());
    stage.ok(&again, 2);
    assert_eq!(stage.outcomes(), [taken(1), taken(2)]);
}

#[test]
fn a_moved_leader_is_found_by_the_refusal_itself() {
    let mut stage = warm(config());
    stage.send(0, b"a");
    let request = stage.next_request();
    let refreshes = stage.refreshes;
    let row = PartitionProduceResponse {
        error_code: ErrorCode::NotLeaderOrFollower.to_wire(),
        current_leader: LeaderIdAndEpoch { leader_id: 3, leader_epoch: 6 },
        ..Default::default()
    };
    stage.leaders.insert(0, (3, 6));
    stage.answer_row(&request, row);
    stage.pass(99);
    let again = stage.next_request();
    assert_eq!(again.node, 3);
    assert!(stage.refreshes <= refreshes + 1);
    stage.ok(&again, 1);
    let done = stage.deliveries().remove(0);
    assert_eq!(done.attempts[1].leader_epoch, Some(LeaderEpoch(6)));
}

#[test]
fn a_moved_leader_is_found_by_asking() {
    let mut stage = warm(config());
    stage.pass(1_000);
    stage.send(0, b"a");
    let request = stage.next_request();
    stage.leaders.insert(0, (3, 6));
    stage.refuse(&request, ErrorCode::NotLeaderOrFollower);
    stage.pass(1_000);
    assert_eq!(stage.next_request().node, 3);
}

#[test]
fn without_idempotence_one_request_in_flight_keeps_the_order() {
    let mut stage = warm(ProducerConfig { idempotence: false, in_flight_most: 1, ..config() });
    stage.send(0, b"a");
    stage.send(0, b"b");
    stage.refuse_next(ErrorCode::NotEnoughReplicas);
    stage.pass(1_000);
    for value in ["a", "b"] {
        let request = stage.next_request();
        assert_eq!((values(&request), numbers(&request)), (vec![value.to_owned()], (-1, -1, -1)));
        stage.ok(&request, 1);
    }
}

impl Stage<Producer> {
    fn refuse_next(&mut self, error: ErrorCode) {
        let request = self.next_request();
        self.refuse(&request, error);
    }
}

#[test]
fn no_more_than_five_batches_of_a_partition_are_under_way_whatever_the_connections() {
    let mut stage = warm(ProducerConfig { in_flight_most: 50, ..config() });
    (0..9).for_each(|_| _ = stage.send(0, b"a"));
    assert_eq!(stage.requests.len(), 5);
    let oldest = stage.next_request();
    stage.ok(&oldest, 1);
    // The batch behind the window takes all records that have come in between.
    assert_eq!(values(stage.requests.back().unwrap()).len(), 4);
    assert_eq!(stage.requests.len(), 5);
}

#[test]
fn acks_0_is_done_when_it_is_sent() {
    let mut stage = stage(ProducerConfig { acks: Acks::None, idempotence: false, ..config() });
    stage.send(0, b"a");
    stage.send(0, b"b");
    assert_eq!(stage.outcomes(), [Outcome::Unacknowledged, Outcome::Unacknowledged]);
    assert_eq!(stage.requests.len(), 2);
    // No answer is due: one would be out of turn.
    let request = stage.next_request();
    stage.ok(&request, 1);
    assert_eq!(stage.closes.last(), Some(&request.conn));
}

#[test]
fn lingering_records_share_a_batch_until_it_is_full_or_flushed() {
    let mut stage = stage(ProducerConfig { linger_ms: 50, batch_size: 400, ..config() });
    stage.send(0, b"a");
    stage.send(0, b"b");
    stage.pass(49);
    assert!(stage.requests.is_empty());
    stage.pass(1);
    let request = stage.next_request();
    assert_eq!(values(&request), ["a", "b"]);
    stage.ok(&request, 1);
    stage.send(0, &[b'x'; 300]);
    stage.send(0, &[b'y'; 300]);
    assert_eq!(values(&stage.next_request())[0].as_bytes(), [b'x'; 300], "full, since the next has no room in it");
    assert!(stage.requests.is_empty());
    let mut out = Vec::new();
    stage.client.flush(stage.now, &mut First, &mut out);
    stage.perform(out);
    assert_eq!(values(&stage.next_request())[0].as_bytes(), [b'y'; 300]);
}

#[test]
fn a_record_larger_than_a_request_is_refused_at_once() {
    let mut stage = warm(ProducerConfig { max_request_size: 200, ..config() });
    let id = stage.send(0, &[0; 200]);
    let done = stage.deliveries().remove(0);
    assert_eq!((done.first, done.outcome), (id, Outcome::Failed(ErrorCode::MessageTooLarge)));
    assert!(done.attempts.is_empty() && stage.requests.is_empty());
}

#[test]
fn an_answer_that_cannot_be_read_ends_the_connection_and_counts_as_none() {
    let mut stage = warm(config());
    stage.send(0, b"a");
    let request = stage.next_request();
    let mut out = Vec::new();
    stage.client.on_frame(request.conn, bytes::Bytes::from_static(&[1, 2, 3]), stage.now, &mut First, &mut out);
    stage.perform(out);
    assert_eq!(stage.closes.last(), Some(&request.conn));
    stage.pass(1_000);
    let again = stage.next_request();
    stage.ok(&again, 4);
    let done = stage.deliveries().remove(0);
    assert_eq!(done.attempts[0].end, AttemptEnd::Lost);
}
