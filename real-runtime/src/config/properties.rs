//! Java's `.properties` format.

/// One `key=value`, and the line on which it began.
#[derive(Debug, PartialEq, Eq)]
pub struct Property {
    pub line: usize,
    pub key: String,
    pub value: String,
}

/// Every property of a file, in order. Nothing is an error in this format.
#[must_use]
pub fn parse(text: &str) -> Vec<Property> {
    let mut properties = Vec::new();
    let mut lines = text.lines().enumerate();
    while let Some((number, line)) = lines.next() {
        let mut logical = line.trim_start().to_owned();
        if logical.is_empty() || logical.starts_with(['#', '!']) {
            continue;
        }
        // An odd number of backslashes at the end carries the line on.
        while logical.bytes().rev().take_while(|byte| *byte == b'\\').count() % 2 == 1 {
            logical.pop();
            let Some((_, next)) = lines.next() else { break };
            logical.push_str(next.trim_start());
        }
        let (key, value) = split(&logical);
        properties.push(Property {
            line: number + 1,
            key: unescape(key),
            value: unescape(value).trim_end().to_owned(),
        });
    }
    properties
}

/// A key ends at the first `=`, `:` or white space that no backslash protects.
fn split(line: &str) -> (&str, &str) {
    let mut is_protected = false;
    let is_end = |(_, letter): &(usize, char)| {
        let ends = !is_protected && (matches!(letter, '=' | ':') || letter.is_whitespace());
        is_protected = !is_protected && *letter == '\\';
        ends
    };
    let Some((at, _)) = line.char_indices().find(is_end) else { return (line, "") };
    let (key, rest) = line.split_at(at);
    let rest = rest.trim_start();
    (key, rest.strip_prefix(['=', ':']).unwrap_or(rest).trim_start())
}

fn unescape(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        if letter != '\\' {
            plain.push(letter);
            continue;
        }
        match letters.next() {
            Some('n') => plain.push('\n'),
            Some('r') => plain.push('\r'),
            Some('t') => plain.push('\t'),
            Some('f') => plain.push('\u{c}'),
            Some('u') => {
                let digits: String = letters.by_ref().take(4).collect();
                let code = u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32);
                plain.push(code.unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            Some(other) => plain.push(other),
            None => {}
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(text: &str) -> Vec<(String, String)> {
        parse(text).into_iter().map(|property| (property.key, property.value)).collect()
    }

    #[test]
    fn a_file_reads_as_java_reads_it() {
        let text = "# note\n! note\n\n a.b = one two \nc:3\nd\te\nf=\ng\\=h=\\u0041\\tz\nlong=x,\\\n    y\n";
        let expected = [("a.b", "one two"), ("c", "3"), ("d", "e"), ("f", ""), ("g=h", "A\tz"), ("long", "x,y")];
        let expected: Vec<_> = expected.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        assert_eq!(pairs(text), expected);
    }

    #[test]
    fn a_property_knows_its_line() {
        let lines: Vec<usize> = parse("a=1\n\nb=2,\\\n3\nc=4\n").iter().map(|property| property.line).collect();
        assert_eq!(lines, [1, 3, 5]);
    }

    #[test]
    fn a_value_keeps_its_equals_signs() {
        assert_eq!(pairs("jaas=a=\"b\";"), [("jaas".to_owned(), "a=\"b\";".to_owned())]);
    }

    #[test]
    fn a_backslash_at_the_very_end_is_dropped() {
        assert_eq!(pairs("a=b\\"), [("a".to_owned(), "b".to_owned())]);
    }
}
