//! Settings with where they stand, and how one is read as what it should be.

use super::ignored::{Ignoring, ignoring};
use super::keys::{self, Key};
use super::properties;
use core::fmt;
use core::ops::RangeInclusive;
use std::collections::BTreeMap;

/// A setting that cannot be used. Its text names the thing, the cause and the next step.
#[derive(Debug, PartialEq, Eq)]
pub struct ConfigError(pub String);

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// All settings, by key; of several of one key the last counts.
#[derive(Default)]
pub struct Settings {
    by_key: BTreeMap<String, Setting>,
    has_file: bool,
    /// What the operator may want to know at start-up.
    pub notes: Vec<String>,
    /// What the operator must know.
    pub warnings: Vec<String>,
}

struct Setting {
    value: String,
    origin: Origin,
}

#[derive(Clone)]
enum Origin {
    Line(String, usize),
    Environment(String),
    Flag(&'static str),
}

impl Settings {
    /// Takes in a `.properties` file.
    pub fn add_file(&mut self, name: &str, bytes: &[u8]) -> Result<(), ConfigError> {
        self.has_file = true;
        let properties = properties::parse(&properties::decode(bytes))
            .map_err(|malformed| ConfigError(format!("{name}, line {}: {}", malformed.line, malformed.why)))?;
        for property in properties {
            let origin = Origin::Line(name.to_owned(), property.line);
            if let Some(Setting { origin: before @ Origin::Line(..), .. }) = self.by_key.get(&property.key) {
                let what = "is set a second time";
                self.warnings.push(format!("{origin}: {} {what}, after {before}; this one counts", property.key));
            }
            self.add(property.key, property.value, origin)?;
        }
        Ok(())
    }

    /// Takes in those of the environment's variables that are meant for a broker: `KAFKA_CFG_LOG_DIRS` is `log.dirs`.
    pub fn add_environment(&mut self, variables: &[(String, String)]) -> Result<(), ConfigError> {
        for (name, value) in variables {
            if let Some(key) = name.strip_prefix("KAFKA_CFG_") {
                let key = key.to_lowercase().replace('_', ".");
                self.add(key, value.clone(), Origin::Environment(name.clone()))?;
            }
        }
        Ok(())
    }

    /// Takes in one `--set key=value`, or a flag that stands for one.
    pub fn add_flag(&mut self, flag: &'static str, key: &str, value: &str) -> Result<(), ConfigError> {
        self.add(key.trim().to_owned(), value.to_owned(), Origin::Flag(flag))
    }

    fn add(&mut self, key: String, value: String, origin: Origin) -> Result<(), ConfigError> {
        if key.is_empty() {
            return Err(ConfigError(format!("{origin}: there is a value and no key: write KEY=VALUE")));
        }
        // As in Kafka, white space around a value is no part of it.
        let value = value.trim_matches(|letter| letter <= ' ').to_owned();
        if let Key::Unknown(nearest) = keys::find(&key) {
            let hint = match nearest {
                Some(nearest) => format!("did you mean {nearest}?"),
                None => "remove it, or look the key up in Kafka's broker configuration".to_owned(),
            };
            return Err(ConfigError(format!("{origin}: there is no key {key}: {hint}")));
        }
        self.by_key.insert(key, Setting { value, origin });
        Ok(())
    }

    /// Tells of every setting without an effect, and refuses those that the server cannot do without.
    pub fn tell_ignored(&mut self) -> Result<(), ConfigError> {
        let (mut notes, mut warnings) = (Vec::new(), Vec::new());
        for (key, Setting { value, origin }) in &self.by_key {
            match keys::find(key) {
                Key::Used | Key::Unknown(_) => {}
                Key::Obsolete(instead) => warnings.push(format!("{origin}: {key} is a key of the past: {instead}")),
                Key::Ignored => match ignoring(key, value) {
                    Ignoring::Harmless => notes.push(format!("{origin}: {key} has no effect in this server")),
                    Ignoring::Dangerous(what) => {
                        warnings.push(format!("{origin}: {key} has no effect in this server: {what}"));
                    }
                    Ignoring::Unsafe(why) => return Err(self.refuse(key, why)),
                },
            }
        }
        self.notes.append(&mut notes);
        self.warnings.append(&mut warnings);
        Ok(())
    }

    /// Whether a key is set, be it to nothing.
    #[must_use]
    pub fn has(&self, key: &str) -> bool {
        self.by_key.contains_key(key)
    }

    /// Whether that flag set a key.
    #[must_use]
    pub fn is_from_flag(&self, key: &str, flag: &str) -> bool {
        self.by_key.get(key).is_some_and(|setting| matches!(setting.origin, Origin::Flag(by) if by == flag))
    }

    /// Every setting.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.by_key.iter().map(|(key, setting)| (key.as_str(), setting.value.as_str()))
    }

    /// Whether a configuration file was read.
    #[must_use]
    pub fn has_file(&self) -> bool {
        self.has_file
    }

    /// The value of a key, if it is set to anything.
    #[must_use]
    pub fn text(&self, key: &str) -> Option<&str> {
        self.by_key.get(key).map(|setting| setting.value.as_str()).filter(|value| !value.is_empty())
    }

    /// The parts of a list with commas between them.
    #[must_use]
    pub fn list(&self, key: &str) -> Vec<&str> {
        let parts = self.text(key).unwrap_or_default().split(',');
        parts.map(str::trim).filter(|part| !part.is_empty()).collect()
    }

    /// A whole number in `range`.
    pub fn number(&self, key: &str, range: RangeInclusive<i64>) -> Result<Option<i64>, ConfigError> {
        // As in Kafka, a number that is set to nothing is no number.
        let Some(Setting { value, .. }) = self.by_key.get(key) else { return Ok(None) };
        match value.parse::<i64>() {
            Ok(number) if range.contains(&number) => Ok(Some(number)),
            _ => Err(self.refuse(key, &format!("it takes a whole number from {} to {}", range.start(), range.end()))),
        }
    }

    /// `true` or `false`.
    pub fn flag(&self, key: &str) -> Result<Option<bool>, ConfigError> {
        let value = self.by_key.get(key).map(|setting| setting.value.to_ascii_lowercase());
        match value.as_deref() {
            None => Ok(None),
            Some("true") => Ok(Some(true)),
            Some("false") => Ok(Some(false)),
            Some(_) => Err(self.refuse(key, "it takes true or false")),
        }
    }

    /// Why a key's value cannot be used.
    #[must_use]
    pub fn refuse(&self, key: &str, why: &str) -> ConfigError {
        match self.by_key.get(key) {
            Some(setting) => ConfigError(format!("{}: {key}={} cannot be used: {why}", setting.origin, setting.value)),
            None => ConfigError(format!("{key}: {why}")),
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Line(file, line) => write!(f, "{file}, line {line}"),
            Origin::Environment(variable) => write!(f, "environment variable {variable}"),
            Origin::Flag(flag) => f.write_str(flag),
        }
    }
}
