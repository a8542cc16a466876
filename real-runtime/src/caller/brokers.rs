//! All brokers of a cluster, found from any of them: who has to be asked what, and asking again what may go better soon.
//!
//! **Invariants**: no operation takes longer than the patience that the user has, retries included; a request is repeated
//! only after an error that says nothing was done.
//!
//! **In Kafka**: `KafkaAdminClient` (`NodeProvider`, `handleNotControllerError`, `CoordinatorStrategy`).

use super::{CallError, Caller};
use core::time::Duration;
use gracchus_core::types::ErrorCode;
use gracchus_core::wire::metadata::{MetadataRequestTopic, MetadataResponseTopic};
use gracchus_core::wire::{FindCoordinatorRequest, MetadataRequest, MetadataResponse, Request};
use std::collections::BTreeMap;
use std::thread;
use std::time::Instant;

/// The pause before something is asked again.
const PAUSE: Duration = Duration::from_millis(100);

/// The first version of FindCoordinator that asks for several keys (KIP-699).
const BATCHED_KEYS: i16 = 4;

/// What the brokers say of topics, by name.
pub type Topics = BTreeMap<String, MetadataResponseTopic>;

/// The brokers of one cluster.
pub struct Brokers {
    patience: Duration,
    /// The broker that was reached first.
    first: Caller<()>,
    /// Connections to brokers by their ids.
    open: BTreeMap<i32, Caller<()>>,
    /// `HOST:PORT` by id, as the brokers themselves say.
    addresses: BTreeMap<i32, String>,
    controller: Option<i32>,
}

impl Brokers {
    /// Connects to the first of `bootstrap` that can be reached. Neither that nor any operation after it takes longer than
    /// `patience`.
    pub fn connect(bootstrap: &[String], patience: Duration) -> Result<Brokers, CallError> {
        let until = Instant::now() + patience;
        let mut tried = Vec::new();
        for address in bootstrap {
            let left = until.saturating_duration_since(Instant::now()).max(PAUSE);
            match Caller::connect_within(address, left) {
                Ok(first) => {
                    let (open, addresses) = (BTreeMap::new(), BTreeMap::new());
                    let mut this = Brokers { patience, first, open, addresses, controller: None };
                    this.metadata(Some(&[]))?;
                    return Ok(this);
                }
                Err(CallError::Unreachable(each)) => tried.extend(each),
                // Somebody is there: what this one says is more than that another cannot be reached.
                Err(error) if bootstrap.len() == 1 => return Err(error),
                Err(error) => tried.push((address.clone(), std::io::Error::other(error.to_string()))),
            }
        }
        Err(CallError::Unreachable(tried))
    }

    /// How long an operation may take.
    #[must_use]
    pub fn patience(&self) -> Duration {
        self.patience
    }

    /// How long an operation may take, as requests carry it.
    #[must_use]
    pub fn patience_ms(&self) -> i32 {
        i32::try_from(self.patience.as_millis()).unwrap_or(i32::MAX)
    }

    /// The broker that was reached first.
    pub fn any(&mut self) -> &mut Caller<()> {
        &mut self.first
    }

    /// The ids of all brokers, and where they say that they are.
    #[must_use]
    pub fn addresses(&self) -> &BTreeMap<i32, String> {
        &self.addresses
    }

    /// The connection to one broker.
    pub fn node(&mut self, id: i32) -> Result<&mut Caller<()>, CallError> {
        if !self.open.contains_key(&id) {
            let Some(address) = self.addresses.get(&id) else {
                return Err(CallError::of(ErrorCode::BrokerNotAvailable.to_wire(), None));
            };
            let caller = Caller::connect_within(address, self.patience)?;
            self.open.insert(id, caller);
        }
        Ok(self.open.get_mut(&id).expect("it was put there a moment ago"))
    }

    /// What a broker says of these topics, or of all; none of them is created by that.
    pub fn topics(&mut self, names: Option<&[String]>) -> Result<Topics, CallError> {
        let answer = self.metadata(names)?;
        let named = answer.topics.into_iter().filter_map(|topic| Some((topic.name.as_ref()?.to_string(), topic)));
        Ok(named.collect())
    }

