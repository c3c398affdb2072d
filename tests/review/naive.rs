//! The automaton and the verification against a search that anybody can check: over the
//! letters a, b, c, where no letter repeats, a term is a whole word or a word cut in two.

use std::collections::{BTreeSet, HashSet};
use std::ops::Range;
use std::path::Path;
use std::sync::LazyLock;

use chatwarden_engine::review::Scratch;
use proptest::prelude::*;
use unicode_normalization::UnicodeNormalization;

use crate::{Loaded, Message, cases, masking};

/// Terms with their standing, several to a policy: some hold others.
const SETS: [&[&str]; 5] = [
    &["ab", "abc", "bca", "cabc", "abcabc"],
    &["*ab*", "*abc", "cab*", "bacb"],
    &["ca*", "*ac", "*bcb*", "abab", "*cabac*"],
    &["ba", "*ba", "ba*", "*ba*"],
    &["*a*", "bcbcb", "*cbc*", "acac*", "cacb"],
];

static POLICIES: LazyLock<Vec<Loaded>> = LazyLock::new(|| SETS.map(|set| masking(set, "")).into());

/// Words that a cut must not leave on both sides, by language: without diacritics, and each
/// letter once.
static WORDS: LazyLock<Vec<HashSet<String>>> = LazyLock::new(|| {
    let lists = Path::new(env!("CARGO_MANIFEST_DIR")).join("lexicons/words");
    let words = |language| {
        let list = std::fs::read_to_string(lists.join(format!("{language}.txt"))).unwrap();
        list.lines().filter(|l| !l.starts_with('#')).map(folded).collect()
    };
    ["de", "en", "es", "fr", "it", "nl", "pt"].into_iter().map(words).collect()
});

fn folded(word: &str) -> String {
    let mut letters: Vec<char> = word.nfd().filter(|c| c.is_alphabetic()).collect();
    letters.dedup();
    letters.into_iter().collect()
}

/// Pieces of at least two letters, no letter twice in a row, between them a space or two.
fn text() -> impl Strategy<Value = String> {
    let piece = proptest::collection::vec(1usize..3, 2..7);
    let gap = prop_oneof![3 => Just(" "), 1 => Just("  ")];
    (0usize..3, proptest::collection::vec((piece, gap), 1..7)).prop_map(|(first, pieces)| {
        let mut letter = first;
        let mut text = String::new();
        for (steps, gap) in pieces {
            if !text.is_empty() {
                text.push_str(gap);
            }
            for step in steps {
                letter = (letter + step) % 3;
                text.push(char::from(b'a' + letter as u8));
            }
        }
        text
    })
}

/// Can the letters be read as a row of words?
fn is_of_words(letters: &str, words: &HashSet<String>) -> bool {
    letters.is_empty()
        || (1..=letters.len())
            .any(|end| words.contains(&letters[..end]) && is_of_words(&letters[end..], words))
}

/// Where a term stands, by trying every place.
fn naive(text: &str, term: &str) -> BTreeSet<(usize, usize)> {
    let (open_start, open_end) = (term.starts_with('*'), term.ends_with('*'));
    let term = term.trim_matches('*');
    let mut pieces: Vec<Range<usize>> = Vec::new();
    for (at, c) in text.char_indices().filter(|(_, c)| *c != ' ') {
        match pieces.last_mut() {
            Some(piece) if piece.end == at => piece.end += c.len_utf8(),
            _ => pieces.push(at..at + 1),
        }
    }
    let mut found = BTreeSet::new();
    for (i, piece) in pieces.iter().enumerate() {
        // Solid: all of it in one piece.
        for start in piece.clone() {
            let end = start + term.len();
            if end <= piece.end
                && &text[start..end] == term
                && (start == piece.start || open_start)
                && (end == piece.end || open_end)
            {
                found.insert((start, end));
            }
        }
        // Cut: several whole pieces, a single space between, no cut between two words.
        let mut letters = text[piece.clone()].to_owned();
        let mut cuts = Vec::new();
        let mut end = piece.end;
        for next in &pieces[i + 1..] {
            if next.start != end + 1 {
                break;
            }
            cuts.push(letters.len());
            letters.push_str(&text[next.clone()]);
            end = next.end;
            let leaves_words = |cut: &usize| {
                let (left, right) = term.split_at(*cut);
                WORDS.iter().any(|words| words.contains(left) && words.contains(right))
            };
            if letters == term
                && !cuts.iter().any(leaves_words)
                && !(cuts.len() > 1 && WORDS.iter().any(|words| is_of_words(term, words)))
            {
                found.insert((piece.start, end));
            }
        }
    }
    found
}

#[test]
fn the_naive_search_finds_what_it_should() {
    let found = |text, term| naive(text, term).into_iter().collect::<Vec<_>>();
    assert_eq!(found("abc ab abcab", "ab"), [(4, 6)]);
    assert_eq!(found("abc ab abcab", "ab*"), [(0, 2), (4, 6), (7, 9)]);
    assert_eq!(found("abc ab abcab", "*ab"), [(4, 6), (10, 12)]);
    assert_eq!(found("ab ca bc", "abca"), [(0, 5)]);
    assert_eq!(found("ab  ca", "abca"), []);
}

proptest! {
    #![proptest_config(cases(1500))]

    #[test]
    fn the_automaton_agrees_with_a_naive_search(text in text()) {
        for (set, loaded) in SETS.iter().zip(POLICIES.iter()) {
            let expected: BTreeSet<_> = set.iter().flat_map(|term| naive(&text, term)).collect();
            let message = Message { content: &text, ..Message::default() };
            let explanation =
                loaded.policy.explain(&message.request(), &mut Scratch::default());
            let found: BTreeSet<_> =
                explanation.findings.iter().map(|f| (f.span.start, f.span.end)).collect();
            prop_assert_eq!(&found, &expected, "{:?} in {:?}", set, &text);
            // A review leaves out what ends with a longer one.
            let decisive: BTreeSet<_> = explanation
                .review
                .matches
                .iter()
                .map(|m| (m.span.start, m.span.end))
                .collect();
            let longest = |&&(start, end): &&(usize, usize)| {
                !expected.iter().any(|&(from, to)| from < start && to == end)
            };
            prop_assert!(decisive.is_subset(&expected));
            prop_assert!(expected.iter().filter(longest).all(|span| decisive.contains(span)));
        }
    }
}
