//! Request frames that no client sends and that a server must survive, drawn from the schema table alone.
//!
//! **Invariants**
//! - The same arguments make the same frames.
//! - A frame begins with the request's header; its length prefix is left out, as a server's session gets it.
//!
//! **In Kafka**: nothing like it; `RequestHeader` says what stands in front of a request.

use super::sample::{Draw, Random, length, uvarint, write};
use super::table::{Field, Kind, Message, Type};

/// The correlation id of every frame.
pub const CORRELATION: i32 = 0x5eed;

/// The requests that there are, from the table, and the headers that they have.
#[derive(Clone, Debug)]
pub struct Requests(Vec<Message>);

impl Requests {
    /// Reads the table.
    ///
    /// # Panics
    /// The table of this repository cannot be read.
    #[must_use]
    pub fn of_table() -> Requests {
        let mut messages = super::read_table().expect("the table can be read");
        messages.retain(|message| message.kind == Kind::Request);
        Requests(messages)
    }

    /// A request as its API makes it, but for its strings: any of them, the client id too, may be any bytes.
    ///
    /// # Panics
    /// The table has no request of that key and version.
    #[must_use]
    pub fn with_any_strings(&self, seed: u64, key: i16, version: i16) -> Vec<u8> {
        let mut random = Random::new(seed);
        let client_id = any_bytes(&mut random);
        let mut frame = self.header(key, version, &client_id);
        write(self.find(key, version), version, &mut AnyStrings(random), &mut frame);
        frame
    }

    /// Requests that look valid and are as deep or as wide as `max_len` bytes permit: in each, the arrays at one depth
    /// have as many elements as fit, or the arrays at every depth have many. Strings are empty, one name again and again,
    /// all different, or as long as a string can be; numbers are one number again and again, or all different; flags are
    /// all set or all not set. One more frame is cut, so that its counts are lies. No frame is longer than `max_len`.
    ///
    /// # Panics
    /// The table has no request of that key and version.
    pub fn deep(&self, seed: u64, key: i16, version: i16, max_len: usize) -> impl Iterator<Item = Vec<u8>> {
        let request = self.find(key, version);
        let header = self.header(key, version, b"");
        let shapes = (1..=DEPTH_MOST).map(Shape::Wide).chain([Shape::Filled(3), Shape::Filled(40), Shape::Cut]);
        let mut random = Random::new(seed);
        shapes.map(move |shape| {
            let mut frame = header.clone();
            let left = max_len.saturating_sub(frame.len() + BEHIND_MOST);
            write(request, version, &mut Deep::new(shape, left, &mut random), &mut frame);
            let is_cut = matches!(shape, Shape::Cut);
            frame.truncate(if is_cut { max_len / 4 * 3 } else { max_len });
            frame
        })
    }

    fn find(&self, key: i16, version: i16) -> &Message {
        let is_it = |message: &&Message| message.key == Some(key) && message.valid.contains(version);
        self.0.iter().find(is_it).unwrap_or_else(|| panic!("the table has no request {key} in version {version}"))
    }

    fn header(&self, key: i16, version: i16, client_id: &[u8]) -> Vec<u8> {
        let mut header = Vec::new();
        header.extend(key.to_be_bytes());
        header.extend(version.to_be_bytes());
        header.extend(CORRELATION.to_be_bytes());
        length(client_id.len(), false, 2, &mut header);
        header.extend(client_id);
        if self.find(key, version).flexible.contains(version) {
            uvarint(0, &mut header);
        }
        header
    }
}

/// Values that a server takes for a request, and strings that are any bytes.
struct AnyStrings(Random);

impl Draw for AnyStrings {
    fn is_null(&mut self, _field: &Field) -> bool {
        self.0.below(4) == 0
    }

    fn text(&mut self, _field: &Field) -> Vec<u8> {
        match self.0.below(4) {
            0 => ONE_NAME.to_vec(),
            _ => any_bytes(&mut self.0),
        }
    }

    fn size(&mut self, _field: &Field) -> usize {
        self.0.one_of(&[0, 1, 90])
    }

    fn number(&mut self, _field: &Field, size: usize) -> u128 {
        self.0.number(size)
    }

    fn begin_array(&mut self, _element: &Type) -> usize {
        self.0.below(4)
    }
}

/// Bytes of a string: Latin-1, parts of characters, long ones, and any.
fn any_bytes(random: &mut Random) -> Vec<u8> {
    let size = random.one_of(&[0, 1, 2, 3, 8, 40, 40, 300, STRING_MOST]);
    let few = random.one_of(&[&[0xe9, b'a'][..], &[0xed, 0xa0, 0x80, 0xbf], &[0xf0, 0x9f, 0xa6, 0x80, 0xc3], &[]]);
    let byte = |random: &mut Random| if few.is_empty() { random.below(256) as u8 } else { random.one_of(few) };
    (0..size).map(|_| byte(random)).collect()
}

