//! The AWS Lambda Runtime API, as one execution environment of one function sees it.
//!
//! A runtime asks `invocation/next`, which is answered when there is an event, and
//! posts what came of it to `invocation/{id}/response` or `…/error`. A start that
//! fails is posted to `init/error`. Not here: extensions, response streaming (a
//! streamed response is taken as it is), SnapStart.
//!
//! Source: AWS Lambda Developer Guide, "Using the Lambda runtime API for custom
//! runtimes". Where the guide is silent (the bodies of refusals), AWS's open-source
//! Runtime Interface Emulator is followed.

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::serve::ListenerExt;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;

/// The most bytes a response may have. Source: Lambda quotas, "Invocation payload",
/// 6 MB and a little for what surrounds it.
const MAX_RESPONSE_BYTES: usize = 6 * 1024 * 1024 + 100;

/// A failure that a function reports, as Lambda hands it to whoever invoked it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionError {
    /// What kind of error, in the function's own words; `errorType` on the wire.
    pub error_type: String,
    /// The text; `errorMessage` on the wire.
    pub message: String,
}

impl FunctionError {
    /// Reads the body of an error report; the header names the type where the body
    /// does not.
    fn read(headers: &HeaderMap, body: &[u8]) -> Self {
        let header = headers
            .get("lambda-runtime-function-error-type")
            .and_then(|value| value.to_str().ok())
            .unwrap_or("Runtime.Unknown");
        let body: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
        let text = |member: &str| body.get(member)?.as_str().map(str::to_owned);
        Self {
            error_type: text("errorType").unwrap_or_else(|| header.to_owned()),
            message: text("errorMessage").unwrap_or_default(),
        }
    }
}

impl fmt::Display for FunctionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.error_type, self.message)
    }
}

/// What a runtime posted for one invocation.
#[derive(Debug)]
pub struct Answer {
    /// The response's bytes, or the error.
    pub result: Result<Vec<u8>, FunctionError>,
    /// When it had arrived in full.
    pub at: Instant,
}

/// A server of the Runtime API on a free port of 127.0.0.1; it ends when dropped.
#[derive(Debug)]
pub struct RuntimeApi {
    address: SocketAddr,
    shared: Arc<Shared>,
    server: JoinHandle<()>,
}

#[derive(Debug)]
struct Shared {
    function_arn: String,
    init: watch::Sender<Init>,
    submit: mpsc::UnboundedSender<Event>,
    events: tokio::sync::Mutex<mpsc::UnboundedReceiver<Event>>,
    in_flight: Mutex<Option<InFlight>>,
    /// Makes request ids; a process counts its own.
    submitted: AtomicU64,
}

/// How far the runtime has come.
#[derive(Debug, Clone)]
enum Init {
    Going,
    /// It has asked for its first invocation.
    Done(Instant),
    Failed(FunctionError),
}

#[derive(Debug)]
struct Event {
    id: String,
    deadline: SystemTime,
    payload: Vec<u8>,
    reply: oneshot::Sender<Answer>,
}

/// The invocation that the runtime was given last; `reply` is gone once it answered.
#[derive(Debug)]
struct InFlight {
    id: String,
    reply: Option<oneshot::Sender<Answer>>,
}

impl RuntimeApi {
    /// Starts to listen. The runtime is told `function_arn` with each invocation.
    ///
    /// # Errors
    /// When no port can be had.
    pub async fn start(function_arn: String) -> io::Result<Self> {
        let (submit, events) = mpsc::unbounded_channel();
        let shared = Arc::new(Shared {
            function_arn,
            init: watch::Sender::new(Init::Going),
            submit,
            events: tokio::sync::Mutex::new(events),
            in_flight: Mutex::new(None),
            submitted: AtomicU64::new(0),
        });
        let routes = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route("/2018-06-01/runtime/invocation/{id}/response", post(response))
            .route("/2018-06-01/runtime/invocation/{id}/error", post(error))
            .route("/2018-06-01/runtime/init/error", post(init_error))
            .layer(DefaultBodyLimit::max(MAX_RESPONSE_BYTES))
            .with_state(Arc::clone(&shared));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        // An event must not wait for the acknowledgement of the packet before it.
        let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
        let server = tokio::spawn(async move {
            // `serve` never returns: it waits and accepts again when accepting fails.
            drop(axum::serve(listener, routes).await);
        });
        Ok(Self { address, shared, server })
    }

