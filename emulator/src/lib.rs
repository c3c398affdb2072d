//! A local Amazon IVS Chat and Lambda.
//!
//! [`ControlPlane`] is what operators and backends call: rooms, the functions that review
//! their messages, and who may invoke which. [`Function`] starts a real handler binary
//! and sends it invocations over the real [Runtime API](runtime_api). It knows the
//! contract between the services, not how a message is reviewed. [`Callbacks`] hears what the
//! processor of a channel flow of Amazon Chime SDK messaging calls back. [`WebSocketApi`] is an
//! API Gateway WebSocket API with a function behind it.

pub mod callback;
pub mod control;
pub mod function;
pub mod runtime_api;
pub mod websocket;

pub use callback::Callbacks;
pub use control::ControlPlane;
pub use function::{Config, Function, Invocation, Outcome, OutputLine, StartError};
pub use runtime_api::FunctionError;
pub use websocket::WebSocketApi;
