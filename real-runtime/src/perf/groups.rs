//! Many consumer groups at once: how long they take to form, and what keeping them alive costs.
//!
//! Each member is a connection of its own, as a consumer's is. Members join, are given an assignment, and heartbeat; they
//! read no records.

use super::result::percentile;
use crate::caller::{CallError, Caller};
use crate::host::set_up;
use bytes::{BufMut, Bytes};
use core::cell::RefCell;
use core::fmt;
use core::time::Duration;
use gracchus_core::client::{Conn, Connection};
use gracchus_core::types::{ErrorCode, Instant as Deadline};
use gracchus_core::wire::join_group::JoinGroupRequestProtocol;
use gracchus_core::wire::sync_group::SyncGroupRequestAssignment;
use gracchus_core::wire::{
    ApiVersionsRequest, FindCoordinatorRequest, HeartbeatRequest, JoinGroupRequest, JoinGroupResponse, Request,
    SyncGroupRequest,
};
use std::io;
use std::rc::Rc;
use std::time::Instant;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::{Notify, Semaphore};
use tokio::task::LocalSet;
use tokio::time::{sleep, timeout};

/// Versions that every broker of the last years has, and that know static members: JoinGroup, SyncGroup, Heartbeat.
const VERSIONS: (i16, i16, i16) = (5, 3, 3);

/// So many connections are made at a time: as many as Kafka lets wait (`socket.listen.backlog.size`), because those
/// beyond them are reset.
const DIALS: usize = 50;

/// Between two tries after an error that passes.
const PAUSE: Duration = Duration::from_millis(50);

/// A consumer's defaults (`session.timeout.ms`, `max.poll.interval.ms`), in milliseconds.
const SESSION_MS: i32 = 45_000;
const REBALANCE_MS: i32 = 300_000;

/// What to do.
#[derive(Clone, Debug)]
pub struct GroupsLoad {
    /// `HOST:PORT` of a lone broker, which is every group's coordinator.
    pub bootstrap: String,
    /// The topic that the members subscribe to.
    pub topic: String,
    /// How many groups.
    pub groups: usize,
    /// Members of each.
    pub members: usize,
    /// Between a member's heartbeats.
    pub heartbeat: Duration,
    /// How long the groups stay once they have formed.
    pub stay: Duration,
    /// How long they may take to form.
    pub patience: Duration,
}

/// How the groups formed: when each member had its last assignment, sorted.
#[derive(Clone, PartialEq, Debug)]
pub struct Formed(Vec<Duration>);

/// How the groups stayed.
#[derive(Clone, PartialEq, Debug)]
pub struct Stayed {
    /// How long.
    pub elapsed: Duration,
    /// Latencies of the heartbeats, sorted.
    pub heartbeats: Vec<Duration>,
    /// Members that had to join again.
    pub rejoined: usize,
}

/// Forms the groups, says so to `formed`, and keeps them for a while.
pub fn groups(load: &GroupsLoad, formed: impl FnOnce(&Formed)) -> Result<Stayed, CallError> {
    find_coordinators(load)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    LocalSet::new().block_on(&runtime, run(load, formed))
}

/// Asks until every group has a coordinator: the first question creates the topic of their offsets.
fn find_coordinators(load: &GroupsLoad) -> Result<(), CallError> {
    let mut caller = Caller::<()>::connect(&load.bootstrap)?;
    let names: Vec<_> = (0..load.groups).map(|number| name(number).into()).collect();
    let began = Instant::now();
    loop {
        let body = FindCoordinatorRequest { coordinator_keys: names.clone(), ..FindCoordinatorRequest::default() };
        let answer = caller.call(&body)?;
        match answer.coordinators.iter().find(|it| it.error_code != 0) {
            None => return Ok(()),
            Some(refused) if began.elapsed() > load.patience => return Err(CallError::Code(refused.error_code)),
            Some(_) => std::thread::sleep(PAUSE),
        }
    }
}

fn name(number: usize) -> String {
    format!("perf-{number}")
}

/// What all members share.
struct Shared {
    load: GroupsLoad,
    began: Instant,
    seen: RefCell<Seen>,
    changed: Notify,
    dials: Semaphore,
}

