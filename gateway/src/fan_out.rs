//! A message sent to many connections, by PostToConnection.
//!
//! Source: API Gateway Developer Guide, "Use @connections commands in your backend service".

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::Duration;

use aws_lambda_events::apigw::ApiGatewayWebsocketProxyRequestContext;
use aws_sdk_apigatewaymanagement::Client;
use aws_sdk_apigatewaymanagement::config::Builder;
use aws_sdk_apigatewaymanagement::config::timeout::TimeoutConfig;
use aws_sdk_apigatewaymanagement::primitives::Blob;
use aws_types::SdkConfig;
use futures_util::StreamExt;
use futures_util::stream;

use crate::aws;

/// Connections that are posted to at the same time.
const AT_ONCE: usize = 32;

/// How long one attempt may take, and all attempts for one connection. What throttles or
/// fails is tried three times, by the SDK.
const ATTEMPT: Duration = Duration::from_secs(2);
const POST: Duration = Duration::from_secs(5);

/// What became of a message that was sent to many.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Posted {
    /// Connections that are closed (410).
    pub(crate) gone: Vec<String>,
    /// How many it could not be sent to.
    pub(crate) failed: usize,
    /// What the last of these was answered with; none if with nothing.
    pub(crate) status: Option<u16>,
}

/// Sends to connections of whichever API an event comes from.
pub struct FanOut {
    config: SdkConfig,
    /// By endpoint. A function has one, unless several stages or APIs share it.
    clients: RefCell<BTreeMap<String, Client>>,
}

impl FanOut {
    pub(crate) fn new(config: SdkConfig) -> Self {
        Self { config, clients: RefCell::default() }
    }

    /// Sends `data` to each of these.
    pub(crate) async fn post(
        &self,
        api: &ApiGatewayWebsocketProxyRequestContext,
        connections: &[String],
        data: &str,
    ) -> Posted {
        let client = self.client(&self.endpoint(api));
        let posts = connections.iter().map(|connection| {
            let post = client.post_to_connection().connection_id(connection);
            let post = post.data(Blob::new(data)).send();
            async move {
                let error = post.await.err()?;
                Some((connection, error.raw_response().map(|answer| answer.status().as_u16())))
            }
        });
        let mut answers = stream::iter(posts).buffer_unordered(AT_ONCE);
        let mut posted = Posted::default();
        while let Some(answer) = answers.next().await {
            match answer {
                None => {}
                Some((connection, Some(410))) => posted.gone.push(connection.clone()),
                Some((_, status)) => {
                    posted.failed += 1;
                    posted.status = status;
                }
            }
        }
        posted
    }

    fn client(&self, endpoint: &str) -> Client {
        let new = || {
            let timeouts = TimeoutConfig::builder()
                .operation_attempt_timeout(ATTEMPT)
                .operation_timeout(POST)
                .build();
            let config = Builder::from(&self.config)
                .behavior_version_latest()
                .timeout_config(timeouts)
                .endpoint_url(endpoint);
            Client::from_conf(config.build())
        };
        self.clients.borrow_mut().entry(endpoint.to_owned()).or_insert_with(new).clone()
    }

    fn endpoint(&self, api: &ApiGatewayWebsocketProxyRequestContext) -> String {
        let region = self.config.region().map_or("", AsRef::as_ref);
        aws::endpoint("APIGATEWAYMANAGEMENTAPI").unwrap_or_else(|| endpoint(api, region))
    }
}

/// Where connections of this API are posted to. A custom domain may lead anywhere, and with
/// another path: the API's own name is always right.
fn endpoint(api: &ApiGatewayWebsocketProxyRequestContext, region: &str) -> String {
    let (id, stage) = (api.apiid.as_deref(), api.stage.as_deref());
    let (id, stage) = (id.unwrap_or_default(), stage.unwrap_or_default());
    match api.domain_name.as_deref() {
        Some(domain) if domain.contains(".execute-api.") => format!("https://{domain}/{stage}"),
        _ => format!("https://{id}.execute-api.{region}.amazonaws.com/{stage}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_endpoint_is_the_apis_own() {
        let mut api = ApiGatewayWebsocketProxyRequestContext::default();
        api.apiid = Some("a1b2".to_owned());
        api.stage = Some("live".to_owned());
        for (domain, expected) in [
            (
                Some("a1b2.execute-api.eu-west-1.amazonaws.com"),
                "https://a1b2.execute-api.eu-west-1.amazonaws.com/live",
            ),
            (Some("chat.example.com"), "https://a1b2.execute-api.us-east-1.amazonaws.com/live"),
            (None, "https://a1b2.execute-api.us-east-1.amazonaws.com/live"),
        ] {
            api.domain_name = domain.map(str::to_owned);
            assert_eq!(endpoint(&api, "us-east-1"), expected);
        }
    }
}
