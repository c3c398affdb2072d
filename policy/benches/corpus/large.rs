//! A policy as large as it is asked for, of words that mean nothing.

use std::fmt::Write as _;

/// As many terms as one rule is given.
const TERMS_OF_A_RULE: usize = 10_000;
const CONSONANTS: &[u8] = b"bdklmnprtvz";
const VOWELS: &[u8] = b"aeiou";
/// Syllables of a word.
const SYLLABLES: usize = 4;

/// The text of a policy of so many terms and so many regular expressions.
pub(crate) fn large_policy(terms: usize, regexes: usize) -> String {
    let mut text = String::new();
    for first in (0..terms).step_by(TERMS_OF_A_RULE) {
        let words: Vec<String> = (first..terms.min(first + TERMS_OF_A_RULE)).map(word).collect();
        write_rule(&mut text, &format!("terms-{first}"), "terms", &words);
    }
    let expressions: Vec<String> =
        (0..regexes).map(|n| format!("order {n}[0-9]{{4}}-[a-z]+")).collect();
    if !expressions.is_empty() {
        write_rule(&mut text, "expressions", "regex", &expressions);
    }
    text
}

fn write_rule(text: &mut String, id: &str, key: &str, values: &[String]) {
    writeln!(text, "[[rule]]\nid = \"{id}\"\n{key} = {values:?}\naction = \"mask\"\n").unwrap();
}

/// Another word for every number below nine million.
fn word(number: usize) -> String {
    let pairs = CONSONANTS.len() * VOWELS.len();
    // A prime that divides no power of `pairs`: neighbours in number do not begin alike.
    let mut rest = number * 48_271 % pairs.pow(SYLLABLES as u32);
    let mut letters = String::new();
    for _ in 0..SYLLABLES {
        for alphabet in [CONSONANTS, VOWELS] {
            letters.extend(alphabet.get(rest % alphabet.len()).copied().map(char::from));
            rest /= alphabet.len();
        }
    }
    letters
}
