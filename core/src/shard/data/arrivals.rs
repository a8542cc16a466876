//! Sessions that another shard has handed over and that are not served here yet. A session comes in a message ahead of its
//! connection, and both wait until this shard has the image under which the session was served before: otherwise a client
//! that has just been told of a topic would be told that there is none.
//!
//! **Invariants**
//! - What comes on a connection that waits is kept in its order, and handled when the session is served.
//! - A session is served once its connection is here and the shard has the image, and not before.

use crate::io::ConnId;
use crate::session::SessionHandOver;
use crate::types::ImageVersion;
use bytes::Bytes;
use std::collections::BTreeMap;

/// The sessions that are not served yet.
#[derive(Clone, Debug, Default)]
pub(super) struct Arrivals {
    waiting: BTreeMap<ConnId, Arrival>,
}

/// A session that can be served.
#[derive(Debug)]
pub(super) struct Arrived {
    pub(super) session: SessionHandOver,
    /// Whether the client has said meanwhile that it sends no more requests.
    pub(super) is_half_closed: bool,
}

#[derive(Clone, Debug)]
struct Arrival {
    session: Box<SessionHandOver>,
    image: ImageVersion,
    has_connection: bool,
    is_half_closed: bool,
}

impl Arrivals {
    /// Notes a session that comes from a shard that had this image.
    pub(super) fn on_session(&mut self, session: Box<SessionHandOver>, image: ImageVersion) {
        let conn = session.conn;
        let arrival = Arrival { session, image, has_connection: false, is_half_closed: false };
        self.waiting.insert(conn, arrival);
    }

    /// Notes that the connection of a session is here. Returns the session if it can be served with the image `have`.
    pub(super) fn on_connection(&mut self, conn: ConnId, have: ImageVersion) -> Option<Arrived> {
        let arrival = self.waiting.get_mut(&conn).expect("a session travels ahead of its connection");
        arrival.has_connection = true;
        let is_ready = arrival.is_ready(have);
        is_ready.then(|| self.take(conn))
    }

    /// Removes and returns the sessions that waited for an image no newer than `have`.
    pub(super) fn on_image(&mut self, have: ImageVersion) -> Vec<Arrived> {
        let ready = self.waiting.iter().filter(|(_, arrival)| arrival.is_ready(have)).map(|(conn, _)| *conn);
        ready.collect::<Vec<_>>().into_iter().map(|conn| self.take(conn)).collect()
    }

    /// Keeps a frame of a connection that waits. Returns the frame if the connection does not wait.
    pub(super) fn keep_frame(&mut self, conn: ConnId, frame: Bytes) -> Option<Bytes> {
        let Some(arrival) = self.waiting.get_mut(&conn) else { return Some(frame) };
        arrival.session.frames.push(frame);
        None
    }

    /// Notes that all bytes sent on a connection have gone to the network. Returns whether the connection waits.
    pub(super) fn on_drained(&mut self, conn: ConnId) -> bool {
        let arrival = self.waiting.get_mut(&conn);
        arrival.map(|arrival| arrival.session.unsent = 0).is_some()
    }

    /// Notes that a client sends no more requests. Returns whether its connection waits.
    pub(super) fn on_half_closed(&mut self, conn: ConnId) -> bool {
        let arrival = self.waiting.get_mut(&conn);
        arrival.map(|arrival| arrival.is_half_closed = true).is_some()
    }

    /// Drops the session of a connection that was closed. Returns whether the connection waited.
    pub(super) fn on_closed(&mut self, conn: ConnId) -> bool {
        self.waiting.remove(&conn).is_some()
    }

    fn take(&mut self, conn: ConnId) -> Arrived {
        let arrival = self.waiting.remove(&conn).expect("it waits");
        Arrived { session: *arrival.session, is_half_closed: arrival.is_half_closed }
    }
}

impl Arrival {
    fn is_ready(&self, have: ImageVersion) -> bool {
        self.has_connection && self.image <= have
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::ListenerId;

    fn conn() -> ConnId {
        ConnId::accepted(1)
    }

    fn session() -> Box<SessionHandOver> {
        Box::new(SessionHandOver {
            conn: conn(),
            listener: ListenerId(0),
            peer: "10.0.0.1:5000".parse().unwrap(),
            principal: None,
            frames: vec![Bytes::from_static(b"first")],
            unsent: 7,
        })
    }

    #[test]
    fn a_session_is_served_when_its_connection_and_the_image_are_here() {
        let mut arrivals = Arrivals::default();
        arrivals.on_session(session(), ImageVersion(3));
        assert!(arrivals.on_image(ImageVersion(9)).is_empty(), "the connection is on its way");
        assert!(arrivals.on_connection(conn(), ImageVersion(3)).is_some());

        arrivals.on_session(session(), ImageVersion(3));
        assert!(arrivals.on_connection(conn(), ImageVersion(2)).is_none());
        assert!(arrivals.on_image(ImageVersion(2)).is_empty());
        assert_eq!(arrivals.on_image(ImageVersion(3)).len(), 1);
        assert!(arrivals.on_image(ImageVersion(4)).is_empty(), "it is served once");
    }

    #[test]
    fn what_comes_meanwhile_is_kept() {
        let mut arrivals = Arrivals::default();
        arrivals.on_session(session(), ImageVersion(3));
        assert!(arrivals.on_connection(conn(), ImageVersion(2)).is_none());
        assert_eq!(arrivals.keep_frame(conn(), Bytes::from_static(b"second")), None);
        assert!(arrivals.on_drained(conn()) && arrivals.on_half_closed(conn()));
        let arrived = arrivals.on_image(ImageVersion(3)).pop().unwrap();
        assert_eq!(arrived.session.frames, ["first", "second"]);
        assert!(arrived.session.unsent == 0 && arrived.is_half_closed);
        let frame = Bytes::from_static(b"third");
        assert_eq!(arrivals.keep_frame(conn(), frame.clone()), Some(frame), "it waits no more");
        assert!(!arrivals.on_drained(conn()) && !arrivals.on_half_closed(conn()));
    }

    #[test]
    fn a_connection_that_closes_takes_its_session_with_it() {
        let mut arrivals = Arrivals::default();
        arrivals.on_session(session(), ImageVersion(3));
        assert!(arrivals.on_closed(conn()));
        assert!(!arrivals.on_closed(conn()) && arrivals.on_image(ImageVersion(3)).is_empty());
    }
}
