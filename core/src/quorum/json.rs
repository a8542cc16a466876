//! The JSON of `quorum-state`: objects, lists, whole numbers and plain strings, read strictly.
//!
//! Escapes in strings, fractions, `true`, `false` and `null` are refused: Kafka writes none of them there.

use core::fmt;

/// What is due at a place of a text where something else is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BadJson {
    /// The place, in bytes from the text's beginning.
    pub at: usize,
    /// What is due there.
    pub due: &'static str,
}

impl fmt::Display for BadJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "byte {}: {} is due", self.at, self.due)
    }
}

impl core::error::Error for BadJson {}

/// A text and how far it was read.
#[derive(Debug)]
pub(super) struct Json<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Json<'a> {
    pub(super) fn new(text: &'a str) -> Json<'a> {
        Json { text, at: 0 }
    }

    /// Reads an object: `field` reads the value of each of its fields.
    pub(super) fn object<E: From<BadJson>>(
        &mut self,
        mut field: impl FnMut(&mut Json<'a>, &'a str) -> Result<(), E>,
    ) -> Result<(), E> {
        self.symbol(b'{', "an object")?;
        if self.is_next(b'}') {
            return Ok(());
        }
        loop {
            let name = self.string()?;
            self.symbol(b':', "a colon")?;
            field(self, name)?;
            if !self.is_next(b',') {
                return Ok(self.symbol(b'}', "a comma or the object's end")?);
            }
        }
    }

    /// Reads a list: `element` reads each of its elements.
    pub(super) fn list<E: From<BadJson>>(
        &mut self,
        mut element: impl FnMut(&mut Json<'a>) -> Result<(), E>,
    ) -> Result<(), E> {
        self.symbol(b'[', "a list")?;
        if self.is_next(b']') {
            return Ok(());
        }
        loop {
            element(self)?;
            if !self.is_next(b',') {
                return Ok(self.symbol(b']', "a comma or the list's end")?);
            }
        }
    }

    /// Reads a whole number.
    pub(super) fn integer(&mut self) -> Result<i64, BadJson> {
        self.skip_space();
        let rest = &self.text[self.at..];
        let sign = usize::from(rest.starts_with('-'));
        let digits = rest[sign..].bytes().take_while(u8::is_ascii_digit).count();
        let (number, behind) = rest.split_at(sign + digits);
        let leading_nought = digits > 1 && rest[sign..].starts_with('0');
        let goes_on = behind.starts_with(['.', 'e', 'E']);
        match number.parse() {
            Ok(number) if !leading_nought && !goes_on => {
                self.at += sign + digits;
                Ok(number)
            }
            _ => Err(self.due("a whole number of 64 bits")),
        }
    }

    /// Reads a string.
    pub(super) fn string(&mut self) -> Result<&'a str, BadJson> {
        self.symbol(b'"', "a string")?;
        let rest = &self.text[self.at..];
        let end = rest.bytes().position(|byte| byte == b'"' || byte == b'\\' || byte < 0x20);
        let Some(end) = end.filter(|end| rest.as_bytes()[*end] == b'"') else {
            self.at += end.unwrap_or(rest.len());
            return Err(self.due("a string's end"));
        };
        self.at += end + 1;
        Ok(&rest[..end])
    }

    /// Refuses everything but space behind what was read.
    pub(super) fn end(&mut self) -> Result<(), BadJson> {
        self.skip_space();
        if self.at == self.text.len() { Ok(()) } else { Err(self.due("the end")) }
    }

    fn symbol(&mut self, symbol: u8, due: &'static str) -> Result<(), BadJson> {
        if self.is_next(symbol) { Ok(()) } else { Err(self.due(due)) }
    }

    /// Reads the symbol where it is next.
    fn is_next(&mut self, symbol: u8) -> bool {
        self.skip_space();
        let is_next = self.text.as_bytes().get(self.at) == Some(&symbol);
        self.at += usize::from(is_next);
        is_next
    }

    fn skip_space(&mut self) {
        let rest = &self.text.as_bytes()[self.at..];
        self.at += rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r')).count();
    }

    fn due(&self, due: &'static str) -> BadJson {
        BadJson { at: self.at, due }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn integer(text: &str) -> Result<i64, String> {
        let mut json = Json::new(text);
        let number = json.integer().map_err(|why| why.to_string())?;
        json.end().map_err(|why| why.to_string())?;
        Ok(number)
    }

    #[test]
    fn whole_numbers_are_read_and_nothing_like_them() {
        for (text, number) in [("0", 0), ("-1", -1), (" 907 ", 907), ("9223372036854775807", i64::MAX)] {
            assert_eq!(integer(text), Ok(number), "{text}");
        }
        for text in ["", "-", "+1", "01", "-01", "1.0", "1e3", "9223372036854775808", "x", "\"1\"", "null"] {
            assert_eq!(integer(text), Err("byte 0: a whole number of 64 bits is due".to_owned()), "{text}");
        }
        assert_eq!(integer("1 2"), Err("byte 2: the end is due".to_owned()));
    }

    #[test]
    fn a_string_ends_where_it_ends() {
        let string = |text| Json::new(text).string().map_err(|why| why.to_string());
        assert_eq!(string(" \"ab é\" "), Ok("ab é"));
        for (text, at) in [("\"ab", 3), ("\"a\\n\"", 2), ("\"a\nb\"", 2)] {
            assert_eq!(string(text), Err(format!("byte {at}: a string's end is due")), "{text}");
        }
        assert_eq!(string("ab"), Err("byte 0: a string is due".to_owned()));
    }

    #[test]
    fn objects_and_lists_hold_what_is_between_their_commas() {
        let read = |text| {
            let mut found = Vec::new();
            let mut json = Json::new(text);
            json.object(|json, name| {
                let mut numbers = Vec::new();
                json.list(|json| {
                    numbers.push(json.integer()?);
                    Ok::<_, BadJson>(())
                })?;
                found.push((name, numbers));
                Ok::<_, BadJson>(())
            })
            .and_then(|()| json.end())
            .map(|()| found)
            .map_err(|why| why.to_string())
        };
        assert_eq!(read("{}"), Ok(vec![]));
        assert_eq!(read(" { \"a\" : [ 1 , 2 ] , \"b\" : [ ] } \n"), Ok(vec![("a", vec![1, 2]), ("b", vec![])]));
        for (text, due) in [
            ("", "byte 0: an object"),
            ("[]", "byte 0: an object"),
            ("{", "byte 1: a string"),
            ("{\"a\"[]}", "byte 4: a colon"),
            ("{\"a\":1}", "byte 5: a list"),
            ("{\"a\":[1 2]}", "byte 8: a comma or the list's end"),
            ("{\"a\":[1,]}", "byte 8: a whole number of 64 bits"),
            ("{\"a\":[1]", "byte 8: a comma or the object's end"),
            ("{\"a\":[1]}}", "byte 9: the end"),
        ] {
            assert_eq!(read(text), Err(format!("{due} is due")), "{text}");
        }
    }
}
