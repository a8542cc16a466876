//! One partition's replica: leader or follower, its in-sync set, its high watermark, and those who wait for it.
//!
//! **In Kafka**: `Partition`, `ReplicaManager`, `DelayedProduce`, `DelayedFetch`, `AbstractFetcherThread`.

mod ask;

pub use ask::{
    Acks, FetchFrom, Fetcher, Isolation, OffsetFound, OffsetSpec, PartitionAnswer, PartitionAsk, ProduceRefusal,
    Produced, ReadAnswer, RecordError,
};
