//! Portuguese: plural, gender, belittling and enlarging forms, and verbs.
//!
//! Only what is regular: stems that change (`dormir`, `durmo`) stay as they are. Verb forms
//! are given without accents, which the fold takes off anyway. A pronoun stands behind a
//! hyphen (`ajude-me`), so the verb is a word by itself; the forms that chats write
//! together with it (`ajudeme`) are given too.

use super::romance::joined;
use crate::lexicon::TermOptions;

/// Pronouns that are written onto a verb without their hyphen.
const PRONOUNS: &[&str] = &["me", "te", "se"];

/// Adds the inflected forms of `text` as its options say.
pub(super) fn forms(text: &str, options: TermOptions, add: &mut dyn FnMut(String)) {
    if options.noun || options.adjective {
        plural(text, add);
    }
    if options.adjective {
        adjective(text, add);
    }
    if options.verb {
        verb(text, add);
    }
}

/// One and many: `bobo`, `bobos`; `limão`, `limões`; `homem`, `homens`; `anel`, `anéis`. What
/// ends in `s` stays.
fn plural(text: &str, add: &mut dyn FnMut(String)) {
    const ENDINGS: &[(&str, &str)] = &[
        ("ão", "ões"),
        ("m", "ns"),
        ("al", "ais"),
        ("el", "éis"),
        ("il", "is"),
        ("ol", "óis"),
        ("ul", "uis"),
        ("ês", "eses"),
        ("r", "res"),
        ("z", "zes"),
        ("s", "s"),
    ];
    let ending = ENDINGS.iter().find_map(|(one, many)| Some((text.strip_suffix(one)?, many)));
    add(match ending {
        Some((stem, many)) => format!("{stem}{many}"),
        None => format!("{text}s"),
    });
}

/// What is said of a person: gender, `-inho` and `-ão`. Words of one gender (`idiota`) have
/// the plural alone.
fn adjective(text: &str, add: &mut dyn FnMut(String)) {
    const OF_O: &[&str] =
        &["a", "as", "inho", "inha", "inhos", "inhas", "ão", "ões", "ona", "onas"];
    if let Some(stem) = text.strip_suffix("ão") {
        ["ona", "onas"].iter().for_each(|ending| add(format!("{stem}{ending}")));
    } else if let Some(stem) = text.strip_suffix('o') {
        OF_O.iter().for_each(|ending| add(joined(stem, ending)));
    } else if let Some(stem) = text.strip_suffix("ês") {
        ["esa", "esas"].iter().for_each(|ending| add(format!("{stem}{ending}")));
    } else if text.ends_with("or") {
        ["a", "as"].iter().for_each(|ending| add(format!("{text}{ending}")));
    }
}

