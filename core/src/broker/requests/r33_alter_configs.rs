//! AlterConfigs: replaces the whole configuration of a topic or of brokers. Keys that the request does not name lose
//! their value, so newer clients use IncrementalAlterConfigs instead.

use super::altered_configs::{self, Outcome, Resource};
use crate::broker::control::{ConfigChange, Refusal};
use crate::broker::request::{Answer, Begun, BrokerApis, Client, RequestContext, Serve};
use crate::types::ErrorCode;
use crate::wire::AlterConfigsRequest;
use crate::wire::alter_configs::{AlterConfigsResourceResponse, AlterConfigsResponse, AlterableConfig};
use std::sync::Arc;

impl Serve<BrokerApis> for AlterConfigsRequest {
    fn breadth(&self) -> usize {
        self.resources.iter().map(|resource| 1 + resource.configs.len()).sum()
    }

    /// Sends the configurations to the control shard.
    fn begin(self, _client: &Client<'_>, cx: &mut RequestContext<'_, '_>) -> Begun {
        let resources = self.resources.into_iter().map(|resource| Resource {
            kind: resource.resource_type,
            name: resource.resource_name,
            changes: resource.configs.iter().map(change).collect(),
        });
        altered_configs::begin(resources.collect(), true, self.validate_only, respond, cx)
    }
}

fn change(config: &AlterableConfig) -> Result<(Arc<str>, ConfigChange), Refusal> {
    match &config.value {
        Some(value) => Ok((Arc::from(&*config.name), ConfigChange::Set(Arc::from(&**value)))),
        None => {
            let message = format!("Null value not supported for : {}", config.name);
            Err(Refusal::new(ErrorCode::InvalidRequest, &message))
        }
    }
}

fn respond(outcomes: Vec<Outcome>, cx: &mut RequestContext<'_, '_>) -> Answer {
    let responses = outcomes.into_iter().map(|outcome| AlterConfigsResourceResponse {
        error_code: outcome.error.to_wire(),
        error_message: outcome.message,
        resource_type: outcome.kind,
        resource_name: outcome.name,
    });
    cx.answer(&AlterConfigsResponse { throttle_time_ms: 0, responses: responses.collect() })
}
