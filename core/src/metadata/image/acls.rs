//! ACLs: who may do what on which resources.
//!
//! A number that stands for nothing that an ACL can be about is a contradiction. Kafka makes it `UNKNOWN`, so that an ACL
//! which denies would deny nothing.
//!
//! **In Kafka**: `AclsImage`, `AclsDelta`, `StandardAcl`, `ResourceType`, `PatternType`, `AclOperation`,
//! `AclPermissionType`.

use super::error::number;
use super::{Contradiction, MetadataImage, text};
use crate::wire::{AccessControlEntryRecord, RemoveAccessControlEntryRecord};
use std::sync::Arc;

/// An ACL (KIP-11, KIP-290).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Acl {
    /// What kind of resource it is about.
    pub resource: AclResource,
    /// The resource's name, or the beginning of the names.
    pub resource_name: Arc<str>,
    /// How resources' names are compared with `resource_name`.
    pub pattern: PatternType,
    /// Whom it is about, such as `User:alice`.
    pub principal: Arc<str>,
    /// From where; `*` for everywhere.
    pub host: Arc<str>,
    /// What may or may not be done.
    pub operation: AclOperation,
    /// Whether it may or may not.
    pub permission: AclPermission,
}

macro_rules! numbered {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $number:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
        #[repr(i8)]
        pub enum $name {
            $($(#[$variant_doc])* $variant = $number,)*
        }

        impl $name {
            /// What the number stands for; `None` where it can be in no ACL.
            #[must_use]
            pub fn from_wire(number: i8) -> Option<$name> {
                match number {
                    $($number => Some($name::$variant),)*
                    _ => None,
                }
            }

            /// Kafka's number for it.
            #[must_use]
            pub fn to_wire(self) -> i8 {
                self as i8
            }
        }
    };
}

numbered! {
    /// What kind of resource an ACL is about.
    AclResource {
        /// A topic.
        Topic = 2,
        /// A group.
        Group = 3,
        /// The cluster.
        Cluster = 4,
        /// A transactional id.
        TransactionalId = 5,
        /// A delegation token.
        DelegationToken = 6,
        /// A user.
        User = 7,
    }
}

numbered! {
    /// How the name in an ACL is compared with a resource's name (KIP-290).
    PatternType {
        /// The names are equal, or the one in the ACL is `*`.
        Literal = 3,
        /// The resource's name begins with the name in the ACL.
        Prefixed = 4,
    }
}

numbered! {
    /// What an ACL allows or denies.
    AclOperation {
        /// Everything.
        All = 2,
        /// Reading.
        Read = 3,
        /// Writing.
        Write = 4,
        /// Creating.
        Create = 5,
        /// Deleting.
        Delete = 6,
        /// Altering.
        Alter = 7,
        /// Describing.
        Describe = 8,
        /// What brokers do among each other.
        ClusterAction = 9,
        /// Describing configurations.
        DescribeConfigs = 10,
        /// Altering configurations.
        AlterConfigs = 11,
        /// Writing as an idempotent producer.
        IdempotentWrite = 12,
        /// Creating delegation tokens for others.
        CreateTokens = 13,
        /// Describing delegation tokens of others.
        DescribeTokens = 14,
        /// Transactions whose end an outer coordinator decides (KIP-939).
        TwoPhaseCommit = 15,
    }
}

numbered! {
    /// Whether an ACL denies or allows.
    AclPermission {
        /// It denies, whatever other ACLs allow.
        Deny = 2,
        /// It allows, unless another ACL denies.
        Allow = 3,
    }
}

pub(super) fn put(image: &mut MetadataImage, record: &AccessControlEntryRecord) -> Result<(), Contradiction> {
    let acl = Acl {
        resource: number("ResourceType", record.resource_type, AclResource::from_wire)?,
        resource_name: text(&record.resource_name),
        pattern: number("PatternType", record.pattern_type, PatternType::from_wire)?,
        principal: text(&record.principal),
        host: text(&record.host),
        operation: number("Operation", record.operation, AclOperation::from_wire)?,
        permission: number("PermissionType", record.permission_type, AclPermission::from_wire)?,
    };
    image.acls.insert(record.id, Arc::new(acl));
    Ok(())
}

pub(super) fn remove(image: &mut MetadataImage, record: &RemoveAccessControlEntryRecord) -> Result<(), Contradiction> {
    image.acls.remove(&record.id).map(drop).ok_or(Contradiction::UnknownAcl(record.id))
}

pub(super) fn written(image: &MetadataImage) -> impl Iterator<Item = AccessControlEntryRecord> {
    image.acls.iter().map(|(id, acl)| AccessControlEntryRecord {
        id: *id,
        resource_type: acl.resource.to_wire(),
        resource_name: (*acl.resource_name).into(),
        pattern_type: acl.pattern.to_wire(),
        principal: (*acl.principal).into(),
        host: (*acl.host).into(),
        operation: acl.operation.to_wire(),
        permission_type: acl.permission.to_wire(),
    })
}
