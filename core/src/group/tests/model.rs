//! Runs random operations of members, tools and faults, and checks the coordinator against a model.
//!
//! After every step:
//! - G3: the state is the fold of the log.
//! - G1: generations grow, and a Stable group is what its last record says ([`Stand::check`]).
//! - A commit is accepted exactly if its sender may commit.
//! - Success is answered only for what is committed.
//! - No question is answered twice.
//!
//! At the end, every question is answered before the coordinator resigns.

use super::asks::{commit_of, error, fetch_of, sync_of};
use super::stand::{Stand, config, join_of, protocol};
use crate::group::state::Groups;
use crate::group::{GroupAnswer, GroupAsk, GroupConfig, GroupState, RemovedTopic};
use crate::io::Site;
use crate::types::{ErrorCode, Offset, TopicId, Uuid};
use crate::wire::leave_group::MemberIdentity;
use crate::wire::{HeartbeatRequest, LeaveGroupRequest};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Clone, Debug)]
pub enum Op {
    Join {
        client: u8,
        changes: bool,
    },
    /// All clients of a group join and sync, so that they become its members.
    Settle {
        group: u8,
    },
    /// The leader sends assignments. With `forgets`, it leaves the other members out.
    Sync {
        client: u8,
        forgets: bool,
    },
    Heartbeat {
        client: u8,
    },
    Leave {
        client: u8,
        by_instance: bool,
    },
    /// A commit in a generation that is `behind` less than the client's own.
    Commit {
        client: u8,
        topic: u8,
        behind: u8,
    },
    CommitOfTool {
        group: u8,
        topic: u8,
    },
    Fetch {
        group: u8,
        topic: u8,
        stable: bool,
    },
    Describe {
        group: u8,
    },
    DeleteOffsets {
        group: u8,
        topic: u8,
    },
    Delete {
        group: u8,
    },
    RemoveTopic {
        topic: u8,
    },
    Pass {
        ms: u16,
    },
    /// Time passes, and all clients send heartbeats every five seconds.
    PassAlive {
        heartbeats: u8,
    },
    /// The high watermark advances over this many batches.
    Advance {
        batches: u8,
    },
    Commits {
        at_once: bool,
    },
    Refuse {
        error: u8,
    },
    /// Another leadership begins, perhaps with a lower limit of members.
    Restart {
        loses_tail: bool,
        max_size: u8,
    },
}

const GROUPS: [&str; 2] = ["a", "b"];
const TOPICS: [&str; 3] = ["t", "u", "v"];

/// Each client's group, instance id and JoinGroup version. Two clients have the same instance id.
const CLIENTS: [(usize, Option<&str>, i16); 7] =
    [(0, None, 9), (0, None, 9), (0, None, 3), (0, Some("i"), 9), (0, Some("i"), 5), (1, Some("j"), 9), (1, None, 9)];

