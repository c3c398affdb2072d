//! The integration's binary as Lambda runs it, with stand-ins for DynamoDB and for the
//! connections of an API: every event of `events/apigateway`, and who is sent what.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by a panic")]

use std::collections::BTreeMap;
use std::fs;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use chatwarden_emulator::{Config, Function, Outcome};
use serde_json::{Value, json};

const GATEWAY: &str = env!("CARGO_BIN_EXE_chatwarden-gateway");

/// The connection that speaks in `events/apigateway`.
const SPEAKER: &str = "QxY7-cBCoAMCJrw=";

/// Far over what an answer takes.
const LIMIT: Duration = Duration::from_secs(20);

/// DynamoDB and an API in one server.
#[derive(Clone, Default)]
struct Aws {
    /// Rooms by connection.
    table: Arc<Mutex<BTreeMap<String, String>>>,
    /// What was posted, and to whom.
    posted: Arc<Mutex<Vec<(String, String)>>>,
    /// What a connection answers with, if not 200.
    statuses: Arc<Mutex<BTreeMap<String, u16>>>,
    /// DynamoDB refuses all.
    is_closed: Arc<Mutex<bool>>,
    url: String,
}

impl Aws {
    async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let aws =
            Self { url: format!("http://{}", listener.local_addr().unwrap()), ..Self::default() };
        let routes = Router::new()
            .route("/", post(dynamodb))
            .route("/@connections/{id}", post(connection))
            .with_state(aws.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        aws
    }

    fn knows(&self, connection: &str, room: &str) {
        self.table.lock().unwrap().insert(connection.to_owned(), room.to_owned());
    }

    async fn gateway(&self) -> Function {
        let config = config()
            .env("AWS_ACCESS_KEY_ID", "local")
            .env("AWS_SECRET_ACCESS_KEY", "local")
            .env("AWS_ENDPOINT_URL", &self.url)
            .env("CHATWARDEN_CONNECTIONS_TABLE", "chat");
        Function::start(&config).await.unwrap()
    }

    fn posted(&self) -> Vec<(String, String)> {
        let mut posted = std::mem::take(&mut *self.posted.lock().unwrap());
        posted.sort();
        posted
    }
}

async fn dynamodb(State(aws): State<Aws>, headers: HeaderMap, body: Bytes) -> Response {
    let request: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(request["TableName"], "chat");
    if *aws.is_closed.lock().unwrap() {
        let error = json!({"__type": "com.amazonaws#AccessDeniedException", "message": "heck"});
        return (StatusCode::BAD_REQUEST, error.to_string()).into_response();
    }
    let mut table = aws.table.lock().unwrap();
    let key = request["Key"]["connectionId"]["S"].as_str().unwrap_or_default();
    let target = headers["x-amz-target"].to_str().unwrap();
    let answer = match target.rsplit('.').next().unwrap() {
        "PutItem" => {
            let item = &request["Item"];
            assert!(
                item["expiresAt"]["N"].as_str().unwrap().parse::<u64>().unwrap() > 1_700_000_000
            );
            let text = |name: &str| item[name]["S"].as_str().unwrap().to_owned();
            table.insert(text("connectionId"), text("room"));
            json!({})
        }
        "DeleteItem" => {
            table.remove(key);
            json!({})
        }
        "GetItem" => match table.get(key) {
            Some(room) => json!({"Item": {"connectionId": {"S": key}, "room": {"S": room}}}),
            None => json!({}),
        },
        "Query" => {
            assert_eq!(request["IndexName"], "byRoom");
            let room = request["ExpressionAttributeValues"][":room"]["S"].as_str().unwrap();
            // Page by page, one connection on each.
            let start = request["ExclusiveStartKey"]["connectionId"]["S"].as_str().unwrap_or("");
            let mut of_room = table.iter().filter(|(id, of)| *of == room && id.as_str() > start);
            match of_room.next() {
                Some((id, _)) => json!({
                    "Items": [{"connectionId": {"S": id}}],
                    "LastEvaluatedKey": {"connectionId": {"S": id}, "room": {"S": room}},
                }),
                None => json!({"Items": []}),
            }
        }
        other => panic!("{other}"),
    };
    answer.to_string().into_response()
}

async fn connection(State(aws): State<Aws>, Path(id): Path<String>, body: String) -> Response {
    let status = aws.statuses.lock().unwrap().get(&id).copied().unwrap_or(200);
    if status == 200 {
        aws.posted.lock().unwrap().push((id, body));
    }
    StatusCode::from_u16(status).unwrap().into_response()
}

fn config() -> Config {
    let task_root = std::env::temp_dir().join(format!("chatwarden-gateway-{}", std::process::id()));
    fs::create_dir_all(&task_root).unwrap();
    Config::new(GATEWAY).env("LAMBDA_TASK_ROOT", task_root)
}

