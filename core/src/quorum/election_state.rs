//! The text of `quorum-state`: what a voter must not forget. One line of JSON without a line's end.
//!
//! **In Kafka**: `FileQuorumStateStore`, `ElectionState`, `QuorumStateData`.

use super::json::{BadJson, Json};
use crate::types::{LeaderEpoch, NodeId, Uuid};
use core::fmt;

/// A replica of the metadata log (KIP-853).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ReplicaKey {
    /// `node.id`.
    pub id: NodeId,
    /// The id of the directory that holds its log; none where `kraft.version` is 0.
    pub directory_id: Option<Uuid>,
}

/// What a voter knows of the latest epoch, and whom it voted for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ElectionState {
    /// The latest epoch that the replica has seen.
    pub epoch: LeaderEpoch,
    /// Who leads in that epoch, where it is known.
    pub leader: Option<NodeId>,
    /// Whom this replica voted for in that epoch.
    pub voted: Option<ReplicaKey>,
    /// The static voters, which only [`DataVersion::V0`] has.
    pub voters: Vec<NodeId>,
}

/// The version of the file, its `data_version`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum DataVersion {
    /// Of a quorum whose `kraft.version` is 0: with the voters, and without directory ids.
    V0,
    /// Of a quorum whose `kraft.version` is 1 (KIP-853).
    V1,
}

