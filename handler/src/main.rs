//! The Lambda function: loads the policy, then answers one event after another.
//!
//! One thread and nothing else: Lambda gives an environment one message at a time,
//! and a pool of threads would cost more than all reviews. Nothing is put off to the
//! first message, for Lambda starts a function at full speed and runs it at a
//! fraction. No tracing subscriber is installed: the runtime offers it raw messages.

use std::cell::Cell;
use std::env;
use std::io::{self, Write};
use std::panic;
use std::process::ExitCode;
use std::time::{Instant, SystemTime};

use chatwarden_handler::load::{Loaded, Places, Unusable};
use chatwarden_handler::metrics::write_start;
use chatwarden_handler::{Handler, write_line};
use lambda_runtime::tower::util::MapRequestLayer;
use lambda_runtime::{Diagnostic, Error, LambdaEvent, LambdaInvocation, Runtime, service_fn};
use lambda_runtime_api_client::{PooledClient, body::Body, build_request};
use serde::Serialize;

/// Type of the error that a failed start is reported with.
const POLICY_UNUSABLE: &str = "PolicyUnusable";

/// Lines of the log that are about no message.
#[derive(Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
enum LogLine {
    /// One for each cold start: which policy decides from here on. Denials name the
    /// hash alone.
    Start { policy: String, source: String, init_us: u128 },
    /// The policy cannot be used.
    StartFailed { error: String },
    /// Where a review panicked; never its text, which may quote the message.
    Panic { at: String },
}

fn main() -> ExitCode {
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
        Ok(loaded) => tokio.block_on(serve(loaded, started)),
        Err(unusable) => tokio.block_on(report(unusable)),
    };
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failed(&error.to_string()),
    }
}

/// Answers events for as long as Lambda sends them.
async fn serve(loaded: Loaded, started: Instant) -> Result<(), Error> {
    let function = env::var("AWS_LAMBDA_FUNCTION_NAME").unwrap_or_default();
    let mut handler = Handler::new(&loaded.policy, &function, io::stdout());
    // The runtime would parse the event itself and quote it in its error. So the bytes
    // are kept back for us, and the runtime is left with an empty event.
    let event = Cell::default();
    let keep_back = MapRequestLayer::new(|mut invocation: LambdaInvocation| {
        event.set(std::mem::replace(&mut invocation.body, "null".into()));
        invocation
    });
    let answer = service_fn(|_: LambdaEvent<()>| {
        let answer = handler.answer(&event.take()).map_err(|fault| Diagnostic {
            error_type: fault.error_type().to_owned(),
            error_message: fault.to_string(),
        });
        std::future::ready(answer)
    });
    let runtime = Runtime::new(answer).layer(keep_back);
    // After the runtime is made: it panics, in its own good words, without its variables.
    panic::set_hook(Box::new(|panic| {
        let at = panic.location().map_or("unknown".to_owned(), ToString::to_string);
        log(&LogLine::Panic { at });
    }));
    let (policy, init) = (loaded.policy.hash().to_string(), started.elapsed());
    log(&LogLine::Start {
        policy: policy.clone(),
        source: loaded.from.to_string(),
        init_us: init.as_micros(),
    });
    // Now, at full speed, and not with the first message, which somebody waits for.
    write_start(&mut io::stdout(), SystemTime::now(), &function, &policy, init);
    runtime.run().await
}

/// Tells Lambda why the start fails, and fails it.
async fn report(unusable: Unusable) -> Result<(), Error> {
    log(&LogLine::StartFailed { error: unusable.to_string() });
    let diagnostic =
        Diagnostic { error_type: POLICY_UNUSABLE.to_owned(), error_message: unusable.to_string() };
    let request = build_request()
        .method("POST")
        .uri("/2018-06-01/runtime/init/error")
        .header("lambda-runtime-function-error-type", POLICY_UNUSABLE)
        .body(Body::from(serde_json::to_vec(&diagnostic)?))?;
    PooledClient::builder().build().call(request).await?;
    Err(unusable.into())
}

fn log(line: &LogLine) {
    write_line(&mut io::stdout(), line);
}

fn failed(text: &str) -> ExitCode {
    drop(writeln!(io::stderr(), "error: {text}"));
    ExitCode::FAILURE
}
