//! `render`, `location` and `help`: faults as a person reads them.

use chatwarden_policy::error::{location, render};
use chatwarden_policy::{Level, PolicyError, PolicyErrorKind, Source, check, parse};
use proptest::prelude::*;

use crate::source;

/// Twenty faults, told in one run.
const TWENTY: &str = include_str!("twenty.toml");
const TWENTY_TOLD: &str = include_str!("twenty.txt");

#[test]
fn twenty_faults_are_told_in_one_run() {
    let source = source(TWENTY);
    let faults = parse(&source).unwrap_err();
    let errors = faults.iter().filter(|fault| fault.level() == Level::Error).count();
    let text = render(&source, &faults, false);
    assert_eq!(text, TWENTY_TOLD);
    assert_eq!(errors, 20);
}

#[test]
fn colours_are_drawn_where_asked_for() {
    let source = source(TWENTY);
    let (_, faults) = check(&source);
    assert!(!render(&source, &faults, false).contains('\u{1b}'));
    assert!(render(&source, &faults, true).contains("\u{1b}["));
    assert_eq!(render(&source, &[], true), "");
}

/// The word closest to a slip is offered; far from all of them, all are named.
#[test]
fn help_offers_what_was_meant() {
    for (text, expected) in [
        ("actoin = 'deny'", "did you mean `action`?"),
        ("Action = 'deny'", "did you mean `action`?"),
        ("action = 'denny'", "did you mean `deny`?"),
        (
            "action = 'blok'",
            "write one of `deny`, `mask`, `replace`, `lowercase`, `collapse`, `tag`, `allow`",
        ),
        ("lexicon = { packs = 'tset' }", "did you mean `test`?"),
        ("profiles = 'kids'", "the policy has no profiles; write one below `[[profile]]`"),
        ("links = { alow = 'x.org' }", "did you mean `allow`?"),
        ("links = { only = 'x.org' }", "write one of `allow`, `deny`"),
        ("terms = 7", "write `terms = [\"…\"]`"),
        (r"regex = 'a(?=b)'", "only what takes linear time: no look-around, no back-references"),
    ] {
        let (_, faults) = check(&source(&format!("[[rule]]\nid = 'x'\n{text}\n")));
        let help: Vec<_> = faults.iter().map(|fault| fault.kind.help()).collect();
        assert!(help.iter().any(|help| help == expected), "{text}: {help:?}");
    }
}

/// No text of the operator's can draw lines of its own, or fill the screen.
#[test]
fn text_is_shown_in_one_line() {
    let key = format!("\"a\\n\\u001b[31m{}\" = 1\n", "x".repeat(500));
    let (_, faults) = check(&source(&key));
    let words = faults[0].to_string();
    assert!(words.starts_with(r"unknown key `a\n\u{1b}[31mxxx"), "{words}");
    assert!(words.ends_with("x…` in the policy"), "{words}");
    assert!(words.chars().count() < 110, "{words}");
}

#[test]
fn places_are_counted_in_characters() {
    let source = source("가나다 = 1\r\n한\u{1f600}x\n");
    for (at, expected) in
        [(0, (1, 1)), (3, (1, 2)), (4, (1, 2)), (15, (2, 1)), (22, (2, 3)), (999, (2, 4))]
    {
        assert_eq!(location(&source, &(at..at)), expected, "byte {at}");
    }
}

proptest! {
    /// Whatever the text and the place, drawing does not panic, and the drawing names
    /// the place that `location` does.
    #[test]
    fn any_place_is_drawn(text in "[a-c가😀 \t\r\n\u{301}\u{0}\u{feff}]{0,40}", start in 0usize..60, len in 0usize..20) {
        let source = Source { name: "p".to_owned(), text };
        let fault = PolicyError { kind: PolicyErrorKind::NoRules, at: start..start + len };
        let drawn = render(&source, std::slice::from_ref(&fault), false);
        let (line, column) = location(&source, &fault.at);
        let place = format!("--> p:{line}:{column}\n");
        prop_assert!(drawn.contains(&place), "{place}{drawn}");
    }
}
