//! A file's bytes as a reader sees them: shared slices of what was appended, and an owned tail for small pieces.

use bytes::{BufMut, Bytes, BytesMut};

/// Pieces shorter than this are gathered; longer ones are shared with whoever appended them. A shared piece keeps alive
/// the whole buffer that it was cut from, which for the small batches of most scenarios is many times its size.
const SMALL: usize = 1024;
/// The gathered tail becomes a piece of its own at this length.
const TAIL: usize = 4096;

/// Bytes that grow at the end and are cut at the end.
#[derive(Clone, Debug, Default)]
pub struct Content {
    pieces: Vec<(u64, Bytes)>,
    tail_start: u64,
    tail: Vec<u8>,
}

impl Content {
    /// How many bytes there are.
    pub fn len(&self) -> u64 {
        self.tail_start + self.tail.len() as u64
    }

    /// Appends a piece, sharing it where that is cheaper than a copy.
    pub fn append(&mut self, piece: &Bytes) {
        if piece.len() >= SMALL {
            self.freeze();
            self.pieces.push((self.tail_start, piece.clone()));
            self.tail_start += piece.len() as u64;
        } else {
            self.tail.extend_from_slice(piece);
            if self.tail.len() >= TAIL {
                self.freeze();
            }
        }
    }

    /// Cuts to `len` bytes.
    pub fn truncate(&mut self, len: u64) {
        if len >= self.tail_start {
            self.tail.truncate((len - self.tail_start) as usize);
            return;
        }
        self.tail.clear();
        let keep = self.pieces.partition_point(|(start, _)| *start < len);
        self.pieces.truncate(keep);
        if let Some((start, last)) = self.pieces.last_mut() {
            last.truncate((len - *start) as usize);
        }
        self.tail_start = len;
    }

    /// The bytes from `at`, at most `len` of them; shared where they lie in one piece.
    pub fn read(&self, at: u64, len: u64) -> Bytes {
        let end = at.saturating_add(len).min(self.len());
        if at >= end {
            return Bytes::new();
        }
        let first = self.pieces.partition_point(|(start, piece)| start + piece.len() as u64 <= at);
        if let Some((start, piece)) = self.pieces.get(first)
            && end <= start + piece.len() as u64
        {
            return piece.slice((at - start) as usize..(end - start) as usize);
        }
        let mut joined = BytesMut::with_capacity((end - at) as usize);
        self.each_from(first, at, end, |part| joined.put_slice(part));
        joined.freeze()
    }

    /// The slices that make up `at..end`, shared.
    pub fn slices(&self, at: u64, end: u64) -> Vec<Bytes> {
        let mut slices = Vec::new();
        for (start, piece) in &self.pieces {
            let (from, to) = (at.max(*start), end.min(start + piece.len() as u64));
            if from < to {
                slices.push(piece.slice((from - start) as usize..(to - start) as usize));
            }
        }
        let (from, to) = (at.max(self.tail_start), end.min(self.len()));
        if from < to {
            let range = (from - self.tail_start) as usize..(to - self.tail_start) as usize;
            slices.push(Bytes::copy_from_slice(&self.tail[range]));
        }
        slices
    }

    /// Changes one byte.
    pub fn flip(&mut self, at: u64, mask: u8) {
        if at >= self.tail_start {
            self.tail[(at - self.tail_start) as usize] ^= mask;
            return;
        }
        let index = self.pieces.partition_point(|(start, piece)| start + piece.len() as u64 <= at);
        let (start, piece) = &mut self.pieces[index];
        // Others share the bytes: what they hold must not change with the platter.
        let mut own = BytesMut::from(&piece[..]);
        own[(at - *start) as usize] ^= mask;
        *piece = own.freeze();
    }

    fn freeze(&mut self) {
        if !self.tail.is_empty() {
            // A file that filled one tail fills another.
            let room = if self.tail.len() >= TAIL { TAIL + SMALL } else { 0 };
            let piece = Bytes::from(std::mem::replace(&mut self.tail, Vec::with_capacity(room)));
            let len = piece.len() as u64;
            self.pieces.push((self.tail_start, piece));
            self.tail_start += len;
        }
    }

    fn each_from(&self, first: usize, at: u64, end: u64, mut take: impl FnMut(&[u8])) {
        let tail = std::iter::once((self.tail_start, &self.tail[..]));
        let pieces = self.pieces[first..].iter().map(|(start, piece)| (*start, &piece[..]));
        for (start, piece) in pieces.chain(tail) {
            if start >= end {
                break;
            }
            let (from, to) = (at.max(start), end.min(start + piece.len() as u64));
            if from < to {
                take(&piece[(from - start) as usize..(to - start) as usize]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[derive(Clone, Debug)]
    enum Act {
        Append(Vec<u8>),
        Truncate(u64),
        Flip(u64),
    }

    fn act() -> impl Strategy<Value = Act> {
        prop_oneof![
            4 => prop::collection::vec(any::<u8>(), 0..200).prop_map(Act::Append),
            1 => prop::collection::vec(any::<u8>(), SMALL - 1..SMALL + 200).prop_map(Act::Append),
            1 => any::<u64>().prop_map(Act::Truncate),
            1 => any::<u64>().prop_map(Act::Flip),
        ]
    }

    proptest! {
        #![proptest_config(gracchus_cases::property(gracchus_cases::ORDINARY))]

        #[test]
        fn content_is_a_vector_of_bytes(acts in prop::collection::vec(act(), 1..60), at in 0u64..8000, len in 0u64..8000) {
            let mut content = Content::default();
            let mut model: Vec<u8> = Vec::new();
            for act in acts {
                match act {
                    Act::Append(bytes) => {
                        model.extend(&bytes);
                        content.append(&Bytes::from(bytes));
                    }
                    Act::Truncate(to) => {
                        let to = to % (model.len() as u64 + 1);
                        model.truncate(to as usize);
                        content.truncate(to);
                    }
                    Act::Flip(at) if !model.is_empty() => {
                        let at = at % model.len() as u64;
                        model[at as usize] ^= 4;
                        content.flip(at, 4);
                    }
                    Act::Flip(_) => {}
                }
                prop_assert_eq!(content.len(), model.len() as u64);
            }
            let (from, to) = (model.len().min(at as usize), model.len().min((at + len) as usize));
            prop_assert_eq!(&content.read(at, len)[..], &model[from..to]);
            prop_assert_eq!(content.slices(at, at + len).concat(), model[from..to].to_vec());
        }
    }
}
