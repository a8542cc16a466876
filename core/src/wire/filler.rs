//! Messages made of a test's bytes: the same bytes make the same message.

use super::Records;
use crate::types::Uuid;
use bytes::Bytes;
use bytestring::ByteString;
use core::cmp::Ordering;

/// Bytes that fields are drawn from. When they run out, the rest is nought, null and empty.
#[derive(Debug)]
pub struct Filler {
    bytes: Vec<u8>,
    at: usize,
    wide: Option<Wide>,
}

/// Where a message made of the smallest elements has its long arrays.
#[derive(Debug)]
struct Wide {
    /// The nesting at which arrays are long: 1 for the message's own. Arrays outside have one element, arrays inside none.
    depth: usize,
    /// How many elements a long array has.
    count: usize,
    /// How many arrays the next field is inside.
    inside: usize,
}

impl Filler {
    pub fn new(bytes: Vec<u8>) -> Filler {
        Filler { bytes, at: 0, wide: None }
    }

    /// Makes a message of the most memory for its bytes: nothing is null, every number is nought, every string is empty,
    /// and the arrays at nesting `depth` have `count` elements each.
    pub fn wide(depth: usize, count: usize) -> Filler {
        Filler { bytes: Vec::new(), at: 0, wide: Some(Wide { depth, count, inside: 0 }) }
    }

    fn next<const N: usize>(&mut self) -> [u8; N] {
        core::array::from_fn(|_| {
            let byte = self.bytes.get(self.at).copied().unwrap_or(0);
            self.at += 1;
            byte
        })
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::from(self.next::<1>()[0]) % bound
    }

    pub fn bool(&mut self) -> bool {
        self.below(2) == 1
    }

    pub fn int8(&mut self) -> i8 {
        i8::from_be_bytes(self.next())
    }

    pub fn int16(&mut self) -> i16 {
        i16::from_be_bytes(self.next())
    }

    pub fn uint16(&mut self) -> u16 {
        u16::from_be_bytes(self.next())
    }

    /// A number that is equal to itself.
    pub fn float64(&mut self) -> f64 {
        f64::from(self.int32()) / 8.0
    }

    pub fn int32(&mut self) -> i32 {
        i32::from_be_bytes(self.next())
    }

    pub fn int64(&mut self) -> i64 {
        i64::from_be_bytes(self.next())
    }

    pub fn uuid(&mut self) -> Uuid {
        Uuid(self.next())
    }

    pub fn string(&mut self) -> ByteString {
        let length = self.below(12);
        (0..length).map(|_| ['a', 'é', '-', '漢', 'Z', '0', '\u{1F980}'][self.below(7)]).collect::<String>().into()
    }

    pub fn bytes(&mut self) -> Bytes {
        // Now and then beyond what is copied between the fields.
        let length = [0, 1, 5, 61, 600][self.below(5)];
        let [byte] = self.next::<1>();
        Bytes::from(vec![byte; length])
    }

    pub fn records(&mut self) -> Records {
        if self.bool() || self.wide.is_some() {
            return Records::from(self.bytes());
        }
        Records::from(self.array(|from| from.bytes()))
    }

    pub fn option<T>(&mut self, value: impl FnOnce(&mut Self) -> T) -> Option<T> {
        (self.bool() || self.wide.is_some()).then(|| value(self))
    }

    pub fn array<T>(&mut self, mut element: impl FnMut(&mut Self) -> T) -> Vec<T> {
        let Some(wide) = &mut self.wide else {
            let length = if self.at < self.bytes.len() { self.below(4) } else { 0 };
            return (0..length).map(|_| element(self)).collect();
        };
        wide.inside += 1;
        let length = match wide.inside.cmp(&wide.depth) {
            Ordering::Less => 1,
            Ordering::Equal => wide.count,
            Ordering::Greater => 0,
        };
        let items = (0..length).map(|_| element(self)).collect();
        if let Some(wide) = &mut self.wide {
            wide.inside -= 1;
        }
        items
    }
}
