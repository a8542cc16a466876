//! Messages as bytes, drawn from the schema table alone.
//!
//! The generated code has no part in these bytes, so that they show where it reads or writes something else than the table
//! says.
//!
//! **Invariants**
//! - The same seed makes the same bytes.
//! - The bytes are the only ones that encode their message: a tagged field that has its default value is left out
//!   (KIP-482), and every number of variable length is as short as it can be.

use super::table::{Field, Message, Type};

/// Pseudo-random numbers (SplitMix64).
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// The numbers of that seed.
    #[must_use]
    pub fn new(seed: u64) -> Random {
        Random(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(super) fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    pub(super) fn one_of<T: Copy>(&mut self, values: &[T]) -> T {
        values[self.below(values.len())]
    }

    /// A number of `size` bytes: small ones, the ends of the range, and anything.
    pub(super) fn number(&mut self, size: usize) -> u128 {
        let ends = [0, 1, u128::MAX, u128::MAX >> (129 - 8 * size), 1 << (8 * size - 1)];
        match self.below(8) {
            at if at < ends.len() => ends[at],
            _ => u128::from(self.next()) << 64 | u128::from(self.next()),
        }
    }
}

/// Returns the bytes of one message in that version.
#[must_use]
pub fn sample(message: &Message, version: i16, random: &mut Random) -> Vec<u8> {
    let mut out = Vec::new();
    write(message, version, &mut Any(random), &mut out);
    out
}

/// Writes one message, whose values come from a draw.
pub(super) fn write(message: &Message, version: i16, draw: &mut dyn Draw, out: &mut Vec<u8>) {
    let flexible = message.flexible.contains(version);
    Sampler { message, version, flexible, draw }.fields(&message.fields, out);
}

/// Where the values of fields come from.
pub(super) trait Draw {
    /// Whether a nullable field is null.
    fn is_null(&mut self, field: &Field) -> bool;
    /// The bytes of a string.
    fn text(&mut self, field: &Field) -> Vec<u8>;
    /// The length of a field of bytes or records.
    fn size(&mut self, field: &Field) -> usize;
    /// A number of `size` bytes: its lower bytes are taken.
    fn number(&mut self, field: &Field, size: usize) -> u128;
    /// Begins an array, and returns the most elements that it may have.
    fn begin_array(&mut self, element: &Type) -> usize;
    /// Whether an array that is not full gets another element.
    fn has_room(&mut self) -> bool {
        true
    }
    /// Ends an array.
    fn end_array(&mut self) {}
}

/// Anything: small values, the ends of the ranges, and others.
struct Any<'r>(&'r mut Random);

impl Draw for Any<'_> {
    fn is_null(&mut self, _field: &Field) -> bool {
        self.0.below(4) == 0
    }

    fn text(&mut self, _field: &Field) -> Vec<u8> {
        let length = self.0.one_of(&[0, 1, 5, 11, 90]);
        let letters = (0..length).map(|_| self.0.one_of(&['a', 'é', '-', '漢', 'Z', '0', '\u{1F980}']));
        letters.collect::<String>().into_bytes()
    }

    fn size(&mut self, _field: &Field) -> usize {
        self.0.one_of(&[0, 1, 7, 127, 700])
    }

    fn number(&mut self, _field: &Field, size: usize) -> u128 {
        self.0.number(size)
    }

    fn begin_array(&mut self, element: &Type) -> usize {
        // Now and then so many that the count takes two bytes.
        let most = if element.struct_name().is_some() { 3 } else { 130 };
        self.0.one_of(&[0, 1, 2, most])
    }
}

/// The default of every field.
struct Defaults;

impl Draw for Defaults {
    fn is_null(&mut self, field: &Field) -> bool {
        field.default.as_deref() == Some("null")
    }

    fn text(&mut self, field: &Field) -> Vec<u8> {
        field.default.clone().unwrap_or_default().into_bytes()
    }

    fn size(&mut self, _field: &Field) -> usize {
        0
    }

    fn number(&mut self, field: &Field, _size: usize) -> u128 {
        default_number(field)
    }

    fn begin_array(&mut self, _element: &Type) -> usize {
        0
    }
}

struct Sampler<'a, 'r> {
    message: &'a Message,
    version: i16,
    flexible: bool,
    draw: &'r mut dyn Draw,
}

impl Sampler<'_, '_> {
    fn fields(&mut self, fields: &[Field], out: &mut Vec<u8>) {
        let present = || fields.iter().filter(|field| field.versions.contains(self.version));
        let (wired, mut tagged): (Vec<_>, Vec<_>) = present().partition(|field| field.tag.is_none());
        for field in wired {
            self.field(field, out);
        }
        if !self.flexible {
            return;
        }
        tagged.sort_by_key(|field| field.tag);
        let values: Vec<_> = tagged.into_iter().filter_map(|field| self.tagged(field)).collect();
        uvarint(values.len(), out);
        for (tag, value) in values {
            uvarint(tag as usize, out);
            uvarint(value.len(), out);
            out.extend(value);
        }
    }

