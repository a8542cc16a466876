//! Finds the place of a key in a document, for errors that are noticed after it was read.

use super::source::{ScenarioError, Source};
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A parsed file in which keys can be found again.
pub struct Document<'t> {
    source: Source<'t>,
    root: Spanned<DeTable<'t>>,
}

impl<'t> Document<'t> {
    /// Reads the text's structure.
    pub fn parse(source: Source<'t>) -> Result<Document<'t>, ScenarioError> {
        let root = DeTable::parse(source.text).map_err(|error| {
            let message: String = error.message().chars().take(200).collect();
            let next = "This is not TOML: see https://toml.io for its rules.";
            source.error(&error.span().unwrap_or(0..0), "", message.replace('\n', " "), next)
        })?;
        Ok(Document { source, root })
    }

    /// An error at a key: `cluster.topics[1].partitions`. A key that the file leaves out is placed at its table.
    #[must_use]
    pub fn error(&self, path: &str, cause: impl Into<String>, next: impl Into<String>) -> ScenarioError {
        self.source.error(&self.place(path).unwrap_or(0..0), path, cause, next)
    }

    /// Where a key's value stands, or the nearest table around it that is there.
    #[must_use]
    pub fn place(&self, path: &str) -> Option<Range<usize>> {
        let mut nearest = None;
        let mut table = Some(self.root.get_ref());
        let mut list: Option<&[Spanned<DeValue<'t>>]> = None;
        for step in path.split(['.', '[']).filter(|step| !step.is_empty()) {
            let found = match step.strip_suffix(']') {
                Some(index) => list.and_then(|list| list.get(index.parse::<usize>().ok()?)),
                None => table.and_then(|table| find(table, step, path)),
            };
            let Some(value) = found else { break };
            nearest = Some(value.span());
            table = value.get_ref().as_table();
            list = value.get_ref().as_array().map(|array| &array[..]);
        }
        nearest
    }
}

/// A key may have dots of its own: `configs.min.insync.replicas` is found as what the path ends with.
fn find<'v, 't>(table: &'v DeTable<'t>, step: &str, path: &str) -> Option<&'v Spanned<DeValue<'t>>> {
    let dotted = || table.iter().find(|(key, _)| key.get_ref().contains('.') && path.ends_with(key.get_ref().as_ref()));
    table.get(step).or_else(|| dotted().map(|(_, value)| value))
}
