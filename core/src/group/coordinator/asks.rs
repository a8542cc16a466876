//! How an active coordinator handles each kind of question.

use super::{Coordinator, Io};
use crate::group::answer::{refused_join, refused_sync};
use crate::group::ask::JoinAsk;
use crate::group::classic::{ClassicGroup, GroupState, answer_leave, list_of};
use crate::group::jobs::{Budget, deleted};
use crate::group::offsets::{commit, delete, fetch};
use crate::group::parked::Parked;
use crate::group::state::PersistedGroup;
use crate::group::{GroupAnswer, GroupAsk, Output, records};
use crate::io::{Asker, Mutant};
use crate::mutant;
use crate::types::ErrorCode;
use crate::wire::describe_groups::DescribedGroup;
use crate::wire::list_groups::ListedGroup;
use crate::wire::offset_fetch::OffsetFetchRequestGroup;
use crate::wire::{
    HeartbeatRequest, HeartbeatResponse, LeaveGroupRequest, ListGroupsResponse, OffsetCommitRequest,
    OffsetDeleteRequest, SyncGroupRequest,
};
use bytestring::ByteString;

/// The first DescribeGroups version in which an unknown group gets the error GROUP_ID_NOT_FOUND (KIP-1043). In older
/// versions it is described as Dead, without an error.
const GROUP_ID_NOT_FOUND_FROM: i16 = 6;

impl Coordinator {
    pub(super) fn serve(&mut self, asker: Asker, ask: GroupAsk, io: &mut Io<'_, '_>) {
        match &ask {
            GroupAsk::Join(join) => self.on_join(asker, join, io),
            GroupAsk::Sync(request) => self.on_sync(asker, request, io),
            GroupAsk::Heartbeat(request) => self.on_heartbeat(asker, request, io),
            GroupAsk::Leave { request, version } => self.on_leave(asker, request, *version, io),
            GroupAsk::CommitOffsets { request, version } => self.on_commit(asker, &ask, request, *version, io),
            GroupAsk::FetchOffsets { request, require_stable } => self.on_fetch(asker, request, *require_stable, io),
            GroupAsk::Describe { group, version } => {
                let answer = GroupAnswer::Describe(self.describe(group, *version));
                io.out.push(Output::Answer { to: asker, answer });
            }
            GroupAsk::List { states, types } => {
                let groups = self.list(states, types);
                let answer = GroupAnswer::List(ListGroupsResponse { groups, ..ListGroupsResponse::default() });
                io.out.push(Output::Answer { to: asker, answer });
            }
            GroupAsk::Delete { group } => self.on_delete(asker, &ask, group, io),
            GroupAsk::DeleteOffsets(request) => self.on_delete_offsets(asker, &ask, request, io),
        }
    }

    fn on_join(&mut self, asker: Asker, join: &JoinAsk, io: &mut Io<'_, '_>) {
        let request = &join.request;
        let refuse = |error, io: &mut Io<'_, '_>| {
            io.out.push(Output::Answer { to: asker, answer: refused_join(error, &request.member_id) });
        };
        let is_new = !self.live.has(&request.group_id) && self.machine.latest().get(&request.group_id).is_none();
        if is_new && !request.member_id.is_empty() {
            return refuse(ErrorCode::UnknownMemberId, io);
        }
        if is_new && (request.protocol_type.is_empty() || request.protocols.is_empty()) {
            return refuse(ErrorCode::InconsistentGroupProtocol, io);
        }
        let id = records::owned(&request.group_id);
        let now = io.env.now.wall;
        if is_new {
            // As in Kafka, a new group gets its first record at its first JoinGroup. That record has no members.
            let record = records::new_group(&id, now.0);
            let waiter = Parked::NewGroup { group: id.clone(), asker };
            if let Some((_, error)) = self.append(&[record], waiter, io) {
                let answer = refused_join(error, &request.member_id);
                return io.out.push(Output::Answer { to: asker, answer: answer.failed(error) });
            }
        }
        if !self.live.has(&id) {
            self.live.insert(ClassicGroup::new(&id, now));
        }
        let bytes_left = self.config.members_max_bytes.saturating_sub(self.live.bytes());
        let store = self.with_group(&id, io.env, io.out, |it, cx| it.on_join(asker, join, bytes_left, cx));
        match store.flatten() {
            Some(store) => self.store(&id, store, io),
            None => self.drop_vacant(&id),
        }
    }

