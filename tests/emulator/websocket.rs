//! The WebSocket API: what clients, the function and backends see of it.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use chatwarden_emulator::Config;
use chatwarden_emulator::control::Clock;
use chatwarden_emulator::websocket::{self, Authorizer, Route, WebSocketApi};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
use tokio_tungstenite::tungstenite::protocol::frame::{CloseFrame, Frame};
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

/// Nothing here takes longer, however busy the machine is.
const LIMIT: Duration = Duration::from_secs(30);

type Client = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// No test: the function that the others have behind their API. What it is asked for it does:
/// the `action` of a message, or the query of a connection. Anything else it echoes: the
/// answer's body is the event.
#[test]
#[ignore = "the function of the other tests, which start it"]
fn acts_as_the_function() {
    let api = std::env::var("AWS_LAMBDA_RUNTIME_API").unwrap();
    let invocation = "/2018-06-01/runtime/invocation";
    loop {
        let (head, event) = http(&api, &format!("GET {invocation}/next"), "");
        let id = head.lines().find_map(|line| line.strip_prefix("lambda-runtime-aws-request-id: "));
        let id = id.unwrap();
        let (asked, argument) = asked_for(&serde_json::from_str(&event).unwrap());
        let answer = match asked.as_str() {
            "status" => {
                json!({ "statusCode": argument.parse::<u16>().unwrap(), "body": "as asked" })
            }
            "protocol" => {
                json!({ "statusCode": 200, "headers": { "Sec-WebSocket-Protocol": argument } })
            }
            "bytes" => json!({ "statusCode": 200, "body": argument, "isBase64Encoded": true }),
            "nothing" => json!({ "statusCode": 200 }),
            "malformed" => json!("no answer"),
            "end" => std::process::exit(3),
            "sleep" => {
                std::thread::sleep(Duration::from_millis(argument.parse().unwrap()));
                json!({ "statusCode": 200, "body": "slept" })
            }
            "wait" => {
                while !PathBuf::from(&argument).exists() {
                    std::thread::sleep(Duration::from_millis(5));
                }
                json!({ "statusCode": 200, "body": "waited" })
            }
            "fail" => {
                let error = r#"{"errorType": "Asked", "errorMessage": "it was asked to"}"#;
                http(&api, &format!("POST {invocation}/{id}/error"), error);
                continue;
            }
            "record" => {
                std::fs::write(std::env::var("RECORD").unwrap(), &event).unwrap();
                json!({ "statusCode": 200 })
            }
            _ => json!({ "statusCode": 200, "body": event }),
        };
        http(&api, &format!("POST {invocation}/{id}/response"), &answer.to_string());
    }
}

/// What an event asks for, and with what.
fn asked_for(event: &Value) -> (String, String) {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    if event["requestContext"]["eventType"] == "DISCONNECT" {
        return ("record".to_owned(), String::new());
    }
    if let Some(query) = event["queryStringParameters"].as_object() {
        let ask =
            query.iter().find(|(name, _)| ["status", "protocol", "fail"].contains(&name.as_str()));
        return ask.map_or_else(Default::default, |(name, value)| (name.clone(), text(value)));
    }
    let body =
        serde_json::from_str(event["body"].as_str().unwrap_or("null")).unwrap_or(Value::Null);
    (text(&body["action"]), text(&body["with"]))
}

/// One request to the Runtime API, on a connection of its own: head and body of the answer.
fn http(api: &str, request: &str, body: &str) -> (String, String) {
    let mut stream = std::net::TcpStream::connect(api).unwrap();
    let length = body.len();
    let head = format!(
        "{request} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n"
    );
    stream.write_all(format!("{head}{body}").as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.to_owned(), body.to_owned())
}

fn options() -> websocket::Options {
    websocket::Options::new("$request.body.action".parse().unwrap())
}