pub fn op() -> impl Strategy<Value = Op> {
    let client = || 0..CLIENTS.len() as u8;
    let group = || 0..GROUPS.len() as u8;
    let topic = || 0..TOPICS.len() as u8;
    prop_oneof![
        10 => (client(), prop::bool::weighted(0.2)).prop_map(|(client, changes)| Op::Join { client, changes }),
        10 => (client(), prop::bool::weighted(0.2)).prop_map(|(client, forgets)| Op::Sync { client, forgets }),
        3 => group().prop_map(|group| Op::Settle { group }),
        5 => client().prop_map(|client| Op::Heartbeat { client }),
        2 => (client(), any::<bool>()).prop_map(|(client, by_instance)| Op::Leave { client, by_instance }),
        6 => (client(), topic(), prop_oneof![3 => Just(0_u8), 1 => 1..3_u8])
            .prop_map(|(client, topic, behind)| Op::Commit { client, topic, behind }),
        2 => (group(), topic()).prop_map(|(group, topic)| Op::CommitOfTool { group, topic }),
        2 => (group(), topic(), any::<bool>()).prop_map(|(group, topic, stable)| Op::Fetch { group, topic, stable }),
        1 => group().prop_map(|group| Op::Describe { group }),
        1 => (group(), topic()).prop_map(|(group, topic)| Op::DeleteOffsets { group, topic }),
        1 => group().prop_map(|group| Op::Delete { group }),
        1 => topic().prop_map(|topic| Op::RemoveTopic { topic }),
        8 => prop_oneof![0..500_u16, 3_000..7_000_u16, 9_000..62_000_u16].prop_map(|ms| Op::Pass { ms }),
        2 => (1..8_u8).prop_map(|heartbeats| Op::PassAlive { heartbeats }),
        4 => (1..5_u8).prop_map(|batches| Op::Advance { batches }),
        2 => any::<bool>().prop_map(|at_once| Op::Commits { at_once }),
        2 => (0..5_u8).prop_map(|error| Op::Refuse { error }),
        2 => (any::<bool>(), prop_oneof![3 => Just(4_u8), 1 => Just(1)])
            .prop_map(|(loses_tail, max_size)| Op::Restart { loses_tail, max_size }),
    ]
}

/// What a client has learned from its answers.
#[derive(Clone, Default)]
struct Client {
    member: String,
    generation: i32,
    leads: Vec<String>,
}

/// What the model keeps of a question until it is answered.
#[derive(Clone)]
enum Asked {
    Join { client: usize },
    Sync { client: usize, generation: i32 },
    Commit { end: Offset },
    Fetch { expected: i64, end: Offset },
    Other,
}

pub struct World {
    pub stand: Stand,
    clients: [Client; CLIENTS.len()],
    asked: BTreeMap<u64, Asked>,
    /// The last generation of each group that exists.
    generations: BTreeMap<&'static str, i32>,
    offset: i64,
}

impl World {
    pub fn new() -> World {
        // Offsets expire after six minutes, so that some do within a test.
        let config = GroupConfig {
            max_size: 4,
            offsets_retention_minutes: 6,
            offsets_retention_check_interval_ms: 60_000,
            ..config()
        };
        World {
            stand: Stand::with(config),
            clients: Default::default(),
            asked: BTreeMap::new(),
            generations: BTreeMap::new(),
            offset: 0,
        }
    }

    pub fn run(&mut self, op: &Op) {
        match *op {
            Op::Join { client, changes } => self.join(client.into(), changes),
            Op::Settle { group } => self.settle(group.into()),
            Op::Sync { client, forgets } => self.sync(client.into(), forgets),
            Op::Heartbeat { client } => self.heartbeat(client.into()),
            Op::Leave { client, by_instance } => self.leave(client.into(), by_instance),
            Op::Commit { client, topic, behind } => self.commit(client.into(), topic.into(), behind),
            Op::CommitOfTool { group, topic } => self.commit_of_tool(group.into(), topic.into()),
            Op::Fetch { group, topic, stable } => self.fetch(group.into(), topic.into(), stable),
            Op::Describe { group } => {
                let ask = GroupAsk::Describe { group: GROUPS[usize::from(group)].into(), version: 6 };
                self.ask(ask, Asked::Other);
            }
            Op::DeleteOffsets { group, topic } => {
                let ask = Stand::delete_offsets_of(GROUPS[usize::from(group)], TOPICS[usize::from(topic)]);
                self.ask(ask, Asked::Other);
            }
            Op::Delete { group } => {
                self.ask(GroupAsk::Delete { group: GROUPS[usize::from(group)].into() }, Asked::Other);
            }
            Op::RemoveTopic { topic } => {
                let name = TOPICS[usize::from(topic)].into();
                self.stand.remove_topics(&[RemovedTopic { name, id: TopicId(Uuid::ZERO) }]);
            }
            Op::Pass { ms } => self.stand.pass_ms(ms.into()),
            Op::PassAlive { heartbeats } => {
                for _ in 0..heartbeats {
                    (0..CLIENTS.len()).for_each(|client| self.heartbeat(client));
                    self.stand.pass_ms(5_000);
                }
            }
            Op::Advance { batches } => self.advance(batches.into()),
            Op::Commits { at_once } => self.stand.commits = at_once,
            Op::Refuse { error } => self.stand.log.refuses = refusal(error),
            Op::Restart { loses_tail, max_size } => {
                if loses_tail {
                    self.stand.log.truncate(self.stand.high_watermark);
                }
                self.stand.config = GroupConfig { max_size: max_size.into(), ..(*self.stand.config).clone() }.into();
                self.stand.restart();
                self.generations.clear();
            }
        }
        self.hear();
        self.check();
    }

