//! Warnings about an operator's own terms: the ordinary words that each is found in.
//!
//! The words are looked up by the engine itself, so that what is warned of is what would
//! happen, exceptions of the rule included. There is a list of common English words
//! (`lexicons/words`) and none of any other language: nothing is said about a Korean term.

use std::collections::HashSet;
use std::ops::Range;

use chatwarden_engine::compiled::CompiledPolicy;
use chatwarden_engine::contract::ReviewRequest;
use chatwarden_engine::layout::MAX_RULES;
use chatwarden_engine::review::Scratch;
use toml::de::{DeTable, DeValue};

use crate::compile::compile;
use crate::error::{PolicyError, PolicyErrorKind, Source};
use crate::inflect::forms;
use crate::lexicon::TermOptions;
use crate::parse::term;
use crate::policy::{Action, Extent, Finds, Policy, Rule, TermPattern};
use crate::words::ENGLISH;

/// How many words a warning names.
const NAMED: usize = 3;

/// A term as it stands in the policy text.
struct OwnTerm<'p> {
    rule: &'p Rule,
    pattern: TermPattern,
    written: String,
    at: Range<usize>,
}

/// Warns of every term in `terms` that is also found in ordinary words, other than its
/// English inflections; sorted by place. Terms of rules that allow are let be.
///
/// `policy` is what [`parse`](crate::parse()) made of `source`. Takes some 0.1 s for up to
/// 256 terms, nothing for none.
pub fn lint(source: &Source, policy: &Policy) -> Vec<PolicyError> {
    let terms = own_terms(source, policy);
    let mut warnings = Vec::new();
    for terms in terms.chunks(MAX_RULES) {
        // A rule for each term: the rules that match tell which terms are found.
        let rules = terms.iter().map(|term| Rule {
            finds: Finds { terms: vec![term.pattern.clone()], ..Finds::default() },
            except: term.rule.except.clone(),
            action: Action::Mask(Extent::Match),
            shadow: false,
            only_profiles: Vec::new(),
            not_profiles: Vec::new(),
            ..term.rule.clone()
        });
        let policy = Policy { rules: rules.collect(), profiles: Vec::new(), ..policy.clone() };
        // One that cannot be compiled is reported where it is compiled to be used.
        let Ok(compiled) = compile(&policy) else { continue };
        let found = compiled.with_policy(|policy| words_with(policy, terms)).unwrap_or_default();
        warnings.extend(terms.iter().zip(found).filter_map(|(term, words)| warning(term, words)));
    }
    warnings.sort_by_key(|warning| warning.at.start);
    warnings
}

/// The terms of all rules that do not allow, and where they stand.
fn own_terms<'p>(source: &Source, policy: &'p Policy) -> Vec<OwnTerm<'p>> {
    let Ok(document) = DeTable::parse(&source.text) else { return Vec::new() };
    let rules = document.get_ref().get("rule").and_then(|rules| rules.get_ref().as_array());
    let mut found = Vec::new();
    for (table, rule) in rules.into_iter().flatten().zip(&policy.rules) {
        let Some(terms) = table.get_ref().get("terms") else { continue };
        if rule.action == Action::Allow {
            continue;
        }
        let list = match terms.get_ref() {
            DeValue::Array(items) => items.iter().collect(),
            _ => vec![terms],
        };
        let mut seen = HashSet::new();
        for item in list {
            let written = item.get_ref().as_str().unwrap_or_default().to_owned();
            let Ok(pattern) = term::pattern(&written) else { continue };
            if seen.insert(pattern.clone()) {
                found.push(OwnTerm { rule, pattern, written, at: item.span() });
            }
        }
    }
    found
}

/// For each term the common words that it is found in.
fn words_with(policy: &CompiledPolicy<'_>, terms: &[OwnTerm<'_>]) -> Vec<Vec<&'static str>> {
    let mut found = vec![Vec::new(); terms.len()];
    let mut scratch = Scratch::default();
    for word in ENGLISH.iter().flat_map(|list| list.lines()).filter(|line| !line.starts_with('#')) {
        let request = ReviewRequest { content: word.into(), ..ReviewRequest::default() };
        let mut rules: Vec<usize> =
            policy.review(&request, &mut scratch).matches.iter().map(|m| m.rule_index).collect();
        rules.dedup();
        for rule in rules {
            if let Some(words) = found.get_mut(rule) {
                words.push(word);
            }
        }
    }
    found
}

/// None where the term is found in nothing but its own forms.
fn warning(term: &OwnTerm<'_>, mut words: Vec<&'static str>) -> Option<PolicyError> {
    let every = TermOptions { noun: true, verb: true, adjective: true, ..TermOptions::default() };
    let own = forms(&term.pattern.text.to_lowercase(), every, Some("en"));
    words.retain(|word| !own.iter().any(|form| form == word));
    words.sort_by_key(|word| (word.len(), *word));
    // `checks` tells nothing that `check` does not, nor `heckling` after `heckle`.
    let mut named: Vec<String> = Vec::new();
    for word in &words {
        let is_like = |shorter: &String| {
            shorter.get(..shorter.len() - 1).is_some_and(|stem| word.contains(stem))
        };
        if named.len() < NAMED && !named.iter().any(is_like) {
            named.push((*word).to_owned());
        }
    }
    let more = words.len() - named.len();
    let open = term.pattern.open_start || term.pattern.open_end;
    let kind = PolicyErrorKind::InOrdinaryWords {
        term: term.written.clone(),
        closed: open.then(|| term.pattern.text.clone()),
        words: named,
        more,
    };
    (!words.is_empty()).then(|| PolicyError { kind, at: term.at.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// More terms than a policy holds rules.
    #[test]
    fn every_term_is_looked_up() {
        let harmless: String = (0..300).map(|i| format!("'qx{i}zz*', ")).collect();
        let text = format!(
            "[[rule]]\nid = 'one'\naction = 'deny'\nterms = ['*heck*', {harmless}'*heck']\n"
        );
        let source = Source { name: "policy.toml".to_owned(), text };
        let warnings = lint(&source, &crate::parse(&source).unwrap());
        let told: Vec<Option<&str>> =
            warnings.iter().map(|warning| source.text.get(warning.at.clone())).collect();
        assert_eq!(told, [Some("'*heck*'"), Some("'*heck'")]);
    }
}
