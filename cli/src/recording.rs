//! A recorded session of Amazon Chime SDK messaging: what came over its WebSocket, a frame on
//! a line, as it came. How the connection ended may stand between, written by whoever
//! recorded it: `{"Close": {"Code": 1006, "Reason": "…"}}`.
//!
//! Read generously, as every wire is: what is not known is counted and not refused. A line
//! may also be a review request of IVS Chat. No error of this module quotes a message.
//!
//! Source: Amazon Chime SDK Developer Guide, "Using WebSockets to receive messages".

use std::borrow::Cow;
use std::fmt;

use chatwarden_engine::contract::{Attributes, RequestError, ReviewRequest, Sender};
use serde::Deserialize;

/// One line of a recording.
pub(crate) enum Entry<'a> {
    /// What the service sent.
    Frame(Frame),
    /// How the connection ended.
    Close(Close),
    /// A message as IVS Chat has it reviewed.
    Request(ReviewRequest<'a>),
}

/// A frame, as far as a review needs it.
#[derive(Debug)]
pub(crate) struct Frame {
    pub(crate) event: EventType,
    /// None where the frame does not say.
    pub(crate) message_type: Option<MessageType>,
    pub(crate) reason: Option<EventReason>,
    /// Of the events that are about a message.
    pub(crate) message: Option<ChannelMessage>,
}

/// Words of the service, each by its own name; any other word is kept as it is.
macro_rules! words {
    ($(#[$about:meta])* $name:ident { $($variant:ident = $word:literal,)* }) => {
        $(#[$about])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub(crate) enum $name {
            $($variant,)*
            /// One that the guide did not have when this was written.
            Other(String),
        }

        impl From<&str> for $name {
            fn from(word: &str) -> Self {
                match word {
                    $($word => Self::$variant,)*
                    other => Self::Other(other.to_owned()),
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self {
                    $(Self::$variant => $word,)*
                    Self::Other(other) => other,
                })
            }
        }
    };
}

words! {
    /// `x-amz-chime-event-type`: what a frame tells.
    EventType {
        SessionEstablished = "SESSION_ESTABLISHED",
        CreateChannelMessage = "CREATE_CHANNEL_MESSAGE",
        RedactChannelMessage = "REDACT_CHANNEL_MESSAGE",
        UpdateChannelMessage = "UPDATE_CHANNEL_MESSAGE",
        DeleteChannelMessage = "DELETE_CHANNEL_MESSAGE",
        PendingCreateChannelMessage = "PENDING_CREATE_CHANNEL_MESSAGE",
        PendingUpdateChannelMessage = "PENDING_UPDATE_CHANNEL_MESSAGE",
        FailedCreateChannelMessage = "FAILED_CREATE_CHANNEL_MESSAGE",
        FailedUpdateChannelMessage = "FAILED_UPDATE_CHANNEL_MESSAGE",
        DeniedCreateChannelMessage = "DENIED_CREATE_CHANNEL_MESSAGE",
        DeniedUpdateChannelMessage = "DENIED_UPDATE_CHANNEL_MESSAGE",
        ChannelDetails = "CHANNEL_DETAILS",
        UpdateChannel = "UPDATE_CHANNEL",
        DeleteChannel = "DELETE_CHANNEL",
        BatchCreateChannelMembership = "BATCH_CREATE_CHANNEL_MEMBERSHIP",
        CreateChannelMembership = "CREATE_CHANNEL_MEMBERSHIP",
        DeleteChannelMembership = "DELETE_CHANNEL_MEMBERSHIP",
        UpdateChannelMembership = "UPDATE_CHANNEL_MEMBERSHIP",
    }
}

words! {
    /// `x-amz-chime-message-type`: what kind of message a frame is about.
    MessageType {
        Standard = "STANDARD",
        Control = "CONTROL",
        System = "SYSTEM",
    }
}

words! {
    /// `x-amz-chime-event-reason`: why an event was sent, where that is told.
    EventReason {
        SubchannelDeleted = "subchannel_DELETED",
    }
}

impl EventType {
    /// Its payload is a ChannelMessage.
    fn is_of_message(&self) -> bool {
        matches!(
            self,
            Self::CreateChannelMessage
                | Self::RedactChannelMessage
                | Self::UpdateChannelMessage
                | Self::DeleteChannelMessage
                | Self::PendingCreateChannelMessage
                | Self::PendingUpdateChannelMessage
                | Self::FailedCreateChannelMessage
                | Self::FailedUpdateChannelMessage
                | Self::DeniedCreateChannelMessage
                | Self::DeniedUpdateChannelMessage
        )
    }
}

/// What a payload says of a message.
#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct ChannelMessage {
    message_id: Option<String>,
    channel_arn: Option<String>,
    content: Option<String>,
    sender: Option<Identity>,
    #[serde(rename = "Type")]
    kind: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Identity {
    arn: Option<String>,
    name: Option<String>,
}

/// The id and a size, so that no output can hold what a person wrote.
impl fmt::Debug for ChannelMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let code_points = self.content.as_deref().map(|content| content.chars().count());
        f.debug_struct("ChannelMessage")
            .field("message_id", &self.message_id)
            .field("content_code_points", &code_points)
            .finish_non_exhaustive()
    }
}

