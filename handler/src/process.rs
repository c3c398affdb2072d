//! The process of a Lambda function: it loads the policy, then answers one event after
//! another. What an event is, the function says.
//!
//! One thread and nothing else: Lambda gives an environment one message at a time,
//! and a pool of threads would cost more than all reviews. Nothing is put off to the
//! first message, for Lambda starts a function at full speed and runs it at a
//! fraction. No tracing subscriber is installed: the runtime offers it raw messages.

use std::cell::Cell;
use std::env;
use std::future::poll_fn;
use std::io::{self, Write};
use std::panic::{self, AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::process::ExitCode;
use std::task::Poll;
use std::time::{Instant, SystemTime};

use chatwarden_engine::compiled::CompiledPolicy;
use lambda_runtime::tower::util::MapRequestLayer;
pub use lambda_runtime::{Context, Diagnostic};
use lambda_runtime::{Error, LambdaEvent, LambdaInvocation, Runtime, service_fn};
use lambda_runtime_api_client::{PooledClient, body::Body, build_request};
use serde::Serialize;
use serde_json::value::RawValue;

use crate::load::{Loaded, Places};
use crate::metrics::write_start;
use crate::{Fault, write_line};

/// Type of the error that a start without a policy is reported with.
const POLICY_UNUSABLE: &str = "PolicyUnusable";

/// An event's answer, as JSON that goes out as it is; or the function error.
pub type Answer = Result<Box<RawValue>, Diagnostic>;

/// Lines of the log that are about no message.
#[derive(Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
enum LogLine {
    /// One for each cold start: which policy decides from here on. Denials name the
    /// hash alone.
    Start { policy: String, source: String, init_us: u128 },
    /// The policy or a setting cannot be used.
    StartFailed { error: String },
    /// Where a review panicked; never its text, which may quote the message.
    Panic { at: String },
}

/// A function error of this type.
pub fn diagnostic(error_type: &str, error: &dyn std::fmt::Display) -> Diagnostic {
    Diagnostic { error_type: error_type.to_owned(), error_message: error.to_string() }
}

impl From<Fault> for Diagnostic {
    fn from(fault: Fault) -> Self {
        diagnostic(fault.error_type(), &fault)
    }
}

/// Runs the function for as long as Lambda sends events. `start` makes of the policy and
/// the function's name what answers them, or says why it cannot; it is called once, with a
/// runtime of tokio at hand.
pub fn run<A>(
    start: impl FnOnce(&'static CompiledPolicy<'static>, &str) -> Result<A, Diagnostic>,
) -> ExitCode
where
    A: AsyncFn(&[u8], Context) -> Answer,
{
    let started = Instant::now();
    if env::var_os("AWS_LAMBDA_RUNTIME_API").is_none() {
        return failed(
            "this is an AWS Lambda function and waits for Lambda's variable AWS_LAMBDA_RUNTIME_API; \
             to try it here, run `chatwarden invoke`",
        );
    }
    // enable_all: sockets, and the clock that connecting to a name of two addresses needs.
    let tokio = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(tokio) => tokio,
        Err(error) => return failed(&format!("could not start: {error}")),
    };
    let served = match Places::from_env().load() {
        Ok(loaded) => tokio.block_on(serve(loaded, start, started)),
        Err(unusable) => tokio.block_on(report(diagnostic(POLICY_UNUSABLE, &unusable))),
    };
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failed(&error.to_string()),
    }
}

async fn serve<A>(
    loaded: Loaded,
    start: impl FnOnce(&'static CompiledPolicy<'static>, &str) -> Result<A, Diagnostic>,
    started: Instant,
) -> Result<(), Error>
where
    A: AsyncFn(&[u8], Context) -> Answer,
{
    let function = env::var("AWS_LAMBDA_FUNCTION_NAME").unwrap_or_default();
    // A process has one policy, for as long as it runs.
    let policy: &'static CompiledPolicy<'static> = Box::leak(Box::new(loaded.policy));
    let answer = &match start(policy, &function) {
        Ok(answer) => answer,
        Err(error) => return report(error).await,
    };
    // The runtime would parse the event itself and quote it in its error. So the bytes
    // are kept back for us, and the runtime is left with an empty event.
    let event = Cell::default();
    let keep_back = MapRequestLayer::new(|mut invocation: LambdaInvocation| {
        event.set(std::mem::replace(&mut invocation.body, "null".into()));
        invocation
    });
    let service = service_fn(|invocation: LambdaEvent<()>| {
        let event = event.take();
        async move { guarded(answer(&event, invocation.context)).await }
    });
    let runtime = Runtime::new(service).layer(keep_back);
    // After the runtime is made: it panics, in its own good words, without its variables.
    panic::set_hook(Box::new(|panic| {
        let at = panic.location().map_or("unknown".to_owned(), ToString::to_string);
        log(&LogLine::Panic { at });
    }));
    let (hash, init) = (policy.hash().to_string(), started.elapsed());
    log(&LogLine::Start {
        policy: hash.clone(),
        source: loaded.from.to_string(),
        init_us: init.as_micros(),
    });
    // Now, at full speed, and not with the first message, which somebody waits for.
    write_start(&mut io::stdout(), SystemTime::now(), &function, &hash, init);
    runtime.run().await
}

/// The answer, or a fault where making it panics: the runtime would catch that as well,
/// and report the panic's text.
async fn guarded(answer: impl Future<Output = Answer>) -> Answer {
    let mut answer = pin!(answer);
    poll_fn(|context| {
        catch_unwind(AssertUnwindSafe(|| answer.as_mut().poll(context)))
            .unwrap_or_else(|_| Poll::Ready(Err(Fault::Review.into())))
    })
    .await
}

/// Tells Lambda why the start fails, and fails it.
async fn report(error: Diagnostic) -> Result<(), Error> {
    log(&LogLine::StartFailed { error: error.error_message.clone() });
    let request = build_request()
        .method("POST")
        .uri("/2018-06-01/runtime/init/error")
        .header("lambda-runtime-function-error-type", &error.error_type)
        .body(Body::from(serde_json::to_vec(&error)?))?;
    PooledClient::builder().build().call(request).await?;
    Err(error.error_message.into())
}

fn log(line: &LogLine) {
    write_line(&mut io::stdout(), line);
}

fn failed(text: &str) -> ExitCode {
    drop(writeln!(io::stderr(), "error: {text}"));
    ExitCode::FAILURE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_told_without_its_text() {
        let panics = async { panic!("at `heck`") };
        let tokio = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let error = tokio.block_on(guarded(panics)).unwrap_err();
        assert_eq!(error.error_type, "ReviewFault");
        assert!(!error.error_message.contains("heck"));
    }
}
