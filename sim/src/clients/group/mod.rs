//! Members of consumer groups: the core's own group consumer with a user who polls, takes his time, commits, and whose
//! process leaves, dies, stands still and comes back.
//!
//! **Invariants**: what a user is told goes into the history, and so does every request to a coordinator; a process that
//! ended never comes back under its old life; a user is done with what a poll brought before he polls again.

mod admin;
mod admin_requests;
mod config;
mod lines;
mod news;
mod reader;
mod replay;
mod tap;
mod user;

pub use admin::GroupAdmin;
pub use config::{AssignorConfig, GroupConfig, GroupDrawing};
pub use reader::GroupReader;

use super::Target;
use super::wiring::{Dice, cluster, inward, outward};
use crate::actor::{Actor, ActorConn, ActorCx, ActorEvent};
use crate::history::{ClientEvent, ConsumerId, GroupAct, GroupEvent, GroupId, GroupQuestion, MemberLife};
use crate::note::Note;
use gracchus_core::client::{
    self, ConsumerConfig, GroupConsumer, GroupConsumerConfig, GroupNews, OffsetReset, Output, Versions,
};
use gracchus_core::types::{Instant, Now, Offset, TopicPartition};
use lines::Lines;
use replay::Replays;
use std::collections::VecDeque;
use std::sync::Arc;
use tap::Tap;
use user::User;

/// Seats of those that send copies of a member's commits are numbered from here.
const REPLAYS: u32 = 1 << 20;
/// A group's members, for consumers' ids, are numbered from here.
const CONSUMERS: u32 = 1 << 31;

/// What a member of a group is, whatever its life.
#[derive(Clone, Debug)]
pub struct Seat {
    /// Of which group.
    pub group: GroupId,
    /// The group's name.
    pub name: Arc<str>,
    /// Its place among all members of the workload.
    pub number: u32,
    /// `group.instance.id`, for a static member.
    pub instance: Option<Arc<str>>,
    /// Whether it is the second process of a static member, which comes now and then and takes the first one's place.
    pub is_understudy: bool,
    /// What the scenario says.
    pub config: GroupConfig,
    /// What the group drew.
    pub drawing: GroupDrawing,
    /// Where the brokers are.
    pub brokers: Vec<(Arc<str>, u16)>,
    /// The partitions of the topics that it subscribes to.
    pub targets: Arc<[Target]>,
}

/// One member of a group.
#[derive(Clone, Debug)]
pub struct GroupMember {
    seat: Seat,
    life: u32,
    client: Option<GroupConsumer>,
    raised: Vec<Output<GroupNews>>,
    user: User,
    tap: Tap,
    lines: Lines,
    replays: Replays,
    state: State,
    next_turn: Option<Instant>,
    /// The process stands still until then, and what arrives waits.
    still_until: Option<Instant>,
    held: VecDeque<ActorEvent>,
    is_settling: bool,
    /// What the present life drew: `max.poll.records`, and whether its client is an old one.
    records: u64,
    is_old: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    /// No process runs; another begins then, or never.
    Down(Option<Instant>),
    /// It takes part.
    Up,
    /// It leaves; another begins so many milliseconds later, or never.
    Closing(Option<u64>),
}

impl GroupMember {
    /// A member whose first process begins when the run does.
    #[must_use]
    pub fn new(seat: Seat) -> GroupMember {
        GroupMember {
            life: 0,
            client: None,
            raised: Vec::new(),
            user: User::new(seat.number, 0),
            tap: Tap::new(seat.number),
            lines: Lines::default(),
            replays: Replays::default(),
            state: State::Down(None),
            next_turn: None,
            still_until: None,
            held: VecDeque::new(),
            is_settling: false,
            records: 0,
            is_old: false,
            seat,
        }
    }

    /// Faults are over: it takes part, and nothing happens to it any more.
    pub fn settle(&mut self) {
        self.is_settling = true;
        self.replays.clear();
    }

    /// Leaves for good.
    pub fn retire(&mut self) {
        self.state = match (self.state, &self.client) {
            (State::Up | State::Closing(_), Some(_)) => State::Closing(None),
            _ => State::Down(None),
        };
    }

    /// Whether no process of it runs, and none will.
    #[must_use]
    pub fn is_gone(&self) -> bool {
        self.state == State::Down(None)
    }

