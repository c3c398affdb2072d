//! The chats whose functions can be invoked: what each of them sends, and what it makes of
//! an answer.

use std::collections::BTreeMap;
use std::time::Duration;

use chatwarden_engine::contract::{MAX_MESSAGE_CODE_POINTS, REVIEW_TIMEOUT};
use serde::Deserialize;
use serde_json::Value;

/// A chat, and the function that reviews it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Chat {
    /// Amazon IVS Chat: chatwarden-handler
    Ivs,
    /// An API Gateway WebSocket API: chatwarden-gateway
    Gateway,
    /// Amazon Chime SDK messaging: chatwarden-chime
    Chime,
}

macro_rules! samples {
    ($folder:literal: $($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../../../../events/", $folder, $name, ".json")))),*]
    };
}

/// The events of the folder `events`, in the order in which they tell a story.
const IVS: &[(&str, &str)] = samples![
    "": "allowed",
    "masked",
    "denied",
    "leetspeak",
    "spaced",
    "zero-width",
    "full-width",
    "korean",
    "emoji",
    "innocent-look-alike",
    "moderator-exempt",
    "link",
    "longest",
    "null-attributes",
    "missing-attributes",
];

const GATEWAY: &[(&str, &str)] = samples![
    "apigateway/": "connect",
    "allowed",
    "masked",
    "denied",
    "link",
    "default-text",
    "base64",
    "disconnect",
];

const CHIME: &[(&str, &str)] =
    samples!["chime/": "allowed", "masked", "denied", "link", "edited", "control"];

/// What the chat would do with the message.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// Deliver this text with these attributes.
    Deliver(String, BTreeMap<String, String>),
    /// Deliver nothing, and tell the sender this.
    Deny(Option<String>),
}

impl Chat {
    /// The function's binary, and its package.
    pub(super) fn binary(self) -> &'static str {
        match self {
            Self::Ivs => "chatwarden-handler",
            Self::Gateway => "chatwarden-gateway",
            Self::Chime => "chatwarden-chime",
        }
    }

    /// How the binary is built.
    pub(super) fn build(self) -> String {
        match self {
            Self::Ivs => "cargo build --release".to_owned(),
            Self::Gateway | Self::Chime => format!("cargo build --release -p {}", self.binary()),
        }
    }

    /// Sample events: names and JSON.
    pub(super) fn samples(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Ivs => IVS,
            Self::Gateway => GATEWAY,
            Self::Chime => CHIME,
        }
    }

    /// How long an answer is of use, and who waits for it; nobody waits for Chime's.
    pub(super) fn limit(self) -> Option<(Duration, &'static str)> {
        match self {
            Self::Ivs => Some((REVIEW_TIMEOUT, "IVS Chat")),
            Self::Gateway => Some((Duration::from_secs(29), "API Gateway")),
            Self::Chime => None,
        }
    }

    /// What becomes of a message without an answer, or with a late one.
    pub(super) fn fallback(self) -> &'static str {
        match self {
            Self::Ivs => "the room's fallback result applies",
            Self::Gateway => "nobody gets it, and the sender is told `Internal server error`",
            Self::Chime => "Lambda tries twice more, then the processor's fallback action applies",
        }
    }

    /// The text of the message; empty where there is none. Of API Gateway, all that the
    /// client wrote.
    pub(super) fn content(self, event: &Value) -> String {
        let content = match self {
            Self::Ivs => event.get("Content"),
            Self::Gateway => event.get("body"),
            Self::Chime => event.pointer("/ChannelMessage/Content"),
        };
        content.and_then(Value::as_str).unwrap_or_default().to_owned()
    }

    /// The attributes of the message; of Chime, its metadata.
    pub(super) fn attributes(self, event: &Value) -> BTreeMap<String, String> {
        let attributes = match self {
            Self::Ivs => event.get("Attributes").cloned(),
            Self::Gateway => None,
            Self::Chime => event.pointer("/ChannelMessage/Metadata").and_then(metadata),
        };
        attributes.and_then(|map| serde_json::from_value(map).ok()).unwrap_or_default()
    }

    /// What an answer to this event means: of Chime, the callback.
    ///
    /// # Errors
    /// Why it would not be taken.
    pub(super) fn answer(self, event: &Value, answer: &[u8]) -> Result<Answer, String> {
        let fault = |error: serde_json::Error| error.to_string();
        match self {
            Self::Ivs => of_ivs(serde_json::from_slice(answer).map_err(fault)?),
            Self::Gateway => Ok(of_gateway(serde_json::from_slice(answer).map_err(fault)?)),
            Self::Chime => {
                let callback: Callback = serde_json::from_slice(answer).map_err(fault)?;
                Ok(of_chime(callback, event))
            }
        }
    }
}

/// A response as IVS Chat reads it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Response {
    review_result: ReviewResult,
    content: Option<String>,
    attributes: Option<BTreeMap<String, String>>,
}

#[derive(Debug, Deserialize)]
enum ReviewResult {
    #[serde(rename = "ALLOW")]
    Allow,
    #[serde(rename = "DENY")]
    Deny,
}

