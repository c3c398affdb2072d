//! Spanish: plural, gender, belittling forms, and verbs with the pronouns written onto
//! them (`dame`, `darte`).
//!
//! Only what is regular and said in chats: stems that change (`contar`, `cuento`) stay as
//! they are, and `-ase` and most of the forms for `vosotros` are left out. Verb
//! forms are given without accents, which the fold takes off anyway.

use super::romance::joined;
use crate::lexicon::TermOptions;

/// Pronouns that follow an infinitive, a gerund or an imperative in the same word.
const PRONOUNS: &[&str] = &["me", "te", "se", "lo", "la", "le", "nos", "los", "las", "les"];

/// Adds the inflected forms of `text` as its options say.
pub(super) fn forms(text: &str, options: TermOptions, add: &mut dyn FnMut(String)) {
    if options.noun || options.adjective {
        add(plural(text));
    }
    if options.adjective {
        adjective(text, add);
    }
    if options.verb {
        verb(text, add);
    }
}

/// One and many: `tonto`, `tontos`; `feroz`, `feroces`; `dragón`, `dragones`. What ends in
/// an unstressed `s` stays (`lunes`).
fn plural(text: &str) -> String {
    const STRESSED: &[(&str, &str)] =
        &[("ón", "ones"), ("án", "anes"), ("ín", "ines"), ("és", "eses"), ("ás", "ases")];
    for (one, many) in STRESSED {
        if let Some(stem) = text.strip_suffix(one) {
            return format!("{stem}{many}");
        }
    }
    if let Some(stem) = text.strip_suffix('z') {
        format!("{stem}ces")
    } else if text.ends_with(['s', 'x']) {
        text.to_owned()
    } else if text.ends_with(is_vowel) {
        format!("{text}s")
    } else {
        format!("{text}es")
    }
}

/// What is said of a person: gender, `-ito` and `-azo`. Words of one gender (`idiota`,
/// `imbécil`) have the plural alone.
fn adjective(text: &str, add: &mut dyn FnMut(String)) {
    let stem = if let Some(stem) = text.strip_suffix('o') {
        both(stem, &["ito", "azo"], add);
        stem.to_owned()
    } else if let Some(stem) = text.strip_suffix("ón") {
        both(&format!("{stem}on"), &["cito", "azo"], add);
        format!("{stem}on")
    } else if text.ends_with("or") {
        text.to_owned()
    } else {
        return;
    };
    add(format!("{stem}a"));
    add(format!("{stem}as"));
}

/// The stem with each ending in `-o`, for both genders, one and many.
fn both(stem: &str, endings: &[&str], add: &mut dyn FnMut(String)) {
    for form in endings.iter().map(|ending| hard(stem, ending)) {
        let stem = form.trim_end_matches('o');
        for ending in ["o", "a", "os", "as"] {
            add(format!("{stem}{ending}"));
        }
    }
}

