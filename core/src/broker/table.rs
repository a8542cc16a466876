//! The table of the APIs that a broker serves: one row for each, sorted by API key.
//!
//! **In Kafka**: `ApiKeys`, `ApiMessageType.ListenerType`, the `match` of `KafkaApis.handle`.

use super::request::{Begun, Belongs, Client, RequestContext, Serve};
use super::requests::r18_api_versions;
use crate::io::ShardId;
use crate::wire::{
    AlterConfigsRequest, Api, ApiKey, ApiVersionsRequest, CreatePartitionsRequest, CreateTopicsRequest, DecodeError,
    Decoder, DeleteGroupsRequest, DeleteRecordsRequest, DeleteTopicsRequest, DescribeClusterRequest,
    DescribeConfigsRequest, DescribeGroupsRequest, DescribeLogDirsRequest, DescribeProducersRequest,
    DescribeTopicPartitionsRequest, FetchRequest, FindCoordinatorRequest, HeartbeatRequest,
    IncrementalAlterConfigsRequest, InitProducerIdRequest, JoinGroupRequest, LeaveGroupRequest,
    ListConfigResourcesRequest, ListGroupsRequest, ListOffsetsRequest, MetadataRequest, OffsetCommitRequest,
    OffsetDeleteRequest, OffsetFetchRequest, OffsetForLeaderEpochRequest, ProduceRequest, SyncGroupRequest,
    decode_request, open_request, peek,
};
use bytes::Bytes;
use bytestring::ByteString;
use std::net::SocketAddr;

/// Every API that is served, in the order of the keys.
pub(super) static TABLE: &[Row] = &[
    Row::of::<ProduceRequest>(MAY_WAIT),
    Row::of::<FetchRequest>(MAY_WAIT),
    Row::of::<ListOffsetsRequest>(MAY_WAIT),
    Row::of::<MetadataRequest>(MAY_WAIT),
    Row::of::<OffsetCommitRequest>(MAY_WAIT),
    Row::of::<OffsetFetchRequest>(MAY_WAIT),
    Row::of::<FindCoordinatorRequest>(MAY_WAIT),
    Row::of::<JoinGroupRequest>(MAY_WAIT),
    Row::of::<HeartbeatRequest>(MAY_WAIT),
    Row::of::<LeaveGroupRequest>(MAY_WAIT),
    Row::of::<SyncGroupRequest>(MAY_WAIT),
    Row::of::<DescribeGroupsRequest>(MAY_WAIT),
    Row::of::<ListGroupsRequest>(MAY_WAIT),
    Row::of::<ApiVersionsRequest>(AT_ONCE).unknown_version(r18_api_versions::begin_unknown),
    Row::of::<CreateTopicsRequest>(MAY_WAIT),
    Row::of::<DeleteTopicsRequest>(MAY_WAIT),
    Row::of::<DeleteRecordsRequest>(MAY_WAIT),
    Row::of::<InitProducerIdRequest>(MAY_WAIT),
    Row::of::<OffsetForLeaderEpochRequest>(MAY_WAIT),
    Row::of::<DescribeConfigsRequest>(AT_ONCE),
    Row::of::<AlterConfigsRequest>(MAY_WAIT),
    Row::of::<DescribeLogDirsRequest>(MAY_WAIT),
    Row::of::<CreatePartitionsRequest>(MAY_WAIT),
    Row::of::<DeleteGroupsRequest>(MAY_WAIT),
    Row::of::<IncrementalAlterConfigsRequest>(MAY_WAIT),
    Row::of::<OffsetDeleteRequest>(MAY_WAIT),
    Row::of::<DescribeClusterRequest>(AT_ONCE),
    Row::of::<DescribeProducersRequest>(MAY_WAIT),
    Row::of::<ListConfigResourcesRequest>(AT_ONCE),
    Row::of::<DescribeTopicPartitionsRequest>(AT_ONCE),
];

/// Whether requests of an API may wait for replies. If not, they are answered as soon as they begin.
type Waits = bool;
const MAY_WAIT: Waits = true;
const AT_ONCE: Waits = false;

/// The most partitions, topics or keys that one request may name. If a request names more, its connection is closed: no
/// cluster has that many on one broker.
const BREADTH_MOST: usize = 100_000;

