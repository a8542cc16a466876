//! IncrementalAlterConfigs: changes single keys of configurations (KIP-339).

use super::altered_configs::{self, Outcome, Resource};
use crate::broker::control::{ConfigChange, Refusal};
use crate::broker::request::{Answer, Begun, BrokerApis, Client, RequestContext, Serve};
use crate::types::ErrorCode;
use crate::wire::IncrementalAlterConfigsRequest;
use crate::wire::incremental_alter_configs::{
    AlterConfigsResourceResponse, AlterableConfig, IncrementalAlterConfigsResponse,
};
use std::sync::Arc;

impl Serve<BrokerApis> for IncrementalAlterConfigsRequest {
    fn breadth(&self) -> usize {
        self.resources.iter().map(|resource| 1 + resource.configs.len()).sum()
    }

    /// Sends the changes to the control shard.
    fn begin(self, _client: &Client<'_>, cx: &mut RequestContext<'_, '_>) -> Begun {
        let resources = self.resources.into_iter().map(|resource| Resource {
            kind: resource.resource_type,
            name: resource.resource_name,
            changes: resource.configs.iter().map(change).collect(),
        });
        altered_configs::begin(resources.collect(), false, self.validate_only, respond, cx)
    }
}

/// Converts the change of one key from its form on the wire. The numbers are those of Kafka's `AlterConfigOp.OpType`.
fn change(config: &AlterableConfig) -> Result<(Arc<str>, ConfigChange), Refusal> {
    let value = || {
        let message = format!("Null value not supported for : {}", config.name);
        config.value.as_deref().map(Arc::from).ok_or_else(|| Refusal::new(ErrorCode::InvalidRequest, &message))
    };
    let change = match config.config_operation {
        0 => ConfigChange::Set(value()?),
        1 => ConfigChange::Delete,
        2 => ConfigChange::Append(value()?),
        3 => ConfigChange::Subtract(value()?),
        other => {
            let message = format!("Unknown operation {other} for the configuration {}", config.name);
            return Err(Refusal::new(ErrorCode::InvalidRequest, &message));
        }
    };
    Ok((Arc::from(&*config.name), change))
}

fn respond(outcomes: Vec<Outcome>, cx: &mut RequestContext<'_, '_>) -> Answer {
    let responses = outcomes.into_iter().map(|outcome| AlterConfigsResourceResponse {
        error_code: outcome.error.to_wire(),
        error_message: outcome.message,
        resource_type: outcome.kind,
        resource_name: outcome.name,
    });
    cx.answer(&IncrementalAlterConfigsResponse { throttle_time_ms: 0, responses: responses.collect() })
}
