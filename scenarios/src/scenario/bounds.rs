//! What a scenario may ask for, and whether its parts fit together.

use super::layout::{Scenario, site_named};
use super::locate::Document;
use super::source::{ScenarioError, suggest};
use gracchus_core::io::Site;
use gracchus_core::metadata::TopicConfig;
use gracchus_world::Counters;
use gracchus_world::clients::Drawn;
use gracchus_world::nemesis::{Condition, Step};
use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::sync::Arc;

/// A day of virtual time.
const MS_MAX: u64 = 86_400_000;

/// Refuses what a run could not bear and what does not fit together.
pub fn check(scenario: &Scenario, document: &Document<'_>) -> Result<(), ScenarioError> {
    let checker = Checker { scenario, document };
    checker.words()?;
    checker.cluster()?;
    checker.workload()?;
    checker.nemesis()?;
    checker.requires()?;
    checker.script()
}

struct Checker<'s> {
    scenario: &'s Scenario,
    document: &'s Document<'s>,
}

type Checked = Result<(), ScenarioError>;

impl Checker<'_> {
    fn within(&self, path: &str, value: u64, bounds: RangeInclusive<u64>) -> Checked {
        if bounds.contains(&value) {
            return Ok(());
        }
        let next = format!("Give {} to {}.", bounds.start(), bounds.end());
        Err(self.document.error(path, format!("{value} is out of bounds"), next))
    }

    fn drawn(&self, path: &str, drawn: Drawn, bounds: RangeInclusive<u64>) -> Checked {
        self.within(path, drawn.least, bounds.clone())?;
        self.within(path, drawn.most, bounds)
    }

    fn words(&self) -> Checked {
        for (key, text, most) in
            [("title", &self.scenario.title, 100), ("description", &self.scenario.description, 8_000)]
        {
            if text.trim().is_empty() {
                return Err(self.document.error(key, "is empty", "Say what this scenario puts to the test."));
            }
            self.within(key, text.chars().count() as u64, 1..=most)?;
        }
        Ok(())
    }

    fn cluster(&self) -> Checked {
        let cluster = &self.scenario.trial.cluster;
        self.within("cluster.brokers", u64::from(cluster.brokers), 1..=15)?;
        self.within("cluster.data-shards", u64::from(cluster.data_shards), 0..=8)?;
        self.within("cluster.replica-fetch-wait-ms", u64::from(cluster.replica_fetch_wait_ms), 0..=60_000)?;
        self.within("cluster.replica-fetch-max-bytes", u64::from(cluster.replica_fetch_max_bytes), 0..=64 << 20)?;
        self.within("cluster.answer-budget-bytes", cluster.answer_budget_bytes, 0..=1 << 30)?;
        self.within("cluster.connections-max-idle-ms", u64::from(cluster.connections_max_idle_ms), 0..=3_600_000)?;
        self.within("cluster.tail-cache-bytes", cluster.tail_cache_bytes, 0..=1 << 30)?;
        self.within("cluster.offsets-retention-minutes", u64::from(cluster.offsets_retention_minutes), 0..=100_000)?;
        let interval_ms = cluster.offsets_retention_check_interval_ms;
        self.within("cluster.offsets-retention-check-interval-ms", interval_ms, 0..=MS_MAX)?;
        if cluster.own_controller {
            return self.own_controller();
        }
        self.within("cluster.topics", cluster.topics.len() as u64, 1..=32)?;
        let mut names = BTreeSet::new();
        let mut partitions = 0;
        for (index, topic) in cluster.topics.iter().enumerate() {
            let path = |key: &str| format!("cluster.topics[{index}].{key}");
            if !is_topic_name(&topic.name) {
                let next = "A topic is named by 1 to 100 letters, digits, `.`, `_` and `-`.";
                return Err(self.document.error(&path("name"), "is no topic's name", next));
            }
            if !names.insert(&topic.name) {
                return Err(self.document.error(
                    &path("name"),
                    "is the name of another topic too",
                    "Choose another one.",
                ));
            }
            self.within(&path("partitions"), u64::from(topic.partitions), 1..=200)?;
            partitions += topic.partitions;
            self.within(
                &path("replication-factor"),
                u64::from(topic.replication_factor),
                1..=u64::from(cluster.brokers),
            )?;
            let brokers = u64::from(cluster.brokers);
            self.within(&path("first-replica"), u64::from(topic.first_replica), 0..=brokers)?;
            self.configs(index)?;
        }
        self.within("cluster.topics", u64::from(partitions), 1..=400)
    }

    /// A lone broker's topics are made by clients, and nobody but itself leads them.
    fn own_controller(&self) -> Checked {
        let trial = &self.scenario.trial;
        let refuse = |key: &str, what: &str, next: &str| Err(self.document.error(key, what, next));
        if trial.cluster.brokers != 1 {
            return refuse("cluster.brokers", "is not 1, and a broker that is its own controller is alone", "Give 1.");
        }
        if !trial.cluster.topics.is_empty() {
            return refuse("cluster.topics", "are there before any client", "Give `topics = []`: clients create them.");
        }
        for (key, is_empty) in [
            ("workload.producers", trial.workload.producers.is_empty()),
            ("workload.consumers", trial.workload.consumers.is_empty()),
            ("workload.groups", trial.workload.groups.is_empty()),
        ] {
            if !is_empty {
                return refuse(key, "have no topic, since only administrators create some", "Give an empty list.");
            }
        }
        Ok(())
    }

    fn configs(&self, index: usize) -> Checked {
        let topic = &self.scenario.trial.cluster.topics[index];
        let mut config = TopicConfig::default();
        for (key, value) in &topic.configs {
            let path = format!("cluster.topics[{index}].configs.{key}");
            if let Err(error) = config.set(&Arc::from(key.as_str()), &Arc::from(value.as_str())) {
                return Err(self.document.error(&path, error.to_string(), "Topic keys and values are Kafka's."));
            }
        }
        for (key, values) in &topic.drawn {
            let path = format!("cluster.topics[{index}].drawn.{key}");
            self.within(&path, values.len() as u64, 1..=16)?;
            for value in values {
                if let Err(error) = config.set(&Arc::from(key.as_str()), &Arc::from(value.as_str())) {
                    return Err(self.document.error(&path, error.to_string(), "Topic keys and values are Kafka's."));
                }
            }
        }
        if config.min_insync_replicas > topic.replication_factor.cast_signed() {
            let path = format!("cluster.topics[{index}].configs.min.insync.replicas");
            let cause = format!("{} is above the replication factor", config.min_insync_replicas);
            return Err(self.document.error(&path, cause, "No produce with acks=all could ever succeed: lower it."));
        }
        Ok(())
    }

    fn workload(&self) -> Checked {
        let workload = &self.scenario.trial.workload;
        self.within("workload.end-ms", workload.end_ms, 0..=MS_MAX)?;
        self.within("workload.delete-every-ms", workload.delete_every_ms, 0..=MS_MAX)?;
        self.within("workload.producers", workload.producers.len() as u64, 0..=16)?;
        self.within("workload.consumers", workload.consumers.len() as u64, 0..=16)?;
        self.groups()?;
        self.admins()?;
        for (index, producer) in workload.producers.iter().enumerate() {
            let path = |key: &str| format!("workload.producers[{index}].{key}");
            self.within(&path("count"), u64::from(producer.count), 1..=64)?;
            self.within(&path("acks"), producer.acks.len() as u64, 1..=8)?;
            self.drawn(&path("in-flight"), producer.in_flight, 1..=5)?;
            self.within(&path("delivery-timeout-ms"), producer.delivery_timeout_ms, 1..=MS_MAX)?;
            self.within(&path("request-timeout-ms"), producer.request_timeout_ms, 1..=MS_MAX)?;
            self.drawn(&path("linger-ms"), producer.linger_ms, 0..=60_000)?;
            self.drawn(&path("batch-size"), producer.batch_size, 0..=1 << 20)?;
            self.drawn(&path("every-ms"), producer.every_ms, 1..=MS_MAX)?;
            self.drawn(&path("records"), producer.records, 1..=10_000)?;
            self.drawn(&path("bytes"), producer.bytes, 0..=1 << 20)?;
        }
        for (index, consumer) in workload.consumers.iter().enumerate() {
            let path = |key: &str| format!("workload.consumers[{index}].{key}");
            self.within(&path("count"), u64::from(consumer.count), 1..=64)?;
            self.within(&path("max-wait-ms"), consumer.max_wait_ms, 0..=60_000)?;
            self.within(&path("max-partition-bytes"), u64::from(consumer.max_partition_bytes), 1..=64 << 20)?;
            self.within(&path("reread-every-ms"), consumer.reread_every_ms, 0..=MS_MAX)?;
        }
        Ok(())
    }

    fn groups(&self) -> Checked {
        let trial = &self.scenario.trial;
        let offsets = &trial.cluster.offsets_topic;
        self.drawn("cluster.offsets-topic.partitions", offsets.partitions, 1..=50)?;
        self.drawn("cluster.offsets-topic.replication-factor", offsets.replication_factor, 1..=15)?;
        self.within("workload.groups", trial.workload.groups.len() as u64, 0..=8)?;
        for (index, group) in trial.workload.groups.iter().enumerate() {
            let path = |key: &str| format!("workload.groups[{index}].{key}");
            self.within(&path("count"), u64::from(group.count), 1..=8)?;
            self.within(&path("assignors"), group.assignors.len() as u64, 1..=8)?;
            self.drawn(&path("members"), group.members, 1..=32)?;
            for (key, percent) in [
                ("seeds-percent", group.seeds_percent),
                ("static-percent", group.static_percent),
                ("auto-commit-percent", group.auto_commit_percent),
                ("replay-percent", group.replay_percent),
                ("admin-percent", group.admin_percent),
            ] {
                self.within(&path(key), u64::from(percent), 0..=100)?;
            }
            // The least that `exclusive-ownership` reckons with.
            self.drawn(&path("session-timeout-ms"), group.session_timeout_ms, 1_500..=1_800_000)?;
            self.drawn(&path("max-poll-interval-ms"), group.max_poll_interval_ms, 1_500..=MS_MAX)?;
            self.drawn(&path("max-poll-records"), group.max_poll_records, 1..=10_000)?;
            self.drawn(&path("process-ms"), group.process_ms, 0..=MS_MAX)?;
            self.drawn(&path("churn-every-ms"), group.churn_every_ms, 0..=MS_MAX)?;
            self.drawn(&path("read-every-ms"), group.read_every_ms, 10..=MS_MAX)?;
            self.drawn(&path("admin-every-ms"), group.admin_every_ms, 10..=MS_MAX)?;
        }
        Ok(())
    }

    fn admins(&self) -> Checked {
        let admins = &self.scenario.trial.workload.admins;
        self.within("workload.admins", admins.len() as u64, 0..=8)?;
        for (index, admin) in admins.iter().enumerate() {
            let path = |key: &str| format!("workload.admins[{index}].{key}");
            self.within(&path("count"), u64::from(admin.count), 1..=8)?;
            self.within(&path("seeds-percent"), u64::from(admin.seeds_percent), 0..=100)?;
            self.drawn(&path("topics"), admin.topics, 1..=16)?;
            self.within(&path("partitions-most"), u64::from(admin.partitions_most), 1..=32)?;
            self.drawn(&path("every-ms"), admin.every_ms, 1..=MS_MAX)?;
            self.within(&path("writers"), u64::from(admin.writers), 0..=8)?;
            self.within(&path("readers"), u64::from(admin.readers), 0..=8)?;
            self.drawn(&path("use-every-ms"), admin.use_every_ms, 1..=MS_MAX)?;
        }
        Ok(())
    }

    fn nemesis(&self) -> Checked {
        let nemesis = &self.scenario.trial.nemesis;
        self.within("nemesis.end-ms", nemesis.end_ms, 0..=MS_MAX)?;
        self.within("nemesis.begin-ms", nemesis.begin_ms, 0..=nemesis.end_ms)?;
        if let Some(pages) = nemesis.pages {
            self.within("nemesis.pages.kept", pages.kept, 0..=100)?;
            self.within("nemesis.pages.torn", pages.torn, 0..=100 - pages.kept)?;
        }
        self.within("bounds.converge-ms", self.scenario.trial.bounds.converge_ms, 1..=MS_MAX)?;
        self.within("bounds.drain-ms", self.scenario.trial.bounds.drain_ms, 1..=MS_MAX)?;
        for (kind, rate) in &nemesis.faults {
            let path = |key: &str| format!("nemesis.faults.{}.{key}", kind.name());
            self.within(&path("every-ms"), rate.every_ms, 20..=MS_MAX)?;
            self.within(&path("most-ms"), rate.most_ms, 0..=MS_MAX)?;
            self.within(&path("least-ms"), rate.least_ms, 0..=rate.most_ms)?;
            for node in &rate.nodes {
                self.node(&path("nodes"), *node)?;
            }
        }
        Ok(())
    }

    fn requires(&self) -> Checked {
        let trial = &self.scenario.trial;
        let requires = &self.scenario.requires;
        for (index, name) in requires.sites.iter().enumerate() {
            if site_named(name).is_none() {
                let next = suggest(name, Site::ALL.iter().map(|site| site.name()));
                return Err(self.document.error(
                    &format!("requires.sites[{index}]"),
                    format!("there is no site named `{name}`"),
                    next,
                ));
            }
        }
        let counters = Counters::default().named();
        for name in requires.counters.keys() {
            if !counters.iter().any(|(known, _)| known == name) {
                let next = suggest(name, counters.iter().map(|(known, _)| *known));
                return Err(self.document.error(
                    &format!("requires.counters.{name}"),
                    "there is no such counter",
                    next,
                ));
            }
        }
        for (index, kind) in requires.faults.iter().enumerate() {
            if !trial.nemesis.faults.contains_key(kind) {
                let next = format!("Add `[nemesis.faults.{}]`, or require it no longer.", kind.name());
                return Err(self.document.error(
                    &format!("requires.faults[{index}]"),
                    "is a fault that never comes here",
                    next,
                ));
            }
        }
        Ok(())
    }

    fn script(&self) -> Checked {
        self.within("script", self.scenario.trial.script.len() as u64, 0..=1_000)?;
        let mut labels = BTreeSet::new();
        for (index, step) in self.scenario.trial.script.iter().enumerate() {
            let path = format!("script[{index}]");
            self.step(&path, step, &labels)?;
            if let Step::Produce { label, .. } = step {
                labels.insert(label.as_str());
            }
        }
        Ok(())
    }

    fn step(&self, path: &str, step: &Step, labels: &BTreeSet<&str>) -> Checked {
        match step {
            Step::Wait { ms } => self.within(path, *ms, 0..=MS_MAX),
            Step::WaitUntil { condition, within_ms } => {
                self.within(path, *within_ms, 0..=MS_MAX)?;
                self.condition(path, condition, labels)
            }
            Step::Expect { condition } => self.condition(path, condition, labels),
            Step::Produce { partition, records, to, .. } => {
                self.partition(path, partition)?;
                self.within(path, u64::from(*records), 1..=10_000)?;
                to.map_or(Ok(()), |node| self.node(path, node))
            }
            Step::HoldLink { from, to } | Step::ReleaseLink { from, to } | Step::CutLink { from, to } => {
                self.end_of_link(path, *from)?;
                self.end_of_link(path, *to)
            }
            Step::HealLinks | Step::Controller { .. } => Ok(()),
            Step::Stop { node }
            | Step::Kill { node }
            | Step::Start { node }
            | Step::HoldImages { node }
            | Step::ReleaseImages { node } => self.node(path, *node),
            Step::PowerLoss { nodes, .. } => nodes.iter().try_for_each(|node| self.node(path, *node)),
            Step::Elect { partition, leader, .. } => {
                self.partition(path, partition)?;
                self.node(path, *leader)
            }
            Step::SetIsr { partition, isr } => {
                self.partition(path, partition)?;
                isr.iter().try_for_each(|node| self.node(path, *node))
            }
        }
    }

    fn condition(&self, path: &str, condition: &Condition, labels: &BTreeSet<&str>) -> Checked {
        match condition {
            Condition::LogEnd { partition, node, .. }
            | Condition::HighWatermark { partition, node, .. }
            | Condition::Leads { partition, node } => {
                self.partition(path, partition)?;
                self.node(path, *node)
            }
            Condition::Follows { partition, node, leader } => {
                self.partition(path, partition)?;
                self.node(path, *node)?;
                self.node(path, *leader)
            }
            Condition::Answered { label } if labels.contains(label.as_str()) => Ok(()),
            Condition::Answered { label } => {
                let next = suggest(label, labels.iter().copied());
                Err(self.document.error(path, format!("no step before this one is labelled `{label}`"), next))
            }
            Condition::Converged { partition } => self.partition(path, partition),
            Condition::Up { node } => self.node(path, *node),
        }
    }

    fn node(&self, path: &str, node: i32) -> Checked {
        let brokers = self.scenario.trial.cluster.brokers;
        if u32::try_from(node).is_ok_and(|node| (1..=brokers).contains(&node)) {
            return Ok(());
        }
        Err(self.document.error(path, format!("there is no node {node}"), format!("Nodes are 1 to {brokers}.")))
    }

    /// Clients are `-1`.
    fn end_of_link(&self, path: &str, node: i32) -> Checked {
        if node == -1 { Ok(()) } else { self.node(path, node) }
    }

    fn partition(&self, path: &str, partition: &str) -> Checked {
        let topics = &self.scenario.trial.cluster.topics;
        let known = partition.rsplit_once('-').is_some_and(|(name, index)| {
            let index = index.parse::<u32>().ok();
            topics.iter().any(|topic| topic.name == name && index.is_some_and(|index| index < topic.partitions))
        });
        if known {
            return Ok(());
        }
        let shown: String = partition.chars().take(80).collect();
        let names: Vec<String> = topics.iter().map(|topic| format!("{}-0", topic.name)).collect();
        let next = suggest(partition, names.iter().map(String::as_str));
        Err(self.document.error(path, format!("there is no partition `{shown}`"), next))
    }
}

/// Kafka's rule for names, but shorter.
fn is_topic_name(name: &str) -> bool {
    let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    (1..=100).contains(&name.len()) && name != "." && name != ".." && name.chars().all(legal)
}
