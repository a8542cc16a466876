//! Serves a request about one group: asks the group's coordinator one question. The coordinator lives with the group's
//! partition of `__consumer_offsets`.

use crate::broker::context::BrokerContext;
use crate::broker::question::{Question, Reply};
use crate::broker::request::{Begun, BrokerApis, Progress, RequestContext, Waiting};
use crate::group::{GroupAnswer, GroupAsk};
use crate::metadata::{CONSUMER_OFFSETS, TopicImage};
use crate::types::{ErrorCode, TopicPartition};
use crate::wire::Response;

/// Time in milliseconds that a request waits for a coordinator's answer that does not depend on other members. The
/// coordinator's own limit, the time to commit its records (`offsets.commit.timeout.ms`), is much shorter by default.
pub(super) const PATIENCE_MS: i64 = 30_000;

/// Makes the response from the coordinator's answer. `None` if the answer is for another kind of question.
pub(super) type Respond<R> = fn(GroupAnswer) -> Option<R>;

/// A request that waits for the coordinator of one group.
#[derive(Clone, Debug)]
struct GroupCall<R> {
    respond: Respond<R>,
    /// The response if the coordinator does not answer in time.
    late: R,
}

/// Asks the group's coordinator a question about the group, and waits at most `patience_ms` for the answer.
pub(super) fn ask_group<R: Response + Clone + core::fmt::Debug + Send + 'static>(
    group: &str,
    what: GroupAsk,
    respond: Respond<R>,
    patience_ms: i64,
    cx: &mut RequestContext<'_, '_>,
) -> Begun {
    let refuse = |error| respond(what.refuse(error)).expect("a question is refused with its own kind of answer");
    let Some(partition) = coordinator_partition(group, cx.view) else {
        // `__consumer_offsets` does not exist yet. After this error the client sends FindCoordinator, which creates it.
        return cx.done(&refuse(ErrorCode::NotCoordinator));
    };
    let late = refuse(ErrorCode::CoordinatorNotAvailable);
    cx.ask_partition(0, partition, Question::Group(Box::new(what)));
    Begun::waiting(GroupCall { respond, late }, cx.now().plus_ms(patience_ms))
}

impl<R: Response + Clone + core::fmt::Debug + Send + 'static> Waiting<BrokerApis> for GroupCall<R> {
    fn on_reply(&mut self, _n: usize, reply: Reply, cx: &mut RequestContext<'_, '_>) -> Progress {
        let Reply::Group(answer) = reply else { return Progress::Wait };
        match (self.respond)(*answer) {
            Some(body) => Progress::Done(cx.answer(&body)),
            None => Progress::Wait,
        }
    }

    fn on_deadline(&mut self, cx: &mut RequestContext<'_, '_>) -> Progress {
        Progress::Done(cx.answer(&self.late))
    }
}

/// The partition of `__consumer_offsets` that a group belongs to; `None` if the topic does not exist.
pub(super) fn coordinator_partition(group: &str, broker: &BrokerContext) -> Option<TopicPartition> {
    let topic = broker.image.topic_named(CONSUMER_OFFSETS)?;
    Some(TopicPartition { topic: topic.id, partition: partition_of_group(group, topic) })
}

/// Returns the group's partition of `__consumer_offsets`: Java's hash of the group's name, modulo the number of
/// partitions (`GroupCoordinator.partitionFor`).
pub(super) fn partition_of_group(group: &str, topic: &TopicImage) -> i32 {
    let count = i32::try_from(topic.partitions.len()).expect("a topic has fewer partitions than 2^31");
    // As in Kafka's `Utils.abs`, the lowest `i32`, which has no positive counterpart, counts as 0.
    java_hash(group).checked_abs().unwrap_or(0) % count.max(1)
}

/// Java's `String.hashCode`, over the UTF-16 units of the text.
fn java_hash(text: &str) -> i32 {
    text.encode_utf16().fold(0_i32, |hash, unit| hash.wrapping_mul(31).wrapping_add(i32::from(unit)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_hash_as_java_hashes_them() {
        let table = [
            ("", 0),
            ("a", 97),
            ("console-consumer-1", 35_782_224),
            ("polygenelubricants", i32::MIN),
            ("\u{1f600}", 1_772_899),
        ];
        for (name, hash) in table {
            assert_eq!(java_hash(name), hash, "{name}");
        }
    }
}
