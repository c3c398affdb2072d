//! The processor of a channel flow of Amazon Chime SDK messaging: the policy that reviews
//! the rooms of IVS Chat, for channels.
//!
//! An event is one message, new or edited. It is reviewed as `chatwarden-handler` reviews,
//! by the same code, and answered by a call back to Chime: with another text, with tags in
//! its metadata, denied, or as it was. What the function returns is read by nobody. What
//! happens on a fault is decided here, what is logged about a review in `chatwarden_handler`.
//!
//! An event that makes no sense, a review that fails (with `on_fault = "error"`) and a
//! callback that is not taken fail the function: Lambda tries twice more, then the
//! processor's `FallbackAction` decides.

mod aws;
pub mod callback;
pub mod event;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::Write;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use chatwarden_handler::process::{Diagnostic, diagnostic};
use chatwarden_handler::{Fault, Handler, Reviewed};
use serde_json::{Map, Value};

use crate::callback::{Callbacks, Change};
use crate::event::{Event, text};

/// The most bytes of a message's text. Source: SendChannelMessage, `Content` (4 KB).
const MAX_CONTENT_BYTES: usize = 4 << 10;
/// The most bytes of a message's metadata. Source: ChannelMessageCallback, `Metadata`.
const MAX_METADATA_BYTES: usize = 1024;
/// Kept back from the time of an invocation, to say that there was no answer.
const MARGIN: Duration = Duration::from_millis(500);

/// Answers the events of a channel flow by one policy.
pub struct Processor<'p, Log> {
    handler: RefCell<Handler<'p, Log>>,
    callbacks: Callbacks,
}

impl<'p, Log: Write> Processor<'p, Log> {
    /// A processor that reviews by this handler.
    pub fn new(handler: Handler<'p, Log>, callbacks: Callbacks) -> Self {
        Self { handler: RefCell::new(handler), callbacks }
    }

    /// Reviews the message of an event, and calls back until `deadline`, in milliseconds
    /// since 1970.
    ///
    /// # Errors
    /// The function error, of type `InvalidEvent`, `ReviewFault` or `CallbackFailed`.
    pub async fn answer(&self, event: &[u8], deadline: u64) -> Result<(), Diagnostic> {
        let event = Event::from_json(event).map_err(|error| {
            self.handler.borrow_mut().fault("invalid_event", &error.to_string());
            diagnostic("InvalidEvent", &error)
        })?;
        let change = change(&event, &mut self.handler.borrow_mut())?;
        self.callbacks.send(&event, &change, left(deadline)).await.map_err(|error| {
            self.handler.borrow_mut().fault("callback_failed", &error.to_string());
            diagnostic("CallbackFailed", &error)
        })
    }
}

/// What the policy makes of a message.
fn change(event: &Event, handler: &mut Handler<'_, impl Write>) -> Result<Change, Fault> {
    if !event.message.is_reviewed() {
        return Ok(Change::Nothing);
    }
    // A longer text Chime would refuse: the message would stay pending.
    Ok(match handler.review(&event.message.request(), MAX_CONTENT_BYTES)? {
        Reviewed::Deny { .. } => Change::Deny,
        Reviewed::Deliver { text: content, attributes: tags } => {
            let metadata = with_tags(text(&event.message.metadata), &tags);
            if metadata.is_none() {
                handler.tags_left_out(tags.len());
            }
            if content.is_none() && metadata.is_none() {
                Change::Nothing
            } else {
                Change::Update { content, metadata }
            }
        }
    })
}

/// The message's metadata with tags among its members, where they have room: in a JSON
/// object, or in none at all. None where nothing changes.
fn with_tags(metadata: &str, tags: &BTreeMap<String, String>) -> Option<String> {
    if tags.is_empty() {
        return None;
    }
    let mut members = match metadata.trim() {
        "" => Map::new(),
        text => serde_json::from_str::<Map<String, Value>>(text).ok()?,
    };
    members.extend(tags.iter().map(|(key, value)| (key.clone(), Value::from(value.as_str()))));
    let text = Value::Object(members).to_string();
    (text.len() <= MAX_METADATA_BYTES).then_some(text)
}

/// How long may be called back.
fn left(deadline: u64) -> Duration {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Duration::from_millis(deadline).saturating_sub(now).saturating_sub(MARGIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_go_where_there_is_room() {
        let tags = BTreeMap::from([("link".to_owned(), "yes".to_owned())]);
        for (metadata, expected) in [
            ("", Some(r#"{"link":"yes"}"#)),
            (r#"{"a":[1],"link":"no"}"#, Some(r#"{"a":[1],"link":"yes"}"#)),
            ("plain words", None),
            ("[1]", None),
        ] {
            assert_eq!(with_tags(metadata, &tags).as_deref(), expected, "{metadata}");
        }
        assert_eq!(with_tags("{}", &BTreeMap::new()), None);
        assert_eq!(with_tags(&format!(r#"{{"a":"{}"}}"#, "x".repeat(1010)), &tags), None);
    }
}
