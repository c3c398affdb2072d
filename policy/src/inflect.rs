//! Inflections by rule: a lexicon names a word once, and its language says which forms it
//! takes. One file per language.

mod de;
mod en;
mod es;
mod fr;
mod pt;
mod romance;

use crate::lexicon::TermOptions;

/// The term and its inflected forms, the term itself first. Of a phrase the last word
/// is inflected. A language without rules here has no forms.
pub(crate) fn forms(text: &str, options: TermOptions, language: Option<&str>) -> Vec<String> {
    let mut forms = vec![text.to_owned()];
    let mut add = |form: String| {
        if !forms.contains(&form) {
            forms.push(form);
        }
    };
    match language {
        Some("de") => de::forms(text, options, &mut add),
        Some("en") => en::forms(text, options, &mut add),
        Some("es") => es::forms(text, options, &mut add),
        Some("fr") => fr::forms(text, options, &mut add),
        Some("pt") => pt::forms(text, options, &mut add),
        _ => {}
    }
    forms
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Nouns and verbs take their usual endings.
    #[test]
    fn english_forms() {
        let noun = TermOptions { noun: true, ..TermOptions::default() };
        let verb = TermOptions { verb: true, ..TermOptions::default() };
        let adjective = TermOptions { adjective: true, ..TermOptions::default() };
        for (text, options, expected) in [
            ("heck", noun, "heck hecks"),
            ("box", noun, "box boxes"),
            ("nappy", noun, "nappy nappies"),
            ("darn", verb, "darn darns darning darnin darned darner darners"),
            ("hop", verb, "hop hops hopping hoppin hopped hopper hoppers"),
            ("bake", verb, "bake bakes baking bakin baked baker bakers"),
            ("fry", verb, "fry fries frying fryin fried frier friers"),
            ("silly", adjective, "silly sillier silliest"),
            ("big", adjective, "big bigger biggest"),
            ("plain", TermOptions::default(), "plain"),
        ] {
            assert_eq!(forms(text, options, Some("en")).join(" "), expected, "{text}");
        }
    }
}
