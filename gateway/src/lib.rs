//! The integration of an API Gateway WebSocket API: the policy that reviews the rooms of
//! IVS Chat, for chats of one's own.
//!
//! It serves `$connect`, `$disconnect`, `$default` and any route for messages. A message is
//! reviewed as `chatwarden-handler` reviews, by the same code, and the sender is answered by
//! the route's response: with the message as everybody gets it, or with
//! `{"code":406,"reason":…}`. With a table of [connections], it is also sent to the others
//! in the room.
//!
//! | the sender wrote | answer | |
//! | --- | --- | --- |
//! | what is allowed, tagged or rewritten | 200 | the body, with the text at the message's path replaced |
//! | what is denied | 406 | the policy's reason |
//! | no JSON object, or none with a text in it | 400 | on `$default`, a body that is no JSON object is itself the text |
//! | what begins like JSON, has a backslash in it and is no JSON object | 400 | on `$default` as well |
//! | a text, a room or `attributes` twice | 400 | |
//! | a room that is none | 400 | |
//! | base64 that is none or not UTF-8 | 400 | API Gateway sends it where it is told to convert |
//! | over 128 KB, as written or as everybody would get it | 413 | |
//!
//! Function errors, upon which API Gateway tells the sender "Internal server error" and
//! nobody gets the message: `InvalidEvent`, `ReviewFault` (with `on_fault = "error"`) and
//! `ConnectionsFailed`. A variable that holds no path fails the start, as `SettingUnusable`.
//!
//! Who a sender is, the authorizer of `$connect` says. Who may write in which room is for
//! it and the application to decide, not for this function.

#[path = "../../chime/src/aws.rs"]
mod aws;
pub mod connections;
pub mod fan_out;
pub mod message;

use std::cell::RefCell;
use std::fmt;
use std::io::Write;

use aws_lambda_events::apigw::{
    ApiGatewayWebsocketProxyRequest as Event, ApiGatewayWebsocketProxyRequestContext as Api,
};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use chatwarden_engine::contract::{Attributes, ReviewRequest, Sender};
use chatwarden_handler::process::{Diagnostic, diagnostic};
use chatwarden_handler::{Handler, Reviewed};
use futures_util::future::join_all;
use serde::Serialize;

use crate::connections::{Connections, ConnectionsFailed, Table};
use crate::fan_out::FanOut;
use crate::message::{MAX_MESSAGE_BYTES, Message, MessageError, Path, is_room};

/// The room of those who name none.
const DEFAULT_ROOM: &str = "default";

/// The variable of a stage, and the parameter of `$connect`'s query, that names a room.
const ROOM: &str = "room";

const MESSAGE_PATH: &str = "CHATWARDEN_MESSAGE_PATH";
const ROOM_PATH: &str = "CHATWARDEN_ROOM_PATH";

/// How messages look, and who wrote them.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where in a body the text stands.
    pub message_path: Path,
    /// Where in a body the room's name stands.
    pub room_path: Path,
    /// The member of the authorizer's context that is the user's id.
    pub user_key: String,
}

impl Settings {
    /// As the variables `CHATWARDEN_MESSAGE_PATH` (default `message`),
    /// `CHATWARDEN_ROOM_PATH` (`room`) and `CHATWARDEN_USER_KEY` (`principalId`) say.
    ///
    /// # Errors
    /// When one of them holds no path, or the message is to stand where tags do.
    pub fn from_env() -> Result<Self, SettingUnusable> {
        let or = |name, default: &str| aws::variable(name).unwrap_or_else(|| default.to_owned());
        let path = |variable, default| {
            let why = "has an empty name in it; write names with dots between them: `data.text`";
            Path::new(&or(variable, default)).ok_or(SettingUnusable { variable, why })
        };
        let message_path = path(MESSAGE_PATH, "message")?;
        if message_path.is_in_attributes() {
            let why = "leads into `attributes`, where tags stand; name another place";
            return Err(SettingUnusable { variable: MESSAGE_PATH, why });
        }
        let room_path = path(ROOM_PATH, ROOM)?;
        Ok(Self { message_path, room_path, user_key: or("CHATWARDEN_USER_KEY", "principalId") })
    }
}

/// A variable that holds nothing to go by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SettingUnusable {
    /// Its name.
    pub variable: &'static str,
    /// What is wrong, and how to mend it.
    pub why: &'static str,
}

