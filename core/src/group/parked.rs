//! What waits until records are committed.

use super::GroupAnswer;
use super::classic::{Replaced, StoreId};
use crate::io::Asker;
use bytestring::ByteString;

/// A waiter of the machine (`crate::machine`): parked when records are appended, handed back when they are committed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Parked {
    /// Nobody waits for the records.
    Nobody,
    /// An answer that leaves when the records are committed.
    Answer { to: Asker, answer: GroupAnswer },
    /// The JoinGroup that led to the first record of a group. The request itself may be parked with the group.
    NewGroup { group: ByteString, asker: Asker },
    /// The assignments of a generation. The SyncGroup requests are parked with the group.
    Assignments { group: ByteString, store: StoreId },
    /// The new member id of a static member. Its JoinGroup is parked with the group.
    StaticMember { group: ByteString, replaced: Box<Replaced> },
}
