//! The differences between Apache Kafka's answers and this server's that are meant, each with its reason.

use super::differences::{Difference, Sides};

/// Differences that are meant.
pub struct Expected {
    /// Which calls, by name; `*` stands for anything.
    pub answers: &'static str,
    /// Which fields, elements or lines; `*` stands for anything.
    pub field: &'static str,
    /// Who has it.
    pub who: Who,
    /// Why it is meant.
    pub reason: &'static str,
}

/// Who has what is expected to differ.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Who {
    Kafka,
    Gracchus,
    /// Both, each with another value.
    Both,
    /// Any of these.
    Anybody,
}

use Who::{Anybody, Both, Gracchus, Kafka};

const fn expect(answers: &'static str, field: &'static str, who: Who, reason: &'static str) -> Expected {
    Expected { answers, field, who, reason }
}

const SIZES: &str = "The core is told nothing of the file system: how large it is and how full is not known.";
const NO_ID: &str = "A topic that is only validated has no id; Kafka gives it one that nobody has.";
const RESTART: &str = "The key is read when the server starts, and cannot be changed while it runs.";
const NO_EFFECT: &str = "Kafka keeps any key; here a key without an effect is refused, so that nobody relies on it.";
const HOURS: &str = "Kafka's DescribeConfigs calls a retention that was set in hours or minutes a default; its CreateTopics, \
                     and this server always, name the key that was set.";

/// In the order of the calls. The first that is like a difference explains it.
#[rustfmt::skip]
pub const EXPECTED: &[Expected] = &[
    expect("log-dirs*", "results[*].totalBytes", Both, SIZES),
    expect("log-dirs*", "results[*].usableBytes", Both, SIZES),
    expect("make-validated", "topics[tried].topicId", Both, NO_ID),
    expect("make-internal", "topics[__consumer_offsets].topicId", Both, NO_ID),
    expect("make", "topics[orders].configs[cleanup.policy].value", Both, "CreateTopics says what DescribeConfigs says: a list without the spaces that the client wrote."),
    expect("make-colliding", "topics[co*", Anybody, "Names that collide are refused within one request too; Kafka compares with the topics that exist, and makes both."),
    expect("describe-topics", "Topic: *retention.ms=86400000*", Gracchus, HOURS),
    expect("describe-topics", "Topic: *", Kafka, HOURS),
    expect("describe-overrides", "Topic: *retention.ms=86400000*", Gracchus, HOURS),
    expect("describe-overrides", "Topic: *", Kafka, HOURS),
    expect("partitions-bad-name", "topics[*].errorCode", Both, "Kafka fails with UNKNOWN_SERVER_ERROR; INVALID_TOPIC_EXCEPTION says what is wrong, as Metadata does."),
    expect("partitions-bad-name", "topics[*].topicAuthorizedOperations", Both, "As for any other topic that is not there."),
    expect("configs*", "results[2,*].configs[retention.ms].synonyms[log.retention.hours]", Gracchus, HOURS),
    expect("configs-bare", "results[2,plain].configs[retention.ms].configSource", Both, HOURS),
    expect("configs-twice", "results[2,orders#2]", Kafka, "A resource that is named twice is described once, with the keys of both: its answer is many times as large as its name."),
    expect("configs-twice", "results[2,orders].configs[cleanup.policy]", Gracchus, "See above."),
    expect("configs-*", "  retention.ms=5000 *", Anybody, HOURS),
    expect("altered", "*retention.hours*", Gracchus, HOURS),
    expect("altered", "  retention.ms=4000 *", Kafka, HOURS),
    expect("subtracted", "results[2,plain].configs[retention.ms].*", Anybody, HOURS),
    expect("alter-bad-name-append-to-a-number", "responses[2,a/b].errorCode", Both, "Both refuse; here the name is judged first, by the broker that the client asked."),
    expect("alter-no-operation", "responses[2,plain].*", Both, "Kafka fails with UNKNOWN_SERVER_ERROR and without a word; here INVALID_REQUEST says what is wrong."),
    expect("replace-resource-twice", "*", Anybody, "Kafka never answers; here each of them is refused, as by IncrementalAlterConfigs."),
    expect("broker", "results[4,1].configs[gracchus.*]", Gracchus, "A key of this server alone."),
    expect("broker", "results[4,1].configs[log.dir]*", Anybody, "Without log.dirs the data lies in ./gracchus-data, not in /tmp/kafka-logs."),
    expect("broker", "results[4,1].configs[offsets.topic.replication.factor].synonyms[offsets.topic.replication.factor#2]", Kafka, "The server chooses 1 where it has no file of settings, and 3 where it has."),
    expect("broker", "results[4,1].configs[listeners].synonyms[listeners#2].value", Both, "By default the server listens for this machine alone: nothing protects it yet."),
    expect("broker", "results[4,1].configs[listener*].readOnly", Both, RESTART),
    expect("broker", "results[4,1].configs[num.io.threads].readOnly", Both, RESTART),
    expect("broker", "results[4,1].configs[*]", Kafka, "A key of Kafka's that has no effect here; when it is set, the start names it."),
    expect("broker-altered", "results[4,1].configs[log.retention.hours].value", Both, "Kafka says its default of a key that server.properties sets, once another key was changed."),
    expect("make-under-an-altered-broker", "topics[tried].configs[retention.ms].value", Both, "CreateTopics says what DescribeConfigs says: a number without the spaces that the client wrote."),
    expect("make-under-an-altered-broker", "topics[tried].topicId", Both, NO_ID),
    expect("alter-broker-unknown-key", "responses[4,1].*", Both, NO_EFFECT),
    expect("alter-broker-topic-key", "responses[4,1].*", Both, NO_EFFECT),
    expect("alter-broker-threads", "responses[4,1].*", Both, RESTART),
    expect("offsets-of-no-isolation*", "topics[*].errorCode", Both, "Kafka fails with UNKNOWN_SERVER_ERROR where it looks the level up; INVALID_REQUEST says what is wrong."),
];

impl Expected {
    /// Whether this is the difference that is meant.
    pub fn is(&self, difference: &Difference) -> bool {
        let who = match difference.sides {
            Sides::OnlyKafka => Kafka,
            Sides::OnlyGracchus => Gracchus,
            Sides::Both { .. } => Both,
        };
        (self.who == who || self.who == Anybody)
            && is_like(&difference.answer, self.answers)
            && is_like(&difference.path, self.field)
    }
}

/// Whether a text is like a pattern, in which `*` stands for anything.
pub fn is_like(text: &str, pattern: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = text.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_anything() {
        let table = [
            ("abc", "abc", true),
            ("abcd", "abc", false),
            ("abc", "a*", true),
            ("abc", "*c", true),
            ("abc", "*", true),
            ("a.b.c.d", "a*c*d", true),
            ("a.b.d", "a*c*d", false),
            ("ab", "ab*b", false),
        ];
        for (text, pattern, wanted) in table {
            assert_eq!(is_like(text, pattern), wanted, "{text} {pattern}");
        }
    }

    #[test]
    fn every_expected_difference_has_its_reason() {
        assert!(EXPECTED.iter().all(|expected| expected.reason.ends_with('.')));
    }
}