/// Holds a response to the contract. A room may have a lower limit than 500.
fn of_ivs(response: Response) -> Result<Answer, String> {
    let Response { review_result, content, attributes } = response;
    let (content, attributes) = match (review_result, content) {
        (ReviewResult::Deny, _) => {
            return Ok(Answer::Deny(attributes.and_then(|mut map| map.remove("Reason"))));
        }
        (ReviewResult::Allow, None) => return Err("ALLOW without `Content`".to_owned()),
        (ReviewResult::Allow, Some(content)) => (content, attributes),
    };
    match content.chars().count() {
        0 => Err("ALLOW with an empty `Content`".to_owned()),
        1..=MAX_MESSAGE_CODE_POINTS => Ok(Answer::Deliver(content, attributes.unwrap_or_default())),
        _ => Err("`Content` is over 500 characters".to_owned()),
    }
}

/// A proxy response as API Gateway reads it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ProxyResponse {
    status_code: u16,
    #[serde(default)]
    body: String,
}

fn of_gateway(response: ProxyResponse) -> Answer {
    let ProxyResponse { status_code, body } = response;
    if (200..300).contains(&status_code) {
        return Answer::Deliver(body, BTreeMap::new());
    }
    let reason = serde_json::from_str::<Value>(&body).ok();
    let reason = reason.and_then(|body| Some(body.get("reason")?.as_str()?.to_owned()));
    Answer::Deny(Some(format!("{status_code} {}", reason.unwrap_or_default())))
}

/// ChannelFlowCallback as Chime reads it.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Callback {
    channel_message: Value,
    #[serde(default)]
    delete_resource: bool,
}

/// What is left out stays as it was.
fn of_chime(callback: Callback, event: &Value) -> Answer {
    let Callback { channel_message: message, delete_resource } = callback;
    if delete_resource {
        return Answer::Deny(None);
    }
    let content = message.get("Content").and_then(Value::as_str);
    let content = content.map_or_else(|| Chat::Chime.content(event), str::to_owned);
    let attributes = message.get("Metadata").and_then(metadata);
    let attributes = attributes.and_then(|map| serde_json::from_value(map).ok());
    Answer::Deliver(content, attributes.unwrap_or_else(|| Chat::Chime.attributes(event)))
}

/// Metadata is a text, and may be JSON.
fn metadata(text: &Value) -> Option<Value> {
    serde_json::from_str(text.as_str()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_means_what_the_chat_makes_of_it() {
        let long = format!(r#"{{"ReviewResult":"ALLOW","Content":"{}"}}"#, "x".repeat(501));
        let ivs = [
            (r#"{"ReviewResult":"ALLOW","Content":"hi","Attributes":null}"#, "Deliver(\"hi\""),
            (r#"{"ReviewResult":"DENY","Attributes":{"Reason":"no"}}"#, "Deny(Some(\"no\"))"),
            (r#"{"ReviewResult":"ALLOW","Content":""}"#, "empty"),
            (r#"{"ReviewResult":"ALLOW"}"#, "without"),
            (&long, "over 500"),
            (r#"{"ReviewResult":"allow","Content":"hi"}"#, "unknown variant"),
            (r#"{"ReviewResult":"ALLOW","Content":"hi","Attributes":{"a":1}}"#, "a string"),
            (r#"{"statusCode":200,"body":"hi"}"#, "missing field"),
            ("oops", "expected value"),
        ];
        let gateway = [
            (r#"{"statusCode":200,"body":"hi"}"#, "Deliver(\"hi\""),
            (r#"{"statusCode":200}"#, "Deliver(\"\""),
            (r#"{"statusCode":406,"body":"{\"reason\":\"no\"}"}"#, "Deny(Some(\"406 no\"))"),
            (r#"{"body":"hi"}"#, "missing field"),
        ];
        let chime = [
            (r#"{"ChannelMessage":{"MessageId":"m"}}"#, r#"Deliver("oh", {"a": "b"})"#),
            (r#"{"ChannelMessage":{"Content":"hi"}}"#, r#"Deliver("hi", {"a": "b"})"#),
            (r#"{"ChannelMessage":{"Metadata":"{\"c\":\"d\"}"}}"#, r#"Deliver("oh", {"c": "d"})"#),
            (r#"{"ChannelMessage":{},"DeleteResource":true}"#, "Deny(None)"),
            ("null", "invalid type"),
        ];
        let event =
            serde_json::json!({"ChannelMessage": {"Content": "oh", "Metadata": "{\"a\":\"b\"}"}});
        let of = |chat, rows: &[(&'static str, &'static str)]| {
            rows.iter()
                .map(|(answer, expected)| (chat, answer.to_string(), *expected))
                .collect::<Vec<_>>()
        };
        let ivs = ivs.map(|(answer, expected)| (Chat::Ivs, answer.to_owned(), expected));
        for (chat, answer, expected) in
            ivs.into_iter().chain(of(Chat::Gateway, &gateway)).chain(of(Chat::Chime, &chime))
        {
            let seen = match chat.answer(&event, answer.as_bytes()) {
                Ok(seen) => format!("{seen:?}"),
                Err(fault) => fault,
            };
            assert!(seen.contains(expected), "{answer}: {seen}");
        }
    }
}
