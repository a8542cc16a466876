//! What a producer is told.

use crate::client::config::{Acks, ClusterConfig};
use crate::record::Header;
use crate::types::Timestamp;

/// A producer's configuration, by Kafka's names.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ProducerConfig {
    /// Where the brokers are.
    pub cluster: ClusterConfig,
    /// `acks`.
    pub acks: Acks,
    /// `enable.idempotence` (KIP-98); needs `acks=all`.
    pub idempotence: bool,
    /// `max.in.flight.requests.per.connection`. Without idempotence, a retry overtakes nothing only where this is 1
    /// (KAFKA-3197).
    pub in_flight_most: usize,
    /// `retries`.
    pub retries: u32,
    /// `delivery.timeout.ms`, from the record's hand-in.
    pub delivery_timeout_ms: i64,
    /// `linger.ms`.
    pub linger_ms: i64,
    /// `batch.size`, in bytes.
    pub batch_size: usize,
    /// `max.request.size`, in bytes.
    pub max_request_size: usize,
}

impl Default for ProducerConfig {
    fn default() -> ProducerConfig {
        ProducerConfig {
            cluster: ClusterConfig::default(),
            acks: Acks::All,
            idempotence: true,
            in_flight_most: 5,
            retries: u32::MAX,
            delivery_timeout_ms: 120_000,
            linger_ms: 0,
            batch_size: 16_384,
            max_request_size: 1 << 20,
        }
    }
}

/// One record, borrowed: it is copied into its batch when it is handed in.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Record<'a> {
    /// Its key.
    pub key: Option<&'a [u8]>,
    /// Its value; none is a tombstone.
    pub value: Option<&'a [u8]>,
    /// Its headers (KIP-82).
    pub headers: &'a [Header<'a>],
    /// Its timestamp; none for the wall clock's.
    pub timestamp: Option<Timestamp>,
}