    /// Where the server listens: the value of `AWS_LAMBDA_RUNTIME_API`.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Waits until the runtime asks for its first invocation, and says when that was.
    ///
    /// # Errors
    /// When the runtime reports that it could not start.
    pub async fn initialised(&self) -> Result<Instant, FunctionError> {
        let mut init = self.shared.init.subscribe();
        loop {
            match &*init.borrow_and_update() {
                Init::Going => {}
                Init::Done(at) => return Ok(*at),
                Init::Failed(error) => return Err(error.clone()),
            }
            if init.changed().await.is_err() {
                // The sender lives in `self.shared`.
                std::future::pending::<()>().await;
            }
        }
    }

    /// Puts an event into the queue. The answer comes when the runtime has posted it;
    /// one that nobody waits for any more is accepted and dropped.
    pub fn submit(&self, payload: Vec<u8>, deadline: SystemTime) -> oneshot::Receiver<Answer> {
        let (reply, answer) = oneshot::channel();
        let number = self.shared.submitted.fetch_add(1, Ordering::Relaxed);
        let id = format!("{:08x}-0000-4000-8000-{number:012x}", std::process::id());
        // The receiver lives as long as `self.shared`.
        drop(self.shared.submit.send(Event { id, deadline, payload, reply }));
        answer
    }
}

