//! The observer that judges a run: it keeps the model, the history and the findings, and ends the run at the first
//! violation.

use super::findings::Findings;
use super::halts::Halts;
use super::model::{Model, Partition};
use super::outside::{self, Readings, State};
use super::{Check, inside};
use crate::audit::Disks;
use crate::fault::Crash;
use crate::history::History;
use crate::ledger::{ExpectedLoss, Row};
use crate::note::Note;
use crate::observer::{self, DiskFaultSeen, Observer, Seen};
use crate::verdict::{Moment, Records};
use core::any::Any;
use gracchus_core::io::{TraceEvent, TraceKinds};
use gracchus_core::metadata::MetadataImage;
use gracchus_core::types::{Instant, NodeId, Offset, TopicPartition};
use std::collections::{BTreeMap, BTreeSet};

/// Judges a run.
#[derive(Clone, Debug, Default)]
pub struct Judge {
    model: Model,
    state: State,
    found: Findings,
    history: History,
    timeline: Vec<Moment>,
    halts: Halts,
    /// Nodes and the reasons for which something was denied to them in their present life, as the timeline tells each
    /// once.
    denied: BTreeSet<(NodeId, DiskFaultSeen)>,
    let_go: outside::Uncommitted,
}

impl Judge {
    /// A judge of a cluster whose topics have this `min.insync.replicas` where they set none.
    #[must_use]
    pub fn new(default_min_isr: usize) -> Judge {
        Judge { model: Model::new(default_min_isr), ..Judge::default() }
    }

    /// The cluster as it is seen from outside.
    #[must_use]
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// What is known of a partition by reading and writing it.
    #[must_use]
    pub fn readings(&self, id: TopicPartition) -> Option<&Readings> {
        self.model.place_of(id).and_then(|index| self.state.partitions.get(index))
    }

    /// What was found so far.
    #[must_use]
    pub fn found(&self) -> &Findings {
        &self.found
    }

    /// What was found so far, for checks that look at other things than events.
    pub fn found_mut(&mut self) -> &mut Findings {
        &mut self.found
    }

    /// Looks at all disks, when everything has come to rest.
    pub fn judge_disks(&mut self, disks: &Disks) {
        disks.judge(&self.model, &self.state, &mut self.found);
    }

    /// A node's disks were replaced by empty ones while it was down.
    pub fn on_wiped(&mut self, node: NodeId) {
        for partition in self.model.of_node(node) {
            if let Some(replica) = partition.replica_mut(node) {
                (replica.lost_power, replica.flushed, replica.kept_to) = (true, Offset::ZERO, Offset::ZERO);
                (replica.rotted, replica.holed) = (false, false);
                replica.begins = Offset::ZERO;
            }
        }
    }

    /// Everything that clients did and saw.
    #[must_use]
    pub fn history(&self) -> &History {
        &self.history
    }

    /// How much the workload did.
    #[must_use]
    pub fn records(&self) -> Records {
        self.state.records
    }

    /// What a reader wants to see on a timeline.
    #[must_use]
    pub fn timeline(&self) -> &[Moment] {
        &self.timeline
    }

    /// Notes something for the timeline.
    pub fn note(&mut self, node: Option<NodeId>, kind: &str, what: String) {
        let at = self.found.time();
        self.timeline.push(Moment { at, node: node.map(|node| node.0), kind: kind.to_string(), what });
    }

    /// Nodes that ended themselves with a reason other than a clean stop: when, which, why.
    #[must_use]
    pub fn unasked_halts(&self) -> &[(u64, NodeId, String)] {
        self.halts.unasked()
    }

    /// A partition was read from its start to its end when everything had come to rest.
    pub fn on_drained(&mut self, id: TopicPartition, end: Offset) {
        if let Some(index) = self.model.place_of(id) {
            self.state.partition(index).drained = Some(end);
        }
    }

    /// No committed offset expires sooner than so many milliseconds after its commit.
    pub fn keep_offsets(&mut self, ms: u64) {
        self.state.groups.keep_offsets(ms);
    }

    /// Every group owned, read and committed all partitions.
    pub fn on_groups_settled(&mut self) {
        self.state.groups.on_settled();
    }

    /// Administrators ask nothing more, and this is the newest image.
    pub fn judge_topics(&mut self, image: &MetadataImage) {
        self.state.topics.judge_end(image, &mut self.found);
    }

    /// Looks at the whole history, when nothing more will come.
    pub fn judge_end(&mut self) {
        self.let_go = outside::judge_end(&self.model, &self.state, &mut self.found);
        self.state.groups.judge_end(&self.model, &mut self.found);
    }