/// How the verbs of one kind of infinitive go.
struct Conjugation {
    infinitive: &'static str,
    /// Finite forms, gerund and participles.
    endings: &'static [&'static [&'static str]],
    /// `tu`, `você`, `vocês`: pronouns are written onto them.
    imperatives: [&'static str; 3],
}

const CONJUGATIONS: [Conjugation; 3] = [
    Conjugation {
        infinitive: "ar",
        endings: &[
            &["o", "as", "a", "amos", "ais", "am", "es", "e", "emos", "eis", "em"],
            &["ei", "aste", "ou", "astes", "aram", "ava", "avas", "avamos", "avam"],
            &["asse", "asses", "assemos", "assem", "ando", "ado", "ada", "ados", "adas"],
        ],
        imperatives: ["a", "e", "em"],
    },
    Conjugation {
        infinitive: "er",
        endings: &[
            IN_ER_AND_IR,
            &["emos", "eis", "este", "eu", "estes", "eram"],
            &["esse", "esses", "essemos", "essem", "endo"],
        ],
        imperatives: ["e", "a", "am"],
    },
    Conjugation {
        infinitive: "ir",
        endings: &[
            IN_ER_AND_IR,
            &["imos", "is", "iste", "iu", "istes", "iram"],
            &["isse", "isses", "issemos", "issem", "indo"],
        ],
        imperatives: ["e", "a", "am"],
    },
];
const IN_ER_AND_IR: &[&str] = &[
    "o", "es", "e", "em", "as", "a", "amos", "ais", "am", "i", "ia", "ias", "iamos", "iam", "ido",
    "ida", "idos", "idas",
];
/// Future, conditional and the infinitive's own persons.
const OF_INFINITIVE: &[&str] =
    &["ei", "as", "a", "emos", "ao", "ia", "ias", "iam", "es", "mos", "em"];

/// An infinitive's forms; of anything else none.
fn verb(text: &str, add: &mut dyn FnMut(String)) {
    for Conjugation { infinitive, endings, imperatives } in &CONJUGATIONS {
        let Some(stem) = text.strip_suffix(infinitive) else { continue };
        let spelled = if *infinitive == "ar" { joined } else { soft };
        endings.iter().copied().flatten().for_each(|ending| add(spelled(stem, ending)));
        OF_INFINITIVE.iter().for_each(|ending| add(format!("{text}{ending}")));
        let commands = imperatives.iter().map(|ending| spelled(stem, ending));
        for base in commands.chain([text.to_owned()]) {
            PRONOUNS.iter().for_each(|pronoun| add(format!("{base}{pronoun}")));
        }
    }
}

/// A stem that is soft in the infinitive stays so: `fugir`, `fujo`; `descer`, `desço`.
fn soft(stem: &str, ending: &str) -> String {
    let hardens = ending.starts_with(['a', 'o']);
    match (stem.strip_suffix('g'), stem.strip_suffix('c')) {
        (Some(start), _) if hardens => format!("{start}j{ending}"),
        (_, Some(start)) if hardens => format!("{start}ç{ending}"),
        _ => format!("{stem}{ending}"),
    }
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
            ("limão", "limões"),
            ("homem", "homens"),
            ("animal", "animais"),
            ("anel", "anéis"),
            ("barril", "barris"),
            ("lençol", "lençóis"),
            ("flor", "flores"),
            ("feroz", "ferozes"),
            ("francês", "franceses"),
            ("lápis", "lápis"),
        ] {
            assert_eq!(forms_of(text, noun), [expected], "{text}");
        }
    }

    #[test]
    fn adjectives_have_two_genders() {
        let adjective = TermOptions { adjective: true, ..TermOptions::default() };
        for (text, expected) in [
            (
                "bobo",
                "bobos boba bobas bobinho bobinha bobinhos bobinhas bobão bobões bobona bobonas",
            ),
            (
                "fraco",
                "fracos fraca fracas fraquinho fraquinha fraquinhos fraquinhas fracão fracões fracona fraconas",
            ),
            ("chorão", "chorões chorona choronas"),
            ("falador", "faladores faladora faladoras"),
            ("francês", "franceses francesa francesas"),
            ("idiota", "idiotas"),
        ] {
            assert_eq!(forms_of(text, adjective).join(" "), expected, "{text}");
        }
    }

    #[test]
    fn verbs_have_their_forms() {
        let verb = TermOptions { verb: true, ..TermOptions::default() };
        for (text, expected) in [
            (
                "pagar",
                "pago paga pagam pague paguem paguei pagou pagava pagaria pagando pagado pagarem paguese pagarse",
            ),
            ("tocar", "toco toque toquem toquei tocou"),
            ("laçar", "laço lace lacem lacei laçou"),
            (
                "comer",
                "como come comem coma comeu comia comendo comido comesse comeria comase comerme",
            ),
            ("descer", "desço desce desça desceu"),
            ("fugir", "fujo fuja fugiu fugindo fugido"),
        ] {
            let found = forms_of(text, verb);
            for form in expected.split(' ') {
                assert!(found.iter().any(|f| f == form), "{text}: {form}");
            }
        }
        assert!(forms_of("mesa", verb).is_empty(), "no infinitive");
    }
}