async fn start(options: websocket::Options) -> (WebSocketApi, Arc<Clock>) {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/emulator"));
    let config = Config::new(folder.join("function.sh"))
        .env("TEST_BINARY", std::env::current_exe().unwrap())
        .env("RECORD", record(&options.api_id));
    // What an earlier run may have left.
    drop(std::fs::remove_file(record(&options.api_id)));
    let clock = Arc::new(Clock::new(1.0));
    (WebSocketApi::start(options, config, Arc::clone(&clock)).await.unwrap(), clock)
}

/// Where the function records how a connection of this API ended.
fn record(api_id: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("websocket-{api_id}.json"))
}

/// How the last connection ended, once the function was told.
async fn recorded(api_id: &str) -> Value {
    let (path, started) = (record(api_id), std::time::Instant::now());
    loop {
        let event = std::fs::read(&path).ok().and_then(|event| serde_json::from_slice(&event).ok());
        if let Some(event) = event {
            std::fs::remove_file(&path).unwrap();
            return event;
        }
        assert!(started.elapsed() < LIMIT, "nobody was told of the end");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn connect(api: &WebSocketApi, query: &str) -> Client {
    connect_async(format!("{}{query}", api.url())).await.unwrap().0
}

/// The status and body with which a connection is refused.
async fn refused(api: &WebSocketApi, query: &str) -> (u16, String) {
    match connect_async(format!("{}{query}", api.url())).await {
        Err(Error::Http(response)) => {
            let body = response.body().clone().unwrap_or_default();
            (response.status().as_u16(), String::from_utf8(body).unwrap())
        }
        other => panic!("{other:?}"),
    }
}

async fn next(client: &mut Client) -> Message {
    tokio::time::timeout(LIMIT, client.next()).await.unwrap().unwrap().unwrap()
}

async fn text(client: &mut Client) -> String {
    next(client).await.into_text().unwrap().to_string()
}

async fn say(client: &mut Client, message: Value) -> String {
    client.send(message.to_string().into()).await.unwrap();
    text(client).await
}

/// The status and reason with which the service closes a connection.
async fn closed(client: &mut Client) -> (u16, String) {
    match next(client).await {
        Message::Close(Some(CloseFrame { code, reason })) => (code.into(), reason.to_string()),
        other => panic!("{other:?}"),
    }
}

/// One call of `@connections`; status, error type and body.
async fn call(api: &WebSocketApi, method: &str, id: &str, data: &[u8]) -> (u16, String, String) {
    let (host, stage) = api
        .management_endpoint()
        .strip_prefix("http://")
        .unwrap()
        .split_once('/')
        .map(|(host, stage)| (host.to_owned(), stage.to_owned()))
        .unwrap();
    let mut stream = TcpStream::connect(&host).await.unwrap();
    let (id, length) = (id.replace('=', "%3D"), data.len());
    let head = format!(
        "{method} /{stage}/%40connections/{id} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\
         authorization: AWS4-HMAC-SHA256 Credential=local/20260102/us-west-2/execute-api/aws4_request, \
         SignedHeaders=host, Signature=0\r\ncontent-length: {length}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(data).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let kind = head.lines().find_map(|line| line.strip_prefix("x-amzn-errortype: "));
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, kind.unwrap_or_default().to_owned(), body.to_owned())
}

#[tokio::test]
async fn a_message_is_routed_and_its_event_is_the_documented_one() {
    let mut options = websocket::Options { api_id: "routed".to_owned(), ..options() };
    options.routes.push(Route::two_way("echo"));
    options.routes.push(Route::one_way("silent"));
    options.stage_variables = BTreeMap::from([("room".to_owned(), "lobby".to_owned())]);
    let (api, _clock) = start(options).await;
    let mut client = connect(&api, "?a=1&a=2").await;
    let id = api.connections().pop().unwrap();

    let message = r#"{"action": "echo", "x": "é"}"#;
    client.send(message.into()).await.unwrap();
    let event: Value = serde_json::from_str(&text(&mut client).await).unwrap();
    assert_eq!(event["body"], message);
    assert_eq!(event["isBase64Encoded"], false);
    assert_eq!(event["stageVariables"], json!({ "room": "lobby" }));
    assert_eq!(event.get("headers"), None);
    let context = &event["requestContext"];
    for (member, expected) in [
        ("routeKey", json!("echo")),
        ("eventType", json!("MESSAGE")),
        ("messageDirection", json!("IN")),
        ("stage", json!("local")),
        ("apiId", json!("routed")),
        ("domainName", json!("routed.execute-api.us-west-2.amazonaws.com")),
        ("connectionId", json!(id)),
        ("identity", json!({ "sourceIp": "127.0.0.1" })),
        ("authorizer", Value::Null),
    ] {
        assert_eq!(context[member], expected, "{member}");
    }
    for member in ["requestId", "extendedRequestId", "messageId", "requestTime"] {
        assert!(context[member].is_string(), "{member}");
    }
    assert!(context["requestTimeEpoch"].as_u64() >= context["connectedAt"].as_u64());

    // Without a route response the answer goes to nobody; the next message's does.
    client.send(r#"{"action": "silent"}"#.into()).await.unwrap();
    for message in ["no JSON", r#"{"action": "unknown"}"#, "{}"] {
        client.send(message.into()).await.unwrap();
        let event: Value = serde_json::from_str(&text(&mut client).await).unwrap();
        assert_eq!(event["requestContext"]["routeKey"], "$default", "{message}");
        assert_eq!(event["body"], message);
    }
}

#[tokio::test]
async fn connect_decides_who_is_connected_and_the_end_is_told() {
    let mut options = websocket::Options { api_id: "decides".to_owned(), ..options() };
    options.authorizer = Authorizer::Query;
    let (mut api, _clock) = start(options).await;
    assert_eq!(refused(&api, "").await, (401, r#"{"message":"Unauthorized"}"#.to_owned()));
    assert_eq!(refused(&api, "?principalId=u&status=403").await, (403, "as asked".to_owned()));
    assert_eq!(refused(&api, "?principalId=u&status=301").await.0, 301);
    assert_eq!(refused(&api, "?principalId=u&fail=1").await.0, 502);
    assert_eq!(api.next_fault().await, "$connect: Asked: it was asked to");
    let elsewhere = api.url().replace("/local", "/prod");
    assert!(matches!(connect_async(elsewhere).await, Err(Error::Http(r)) if r.status() == 403));
    assert_eq!(api.connections(), Vec::<String>::new());

    // A sub-protocol is the function's to choose.
    let mut request =
        format!("{}?principalId=u&protocol=chat.v2", api.url()).into_client_request().unwrap();
    request.headers_mut().insert("sec-websocket-protocol", "chat.v1, chat.v2".parse().unwrap());
    let (mut client, response) = connect_async(request).await.unwrap();
    assert_eq!(response.headers()["sec-websocket-protocol"], "chat.v2");

    let event: Value = serde_json::from_str(&say(&mut client, json!({})).await).unwrap();
    let authorizer = &event["requestContext"]["authorizer"];
    assert_eq!(
        (&authorizer["principalId"], &authorizer["protocol"]),
        (&json!("u"), &json!("chat.v2"))
    );

    let frame = CloseFrame { code: 4001.into(), reason: "enough".into() };
    client.close(Some(frame)).await.unwrap();
    while client.next().await.is_some() {}
    let event = recorded("decides").await;
    let context = &event["requestContext"];
    assert_eq!(
        (&context["eventType"], &context["routeKey"]),
        (&json!("DISCONNECT"), &json!("$disconnect"))
    );
    assert_eq!(
        (&context["disconnectStatusCode"], &context["disconnectReason"]),
        (&json!(4001), &json!("enough"))
    );
    assert_eq!(event["headers"]["Host"], "decides.execute-api.us-west-2.amazonaws.com");

    let mut client = connect(&api, "?principalId=u").await;
    client.send(Message::Close(None)).await.unwrap();
    while client.next().await.is_some() {}
    let context = &recorded("decides").await["requestContext"];
    assert_eq!(context["disconnectStatusCode"], 1005);
    assert_eq!(context["disconnectReason"], "Client-side close frame status not set");

    // One that breaks off.
    drop(connect(&api, "?principalId=u").await);
    assert_eq!(recorded("decides").await["requestContext"]["disconnectStatusCode"], 1006);
}

#[tokio::test]
async fn what_fails_is_told_as_the_service_tells_it_and_the_connection_stays() {
    let mut options = websocket::Options { api_id: "fails".to_owned(), ..options() };
    options.integration_timeout = Duration::from_secs(5);
    options.concurrency = 1;
    options.routes = ["fail", "end", "malformed", "nothing", "bytes", "sleep", "status"]
        .map(Route::two_way)
        .into();
    let (mut api, _clock) = start(options).await;
    let mut client = connect(&api, "").await;
    let id = api.connections().pop().unwrap();
    for (action, with, expected, fault) in [
        ("fail", "", "Internal server error", "fail: Asked: it was asked to"),
        ("end", "", "Internal server error", "end: the function ended (exit status: 3)"),
        (
            "malformed",
            "",
            "Internal server error",
            "malformed: the function's answer has no `statusCode`, or is no JSON",
        ),
        ("sleep", "60000", "Endpoint request timed out", "sleep: the function ran out of time"),
        ("unknown", "", "Forbidden", ""),
    ] {
        let told = say(&mut client, json!({ "action": action, "with": with })).await;
        let told: Value = serde_json::from_str(&told).unwrap();
        assert_eq!(
            (&told["message"], &told["connectionId"]),
            (&json!(expected), &json!(id)),
            "{action}"
        );
        assert!(told["requestId"].is_string());
        if !fault.is_empty() {
            assert_eq!(api.next_fault().await, fault);
        }
    }
    // A status is nobody's matter; nothing is nothing; bytes are decoded.
    assert_eq!(say(&mut client, json!({ "action": "status", "with": "500" })).await, "as asked");
    client.send(r#"{"action": "nothing"}"#.into()).await.unwrap();
    assert_eq!(say(&mut client, json!({ "action": "bytes", "with": "aGk=" })).await, "hi");
}

#[tokio::test]
async fn backends_reach_a_client_until_it_is_gone() {
    let (api, _clock) = start(websocket::Options { api_id: "reach".to_owned(), ..options() }).await;
    let mut client = connect(&api, "").await;
    let id = api.connections().pop().unwrap();

    assert_eq!(call(&api, "POST", &id, "hé".as_bytes()).await, (200, String::new(), String::new()));
    assert_eq!(text(&mut client).await, "hé");
    let largest = vec![b'x'; websocket::MAX_MESSAGE_BYTES];
    assert_eq!(call(&api, "POST", &id, &largest).await.0, 200);
    assert_eq!(text(&mut client).await.len(), largest.len());
    let (status, kind, _) = call(&api, "POST", &id, &[largest.as_slice(), b"x"].concat()).await;
    assert_eq!((status, kind.as_str()), (413, "PayloadTooLargeException"));

    let (status, _, body) = call(&api, "GET", &id, b"").await;
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!((status, &body["identity"]["sourceIp"]), (200, &json!("127.0.0.1")));
    let (since, last) =
        (body["connectedAt"].as_str().unwrap(), body["lastActiveAt"].as_str().unwrap());
    assert!(since <= last && since.ends_with('Z'), "{since} {last}");

    assert_eq!(call(&api, "DELETE", &id, b"").await.0, 204);
    assert_eq!(closed(&mut client).await, (1000, "Connection Closed Normally".to_owned()));
    assert_eq!(recorded("reach").await["requestContext"]["disconnectStatusCode"], 1000);
    for (method, id) in [("POST", id.as_str()), ("GET", id.as_str()), ("DELETE", "nobody")] {
        let (status, kind, _) = call(&api, method, id, b"").await;
        assert_eq!((status, kind.as_str()), (410, "GoneException"), "{method}");
    }
}

#[tokio::test]
async fn what_is_too_large_or_no_text_closes_the_connection() {
    let (api, _clock) = start(websocket::Options { api_id: "large".to_owned(), ..options() }).await;
    let fragment = |size: usize, code, last| {
        Message::Frame(Frame::message(vec![b' '; size], OpCode::Data(code), last))
    };
    // The largest message there is, in the largest frames there are.
    let mut client = connect(&api, "").await;
    for (index, code) in
        [Data::Text, Data::Continue, Data::Continue, Data::Continue].into_iter().enumerate()
    {
        client.send(fragment(websocket::MAX_FRAME_BYTES, code, index == 3)).await.unwrap();
    }
    let event: Value = serde_json::from_str(&text(&mut client).await).unwrap();
    assert_eq!(event["body"].as_str().unwrap().len(), websocket::MAX_MESSAGE_BYTES);

    for code in [Data::Text, Data::Continue, Data::Continue, Data::Continue] {
        client.send(fragment(websocket::MAX_FRAME_BYTES, code, false)).await.unwrap();
    }
    client.send(fragment(1, Data::Continue, true)).await.unwrap();
    assert_eq!(closed(&mut client).await.0, 1009);
    assert_eq!(recorded("large").await["requestContext"]["disconnectStatusCode"], 1009);

    let mut client = connect(&api, "").await;
    client.send(fragment(websocket::MAX_FRAME_BYTES + 1, Data::Text, true)).await.unwrap();
    assert_eq!(closed(&mut client).await.0, 1009);
    assert_eq!(recorded("large").await["requestContext"]["disconnectStatusCode"], 1009);

    let mut client = connect(&api, "").await;
    client.send(Message::binary(vec![1])).await.unwrap();
    assert_eq!(closed(&mut client).await.0, 1003);

    let mut client = connect(&api, "").await;
    client
        .send(Message::Frame(Frame::message(vec![0xff], OpCode::Data(Data::Text), true)))
        .await
        .unwrap();
    assert_eq!(closed(&mut client).await.0, 1007);
}

#[tokio::test]
async fn a_connection_that_is_idle_or_old_is_closed_by_the_clock() {
    let (api, clock) = start(websocket::Options { api_id: "idle".to_owned(), ..options() }).await;
    let mut client = connect(&api, "").await;
    clock.advance(websocket::IDLE_TIMEOUT - Duration::from_secs(60));
    assert!(say(&mut client, json!({})).await.contains("MESSAGE"));
    clock.advance(websocket::IDLE_TIMEOUT - Duration::from_secs(60));
    assert!(say(&mut client, json!({})).await.contains("MESSAGE"));
    clock.advance(websocket::IDLE_TIMEOUT);
    assert_eq!(closed(&mut client).await, (1001, "Going away".to_owned()));
    assert_eq!(recorded("idle").await["requestContext"]["disconnectStatusCode"], 1001);

    let mut client = connect(&api, "").await;
    let step = websocket::IDLE_TIMEOUT - Duration::from_secs(60);
    for _ in 0..13 {
        clock.advance(step);
        assert!(say(&mut client, json!({})).await.contains("MESSAGE"));
    }
    clock.advance(step);
    assert_eq!(closed(&mut client).await, (1001, "Going away".to_owned()));
}

#[tokio::test]
async fn connections_are_served_at_the_same_time() {
    let mut options = websocket::Options { api_id: "same".to_owned(), ..options() };
    options.routes.push(Route::two_way("wait"));
    let (api, _clock) = start(options).await;
    let (mut slow, mut quick) = (connect(&api, "").await, connect(&api, "").await);
    let sign = record("sign");
    slow.send(json!({ "action": "wait", "with": sign }).to_string().into()).await.unwrap();
    // While that one is in work, others are served.
    for _ in 0..2 {
        assert!(say(&mut quick, json!({})).await.contains("MESSAGE"));
    }
    std::fs::write(&sign, "").unwrap();
    assert_eq!(text(&mut slow).await, "waited");
    std::fs::remove_file(&sign).unwrap();
}
