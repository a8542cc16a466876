//! Java's `.properties` format.
//!
//! **Invariants**: a file means here what it means to Java, where the last of several values of a key counts; lone
//! halves of surrogate pairs, which no text of ours can hold, are refused.
//!
//! **In Kafka**: `Utils.loadProps`, which is `java.util.Properties.load`.

/// One `key=value`, and the line on which it began.
#[derive(Debug, PartialEq, Eq)]
pub struct Property {
    pub line: usize,
    pub key: String,
    pub value: String,
}

/// A line that Java does not take either, and what is wrong with it.
#[derive(Debug, PartialEq, Eq)]
pub struct Malformed {
    pub line: usize,
    pub why: String,
}

/// A file's text. The format says ISO-8859-1, and most files are UTF-8: what can be UTF-8 is read as that.
#[must_use]
pub fn decode(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.strip_prefix('\u{feff}').unwrap_or(text).to_owned(),
        Err(_) => bytes.iter().map(|byte| char::from(*byte)).collect(),
    }
}

/// Every property of a file, in order.
pub fn parse(text: &str) -> Result<Vec<Property>, Malformed> {
    let mut properties = Vec::new();
    let mut lines = NaturalLines { rest: text, line: 0 };
    while let Some((number, natural)) = lines.next() {
        let mut begin = number;
        let mut logical = natural.trim_start_matches(is_space).to_owned();
        if logical.starts_with(['#', '!']) {
            continue;
        }
        while is_carried_on(&logical) {
            logical.pop();
            let Some((number, next)) = lines.next() else { break };
            let next = next.trim_start_matches(is_space);
            if logical.is_empty() {
                // Nothing was carried on: what follows may be a comment.
                begin = number;
                if next.starts_with(['#', '!']) {
                    break;
                }
            }
            logical.push_str(next);
        }
        if logical.is_empty() {
            continue;
        }
        let (key, value) = split(&logical);
        let plain = |text| unescape(text).map_err(|why| Malformed { line: begin, why });
        properties.push(Property { line: begin, key: plain(key)?, value: plain(value)? });
    }
    Ok(properties)
}

/// Lines end with LF, CR, or CR LF. They are numbered from 1.
struct NaturalLines<'a> {
    rest: &'a str,
    line: usize,
}

impl<'a> Iterator for NaturalLines<'a> {
    type Item = (usize, &'a str);

    fn next(&mut self) -> Option<(usize, &'a str)> {
        if self.rest.is_empty() {
            return None;
        }
        self.line += 1;
        let end = self.rest.find(['\r', '\n']).unwrap_or(self.rest.len());
        let (line, rest) = self.rest.split_at(end);
        self.rest = rest.strip_prefix("\r\n").or_else(|| rest.strip_prefix(['\r', '\n'])).unwrap_or(rest);
        Some((self.line, line))
    }
}

/// What the format takes for white space; no other character is.
fn is_space(letter: char) -> bool {
    matches!(letter, ' ' | '\t' | '\u{c}')
}

/// An odd number of backslashes at the end carries the line on.
fn is_carried_on(line: &str) -> bool {
    line.bytes().rev().take_while(|byte| *byte == b'\\').count() % 2 == 1
}

/// A key ends at the first `=`, `:` or white space that no backslash protects.
fn split(line: &str) -> (&str, &str) {
    let mut is_protected = false;
    let is_end = |(_, letter): &(usize, char)| {
        let ends = !is_protected && (matches!(letter, '=' | ':') || is_space(*letter));
        is_protected = !is_protected && *letter == '\\';
        ends
    };
    let Some((at, _)) = line.char_indices().find(is_end) else { return (line, "") };
    let (key, rest) = line.split_at(at);
    let rest = rest.trim_start_matches(is_space);
    (key, rest.strip_prefix(['=', ':']).unwrap_or(rest).trim_start_matches(is_space))
}

fn unescape(text: &str) -> Result<String, String> {
    // In Java a text is a row of 16-bit units, and an escape writes one of them.
    let mut units = Vec::with_capacity(text.len());
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        let plain = match letter {
            '\\' => match letters.next() {
                Some('n') => '\n',
                Some('r') => '\r',
                Some('t') => '\t',
                Some('f') => '\u{c}',
                Some('u') => {
                    let digits: String = letters.by_ref().take(4).collect();
                    units.push(unit(&digits)?);
                    continue;
                }
                Some(other) => other,
                None => break,
            },
            other => other,
        };
        units.extend_from_slice(plain.encode_utf16(&mut [0; 2]));
    }
    String::from_utf16(&units).map_err(|_| {
        "an escape is one half of a surrogate pair without the other: write both, as \\ud83d\\ude00".to_owned()
    })
}

