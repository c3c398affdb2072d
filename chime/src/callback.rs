//! The answer to Chime: one ChannelFlowCallback, made again until it is taken.
//!
//! What a channel does with a message whose processor never calls back is not documented,
//! so no answer is given up while there is time. When there is none left, the function
//! fails: Lambda invokes it again with the same event, twice, and then the processor's
//! `FallbackAction` applies.
//!
//! Source: Amazon Chime SDK API Reference, "ChannelFlowCallback".

use std::fmt;
use std::time::{Duration, Instant};

use aws_sdk_chimesdkmessaging::Client;
use aws_sdk_chimesdkmessaging::config::Builder;
use aws_sdk_chimesdkmessaging::config::retry::RetryConfig;
use aws_sdk_chimesdkmessaging::error::SdkError;
use aws_sdk_chimesdkmessaging::operation::channel_flow_callback::ChannelFlowCallbackError;
use aws_sdk_chimesdkmessaging::types::ChannelMessageCallback;
use tokio::time::{sleep, timeout};

use crate::aws;
use crate::event::{Event, text};

/// How long one attempt may take.
const ATTEMPT: Duration = Duration::from_secs(3);
/// How long is waited before the second attempt; twice as long before each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// What is to become of a message.
#[derive(Clone, PartialEq, Eq)]
pub enum Change {
    /// It stays as it is.
    Nothing,
    /// These take the place of what it has; none stays as it is.
    Update {
        /// The text, 1 byte to 4 KB.
        content: Option<String>,
        /// The metadata, up to 1 KB.
        metadata: Option<String>,
    },
    /// It is denied. Chime tells the sender that, and has no room for a reason.
    Deny,
}

/// Texts are a person's.
impl fmt::Debug for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nothing => "Nothing",
            Self::Update { .. } => "Update",
            Self::Deny => "Deny",
        })
    }
}

/// No answer was taken in time, or it was refused for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallbackFailed {
    /// How often it was tried.
    pub attempts: u32,
    /// What the last attempt was answered with: an HTTP status, none if with nothing.
    pub status: Option<u16>,
}

impl fmt::Display for CallbackFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { attempts, status } = self;
        match status {
            Some(403) => write!(
                f,
                "ChannelFlowCallback was refused (403); the function's role needs `chime:ChannelFlowCallback`"
            ),
            Some(status) => {
                write!(f, "ChannelFlowCallback was answered {status} at last, attempts: {attempts}")
            }
            None => write!(f, "ChannelFlowCallback got no answer, attempts: {attempts}"),
        }
    }
}

impl std::error::Error for CallbackFailed {}

/// What to do after an attempt that failed.
#[derive(Debug, PartialEq, Eq)]
enum Next {
    /// The message has been answered before: this was a repeated invocation.
    Done,
    Again,
    GiveUp,
}

/// Calls back.
pub struct Callbacks {
    client: Client,
}

impl Callbacks {
    /// By the function's role, at the endpoint of its region.
    pub fn from_env() -> Self {
        let mut config = Builder::from(&aws::config()).behavior_version_latest();
        config.set_endpoint_url(aws::endpoint("CHIME_SDK_MESSAGING"));
        // Repeated here: the SDK takes neither Chime's throttling nor our deadline into account.
        config.set_retry_config(Some(RetryConfig::disabled()));
        Self { client: Client::from_conf(config.build()) }
    }

    /// Calls back, again and again for up to `left`.
    pub(crate) async fn send(
        &self,
        event: &Event,
        change: &Change,
        left: Duration,
    ) -> Result<(), CallbackFailed> {
        let started = Instant::now();
        let mut failed = CallbackFailed { attempts: 0, status: None };
        let mut pause = FIRST_PAUSE;
        loop {
            let attempt = ATTEMPT.min(left.saturating_sub(started.elapsed()));
            failed.attempts += 1;
            let next = match timeout(attempt, self.attempt(event, change)).await {
                Ok(Ok(())) => Next::Done,
                Ok(Err(error)) => {
                    failed.status = error.raw_response().map(|answer| answer.status().as_u16());
                    next(&error, failed.status)
                }
                Err(_) => {
                    failed.status = None;
                    Next::Again
                }
            };
            // Between a half and the whole, so that many that failed together come one by one.
            let wait = pause.mul_f64(0.5 + fastrand::f64() / 2.0);
            match next {
                Next::Done => return Ok(()),
                Next::Again if started.elapsed() + wait < left => sleep(wait).await,
                Next::Again | Next::GiveUp => return Err(failed),
            }
            pause = LONGEST_PAUSE.min(pause * 2);
        }
    }

    async fn attempt(
        &self,
        event: &Event,
        change: &Change,
    ) -> Result<(), SdkError<ChannelFlowCallbackError>> {
        let message = &event.message;
        let (content, metadata) = match change {
            Change::Update { content, metadata } => (content.clone(), metadata.clone()),
            Change::Nothing | Change::Deny => (None, None),
        };
        let answer = ChannelMessageCallback::builder()
            .message_id(text(&message.message_id))
            .set_content(content)
            .set_metadata(metadata)
            .set_sub_channel_id(message.sub_channel_id.as_ref().map(|id| id.0.clone()))
            .build()
            .map_err(SdkError::construction_failure)?;
        self.client
            .channel_flow_callback()
            .callback_id(&event.callback_id.0)
            .channel_arn(text(&message.channel_arn))
            .channel_message(answer)
            .set_delete_resource((*change == Change::Deny).then_some(true))
            .send()
            .await?;
        Ok(())
    }
}

fn next<E>(error: &SdkError<E>, status: Option<u16>) -> Next {
    match status {
        Some(409) => Next::Done,
        Some(429 | 500..) => Next::Again,
        Some(200..300) => Next::Done,
        Some(_) => Next::GiveUp,
        None if matches!(error, SdkError::ConstructionFailure(_)) => Next::GiveUp,
        None => Next::Again,
    }
}
