//! What DescribeGroups and ListGroups show of a group.

use super::group::ClassicGroup;
use super::member::Member;
use super::phase::GroupState;
use crate::wire::describe_groups::{DescribedGroup, DescribedGroupMember};
use crate::wire::list_groups::ListedGroup;
use bytestring::ByteString;

impl ClassicGroup {
    /// Describes the group and its members. A member has separate metadata for each protocol. As in Kafka, the group's
    /// protocol is shown only while the group is Stable, so in other states no metadata is shown either.
    pub(in crate::group) fn describe(&self) -> DescribedGroup {
        let protocol = match self.state() {
            GroupState::Stable => self.generation.protocol.clone(),
            _ => None,
        };
        let metadata = |member: &Member| protocol.as_ref().and_then(|name| member.metadata(name)).cloned();
        let members = self.members.iter().map(|member| DescribedGroupMember {
            member_id: member.id.clone(),
            group_instance_id: member.instance.clone(),
            client_id: member.client_id.clone(),
            client_host: member.client_host.clone(),
            member_metadata: metadata(member).unwrap_or_default(),
            member_assignment: member.assignment.clone(),
        });
        DescribedGroup {
            group_id: self.id.clone(),
            group_state: self.state().name().into(),
            protocol_type: self.generation.protocol_type.clone().unwrap_or_default(),
            members: members.collect(),
            protocol_data: protocol.clone().unwrap_or_default(),
            ..DescribedGroup::default()
        }
    }

    /// Returns the group as a row of ListGroups.
    pub(in crate::group) fn list(&self) -> ListedGroup {
        let protocol_type = self.generation.protocol_type.clone().unwrap_or_default();
        list_of(&self.id, &protocol_type, self.state())
    }
}

/// Builds the row of ListGroups for a classic group.
pub(in crate::group) fn list_of(id: &ByteString, protocol_type: &ByteString, state: GroupState) -> ListedGroup {
    ListedGroup {
        group_id: id.clone(),
        protocol_type: protocol_type.clone(),
        group_state: ByteString::from_static(state.name()),
        group_type: ByteString::from_static("classic"),
    }
}
