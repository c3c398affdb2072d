//! Terms that may stand in glue (`theheckguy`), and the ordinary words that look so.

use std::collections::BTreeSet;

use chatwarden_engine::fold::fold_term;
use chatwarden_engine::glue::is_glued;
use rustc_hash::FxHashMap;

use crate::words::ENGLISH;

/// The fewest letters of a term that is looked for in glue.
const FEWEST: usize = 3;

/// The letters of a term that is looked for in glue; None for one that is not: one of few
/// letters, of more words than one, or not of Latin letters.
pub(crate) fn glued(text: &str) -> Option<Vec<u8>> {
    // Most are, and fold to themselves.
    if text.len() >= FEWEST && text.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return Some(text.as_bytes().to_vec());
    }
    let runs = fold_term(text);
    let is_latin = runs.iter().all(|run| {
        run.digit.is_none() && matches!(&*run.symbols, [symbol] if symbol.is_ascii_lowercase())
    });
    let letters: Vec<u8> = runs.iter().flat_map(|run| run.symbols.repeat(run.letters)).collect();
    let is_one_word = !runs.iter().any(|run| run.word_before || run.word_inside);
    (is_latin && is_one_word && letters.len() >= FEWEST).then_some(letters)
}

/// Common English words that are one of these terms in glue: the term, the word, and on which
/// sides of the term there is glue.
pub(crate) fn innocent<T: Ord + Copy>(
    terms: &FxHashMap<Vec<u8>, Vec<T>>,
) -> BTreeSet<(T, &'static str, [bool; 2])> {
    let mut found = BTreeSet::new();
    let words = ENGLISH.iter().flat_map(|list| list.lines());
    for word in words.filter(|word| !word.starts_with('#') && word.len() > FEWEST) {
        let letters = word.as_bytes();
        for from in 0..=letters.len() - FEWEST {
            for to in from + FEWEST..=letters.len() {
                let term = letters.get(from..to).and_then(|letters| terms.get(letters));
                let sides = [from > 0, to < letters.len()];
                let is_more = |_: &&Vec<T>| sides.contains(&true) && is_glued(letters, from, to);
                if let Some(of) = term.filter(is_more) {
                    found.extend(of.iter().map(|&term| (term, word, sides)));
                }
            }
        }
    }
    found
}
