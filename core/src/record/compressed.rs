//! The records of compressed batches, made plain.
//!
//! **Invariants**: what comes out is bounded by what goes in and by the caller, and so is the memory on the way; bytes that
//! no codec made are an error.
//!
//! **In Kafka**: `Compression` and its subclasses, `DefaultRecordBatch.compressedIterator`.

use super::Codec;
use bytes::Bytes;
use std::io::Read;

/// Before the blocks of snappy-java's stream; two numbers for its version follow.
const SNAPPY_STREAM: [u8; 8] = [0x82, b'S', b'N', b'A', b'P', b'P', b'Y', 0];
const SNAPPY_VERSIONS: usize = 8;

/// Snappy's longest copy has 64 bytes and takes three; a block that says more of itself lies.
const SNAPPY_RATIO_MAX: usize = 22;

/// As a power of two: the reach of zstd's back references. Its levels up to 19 need 2^23.
const ZSTD_WINDOW_LOG_MAX: u32 = 25;

/// Why compressed bytes are not made plain.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Undecodable {
    /// The codec did not write them.
    Corrupt,
    /// They are more than the caller takes.
    TooLarge,
}

/// Makes bytes plain that `codec` compressed. More than `most` plain bytes are an error.
pub fn decompress(codec: Codec, bytes: &Bytes, most: usize) -> Result<Bytes, Undecodable> {
    match codec {
        Codec::None if bytes.len() > most => Err(Undecodable::TooLarge),
        Codec::None => Ok(bytes.clone()),
        Codec::Gzip => read(flate2::read::MultiGzDecoder::new(&**bytes), most),
        Codec::Snappy => snappy(bytes, most),
        Codec::Lz4 => read(lz4_flex::frame::FrameDecoder::new(&**bytes), most),
        Codec::Zstd => {
            let decoder = zstd::stream::read::Decoder::with_buffer(&**bytes);
            let mut decoder = decoder.map_err(|_| Undecodable::Corrupt)?;
            decoder.window_log_max(ZSTD_WINDOW_LOG_MAX).map_err(|_| Undecodable::Corrupt)?;
            read(decoder, most)
        }
    }
}

fn read(from: impl Read, most: usize) -> Result<Bytes, Undecodable> {
    let mut plain = Vec::new();
    from.take(most as u64 + 1).read_to_end(&mut plain).map_err(|_| Undecodable::Corrupt)?;
    if plain.len() > most { Err(Undecodable::TooLarge) } else { Ok(plain.into()) }
}

/// One block, or snappy-java's stream of blocks, each behind its length. Clients write either.
fn snappy(bytes: &[u8], most: usize) -> Result<Bytes, Undecodable> {
    let mut plain = Vec::new();
    let Some(stream) = bytes.strip_prefix(&SNAPPY_STREAM) else {
        snappy_block(bytes, &mut plain, most)?;
        return Ok(plain.into());
    };
    let mut rest = stream.get(SNAPPY_VERSIONS..).ok_or(Undecodable::Corrupt)?;
    while let Some((len, behind)) = rest.split_first_chunk() {
        let len = usize::try_from(u32::from_be_bytes(*len)).map_err(|_| Undecodable::Corrupt)?;
        let (block, behind) = behind.split_at_checked(len).ok_or(Undecodable::Corrupt)?;
        snappy_block(block, &mut plain, most)?;
        rest = behind;
    }
    if rest.is_empty() { Ok(plain.into()) } else { Err(Undecodable::Corrupt) }
}

fn snappy_block(block: &[u8], plain: &mut Vec<u8>, most: usize) -> Result<(), Undecodable> {
    let len = snap::raw::decompress_len(block).map_err(|_| Undecodable::Corrupt)?;
    if len / SNAPPY_RATIO_MAX > block.len() {
        return Err(Undecodable::Corrupt);
    }
    let before = plain.len();
    if len > most - before {
        return Err(Undecodable::TooLarge);
    }
    plain.resize(before + len, 0);
    match snap::raw::Decoder::new().decompress(block, &mut plain[before..]) {
        Ok(written) if written == len => Ok(()),
        _ => Err(Undecodable::Corrupt),
    }
}

/// Batches that Apache Kafka 4.3.1's `MemoryRecords` wrote: six records with keys `k0` to `k5`.
#[cfg(test)]
pub(crate) const OF_KAFKA: [(Codec, &str); 4] = [
    (
        Codec::Gzip,
        "000000000000000000000091ffffffff0272f07f6800010000000500000000000003e80000000000000442ffffffffffffffffff\
 ffffffffff000000061f8b08000000000000fff361606060c936b029c94855284ecc4d55284bcc294d55484c4fcccc5348cc4b81\
 b0187c18449858b20d092bd36061c93622a4cc8f610b231b4bb63161e3023858b24d082b4be162c93625a40c00f6977b24eb0000\
 00",
    ),
    (
        Codec::Snappy,
        "00000000000000000000009fffffffff02e2513c8200020000000500000000000003e80000000000000442ffffffffffffffffff\
 ffffffffff0000000682534e415050590000000001000000010000005aeb017c4c000000046b303c7468652073616d652076616c\
 756520616761696e20616e64090a1c004c001402046b31862700102804046b327e27001c4e00b40106046b337e2800184c005008\
 046b3486270010640a046b357e2700",
    ),
    (
        Codec::Lz4,
        "00000000000000000000009fffffffff023c5516d600030000000500000000000003e80000000000000442ffffffffffffffffff\
 ffffffffff0000000604224d186040825f000000f2114c000000046b303c7468652073616d652076616c756520616761696e2061\
 6e640a008f004c001402046b3127000f5f2804046b3227000d8f4e00b40106046b3328000d7f4c005008046b3427000f5f640a04\
 6b35270008506761696e0000000000",
    ),
    (
        Codec::Zstd,
        "000000000000000000000091ffffffff02e4dedfc300040000000500000000000003e80000000000000442ffffffffffffffffff\
 ffffffffff0000000628b52ffd0058a4020014044c000000046b303c7468652073616d652076616c756520616761696e20616e64\
 004c001402046b312804046b324e00b40106046b335008046b344c00640a046b35060051c00de05a0a0e07b856ca7174284f0100\
 00",
    ),
];

