//! `listeners`, `advertised.listeners` and the rest of that family.
//!
//! **In Kafka**: `KafkaConfig.validateValues`, `effectiveListenerSecurityProtocolMap`, `SecurityProtocol`.

use super::end_points::{self, EndPoint};
use super::settings::{ConfigError, Settings};
use crate::host::look_up;
use gracchus_core::io::ListenerId;
use gracchus_core::metadata::{ListenerConfig, ListenerRole};
use std::sync::Arc;

/// Where a server listens that was told nothing: for this machine alone.
pub(super) const DEFAULT: &str = "PLAINTEXT://127.0.0.1:9092";

/// The names of the controller's listeners.
pub(super) const CONTROLLERS: &str = "controller.listener.names";

/// The flag that sets the listeners.
pub(super) const LISTEN_FLAG: &str = "--listen";

const LISTENERS: &str = "listeners";
const ADVERTISED: &str = "advertised.listeners";
const PROTOCOLS: &str = "listener.security.protocol.map";
const INTER_BROKER: &str = "inter.broker.listener.name";
const INTER_BROKER_PROTOCOL: &str = "security.inter.broker.protocol";

/// The listeners for clients. Those of the controller are named as not opened: this server is its own controller.
pub fn read(settings: &mut Settings) -> Result<Vec<ListenerConfig>, ConfigError> {
    let mut unopened = Vec::new();
    let listeners = {
        let settings = &*settings;
        let all = match settings.has(LISTENERS) {
            true => end_points::read(settings, LISTENERS)?,
            false => vec![end_points::parse(DEFAULT).expect("the default is a good one")],
        };
        end_points::check_ports(settings, LISTENERS, &all)?;
        let controllers = controllers(settings);
        let is_controllers = |it: &EndPoint<'_>| controllers.iter().any(|name| it.has_name(name));
        check_controllers(settings, &all)?;
        let (of_controller, of_clients): (Vec<EndPoint<'_>>, Vec<EndPoint<'_>>) =
            all.iter().copied().partition(is_controllers);
        unopened.extend(of_controller.iter().map(|it| it.name.to_owned()));
        let protocols = Protocols::read(settings)?;
        for listener in &of_clients {
            protocols.check(settings, listener.name)?;
        }
        let advertised = read_advertised(settings, &all, &controllers)?;
        if of_clients.is_empty() || advertised.as_ref().is_some_and(Vec::is_empty) {
            let key = if of_clients.is_empty() { LISTENERS } else { ADVERTISED };
            let next = format!("perhaps all listeners appear in {CONTROLLERS}? Add PLAINTEXT://HOST:PORT");
            let why = format!("there must be at least one broker advertised listener; {next}");
            return Err(settings.refuse(key, &why));
        }
        let names: Vec<&str> = match &advertised {
            Some(advertised) => advertised.iter().map(|it| it.name).collect(),
            None => of_clients.iter().map(|it| it.name).collect(),
        };
        let for_brokers = inter_broker(settings, &names)?;
        let told = advertised.unwrap_or_default();
        of_clients.iter().enumerate().map(|(id, it)| listener(id, it, for_brokers, &told)).collect()
    };
    for name in unopened {
        settings.notes.push(format!("listener {name} is not opened: this node is its own controller"));
    }
    Ok(listeners)
}

fn listener(id: usize, end_point: &EndPoint<'_>, for_brokers: &str, told: &[EndPoint<'_>]) -> ListenerConfig {
    let role = if end_point.has_name(for_brokers) { ListenerRole::Brokers } else { ListenerRole::Clients };
    let id = ListenerId(u16::try_from(id).expect("fewer listeners than ports"));
    let (name, host) = (end_point.name.into(), end_point.host.into());
    ListenerConfig { id, name, role, host, port: end_point.port, advertised: advertised(end_point, told) }
}

