//! German: nouns, verbs and adjectives, and umlauts written as two letters.
//!
//! What folds away is not told apart: `ä` is also found as `a`, `ß` as `ss`. Strong verbs
//! are not known here; their other stems are listed. Nor are compounds: stars are for them.

use crate::lexicon::TermOptions;

/// Endings of an adjective, and of a participle as one.
const ADJECTIVE: [&str; 5] = ["e", "em", "en", "er", "es"];
/// With these in front, a participle takes no `ge`.
const INSEPARABLE: [&str; 5] = ["be", "ent", "er", "ver", "zer"];
/// These stand apart from the verb; `ge` and `zu` come between.
const SEPARABLE: [&str; 10] =
    ["ab", "an", "auf", "aus", "durch", "ein", "herum", "rum", "voll", "zu"];

/// Adds the inflected forms of `text` as its options say, each also with umlauts written
/// as two letters (`trösten`, `troesten`).
pub(super) fn forms(text: &str, options: TermOptions, add: &mut dyn FnMut(String)) {
    let mut add = |form: String| {
        let spelled_out = spelled_out(&form);
        add(form);
        add(spelled_out);
    };
    add(text.to_owned());
    if options.noun {
        noun(text, &mut add);
    }
    if options.verb {
        verb(text, &mut add);
    }
    if options.adjective {
        adjective(text, &mut add);
    }
}

/// Cases and plurals; of those who do something (`-er`) also women.
fn noun(text: &str, add: &mut dyn FnMut(String)) {
    let ends = |endings: &[&str]| endings.iter().any(|end| text.ends_with(end));
    let endings: &[&str] = if ends(&["er"]) {
        &["s", "n", "in", "innen"]
    } else if ends(&["el"]) {
        &["s", "n"]
    } else if ends(&["e"]) {
        &["n"]
    } else if ends(&["in"]) {
        &["nen"]
    } else if ends(&["a", "i", "o", "y"]) {
        &["s"]
    } else {
        // Which plural it is cannot be told; one with an umlaut is found without as well.
        let stem = umlaut(text);
        for ending in ["e", "en", "er", "ern"] {
            add(format!("{stem}{ending}"));
        }
        if ends(&["s", "ß", "x", "z"]) { &["es"] } else { &["s", "es"] }
    };
    for ending in endings {
        add(format!("{text}{ending}"));
    }
}

/// A weak verb, from its infinitive.
fn verb(text: &str, add: &mut dyn FnMut(String)) {
    let Some(stem) = text.strip_suffix("en").or_else(|| text.strip_suffix('n')) else { return };
    add(stem.to_owned());
    let link = if stem.ends_with(['t', 'd']) { "e" } else { "" };
    for ending in ["st", "t", "te", "test", "ten", "tet"] {
        add(format!("{stem}{link}{ending}"));
    }
    add(format!("{stem}e"));
    let separable = SEPARABLE.iter().find_map(|prefix| Some((*prefix, stem.strip_prefix(prefix)?)));
    let past = match separable {
        Some((prefix, rest)) => {
            let infinitive = text.strip_prefix(prefix).unwrap_or_default();
            add(format!("{prefix}zu{infinitive}"));
            format!("{prefix}ge{rest}{link}t")
        }
        None if INSEPARABLE.iter().any(|prefix| stem.starts_with(prefix)) => {
            format!("{stem}{link}t")
        }
        None => format!("ge{stem}{link}t"),
    };
    for participle in [past, format!("{text}d")] {
        for ending in ADJECTIVE {
            add(format!("{participle}{ending}"));
        }
        add(participle);
    }
}

/// Endings, and the same after comparative and superlative.
fn adjective(text: &str, add: &mut dyn FnMut(String)) {
    let stem = text.strip_suffix('e').unwrap_or(text);
    let hissing = ["s", "ß", "x", "z", "sch", "t", "d"].iter().any(|end| stem.ends_with(end));
    let superlative = if hissing { "est" } else { "st" };
    for degree in ["", "er", superlative] {
        for ending in ADJECTIVE {
            add(format!("{stem}{degree}{ending}"));
        }
    }
}

