//! What AWS refused, retold: which call, on what, why, and what is missing.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use aws_sdk_ivschat::config::http::HttpResponse;
use aws_sdk_ivschat::error::{ProvideErrorMetadata, SdkError};

/// A call, as it is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Call {
    /// `ivschat`, as in the names of permissions.
    pub(crate) service: &'static str,
    /// `UpdateRoom`.
    pub(crate) operation: &'static str,
    /// ``room `arn` ``; empty where it is on nothing in particular.
    pub(crate) on: String,
}

impl Call {
    pub(crate) fn new(
        service: &'static str,
        operation: &'static str,
        on: impl fmt::Display,
    ) -> Self {
        Self { service, operation, on: on.to_string() }
    }

    /// The permission that IAM has for it.
    fn permission(&self) -> String {
        let operation = match self.operation {
            "Invoke" => "InvokeFunction",
            operation => operation,
        };
        format!("{}:{operation}", self.service)
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.operation)?;
        if !self.on.is_empty() {
            write!(f, " on {}", self.on)?;
        }
        Ok(())
    }
}

/// Why a call came to nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Too many calls; the service may say how long to wait.
    TooFast(Option<Duration>),
    /// The service, or the way to it, has a fault that passes.
    Passing,
    /// IVS Chat may not invoke the function, or does not see yet that it may.
    HandlerNotAllowed,
    /// The caller lacks a permission.
    NotAllowed,
    /// Nobody is logged in any more: no further call will do better.
    LoggedOut,
    /// What was named is not there.
    Missing,
    /// It is there already.
    Conflict,
    /// Any other refusal.
    Refused,
}

/// A call that came to nothing.
#[derive(Debug, Clone)]
pub(crate) struct Fault {
    /// What was called.
    pub(crate) call: Call,
    /// Why it came to nothing.
    pub(crate) kind: Kind,
    /// The service may have done what it was asked all the same.
    pub(crate) maybe_done: bool,
    /// The service's own words.
    said: String,
}

impl Fault {
    /// Retells an error of the SDK.
    pub(crate) fn new<E>(call: Call, error: &SdkError<E, HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata + Error + 'static,
    {
        let status = error.raw_response().map(|response| response.status().as_u16());
        let metadata = error.meta();
        let code = metadata.code().unwrap_or_default();
        let message = metadata.message().unwrap_or_default();
        let retry_after = || {
            let seconds = error.raw_response()?.headers().get("retry-after")?.parse().ok()?;
            Some(Duration::from_secs(seconds))
        };
        let kind = match error {
            SdkError::ServiceError(_) | SdkError::ResponseError(_) => match status {
                _ if is_too_fast(code) => Kind::TooFast(retry_after()),
                Some(429) => Kind::TooFast(retry_after()),
                Some(500..) => Kind::Passing,
                _ if is_logged_out(code) => Kind::LoggedOut,
                Some(403) if code != "PendingVerification" => Kind::NotAllowed,
                Some(404) => Kind::Missing,
                Some(409) => Kind::Conflict,
                Some(400) if message.contains("invalid lambda permission") => {
                    Kind::HandlerNotAllowed
                }
                // An answer that breaks off.
                _ if matches!(error, SdkError::ResponseError(_)) => Kind::Passing,
                _ => Kind::Refused,
            },
            SdkError::TimeoutError(_) | SdkError::DispatchFailure(_) => Kind::Passing,
            _ => Kind::Refused,
        };
        let said = match (code, message) {
            ("", "") => causes(error),
            ("", said) | (said, "") => said.to_owned(),
            (code, message) => format!("{code}: {message}"),
        };
        Self { call, maybe_done: kind == Kind::Passing, kind, said }
    }

    /// An answer that says what no answer should.
    pub(crate) fn odd(call: Call, what: &str) -> Self {
        Self { call, kind: Kind::Refused, maybe_done: true, said: what.to_owned() }
    }
}

/// The names that AWS services have for too many calls. Source: the AWS SDKs' own list,
/// AWS SDKs and Tools Reference Guide, "Retry behavior".
fn is_too_fast(code: &str) -> bool {
    matches!(
        code,
        "ThrottlingException"
            | "Throttling"
            | "ThrottledException"
            | "RequestThrottled"
            | "RequestThrottledException"
            | "TooManyRequestsException"
            | "RequestLimitExceeded"
            | "BandwidthLimitExceeded"
            | "SlowDown"
            | "PriorRequestNotComplete"
    )
}

fn is_logged_out(code: &str) -> bool {
    matches!(
        code,
        "ExpiredToken"
            | "ExpiredTokenException"
            | "UnrecognizedClientException"
            | "InvalidClientTokenId"
            | "InvalidSignatureException"
            | "SignatureDoesNotMatch"
    )
}

/// An error and what led to it, on one line, each thing once.
fn causes(error: &dyn Error) -> String {
    let mut causes: Vec<String> = Vec::new();
    let mut next = Some(error);
    while let Some(error) = next {
        let text = error.to_string();
        if causes.last() != Some(&text) {
            causes.push(text);
        }
        next = error.source();
    }
    causes.join(": ")
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { call, kind, said, .. } = self;
        match kind {
            Kind::TooFast(_) => write!(
                f,
                "{call} was refused for speed again and again; somebody else may be using up \
                 the account's quota; try again later, or with a lower `--rate` ({said})"
            ),
            Kind::Passing => write!(f, "{call} had no good answer ({said})"),
            Kind::HandlerNotAllowed => write!(
                f,
                "{call} was refused: IVS Chat may not invoke the function; the permission \
                 `lambda:InvokeFunction` for `ivschat.amazonaws.com` is missing in the function's \
                 resource policy ({said})"
            ),
            Kind::NotAllowed => write!(
                f,
                "{call} was refused: you are not allowed to; the permission `{}` is missing \
                 ({said})",
                call.permission()
            ),
            Kind::LoggedOut => write!(
                f,
                "{call} was refused: your credentials are not valid, or no longer; log in again \
                 ({said})"
            ),
            Kind::Missing => write!(f, "{call} found nothing there ({said})"),
            Kind::Conflict | Kind::Refused => write!(f, "{call} was refused ({said})"),
        }
    }
}

impl Error for Fault {}
