//! Where a scenario came from, and errors that point into it.

use std::fmt;
use std::ops::Range;

/// What an error shows of a key: a hostile one may be a megabyte long.
const KEY_MAX: usize = 200;

/// What is wrong with a scenario file: where, what, why, and what to do about it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ScenarioError {
    /// The file, as the user named it.
    pub file: String,
    /// Its line, from 1; 0 where the file as a whole is meant.
    pub line: usize,
    /// The key, with the sections that it is in: `faults.power-loss.every`.
    pub key: String,
    /// What is wrong.
    pub cause: String,
    /// What to do about it.
    pub next: String,
}

impl fmt::Display for ScenarioError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file)?;
        if self.line > 0 {
            write!(f, ":{}", self.line)?;
        }
        if !self.key.is_empty() {
            write!(f, ": {}", self.key)?;
        }
        write!(f, ": {}", self.cause)?;
        if self.next.is_empty() { Ok(()) } else { write!(f, "\n  {}", self.next) }
    }
}

impl std::error::Error for ScenarioError {}

/// A file's name and text.
#[derive(Clone, Copy, Debug)]
pub struct Source<'t> {
    /// As the user named it.
    pub name: &'t str,
    /// All of it.
    pub text: &'t str,
}

impl Source<'_> {
    /// An error at a place in the text.
    #[must_use]
    pub fn error(
        &self,
        at: &Range<usize>,
        key: &str,
        cause: impl Into<String>,
        next: impl Into<String>,
    ) -> ScenarioError {
        ScenarioError {
            file: self.name.to_owned(),
            line: self.line(at.start),
            key: key.chars().take(KEY_MAX).collect(),
            cause: cause.into(),
            next: next.into(),
        }
    }

    /// An error of the file as a whole.
    #[must_use]
    pub fn whole(&self, cause: impl Into<String>, next: impl Into<String>) -> ScenarioError {
        ScenarioError {
            file: self.name.to_owned(),
            line: 0,
            key: String::new(),
            cause: cause.into(),
            next: next.into(),
        }
    }

    fn line(&self, at: usize) -> usize {
        let before = &self.text.as_bytes()[..at.min(self.text.len())];
        1 + before.iter().filter(|byte| **byte == b'\n').count()
    }
}

/// The known name nearest to a misspelt one, as a sentence; all of them where none is near.
#[must_use]
pub fn suggest<'n>(name: &str, known: impl IntoIterator<Item = &'n str>) -> String {
    // A hostile name must not cost a quadratic comparison.
    let short: String = name.chars().take(64).collect();
    let known: Vec<&str> = known.into_iter().collect();
    let nearest = known
        .iter()
        .map(|candidate| (strsim::damerau_levenshtein(&short, candidate), *candidate))
        .min_by_key(|(distance, _)| *distance);
    match nearest {
        Some((distance, candidate)) if distance <= 1 + candidate.len() / 3 => format!("Did you mean `{candidate}`?"),
        Some(_) => format!("Known here: {}.", known.join(", ")),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::suggest;

    #[test]
    fn a_misspelt_name_gets_the_nearest_one() {
        assert_eq!(suggest("power-los", ["power-loss", "clog"]), "Did you mean `power-loss`?");
        assert_eq!(suggest("minimum_isr", ["rf", "acks"]), "Known here: rf, acks.");
    }

    #[test]
    fn a_name_of_a_megabyte_is_answered_at_once() {
        assert!(suggest(&"x".repeat(1 << 20), ["acks"]).starts_with("Known"));
    }
}
