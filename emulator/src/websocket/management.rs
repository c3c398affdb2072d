//! `@connections`: what backends call to reach a client.
//!
//! Sources: API Gateway Developer Guide, "Use @connections commands in your backend service";
//! the service model `apigatewaymanagementapi`, 2018-11-29, REST-JSON.

use axum::body::Bytes;
use axum::http::{HeaderMap, Method};
use axum::response::Response;
use serde_json::json;
use time::UtcDateTime;
use time::format_description::well_known::Rfc3339;

use crate::control::caller::signed_service;
use crate::control::wire::{Answer, Refusal, Reply, rest_json};
use crate::websocket::connection::{Order, Unsent};
use crate::websocket::{Api, MAX_MESSAGE_BYTES};

/// The name that requests are signed for.
const SIGNING_NAME: &str = "execute-api";

pub(crate) fn answer(
    api: &Api,
    method: &Method,
    id: &str,
    headers: &HeaderMap,
    body: Bytes,
) -> Response {
    let answer = match signed_service(headers) {
        Some(SIGNING_NAME) => call(api, method, id, body),
        Some(_) => Err(Refusal::new(403, "ForbiddenException", "Forbidden")),
        None => {
            let code = "MissingAuthenticationTokenException";
            Err(Refusal::new(403, code, "Missing Authentication Token"))
        }
    };
    rest_json(answer, "message")
}

fn call(api: &Api, method: &Method, id: &str, body: Bytes) -> Answer {
    let gone = || Refusal::new(410, "GoneException", "Gone");
    let found = api.connections().get(id).cloned();
    let connection = found.ok_or_else(gone)?;
    let ordered = match *method {
        Method::POST if body.len() > MAX_MESSAGE_BYTES => {
            let message = "The data has exceeded the maximum size allowed.";
            return Err(Refusal::new(413, "PayloadTooLargeException", message));
        }
        Method::POST => connection.order(Order::Send(body), api.clock.now()),
        Method::DELETE => connection.order(Order::Close, api.clock.now()),
        Method::GET => {
            let time = |time| UtcDateTime::from(time).format(&Rfc3339).unwrap_or_default();
            return Ok(Reply::ok(json!({
                "connectedAt": time(connection.connected_at),
                "lastActiveAt": time(connection.last_active()),
                "identity": {
                    "sourceIp": "127.0.0.1",
                    "userAgent": connection.user_agent.as_deref().unwrap_or_default(),
                },
            })));
        }
        _ => return Err(Refusal::new(403, "ForbiddenException", "Forbidden")),
    };
    match ordered {
        Ok(()) if *method == Method::DELETE => Ok(Reply::empty(204)),
        Ok(()) => Ok(Reply::empty(200)),
        Err(Unsent::Gone) => Err(gone()),
        Err(Unsent::Full) => {
            let message = "The client's buffer is full.";
            Err(Refusal::new(429, "LimitExceededException", message))
        }
    }
}