/// Why a text is no election state.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum BadElectionState {
    /// Not the JSON that it should be.
    Json(BadJson),
    /// A field that no version has.
    UnknownField(String),
    /// A field that is there twice.
    Repeated(&'static str),
    /// A field that the version must have.
    Missing(&'static str),
    /// A version that this build does not have.
    DataVersion(i64),
    /// A field whose value means nothing.
    Value {
        /// The field.
        field: &'static str,
        /// Its value.
        value: String,
    },
}

/// What is quoted of a text that means nothing.
const QUOTED_MOST: usize = 60;

const CLUSTER_ID: &str = "clusterId";
const LEADER_ID: &str = "leaderId";
const LEADER_EPOCH: &str = "leaderEpoch";
const VOTED_ID: &str = "votedId";
const VOTED_DIRECTORY_ID: &str = "votedDirectoryId";
const APPLIED_OFFSET: &str = "appliedOffset";
const CURRENT_VOTERS: &str = "currentVoters";
const VOTER_ID: &str = "voterId";
const DATA_VERSION: &str = "data_version";

impl ElectionState {
    /// Reads the text of the file. The cluster's id and the applied offset of version 0 are read and not kept, as in
    /// Kafka.
    pub fn parse(text: &str) -> Result<ElectionState, BadElectionState> {
        let mut json = Json::new(text);
        let mut fields = Fields::default();
        json.object(|json, name| fields.read(json, name))?;
        json.end()?;
        fields.into_state()
    }

    /// Returns the text of the file in that version. Version 0 loses the directory id of the vote, and version 1 the
    /// voters.
    #[must_use]
    pub fn render(&self, version: DataVersion) -> String {
        let (leader, epoch) = (NodeId::to_wire(self.leader), self.epoch);
        let voted = NodeId::to_wire(self.voted.map(|it| it.id));
        let ids = format!(r#""{LEADER_ID}":{leader},"{LEADER_EPOCH}":{epoch},"{VOTED_ID}":{voted}"#);
        match version {
            DataVersion::V0 => {
                let voters: Vec<_> = self.voters.iter().map(|it| format!(r#"{{"{VOTER_ID}":{it}}}"#)).collect();
                let voters = format!(r#""{CURRENT_VOTERS}":[{}]"#, voters.join(","));
                format!(r#"{{"{CLUSTER_ID}":"",{ids},"{APPLIED_OFFSET}":0,{voters},"{DATA_VERSION}":0}}"#)
            }
            DataVersion::V1 => {
                let directory_id = self.voted.and_then(|it| it.directory_id).unwrap_or(Uuid::ZERO);
                format!(r#"{{{ids},"{VOTED_DIRECTORY_ID}":"{directory_id}","{DATA_VERSION}":1}}"#)
            }
        }
    }
}

/// The fields that were read so far.
#[derive(Default)]
struct Fields {
    cluster_id: Option<()>,
    leader_id: Option<i64>,
    leader_epoch: Option<i64>,
    voted_id: Option<i64>,
    voted_directory_id: Option<Uuid>,
    applied_offset: Option<i64>,
    current_voters: Option<Vec<NodeId>>,
    data_version: Option<i64>,
}

impl Fields {
    fn read(&mut self, json: &mut Json<'_>, name: &str) -> Result<(), BadElectionState> {
        match name {
            CLUSTER_ID => once(&mut self.cluster_id, CLUSTER_ID, json.string().map(|_| ())?),
            LEADER_ID => once(&mut self.leader_id, LEADER_ID, json.integer()?),
            LEADER_EPOCH => once(&mut self.leader_epoch, LEADER_EPOCH, json.integer()?),
            VOTED_ID => once(&mut self.voted_id, VOTED_ID, json.integer()?),
            VOTED_DIRECTORY_ID => {
                let text = json.string()?;
                let id = Uuid::parse(text).ok_or_else(|| bad_value(VOTED_DIRECTORY_ID, text))?;
                once(&mut self.voted_directory_id, VOTED_DIRECTORY_ID, id)
            }
            APPLIED_OFFSET => once(&mut self.applied_offset, APPLIED_OFFSET, json.integer()?),
            CURRENT_VOTERS => once(&mut self.current_voters, CURRENT_VOTERS, voters(json)?),
            DATA_VERSION => once(&mut self.data_version, DATA_VERSION, json.integer()?),
            other => Err(BadElectionState::UnknownField(quoted(other))),
        }
    }

    fn into_state(self) -> Result<ElectionState, BadElectionState> {
        let version = match self.data_version {
            Some(0) => DataVersion::V0,
            Some(1) => DataVersion::V1,
            Some(other) => return Err(BadElectionState::DataVersion(other)),
            None => return Err(BadElectionState::Missing(DATA_VERSION)),
        };
        if version == DataVersion::V0 {
            needed(self.cluster_id, CLUSTER_ID)?;
            needed(self.applied_offset, APPLIED_OFFSET)?;
            needed(self.current_voters.as_ref(), CURRENT_VOTERS)?;
        } else {
            needed(self.voted_directory_id, VOTED_DIRECTORY_ID)?;
        }
        let epoch = needed(self.leader_epoch, LEADER_EPOCH)?;
        let epoch = i32::try_from(epoch).ok().and_then(LeaderEpoch::from_wire);
        let epoch = epoch.ok_or_else(|| bad_value(LEADER_EPOCH, &self.leader_epoch.unwrap_or_default().to_string()))?;
        let leader = node_or_none(needed(self.leader_id, LEADER_ID)?, LEADER_ID)?;
        let voted = node_or_none(needed(self.voted_id, VOTED_ID)?, VOTED_ID)?;
        let directory_id = self.voted_directory_id.filter(|it| *it != Uuid::ZERO);
        let voted = voted.map(|id| ReplicaKey { id, directory_id });
        Ok(ElectionState { epoch, leader, voted, voters: self.current_voters.unwrap_or_default() })
    }
}

fn once<T>(field: &mut Option<T>, name: &'static str, value: T) -> Result<(), BadElectionState> {
    match field.replace(value) {
        None => Ok(()),
        Some(_) => Err(BadElectionState::Repeated(name)),
    }
}

fn needed<T>(field: Option<T>, name: &'static str) -> Result<T, BadElectionState> {
    field.ok_or(BadElectionState::Missing(name))
}

/// A node's id; -1 is none.
fn node_or_none(id: i64, field: &'static str) -> Result<Option<NodeId>, BadElectionState> {
    if id == -1 { Ok(None) } else { node(id, field).map(Some) }
}

fn node(id: i64, field: &'static str) -> Result<NodeId, BadElectionState> {
    let node = i32::try_from(id).ok().and_then(NodeId::from_wire);
    node.ok_or_else(|| bad_value(field, &id.to_string()))
}

fn voters(json: &mut Json<'_>) -> Result<Vec<NodeId>, BadElectionState> {
    let mut voters = Vec::new();
    json.list(|json| {
        let mut id = None;
        json.object(|json, name| match name {
            VOTER_ID => once(&mut id, VOTER_ID, json.integer()?),
            other => Err(BadElectionState::UnknownField(quoted(other))),
        })?;
        voters.push(node(needed(id, VOTER_ID)?, VOTER_ID)?);
        Ok::<_, BadElectionState>(())
    })?;
    Ok(voters)
}

fn bad_value(field: &'static str, value: &str) -> BadElectionState {
    BadElectionState::Value { field, value: quoted(value) }
}

fn quoted(text: &str) -> String {
    text.chars().take(QUOTED_MOST).collect()
}

impl From<BadJson> for BadElectionState {
    fn from(why: BadJson) -> BadElectionState {
        BadElectionState::Json(why)
    }
}

impl fmt::Display for BadElectionState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BadElectionState::Json(why) => write!(f, "cannot be read as JSON, {why}"),
            BadElectionState::UnknownField(name) => write!(f, "has a field {name} that is unknown"),
            BadElectionState::Repeated(field) => write!(f, "has the field {field} twice"),
            BadElectionState::Missing(field) => write!(f, "has no field {field}"),
            BadElectionState::DataVersion(version) => {
                write!(f, "has data_version {version}, and this server reads 0 and 1")
            }
            BadElectionState::Value { field, value } => write!(f, "has {value} for {field}"),
        }
    }
}

impl core::error::Error for BadElectionState {}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The examples in Kafka's `FileQuorumStateStore`, as Kafka writes them.
    const V0: &str = concat!(
        r#"{"clusterId":"","leaderId":1,"leaderEpoch":2,"votedId":-1,"appliedOffset":0,"#,
        r#""currentVoters":[],"data_version":0}"#
    );
    const V1: &str = concat!(
        r#"{"leaderId":-1,"leaderEpoch":2,"votedId":1,"#,
        r#""votedDirectoryId":"J8aAPcfLQt2bqs1JT_rMgQ","data_version":1}"#
    );

    fn read(text: &str) -> Result<ElectionState, String> {
        ElectionState::parse(text).map_err(|why| why.to_string())
    }

    #[test]
    fn both_versions_are_read_and_written_as_kafka_writes_them() {
        let (epoch, none) = (LeaderEpoch(2), Vec::new());
        let elected = ElectionState { epoch, leader: Some(NodeId(1)), voted: None, voters: none.clone() };
        assert_eq!(read(V0), Ok(elected.clone()));
        assert_eq!(elected.render(DataVersion::V0), V0);
        let directory_id = Uuid::parse("J8aAPcfLQt2bqs1JT_rMgQ");
        let voted = Some(ReplicaKey { id: NodeId(1), directory_id });
        let voted = ElectionState { epoch, leader: None, voted, voters: none };
        assert_eq!(read(V1), Ok(voted.clone()));
        assert_eq!(voted.render(DataVersion::V1), V1);
    }

    #[test]
    fn static_voters_are_in_version_0_only() {
        let state = ElectionState {
            epoch: LeaderEpoch(0),
            leader: None,
            voted: Some(ReplicaKey { id: NodeId(3), directory_id: None }),
            voters: vec![NodeId(1), NodeId(3)],
        };
        let text = state.render(DataVersion::V0);
        assert!(
            text.contains(r#""votedId":3,"appliedOffset":0,"currentVoters":[{"voterId":1},{"voterId":3}]"#),
            "{text}"
        );
        assert_eq!(read(&text), Ok(state.clone()));
        let text = state.render(DataVersion::V1);
        assert!(text.contains(r#""votedDirectoryId":"AAAAAAAAAAAAAAAAAAAAAA""#), "{text}");
        assert_eq!(read(&text), Ok(ElectionState { voters: vec![], ..state }));
    }

    #[test]
    fn order_and_space_do_not_matter() {
        let text = "{ \"data_version\" : 1,\n \"votedDirectoryId\":\"AAAAAAAAAAAAAAAAAAAAAA\", \"votedId\":-1,\n\
                    \"leaderEpoch\":7,\"leaderId\":2 }\n";
        let state = ElectionState { epoch: LeaderEpoch(7), leader: Some(NodeId(2)), voted: None, voters: vec![] };
        assert_eq!(read(text), Ok(state));
    }

    #[test]
    fn what_is_wrong_with_a_text_is_named() {
        let refused = |text: &str| Err(text.to_owned());
        assert_eq!(read(""), refused("cannot be read as JSON, byte 0: an object is due"));
        assert_eq!(read(&V1[..40]), refused("cannot be read as JSON, byte 40: a colon is due"));
        assert_eq!(read(&format!("{V1}{V1}")), refused("cannot be read as JSON, byte 104: the end is due"));
        let changed = |from: &str, to: &str| read(&V1.replace(from, to));
        assert_eq!(changed("votedId", "voted"), refused("has a field voted that is unknown"));
        assert_eq!(changed("votedId", "leaderId"), refused("has the field leaderId twice"));
        assert_eq!(changed(r#""votedId":1,"#, ""), refused("has no field votedId"));
        assert_eq!(changed(r#","data_version":1"#, ""), refused("has no field data_version"));
        assert_eq!(changed(r#""data_version":1"#, r#""data_version":0"#), refused("has no field clusterId"));
        let version = "has data_version 2, and this server reads 0 and 1";
        assert_eq!(changed(r#""data_version":1"#, r#""data_version":2"#), refused(version));
        assert_eq!(changed(r#""leaderEpoch":2"#, r#""leaderEpoch":-1"#), refused("has -1 for leaderEpoch"));
        assert_eq!(changed(r#""leaderId":-1"#, r#""leaderId":-2"#), refused("has -2 for leaderId"));
        assert_eq!(changed(r#""votedId":1"#, r#""votedId":4294967296"#), refused("has 4294967296 for votedId"));
        assert_eq!(changed("J8aAPcfLQt2bqs1JT_rMgQ", "J8aA"), refused("has J8aA for votedDirectoryId"));
        let voters = |voters: &str| read(&V0.replace("[]", voters));
        assert_eq!(voters("[{}]"), refused("has no field voterId"));
        assert_eq!(voters(r#"[{"voterId":-1}]"#), refused("has -1 for voterId"));
        assert!(voters("null").is_err(), "a quorum of version 0 has voters");
    }

    proptest! {
        #![proptest_config(gracchus_cases::property(gracchus_cases::ORDINARY))]

        #[test]
        fn a_state_comes_back(
            epoch in 0..=i32::MAX,
            leader in proptest::option::of(0..=i32::MAX),
            voted in proptest::option::of((0..=i32::MAX, any::<[u8; 16]>())),
            voters in proptest::collection::vec(0..=i32::MAX, 0..6),
        ) {
            let of = |voted: Option<(i32, [u8; 16])>, with: bool| voted.map(|(id, directory)| ReplicaKey {
                id: NodeId(id),
                directory_id: Some(Uuid(directory)).filter(|it| with && *it != Uuid::ZERO),
            });
            let state = |with, voters: Vec<i32>| ElectionState {
                epoch: LeaderEpoch(epoch),
                leader: leader.map(NodeId),
                voted: of(voted, with),
                voters: voters.into_iter().map(NodeId).collect(),
            };
            let (static_quorum, dynamic_quorum) = (state(false, voters), state(true, vec![]));
            prop_assert_eq!(ElectionState::parse(&static_quorum.render(DataVersion::V0)), Ok(static_quorum));
            prop_assert_eq!(ElectionState::parse(&dynamic_quorum.render(DataVersion::V1)), Ok(dynamic_quorum));
        }

        #[test]
        fn no_text_makes_it_panic_or_take_much_memory(
            at in 0..V0.len(),
            cut in 0..V0.len(),
            lie in "\\PC{0,3}",
            garbage in "[{}\\[\\]:,\"0-9a-z_ -]{0,200}",
        ) {
            for text in [format!("{}{lie}{}", &V0[..at], &V0[at.max(cut)..]), format!("{V1}{garbage}"), garbage] {
                let used = allocation_counter::measure(|| drop(ElectionState::parse(&text))).bytes_max;
                prop_assert!(used <= 8 * text.len() as u64 + 1024, "{} bytes for {:?}", used, text);
            }
        }
    }
}
