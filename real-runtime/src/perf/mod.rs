//! The load generator: `gracchus perf`, for any broker that speaks Kafka's protocol.
//!
//! **Invariants**: a batch is built once and sent again and again, so that what is measured is the broker; a latency is
//! from the request's first byte to the answer's last.
//!
//! **In Kafka**: `ProducerPerformance`, `ConsumerPerformance`.

mod fetch;
mod firsts;
mod groups;
mod produce;
mod result;

pub use fetch::{FetchLoad, fetch};
pub use firsts::{Firsts, FirstsLoad, firsts};
pub use groups::{Formed, GroupsLoad, Stayed, groups};
pub use produce::{ProduceLoad, produce};
pub use result::Outcome;
