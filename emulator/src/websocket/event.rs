//! What a function is given for a route, and what it answers with: the Lambda proxy
//! integration of WebSocket APIs.
//!
//! Sources: API Gateway Developer Guide, "Set up Lambda proxy integration" and its template
//! variables; the events that the Lambda runtime clients of AWS have for tests. The reasons
//! of closing that are in nobody's own words are the service's, as it was seen to say them.

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use axum::http::{HeaderMap, Uri};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use time::UtcDateTime;

use crate::control::wire::pairs;
use crate::websocket::Options;

/// Why a route is taken.
#[derive(Debug)]
pub(crate) enum Event<'a> {
    /// A client asks to be connected.
    Connect { headers: &'a HeaderMap, uri: &'a Uri },
    /// A client sent this text.
    Message { id: &'a str, text: &'a str },
    /// A connection is over.
    Disconnect { status: u16, reason: &'a str },
}

/// What stands in every event.
#[derive(Debug)]
pub(crate) struct Envelope<'a> {
    pub(crate) options: &'a Options,
    pub(crate) route: &'a str,
    pub(crate) request_id: &'a str,
    pub(crate) connection_id: &'a str,
    pub(crate) connected_at: SystemTime,
    pub(crate) now: SystemTime,
    pub(crate) user_agent: Option<&'a str>,
    pub(crate) authorizer: Option<&'a BTreeMap<String, String>>,
}

/// The event on the wire. What an event of its kind does not have is left out.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Wire<'a> {
    #[serde(flatten)]
    headers: Option<Headers>,
    #[serde(flatten)]
    query: Option<Query>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    stage_variables: BTreeMap<&'a str, &'a str>,
    request_context: Context<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<&'a str>,
    is_base64_encoded: bool,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Headers {
    headers: BTreeMap<String, String>,
    multi_value_headers: BTreeMap<String, Vec<String>>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Query {
    query_string_parameters: BTreeMap<String, String>,
    multi_value_query_string_parameters: BTreeMap<String, Vec<String>>,
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Context<'a> {
    route_key: &'a str,
    event_type: &'static str,
    message_direction: &'static str,
    stage: &'a str,
    api_id: &'a str,
    domain_name: String,
    connection_id: &'a str,
    connected_at: u64,
    request_id: &'a str,
    extended_request_id: &'a str,
    request_time: String,
    request_time_epoch: u64,
    identity: Identity<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    authorizer: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    disconnect_status_code: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    disconnect_reason: Option<&'a str>,
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Identity<'a> {
    source_ip: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_agent: Option<&'a str>,
}

impl<'e> Envelope<'e> {
    /// The event as the function gets it.
    pub(crate) fn event(&self, event: &Event<'e>) -> Vec<u8> {
        let mut context = self.context();
        let mut wire = Wire::default();
        match event {
            Event::Connect { headers, uri } => {
                context.event_type = "CONNECT";
                wire.headers = Some(Headers::new(listed(headers)));
                let query = pairs(uri.query().unwrap_or_default());
                wire.query = (!query.is_empty()).then(|| {
                    let (query_string_parameters, multi_value_query_string_parameters) =
                        both(query);
                    Query { query_string_parameters, multi_value_query_string_parameters }
                });
            }
            Event::Message { id, text } => {
                context.event_type = "MESSAGE";
                context.message_id = Some(id);
                wire.body = Some(text);
            }
            Event::Disconnect { status, reason } => {
                context.event_type = "DISCONNECT";
                context.disconnect_status_code = Some(*status);
                context.disconnect_reason = Some(reason);
                // What the service sends with it, without a request that it could be from.
                let empty = ["x-api-key", "X-Forwarded-For", "x-restapi"];
                let mut headers = vec![("Host".to_owned(), self.options.domain_name())];
                headers.extend(empty.map(|name| (name.to_owned(), String::new())));
                wire.headers = Some(Headers::new(headers));
            }
        }
        let variables = self.options.stage_variables.iter();
        wire.stage_variables = variables.map(|(name, value)| (&**name, &**value)).collect();
        wire.request_context = context;
        // Texts and numbers: it cannot fail.
        serde_json::to_vec(&wire).unwrap_or_default()
    }

    fn context(&self) -> Context<'e> {
        let authorizer = self.authorizer.map(|context| {
            let mut context: Map<String, Value> = context
                .iter()
                .map(|(name, value)| (name.clone(), Value::from(value.as_str())))
                .collect();
            context.insert("integrationLatency".to_owned(), 1.into());
            Value::Object(context)
        });
        Context {
            route_key: self.route,
            message_direction: "IN",
            stage: &self.options.stage,
            api_id: &self.options.api_id,
            domain_name: self.options.domain_name(),
            connection_id: self.connection_id,
            connected_at: epoch_ms(self.connected_at),
            request_id: self.request_id,
            extended_request_id: self.request_id,
            request_time: clf_time(self.now),
            request_time_epoch: epoch_ms(self.now),
            identity: Identity { source_ip: "127.0.0.1", user_agent: self.user_agent },
            authorizer,
            ..Context::default()
        }
    }
}

