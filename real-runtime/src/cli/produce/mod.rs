//! `gracchus produce`.

mod input;
mod lines;
mod record;
mod tally;

use super::config::describe::{Resource, describe};
use super::failure::Failure;
use super::progress::Progress;
use super::target::{Target, existing_topics};
use super::{NO_INPUT, key_and_value};
use crate::caller::Brokers;
use crate::driver::{Driver, Next};
use gracchus_core::client::{
    Acks, ClusterConfig, Producer, ProducerConfig, ProducerNews, Record, SendId, partition_for_key,
};
use gracchus_core::io::Site;
use gracchus_core::record::Header;
use input::{Input, Reader};
use lines::Line;
use record::{Form, Written};
use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::PathBuf;
use tally::Tally;

const EXAMPLES: &str = "\
Examples:
  echo hello | gracchus produce greetings
  gracchus produce orders --key-separator : < orders.txt      lines such as 17:two books
  gracchus produce orders --json < orders.json

With --json each line is an object with any of key, value, headers, partition and timestamp (milliseconds):
  {\"key\":\"17\",\"value\":\"two books\",\"headers\":[{\"key\":\"shop\",\"value\":\"rome\"}],\"partition\":0}
Without value, or where it is null, the record is a tombstone. Bytes that are no text are {\"base64\":\"...\"}. \
topic and offset are ignored, so that what `gracchus consume --json` prints can be produced again.

Records with the same key go to the same partition, as with Kafka's own clients. Exit code 1: a record was not \
written.";

/// Records that were handed to the producer and not answered yet take no more memory than this, about.
const OUTSTANDING_MAX: usize = 32 << 20;

/// `batch.size`: what was read at once should leave at once.
const BATCH_SIZE: usize = 256 << 10;

/// `max.request.size`: the topic's max.message.bytes is what bounds a record.
const REQUEST_MAX: usize = lines::LINE_MAX + (1 << 20);

#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// The topic
    topic: String,
    /// Reads this file instead of standard input
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// Splits each line into key and value where this stands first
    #[arg(long, value_name = "TEXT", conflicts_with = "json", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    key_separator: Option<String>,
    /// A header of every record; may be given several times
    #[arg(long, value_name = "NAME=VALUE", value_parser = key_and_value)]
    header: Vec<(String, String)>,
    /// Writes to this partition
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i32).range(0..))]
    partition: Option<i32>,
    /// When a record counts as written: `all` in-sync replicas have it, 1: the leader has it, 0: it was sent
    #[arg(long, default_value = "all", value_parser = acks)]
    acks: Acks,
    #[command(flatten)]
    target: Target,
}

fn acks(text: &str) -> Result<Acks, String> {
    match text {
        "0" => Ok(Acks::None),
        "1" => Ok(Acks::Leader),
        "all" | "-1" => Ok(Acks::All),
        _ => Err("it takes 0, 1 or all".to_owned()),
    }
}

/// Writes the records, and says where they went.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let input = arguments.open()?;
    let mut brokers = arguments.target.connect()?;
    let topics = existing_topics(&mut brokers, core::slice::from_ref(&arguments.topic))?;
    let partitions = topics.iter().map(|topic| topic.partitions.len() as i32).sum();
    let batch_size = batch_size(&mut brokers, &arguments.topic);
    drop(brokers);
    if let Some(partition) = arguments.partition.filter(|partition| *partition >= partitions) {
        return Err(no_partition(&arguments.topic, partition, partitions));
    }
    let runtime = super::runtime()?;
    let tally = runtime.block_on(write(arguments, arguments.config(batch_size), input, partitions));
    runtime.shutdown_background();
    tally?.report(&arguments.topic, arguments.target.json)
}

/// Says that a topic has no such partition.
pub fn no_partition(topic: &str, partition: i32, count: i32) -> Failure {
    let known = if count == 1 { "partition 0 only".to_owned() } else { format!("partitions 0 to {}", count - 1) };
    Failure::new(1, format!("topic {topic} has no partition {partition}; it has {known}"))
}

impl Arguments {
    fn open(&self) -> Result<Box<dyn io::Read + Send>, Failure> {
        let Some(path) = &self.file else { return Ok(Box::new(io::stdin())) };
        match File::open(path) {
            Ok(file) => Ok(Box::new(file)),
            Err(error) => {
                let why = crate::caller::reason(&error);
                Err(Failure::new(NO_INPUT, format!("the file {} cannot be read: {why}", path.display())))
            }
        }
    }

    fn config(&self, batch_size: usize) -> ProducerConfig {
        let timeout_ms = i64::try_from(self.target.timeout().as_millis()).unwrap_or(i64::MAX);
        ProducerConfig {
            cluster: ClusterConfig {
                bootstrap: self.target.servers(),
                allow_auto_topic_creation: false,
                request_timeout_ms: timeout_ms.min(30_000),
                ..ClusterConfig::default()
            },
            acks: self.acks,
            idempotence: self.acks == Acks::All,
            delivery_timeout_ms: timeout_ms,
            batch_size,
            max_request_size: REQUEST_MAX,
            ..ProducerConfig::default()
        }
    }
}

/// The largest batch, in bytes. Where the topic takes no batch of that size, its own bound: so that a record that is too
/// large is refused alone, and not together with its neighbours.
fn batch_size(brokers: &mut Brokers, topic: &str) -> usize {
    let topic = Resource::Topic(topic.to_owned());
    // Where the configuration may not be seen, the producer goes by what is usual.
    let described = describe(brokers, core::slice::from_ref(&topic), false).unwrap_or_default();
    let bound = described.iter().flatten().find(|it| it.name == "max.message.bytes");
    let bound = bound.and_then(|it| it.value.as_ref()?.parse().ok()).unwrap_or(BATCH_SIZE);
    bound.min(BATCH_SIZE)
}

