//! The knobs of [`ControlPlane`](super::ControlPlane) for clients in other languages: JSON
//! over HTTP, below `/_chatwarden/`, unsigned.
//!
//! | request | |
//! | --- | --- |
//! | `GET`, `DELETE calls` | what was called; forget it |
//! | `GET`, `DELETE callbacks` | what was called back to Chime; forget it |
//! | `GET`, `PUT`, `DELETE faults` | the faults that are in; replace them; none |
//! | `POST seed` | put more in: `{"room": [...], "function": [...]}` |
//! | `GET`, `POST clock` | `{"uptime_ms"}`; put it forward by `{"advance_ms"}` |

use std::time::Duration;

use axum::http::Method;
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;

use crate::control::wire::{Answer, Refusal, Reply, rest_json};
use crate::control::{Fault, Plane, Seed};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    advance_ms: u64,
}

pub(crate) fn answer(plane: &Plane, method: &Method, knob: &str, body: &[u8]) -> Response {
    rest_json(turn(plane, method, knob, body), "message")
}

fn turn(plane: &Plane, method: &Method, knob: &str, body: &[u8]) -> Answer {
    match (method.as_str(), knob) {
        ("GET", "calls") => Ok(Reply::ok(json!(plane.state().calls))),
        ("DELETE", "calls") => {
            plane.state().calls.clear();
            Ok(Reply::empty(204))
        }
        ("GET", "callbacks") => Ok(Reply::ok(json!(plane.state().chime.callbacks))),
        ("DELETE", "callbacks") => {
            plane.state().chime.callbacks.clear();
            Ok(Reply::empty(204))
        }
        ("GET", "faults") => Ok(Reply::ok(json!(plane.state().faults.list()))),
        ("PUT", "faults") => {
            let faults: Vec<Fault> = read(body)?;
            plane.state().faults.set(faults);
            Ok(Reply::empty(204))
        }
        ("DELETE", "faults") => {
            plane.state().faults.set(Vec::new());
            Ok(Reply::empty(204))
        }
        ("POST", "seed") => {
            let seed: Seed = read(body)?;
            Ok(Reply::ok(json!(plane.seed(&seed))))
        }
        ("GET", "clock") => Ok(Reply::ok(json!({ "uptime_ms": plane.clock.uptime_ms() }))),
        ("POST", "clock") => {
            let Advance { advance_ms } = read(body)?;
            plane.clock.advance(Duration::from_millis(advance_ms));
            Ok(Reply::empty(204))
        }
        _ => Err(Refusal::new(404, "NotFound", "there is no such knob")),
    }
}

fn read<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Refusal> {
    serde_json::from_slice(body).map_err(|error| Refusal::new(400, "BadRequest", error.to_string()))
}