fn event(name: &str) -> Value {
    let path = format!("{}/../events/apigateway/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// A message from the speaker.
fn said(route: &str, body: &str) -> Value {
    let mut event = event("masked");
    event["requestContext"]["routeKey"] = route.into();
    event["body"] = body.into();
    event
}

async fn response(function: &mut Function, event: &Value) -> (u64, Option<String>) {
    match function.invoke(event.to_string(), LIMIT).await.outcome {
        Outcome::Response(bytes) => {
            let response: Value = serde_json::from_slice(&bytes).unwrap();
            let body = response.get("body").map(|body| body.as_str().unwrap().to_owned());
            (response["statusCode"].as_u64().unwrap(), body)
        }
        other => panic!("{other:?}"),
    }
}

async fn error_type(function: &mut Function, payload: &str) -> String {
    match function.invoke(payload, LIMIT).await.outcome {
        Outcome::FunctionError(error) => {
            assert!(!error.message.contains("heck"), "{error}");
            error.error_type
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn every_event_is_answered_as_its_name_says_without_any_aws() {
    let mut gateway = Function::start(&config()).await.unwrap();
    let written = |name: &str| event(name)["body"].as_str().unwrap().to_owned();
    let mask = |text: String| text.replace("chatwardenmask", "**************");
    let link = written("link");
    for (name, status, body) in [
        ("connect", 200, None),
        ("allowed", 200, Some(written("allowed"))),
        ("masked", 200, Some(mask(written("masked")))),
        (
            "denied",
            406,
            Some(
                r#"{"code":406,"reason":"The test term was denied: moderation works."}"#.to_owned(),
            ),
        ),
        ("link", 200, Some(link.replace('}', r#","attributes":{"link":"external"}}"#))),
        ("default-text", 200, Some("what a **************".to_owned())),
        (
            "base64",
            200,
            Some(
                r#"{"action": "message", "room": "lobby", "message": "what a **************"}"#
                    .to_owned(),
            ),
        ),
        ("disconnect", 200, None),
    ] {
        assert_eq!(response(&mut gateway, &event(name)).await, (status, body), "{name}");
    }
}

#[tokio::test]
async fn no_sender_can_shed_a_tag() {
    let mut gateway = Function::start(&config()).await.unwrap();
    let words = "see https://video.example/x";
    let long = format!(r#"{{"k":"{}"}}"#, "v".repeat(1100));
    for attributes in ["null", "\"str\"", "[1]", "{\"o\":1}", "{\"link\":\"none\"}", &long] {
        let body = format!(r#"{{"message":"{words}","attributes":{attributes}}}"#);
        let (status, body) = response(&mut gateway, &said("message", &body)).await;
        let body: Value = serde_json::from_str(&body.unwrap()).unwrap();
        assert_eq!((status, &body["attributes"]["link"]), (200, &"external".into()), "{body}");
        let had: Value = serde_json::from_str(attributes).unwrap();
        for (name, value) in had.as_object().into_iter().flatten().filter(|(n, _)| *n != "link") {
            assert_eq!(&body["attributes"][name], value, "{body}");
        }
    }
    // What would be too long with its tag goes nowhere.
    let head = format!(r#"{{"message":"{words}""#);
    let longest = format!("{head}{}}}", " ".repeat((128 << 10) - 1 - head.len()));
    assert_eq!(response(&mut gateway, &said("message", &longest)).await.0, 413);
    // A plain text has no place for one.
    let plain = response(&mut gateway, &said("$default", words)).await;
    assert_eq!(plain, (200, Some(words.to_owned())));
    assert_eq!(error_type(&mut gateway, "{}").await, "InvalidEvent");
    let log = gateway.stop().await;
    assert!(log.iter().any(|line| line.text.contains(r#""TagsLeftOut":1,"#)), "{log:?}");
}

#[tokio::test]
async fn what_cannot_be_reviewed_is_refused_with_a_status() {
    let mut gateway = Function::start(&config()).await.unwrap();
    let long = format!(r#"{{"message":"{}"}}"#, "heck ".repeat(30_000));
    for (route, body, status) in [
        ("message", "heck", 400),
        ("message", r#"{"text":"heck"}"#, 400),
        ("message", r#"{"message":["heck"]}"#, 400),
        ("message", r#"{"message":"hi","room":"what the heck"}"#, 400),
        ("message", r#"{"message":"hi","message":"heck"}"#, 400),
        ("message", "", 400),
        ("$default", "", 400),
        ("$default", r#"{"text":"heck"}"#, 400),
        ("$default", r#"{"message":"\u0063hatwardendeny","x":NaN}"#, 400),
        ("$default", r#"{"message":"\u0063hatwardendeny",}"#, 400),
        ("$default", "\u{feff}{\"message\":\"\\u0063hatwardendeny\"}", 400),
        ("$default", r#"["\u0063hatwardendeny"]"#, 400),
        ("message", &long, 413),
        ("$default", &long, 413),
    ] {
        let (answered, body) = response(&mut gateway, &said(route, body)).await;
        let body: Value = serde_json::from_str(&body.unwrap()).unwrap();
        assert_eq!((answered, &body["code"]), (status, &status.into()), "{route}");
        assert!(!body.to_string().contains("heck"), "{body}");
    }
    // Binary frames: no base64, no UTF-8, too long; and one that is text.
    let long = "aGVj".repeat(50_000);
    for (body, status) in [("heck!", 400), ("//79", 400), (&long, 413), ("aGVsbG8=", 200)] {
        let mut event = said("$default", body);
        event["isBase64Encoded"] = true.into();
        assert_eq!(response(&mut gateway, &event).await.0, status);
    }
    // As long as may be.
    let longest = format!(r#"{{"message":"{}"}}"#, "la ".repeat(43_685));
    assert_eq!(response(&mut gateway, &said("message", &longest)).await, (200, Some(longest)));
}

#[tokio::test]
async fn what_is_no_event_of_an_api_is_a_function_error_that_quotes_nothing() {
    let mut gateway = Function::start(&config()).await.unwrap();
    let masked = event("masked").to_string();
    for payload in [
        "heck".to_owned(),
        "{}".to_owned(),
        masked.replace("\"MESSAGE\"", "\"heck\""),
        masked.replace(&format!("\"{SPEAKER}\""), "null"),
        masked.replace("\"connectedAt\":1767323000000", "\"connectedAt\":\"heck\""),
    ] {
        assert_eq!(error_type(&mut gateway, &payload).await, "InvalidEvent", "{payload}");
    }
    let log = gateway.stop().await;
    assert_eq!(log.iter().filter(|line| line.text.contains("invalid_event")).count(), 5);
    assert!(!log.iter().any(|line| line.text.contains("heck")), "{log:?}");
}

#[tokio::test]
async fn a_message_goes_to_the_others_in_the_room_and_nothing_else_does() {
    let aws = Aws::start().await;
    let mut gateway = aws.gateway().await;
    aws.knows("ann=", "lobby");
    aws.knows("bob=", "lobby");
    aws.knows("eve=", "elsewhere");
    assert_eq!(response(&mut gateway, &event("connect")).await, (200, None));
    assert_eq!(aws.table.lock().unwrap()[SPEAKER], "lobby");

    let (_, masked) = response(&mut gateway, &event("masked")).await;
    let masked = masked.unwrap();
    assert!(masked.contains("**************"), "{masked}");
    assert_eq!(aws.posted(), ["ann=", "bob="].map(|id| (id.to_owned(), masked.clone())));

    assert_eq!(response(&mut gateway, &event("denied")).await.0, 406);
    assert_eq!(response(&mut gateway, &said("message", "heck")).await.0, 400);
    assert_eq!(aws.posted(), []);

    // Without a room of its own, a message stays in the speaker's; with one, it goes there.
    response(&mut gateway, &event("default-text")).await;
    assert_eq!(aws.posted().len(), 2);
    response(&mut gateway, &said("message", r#"{"message":"hi","room":"elsewhere"}"#)).await;
    let posted = aws.posted();
    assert_eq!(posted.len(), 1);
    assert_eq!(posted[0].0, "eve=");

    assert_eq!(response(&mut gateway, &event("disconnect")).await, (200, None));
    assert!(!aws.table.lock().unwrap().contains_key(SPEAKER));
}

#[tokio::test]
async fn connections_that_are_gone_are_forgotten_and_those_that_fail_are_not() {
    let aws = Aws::start().await;
    let mut gateway = aws.gateway().await;
    for (connection, status) in [("ann=", 200), ("gone=", 410), ("busy=", 429), ("sick=", 503)] {
        aws.knows(connection, "lobby");
        aws.statuses.lock().unwrap().insert(connection.to_owned(), status);
    }
    assert_eq!(response(&mut gateway, &event("masked")).await.0, 200);
    assert_eq!(aws.posted().len(), 1);
    let left: Vec<String> = aws.table.lock().unwrap().keys().cloned().collect();
    assert_eq!(left, ["ann=", "busy=", "sick="]);

    let log: Vec<String> = gateway.stop().await.into_iter().map(|line| line.text).collect();
    let failed: Vec<_> = log.iter().filter(|line| line.contains("fan_out_failed")).collect();
    assert_eq!(failed.len(), 1, "{log:?}");
    assert!(failed[0].contains("2 of 4 connections"), "{failed:?}");
    for private in ["referee", "user-7", "192.0.2.17", "ann=", "gone="] {
        assert!(!log.iter().any(|line| line.contains(private)), "{private}: {log:?}");
    }
}

#[tokio::test]
async fn without_its_table_nobody_is_let_in_and_nothing_is_sent() {
    let aws = Aws::start().await;
    let mut gateway = aws.gateway().await;
    *aws.is_closed.lock().unwrap() = true;
    for name in ["connect", "masked", "default-text", "disconnect"] {
        let error = error_type(&mut gateway, &event(name).to_string()).await;
        assert_eq!(error, "ConnectionsFailed", "{name}");
    }
    let log = gateway.stop().await;
    assert!(log.iter().any(|line| line.text.contains("AccessDeniedException")), "{log:?}");
}

#[tokio::test]
async fn a_room_is_checked_wherever_it_is_named() {
    let aws = Aws::start().await;
    let mut gateway = aws.gateway().await;
    let variables = |room: &str| json!({"room": room});
    let mut connect = event("connect");
    for (asked, of_stage, expected) in [
        ("hall", "a/b", Some("hall")),
        ("", "hall", Some("hall")),
        ("", "", Some("default")),
        ("\u{b85c}\u{be44}", "hall", None),
        ("", "a/b", None),
    ] {
        connect["queryStringParameters"] = variables(asked);
        connect["stageVariables"] = variables(of_stage);
        let (status, _) = response(&mut gateway, &connect).await;
        assert_eq!(status, if expected.is_some() { 200 } else { 400 }, "{asked} {of_stage}");
        let room = aws.table.lock().unwrap().remove(SPEAKER);
        assert_eq!(room.as_deref(), expected, "{asked} {of_stage}");
    }
    let mut said = said("message", r#"{"message":"hi","room":""}"#);
    said["stageVariables"] = variables("a/b");
    let (status, body) = response(&mut gateway, &said).await;
    assert!(status == 400 && body.unwrap().contains("stageVariables.room"));
    aws.knows(SPEAKER, "hall");
    assert_eq!(response(&mut gateway, &said).await.0, 200);
}

#[tokio::test]
async fn rooms_paths_and_users_are_configured() {
    let named = config()
        .env("CHATWARDEN_MESSAGE_PATH", "data.text")
        .env("CHATWARDEN_ROOM_PATH", "data.to")
        .env("CHATWARDEN_USER_KEY", "role");
    let mut gateway = Function::start(&named).await.unwrap();
    let mut said =
        said("message", r#"{"data":{"text":"chatwardenmask","to":"lobby"},"message":1}"#);
    said["stageVariables"] = json!({"room": "hall"});
    let (status, body) = response(&mut gateway, &said).await;
    assert_eq!(status, 200);
    assert_eq!(body.unwrap(), r#"{"data":{"text":"**************","to":"lobby"},"message":1}"#);
    said["body"] = r#"{"data":{"text":"chatwardenmask"}}"#.into();
    response(&mut gateway, &said).await;
    said["stageVariables"] = Value::Null;
    response(&mut gateway, &said).await;
    let log: Vec<String> = gateway.stop().await.into_iter().map(|line| line.text).collect();
    for room in ["lobby", "hall", "default"] {
        let arn =
            format!("arn:aws:execute-api:us-east-1:123456789012:a1b2c3d4e5/production/{room}\"");
        assert_eq!(log.iter().filter(|line| line.contains(&arn)).count(), 1, "{room}: {log:?}");
    }
}

#[tokio::test]
async fn a_path_that_leads_nowhere_fails_the_start() {
    for (variable, path, expected) in [
        ("CHATWARDEN_MESSAGE_PATH", "a..b", "`CHATWARDEN_MESSAGE_PATH` has an empty name"),
        ("CHATWARDEN_MESSAGE_PATH", ".", "`CHATWARDEN_MESSAGE_PATH` has an empty name"),
        ("CHATWARDEN_MESSAGE_PATH", "attributes.text", "leads into `attributes`"),
        ("CHATWARDEN_ROOM_PATH", "room.", "`CHATWARDEN_ROOM_PATH` has an empty name"),
    ] {
        let Err(error) = Function::start(&config().env(variable, path)).await else {
            panic!("{variable}={path} starts");
        };
        let error = error.to_string();
        assert!(error.contains("SettingUnusable") && error.contains(expected), "{error}");
    }
    // Empty is as if it were not there.
    Function::start(&config().env("CHATWARDEN_MESSAGE_PATH", "")).await.unwrap();
}
