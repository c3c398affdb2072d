//! ChannelFlowCallback, as a processor calls it; the SDK's own client is in the function's tests.

use std::time::Duration;

use chatwarden_emulator::ControlPlane;
use chatwarden_emulator::control::{Fault, FaultKind, Options, When};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::start;

const CHANNEL: &str = "arn:aws:chime:us-west-2:123456789012:app-instance/0b7b4c3e-0000-4000-8000-000000000000/channel/c1";

/// A callback as the SDKs write it: status, error type and body of the answer.
async fn call_back(plane: &ControlPlane, body: &Value) -> (u16, String, Value) {
    let host = plane.endpoint().trim_start_matches("http://").to_owned();
    let mut stream = TcpStream::connect(&host).await.unwrap();
    let (body, channel) = (body.to_string(), CHANNEL.replace(':', "%3A").replace('/', "%2F"));
    let length = body.len();
    let request = format!(
        "POST /channels/{channel}?operation=channel-flow-callback HTTP/1.1\r\nhost: {host}\r\n\
         connection: close\r\nauthorization: AWS4-HMAC-SHA256 \
         Credential=local/20260102/us-west-2/chime/aws4_request, SignedHeaders=host, Signature=0\r\n\
         content-length: {length}\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let kind = head.lines().find_map(|line| line.strip_prefix("x-amzn-errortype: "));
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, kind.unwrap_or_default().to_owned(), serde_json::from_str(body).unwrap())
}

fn callback(message: Value) -> Value {
    json!({ "CallbackId": "a".repeat(36), "ChannelMessage": message })
}

#[tokio::test]
async fn what_is_called_back_is_kept() {
    let plane = start(Options::default()).await;
    let rewritten = json!({ "MessageId": "m1", "Content": "what the ****" });
    let (status, _, body) = call_back(&plane, &callback(rewritten.clone())).await;
    assert_eq!(
        (status, &body["ChannelArn"], &body["CallbackId"]),
        (200, &json!(CHANNEL), &json!("a".repeat(36)))
    );
    let mut denied = callback(json!({ "MessageId": "m2" }));
    denied["DeleteResource"] = true.into();
    assert_eq!(call_back(&plane, &denied).await.0, 200);

    let kept = plane.callbacks();
    assert_eq!(kept.len(), 2);
    assert_eq!((kept[0].channel_arn.as_str(), &kept[0].channel_message), (CHANNEL, &rewritten));
    assert_eq!((kept[0].delete_resource, kept[1].delete_resource), (false, true));
    let calls = plane.calls();
    assert_eq!(
        (calls[0].service, calls[0].operation, calls[0].resource.as_str()),
        ("chime", "ChannelFlowCallback", CHANNEL)
    );
}

#[tokio::test]
async fn a_bad_callback_is_refused_and_not_kept() {
    let plane = start(Options::default()).await;
    for body in [
        json!({}),
        json!({ "CallbackId": "short", "ChannelMessage": { "MessageId": "m" } }),
        callback(json!({})),
        callback(json!({ "MessageId": "m", "Content": "" })),
        callback(json!({ "MessageId": "m", "Content": "é".repeat(2049) })),
        callback(json!({ "MessageId": "m", "Metadata": "x".repeat(1025) })),
        json!("no object"),
    ] {
        let (status, kind, answer) = call_back(&plane, &body).await;
        assert_eq!((status, kind.as_str()), (400, "BadRequestException"), "{body}");
        assert!(answer["Message"].is_string() && answer["Code"] == "BadRequest", "{answer}");
    }
    assert_eq!(plane.callbacks(), []);
}

#[tokio::test]
async fn a_callback_fails_as_it_is_asked_to() {
    let plane = start(Options::default()).await;
    let good = callback(json!({ "MessageId": "m" }));
    let fault = |kind, after_applying| Fault {
        operation: "ChannelFlowCallback".to_owned(),
        kind,
        when: When::First(1),
        after_applying,
    };
    for (kind, status, name) in [
        (FaultKind::Conflict, 409, "ConflictException"),
        (FaultKind::Throttle, 429, "ThrottledClientException"),
        (FaultKind::Error, 500, "ServiceFailureException"),
        (FaultKind::Deny, 403, "ForbiddenException"),
    ] {
        plane.set_faults(vec![fault(kind, false)]);
        let (refused, error, _) = call_back(&plane, &good).await;
        assert_eq!((refused, error.as_str()), (status, name));
    }
    assert_eq!(plane.callbacks(), []);
    plane.set_faults(vec![fault(FaultKind::Error, true)]);
    assert_eq!(call_back(&plane, &good).await.0, 500);
    assert_eq!(plane.callbacks().len(), 1);
    plane.set_faults(vec![fault(FaultKind::Hang, false)]);
    assert!(timeout(Duration::from_millis(200), call_back(&plane, &good)).await.is_err());
    assert_eq!(call_back(&plane, &good).await.0, 200);
}
