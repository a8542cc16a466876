//! An idempotent producer against one partition whose leader moves, whose connections break and whose answers are lost:
//! whatever it says of a record must be so in the log.

use super::stage::{First, Request, Stage, TOPIC};
use crate::client::*;
use crate::record::{Batch, BatchProducer, next_sequence};
use crate::types::ErrorCode;
use crate::wire::produce::{PartitionProduceResponse, TopicProduceResponse};
use crate::wire::{ProduceRequest, ProduceResponse};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A partition's log, perfectly replicated, with Kafka's rules for sequences (KIP-98, KIP-360).
#[derive(Default)]
struct Log {
    values: Vec<u64>,
    /// The last five batches of the one producer, newest last, with their base offsets.
    last: Vec<(BatchProducer, usize)>,
}

impl Log {
    fn append(&mut self, request: &Request) -> Result<usize, ErrorCode> {
        let body: ProduceRequest = request.read();
        let records = body.topic_data[0].partition_data[0].records.clone().unwrap().into_bytes();
        let batch = Batch::parse(&records).unwrap();
        let producer = batch.header().producer().unwrap();
        if let Some((_, base)) = self.last.iter().find(|(known, _)| *known == producer) {
            return Ok(*base);
        }
        if let Some((last, _)) = self.last.last() {
            let follows = producer.first_sequence == next_sequence(last.last_sequence, 1);
            match (producer.epoch.cmp(&last.epoch), producer.id == last.id) {
                (_, false) => {}
                (std::cmp::Ordering::Less, _) => return Err(ErrorCode::InvalidProducerEpoch),
                (std::cmp::Ordering::Equal, _) if follows => {}
                (std::cmp::Ordering::Greater, _) if producer.first_sequence == 0 => self.last.clear(),
                _ => return Err(ErrorCode::OutOfOrderSequenceNumber),
            }
        }
        let base = self.values.len();
        let value = |record: crate::record::Record<'_>| u64::from_be_bytes(record.value.unwrap().try_into().unwrap());
        self.values.extend(batch.records().map(|it| value(it.unwrap())));
        self.last.push((producer, base));
        if self.last.len() > 5 {
            self.last.remove(0);
        }
        Ok(base)
    }
}

struct World {
    stage: Stage<Producer>,
    log: Log,
    handed_in: u64,
    outcomes: BTreeMap<u64, Outcome>,
}

impl World {
    fn new(in_flight_most: usize) -> World {
        let cluster = ClusterConfig {
            bootstrap: vec![(Arc::from("boot"), 9000)],
            request_timeout_ms: 2_000,
            dial_timeout_ms: 1_000,
            ..Default::default()
        };
        let config = ProducerConfig { cluster, in_flight_most, delivery_timeout_ms: 6_000, ..Default::default() };
        let stage = Stage::new(Producer::new(config));
        World { stage, log: Log::default(), handed_in: 0, outcomes: BTreeMap::new() }
    }

    fn step(&mut self, choice: u8, pick: u8) {
        match choice % 12 {
            0..=3 => self.hand_in(),
            4..=6 => self.take_and_answer(pick),
            // Taken, and the answer is lost with the connection.
            7 => {
                if let Some(request) = self.oldest(pick) {
                    _ = self.take(&request);
                    self.stage.lose(request.conn);
                }
            }
            // The connection is lost; what was sent on it may arrive later, or never.
            8 => {
                if let Some(request) = self.oldest(pick) {
                    self.stage.lose(request.conn);
                }
            }
            9 => {
                if !self.stage.orphans.is_empty() {
                    let orphan = self.stage.orphans.remove(usize::from(pick) % self.stage.orphans.len());
                    _ = self.take(&orphan);
                }
            }
            10 => {
                let (_, epoch) = self.stage.leaders[&0];
                self.stage.leaders.insert(0, (1 + i32::from(pick) % 3, epoch + 1));
            }
            _ => self.stage.pass(i64::from(pick) * 12),
        }
        self.note_outcomes();
    }

