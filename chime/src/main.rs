//! The Lambda function for Amazon Chime SDK messaging: one event, one review, one callback.

use std::io;
use std::process::ExitCode;

use chatwarden_chime::Processor;
use chatwarden_chime::callback::Callbacks;
use chatwarden_handler::Handler;
use chatwarden_handler::process::{self, Context};
use serde_json::value::RawValue;

fn main() -> ExitCode {
    process::run(|policy, function| {
        let handler = Handler::new(policy, function, io::stdout());
        let processor = Processor::new(handler, Callbacks::from_env());
        Ok(async move |event: &[u8], context: Context| {
            processor.answer(event, context.deadline).await?;
            Ok(RawValue::NULL.to_owned())
        })
    })
}
