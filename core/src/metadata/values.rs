//! What values a configuration key takes, and how Kafka writes them.
//!
//! **In Kafka**: `ConfigDef.Type`, `ConfigDef.Validator`, `ConfigDef.convertToString`.

use core::fmt;
use std::borrow::Cow;

pub(super) const INT_MAX: i64 = i32::MAX as i64;
pub(super) const LONG_MAX: i64 = i64::MAX;
pub(super) const LONG_MAX_TEXT: &str = "9223372036854775807";

/// The values that a key takes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    /// A whole number of 32 bits, from and to.
    Int(i64, i64),
    /// A whole number of 64 bits, from and to.
    Long(i64, i64),
    /// A fraction from nought to one.
    Ratio,
    Bool,
    OneOf(&'static [&'static str]),
    /// Any of these, with commas between them.
    AnyOf(&'static [&'static str]),
    /// `*`, nothing, or `partition:broker` with commas between them.
    ThrottledReplicas,
    /// Java's `Deflater` levels: 1 to 9, or -1.
    GzipLevel,
    /// Off, and cannot be switched on here.
    OnlyFalse,
}

impl Kind {
    /// Whether the key takes this value, given without spaces around it.
    pub(super) fn takes(self, text: &str) -> bool {
        match self {
            Kind::Int(from, to) | Kind::Long(from, to) => {
                text.parse::<i64>().is_ok_and(|number| (from..=to).contains(&number))
            }
            Kind::Ratio => text.parse::<f64>().is_ok_and(|ratio| (0.0..=1.0).contains(&ratio)),
            Kind::Bool => text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false"),
            Kind::OneOf(known) => known.contains(&text),
            // KIP-1161: an empty list is legal; of `cleanup.policy` it means that nothing is ever removed.
            Kind::AnyOf(known) => text.is_empty() || text.split(',').all(|part| known.contains(&part.trim())),
            Kind::ThrottledReplicas => text.is_empty() || text == "*" || text.split(',').all(is_throttled_replica),
            Kind::GzipLevel => text.parse::<i64>().is_ok_and(|level| level == -1 || (1..=9).contains(&level)),
            Kind::OnlyFalse => text.eq_ignore_ascii_case("false"),
        }
    }

    /// The type of the values.
    pub(super) fn config_type(self) -> ConfigType {
        match self {
            Kind::Int(..) | Kind::GzipLevel => ConfigType::Int,
            Kind::Long(..) => ConfigType::Long,
            Kind::Ratio => ConfigType::Double,
            Kind::Bool | Kind::OnlyFalse => ConfigType::Boolean,
            Kind::OneOf(_) => ConfigType::String,
            Kind::AnyOf(_) | Kind::ThrottledReplicas => ConfigType::List,
        }
    }
}

fn is_throttled_replica(text: &str) -> bool {
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    text.trim().split_once(':').is_some_and(|(partition, broker)| is_number(partition) && is_number(broker))
}

/// The type of a key's value, as DescribeConfigs names it (KIP-569).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ConfigType {
    /// `true` or `false`.
    Boolean,
    /// Any text.
    String,
    /// A whole number of 32 bits.
    Int,
    /// A whole number of 16 bits.
    Short,
    /// A whole number of 64 bits.
    Long,
    /// A number with a fraction.
    Double,
    /// Texts with commas between them.
    List,
}

impl ConfigType {
    /// The number on the wire (`DescribeConfigsResponse.ConfigType`).
    #[must_use]
    pub fn to_wire(self) -> i8 {
        match self {
            ConfigType::Boolean => 1,
            ConfigType::String => 2,
            ConfigType::Int => 3,
            ConfigType::Short => 4,
            ConfigType::Long => 5,
            ConfigType::Double => 6,
            ConfigType::List => 7,
        }
    }

    /// Writes a value as Kafka does after it has parsed it: numbers and booleans in their one spelling, lists without
    /// spaces. A text that is not of this type stays as it is.
    pub(super) fn spelt<'a>(self, text: &'a str) -> Cow<'a, str> {
        let text = text.trim();
        match self {
            ConfigType::Boolean if text.bytes().any(|byte| byte.is_ascii_uppercase()) => {
                Cow::Owned(text.to_ascii_lowercase())
            }
            ConfigType::Int | ConfigType::Short | ConfigType::Long => match text.parse::<i64>() {
                Ok(number) => Cow::Owned(number.to_string()),
                Err(_) => Cow::Borrowed(text),
            },
            ConfigType::Double => match text.parse::<f64>() {
                Ok(number) => Cow::Owned(java_double(number)),
                Err(_) => Cow::Borrowed(text),
            },
            ConfigType::List if text.contains(char::is_whitespace) => {
                Cow::Owned(text.split(',').map(str::trim).collect::<Vec<_>>().join(","))
            }
            ConfigType::Boolean | ConfigType::String | ConfigType::List => Cow::Borrowed(text),
        }
    }
}

/// Writes a number as Java's `Double.toString` does: `0.5`, `1.0`, `1.0E-4`.
fn java_double(number: f64) -> String {
    if number == 0.0 || (1e-3..1e7).contains(&number.abs()) {
        return format!("{number:?}");
    }
    let text = format!("{number:E}");
    match text.split_once('E') {
        Some((digits, exponent)) if !digits.contains('.') => format!("{digits}.0E{exponent}"),
        _ => text,
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Kind::Int(from, LONG_MAX | INT_MAX) | Kind::Long(from, LONG_MAX) => {
                write!(f, "a whole number of at least {from}")
            }
            Kind::Int(from, to) | Kind::Long(from, to) => write!(f, "a whole number from {from} to {to}"),
            Kind::Ratio => f.write_str("a number from 0 to 1"),
            Kind::Bool => f.write_str("true or false"),
            Kind::OneOf(known) => write!(f, "one of {}", known.join(", ")),
            Kind::AnyOf(known) => write!(f, "any of {}, separated by commas", known.join(", ")),
            Kind::ThrottledReplicas => f.write_str("* or partition:broker pairs, separated by commas"),
            Kind::GzipLevel => f.write_str("a whole number from 1 to 9, or -1"),
            Kind::OnlyFalse => f.write_str("false: this broker has no tiered storage"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_spelt_as_kafka_spells_it() {
        let table = [
            (ConfigType::Boolean, " TRUE", "true"),
            (ConfigType::Int, " 012 ", "12"),
            (ConfigType::Long, "+5", "5"),
            (ConfigType::Long, "many", "many"),
            (ConfigType::Double, "1", "1.0"),
            (ConfigType::Double, "0.50", "0.5"),
            (ConfigType::Double, "0.0001", "1.0E-4"),
            (ConfigType::Double, "0.00012", "1.2E-4"),
            (ConfigType::Double, "0", "0.0"),
            (ConfigType::List, "compact, delete", "compact,delete"),
            (ConfigType::List, "", ""),
            (ConfigType::String, "zstd ", "zstd"),
        ];
        for (of, text, wanted) in table {
            assert_eq!(of.spelt(text), wanted, "{of:?} {text:?}");
        }
    }
}
