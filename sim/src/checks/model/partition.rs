//! What is known of one partition: its replicas, what the controller decided, and what is committed.

use super::{Batch, Replica, ShadowLog};
use crate::ledger::{self, Circumstances, Promise, Row, Ruling};
use gracchus_core::types::{LeaderEpoch, NodeId, Offset, PartitionEpoch, TopicPartition};
use std::collections::BTreeMap;

/// So many batches from the end of an epoch are looked through before all of them are.
const NEAR: usize = 16;

/// What the controller decided, once.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Registered {
    /// Counts decisions.
    pub partition_epoch: PartitionEpoch,
    /// Counts leaderships.
    pub leader_epoch: LeaderEpoch,
    /// Who leads.
    pub leader: Option<NodeId>,
    /// Who is in sync.
    pub isr: Vec<NodeId>,
}

/// A committed batch that is gone, and was permitted to be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Gone {
    /// Which.
    pub batch: Batch,
    /// When that became final, in nanoseconds.
    pub at: u64,
    /// What permits it.
    pub row: Row,
    /// Which of the partition's losses this was, from 1; what was sent after it is not what went.
    pub loss: u32,
}

/// An election that lost committed records with permission.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Loss {
    /// Of which leadership.
    pub epoch: LeaderEpoch,
    /// The first offset that it lost.
    pub from: Offset,
    /// What permitted it.
    pub row: Row,
}

/// An election, as it was when the elected replica began to lead.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Election {
    /// Batches that faults of the world had taken from the elected replica, and that it had not got back.
    pub lost: Vec<Batch>,
    /// What else the ledger goes by; whether a batch was among the lost ones is not said here.
    pub circumstances: Circumstances,
    /// The elected replica's log, where the election was against the rules by intent: that permits the loss of whatever is
    /// not in it.
    pub had: Option<ShadowLog>,
}

impl Election {
    /// Rules on the loss of a batch by this election.
    #[must_use]
    pub fn rule(&self, promise: &Promise, batch: &Batch) -> Ruling {
        if self.had.as_ref().is_some_and(|log| log.at(batch.base) == Some(batch)) {
            return Ruling::Bug;
        }
        let leader_lost_it = self.lost.contains(batch);
        ledger::rule(promise, &Circumstances { leader_lost_it, ..self.circumstances })
    }
}

/// What lets old records of a topic go.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Retention {
    /// `retention.bytes`.
    pub by_size: bool,
    /// `retention.ms`, which has a default.
    pub by_time: bool,
}

impl Retention {
    /// The topic has another retention from now on; what the one before let go may still be under way.
    pub fn widen(&mut self, now: Retention) {
        self.by_size |= now.by_size;
        self.by_time |= now.by_time;
    }
}

/// One partition.
#[derive(Clone, Debug)]
pub struct Partition {
    /// Which.
    pub id: TopicPartition,
    /// As `topic-0`.
    pub name: String,
    /// Whether its topic was deleted.
    pub deleted: bool,
    /// The leadership whose group coordinator was the last to have loaded the partition.
    pub coordinated: Option<LeaderEpoch>,
    /// Nodes whose process began after that.
    pub barred: Vec<NodeId>,
    /// `min.insync.replicas`.
    pub min_isr: usize,
    /// Its replicas, by node.
    pub replicas: Vec<Replica>,
    /// What the controller decided, oldest first.
    pub registered: Vec<Registered>,
    /// Members of the in-sync set whom the leader waits for, and who had everything committed since: the others were put
    /// in, and the leader may not have heard of that yet.
    pub surely_in_sync: Vec<NodeId>,
    /// Everything below the greatest high watermark that a leader ever had, less what was permitted to be lost.
    pub committed: Vec<Batch>,
    /// The greatest high watermark that there ever was.
    pub ceiling: Offset,
    /// Which retention the topic has, or had.
    pub retention: Retention,
    /// The greatest offset below which a client has asked to delete records.
    pub requested: Offset,
    /// Where the log of some replica was seen to begin at the latest: what lies below may be gone everywhere.
    pub let_go: Offset,
    /// Who became leader, by epoch, by its own account.
    pub leaders: BTreeMap<LeaderEpoch, NodeId>,
    /// Their elections, by epoch, without those that another had followed before the elected replica heard of them.
    pub elections: BTreeMap<LeaderEpoch, Election>,
    /// A script broke the controller's rules, and the decision that it made has not been seen yet.
    pub rules_broken: bool,
    /// Nodes that were put into the in-sync set or the lead against the rules, and were not seen complete since.
    pub unsound: Vec<NodeId>,
    /// What is gone and was permitted to be.
    pub gone: Vec<Gone>,
    /// Every batch that was ever in a log, by epoch and base offset.
    pub ever: BTreeMap<LeaderEpoch, Vec<Batch>>,
    /// How often committed records went.
    pub losses: u32,
    /// When they last did.
    pub last_loss: Option<Loss>,
    /// Offsets from which on they went, since somebody last asked.
    pub cuts: Vec<Offset>,
}