/// How the verbs of one kind of infinitive go.
struct Conjugation {
    infinitive: &'static str,
    /// Finite forms and participles.
    endings: &'static [&'static [&'static str]],
    gerund: &'static str,
    /// `tú`, `usted`, `ustedes`: pronouns follow them in the same word.
    imperatives: [&'static str; 3],
}

const CONJUGATIONS: [Conjugation; 3] = [
    Conjugation {
        infinitive: "ar",
        endings: &[
            &["o", "as", "a", "amos", "ais", "an", "es", "e", "emos", "eis", "en", "ad"],
            &["aste", "asteis", "aron", "aba", "abas", "abamos", "aban"],
            &["ara", "aras", "aramos", "aran"],
            &["ado", "ada", "ados", "adas", "ao", "aos", "emonos"],
        ],
        gerund: "ando",
        imperatives: ["a", "e", "en"],
    },
    Conjugation {
        infinitive: "er",
        endings: &[IN_ER_AND_IR, &["emos", "eis", "ed", "eos"]],
        gerund: "iendo",
        imperatives: ["e", "a", "an"],
    },
    Conjugation {
        infinitive: "ir",
        endings: &[IN_ER_AND_IR, &["is", "id", "ios"]],
        gerund: "iendo",
        imperatives: ["e", "a", "an"],
    },
];
const IN_ER_AND_IR: &[&str] = &[
    "o", "es", "e", "en", "as", "a", "amos", "ais", "an", "i", "iste", "io", "imos", "isteis",
    "ieron", "ia", "ias", "iamos", "ian", "iera", "ieras", "ieramos", "ieran", "ido", "ida",
    "idos", "idas", "amonos",
];
const FUTURE: &[&str] = &["e", "as", "a", "emos", "an", "ia", "ias", "iamos", "ian"];

/// An infinitive's forms; of anything else none.
fn verb(text: &str, add: &mut dyn FnMut(String)) {
    for Conjugation { infinitive, endings, gerund, imperatives } in &CONJUGATIONS {
        let Some(stem) = text.strip_suffix(infinitive) else { continue };
        let spelled = if *infinitive == "ar" { hard } else { soft };
        endings.iter().copied().flatten().for_each(|ending| add(spelled(stem, ending)));
        FUTURE.iter().for_each(|ending| add(format!("{text}{ending}")));
        let gerund = spelled(stem, gerund);
        add(gerund.clone());
        let commands = imperatives.iter().map(|ending| spelled(stem, ending));
        for base in [text.to_owned(), gerund].into_iter().chain(commands) {
            PRONOUNS.iter().for_each(|pronoun| add(format!("{base}{pronoun}")));
        }
    }
}

/// As [`joined`], and `z` before `e` is written `c` (`cruzar`, `cruce`).
fn hard(stem: &str, ending: &str) -> String {
    match stem.strip_suffix('z') {
        Some(start) if ending.starts_with(['e', 'i']) => format!("{start}c{ending}"),
        _ => joined(stem, ending),
    }
}

/// A stem that is soft in the infinitive stays so: `coger`, `cojo`.
fn soft(stem: &str, ending: &str) -> String {
    match stem.strip_suffix('g') {
        Some(start) if ending.starts_with(['a', 'o']) => format!("{start}j{ending}"),
        _ => format!("{stem}{ending}"),
    }
}

fn is_vowel(c: char) -> bool {
    matches!(c, 'a' | 'e' | 'i' | 'o' | 'u' | 'á' | 'é' | 'í' | 'ó' | 'ú')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forms_of(text: &str, options: TermOptions) -> Vec<String> {
        let mut found = Vec::new();
        forms(text, options, &mut |form| found.push(form));
        found
    }

    #[test]
    fn nouns_have_a_plural() {
        let noun = TermOptions { noun: true, ..TermOptions::default() };
        for (text, expected) in [
            ("bobo", "bobos"),
            ("idiota", "idiotas"),
            ("feroz", "feroces"),
            ("dragón", "dragones"),
            ("francés", "franceses"),
            ("caimán", "caimanes"),
            ("papel", "papeles"),
            ("niño", "niños"),
            ("lunes", "lunes"),
        ] {
            assert_eq!(forms_of(text, noun), [expected], "{text}");
        }
    }

    #[test]
    fn adjectives_have_two_genders() {
        let adjective = TermOptions { adjective: true, ..TermOptions::default() };
        for (text, expected) in [
            (
                "tonto",
                "tontos tontito tontita tontitos tontitas tontazo tontaza tontazos tontazas tonta tontas",
            ),
            (
                "loco",
                "locos loquito loquita loquitos loquitas locazo locaza locazos locazas loca locas",
            ),
            (
                "burlón",
                "burlones burloncito burloncita burloncitos burloncitas burlonazo burlonaza burlonazos burlonazas burlona burlonas",
            ),
            ("hablador", "habladores habladora habladoras"),
            ("terrible", "terribles"),
        ] {
            assert_eq!(forms_of(text, adjective).join(" "), expected, "{text}");
        }
    }

    #[test]
    fn verbs_take_pronouns() {
        let verb = TermOptions { verb: true, ..TermOptions::default() };
        for (text, expected) in [
            (
                "pagar",
                "pago pagas paga pague paguen pagando pagado pagada pagaba pagaria pagarte pagandome pagame paguenlo",
            ),
            ("cruzar", "cruzo cruce crucen cruzamos cruzarlo crucelo"),
            ("tocar", "toco toque toquen tocandola toqueme"),
            ("comer", "como come coman comido comiendo comeremos comete comanse comeos"),
            ("coger", "cojo coges coja cogido cogiendo cogelo"),
            ("sufrir", "sufro sufre sufra sufrimos sufrid sufrirlo"),
        ] {
            let found = forms_of(text, verb);
            for form in expected.split(' ') {
                assert!(found.iter().any(|f| f == form), "{text}: {form}");
            }
        }
        assert!(forms_of("mesa", verb).is_empty(), "no infinitive");
    }
}
