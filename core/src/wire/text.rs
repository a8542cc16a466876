//! Strings whose bytes are not UTF-8, and strings that are too long for the wire.
//!
//! A client may write any bytes as its `client.id`, as a topic's name or as the metadata of an offset. Kafka reads every
//! string with Java's `new String(bytes, UTF_8)`, which puts U+FFFD in the place of what is not UTF-8, and it closes no
//! connection for such bytes. Where the string names something, Kafka's check of the name then refuses it by its own
//! error, such as INVALID_TOPIC_EXCEPTION. Where Kafka only stores the string or gives it back, the string with U+FFFD
//! is stored and given back.
//!
//! **In Kafka**: `Readable.readString`; Java's `String.decodeUTF8_UTF16`.

use bytestring::ByteString;

/// Strings are this long at most, in flexible versions too, as in Kafka's generated readers.
pub(super) const STRING_MOST: usize = i16::MAX as usize;

/// Returns as much of a text as a string on the wire may have.
#[inline]
pub(super) fn within_most(text: &str) -> &str {
    match text.len() {
        ..=STRING_MOST => text,
        _ => &text[..text.floor_char_boundary(STRING_MOST)],
    }
}

/// Reads bytes that are not UTF-8 as Java does.
///
/// U+FFFD takes three bytes, so that the result may be longer than the bytes were. It is cut to the length that a string
/// on the wire and in a coordinator's record may have, so that it can be written wherever it was read. Kafka does not
/// cut: it fails when it writes a string that is too long.
#[cold]
pub(super) fn repaired(bytes: &[u8]) -> ByteString {
    let mut text = String::new();
    let mut rest = bytes;
    while !rest.is_empty() && text.len() < STRING_MOST {
        let chunk = rest.utf8_chunks().next().expect("bytes are left");
        text.push_str(chunk.valid());
        rest = &rest[chunk.valid().len()..];
        if !chunk.invalid().is_empty() {
            text.push(char::REPLACEMENT_CHARACTER);
            rest = &rest[malformed(rest, chunk.invalid().len())..];
        }
    }
    ByteString::from(within_most(&text))
}

/// Returns how many bytes one U+FFFD stands for in Java. Rust and Java agree but for the surrogates of UTF-16 in three
/// bytes each, as in CESU-8: Java takes such bytes for one character, Rust takes each byte for one.
fn malformed(bytes: &[u8], in_rust: usize) -> usize {
    match bytes {
        [0xed, 0xa0..=0xbf, 0x80..=0xbf, ..] => 3,
        [0xed, 0xa0..=0xbf, ..] => 2,
        _ => in_rust,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(bytes: &[u8]) -> String {
        repaired(bytes).to_string()
    }

    /// The expected texts are those of `new String(bytes, UTF_8)` in Java 17, with `?` for U+FFFD.
    #[test]
    fn bytes_are_read_as_java_reads_them() {
        let table: &[(&[u8], &str)] = &[
            (&[0xe9], "?"),
            (&[0x63, 0x61, 0x66, 0xe9], "caf?"),
            (&[0xe9, 0x74, 0x65], "?te"),
            (&[0xc3, 0x28], "?("),
            (&[0xc0, 0x80], "??"),
            (&[0xe1, 0x80], "?"),
            (&[0xe1, 0x80, 0x61], "?a"),
            (&[0xe1, 0x61], "?a"),
            (&[0xe0, 0x80, 0x80], "???"),
            (&[0xed, 0xa0, 0x80], "?"),
            (&[0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80], "??"),
            (&[0xed, 0xa0], "?"),
            (&[0xed, 0xa0, 0x61], "?a"),
            (&[0xed, 0x61], "?a"),
            (&[0xed], "?"),
            (&[0xf0, 0x9f, 0xa6], "?"),
            (&[0xf0, 0x9f, 0xa6, 0x61], "?a"),
            (&[0xf0, 0x80, 0x80, 0x80], "????"),
            (&[0xf4, 0x90, 0x80, 0x80], "????"),
            (&[0xf5, 0x80, 0x80, 0x80], "????"),
            (&[0xff, 0xfe], "??"),
            (&[0x80, 0xbf], "??"),
            (&[0xf0, 0x9f, 0xa6, 0x80], "🦀"),
            (&[0x61, 0xed, 0xbf, 0xbf, 0x62], "a?b"),
            (&[0xf8, 0x88, 0x80, 0x80, 0x80], "?????"),
        ];
        for (bytes, expected) in table {
            assert_eq!(read(bytes).replace('\u{fffd}', "?"), *expected, "{bytes:x?}");
        }
    }

    #[test]
    fn a_string_is_never_longer_than_the_wire_allows() {
        let latin = vec![0xe9; STRING_MOST];
        assert_eq!(read(&latin).len(), STRING_MOST - 1, "whole characters of three bytes");
        assert_eq!(read(&vec![b'x'; STRING_MOST]).len(), STRING_MOST);
        let long = "\u{e9}".repeat(STRING_MOST);
        assert_eq!(within_most(&long).len(), STRING_MOST - 1);
    }

    proptest! {
        #![proptest_config(gracchus_cases::property(2_000))]

        #[test]
        fn without_surrogates_rust_and_java_agree(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
            prop_assume!(!bytes.contains(&0xed));
            prop_assert_eq!(read(&bytes), String::from_utf8_lossy(&bytes).into_owned());
        }
    }
}
