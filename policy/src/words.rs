//! Common words of the languages that chats mix: what a term must not fall into when it is
//! cut. What is missing here shows as a false alarm across a space; see the lexicons'
//! README.

use std::collections::HashSet;
use std::ops::Range;

use chatwarden_engine::fold::{Run, fold_term};
use rustc_hash::FxHashMap;

/// English words. The common ones, which are the first list, are taken exactly, for most
/// disguises are written in English: `hoot` is another word than `hot`.
pub(crate) const ENGLISH: [&str; 2] =
    [include_str!("../lexicons/words/en.txt"), include_str!("../lexicons/words/en-long.txt")];
/// The short lists of the others are not, for terms are found with their letters doubled,
/// and so are the words they fall into.
const OTHERS: [&str; 6] = [
    include_str!("../lexicons/words/de.txt"),
    include_str!("../lexicons/words/es.txt"),
    include_str!("../lexicons/words/fr.txt"),
    include_str!("../lexicons/words/it.txt"),
    include_str!("../lexicons/words/nl.txt"),
    include_str!("../lexicons/words/pt.txt"),
];
/// The bit of English in a set of languages; those of the others follow.
const IN_ENGLISH: u8 = 1;

/// Common words, folded.
#[derive(Debug, Default)]
pub(crate) struct Words {
    exact: HashSet<Vec<u8>, rustc_hash::FxBuildHasher>,
    /// By their letters with each run of one as one: the languages that have such a word.
    deduped: FxHashMap<Vec<u8>, u8>,
}

impl Words {
    /// Are these letters a common English word?
    pub(crate) fn has(&self, letters: &[u8]) -> bool {
        self.exact.contains(letters)
    }
}

/// The words of all lists but these terms.
pub(crate) fn common_words(terms: &HashSet<&str>) -> Words {
    let terms: HashSet<Vec<u8>> = terms.iter().map(|term| letters(&fold_term(term))).collect();
    let words = |list: &'static str| {
        let lines = list.lines().filter(|line| !line.starts_with('#'));
        lines.map(|word| letters(&fold_term(word))).filter(|word| !terms.contains(word))
    };
    let mut deduped = FxHashMap::default();
    for (bit, list) in (1..).zip(OTHERS) {
        for mut word in words(list) {
            word.dedup();
            *deduped.entry(word).or_default() |= IN_ENGLISH << bit;
        }
    }
    let [english, _] = ENGLISH;
    Words { exact: words(english).collect(), deduped }
}

/// The letters of all runs.
fn letters(runs: &[Run]) -> Vec<u8> {
    runs.iter().flat_map(|run| run.symbols.repeat(run.letters)).collect()
}

/// The letters of a term, among which words are looked for.
pub(crate) struct Cuts<'w> {
    words: &'w Words,
    letters: Vec<u8>,
    /// The same with each run of a letter as one.
    deduped: Vec<u8>,
    /// For each letter the index of its run in that.
    run_of: Vec<usize>,
}

impl<'w> Cuts<'w> {
    pub(crate) fn new(runs: &[Run], words: &'w Words) -> Self {
        let letters = letters(runs);
        let (mut deduped, mut run_of) = (Vec::new(), Vec::new());
        for &letter in &letters {
            if deduped.last() != Some(&letter) {
                deduped.push(letter);
            }
            run_of.push(deduped.len() - 1);
        }
        Self { words, letters, deduped, run_of }
    }

    /// The languages in which these letters are a word.
    fn languages(&self, range: Range<usize>) -> u8 {
        let Words { exact, deduped } = self.words;
        let english = self.letters.get(range.clone()).is_some_and(|word| exact.contains(word));
        let runs = || {
            let (first, last) = (self.run_of.get(range.start)?, self.run_of.get(range.end - 1)?);
            self.deduped.get(*first..=*last)
        };
        let others = runs().and_then(|word| deduped.get(word)).copied().unwrap_or_default();
        if english { others | IN_ENGLISH } else { others }
    }

    /// Does cutting here leave no two words of one language? Where a letter stands on both
    /// sides of the cut, `right` begins before `left` ends.
    pub(crate) fn splits(&self, left: usize, right: usize) -> bool {
        let len = self.letters.len();
        if left == 0 || right == len {
            return true;
        }
        let before = self.languages(0..left);
        before == 0 || before & self.languages(right..len) == 0
    }

    /// Can all of it be read as a row of two and more words of one language (`so do my`)?
    pub(crate) fn is_of_words(&self) -> bool {
        let len = self.letters.len();
        // For each letter the languages in which a row of words ends before it.
        let mut reachable = vec![0u8; len + 1];
        if let Some(start) = reachable.first_mut() {
            *start = u8::MAX;
        }
        for start in 0..len {
            let languages = reachable.get(start).copied().unwrap_or_default();
            if languages == 0 {
                continue;
            }
            for end in (start + 1..=len).filter(|&end| (start, end) != (0, len)) {
                if let Some(reached) = reachable.get_mut(end) {
                    *reached |= languages & self.languages(start..end);
                }
            }
        }
        len > 0 && reachable.last().is_some_and(|&languages| languages != 0)
    }
}