/// What clients are told: as configured, or this machine's name where the listener is open to every address.
fn advertised(listener: &EndPoint<'_>, told: &[EndPoint<'_>]) -> Option<(Arc<str>, u16)> {
    let machine = || Arc::from(rustix::system::uname().nodename().to_string_lossy());
    match told.iter().find(|it| it.has_name(listener.name)) {
        // As in Kafka, an empty host is this machine.
        Some(it) if it.host.is_empty() => Some((machine(), it.port)),
        Some(it) => Some((it.host.into(), it.port)),
        None => (listener.host.is_empty() || listener.is_meta_address()).then(|| (machine(), listener.port)),
    }
}

fn controllers(settings: &Settings) -> Vec<&str> {
    if settings.has(CONTROLLERS) { settings.list(CONTROLLERS) } else { vec!["CONTROLLER"] }
}

/// A file that says which roles this node has must also say how its controller is reached.
fn check_controllers(settings: &Settings, listeners: &[EndPoint<'_>]) -> Result<(), ConfigError> {
    // `--listen` is about clients, and stands in the place of all that a file says.
    if settings.list("process.roles").is_empty() || settings.is_from_flag(LISTENERS, LISTEN_FLAG) {
        return Ok(());
    }
    let role = "when running the KRaft controller role";
    let names = settings.list(CONTROLLERS);
    if names.is_empty() {
        let why = format!("it must contain at least one value appearing in the '{LISTENERS}' configuration {role}");
        return Err(settings.refuse(CONTROLLERS, &why));
    }
    match names.iter().find(|name| !listeners.iter().any(|listener| listener.has_name(name))) {
        None => Ok(()),
        Some(unknown) => {
            let why = format!("it must only contain values appearing in the '{LISTENERS}' configuration {role}");
            Err(settings
                .refuse(CONTROLLERS, &format!("{why}, and {unknown} does not: add {unknown}://HOST:PORT there")))
        }
    }
}

/// The advertised end points of clients' listeners; none where the key is not set.
fn read_advertised<'a>(
    settings: &'a Settings,
    listeners: &[EndPoint<'_>],
    controllers: &[&str],
) -> Result<Option<Vec<EndPoint<'a>>>, ConfigError> {
    if !settings.has(ADVERTISED) {
        return Ok(None);
    }
    let mut of_clients = Vec::new();
    for end_point in end_points::read(settings, ADVERTISED)? {
        if end_point.is_meta_address() {
            let address = end_point.host;
            let why =
                format!("it cannot use the nonroutable meta-address {address}. Use a routable IP address, or a name");
            return Err(settings.refuse(ADVERTISED, &why));
        }
        if controllers.iter().any(|name| end_point.has_name(name)) {
            continue;
        }
        if !listeners.iter().any(|listener| listener.has_name(end_point.name)) {
            let options: Vec<&str> = listeners.iter().map(|listener| listener.name).collect();
            let why = format!(
                "listener names must be equal to or a subset of the ones defined in {LISTENERS}. Found {}. The valid \
                 options based on the current configuration are {}",
                end_point.name,
                options.join(",")
            );
            return Err(settings.refuse(ADVERTISED, &why));
        }
        of_clients.push(end_point);
    }
    Ok(Some(of_clients))
}

