//! The records of an uncompressed batch.

/// Bytes that are not records.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Malformed(pub &'static str);

/// One record. Its slices borrow from the batch: `Bytes::slice_ref` makes them owned without a copy.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Record<'a> {
    /// Its offset, relative to the batch's.
    pub offset_delta: i32,
    /// Its timestamp, relative to the batch's.
    pub timestamp_delta: i64,
    /// Its key.
    pub key: Option<&'a [u8]>,
    /// Its value; none is a tombstone.
    pub value: Option<&'a [u8]>,
    /// Its headers (KIP-82).
    pub headers: Headers<'a>,
}

/// The headers of a record, checked when the record was read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Headers<'a> {
    left: i32,
    rest: &'a [u8],
}

/// One header of a record.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Header<'a> {
    /// Its name.
    pub key: &'a [u8],
    /// Its value.
    pub value: Option<&'a [u8]>,
}

impl<'a> Iterator for Headers<'a> {
    type Item = Header<'a>;

    fn next(&mut self) -> Option<Header<'a>> {
        if self.left == 0 {
            return None;
        }
        self.left -= 1;
        Some(header(&mut self.rest).expect("headers were checked with their record"))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left as usize, Some(self.left as usize))
    }
}

impl ExactSizeIterator for Headers<'_> {}

/// Walks the records of an uncompressed batch. Ends after the first error; bytes behind the last record are one.
#[derive(Clone, Debug)]
pub struct Records<'a> {
    rest: &'a [u8],
    left: i32,
}

impl<'a> Records<'a> {
    /// Over the `count` records in `bytes`, which is what follows a batch's header.
    #[must_use]
    pub fn new(bytes: &'a [u8], count: i32) -> Records<'a> {
        Records { rest: bytes, left: count }
    }
}

impl<'a> Iterator for Records<'a> {
    type Item = Result<Record<'a>, Malformed>;

    #[inline]
    fn next(&mut self) -> Option<Result<Record<'a>, Malformed>> {
        if self.left <= 0 {
            if self.rest.is_empty() {
                return None;
            }
            self.rest = &[];
            return Some(Err(Malformed("bytes remain behind the last record")));
        }
        let record = record(&mut self.rest);
        if record.is_err() {
            (self.left, self.rest) = (0, &[]);
        }
        self.left -= 1;
        Some(record)
    }
}

/// One record off the front.
#[inline(always)]
fn record<'a>(rest: &mut &'a [u8]) -> Result<Record<'a>, Malformed> {
    let len = varint(rest)?;
    let Some((mut body, behind)) = usize::try_from(len).ok().and_then(|len| rest.split_at_checked(len)) else {
        return Err(Malformed("a record is longer than what is left of the batch"));
    };
    *rest = behind;
    let Some((_attributes, fields)) = body.split_first() else {
        return Err(Malformed("a record ends early"));
    };
    body = fields;
    let timestamp_delta = varlong(&mut body)?;
    let offset_delta = varint(&mut body)?;
    let key = nullable(&mut body)?;
    let value = nullable(&mut body)?;
    let count = varint(&mut body)?;
    let headers = Headers { left: count, rest: body };
    if count == 0 && body.is_empty() {
        return Ok(Record { offset_delta, timestamp_delta, key, value, headers });
    }
    check_headers(count, body)?;
    Ok(Record { offset_delta, timestamp_delta, key, value, headers })
}

fn check_headers(count: i32, mut body: &[u8]) -> Result<(), Malformed> {
    // A header has two bytes at least: a count that lies costs no more than the bytes that are there.
    if count < 0 || count as usize > body.len() / 2 {
        return Err(Malformed("a record has another number of headers than it says"));
    }
    for _ in 0..count {
        header(&mut body)?;
    }
    if body.is_empty() { Ok(()) } else { Err(Malformed("a record is longer than its fields")) }
}

fn header<'a>(rest: &mut &'a [u8]) -> Result<Header<'a>, Malformed> {
    let key = nullable(rest)?.ok_or(Malformed("a header has no name"))?;
    Ok(Header { key, value: nullable(rest)? })
}

/// A length and as many bytes; as in Kafka, any negative length stands for none.
#[inline(always)]
fn nullable<'a>(rest: &mut &'a [u8]) -> Result<Option<&'a [u8]>, Malformed> {
    let len = varint(rest)?;
    let Ok(len) = usize::try_from(len) else {
        return Ok(None);
    };
    let (field, behind) = rest.split_at_checked(len).ok_or(Malformed("a record ends early"))?;
    *rest = behind;
    Ok(Some(field))
}

