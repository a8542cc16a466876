//! What is known of one replica of one partition, from outside its node.

use super::{Batch, ShadowLog};
use gracchus_core::types::{LeaderEpoch, NodeId, Offset};

/// Whether a replica's node runs and has loaded it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Life {
    /// Its process is not there.
    #[default]
    Dead,
    /// The process runs, and the log is not loaded yet.
    Starting,
    /// Loaded.
    Live,
}

/// Whether a sync that ends well makes a log durable. After one that failed the machine holds pages for clean that it
/// never wrote, until it loses its power.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Cache {
    /// It does: no sync failed, or the node heard of that and has to make up for it.
    #[default]
    Honest,
    /// A sync failed, and the news of it is under way.
    Untold,
    /// The process died before it heard of it, or could not write down that it did: the durability table's lying sync.
    Lies,
}

/// What a replica is, by its own account.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum Role {
    /// Neither yet.
    #[default]
    None,
    /// It leads.
    Leader(Leading),
    /// It follows.
    Follower {
        /// In which epoch.
        epoch: LeaderEpoch,
        /// Whom.
        leader: Option<NodeId>,
    },
}

/// A leadership.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Leading {
    /// Which.
    pub epoch: LeaderEpoch,
    /// Where its log ended when it began.
    pub start: Offset,
    /// The in-sync set that it goes by.
    pub isr: Vec<NodeId>,
    /// How far each follower is, as it told in this epoch.
    pub followers: Vec<(NodeId, Offset)>,
    /// The high watermark that it reached.
    pub high_watermark: Option<Offset>,
    /// The high watermark that it knew before it led.
    pub known: Offset,
}

impl Leading {
    /// How far a follower said that it is.
    #[must_use]
    pub fn follower_at(&self, node: NodeId) -> Option<Offset> {
        self.followers.iter().find(|(id, _)| *id == node).map(|(_, end)| *end)
    }
}

/// One replica.
#[derive(Clone, Debug, Default)]
pub struct Replica {
    /// On which node.
    pub node: NodeId,
    /// Whether it is there.
    pub life: Life,
    /// What it is.
    pub role: Role,
    /// Its log, as it was before a crash while it is dead.
    pub log: ShadowLog,
    /// What its disk held when its process began; taken by the load.
    pub found: Option<ShadowLog>,
    /// Its log start offset, as it was seen last.
    pub begins: Offset,
    /// Whether its log began above offset 0 and its files held no batch that counts, as its process began.
    pub is_bare: bool,
    /// Its high watermark.
    pub high_watermark: Offset,
    /// It said that all below this is durable.
    pub flushed: Offset,
    /// Since its process ended, after its log had been loaded: what its log had below this is on its disk.
    pub kept_to: Offset,
    /// So many of its first batches are those of the committed log.
    pub agrees: usize,
    /// Batches that faults of the world took from it and that it did not get back.
    pub lost: Vec<Batch>,
    /// When a write or sync of its log first failed.
    pub failed: Option<u64>,
    /// Whether its shard knows of that: from then on it must append nothing.
    pub told: bool,
    /// What the page cache under it is worth.
    pub cache: Cache,
    /// Whether a power loss took bytes that it had called durable on the word of a sync that lied, and it was not loaded
    /// since: a start may neither cut them nor go on behind them.
    pub holed: bool,
    /// Every good batch as its process began, whatever lies between them; kept where the disk rotted or the page cache lies.
    pub around: Vec<Batch>,
    /// Below this the checkpoints call the log durable and committed, as its process began; kept where the disk rotted or
    /// the page cache lies.
    pub promised: Offset,
    /// Whether anything was, or may have been, appended or truncated since it was loaded.
    pub touched: bool,
    /// Whether it serves nothing, for a failure of its disk.
    pub offline: bool,
    /// Whether durable bytes of it changed: rot, or a hole that a lying sync left and that a start did not look at.
    pub rotted: bool,
    /// Whether its process ended with a power loss that altered files of this log.
    pub lost_power: bool,
}

impl Replica {
    /// Whether faults of the world took or changed bytes of it, and it did not get them back.
    #[must_use]
    pub fn is_lossy(&self) -> bool {
        self.rotted || !self.lost.is_empty()
    }

    /// Whether it serves nothing for bad bytes that it may not cut, so that only another disk helps: rot, or a disk that
    /// lied.
    #[must_use]
    pub fn is_spoilt(&self) -> bool {
        self.offline && (self.rotted || self.holed)
    }

    /// The leadership that it has.
    #[must_use]
    pub fn leading(&self) -> Option<&Leading> {
        match &self.role {
            Role::Leader(leading) => Some(leading),
            Role::None | Role::Follower { .. } => None,
        }
    }

    /// The epoch in which it leads or follows.
    #[must_use]
    pub fn epoch(&self) -> Option<LeaderEpoch> {
        match &self.role {
            Role::None => None,
            Role::Leader(leading) => Some(leading.epoch),
            Role::Follower { epoch, .. } => Some(*epoch),
        }
    }

    /// Extends what is known to agree with the committed log, and says how many batches do.
    pub fn agree_with(&mut self, committed: &[Batch]) -> usize {
        // Batches are replicated whole, so equal logs are equal place by place; a log that begins later is compared
        // from where the committed one has its first batch.
        // What it has below its log's start may be of another history: nobody reads that.
        let from = self.log.start().max(self.begins);
        let (skip, here) = (committed.partition_point(|batch| batch.last < from), self.log.place_of(from));
        self.agrees = self.agrees.max(skip);
        while self.agrees < committed.len()
            && self.log.batches().get(self.agrees - skip + here) == Some(&committed[self.agrees])
        {
            self.agrees += 1;
        }
        self.agrees
    }

    /// The batch is here again.
    pub fn regained(&mut self, batch: &Batch) {
        if !self.lost.is_empty() {
            self.lost.retain(|lost| lost != batch);
        }
    }
}
