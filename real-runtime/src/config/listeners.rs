//! `listeners`, `advertised.listeners` and the rest of that family.

use super::settings::{ConfigError, Settings};
use gracchus_core::io::ListenerId;
use gracchus_core::metadata::ListenerConfig;
use std::sync::Arc;

/// Where a server listens that was told nothing: for this machine alone.
pub(super) const DEFAULT: &str = "PLAINTEXT://127.0.0.1:9092";

/// One `NAME://host:port`.
#[derive(Debug, PartialEq, Eq)]
struct EndPoint<'a> {
    name: &'a str,
    host: &'a str,
    port: u16,
}

/// The listeners for clients. Those of the controller are named as ignored: this server is its own controller.
pub fn read(settings: &mut Settings) -> Result<Vec<ListenerConfig>, ConfigError> {
    let (mut listeners, mut notes) = (Vec::new(), Vec::new());
    let controllers = controller_names(settings);
    let mut given = settings.list("listeners");
    if given.is_empty() {
        given.push(DEFAULT);
    }
    for text in given {
        let end_point = parse(text)
            .ok_or_else(|| settings.refuse("listeners", "it takes NAME://HOST:PORT, separated by commas"))?;
        if controllers.iter().any(|name| name.eq_ignore_ascii_case(end_point.name)) {
            notes.push(format!("listener {} is not opened: this node is its own controller", end_point.name));
            continue;
        }
        check_protocol(settings, end_point.name)?;
        if listeners.iter().any(|known: &ListenerConfig| known.name.eq_ignore_ascii_case(end_point.name)) {
            return Err(settings.refuse("listeners", &format!("it names {} twice", end_point.name)));
        }
        let id = ListenerId(u16::try_from(listeners.len()).expect("fewer listeners than ports"));
        let advertised = advertised(settings, &end_point)?;
        let (name, host) = (end_point.name.into(), end_point.host.into());
        listeners.push(ListenerConfig { id, name, host, port: end_point.port, advertised });
    }
    if listeners.is_empty() {
        return Err(settings.refuse("listeners", "it has no listener for clients: add PLAINTEXT://HOST:PORT"));
    }
    settings.notes.append(&mut notes);
    Ok(listeners)
}

fn controller_names(settings: &Settings) -> Vec<String> {
    let names = settings.list("controller.listener.names");
    if names.is_empty() { vec!["CONTROLLER".to_owned()] } else { names.into_iter().map(str::to_owned).collect() }
}

fn check_protocol(settings: &Settings, name: &str) -> Result<(), ConfigError> {
    let mapped = settings.list("listener.security.protocol.map").into_iter().find_map(|pair| {
        let (known, protocol) = pair.split_once(':')?;
        known.trim().eq_ignore_ascii_case(name).then_some(protocol.trim())
    });
    let protocol = mapped.unwrap_or(name);
    match protocol.to_ascii_uppercase().as_str() {
        "PLAINTEXT" => Ok(()),
        "SSL" | "SASL_PLAINTEXT" | "SASL_SSL" => Err(settings.refuse(
            "listeners",
            &format!(
                "{name} wants {protocol}, which this server does not have yet: use PLAINTEXT behind a proxy that has it"
            ),
        )),
        _ => Err(settings.refuse(
            "listeners",
            &format!("nothing says which protocol {name} has: add {name}:PLAINTEXT to listener.security.protocol.map"),
        )),
    }
}

