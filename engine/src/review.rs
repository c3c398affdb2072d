//! What a policy decides about one message, and how that is said to IVS Chat.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use crate::byte_set::ByteSet;
use crate::compiled::CompiledPolicy;
use crate::contract::{
    Attributes, MAX_ATTRIBUTES_BYTES, Reason, ReviewRequest, ReviewResponse, attributes_len,
};
use crate::fold::{Folded, Letter, Reading, gap, is_blank, shown};
use crate::hidden;
use crate::layout::{CHECK_BYTES, RuleSet, output, term};
use crate::rewrite::{Edit, rewrite};
use crate::settings::{Action, Profile, contact};
use crate::verify::{Found, verify, word_around};
use crate::{contact as contacts, links, shape};

/// What a policy decides about one message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict<'p> {
    /// Deliver the message as written.
    Allow,
    /// Deliver this text in its place.
    Rewrite(Rewrite<'p>),
    /// Deliver nothing.
    Deny(Denial<'p>),
}

/// A text to deliver in place of the message: not blank, and no more code points
/// than the message had, or than the policy's `max_content`.
#[derive(Clone, PartialEq, Eq)]
pub struct Rewrite<'p> {
    /// For the operator: the first rule that rewrites, as the policy names it.
    pub rule: &'p str,
    text: String,
}

impl Rewrite<'_> {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

/// Sizes only: most of the text is what a person wrote.
impl fmt::Debug for Rewrite<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rewrite")
            .field("rule", &self.rule)
            .field("code_points", &self.text.chars().count())
            .finish()
    }
}

/// Why a message was denied, told once to each reader.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Denial<'p> {
    /// For the operator: the rule, as the policy names it. One that rewrites, where it
    /// would leave nothing to see.
    pub rule: &'p str,
    /// For the sender: the policy's own words. Names no rule and no term.
    pub reason: Reason<'p>,
}

/// One thing a rule found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match<'p> {
    /// The rule's id.
    pub rule: &'p str,
    /// Position of the rule in the policy, from 0.
    pub rule_index: usize,
    /// Where: bytes of the original content, on character boundaries.
    pub span: Range<usize>,
    /// The rule is in shadow mode: told, never enforced.
    pub shadow: bool,
}

/// What a policy found in one message and decided about it.
#[derive(Debug, Clone)]
pub struct Review<'p> {
    /// The decision.
    pub verdict: Verdict<'p>,
    /// What led to it, by rule and place; shadow matches as well.
    pub matches: Vec<Match<'p>>,
    /// Attributes to attach, by tag rules.
    pub tags: Vec<(&'p str, &'p str)>,
}

impl<'p> Review<'p> {
    fn allow() -> Self {
        Self { verdict: Verdict::Allow, matches: Vec::new(), tags: Vec::new() }
    }

    /// Says this review in the words of the contract. The only place that does. A tag
    /// that does not fit into the attributes is left out.
    pub fn answer<'a>(self, request: ReviewRequest<'a>) -> ReviewResponse<'a>
    where
        'p: 'a,
    {
        self.answer_and_left_out(request).0
    }

    /// [`answer`](Self::answer), and the number of tags that were left out of it. A
    /// denial has no room for tags, and so leaves none out.
    pub fn answer_and_left_out<'a>(self, request: ReviewRequest<'a>) -> (ReviewResponse<'a>, usize)
    where
        'p: 'a,
    {
        let text = match self.verdict {
            Verdict::Deny(denial) => {
                return (ReviewResponse::deny(request.content, denial.reason), 0);
            }
            Verdict::Allow => request.content,
            Verdict::Rewrite(rewrite) => Cow::Owned(rewrite.text),
        };
        let mut attributes = request.attributes;
        let tags = self.tags.into_iter();
        let left_out = tags.filter(|(key, value)| !attach(&mut attributes, key, value)).count();
        (ReviewResponse::allow(text, attributes), left_out)
    }
}

