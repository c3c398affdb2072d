//! The handler binary as Lambda runs it: every event of `events/`, what it logs and counts,
//! what is no request, and which policy it follows. It carries the workspace's policy.toml.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by a panic")]

mod metrics;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use chatwarden_emulator::{Config, Function, FunctionError, Outcome, OutputLine, StartError};
use chatwarden_handler::load::embedded;
use serde_json::Value;

const HANDLER: &str = env!("CARGO_BIN_EXE_chatwarden-handler");

/// Far over what an answer takes; these tests are not about time.
const LIMIT: Duration = Duration::from_secs(10);

/// What becomes of an event.
enum Expected {
    /// Delivered as written.
    Allowed,
    /// Delivered with this part, and only this, made unreadable.
    Masked(&'static str),
    /// Not delivered, with a reason.
    Denied,
    /// Delivered as written, with one more attribute of this name.
    Tagged(&'static str),
}
use Expected::{Allowed, Denied, Masked, Tagged};

const EXPECTED: [(&str, Expected); 15] = [
    ("allowed", Allowed),
    ("denied", Denied),
    ("emoji", Masked("chatwardenmask")),
    ("full-width", Masked("ｃｈａｔｗａｒｄｅｎｍａｓｋ")),
    ("innocent-look-alike", Allowed),
    ("korean", Masked("챗워든가림")),
    ("leetspeak", Masked("ch4tw@rdenm4sk")),
    ("link", Tagged("link")),
    ("longest", Masked("chatwardenmask")),
    ("masked", Masked("chatwardenmask")),
    ("missing-attributes", Allowed),
    ("moderator-exempt", Allowed),
    ("null-attributes", Allowed),
    ("spaced", Masked("c h a t w a r d e n m a s k")),
    ("zero-width", Masked("chat\u{200b}warden\u{200b}mask")),
];

/// A new folder for one test.
fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("chatwarden-{}-{name}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// The handler with a task root that holds nothing but what a test puts there.
fn config(task_root: &Path) -> Config {
    Config::new(HANDLER).env("LAMBDA_TASK_ROOT", task_root)
}

async fn handler() -> Function {
    Function::start(&config(&folder("empty"))).await.unwrap()
}

fn events() -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../events");
    let mut events: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .map(|path| (path.file_stem().unwrap().to_str().unwrap().to_owned(), path))
        .map(|(name, path)| (name, fs::read(path).unwrap()))
        .collect();
    events.sort();
    events
}

async fn response(function: &mut Function, payload: &[u8]) -> Value {
    match function.invoke(payload, LIMIT).await.outcome {
        Outcome::Response(bytes) => serde_json::from_slice(&bytes).unwrap(),
        other => panic!("{other:?}"),
    }
}

async fn function_error(function: &mut Function, payload: &[u8]) -> FunctionError {
    match function.invoke(payload, LIMIT).await.outcome {
        Outcome::FunctionError(error) => error,
        other => panic!("{other:?}"),
    }
}

/// Is `after` the text `before` with `part` replaced by one sign, again and again?
fn is_masked(before: &str, part: &str, after: &str) -> bool {
    let (head, tail) = before.split_once(part).unwrap();
    let mask = after.strip_prefix(head).and_then(|rest| rest.strip_suffix(tail));
    mask.is_some_and(|mask| {
        let sign = mask.chars().next();
        mask.chars().all(|c| Some(c) == sign && !c.is_alphanumeric())
            && (1..=part.chars().count()).contains(&mask.chars().count())
    })
}

#[tokio::test]
async fn every_event_is_answered_as_its_name_says() {
    let mut function = handler().await;
    let events = events();
    let names: Vec<&str> = events.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, EXPECTED.map(|(name, _)| name), "events/ and this table differ");

    let mut failed = Vec::new();
    for ((name, payload), (_, expected)) in events.iter().zip(EXPECTED) {
        let request: Value = serde_json::from_slice(payload).unwrap();
        let response = response(&mut function, payload).await;
        let (before, after) = (&request["Content"], &response["Content"]);
        let kept = request.get("Attributes").unwrap_or(&Value::Null) == &response["Attributes"];
        let as_expected = match expected {
            Allowed => response["ReviewResult"] == "ALLOW" && before == after && kept,
            Masked(part) => {
                let (before, after) = (before.as_str().unwrap(), after.as_str().unwrap());
                response["ReviewResult"] == "ALLOW" && is_masked(before, part, after) && kept
            }
            Denied => {
                let reason = response["Attributes"]["Reason"].as_str();
                response["ReviewResult"] == "DENY" && reason.is_some_and(|r| !r.is_empty())
            }
            Tagged(name) => {
                let mut attributes = response["Attributes"].clone();
                let tag = attributes.as_object_mut().and_then(|map| map.remove(name));
                response["ReviewResult"] == "ALLOW"
                    && before == after
                    && tag.is_some()
                    && attributes == request["Attributes"]
            }
        };
        if !as_expected {
            failed.push(format!("{name}: {response}"));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

/// Strings of an event that belong to a person: all but the ids of message and room.
fn private_strings(event: &Value, strings: &mut Vec<String>) {
    match event {
        Value::String(text) => strings.push(text.clone()),
        Value::Object(map) => {
            for (key, value) in map {
                if !["MessageId", "RoomArn"].contains(&key.as_str()) {
                    private_strings(value, strings);
                }
            }
        }
        _ => {}
    }
}

#[tokio::test]
async fn the_log_holds_nothing_that_a_person_wrote_or_is() {
    // What might raise the runtime's own log level, which would log raw messages.
    let config = ["RUST_LOG", "AWS_LAMBDA_LOG_LEVEL"]
        .iter()
        .fold(config(&folder("private")), |config, name| config.env(*name, "trace"))
        .env("AWS_LAMBDA_LOG_FORMAT", "JSON");
    let mut function = Function::start(&config).await.unwrap();
    let mut private = Vec::new();
    for (_, payload) in events() {
        let event: Value = serde_json::from_slice(&payload).unwrap();
        response(&mut function, &payload).await;
        private_strings(&event, &mut private);
        // The same as a request that makes no sense, cut within the text.
        let cut = payload.len() * 2 / 3;
        function_error(&mut function, &payload[..cut]).await;
    }
    // Whole texts, and their longer words: a masked text is not the whole one.
    let words = |text: &String| {
        let words = text.split_whitespace().filter(|word| word.chars().count() > 6);
        words.map(str::to_owned).collect::<Vec<_>>()
    };
    private = private.iter().flat_map(|text| [words(text), vec![text.clone()]].concat()).collect();
    private.retain(|text| text.chars().count() >= 3);
    assert!(private.iter().any(|text| text == "192.0.2.17"));

    let lines = function.stop().await;
    assert!(lines.iter().any(|line| line.text.contains("invalid_request")), "{lines:?}");
    for line in &lines {
        // The names of members are the handler's own words: `message_id` and the like.
        let members: BTreeMap<String, Value> = serde_json::from_str(&line.text).unwrap();
        for value in members.values().map(Value::to_string) {
            for text in &private {
                assert!(!value.contains(text), "`{text}` in {}", line.text);
            }
        }
    }
}

#[tokio::test]
async fn one_line_is_logged_for_a_denied_or_rewritten_message_and_none_for_an_allowed_one() {
    let event = |name: &str| events().into_iter().find(|(n, _)| n == name).unwrap().1;
    for (name, verdict) in
        [("allowed", None), ("masked", Some("rewrite")), ("denied", Some("deny"))]
    {
        let mut function = handler().await;
        let request: Value = serde_json::from_slice(&event(name)).unwrap();
        response(&mut function, &event(name)).await;
        let lines: Vec<Value> = function
            .stop()
            .await
            .iter()
            .map(|line| serde_json::from_str(&line.text).unwrap())
            .filter(|line: &Value| line.get("_aws").is_none())
            .collect();
        let (start, rest) = lines.split_first().unwrap();
        assert_eq!(start["event"], "start");
        assert_eq!(rest.len(), usize::from(verdict.is_some()), "{name}: {rest:?}");
        if let (Some(verdict), Some(line)) = (verdict, rest.first()) {
            assert_eq!(line["verdict"], verdict);
            assert_eq!(line["message_id"], request["MessageId"]);
            assert_eq!(line["room_arn"], request["RoomArn"]);
            assert_eq!(line["policy"], start["policy"]);
            assert_eq!(line["matches"], 1);
            let code_points = request["Content"].as_str().unwrap().chars().count();
            assert_eq!(line["code_points"], code_points);
            assert!(!line["rule"].as_str().unwrap().is_empty());
            assert!(line["elapsed_us"].is_u64());
            assert_eq!(line.as_object().unwrap().len(), 8, "{line}");
        }
    }
}

#[tokio::test]
async fn what_is_no_request_is_a_function_error_that_quotes_nothing() {
    let mut function = handler().await;
    let payloads: [&[u8]; 11] = [
        b"",
        b"heck",
        b"\"heck\"",
        b"[\"heck\"]",
        b"null",
        b"{}",
        b"{\"Content\": \"heck",
        b"{\"Content\": \"\"}",
        b"{\"Content\": [\"heck\"]}",
        b"{\"Content\": \"x\", \"Attributes\": {\"heck\": 1}}",
        b"{\"Content\": \"x\"} heck",
    ];
    for payload in payloads {
        let error = function_error(&mut function, payload).await;
        let shown = String::from_utf8_lossy(payload);
        assert_eq!(error.error_type, "InvalidRequest", "{shown}");
        assert!(!error.message.is_empty(), "{shown}");
        assert!(!error.message.contains("heck"), "{shown}: {}", error.message);
    }
    // And the function is none the worse for it.
    let response = response(&mut function, br#"{"Content": "hello"}"#).await;
    assert_eq!(response["ReviewResult"], "ALLOW");
}

#[tokio::test]
async fn what_is_not_utf_8_or_no_text_at_all_does_not_lose_a_message() {
    let mut function = handler().await;
    for payload in [
        &br#"{"Content": "hello", "Unknown": [1, {"a": null}], "Sender": null}"#[..],
        b"{\"Content\": \"hello \\ud83d\"}",
        b"{\"Content\": \"hello \xff\"}",
    ] {
        let response = response(&mut function, payload).await;
        assert_eq!(response["ReviewResult"], "ALLOW");
    }
}

/// Where the policy came from, as the handler logs at its start.
fn source(lines: &[OutputLine]) -> String {
    let start: Value = serde_json::from_str(&lines[0].text).unwrap();
    assert_eq!(start["event"], "start");
    assert_eq!(start["policy"].as_str().unwrap().len(), 32);
    start["source"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn the_named_file_is_taken_then_the_task_roots_then_the_embedded_policy() {
    let task_root = folder("sources");
    let (named, beside) = (folder("named").join("kids.cwp"), task_root.join("policy.cwp"));
    let started = async |config: Config| Function::start(&config).await.unwrap().stop().await;

    assert_eq!(source(&started(config(&task_root)).await), "embedded");
    // An empty variable is what a template writes for "none".
    let empty = config(&task_root).env("CHATWARDEN_POLICY_FILE", "");
    assert_eq!(source(&started(empty).await), "embedded");

    fs::write(&beside, embedded()).unwrap();
    assert_eq!(source(&started(config(&task_root)).await), beside.to_str().unwrap());

    fs::write(&named, embedded()).unwrap();
    let named_config = config(&task_root).env("CHATWARDEN_POLICY_FILE", &named);
    assert_eq!(source(&started(named_config).await), named.to_str().unwrap());
}

#[tokio::test]
async fn an_unusable_policy_fails_the_start_and_says_so() {
    let folder = folder("unusable");
    let mut damaged = embedded().to_vec();
    let middle = damaged.len() / 2;
    damaged[middle] ^= 1;
    let cases: [(&str, Option<&[u8]>, &str); 5] = [
        ("foreign.cwp", Some(b"PK\x03\x04 something else altogether"), "not a compiled policy"),
        ("empty.cwp", Some(b""), "cannot be used"),
        ("damaged.cwp", Some(&damaged), "damaged"),
        ("short.cwp", Some(&embedded()[..middle]), "cut short"),
        ("missing.cwp", None, "No such file"),
    ];
    let mut wrong = Vec::new();
    for (name, content, expected) in cases {
        let path = folder.join(name);
        if let Some(content) = content {
            fs::write(&path, content).unwrap();
        }
        let config = config(&folder).env("CHATWARDEN_POLICY_FILE", &path);
        match Function::start(&config).await {
            Err(StartError::Reported { error, end }) => {
                assert_eq!(error.error_type, "PolicyUnusable");
                assert!(error.message.contains(name), "{name}: {error}");
                assert!(error.message.contains(expected), "{name}: {error}");
                assert_eq!(end.status.unwrap().code(), Some(1), "{name}");
                assert!(end.stderr.iter().any(|line| line.contains(name)), "{name}: {end}");
            }
            Err(other) => wrong.push(format!("{name}: {other}")),
            Ok(_) => wrong.push(format!("{name}: started")),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn outside_lambda_it_says_what_it_is() {
    let output = Command::new(HANDLER).env_clear().output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.contains("chatwarden invoke"), "{stderr}");
}