    fn on_sync(&mut self, asker: Asker, request: &SyncGroupRequest, io: &mut Io<'_, '_>) {
        let id = &request.group_id;
        match self.with_group(id, io.env, io.out, |it, cx| it.on_sync(asker, request, cx)) {
            None => {
                let answer = refused_sync(ErrorCode::UnknownMemberId);
                io.out.push(Output::Answer { to: asker, answer });
            }
            Some(None) => {}
            Some(Some(store)) => self.store(&records::owned(id), store, io),
        }
    }

    fn on_heartbeat(&mut self, asker: Asker, request: &HeartbeatRequest, io: &mut Io<'_, '_>) {
        let result = self.with_group(&request.group_id, io.env, io.out, |it, cx| it.on_heartbeat(request, cx));
        let answer = |error: ErrorCode| {
            GroupAnswer::Heartbeat(HeartbeatResponse { error_code: error.to_wire(), throttle_time_ms: 0 })
        };
        match result.unwrap_or(Err(ErrorCode::UnknownMemberId)) {
            Err(error) => io.out.push(Output::Answer { to: asker, answer: answer(error) }),
            Ok(error) => {
                self.append_and_answer(&[], asker, answer(error), io);
            }
        }
    }

    fn on_leave(&mut self, asker: Asker, request: &LeaveGroupRequest, version: i16, io: &mut Io<'_, '_>) {
        let id = records::owned(&request.group_id);
        let Some((response, store)) = self.with_group(&id, io.env, io.out, |it, cx| it.on_leave(request, version, cx))
        else {
            let response = answer_leave(request, version, |_| ErrorCode::UnknownMemberId);
            return io.out.push(Output::Answer { to: asker, answer: GroupAnswer::Leave(response) });
        };
        let record = match store {
            Some(_) => self.live.get(&id).map(|group| records::group(&id, group.record_value())),
            None => None,
        };
        let answer = GroupAnswer::Leave(response);
        // As in Kafka, the members are removed even if this append is refused. The client then gets the error of the
        // append.
        self.append_and_answer(record.as_slice(), asker, answer, io);
        self.drop_vacant(&id);
    }

    fn on_commit(
        &mut self,
        asker: Asker,
        ask: &GroupAsk,
        request: &OffsetCommitRequest,
        version: i16,
        io: &mut Io<'_, '_>,
    ) {
        let id = &request.group_id;
        let is_known = self.machine.latest().get(id).is_some();
        let validity = self
            .with_group(id, io.env, io.out, |it, cx| it.validate_commit(request, cx))
            .unwrap_or_else(|| commit::validate_without_members(request, version, is_known));
        if let Err(error) = validity {
            return io.out.push(Output::Answer { to: asker, answer: ask.refuse(error) });
        }
        let persisted = self.machine.latest().get(id);
        let (records, response) = commit::decide(request, persisted, &self.config, io.env.now.wall);
        let answer = GroupAnswer::CommitOffsets(response);
        if mutant!(io.env, Mutant::M09) && self.append(&records, Parked::Nobody, io).is_none() {
            return io.out.push(Output::Answer { to: asker, answer });
        }
        self.append_and_answer(&records, asker, answer, io);
    }

    fn on_fetch(&mut self, asker: Asker, request: &OffsetFetchRequestGroup, require_stable: bool, io: &mut Io<'_, '_>) {
        let is_dead = self.is_dead(&request.group_id);
        let known = |groups: &crate::group::state::Groups| {
            let persisted = groups.get(&request.group_id).filter(|_| !is_dead);
            GroupAnswer::FetchOffsets(fetch::answer(request, persisted))
        };
        if require_stable {
            // KIP-447: a member that takes over a partition must see the last commit of the partition's previous owner.
            // So the answer has the latest offsets, and waits until their records are committed.
            let answer = known(self.machine.latest());
            self.append_and_answer(&[], asker, answer, io);
            return;
        }
        let answer = known(self.machine.committed());
        io.out.push(Output::Answer { to: asker, answer });
    }