#[derive(Default)]
struct Seen {
    /// By group: the members of its last generation, as its leader counted them, and how many of them have synced.
    groups: Vec<Group>,
    assigned: Vec<Duration>,
    heartbeats: Vec<Duration>,
    rejoined: usize,
    failure: Option<CallError>,
}

#[derive(Clone, Copy, Default)]
struct Group {
    generation: i32,
    members: usize,
    synced: usize,
}

impl Seen {
    /// The counts of a group's generation, which begin with the first member that is in it; none where a later
    /// generation has begun.
    fn group(&mut self, number: usize, generation: i32) -> Option<&mut Group> {
        let group = &mut self.groups[number];
        if generation > group.generation {
            *group = Group { generation, ..Group::default() };
        }
        (group.generation == generation).then_some(group)
    }

    fn have_formed(&self, members: usize) -> bool {
        self.groups.iter().all(|group| group.members == members && group.synced >= members)
    }
}

async fn run(load: &GroupsLoad, formed: impl FnOnce(&Formed)) -> Result<Stayed, CallError> {
    let all = load.groups * load.members;
    let seen =
        Seen { groups: vec![Group::default(); load.groups], assigned: vec![Duration::ZERO; all], ..Seen::default() };
    let shared = Rc::new(Shared {
        load: load.clone(),
        began: Instant::now(),
        seen: RefCell::new(seen),
        changed: Notify::new(),
        dials: Semaphore::new(DIALS),
    });
    for number in 0..all {
        let shared = shared.clone();
        tokio::task::spawn_local(async move {
            if let Err(why) = be_member(&shared, number).await {
                shared.seen.borrow_mut().failure = Some(why);
                shared.changed.notify_one();
            }
        });
    }
    shared.until_formed().await?;
    let mut assigned = shared.seen.borrow().assigned.clone();
    assigned.sort_unstable();
    formed(&Formed(assigned));
    let began = Instant::now();
    {
        let mut seen = shared.seen.borrow_mut();
        seen.heartbeats.clear();
        seen.rejoined = 0;
    }
    sleep(load.stay).await;
    let mut seen = shared.seen.borrow_mut();
    if let Some(why) = seen.failure.take() {
        return Err(why);
    }
    let mut heartbeats = core::mem::take(&mut seen.heartbeats);
    heartbeats.sort_unstable();
    Ok(Stayed { elapsed: began.elapsed(), heartbeats, rejoined: seen.rejoined })
}

impl Shared {
    async fn until_formed(&self) -> Result<(), CallError> {
        let late = || io::Error::new(io::ErrorKind::TimedOut, "the groups have not formed in time");
        loop {
            {
                let mut seen = self.seen.borrow_mut();
                if let Some(why) = seen.failure.take() {
                    return Err(why);
                }
                if seen.have_formed(self.load.members) {
                    return Ok(());
                }
            }
            let left = self.load.patience.checked_sub(self.began.elapsed()).ok_or_else(late)?;
            timeout(left, self.changed.notified()).await.map_err(|_| late())?;
        }
    }
}

/// One member's life.
async fn be_member(shared: &Shared, number: usize) -> Result<(), CallError> {
    let dial = shared.dials.acquire().await;
    let stream = TcpStream::connect(shared.load.bootstrap.as_str()).await?;
    set_up(&stream)?;
    let connection = Connection::new(Conn(0), format!("perf-{number}").into());
    let group = number % shared.load.groups;
    let mut member = Member { shared, number, group, stream, connection, id: String::new(), generation: -1 };
    // A client asks for the versions first. The answer says that the broker has accepted the connection.
    member.call(&ApiVersionsRequest::default(), 0).await?;
    drop(dial);
    member.join().await?;
    loop {
        sleep(shared.load.heartbeat).await;
        if !member.heartbeat().await? {
            shared.seen.borrow_mut().rejoined += 1;
            member.join().await?;
        }
    }
}

struct Member<'a> {
    shared: &'a Shared,
    number: usize,
    group: usize,
    stream: TcpStream,
    connection: Connection<()>,
    /// Empty until the coordinator names the member.
    id: String,
    generation: i32,
}