/// The word with an umlaut for its last vowel, if that vowel has one.
fn umlaut(text: &str) -> String {
    let is_vowel = |c: char| matches!(c, 'a' | 'e' | 'i' | 'o' | 'u' | 'y' | 'ä' | 'ö' | 'ü');
    let Some((before, rest)) = text.rfind(is_vowel).and_then(|at| text.split_at_checked(at)) else {
        return text.to_owned();
    };
    let after = rest.get(1..).unwrap_or_default();
    match (before.strip_suffix('a'), rest.chars().next()) {
        (Some(before), Some('u')) => format!("{before}äu{after}"),
        (_, Some('a')) => format!("{before}ä{after}"),
        (_, Some('o')) => format!("{before}ö{after}"),
        (_, Some('u')) => format!("{before}ü{after}"),
        _ => text.to_owned(),
    }
}

/// Umlauts as they are written where the keyboard has none.
fn spelled_out(text: &str) -> String {
    text.replace('ä', "ae").replace('ö', "oe").replace('ü', "ue")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str, options: TermOptions) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        forms(text, options, &mut |form| {
            if !found.contains(&form) {
                found.push(form);
            }
        });
        found
    }

    /// Nouns take the plurals and cases their ending lets expect.
    #[test]
    fn nouns() {
        let noun = TermOptions { noun: true, ..TermOptions::default() };
        for (text, expected) in [
            ("maler", "maler malers malern malerin malerinnen"),
            ("trottel", "trottel trottels trotteln"),
            ("tante", "tante tanten"),
            ("oma", "oma omas"),
            (
                "brot",
                "brot bröte broete bröten broeten bröter broeter brötern broetern brots brotes",
            ),
            ("kelch", "kelch kelche kelchen kelcher kelchern kelchs kelches"),
            ("haus", "haus häuse haeuse häusen haeusen häuser haeuser häusern haeusern hauses"),
        ] {
            assert_eq!(all(text, noun).join(" "), expected, "{text}");
        }
    }

    /// Verbs are conjugated; `ge` and `zu` stand where the prefix lets them.
    #[test]
    fn verbs() {
        let verb = TermOptions { verb: true, ..TermOptions::default() };
        for (text, expected) in [
            ("malen", "mal malst malt malte maltest gemalt gemalte gemalten malend malender"),
            ("anmalen", "anmal anmalst anmalte anzumalen angemalt angemalter anmalende"),
            ("verkaufen", "verkauf verkauft verkaufte verkauften verkaufend"),
            ("retten", "rett rette rettet rettete gerettet"),
            ("wandern", "wander wanderst wandert gewandert wandernd"),
            ("trösten", "tröstet troestet getröstet getroestet"),
        ] {
            let all = all(text, verb);
            for form in expected.split(' ') {
                assert!(all.iter().any(|f| f == form), "{text}: {form} in {all:?}");
            }
        }
        assert!(!all("verkaufen", verb).contains(&"geverkauft".to_owned()));
        assert!(!all("anmalen", verb).contains(&"geanmalt".to_owned()));
    }

    /// Adjectives are declined in all three degrees.
    #[test]
    fn adjectives() {
        let adjective = TermOptions { adjective: true, ..TermOptions::default() };
        let all = all("bunt", adjective);
        for form in ["bunt", "bunte", "buntem", "bunter", "bunterer", "bunteste", "buntesten"] {
            assert!(all.iter().any(|f| f == form), "{form} in {all:?}");
        }
    }

    /// A term without options is itself, and itself with umlauts spelled out.
    #[test]
    fn umlauts() {
        assert_eq!(all("kühl", TermOptions::default()), ["kühl", "kuehl"]);
        assert_eq!(all("warm", TermOptions::default()), ["warm"]);
    }
}
