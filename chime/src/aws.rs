//! What a client of the AWS SDK needs in a Lambda function, taken from the variables that
//! Lambda sets. The chain of `aws-config` (profiles, single sign-on, metadata services)
//! has nothing to find there, and every cold start would pay for it.
//!
//! The functions for Chime and for API Gateway share this file.

use std::env;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_types::SdkConfig;
use aws_types::region::Region;

/// A connection to AWS as this function's role, in its region. The connections of all
/// clients that are made from it are shared.
pub(crate) fn config() -> SdkConfig {
    let http = aws_smithy_http_client::Builder::new()
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .build_https();
    let mut config = SdkConfig::builder();
    config.set_http_client(Some(http));
    config.set_region(variable("AWS_REGION").map(Region::new));
    if let (Some(id), Some(secret)) =
        (variable("AWS_ACCESS_KEY_ID"), variable("AWS_SECRET_ACCESS_KEY"))
    {
        let token = variable("AWS_SESSION_TOKEN");
        let role = Credentials::new(id, secret, token, None, "Lambda");
        config.set_credentials_provider(Some(SharedCredentialsProvider::new(role)));
    }
    config.build()
}

/// Where a service is, if not at AWS: the SDK's own variables, the service's first.
pub(crate) fn endpoint(service: &str) -> Option<String> {
    variable(&format!("AWS_ENDPOINT_URL_{service}")).or_else(|| variable("AWS_ENDPOINT_URL"))
}

/// A variable of the environment; an empty one is none.
pub(crate) fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}
