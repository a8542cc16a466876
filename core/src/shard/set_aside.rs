//! Names for the folders of deleted partitions. Such a folder is set aside: it gets another name, so that a new topic
//! can use the old name, and its files are removed later.
//!
//! **In Kafka**: `UnifiedLog.logDeleteDirName`.

use crate::io::FilePath;
use crate::types::{TopicPartition, Uuid};

/// The suffix that the name of a folder gets when the folder is set aside, as in Kafka.
const DELETED_FOLDER: &str = "-delete";
/// The longest name in bytes that common file systems allow for a folder.
const NAME_LONGEST: usize = 255;

/// Returns whether a folder of this name was set aside, so that the folder and its files are to be removed.
pub(super) fn is_set_aside(name: &str) -> bool {
    name.ends_with(DELETED_FOLDER)
}

/// Returns the name under which the folder of a deleted partition is set aside: `topic-0.<32 hexadecimal
/// digits>-delete`. The topic's part is shortened if the name would be too long (`UnifiedLog.logDeleteDirName`). The
/// digits combine the topic id and the partition's index, so that no two partitions get the same name.
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