    fn hand_in(&mut self) {
        let value = self.handed_in.to_be_bytes();
        self.handed_in += 1;
        let record = Record { value: Some(&value), ..Default::default() };
        let mut out = Vec::new();
        let id = self.stage.client.send(TOPIC, 0, record, self.stage.now, &mut First, &mut out);
        assert_eq!(id.ordinal, self.handed_in - 1);
        self.stage.perform(out);
    }

    /// The oldest request of some connection.
    fn oldest(&mut self, pick: u8) -> Option<Request> {
        let requests = &self.stage.requests;
        let drawn = requests.get(usize::from(pick) % requests.len().max(1))?.conn;
        requests.iter().find(|request| request.conn == drawn).cloned()
    }

    fn take(&mut self, request: &Request) -> Result<usize, ErrorCode> {
        if self.stage.leaders[&0].0 != request.node {
            return Err(ErrorCode::NotLeaderOrFollower);
        }
        self.log.append(request)
    }

    fn take_and_answer(&mut self, pick: u8) {
        let Some(request) = self.oldest(pick) else { return };
        self.stage.requests.retain(|it| (it.conn, it.correlation) != (request.conn, request.correlation));
        let (error_code, base_offset) = match self.take(&request) {
            Ok(base) => (0, base as i64),
            Err(error) => (error.to_wire(), -1),
        };
        let row = PartitionProduceResponse { error_code, base_offset, ..Default::default() };
        let topic = TopicProduceResponse { name: TOPIC.into(), partition_responses: vec![row], ..Default::default() };
        self.stage.answer(&request, &ProduceResponse { responses: vec![topic], ..Default::default() });
    }

    fn note_outcomes(&mut self) {
        for news in self.stage.take_news() {
            let ProducerNews::Done(done) = news else { continue };
            for ordinal in done.first.ordinal..done.first.ordinal + u64::from(done.count) {
                let before = self.outcomes.insert(ordinal, done.outcome);
                assert_eq!(before, None, "each record is answered once");
                if let Outcome::Ok { base: Some(base), .. } = done.outcome {
                    let place = base.0 as usize + (ordinal - done.first.ordinal) as usize;
                    assert_eq!(self.log.values.get(place), Some(&ordinal), "acknowledged where it is");
                }
            }
        }
    }

    /// Nothing breaks any more, and what is under way arrives.
    fn heal(&mut self) {
        for _ in 0..400 {
            while !self.stage.requests.is_empty() {
                self.take_and_answer(0);
            }
            self.stage.pass(50);
            self.note_outcomes();
        }
        for orphan in std::mem::take(&mut self.stage.orphans) {
            _ = self.take(&orphan);
        }
    }

    fn check(&self) {
        assert_eq!(self.stage.client.unanswered(), 0, "every record is answered in the end");
        assert_eq!(self.outcomes.len() as u64, self.handed_in);
        let mut sorted = self.log.values.clone();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(sorted.len(), self.log.values.len(), "no record is in the log twice: {:?}", self.log.values);
        let acknowledged: Vec<_> =
            self.log.values.iter().filter(|it| matches!(self.outcomes[it], Outcome::Ok { .. })).collect();
        assert!(acknowledged.is_sorted(), "in the order in which they were handed in: {acknowledged:?}");
        for (value, outcome) in &self.outcomes {
            let is_there = self.log.values.contains(value);
            match outcome {
                Outcome::Ok { .. } => assert!(is_there, "{value} is acknowledged and not there"),
                Outcome::Failed(error) => assert!(!is_there, "{value} has failed with {error} and is there"),
                Outcome::Indefinite(_) | Outcome::Unacknowledged => {}
            }
        }
    }
}

proptest! {
    #![proptest_config(gracchus_cases::property(200))]

    #[test]
    fn whatever_the_producer_says_of_a_record_is_so(
        steps in proptest::collection::vec(any::<(u8, u8)>(), 1..400),
        in_flight_most in 1usize..=5,
    ) {
        let mut world = World::new(in_flight_most);
        for (choice, pick) in steps {
            world.step(choice, pick);
        }
        world.heal();
        world.check();
    }
}