impl fmt::Display for SettingUnusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` {}", self.variable, self.why)
    }
}

impl std::error::Error for SettingUnusable {}

/// Who else gets a message.
pub struct Others<C> {
    /// Who is connected.
    pub connections: C,
    /// How they are sent it.
    pub fan_out: FanOut,
}

impl Others<Table> {
    /// Those in the table that `CHATWARDEN_CONNECTIONS_TABLE` names; none without it.
    pub fn from_env() -> Option<Self> {
        let table = aws::variable("CHATWARDEN_CONNECTIONS_TABLE")?;
        let config = aws::config();
        let connections = Table::new(&config, table);
        Some(Self { connections, fan_out: FanOut::new(config) })
    }
}

/// Why an event is none of a WebSocket API. Quotes nothing of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum EventError {
    /// Line and byte of the event's text, from 1.
    Unreadable(usize, usize),
    UnknownType,
    NoConnection,
}

impl fmt::Display for EventError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(line, column) => write!(
                f,
                "the event is none of an API Gateway WebSocket API (line {line}, column {column})"
            ),
            Self::UnknownType => f.write_str(
                "`requestContext.eventType` is none of `CONNECT`, `MESSAGE` and `DISCONNECT`",
            ),
            Self::NoConnection => f.write_str("`requestContext.connectionId` is missing"),
        }
    }
}

/// What API Gateway is answered.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Response {
    status_code: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<String>,
}

impl Response {
    const OK: Self = Self { status_code: 200, body: None };

    fn delivered(body: String) -> Self {
        Self { status_code: 200, body: Some(body) }
    }

    /// What was written goes nowhere, and the sender is told why.
    fn refused(code: u16, reason: &str) -> Self {
        let body = serde_json::json!({"code": code, "reason": reason}).to_string();
        Self { status_code: code, body: Some(body) }
    }
}

impl From<MessageError> for Response {
    fn from(error: MessageError) -> Self {
        Self::refused(error.status(), &error.to_string())
    }
}

/// Answers the events of WebSocket APIs by one policy.
pub struct Gateway<'p, Log, C> {
    handler: RefCell<Handler<'p, Log>>,
    settings: Settings,
    others: Option<Others<C>>,
}

impl<'p, Log: Write, C: Connections> Gateway<'p, Log, C> {
    /// An integration that reviews by this handler.
    pub fn new(handler: Handler<'p, Log>, settings: Settings, others: Option<Others<C>>) -> Self {
        Self { handler: RefCell::new(handler), settings, others }
    }

    /// Answers one event. `function` is the ARN by which the function was invoked; partition,
    /// region and account of the API are those of the function.
    ///
    /// # Errors
    /// The function error, of type `InvalidEvent`, `ReviewFault` or `ConnectionsFailed`.
    pub async fn answer(&self, event: &[u8], function: &str) -> Result<Response, Diagnostic> {
        let event: Event = serde_json::from_slice(event)
            .map_err(|e| self.invalid(EventError::Unreadable(e.line(), e.column())))?;
        let api = &event.request_context;
        let connection = api.connection_id.as_deref().filter(|id| !id.is_empty());
        let connection = connection.ok_or_else(|| self.invalid(EventError::NoConnection))?;
        match api.event_type.as_deref() {
            Some("CONNECT") => self.connect(&event, connection).await,
            Some("DISCONNECT") => self.disconnect(connection).await,
            Some("MESSAGE") => self.message(&event, connection, function).await,
            _ => Err(self.invalid(EventError::UnknownType)),
        }
    }

    async fn connect(&self, event: &Event, connection: &str) -> Result<Response, Diagnostic> {
        let Some(others) = &self.others else { return Ok(Response::OK) };
        let room = match event.query_string_parameters.first(ROOM).filter(|r| !r.is_empty()) {
            Some(room) if is_room(room) => Ok(room),
            Some(_) => Err(MessageError::NoRoom(ROOM.to_owned())),
            None => stage_room(event),
        };
        let room = match room {
            Ok(room) => room,
            Err(error) => return Ok(error.into()),
        };
        let put = others.connections.put(connection, room).await;
        put.map_err(|error| self.no_connections(&error))?;
        Ok(Response::OK)
    }

    async fn disconnect(&self, connection: &str) -> Result<Response, Diagnostic> {
        if let Some(others) = &self.others {
            let removed = others.connections.remove(connection).await;
            removed.map_err(|error| self.no_connections(&error))?;
        }
        Ok(Response::OK)
    }

    async fn message(
        &self,
        event: &Event,
        connection: &str,
        function: &str,
    ) -> Result<Response, Diagnostic> {
        let api = &event.request_context;
        let Settings { message_path, room_path, user_key } = &self.settings;
        let body = match body(event) {
            Ok(body) => body,
            Err(error) => return Ok(error.into()),
        };
        let plain = api.route_key.as_deref() == Some("$default");
        let message = match Message::read(&body, message_path, room_path, plain) {
            Ok(message) => message,
            Err(error) => return Ok(error.into()),
        };
        let mut room = message.room.clone();
        if let (None, Some(others)) = (&room, &self.others) {
            let of_connection = others.connections.room_of(connection).await;
            room = of_connection.map_err(|error| self.no_connections(&error))?;
        }
        let room = match room.map_or_else(|| stage_room(event).map(str::to_owned), Ok) {
            Ok(room) => room,
            Err(error) => return Ok(error.into()),
        };
        let room_arn = room_arn(api, function, &room);
        let request = ReviewRequest {
            content: (&*message.text).into(),
            message_id: api.message_id.as_deref().unwrap_or_default().into(),
            room_arn: room_arn.as_str().into(),
            attributes: Attributes::new(),
            sender: sender(api, connection, user_key),
        };
        let reviewed = self.handler.borrow_mut().review(&request, MAX_MESSAGE_BYTES)?;
        Ok(match reviewed {
            Reviewed::Deny { reason } => Response::refused(406, &reason),
            Reviewed::Deliver { text, attributes: tags } => {
                if !message.takes_tags() {
                    self.handler.borrow_mut().tags_left_out(tags.len());
                }
                let body = message.delivered(text.as_deref(), &tags);
                if body.len() > MAX_MESSAGE_BYTES {
                    return Ok(MessageError::TooLong.into());
                }
                if let Some(others) = &self.others {
                    self.send(others, api, connection, &room, &body).await?;
                }
                Response::delivered(body)
            }
        })
    }

    /// Sends a message to the others in the room. The sender has it by the response.
    async fn send(
        &self,
        others: &Others<C>,
        api: &Api,
        sender: &str,
        room: &str,
        body: &str,
    ) -> Result<(), Diagnostic> {
        let in_room = others.connections.in_room(room).await;
        let mut in_room = in_room.map_err(|error| self.no_connections(&error))?;
        in_room.retain(|connection| connection != sender);
        let posted = others.fan_out.post(api, &in_room, body).await;
        // One that stays is tried again with the next message, and expires.
        join_all(posted.gone.iter().map(|gone| others.connections.remove(gone))).await;
        if posted.failed > 0 {
            let status = posted.status.map_or("no answer".to_owned(), |status| status.to_string());
            let (failed, all) = (posted.failed, in_room.len());
            let error = format!("{failed} of {all} connections could not be sent to ({status})");
            self.handler.borrow_mut().fault("fan_out_failed", &error);
        }
        Ok(())
    }

    fn invalid(&self, error: EventError) -> Diagnostic {
        self.handler.borrow_mut().fault("invalid_event", &error.to_string());
        diagnostic("InvalidEvent", &error)
    }

    fn no_connections(&self, error: &ConnectionsFailed) -> Diagnostic {
        self.handler.borrow_mut().fault("connections_failed", &error.to_string());
        diagnostic("ConnectionsFailed", error)
    }
}

/// The body as text.
fn body(event: &Event) -> Result<String, MessageError> {
    let body = event.body.clone().unwrap_or_default();
    if !event.is_base64_encoded {
        return Ok(body);
    }
    // Four signs of base64 are three bytes.
    if body.len() / 4 * 3 > MAX_MESSAGE_BYTES + 3 {
        return Err(MessageError::TooLong);
    }
    let bytes = BASE64_STANDARD.decode(body).map_err(|_| MessageError::NotText)?;
    String::from_utf8(bytes).map_err(|_| MessageError::NotText)
}

/// The room of the stage.
fn stage_room(event: &Event) -> Result<&str, MessageError> {
    match event.stage_variables.get(ROOM).filter(|room| !room.is_empty()) {
        Some(room) if is_room(room) => Ok(room),
        Some(_) => Err(MessageError::NoRoom(format!("stageVariables.{ROOM}"))),
        None => Ok(DEFAULT_ROOM),
    }
}

/// The room as profiles see it.
fn room_arn(api: &Api, function: &str, room: &str) -> String {
    let mut arn = function.split(':').skip(1);
    let (partition, _) = (arn.next().unwrap_or("aws"), arn.next());
    let (region, account) = (arn.next().unwrap_or_default(), arn.next().unwrap_or_default());
    let (id, stage) = (api.apiid.as_deref(), api.stage.as_deref());
    let (id, stage) = (id.unwrap_or_default(), stage.unwrap_or_default());
    format!("arn:{partition}:execute-api:{region}:{account}:{id}/{stage}/{room}")
}

/// The sender as the authorizer knows it, or else by the connection.
fn sender<'a>(api: &'a Api, connection: &'a str, user_key: &str) -> Sender<'a> {
    let context = &api.authorizer.fields;
    let text = |key: &str| context.get(key)?.as_str();
    let texts = context.iter().filter_map(|(key, value)| Some((key.as_str(), value.as_str()?)));
    Sender {
        user_id: text(user_key).unwrap_or(connection).into(),
        ip: api.identity.source_ip.as_deref().unwrap_or_default().into(),
        attributes: texts.map(|(key, value)| (key.into(), value.into())).collect(),
    }
}