    /// The partitions that its user owns.
    #[must_use]
    pub fn owned(&self) -> Vec<TopicPartition> {
        let owned = self.client.iter().flat_map(|client| client.assignment());
        owned.filter_map(|name| self.target(&name.topic, name.partition)).collect()
    }

    /// How far its user is in a partition that it owns.
    #[must_use]
    pub fn position(&self, partition: TopicPartition) -> Option<Offset> {
        let place = Target::place_of(&self.seat.targets, partition)?;
        self.client.as_ref()?.position(&self.seat.targets[place].topic, partition.partition)
    }

    /// How it is, for a reader.
    #[must_use]
    pub fn describe(&self) -> String {
        let membership = self.client.as_ref().and_then(GroupConsumer::membership);
        format!(
            "{} seat {} life {}: {:?}, in {membership:?}, owns {:?}, still until {:?}",
            self.seat.name,
            self.seat.number,
            self.life,
            self.state,
            self.client.as_ref().map(GroupConsumer::assignment).unwrap_or_default(),
            self.still_until,
        )
    }

    fn target(&self, topic: &str, number: i32) -> Option<TopicPartition> {
        Target::place_in(&self.seat.targets, topic, number).map(|at| self.seat.targets[at].id)
    }

    fn member(&self) -> MemberLife {
        MemberLife { seat: self.seat.number, life: self.life }
    }

    fn consumer_id(&self) -> ConsumerId {
        ConsumerId(CONSUMERS | self.seat.number << 16 | self.life)
    }

    fn note(&self, act: GroupAct, cx: &mut ActorCx<'_>) {
        let event = GroupEvent { group: self.seat.group, member: self.member(), act };
        cx.note(Note::Client(ClientEvent::Group(Box::new(event))));
    }

    fn note_replay(&self, act: Option<GroupAct>, cx: &mut ActorCx<'_>) {
        let Some(act) = act else { return };
        let member = MemberLife { seat: REPLAYS + self.seat.number, life: self.life };
        let event = GroupEvent { group: self.seat.group, member, act };
        cx.note(Note::Client(ClientEvent::Group(Box::new(event))));
    }

    /// Performs and notes what the client raised.
    fn tell(&mut self, now: Now, cx: &mut ActorCx<'_>) {
        // Its life may end among them.
        let life = self.life;
        for output in std::mem::take(&mut self.raised) {
            match output {
                Output::Dial { conn, host, port } => {
                    let conn = outward(life, conn);
                    self.tap.on_dial(conn, &host);
                    cx.dial(conn, host, port);
                }
                Output::Send { conn, parts } => {
                    let conn = outward(life, conn);
                    if let Some(act) = self.tap.on_sent(conn, &parts, &self.seat.targets) {
                        let is_commit = matches!(act, GroupAct::Asked(_, _, GroupQuestion::Commit(..)));
                        if is_commit && self.wants_replay(cx) {
                            self.replays.plan(&tap::joined(&parts), now.mono, cx.draws);
                        }
                        self.note(act, cx);
                    }
                    cx.send(conn, parts);
                }
                Output::Close { conn } => cx.close(outward(life, conn)),
                // Taken from `next_wake`, together with the actor's own.
                Output::WakeAt(_) => {}
                Output::News(news) => self.on_news(news, now, cx),
            }
        }
    }

    fn wants_replay(&self, cx: &mut ActorCx<'_>) -> bool {
        !self.is_settling && cx.draws.below(100) < u64::from(self.seat.config.replay_percent)
    }