impl Headers {
    fn new(headers: Vec<(String, String)>) -> Self {
        let (headers, multi_value_headers) = both(headers);
        Self { headers, multi_value_headers }
    }
}

/// Each header by the name that clients write.
fn listed(headers: &HeaderMap) -> Vec<(String, String)> {
    let entry = |(name, value): (&axum::http::HeaderName, &axum::http::HeaderValue)| {
        (written(name.as_str()), String::from_utf8_lossy(value.as_bytes()).into_owned())
    };
    headers.iter().map(entry).collect()
}

/// `sec-websocket-key` as `Sec-WebSocket-Key`: headers arrive here in small letters.
fn written(name: &str) -> String {
    let word = |word: &str| match word {
        "websocket" => "WebSocket".to_owned(),
        word => {
            word.chars().take(1).flat_map(char::to_uppercase).chain(word.chars().skip(1)).collect()
        }
    };
    name.split('-').map(word).collect::<Vec<String>>().join("-")
}

/// Both forms of what may have several values: the last one, and all.
fn both(
    entries: Vec<(String, String)>,
) -> (BTreeMap<String, String>, BTreeMap<String, Vec<String>>) {
    let (mut last, mut all) = (BTreeMap::new(), BTreeMap::<_, Vec<_>>::new());
    for (name, value) in entries {
        last.insert(name.clone(), value.clone());
        all.entry(name).or_default().push(value);
    }
    (last, all)
}

/// Milliseconds since 1970.
pub(crate) fn epoch_ms(time: SystemTime) -> u64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// `21/Jan/2026:18:31:00 +0000`, the Common Log Format's.
fn clf_time(time: SystemTime) -> String {
    let utc = UtcDateTime::from(time);
    let (hour, minute, second) = utc.time().as_hms();
    let month = utc.month().to_string();
    let (day, year) = (utc.day(), utc.year());
    format!("{day:02}/{month:.3}/{year}:{hour:02}:{minute:02}:{second:02} +0000")
}

/// What a function answers with.
#[derive(Debug, PartialEq)]
pub(crate) struct ProxyAnswer {
    pub(crate) status: u16,
    pub(crate) headers: BTreeMap<String, String>,
    /// Decoded where it is in Base64.
    pub(crate) body: Vec<u8>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireAnswer {
    status_code: u16,
    headers: Option<BTreeMap<String, Value>>,
    body: Option<String>,
    #[serde(default)]
    is_base64_encoded: bool,
}

impl ProxyAnswer {
    /// Reads an answer; None where it is none, which the service takes for a failure.
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        let wire: WireAnswer = serde_json::from_slice(bytes).ok()?;
        let body = wire.body.unwrap_or_default();
        let body = if wire.is_base64_encoded { STANDARD.decode(body).ok()? } else { body.into() };
        let text = |value: Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let headers = wire.headers.unwrap_or_default();
        let headers = headers.into_iter().map(|(name, value)| (name, text(value))).collect();
        Some(Self { status: wire.status_code, headers, body })
    }

    pub(crate) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let header = self.headers.iter().find(|(header, _)| header.eq_ignore_ascii_case(name));
        header.map(|(_, value)| value.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn names_and_times_are_written_as_the_service_does() {
        assert_eq!(written("sec-websocket-key"), "Sec-WebSocket-Key");
        assert_eq!(written("x-forwarded-for"), "X-Forwarded-For");
        let time = UNIX_EPOCH + Duration::from_millis(1_707_503_008_941);
        assert_eq!(clf_time(time), "09/Feb/2024:18:23:28 +0000");
        assert_eq!(epoch_ms(time), 1_707_503_008_941);
    }

    #[test]
    fn answers_are_read_and_what_is_none_is_a_failure() {
        let answer = ProxyAnswer::read(
            br#"{"statusCode": 200, "headers": {"X": 1}, "body": "aGk=", "isBase64Encoded": true}"#,
        );
        let headers = BTreeMap::from([("X".to_owned(), "1".to_owned())]);
        assert_eq!(answer, Some(ProxyAnswer { status: 200, headers, body: b"hi".to_vec() }));
        let empty = ProxyAnswer::read(br#"{"statusCode": 204, "body": null, "more": 1}"#).unwrap();
        assert!(empty.is_success() && empty.body.is_empty());
        for none in ["", "null", "\"text\"", "{}", r#"{"body": "text"}"#, r#"{"statusCode": "x"}"#]
        {
            assert_eq!(ProxyAnswer::read(none.as_bytes()), None, "{none}");
        }
    }
}
