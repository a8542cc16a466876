//! FindCoordinator: which broker coordinates a group (KIP-699: several groups in one request).
//!
//! The coordinator of a group is the leader of a partition of `__consumer_offsets`. The topic is created when the first
//! client asks for a coordinator.

use super::group_call::partition_of_group;
use super::new_topics::offsets_topic;
use crate::broker::control::{ControlOutcome, ControlQuestion, Refusal};
use crate::broker::question::Reply;
use crate::broker::request::{Answer, Begun, BrokerApis, Client, Progress, RequestContext, Serve, Waiting};
use crate::metadata::{CONSUMER_OFFSETS, TopicImage};
use crate::types::ErrorCode;
use crate::wire::FindCoordinatorRequest;
use crate::wire::find_coordinator::{Coordinator, FindCoordinatorResponse};
use bytestring::ByteString;

/// The first version that asks for several keys (KIP-699).
const SEVERAL: i16 = 4;

/// The first version that asks for the coordinators of share partitions (KIP-932).
const OF_SHARES: i16 = 6;

/// The types of keys (`FindCoordinatorRequest.CoordinatorType`).
const GROUP: i8 = 0;
const TRANSACTION: i8 = 1;
const SHARE: i8 = 2;

/// Time in milliseconds that a request waits for `__consumer_offsets` to be created. After that time, the client gets
/// COORDINATOR_NOT_AVAILABLE, so that it asks again.
const PATIENCE_MS: i64 = 2_000;

/// A request that waits for `__consumer_offsets` to be created.
#[derive(Clone, Debug)]
struct Finding {
    keys: Vec<ByteString>,
}

impl Serve<BrokerApis> for FindCoordinatorRequest {
    fn breadth(&self) -> usize {
        self.coordinator_keys.len()
    }

    /// Answers at once, unless `__consumer_offsets` must be created first.
    fn begin(self, _client: &Client<'_>, cx: &mut RequestContext<'_, '_>) -> Begun {
        let keys = if cx.head.version >= SEVERAL { self.coordinator_keys } else { vec![self.key] };
        let finding = Finding { keys };
        match self.key_type {
            GROUP => {}
            // There is no transaction coordinator and no share coordinator. Clients ask again after this error.
            TRANSACTION => return Begun::Done(finding.answer_each(|_| not_here(), cx)),
            SHARE if cx.head.version >= OF_SHARES => {
                let judge = |key: &str| if is_share_partition(key) { not_here() } else { malformed() };
                return Begun::Done(finding.answer_each(judge, cx));
            }
            _ => return Begun::Done(finding.answer_each(|_| malformed(), cx)),
        }
        if let Some(topic) = cx.view.image.topic_named(CONSUMER_OFFSETS).cloned() {
            return Begun::Done(finding.answer(&topic, cx));
        }
        match offsets_topic(cx.view) {
            Ok(topic) => cx.ask_control(ControlQuestion::CreateTopics { topics: vec![topic], validate_only: false }),
            Err(refusal) => {
                let refusal = Refusal { error: ErrorCode::CoordinatorNotAvailable, ..refusal };
                return Begun::Done(finding.refuse(&refusal, cx));
            }
        }
        let deadline = cx.now().plus_ms(PATIENCE_MS);
        Begun::waiting(finding, deadline)
    }
}

impl Waiting<BrokerApis> for Finding {
    fn on_reply(&mut self, _n: usize, reply: Reply, cx: &mut RequestContext<'_, '_>) -> Progress {
        let Reply::Control(ControlOutcome::TopicsCreated(_)) = reply else { return Progress::Wait };
        // The outcome of the creation is ignored. Even if it was refused, another request may have created the topic in
        // the meantime, and then the image has the topic.
        Progress::Done(match cx.view.image.topic_named(CONSUMER_OFFSETS).cloned() {
            Some(topic) => self.answer(&topic, cx),
            None => self.not_yet(cx),
        })
    }

