//! A local Amazon IVS Chat and Lambda.
//!
//! What is here so far is the Lambda half: [`Function`] starts a real handler binary
//! and sends it invocations over the real [Runtime API](runtime_api). It knows the
//! contract between the services, not how a message is reviewed.

pub mod function;
pub mod runtime_api;

pub use function::{Config, Function, Invocation, Outcome, OutputLine, StartError};
pub use runtime_api::FunctionError;
