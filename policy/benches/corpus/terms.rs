//! Terms of the packs, and what is made of them to be hard on a review.

use chatwarden_policy::lexicon::{pack, parse_lexicon};

/// The longest message. Source: IVS Chat Service Quotas.
pub(crate) const LONGEST: usize = 500;

/// Single words of a pack that the default policy acts on, in its order.
pub(crate) fn terms(name: &str) -> impl Iterator<Item = String> {
    let lexicon = parse_lexicon(&pack(name).unwrap().source()).unwrap();
    let wanted = lexicon.terms.into_iter().filter(|term| {
        term.severity >= 2 && !term.options.plain && !term.pattern.text.contains(' ')
    });
    wanted.map(|term| term.pattern.text)
}

pub(crate) fn leet(term: &str) -> String {
    let digit = |c| match c {
        'a' => '4',
        'b' => '8',
        'e' => '3',
        'g' => '9',
        'i' | 'l' => '1',
        'o' => '0',
        's' => '5',
        't' => '7',
        'z' => '2',
        other => other,
    };
    term.chars().map(digit).collect()
}

pub(crate) fn joined(text: &str, separator: &str) -> String {
    text.chars().map(String::from).collect::<Vec<_>>().join(separator)
}

/// The text over and over, to the longest message there is.
pub(crate) fn longest(text: &str, separator: &str) -> String {
    text.chars().chain(separator.chars()).cycle().take(LONGEST).collect()
}
