//! How a replica changes its role, as the controller decides or a failure demands.

use super::follower::{Follower, Next};
use super::leader::Leader;
use super::loaded::{Cx, Failure, Replica};
use super::opening::LoadingReplica;
use super::partition::{Partition, State};
use super::role::{Role, may_turn_into};
use super::{Assignment, Output};
use crate::io::{Env, FileError, OfflineCause, TraceEvent, TraceKind};
use crate::log::note_doubt;
use crate::types::ErrorCode;

impl Partition {
    /// Takes the role that the newest assignment demands, if the log is loaded. Then handles again the produce requests
    /// that came while the log was being loaded.
    pub(super) fn take_role(&mut self, env: &mut Env<'_>, out: &mut Vec<Output>) {
        self.act_on_assignment(env, out);
        self.put_early_again(env, out);
    }

    fn act_on_assignment(&mut self, env: &mut Env<'_>, out: &mut Vec<Output>) {
        let Some(assignment) = self.assignment.clone() else {
            return;
        };
        let leads = assignment.leader == Some(self.me);
        match &mut self.state {
            State::Leader(replica, leader) if leads && leader.epoch == assignment.leader_epoch => {
                leader.on_reassigned(&assignment, &mut Cx { replica, env, out });
            }
            State::Follower(_, follower)
                if follower.leader == assignment.leader && follower.epoch == assignment.leader_epoch => {}
            State::Unassigned(_) | State::Leader(..) | State::Follower(..) if leads => self.lead(&assignment, env, out),
            State::Unassigned(_) | State::Leader(..) | State::Follower(..) => self.follow(&assignment, env, out),
            _ => {}
        }
    }

    fn lead(&mut self, assignment: &Assignment, env: &mut Env<'_>, out: &mut Vec<Output>) {
        let mut replica = self.end_role(ErrorCode::NotLeaderOrFollower, env, out).expect("only a loaded replica leads");
        match Leader::begin(assignment, &mut Cx { replica: &mut replica, env, out }) {
            Ok(leader) => self.turn_into(State::Leader(replica, Box::new(leader))),
            Err(failure) => {
                self.state = State::Unassigned(replica);
                self.fail(failure, env, out);
            }
        }
    }

    fn follow(&mut self, assignment: &Assignment, env: &mut Env<'_>, out: &mut Vec<Output>) {
        let followed = match &self.state {
            State::Follower(_, follower) => follower.leader,
            _ => None,
        };
        let mut replica =
            self.end_role(ErrorCode::NotLeaderOrFollower, env, out).expect("only a loaded replica follows");
        match Follower::begin(assignment, followed, &mut Cx { replica: &mut replica, env, out }) {
            Ok((follower, next)) => {
                self.turn_into(State::Follower(replica, follower));
                self.go_on(Ok(next), env, out);
            }
            Err(failure) => {
                self.state = State::Unassigned(replica);
                self.fail(failure, env, out);
            }
        }
    }

    /// Ends the present role and returns the replica, if its log is loaded. If the log is being loaded, its files are
    /// closed. Requests that wait are refused with `error`. The caller must set the next state.
    pub(super) fn end_role(
        &mut self,
        error: ErrorCode,
        env: &mut Env<'_>,
        out: &mut Vec<Output>,
    ) -> Option<Box<Replica>> {
        match core::mem::replace(&mut self.state, State::Offline) {
            State::OpensLater(..) | State::Stopped(_) | State::Offline => None,
            State::Loading(loading) => {
                loading.loading.close(env);
                None
            }
            State::Unassigned(replica) | State::Stopping(replica) => Some(replica),
            State::Leader(mut replica, leader) => {
                leader.end(error, &mut Cx { replica: &mut replica, env, out });
                Some(replica)
            }
            State::Follower(mut replica, follower) => {
                follower.end(&mut Cx { replica: &mut replica, env, out });
                Some(replica)
            }
        }
    }

    pub(super) fn turn_into(&mut self, state: State) {
        let to = state.role();
        assert!(may_turn_into(self.role, to), "{:?} never becomes {to:?}", self.role);
        self.role = to;
        self.state = state;
    }

    /// Acts on a follower's result: the replica stays a follower, loads its log again for a truncation that reaches far
    /// back, or fails.
    pub(super) fn go_on(&mut self, next: Result<Next, Failure>, env: &mut Env<'_>, out: &mut Vec<Output>) {
        match next {
            Ok(Next::Follow) => {}
            Ok(Next::Reload(loading)) => {
                let opening = self.reopening().expect("a follower is loaded");
                let replica = self.end_role(ErrorCode::NotLeaderOrFollower, env, out).expect("a follower is loaded");
                let tickets = replica.tickets;
                self.starts = replica.starts.forgotten();
                self.turn_into(State::Loading(Box::new(LoadingReplica { loading, waits: None, opening, tickets })));
            }
            Err(failure) => self.fail(failure, env, out),
        }
    }

