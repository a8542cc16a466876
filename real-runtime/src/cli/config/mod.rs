//! `gracchus config`.

pub(super) mod alter;
pub(super) mod describe;
mod show;

use super::failure::Failure;
use super::target::{Target, existing_topics};
use super::{json, key_and_value, out};
use alter::{Change, alter};
use clap::ValueEnum;
use describe::Resource;
use serde::Serialize;

const EXAMPLES: &str = "\
Examples:
  gracchus config set topic orders retention.ms=86400000 cleanup.policy=compact,delete
  gracchus config delete topic orders retention.ms

`gracchus config show topic orders --all` names all keys.";

/// What to do with a configuration.
#[derive(clap::Subcommand)]
pub enum Action {
    /// Shows what is set, and where
    Show(show::Arguments),
    /// Sets keys
    #[command(after_help = EXAMPLES)]
    Set(Set),
    /// Deletes keys: their defaults count again
    #[command(after_help = EXAMPLES)]
    Delete(Delete),
}

#[derive(clap::Args)]
pub struct Of {
    /// Of what
    kind: Kind,
    /// The topic's name, or the broker's id
    name: String,
}

#[derive(Clone, Copy, ValueEnum)]
enum Kind {
    Topic,
    Broker,
}

#[derive(clap::Args)]
pub struct Set {
    #[command(flatten)]
    of: Of,
    /// Keys and values
    #[arg(required = true, value_name = "KEY=VALUE", value_parser = key_and_value)]
    configs: Vec<(String, String)>,
    #[command(flatten)]
    target: Target,
}

#[derive(clap::Args)]
pub struct Delete {
    #[command(flatten)]
    of: Of,
    /// Keys
    #[arg(required = true, value_name = "KEY")]
    keys: Vec<String>,
    #[command(flatten)]
    target: Target,
}

#[derive(Serialize)]
struct Changed<'a> {
    kind: &'static str,
    name: &'a str,
    set: Vec<&'a str>,
    deleted: Vec<&'a str>,
}

/// Does it.
pub fn run(action: Action) -> Result<(), Failure> {
    match action {
        Action::Show(arguments) => show::run(&arguments),
        Action::Set(Set { of, configs, target }) => {
            let set = configs.into_iter().map(|(key, value)| Change::Set(key, value));
            change(&of, &set.collect::<Vec<_>>(), &target)
        }
        Action::Delete(Delete { of, keys, target }) => {
            change(&of, &keys.into_iter().map(Change::Delete).collect::<Vec<_>>(), &target)
        }
    }
}

fn change(of: &Of, changes: &[Change], target: &Target) -> Result<(), Failure> {
    let mut brokers = target.connect()?;
    let resource = of.resource(&mut brokers)?;
    alter(&mut brokers, &resource, changes)?;
    if target.json {
        let (mut set, mut deleted) = (Vec::new(), Vec::new());
        for change in changes {
            match change {
                Change::Set(key, _) => set.push(key.as_str()),
                Change::Delete(key) => deleted.push(key.as_str()),
            }
        }
        json::print(&Changed { kind: resource.kind(), name: &of.name, set, deleted });
        return Ok(());
    }
    changes.iter().for_each(|change| out::line(format!("{resource}: {change}")));
    Ok(())
}

impl Of {
    /// The topic or broker, which must be there.
    fn resource(&self, brokers: &mut crate::caller::Brokers) -> Result<Resource, Failure> {
        match self.kind {
            Kind::Topic => {
                existing_topics(brokers, core::slice::from_ref(&self.name))?;
                Ok(Resource::Topic(self.name.clone()))
            }
            Kind::Broker => {
                let id = self.name.parse().ok().filter(|id| brokers.addresses().contains_key(id));
                let known: Vec<i32> = brokers.addresses().keys().copied().collect();
                let unknown = || {
                    let known = super::table::listed(&known);
                    Failure::new(1, format!("there is no broker {}; the cluster has broker {known}", self.name))
                };
                id.map(Resource::Broker).ok_or_else(unknown)
            }
        }
    }
}
