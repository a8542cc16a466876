//! What AlterConfigs and IncrementalAlterConfigs share: the session checks each resource of the request, and the
//! control shard changes the configurations of the valid ones.

use super::new_topics::name_fault;
use super::r32_describe_configs::own_id;
use crate::broker::context::BrokerContext;
use crate::broker::control::{AlteredConfig, ConfigChange, ConfigOf, ControlOutcome, ControlQuestion, Refusal};
use crate::broker::question::Reply;
use crate::broker::request::{Answer, Begun, BrokerApis, Progress, RequestContext, Waiting};
use crate::types::ErrorCode;
use bytestring::ByteString;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Time in milliseconds that a request waits for the control shard's answer. AlterConfigs and IncrementalAlterConfigs
/// have no field for a timeout.
const PATIENCE_MS: i64 = 30_000;

/// The resource type of a topic in requests (`ConfigResource.Type.TOPIC`).
const TOPIC: i8 = 2;
/// The resource type of a broker in requests (`ConfigResource.Type.BROKER`).
const BROKER: i8 = 4;

/// A resource whose configuration is to be changed, as a request names it.
#[derive(Clone, Debug)]
pub(super) struct Resource {
    pub(super) kind: i8,
    pub(super) name: ByteString,
    /// The changes, each with its key; or a refusal, if one of the changes cannot be valid, such as a null value.
    pub(super) changes: Result<Vec<(Arc<str>, ConfigChange)>, Refusal>,
}

/// The answer for one resource.
#[derive(Clone, Debug)]
pub(super) struct Outcome {
    pub(super) kind: i8,
    pub(super) name: ByteString,
    pub(super) error: ErrorCode,
    pub(super) message: Option<ByteString>,
}

/// Encodes the outcomes as a response to the request's own API.
pub(super) type Respond = fn(Vec<Outcome>, &mut RequestContext<'_, '_>) -> Answer;

/// Resources that the control shard is changing.
#[derive(Clone, Debug)]
struct Altering {
    /// The outcome of each resource. A resource that is not answered yet has REQUEST_TIMED_OUT.
    outcomes: Vec<Outcome>,
    /// Indexes in `outcomes` of the resources that the control shard was asked about, in the order of the question.
    asked: Vec<usize>,
    respond: Respond,
}

/// Checks each resource by itself, and asks the control shard to change the configurations of the valid ones.
pub(super) fn begin(
    resources: Vec<Resource>,
    replaces: bool,
    validate_only: bool,
    respond: Respond,
    cx: &mut RequestContext<'_, '_>,
) -> Begun {
    let mut altering = Altering { outcomes: Vec::new(), asked: Vec::new(), respond };
    let mut altered = Vec::new();
    let repeated = repeated(&resources);
    for resource in resources {
        let judged = if repeated.contains(&(resource.kind, resource.name.clone())) {
            Err(Refusal::new(ErrorCode::InvalidRequest, "Each resource must appear at most once."))
        } else {
            judge(&resource, cx.view)
        };
        let mut outcome =
            Outcome { kind: resource.kind, name: resource.name.clone(), error: ErrorCode::None, message: None };
        match judged {
            Ok((of, changes)) => {
                outcome.error = ErrorCode::RequestTimedOut;
                altering.asked.push(altering.outcomes.len());
                altered.push(AlteredConfig { of, replaces, changes });
            }
            Err(refusal) => outcome.refuse(&refusal),
        }
        altering.outcomes.push(outcome);
    }
    if altered.is_empty() {
        return Begun::Done(altering.finish(cx));
    }
    cx.ask_control(ControlQuestion::AlterConfigs { resources: altered, validate_only });
    let deadline = cx.now().plus_ms(PATIENCE_MS);
    Begun::waiting(altering, deadline)
}

impl Waiting<BrokerApis> for Altering {
    fn on_reply(&mut self, _n: usize, reply: Reply, cx: &mut RequestContext<'_, '_>) -> Progress {
        let Reply::Control(ControlOutcome::Judged(judged)) = reply else { return Progress::Wait };
        for (at, judged) in core::mem::take(&mut self.asked).into_iter().zip(judged) {
            let outcome = &mut self.outcomes[at];
            match judged {
                Ok(()) => outcome.error = ErrorCode::None,
                Err(refusal) => outcome.refuse(&refusal),
            }
        }
        Progress::Done(self.finish(cx))
    }

    fn on_deadline(&mut self, cx: &mut RequestContext<'_, '_>) -> Progress {
        Progress::Done(self.finish(cx))
    }
}

impl Altering {
    /// Encodes the response. Resources without an answer keep REQUEST_TIMED_OUT.
    fn finish(&mut self, cx: &mut RequestContext<'_, '_>) -> Answer {
        (self.respond)(core::mem::take(&mut self.outcomes), cx)
    }
}

impl Outcome {
    fn refuse(&mut self, refusal: &Refusal) {
        self.error = refusal.error;
        self.message = refusal.message.as_deref().map(ByteString::from);
    }
}

fn repeated(resources: &[Resource]) -> BTreeSet<(i8, ByteString)> {
    let mut seen = BTreeSet::new();
    let names = resources.iter().map(|resource| (resource.kind, resource.name.clone()));
    names.filter(|name| !seen.insert(name.clone())).collect()
}

/// The topic or brokers whose configuration is changed, and the changes by key.
type Change = (ConfigOf, Vec<(Arc<str>, ConfigChange)>);

/// Checks one resource of the request, and returns its changes. Resources other than topics and brokers are refused.
fn judge(resource: &Resource, broker: &BrokerContext) -> Result<Change, Refusal> {
    let changes = resource.changes.clone()?;
    let mut keys = BTreeMap::new();
    for (key, _) in &changes {
        if keys.insert(key.clone(), ()).is_some() {
            return Err(Refusal::new(ErrorCode::InvalidRequest, "Error due to duplicate config keys"));
        }
    }
    match resource.kind {
        TOPIC => {
            judge_topic_name(&resource.name)?;
            Ok((ConfigOf::Topic(Arc::from(&*resource.name)), changes))
        }
        BROKER if resource.name.is_empty() => Ok((ConfigOf::Broker(None), changes)),
        BROKER => match own_id(&resource.name, " or empty string,", broker) {
            Ok(node) => Ok((ConfigOf::Broker(Some(node)), changes)),
            Err((error, message)) => Err(Refusal::new(error, &message)),
        },
        other => {
            let message =
                format!("Unexpected resource type {other}: this broker changes configurations of topics and brokers.");
            Err(Refusal::new(ErrorCode::InvalidRequest, &message))
        }
    }
}

/// Checks the name of a topic whose configuration is to be changed
/// (`ControllerConfigurationValidator.validateTopicName`).
fn judge_topic_name(name: &str) -> Result<(), Refusal> {
    match name_fault(name) {
        _ if name.is_empty() => {
            Err(Refusal::new(ErrorCode::InvalidRequest, "Default topic resources are not allowed."))
        }
        Some(fault) => Err(Refusal::new(ErrorCode::InvalidTopicException, fault)),
        None => Ok(()),
    }
}
