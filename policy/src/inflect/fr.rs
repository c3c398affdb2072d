//! French: plurals, feminines and verbs in `-er`.
//!
//! Diacritics fold away, so a form is written with those it has, and found without.
//! Verbs in `-ir` and `-re` are not known here; their forms are listed.

use crate::lexicon::TermOptions;

/// Endings that begin with `e` or `i`, or where `c` and `g` keep their sound otherwise.
const SOFT: [&str; 20] = [
    "e", "es", "ent", "ez", "er", "é", "ée", "és", "ées", "erai", "eras", "era", "erons", "erez",
    "eront", "erais", "erait", "eraient", "ions", "iez",
];
/// Endings before which `c` and `g` are softened in writing.
const HARD: [&str; 9] = ["ons", "ant", "ais", "ait", "aient", "ai", "as", "a", "asse"];

/// Adds the inflected forms of `text` as its options say: `noun` is the plural,
/// `adjective` the feminine and both plurals, also of people.
pub(super) fn forms(text: &str, options: TermOptions, add: &mut dyn FnMut(String)) {
    if options.noun || options.adjective {
        add(plural(text));
    }
    if options.adjective {
        for feminine in feminines(text) {
            add(plural(&feminine));
            add(feminine);
        }
    }
    if options.verb {
        verb(text, add);
    }
}

fn plural(text: &str) -> String {
    if text.ends_with(['s', 'x', 'z']) {
        text.to_owned()
    } else if let Some(stem) = text.strip_suffix("al") {
        format!("{stem}aux")
    } else if ["au", "eu"].iter().any(|end| text.ends_with(end)) {
        format!("{text}x")
    } else {
        format!("{text}s")
    }
}

/// The feminine, in two spellings where one ending has two (`idiote`, `sotte`).
fn feminines(text: &str) -> Vec<String> {
    const CHANGES: [(&str, &[&str]); 11] = [
        ("teur", &["teuse", "trice"]),
        ("eur", &["euse"]),
        ("eux", &["euse"]),
        ("er", &["ère"]),
        ("et", &["ette"]),
        ("ot", &["ote", "otte"]),
        ("on", &["onne"]),
        ("ien", &["ienne"]),
        ("el", &["elle"]),
        ("if", &["ive"]),
        ("os", &["osse"]),
    ];
    if text.ends_with('e') {
        return Vec::new();
    }
    for (masculine, feminine) in CHANGES {
        if let Some(stem) = text.strip_suffix(masculine) {
            return feminine.iter().map(|end| format!("{stem}{end}")).collect();
        }
    }
    vec![format!("{text}e")]
}

fn verb(text: &str, add: &mut dyn FnMut(String)) {
    let Some(stem) = text.strip_suffix("er") else { return };
    let hard = match (stem.strip_suffix('c'), stem.ends_with('g')) {
        (Some(rest), _) => format!("{rest}ç"),
        (None, true) => format!("{stem}e"),
        (None, false) => stem.to_owned(),
    };
    for ending in SOFT {
        add(format!("{stem}{ending}"));
    }
    for ending in HARD {
        add(format!("{hard}{ending}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str, options: TermOptions) -> Vec<String> {
        let mut found = vec![text.to_owned()];
        forms(text, options, &mut |form| {
            if !found.contains(&form) {
                found.push(form);
            }
        });
        found
    }

    /// Nouns have a plural; adjectives, and people, a feminine besides.
    #[test]
    fn nouns_and_adjectives() {
        let noun = TermOptions { noun: true, ..TermOptions::default() };
        let adjective = TermOptions { adjective: true, ..TermOptions::default() };
        for (text, options, expected) in [
            ("table", noun, "table tables"),
            ("oiseau", noun, "oiseau oiseaux"),
            ("nez", noun, "nez"),
            ("animal", noun, "animal animaux"),
            ("petit", adjective, "petit petits petites petite"),
            ("bavard", adjective, "bavard bavards bavardes bavarde"),
            ("fâché", adjective, "fâché fâchés fâchées fâchée"),
            ("chanteur", adjective, "chanteur chanteurs chanteuses chanteuse chantrices chantrice"),
            ("heureux", adjective, "heureux heureuses heureuse"),
            ("bon", adjective, "bon bons bonnes bonne"),
            ("sot", adjective, "sot sots sotes sote sottes sotte"),
            ("rouge", adjective, "rouge rouges"),
        ] {
            assert_eq!(all(text, options).join(" "), expected, "{text}");
        }
    }

    /// Verbs in `-er` are conjugated, and keep the sound of `c` and `g`.
    #[test]
    fn verbs() {
        let verb = TermOptions { verb: true, ..TermOptions::default() };
        for (text, expected) in [
            ("parler", "parle parles parlons parlez parlent parlé parlée parlait parlera parlant"),
            ("lancer", "lance lançons lancé lançait"),
            ("manger", "mange mangeons mangé mangeait"),
        ] {
            let all = all(text, verb);
            for form in expected.split(' ') {
                assert!(all.iter().any(|f| f == form), "{text}: {form} in {all:?}");
            }
        }
        assert_eq!(all("finir", verb), ["finir"]);
    }
}
