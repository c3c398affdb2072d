//! What chatwarden-policy makes of policies and lexicons, good and bad.

mod lexicons;
mod policies;
mod render;

use chatwarden_policy::error::location;
use chatwarden_policy::{PolicyError, Source};

/// A text with the name that faults give it.
fn source(text: &str) -> Source {
    Source { name: "policy.toml".to_owned(), text: text.to_owned() }
}

/// Faults as `line:column code text`, one a line.
fn told(source: &Source, faults: &[PolicyError]) -> String {
    let line = |fault: &PolicyError| {
        let (line, column) = location(source, &fault.at);
        format!("{line}:{column} {} {fault}\n", fault.kind.code())
    };
    faults.iter().map(line).collect()
}
