//! The processor's binary as Lambda runs it, with a stand-in for Chime that takes its calls:
//! every event of `events/chime`, what it calls back, and what it does when nobody listens.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by a panic")]

use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use chatwarden_emulator::{Config, Function, FunctionError, Outcome};
use serde_json::{Value, json};

const PROCESSOR: &str = env!("CARGO_BIN_EXE_chatwarden-chime");

/// The time of an invocation; far over what an answer takes.
const LIMIT: Duration = Duration::from_secs(10);

/// What Chime answers with; it never does for status 0.
type Statuses = &'static [u16];

/// A stand-in for Chime: what it was told, and what it has yet to answer.
#[derive(Clone)]
struct Chime {
    calls: Arc<Mutex<Vec<(String, Value)>>>,
    /// One for each call; the last for all that follow.
    statuses: Statuses,
    url: String,
}

impl Chime {
    async fn start(statuses: Statuses) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let chime = Self { calls: Arc::default(), statuses, url };
        let routes = Router::new().fallback(answer).with_state(chime.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        chime
    }

    async fn processor(&self) -> Function {
        let task_root =
            std::env::temp_dir().join(format!("chatwarden-chime-{}", std::process::id()));
        fs::create_dir_all(&task_root).unwrap();
        let config = Config::new(PROCESSOR)
            .env("LAMBDA_TASK_ROOT", task_root)
            .env("AWS_ACCESS_KEY_ID", "local")
            .env("AWS_SECRET_ACCESS_KEY", "local")
            .env("AWS_ENDPOINT_URL_CHIME_SDK_MESSAGING", &self.url);
        Function::start(&config).await.unwrap()
    }

    /// The body of the only call there was.
    fn only_call(&self) -> Value {
        let calls = std::mem::take(&mut *self.calls.lock().unwrap());
        assert_eq!(calls.len(), 1, "{calls:?}");
        calls[0].1.clone()
    }
}

async fn answer(State(chime): State<Chime>, uri: Uri, body: Bytes) -> Response {
    let count = {
        let mut calls = chime.calls.lock().unwrap();
        calls.push((uri.to_string(), serde_json::from_slice(&body).unwrap()));
        calls.len()
    };
    let status = chime.statuses.get(count - 1).or(chime.statuses.last()).copied().unwrap();
    if status == 0 {
        tokio::time::sleep(LIMIT * 10).await;
    }
    (StatusCode::from_u16(status).unwrap(), json!({"Message": "what the heck"}).to_string())
        .into_response()
}

