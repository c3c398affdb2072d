//! Reviews one chat message by a compiled policy.

mod automaton;
mod byte_set;
pub mod compiled;
mod contact;
pub mod contract;
pub mod explain;
pub mod fold;
pub mod glue;
mod hidden;
mod japanese;
pub mod layout;
mod links;
pub mod review;
mod rewrite;
pub mod settings;
mod shape;
mod verify;
