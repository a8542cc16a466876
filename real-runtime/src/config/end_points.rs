//! `NAME://HOST:PORT`, one and several with commas between them.
//!
//! **In Kafka**: `SocketServerConfigs.listenerListToEndPoints`, `CoreUtils.listenerListToEndPoints`,
//! `Utils.validHostPattern`.

use super::settings::{ConfigError, Settings};
use std::net::{Ipv4Addr, Ipv6Addr};

/// One `NAME://HOST:PORT`. The host is empty where every address of the machine is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EndPoint<'a> {
    pub name: &'a str,
    pub host: &'a str,
    pub port: u16,
}

impl EndPoint<'_> {
    /// Whether nobody could connect to that host: it is a word for every address.
    pub fn is_meta_address(&self) -> bool {
        let is_v4 = self.host.parse::<Ipv4Addr>().is_ok_and(|address| address.is_unspecified());
        is_v4 || self.host.parse::<Ipv6Addr>().is_ok_and(|address| address.is_unspecified())
    }

    pub fn has_name(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }
}

/// The end points of a key, each with a name of its own.
pub fn read<'a>(settings: &'a Settings, key: &str) -> Result<Vec<EndPoint<'a>>, ConfigError> {
    let mut end_points: Vec<EndPoint<'_>> = Vec::new();
    for text in settings.list(key) {
        let end_point = parse(text).map_err(|why| settings.refuse(key, &why))?;
        if end_points.iter().any(|known| known.has_name(end_point.name)) {
            return Err(settings.refuse(
                key,
                &format!("each listener must have a different name, and it has {} twice: rename one", end_point.name),
            ));
        }
        end_points.push(end_point);
    }
    Ok(end_points)
}

/// As Kafka has it, two may have one port only where one has an IPv4 and the other an IPv6 address.
pub fn check_ports(settings: &Settings, key: &str, end_points: &[EndPoint<'_>]) -> Result<(), ConfigError> {
    let is_v4 = |it: &EndPoint<'_>| it.host.parse::<Ipv4Addr>().is_ok();
    let is_v6 = |it: &EndPoint<'_>| without_zone(it.host).parse::<Ipv6Addr>().is_ok();
    for (at, one) in end_points.iter().enumerate().filter(|(_, one)| one.port != 0) {
        for other in end_points[..at].iter().filter(|other| other.port == one.port) {
            if !(is_v4(one) && is_v6(other) || is_v6(one) && is_v4(other)) {
                let why = "each listener must have a different port, unless one has an IPv4 address and the other an \
                           IPv6 address";
                let who = format!("{why}: {} and {} both have {}", other.name, one.name, one.port);
                return Err(settings.refuse(key, &who));
            }
        }
    }
    Ok(())
}

/// Reads one; an error says what it takes.
pub fn parse(text: &str) -> Result<EndPoint<'_>, String> {
    const FORM: &str = "it takes NAME://HOST:PORT, separated by commas";
    let (name, rest) = text.split_once("://").ok_or(FORM)?;
    let (host, port) = rest.rsplit_once(':').ok_or(FORM)?;
    let is_name =
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    let is_number = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    if !is_name || !is_number {
        return Err(FORM.to_owned());
    }
    let port = port.parse().map_err(|_| format!("{port} is no port: {FORM}, with a port from 0 to 65535"))?;
    let host = match host.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')) {
        Some(inner) => Some(inner).filter(|inner| is_v6_address(inner)),
        None => Some(host).filter(|host| host.is_empty() || is_host(host)),
    };
    let host = host.ok_or_else(|| {
        format!("{text} has no host name or IP address that can be one: name one, an IPv6 address in brackets")
    })?;
    Ok(EndPoint { name, host, port })
}

/// Whether that can be the name of a host or an IP address.
pub fn is_host(text: &str) -> bool {
    if text.contains(':') {
        return is_v6_address(text);
    }
    if text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        return text.parse::<Ipv4Addr>().is_ok();
    }
    let is_label = |label: &str| {
        let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'%');
        (1..=63).contains(&label.len()) && label.bytes().all(is_letter)
    };
    // A dot at the end makes a name absolute.
    let name = text.strip_suffix('.').unwrap_or(text);
    name.len() <= 253 && name.split('.').all(is_label)
}

fn is_v6_address(text: &str) -> bool {
    without_zone(text).parse::<Ipv6Addr>().is_ok()
}

/// `fe80::1%eth0` without its interface.
fn without_zone(address: &str) -> &str {
    address.split_once('%').map_or(address, |(address, _)| address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_point_has_a_name_a_host_and_a_port() {
        let good = [
            ("PLAINTEXT://broker-1.example.com:9092", ("PLAINTEXT", "broker-1.example.com", 9092)),
            ("A_b-1://:0", ("A_b-1", "", 0)),
            ("A://[::1]:65535", ("A", "::1", 65535)),
            ("A://::1:9092", ("A", "::1", 9092)),
            ("A://[fe80::1%eth0]:1", ("A", "fe80::1%eth0", 1)),
            ("A://kafka_1.svc.:1", ("A", "kafka_1.svc.", 1)),
            ("A://10.0.0.1:1", ("A", "10.0.0.1", 1)),
        ];
        for (text, (name, host, port)) in good {
            assert_eq!(parse(text), Ok(EndPoint { name, host, port }), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_one_is_refused_with_what_it_takes() {
        for text in
            ["localhost:9092", "A://localhost", "A B://x:1", "A://x:", "A://x:-1", "A://x:+1", "://x:1", "A://x"]
        {
            assert!(parse(text).unwrap_err().contains("NAME://HOST:PORT"), "{text}");
        }
        assert!(parse("A://x:65536").unwrap_err().contains("65536 is no port"));
        for text in [
            "A://a b:1",
            "A://a..b:1",
            "A://.a:1",
            "A://10.0.0.256:1",
            "A://10.0.1:1",
            "A://a:b:1",
            "A://[localhost]:1",
            "A://[]:1",
            "A://größe:1",
            "A://a/b:1",
            "A://${HOST}:1",
            "A://*:1",
        ] {
            assert!(parse(text).unwrap_err().contains("no host name or IP address"), "{text}");
        }
        assert!(!is_host(&"a".repeat(64)) && is_host(&"a".repeat(63)));
    }

    #[test]
    fn a_word_for_every_address_is_known() {
        let of = |host| EndPoint { name: "A", host, port: 1 }.is_meta_address();
        assert!(of("0.0.0.0") && of("::") && of("0:0::0"));
        assert!(!of("127.0.0.1") && !of("") && !of("broker.example"));
    }
}
