//! The life of one connection: from the request to be connected to `$disconnect`.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use axum::body::Bytes;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::http::{HeaderMap, HeaderValue, Uri, header};
use axum::response::Response;
use serde_json::json;
use tokio::sync::mpsc::{self, error::TrySendError};
use tokio::time::{interval, timeout};
use tokio_tungstenite::tungstenite;

use crate::control::wire::{pairs, response};
use crate::websocket::event::{Envelope, Event, ProxyAnswer};
use crate::websocket::pool::Failure;
use crate::websocket::{
    Api, Authorizer, IDLE_TIMEOUT, MAX_FRAME_BYTES, MAX_LIFE, MAX_MESSAGE_BYTES, refused,
};

/// What waits to be sent to one client; more is refused. The service's own number is not
/// documented.
const WAITING_ORDERS: usize = 1000;

/// How often a connection looks at the clock.
const TICK: Duration = Duration::from_millis(50);

/// How long a client has to answer that its connection is closed, on the wall's clock.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

/// What the service says of a close frame without a status.
const NO_STATUS: (u16, &str) = (1005, "Client-side close frame status not set");

/// A connection as others know it.
#[derive(Debug)]
pub(crate) struct Connection {
    id: String,
    pub(crate) connected_at: SystemTime,
    pub(crate) user_agent: Option<String>,
    authorizer: Option<BTreeMap<String, String>>,
    last_active: Mutex<SystemTime>,
    orders: mpsc::Sender<Order>,
}

/// What a connection is told to do.
#[derive(Debug)]
pub(crate) enum Order {
    /// Send a message.
    Send(Bytes),
    /// Close, as a backend wishes.
    Close,
    /// Close, since the service ends.
    Abandon,
}

/// Why a connection does not do what it is told.
#[derive(Debug)]
pub(crate) enum Unsent {
    /// It is over.
    Gone,
    /// The client does not take what is sent.
    Full,
}

impl Connection {
    /// When a message last came or went.
    pub(crate) fn last_active(&self) -> SystemTime {
        *self.last_active.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_active(&self, now: SystemTime) {
        *self.last_active.lock().unwrap_or_else(PoisonError::into_inner) = now;
    }

    pub(crate) fn order(&self, order: Order, now: SystemTime) -> Result<(), Unsent> {
        self.is_active(now);
        self.orders.try_send(order).map_err(|error| match error {
            TrySendError::Full(_) => Unsent::Full,
            TrySendError::Closed(_) => Unsent::Gone,
        })
    }

    /// Ends it; nobody is told why.
    pub(crate) fn abandon(&self) {
        drop(self.orders.try_send(Order::Abandon));
    }
}

/// Answers a client that asks to be connected: `$connect` decides.
pub(crate) async fn connect(
    api: Arc<Api>,
    mut upgrade: WebSocketUpgrade,
    uri: &Uri,
    headers: &HeaderMap,
) -> Response {
    let authorizer = match api.options.authorizer {
        Authorizer::None => None,
        Authorizer::Query => {
            let context: BTreeMap<_, _> =
                pairs(uri.query().unwrap_or_default()).into_iter().collect();
            if context.get("principalId").is_none_or(String::is_empty) {
                return refused(401, "Unauthorized");
            }
            Some(context)
        }
    };
    let user_agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
    let (orders, ordered) = mpsc::channel(WAITING_ORDERS);
    let now = api.clock.now();
    let connection = Arc::new(Connection {
        id: api.id(),
        connected_at: now,
        user_agent: user_agent.map(str::to_owned),
        authorizer,
        last_active: Mutex::new(now),
        orders,
    });
    if api.options.route("$connect").is_some() {
        let event = Event::Connect { headers, uri };
        match invoke(&api, &connection, "$connect", &api.id(), &event).await {
            Err(Failure::TimedOut) => return refused(504, "Endpoint request timed out"),
            Err(Failure::Failed(_)) => return refused(502, "Internal server error"),
            Ok(answer) if !answer.is_success() => {
                return response(answer.status, "application/json", answer.body);
            }
            Ok(answer) => {
                let protocol = answer.header("sec-websocket-protocol");
                if let Some(protocol) = protocol.and_then(|p| HeaderValue::from_str(p).ok()) {
                    upgrade.set_selected_protocol(protocol);
                }
            }
        }
    }
    api.connections().insert(connection.id.clone(), Arc::clone(&connection));
    let (lost, lost_id) = (Arc::clone(&api), connection.id.clone());
    upgrade
        .max_frame_size(MAX_FRAME_BYTES)
        .max_message_size(MAX_MESSAGE_BYTES)
        .on_failed_upgrade(move |_| drop(lost.connections().remove(&lost_id)))
        .on_upgrade(move |socket| serve(api, connection, socket, ordered))
}

/// Why a connection is over: the status and the reason that `$disconnect` is told.
#[derive(Debug)]
struct End {
    status: u16,
    reason: String,
}

impl End {
    fn new(status: u16, reason: &str) -> Self {
        Self { status, reason: reason.to_owned() }
    }

    /// What a frame that cannot be read says of a connection.
    fn of_error(error: axum::Error) -> (Self, bool) {
        use tungstenite::Error::{Capacity, Protocol, Utf8};
        use tungstenite::error::ProtocolError::ResetWithoutClosingHandshake as Reset;
        let error = error.into_inner();
        match error.downcast_ref::<tungstenite::Error>() {
            Some(Capacity(_)) => (Self::new(1009, "Message too large"), true),
            Some(Utf8(_)) => (Self::new(1007, "Invalid payload data"), true),
            Some(Protocol(error)) if *error != Reset => (Self::new(1002, "Protocol error"), true),
            _ => (Self::lost(), false),
        }
    }