    fn on_deadline(&mut self, cx: &mut RequestContext<'_, '_>) -> Progress {
        Progress::Done(self.not_yet(cx))
    }
}

impl Finding {
    /// Answers with the leaders of the groups' partitions.
    fn answer(&self, topic: &TopicImage, cx: &mut RequestContext<'_, '_>) -> Answer {
        let found = self.keys.iter().map(|key| coordinator(key, topic, cx)).collect();
        respond(found, cx)
    }

    fn refuse(&self, refusal: &Refusal, cx: &mut RequestContext<'_, '_>) -> Answer {
        self.answer_each(|_| refusal.clone(), cx)
    }

    fn answer_each(&self, refusal: impl Fn(&str) -> Refusal, cx: &mut RequestContext<'_, '_>) -> Answer {
        let found = self.keys.iter().map(|key| refused(key, &refusal(key))).collect();
        respond(found, cx)
    }

    fn not_yet(&self, cx: &mut RequestContext<'_, '_>) -> Answer {
        self.refuse(&Refusal { error: ErrorCode::CoordinatorNotAvailable, message: None }, cx)
    }
}

/// The answer for one group: the leader of the group's partition, or an error.
fn coordinator(key: &ByteString, topic: &TopicImage, cx: &RequestContext<'_, '_>) -> Coordinator {
    let broker = cx.view;
    let partition = partition_of_group(key, topic);
    let leader = usize::try_from(partition).ok().and_then(|at| topic.partitions.get(at)).and_then(|it| it.leader);
    let registration = leader.and_then(|leader| broker.image.brokers.get(&leader));
    match registration.and_then(|known| Some((known, broker.end_point(known, cx.head.listener)?))) {
        Some((known, (host, port))) => Coordinator {
            key: key.clone(),
            node_id: known.id.0,
            host: ByteString::from(&**host),
            port: i32::from(port),
            ..Coordinator::default()
        },
        None => refused(key, &Refusal { error: ErrorCode::CoordinatorNotAvailable, message: None }),
    }
}

fn not_here() -> Refusal {
    Refusal::new(ErrorCode::CoordinatorNotAvailable, "this broker coordinates groups only")
}

fn malformed() -> Refusal {
    let message = "keys are of type 0 (group), 1 (transaction) or, from version 6 on, 2 (groupId:topicId:partition of a \
                   share group)";
    Refusal::new(ErrorCode::InvalidRequest, message)
}

/// Whether a key names a partition of a share group: `groupId:topicId:partition` (`SharePartitionKey.validate`).
fn is_share_partition(key: &str) -> bool {
    let Some((rest, partition)) = key.rsplit_once(':') else { return false };
    let Some((group, topic)) = rest.rsplit_once(':') else { return false };
    // A topic id is 16 bytes in the base 64 of URLs, without padding.
    let is_of_an_id = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let is_id = topic.len() == 22 && topic.bytes().all(is_of_an_id);
    !group.trim().is_empty() && is_id && partition.parse::<i32>().is_ok()
}

fn refused(key: &ByteString, refusal: &Refusal) -> Coordinator {
    Coordinator {
        key: key.clone(),
        node_id: -1,
        port: -1,
        error_code: refusal.error.to_wire(),
        error_message: refusal.message.as_deref().map(ByteString::from),
        ..Coordinator::default()
    }
}

/// Encodes the response in the form of the request's version: one coordinator up to version 3, a list from version 4
/// on.
fn respond(mut found: Vec<Coordinator>, cx: &mut RequestContext<'_, '_>) -> Answer {
    if cx.head.version >= SEVERAL {
        return cx.answer(&FindCoordinatorResponse {
            node_id: -1,
            port: -1,
            coordinators: found,
            ..FindCoordinatorResponse::default()
        });
    }
    let only = found.pop().expect("the request was for one key");
    cx.answer(&FindCoordinatorResponse {
        error_code: only.error_code,
        error_message: only.error_message,
        node_id: only.node_id,
        host: only.host,
        port: only.port,
        ..FindCoordinatorResponse::default()
    })
}
