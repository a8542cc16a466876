//! Who votes: sets of voters, and which of them held at which offset of the log.
//!
//! **In Kafka**: `VoterSet`, `Endpoints`, `KRaftControlRecordStateMachine`, `VoterSetHistory` (KIP-853).

use super::{ControlMessage, ReplicaKey, SnapshotId};
use crate::types::{NodeId, Offset, Uuid};
use crate::wire::VotersRecord;
use crate::wire::voters_record::{Endpoint as RecordEndpoint, KRaftVersionFeature, Voter as RecordVoter};
use bytestring::ByteString;
use core::fmt;
use std::collections::BTreeMap;

/// Where a listener is reached.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct Endpoint {
    /// The host's name or address.
    pub host: ByteString,
    /// The port.
    pub port: u16,
}

/// A replica's listeners by name.
pub type Endpoints = BTreeMap<ByteString, Endpoint>;

/// The levels of `kraft.version` that a replica supports, lowest and highest.
pub type KRaftVersions = (i16, i16);

/// A member of a voter set.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Voter {
    /// Its id, and the directory id where `kraft.version` is 1.
    pub key: ReplicaKey,
    /// Its listeners.
    pub endpoints: Endpoints,
    /// The levels of `kraft.version` that it supports.
    pub kraft_versions: KRaftVersions,
}

impl Voter {
    /// Whether `key` names this voter. A voter without a directory id is known by its id alone.
    #[must_use]
    pub fn is(&self, key: ReplicaKey) -> bool {
        self.key.id == key.id && (self.key.directory_id.is_none() || self.key.directory_id == key.directory_id)
    }
}

/// The voters by id.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct VoterSet(BTreeMap<NodeId, Voter>);

impl VoterSet {
    /// The set of those voters; of two with one id the later one counts.
    #[must_use]
    pub fn new(voters: impl IntoIterator<Item = Voter>) -> VoterSet {
        VoterSet(voters.into_iter().map(|it| (it.key.id, it)).collect())
    }

    /// `controller.quorum.voters`, whose entries have no directory id.
    #[must_use]
    pub fn of_static(listener: &ByteString, voters: impl IntoIterator<Item = (NodeId, Endpoint)>) -> VoterSet {
        VoterSet::new(voters.into_iter().map(|(id, endpoint)| Voter {
            key: ReplicaKey { id, directory_id: None },
            endpoints: Endpoints::from([(listener.clone(), endpoint)]),
            kraft_versions: (0, 0),
        }))
    }

    /// The voters in the order of their ids.
    pub fn iter(&self) -> impl Iterator<Item = &Voter> {
        self.0.values()
    }

    /// How many voters there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no voter.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many voters are a majority.
    #[must_use]
    pub fn majority(&self) -> usize {
        self.len() / 2 + 1
    }

    /// The voter of that id, whatever its directory.
    #[must_use]
    pub fn with_id(&self, id: NodeId) -> Option<&Voter> {
        self.0.get(&id)
    }

    /// The voter that `key` names.
    #[must_use]
    pub fn get(&self, key: ReplicaKey) -> Option<&Voter> {
        self.0.get(&key.id).filter(|it| it.is(key))
    }

    /// Whether `key` names a voter.
    #[must_use]
    pub fn has(&self, key: ReplicaKey) -> bool {
        self.get(key).is_some()
    }

    /// The set with one voter more; none if the id votes already.
    #[must_use]
    pub fn with(&self, voter: Voter) -> Option<VoterSet> {
        let mut voters = self.0.clone();
        voters.insert(voter.key.id, voter).is_none().then_some(VoterSet(voters))
    }

    /// The set without that voter; none if it is no voter, or the only one.
    #[must_use]
    pub fn without(&self, key: ReplicaKey) -> Option<VoterSet> {
        let mut voters = self.0.clone();
        let removed = voters.remove(&key.id)?;
        (removed.key == key && !voters.is_empty()).then_some(VoterSet(voters))
    }

    /// The set with other endpoints and versions of one voter; none if it is no voter.
    #[must_use]
    pub fn updated(&self, voter: Voter) -> Option<VoterSet> {
        self.get(voter.key)?;
        let mut voters = self.0.clone();
        voters.insert(voter.key.id, voter);
        Some(VoterSet(voters))
    }