/// What clients are told: as configured, or this machine's name where the listener is open to every address.
fn advertised(settings: &Settings, listener: &EndPoint<'_>) -> Result<Option<(Arc<str>, u16)>, ConfigError> {
    const KEY: &str = "advertised.listeners";
    for text in settings.list(KEY) {
        let Some(end_point) = parse(text) else {
            return Err(settings.refuse(KEY, "it takes NAME://HOST:PORT, separated by commas"));
        };
        if end_point.name.eq_ignore_ascii_case(listener.name) {
            if matches!(end_point.host, "" | "0.0.0.0" | "::") {
                return Err(settings.refuse(KEY, "no client can connect to every address: name this machine"));
            }
            return Ok(Some((end_point.host.into(), end_point.port)));
        }
    }
    let is_everywhere = matches!(listener.host, "" | "0.0.0.0" | "::");
    let name = rustix::system::uname();
    Ok(is_everywhere.then(|| (name.nodename().to_string_lossy().into(), listener.port)))
}

fn parse(text: &str) -> Option<EndPoint<'_>> {
    let (name, rest) = text.split_once("://")?;
    let (host, port) = rest.rsplit_once(':')?;
    let host = host.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')).unwrap_or(host);
    let is_name =
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    is_name.then_some(EndPoint { name, host, port: port.parse().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listeners(settings: &[(&str, &str)]) -> Result<Vec<ListenerConfig>, ConfigError> {
        let mut all = Settings::default();
        for (key, value) in settings {
            all.add_flag("--set", key, value).unwrap();
        }
        read(&mut all)
    }

    fn refusal(settings: &[(&str, &str)]) -> String {
        listeners(settings).unwrap_err().to_string()
    }

    #[test]
    fn without_a_word_it_listens_for_this_machine() {
        let only = &listeners(&[]).unwrap()[0];
        assert_eq!((&*only.name, &*only.host, only.port), ("PLAINTEXT", "127.0.0.1", 9092));
        assert_eq!(only.advertised, None);
    }

    #[test]
    fn a_combined_nodes_file_opens_the_listener_for_clients() {
        let both = "PLAINTEXT://127.0.0.1:19092,CONTROLLER://127.0.0.1:19093";
        let only = listeners(&[("listeners", both), ("controller.listener.names", "CONTROLLER")]).unwrap();
        assert_eq!(only.len(), 1);
        assert_eq!(only[0].port, 19092);
    }

    #[test]
    fn names_map_to_protocols() {
        let internal = ("listeners", "INTERNAL://10.0.0.1:9092");
        assert!(refusal(&[internal]).contains("listener.security.protocol.map"));
        let mapped = ("listener.security.protocol.map", "INTERNAL:PLAINTEXT,EXTERNAL:SSL");
        assert_eq!(&*listeners(&[internal, mapped]).unwrap()[0].name, "INTERNAL");
        assert!(refusal(&[("listeners", "EXTERNAL://:9093"), mapped]).contains("does not have yet"));
    }

    #[test]
    fn an_advertised_address_is_matched_by_name() {
        let given =
            [("listeners", "PLAINTEXT://[::]:9092"), ("advertised.listeners", "PLAINTEXT://broker.example:29092")];
        assert_eq!(listeners(&given).unwrap()[0].advertised, Some(("broker.example".into(), 29092)));
        assert_eq!(&*listeners(&given).unwrap()[0].host, "::");
    }

    #[test]
    fn an_address_that_no_client_can_use_is_not_advertised() {
        assert!(refusal(&[("advertised.listeners", "PLAINTEXT://0.0.0.0:9092")]).contains("every address"));
        let open = listeners(&[("listeners", "PLAINTEXT://:9092")]).unwrap();
        let (name, port) = open[0].advertised.clone().unwrap();
        assert!(!name.is_empty());
        assert_eq!(port, 9092);
    }

    #[test]
    fn nonsense_is_refused_with_what_it_takes() {
        for nonsense in ["localhost:9092", "PLAINTEXT://localhost", "PLAINTEXT://localhost:99999", "A B://x:1"] {
            assert!(refusal(&[("listeners", nonsense)]).contains("NAME://HOST:PORT"), "{nonsense}");
        }
        assert!(refusal(&[("listeners", "PLAINTEXT://:1,PLAINTEXT://:2")]).contains("twice"));
    }
}
