//! Where a command writes: the answer to `out`, everything else to `talk`.
//!
//! The only place that asks whether somebody is looking: colour and progress are for
//! terminals, and colour obeys `NO_COLOR` (<https://no-color.org>) and `TERM=dumb`.

use std::fmt;
use std::io::{self, IsTerminal, Write};

/// The two streams a command is handed.
pub(crate) struct Streams {
    /// What was asked for, and nothing else: scripts read it.
    pub(crate) out: Box<dyn Write>,
    /// Errors, notes and progress: people read it.
    pub(crate) talk: Box<dyn Write>,
    /// Colour what goes to `out`.
    pub(crate) out_colour: bool,
    /// Colour what goes to `talk`.
    pub(crate) talk_colour: bool,
    /// Show progress on `talk`: it is a terminal, and `out` does not fill it already.
    pub(crate) progress: bool,
    /// Somebody sees what goes to `talk` as it comes.
    pub(crate) talk_is_terminal: bool,
}

impl Streams {
    /// The streams of this process.
    pub(crate) fn of_process() -> Self {
        let (out, talk) = (io::stdout(), io::stderr());
        let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let colour = !set("NO_COLOR") && std::env::var_os("TERM").is_none_or(|term| term != "dumb");
        Self {
            out_colour: colour && out.is_terminal(),
            talk_colour: colour && talk.is_terminal(),
            progress: talk.is_terminal() && !out.is_terminal(),
            talk_is_terminal: talk.is_terminal(),
            out: Box::new(Answer(out)),
            talk: Box::new(talk),
        }
    }
}

/// stdout, which marks the error of a reader that has left (`| head`).
struct Answer<W>(W);

impl<W: Write> Write for Answer<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes).map_err(mark)
    }
    fn flush(&mut self) -> io::Result<()> {
        self.0.flush().map_err(mark)
    }
}

fn mark(error: io::Error) -> io::Error {
    match error.kind() {
        io::ErrorKind::BrokenPipe => io::Error::new(io::ErrorKind::BrokenPipe, ReaderGone),
        _ => error,
    }
}

/// Whoever read our stdout has seen enough. No failure: the command ends quietly.
/// A type of its own, so that a broken connection elsewhere is not taken for it.
#[derive(Debug)]
struct ReaderGone;

impl fmt::Display for ReaderGone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the reader of stdout has left")
    }
}

impl std::error::Error for ReaderGone {}

/// Did this error come from a reader that left?
pub(crate) fn is_reader_gone(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref)
            .is_some_and(<dyn std::error::Error + Send + Sync>::is::<ReaderGone>)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::Context;

    #[test]
    fn only_a_broken_stdout_ends_quietly() {
        let broken = || io::Error::from(io::ErrorKind::BrokenPipe);
        let stdout = Err::<(), _>(mark(broken())).context("could not write the answer");
        assert!(is_reader_gone(&stdout.unwrap_err()));
        let elsewhere = Err::<(), _>(broken()).context("could not reach the handler");
        assert!(!is_reader_gone(&elsewhere.unwrap_err()));
    }
}
