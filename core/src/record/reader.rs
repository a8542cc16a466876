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
    raw: &'a [u8],
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
        let _ = self.raw;
        todo!()
    }
}

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

    fn next(&mut self) -> Option<Result<Record<'a>, Malformed>> {
        let _ = (self.rest, self.left);
        todo!()
    }
}
