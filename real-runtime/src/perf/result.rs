//! What a run measured.

use core::fmt;
use core::time::Duration;

/// A run's figures.
#[derive(Clone, PartialEq, Debug)]
pub struct Outcome {
    /// Requests that were answered.
    pub requests: u64,
    /// Records in them.
    pub records: u64,
    /// Bytes of records in them, as batches.
    pub bytes: u64,
    /// From the first request to the last answer.
    pub elapsed: Duration,
    /// Half of the requests took no longer.
    pub p50: Duration,
    /// Ninety-nine of a hundred took no longer.
    pub p99: Duration,
}

/// The element at `percent` hundredths of a sorted list; nought of an empty one.
pub(super) fn percentile(sorted: &[Duration], percent: usize) -> Duration {
    sorted.get((sorted.len() * percent).div_ceil(100).saturating_sub(1)).copied().unwrap_or_default()
}

impl Outcome {
    /// Of all connections' latencies.
    #[must_use]
    pub fn new(mut latencies: Vec<Duration>, records: u64, bytes: u64, elapsed: Duration) -> Outcome {
        latencies.sort_unstable();
        let at = |percent| percentile(&latencies, percent);
        Outcome { requests: latencies.len() as u64, records, bytes, elapsed, p50: at(50), p99: at(99) }
    }

    /// Per second of the run.
    #[must_use]
    pub fn per_second(&self, count: u64) -> f64 {
        count as f64 / self.elapsed.as_secs_f64().max(1e-9)
    }

    /// For programs: one object on one line.
    #[must_use]
    pub fn to_json(&self) -> String {
        format!(
            "{{\"requests\":{},\"records\":{},\"bytes\":{},\"elapsed_us\":{},\"p50_us\":{},\"p99_us\":{}}}",
            self.requests,
            self.records,
            self.bytes,
            self.elapsed.as_micros(),
            self.p50.as_micros(),
            self.p99.as_micros()
        )
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} records in {:.2} s: {:.0} records/s, {:.1} MB/s, {:.0} requests/s; latency p50 {:.2} ms, p99 {:.2} ms",
            self.records,
            self.elapsed.as_secs_f64(),
            self.per_second(self.records),
            self.per_second(self.bytes) / 1e6,
            self.per_second(self.requests),
            self.p50.as_secs_f64() * 1e3,
            self.p99.as_secs_f64() * 1e3
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_of_the_sorted_latencies() {
        let latencies = (1..=200).rev().map(Duration::from_millis).collect();
        let outcome = Outcome::new(latencies, 1000, 100_000, Duration::from_secs(2));
        assert_eq!(outcome.p50, Duration::from_millis(100));
        assert_eq!(outcome.p99, Duration::from_millis(198));
        assert_eq!(outcome.per_second(outcome.records), 500.0);
        let none = Outcome::new(Vec::new(), 0, 0, Duration::ZERO);
        assert_eq!((none.p50, none.requests), (Duration::ZERO, 0));
    }

    #[test]
    fn programs_read_one_object() {
        let outcome = Outcome::new(vec![Duration::from_micros(7)], 2, 3, Duration::from_micros(9));
        assert_eq!(outcome.to_json(), r#"{"requests":1,"records":2,"bytes":3,"elapsed_us":9,"p50_us":7,"p99_us":7}"#);
    }
}
