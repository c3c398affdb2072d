//! The Lambda function for API Gateway WebSocket APIs: one event, one response, and for a
//! message what goes to the others in the room.

use std::io;
use std::process::ExitCode;

use chatwarden_gateway::{Gateway, Others, Settings};
use chatwarden_handler::Handler;
use chatwarden_handler::process::{self, Context, diagnostic};
use serde_json::value::to_raw_value;

fn main() -> ExitCode {
    process::run(|policy, function| {
        let handler = Handler::new(policy, function, io::stdout());
        let settings =
            Settings::from_env().map_err(|error| diagnostic("SettingUnusable", &error))?;
        let gateway = Gateway::new(handler, settings, Others::from_env());
        Ok(async move |event: &[u8], context: Context| {
            let response = gateway.answer(event, &context.invoked_function_arn).await?;
            to_raw_value(&response).map_err(|error| diagnostic("ReviewFault", &error))
        })
    })
}