    fn ask(&mut self, ask: GroupAsk, asked: Asked) -> u64 {
        let id = self.stand.ask(ask);
        self.asked.insert(id, asked);
        id
    }

    fn join(&mut self, at: usize, changes: bool) {
        let (group, instance, version) = CLIENTS[at];
        let mut ask = join_of(GROUPS[group], &self.clients[at].member, instance);
        ask.version = version;
        if changes {
            ask.request.protocols = vec![protocol("sticky", &["u"]), protocol("range", &["t", "u"])];
        }
        ask.request.rebalance_timeout_ms = 20_000;
        self.ask(GroupAsk::Join(ask), Asked::Join { client: at });
    }

    fn settle(&mut self, group: usize) {
        let clients: Vec<usize> = (0..CLIENTS.len()).filter(|at| CLIENTS[*at].0 == group).collect();
        for at in &clients {
            self.join(*at, false);
            self.hear();
            if self.clients[*at].generation == 0 && !self.clients[*at].member.is_empty() {
                self.join(*at, false);
            }
        }
        self.stand.pass_ms(6_000);
        self.hear();
        for at in clients {
            self.sync(at, false);
        }
    }

    fn sync(&mut self, at: usize, forgets: bool) {
        let (group, instance, _) = CLIENTS[at];
        let client = self.clients[at].clone();
        let led = client.leads.iter().filter(|id| !forgets || **id == client.member);
        let assignments: Vec<(&str, &str)> = led.map(|id| (id.as_str(), id.as_str())).collect();
        let mut request = sync_of(GROUPS[group], &client.member, client.generation, &assignments);
        request.group_instance_id = instance.map(Into::into);
        self.ask(GroupAsk::Sync(request), Asked::Sync { client: at, generation: client.generation });
    }

    fn heartbeat(&mut self, at: usize) {
        let (group, instance, _) = CLIENTS[at];
        let request = HeartbeatRequest {
            group_id: GROUPS[group].into(),
            generation_id: self.clients[at].generation,
            member_id: self.clients[at].member.as_str().into(),
            group_instance_id: instance.map(Into::into),
        };
        self.ask(GroupAsk::Heartbeat(request), Asked::Other);
    }

    fn leave(&mut self, at: usize, by_instance: bool) {
        let (group, instance, _) = CLIENTS[at];
        let member_id = if by_instance { "" } else { &self.clients[at].member };
        let member = MemberIdentity {
            member_id: member_id.into(),
            group_instance_id: instance.map(Into::into),
            ..MemberIdentity::default()
        };
        let request =
            LeaveGroupRequest { group_id: GROUPS[group].into(), members: vec![member], ..LeaveGroupRequest::default() };
        self.ask(GroupAsk::Leave { request, version: 5 }, Asked::Other);
    }

    fn commit(&mut self, at: usize, topic: usize, behind: u8) {
        let (group, instance, _) = CLIENTS[at];
        let client = self.clients[at].clone();
        let generation = (client.generation - i32::from(behind)).max(0);
        let may_commit = self.may_commit(GROUPS[group], &client.member, instance, generation);
        self.offset += 1;
        let mut request = commit_of(GROUPS[group], &client.member, generation, TOPICS[topic], self.offset);
        request.group_instance_id = instance.map(Into::into);
        self.ask_commit(GroupAsk::CommitOffsets { request, version: 9 }, may_commit);
    }