    /// What was lost and was permitted to be, joined into runs of offsets.
    #[must_use]
    pub fn expected_losses(&self) -> Vec<ExpectedLoss> {
        let mut losses = Vec::new();
        for partition in self.model.partitions() {
            for gone in &partition.gone {
                add(&mut losses, partition, gone.at, gone.batch.base.0, gone.batch.last.0 + 1, gone.row);
            }
        }
        for ((index, row), offsets) in &self.let_go {
            let partition = &self.model.partitions()[*index];
            let already: BTreeMap<i64, ()> = partition
                .gone
                .iter()
                .flat_map(|gone| gone.batch.base.0..=gone.batch.last.0)
                .map(|offset| (offset, ()))
                .collect();
            for offset in offsets.iter().filter(|offset| !already.contains_key(&offset.0)) {
                add(&mut losses, partition, self.found.time(), offset.0, offset.0 + 1, *row);
            }
        }
        losses
    }

    fn note_seen(&mut self, seen: &Seen<'_>) {
        match seen {
            Seen::Started { node, incarnation, .. } => {
                self.denied.retain(|(other, _)| other != node);
                self.note(Some(*node), "start", format!("starts, life {}", incarnation.0));
            }
            Seen::Crashed { node, crash, altered, .. } => {
                let what = match crash {
                    Crash::Kill => "is killed".to_string(),
                    Crash::PowerLoss(_) => format!("loses its power, which alters {} files", altered.len()),
                };
                self.note(Some(*node), "fault", what);
            }
            Seen::Halted { node, why, .. } => {
                self.note(Some(*node), "halt", format!("{why:?}"));
            }
            Seen::Paused { node } => self.note(Some(*node), "fault", "stands still".to_string()),
            Seen::Resumed { node } => self.note(Some(*node), "heal", "goes on".to_string()),
            Seen::Disk { fault: DiskFaultSeen::SyncFailureTold, .. } => {}
            Seen::Disk { node, path, fault, .. } => {
                // A full disk says so at every write, and a limit at every operation.
                let is_denied = matches!(fault, DiskFaultSeen::NoSpace | DiskFaultSeen::Denied(_));
                if !is_denied || self.denied.insert((*node, *fault)) {
                    self.note(Some(*node), "fault", format!("{path:?}: {fault:?}"));
                }
            }
            Seen::Trace { node, event: TraceEvent::BecameLeader { partition, epoch, start, .. }, .. } => {
                let name = self.model.partition(*partition).map_or("?", |partition| &partition.name);
                self.note(Some(*node), "election", format!("leads {name} in epoch {epoch} from {start}"));
            }
            Seen::Trace { .. }
            | Seen::Turn { .. }
            | Seen::Published { .. }
            | Seen::RulesBroken { .. }
            | Seen::Note { .. } => {}
        }
    }
}

fn add(losses: &mut Vec<ExpectedLoss>, partition: &Partition, at: u64, from: i64, to: i64, row: Row) {
    if let Some(last) = losses.last_mut()
        && (last.partition.as_str(), last.row, last.to) == (partition.name.as_str(), row, from)
    {
        last.to = to;
        return;
    }
    losses.push(ExpectedLoss { partition: partition.name.clone(), at, from, to, row });
}

impl Observer for Judge {
    fn wanted(&self) -> TraceKinds {
        inside::WANTED
    }

    fn see(&mut self, at: Instant, seen: Seen<'_>) -> Result<(), observer::Violation> {
        self.found.set_time(at.0);
        self.halts.see(at.0, &seen);
        self.note_seen(&seen);
        if let Seen::Note { note: Note::Client(event), .. } = &seen {
            self.history.push(at.0, event);
            outside::see(event, &self.model, &mut self.state, &mut self.found);
        } else {
            inside::see(&seen, &mut self.model, &mut self.found);
            if let Seen::Started { .. } = &seen {
                self.state.topics.on_started(at.0);
            }
            if let Seen::Trace { event: TraceEvent::BecameLeader { .. }, .. } = &seen {
                outside::on_cuts(&mut self.model, &mut self.state);
            }
        }
        match self.found.first() {
            None => Ok(()),
            Some(first) => Err(observer::Violation { check: first.check.name(), message: first.message.clone() }),
        }
    }

    fn fork(&self) -> Box<dyn Observer> {
        Box::new(self.clone())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn as_any_mut(&mut self) -> &mut dyn Any {
        self
    }
}

/// How often each check had something to look at, by check; those that had nothing are there with nought.
#[must_use]
pub fn counts(found: &Findings) -> BTreeMap<Check, u64> {
    Check::ALL.iter().map(|check| (*check, found.count(*check))).collect()
}
