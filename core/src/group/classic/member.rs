//! A member of a classic group, and the collections of members and of pending members.
//!
//! **In Kafka**: `ClassicGroupMember`, and the member maps of `ClassicGroup`.

use crate::group::records::{owned, owned_bytes};
use crate::wire::join_group::JoinGroupRequestProtocol;
use bytes::Bytes;
use bytestring::ByteString;
use std::collections::{BTreeMap, BTreeSet};

/// A member of a classic group. It shares no memory with the requests that it was read from, so that their frames can
/// be freed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Member {
    pub(super) id: ByteString,
    /// `group.instance.id` of a static member (KIP-345).
    pub(super) instance: Option<ByteString>,
    pub(super) client_id: ByteString,
    pub(super) client_host: ByteString,
    pub(super) rebalance_timeout_ms: i32,
    pub(super) session_timeout_ms: i32,
    /// Protocols that the member offers, most preferred first, with the member's metadata for each. Names are unique.
    pub(super) protocols: Vec<(ByteString, Bytes)>,
    pub(super) assignment: Bytes,
    /// Whether the member has not been in any generation yet. The session timer removes such a member even while its
    /// JoinGroup is parked.
    pub(super) is_new: bool,
}

impl Member {
    /// Returns the member's metadata for a protocol. `None` if the member does not offer the protocol.
    pub(super) fn metadata(&self, protocol: &str) -> Option<&Bytes> {
        self.protocols.iter().find(|(name, _)| name == protocol).map(|(_, metadata)| metadata)
    }

    /// Returns whether the member's last JoinGroup offered exactly these protocols with this metadata.
    pub(super) fn matches(&self, protocols: &[(ByteString, Bytes)]) -> bool {
        self.protocols == protocols
    }

    /// Returns the protocol that the member votes for: the one among `candidates` that it prefers.
    fn vote<'a>(&self, candidates: &BTreeSet<&'a ByteString>) -> Option<&'a ByteString> {
        self.protocols.iter().find_map(|(name, _)| candidates.get(name).copied())
    }

    /// Estimates how many bytes of memory the member takes. The assignment is not counted, as it does not count towards
    /// `GroupConfig::members_max_bytes`.
    pub(super) fn bytes(&self) -> usize {
        size_of::<Member>() + self.id.len() + self.client_id.len() + self.client_host.len() + bytes_of(&self.protocols)
    }
}

/// Estimates how many bytes of memory the protocols of a member take.
pub(super) fn bytes_of(protocols: &[(ByteString, Bytes)]) -> usize {
    let of_one =
        |(name, metadata): &(ByteString, Bytes)| size_of::<(ByteString, Bytes)>() + name.len() + metadata.len();
    protocols.iter().map(of_one).sum()
}

/// Copies the protocols of a JoinGroup. If a name occurs several times, only the first is kept, because Kafka uses the
/// metadata of the first.
pub(super) fn protocols_of(offered: &[JoinGroupRequestProtocol]) -> Vec<(ByteString, Bytes)> {
    let mut names = BTreeSet::new();
    let first = offered.iter().filter(|protocol| names.insert(&protocol.name));
    first.map(|protocol| (owned(&protocol.name), owned_bytes(&protocol.metadata))).collect()
}

/// The members of a group.
///
/// **Invariants**: every static member is found by its instance id, and no two members have the same instance id;
/// `offered` counts the protocols of all members, and `bytes` is the sum of [`Member::bytes`] over all members.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Members {
    by_id: BTreeMap<ByteString, Member>,
    by_instance: BTreeMap<ByteString, ByteString>,
    /// How many members offer each protocol.
    offered: BTreeMap<ByteString, usize>,
    bytes: usize,
}

impl Members {
    pub(super) fn len(&self) -> usize {
        self.by_id.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }

    pub(super) fn get(&self, id: &str) -> Option<&Member> {
        self.by_id.get(id)
    }

    pub(super) fn has(&self, id: &str) -> bool {
        self.by_id.contains_key(id)
    }