impl Frame {
    /// The message to review: one that everybody in the channel gets, is a person's, and has
    /// text. What only its sender sees is pending, failed or denied already.
    pub(crate) fn to_review(&self) -> Option<ReviewRequest<'_>> {
        use EventType::{CreateChannelMessage, UpdateChannelMessage};
        let is_sent = matches!(self.event, CreateChannelMessage | UpdateChannelMessage);
        let message = self.message.as_ref().filter(|_| is_sent)?;
        if self.message_type != Some(MessageType::Standard) {
            return None;
        }
        message.content.as_deref().filter(|content| !content.is_empty())?;
        Some(message.request())
    }
}

impl ChannelMessage {
    /// The message as a channel-flow processor has it reviewed.
    fn request(&self) -> ReviewRequest<'_> {
        let text = |text: &'_ Option<String>| Cow::Owned(text.clone().unwrap_or_default());
        let name = self.sender.as_ref().and_then(|sender| sender.name.as_deref());
        let attributes: Attributes<'_> =
            name.map(|name| ("Name".into(), name.into())).into_iter().collect();
        let user_id = self.sender.as_ref().map_or_else(Cow::default, |sender| text(&sender.arn));
        ReviewRequest {
            content: text(&self.content),
            message_id: text(&self.message_id),
            room_arn: text(&self.channel_arn),
            sender: Sender { user_id, attributes, ..Sender::default() },
            ..ReviewRequest::default()
        }
    }
}

/// How a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Close {
    /// The code of the WebSocket's close frame; 1006 where there was none.
    pub(crate) code: u16,
}

impl Close {
    /// A client should connect again, to an endpoint that it fetches anew.
    pub(crate) fn reconnects(self) -> bool {
        match self.code {
            1001 | 1006 | 1011..=1014 => true,
            4000..=4999 => !matches!(self.code, 4002 | 4003 | 4401),
            _ => false,
        }
    }

    /// What the guide says of the code; nothing where it is not in its tables.
    pub(crate) fn meaning(self) -> Option<&'static str> {
        Some(match self.code {
            1001 => "normal closure",
            1006 => "abnormal closure",
            1011 => "internal server error",
            1012 => "service restart",
            1013 => "try again later",
            1014 => "bad gateway",
            4002 => "client initiated",
            4003 => "forbidden",
            4401 => "not authorized",
            _ => return None,
        })
    }
}

/// Why a line is no part of a recording. Quotes nothing of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RecordingError {
    /// It is not JSON, or no object.
    NotAFrame,
    /// A frame without `x-amz-chime-event-type`.
    NoEventType,
    /// A payload that is no text, or a text that is no JSON.
    Payload,
    /// A payload that is not the ChannelMessage that the event should have.
    NotAMessage,
    /// A `Close` without a code.
    Close,
    /// Neither a frame nor a close, and no review request either.
    Request(RequestError),
}

impl fmt::Display for RecordingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotAFrame => {
                "the line is no JSON object; a frame is `{\"Headers\": …, \"Payload\": …}`"
            }
            Self::NoEventType => "the frame has no header `x-amz-chime-event-type`",
            Self::Payload => "`Payload` is no JSON as text",
            Self::NotAMessage => "`Payload` is no channel message",
            Self::Close => "`Close` has no `Code` of a WebSocket",
            Self::Request(error) => return write!(f, "no frame, and no review request: {error}"),
        })
    }
}

/// The members of a line by which it is told what it is.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Line {
    headers: Option<serde_json::Map<String, serde_json::Value>>,
    payload: Option<serde_json::Value>,
    close: Option<serde_json::Value>,
}