impl Member<'_> {
    /// Joins until the member has an assignment.
    async fn join(&mut self) -> Result<(), CallError> {
        loop {
            let answer = self.call(&self.join_request(), VERSIONS.0).await?;
            match ErrorCode::from_wire(answer.error_code) {
                ErrorCode::None => {}
                ErrorCode::MemberIdRequired => {
                    self.id = answer.member_id.to_string();
                    continue;
                }
                other => {
                    self.wait_out(other).await?;
                    continue;
                }
            }
            self.id = answer.member_id.to_string();
            self.generation = answer.generation_id;
            let is_leader = answer.leader == answer.member_id;
            if let Some(group) = self.shared.seen.borrow_mut().group(self.group, self.generation)
                && is_leader
            {
                group.members = answer.members.len();
            }
            if self.sync(if is_leader { self.assignments(&answer) } else { Vec::new() }).await? {
                return Ok(());
            }
        }
    }

    /// Whether the member is given its assignment; otherwise it has to join again.
    async fn sync(&mut self, assignments: Vec<SyncGroupRequestAssignment>) -> Result<bool, CallError> {
        let body = SyncGroupRequest {
            group_id: name(self.group).into(),
            generation_id: self.generation,
            member_id: self.id.as_str().into(),
            assignments,
            ..SyncGroupRequest::default()
        };
        let answer = self.call(&body, VERSIONS.1).await?;
        match ErrorCode::from_wire(answer.error_code) {
            ErrorCode::None => {
                let mut seen = self.shared.seen.borrow_mut();
                seen.assigned[self.number] = self.shared.began.elapsed();
                if let Some(group) = seen.group(self.group, self.generation) {
                    group.synced += 1;
                }
                self.shared.changed.notify_one();
                Ok(true)
            }
            other => self.wait_out(other).await.map(|()| false),
        }
    }

    /// Whether the member is still in its generation.
    async fn heartbeat(&mut self) -> Result<bool, CallError> {
        let body = HeartbeatRequest {
            group_id: name(self.group).into(),
            generation_id: self.generation,
            member_id: self.id.as_str().into(),
            group_instance_id: None,
        };
        let began = Instant::now();
        let answer = self.call(&body, VERSIONS.2).await?;
        match ErrorCode::from_wire(answer.error_code) {
            ErrorCode::None => {
                self.shared.seen.borrow_mut().heartbeats.push(began.elapsed());
                Ok(true)
            }
            ErrorCode::RebalanceInProgress => Ok(false),
            other => self.wait_out(other).await.map(|()| false),
        }
    }

    /// Waits a little after an error that passes; the member's name goes with some.
    async fn wait_out(&mut self, error: ErrorCode) -> Result<(), CallError> {
        match error {
            ErrorCode::UnknownMemberId => self.id.clear(),
            ErrorCode::RebalanceInProgress | ErrorCode::IllegalGeneration => {}
            ErrorCode::CoordinatorLoadInProgress | ErrorCode::NotCoordinator | ErrorCode::CoordinatorNotAvailable => {
                sleep(PAUSE).await;
            }
            other => return Err(CallError::Code(other.to_wire())),
        }
        Ok(())
    }

    fn join_request(&self) -> JoinGroupRequest {
        let mut subscription = vec![0, 0, 0, 0, 0, 1];
        put_string(&mut subscription, &self.shared.load.topic);
        subscription.put_i32(-1);
        JoinGroupRequest {
            group_id: name(self.group).into(),
            session_timeout_ms: SESSION_MS,
            rebalance_timeout_ms: REBALANCE_MS,
            member_id: self.id.as_str().into(),
            protocol_type: "consumer".into(),
            protocols: vec![JoinGroupRequestProtocol { name: "range".into(), metadata: subscription.into() }],
            ..JoinGroupRequest::default()
        }
    }

    /// Partition 0, 1, 2, ... for one member after the other.
    fn assignments(&self, answer: &JoinGroupResponse) -> Vec<SyncGroupRequestAssignment> {
        let given = answer.members.iter().zip(0..).map(|(member, partition)| {
            let mut assignment = vec![0, 0, 0, 0, 0, 1];
            put_string(&mut assignment, &self.shared.load.topic);
            assignment.put_i32(1);
            assignment.put_i32(partition);
            assignment.put_i32(-1);
            SyncGroupRequestAssignment { member_id: member.member_id.clone(), assignment: assignment.into() }
        });
        given.collect()
    }

    async fn call<R: Request>(&mut self, body: &R, version: i16) -> Result<R::Response, CallError> {
        let invalid = || io::Error::from(io::ErrorKind::InvalidData);
        let parts = self.connection.request(body, version, Deadline(u64::MAX), ());
        self.stream.write_all(&parts.concat()).await?;
        let len = usize::try_from(self.stream.read_i32().await?).map_err(|_| invalid())?;
        let mut frame = vec![0; len];
        self.stream.read_exact(&mut frame).await?;
        let answered = self.connection.on_frame(Bytes::from(frame)).ok_or_else(invalid)?;
        answered.read().map_err(CallError::Decode)
    }
}

