//! Policy text and lexicons in, a compiled policy out.

mod automaton;
pub mod compile;
pub mod error;
mod glue;
mod inflect;
pub mod lexicon;
mod lint;
pub mod parse;
pub mod policy;
mod scramble;
mod spell;
mod words;

pub use compile::{CompileError, Compiled, compile};
pub use error::{Level, PolicyError, PolicyErrorKind, Source};
pub use lint::lint;
pub use parse::{check, parse};