impl<'a> Entry<'a> {
    /// Reads one line.
    pub(crate) fn read(line: &'a [u8]) -> Result<Self, RecordingError> {
        let Line { headers, payload, close } =
            serde_json::from_slice(line).map_err(|_| RecordingError::NotAFrame)?;
        if let Some(close) = close {
            let close = serde_json::from_value(close).map_err(|_| RecordingError::Close)?;
            return Ok(Self::Close(close));
        }
        let Some(headers) = headers else {
            let request = ReviewRequest::from_json(line).map_err(RecordingError::Request)?;
            return Ok(Self::Request(request));
        };
        let header = |name: &str| {
            let found = headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
            found.and_then(|(_, value)| value.as_str())
        };
        let event = header("x-amz-chime-event-type").ok_or(RecordingError::NoEventType)?;
        let event = EventType::from(event);
        let message = match payload {
            _ if !event.is_of_message() => None,
            Some(serde_json::Value::String(text)) => {
                let payload: serde_json::Value =
                    serde_json::from_str(&text).map_err(|_| RecordingError::Payload)?;
                let message = serde_json::from_value::<ChannelMessage>(payload);
                Some(message.map_err(|_| RecordingError::NotAMessage)?)
            }
            Some(_) => return Err(RecordingError::Payload),
            None => return Err(RecordingError::NotAMessage),
        };
        let message_type = header("x-amz-chime-message-type")
            .or_else(|| message.as_ref()?.kind.as_deref())
            .map(MessageType::from);
        let reason = header("x-amz-chime-event-reason").map(EventReason::from);
        Ok(Self::Frame(Frame { event, message_type, reason, message }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn line(event: &str, kind: &str, payload: &Value) -> Vec<u8> {
        let headers = json!({ "x-amz-chime-event-type": event, "x-amz-chime-message-type": kind });
        json!({ "Headers": headers, "Payload": payload.to_string() }).to_string().into_bytes()
    }

    fn message() -> Value {
        json!({
            "MessageId": "m1", "ChannelArn": "arn:aws:chime:::channel/c1", "Content": "hi",
            "Sender": { "Arn": "arn:aws:chime:::user/u1", "Name": "Ann" }, "Type": "STANDARD",
        })
    }

    fn frame(line: &[u8]) -> Frame {
        match Entry::read(line).unwrap() {
            Entry::Frame(frame) => frame,
            _ => panic!("no frame"),
        }
    }

    #[test]
    fn every_event_type_of_the_guides_table() {
        for (word, is_of_message, is_reviewed) in [
            ("SESSION_ESTABLISHED", false, false),
            ("CREATE_CHANNEL_MESSAGE", true, true),
            ("REDACT_CHANNEL_MESSAGE", true, false),
            ("UPDATE_CHANNEL_MESSAGE", true, true),
            ("DELETE_CHANNEL_MESSAGE", true, false),
            ("PENDING_CREATE_CHANNEL_MESSAGE", true, false),
            ("PENDING_UPDATE_CHANNEL_MESSAGE", true, false),
            ("FAILED_CREATE_CHANNEL_MESSAGE", true, false),
            ("FAILED_UPDATE_CHANNEL_MESSAGE", true, false),
            ("DENIED_CREATE_CHANNEL_MESSAGE", true, false),
            ("DENIED_UPDATE_CHANNEL_MESSAGE", true, false),
            ("CHANNEL_DETAILS", false, false),
            ("UPDATE_CHANNEL", false, false),
            ("DELETE_CHANNEL", false, false),
            ("BATCH_CREATE_CHANNEL_MEMBERSHIP", false, false),
            ("CREATE_CHANNEL_MEMBERSHIP", false, false),
            ("DELETE_CHANNEL_MEMBERSHIP", false, false),
            ("UPDATE_CHANNEL_MEMBERSHIP", false, false),
        ] {
            let frame = frame(&line(word, "STANDARD", &message()));
            assert!(!matches!(frame.event, EventType::Other(_)), "{word}");
            assert_eq!(frame.event.to_string(), word);
            assert_eq!(frame.message.is_some(), is_of_message, "{word}");
            assert_eq!(frame.to_review().is_some(), is_reviewed, "{word}");
        }
        let later = frame(&line("PIN_CHANNEL_MESSAGE", "STANDARD", &message()));
        assert_eq!(later.event, EventType::Other("PIN_CHANNEL_MESSAGE".to_owned()));
        assert!(later.to_review().is_none());
    }

    #[test]
    fn every_message_type_of_the_guides_table() {
        for (word, kind, is_reviewed) in [
            ("STANDARD", MessageType::Standard, true),
            ("CONTROL", MessageType::Control, false),
            ("SYSTEM", MessageType::System, false),
            ("LATER", MessageType::Other("LATER".to_owned()), false),
        ] {
            let frame = frame(&line("CREATE_CHANNEL_MESSAGE", word, &message()));
            assert_eq!(frame.to_review().is_some(), is_reviewed, "{word}");
            assert_eq!(frame.message_type, Some(kind));
        }
        // Without the header, the message's own type tells.
        let line = json!({
            "Headers": { "x-amz-chime-event-type": "CREATE_CHANNEL_MESSAGE" },
            "Payload": message().to_string(),
        });
        assert!(frame(line.to_string().as_bytes()).to_review().is_some());
    }

    #[test]
    fn every_reason_of_the_guides_table() {
        let line = json!({
            "Headers": {
                "x-amz-chime-event-type": "DELETE_CHANNEL_MEMBERSHIP",
                "x-amz-chime-message-type": "SYSTEM",
                "x-amz-chime-event-reason": "subchannel_DELETED",
            },
            "Payload": "{\"SubChannelId\": \"s\"}",
        });
        let frame = frame(line.to_string().as_bytes());
        assert_eq!(frame.reason, Some(EventReason::SubchannelDeleted));
        assert_eq!(frame.event, EventType::DeleteChannelMembership);
    }

    #[test]
    fn every_close_code_of_the_guides_tables_and_those_beside() {
        for (code, reconnects, is_told) in [
            (1000, false, false),
            (1001, true, true),
            (1002, false, false),
            (1005, false, false),
            (1006, true, true),
            (1007, false, false),
            (1010, false, false),
            (1011, true, true),
            (1012, true, true),
            (1013, true, true),
            (1014, true, true),
            (1015, false, false),
            (3999, false, false),
            (4000, true, false),
            (4001, true, false),
            (4002, false, true),
            (4003, false, true),
            (4400, true, false),
            (4401, false, true),
            (4402, true, false),
            (4999, true, false),
            (5000, false, false),
        ] {
            let line = json!({ "Close": { "Code": code, "Reason": "r" } }).to_string();
            let Ok(Entry::Close(close)) = Entry::read(line.as_bytes()) else { panic!("{line}") };
            assert_eq!(close.code, code);
            assert_eq!(close.reconnects(), reconnects, "{code}");
            assert_eq!(close.meaning().is_some(), is_told, "{code}");
        }
    }

    #[test]
    fn a_message_is_reviewed_as_a_processor_would() {
        let frame = frame(&line("UPDATE_CHANNEL_MESSAGE", "STANDARD", &message()));
        let request = frame.to_review().unwrap();
        assert_eq!(request.content, "hi");
        assert_eq!(
            (&*request.message_id, &*request.room_arn),
            ("m1", "arn:aws:chime:::channel/c1")
        );
        assert_eq!(request.sender.user_id, "arn:aws:chime:::user/u1");
        assert_eq!(request.sender.attributes.get("Name").map(|name| &**name), Some("Ann"));
        let mut redacted = message();
        redacted["Content"] = Value::Null;
        let frame = super::tests::frame(&line("UPDATE_CHANNEL_MESSAGE", "STANDARD", &redacted));
        assert!(frame.to_review().is_none());
    }

    #[test]
    fn what_is_no_frame_is_told_without_a_word_of_it() {
        let headers = r#"{"x-amz-chime-event-type": "CREATE_CHANNEL_MESSAGE"}"#;
        for (line, expected) in [
            ("heck".to_owned(), RecordingError::NotAFrame),
            ("[]".to_owned(), RecordingError::NotAFrame),
            (r#"{"Headers": {}, "Payload": "{}"}"#.to_owned(), RecordingError::NoEventType),
            (format!(r#"{{"Headers": {headers}, "Payload": "heck"}}"#), RecordingError::Payload),
            (format!(r#"{{"Headers": {headers}, "Payload": {{}}}}"#), RecordingError::Payload),
            (format!(r#"{{"Headers": {headers}, "Payload": "[7]"}}"#), RecordingError::NotAMessage),
            (format!(r#"{{"Headers": {headers}}}"#), RecordingError::NotAMessage),
            (r#"{"Close": {"Reason": "heck"}}"#.to_owned(), RecordingError::Close),
            (r#"{"Close": {"Code": 70000}}"#.to_owned(), RecordingError::Close),
        ] {
            let Err(error) = Entry::read(line.as_bytes()) else { panic!("{line}") };
            assert_eq!(error, expected, "{line}");
            assert!(!error.to_string().contains("heck"));
        }
        let Err(RecordingError::Request(_)) = Entry::read(b"{}") else { panic!("no request") };
        let request = Entry::read(br#"{"Content": "hi"}"#);
        assert!(matches!(request, Ok(Entry::Request(request)) if request.content == "hi"));
    }
}