fn put_string(into: &mut Vec<u8>, text: &str) {
    into.put_i16(i16::try_from(text.len()).expect("a topic's name has no more than 249 bytes"));
    into.put_slice(text.as_bytes());
}

impl Formed {
    /// For programs: one object on one line, in microseconds.
    #[must_use]
    pub fn to_json(&self) -> String {
        let at = |percent| percentile(&self.0, percent).as_micros();
        format!("{{\"members\":{},\"p50_us\":{},\"last_us\":{}}}", self.0.len(), at(50), at(100))
    }
}

impl fmt::Display for Formed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = |percent| percentile(&self.0, percent).as_secs_f64();
        write!(f, "{} members are assigned: half after {:.2} s, the last after {:.2} s", self.0.len(), at(50), at(100))
    }
}

impl Stayed {
    /// For programs: one object on one line.
    #[must_use]
    pub fn to_json(&self) -> String {
        let at = |percent| percentile(&self.heartbeats, percent).as_micros();
        format!(
            "{{\"elapsed_us\":{},\"heartbeats\":{},\"rejoined\":{},\"p50_us\":{},\"p99_us\":{}}}",
            self.elapsed.as_micros(),
            self.heartbeats.len(),
            self.rejoined,
            at(50),
            at(99)
        )
    }
}

impl fmt::Display for Stayed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = |percent| percentile(&self.heartbeats, percent).as_secs_f64() * 1e3;
        write!(
            f,
            "{} heartbeats in {:.1} s, {} members joined again; latency p50 {:.2} ms, p99 {:.2} ms",
            self.heartbeats.len(),
            self.elapsed.as_secs_f64(),
            self.rejoined,
            at(50),
            at(99)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_has_formed_when_all_its_members_synced_in_one_generation() {
        let mut seen = Seen { groups: vec![Group::default()], ..Seen::default() };
        assert!(!seen.have_formed(2));
        *seen.group(0, 1).unwrap() = Group { generation: 1, members: 1, synced: 1 };
        assert!(!seen.have_formed(2), "one member of two is there");
        seen.group(0, 2).unwrap().members = 2;
        seen.group(0, 2).unwrap().synced = 1;
        assert!(!seen.have_formed(2), "one of two has synced");
        assert!(seen.group(0, 1).is_none(), "a member that is late in its old generation counts for nothing");
        seen.group(0, 2).unwrap().synced = 2;
        assert!(seen.have_formed(2));
    }

    #[test]
    fn programs_read_one_object_each() {
        let times: Vec<Duration> = (1..=4).map(Duration::from_micros).collect();
        assert_eq!(Formed(times.clone()).to_json(), r#"{"members":4,"p50_us":2,"last_us":4}"#);
        let stayed = Stayed { elapsed: Duration::from_micros(9), heartbeats: times, rejoined: 1 };
        assert_eq!(stayed.to_json(), r#"{"elapsed_us":9,"heartbeats":4,"rejoined":1,"p50_us":2,"p99_us":4}"#);
    }
}
