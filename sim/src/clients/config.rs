//! What a scenario says about its clients.

use super::{AdminConfig, GroupConfig};
use serde::{Deserialize, Serialize};

/// The `[workload]` table of a scenario.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct WorkloadConfig {
    /// Kinds of producers.
    pub producers: Vec<ProducerConfig>,
    /// Kinds of consumers.
    pub consumers: Vec<ConsumerConfig>,
    /// Kinds of consumer groups.
    pub groups: Vec<GroupConfig>,
    /// Kinds of administrators, with topics of their own.
    pub admins: Vec<AdminConfig>,
    /// Milliseconds between two deletions of records by a client that does nothing else; 0 for no such client.
    pub delete_every_ms: u64,
    /// When the producers stop, milliseconds from the start; 0 for when the faults end.
    pub end_ms: u64,
}

impl Default for WorkloadConfig {
    fn default() -> WorkloadConfig {
        WorkloadConfig {
            producers: vec![ProducerConfig::default()],
            consumers: vec![ConsumerConfig::default()],
            groups: Vec::new(),
            admins: Vec::new(),
            delete_every_ms: 0,
            end_ms: 0,
        }
    }
}

/// A number that each client draws from `least` to `most`; a bare number in a scenario is both.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(from = "DrawnForm", into = "[u64; 2]")]
pub struct Drawn {
    /// The least.
    pub least: u64,
    /// The most.
    pub most: u64,
}

impl Drawn {
    /// Always this.
    #[must_use]
    pub const fn always(number: u64) -> Drawn {
        Drawn { least: number, most: number }
    }

    /// From `least` to `most`.
    #[must_use]
    pub const fn between(least: u64, most: u64) -> Drawn {
        Drawn { least, most }
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum DrawnForm {
    Always(u64),
    Between([u64; 2]),
}

impl From<DrawnForm> for Drawn {
    fn from(form: DrawnForm) -> Drawn {
        match form {
            DrawnForm::Always(number) => Drawn::always(number),
            DrawnForm::Between([least, most]) => Drawn { least: least.min(most), most: most.max(least) },
        }
    }
}

impl From<Drawn> for [u64; 2] {
    fn from(drawn: Drawn) -> [u64; 2] {
        [drawn.least, drawn.most]
    }
}

/// `acks`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub enum AcksConfig {
    /// `acks=0`.
    #[serde(rename = "0")]
    None,
    /// `acks=1`.
    #[serde(rename = "1")]
    Leader,
    /// `acks=all`.
    #[default]
    #[serde(rename = "all")]
    All,
}

/// A `[[workload.producers]]` entry.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct ProducerConfig {
    /// How many of this kind.
    pub count: u32,
    /// `acks`: several of them are drawn from, one for each producer.
    pub acks: Vec<AcksConfig>,
    /// `enable.idempotence`; needs `acks=all`, and is off for a producer that drew another.
    pub idempotence: bool,
    /// `max.in.flight.requests.per.connection`.
    pub in_flight: Drawn,
    /// `retries`.
    pub retries: u32,
    /// `delivery.timeout.ms`.
    pub delivery_timeout_ms: u64,
    /// `request.timeout.ms`.
    pub request_timeout_ms: u64,
    /// `linger.ms`, drawn for each producer. With 0 the records of a batch leave together and at once; else they wait, and
    /// may leave together with those of the next batches.
    pub linger_ms: Drawn,
    /// `batch.size` in bytes, drawn for each producer.
    pub batch_size: Drawn,
    /// Milliseconds between two batches of one producer.
    pub every_ms: Drawn,
    /// Records in a batch.
    pub records: Drawn,
    /// Bytes in a value.
    pub bytes: Drawn,
}

impl Default for ProducerConfig {
    fn default() -> ProducerConfig {
        ProducerConfig {
            count: 3,
            acks: vec![AcksConfig::All],
            idempotence: true,
            in_flight: Drawn::between(1, 5),
            retries: u32::MAX,
            delivery_timeout_ms: 15_000,
            request_timeout_ms: 3_000,
            linger_ms: Drawn::between(0, 30),
            batch_size: Drawn::between(200, 16_384),
            every_ms: Drawn::between(50, 400),
            records: Drawn::between(1, 8),
            bytes: Drawn::between(40, 300),
        }
    }
}

/// A `[[workload.consumers]]` entry. Each is assigned every partition and begins at the earliest record.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct ConsumerConfig {
    /// How many of this kind.
    pub count: u32,
    /// `fetch.max.wait.ms`.
    pub max_wait_ms: u64,
    /// `max.partition.fetch.bytes`.
    pub max_partition_bytes: u32,
    /// After so long it goes back to the earliest record and reads everything again; 0 for never.
    pub reread_every_ms: u64,
}

impl Default for ConsumerConfig {
    fn default() -> ConsumerConfig {
        ConsumerConfig { count: 2, max_wait_ms: 500, max_partition_bytes: 1 << 20, reread_every_ms: 0 }
    }
}