fn unit(digits: &str) -> Result<u16, String> {
    let is_whole = digits.len() == 4 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    let unit = u16::from_str_radix(digits, 16).ok().filter(|_| is_whole);
    unit.ok_or_else(|| {
        format!("\\u{digits} is a malformed \\uxxxx encoding: write four hexadecimal digits, or \\\\u for a backslash")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pairs(text: &str) -> Vec<(String, String)> {
        let properties = parse(text).unwrap();
        properties.into_iter().map(|property| (property.key, property.value)).collect()
    }

    fn owned(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn a_file_reads_as_java_reads_it() {
        let text = "# note\n! note\\\n\n a.b = one two \nc:3\nd\te\nf=\ng\\=h=\\u0041\\tz\nlong=x,\\\n    y\n";
        let expected = [("a.b", "one two "), ("c", "3"), ("d", "e"), ("f", ""), ("g=h", "A\tz"), ("long", "x,y")];
        assert_eq!(pairs(text), owned(&expected));
    }

    #[test]
    fn lines_end_in_three_ways() {
        let expected = owned(&[("a", "1"), ("b", "23"), ("c", "4")]);
        for end in ["\n", "\r", "\r\n"] {
            let text = ["a=1", "", "# b=\\", "b=2\\", " 3", "c=4"].join(end);
            assert_eq!(pairs(&text), expected, "{end:?}");
            let lines: Vec<usize> = parse(&text).unwrap().iter().map(|property| property.line).collect();
            assert_eq!(lines, [1, 4, 6], "{end:?}");
        }
    }

    #[test]
    fn corners_of_the_format() {
        let cases: [(&str, &[(&str, &str)]); 12] = [
            ("jaas=a=\"b\";", &[("jaas", "a=\"b\";")]),
            ("a=b\\", &[("a", "b")]),
            ("a=b\\\\", &[("a", "b\\")]),
            ("a = = b", &[("a", "= b")]),
            ("a : b", &[("a", "b")]),
            ("a\\ b c", &[("a b", "c")]),
            ("=b", &[("", "b")]),
            ("a", &[("a", "")]),
            // A blank line ends what was carried on, and behind nothing a comment is one.
            ("a=1\\\n\nb=2", &[("a", "1"), ("b", "2")]),
            ("\\\n# note\nb=2", &[("b", "2")]),
            ("a=\\\n# no note", &[("a", "# no note")]),
            // What other formats take for white space or a line's end.
            ("a=\u{a0}1\u{b}\u{2028}\u{85}", &[("a", "\u{a0}1\u{b}\u{2028}\u{85}")]),
        ];
        for (text, expected) in cases {
            assert_eq!(pairs(text), owned(expected), "{text:?}");
        }
    }

    #[test]
    fn malformed_escapes_are_errors_on_their_line() {
        for text in ["\\u12", "\\u12g4", "\\u+123", "\\uu0041", "\\u", "\\ud83d", "\\ude00\\ud83d", "\\u00é"] {
            let error = parse(&format!("a=1\nb=2,\\\n  {text}\n")).unwrap_err();
            assert_eq!(error.line, 2, "{text}");
        }
        assert!(parse("a=\\u12").unwrap_err().why.contains("malformed \\uxxxx encoding"));
        assert_eq!(pairs("a=\\ud83d\\uDE00"), owned(&[("a", "\u{1f600}")]));
    }

    #[test]
    fn what_can_be_utf_8_is() {
        assert_eq!(decode("a=größer".as_bytes()), "a=größer");
        assert_eq!(decode(b"a=gr\xf6\xdfer"), "a=größer");
        assert_eq!(decode("\u{feff}a=1".as_bytes()), "a=1");
    }

    /// The format's white space, as the writer knows it by itself.
    const SPACES: [char; 3] = [' ', '\t', '\u{c}'];

    /// Writes properties in one of the many ways that mean the same; `choices` says in which.
    struct Writer<'a> {
        text: String,
        choices: core::iter::Cycle<core::slice::Iter<'a, u8>>,
        is_latin: bool,
    }

    impl Writer<'_> {
        fn choose(&mut self, of: u8) -> u8 {
            self.choices.next().expect("it begins anew") % of
        }

        fn end_line(&mut self) {
            let end = ["\n", "\r", "\r\n"][usize::from(self.choose(3))];
            self.text.push_str(end);
        }

        fn letter(&mut self, letter: char, is_plain: bool) {
            let must = !is_plain || matches!(letter, '\\' | '\n' | '\r' | '\u{feff}');
            let must_be_code = self.is_latin && letter > '\u{ff}' || letter == '\u{feff}';
            match (self.choose(4), letter) {
                (0, _) => {}
                (1, _) if !must && !must_be_code => return self.text.push(letter),
                (1 | 2, '\n') => return self.text.push_str("\\n"),
                (1 | 2, '\r') => return self.text.push_str("\\r"),
                (1 | 2, '\t') => return self.text.push_str("\\t"),
                (1 | 2, '\u{c}') => return self.text.push_str("\\f"),
                (_, 'n' | 'r' | 't' | 'f' | 'u' | '\n' | '\r') => {}
                _ if !must_be_code => {
                    self.text.push('\\');
                    return self.text.push(letter);
                }
                _ => {}
            }
            for unit in letter.encode_utf16(&mut [0; 2]) {
                self.text.push_str(&format!("\\u{unit:04x}"));
            }
        }

        fn carry_on(&mut self) -> bool {
            let carries = self.choose(8) == 0;
            if carries {
                self.text.push('\\');
                self.end_line();
                let blank = ["", " ", "\t\u{c} "][usize::from(self.choose(3))];
                self.text.push_str(blank);
            }
            carries
        }

        fn property(&mut self, key: &str, value: &str) {
            let before = ["", "  ", "\t", "# note\\\n", "\n \n", "!\r"][usize::from(self.choose(6))];
            self.text.push_str(before);
            for letter in key.chars() {
                self.carry_on();
                let is_plain = !SPACES.contains(&letter) && !matches!(letter, '=' | ':' | '#' | '!');
                self.letter(letter, is_plain);
            }
            let ways = if key.is_empty() { 2 } else { 5 };
            let between = ["=", ": ", "\t", " = ", "  :\u{c}"][usize::from(self.choose(ways))];
            self.text.push_str(between);
            let mut is_first = true;
            for letter in value.chars() {
                is_first |= self.carry_on();
                self.letter(letter, !is_first || !SPACES.contains(&letter) && !matches!(letter, '=' | ':'));
                is_first = false;
            }
            self.end_line();
        }
    }

    const KEYS: &str = "(?s)[a-z=:#! \\\\\n\té]{0,6}|\\PC{0,4}|.{0,3}";
    const VALUES: &str = "(?s)[a-u=:#! \\\\\r\u{c}\u{a0}\u{2028}ß]{0,8}|.{0,6}";

    proptest! {
        #[test]
        fn whatever_was_written_is_read(
            written in prop::collection::vec((KEYS, VALUES), 0..6),
            choices in prop::collection::vec(any::<u8>(), 1..200),
            is_latin in any::<bool>(),
        ) {
            let mut writer = Writer { text: String::new(), choices: choices.iter().cycle(), is_latin };
            for (key, value) in &written {
                writer.property(key, value);
            }
            let latin: Option<Vec<u8>> = writer.text.chars().map(|letter| u8::try_from(letter).ok()).collect();
            let bytes = match latin {
                // What could be UTF-8 as well is read as that.
                Some(latin) if is_latin && std::str::from_utf8(&latin).is_err() => latin,
                _ => writer.text.clone().into_bytes(),
            };
            prop_assert_eq!(pairs(&decode(&bytes)), written, "{:?}", writer.text);
        }

        #[test]
        fn no_text_is_too_strange(text in "(?s)([\\\\u=:#! \r\n\t0-9a-f]|.){0,40}") {
            let _ = parse(&text);
        }
    }
}
