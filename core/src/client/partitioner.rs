//! Which partition a record goes to that has a key and names none.
//!
//! **Invariants**
//! - The same key goes to the same partition for as long as the topic has as many partitions, whichever client writes it.
//!
//! **In Kafka**: `BuiltInPartitioner.partitionForKey`, `Utils.murmur2`, `Utils.toPositive`.

/// The partition for `key`, of a topic with `count` partitions, which is 1 at least.
#[must_use]
pub fn partition_for_key(key: &[u8], count: i32) -> i32 {
    assert!(count > 0, "a topic has a partition at least");
    // Not the absolute value: Kafka clears the sign bit.
    (murmur2(key) & i32::MAX) % count
}

/// MurmurHash2 with 32 bits and Kafka's seed.
fn murmur2(data: &[u8]) -> i32 {
    const SEED: u32 = 0x9747_b28c;
    const M: u32 = 0x5bd1_e995;
    let mut hash = SEED ^ data.len() as u32;
    let mut words = data.chunks_exact(4);
    for word in &mut words {
        let mut k = u32::from_le_bytes(word.try_into().expect("four bytes")).wrapping_mul(M);
        k ^= k >> 24;
        hash = hash.wrapping_mul(M) ^ k.wrapping_mul(M);
    }
    let rest = words.remainder();
    if !rest.is_empty() {
        let tail = rest.iter().rev().fold(0, |tail, byte| tail << 8 | u32::from(*byte));
        hash = (hash ^ tail).wrapping_mul(M);
    }
    hash ^= hash >> 13;
    hash = hash.wrapping_mul(M);
    (hash ^ hash >> 15) as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From Kafka's `UtilsTest.testMurmur2`.
    #[test]
    fn hashes_are_kafkas() {
        let cases: [(&[u8], i32); 6] = [
            (b"21", -973_932_308),
            (b"foobar", -790_332_482),
            (b"a-little-bit-long-string", -985_981_536),
            (b"a-little-bit-longer-string", -1_486_304_829),
            (b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58_897_971),
            (b"abc", 479_470_107),
        ];
        for (key, hash) in cases {
            assert_eq!(murmur2(key), hash, "{}", String::from_utf8_lossy(key));
        }
    }

    #[test]
    fn a_partition_is_one_that_there_is() {
        assert_eq!(partition_for_key(b"21", 10), (-973_932_308 & i32::MAX) % 10);
        assert!((0..100_u8).all(|key| (0..7).contains(&partition_for_key(&[key], 7))));
        assert_eq!(partition_for_key(b"", 1), 0);
    }
}
