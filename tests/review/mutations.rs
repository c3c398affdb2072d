//! The terms of the packs behind every class of disguises, and common words behind the same: no
//! class falls below its floor. The example `mutations` of chatwarden-policy prints all the
//! figures, and with `--misses` what is behind them.

#[path = "../../policy/examples/mutations/disguise.rs"]
mod disguise;
#[path = "../../policy/examples/mutations/measure.rs"]
mod measure;

use chatwarden_engine::compiled::CompiledPolicy;
use measure::{Language, english, korean, measure, policy};

/// Of a hundred spellings: how many must be found, and how many innocent ones may be.
struct Floor {
    class: &'static str,
    found: f64,
    alarms: f64,
}

const fn floor(class: &'static str, found: f64, alarms: f64) -> Floor {
    Floor { class, found, alarms }
}

/// Of every class but those below.
const USUAL: Floor = floor("", 99.0, 0.6);

/// Classes that are seen through less well, or that innocent words get into more easily.
/// "Glued" ones are terms that may not stand inside a word, and should not.
const ENGLISH: &[Floor] = &[
    floor("one letter leet", 95.0, 0.6),
    floor("all letters leet", 74.0, 1.0),
    floor("every other letter leet", 90.0, 0.6),
    floor("Cyrillic", 93.0, 0.1),
    floor("Greek", 63.0, 0.3),
    floor("Armenian", 48.0, 0.1),
    floor("several scripts", 78.0, 0.1),
    floor("turned letters", 84.0, 0.3),
    floor("mixed separators", 99.0, 1.5),
    floor("cut by one space", 98.0, 0.5),
    floor("cut by one sign", 98.0, 0.7),
    floor("one letter starred", 87.0, 1.8),
    floor("one letter behind another sign", 86.0, 1.8),
    floor("vowels starred", 96.0, 6.0),
    floor("glued to a neighbour", 99.0, 0.1),
    floor("glued in another case", 99.0, 0.1),
];

const KOREAN: &[Floor] = &[
    floor("compatibility jamo", 99.0, 5.0),
    floor("half-width jamo", 99.0, 5.0),
    floor("one syllable split", 99.0, 2.0),
    floor("final written apart", 99.0, 2.0),
    floor("spaced", 78.0, 0.5),
    floor("line breaks", 80.0, 0.5),
    floor("dotted, dashed, underscored", 80.0, 0.5),
    floor("one symbol between", 89.0, 0.5),
    floor("one digit between", 89.0, 0.6),
    floor("digits between", 80.0, 0.5),
    floor("Latin letters between", 69.0, 0.5),
    floor("emoji between", 80.0, 0.5),
    floor("one syllable repeated", 99.0, 1.2),
    floor("keyboard layout", 6.0, 0.6),
];

/// Of the common English words, one in so many is tried: all of them take half a minute.
const STRIDE: usize = 20;

#[test]
fn no_disguise_falls_below_its_floor() {
    let all = |policy: &CompiledPolicy<'_>| {
        let english = below(english(policy), ENGLISH, STRIDE, policy);
        let korean = below(korean(policy), KOREAN, 1, policy);
        [english, korean].concat()
    };
    let below = chatwarden_policy::compile(&policy()).unwrap().with_policy(all).unwrap();
    assert!(below.is_empty(), "{}", below.join("\n"));
}

/// The classes that are below their floor, in words, without a term.
fn below(
    mut language: Language,
    floors: &[Floor],
    stride: usize,
    policy: &CompiledPolicy<'_>,
) -> Vec<String> {
    let mut sample = |name: &str| {
        let at = language.samples.iter().position(|sample| sample.name == name).unwrap();
        language.samples.swap_remove(at)
    };
    let (terms, mut innocent) = (sample("words"), sample("common words"));
    innocent.texts = innocent.texts.into_iter().step_by(stride).collect();
    for floor in floors {
        let known = language.classes.iter().any(|class| class.name == floor.class);
        assert!(known, "there is no class `{}`", floor.class);
    }
    let mut told = Vec::new();
    for class in language.classes {
        let Floor { found: least, alarms: most, .. } =
            floors.iter().find(|floor| floor.class == class.name).unwrap_or(&USUAL);
        let (missed, alarms) = (measure(policy, class, &terms), measure(policy, class, &innocent));
        assert!(missed.spellings > 0 && alarms.spellings > 0, "{}", class.name);
        let (found, alarms) = (100.0 - missed.percent_wrong(), alarms.percent_wrong());
        if found < *least || alarms > *most {
            let Language { name, .. } = language;
            told.push(format!(
                "{name}, {}: {found:.1} % found, {least} at least; {alarms:.2} % false alarms, {most} at most",
                class.name
            ));
        }
    }
    told
}
