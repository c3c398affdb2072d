//! How output looks: errors, counts, messages and what was found in them, as text and
//! colour. Knows nothing of policies beyond their faults.

use std::ops::Range;

use anyhow::Context;
use serde::Serialize;
use unicode_width::UnicodeWidthChar;

use crate::policy_file::Faulty;
use crate::streams::Streams;

/// Colours by what they mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Colour {
    /// Denied, or wrong.
    Red,
    /// Rewritten.
    Yellow,
    /// Allowed.
    Green,
    /// Beside the point.
    Dim,
}

/// `text` in a colour, or plain.
pub(crate) fn paint(text: &str, colour: Colour, coloured: bool) -> String {
    let code = match colour {
        Colour::Red => "1;31",
        Colour::Yellow => "1;33",
        Colour::Green => "32",
        Colour::Dim => "2",
    };
    if coloured { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
}

/// Tells why a command could not do what it was asked: the faults of a policy first,
/// where those are the reason, then the error and what led to it on one line.
pub(crate) fn error(error: &anyhow::Error, streams: &mut Streams) {
    if let Some(Faulty { source, faults }) = error.downcast_ref() {
        let shown = chatwarden_policy::error::render(source, faults, streams.talk_colour);
        let _ = writeln!(streams.talk, "{}\n", shown.trim_end());
    }
    let word = paint("error:", Colour::Red, streams.talk_colour);
    // Nobody is left to be told that stderr is broken.
    let _ = writeln!(streams.talk, "{word} {error:#}");
}

/// Prints one line of `--output json`.
pub(crate) fn json_line(value: &impl Serialize, streams: &mut Streams) -> anyhow::Result<()> {
    let mut line = serde_json::to_vec(value).context("could not write JSON")?;
    line.push(b'\n');
    Ok(streams.out.write_all(&line)?)
}

/// Attributes that rules attach: `spoiler=yes, topic=music`.
pub(crate) fn tags(tags: &[(&str, &str)]) -> String {
    let tags: Vec<String> = tags.iter().map(|(key, value)| format!("{key}={value}")).collect();
    tags.join(", ")
}

/// Rows as lines, each column as wide as its widest cell, which must be of letters one
/// column wide.
pub(crate) fn columns(rows: &[Vec<String>]) -> Vec<String> {
    let mut widths: Vec<usize> = Vec::new();
    for row in rows {
        widths.resize(widths.len().max(row.len()), 0);
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    rows.iter()
        .map(|row| {
            let cells: Vec<String> =
                row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
            cells.join("  ").trim_end().to_owned()
        })
        .collect()
}

/// `1 rule`, `12,345 rules`.
pub(crate) fn count(number: usize, thing: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {thing}{plural}", grouped(number))
}

/// `12,345`.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `512 bytes`, `3.4 KiB`, `1.2 MiB`.
pub(crate) fn size(bytes: usize) -> String {
    let (kib, bytes_shown) = (bytes as f64 / 1024.0, count(bytes, "byte"));
    match bytes {
        0..1024 => bytes_shown,
        1024..1_048_576 => format!("{kib:.1} KiB"),
        _ => format!("{:.1} MiB", kib / 1024.0),
    }
}

/// `text` with everything that the eye would miss, or the terminal obey, written out:
/// `⟨U+200B⟩`.
pub(crate) fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        push_visible(&mut shown, c);
    }
    shown
}

fn push_visible(shown: &mut String, c: char) {
    if is_invisible(c) {
        shown.push_str(&format!("⟨U+{:04X}⟩", u32::from(c)));
    } else {
        shown.push(c);
    }
}

/// Control characters, line and paragraph separators, and what Unicode calls default
/// ignorable. Source: `DerivedCoreProperties.txt`, `Default_Ignorable_Code_Point`.
fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{FFF9}'..='\u{FFFB}')
        || matches!(c,
            '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
            | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}'
            | '\u{FFA0}' | '\u{FFF0}'..='\u{FFF8}' | '\u{1BCA0}'..='\u{1BCA3}'
            | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}')
}

/// A place in a message that is worth a line below it.
#[derive(Debug, Clone)]
pub(crate) struct Mark {
    /// Bytes of the message.
    pub(crate) span: Range<usize>,
    /// What the line is drawn with.
    pub(crate) stroke: char,
    /// How the line is coloured.
    pub(crate) colour: Colour,
    /// Stands below the line.
    pub(crate) label: String,
}

/// One character of a message as it is shown.
struct Cell {
    /// Byte of the message at which it begins.
    at: usize,
    shown: String,
    columns: usize,
}

