//! Writes a message's fields into a frame's parts.

use super::{Records, text};
use crate::types::Uuid;
use bytes::{Bytes, BytesMut};

/// A shared part smaller than this is copied between the fields: one piece costs a socket less than three.
const COPY_BELOW: usize = 512;

/// The buffer grows by so many bytes more than it must: most fields are of eight bytes or fewer.
const AHEAD: usize = 256;

/// A frame that is being written. Fields go to a buffer that the caller lends and gets back; records are kept aside as
/// they are, with the place where they belong.
#[derive(Debug)]
pub struct Encoder<'a> {
    /// Noughts from `written` on.
    scratch: &'a mut BytesMut,
    written: usize,
    /// What was kept aside, and how many bytes of the buffer come before it.
    shared: Vec<(usize, Bytes)>,
}

impl<'a> Encoder<'a> {
    /// Writes into `scratch`, which must be empty and is empty again in the end; what it has room for is used.
    #[must_use]
    pub fn new(scratch: &'a mut BytesMut) -> Encoder<'a> {
        assert!(scratch.is_empty(), "a frame begins in an empty buffer");
        Encoder { scratch, written: 0, shared: Vec::new() }
    }

    /// How many bytes were written, with those that were kept aside.
    #[must_use]
    pub fn len(&self) -> usize {
        self.written + self.shared.iter().map(|(_, part)| part.len()).sum::<usize>()
    }

    /// Whether nothing was written yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The parts, in order.
    #[must_use]
    pub fn finish(self) -> Vec<Bytes> {
        let fields = self.scratch.split_to(self.written).freeze();
        self.scratch.clear();
        if self.shared.is_empty() {
            return vec![fields];
        }
        let mut parts = Vec::with_capacity(2 * self.shared.len() + 1);
        let mut from = 0;
        for (at, part) in self.shared {
            if at > from {
                parts.push(fields.slice(from..at));
            }
            parts.push(part);
            from = at;
        }
        if from < fields.len() {
            parts.push(fields.slice(from..));
        }
        parts
    }

    /// The bytes of a message that has no records among its fields: those are always in one piece.
    #[must_use]
    pub fn finish_whole(self) -> Bytes {
        assert!(self.shared.is_empty(), "the message holds records");
        let fields = self.scratch.split_to(self.written).freeze();
        self.scratch.clear();
        fields
    }

    /// The parts, with the length of what follows written over the first four bytes.
    #[must_use]
    pub(super) fn finish_frame(self) -> Vec<Bytes> {
        let length = i32::try_from(self.len() - 4).expect("a frame is shorter than 2 GiB");
        self.scratch[..4].copy_from_slice(&length.to_be_bytes());
        self.finish()
    }

    /// One byte, 1 for true.
    #[inline]
    pub fn bool(&mut self, value: bool) {
        self.put([u8::from(value)]);
    }

    /// One byte, signed.
    #[inline]
    pub fn int8(&mut self, value: i8) {
        self.put(value.to_be_bytes());
    }

    /// Two bytes, big-endian as all numbers.
    #[inline]
    pub fn int16(&mut self, value: i16) {
        self.put(value.to_be_bytes());
    }

    /// Two bytes, unsigned.
    #[inline]
    pub fn uint16(&mut self, value: u16) {
        self.put(value.to_be_bytes());
    }

    /// Four bytes.
    #[inline]
    pub fn int32(&mut self, value: i32) {
        self.put(value.to_be_bytes());
    }

    /// Four bytes, unsigned.
    #[inline]
    pub fn uint32(&mut self, value: u32) {
        self.put(value.to_be_bytes());
    }

    /// Eight bytes.
    #[inline]
    pub fn int64(&mut self, value: i64) {
        self.put(value.to_be_bytes());
    }

    /// Eight bytes, IEEE 754.
    #[inline]
    pub fn float64(&mut self, value: f64) {
        self.put(value.to_be_bytes());
    }

    /// Sixteen bytes.
    #[inline]
    pub fn uuid(&mut self, value: Uuid) {
        self.put(value.0);
    }

    /// A base-128 number (KIP-482).
    #[inline]
    pub fn uvarint(&mut self, value: u32) {
        if value < 0x80 {
            return self.put([value as u8]);
        }
        let (bytes, length) = uvarint_bytes(value);
        self.put_slice(&bytes[..length]);
    }

    /// The one place where a number is written: its length is known here, and it costs a comparison and a store.
    #[inline]
    fn put<const N: usize>(&mut self, bytes: [u8; N]) {
        let end = self.written + N;
        if end > self.scratch.len() {
            self.grow(end);
        }
        self.scratch[self.written..end].copy_from_slice(&bytes);
        self.written = end;
    }

    fn put_slice(&mut self, bytes: &[u8]) {
        let end = self.written + bytes.len();
        if end > self.scratch.len() {
            self.grow(end);
        }
        self.scratch[self.written..end].copy_from_slice(bytes);
        self.written = end;
    }

    #[cold]
    fn grow(&mut self, end: usize) {
        // Within what the buffer has room for it is not moved.
        let most = self.scratch.capacity().max(end);
        self.scratch.resize(most.min(end + AHEAD), 0);
    }

    #[inline]
    fn length(&mut self, length: usize, flexible: bool) {
        assert!(length < i32::MAX as usize, "lengths and counts are below 2^31");
        if flexible {
            self.uvarint(length as u32 + 1);
        } else {
            self.int32(length as i32);
        }
    }

    #[inline]
    fn null(&mut self, flexible: bool) {
        if flexible {
            self.uvarint(0);
        } else {
            self.int32(-1);
        }
    }

    /// A string. It is cut to the length that a string on the wire may have: a message may quote a name that is as long
    /// as a string can be, and the words around it make it longer.
    #[inline]
    pub fn string(&mut self, value: &str, flexible: bool) {
        let value = text::within_most(value);
        if flexible {
            self.uvarint(value.len() as u32 + 1);
        } else {
            self.int16(value.len() as i16);
        }
        self.put_slice(value.as_bytes());
    }

    /// A string or null.
    #[inline]
    pub fn nullable_string(&mut self, value: Option<&str>, flexible: bool) {
        match value {
            Some(value) => self.string(value, flexible),
            None if flexible => self.uvarint(0),
            None => self.int16(-1),
        }
    }

    /// Bytes.
    #[inline]
    pub fn bytes(&mut self, value: &[u8], flexible: bool) {
        self.length(value.len(), flexible);
        self.put_slice(value);
    }

    /// Bytes or null.
    #[inline]
    pub fn nullable_bytes(&mut self, value: Option<&[u8]>, flexible: bool) {
        match value {
            Some(value) => self.bytes(value, flexible),
            None => self.null(flexible),
        }
    }

    /// Records, shared and not copied.
    #[inline]
    pub fn records(&mut self, value: &Records, flexible: bool) {
        self.length(value.len(), flexible);
        for part in value.parts() {
            if part.len() < COPY_BELOW {
                self.put_slice(part);
            } else {
                self.shared.push((self.written, part.clone()));
            }
        }
    }

    /// Records or null.
    #[inline]
    pub fn nullable_records(&mut self, value: Option<&Records>, flexible: bool) {
        match value {
            Some(value) => self.records(value, flexible),
            None => self.null(flexible),
        }
    }

    /// A nullable struct (KIP-893).
    #[inline]
    pub fn nullable<T>(&mut self, value: Option<&T>, write: impl FnOnce(&mut Self, &T)) {
        self.int8(if value.is_some() { 1 } else { -1 });
        if let Some(value) = value {
            write(self, value);
        }
    }

    /// A nullable struct that is a tagged field: see [`super::Decoder::is_null_in_tag`].
    #[inline]
    pub fn nullable_in_tag<T>(&mut self, value: Option<&T>, write: impl FnOnce(&mut Self, &T)) {
        self.uvarint(u32::from(value.is_some()));
        if let Some(value) = value {
            write(self, value);
        }
    }

    /// An array.
    #[inline]
    pub fn array<T>(&mut self, items: &[T], flexible: bool, mut element: impl FnMut(&mut Self, &T)) {
        self.length(items.len(), flexible);
        for item in items {
            element(self, item);
        }
    }

    /// An array or null.
    #[inline]
    pub fn nullable_array<T>(&mut self, items: Option<&[T]>, flexible: bool, element: impl FnMut(&mut Self, &T)) {
        match items {
            Some(items) => self.array(items, flexible, element),
            None => self.null(flexible),
        }
    }

    /// How many tagged fields follow.
    #[inline]
    pub fn tag_count(&mut self, count: u32) {
        self.uvarint(count);
    }

    /// No tagged fields.
    #[inline]
    pub fn no_tags(&mut self) {
        self.put([0]);
    }

    /// One tagged field. Its length goes before it and is known behind it.
    pub fn tag(&mut self, tag: u32, write: impl FnOnce(&mut Self)) {
        self.uvarint(tag);
        let (start, shared) = (self.written, self.shared.len());
        write(self);
        assert_eq!(self.shared.len(), shared, "no tagged field holds records");
        let end = self.written;
        let (bytes, length) = uvarint_bytes((end - start) as u32);
        self.put_slice(&[0; 5][..length]);
        self.scratch.copy_within(start..end, start + length);
        self.scratch[start..start + length].copy_from_slice(&bytes[..length]);
    }
}

#[inline]
fn uvarint_bytes(mut value: u32) -> ([u8; 5], usize) {
    let mut bytes = [0; 5];
    let mut length = 0;
    while value >= 0x80 {
        bytes[length] = value as u8 | 0x80;
        value >>= 7;
        length += 1;
    }
    bytes[length] = value as u8;
    (bytes, length + 1)
}