/// Sets an attribute, or leaves the map as it was where it does not fit: false.
fn attach<'a>(attributes: &mut Attributes<'a>, key: &'a str, value: &'a str) -> bool {
    let before = attributes.insert(Cow::Borrowed(key), Cow::Borrowed(value));
    let fits = attributes_len(attributes) <= MAX_ATTRIBUTES_BYTES;
    if !fits {
        match before {
            Some(value) => attributes.insert(Cow::Borrowed(key), value),
            None => attributes.remove(key),
        };
    }
    fits
}

/// Memory that reviews use again, so that a warm review allocates little.
#[derive(Default)]
pub struct Scratch {
    pub(crate) folded: Folded,
    candidates: Vec<Candidate>,
    exceptions: Vec<Candidate>,
}

/// What the automaton found.
#[derive(Clone, Copy)]
struct Candidate {
    pattern: u32,
    /// Its first letter; of an exception alone.
    first: u32,
    /// Symbol it ends at.
    end: u32,
}

/// How many terms are looked for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Search {
    /// Every one.
    Every,
    /// Those that decide: none that ends with a longer one of the same rules.
    Enough,
}

/// The last term found that nothing spared.
#[derive(Default)]
struct Decisive {
    /// Symbol it ends at.
    end: u32,
    /// Number of its symbols.
    symbols: usize,
    rules: RuleSet,
}

/// A term that is really there.
pub(crate) struct FoundTerm<'f> {
    pub(crate) found: Found,
    /// The text as it is shown, and so as it was folded.
    pub(crate) text: &'f str,
    /// The text in the reading in which it was found.
    pub(crate) folded: &'f Folded,
    /// The rules that look for it.
    pub(crate) rules: RuleSet,
    /// Those of them that no exception holds back.
    pub(crate) left: RuleSet,
    /// The exception, if one holds some rule back.
    pub(crate) spared_by: Option<u32>,
}

impl FoundTerm<'_> {
    /// Where it stands: bytes of the original.
    fn span(&self) -> Range<usize> {
        self.folded.span(self.found.first, self.found.last)
    }
}

/// Where terms were found, and the rules that look for them; by where they begin.
struct Known {
    found: Vec<(Range<usize>, RuleSet)>,
    /// For each the index of the one, up to it, that ends last.
    last_to_end: Vec<usize>,
}

impl Known {
    fn new(mut found: Vec<(Range<usize>, RuleSet)>) -> Self {
        found.sort_unstable_by_key(|(span, _)| (span.start, span.end));
        let mut last = (0, 0);
        let last_to_end = found.iter().enumerate().map(|(i, (span, _))| {
            last = last.max((span.end, i));
            last.1
        });
        let last_to_end = last_to_end.collect();
        Self { found, last_to_end }
    }

    /// Does one of them hold this span, or this span one of them, for all of these rules?
    fn holds(&self, span: &Range<usize>, rules: RuleSet) -> bool {
        let is_for_all = |known: RuleSet| rules.without(known).is_empty();
        let up_to = self.found.partition_point(|(known, _)| known.start <= span.start);
        let around = up_to.checked_sub(1).and_then(|i| self.last_to_end.get(i));
        let around = around.and_then(|&i| self.found.get(i));
        let from = self.found.partition_point(|(known, _)| known.start < span.start);
        let inside = self.found.get(from..).unwrap_or_default().iter();
        let mut inside = inside.take_while(|(known, _)| known.start < span.end);
        around.is_some_and(|&(ref known, rules)| known.end >= span.end && is_for_all(rules))
            || inside.any(|&(ref known, rules)| known.end <= span.end && is_for_all(rules))
    }
}

/// A match of one rule.
pub(crate) struct Hit {
    pub(crate) rule: usize,
    pub(crate) span: Range<usize>,
    /// The span with the letters and digits glued to it.
    pub(crate) word: Range<usize>,
    /// What it is, for a person.
    pub(crate) what: &'static str,
}