    /// A tagged field's value, unless it is the default.
    fn tagged(&mut self, field: &Field) -> Option<(u32, Vec<u8>)> {
        let (mut value, mut default) = (Vec::new(), Vec::new());
        self.field(field, &mut value);
        let Sampler { message, version, flexible, .. } = *self;
        Sampler { message, version, flexible, draw: &mut Defaults }.field(field, &mut default);
        (value != default).then(|| (field.tag.expect("a tagged field"), value))
    }

    fn field(&mut self, field: &Field, out: &mut Vec<u8>) {
        let nullable = field.nullable.contains(self.version);
        let is_null = nullable && self.draw.is_null(field);
        let flexible = self.flexible && !field.never_flexible;
        if let Type::Struct(_) = field.kind {
            if nullable {
                // In a tagged field the mark is a variable-length number, elsewhere a signed byte.
                let null = if field.tag.is_some() { 0 } else { 0xff };
                out.push(if is_null { null } else { 1 });
            }
            if !is_null {
                self.value(field, &field.kind, flexible, out);
            }
        } else if is_null {
            null(&field.kind, flexible, out);
        } else {
            self.value(field, &field.kind, flexible, out);
        }
    }

    fn value(&mut self, field: &Field, kind: &Type, flexible: bool, out: &mut Vec<u8>) {
        match kind {
            Type::String => {
                let text = self.draw.text(field);
                length(text.len(), flexible, 2, out);
                out.extend(text);
            }
            Type::Bytes | Type::Records => {
                let size = self.draw.size(field);
                length(size, flexible, 4, out);
                (0..size).for_each(|at| out.push((at * 7) as u8));
            }
            Type::Struct(name) => {
                let message = self.message;
                self.fields(&message.find(name).fields, out);
            }
            Type::Array(element) => {
                let most = self.draw.begin_array(element);
                let (mut count, mut elements) = (0, Vec::new());
                while count < most && self.draw.has_room() {
                    self.value(field, element, flexible, &mut elements);
                    count += 1;
                }
                self.draw.end_array();
                length(count, flexible, 4, out);
                out.extend(elements);
            }
            number => {
                let size = size(number);
                let value = self.draw.number(field, size);
                let value = if *number == Type::Bool { value & 1 } else { value };
                out.extend(&value.to_be_bytes()[16 - size..]);
            }
        }
    }
}

fn default_number(field: &Field) -> u128 {
    let text = field.default.as_deref().unwrap_or("0");
    let number = match text {
        "false" => Some(0),
        "true" => Some(1),
        hex if hex.starts_with("0x") => i128::from_str_radix(&hex[2..], 16).ok(),
        decimal => decimal.parse().ok(),
    };
    number.unwrap_or_else(|| panic!("{}: {text:?} is no number", field.name)) as u128
}

fn size(kind: &Type) -> usize {
    match kind {
        Type::Bool | Type::Int8 => 1,
        Type::Int16 | Type::Uint16 => 2,
        Type::Int32 | Type::Uint32 => 4,
        Type::Int64 | Type::Float64 => 8,
        Type::Uuid => 16,
        Type::String | Type::Bytes | Type::Records | Type::Struct(_) | Type::Array(_) => unreachable!("no number"),
    }
}

/// A length or a count: compact in flexible versions, else a number of `size` bytes.
pub(super) fn length(length: usize, flexible: bool, size: usize, out: &mut Vec<u8>) {
    match flexible {
        true => uvarint(length + 1, out),
        false => out.extend(&length.to_be_bytes()[8 - size..]),
    }
}

fn null(kind: &Type, flexible: bool, out: &mut Vec<u8>) {
    match (flexible, kind) {
        (true, _) => out.push(0),
        (false, Type::String) => out.extend([0xff; 2]),
        (false, _) => out.extend([0xff; 4]),
    }
}

pub(super) fn uvarint(mut value: usize, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codegen::table::parse;

    const TABLE: &str = "\
7 SampleRequest request valid=0-1 flex=1+
  Name string 0+ null=1+
  Limit int32 1+ tag=3@1+ def=\"-1\"
";

    #[test]
    fn defaults_of_tagged_fields_are_left_out() {
        let message = &parse(TABLE).unwrap()[0];
        let samples: Vec<_> = (0..200).map(|seed| sample(message, 1, &mut Random::new(seed))).collect();
        let with_field = |it: &&Vec<u8>| it.len() > 7 && it[it.len() - 7..].starts_with(&[1, 3, 4]);
        let present = samples.iter().filter(with_field).count();
        assert!(present > 50 && present < 190, "{present}");
        assert!(!samples.iter().any(|it| it.ends_with(&[1, 3, 4, 0xff, 0xff, 0xff, 0xff])), "the default was written");
    }

    #[test]
    fn the_same_seed_makes_the_same_bytes() {
        let message = &parse(TABLE).unwrap()[0];
        let bytes = |seed| sample(message, 1, &mut Random::new(seed));
        assert_eq!(bytes(5), bytes(5));
        assert!((0..20).any(|seed| bytes(seed) != bytes(5)));
    }
}
