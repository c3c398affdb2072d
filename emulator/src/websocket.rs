//! A local WebSocket API of Amazon API Gateway.

pub mod selection;
