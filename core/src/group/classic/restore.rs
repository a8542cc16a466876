//! Builds a group from its last GroupMetadata record. A coordinator does this for every group after it has loaded its
//! log.

use super::group::{ClassicGroup, Generation};
use super::member::{Member, Members, Pending};
use super::phase::{GroupState, Phase, Preparing, Stable};
use crate::group::context::Cx;
use crate::io::Site;
use crate::sometimes;
use crate::types::Timestamp;
use crate::wire::GroupMetadataValue;
use crate::wire::group_metadata_record::MemberMetadata;
use bytestring::ByteString;

impl ClassicGroup {
    /// Builds the group from the value of its last GroupMetadata record, and starts the session timers of its members.
    /// A group without members becomes Empty, and a group with members becomes Stable. But the members have to join
    /// again if the record has no protocol or no protocol type, or if there are more of them than `group.max.size`
    /// allows.
    pub(in crate::group) fn restore(id: &ByteString, value: &GroupMetadataValue, cx: &mut Cx<'_, '_>) -> ClassicGroup {
        let mut group = ClassicGroup {
            id: id.clone(),
            generation: Generation {
                id: value.generation.max(0),
                protocol_type: Some(value.protocol_type.clone()).filter(|name| !name.is_empty()),
                protocol: value.protocol.clone(),
                leader: None,
                subscribed: None,
            },
            members: Members::default(),
            pending: Pending::default(),
            phase: Phase::Empty,
            since: (value.current_state_timestamp != -1).then_some(Timestamp(value.current_state_timestamp)),
        };
        for member in &value.members {
            group.restore_member(member, value);
        }
        if group.members.is_empty() {
            group.generation.subscribed = group.subscriptions();
            return group;
        }
        let known = value.leader.clone().filter(|leader| group.members.has(leader));
        group.generation.leader = known.or_else(|| group.members.iter().next().map(|member| member.id.clone()));
        group.generation.subscribed = group.subscriptions();
        for member in group.members.iter() {
            cx.schedule(group.session_key(&member.id), member.session_timeout_ms);
        }
        group.enter(value, cx);
        group
    }

    fn restore_member(&mut self, member: &MemberMetadata, value: &GroupMetadataValue) {
        let is_known = self.members.has(&member.member_id)
            || member.group_instance_id.as_ref().is_some_and(|it| self.members.id_of(it).is_some());
        if is_known {
            // The record names a member id or an instance id twice. No coordinator writes such a record. The first
            // entry counts.
            return;
        }
        let rebalance_timeout_ms = match member.rebalance_timeout {
            -1 => member.session_timeout,
            timeout => timeout,
        };
        let offered = value.protocol.iter().map(|protocol| (protocol.clone(), member.subscription.clone()));
        self.members.add(Member {
            id: member.member_id.clone(),
            instance: member.group_instance_id.clone(),
            client_id: member.client_id.clone(),
            client_host: member.client_host.clone(),
            rebalance_timeout_ms,
            session_timeout_ms: member.session_timeout,
            protocols: offered.collect(),
            assignment: member.assignment.clone(),
            is_new: false,
        });
    }

    fn enter(&mut self, value: &GroupMetadataValue, cx: &mut Cx<'_, '_>) {
        if value.protocol.is_some() && self.generation.protocol_type.is_some() {
            self.phase = Phase::Stable(Stable::default());
        } else {
            self.phase = Phase::PreparingRebalance(Preparing::default());
            let store = self.complete_join_or_wait(cx);
            assert_eq!(store, None, "a group whose members have to join again waits for them");
        }
        if self.members.len() > cx.config.max_size && self.state() == GroupState::Stable {
            let store = self.prepare_rebalance(cx);
            assert_eq!(store, None, "a group whose members have to join again waits for them");
        }
        sometimes!(cx.env, self.state() == GroupState::PreparingRebalance, Site::GroupRestoredIntoRebalance);
    }
}
