//! The control plane by the AWS SDK, an unmodified client: what the service refuses, in
//! which words, and what its faults, delays and rates look like from outside. The same by
//! boto3 and the AWS CLI is in `.ci/checks/control-plane`. And the WebSocket API, by a client
//! of its protocol.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by a panic")]

mod chime;
mod cloudwatch;
mod faults;
mod lambda;
mod rooms;
mod websocket;

use std::time::Duration;

use aws_sdk_ivschat::config::retry::RetryConfig;
use aws_sdk_ivschat::config::timeout::TimeoutConfig;
use aws_sdk_ivschat::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_ivschat::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_http_client::Builder;
use chatwarden_emulator::ControlPlane;
use chatwarden_emulator::control::{FunctionSeed, Options, RoomSeed, Seed};

const FUNCTION: &str = "arn:aws:lambda:us-west-2:123456789012:function:hook";
const ROOMS: &str = "arn:aws:ivschat:us-west-2:123456789012:room/*";

/// A control plane without limits of rate.
async fn start(options: Options) -> ControlPlane {
    ControlPlane::start(Options { throttle: false, ..options }).await.unwrap()
}

/// So many rooms, and the function `hook`, which they may invoke.
fn rooms(count: u32) -> Seed {
    let room = RoomSeed { name: Some("r".to_owned()), count: Some(count), ..RoomSeed::default() };
    Seed { rooms: vec![room], functions: vec![hook(true)], ..Seed::default() }
}

fn hook(allow_rooms: bool) -> FunctionSeed {
    FunctionSeed { name: "hook".to_owned(), allow_rooms, ..FunctionSeed::default() }
}

/// The settings of one service's client: no retries, so that each refusal is seen.
macro_rules! client {
    ($sdk:ident, $plane:expr, $key:expr, $region:expr) => {
        $sdk::Client::from_conf(
            $sdk::Config::builder()
                .behavior_version(BehaviorVersion::v2026_01_12())
                .region(Region::new($region))
                .credentials_provider(Credentials::new($key, "secret", None, None, "test"))
                .endpoint_url($plane.endpoint())
                .http_client(Builder::new().build_http())
                .retry_config(RetryConfig::disabled())
                .timeout_config(
                    TimeoutConfig::builder().operation_timeout(Duration::from_secs(20)).build(),
                )
                .build(),
        )
    };
}
pub(crate) use client;

fn chat(plane: &ControlPlane) -> aws_sdk_ivschat::Client {
    client!(aws_sdk_ivschat, plane, "local", "us-west-2")
}

fn lambda(plane: &ControlPlane) -> aws_sdk_lambda::Client {
    client!(aws_sdk_lambda, plane, "local", "us-west-2")
}

/// Status, code and message of a refusal.
fn refusal<T: std::fmt::Debug, E>(answer: Result<T, SdkError<E>>) -> (u16, String, String)
where
    E: ProvideErrorMetadata,
{
    match answer.unwrap_err() {
        SdkError::ServiceError(error) => {
            let status = error.raw().status().as_u16();
            let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
            (status, text(error.err().code()), text(error.err().message()))
        }
        _ => panic!("no answer, or none that the SDK reads"),
    }
}

/// Status and code alone.
fn code<T: std::fmt::Debug, E: ProvideErrorMetadata>(
    answer: Result<T, SdkError<E>>,
) -> (u16, String) {
    let (status, code, _) = refusal(answer);
    (status, code)
}

/// `(429, "ThrottlingException")` as [`code`] gives it.
fn is(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}
