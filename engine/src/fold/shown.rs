//! What a reader sees of text that is written backwards: characters between an override to
//! the left (U+202E) and its end stand in reverse. Order is all that is undone here; of the
//! rest of Unicode's rules on direction letters of the alphabet, as people use them to hide
//! a word, need nothing.

use std::ops::Range;

use super::hangul::{Hangul, hangul, is_conjoining};
use super::table::{self, Kind};

/// The override that turns what follows it.
pub(super) const OVERRIDE: char = '\u{202e}';

/// The end of an embedding or override, and that of an isolate.
const POP: char = '\u{202c}';
const POP_ISOLATE: char = '\u{2069}';

/// A piece of the shown text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Piece {
    /// First byte in the shown text.
    shown: usize,
    /// First byte in the original.
    original: usize,
    len: usize,
}

/// The text as it is shown, and where its pieces come from. What is turned is in pieces of
/// one character and its marks.
pub(crate) fn shown(text: &str) -> (String, Vec<Piece>) {
    let mut shown = String::with_capacity(text.len());
    let mut pieces = Vec::new();
    let mut rest = 0;
    while let Some(start) = text.get(rest..).and_then(|t| t.find(OVERRIDE)).map(|at| rest + at) {
        let from = start + OVERRIDE.len_utf8();
        let turned = text.get(from..).unwrap_or_default();
        let to = from + end_of_override(turned);
        put(text, rest..from, &mut shown, &mut pieces);
        let mut end = to;
        for (at, c) in text.get(from..to).unwrap_or_default().char_indices().rev() {
            if at == 0 || !belongs_to_the_letter_before(c) {
                put(text, from + at..end, &mut shown, &mut pieces);
                end = from + at;
            }
        }
        rest = to;
    }
    put(text, rest..text.len(), &mut shown, &mut pieces);
    (shown, pieces)
}

fn put(text: &str, range: Range<usize>, shown: &mut String, pieces: &mut Vec<Piece>) {
    let Some(piece) = text.get(range.clone()).filter(|piece| !piece.is_empty()) else { return };
    pieces.push(Piece { shown: shown.len(), original: range.start, len: piece.len() });
    shown.push_str(piece);
}

/// A mark, or a later part of a decomposed Hangul syllable.
fn belongs_to_the_letter_before(c: char) -> bool {
    !c.is_ascii()
        && (table::entry(c).kind() == Kind::Mark
            || is_conjoining(c) && !matches!(hangul(c), Hangul::Initial(_)))
}

/// Where an override ends that stands before this text. Another control of direction begins
/// something else, unless it ends again with nothing in it.
fn end_of_override(text: &str) -> usize {
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            POP | '\n' | '\u{2029}' => return at,
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2068}' => {
                let mut depth = 1;
                while depth > 0 {
                    match chars.next() {
                        Some((_, POP | POP_ISOLATE)) => depth -= 1,
                        Some((_, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2068}')) => depth += 1,
                        Some((_, c)) if !c.is_alphanumeric() => {}
                        _ => return at,
                    }
                }
            }
            // The end of an isolate that does not begin here is nothing.
            _ => {}
        }
    }
    text.len()
}

/// Where bytes of the shown text stand in the original: all that lies between the first and
/// the last of them.
pub(crate) fn original(pieces: &[Piece], span: Range<usize>) -> Range<usize> {
    // They stand in the order in which they are shown.
    let first = pieces.partition_point(|p| p.shown + p.len <= span.start);
    let of = pieces.get(first..).unwrap_or_default().iter().take_while(|p| p.shown < span.end);
    let ends = of.map(|piece| {
        let inside = |at: usize| at.saturating_sub(piece.shown).min(piece.len);
        piece.original + inside(span.start)..piece.original + inside(span.end)
    });
    ends.reduce(|a, b| a.start.min(b.start)..a.end.max(b.end)).unwrap_or(span)
}