    /// Reads what a KRAFT_VOTERS record says. A voter with a negative id is left out.
    #[must_use]
    pub fn of_record(record: &VotersRecord) -> VoterSet {
        VoterSet::new(record.voters.iter().filter_map(|it| {
            let endpoints = it.endpoints.iter();
            Some(Voter {
                key: ReplicaKey { id: NodeId::from_wire(it.voter_id)?, directory_id: directory(it.voter_directory_id) },
                endpoints: endpoints.map(|it| (it.name.clone(), endpoint(&it.host, it.port))).collect(),
                kraft_versions: (
                    it.k_raft_version_feature.min_supported_version,
                    it.k_raft_version_feature.max_supported_version,
                ),
            })
        }))
    }

    /// What a KRAFT_VOTERS record says of the set.
    #[must_use]
    pub fn to_record(&self) -> VotersRecord {
        let voters = self.iter().map(|voter| RecordVoter {
            voter_id: voter.key.id.0,
            voter_directory_id: voter.key.directory_id.unwrap_or(Uuid::ZERO),
            endpoints: voter.endpoints.iter().map(record_endpoint).collect(),
            k_raft_version_feature: KRaftVersionFeature {
                min_supported_version: voter.kraft_versions.0,
                max_supported_version: voter.kraft_versions.1,
            },
        });
        VotersRecord { version: 0, voters: voters.collect() }
    }
}

impl fmt::Display for VoterSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, voter) in self.iter().enumerate() {
            if at > 0 {
                f.write_str(", ")?;
            }
            write!(f, "{}", voter.key)?;
        }
        Ok(())
    }
}

impl fmt::Display for ReplicaKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.directory_id {
            Some(directory) => write!(f, "{}-{directory}", self.id),
            None => write!(f, "{}", self.id),
        }
    }
}

/// The directory id that a message or record names; the zero id means that there is none.
pub(super) fn directory(id: Uuid) -> Option<Uuid> {
    (id != Uuid::ZERO).then_some(id)
}

fn record_endpoint((name, at): (&ByteString, &Endpoint)) -> RecordEndpoint {
    RecordEndpoint { name: name.clone(), host: at.host.clone(), port: at.port }
}

fn endpoint(host: &ByteString, port: u16) -> Endpoint {
    Endpoint { host: host.clone(), port }
}

/// `kraft.version` and the voters by the offset of the record that says so. A record holds from the moment it is
/// appended, committed or not, and until it is truncated (KIP-853).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct VoterHistory {
    /// The voters of the configuration, which hold while no record names any.
    configured: VoterSet,
    versions: Vec<(Offset, i16)>,
    voters: Vec<(Offset, VoterSet)>,
}

/// The offset of what a bootstrap snapshot says: before the log's first record.
const BEFORE_THE_LOG: Offset = Offset(-1);

impl VoterHistory {
    /// A history without a record.
    #[must_use]
    pub fn new(configured: VoterSet) -> VoterHistory {
        VoterHistory { configured, versions: Vec::new(), voters: Vec::new() }
    }

    /// Takes what a snapshot says. All earlier entries go.
    pub fn load_snapshot(&mut self, id: SnapshotId, state: &ControlState) {
        let at = Offset(id.end_offset.0 - 1);
        self.versions = vec![(at, state.kraft_version)];
        self.voters = state.voters.iter().map(|it| (at, it.clone())).collect();
    }

    /// Takes what a control record at `offset` says; returns whether it says anything of versions or voters.
    pub fn apply(&mut self, offset: Offset, message: &ControlMessage) -> bool {
        match message {
            ControlMessage::KRaftVersion(it) => self.versions.push((offset, it.k_raft_version)),
            ControlMessage::KRaftVoters(it) => self.voters.push((offset, VoterSet::of_record(it))),
            ControlMessage::LeaderChange(_) | ControlMessage::SnapshotHeader(_) | ControlMessage::SnapshotFooter(_) => {
                return false;
            }
        }
        true
    }

    /// Forgets the records at and behind `end`, the new end of the log.
    pub fn truncate(&mut self, end: Offset) {
        self.versions.retain(|it| it.0 < end);
        self.voters.retain(|it| it.0 < end);
    }

    /// Forgets what no longer holds at `start`, the end offset of a snapshot.
    pub fn forget_before(&mut self, start: Offset) {
        let before = |at: Offset| at < start;
        let versions = self.versions.partition_point(|it| before(it.0)).saturating_sub(1);
        self.versions.drain(..versions);
        let voters = self.voters.partition_point(|it| before(it.0)).saturating_sub(1);
        self.voters.drain(..voters);
    }

