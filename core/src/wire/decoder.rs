//! Reads a message's fields off a frame.

use super::Records;
use super::text::{self, STRING_MOST};
use crate::types::Uuid;
use bytes::Bytes;
use bytestring::ByteString;
use core::fmt;

/// An array reserves at most this much before its first element is read; it grows with the elements that are there.
const RESERVE_MOST: usize = 16 * 1024;

/// A frame and how far it was read.
#[derive(Clone, Debug)]
pub struct Decoder {
    frame: Bytes,
    at: usize,
    /// What all arrays have reserved, in bytes.
    #[cfg(test)]
    pub(super) reserved: usize,
}

/// Why bytes are not the message that they claim to be. `at` counts from the frame's first byte.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DecodeError {
    /// The frame ends before the field does.
    Short {
        /// Where the field begins.
        at: usize,
        /// How many bytes it needs; a count lies by at least this much.
        wanted: usize,
    },
    /// A length or a count that no field of this kind has.
    Length {
        /// Where the field begins.
        at: usize,
        /// What it says.
        length: i64,
    },
    /// Null where the version has no null.
    Null {
        /// Where the field begins.
        at: usize,
    },
    /// A variable-length number of more than 32 bits.
    Varint {
        /// Where it begins.
        at: usize,
    },
    /// A tagged field that is not as long as it says.
    Tag {
        /// Where its value begins.
        at: usize,
        /// Which.
        tag: u32,
    },
    /// Bytes behind the message's end.
    Trailing {
        /// Where the message ends.
        at: usize,
        /// How many.
        left: usize,
    },
    /// An API that this build does not have.
    Api {
        /// Its key.
        key: i16,
    },
    /// A version that the API does not have.
    Version {
        /// Of which API.
        key: i16,
        /// Which.
        version: i16,
    },
    /// The number in front of a message is no version of that message.
    Prefix {
        /// The number.
        version: i16,
    },
    /// An answer to another request than the one that is due.
    Correlation {
        /// The one that is due.
        expected: i32,
        /// The one that the answer names.
        found: i32,
    },
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DecodeError::Short { at, wanted } => {
                write!(f, "byte {at}: {wanted} more bytes are announced than there are")
            }
            DecodeError::Length { at, length } => write!(f, "byte {at}: {length} is no length"),
            DecodeError::Null { at } => write!(f, "byte {at}: null where there must be a value"),
            DecodeError::Varint { at } => write!(f, "byte {at}: the number has more than 32 bits"),
            DecodeError::Tag { at, tag } => write!(f, "byte {at}: tagged field {tag} is not as long as it says"),
            DecodeError::Trailing { at, left } => write!(f, "byte {at}: {left} bytes behind the message's end"),
            DecodeError::Api { key } => write!(f, "there is no API {key}"),
            DecodeError::Version { key, version } => write!(f, "API {key} has no version {version}"),
            DecodeError::Prefix { version } => write!(f, "the message in the bytes has no version {version}"),
            DecodeError::Correlation { expected, found } => {
                write!(f, "an answer to request {found} where one to {expected} is due")
            }
        }
    }
}

impl core::error::Error for DecodeError {}

impl Decoder {
    /// At a frame's first byte.
    #[must_use]
    pub fn new(frame: Bytes) -> Decoder {
        Decoder {
            frame,
            at: 0,
            #[cfg(test)]
            reserved: 0,
        }
    }

    /// How many bytes are left.
    #[must_use]
    pub fn remaining(&self) -> usize {
        self.frame.len() - self.at
    }

    /// How many bytes were read.
    #[must_use]
    pub fn position(&self) -> usize {
        self.at
    }

    /// Refuses bytes that nothing has read. Answers are read so; behind a request, bytes are ignored.
    pub fn finish(&self) -> Result<(), DecodeError> {
        match self.remaining() {
            0 => Ok(()),
            left => Err(DecodeError::Trailing { at: self.at, left }),
        }
    }