async fn write(
    arguments: &Arguments,
    config: ProducerConfig,
    input: Box<dyn io::Read + Send>,
    partitions: i32,
) -> Result<Tally, Failure> {
    let driver = Driver::new(Producer::new(config)).map_err(crate::caller::CallError::Io)?;
    let form = Form {
        is_json: arguments.target.json,
        key_separator: arguments.key_separator.as_ref().map(|text| text.as_bytes().to_vec()),
        headers: arguments.header.clone(),
    };
    let reader = Reader::start(input, driver.teller());
    let topic = arguments.topic.clone();
    let mut writer = Writer {
        driver,
        topic,
        partitions,
        to: arguments.partition,
        form,
        sticky: 0,
        sent: BTreeMap::new(),
        outstanding: 0,
        tally: Tally::default(),
    };
    writer.sticky = writer.driver.draws().below(Site::ClientBootstrap, 0, partitions.max(1) as u64) as i32;
    writer.run(&reader).await;
    let Writer { driver, mut tally, .. } = writer;
    tally.note_trouble(driver.last_heard().1);
    driver.finish().await;
    Ok(tally)
}

/// Hands lines to the producer, and notes what becomes of them.
struct Writer {
    driver: Driver<Producer, Input>,
    topic: String,
    partitions: i32,
    /// The partition that was asked for.
    to: Option<i32>,
    form: Form,
    /// Where records without a key go for now (KIP-480): together, so that they make batches.
    sticky: i32,
    /// The line and the size of every record that is not answered.
    sent: BTreeMap<SendId, (u64, usize)>,
    /// The sum of those sizes.
    outstanding: usize,
    tally: Tally,
}

impl Writer {
    async fn run(&mut self, reader: &Reader) {
        let progress = Progress::of_records();
        let (mut is_reading, mut is_ended) = (false, false);
        while !is_ended || !self.sent.is_empty() {
            if !is_reading && !is_ended && self.outstanding < OUTSTANDING_MAX {
                reader.go_on();
                is_reading = true;
            }
            match self.driver.next(None).await {
                Next::Event(input) => {
                    is_reading = false;
                    is_ended = !self.on_input(input);
                }
                Next::News(ProducerNews::Done(delivery)) => {
                    let lines = self.take_lines(delivery.first, delivery.count);
                    self.tally.on_delivery(&delivery, &lines);
                    progress.set(self.tally.written());
                }
                Next::News(ProducerNews::Identified { .. } | ProducerNews::EpochBumped { .. }) | Next::Due => {}
            }
        }
        progress.end();
    }

    fn take_lines(&mut self, first: SendId, count: u32) -> Vec<u64> {
        let ids = (0..u64::from(count)).map(|place| SendId { ordinal: first.ordinal + place, ..first });
        let taken: Vec<(u64, usize)> = ids.filter_map(|id| self.sent.remove(&id)).collect();
        self.outstanding -= taken.iter().map(|(_, size)| size).sum::<usize>();
        taken.into_iter().map(|(line, _)| line).collect()
    }

    /// Whether there may be more.
    fn on_input(&mut self, input: Input) -> bool {
        match input {
            Input::Lines(lines) => match self.on_lines(lines) {
                Ok(()) => return true,
                Err(failure) => self.tally.stop(failure),
            },
            Input::End => {}
            Input::Failed(failure) => self.tally.stop(failure),
        }
        false
    }

    /// Hands lines in, those of each partition together. A line that cannot be understood is the last.
    fn on_lines(&mut self, lines: Vec<Line>) -> Result<(), Failure> {
        let mut by_partition: BTreeMap<i32, Vec<(u64, Written)>> = BTreeMap::new();
        let mut failure = None;
        for Line { number, bytes } in lines {
            match self.form.read(number, bytes).and_then(|written| Ok((self.place(number, &written)?, written))) {
                Ok((partition, written)) => by_partition.entry(partition).or_default().push((number, written)),
                Err(error) => {
                    failure = Some(error);
                    break;
                }
            }
        }
        self.sticky = (self.sticky + 1) % self.partitions.max(1);
        by_partition.into_iter().for_each(|(partition, rows)| self.hand_in(partition, &rows));
        failure.map_or(Ok(()), Err)
    }

    fn place(&self, line: u64, written: &Written) -> Result<i32, Failure> {
        match (written.partition.or(self.to), &written.key) {
            (Some(partition), _) if (0..self.partitions).contains(&partition) => Ok(partition),
            (Some(partition), _) => {
                let failure = no_partition(&self.topic, partition, self.partitions);
                Err(Failure::new(super::DATA, format!("line {line}: {failure}")))
            }
            (None, Some(key)) => Ok(partition_for_key(key, self.partitions.max(1))),
            (None, None) => Ok(self.sticky),
        }
    }

    fn hand_in(&mut self, partition: i32, rows: &[(u64, Written)]) {
        let headers: Vec<Vec<Header<'_>>> = rows.iter().map(|(_, written)| written.headers()).collect();
        let records = rows.iter().zip(&headers).map(|((_, written), headers)| Record {
            key: written.key.as_deref(),
            value: written.value.as_deref(),
            headers,
            timestamp: written.timestamp,
        });
        let topic = &self.topic;
        let first =
            self.driver.call(|producer, now, draws, out| producer.send_all(topic, partition, records, now, draws, out));
        for (place, (line, written)) in rows.iter().enumerate() {
            let id = SendId { ordinal: first.ordinal + place as u64, ..first };
            self.outstanding += written.size();
            self.sent.insert(id, (*line, written.size()));
        }
    }
}