    fn commit_of_tool(&mut self, group: usize, topic: usize) {
        let state = self.stand.state_of(GROUPS[group]);
        self.offset += 1;
        let request = commit_of(GROUPS[group], "", -1, TOPICS[topic], self.offset);
        let may_commit = matches!(state, None | Some(GroupState::Empty));
        self.ask_commit(GroupAsk::CommitOffsets { request, version: 9 }, may_commit);
    }

    /// Asks a commit, and checks that it is appended exactly if its sender may commit and the log accepts it.
    fn ask_commit(&mut self, ask: GroupAsk, may_commit: bool) {
        let takes = self.stand.coordinator.is_active() && self.stand.log.refuses.is_none();
        let before = self.stand.log.end();
        let id = self.ask(ask, Asked::Commit { end: before });
        let end = self.stand.log.end();
        assert_eq!(end > before, may_commit && takes, "a commit is taken exactly if its sender may commit");
        self.asked.insert(id, Asked::Commit { end });
    }

    /// Whether a commit comes from a member of the current generation that has its assignment.
    fn may_commit(&self, group: &str, member: &str, instance: Option<&str>, generation: i32) -> bool {
        let Some(live) = self.stand.coordinator.state().1.get(group) else { return false };
        let members = live.describe().members;
        let is_member = members
            .iter()
            .any(|it| &*it.member_id == member && (instance.is_none() || it.group_instance_id.as_deref() == instance));
        let is_assigned = matches!(live.state(), GroupState::Stable | GroupState::PreparingRebalance);
        is_member && is_assigned && live.generation() == generation
    }

    fn fetch(&mut self, group: usize, topic: usize, stable: bool) {
        let log = &self.stand.log;
        let end = if stable { log.end() } else { self.stand.high_watermark };
        let state = log.fold(end);
        let committed = state.get(GROUPS[group]).and_then(|it| it.offset(TOPICS[topic], 0));
        let expected = committed.map_or(-1, |it| it.offset);
        let request = fetch_of(GROUPS[group], Some(&[TOPICS[topic]]));
        self.ask(GroupAsk::FetchOffsets { request, require_stable: stable }, Asked::Fetch { expected, end });
    }

    fn advance(&mut self, batches: usize) {
        let ends = self.stand.log.batches.iter().map(|(base, records, _)| base.plus(records.len() as i64));
        let to = ends.filter(|end| *end > self.stand.high_watermark).take(batches).last();
        if let Some(to) = to {
            self.stand.commit(to);
        }
    }

    /// Passes the answers to the clients, and checks them.
    fn hear(&mut self) {
        for (id, answer) in self.stand.answers() {
            let (high_watermark, committed) = self.stand.seen(id);
            let asked = self.asked.remove(&id).expect("whoever is answered has asked");
            match (asked, answer) {
                (Asked::Join { client }, GroupAnswer::Join(answer)) => match error(answer.error_code) {
                    ErrorCode::MemberIdRequired => self.clients[client].member = answer.member_id.to_string(),
                    ErrorCode::None => {
                        let leads = answer.members.iter().map(|it| it.member_id.to_string()).collect();
                        let leads = if answer.skip_assignment { Vec::new() } else { leads };
                        let member = answer.member_id.to_string();
                        self.clients[client] = Client { member, generation: answer.generation_id, leads };
                    }
                    ErrorCode::UnknownMemberId | ErrorCode::FencedInstanceId => {
                        self.clients[client] = Client::default();
                    }
                    _ => {}
                },
                (Asked::Sync { client, generation }, GroupAnswer::Sync(answer)) => {
                    if error(answer.error_code) == ErrorCode::None {
                        self.hear_assignment(client, generation, &answer.assignment, &committed);
                    }
                }
                (Asked::Commit { end }, answer @ GroupAnswer::CommitOffsets(_)) => {
                    if is_success(&answer) {
                        assert!(high_watermark >= end, "success is told of what is committed");
                    }
                }
                (Asked::Fetch { expected, end }, GroupAnswer::FetchOffsets(answer)) => {
                    if error(answer.error_code) == ErrorCode::None {
                        let dead = expected >= 0 && answer.topics[0].partitions[0].committed_offset == -1;
                        assert!(!dead || self.stand.state_of(&answer.group_id) == Some(GroupState::Dead));
                        assert!(dead || answer.topics[0].partitions[0].committed_offset == expected);
                        assert!(high_watermark >= end, "an offset is shown when it is committed");
                    }
                }
                (Asked::Other, _) => {}
                (_, answer) => panic!("an answer of another kind: {answer:?}"),
            }
        }
    }

