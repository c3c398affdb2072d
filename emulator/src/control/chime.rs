//! The one operation of Amazon Chime SDK messaging that a channel-flow processor calls:
//! ChannelFlowCallback, by which it says what becomes of a message.
//!
//! There are no channels here: whatever is called back is taken and kept, to be asked for by
//! tests. A callback that is sent again is taken again; what the service makes of that is
//! not documented.
//!
//! Source: the service's model (`chime-sdk-messaging`, 2021-05-15), REST-JSON.

use std::collections::VecDeque;

use axum::response::Response;
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::control::KEPT_CALLS;
use crate::control::fields::Fields;
use crate::control::wire::{Answer, Call, Refusal, Reply, rest_json};

/// STANDARD content, in bytes. Source: Chime SDK quotas, "Message size".
const MAX_CONTENT_BYTES: usize = 4096;

/// What a processor said about a message.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Callback {
    /// When it came, in milliseconds on the clock since the start.
    pub at_ms: u64,
    /// The message's channel.
    pub channel_arn: String,
    /// Of the event that it answers.
    pub callback_id: String,
    /// The members that the processor gave.
    pub channel_message: Value,
    /// The message is not to be delivered.
    pub delete_resource: bool,
}

/// The callbacks that came, in their order.
#[derive(Debug, Default)]
pub(crate) struct Chime {
    pub(crate) callbacks: VecDeque<Callback>,
}

/// The operation that a request asks for.
pub(crate) fn operation(call: &Call) -> Option<&'static str> {
    let asks = call.parameter("operation") == Some("channel-flow-callback");
    (call.method == "POST" && asks && matches!(*call.segments(), ["channels", _]))
        .then_some("ChannelFlowCallback")
}

pub(crate) fn unknown_operation() -> Refusal {
    Refusal::new(404, "NotFoundException", "only ChannelFlowCallback is here")
        .with("Code", "NotFound")
}

/// The channel that a call is about.
pub(crate) fn channel_arn(call: &Call) -> String {
    call.segments().get(1).copied().unwrap_or_default().to_owned()
}

impl Chime {
    /// Takes a callback.
    pub(crate) fn callback(&mut self, call: &Call, at_ms: u64) -> Answer {
        let body: Map<String, Value> = serde_json::from_slice(&call.body)
            .map_err(|_| bad_request("the body is no JSON object".to_owned()))?;
        let mut fields = Fields::new(&body);
        fields.require("CallbackId");
        fields.require("ChannelMessage");
        let callback_id = fields.text("CallbackId", 32..=64, |_| true);
        if let Some(members) = fields.object("ChannelMessage") {
            let mut message = Fields::new(members);
            message.require("MessageId");
            message.text("MessageId", 1..=128, |_| true);
            message.text("Content", 1..=MAX_CONTENT_BYTES, |text| text.len() <= MAX_CONTENT_BYTES);
            message.text("Metadata", 0..=1024, |_| true);
            message.text("ContentType", 0..=45, |_| true);
            fields.absorb(message);
        }
        fields.finish().map_err(|refusal| bad_request(refusal.message))?;
        let channel_arn = channel_arn(call);
        if !channel_arn.contains(":app-instance/") || !channel_arn.contains("/channel/") {
            return Err(bad_request("the path names no channel".to_owned()));
        }
        let callback_id = callback_id.unwrap_or_default();
        let answer = json!({ "ChannelArn": channel_arn, "CallbackId": callback_id });
        if self.callbacks.len() == KEPT_CALLS {
            self.callbacks.pop_front();
        }
        self.callbacks.push_back(Callback {
            at_ms,
            channel_arn,
            callback_id,
            channel_message: body.get("ChannelMessage").cloned().unwrap_or_default(),
            delete_resource: body.get("DeleteResource") == Some(&Value::Bool(true)),
        });
        Ok(Reply::ok(answer))
    }
}

fn bad_request(message: String) -> Refusal {
    Refusal::new(400, "BadRequestException", message).with("Code", "BadRequest")
}

pub(crate) fn respond(answer: Answer) -> Response {
    rest_json(answer, "Message")
}
