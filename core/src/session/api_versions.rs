//! ApiVersions, with which a client begins on every listener: which requests the listener serves.

use super::request::{Apis, Begun, Client, RequestContext, Serve};
use crate::types::{ErrorCode, NodeId};
use crate::wire::api_versions::{ApiVersion, ApiVersionsResponse};
use crate::wire::{Api, ApiKey, ApiVersionsRequest};

/// The cluster and the node that a client has reached.
pub(crate) struct Identity<'a> {
    pub(crate) cluster_id: &'a str,
    pub(crate) node: NodeId,
}

impl<A: Apis> Serve<A> for ApiVersionsRequest {
    /// Answers with the versions of each API that the listener serves, or refuses the client as KIP-511 and KIP-1242
    /// require.
    fn begin(self, _client: &Client<'_>, cx: &mut RequestContext<'_, '_, A>) -> Begun<A> {
        let refusal = refusal(&self, cx);
        let body = if refusal.is_error() {
            ApiVersionsResponse { error_code: refusal.to_wire(), ..ApiVersionsResponse::default() }
        } else {
            // The response lists no features. If it did, versions up to 3 would have to leave out features whose lowest
            // level is 0 (KAFKA-17011).
            let api_keys = A::TABLE.iter().map(|row| advertised(row.api())).collect();
            ApiVersionsResponse { api_keys, ..ApiVersionsResponse::default() }
        };
        Begun::Done(cx.answer(&body))
    }
}

/// Answers an ApiVersions request whose version is not served: in version 0, with the version range of ApiVersions only
/// (KIP-511).
pub(super) fn begin_unknown<A: Apis>(cx: &mut RequestContext<'_, '_, A>) -> Begun<A> {
    let body = ApiVersionsResponse {
        error_code: ErrorCode::UnsupportedVersion.to_wire(),
        api_keys: vec![advertised(ApiKey::ApiVersions.api())],
        ..ApiVersionsResponse::default()
    };
    Begun::Done(cx.answer(&body))
}

fn refusal<A: Apis>(request: &ApiVersionsRequest, cx: &RequestContext<'_, '_, A>) -> ErrorCode {
    let named = |text: &str| is_software_word(text.as_bytes());
    if cx.head.version >= 3 && !(named(&request.client_software_name) && named(&request.client_software_version)) {
        return ErrorCode::InvalidRequest;
    }
    // KIP-1242: a client that meant another cluster or another node is refused. After this error it begins again with
    // its bootstrap servers.
    let reached = A::identity(cx.view);
    let meant_cluster = request.cluster_id.as_ref().is_none_or(|id| **id == *reached.cluster_id);
    let meant_node = request.node_id == -1 || request.node_id == reached.node.0;
    if meant_cluster && meant_node { ErrorCode::None } else { ErrorCode::RebootstrapRequired }
}

fn advertised(api: &Api) -> ApiVersion {
    ApiVersion { api_key: api.key.to_wire(), min_version: api.advertised_min, max_version: api.max }
}

/// Whether a text may be the name or version of a client's software: letters and digits, with dots and hyphens between
/// them (KIP-511).
fn is_software_word(text: &[u8]) -> bool {
    let ends = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    let within = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-');
    ends(text.first()) && ends(text.last()) && text.iter().all(within)
}

#[cfg(test)]
mod tests {
    use super::is_software_word;

    #[test]
    fn a_software_name_is_letters_and_digits_with_dots_and_hyphens_between() {
        for good in ["librdkafka", "apache-kafka-java", "4.0.0", "a", "v1.2-rc.3"] {
            assert!(is_software_word(good.as_bytes()), "{good}");
        }
        for bad in ["", " ", "a b", "-a", "a-", ".", "a_b", "\u{e9}"] {
            assert!(!is_software_word(bad.as_bytes()), "{bad}");
        }
    }
}
