//! Names of folders whose partitions were deleted: their files go a while later.
//!
//! **In Kafka**: `UnifiedLog.logDeleteDirName`.

use crate::io::FilePath;
use crate::types::{TopicPartition, Uuid};

/// What Kafka ends the name of a folder with whose files are to be deleted.
const DELETED_FOLDER: &str = "-delete";
/// No folder's name is longer, in bytes.
const NAME_LONGEST: usize = 255;

/// Whether a folder of that name holds files that are to be deleted.
pub(super) fn is_set_aside(name: &str) -> bool {
    name.ends_with(DELETED_FOLDER)
}

/// Where the folder of a deleted partition goes: `topic-0.<32 hexadecimal digits>-delete`, shortened in front where the
/// name would be too long (`UnifiedLog.logDeleteDirName`). The digits are the topic's id with the partition mixed in, so
/// that two partitions never meet.
pub(super) fn set_aside_name(folder: &FilePath, which: TopicPartition) -> FilePath {
    let Uuid(mut id) = which.topic.0;
    for (byte, mixed) in id[12..].iter_mut().zip(which.partition.to_be_bytes()) {
        *byte ^= mixed;
    }
    let digits: String = id.iter().map(|byte| format!("{byte:02x}")).collect();
    let suffix = format!(".{digits}{DELETED_FOLDER}");
    let name = folder.name();
    let kept = name.len().min(NAME_LONGEST - suffix.len());
    folder.parent().join(&format!("{}{suffix}", &name[..kept]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::DirId;
    use crate::types::TopicId;

    fn aside(topic: &str, partition: i32) -> FilePath {
        let folder = FilePath::new(DirId(1), &format!("{topic}-{partition}"));
        set_aside_name(&folder, TopicPartition { topic: TopicId(Uuid([0xab; 16])), partition })
    }

    #[test]
    fn a_folder_set_aside_is_named_as_kafka_names_it() {
        let name = aside("orders", 2);
        assert_eq!(name.dir, DirId(1));
        assert_eq!(name.name(), "orders-2.abababababababababababababababa9-delete");
        assert!(is_set_aside(name.name()));
        assert!(!is_set_aside("orders-2"));
    }

    #[test]
    fn partitions_of_a_long_name_are_set_aside_apart() {
        let long = "x".repeat(249);
        assert_eq!(aside(&long, 10).name().len(), 255);
        assert_ne!(aside(&long, 10), aside(&long, 11));
    }
}