    /// Lets the present role continue after a flush has succeeded. Answers to clients, a follower's next fetch or a
    /// clean stop may have waited for it.
    pub(super) fn on_flushed(&mut self, env: &mut Env<'_>, out: &mut Vec<Output>) {
        match &mut self.state {
            State::Leader(replica, leader) => leader.on_flushed(&mut Cx { replica, env, out }),
            State::Follower(replica, follower) => {
                let next = follower.on_flushed(&mut Cx { replica, env, out });
                self.go_on(next, env, out);
            }
            State::Stopping(_) => self.stop_on(env, out),
            _ => {}
        }
        // The removal of a segment may have waited for the flush.
        if self.online().is_some_and(|replica| replica.log.has_let_go()) {
            out.push(Output::Retain);
        }
    }

    /// Tells why something was denied to the log, once for each reason.
    pub(super) fn tell_denial(&mut self, why: FileError, env: &mut Env<'_>) {
        if self.denied != Some(why) {
            self.denied = Some(why);
            let partition = self.name;
            env.trace.emit(TraceKind::LogDenied, || TraceEvent::LogDenied { partition, why });
        }
    }

    /// Handles a flush that could not sync all files, for a reason other than a failed disk. The flush is tried again a
    /// second later. A replica that is stopping gives up after a few attempts, and its stop is not clean.
    pub(super) fn on_flush_denied(&mut self, why: FileError, env: &mut Env<'_>, out: &mut Vec<Output>) {
        self.tell_denial(why, env);
        if self.role == Role::Stopping && self.online().is_some_and(|it| it.flushes.was_denied_too_often()) {
            self.fail(Failure::Denied(why), env, out);
        }
    }

    pub(super) fn settle(&mut self, done: Result<(), Failure>, env: &mut Env<'_>, out: &mut Vec<Output>) {
        if let Err(failure) = done {
            self.fail(failure, env, out);
        }
    }

    /// Handles a failure. If the log was denied something, room on the disk for example, a replica that is loading or
    /// following opens its log again later. Otherwise the replica goes offline. If the disk failed, the directory's
    /// other replicas must go offline too, and the shard is told so.
    pub(super) fn fail(&mut self, failure: Failure, env: &mut Env<'_>, out: &mut Vec<Output>) {
        match (failure, self.reopening()) {
            (Failure::Denied(why), Some(opening)) if matches!(self.role, Role::Loading | Role::Follower) => {
                if let Some(replica) = self.end_role(ErrorCode::NotLeaderOrFollower, env, out) {
                    self.starts = replica.starts.forgotten();
                    replica.log.close(env);
                }
                let partition = self.name;
                env.trace.emit(TraceKind::LogClosed, || TraceEvent::LogClosed { partition, why });
                self.open_later(opening, why, env);
            }
            (Failure::Disk(why), _) => {
                self.lose_disk(env, out);
                out.push(Output::DiskFailed { why });
            }
            // What a clean stop writes was denied. The replica stops nevertheless, but not cleanly.
            (Failure::Denied(_), _) if self.role == Role::Stopping => {
                if let Some(replica) = self.end_role(ErrorCode::NotLeaderOrFollower, env, out) {
                    replica.log.close(env);
                }
                self.turn_into(State::Stopped(None));
            }
            (Failure::Denied(why), _) => self.go_offline(OfflineCause::Denied(why), env, out),
            (Failure::Corrupt, _) => self.go_offline(OfflineCause::Corrupt, env, out),
            (Failure::Foreign(topic), _) => self.go_offline(OfflineCause::Foreign(topic), env, out),
        }
    }

    /// Goes offline because the disk failed, and writes the file `sync-failed` to the log's folder. So the next start
    /// of the node does not trust records that no sync has covered.
    pub(super) fn lose_disk(&mut self, env: &mut Env<'_>, out: &mut Vec<Output>) {
        if !matches!(self.role, Role::Offline | Role::Stopped) {
            note_doubt(&self.folder, env);
            self.go_offline(OfflineCause::Disk, env, out);
        }
    }

    fn go_offline(&mut self, why: OfflineCause, env: &mut Env<'_>, out: &mut Vec<Output>) {
        if self.role == Role::Offline || self.role == Role::Stopped {
            return;
        }
        let (partition, folder) = (self.name, self.folder.clone());
        if let Some(replica) = self.end_role(ErrorCode::KafkaStorageError, env, out) {
            replica.log.close(env);
        }
        self.refuse_early(ErrorCode::KafkaStorageError, env, out);
        self.turn_into(State::Offline);
        env.trace.emit(TraceKind::Offline, || TraceEvent::Offline { partition, folder, why });
    }
}

impl State {
    fn role(&self) -> Role {
        match self {
            State::OpensLater(..) | State::Loading(_) => Role::Loading,
            State::Unassigned(_) => Role::Unassigned,
            State::Leader(..) => Role::Leader,
            State::Follower(..) => Role::Follower,
            State::Stopping(_) => Role::Stopping,
            State::Stopped(_) => Role::Stopped,
            State::Offline => Role::Offline,
        }
    }
}
