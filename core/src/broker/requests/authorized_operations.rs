//! Operations that a client may perform on a resource, as bits (KIP-430). There is no authorizer, so every client may
//! perform all operations that the resource's type supports.
//!
//! **In Kafka**: `AuthHelper.authorizedOperations`, `AclEntry.supportedOperations`, `AclOperation`.

const READ: i32 = 3;
const WRITE: i32 = 4;
const CREATE: i32 = 5;
const DELETE: i32 = 6;
const ALTER: i32 = 7;
const DESCRIBE: i32 = 8;
const CLUSTER_ACTION: i32 = 9;
const DESCRIBE_CONFIGS: i32 = 10;
const ALTER_CONFIGS: i32 = 11;
const IDEMPOTENT_WRITE: i32 = 12;

/// The value of a response's operations field for a client that did not ask for its operations.
const NOT_ASKED: i32 = i32::MIN;

/// Returns the operations that a topic supports, as bits. If the client did not ask for its operations, returns
/// `NOT_ASKED`.
pub(super) const fn of_topic(asked: bool) -> i32 {
    all(asked, &[READ, WRITE, CREATE, DESCRIBE, DELETE, ALTER, DESCRIBE_CONFIGS, ALTER_CONFIGS])
}

/// Returns the operations that a cluster supports, as bits. If the client did not ask for its operations, returns
/// `NOT_ASKED`.
pub(super) const fn of_cluster(asked: bool) -> i32 {
    all(asked, &[CREATE, CLUSTER_ACTION, DESCRIBE_CONFIGS, ALTER_CONFIGS, IDEMPOTENT_WRITE, ALTER, DESCRIBE])
}

/// Returns the operations that a group supports, as bits. If the client did not ask for its operations, returns
/// `NOT_ASKED`.
pub(super) const fn of_group(asked: bool) -> i32 {
    all(asked, &[READ, DESCRIBE, DELETE, DESCRIBE_CONFIGS, ALTER_CONFIGS])
}

const fn all(asked: bool, operations: &[i32]) -> i32 {
    if !asked {
        return NOT_ASKED;
    }
    let (mut bits, mut at) = (0, 0);
    while at < operations.len() {
        bits |= 1 << operations[at];
        at += 1;
    }
    bits
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The expected numbers are those that Apache Kafka 4.3.1 answers.
    #[test]
    fn the_bits_are_kafkas() {
        assert_eq!((of_topic(true), of_cluster(true), of_group(true)), (3576, 8096, 3400));
        assert_eq!((of_topic(false), of_cluster(false), of_group(false)), (i32::MIN, i32::MIN, i32::MIN));
    }
}
