//! Terms as they are written in policies and lexicons: `heck`, `heck*`, `*heck*`,
//! `what the heck`.

use chatwarden_engine::fold::fold_term;

use crate::error::TermFault;
use crate::policy::TermPattern;

/// The most characters of a term: as jamo, five for a Hangul syllable at most, they fit
/// into the 255 symbols of the compiled form.
pub(crate) const MAX_TERM_CODE_POINTS: usize = 50;

/// Reads one term: stars say how it may stand, blanks between words count as one space.
///
/// # Errors
/// Why it could never be found.
pub(crate) fn pattern(written: &str) -> Result<TermPattern, TermFault> {
    let trimmed = written.trim();
    let (rest, open_start) = match trimmed.strip_prefix('*') {
        Some(rest) => (rest, true),
        None => (trimmed, false),
    };
    let (rest, open_end) = match rest.strip_suffix('*') {
        Some(rest) => (rest, true),
        None => (rest, false),
    };
    if !rest.contains(char::is_alphanumeric) {
        return Err(TermFault::NoLetter);
    }
    if rest.contains('*') || rest.trim() != rest {
        return Err(TermFault::StarInside);
    }
    let text = rest.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.chars().count() > MAX_TERM_CODE_POINTS {
        return Err(TermFault::TooLong);
    }
    if fold_term(&text).is_empty() {
        return Err(TermFault::NoLetter);
    }
    Ok(TermPattern { text, open_start, open_end })
}