    /// The voters that hold: those of the latest record.
    #[must_use]
    pub fn latest(&self) -> &VoterSet {
        self.voters.last().map_or(&self.configured, |it| &it.1)
    }

    /// Where the record is whose voters hold; none where they are configured.
    #[must_use]
    pub fn latest_offset(&self) -> Option<Offset> {
        self.voters.last().map(|it| it.0)
    }

    /// The voters that held before the latest record.
    #[must_use]
    pub fn previous(&self) -> &VoterSet {
        self.voters.iter().rev().nth(1).map_or(&self.configured, |it| &it.1)
    }

    /// Whether the voters that hold come from a bootstrap snapshot, so that no record of the log names them yet.
    #[must_use]
    pub fn is_bootstrap(&self) -> bool {
        self.latest_offset() == Some(BEFORE_THE_LOG)
    }

    /// The level of `kraft.version` that holds.
    #[must_use]
    pub fn kraft_version(&self) -> i16 {
        self.versions.last().map_or(0, |it| it.1)
    }

    /// What a snapshot that ends at `end` says.
    #[must_use]
    pub fn at(&self, end: Offset) -> ControlState {
        let version = self.versions.iter().rev().find(|it| it.0 < end);
        let voters = self.voters.iter().rev().find(|it| it.0 < end);
        ControlState { kraft_version: version.map_or(0, |it| it.1), voters: voters.map(|it| it.1.clone()) }
    }
}

/// What a snapshot's control records say.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ControlState {
    /// The level of `kraft.version`.
    pub kraft_version: i16,
    /// The voters; none where they are configured.
    pub voters: Option<VoterSet>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::LeaderEpoch;

    fn key(id: i32, directory: u8) -> ReplicaKey {
        ReplicaKey { id: NodeId(id), directory_id: directory_of(directory) }
    }

    fn directory_of(byte: u8) -> Option<Uuid> {
        directory(Uuid([byte; 16]))
    }

    fn voter(id: i32, directory: u8) -> Voter {
        let at = Endpoint { host: "h".into(), port: id as u16 };
        Voter { key: key(id, directory), endpoints: [("C".into(), at)].into(), kraft_versions: (0, 1) }
    }

    #[test]
    fn a_voter_with_another_directory_is_somebody_else() {
        let set = VoterSet::new([voter(1, 7), voter(2, 0)]);
        assert!(set.has(key(1, 7)) && !set.has(key(1, 8)) && !set.has(key(1, 0)));
        assert!(set.has(key(2, 9)), "a static voter is known by its id");
        assert_eq!(set.with(voter(1, 8)), None);
        assert_eq!(set.without(key(1, 8)), None);
        assert_eq!(set.updated(voter(1, 8)), None);
        let one = set.without(key(1, 7)).unwrap();
        assert_eq!((one.len(), one.without(key(2, 0))), (1, None), "the last voter stays");
    }

    #[test]
    fn a_set_comes_back_from_its_record() {
        let set = VoterSet::new([voter(1, 7), voter(2, 0)]);
        assert_eq!(VoterSet::of_record(&set.to_record()), set);
    }

    #[test]
    fn truncation_brings_the_voters_before_back() {
        let record = |set: &VoterSet| ControlMessage::KRaftVoters(set.to_record());
        let (one, two) = (VoterSet::new([voter(1, 1)]), VoterSet::new([voter(1, 1), voter(2, 2)]));
        let mut history = VoterHistory::new(VoterSet::default());
        let bootstrap = ControlState { kraft_version: 1, voters: Some(one.clone()) };
        history.load_snapshot(SnapshotId::BOOTSTRAP, &bootstrap);
        assert!(history.is_bootstrap());
        assert!(history.apply(Offset(5), &record(&two)));
        assert_eq!((history.latest(), history.latest_offset()), (&two, Some(Offset(5))));
        assert_eq!((history.at(Offset(5)), history.at(Offset(6)).voters), (bootstrap, Some(two.clone())));
        history.truncate(Offset(5));
        assert_eq!((history.latest(), history.kraft_version()), (&one, 1));
        history.apply(Offset(5), &record(&two));
        history.forget_before(Offset(9));
        assert_eq!((history.latest(), history.kraft_version()), (&two, 1));
        let id = SnapshotId { end_offset: Offset(20), epoch: LeaderEpoch(3) };
        history.load_snapshot(id, &ControlState { kraft_version: 1, voters: Some(one.clone()) });
        assert_eq!((history.latest(), history.latest_offset()), (&one, Some(Offset(19))));
    }
}
