//! What Amazon Chime SDK messaging sends to the processor of a channel flow.
//!
//! Read generously: unknown members are ignored, null and missing texts are empty. No
//! error quotes the event.
//!
//! Source: Amazon Chime SDK Developer Guide, "Setting up a Channel Processor".

use std::fmt;

use chatwarden_engine::contract::{Attributes, ReviewRequest, Sender, Text};
use serde::Deserialize;

/// The only type of event there is.
const CHANNEL_MESSAGE_EVENT: &str = "CHANNEL_MESSAGE_EVENT";

/// One message to process, new or edited.
#[derive(Default)]
pub struct Event {
    /// By which the callback names the message's turn; 32 to 64 characters.
    pub callback_id: Text,
    /// The message.
    pub message: Message,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Wire {
    event_type: Option<Text>,
    callback_id: Option<Text>,
    channel_message: Option<Message>,
}

/// A message of a channel.
#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Message {
    pub(crate) message_id: Option<Text>,
    pub(crate) channel_arn: Option<Text>,
    pub(crate) content: Option<Text>,
    pub(crate) metadata: Option<Text>,
    pub(crate) sender: Option<Identity>,
    #[serde(rename = "Type")]
    pub(crate) message_type: Option<Text>,
    pub(crate) sub_channel_id: Option<Text>,
}

/// Who sent a message.
#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Identity {
    arn: Option<Text>,
    name: Option<Text>,
}

/// Why an event is no message to process. Quotes nothing of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventError {
    /// It is not JSON, or not of the documented form.
    Unreadable {
        /// Line of the event's text, from 1.
        line: usize,
        /// Byte within the line, from 1.
        column: usize,
    },
    /// Its `EventType` is another than `CHANNEL_MESSAGE_EVENT`.
    UnknownType,
    /// This member is missing, null or empty, and there is no answer without it.
    Missing(&'static str),
}

impl fmt::Display for EventError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable { line, column } => write!(
                f,
                "the event is not of the form that Chime documents (line {line}, column {column})"
            ),
            Self::UnknownType => write!(f, "`EventType` is not `{CHANNEL_MESSAGE_EVENT}`"),
            Self::Missing(member) => write!(f, "`{member}` is missing or empty"),
        }
    }
}

impl std::error::Error for EventError {}

impl Event {
    /// Reads one event.
    ///
    /// # Errors
    /// When it is no channel message event, or lacks what the callback must name.
    pub fn from_json(event: &[u8]) -> Result<Self, EventError> {
        let wire: Wire = serde_json::from_slice(event)
            .map_err(|e| EventError::Unreadable { line: e.line(), column: e.column() })?;
        if text(&wire.event_type) != CHANNEL_MESSAGE_EVENT {
            return Err(EventError::UnknownType);
        }
        let message = wire.channel_message.unwrap_or_default();
        for (member, value) in [
            ("CallbackId", &wire.callback_id),
            ("ChannelMessage.MessageId", &message.message_id),
            ("ChannelMessage.ChannelArn", &message.channel_arn),
        ] {
            if text(value).is_empty() {
                return Err(EventError::Missing(member));
            }
        }
        Ok(Self { callback_id: wire.callback_id.unwrap_or_default(), message })
    }
}

impl Message {
    /// Is there something to review? Control messages (typing indicators and the like)
    /// are the client's own affair, and an empty content has nothing in it.
    pub(crate) fn is_reviewed(&self) -> bool {
        text(&self.message_type) != "CONTROL" && !text(&self.content).is_empty()
    }

    /// The message as the policy sees it: the channel's ARN is the room's, the sender's ARN
    /// the user id, and the sender's name the attribute `Name`.
    pub(crate) fn request(&self) -> ReviewRequest<'_> {
        let sender = self.sender.as_ref();
        let name = sender.map_or("", |sender| text(&sender.name));
        let named = !name.is_empty();
        ReviewRequest {
            content: text(&self.content).into(),
            message_id: text(&self.message_id).into(),
            room_arn: text(&self.channel_arn).into(),
            attributes: Attributes::new(),
            sender: Sender {
                user_id: sender.map_or("", |sender| text(&sender.arn)).into(),
                ip: "".into(),
                attributes: named.then(|| ("Name".into(), name.into())).into_iter().collect(),
            },
        }
    }
}

/// The text, or the empty one.
pub(crate) fn text(text: &Option<Text>) -> &str {
    text.as_ref().map_or("", |text| &text.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVENT: &str = r#"{"EventType":"CHANNEL_MESSAGE_EVENT",
        "CallbackId":"0123456789abcdef0123456789abcdef",
        "ChannelMessage":{"MessageId":"m1","ChannelArn":"arn:c","Content":"what the heck \ud83d",
        "Metadata":"","Sender":{"Arn":"arn:u","Name":"Robin"},"Persistence":"PERSISTENT",
        "LastEditedTimestamp":"","Type":"STANDARD","CreatedTimestamp":"2026-01-02T03:04:05.678Z"}}"#;

    #[test]
    fn a_documented_event_is_a_review_request() {
        let event = Event::from_json(EVENT.as_bytes()).unwrap();
        let request = event.message.request();
        assert_eq!(request.content, "what the heck \u{fffd}");
        assert_eq!((&*request.message_id, &*request.room_arn), ("m1", "arn:c"));
        assert_eq!(request.sender.user_id, "arn:u");
        assert_eq!(request.sender.attributes.get("Name").unwrap(), "Robin");
        assert!(event.message.is_reviewed());
    }

    #[test]
    fn control_messages_and_empty_ones_are_left_alone() {
        for (from, to) in [("STANDARD", "CONTROL"), (r"what the heck \ud83d", "")] {
            let json = EVENT.replace(from, to);
            assert!(!Event::from_json(json.as_bytes()).unwrap().message.is_reviewed(), "{json}");
        }
        let json = EVENT.replace("\"STANDARD\"", "null");
        assert!(Event::from_json(json.as_bytes()).unwrap().message.is_reviewed());
    }

    #[test]
    fn what_is_no_message_to_process_is_an_error_that_quotes_nothing() {
        for (from, to, expected) in [
            ("CHANNEL_MESSAGE_EVENT", "HECK_EVENT", "`EventType` is not"),
            ("\"EventType\"", "\"heck\"", "`EventType` is not"),
            ("\"CallbackId\"", "\"heck\"", "`CallbackId` is missing"),
            ("\"m1\"", "null", "`ChannelMessage.MessageId` is missing"),
            ("arn:c", "", "`ChannelMessage.ChannelArn` is missing"),
            ("\"ChannelMessage\"", "\"heck\"", "`ChannelMessage.MessageId` is missing"),
            ("\"m1\"", "[\"heck\"]", "line 3"),
            ("}}", "", "line 5"),
        ] {
            let json = EVENT.replace(from, to);
            let error = Event::from_json(json.as_bytes()).err().unwrap().to_string();
            assert!(error.contains(expected), "{json}: {error}");
            assert!(!error.contains("heck") && !error.contains("HECK"), "{error}");
        }
        for event in ["", "heck", "null", "[]", "\"heck\"", "{}"] {
            assert!(Event::from_json(event.as_bytes()).is_err(), "{event}");
        }
    }
}