/// The listener to which other brokers connect: the one that the file names, which must be there; else the one with the
/// name PLAINTEXT, else the first.
fn inter_broker<'a>(settings: &'a Settings, names: &[&'a str]) -> Result<&'a str, ConfigError> {
    let protocol = settings.text(INTER_BROKER_PROTOCOL);
    if let Some(protocol) = protocol.filter(|protocol| !is_protocol(protocol)) {
        let why = format!("invalid security protocol `{protocol}`: it takes PLAINTEXT");
        return Err(settings.refuse(INTER_BROKER_PROTOCOL, &why));
    }
    let (key, name) = match (settings.text(INTER_BROKER), protocol) {
        (Some(_), Some(_)) => {
            let why =
                format!("only one of {INTER_BROKER} and {INTER_BROKER_PROTOCOL} should be set: leave this one out");
            return Err(settings.refuse(INTER_BROKER_PROTOCOL, &why));
        }
        (Some(name), None) => (INTER_BROKER, name),
        (None, Some(protocol)) => (INTER_BROKER_PROTOCOL, protocol),
        (None, None) => {
            let usual = names.iter().find(|name| name.eq_ignore_ascii_case("PLAINTEXT"));
            return Ok(usual.unwrap_or(&names[0]));
        }
    };
    if names.iter().any(|known| known.eq_ignore_ascii_case(name)) {
        return Ok(name);
    }
    let options = names.join(",");
    let why = format!("{INTER_BROKER} must be a listener name defined in {ADVERTISED}");
    let next = format!("the valid options based on currently configured listeners are {options}");
    Err(settings.refuse(key, &format!("{why}; {next}")))
}

fn is_protocol(name: &str) -> bool {
    ["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"].contains(&name.to_ascii_uppercase().as_str())
}

/// Which security protocol each listener has: none where nothing is said, and then a protocol's name is its own.
struct Protocols<'a>(Option<Vec<(&'a str, &'a str)>>);

impl<'a> Protocols<'a> {
    fn read(settings: &'a Settings) -> Result<Protocols<'a>, ConfigError> {
        if !settings.has(PROTOCOLS) {
            return Ok(Protocols(None));
        }
        let mut pairs = Vec::new();
        for pair in settings.list(PROTOCOLS) {
            let (name, protocol) = pair.rsplit_once(':').map_or((pair, ""), |(name, it)| (name.trim(), it.trim()));
            if name.is_empty() || protocol.is_empty() {
                let why = format!("{pair} is no pair: it takes NAME:PROTOCOL, separated by commas");
                return Err(settings.refuse(PROTOCOLS, &why));
            }
            if !is_protocol(protocol) {
                let why =
                    format!("invalid security protocol `{protocol}` of listener {name}: this server has PLAINTEXT");
                return Err(settings.refuse(PROTOCOLS, &why));
            }
            pairs.push((name, protocol));
        }
        Ok(Protocols(Some(pairs)))
    }

    /// Refuses a listener that this server cannot open as its operator means it: without TLS and without a check of who
    /// connects, what was to be closed would stand open.
    fn check(&self, settings: &Settings, name: &str) -> Result<(), ConfigError> {
        let protocol = match &self.0 {
            // As in Kafka the last of several counts.
            Some(pairs) => pairs.iter().rfind(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, it)| *it),
            None => Some(name).filter(|name| is_protocol(name)),
        };
        let why = match protocol {
            Some(protocol) if protocol.eq_ignore_ascii_case("PLAINTEXT") => return Ok(()),
            Some(protocol) => {
                let next = "use PLAINTEXT behind a proxy that has it";
                format!("{name} wants {protocol}, which this server does not have yet: {next}")
            }
            None => format!("no security protocol defined for listener {name}: add {name}:PLAINTEXT to {PROTOCOLS}"),
        };
        Err(settings.refuse(LISTENERS, &why))
    }
}

/// Whether the hosts of the listeners are known; the first that is not is named.
pub fn check_hosts(listeners: &[ListenerConfig]) -> Result<(), ConfigError> {
    for ListenerConfig { name, host, port, .. } in listeners.iter().filter(|listener| !listener.host.is_empty()) {
        look_up(host, *port).map_err(|error| {
            let next = "correct it in listeners or --listen, or make it known (DNS, /etc/hosts)";
            ConfigError(format!("listener {name} cannot be opened: {error}; {next}"))
        })?;
    }
    Ok(())
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

    #[track_caller]
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
        let only = listeners(&[(LISTENERS, both), (CONTROLLERS, "CONTROLLER")]).unwrap();
        assert_eq!(only.len(), 1);
        assert_eq!(only[0].port, 19092);
        // A file of Kafka 4 advertises the controller's listener too.
        let told = "PLAINTEXT://localhost:19092,CONTROLLER://localhost:19093";
        let only = listeners(&[(LISTENERS, both), (CONTROLLERS, "CONTROLLER"), (ADVERTISED, told)]).unwrap();
        assert_eq!(only[0].advertised, Some(("localhost".into(), 19092)));
    }

    #[test]
    fn other_brokers_connect_to_the_listener_that_is_named_or_to_the_usual_one() {
        let map = (PROTOCOLS, "IN:PLAINTEXT,OUT:PLAINTEXT,PLAINTEXT:PLAINTEXT");
        let of_brokers = |settings: &[(&str, &str)]| {
            let all = listeners(&[settings, &[map]].concat()).unwrap();
            let names: Vec<_> =
                all.iter().filter(|it| it.role == ListenerRole::Brokers).map(|it| it.name.to_string()).collect();
            names.join(",")
        };
        let three = (LISTENERS, "OUT://:1,IN://:2,PLAINTEXT://:3");
        assert_eq!(of_brokers(&[three, (INTER_BROKER, "in")]), "IN");
        assert_eq!(of_brokers(&[three]), "PLAINTEXT");
        assert_eq!(of_brokers(&[(LISTENERS, "OUT://:1,IN://:2")]), "OUT");
    }

    #[test]
    fn names_map_to_protocols() {
        let internal = (LISTENERS, "INTERNAL://10.0.0.1:9092");
        assert!(refusal(&[internal]).contains("no security protocol defined for listener INTERNAL"));
        let mapped = (PROTOCOLS, "INTERNAL:PLAINTEXT,EXTERNAL:SSL");
        assert_eq!(&*listeners(&[internal, mapped]).unwrap()[0].name, "INTERNAL");
        assert!(refusal(&[(LISTENERS, "EXTERNAL://:9093"), mapped]).contains("does not have yet"));
        assert!(refusal(&[(LISTENERS, "SASL_SSL://:9093")]).contains("does not have yet"));
        // What the map does not name is not known, a protocol's own name either.
        assert!(refusal(&[mapped]).contains("no security protocol defined for listener PLAINTEXT"));
        assert!(listeners(&[internal, (PROTOCOLS, "INTERNAL:SSL,INTERNAL:PLAINTEXT")]).is_ok());
        for (malformed, word) in [
            ("INTERNAL", "NAME:PROTOCOL"),
            (":SSL", "NAME:PROTOCOL"),
            ("INTERNAL:TLS", "invalid security protocol `TLS`"),
        ] {
            assert!(refusal(&[internal, (PROTOCOLS, malformed)]).contains(word), "{malformed}");
        }
    }

    #[test]
    fn an_advertised_address_is_matched_by_name() {
        let given = [(LISTENERS, "PLAINTEXT://[::]:9092"), (ADVERTISED, "PLAINTEXT://broker.example:29092")];
        assert_eq!(listeners(&given).unwrap()[0].advertised, Some(("broker.example".into(), 29092)));
        assert_eq!(&*listeners(&given).unwrap()[0].host, "::");
        let refused = refusal(&[(ADVERTISED, "PLAINTEXT://a:1,EXTERNAL://b:2")]);
        assert!(refused.contains("equal to or a subset") && refused.contains("Found EXTERNAL"), "{refused}");
        assert!(refusal(&[(ADVERTISED, "PLAINTEXT://a:1,plaintext://b:2")]).contains("a different name"));
        assert!(refusal(&[(ADVERTISED, "")]).contains("at least one broker advertised listener"));
        // Two may be told the same port: a balancer may stand before both.
        let both =
            [(LISTENERS, "A://:1,B://:2"), (PROTOCOLS, "A:PLAINTEXT,B:PLAINTEXT"), (ADVERTISED, "A://x:5,B://y:5")];
        assert_eq!(listeners(&both).unwrap().len(), 2);
    }

    #[test]
    fn an_address_that_no_client_can_use_is_not_advertised() {
        for address in ["0.0.0.0", "[::]"] {
            let refused = refusal(&[(ADVERTISED, &format!("PLAINTEXT://{address}:9092"))]);
            assert!(refused.contains("nonroutable meta-address"), "{refused}");
        }
        for open in ["PLAINTEXT://:9092", "PLAINTEXT://0.0.0.0:9092"] {
            let (name, port) = listeners(&[(LISTENERS, open)]).unwrap()[0].advertised.clone().unwrap();
            assert!(!name.is_empty());
            assert_eq!(port, 9092);
        }
        let (name, port) = listeners(&[(ADVERTISED, "PLAINTEXT://:19092")]).unwrap()[0].advertised.clone().unwrap();
        assert!(!name.is_empty());
        assert_eq!(port, 19092);
    }

    #[test]
    fn listeners_differ_in_names_and_ports() {
        assert!(refusal(&[(LISTENERS, "localhost:9092")]).contains("NAME://HOST:PORT"));
        assert!(refusal(&[(LISTENERS, "PLAINTEXT://:1,PLAINTEXT://:2")]).contains("a different name"));
        let map = (PROTOCOLS, "A:PLAINTEXT,B:PLAINTEXT");
        for same in ["A://:1,B://:1", "A://10.0.0.1:1,B://10.0.0.2:1", "A://x:1,B://y:1", "A://[::1]:1,B://:1"] {
            assert!(refusal(&[(LISTENERS, same), map]).contains("a different port"), "{same}");
        }
        for different in ["A://127.0.0.1:1,B://[::1]:1", "A://:0,B://:0", "A://:1,B://:2"] {
            assert_eq!(listeners(&[(LISTENERS, different), map]).unwrap().len(), 2, "{different}");
        }
        assert!(refusal(&[(LISTENERS, "PLAINTEXT://:1,CONTROLLER://:1")]).contains("a different port"));
        assert!(refusal(&[(LISTENERS, "")]).contains("at least one broker advertised listener"));
        assert!(refusal(&[(LISTENERS, "CONTROLLER://:1")]).contains("perhaps all listeners appear"));
    }

    #[test]
    fn the_controllers_listeners_are_among_the_listeners_where_roles_are_set() {
        let roles = ("process.roles", "broker,controller");
        assert!(refusal(&[roles]).contains("at least one value appearing in the 'listeners' configuration"));
        let refused = refusal(&[roles, (CONTROLLERS, "CONTROLLER")]);
        assert!(refused.contains("must only contain values appearing in the 'listeners'"), "{refused}");
        let mut all = Settings::default();
        for (key, value) in [roles, (CONTROLLERS, "CONTROLLER"), (LISTENERS, "PLAINTEXT://:1,CONTROLLER://:2")] {
            all.add_flag("--set", key, value).unwrap();
        }
        all.add_flag(LISTEN_FLAG, LISTENERS, "PLAINTEXT://127.0.0.1:0").unwrap();
        assert_eq!(read(&mut all).unwrap().len(), 1);
    }

    #[test]
    fn the_listener_between_brokers_is_one_of_those() {
        assert!(listeners(&[(INTER_BROKER, "PLAINTEXT")]).is_ok());
        let refused = refusal(&[(INTER_BROKER, "INTERNAL")]);
        assert!(refused.contains("must be a listener name defined in advertised.listeners"), "{refused}");
        assert!(refusal(&[(INTER_BROKER_PROTOCOL, "SASL_SSL")]).contains("must be a listener name defined in"));
        assert!(refusal(&[(INTER_BROKER_PROTOCOL, "TLS")]).contains("invalid security protocol `TLS`"));
        let both = [(INTER_BROKER, "PLAINTEXT"), (INTER_BROKER_PROTOCOL, "PLAINTEXT")];
        assert!(refusal(&both).contains("only one of"));
    }

    #[test]
    fn a_host_that_nobody_knows_is_named() {
        let unknown = listeners(&[(LISTENERS, "PLAINTEXT://no.such.host.invalid:9092")]).unwrap();
        let refused = check_hosts(&unknown).unwrap_err().to_string();
        assert!(refused.contains("the host name no.such.host.invalid is not known"), "{refused}");
        assert!(check_hosts(&listeners(&[(LISTENERS, "PLAINTEXT://:9092")]).unwrap()).is_ok());
        assert!(check_hosts(&listeners(&[]).unwrap()).is_ok());
    }
}
