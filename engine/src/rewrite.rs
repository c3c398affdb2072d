//! Puts masks and replacements into a message.
//!
//! The text never gets longer than the message was, or than `max_content` says: a
//! replacement for which there is no room gives way to the mask.

use std::ops::Range;

use crate::fold::clusters;
use crate::settings::Settings;
use crate::{links, shape};

/// A part of the message to rewrite.
pub(crate) struct Edit<'a> {
    /// Bytes of the original.
    pub(crate) span: Range<usize>,
    /// Position of the rule: where edits overlap, the first rule's is done to both.
    pub(crate) rule: usize,
    /// What to put there; none: the mask.
    pub(crate) text: Option<&'a str>,
}

/// Rewrites `content`. What no edit covers is written in lower case or collapsed as told.
pub(crate) fn rewrite(
    content: &str,
    edits: Vec<Edit<'_>>,
    lowercase: bool,
    collapse: Option<u8>,
    settings: &Settings<'_>,
) -> String {
    let edits = merge(edits);
    let mut room = usize::from(settings.max_content).saturating_sub(content.chars().count());
    let mut out = String::with_capacity(content.len());
    let mut done = 0;
    // A link in lower case leads elsewhere.
    let mut links = Vec::new();
    if lowercase || collapse.is_some() {
        links::find(content, &mut |span, _| links.push(span));
    }
    let reshape = |text: &str| match (lowercase, collapse) {
        (false, None) => text.to_owned(),
        (true, None) => shape::lowercase(text),
        (false, Some(run)) => shape::collapse(text, run),
        (true, Some(run)) => shape::collapse(&shape::lowercase(text), run),
    };
    let keep = |out: &mut String, range: Range<usize>| {
        let mut from = range.start;
        let inside = links.iter().map(|link| link.start.max(range.start)..link.end.min(range.end));
        for link in inside.filter(|link| link.start < link.end) {
            out.push_str(&reshape(content.get(from..link.start).unwrap_or_default()));
            out.push_str(content.get(link.clone()).unwrap_or_default());
            from = link.end;
        }
        out.push_str(&reshape(content.get(from..range.end).unwrap_or_default()));
    };
    for edit in edits {
        keep(&mut out, done..edit.span.start);
        let matched = content.get(edit.span.clone()).unwrap_or_default();
        let available = matched.chars().count() + room;
        let replacement =
            edit.text.map(|text| (text, text.chars().count())).filter(|&(_, len)| len <= available);
        match replacement {
            Some((text, len)) => {
                out.push_str(text);
                room = available - len;
            }
            None => {
                let masks = clusters(matched);
                out.extend(std::iter::repeat_n(settings.mask, masks));
                room = available.saturating_sub(masks);
            }
        }
        done = edit.span.end;
    }
    keep(&mut out, done..content.len());
    out
}

/// Joins edits that overlap, so that no part of a match is left standing.
fn merge(mut edits: Vec<Edit<'_>>) -> Vec<Edit<'_>> {
    edits.sort_by_key(|edit| (edit.span.start, edit.rule));
    let mut merged: Vec<Edit<'_>> = Vec::with_capacity(edits.len());
    for edit in edits {
        match merged.last_mut() {
            Some(last) if edit.span.start < last.span.end => {
                last.span.end = last.span.end.max(edit.span.end);
                if edit.rule < last.rule {
                    last.rule = edit.rule;
                    last.text = edit.text;
                }
            }
            _ => merged.push(edit),
        }
    }
    merged
}