fn event(name: &str) -> Value {
    let path = format!("{}/../events/chime/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_slice(&fs::read(Path::new(&path)).unwrap()).unwrap()
}

async fn function_error(function: &mut Function, payload: &[u8], limit: Duration) -> FunctionError {
    match function.invoke(payload, limit).await.outcome {
        Outcome::FunctionError(error) => error,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn every_event_is_called_back_about_as_its_name_says() {
    let chime = Chime::start(&[200]).await;
    let mut processor = chime.processor().await;
    for (name, expected, deleted) in [
        ("allowed", json!({}), Value::Null),
        ("masked", json!({"Content": "that referee is a **************, honestly"}), Value::Null),
        ("denied", json!({}), Value::Bool(true)),
        ("link", json!({"Metadata": r#"{"color":"teal","link":"external"}"#}), Value::Null),
        ("edited", json!({"Content": "on second thought: what a **************"}), Value::Null),
        ("control", json!({}), Value::Null),
    ] {
        let event = event(name);
        let invocation = processor.invoke(event.to_string(), LIMIT).await;
        assert!(matches!(&invocation.outcome, Outcome::Response(_)), "{name}: {invocation:?}");
        let mut expected = json!({"CallbackId": event["CallbackId"], "ChannelMessage": expected});
        expected["ChannelMessage"]["MessageId"] = event["ChannelMessage"]["MessageId"].clone();
        if !deleted.is_null() {
            expected["DeleteResource"] = deleted;
        }
        let path = chime.calls.lock().unwrap()[0].0.clone();
        assert!(path.ends_with("?operation=channel-flow-callback"), "{path}");
        assert!(path.starts_with("/channels/arn%3Aaws%3Achime%3A"), "{path}");
        assert_eq!(chime.only_call(), expected, "{name}");
    }
}

#[tokio::test]
async fn a_callback_is_repeated_while_that_may_help() {
    for (statuses, calls) in
        [(&[409][..], 1), (&[503, 200], 2), (&[429, 500, 200], 3), (&[503, 409], 2)]
    {
        let chime = Chime::start(statuses).await;
        let mut processor = chime.processor().await;
        let invocation = processor.invoke(event("masked").to_string(), LIMIT).await;
        assert!(
            matches!(&invocation.outcome, Outcome::Response(_)),
            "{statuses:?}: {invocation:?}"
        );
        let told = chime.calls.lock().unwrap().clone();
        assert_eq!(told.len(), calls, "{statuses:?}");
        assert!(told.iter().all(|call| *call == told[0]), "{told:?}");
    }
}

#[tokio::test]
async fn a_callback_that_is_not_taken_fails_the_function_in_time_and_quotes_nothing() {
    let limit = Duration::from_secs(2);
    for (statuses, least, most, text) in [
        (&[400][..], 1, 1, "answered 400"),
        (&[403], 1, 1, "chime:ChannelFlowCallback"),
        (&[429], 2, 10, "answered 429"),
        (&[503], 2, 10, "answered 503"),
        (&[0], 1, 1, "no answer"),
    ] {
        let chime = Chime::start(statuses).await;
        let mut processor = chime.processor().await;
        let started = Instant::now();
        let payload = event("masked").to_string();
        let error = function_error(&mut processor, payload.as_bytes(), limit).await;
        assert!(started.elapsed() < limit, "{statuses:?}");
        assert_eq!(error.error_type, "CallbackFailed");
        assert!(error.message.contains(text), "{error}");
        let calls = chime.calls.lock().unwrap().len();
        assert!((least..=most).contains(&calls), "{statuses:?}: {calls}");

        let log: Vec<String> = processor.stop().await.into_iter().map(|line| line.text).collect();
        let log = log.join("\n");
        assert!(
            log.contains(r#""event":"callback_failed""#) && log.contains(r#""Faults":1"#),
            "{log}"
        );
        for private in ["heck", "referee", "chatwardenmask", "Robin", "user-7", "****"] {
            assert!(!log.contains(private) && !error.message.contains(private), "{private}: {log}");
        }
    }
}

#[tokio::test]
async fn what_is_no_message_to_process_is_a_function_error_and_calls_nobody() {
    let chime = Chime::start(&[200]).await;
    let mut processor = chime.processor().await;
    let unknown = event("masked").to_string().replace("CHANNEL_MESSAGE_EVENT", "HECK");
    for payload in ["heck", "{}", "null", r#"{"EventType":["heck"]}"#, &unknown] {
        let error = function_error(&mut processor, payload.as_bytes(), LIMIT).await;
        assert_eq!(error.error_type, "InvalidEvent", "{payload}");
        assert!(!error.message.to_lowercase().contains("heck"), "{error}");
    }
    assert!(chime.calls.lock().unwrap().is_empty());
    let log = processor.stop().await;
    assert!(log.iter().any(|line| line.text.contains("invalid_event")), "{log:?}");
    assert!(!log.iter().any(|line| line.text.to_lowercase().contains("heck")), "{log:?}");
}

#[tokio::test]
async fn a_rewrite_that_chime_has_no_room_for_is_a_denial() {
    let chime = Chime::start(&[200]).await;
    let mut processor = chime.processor().await;
    let mut long = event("masked");
    // As long as may be, and longer than may be where it is rewritten.
    for (bytes, denied) in [(4096, false), (4097, true)] {
        long["ChannelMessage"]["Content"] = format!("{:a<1$}", "chatwardenmask ", bytes).into();
        processor.invoke(long.to_string(), LIMIT).await;
        assert_eq!(chime.only_call()["DeleteResource"].as_bool().unwrap_or(false), denied);
    }
    let log = processor.stop().await;
    for verdict in ["rewrite", "deny"] {
        let verdict = format!(r#""verdict":"{verdict}""#);
        assert_eq!(log.iter().filter(|line| line.text.contains(&verdict)).count(), 1, "{log:?}");
    }
}

#[tokio::test]
async fn a_tag_without_a_place_is_counted() {
    let chime = Chime::start(&[200]).await;
    let mut processor = chime.processor().await;
    let mut link = event("link");
    let full = json!({"k": "v".repeat(1010)}).to_string();
    for (metadata, expected) in [
        ("", json!({"Metadata": r#"{"link":"external"}"#})),
        (r#"{"link":"none"}"#, json!({"Metadata": r#"{"link":"external"}"#})),
        ("plain words", json!({})),
        ("[1]", json!({})),
        (&full, json!({})),
    ] {
        link["ChannelMessage"]["Metadata"] = metadata.into();
        processor.invoke(link.to_string(), LIMIT).await;
        let mut message = chime.only_call()["ChannelMessage"].take();
        message.as_object_mut().unwrap().remove("MessageId");
        assert_eq!(message, expected, "{metadata}");
    }
    // Faults have the counts written.
    function_error(&mut processor, b"{}", LIMIT).await;
    let log = processor.stop().await;
    assert!(log.iter().any(|line| line.text.contains(r#""TagsLeftOut":3,"#)), "{log:?}");
}
