//! Names of things that the host and the shards hold for each other.

use core::fmt;

/// A shard's place in its node's fixed vector; 0 is control.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct ShardId(pub u16);

impl ShardId {
    /// Quorum, controller, metadata loader, and the files that no partition owns. It has no client of its own.
    pub const CONTROL: ShardId = ShardId(0);
}

impl fmt::Display for ShardId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "shard {}", self.0)
    }
}

impl fmt::Debug for ShardId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "s{}", self.0)
    }
}

/// A connection, never reused within an incarnation. The top bit says who made it: the driver numbers those that it
/// accepted, a shard those that it dials (its own number in bits 48 to 62), so that the two never meet.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct ConnId(pub u64);

impl ConnId {
    /// The `ordinal`th connection that the driver accepted.
    #[must_use]
    pub fn accepted(ordinal: u64) -> ConnId {
        assert!(ordinal < 1 << 63, "a driver numbers fewer connections than 2^63");
        ConnId(ordinal)
    }

    /// The `ordinal`th connection that `shard` dialed.
    #[must_use]
    pub fn dialed(shard: ShardId, ordinal: u64) -> ConnId {
        assert!(ordinal < 1 << 48, "a shard dials fewer times than 2^48");
        assert!(shard.0 < 1 << 15, "a node has fewer shards than 2^15");
        ConnId(1 << 63 | u64::from(shard.0) << 48 | ordinal)
    }

    /// Whether the node dialed it, rather than accepted it.
    #[must_use]
    pub fn is_dialed(self) -> bool {
        self.0 >> 63 == 1
    }
}

impl fmt::Display for ConnId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_dialed() {
            write!(f, "connection {} of shard {}", self.0 & 0xffff_ffff_ffff, self.0 >> 48 & 0x7fff)
        } else {
            write!(f, "connection {}", self.0)
        }
    }
}

impl fmt::Debug for ConnId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_dialed() {
            write!(f, "c-s{}-{}", self.0 >> 48 & 0x7fff, self.0 & 0xffff_ffff_ffff)
        } else {
            write!(f, "c{}", self.0)
        }
    }
}

/// An asynchronous read or sync under way, chosen by the shard and never reused by it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug)]
pub struct OpId(pub u64);

/// One of the node's configured listeners, by its place in `listeners`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug)]
pub struct ListenerId(pub u16);

/// A question under way; unique within the desk that asks.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug)]
pub struct AskId(pub u64);

/// Which part of a shard asks. The answer goes to that part; whoever is asked neither looks at it nor depends on it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug)]
pub enum Desk {
    /// The clients' sessions.
    #[default]
    Session,
    /// The group coordinators.
    Group,
    /// A test's own.
    #[cfg(test)]
    Test,
}

/// Who waits for an answer.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug)]
pub struct Asker {
    /// The shard that asks.
    pub shard: ShardId,
    /// The part of that shard.
    pub desk: Desk,
    /// The desk's name for the question; unique within the desk.
    pub ask: AskId,
}