    /// All members, in the order of their member ids.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Member> {
        self.by_id.values()
    }

    /// Returns the member id of the static member with this instance id.
    pub(super) fn id_of(&self, instance: &str) -> Option<&ByteString> {
        self.by_instance.get(instance)
    }

    /// An estimate of how many bytes of memory all members take.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Adds a member. No other member may have the same member id or instance id.
    pub(super) fn add(&mut self, member: Member) {
        if let Some(instance) = &member.instance {
            let before = self.by_instance.insert(instance.clone(), member.id.clone());
            assert!(before.is_none(), "an instance id belongs to one member");
        }
        self.count(&member);
        let before = self.by_id.insert(member.id.clone(), member);
        assert!(before.is_none(), "a member id belongs to one member");
    }

    /// Removes a member and returns it.
    pub(super) fn remove(&mut self, id: &str) -> Option<Member> {
        let member = self.by_id.remove(id)?;
        self.discount(&member);
        if let Some(instance) = &member.instance {
            let indexed = self.by_instance.remove(instance);
            assert_eq!(indexed.as_ref(), Some(&member.id), "an instance id belongs to its member");
        }
        Some(member)
    }

    /// Changes a member, but not its member id or instance id.
    pub(super) fn update(&mut self, id: &str, change: impl FnOnce(&mut Member)) {
        let mut member = self.by_id.remove(id).expect("only members are changed");
        self.discount(&member);
        change(&mut member);
        self.count(&member);
        self.by_id.insert(member.id.clone(), member);
    }

    /// Sets the assignment of every member.
    pub(super) fn assign(&mut self, mut assignment: impl FnMut(&Member) -> Bytes) {
        for member in self.by_id.values_mut() {
            member.assignment = assignment(member);
        }
    }

    /// Marks all members as no longer new, because a generation has begun.
    pub(super) fn settle(&mut self) {
        self.by_id.values_mut().for_each(|member| member.is_new = false);
    }

    /// Returns the longest rebalance timeout that a member has asked for.
    pub(super) fn rebalance_timeout_ms(&self) -> i32 {
        self.iter().map(|member| member.rebalance_timeout_ms).max().unwrap_or(0)
    }

    /// Returns whether all members offer one of `protocols`.
    pub(super) fn all_offer_one_of(&self, protocols: &[(ByteString, Bytes)]) -> bool {
        protocols.iter().any(|(name, _)| self.offered.get(name).copied().unwrap_or(0) == self.len())
    }

    /// Selects the protocol with the most votes (`ClassicGroup.selectProtocol`). Each member votes for the first of its
    /// protocols that all members offer. Among protocols with equal votes, the first by name wins. `None` if there are
    /// no members.
    pub(super) fn select_protocol(&self) -> Option<ByteString> {
        let all = self.offered.iter().filter(|(_, count)| **count == self.len());
        let candidates: BTreeSet<&ByteString> = all.map(|(name, _)| name).collect();
        let mut votes: BTreeMap<&ByteString, usize> = BTreeMap::new();
        for name in self.iter().filter_map(|member| member.vote(&candidates)) {
            *votes.entry(name).or_default() += 1;
        }
        let most = votes.values().copied().max()?;
        votes.into_iter().find(|(_, count)| *count == most).map(|(name, _)| name.clone())
    }

    fn count(&mut self, member: &Member) {
        self.bytes += member.bytes();
        for (name, _) in &member.protocols {
            *self.offered.entry(name.clone()).or_default() += 1;
        }
    }

    fn discount(&mut self, member: &Member) {
        self.bytes -= member.bytes();
        for (name, _) in &member.protocols {
            let count = self.offered.get_mut(name).expect("every member's protocols are counted");
            *count -= 1;
            if *count == 0 {
                self.offered.remove(name);
            }
        }
    }
}

/// Member ids that were given out with MEMBER_ID_REQUIRED and have not joined yet (KIP-394).
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Pending {
    ids: BTreeSet<ByteString>,
    bytes: usize,
}

impl Pending {
    pub(super) fn insert(&mut self, id: ByteString) {
        let bytes = size_of::<ByteString>() + id.len();
        if self.ids.insert(id) {
            self.bytes += bytes;
        }
    }

    pub(super) fn remove(&mut self, id: &str) -> bool {
        let was_there = self.ids.remove(id);
        if was_there {
            self.bytes -= size_of::<ByteString>() + id.len();
        }
        was_there
    }

    pub(super) fn has(&self, id: &str) -> bool {
        self.ids.contains(id)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &ByteString> {
        self.ids.iter()
    }

    /// An estimate of how many bytes of memory the pending members take.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(id: &'static str, protocols: &[&'static str]) -> Member {
        Member {
            id: id.into(),
            instance: None,
            client_id: "c".into(),
            client_host: "/h".into(),
            rebalance_timeout_ms: 1,
            session_timeout_ms: 1,
            protocols: protocols.iter().map(|name| ((*name).into(), Bytes::from_static(b"m"))).collect(),
            assignment: Bytes::new(),
            is_new: false,
        }
    }

    fn selected(members: &[&[&'static str]]) -> Option<String> {
        let mut all = Members::default();
        for (id, protocols) in ["a", "b", "c"].into_iter().zip(members) {
            all.add(member(id, protocols));
        }
        all.select_protocol().map(|name| name.to_string())
    }

    #[test]
    fn the_protocol_is_the_one_with_most_votes_among_those_that_all_offer() {
        let cases: [(&[&[&'static str]], Option<&str>); 6] = [
            (&[], None),
            (&[&["range"]], Some("range")),
            (&[&["range", "sticky"], &["sticky", "range"], &["sticky", "range"]], Some("sticky")),
            (&[&["x", "range"], &["x", "range"], &["range"]], Some("range")),
            (&[&["b", "a"], &["a", "b"]], Some("a")),
            (&[&["a"], &["b"]], None),
        ];
        for (members, expected) in cases {
            assert_eq!(selected(members).as_deref(), expected, "{members:?}");
        }
    }

    #[test]
    fn of_protocols_with_one_name_the_first_counts() {
        let offered = [("a", "1"), ("b", "2"), ("a", "3")].map(|(name, metadata)| JoinGroupRequestProtocol {
            name: name.into(),
            metadata: Bytes::from_static(metadata.as_bytes()),
        });
        let names: Vec<_> =
            protocols_of(&offered).into_iter().map(|(name, metadata)| (name.to_string(), metadata)).collect();
        assert_eq!(names, [("a".to_owned(), "1".into()), ("b".to_owned(), Bytes::from_static(b"2"))]);
    }

    #[test]
    fn what_is_counted_follows_every_change() {
        let mut members = Members::default();
        members.add(Member { instance: Some("i".into()), ..member("a", &["x"]) });
        members.add(member("b", &["x", "y"]));
        assert!(members.all_offer_one_of(&member("c", &["z", "x"]).protocols));
        members.update("b", |it| it.protocols = member("b", &["y"]).protocols);
        assert!(!members.all_offer_one_of(&member("c", &["x", "y"]).protocols));
        assert_eq!(members.id_of("i").map(|id| id.to_string()).as_deref(), Some("a"));
        members.remove("a");
        assert_eq!(members.id_of("i"), None);
        members.remove("b");
        assert_eq!(members, Members::default(), "nothing is left, not even bytes");
    }
}