impl Partition {
    /// A partition of which nothing has happened yet.
    #[must_use]
    pub fn new(id: TopicPartition, name: String, min_isr: usize, nodes: &[NodeId]) -> Partition {
        let mut nodes = nodes.to_vec();
        nodes.sort_unstable();
        Partition {
            id,
            name,
            deleted: false,
            coordinated: None,
            barred: Vec::new(),
            min_isr,
            replicas: nodes.iter().map(|node| Replica { node: *node, ..Replica::default() }).collect(),
            registered: Vec::new(),
            surely_in_sync: Vec::new(),
            committed: Vec::new(),
            ceiling: Offset::ZERO,
            retention: Retention::default(),
            requested: Offset::ZERO,
            let_go: Offset::ZERO,
            leaders: BTreeMap::new(),
            elections: BTreeMap::new(),
            rules_broken: false,
            unsound: Vec::new(),
            gone: Vec::new(),
            ever: BTreeMap::new(),
            losses: 0,
            last_loss: None,
            cuts: Vec::new(),
        }
    }

    /// The replica on a node.
    #[must_use]
    pub fn replica(&self, node: NodeId) -> Option<&Replica> {
        self.place_of(node).map(|at| &self.replicas[at])
    }

    /// The replica on a node.
    pub fn replica_mut(&mut self, node: NodeId) -> Option<&mut Replica> {
        self.place_of(node).map(|at| &mut self.replicas[at])
    }

    /// The place of a node's replica.
    #[must_use]
    pub fn place_of(&self, node: NodeId) -> Option<usize> {
        self.replicas.iter().position(|replica| replica.node == node)
    }

    /// Behind the last committed record.
    #[must_use]
    pub fn committed_end(&self) -> Offset {
        self.committed.last().map_or(Offset::ZERO, |batch| batch.last.plus(1))
    }

    /// The controller decided.
    pub fn register(&mut self, now: Registered) {
        match self.registered.last() {
            None => self.surely_in_sync.clone_from(&now.isr),
            Some(_) => self.surely_in_sync.retain(|node| now.isr.contains(node)),
        }
        self.registered.push(now);
    }

    /// The leader of the newest epoch said something: members that it waits for may have everything committed now.
    pub fn review_in_sync(&mut self, leader: usize) {
        let Some(newest) = self.registered.last() else { return };
        let Some(leading) = self.replicas[leader].leading() else { return };
        if leading.epoch != newest.leader_epoch || newest.isr.len() == self.surely_in_sync.len() {
            return;
        }
        let committed = self.committed_end();
        let me = self.replicas[leader].node;
        let has_all = |node: &NodeId| *node == me || leading.follower_at(*node).is_some_and(|end| end >= committed);
        let sure = newest.isr.iter().filter(|node| leading.isr.contains(node) && has_all(node));
        let fresh: Vec<_> = sure.filter(|node| !self.surely_in_sync.contains(node)).copied().collect();
        self.surely_in_sync.extend(fresh);
    }

    /// The controller's last decision.
    #[must_use]
    pub fn newest(&self) -> Option<&Registered> {
        self.registered.last()
    }

    /// The decision of that partition epoch.
    #[must_use]
    pub fn registered_at(&self, epoch: PartitionEpoch) -> Option<&Registered> {
        let at = self.registered.partition_point(|it| it.partition_epoch < epoch);
        self.registered.get(at).filter(|it| it.partition_epoch == epoch)
    }

    /// The first decision of that leader epoch, and the one before it.
    #[must_use]
    pub fn elected_in(&self, epoch: LeaderEpoch) -> Option<(&Registered, Option<&Registered>)> {
        let at = self.registered.partition_point(|it| it.leader_epoch < epoch);
        let found = self.registered.get(at).filter(|it| it.leader_epoch == epoch)?;
        Some((found, at.checked_sub(1).map(|before| &self.registered[before])))
    }

    /// Who leads, by its own account, in the newest epoch that anybody led in.
    #[must_use]
    pub fn newest_leader(&self) -> Option<(LeaderEpoch, NodeId)> {
        self.leaders.last_key_value().map(|(epoch, node)| (*epoch, *node))
    }

    /// Notes a batch that is in some log; returns the other batch that has one of its offsets in the same epoch.
    pub fn note_ever(&mut self, batch: Batch) -> Option<Batch> {
        let known = self.ever.entry(batch.epoch).or_default();
        if known.last().is_none_or(|last| last.last < batch.base) {
            known.push(batch);
            return None;
        }
        // Followers lag a little: what they append is seldom far from the end.
        let near = known.len().saturating_sub(NEAR);
        let from = if known[near].last < batch.base { near } else { 0 };
        let at = from + known[from..].partition_point(|it| it.last < batch.base);
        match known.get(at) {
            Some(it) if *it == batch => None,
            Some(it) if it.base <= batch.last => Some(*it),
            Some(_) | None => {
                known.insert(at, batch);
                None
            }
        }
    }

    /// Whether the record at that offset, of that epoch, was permitted to be lost.
    #[must_use]
    pub fn is_gone(&self, offset: Offset, epoch: LeaderEpoch) -> bool {
        self.gone_at(offset).any(|gone| gone.batch.epoch == epoch)
    }

    /// What permitted the loss of a record that was acknowledged at that offset, if it went: it was sent when the
    /// partition had had so many losses.
    #[must_use]
    pub fn gone_since(&self, offset: Offset, losses: u32) -> Option<Row> {
        self.gone_at(offset).find(|gone| gone.loss > losses).map(|gone| gone.row)
    }

    fn gone_at(&self, offset: Offset) -> impl Iterator<Item = &Gone> {
        self.gone.iter().rev().filter(move |gone| gone.batch.base <= offset && offset <= gone.batch.last)
    }
}