    #[inline]
    fn fixed<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        match self.frame[self.at..].first_chunk::<N>() {
            Some(bytes) => {
                self.at += N;
                Ok(*bytes)
            }
            None => Err(self.short(N)),
        }
    }

    #[cold]
    fn short(&self, length: usize) -> DecodeError {
        DecodeError::Short { at: self.at, wanted: length.saturating_sub(self.remaining()) }
    }

    /// One byte; anything but nought is true.
    #[inline]
    pub fn bool(&mut self) -> Result<bool, DecodeError> {
        Ok(self.fixed::<1>()? != [0])
    }

    /// One byte, signed.
    #[inline]
    pub fn int8(&mut self) -> Result<i8, DecodeError> {
        self.fixed().map(i8::from_be_bytes)
    }

    /// Two bytes, big-endian as all numbers.
    #[inline]
    pub fn int16(&mut self) -> Result<i16, DecodeError> {
        self.fixed().map(i16::from_be_bytes)
    }

    /// Two bytes, unsigned.
    #[inline]
    pub fn uint16(&mut self) -> Result<u16, DecodeError> {
        self.fixed().map(u16::from_be_bytes)
    }

    /// Four bytes.
    #[inline]
    pub fn int32(&mut self) -> Result<i32, DecodeError> {
        self.fixed().map(i32::from_be_bytes)
    }

    /// Four bytes, unsigned.
    #[inline]
    pub fn uint32(&mut self) -> Result<u32, DecodeError> {
        self.fixed().map(u32::from_be_bytes)
    }

    /// Eight bytes.
    #[inline]
    pub fn int64(&mut self) -> Result<i64, DecodeError> {
        self.fixed().map(i64::from_be_bytes)
    }

    /// Eight bytes, IEEE 754.
    #[inline]
    pub fn float64(&mut self) -> Result<f64, DecodeError> {
        self.fixed().map(f64::from_be_bytes)
    }

    /// Sixteen bytes.
    #[inline]
    pub fn uuid(&mut self) -> Result<Uuid, DecodeError> {
        self.fixed().map(Uuid)
    }

    /// A base-128 number of at most 32 bits (KIP-482).
    #[inline]
    pub fn uvarint(&mut self) -> Result<u32, DecodeError> {
        let at = self.at;
        let mut value = 0u32;
        for shift in [0, 7, 14, 21, 28] {
            let [byte] = self.fixed::<1>()?;
            if shift == 28 && byte > 0b1111 {
                break;
            }
            value |= u32::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(DecodeError::Varint { at })
    }

    /// A length, or -1 for null. Compact lengths are one more than what they mean (KIP-482).
    #[inline]
    fn compact_length(&mut self) -> Result<i64, DecodeError> {
        Ok(i64::from(self.uvarint()?) - 1)
    }

    #[inline]
    fn length_or_null(&self, at: usize, length: i64) -> Result<Option<usize>, DecodeError> {
        match length {
            -1 => Ok(None),
            0.. => Ok(Some(length as usize)),
            _ => Err(DecodeError::Length { at, length }),
        }
    }

    #[inline]
    fn slice(&mut self, length: usize) -> Result<Bytes, DecodeError> {
        if length > self.remaining() {
            return Err(self.short(length));
        }
        let from = self.at;
        self.at += length;
        Ok(self.frame.slice(from..self.at))
    }

    /// A string.
    #[inline]
    pub fn string(&mut self, flexible: bool) -> Result<ByteString, DecodeError> {
        let at = self.at;
        self.nullable_string(flexible)?.ok_or(DecodeError::Null { at })
    }

    /// A string or null. Bytes that are not UTF-8 are read as Java reads them, with U+FFFD in their place, because Kafka
    /// closes no connection for them: a client may have a `client.id` in Latin-1.
    #[inline]
    pub fn nullable_string(&mut self, flexible: bool) -> Result<Option<ByteString>, DecodeError> {
        let at = self.at;
        let length = if flexible { self.compact_length()? } else { i64::from(self.int16()?) };
        if length > STRING_MOST as i64 {
            return Err(DecodeError::Length { at, length });
        }
        let Some(length) = self.length_or_null(at, length)? else { return Ok(None) };
        let bytes = self.slice(length)?;
        Ok(Some(ByteString::try_from(bytes).unwrap_or_else(|_| text::repaired(&self.frame[self.at - length..self.at]))))
    }

    /// Bytes.
    #[inline]
    pub fn bytes(&mut self, flexible: bool) -> Result<Bytes, DecodeError> {
        let at = self.at;
        self.nullable_bytes(flexible)?.ok_or(DecodeError::Null { at })
    }

    /// Bytes or null.
    #[inline]
    pub fn nullable_bytes(&mut self, flexible: bool) -> Result<Option<Bytes>, DecodeError> {
        let at = self.at;
        let length = if flexible { self.compact_length()? } else { i64::from(self.int32()?) };
        let Some(length) = self.length_or_null(at, length)? else { return Ok(None) };
        self.slice(length).map(Some)
    }

    /// Records, unchecked.
    #[inline]
    pub fn records(&mut self, flexible: bool) -> Result<Records, DecodeError> {
        self.bytes(flexible).map(Records::from)
    }

    /// Records or null.
    #[inline]
    pub fn nullable_records(&mut self, flexible: bool) -> Result<Option<Records>, DecodeError> {
        Ok(self.nullable_bytes(flexible)?.map(Records::from))
    }

    /// Whether a nullable struct is not there (KIP-893).
    #[inline]
    pub fn is_null(&mut self) -> Result<bool, DecodeError> {
        Ok(self.int8()? < 0)
    }

    /// Whether a nullable struct that is a tagged field is not there. Kafka's classes write a variable-length number in
    /// front of such a struct, 0 for null, where they write one byte in front of a struct without a tag.
    #[inline]
    pub fn is_null_in_tag(&mut self) -> Result<bool, DecodeError> {
        Ok(self.uvarint()? == 0)
    }

    /// An array, each of whose elements takes at least `element_least` bytes.
    #[inline]
    pub fn array<T>(
        &mut self,
        flexible: bool,
        element_least: usize,
        element: impl FnMut(&mut Decoder) -> Result<T, DecodeError>,
    ) -> Result<Vec<T>, DecodeError> {
        let at = self.at;
        self.nullable_array(flexible, element_least, element)?.ok_or(DecodeError::Null { at })
    }

    /// An array or null.
    #[inline]
    pub fn nullable_array<T>(
        &mut self,
        flexible: bool,
        element_least: usize,
        mut element: impl FnMut(&mut Decoder) -> Result<T, DecodeError>,
    ) -> Result<Option<Vec<T>>, DecodeError> {
        let at = self.at;
        let length = if flexible { self.compact_length()? } else { i64::from(self.int32()?) };
        let Some(count) = self.length_or_null(at, length)? else { return Ok(None) };
        // A count is a claim: it is believed only as far as the bytes behind it could hold that many elements.
        let least = count.saturating_mul(element_least);
        if least > self.remaining() {
            return Err(self.short(least));
        }
        let mut items = Vec::with_capacity(count.min(RESERVE_MOST / size_of::<T>().max(1)));
        self.note_reserved::<T>(items.capacity());
        for _ in 0..count {
            items.push(element(self)?);
        }
        self.note_reserved::<T>(items.capacity());
        Ok(Some(items))
    }

    #[inline]
    fn note_reserved<T>(&mut self, _elements: usize) {
        #[cfg(test)]
        {
            self.reserved += _elements * size_of::<T>();
        }
    }

    /// Reads tagged fields (KIP-482): `known` reads the value of a tag that it knows, else answers `false` without
    /// reading.
    pub fn tags(
        &mut self,
        mut known: impl FnMut(&mut Decoder, u32) -> Result<bool, DecodeError>,
    ) -> Result<(), DecodeError> {
        // Each takes two bytes at least, so that the count needs no check of its own.
        for _ in 0..self.uvarint()? {
            let tag = self.uvarint()?;
            let length = self.uvarint()? as usize;
            if length > self.remaining() {
                return Err(self.short(length));
            }
            let at = self.at;
            if !known(self, tag)? {
                self.at = at + length;
            }
            if self.at != at + length {
                return Err(DecodeError::Tag { at, tag });
            }
        }
        Ok(())
    }

    /// Skips tagged fields, none of which this build knows.
    #[inline]
    pub fn skip_tags(&mut self) -> Result<(), DecodeError> {
        if self.frame.get(self.at) == Some(&0) {
            self.at += 1;
            return Ok(());
        }
        self.tags(|_, _| Ok(false))
    }
}