#[inline(always)]
fn varint(rest: &mut &[u8]) -> Result<i32, Malformed> {
    // Lengths below 8192 take two bytes or fewer.
    let raw = match **rest {
        [a, ref tail @ ..] if a < 0x80 => {
            *rest = tail;
            u32::from(a)
        }
        [a, b, ref tail @ ..] if b < 0x80 => {
            *rest = tail;
            u32::from(a & 0x7f) | u32::from(b) << 7
        }
        _ => long_varint(rest, 5)? as u32,
    };
    Ok((raw >> 1) as i32 ^ -((raw & 1) as i32))
}

#[inline(always)]
fn varlong(rest: &mut &[u8]) -> Result<i64, Malformed> {
    let raw = match **rest {
        [a, ref tail @ ..] if a < 0x80 => {
            *rest = tail;
            u64::from(a)
        }
        _ => long_varint(rest, 10)?,
    };
    Ok((raw >> 1) as i64 ^ -((raw & 1) as i64))
}

#[inline(never)]
fn long_varint(rest: &mut &[u8], most: usize) -> Result<u64, Malformed> {
    let mut value = 0_u64;
    for (at, byte) in rest.iter().take(most).enumerate() {
        value |= u64::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            *rest = &rest[at + 1..];
            return Ok(value);
        }
    }
    Err(Malformed("a variable-length number does not end"))
}

/// Appends a number as `varint` and `varlong` read it.
pub(super) fn put_varlong(out: &mut bytes::BytesMut, value: i64) {
    use bytes::BufMut;
    let mut raw = (value << 1 ^ value >> 63) as u64;
    while raw >= 0x80 {
        out.put_u8(raw as u8 | 0x80);
        raw >>= 7;
    }
    out.put_u8(raw as u8);
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::BytesMut;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(gracchus_cases::property(gracchus_cases::ORDINARY))]

        #[test]
        fn numbers_come_back(value in any::<i64>(), small in any::<i32>()) {
            let mut out = BytesMut::new();
            put_varlong(&mut out, value);
            put_varlong(&mut out, i64::from(small));
            let mut rest = &out[..];
            prop_assert_eq!(varlong(&mut rest), Ok(value));
            prop_assert_eq!(varint(&mut rest), Ok(small));
            prop_assert!(rest.is_empty());
        }

        #[test]
        fn random_bytes_are_records_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..200), count in -1..50_i32) {
            for record in Records::new(&bytes, count).flatten() {
                prop_assert_eq!(record.headers.len(), record.headers.count());
            }
        }
    }

    /// A record of one-byte fields.
    fn plain(fields: &[u8]) -> Vec<u8> {
        let mut bytes = vec![(fields.len() as u8) << 1];
        bytes.extend_from_slice(fields);
        bytes
    }

    #[test]
    fn a_record_gives_its_fields() {
        // attributes, timestamp +3, offset +1, key "k", value "vw", one header "h" without a value
        let bytes = plain(&[0, 6, 2, 2, b'k', 4, b'v', b'w', 2, 2, b'h', 1]);
        let record = Records::new(&bytes, 1).next().unwrap().unwrap();
        assert_eq!((record.timestamp_delta, record.offset_delta), (3, 1));
        assert_eq!((record.key, record.value), (Some(&b"k"[..]), Some(&b"vw"[..])));
        assert_eq!(record.headers.collect::<Vec<_>>(), [Header { key: b"h", value: None }]);
    }

    #[test]
    fn what_is_not_a_record_is_refused() {
        let good = plain(&[0, 0, 0, 1, 1, 0]);
        let cases: [(&str, Vec<u8>); 7] = [
            ("longer than the batch", vec![100, 0, 0]),
            ("a negative length", vec![1]),
            ("empty", vec![0]),
            ("a key beyond the record", plain(&[0, 0, 0, 20, 1, 0])),
            ("more headers than bytes", plain(&[0, 0, 0, 1, 1, 0x7e])),
            ("a header without a name", plain(&[0, 0, 0, 1, 1, 2, 1, 1])),
            ("bytes behind its fields", plain(&[0, 0, 0, 1, 1, 0, 9])),
        ];
        assert!(Records::new(&good, 1).all(|it| it.is_ok()));
        for (what, bytes) in cases {
            let read: Vec<_> = Records::new(&bytes, 1).collect();
            assert!(matches!(read[..], [Err(_)]), "{what}: {read:?}");
        }
    }

    #[test]
    fn bytes_behind_the_last_record_are_an_error() {
        let mut bytes = plain(&[0, 0, 0, 1, 1, 0]);
        bytes.push(0);
        let read: Vec<_> = Records::new(&bytes, 1).map(|it| it.is_ok()).collect();
        assert_eq!(read, [true, false]);
    }
}
