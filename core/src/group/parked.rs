//! What a coordinator parks until records are committed.

use super::GroupAnswer;
use super::classic::{Replaced, StoreId};
use crate::io::Asker;
use bytestring::ByteString;

/// A waiter, which the machine (`crate::machine`) parks when records are appended. The machine returns it when the
/// records are committed, or when they were not committed in time.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Parked {
    /// Nobody waits for the commit of the records.
    Nobody,
    /// An answer that is sent when the records are committed.
    Answer { to: Asker, answer: GroupAnswer },
    /// The JoinGroup for which the first record of a group was appended. If that record is not committed in time, and
    /// the JoinGroup is still parked with the group, it is answered with an error.
    NewGroup { group: ByteString, asker: Asker },
    /// The group itself waits for the record of a generation's assignments. The SyncGroup requests are parked with the
    /// group.
    Assignments { group: ByteString, store: StoreId },
    /// The group itself waits for the record of a static member's new member id. The JoinGroup is parked with the
    /// group.
    StaticMember { group: ByteString, replaced: Box<Replaced> },
}