    /// The connection broke.
    fn lost() -> Self {
        Self::new(1006, "Abnormal closure")
    }
}

/// Serves a connection until it is over, and says so to the function.
async fn serve(
    api: Arc<Api>,
    connection: Arc<Connection>,
    mut socket: WebSocket,
    mut orders: mpsc::Receiver<Order>,
) {
    let end = carry(&api, &connection, &mut socket, &mut orders).await;
    api.connections().remove(&connection.id);
    let Some(End { status, reason }) = end else { return };
    if api.options.route("$disconnect").is_some() {
        let event = Event::Disconnect { status, reason: &reason };
        // Whatever it answers: there is nobody to be told.
        drop(invoke(&api, &connection, "$disconnect", &api.id(), &event).await);
    }
}

/// Carries messages both ways; None where the service itself ends.
async fn carry(
    api: &Arc<Api>,
    connection: &Arc<Connection>,
    socket: &mut WebSocket,
    orders: &mut mpsc::Receiver<Order>,
) -> Option<End> {
    let mut tick = interval(TICK);
    loop {
        let (end, tells_client) = tokio::select! {
            received = socket.recv() => match received {
                Some(Ok(Message::Text(text))) => {
                    connection.is_active(api.clock.now());
                    let (api, connection) = (Arc::clone(api), Arc::clone(connection));
                    tokio::spawn(async move { message(&api, &connection, text.as_str()).await });
                    continue;
                }
                // Source: the guide's "Binary media types for WebSocket APIs".
                Some(Ok(Message::Binary(_))) => {
                    (End::new(1003, "Binary frames are not supported"), true)
                }
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => continue,
                Some(Ok(Message::Close(frame))) => (ended_by(frame), false),
                Some(Err(error)) => End::of_error(error),
                None => (End::lost(), false),
            },
            order = orders.recv() => match order {
                Some(Order::Send(data)) => {
                    if socket.send(frame(data)).await.is_ok() {
                        continue;
                    }
                    (End::lost(), false)
                }
                Some(Order::Close) => (End::new(1000, "Connection Closed Normally"), true),
                Some(Order::Abandon) | None => return None,
            },
            _ = tick.tick() => {
                let now = api.clock.now();
                let longer_than = |since: SystemTime, limit| {
                    now.duration_since(since).is_ok_and(|passed| passed >= limit)
                };
                if !longer_than(connection.last_active(), IDLE_TIMEOUT)
                    && !longer_than(connection.connected_at, MAX_LIFE)
                {
                    continue;
                }
                (End::new(1001, "Going away"), true)
            }
        };
        // From here on it is gone for those who post to it.
        orders.close();
        if tells_client {
            let close = CloseFrame { code: end.status, reason: end.reason.as_str().into() };
            drop(socket.send(Message::Close(Some(close))).await);
        }
        // Until the client has seen it: a socket that is dropped with something unread is
        // reset, and takes the close frame with it.
        let seen = async { while let Some(Ok(_)) = socket.recv().await {} };
        drop(timeout(CLOSE_TIMEOUT, seen).await);
        return Some(end);
    }
}

fn ended_by(frame: Option<CloseFrame>) -> End {
    match frame {
        Some(frame) => End::new(frame.code, frame.reason.as_str()),
        None => End::new(NO_STATUS.0, NO_STATUS.1),
    }
}

/// Text; what is none goes out as bytes, of which the guide says nothing.
fn frame(data: Bytes) -> Message {
    match std::str::from_utf8(&data) {
        Ok(text) => Message::Text(text.into()),
        Err(_) => Message::Binary(data),
    }
}

/// Serves one message: the function of its route, and what that answers.
async fn message(api: &Api, connection: &Connection, text: &str) {
    let request_id = api.id();
    let keys = api.options.routes.iter().map(|route| route.key.as_str());
    let route = api.options.selection.route(text, keys).and_then(|key| api.options.route(key));
    let answered = match route {
        None => Err("Forbidden"),
        Some(route) => {
            let id = api.id();
            let event = Event::Message { id: &id, text };
            match invoke(api, connection, &route.key, &request_id, &event).await {
                Ok(answer) if route.two_way => Ok(answer.body),
                Ok(_) => Ok(Vec::new()),
                Err(Failure::TimedOut) => Err("Endpoint request timed out"),
                Err(Failure::Failed(_)) => Err("Internal server error"),
            }
        }
    };
    let data = answered.unwrap_or_else(|message| {
        let frame =
            json!({ "message": message, "connectionId": connection.id, "requestId": request_id });
        frame.to_string().into_bytes()
    });
    if !data.is_empty() {
        // It may be gone by now.
        drop(connection.order(Order::Send(data.into()), api.clock.now()));
    }
}

/// Invokes the function for a route. The status of its answer is for `$connect` to look at:
/// on other routes the service was seen to make no difference.
async fn invoke(
    api: &Api,
    connection: &Connection,
    route: &str,
    request_id: &str,
    event: &Event<'_>,
) -> Result<ProxyAnswer, Failure> {
    let envelope = Envelope {
        options: &api.options,
        route,
        request_id,
        connection_id: &connection.id,
        connected_at: connection.connected_at,
        now: api.clock.now(),
        user_agent: connection.user_agent.as_deref(),
        authorizer: connection.authorizer.as_ref(),
    };
    let invoked = api.functions.invoke(envelope.event(event)).await;
    let answer = invoked.and_then(|bytes| {
        let why = "the function's answer has no `statusCode`, or is no JSON";
        ProxyAnswer::read(&bytes).ok_or_else(|| Failure::Failed(why.to_owned()))
    });
    if let Err(failure) = &answer {
        api.tell(format!("{route}: {failure}"));
    }
    answer
}
