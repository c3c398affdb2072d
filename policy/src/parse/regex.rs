//! Regular expressions of a policy: what they mean, and how big they may get.
//!
//! `\w`, `\d`, `\s` and `\b` are ASCII (the Unicode ones make tables of megabytes, or
//! none at all); literals, sets and `\p{…}` are Unicode. A pattern is compiled ahead
//! into a table of at most [`MAX_TABLE_KIB`], so that its time is linear by construction.

use std::ops::Range;

use regex_automata::MatchKind;
use regex_automata::dfa::{StartKind, dense};
use regex_automata::nfa::thompson;
use regex_automata::util::syntax;

use crate::error::PolicyErrorKind;

/// The most KiB one table of a pattern may take.
pub(crate) const MAX_TABLE_KIB: usize = 64;
/// Where building gives up; minimizing makes tables smaller afterwards.
const MAX_BUILD_BYTES: usize = 512 * 1024;

/// A pattern as two tables: where matches end, and from there where they begin.
#[derive(Debug, Clone)]
pub(crate) struct Tables {
    /// Leftmost-first, unanchored: run forward, it finds where a match ends.
    pub(crate) forward: dense::DFA<Vec<u32>>,
    /// All matches, anchored: run backward from the end, the longest match begins the
    /// span.
    pub(crate) reverse: dense::DFA<Vec<u32>>,
}

/// Reads and compiles one pattern.
///
/// # Errors
/// What is wrong with it, and which bytes of the pattern it is about.
pub(crate) fn compile(pattern: &str) -> Result<Tables, (PolicyErrorKind, Range<usize>)> {
    let whole = 0..pattern.len();
    // What TOML makes of `"\b"`, and no message holds.
    if pattern.contains('\u{8}') {
        return Err((PolicyErrorKind::RegexHoldsBackspace, whole));
    }
    // As written first, so that the place is right; then as it is meant.
    if let Err(error) = syntax::parse(pattern) {
        let text = error.to_string();
        let place = caret(pattern, &text).unwrap_or(whole);
        return Err((PolicyErrorKind::BadRegex { message: last_line(&text) }, place));
    }
    let ascii = with_ascii_classes(pattern);
    let parsed = match syntax::parse(&ascii) {
        Ok(parsed) => parsed,
        Err(error) => {
            let message = last_line(&error.to_string());
            return Err((PolicyErrorKind::BadRegex { message }, whole));
        }
    };
    if parsed.properties().minimum_len().is_none_or(|bytes| bytes == 0) {
        return Err((PolicyErrorKind::RegexMatchesEmpty, whole));
    }
    let too_big = || (PolicyErrorKind::RegexTooBig { max_kib: MAX_TABLE_KIB }, whole.clone());
    let build = |config: dense::Config, reverse: bool| {
        let config = config
            .minimize(true)
            .dfa_size_limit(Some(MAX_BUILD_BYTES))
            .determinize_size_limit(Some(MAX_BUILD_BYTES));
        let thompson =
            thompson::Config::new().reverse(reverse).nfa_size_limit(Some(MAX_BUILD_BYTES));
        let table = dense::Builder::new().configure(config).thompson(thompson).build(&ascii);
        // Nothing else can be wrong with a pattern that was read: no Unicode word
        // boundary is left in it.
        let table = table.map_err(|_| too_big())?;
        if table.memory_usage() > MAX_TABLE_KIB * 1024 { Err(too_big()) } else { Ok(table) }
    };
    Ok(Tables {
        forward: build(dense::Config::new().start_kind(StartKind::Unanchored), false)?,
        reverse: build(
            dense::Config::new().start_kind(StartKind::Anchored).match_kind(MatchKind::All),
            true,
        )?,
    })
}

/// The pattern with its Perl classes and word boundaries said in ASCII.
fn with_ascii_classes(pattern: &str) -> String {
    let mut ascii = String::with_capacity(pattern.len() + 16);
    let mut rest = pattern.chars();
    while let Some(c) = rest.next() {
        if c != '\\' {
            ascii.push(c);
            continue;
        }
        match rest.next() {
            Some('d') => ascii.push_str("[[:digit:]]"),
            Some('D') => ascii.push_str("[[:^digit:]]"),
            Some('s') => ascii.push_str("[[:space:]]"),
            Some('S') => ascii.push_str("[[:^space:]]"),
            Some('w') => ascii.push_str("[[:word:]]"),
            Some('W') => ascii.push_str("[[:^word:]]"),
            Some(boundary @ ('b' | 'B' | '<' | '>')) => {
                ascii.push_str("(?-u:\\");
                ascii.push(boundary);
                // `\b{start}` and its like.
                let braced = rest.as_str().split_inclusive('}').next().unwrap_or_default();
                let name = braced.strip_prefix('{').and_then(|name| name.strip_suffix('}'));
                if name.is_some_and(|name| name.starts_with(|c: char| c.is_ascii_alphabetic())) {
                    ascii.push_str(braced);
                    rest = rest.as_str().get(braced.len()..).unwrap_or_default().chars();
                }
                ascii.push(')');
            }
            Some(other) => ascii.extend(['\\', other]),
            None => ascii.push('\\'),
        }
    }
    ascii
}

/// The last line of the regex parser's text, without its "error: ".
fn last_line(text: &str) -> String {
    let line = text.lines().last().unwrap_or_default();
    line.strip_prefix("error: ").unwrap_or(line).to_owned()
}

/// Where the parser's own drawing points in a pattern of one line: the pattern stands
/// on the second line behind four spaces, the carets below it.
fn caret(pattern: &str, text: &str) -> Option<Range<usize>> {
    let mut lines = text.lines().skip(1);
    if lines.next()?.strip_prefix("    ")? != pattern {
        return None;
    }
    let notes = lines.next()?.strip_prefix("    ")?;
    let start = notes.find('^')?;
    let end = start + notes.get(start..)?.find(' ').unwrap_or(notes.len() - start);
    let byte =
        |column: usize| pattern.char_indices().nth(column).map_or(pattern.len(), |(byte, _)| byte);
    Some(byte(start)..byte(end))
}
