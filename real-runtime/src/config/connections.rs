//! `max.connections` and the rest of that family.

use super::end_points::is_host;
use super::settings::{ConfigError, Settings};
use crate::host::look_up;
use crate::shell::ConnectionLimits;
use std::collections::BTreeMap;

const PER_IP: &str = "max.connections.per.ip";
const OVERRIDES: &str = "max.connections.per.ip.overrides";

/// How many connections clients may have, as the operator says it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ConnectionSettings {
    /// `max.connections`; without it the process's limit of file descriptors says.
    pub max: Option<usize>,
    per_ip: usize,
    /// By address or name.
    overrides: Vec<(String, usize)>,
}

/// Reads the family.
pub fn read(settings: &Settings) -> Result<ConnectionSettings, ConfigError> {
    let range = 0..=i64::from(i32::MAX);
    let number = |key| settings.number(key, range.clone()).map(|number| number.map(|number| number as usize));
    let mut overrides = Vec::new();
    for pair in settings.list(OVERRIDES) {
        // As in Kafka the last colon counts, so that an IPv6 address needs no brackets.
        let parsed =
            pair.rsplit_once(':').and_then(|(host, most)| Some((host.trim(), most.trim().parse::<i32>().ok()?)));
        let Some((host, most)) = parsed.filter(|(_, most)| *most >= 0) else {
            return Err(settings.refuse(OVERRIDES, "it takes HOST:NUMBER, separated by commas"));
        };
        let host = host.trim_matches(['[', ']']);
        if !is_host(host) {
            let what = format!("it contains invalid addresses: {host}; name hosts or IP addresses");
            return Err(settings.refuse(OVERRIDES, &what));
        }
        overrides.push((host.to_owned(), most as usize));
    }
    let per_ip = number(PER_IP)?.unwrap_or(i32::MAX as usize);
    if per_ip == 0 && overrides.is_empty() {
        let why = format!("it can be set to zero only if {OVERRIDES} is set: nobody could connect");
        return Err(settings.refuse(PER_IP, &why));
    }
    Ok(ConnectionSettings { max: number("max.connections")?, per_ip, overrides })
}

impl ConnectionSettings {
    /// The limits in force, with the descriptors' share as the most there may be. Names are looked up here, once.
    pub fn limits(&self, most: usize) -> Result<ConnectionLimits, ConfigError> {
        let mut overrides = BTreeMap::new();
        for (host, of_host) in &self.overrides {
            let addresses =
                look_up(host, 0).map_err(|error| ConfigError(format!("{OVERRIDES}: {error}; name its IP address")))?;
            overrides.extend(addresses.iter().map(|address| (address.ip().to_canonical(), *of_host)));
        }
        Ok(ConnectionLimits { most, per_ip: self.per_ip, overrides })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(given: &[(&str, &str)]) -> Result<ConnectionSettings, ConfigError> {
        let mut all = Settings::default();
        for (key, value) in given {
            all.add_flag("--set", key, value).unwrap();
        }
        read(&all)
    }

    #[test]
    fn the_family_is_read() {
        let none = settings(&[]).unwrap();
        assert_eq!((none.max, none.limits(7).unwrap()), (None, ConnectionLimits { most: 7, ..Default::default() }));
        let given = [
            ("max.connections", "100"),
            (PER_IP, "0"),
            (OVERRIDES, "127.0.0.1:5, ::1:6,[::2]:7,localhost:8,10.0.0.1:0"),
        ];
        let given = settings(&given).unwrap();
        assert_eq!(given.max, Some(100));
        let limits = given.limits(50).unwrap();
        let of = |ip: &str| limits.overrides.get(&ip.parse().unwrap()).copied();
        assert_eq!((of("127.0.0.1"), of("::2"), of("10.0.0.1"), limits.per_ip), (Some(8), Some(7), Some(0), 0));
    }

    #[test]
    fn what_kafka_refuses_is_refused() {
        let refusal = |given: &[(&str, &str)]| settings(given).unwrap_err().to_string();
        assert!(refusal(&[(PER_IP, "0")]).contains("can be set to zero only if"));
        assert!(refusal(&[(PER_IP, "-1")]).contains("from 0 to 2147483647"));
        assert!(refusal(&[("max.connections", "many")]).contains("from 0 to 2147483647"));
        for text in ["127.0.0.1", "127.0.0.1:x", "127.0.0.1:-1", ":5"] {
            assert!(refusal(&[(OVERRIDES, text)]).contains(OVERRIDES), "{text}");
        }
        assert!(refusal(&[(OVERRIDES, "a b:5")]).contains("invalid addresses: a b"));
        let unknown = settings(&[(OVERRIDES, "no.such.host.invalid:5")]).unwrap().limits(1).unwrap_err().to_string();
        assert!(unknown.contains("no.such.host.invalid is not known"), "{unknown}");
    }
}