    fn metadata(&mut self, names: Option<&[String]>) -> Result<MetadataResponse, CallError> {
        let topic = |name: &String| MetadataRequestTopic { name: Some(name.as_str().into()), ..Default::default() };
        let body = MetadataRequest {
            topics: names.map(|names| names.iter().map(topic).collect()),
            allow_auto_topic_creation: false,
            ..Default::default()
        };
        let answer = self.first.call(&body)?;
        if answer.error_code != 0 {
            return Err(CallError::Code(answer.error_code));
        }
        self.addresses =
            answer.brokers.iter().map(|broker| (broker.node_id, address(&broker.host, broker.port))).collect();
        self.controller = Some(answer.controller_id).filter(|id| self.addresses.contains_key(id));
        Ok(answer)
    }

    /// Asks the controller, or the broker that was reached first where nobody says who that is. `error` takes the error
    /// codes out of an answer; NOT_CONTROLLER among them means to ask again.
    pub fn ask_controller<R: Request>(
        &mut self,
        body: &R,
        errors: impl Fn(&R::Response) -> Vec<i16>,
    ) -> Result<R::Response, CallError> {
        let until = Instant::now() + self.patience;
        loop {
            let answer = match self.controller {
                Some(id) => self.node(id)?.call(body)?,
                None => self.first.call(body)?,
            };
            let is_elsewhere = errors(&answer).contains(&ErrorCode::NotController.to_wire());
            if !is_elsewhere || !pause(until) {
                return Ok(answer);
            }
            self.metadata(Some(&[]))?;
        }
    }

    /// Asks the coordinator of a group, and asks again while it is being found or loads. `error` takes the first error code
    /// out of an answer, nought where there is none.
    pub fn ask_coordinator<R: Request>(
        &mut self,
        group: &str,
        body: &R,
        error: impl Fn(&R::Response) -> i16,
    ) -> Result<R::Response, CallError> {
        let until = Instant::now() + self.patience;
        loop {
            let node = self.coordinator(group)?;
            let answer = self.node(node)?.call(body)?;
            let code = ErrorCode::from_wire(error(&answer));
            if !is_passing(code) || !pause(until) {
                return Ok(answer);
            }
        }
    }

    /// The broker that coordinates a group.
    pub fn coordinator(&mut self, group: &str) -> Result<i32, CallError> {
        let until = Instant::now() + self.patience;
        loop {
            let (code, message, node, address) = self.find_coordinator(group)?;
            match ErrorCode::from_wire(code) {
                ErrorCode::None => {
                    self.addresses.insert(node, address);
                    return Ok(node);
                }
                error if is_passing(error) && pause(until) => {}
                _ => return Err(CallError::of(code, message.as_deref())),
            }
        }
    }

    fn find_coordinator(&mut self, group: &str) -> Result<(i16, Option<String>, i32, String), CallError> {
        let caller = &mut self.first;
        if caller.version::<FindCoordinatorRequest>()? < BATCHED_KEYS {
            let body = FindCoordinatorRequest { key: group.into(), ..Default::default() };
            let it = caller.call(&body)?;
            let message = it.error_message.map(|message| message.to_string());
            return Ok((it.error_code, message, it.node_id, address(&it.host, it.port)));
        }
        let body = FindCoordinatorRequest { coordinator_keys: vec![group.into()], ..Default::default() };
        let mut rows = caller.call(&body)?.coordinators;
        let it = rows.pop().ok_or(CallError::Code(ErrorCode::CoordinatorNotAvailable.to_wire()))?;
        let message = it.error_message.map(|message| message.to_string());
        Ok((it.error_code, message, it.node_id, address(&it.host, it.port)))
    }
}

/// `HOST:PORT`, as it is connected to: an IPv6 address stands in brackets.
fn address(host: &str, port: i32) -> String {
    if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}

/// Whether a coordinator may answer otherwise soon, having done nothing so far.
fn is_passing(error: ErrorCode) -> bool {
    use ErrorCode::{CoordinatorLoadInProgress, CoordinatorNotAvailable, NotCoordinator};
    matches!(error, CoordinatorLoadInProgress | CoordinatorNotAvailable | NotCoordinator)
}

/// Waits a moment, unless the time is over; whether there is time left.
pub(super) fn pause(until: Instant) -> bool {
    let goes_on = Instant::now() + PAUSE < until;
    if goes_on {
        thread::sleep(PAUSE);
    }
    goes_on
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ipv6_address_stands_in_brackets() {
        assert_eq!(address("::1", 9092), "[::1]:9092");
        assert_eq!(address("broker.example", 9092), "broker.example:9092");
    }
}
