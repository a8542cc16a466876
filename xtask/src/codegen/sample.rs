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

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }
}

/// Returns the bytes of one message in that version.
#[must_use]
pub fn sample(message: &Message, version: i16, random: &mut Random) -> Vec<u8> {
    let mut out = Vec::new();
    let flexible = message.flexible.contains(version);
    Sampler { message, version, flexible, random: Some(random) }.fields(&message.fields, &mut out);
    out
}

struct Sampler<'a, 'r> {
    message: &'a Message,
    version: i16,
    flexible: bool,
    /// `None` makes every field its default.
    random: Option<&'r mut Random>,
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
        Sampler { message, version, flexible, random: None }.field(field, &mut default);
        (value != default).then(|| (field.tag.expect("a tagged field"), value))
    }

    fn field(&mut self, field: &Field, out: &mut Vec<u8>) {
        let nullable = field.nullable.contains(self.version);
        let is_null = match &mut self.random {
            Some(random) => nullable && random.below(4) == 0,
            None => nullable && field.default.as_deref() == Some("null"),
        };
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
                let text = self.text(field);
                length(text.len(), flexible, 2, out);
                out.extend(text.as_bytes());
            }
            Type::Bytes | Type::Records => {
                let size = self.random.as_mut().map_or(0, |random| [0, 1, 7, 127, 700][random.below(5)]);
                length(size, flexible, 4, out);
                (0..size).for_each(|at| out.push((at * 7) as u8));
            }
            Type::Struct(name) => {
                let message = self.message;
                self.fields(&message.find(name).fields, out);
            }
            Type::Array(element) => {
                // Now and then so many that the count takes two bytes.
                let most = if element.struct_name().is_some() { 3 } else { 130 };
                let count = self.random.as_mut().map_or(0, |random| [0, 1, 2, most][random.below(4)]);
                length(count, flexible, 4, out);
                (0..count).for_each(|_| self.value(field, element, flexible, out));
            }
            number => {
                let size = size(number);
                let value = self.number(field, size);
                let value = if *number == Type::Bool { value & 1 } else { value };
                out.extend(&value.to_be_bytes()[16 - size..]);
            }
        }
    }

    fn text(&mut self, field: &Field) -> String {
        let Some(random) = &mut self.random else { return field.default.clone().unwrap_or_default() };
        let length = [0, 1, 5, 11, 90][random.below(5)];
        (0..length).map(|_| ['a', 'é', '-', '漢', 'Z', '0', '\u{1F980}'][random.below(7)]).collect()
    }

    /// A number of `size` bytes: small ones, the ends of the range, and anything.
    fn number(&mut self, field: &Field, size: usize) -> u128 {
        let Some(random) = &mut self.random else { return default_number(field) };
        let ends = [0, 1, u128::MAX, u128::MAX >> (129 - 8 * size), 1 << (8 * size - 1)];
        match random.below(8) {
            at if at < ends.len() => ends[at],
            _ => u128::from(random.next()) << 64 | u128::from(random.next()),
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
fn length(length: usize, flexible: bool, size: usize, out: &mut Vec<u8>) {
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

fn uvarint(mut value: usize, out: &mut Vec<u8>) {
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