/// How deep arrays lie in each other at most, in any request.
const DEPTH_MOST: usize = 4;

/// Fields behind the last long array of a request, and the few fields without an array, take no more bytes than this.
const BEHIND_MOST: usize = 96;

/// As long as a string can be.
const STRING_MOST: usize = i16::MAX as usize;

/// The length of a string and the count of an array take no more bytes than this.
const LENGTH_MOST: usize = 4;

/// The name that is repeated: of the topic that tests have.
const ONE_NAME: &[u8] = b"t";

/// Where a deep request has its elements.
#[derive(Clone, Copy)]
enum Shape {
    /// Arrays at this depth have as many elements as fit, arrays around them one each, arrays in them none.
    Wide(usize),
    /// Every array has this many elements, or as many as fit.
    Filled(usize),
    /// As wide as can be, and not whole.
    Cut,
}

#[derive(Clone, Copy)]
enum Names {
    Empty,
    One,
    Counting,
    Long,
}

#[derive(Clone, Copy)]
enum Numbers {
    Same(i64),
    Counting,
}

/// The values of a deep request.
struct Deep {
    shape: Shape,
    names: Names,
    numbers: Numbers,
    /// What every flag is.
    flags: bool,
    /// How many arrays the next field is inside.
    inside: usize,
    /// About how many bytes may still be written.
    left: usize,
    drawn: u128,
}

impl Deep {
    fn new(shape: Shape, left: usize, random: &mut Random) -> Deep {
        let names =
            random.one_of(&[Names::Empty, Names::One, Names::One, Names::Counting, Names::Counting, Names::Long]);
        // Types of resources are among them, and values that stand for something.
        let same = random.one_of(&[0, 1, 2, 4, 8, 16, 32, -1, -2, -3]);
        let numbers = random.one_of(&[Numbers::Same(same), Numbers::Same(same), Numbers::Counting]);
        let flags = random.below(2) == 1;
        Deep { shape, names, numbers, flags, inside: 0, left, drawn: 0 }
    }

    fn take(&mut self, bytes: usize) {
        self.left = self.left.saturating_sub(bytes);
    }
}

impl Draw for Deep {
    fn is_null(&mut self, _field: &Field) -> bool {
        false
    }

    fn text(&mut self, _field: &Field) -> Vec<u8> {
        let text = match self.names {
            Names::Empty => Vec::new(),
            Names::One => ONE_NAME.to_vec(),
            Names::Counting => {
                self.drawn += 1;
                self.drawn.to_string().into_bytes()
            }
            Names::Long => vec![b'x'; STRING_MOST.min(self.left / 2)],
        };
        self.take(text.len() + LENGTH_MOST);
        text
    }

    fn size(&mut self, _field: &Field) -> usize {
        self.take(LENGTH_MOST);
        0
    }

    fn number(&mut self, field: &Field, size: usize) -> u128 {
        self.take(size);
        self.drawn += 1;
        match self.numbers {
            _ if field.kind == Type::Bool => self.flags.into(),
            Numbers::Same(number) => i128::from(number) as u128,
            Numbers::Counting => self.drawn,
        }
    }

    fn begin_array(&mut self, _element: &Type) -> usize {
        self.inside += 1;
        self.take(LENGTH_MOST);
        match self.shape {
            Shape::Cut => usize::MAX,
            Shape::Wide(depth) if self.inside < depth => 1,
            Shape::Wide(depth) if self.inside > depth => 0,
            Shape::Wide(_) => usize::MAX,
            Shape::Filled(most) => most,
        }
    }

    fn has_room(&mut self) -> bool {
        // Each element is counted with the byte of its tagged fields and one more, so that no array is without an end.
        self.take(2);
        self.left > 0
    }

    fn end_array(&mut self) {
        self.inside -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_the_same_for_the_same_arguments_and_no_longer_than_asked() {
        let requests = Requests::of_table();
        let frames = |seed| requests.deep(seed, 1, 13, 5_000).collect::<Vec<_>>();
        assert_eq!(frames(3), frames(3));
        assert!((0..9).any(|seed| frames(seed) != frames(3)));
        assert!(frames(3).iter().all(|frame| frame.len() <= 5_000));
        assert!(frames(3).iter().any(|frame| frame.len() > 4_000), "some are about as long");
        assert_eq!(requests.with_any_strings(9, 11, 7), requests.with_any_strings(9, 11, 7));
    }

    #[test]
    fn a_string_of_some_frame_is_not_utf8() {
        let requests = Requests::of_table();
        let frames = (0..20).map(|seed| requests.with_any_strings(seed, 32, 1));
        assert!(frames.filter(|frame| std::str::from_utf8(frame).is_err()).count() > 0);
    }
}
