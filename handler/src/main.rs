//! The Lambda function for Amazon IVS Chat: one event, one review, one response.

use std::cell::RefCell;
use std::io;
use std::process::ExitCode;

use chatwarden_handler::{Handler, process};

fn main() -> ExitCode {
    process::run(|policy, function| {
        let handler = RefCell::new(Handler::new(policy, function, io::stdout()));
        Ok(async move |event: &[u8], _| Ok(handler.borrow_mut().answer(event)?))
    })
}
