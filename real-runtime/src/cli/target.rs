//! What all client commands have in common: where the brokers are, how long to wait, and how to print.

use super::failure::{Failure, nearest};
use crate::caller::{Brokers, Topics};
use core::time::Duration;
use gracchus_core::wire::metadata::MetadataResponseTopic;
use std::sync::Arc;

/// Where the brokers are, and how to talk with the user.
#[derive(clap::Args, Clone, Debug)]
pub struct Target {
    /// A broker of the cluster; several may be given, the first that answers is used
    #[arg(
        long,
        value_name = "HOST:PORT",
        default_value = "127.0.0.1:9092",
        value_delimiter = ',',
        value_parser = address,
        help_heading = "Cluster"
    )]
    bootstrap: Vec<String>,
    /// Gives up when the brokers have not answered for so long
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = seconds, help_heading = "Cluster")]
    timeout: Duration,
    /// Prints JSON, for programs
    #[arg(long, help_heading = "Output")]
    pub json: bool,
}

impl Target {
    /// Connects to the cluster.
    pub fn connect(&self) -> Result<Brokers, Failure> {
        Ok(Brokers::connect(&self.bootstrap, self.timeout)?)
    }

    /// How long brokers may stay silent.
    pub fn timeout(&self) -> Duration {
        self.timeout
    }

    /// `bootstrap.servers` for a client of the core.
    pub fn servers(&self) -> Vec<(Arc<str>, u16)> {
        let servers = self.bootstrap.iter().filter_map(|it| host_and_port(it));
        servers.map(|(host, port)| (Arc::from(host), port)).collect()
    }
}

/// `HOST:PORT`; an IPv6 address stands in brackets.
fn host_and_port(text: &str) -> Option<(&str, u16)> {
    let (host, port) = text.rsplit_once(':')?;
    let is_bracketed = host.starts_with('[') && host.ends_with(']');
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let port = port.parse().ok().filter(|port| *port > 0)?;
    (!host.is_empty() && (is_bracketed || !host.contains(':'))).then_some((host, port))
}

fn address(text: &str) -> Result<String, String> {
    let text = text.trim();
    match host_and_port(text) {
        Some(_) => Ok(text.to_owned()),
        None => Err("it takes HOST:PORT, such as broker-1.example.com:9092 or [::1]:9092".to_owned()),
    }
}

/// A time in seconds, a fraction included.
pub fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse::<f64>().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    let positive = seconds.filter(|seconds| !seconds.is_zero() && *seconds < Duration::from_secs(1_000_000_000));
    positive.ok_or_else(|| "it takes a number of seconds above 0".to_owned())
}

/// What the brokers say of these topics, in their order. Each of them must exist.
pub fn existing_topics(brokers: &mut Brokers, names: &[String]) -> Result<Vec<MetadataResponseTopic>, Failure> {
    let topics = brokers.topics(Some(names))?;
    let mut found = Vec::new();
    for name in names {
        match topics.get(name) {
            Some(topic) if topic.error_code == 0 => found.push(topic.clone()),
            Some(topic) if topic.error_code != UNKNOWN_TOPIC => {
                return Err(Failure::refused(format!("topic {name}"), topic.error_code, None));
            }
            Some(_) | None => return Err(unknown_topic(name, &brokers.topics(None)?)),
        }
    }
    Ok(found)
}

/// UNKNOWN_TOPIC_OR_PARTITION.
pub const UNKNOWN_TOPIC: i16 = 3;

/// Says that a topic does not exist, and what to do.
pub fn unknown_topic(name: &str, topics: &Topics) -> Failure {
    let next = match nearest(name, topics.keys().map(String::as_str)) {
        Some(near) => format!("did you mean {near}?"),
        None => format!("`gracchus topic list` shows the topics, `gracchus topic create {name}` creates it"),
    };
    Failure::new(1, format!("topic {name} does not exist; {next}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_host_and_a_port() {
        let good =
            [("a.example:9092", "a.example", 9092), ("[::1]:1", "::1", 1), ("10.0.0.1:65535", "10.0.0.1", 65535)];
        for (text, host, port) in good {
            assert_eq!(host_and_port(text), Some((host, port)), "{text}");
        }
        for text in ["", "localhost", ":9092", "::1:9092", "a:0", "a:65536", "a:b"] {
            assert!(address(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_timeout_is_above_nought_and_finite() {
        assert_eq!(seconds("0.5"), Ok(Duration::from_millis(500)));
        for text in ["0", "-1", "inf", "NaN", "1e300", "x"] {
            assert!(seconds(text).is_err(), "{text}");
        }
    }
}
