//! English: plurals, verbs and comparison.

use crate::lexicon::TermOptions;

/// Adds the inflected forms of `text` as its options say.
pub(super) fn forms(text: &str, options: TermOptions, add: &mut dyn FnMut(String)) {
    let sibilant = ["s", "x", "z", "ch", "sh"].iter().any(|end| text.ends_with(end));
    let y_stem = text.strip_suffix('y').filter(|stem| !stem.ends_with(is_vowel));
    if options.noun || options.verb {
        match y_stem {
            Some(stem) => add(format!("{stem}ies")),
            None if sibilant => add(format!("{text}es")),
            None => add(format!("{text}s")),
        }
    }
    if options.verb {
        let e_stem = text.strip_suffix('e').filter(|stem| !stem.ends_with(['e', 'o', 'y']));
        let stem = match e_stem {
            Some(stem) => stem.to_owned(),
            None => doubled(text),
        };
        for ending in ["ing", "in"] {
            add(format!("{stem}{ending}"));
        }
        let soft = y_stem.map_or(stem, |stem| format!("{stem}i"));
        for ending in ["ed", "er", "ers"] {
            add(format!("{soft}{ending}"));
        }
    }
    if options.adjective {
        let stem = match (text.strip_suffix('e'), y_stem) {
            (Some(stem), _) => stem.to_owned(),
            (None, Some(stem)) => format!("{stem}i"),
            (None, None) => doubled(text),
        };
        for ending in ["er", "est"] {
            add(format!("{stem}{ending}"));
        }
    }
}

/// The stem with its last consonant doubled, where one vowel stands before it.
fn doubled(text: &str) -> String {
    let mut letters = text.chars().rev();
    let (last, vowel, before) = (letters.next(), letters.next(), letters.next());
    let doubles = match (last, vowel, before) {
        (Some(last), Some(vowel), before) => {
            last.is_ascii_lowercase()
                && !is_vowel(last)
                && !matches!(last, 'w' | 'x' | 'y')
                && is_vowel(vowel)
                && before.is_none_or(|c| !is_vowel(c))
        }
        _ => false,
    };
    match last {
        Some(last) if doubles => format!("{text}{last}"),
        _ => text.to_owned(),
    }
}

fn is_vowel(c: char) -> bool {
    matches!(c, 'a' | 'e' | 'i' | 'o' | 'u')
}
