//! Why a message was reviewed as it was, for a person to read. The same steps as a
//! review, told; the handler does not use it.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::compiled::CompiledPolicy;
use crate::contract::ReviewRequest;
use crate::fold::{Class, Folded, How, Letter, Reading, gap};
use crate::layout::{RuleSet, Term};
use crate::review::{FoundTerm, Hit, Review, Scratch, Search, Word, hit};

/// A review and what led to it.
#[derive(Debug, Clone)]
pub struct Explanation<'p> {
    /// The message's letters as they are compared, with a space for every gap.
    pub folded: String,
    /// What was found, spared findings and rules that do not apply as well.
    pub findings: Vec<Finding<'p>>,
    /// The profile that exempts the sender, if one does: then nothing was reviewed.
    pub exempt_by: Option<&'p str>,
    /// The review itself.
    pub review: Review<'p>,
}

/// One thing that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding<'p> {
    /// The rule's id.
    pub rule: &'p str,
    /// Position of the rule in the policy, from 0.
    pub rule_index: usize,
    /// Where: bytes of the original content.
    pub span: Range<usize>,
    /// What it is, e.g. ``the term `heck` of the pack `en` ``.
    pub what: String,
    /// How it was read, e.g. `` `3` read as `e` ``; empty where it is written plainly.
    pub how: Vec<String>,
    /// What holds the rule back, if something does.
    pub spared_by: Option<String>,
    /// The rule is in shadow mode.
    pub shadow: bool,
    /// Does the rule apply to this room and sender?
    pub applies: bool,
}

impl<'a> CompiledPolicy<'a> {
    /// Reviews a message and tells what was found, where and why. Slower than
    /// [`CompiledPolicy::review`], with the same verdict.
    pub fn explain(&self, request: &ReviewRequest<'_>, scratch: &mut Scratch) -> Explanation<'a> {
        let content: &str = &request.content;
        let review = self.review(request, scratch);
        let applying = self.rules_for(request).unwrap_or_default();
        let mut findings = Vec::new();
        self.find_terms(content, Search::Every, scratch, |found| {
            let Some(term) = self.term(found.found.term) else { return };
            let how = how(&found);
            for rule in found.rules.iter() {
                let spared_by =
                    found.spared_by.filter(|_| !found.left.iter().any(|left| left == rule));
                let spared_by = spared_by.and_then(|number| self.term(number));
                findings.push(Finding {
                    what: format!("the term {}", self.describe(term)),
                    how: how.clone(),
                    spared_by: spared_by
                        .map(|exception| format!("the exception {}", self.describe(exception))),
                    ..self.finding(hit(rule, &found, &mut Word::default()), applying)
                });
            }
        });
        let mut every = RuleSet::default();
        (0..self.settings.rules.len()).for_each(|rule| every.insert(rule));
        let mut hits = Vec::new();
        self.find_others(content, every, &mut hits);
        findings.extend(hits.into_iter().map(|hit| self.finding(hit, applying)));
        findings.sort_by(|a, b| {
            (a.span.start, a.rule_index, a.span.end).cmp(&(b.span.start, b.rule_index, b.span.end))
        });
        findings.dedup();
        let exempt_by = self.exempting_profile(request);
        for finding in &mut findings {
            let acted = review
                .matches
                .iter()
                .any(|m| m.rule_index == finding.rule_index && m.span == finding.span);
            if exempt_by.is_none() && finding.applies && finding.spared_by.is_none() && !acted {
                finding.spared_by = Some("an `allow` rule above it".to_owned());
            }
        }
        let mut folded = Folded::default();
        folded.fold(content, Reading::Leet);
        Explanation { folded: letters(content, &folded), findings, exempt_by, review }
    }

    fn finding(&self, hit: Hit, applying: RuleSet) -> Finding<'a> {
        let rule = self.settings.rules.get(hit.rule);
        Finding {
            rule: rule.map_or("", |r| r.id),
            rule_index: hit.rule,
            span: hit.span,
            what: hit.what.to_owned(),
            how: Vec::new(),
            spared_by: None,
            shadow: rule.is_some_and(|r| r.shadow),
            applies: applying.iter().any(|rule| rule == hit.rule),
        }
    }

    fn describe(&self, term: Term) -> String {
        let name = self.name(term);
        match self.settings.packs.get(usize::from(term.pack)) {
            Some(pack) => format!("`{name}` of the pack `{pack}`"),
            None => format!("`{name}` of the policy"),
        }
    }
}

/// The folded letters as text.
fn letters(content: &str, folded: &Folded) -> String {
    let mut text = String::new();
    for letter in &folded.letters {
        if letter.gap & gap::VISIBLE != 0 && !text.is_empty() {
            text.push(' ');
        }
        text.push(letter.as_char(content));
    }
    text
}

/// How the letters of a term were read where they are not written plainly.
fn how(found: &FoundTerm<'_>) -> Vec<String> {
    let content = found.text;
    let matched =
        found.folded.letters.get(found.found.first..=found.found.last).unwrap_or_default();
    let mut told = Vec::new();
    let mut tell = |text: String| {
        if !told.contains(&text) {
            told.push(text);
        }
    };
    if !found.folded.pieces.is_empty() {
        tell("written from right to left, as it is shown".to_owned());
    }
    for letter in matched {
        let written = content.get(letter.start as usize..letter.end as usize).unwrap_or_default();
        let read = letter.as_char(content);
        match letter.how {
            How::Plain | How::Case => {}
            How::Compat if letter.class == Class::Jamo => {}
            How::Compat => tell(format!("`{written}` is a styled `{read}`")),
            How::Accent => tell(format!("`{written}` is `{read}` with a mark")),
            How::Lookalike => tell(format!("`{written}` looks like `{read}`")),
            How::LeetDigit | How::LeetSymbol => tell(format!("`{written}` read as `{read}`")),
        }
        if letter.how < How::Accent && written.chars().count() > 1 && letter.class == Class::Latin {
            tell(format!("`{read}` carries combining marks"));
        }
    }
    let gaps: BTreeSet<&str> = matched
        .iter()
        .skip(1)
        .flat_map(|letter| {
            [
                (gap::INVISIBLE, "invisible characters between its letters"),
                (gap::SPACE | gap::SPACES, "spaces between its letters"),
                (gap::PUNCT, "punctuation between its letters"),
                (gap::EMOJI, "emoji between its letters"),
                (
                    gap::INFIX | gap::SYMBOL,
                    "characters that are not read as letters between its letters",
                ),
            ]
            .into_iter()
            .filter(|&(kind, _)| letter.gap & kind != 0)
            .map(|(_, text)| text)
        })
        .collect();
    for text in gaps {
        tell(text.to_owned());
    }
    let three = |window: &[Letter]| {
        window.windows(2).all(|pair| matches!(pair, [a, b] if a.symbol == b.symbol))
    };
    if matched.windows(3).any(three) {
        tell("repeated letters count once".to_owned());
    }
    told
}