/// One API that is served.
pub(super) struct Row {
    key: ApiKey,
    may_wait: Waits,
    serve: ServeFn,
    /// Answers a request in a version that is not served. If it is `None`, the connection is closed instead.
    unknown_version: Option<fn(&mut RequestContext<'_, '_>) -> Begun>,
}

/// Decodes a request and begins it. The `bool` says whether the connection may move to another shard.
type ServeFn = fn(&mut Decoder, bool, &Client<'_>, &mut RequestContext<'_, '_>) -> Result<Served, Rude>;

/// Whether the request in a frame was begun here, or moves to another shard.
pub(super) enum Served {
    /// The request has begun. `settles`: the request showed that no other shard suits the connection better, so the
    /// connection does not move any more.
    Begun { begun: Begun, settles: bool },
    /// The request was not begun, because the connection belongs on this other shard. The connection moves there with
    /// the frame.
    Elsewhere(ShardId),
}

/// Why the broker disconnects the sender of a frame, in words.
pub(super) type Rude = &'static str;

impl Row {
    const fn of<R: Serve>(may_wait: Waits) -> Row {
        Row { key: R::KEY, may_wait, serve: serve::<R>, unknown_version: None }
    }

    const fn unknown_version(self, answer: fn(&mut RequestContext<'_, '_>) -> Begun) -> Row {
        Row { unknown_version: Some(answer), ..self }
    }

    /// The API's key, name and versions.
    pub(super) fn api(&self) -> &'static Api {
        self.key.api()
    }

    fn find(key: i16) -> Option<&'static Row> {
        TABLE.binary_search_by_key(&key, |row| row.key.to_wire()).ok().map(|at| &TABLE[at])
    }
}

/// A frame whose header was read.
pub(super) struct Opened {
    row: &'static Row,
    pub(super) version: i16,
    pub(super) correlation: i32,
    client_id: Option<ByteString>,
    /// The request behind its header, still encoded. `None` if the broker does not serve the request's version.
    body: Option<Decoder>,
}

/// Reads a frame's header. Fails if the header cannot be read, or if the broker can answer the request in no version.
/// The sender of the frame is then disconnected.
pub(super) fn open(frame: &Bytes) -> Result<Opened, Rude> {
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

impl Opened {
    /// Begins the request. If `may_move` is true, and the request shows that its connection belongs on another shard,
    /// the request is not begun here.
    pub(super) fn serve(
        mut self,
        may_move: bool,
        peer: SocketAddr,
        cx: &mut RequestContext<'_, '_>,
    ) -> Result<Served, Rude> {
        let client = Client { id: self.client_id.as_ref(), peer };
        let served = match (&mut self.body, self.row.unknown_version) {
            (Some(body), _) => (self.row.serve)(body, may_move, &client, cx)?,
            (None, Some(answer)) => Served::Begun { begun: answer(cx), settles: false },
            (None, None) => unreachable!("only a row that answers unknown versions is opened without a body"),
        };
        if let Served::Begun { begun: Begun::Wait(..), .. } = &served {
            assert!(self.row.may_wait, "{} answers at once", self.row.api().name);
        }
        Ok(served)
    }
}

fn serve<R: Serve>(
    input: &mut Decoder,
    may_move: bool,
    client: &Client<'_>,
    cx: &mut RequestContext<'_, '_>,
) -> Result<Served, Rude> {
    let request: R = decode_request(input, cx.head.version).map_err(|_| "a request that cannot be read")?;
    if request.breadth() > BREADTH_MOST {
        return Err("a request that names more than any cluster has");
    }
    let mut settles = false;
    if may_move {
        settles = match request.belongs(cx.head.version, cx.broker) {
            Belongs::Unknown => false,
            Belongs::Anywhere => true,
            Belongs::On { shard, is_follower } => {
                if shard != cx.broker.me && (is_follower || cx.broker.config.hand_over_clients) {
                    return Ok(Served::Elsewhere(shard));
                }
                true
            }
        };
    }
    Ok(Served::Begun { begun: request.begin(client, cx), settles })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_stand_in_the_order_of_the_keys() {
        assert!(TABLE.is_sorted_by_key(|row| row.key.to_wire()));
        for row in TABLE {
            assert!(std::ptr::eq(Row::find(row.key.to_wire()).expect("is found"), row));
        }
    }
}