/// A message in lines of at most `columns` columns, with marks below what they span;
/// marks that would touch stand below each other. Counts columns as terminals do: a
/// Hangul syllable takes two, a combining mark none.
pub(crate) fn underlined(
    text: &str,
    marks: &[Mark],
    columns: usize,
    coloured: bool,
) -> Vec<String> {
    let mut lines = Vec::new();
    for cells in wrapped(text, columns) {
        lines.push(cells.iter().map(|cell| cell.shown.as_str()).collect());
        // Rows of marks, and the column from which each row is free.
        let mut rows: Vec<(usize, String, String)> = Vec::new();
        for mark in marks {
            let Some((from, to)) = columns_of(&mark.span, &cells) else { continue };
            let row = match rows.iter().position(|(free, ..)| *free <= from) {
                Some(row) => row,
                None => {
                    rows.push((0, String::new(), String::new()));
                    rows.len() - 1
                }
            };
            let Some((free, strokes, labels)) = rows.get_mut(row) else { continue };
            let gap = " ".repeat(from - *free);
            let label_columns = mark.label.chars().count();
            let until = to.max(from + label_columns) + 1;
            strokes.push_str(&gap);
            strokes.push_str(&paint(
                &mark.stroke.to_string().repeat(to - from),
                mark.colour,
                coloured,
            ));
            strokes.push_str(&" ".repeat(until - to));
            labels.push_str(&gap);
            labels.push_str(&paint(&mark.label, mark.colour, coloured));
            labels.push_str(&" ".repeat(until - from - label_columns));
            *free = until;
        }
        for (_, strokes, labels) in rows {
            lines.push(strokes.trim_end().to_owned());
            lines.push(labels.trim_end().to_owned());
        }
    }
    lines
}

/// The columns that a span takes on a line, at least one; none if it is not on it.
fn columns_of(span: &Range<usize>, cells: &[Cell]) -> Option<(usize, usize)> {
    let mut found: Option<(usize, usize)> = None;
    let mut column = 0;
    for cell in cells {
        if span.contains(&cell.at) {
            let (from, to) = found.unwrap_or((column, column));
            found = Some((from, to.max(column + cell.columns)));
        }
        column += cell.columns;
    }
    found.map(|(from, to)| (from, to.max(from + 1)))
}

/// Breaks a message into lines, after a space where there is one.
fn wrapped(text: &str, columns: usize) -> Vec<Vec<Cell>> {
    let mut lines = Vec::new();
    let mut line: Vec<Cell> = Vec::new();
    let mut taken = 0;
    for (at, c) in text.char_indices() {
        let mut shown = String::new();
        push_visible(&mut shown, c);
        let cell = Cell { at, columns: shown.chars().filter_map(char::width).sum(), shown };
        if taken + cell.columns > columns && !line.is_empty() {
            let space = line.iter().rposition(|cell| cell.shown == " ");
            let rest = line.split_off(space.map_or(line.len(), |space| space + 1));
            taken = rest.iter().map(|cell| cell.columns).sum();
            lines.push(std::mem::replace(&mut line, rest));
        }
        taken += cell.columns;
        line.push(cell);
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(text: &str, part: &str, label: &str) -> Mark {
        let start = text.find(part).unwrap();
        Mark {
            span: start..start + part.len(),
            stroke: '^',
            colour: Colour::Red,
            label: label.to_owned(),
        }
    }

    #[test]
    fn marks_stand_below_what_they_span() {
        for (name, text, parts, expected) in [
            ("plain", "oh heck no", vec!["heck"], vec!["oh heck no", "   ^^^^", "   1"]),
            (
                "hangul takes two columns",
                "이런 heck",
                vec!["heck"],
                vec!["이런 heck", "     ^^^^", "     1"],
            ),
            ("a wide match", "a 이런", vec!["이런"], vec!["a 이런", "  ^^^^", "  1"]),
            (
                "invisible characters are shown",
                "h\u{200B}e",
                vec!["h\u{200B}e"],
                vec!["h⟨U+200B⟩e", "^^^^^^^^^^", "1"],
            ),
            (
                "combining marks take none",
                "he\u{301}ck x",
                vec!["x"],
                vec!["he\u{301}ck x", "     ^", "     1"],
            ),
            (
                "two on one row",
                "heck darn",
                vec!["heck", "darn"],
                vec!["heck darn", "^^^^ ^^^^", "1    2"],
            ),
            (
                "what overlaps stands below",
                "heckle",
                vec!["heckle", "heck"],
                vec!["heckle", "^^^^^^", "1", "^^^^", "2"],
            ),
        ] {
            let marks: Vec<Mark> =
                parts.iter().zip(["1", "2"]).map(|(part, label)| mark(text, part, label)).collect();
            assert_eq!(underlined(text, &marks, 80, false), expected, "{name}");
        }
    }

    #[test]
    fn long_messages_are_broken_at_spaces_and_marked_on_each_line() {
        let text = "one two three";
        let marks = [mark(text, "two three", "1")];
        let expected = ["one two ", "    ^^^^", "    1", "three", "^^^^^", "1"];
        assert_eq!(underlined(text, &marks, 9, false), expected);
        assert_eq!(underlined("abcdef", &[], 4, false), ["abcd", "ef"]);
        assert_eq!(underlined("", &[], 4, false), [""]);
    }

    #[test]
    fn terminals_are_not_handed_what_they_would_obey() {
        assert_eq!(visible("a\x1b[2Jb\u{202E}c\n"), "a⟨U+001B⟩[2Jb⟨U+202E⟩c⟨U+000A⟩");
        assert_eq!(visible("좋아요 ❤ naïve"), "좋아요 ❤ naïve");
    }

    #[test]
    fn numbers_are_grouped_and_sizes_short() {
        let numbers = [0, 999, 1_000, 1_234_567].map(grouped);
        assert_eq!(numbers, ["0", "999", "1,000", "1,234,567"]);
        let sizes = [1, 512, 2_048, 3 << 20].map(size);
        assert_eq!(sizes, ["1 byte", "512 bytes", "2.0 KiB", "3.0 MiB"]);
    }
}
