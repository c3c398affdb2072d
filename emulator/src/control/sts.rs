//! The one operation of AWS STS that tools ask first: whose credentials are these?
//!
//! Source: the service's model (`sts`, 2011-06-15), the query protocol.

use axum::response::Response;
use serde_json::json;

use crate::control::wire::{Answer, Call, Refusal, Reply, pairs, query_xml};

const NAMESPACE: &str = "https://sts.amazonaws.com/doc/2011-06-15/";

/// The operation that a request asks for.
pub(crate) fn operation(call: &Call) -> Option<&'static str> {
    let form = pairs(&String::from_utf8_lossy(&call.body));
    let action = form.iter().chain(&call.query).find(|(name, _)| name == "Action")?;
    (action.1 == "GetCallerIdentity").then_some("GetCallerIdentity")
}

pub(crate) fn unknown_operation() -> Refusal {
    Refusal::new(400, "InvalidAction", "only GetCallerIdentity is here")
}

/// Tells the caller who it is taken for.
pub(crate) fn get_caller_identity(call: &Call) -> Answer {
    Ok(Reply::ok(json!({
        "Arn": call.caller.arn(),
        "UserId": "AIDACHATWARDENLOCAL00",
        "Account": call.caller.scope.account,
    })))
}

pub(crate) fn respond(operation: &str, answer: Answer, request_id: &str) -> Response {
    query_xml(answer, operation, NAMESPACE, request_id)
}
