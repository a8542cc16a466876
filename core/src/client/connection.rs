//! One connection to a broker: numbers requests, and knows which answer is due.

use super::output::Conn;
use crate::types::Instant;
use crate::wire::{ApiKey, DecodeError, Request, Response, frame_request, open_response};
use bytes::{Bytes, BytesMut};
use bytestring::ByteString;
use std::collections::{BTreeMap, VecDeque};

/// An open connection; `T` is what its user keeps for each request.
#[derive(Clone, Debug)]
pub struct Connection<T> {
    conn: Conn,
    client_id: ByteString,
    next_correlation: i32,
    /// Requests that an answer is due for, in order.
    in_flight: VecDeque<Due<T>>,
    /// What the broker said that it has; none where it was not asked.
    versions: Option<BTreeMap<i16, (i16, i16)>>,
    scratch: BytesMut,
}

#[derive(Clone, Debug)]
struct Due<T> {
    key: ApiKey,
    version: i16,
    correlation_id: i32,
    deadline: Instant,
    purpose: T,
}

/// An answer, and what its request was for. The frame is read when its reader says as what.
#[derive(Clone, Debug)]
pub struct Answered<T> {
    /// What was kept for the request.
    pub purpose: T,
    /// Of which API.
    pub key: ApiKey,
    /// In which version.
    pub version: i16,
    correlation_id: i32,
    frame: Bytes,
}

impl<T> Answered<T> {
    /// The answer itself, which must be of that type.
    pub fn read<R: Response>(&self) -> Result<R, DecodeError> {
        assert_eq!(R::KEY, self.key, "an answer is read as what was asked for");
        open_response(self.frame.clone(), self.correlation_id, self.version)
    }
}

impl<T> Connection<T> {
    /// A connection that has sent nothing yet.
    #[must_use]
    pub fn new(conn: Conn, client_id: ByteString) -> Connection<T> {
        Connection {
            conn,
            client_id,
            next_correlation: 0,
            in_flight: VecDeque::new(),
            versions: None,
            scratch: BytesMut::new(),
        }
    }

    /// Its name.
    #[must_use]
    pub fn conn(&self) -> Conn {
        self.conn
    }

    /// How many answers are due.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.in_flight.len()
    }

    /// When the oldest request has waited too long.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        self.in_flight.front().map(|due| due.deadline)
    }

    /// Notes which versions the broker has, by API key.
    pub fn set_versions(&mut self, versions: BTreeMap<i16, (i16, i16)>) {
        self.versions = Some(versions);
    }

    /// The version to speak: `wanted`, or the highest below it that the broker has; `None` where there is none.
    #[must_use]
    pub fn version(&self, key: ApiKey, wanted: i16) -> Option<i16> {
        let Some(versions) = &self.versions else { return Some(wanted) };
        let (min, max) = versions.get(&key.to_wire())?;
        let version = wanted.min(*max);
        (version >= *min && version >= key.api().min).then_some(version)
    }

    /// A whole request as parts; its answer is due by `deadline`.
    pub fn request<R: Request>(&mut self, body: &R, version: i16, deadline: Instant, purpose: T) -> Vec<Bytes> {
        let correlation_id = self.next_correlation;
        let parts = self.request_unanswered(body, version);
        self.in_flight.push_back(Due { key: R::KEY, version, correlation_id, deadline, purpose });
        parts
    }

    /// A whole request that the broker never answers: Produce with `acks=0`.
    pub fn request_unanswered<R: Request>(&mut self, body: &R, version: i16) -> Vec<Bytes> {
        let correlation_id = self.next_correlation;
        self.next_correlation = correlation_id.wrapping_add(1) & i32::MAX;
        frame_request(Some(&self.client_id), correlation_id, body, version, &mut self.scratch)
    }

    /// Which request a frame answers: the oldest. `None` where none is due, which ends the connection.
    pub fn on_frame(&mut self, frame: Bytes) -> Option<Answered<T>> {
        let Due { key, version, correlation_id, purpose, .. } = self.in_flight.pop_front()?;
        Some(Answered { purpose, key, version, correlation_id, frame })
    }

    /// What was kept for the requests that were not answered, oldest first.
    #[must_use]
    pub fn into_unanswered(self) -> Vec<T> {
        self.in_flight.into_iter().map(|due| due.purpose).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{
        ApiVersionsRequest, InitProducerIdRequest, InitProducerIdResponse, ProduceRequest, frame_response, peek,
    };

    fn frame(parts: &[Bytes]) -> Bytes {
        Bytes::from(parts.concat()).slice(4..)
    }

    #[test]
    fn answers_are_matched_in_the_order_of_requests_and_unanswered_ones_take_no_place() {
        let mut connection = Connection::new(Conn(1), "me".into());
        let far = Instant(1_000);
        let first = connection.request(&InitProducerIdRequest::default(), 4, far, 'a');
        let _ = connection.request_unanswered(&ProduceRequest::default(), 9);
        let second = connection.request(&InitProducerIdRequest::default(), 4, far, 'b');
        assert_eq!(connection.in_flight(), 2);
        for (request, purpose) in [(first, 'a'), (second, 'b')] {
            let head = peek(&frame(&request)).unwrap();
            let body = InitProducerIdResponse { producer_id: i64::from(head.correlation_id), ..Default::default() };
            let answer = frame_response(head.correlation_id, &body, 4, &mut BytesMut::new());
            let answered = connection.on_frame(frame(&answer)).unwrap();
            assert_eq!(answered.purpose, purpose);
            assert_eq!(answered.read::<InitProducerIdResponse>(), Ok(body));
        }
        assert!(connection.on_frame(Bytes::new()).is_none(), "nothing is due");
    }

    #[test]
    fn an_answer_with_another_number_is_an_error() {
        let mut connection = Connection::new(Conn(1), "me".into());
        let _ = connection.request(&InitProducerIdRequest::default(), 4, Instant(1), ());
        let answer = frame_response(77, &InitProducerIdResponse::default(), 4, &mut BytesMut::new());
        let answered = connection.on_frame(frame(&answer)).unwrap();
        let found = answered.read::<InitProducerIdResponse>();
        assert_eq!(found, Err(DecodeError::Correlation { expected: 0, found: 77 }));
    }

    #[test]
    fn versions_are_lowered_to_what_the_broker_has() {
        let mut connection = Connection::<()>::new(Conn(1), "me".into());
        assert_eq!(connection.version(ApiKey::Produce, 12), Some(12), "not asked");
        connection.set_versions(BTreeMap::from([(0, (0, 9)), (1, (13, 17)), (18, (0, 2))]));
        assert_eq!(connection.version(ApiKey::Produce, 12), Some(9));
        assert_eq!(connection.version(ApiKey::Produce, 2), None, "claimed and yet not there");
        assert_eq!(connection.version(ApiKey::Fetch, 12), None);
        assert_eq!(connection.version(ApiKey::Metadata, 12), None);
        let _ = connection.request(&ApiVersionsRequest::default(), 2, Instant(5), ());
        assert_eq!(connection.deadline(), Some(Instant(5)));
        assert_eq!(connection.into_unanswered().len(), 1);
    }
}
