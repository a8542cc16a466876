//! Record bytes on their way through: a rope of shared parts.

use bytes::{Bytes, BytesMut};
use core::fmt;

/// Whole batches as bytes. A decoded message has them in one part, an answer from the log in several; equality is that
/// of the bytes.
#[derive(Clone)]
pub struct Records(Parts);

#[derive(Clone)]
enum Parts {
    One(Bytes),
    Many(Vec<Bytes>),
}

impl Records {
    /// No records.
    pub const EMPTY: Records = Records(Parts::One(Bytes::new()));

    /// The parts, in order; some may be empty.
    #[must_use]
    pub fn parts(&self) -> &[Bytes] {
        match &self.0 {
            Parts::One(part) => core::slice::from_ref(part),
            Parts::Many(parts) => parts,
        }
    }

    /// How many bytes there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.parts().iter().map(Bytes::len).sum()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.parts().iter().all(Bytes::is_empty)
    }

    /// All of it in one piece: a copy only where there are several parts.
    #[must_use]
    pub fn into_bytes(self) -> Bytes {
        match self.0 {
            Parts::One(part) => part,
            Parts::Many(mut parts) if parts.len() == 1 => parts.remove(0),
            Parts::Many(parts) => {
                let mut whole = BytesMut::with_capacity(parts.iter().map(Bytes::len).sum());
                parts.iter().for_each(|part| whole.extend_from_slice(part));
                whole.freeze()
            }
        }
    }
}

impl Default for Records {
    fn default() -> Self {
        Records::EMPTY
    }
}

/// What stands for records that are not there.
impl Default for &Records {
    fn default() -> Self {
        static NONE: Records = Records::EMPTY;
        &NONE
    }
}

impl From<Bytes> for Records {
    fn from(part: Bytes) -> Self {
        Records(Parts::One(part))
    }
}

impl From<Vec<Bytes>> for Records {
    fn from(parts: Vec<Bytes>) -> Self {
        Records(Parts::Many(parts))
    }
}

impl PartialEq for Records {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.parts().iter().flatten().eq(other.parts().iter().flatten())
    }
}

impl Eq for Records {}

impl fmt::Debug for Records {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes of records", self.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_equal_by_their_bytes_and_not_by_their_parts() {
        let one = Records::from(Bytes::from_static(b"abcdef"));
        let many = Records::from(vec![Bytes::from_static(b"abc"), Bytes::new(), Bytes::from_static(b"def")]);
        assert_eq!(one, many);
        assert_ne!(one, Records::from(vec![Bytes::from_static(b"abc")]));
        assert_eq!(many.into_bytes(), one.into_bytes());
    }

    #[test]
    fn one_part_is_handed_on_without_a_copy() {
        let part = Bytes::from_static(b"abc");
        let at = part.as_ptr();
        assert_eq!(Records::from(vec![part.clone()]).into_bytes().as_ptr(), at);
        assert_eq!(Records::from(part).into_bytes().as_ptr(), at);
    }
}
