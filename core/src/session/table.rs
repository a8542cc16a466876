//! Finds the API of a frame in a table of those that are served, decodes the request, and begins it.
//!
//! **In Kafka**: `ApiKeys`, `ApiMessageType.ListenerType`, the `match` of `KafkaApis.handle`.

use super::api_versions;
use super::request::{Apis, Begun, Belongs, Client, RequestContext, Serve};
use crate::io::ShardId;
use crate::wire::{Api, ApiKey, ApiVersionsRequest, DecodeError, Decoder, decode_request, open_request, peek};
use bytes::Bytes;
use bytestring::ByteString;
use std::net::SocketAddr;

/// Whether requests of an API may wait for replies. If not, they are answered as soon as they begin.
pub(crate) type Waits = bool;
/// Requests may wait for replies.
pub(crate) const MAY_WAIT: Waits = true;
/// Requests are answered as soon as they begin.
pub(crate) const AT_ONCE: Waits = false;

/// The most partitions, topics or keys that one request may name. If a request names more, its connection is closed: no
/// cluster has that many on one broker.
const BREADTH_MOST: usize = 100_000;

/// One API that is served.
pub(crate) struct Row<A: Apis> {
    key: ApiKey,
    may_wait: Waits,
    serve: ServeFn<A>,
    /// Answers a request in a version that is not served. If it is `None`, the connection is closed instead.
    unknown_version: Option<AnswerFn<A>>,
}

/// Begins a request of which only the header was read.
type AnswerFn<A> = fn(&mut RequestContext<'_, '_, A>) -> Begun<A>;

/// Decodes a request and begins it, unless its connection can move to another shard and belongs there.
type ServeFn<A> =
    fn(&mut Decoder, Option<Home>, &Client<'_>, &mut RequestContext<'_, '_, A>) -> Result<Served<A>, Rude>;

/// The shard that a connection is on, and may leave.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Home {
    pub(super) shard: ShardId,
    /// Whether a client's connection may move too, and not only a follower's.
    pub(super) hands_over_clients: bool,
}

/// Whether the request in a frame was begun here, or moves to another shard.
pub(super) enum Served<A: Apis> {
    /// The request has begun. `settles`: the request showed that no other shard suits the connection better, so the
    /// connection does not move any more.
    Begun { begun: Begun<A>, settles: bool },
    /// The request was not begun, because the connection belongs on this other shard. The connection moves there with
    /// the frame.
    Elsewhere(ShardId),
}

/// Why the sender of a frame is disconnected, in words.
pub(super) type Rude = &'static str;

impl<A: Apis> Row<A> {
    /// An API whose request is `R`.
    pub(crate) const fn of<R: Serve<A>>(may_wait: Waits) -> Row<A> {
        Row { key: R::KEY, may_wait, serve: serve::<A, R>, unknown_version: None }
    }

    /// ApiVersions, which also answers requests in versions that are not served.
    pub(crate) const fn api_versions() -> Row<A> {
        Row { unknown_version: Some(api_versions::begin_unknown), ..Row::of::<ApiVersionsRequest>(AT_ONCE) }
    }

    /// The API's key, name and versions.
    pub(crate) fn api(&self) -> &'static Api {
        self.key.api()
    }

    /// Checks that the rows stand in the order of their keys, as the search for a row needs it, and that each is found.
    #[cfg(test)]
    pub(crate) fn check_table() {
        assert!(A::TABLE.is_sorted_by_key(|row| row.key.to_wire()));
        for row in A::TABLE {
            assert!(core::ptr::eq(Row::find(row.key.to_wire()).expect("is found"), row));
        }
    }

    fn find(key: i16) -> Option<&'static Row<A>> {
        A::TABLE.binary_search_by_key(&key, |row| row.key.to_wire()).ok().map(|at| &A::TABLE[at])
    }
}

/// A frame whose header was read.
pub(super) struct Opened<A: Apis> {
    row: &'static Row<A>,
    pub(super) version: i16,
    pub(super) correlation: i32,
    client_id: Option<ByteString>,
    /// The request behind its header, still encoded. `None` if the request's version is not served.
    body: Option<Decoder>,
}

/// Reads a frame's header. Fails if the header cannot be read, or if the request can be answered in no version. The
/// sender of the frame is then disconnected.
pub(super) fn open<A: Apis>(frame: &Bytes) -> Result<Opened<A>, Rude> {
    let head = peek(frame).map_err(|_| "a request header that cannot be read")?;
    let row = Row::find(head.api_key).ok_or("an API that this broker does not have")?;
    match open_request(frame.clone()) {
        Ok((_, header, body)) => Ok(Opened {
            row,
            version: header.request_api_version,
            correlation: header.correlation_id,
            client_id: header.client_id,
            body: Some(body),
        }),
        // KIP-511: an ApiVersions request of an unknown version is answered in version 0, so that the client learns
        // which versions it can use.
        Err(DecodeError::Version { .. }) if row.unknown_version.is_some() => {
            Ok(Opened { row, version: 0, correlation: head.correlation_id, client_id: None, body: None })
        }
        Err(DecodeError::Version { .. }) => Err("a version that the API does not have"),
        Err(_) => Err("a request header that cannot be read"),
    }
}

impl<A: Apis> Opened<A> {
    /// Begins the request. If there is a `home` that the connection may leave, and the request shows that the
    /// connection belongs on another shard, the request is not begun here.
    pub(super) fn serve(
        mut self,
        home: Option<Home>,
        peer: SocketAddr,
        cx: &mut RequestContext<'_, '_, A>,
    ) -> Result<Served<A>, Rude> {
        let client = Client { id: self.client_id.as_ref(), peer };
        let served = match (&mut self.body, self.row.unknown_version) {
            (Some(body), _) => (self.row.serve)(body, home, &client, cx)?,
            (None, Some(answer)) => Served::Begun { begun: answer(cx), settles: false },
            (None, None) => unreachable!("only a row that answers unknown versions is opened without a body"),
        };
        if let Served::Begun { begun: Begun::Wait(..), .. } = &served {
            assert!(self.row.may_wait, "{} answers at once", self.row.api().name);
        }
        Ok(served)
    }
}

fn serve<A: Apis, R: Serve<A>>(
    input: &mut Decoder,
    home: Option<Home>,
    client: &Client<'_>,
    cx: &mut RequestContext<'_, '_, A>,
) -> Result<Served<A>, Rude> {
    let request: R = decode_request(input, cx.head.version).map_err(|_| "a request that cannot be read")?;
    if request.breadth() > BREADTH_MOST {
        return Err("a request that names more than any cluster has");
    }
    let mut settles = false;
    if let Some(home) = home {
        settles = match request.belongs(cx.head.version, cx.view) {
            Belongs::Unknown => false,
            Belongs::Anywhere => true,
            Belongs::On { shard, is_follower } => {
                if shard != home.shard && (is_follower || home.hands_over_clients) {
                    return Ok(Served::Elsewhere(shard));
                }
                true
            }
        };
    }
    Ok(Served::Begun { begun: request.begin(client, cx), settles })
}