impl Drop for RuntimeApi {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Shared {
    fn in_flight(&self) -> MutexGuard<'_, Option<InFlight>> {
        self.in_flight.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Hands `result` to whoever waits for invocation `id`.
    fn answer(&self, id: &str, result: Result<Vec<u8>, FunctionError>) -> Response {
        let at = Instant::now();
        match self.in_flight().as_mut() {
            Some(in_flight) if in_flight.id == id => match in_flight.reply.take() {
                Some(reply) => {
                    drop(reply.send(Answer { result, at }));
                    accepted()
                }
                None => refused(
                    StatusCode::FORBIDDEN,
                    "InvalidStateTransition",
                    "the invocation is answered already",
                ),
            },
            _ => refused(StatusCode::BAD_REQUEST, "InvalidRequestID", "Invalid request ID"),
        }
    }
}

async fn next(State(shared): State<Arc<Shared>>) -> Response {
    shared.init.send_if_modified(|init| {
        let first = matches!(init, Init::Going);
        if first {
            *init = Init::Done(Instant::now());
        }
        first
    });
    let Some(event) = shared.events.lock().await.recv().await else {
        return refused(StatusCode::INTERNAL_SERVER_ERROR, "Extension.Error", "no more events");
    };
    let Event { id, deadline, payload, reply } = event;
    let since_epoch = |at: SystemTime| at.duration_since(UNIX_EPOCH).unwrap_or_default();
    let headers = [
        ("lambda-runtime-aws-request-id", id.clone()),
        ("lambda-runtime-deadline-ms", since_epoch(deadline).as_millis().to_string()),
        ("lambda-runtime-invoked-function-arn", shared.function_arn.clone()),
        ("lambda-runtime-trace-id", trace_id(since_epoch(SystemTime::now()).as_secs(), &id)),
        (header::CONTENT_TYPE.as_str(), "application/json".to_owned()),
    ];
    *shared.in_flight() = Some(InFlight { id, reply: Some(reply) });
    (headers, payload).into_response()
}

/// A trace header of the documented form, not sampled: nothing is traced here.
fn trace_id(seconds: u64, id: &str) -> String {
    let digits: String = id.chars().filter(char::is_ascii_hexdigit).collect();
    format!("Root=1-{seconds:08x}-{digits:.24};Parent={digits:.16};Sampled=0")
}

async fn response(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    body: Bytes,
) -> Response {
    shared.answer(&id, Ok(body.into()))
}

async fn error(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    shared.answer(&id, Err(FunctionError::read(&headers, &body)))
}

async fn init_error(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let failed = shared.init.send_if_modified(|init| {
        let going = matches!(init, Init::Going);
        if going {
            *init = Init::Failed(FunctionError::read(&headers, &body));
        }
        going
    });
    if failed {
        accepted()
    } else {
        refused(StatusCode::FORBIDDEN, "InvalidStateTransition", "the init phase is over")
    }
}

fn accepted() -> Response {
    let json = [(header::CONTENT_TYPE, "application/json")];
    (StatusCode::ACCEPTED, json, r#"{"status":"OK"}"#).into_response()
}

fn refused(status: StatusCode, error_type: &str, message: &str) -> Response {
    let json = [(header::CONTENT_TYPE, "application/json")];
    let body = serde_json::json!({ "errorMessage": message, "errorType": error_type });
    (status, json, body.to_string()).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;

    /// One request on a connection of its own; returns status and the whole answer.
    async fn call(api: &RuntimeApi, method: &str, path: &str, body: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(api.address()).await.unwrap();
        let length = body.len();
        let request = format!(
            "{method} /2018-06-01/runtime/{path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\
             lambda-runtime-function-error-type: FromHeader\r\ncontent-length: {length}\r\n\r\n{body}"
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        (answer.split(' ').nth(1).unwrap().parse().unwrap(), answer)
    }

    async fn api() -> RuntimeApi {
        RuntimeApi::start("arn:aws:lambda:us-east-1:123456789012:function:f".to_owned())
            .await
            .unwrap()
    }

    fn request_id(answer: &str) -> String {
        let header = "lambda-runtime-aws-request-id: ";
        let line = answer.lines().find(|line| line.starts_with(header)).unwrap();
        line.trim_start_matches(header).to_owned()
    }

    #[tokio::test]
    async fn next_waits_for_an_event_and_carries_the_documented_headers() {
        let api = api().await;
        let submit = async {
            api.initialised().await.unwrap();
            let deadline = UNIX_EPOCH + std::time::Duration::from_millis(1234);
            Some(api.submit(b"{}".to_vec(), deadline))
        };
        let ((status, text), answer) =
            tokio::join!(call(&api, "GET", "invocation/next", ""), submit);
        assert_eq!(status, 200);
        for header in [
            "lambda-runtime-deadline-ms: 1234",
            "lambda-runtime-invoked-function-arn: arn:aws:lambda:us-east-1:123456789012:function:f",
            "lambda-runtime-trace-id: Root=1-",
        ] {
            assert!(text.contains(header), "{header} in {text}");
        }
        assert!(text.ends_with("\r\n\r\n{}"), "{text}");
        let id = request_id(&text);
        let posted = call(&api, "POST", &format!("invocation/{id}/response"), "true").await;
        assert_eq!(posted.0, 202);
        assert_eq!(answer.unwrap().await.unwrap().result, Ok(b"true".to_vec()));
    }

    #[tokio::test]
    async fn an_error_is_read_from_the_body_and_else_from_the_header() {
        for (body, error_type, message) in [
            (r#"{"errorType":"T","errorMessage":"m","stackTrace":[]}"#, "T", "m"),
            ("oops", "FromHeader", ""),
        ] {
            let api = api().await;
            let answer = api.submit(b"{}".to_vec(), SystemTime::now());
            let id = request_id(&call(&api, "GET", "invocation/next", "").await.1);
            let posted = call(&api, "POST", &format!("invocation/{id}/error"), body).await;
            assert_eq!(posted.0, 202);
            let expected =
                FunctionError { error_type: error_type.to_owned(), message: message.to_owned() };
            assert_eq!(answer.await.unwrap().result, Err(expected));
        }
    }

    #[tokio::test]
    async fn wrong_ids_and_second_answers_are_refused() {
        let api = api().await;
        let (status, text) = call(&api, "POST", "invocation/nobody/response", "{}").await;
        assert_eq!(status, 400);
        assert!(text.contains(r#""errorType":"InvalidRequestID""#), "{text}");

        let _answer = api.submit(b"{}".to_vec(), SystemTime::now());
        let id = request_id(&call(&api, "GET", "invocation/next", "").await.1);
        let path = format!("invocation/{id}/response");
        assert_eq!(call(&api, "POST", &path, "1").await.0, 202);
        assert_eq!(call(&api, "POST", &path, "2").await.0, 403);
        assert_eq!(call(&api, "POST", "init/error", "{}").await.0, 403);
    }

    #[tokio::test]
    async fn a_late_answer_is_accepted_and_dropped() {
        let api = api().await;
        drop(api.submit(b"1".to_vec(), SystemTime::now()));
        let answer = api.submit(b"2".to_vec(), SystemTime::now());
        for reply in ["late", "in time"] {
            let id = request_id(&call(&api, "GET", "invocation/next", "").await.1);
            let posted = call(&api, "POST", &format!("invocation/{id}/response"), reply).await;
            assert_eq!(posted.0, 202);
        }
        assert_eq!(answer.await.unwrap().result, Ok(b"in time".to_vec()));
    }

    #[tokio::test]
    async fn an_init_error_ends_the_start() {
        let api = api().await;
        let body = r#"{"errorType":"PolicyUnusable","errorMessage":"no"}"#;
        assert_eq!(call(&api, "POST", "init/error", body).await.0, 202);
        assert_eq!(api.initialised().await.unwrap_err().error_type, "PolicyUnusable");
    }
}
