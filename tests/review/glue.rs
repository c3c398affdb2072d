//! Terms in words that are else made of glue, and words that only look so.

use crate::{masking, table};

/// What chats put before and after a word hides no term.
#[test]
fn a_term_in_glue_is_found() {
    let policy = masking(&["heck", "darn"], "");
    table(
        &policy,
        &[
            ("before", "omgheck", "rewrite: omg****"),
            ("after", "heckguy", "rewrite: ****guy"),
            ("both", "such a theheckguy today", "rewrite: such a the****guy today"),
            ("several words of it", "whattheheckareyou", "rewrite: whatthe****areyou"),
            ("a run of letters", "xXheckXx", "rewrite: xX****Xx"),
            ("digits", "theheck99 2theheck", "rewrite: the****99 2the****"),
            ("vague beside sure", "hisheckguy", "rewrite: his****guy"),
            ("drawn out glue", "yooooheckguyyy", "rewrite: yoooo****guyyy"),
            ("drawn out term", "omgheeeeck", "rewrite: omg*******"),
            ("a letter of both", "darnnow", "rewrite: ****now"),
            ("leet", "th3h3ckguy", "rewrite: th3****guy"),
            ("full-width", "ｏｍｇｈｅｃｋ", "rewrite: ｏｍｇ****"),
            ("look-alikes", "omgh\u{435}\u{441}klol", "rewrite: omg****lol"),
            ("zero-width", "o\u{200b}m\u{200b}gh\u{200b}eck", "rewrite: o\u{200b}m\u{200b}g****"),
            ("beside Hangul", "안녕omgheck", "rewrite: 안녕omg****"),
        ],
    );
}

/// Anything else makes a word of it.
#[test]
fn other_words_are_let_be() {
    let policy = masking(&["heck", "darn"], "");
    let long = format!("{}heck", "the".repeat(40));
    table(
        &policy,
        &[
            ("a word", "check heckler", "allow"),
            ("half glue", "thecheck heckleryou", "allow"),
            ("vague alone", "hisheck heckman manheckman", "allow"),
            ("glue on one side alone", "omgheckler", "allow"),
            ("all drawn out", "oommgghheecckk", "allow"),
            ("hidden", "omgh*ck", "allow"),
            ("cut", "omghe ck", "allow"),
            ("too much of it", long.as_str(), "allow"),
        ],
    );
}

/// A short term is one as it is written alone.
#[test]
fn a_short_term_takes_no_disguise_in_glue() {
    let policy = masking(&["bum"], "");
    table(
        &policy,
        &[
            ("plain", "thebumguy", "rewrite: the***guy"),
            ("drawn out", "thebuuumguy", "allow"),
            ("leet", "the8umguy", "allow"),
        ],
    );
}

/// An exception holds in glue, as a word of its own; without stars, or with much to tell it by.
#[test]
fn an_exception_in_glue_spares() {
    let policy = masking(&["*heck*"], "except = ['check', 'heckle*']");
    table(
        &policy,
        &[
            ("word", "omgcheckguy", "allow"),
            ("another", "omgchecksguy", "rewrite: omgc****sguy"),
            ("no glue", "zipcheck", "rewrite: zipc****"),
            ("open", "theheckler", "allow"),
        ],
    );
}

/// Where stars ask for more, glue is no reason to except it.
#[test]
fn an_open_side_needs_no_glue() {
    let policy = masking(&["her*", "*self"], "");
    table(
        &policy,
        &[
            ("after", "hero here herself", "rewrite: ***o ***e *******"),
            ("before", "myself ourself", "rewrite: my**** our****"),
        ],
    );
}

/// What a policy's own terms make with glue may be an ordinary word: it is excepted.
#[test]
fn ordinary_words_are_exceptions() {
    let policy = masking(&["self", "bid"], "");
    table(
        &policy,
        &[
            ("term", "omgself", "rewrite: omg****"),
            ("words", "myself yourself forbid", "allow"),
            ("words in glue", "omgherselflol", "allow"),
            ("capitals", "MYSELF", "allow"),
            ("cut", "my self", "rewrite: my ****"),
        ],
    );
}