impl<'a> CompiledPolicy<'a> {
    /// Reviews one message. Total: any request with content gets a verdict. Time grows
    /// with the length of the content, not with the number of terms; a regular expression
    /// that looks ahead to the end for every match takes the square of it.
    pub fn review(&self, request: &ReviewRequest<'_>, scratch: &mut Scratch) -> Review<'a> {
        let Some(rules) = self.rules_for(request) else { return Review::allow() };
        let content: &str = &request.content;
        let mut hits: Vec<Hit> = Vec::new();
        let mut word = Word::default();
        let mut last = None;
        self.find_terms(content, Search::Enough, scratch, |term| {
            let applying = term.left.and(rules);
            // Most often the same letters under another name.
            let place = Some((term.span(), applying));
            if last != place {
                hits.extend(applying.iter().map(|rule| hit(rule, &term, &mut word)));
                last = place;
            }
        });
        self.find_others(content, rules, &mut hits);
        if hits.is_empty() {
            return Review::allow();
        }
        self.decide(request, hits)
    }

    /// The profile that exempts a message's sender from review, if one does.
    pub(crate) fn exempting_profile(&self, request: &ReviewRequest<'_>) -> Option<&'a str> {
        let exempting = self
            .settings
            .profiles
            .iter()
            .find(|profile| profile.exempt && matches(profile, request));
        exempting.map(|profile| profile.id)
    }

    /// The rules that apply to a message. None: the sender is exempt.
    pub(crate) fn rules_for(&self, request: &ReviewRequest<'_>) -> Option<RuleSet> {
        if self.exempting_profile(request).is_some() {
            return None;
        }
        let matching = |(i, profile): (usize, &Profile<'_>)| {
            if matches(profile, request) { 1 << i } else { 0u64 }
        };
        let profiles: u64 = self.settings.profiles.iter().enumerate().map(matching).sum();
        let mut rules = RuleSet::default();
        for (i, rule) in self.settings.rules.iter().enumerate() {
            if (rule.only_profiles == 0 || rule.only_profiles & profiles != 0)
                && rule.not_profiles & profiles == 0
            {
                rules.insert(i);
            }
        }
        Some(rules)
    }

    /// Calls `found` with terms that are really there, spared ones as well.
    pub(crate) fn find_terms(
        &self,
        content: &str,
        search: Search,
        scratch: &mut Scratch,
        mut found: impl FnMut(FoundTerm<'_>),
    ) {
        // What is there as written is not told again.
        let mut known = Vec::new();
        self.find_as_written(content, search, scratch, &mut |term| {
            if term.folded.has_override {
                known.push((term.span(), term.left));
            }
            found(term);
        });
        if scratch.folded.has_override {
            let (text, pieces) = shown(content);
            scratch.folded.pieces = pieces;
            let known = Known::new(known);
            self.find_as_written(&text, search, scratch, &mut |term| {
                // Most of those that are plain are words with their letters out of place.
                let of = self.term(term.found.term);
                let is_plain = of.is_some_and(|of| of.flags & term::PLAIN != 0);
                if !is_plain && !known.holds(&term.span(), term.left) {
                    found(term);
                }
            });
            scratch.folded.pieces.clear();
        }
    }

    /// The same in a text whose letters stand in the order in which they are read.
    fn find_as_written(
        &self,
        content: &str,
        search: Search,
        scratch: &mut Scratch,
        found: &mut impl FnMut(FoundTerm<'_>),
    ) {
        let Scratch { folded, candidates, exceptions } = scratch;
        let (mut ambiguous, mut has_seconds) = (true, true);
        for reading in [Reading::Leet, Reading::Separators, Reading::Seconds] {
            match reading {
                Reading::Separators if !ambiguous => continue,
                Reading::Seconds if !has_seconds => continue,
                _ => folded.fold(content, reading),
            }
            if reading == Reading::Leet {
                (ambiguous, has_seconds) = (folded.ambiguous, folded.has_seconds);
            }
            candidates.clear();
            exceptions.clear();
            let mut longest_exception = 0;
            self.automaton.scan(&folded.symbols, |found, end| {
                let (pattern, end) = (found & output::NUMBER, end as u32);
                if found & output::EXCEPTION == 0 {
                    candidates.push(Candidate { pattern, first: 0, end });
                } else {
                    let symbols = self.pattern(pattern).map_or(0, |p| u32::from(p.symbols));
                    let begin = (end + 1).saturating_sub(symbols) as usize;
                    let first = folded.first_letter.get(begin).copied().unwrap_or_default();
                    exceptions.push(Candidate { pattern, first, end });
                    longest_exception = longest_exception.max(symbols);
                }
            });
            let mut last = Decisive::default();
            let mut judge = |term: u32, checks: &[[u8; CHECK_BYTES]], end: u32| {
                // Within that term, for the same rules: nothing more would come of it.
                if search == Search::Enough
                    && (last.end == end && checks.len() <= last.symbols)
                    && self.rules_of(term).without(last.rules).is_empty()
                {
                    return;
                }
                let Some(term) = verify(self, folded, term, checks, end as usize) else { return };
                // What a later reading finds must need it.
                if reading != Reading::Leet && !needs_reading(folded, term) {
                    return;
                }
                // An exception that covers the term ends at its last symbol or after it, and
                // begins before that.
                let from = exceptions.partition_point(|c| c.end < end);
                let near = exceptions.get(from..).unwrap_or_default();
                let near = near.iter().take_while(|c| c.end < end + longest_exception);
                let term = self.spare(content, folded, near, term);
                if term.left == term.rules {
                    last = Decisive { end, symbols: checks.len(), rules: term.rules };
                }
                found(term);
            };
            for &Candidate { pattern, end, .. } in candidates.iter() {
                let Some(pattern) = self.pattern(pattern) else { continue };
                judge(pattern.term, self.checks(pattern), end);
            }
            hidden::find(self, folded, |hidden::Candidate { term, checks, end }| {
                judge(term, checks, end as u32);
            });
        }
    }

    /// Looks for exceptions around a term.
    fn spare<'f>(
        &self,
        text: &'f str,
        folded: &'f Folded,
        exceptions: impl Iterator<Item = &'f Candidate>,
        found: Found,
    ) -> FoundTerm<'f> {
        let term = self.term(found.term);
        let rules = self.rules_of(found.term);
        let mut of_term = FoundTerm { found, text, folded, rules, left: rules, spared_by: None };
        for exception in exceptions.filter(|c| c.first as usize <= found.first) {
            let Some(pattern) = self.pattern(exception.pattern) else { continue };
            let Some(covering) = self.term(pattern.term) else { continue };
            let spared = if term.is_some_and(|t| self.is_exception_of(pattern.term, t)) {
                of_term.left
            } else {
                self.rule_set(covering).and(of_term.left)
            };
            if spared.is_empty() {
                continue;
            }
            if let Some(around) =
                verify(self, folded, pattern.term, self.checks(pattern), exception.end as usize)
                && around.first <= found.first
                && around.last >= found.last
            {
                of_term.left = of_term.left.without(spared);
                of_term.spared_by = Some(pattern.term);
                if of_term.left.is_empty() {
                    break;
                }
            }
        }
        of_term
    }

    /// The rules that look for the term with this number.
    fn rules_of(&self, term: u32) -> RuleSet {
        self.term(term).map(|term| self.rule_set(term)).unwrap_or_default()
    }

    /// What rules look for beside terms.
    pub(crate) fn find_others(&self, content: &str, rules: RuleSet, hits: &mut Vec<Hit>) {
        for regex in self.regexes.iter().filter(|regex| !rules.and(one(regex.rule)).is_empty()) {
            regex.find(content, |span| {
                let what = "a match of a regular expression";
                hits.push(Hit { rule: regex.rule, word: span.clone(), span, what });
            });
        }
        let bytes = ByteSet::of(content);
        let (link, email, number) = (
            links::may_hold(bytes),
            contacts::may_hold_email(bytes),
            contacts::may_hold_number(content, bytes),
        );
        for i in rules.iter() {
            let Some(rule) = self.settings.rules.get(i) else { continue };
            let mut hit = |span: Range<usize>, what: &'static str| {
                hits.push(Hit { rule: i, word: span.clone(), span, what })
            };
            if let Some(wanted) = rule.links.as_ref().filter(|_| link) {
                links::find(content, &mut |span, host: &str| {
                    let named =
                        |domains: &[&str]| domains.iter().any(|domain| links::covers(domain, host));
                    if !named(&wanted.allow) && (wanted.deny.is_empty() || named(&wanted.deny)) {
                        hit(span, "a link");
                    }
                });
            }
            if email && rule.contact & contact::EMAIL != 0 {
                contacts::emails(content, &mut |span| hit(span, "an e-mail address"));
            }
            if number && rule.contact & contact::PHONE != 0 {
                contacts::phones(content, &mut |span| hit(span, "a telephone number"));
            }
            if number && rule.contact & contact::CARD != 0 {
                contacts::cards(content, &mut |span| hit(span, "a payment card number"));
            }
            if rule.shape != crate::settings::Shape::default() {
                shape::over(content, bytes, &rule.shape, &mut |span, over| hit(span, over.what()));
            }
        }
    }

    /// What all matches together come to. Rules speak in order: an `allow` spares what
    /// it covers from those after it, the first `deny` decides, rewrites combine.
    pub(crate) fn decide(&self, request: &ReviewRequest<'_>, mut hits: Vec<Hit>) -> Review<'a> {
        hits.sort_by_key(|hit| (hit.rule, hit.span.start, hit.span.end));
        hits.dedup_by(|a, b| a.rule == b.rule && a.span == b.span);
        let mut review = Review::allow();
        let mut spared: Vec<Range<usize>> = Vec::new();
        let mut edits: Vec<Edit<'a>> = Vec::new();
        let (mut lowercase, mut collapse, mut denied_by, mut rewritten_by) =
            (false, None, None, None);
        for hit in hits {
            let Some(rule) = self.settings.rules.get(hit.rule) else { continue };
            if spared.iter().any(|range| range.start <= hit.span.start && hit.span.end <= range.end)
            {
                continue;
            }
            let found = Match {
                rule: rule.id,
                rule_index: hit.rule,
                span: hit.span.clone(),
                shadow: rule.shadow,
            };
            review.matches.push(found);
            if rule.shadow {
                continue;
            }
            match &rule.action {
                Action::Allow => spared.push(hit.span),
                Action::Tag(key, value) => {
                    if !review.tags.contains(&(*key, *value)) {
                        review.tags.push((key, value));
                    }
                }
                Action::Deny(_) => {
                    denied_by.get_or_insert(hit.rule);
                }
                Action::Lowercase => lowercase = true,
                Action::Collapse(run) => {
                    collapse = Some(collapse.map_or(*run, |r: u8| r.min(*run)))
                }
                Action::Replace(text, word) => {
                    edits.push(Edit {
                        span: if *word { hit.word } else { hit.span },
                        rule: hit.rule,
                        text: Some(text),
                    });
                }
                Action::Mask(word) => {
                    edits.push(Edit {
                        span: if *word { hit.word } else { hit.span },
                        rule: hit.rule,
                        text: None,
                    });
                }
            }
            if !matches!(rule.action, Action::Allow | Action::Tag(..) | Action::Deny(_)) {
                rewritten_by.get_or_insert(hit.rule);
            }
        }
        let id = |rule: usize| self.settings.rules.get(rule).map_or("", |r| r.id);
        let deny = |rule: usize| {
            let reason = self.reasons.of(Some(rule), self.language(request));
            Verdict::Deny(Denial { rule: id(rule), reason })
        };
        if let Some(rule) = denied_by {
            review.verdict = deny(rule);
        } else if let Some(rule) = rewritten_by {
            let text = rewrite(&request.content, edits, lowercase, collapse, &self.settings);
            if is_blank(&text) {
                review.verdict = deny(rule);
            } else if text != request.content {
                review.verdict = Verdict::Rewrite(Rewrite { rule: id(rule), text });
            }
        }
        review
    }

    /// The language the sender's token names, if the policy asks for it.
    fn language<'r>(&self, request: &'r ReviewRequest<'_>) -> Option<&'r str> {
        let attribute = Some(self.settings.language_attribute).filter(|name| !name.is_empty())?;
        request.sender.attributes.get(attribute).map(AsRef::as_ref)
    }
}

/// The last word that a term was part of, by bytes: several terms may be in one.
#[derive(Default)]
pub(crate) struct Word {
    span: Range<usize>,
    reading: Reading,
    /// Was the text turned back?
    turned: bool,
}

/// The span of a found term in the original.
pub(crate) fn hit(rule: usize, term: &FoundTerm<'_>, word: &mut Word) -> Hit {
    let span = term.span();
    let folded = term.folded;
    let turned = !folded.pieces.is_empty();
    let is_of_it = (word.reading, word.turned) == (folded.reading, turned)
        && (word.span.start <= span.start && span.end <= word.span.end);
    if !is_of_it {
        let (first, last) = word_around(folded, term.found);
        *word = Word { span: folded.span(first, last), reading: folded.reading, turned };
    }
    Hit { rule, span, word: word.span.clone(), what: "a term" }
}

/// Is a term there only because of how this reading differs from the first? A letter of
/// it is taken otherwise, or a digit or symbol is a separator: inside it always; at its
/// edges a symbol is one where a word stands on its other side (`stop!heck`), not a
/// letter or two (`c!ass`).
fn needs_reading(folded: &Folded, found: Found) -> bool {
    let letters = &folded.letters;
    let inside = letters.get(found.first + 1..=found.last).unwrap_or_default();
    let is_otherwise =
        letters.get(found.first..=found.last).unwrap_or_default().iter().any(Letter::otherwise);
    if is_otherwise || inside.iter().any(|l| l.gap & (gap::INFIX | gap::SYMBOL) != 0) {
        return true;
    }
    let before = letters.get(..found.first).unwrap_or_default().iter().rev();
    // The letter before is joined to those before it, not to the term.
    let word_before = 1 + before.take(2).take_while(|l| l.joined()).count();
    let after = letters.get(found.last + 1..).unwrap_or_default();
    let word_after = 1 + after.iter().skip(1).take(2).take_while(|l| l.joined()).count();
    let edges = [(letters.get(found.first), word_before), (after.first(), word_after)];
    let mut at_symbols =
        edges.into_iter().filter(|(l, _)| l.is_some_and(|l| l.gap & gap::SYMBOL != 0)).peekable();
    at_symbols.peek().is_some() && at_symbols.all(|(_, word)| word > 2)
}

fn one(rule: usize) -> RuleSet {
    let mut set = RuleSet::default();
    set.insert(rule);
    set
}

/// Does a message belong to a profile? From one of its rooms, and every attribute of
/// the sender's token as the profile says.
fn matches(profile: &Profile<'_>, request: &ReviewRequest<'_>) -> bool {
    let room = profile.rooms.is_empty()
        || profile.rooms.iter().any(|glob| matches_glob(glob, &request.room_arn));
    room && profile.senders.iter().all(|(key, values)| {
        request.sender.attributes.get(*key).is_some_and(|value| values.contains(&value.as_ref()))
    })
}

/// Glob match: `*` is any text, `?` one byte, and so one character of an ARN.
pub fn matches_glob(glob: &str, text: &str) -> bool {
    let (glob, text) = (glob.as_bytes(), text.as_bytes());
    let (mut g, mut t) = (0, 0);
    // Where to go on after the last star: no other star needs a second try.
    let mut retry = None;
    while t < text.len() {
        match glob.get(g) {
            Some(b'*') => {
                retry = Some((g + 1, t));
                g += 1;
            }
            Some(&c) if c == b'?' || text.get(t) == Some(&c) => {
                g += 1;
                t += 1;
            }
            _ => match retry {
                Some((after_star, from)) => {
                    retry = Some((after_star, from + 1));
                    g = after_star;
                    t = from + 1;
                }
                None => return false,
            },
        }
    }
    glob.get(g..).unwrap_or_default().iter().all(|&c| c == b'*')
}