/// Bytes from their hexadecimal digits.
#[cfg(test)]
pub(crate) fn bytes_of(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

#[cfg(test)]
mod tests {
    use super::super::{Batch, Records};
    use super::*;
    use proptest::prelude::*;
    use std::io::Write;

    const MOST: usize = 1 << 20;
    const ALL: [Codec; 4] = [Codec::Gzip, Codec::Snappy, Codec::Lz4, Codec::Zstd];

    fn compress(codec: Codec, plain: &[u8]) -> Bytes {
        match codec {
            Codec::None => Bytes::copy_from_slice(plain),
            Codec::Gzip => {
                let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
                encoder.write_all(plain).unwrap();
                encoder.finish().unwrap().into()
            }
            Codec::Snappy => snap::raw::Encoder::new().compress_vec(plain).unwrap().into(),
            Codec::Lz4 => {
                let mut encoder = lz4_flex::frame::FrameEncoder::new(Vec::new());
                encoder.write_all(plain).unwrap();
                encoder.finish().unwrap().into()
            }
            Codec::Zstd => zstd::stream::encode_all(plain, 1).unwrap().into(),
        }
    }

    /// As snappy-java does, in blocks of so many bytes.
    fn snappy_stream(plain: &[u8], block: usize) -> Bytes {
        let mut stream = [&SNAPPY_STREAM[..], &[0, 0, 0, 1, 0, 0, 0, 1]].concat();
        for part in plain.chunks(block) {
            let block = compress(Codec::Snappy, part);
            stream.extend_from_slice(&u32::try_from(block.len()).unwrap().to_be_bytes());
            stream.extend_from_slice(&block);
        }
        stream.into()
    }

    #[test]
    fn what_kafka_compressed_is_read() {
        for (codec, hex) in OF_KAFKA {
            let batch = Batch::parse(&Bytes::from(bytes_of(hex))).unwrap();
            assert!(batch.is_intact() && batch.header().codec() == Some(codec));
            let plain = batch.plain(MOST).unwrap();
            let records: Vec<_> = Records::new(&plain, batch.header().count).map(Result::unwrap).collect();
            let keys: Vec<_> = records.iter().map(|record| record.key.unwrap()).collect();
            assert_eq!(keys, [b"k0", b"k1", b"k2", b"k3", b"k4", b"k5"], "{codec:?}");
            assert_eq!(records[3].timestamp_delta, 90, "{codec:?}");
            assert!(records.iter().all(|record| record.value == Some(b"the same value again and again")));
        }
    }

    #[test]
    fn more_than_the_caller_takes_is_an_error_and_as_much_is_none() {
        let plain = vec![7; 100_000];
        let mut all: Vec<_> = ALL.map(|codec| (codec, compress(codec, &plain))).into();
        all.push((Codec::Snappy, snappy_stream(&plain, 32_768)));
        all.push((Codec::None, plain.clone().into()));
        for (codec, bytes) in all {
            assert_eq!(decompress(codec, &bytes, 100_000).map(|plain| plain.len()), Ok(100_000), "{codec:?}");
            assert_eq!(decompress(codec, &bytes, 99_999), Err(Undecodable::TooLarge), "{codec:?}");
            assert_eq!(decompress(codec, &bytes, 0), Err(Undecodable::TooLarge), "{codec:?}");
        }
    }

    #[test]
    fn a_snappy_block_that_says_more_of_itself_than_it_can_hold_is_corrupt() {
        // A length of 1 GiB in front of nothing.
        let lie = Bytes::from_static(&[0x80, 0x80, 0x80, 0x80, 0x04, 0x00]);
        assert_eq!(decompress(Codec::Snappy, &lie, usize::MAX), Err(Undecodable::Corrupt));
    }

    proptest! {
        #![proptest_config(gracchus_cases::property(gracchus_cases::ORDINARY))]

        #[test]
        fn what_was_compressed_comes_back(plain in proptest::collection::vec(0_u8..4, 0..5_000), block in 1_usize..3_000) {
            for codec in ALL {
                prop_assert_eq!(&decompress(codec, &compress(codec, &plain), MOST).unwrap()[..], &plain[..]);
            }
            prop_assert_eq!(&decompress(Codec::Snappy, &snappy_stream(&plain, block), MOST).unwrap()[..], &plain[..]);
        }

        #[test]
        fn hostile_bytes_are_an_error_or_bounded(
            plain in proptest::collection::vec(any::<u8>(), 0..500),
            edits in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
            cut in any::<prop::sample::Index>(),
        ) {
            let mut all: Vec<_> = ALL.map(|codec| (codec, compress(codec, &plain))).into();
            all.push((Codec::Snappy, snappy_stream(&plain, 100)));
            all.extend(ALL.map(|codec| (codec, Bytes::from(plain.clone()))));
            for (codec, bytes) in all {
                let mut bytes = bytes.to_vec();
                bytes.truncate(cut.index(bytes.len() + 1));
                let edits = if bytes.is_empty() { &[][..] } else { &edits };
                for (at, byte) in edits {
                    let at = at.index(bytes.len());
                    bytes[at] = *byte;
                }
                if let Ok(plain) = decompress(codec, &bytes.into(), 10_000) {
                    prop_assert!(plain.len() <= 10_000);
                }
            }
        }
    }
}
