//! Who this node is, and who else there is: there is no cluster of several processes yet, and a configuration that
//! wants one is refused rather than half obeyed.
//!
//! **In Kafka**: `KafkaConfig.validateValues`, `KRaftConfigs`, `QuorumConfig.parseVoterConnections`.

use super::end_points::is_host;
use super::settings::{ConfigError, Settings};
use gracchus_core::types::NodeId;

const ROLES: &str = "process.roles";
const VOTERS: &str = "controller.quorum.voters";
const BOOTSTRAP: &str = "controller.quorum.bootstrap.servers";

/// The node's number, once it is clear that it is a cluster of its own.
pub fn read(settings: &Settings) -> Result<NodeId, ConfigError> {
    let has_roles = check_roles(settings)?;
    let range = 0..=i64::from(i32::MAX);
    let (node, broker) = (settings.number("node.id", range.clone())?, settings.number("broker.id", range)?);
    if let (Some(node), Some(broker)) = (node, broker)
        && node != broker
    {
        let why = format!("you must set `node.id` to the same value as `broker.id`, and node.id is {node}");
        return Err(settings.refuse("broker.id", &format!("{why}: leave broker.id out")));
    }
    let id = match node.or(broker) {
        None if has_roles => {
            let why = "it is required when `process.roles` is defined: set node.id to a number of this node's own";
            return Err(settings.refuse("node.id", why));
        }
        id => NodeId(id.unwrap_or(1) as i32),
    };
    check_quorum(settings, id, has_roles)?;
    Ok(id)
}

/// Whether the configuration says which roles the process has.
fn check_roles(settings: &Settings) -> Result<bool, ConfigError> {
    let roles = settings.list(ROLES);
    if let Some(other) = roles.iter().find(|role| !matches!(**role, "broker" | "controller")) {
        return Err(settings.refuse(ROLES, &format!("{other} is no role: it takes broker,controller")));
    }
    let is_both = roles.contains(&"broker") && roles.contains(&"controller");
    if !roles.is_empty() && !is_both {
        let why = "this server is broker and controller in one: set broker,controller";
        return Err(settings.refuse(ROLES, why));
    }
    Ok(is_both)
}

fn check_quorum(settings: &Settings, me: NodeId, has_roles: bool) -> Result<(), ConfigError> {
    let mut voters = Vec::new();
    for entry in settings.list(VOTERS) {
        let id = entry.split_once('@').filter(|(_, address)| is_address(address)).map(|(id, _)| id.trim());
        let Some(id) = id.and_then(|id| id.parse::<i32>().ok()) else {
            let why = format!("{entry} is no voter: each entry should be in the form `{{id}}@{{host}}:{{port}}`");
            return Err(settings.refuse(VOTERS, &why));
        };
        voters.push(id);
    }
    let servers = settings.list(BOOTSTRAP);
    if let Some(entry) = servers.iter().find(|entry| !is_address(entry)) {
        let why = format!("{entry} is no address: each entry should be in the form \"{{host}}:{{port}}\"");
        return Err(settings.refuse(BOOTSTRAP, &why));
    }
    let alone = "this server is a cluster of its own";
    if !voters.is_empty() && !voters.contains(&me.0) {
        let role = format!(
            "if {ROLES} contains the 'controller' role, the node id {me} must be included in the set of voters"
        );
        return Err(settings.refuse(VOTERS, &format!("{role}: name {me}@HOST:PORT, or leave it out")));
    }
    if voters.len() > 1 {
        return Err(settings.refuse(VOTERS, &format!("{alone}: leave it out, or name only {me}@HOST:PORT")));
    }
    if servers.len() > 1 {
        return Err(settings.refuse(BOOTSTRAP, &format!("{alone}: leave it out, or name only this node")));
    }
    if has_roles && voters.is_empty() && servers.is_empty() {
        let why = format!("if using {ROLES}, either {BOOTSTRAP} or {VOTERS} must contain the controllers");
        return Err(settings.refuse(ROLES, &format!("{why}: set {VOTERS}={me}@localhost:9093, or leave {ROLES} out")));
    }
    Ok(())
}

/// `HOST:PORT`; an IPv6 address may stand in brackets.
fn is_address(text: &str) -> bool {
    let Some((host, port)) = text.trim().rsplit_once(':') else { return false };
    is_host(host.trim_matches(['[', ']'])) && port.parse::<u16>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(given: &[(&str, &str)]) -> Result<NodeId, ConfigError> {
        let mut all = Settings::default();
        for (key, value) in given {
            all.add_flag("--set", key, value).unwrap();
        }
        read(&all)
    }

    const BOTH: (&str, &str) = (ROLES, "broker,controller");
    const ONE: (&str, &str) = ("node.id", "1");

    #[test]
    fn a_lone_node_is_taken_in_kafkas_ways_of_saying_it() {
        assert_eq!(id(&[]), Ok(NodeId(1)));
        assert_eq!(id(&[("broker.id", "7")]), Ok(NodeId(7)));
        assert_eq!(id(&[BOTH, ONE, (VOTERS, "1@localhost:9093")]), Ok(NodeId(1)));
        assert_eq!(id(&[BOTH, ONE, (BOOTSTRAP, "[::1]:9093")]), Ok(NodeId(1)));
        assert_eq!(id(&[(ROLES, "controller, broker"), ONE, (VOTERS, "1@0.0.0.0:0")]), Ok(NodeId(1)));
    }

    #[test]
    fn what_kafka_refuses_and_what_wants_a_cluster_is_refused() {
        let cases: [(&[(&str, &str)], &str); 13] = [
            (&[("broker.id", "7"), ("node.id", "8")], "leave broker.id out"),
            (&[("node.id", "-1")], "from 0 to 2147483647"),
            (&[("node.id", "")], "from 0 to 2147483647"),
            (&[(ROLES, "broker,zookeeper")], "zookeeper is no role"),
            (&[(ROLES, "controller")], "set broker,controller"),
            (&[(ROLES, "broker,broker")], "set broker,controller"),
            (&[BOTH], "required when `process.roles` is defined"),
            (&[BOTH, ONE], "must contain the controllers"),
            (&[BOTH, ONE, (VOTERS, "2@b:9093")], "the node id 1 must be included in the set of voters"),
            (&[ONE, (VOTERS, "1@a:9093,2@b:9093")], "a cluster of its own"),
            (&[ONE, (VOTERS, "1@a")], "in the form `{id}@{host}:{port}`"),
            (&[ONE, (BOOTSTRAP, "a")], "in the form \"{host}:{port}\""),
            (&[ONE, (BOOTSTRAP, "a:1,b:2")], "a cluster of its own"),
        ];
        for (given, word) in cases {
            let refused = id(given).unwrap_err().to_string();
            assert!(refused.contains(word), "{given:?}: {refused}");
        }
        for voter in ["x@a:1", "1@:1", "1@a:b", "1@a b:1", "a:1"] {
            assert!(id(&[ONE, (VOTERS, voter)]).unwrap_err().to_string().contains("is no voter"), "{voter}");
        }
    }
}