    /// Checks that an assignment is that of the group's record, and that the record is committed.
    fn hear_assignment(&self, client: usize, generation: i32, assignment: &[u8], committed: &Groups) {
        let group = committed.get(GROUPS[CLIENTS[client].0]).and_then(|it| it.metadata.as_ref());
        let group = group.expect("a group whose members are assigned has a committed record");
        assert_eq!(group.generation, generation);
        let member = group.members.iter().find(|it| *it.member_id == self.clients[client].member);
        // The client may have got another member id in the meantime.
        if let Some(member) = member {
            assert_eq!(member.assignment, assignment);
        }
    }

    fn check(&mut self) {
        self.stand.check();
        for group in GROUPS {
            match self.stand.generation_of(group) {
                Some(generation) => {
                    let before = self.generations.insert(group, generation);
                    assert!(before.is_none_or(|before| before <= generation), "G1: generations grow");
                }
                None => drop(self.generations.remove(group)),
            }
        }
        assert_eq!(self.asked.len(), self.stand.unanswered().len(), "what is not answered is still known");
    }

    /// Ends all faults, and checks that every question is then answered.
    pub fn heal(&mut self) {
        self.stand.log.refuses = None;
        self.stand.commits = true;
        self.stand.commit_all();
        self.stand.pass_ms(11 * 60 * 1000);
        self.hear();
        self.check();
        assert!(self.asked.is_empty(), "{} questions are left", self.asked.len());
    }
}

fn refusal(error: u8) -> Option<ErrorCode> {
    match error {
        0 => Some(ErrorCode::NotEnoughReplicas),
        1 => Some(ErrorCode::KafkaStorageError),
        _ => None,
    }
}

fn is_success(answer: &GroupAnswer) -> bool {
    let GroupAnswer::CommitOffsets(answer) = answer else { return false };
    answer.topics.iter().flat_map(|topic| &topic.partitions).all(|it| it.error_code == 0)
}

proptest! {
    #[test]
    fn whatever_members_and_faults_do(ops in proptest::collection::vec(op(), 0..120)) {
        let mut world = World::new();
        ops.iter().for_each(|op| world.run(op));
        world.heal();
        world.stand.restart_unloaded();
    }
}

/// Checks that the model reaches every rare state at least once. Otherwise it would test nothing there.
#[test]
fn all_states_worth_reaching_are_reached() {
    let mut runner = TestRunner::deterministic();
    let ops = proptest::collection::vec(op(), 60..120);
    let mut reached = BTreeSet::new();
    for _ in 0..300 {
        let ops = ops.new_tree(&mut runner).expect("operations can be drawn").current();
        let mut world = World::new();
        ops.iter().for_each(|op| world.run(op));
        reached.append(&mut world.stand.probes.reached);
    }
    let of_groups = Site::ALL.iter().filter(|site| site.name().starts_with("group.") && **site != Site::GroupMemberId);
    let missed: Vec<_> = of_groups.filter(|site| !reached.contains(site)).collect();
    assert!(missed.is_empty(), "never reached: {missed:?}");
}
