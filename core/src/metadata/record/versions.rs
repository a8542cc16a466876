//! Which version of a record a metadata.version asks for.

use super::{MetadataRecord, UnwritableRecord};
use crate::metadata::features::MetadataVersion;
use crate::wire::*;

/// For a type of record, the metadata.versions with which its versions came, the lowest first.
type Since = &'static [(MetadataVersion, i16)];

/// Types that are not in the table have version 0 from the lowest metadata.version on.
const SINCE: &[(i16, Since)] = &[
    (
        RegisterBrokerRecord::TYPE,
        &[
            (MetadataVersion::MINIMUM, 1),
            (MetadataVersion::IBP_3_4_IV0, 2),
            (MetadataVersion::IBP_3_7_IV2, 3),
            (MetadataVersion::IBP_4_3_IV0, 4),
        ],
    ),
    (
        BrokerRegistrationChangeRecord::TYPE,
        &[(MetadataVersion::MINIMUM, 1), (MetadataVersion::IBP_3_7_IV2, 2), (MetadataVersion::IBP_4_3_IV0, 3)],
    ),
    (PartitionRecord::TYPE, PARTITION),
    (PartitionChangeRecord::TYPE, PARTITION),
    (ZkMigrationStateRecord::TYPE, &[(MetadataVersion::IBP_3_4_IV0, 0)]),
    (UserScramCredentialRecord::TYPE, &[(MetadataVersion::IBP_3_5_IV2, 0)]),
    (RemoveUserScramCredentialRecord::TYPE, &[(MetadataVersion::IBP_3_5_IV2, 0)]),
    (BeginTransactionRecord::TYPE, &[(MetadataVersion::IBP_3_6_IV1, 0)]),
    (EndTransactionRecord::TYPE, &[(MetadataVersion::IBP_3_6_IV1, 0)]),
    (AbortTransactionRecord::TYPE, &[(MetadataVersion::IBP_3_6_IV1, 0)]),
    (DelegationTokenRecord::TYPE, &[(MetadataVersion::IBP_3_6_IV2, 0)]),
    (RemoveDelegationTokenRecord::TYPE, &[(MetadataVersion::IBP_3_6_IV2, 0)]),
    (RegisterControllerRecord::TYPE, &[(MetadataVersion::IBP_3_7_IV0, 0)]),
    (ClearElrRecord::TYPE, &[(MetadataVersion::IBP_4_0_IV1, 0)]),
    (UnregisterControllerRecord::TYPE, &[(MetadataVersion::IBP_4_4_IV2, 0)]),
];

const PARTITION: Since =
    &[(MetadataVersion::MINIMUM, 0), (MetadataVersion::IBP_3_7_IV2, 1), (MetadataVersion::IBP_4_0_IV1, 2)];

/// The highest version of a record at that metadata.version; `None` where there are no such records yet.
#[must_use]
pub fn record_version<M: MetadataMessage>(at: MetadataVersion) -> Option<i16> {
    highest_version(M::TYPE, at)
}

pub(super) fn highest_version(record_type: i16, at: MetadataVersion) -> Option<i16> {
    let Some((_, since)) = SINCE.iter().find(|(it, _)| *it == record_type) else { return Some(0) };
    since.iter().take_while(|(from, _)| *from <= at).last().map(|(_, version)| *version)
}

/// The version in which Kafka's controllers write the record at that metadata.version: the highest one, but for
/// BrokerRegistrationChangeRecord, which is written in the lowest version that has its fields
/// (`ReplicationControlManager`).
pub(super) fn version_to_write(record: &MetadataRecord, at: MetadataVersion) -> Result<i16, UnwritableRecord> {
    let name = record.name();
    let highest = highest_version(record.record_type(), at).ok_or(UnwritableRecord::Type { record: name, at })?;
    let needed = record.least_version();
    if needed > highest {
        return Err(UnwritableRecord::Field { record: name, needed, highest, at });
    }
    Ok(match record {
        MetadataRecord::BrokerRegistrationChange(_) => needed,
        _ => highest,
    })
}
