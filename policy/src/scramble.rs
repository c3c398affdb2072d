//! A word with its letters out of place: what fingers make of it, and what people write to
//! get past a filter. Not done to every term: the fewer letters a word has, the likelier it
//! is another one afterwards.

/// Vowels are left out of words that have this many letters.
const LONG: usize = 5;

/// The word with two neighbouring letters swapped (`hekc`), backwards (`kceh`), and, of the
/// term itself and not its forms, if it is long enough, with one vowel left out. Its first
/// letter stays where it can.
pub(crate) fn scrambled(word: &str, is_form: bool) -> Vec<String> {
    let letters: Vec<char> = word.chars().collect();
    let mut found = vec![letters.iter().rev().collect()];
    for at in 1..letters.len().saturating_sub(1) {
        let mut swapped = letters.clone();
        swapped.swap(at, at + 1);
        found.push(swapped.into_iter().collect());
        let is_vowel = letters.get(at).is_some_and(|c| matches!(c, 'a' | 'e' | 'i' | 'o' | 'u'));
        if is_vowel && !is_form && letters.len() >= LONG {
            let mut short = letters.clone();
            short.remove(at);
            found.push(short.into_iter().collect());
        }
    }
    found.retain(|form: &String| form != word);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_out_of_place() {
        assert_eq!(scrambled("heck", false).join(" "), "kceh hcek hekc");
        assert_eq!(scrambled("blast", false).join(" "), "tsalb balst blsat blst blats");
        assert_eq!(scrambled("blast", true).join(" "), "tsalb balst blsat blats");
        assert_eq!(scrambled("doom", false).join(" "), "mood domo");
    }
}