    /// Describes a group from its committed state. A group whose first record is not committed yet is described as
    /// unknown.
    fn describe(&self, group: &ByteString, version: i16) -> DescribedGroup {
        let Some(persisted) = self.machine.committed().get(group) else {
            let error = if version >= GROUP_ID_NOT_FOUND_FROM { ErrorCode::GroupIdNotFound } else { ErrorCode::None };
            return DescribedGroup {
                error_code: error.to_wire(),
                error_message: error.is_error().then(|| format!("Group {group} not found.").into()),
                group_id: group.clone(),
                group_state: GroupState::Dead.name().into(),
                ..DescribedGroup::default()
            };
        };
        match self.live.get(group) {
            Some(live) => live.describe(),
            None => DescribedGroup {
                group_id: group.clone(),
                group_state: GroupState::Empty.name().into(),
                protocol_type: protocol_type(persisted),
                ..DescribedGroup::default()
            },
        }
    }

    fn list(&self, states: &[ByteString], types: &[ByteString]) -> Vec<ListedGroup> {
        let names = |filter: &ByteString, name: &str| filter.trim().eq_ignore_ascii_case(name);
        let is_wanted = |group: &ListedGroup| {
            (states.is_empty() || states.iter().any(|state| names(state, &group.group_state)))
                && (types.is_empty() || types.iter().any(|it| names(it, &group.group_type)))
        };
        let listed = |(id, persisted): (&ByteString, &PersistedGroup)| {
            let memberless = || list_of(id, &protocol_type(persisted), GroupState::Empty);
            self.live.get(id).map_or_else(memberless, ClassicGroup::list)
        };
        self.machine.committed().iter().map(listed).filter(is_wanted).collect()
    }

    fn on_delete(&mut self, asker: Asker, ask: &GroupAsk, group: &ByteString, io: &mut Io<'_, '_>) {
        let persisted = self.machine.latest().get(group);
        let error = match self.live.get(group).map(ClassicGroup::state) {
            None if persisted.is_none() => ErrorCode::GroupIdNotFound,
            Some(GroupState::Dead) => ErrorCode::GroupIdNotFound,
            None | Some(GroupState::Empty) => ErrorCode::None,
            Some(_) => ErrorCode::NonEmptyGroup,
        };
        if error.is_error() {
            return io.out.push(Output::Answer { to: asker, answer: ask.refuse(error) });
        }
        let id = records::owned(group);
        let nothing = PersistedGroup::default();
        let (tombstones, is_last) = delete::whole_group(&id, persisted.unwrap_or(&nothing), Budget::STEP);
        if is_last {
            if self.append_and_answer(&tombstones, asker, deleted(&id), io) {
                self.end_group(&id, io.env, io.out);
            }
            return;
        }
        // The tombstones of the group do not all fit into one batch. If this batch is appended, the group becomes Dead,
        // and a job appends the other tombstones.
        if let Some((_, error)) = self.append(&tombstones, Parked::Nobody, io) {
            return io.out.push(Output::Answer { to: asker, answer: deleted(&id).failed(error) });
        }
        if !self.live.has(&id) {
            self.live.insert(ClassicGroup::new(&id, io.env.now.wall));
        }
        self.with_group(&id, io.env, io.out, ClassicGroup::die);
        self.jobs.delete(id, asker);
    }

    fn on_delete_offsets(&mut self, asker: Asker, ask: &GroupAsk, request: &OffsetDeleteRequest, io: &mut Io<'_, '_>) {
        let persisted = self.machine.latest().get(&request.group_id);
        let group = self.live.get(&request.group_id);
        if let Err(error) = delete::validate(group, persisted.is_some()) {
            return io.out.push(Output::Answer { to: asker, answer: ask.refuse(error) });
        }
        let (tombstones, response) = delete::decide(request, group, persisted);
        self.append_and_answer(&tombstones, asker, GroupAnswer::DeleteOffsets(response), io);
    }
}

fn protocol_type(persisted: &PersistedGroup) -> ByteString {
    persisted.metadata.as_ref().map(|it| it.protocol_type.clone()).unwrap_or_default()
}
