//! Failure files: everything that it takes to run a failing seed again, and what was seen when it failed.
//!
//! **Invariants**: what is read back is what was written, byte for byte, or an error; a file of another format or with a
//! flipped bit is refused by name.

use crate::build::Build;
use gracchus_world::trial::Forced;
use gracchus_world::verdict::Outcome;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::path::Path;
use std::{fmt, fs, io};

/// The format that this build writes and reads.
const FORMAT: u32 = 1;
/// The largest file that is read.
const BYTES_MAX: u64 = 64 << 20;

/// A failing run.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Failure {
    /// The scenario file, as it was named.
    pub scenario_file: String,
    /// Its whole text.
    pub scenario: String,
    /// What ran it.
    pub build: Build,
    /// Which mutants that build had switched on.
    pub mutants: Vec<String>,
    /// What was fixed instead of drawn.
    pub forced: Forced,
    /// What everything else was drawn from.
    pub seed: u64,
    /// What happened: the decisions, the verdict, the trace hash, the timeline.
    pub outcome: Outcome,
}

/// The file's outermost object. The checksum guards the very bytes of `failure`.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Envelope<'f> {
    format: u32,
    crc32: String,
    #[serde(borrow)]
    failure: &'f RawValue,
}

/// Only the format: later formats may have other fields.
#[derive(Deserialize)]
struct FormatOnly {
    format: u32,
}

/// Why a failure file cannot be used.
#[derive(Debug)]
pub enum FailureFileError {
    /// It cannot be read or written.
    Io(io::Error),
    /// It is larger than any failure file.
    TooLarge(u64),
    /// It is not a failure file.
    NotOne(String),
    /// It is one of another format.
    Format(u32),
    /// Its checksum and its content differ.
    Checksum,
}

impl fmt::Display for FailureFileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FailureFileError::Io(error) => write!(f, "{error}"),
            FailureFileError::TooLarge(bytes) => write!(f, "is {bytes} bytes long: no failure file is"),
            FailureFileError::NotOne(why) => write!(f, "is not a failure file: {why}"),
            FailureFileError::Format(format) => {
                write!(f, "has format {format}, and this build reads {FORMAT}: use the build that wrote it")
            }
            FailureFileError::Checksum => write!(f, "was changed or damaged: its checksum and its content differ"),
        }
    }
}

impl std::error::Error for FailureFileError {}

impl Failure {
    /// The file's content.
    #[must_use]
    pub fn to_text(&self) -> String {
        let failure = serde_json::to_string_pretty(self).expect("a failure has string keys only");
        let crc = crc32fast::hash(failure.as_bytes());
        format!("{{\n\"format\": {FORMAT},\n\"crc32\": \"{crc:08x}\",\n\"failure\": {failure}\n}}\n")
    }

    /// Reads a file's content.
    pub fn parse(text: &str) -> Result<Failure, FailureFileError> {
        let not_one = |error: serde_json::Error| FailureFileError::NotOne(error.to_string());
        let FormatOnly { format } = serde_json::from_str(text).map_err(not_one)?;
        if format != FORMAT {
            return Err(FailureFileError::Format(format));
        }
        let envelope: Envelope<'_> = serde_json::from_str(text).map_err(not_one)?;
        let body = envelope.failure.get();
        if format!("{:08x}", crc32fast::hash(body.as_bytes())) != envelope.crc32 {
            return Err(FailureFileError::Checksum);
        }
        serde_json::from_str(body).map_err(not_one)
    }

    /// Writes the file whole: a reader never sees half of one.
    pub fn write(&self, path: &Path) -> io::Result<()> {
        let unfinished = path.with_extension("unfinished");
        fs::write(&unfinished, self.to_text())?;
        fs::rename(&unfinished, path)
    }

    /// Reads a file.
    pub fn read(path: &Path) -> Result<Failure, FailureFileError> {
        let length = fs::metadata(path).map_err(FailureFileError::Io)?.len();
        if length > BYTES_MAX {
            return Err(FailureFileError::TooLarge(length));
        }
        let bytes = fs::read(path).map_err(FailureFileError::Io)?;
        let text = String::from_utf8(bytes).map_err(|_| FailureFileError::NotOne("it is not UTF-8".to_owned()))?;
        Failure::parse(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::{Failure, FailureFileError};
    use crate::build::Build;
    use crate::testing;
    use gracchus_world::trial::Forced;

    fn failure() -> Failure {
        Failure {
            scenario_file: "a/b.scenario.toml".to_owned(),
            scenario: "title = \"quotes \\\" and\\nlines\"".to_owned(),
            build: Build::this(),
            mutants: vec!["M01".to_owned()],
            forced: Forced { data_shards: Some(2), cuts: Some(false), ..Forced::default() },
            seed: u64::MAX,
            outcome: testing::violation(),
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("x.failure.json");
        failure().write(&path).expect("written");
        assert_eq!(Failure::read(&path).expect("read"), failure());
    }

    #[test]
    fn no_flipped_bit_goes_unnoticed() {
        let text = failure().to_text().into_bytes();
        for at in 0..text.len() {
            let mut damaged = text.clone();
            damaged[at] ^= 1;
            let read = std::str::from_utf8(&damaged).ok().map(Failure::parse);
            // White space between the outermost fields carries nothing.
            if !text[at].is_ascii_whitespace() {
                assert!(!matches!(read, Some(Ok(_))), "byte {at}");
            }
        }
    }

    #[test]
    fn other_formats_and_other_files_are_told_apart() {
        let later = failure().to_text().replace("\"format\": 1", "\"format\": 2");
        assert!(matches!(Failure::parse(&later), Err(FailureFileError::Format(2))));
        for other in [
            "",
            "{}",
            "[]",
            "null",
            "{\"format\": 1}",
            "title = \"a scenario\"",
            "{\"format\": 1, \"crc32\": \"\", \"failure\": {}}",
        ] {
            assert!(Failure::parse(other).is_err(), "{other}");
        }
        let whole = failure().to_text();
        assert!(Failure::parse(&whole[..whole.len() / 2]).is_err());
    }
}