    /// A whole event of the world, while the process does not stand still.
    fn take(&mut self, now: Now, event: ActorEvent, cx: &mut ActorCx<'_>) {
        match event {
            ActorEvent::Start => self.plan_start(now, cx),
            ActorEvent::Wake => self.on_wake(now, cx),
            ActorEvent::Dialed { conn } if self.lines.has(conn) => {
                let act = self.lines.on_dialed(conn, &mut self.tap, &self.seat.targets, cx);
                self.note_replay(act, cx);
            }
            ActorEvent::Received { conn, frame } if self.lines.has(conn) => {
                let act = self.lines.on_received(conn, &frame, &mut self.tap, &self.seat.targets, cx);
                self.note_replay(act, cx);
            }
            ActorEvent::DialFailed { conn, .. } | ActorEvent::Closed { conn } if self.lines.has(conn) => {
                self.lines.on_closed(conn, &mut self.tap);
            }
            ActorEvent::Received { conn, frame } => {
                if let Some(act) = self.tap.on_received(conn, &frame, &self.seat.targets) {
                    self.note(act, cx);
                }
                self.with_client(conn, cx, |client, conn, dice, out| client.on_frame(conn, frame, now, dice, out));
            }
            ActorEvent::Dialed { conn } => {
                self.with_client(conn, cx, |client, conn, dice, out| client.on_dialed(conn, now, dice, out));
            }
            ActorEvent::DialFailed { conn, .. } => {
                self.tap.on_closed(conn);
                self.with_client(conn, cx, |client, conn, dice, out| client.on_dial_failed(conn, now, dice, out));
            }
            ActorEvent::Closed { conn } => {
                self.tap.on_closed(conn);
                self.with_client(conn, cx, |client, conn, dice, out| client.on_closed(conn, now, dice, out));
            }
        }
        self.tell(now, cx);
    }

    fn with_client(
        &mut self,
        conn: ActorConn,
        cx: &mut ActorCx<'_>,
        call: impl FnOnce(&mut GroupConsumer, client::Conn, &mut Dice<'_>, &mut Vec<Output<GroupNews>>),
    ) {
        if let (Some(conn), Some(client)) = (inward(self.life, conn), &mut self.client) {
            call(client, conn, &mut Dice(cx.draws), &mut self.raised);
        }
    }

    fn on_wake(&mut self, now: Now, cx: &mut ActorCx<'_>) {
        if let Some(client) = &mut self.client {
            client.on_wake(now, &mut Dice(cx.draws), &mut self.raised);
        }
        while let Some(frame) = self.replays.take_due(now.mono) {
            self.lines.send_to_all(&frame, &self.seat.brokers, &mut self.tap, cx);
        }
    }

    fn client_config(&self) -> GroupConsumerConfig {
        let (seat, drawing) = (&self.seat, &self.seat.drawing);
        let client_id = format!("member-{}-{}", seat.number, self.life);
        let session = drawing.session_timeout_ms as i32;
        let mut cluster = cluster(&seat.brokers, client_id, 3_000);
        if self.is_old {
            cluster.versions = old_versions(cluster.versions, seat.instance.is_some());
        }
        let consumer = ConsumerConfig { cluster, reset: OffsetReset::Earliest, ..ConsumerConfig::default() };
        GroupConsumerConfig {
            consumer,
            group_id: seat.name.clone(),
            instance_id: seat.instance.clone(),
            assignors: vec![drawing.assignor],
            session_timeout_ms: session,
            heartbeat_interval_ms: i64::from(session / 5),
            max_poll_interval_ms: drawing.max_poll_interval_ms as i32,
            max_poll_records: self.records as usize,
            auto_commit: drawing.auto_commit,
            auto_commit_interval_ms: 700,
            api_timeout_ms: 4_000,
            close_timeout_ms: 2_000,
            ..GroupConsumerConfig::default()
        }
    }
}

/// The versions of an old client: static members came with KIP-345, in 2.3.
fn old_versions(newest: Versions, is_static: bool) -> Versions {
    let of = |dynamic, fixed| if is_static { fixed } else { dynamic };
    Versions {
        find_coordinator: 2,
        join_group: of(3, 5),
        sync_group: of(1, 3),
        heartbeat: of(1, 3),
        leave_group: 2,
        offset_commit: of(4, 7),
        offset_fetch: 4,
        ..newest
    }
}

impl Actor for GroupMember {
    fn handle(&mut self, now: Now, event: ActorEvent, cx: &mut ActorCx<'_>) {
        if self.still_until.is_some_and(|until| until > now.mono) && !self.is_settling {
            if !matches!(event, ActorEvent::Wake) {
                self.held.push_back(event);
            }
        } else {
            self.still_until = None;
            for held in std::mem::take(&mut self.held) {
                self.take(now, held, cx);
            }
            self.take(now, event, cx);
            self.live(now, cx);
        }
        if let Some(at) = self.next_wake(now.mono) {
            cx.wake_at(at);
        }
    }
}
