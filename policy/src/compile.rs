//! A policy to bytes: every term spelled out, the automaton built, everything laid out
//! as the engine reads it. The same policy always gives the same bytes.

use std::collections::{BTreeMap, HashMap, HashSet};

use chatwarden_engine::compiled::{self, CompiledPolicy, PolicyHash};
use chatwarden_engine::fold::fold_term;
use chatwarden_engine::layout::{
    ALIGNMENT, CHECK_BYTES, HASH_AT, HEADER_BYTES, MAGIC, MAX_RULES, Pattern, RuleSet, SECTIONS,
    Section, Term, VERSION, output, term,
};
use chatwarden_engine::settings::{self, Settings};
use rustc_hash::FxHashMap;
use xxhash_rust::xxh3::xxh3_128;

use crate::automaton;
use crate::error;
use crate::glue;
use crate::inflect::forms;
use crate::lexicon::{self, Lexicon, LexiconTerm, TermOptions};
use crate::parse::regex;
use crate::policy::{Action, Contact, Extent, Policy, Profile, ReasonTexts, Rule, TermPattern};
use crate::scramble::scrambled;
use crate::spell::{Spelling, Vary, on_keyboard, spellings};
use crate::words::{Cuts, common_words};

/// A compiled policy and what is in it.
#[derive(Debug, Clone)]
pub struct Compiled {
    /// What the handler loads.
    pub bytes: Vec<u8>,
    /// Names the policy by its content.
    pub hash: PolicyHash,
    /// Rules.
    pub rules: usize,
    /// Terms, inflected forms counted, exceptions not.
    pub terms: usize,
    /// Exceptions.
    pub exceptions: usize,
    /// Spellings the automaton looks for.
    pub patterns: usize,
}

/// Why a policy that holds cannot be compiled.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CompileError {
    /// More terms than the format can count.
    #[error(
        "the policy has more terms than a compiled policy holds; split it over several rules' packs or shorten `terms`"
    )]
    TooLarge,
    /// A pack that comes with chatwarden cannot be read. Its own tests see to it that
    /// this does not happen.
    #[error("a lexicon of chatwarden's own has faults:\n{0}")]
    Lexicon(String),
}

/// A pack number for terms of the policy itself.
const OWN: u8 = 255;

/// The language of what the engine knows as glue.
const GLUE_LANGUAGE: &str = "en";

/// How many letters an exception with stars has beside the term to be told in glue.
const LETTERS_OF_A_WORD: usize = 3;

/// What tells one term from another: the same term in two rules is one term.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Key {
    spelled: String,
    name: String,
    flags: u16,
    pack: u8,
    sound: bool,
    accents: bool,
}

#[derive(Debug, Default)]
struct Entry {
    rules: RuleSet,
    /// Keys of its exceptions.
    exceptions: Vec<Key>,
}

/// Compiles a policy.
///
/// # Errors
/// When it is too large for the format.
pub fn compile(policy: &Policy) -> Result<Compiled, CompileError> {
    let packs = packs()?;
    let mut entries: BTreeMap<Key, Entry> = BTreeMap::new();
    for (i, rule) in policy.rules.iter().enumerate().take(MAX_RULES) {
        collect(i, rule, &packs, &mut entries);
    }
    spare_glued(&mut entries);
    // A piece that is a term itself is no innocent word.
    let is_term = |key: &&Key| key.flags & term::EXCEPTION == 0;
    let terms: HashSet<&str> =
        entries.keys().filter(is_term).map(|key| key.spelled.as_str()).collect();
    let words = common_words(&terms);

    let number: HashMap<&Key, u32> = entries.keys().zip(0u32..).collect();
    let mut sections: [Vec<u8>; SECTIONS] = Default::default();
    let mut rule_sets: BTreeMap<RuleSet, u16> = BTreeMap::new();
    // Most spellings are checked alike, symbol by symbol: each way is numbered.
    let mut ways: Ways = Ways::default();
    let mut patterns: Vec<Pattern> = Vec::new();
    let mut spelled: Vec<(Vec<u8>, u32)> = Vec::new();
    let mut exceptions: Vec<u32> = Vec::new();
    let mut exceptions_at: HashMap<Vec<u32>, u32> = HashMap::new();
    let mut names = Vec::new();
    let mut terms = Vec::new();
    for (key, entry) in &entries {
        let next = rule_sets.len();
        let rules = *rule_sets
            .entry(entry.rules)
            .or_insert(u16::try_from(next).map_err(|_| CompileError::TooLarge)?);
        let mut of_term: Vec<u32> =
            entry.exceptions.iter().filter_map(|key| number.get(key).copied()).collect();
        of_term.sort_unstable();
        of_term.dedup();
        let exceptions_len = u16::try_from(of_term.len()).map_err(|_| CompileError::TooLarge)?;
        let first = *exceptions_at.entry(of_term.clone()).or_insert_with(|| {
            let at = exceptions.len() as u32;
            exceptions.extend(&of_term);
            at
        });
        let flexible = key.flags & (term::PLAIN | term::EXACT) == 0;
        let is_exception = key.flags & term::EXCEPTION != 0;
        let vary = Vary {
            look: flexible,
            hidden: flexible && !is_exception,
            sound: key.sound,
            accents: key.accents,
        };
        let letters = key.spelled.chars().filter(|c| c.is_alphanumeric()).count();
        let runs = fold_term(&key.spelled);
        let cuts = Cuts::new(&runs, &words);
        let of_words = if cuts.is_of_words() { term::OF_WORDS } else { 0 };
        let in_katakana = runs.iter().any(|run| run.katakana);
        let katakana = if in_katakana { term::KATAKANA } else { 0 };
        let record = Term {
            name: names.len() as u32,
            name_len: key.name.len() as u16,
            rules,
            exceptions: first,
            exceptions_len,
            flags: key.flags | of_words | katakana,
            letters: u8::try_from(letters).unwrap_or(u8::MAX),
            pack: key.pack,
        };
        let term_number = u32::try_from(terms.len())
            .ok()
            .filter(|n| n >> 24 == 0)
            .ok_or(CompileError::TooLarge)?;
        names.extend(key.name.as_bytes());
        terms.push(record.to_bytes());
        let spellings = spellings(&runs, vary, &cuts).into_iter().enumerate();
        // `blotch` is a word before it is another one with an l for an i.
        let is_a_word =
            |(i, spelling): &(usize, Spelling)| *i > 0 && words.has(&spelling.letters());
        for (_, Spelling { symbols, checks, hides }) in spellings.filter(|s| !is_a_word(s)) {
            let len = symbols.len();
            let next = ways.len() as u32;
            let way = *ways.entry(checks).or_insert(next);
            let number = u32::try_from(patterns.len()).ok().filter(|&n| n <= output::NUMBER);
            let flag = |is: bool, flag: u32| if is { flag } else { 0 };
            let flags = flag(is_exception, output::EXCEPTION) | flag(hides, output::HIDES);
            let number = number.ok_or(CompileError::TooLarge)? | flags;
            spelled.push((symbols, number));
            patterns.push(Pattern { term: term_number, checks: way, symbols: len as u8 });
        }
    }
    let (checks, places) = overlay(ways);
    for pattern in &mut patterns {
        pattern.checks = places.get(pattern.checks as usize).copied().unwrap_or_default();
    }
    let codes = automaton::Codes::of(spelled.iter().map(|(symbols, _)| symbols));
    let automaton = automaton::build(&codes, spelled).ok_or(CompileError::TooLarge)?;

    let mut by_number: Vec<(RuleSet, u16)> = rule_sets.into_iter().collect();
    by_number.sort_by_key(|&(_, number)| number);
    let mut put = |section: Section, bytes: Vec<u8>| {
        if let Some(slot) = sections.get_mut(section as usize) {
            *slot = bytes;
        }
    };
    let (regexes, regex_data) = compile_regexes(policy);
    let mut settings = Vec::new();
    settings::write(&settings_of(policy, &packs), &mut settings);
    put(Section::Settings, settings);
    put(Section::Codes, codes.0.to_vec());
    put(Section::Pairs, automaton.pairs.concat());
    put(Section::States, automaton.states.concat());
    put(Section::Rests, automaton.rests.concat());
    put(Section::Outputs, automaton.outputs.concat());
    put(Section::Patterns, patterns.iter().flat_map(|pattern| pattern.to_bytes()).collect());
    put(Section::Checks, checks.concat());
    put(Section::Terms, terms.concat());
    put(Section::Exceptions, exceptions.iter().flat_map(|n| n.to_le_bytes()).collect());
    put(Section::Names, names);
    put(Section::RuleSets, by_number.iter().flat_map(|(set, _)| set.to_bytes()).collect());
    put(Section::Regexes, regexes);
    put(Section::RegexData, regex_data);
    let (bytes, hash) = assemble(&sections).ok_or(CompileError::TooLarge)?;
    let is_exception = |key: &&Key| key.flags & term::EXCEPTION != 0;
    let exceptions = entries.keys().filter(is_exception).count();
    Ok(Compiled {
        bytes,
        hash,
        rules: policy.rules.len(),
        terms: entries.len() - exceptions,
        exceptions,
        patterns: patterns.len(),
    })
}

impl Compiled {
    /// Hands the compiled policy to `use_it`, as the handler would load it.
    pub fn with_policy<T>(
        &self,
        use_it: impl FnOnce(&CompiledPolicy<'_>) -> T,
    ) -> Result<T, compiled::LoadError> {
        let mut aligned = vec![0; self.bytes.len() + ALIGNMENT];
        let offset = aligned.as_ptr().align_offset(ALIGNMENT);
        let place = aligned.get_mut(offset..).and_then(|rest| rest.get_mut(..self.bytes.len()));
        let place = place.ok_or(compiled::LoadError::Misaligned)?;
        place.copy_from_slice(&self.bytes);
        Ok(use_it(&CompiledPolicy::embedded(place)?))
    }
}

/// Sequences of checks, numbered.
type Ways = FxHashMap<Vec<[u8; CHECK_BYTES]>, u32>;

/// Lays numbered sequences of checks out in one, a shorter one inside a longer one where
/// that holds it. Returns the one, and where in it each begins.
fn overlay(ways: Ways) -> (Vec<[u8; CHECK_BYTES]>, Vec<u32>) {
    let mut places = vec![0; ways.len()];
    let mut ways: Vec<_> = ways.into_iter().collect();
    ways.sort_unstable_by(|(a, _), (b, _)| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
    let mut checks = Vec::new();
    // From each place on, to the end of what was laid there.
    let mut from_place: BTreeMap<Vec<[u8; CHECK_BYTES]>, u32> = BTreeMap::new();
    for (way, number) in ways {
        let place = match from_place.range(way.clone()..).next() {
            Some((longer, &place)) if longer.starts_with(&way) => place,
            _ => {
                let place = checks.len() as u32;
                for (start, place) in (0..way.len()).zip(place..) {
                    let rest = way.get(start..).unwrap_or_default();
                    from_place.entry(rest.to_vec()).or_insert(place);
                }
                checks.extend(way);
                place
            }
        };
        if let Some(slot) = places.get_mut(number as usize) {
            *slot = place;
        }
    }
    (checks, places)
}

/// The packs, read.
fn packs() -> Result<Vec<Lexicon>, CompileError> {
    let read = |pack: &lexicon::Pack| {
        let source = pack.source();
        lexicon::parse_lexicon(&source)
            .map_err(|faults| CompileError::Lexicon(error::render(&source, &faults, false)))
    };
    lexicon::packs().iter().map(read).collect()
}

/// Adds the terms that one rule looks for, and its exceptions.
fn collect(rule: usize, of: &Rule, packs: &[Lexicon], entries: &mut BTreeMap<Key, Entry>) {
    let mut rules = RuleSet::default();
    rules.insert(rule);
    for selection in &of.finds.lexicons {
        for (pack, lexicon) in
            (0u8..).zip(packs).filter(|(_, lexicon)| selection.packs.contains(&lexicon.pack))
        {
            let wanted = lexicon.terms.iter().filter(|term| {
                (selection.categories.is_empty() || selection.categories.contains(&term.category))
                    && (selection.min_severity..=selection.max_severity).contains(&term.severity)
            });
            for term in wanted {
                add_lexicon_term(term, lexicon.language.as_deref(), pack, rules, entries);
            }
        }
    }
    for pattern in &of.finds.terms {
        let key = key(&pattern.text, pattern, TermOptions::default(), OWN, 0);
        merge(entries, in_glue(key), rules, &[]);
    }
    for pattern in &of.except {
        let key = key(&pattern.text, pattern, TermOptions::default(), OWN, term::EXCEPTION);
        merge(entries, in_glue(key), rules, &[]);
    }
}

fn add_lexicon_term(
    of: &LexiconTerm,
    language: Option<&str>,
    pack: u8,
    rules: RuleSet,
    entries: &mut BTreeMap<Key, Entry>,
) {
    let options = of.options;
    let plain = TermOptions::default();
    let glue = |key: Key| if language == Some(GLUE_LANGUAGE) { in_glue(key) } else { key };
    let exceptions: Vec<Key> = of
        .exceptions
        .iter()
        .map(|p| {
            let key = key(&p.text, p, plain, pack, term::EXCEPTION);
            // What begins as the term does and then goes on may go on with glue.
            let (text, term) = (&p.text, &of.pattern.text);
            let is_word = !(p.open_start || p.open_end)
                || !text.starts_with(term)
                || text.len() >= term.len() + LETTERS_OF_A_WORD;
            if is_word { glue(key) } else { key }
        })
        .collect();
    for exception in &exceptions {
        merge(entries, exception.clone(), RuleSet::default(), &[]);
    }
    for form in forms(&of.pattern.text, options, language) {
        merge(entries, glue(key(&form, &of.pattern, options, pack, 0)), rules, &exceptions);
        if !options.scrambled {
            continue;
        }
        for spelled in scrambled(&form, form != of.pattern.text) {
            let whole = TermPattern { open_start: false, open_end: false, ..of.pattern.clone() };
            let plain = TermOptions { plain: true, ..TermOptions::default() };
            let key = Key { name: form.clone(), ..key(&spelled, &whole, plain, pack, 0) };
            merge(entries, key, rules, &exceptions);
        }
    }
    if options.keyboard
        && let Some(typed) = on_keyboard(&of.pattern.text)
    {
        let plain = TermOptions { plain: true, ..TermOptions::default() };
        let key = Key { name: of.pattern.text.clone(), ..key(&typed, &of.pattern, plain, pack, 0) };
        merge(entries, key, rules, &[]);
    }
}

fn key(spelled: &str, pattern: &TermPattern, options: TermOptions, pack: u8, flags: u16) -> Key {
    let mut flags = flags;
    let mut set = |condition: bool, flag: u16| flags |= if condition { flag } else { 0 };
    set(pattern.open_start, term::OPEN_START);
    set(pattern.open_end, term::OPEN_END);
    set(options.plain, term::PLAIN);
    set(options.exact, term::EXACT);
    let (sound, accents) = (options.sound, options.accent || options.exact);
    Key { spelled: spelled.to_owned(), name: spelled.to_owned(), flags, pack, sound, accents }
}

/// The term or exception, to be found in glue as well if it may be.
fn in_glue(mut key: Key) -> Key {
    const OTHERWISE: u16 = term::PLAIN | term::EXACT;
    if key.flags & OTHERWISE == 0 && glue::glued(&key.spelled).is_some() {
        key.flags |= term::GLUED;
    }
    key
}

/// Gives terms that are found in glue the ordinary words that look so as exceptions.
fn spare_glued(entries: &mut BTreeMap<Key, Entry>) {
    const GLUED_TERM: u16 = term::GLUED | term::EXCEPTION;
    let keys: Vec<Key> =
        entries.keys().filter(|key| key.flags & GLUED_TERM == term::GLUED).cloned().collect();
    let mut terms: FxHashMap<Vec<u8>, Vec<usize>> = FxHashMap::default();
    for (number, key) in keys.iter().enumerate() {
        if let Some(letters) = glue::glued(&key.spelled) {
            terms.entry(letters).or_default().push(number);
        }
    }
    let is_term: HashSet<&str> = keys.iter().map(|key| key.spelled.as_str()).collect();
    // A side that is open needs no glue: what stands there is what was asked for.
    let is_asked_for = |key: &Key, [before, after]: [bool; 2]| {
        (!before || key.flags & term::OPEN_START != 0)
            && (!after || key.flags & term::OPEN_END != 0)
    };
    for (number, word, sides) in glue::innocent(&terms) {
        let is_innocent = |key: &&Key| !is_term.contains(word) && !is_asked_for(key, sides);
        let Some(of) = keys.get(number).filter(is_innocent) else { continue };
        let exception = Key {
            spelled: word.to_owned(),
            name: word.to_owned(),
            // Plain: in two pieces it would be two words, and one of them the term.
            flags: term::EXCEPTION | term::PLAIN | term::GLUED,
            pack: of.pack,
            sound: false,
            accents: false,
        };
        merge(entries, exception.clone(), RuleSet::default(), &[]);
        if let Some(entry) = entries.get_mut(of) {
            entry.exceptions.push(exception);
        }
    }
}

fn merge(entries: &mut BTreeMap<Key, Entry>, key: Key, rules: RuleSet, exceptions: &[Key]) {
    let entry = entries.entry(key).or_default();
    for rule in rules.iter() {
        entry.rules.insert(rule);
    }
    entry.exceptions.extend_from_slice(exceptions);
}

/// The regular expressions of every rule, and their tables.
fn compile_regexes(policy: &Policy) -> (Vec<u8>, Vec<u8>) {
    let (mut index, mut data) = (Vec::new(), Vec::new());
    for (rule, of) in policy.rules.iter().enumerate() {
        for pattern in &of.finds.regex {
            // Whatever was parsed compiles: parsing tried it.
            let Ok(tables) = regex::compile(pattern) else { continue };
            let mut place = vec![rule as u32];
            for table in [tables.forward, tables.reverse] {
                let (bytes, padding) = table.to_bytes_little_endian();
                let bytes = bytes.get(padding..).unwrap_or_default();
                data.resize(data.len().next_multiple_of(ALIGNMENT), 0);
                place.extend([data.len() as u32, bytes.len() as u32]);
                data.extend(bytes);
            }
            index.extend(place.into_iter().flat_map(u32::to_le_bytes));
        }
    }
    (index, data)
}

/// The policy in the engine's words.
fn settings_of<'a>(policy: &'a Policy, packs: &'a [Lexicon]) -> Settings<'a> {
    Settings {
        on_fault: policy.on_fault,
        max_content: policy.max_content.unwrap_or(0),
        mask: policy.mask,
        language_attribute: policy.language_attribute.as_deref().unwrap_or_default(),
        reason: texts(&policy.reason),
        packs: packs.iter().map(|lexicon| lexicon.pack.as_str()).collect(),
        profiles: policy.profiles.iter().map(profile_of).collect(),
        rules: policy.rules.iter().map(|rule| rule_of(rule, &policy.reason)).collect(),
    }
}

fn profile_of(profile: &Profile) -> settings::Profile<'_> {
    settings::Profile {
        id: &profile.id,
        rooms: strs(&profile.rooms),
        senders: profile.senders.iter().map(|(key, values)| (key.as_str(), strs(values))).collect(),
        exempt: profile.exempt,
    }
}

fn rule_of<'a>(rule: &'a Rule, policy_reason: &'a ReasonTexts) -> settings::Rule<'a> {
    let bits = |profiles: &[usize]| profiles.iter().fold(0u64, |bits, &i| bits | 1 << i);
    let shape = rule.finds.shape;
    settings::Rule {
        id: &rule.id.0,
        action: match &rule.action {
            Action::Deny(reason) => {
                settings::Action::Deny(texts(reason.as_ref().unwrap_or(policy_reason)))
            }
            Action::Mask(extent) => settings::Action::Mask(*extent == Extent::Word),
            Action::Replace(text, extent) => {
                settings::Action::Replace(text, *extent == Extent::Word)
            }
            Action::Lowercase => settings::Action::Lowercase,
            Action::Collapse(run) => settings::Action::Collapse(*run),
            Action::Tag(key, value) => settings::Action::Tag(key, value),
            Action::Allow => settings::Action::Allow,
        },
        shadow: rule.shadow,
        only_profiles: bits(&rule.only_profiles),
        not_profiles: bits(&rule.not_profiles),
        links: rule
            .finds
            .links
            .as_ref()
            .map(|links| settings::Links { allow: strs(&links.allow), deny: strs(&links.deny) }),
        contact: rule.finds.contact.iter().fold(0, |set, contact| {
            set | match contact {
                Contact::Email => settings::contact::EMAIL,
                Contact::Phone => settings::contact::PHONE,
                Contact::Card => settings::contact::CARD,
            }
        }),
        shape: settings::Shape {
            capitals_percent: shape.max_capitals_percent,
            repeats: shape.max_repeats,
            symbols_percent: shape.max_symbols_percent,
            combining: shape.max_combining,
            length: shape.max_length,
            mentions: shape.max_mentions,
        },
    }
}

fn texts(reason: &ReasonTexts) -> settings::Texts<'_> {
    let by_language = reason.by_language.iter().map(|(tag, text)| (tag.as_str(), text.as_str()));
    settings::Texts { default: reason.default.as_str(), by_language: by_language.collect() }
}

fn strs(list: &[String]) -> Vec<&str> {
    list.iter().map(String::as_str).collect()
}

/// Header and sections as one file.
fn assemble(sections: &[Vec<u8>; SECTIONS]) -> Option<(Vec<u8>, PolicyHash)> {
    let mut bytes = vec![0; HEADER_BYTES];
    let mut places = Vec::new();
    for section in sections {
        bytes.resize(bytes.len().next_multiple_of(ALIGNMENT), 0);
        places.extend(u32::try_from(bytes.len()).ok()?.to_le_bytes());
        places.extend(u32::try_from(section.len()).ok()?.to_le_bytes());
        bytes.extend(section);
    }
    let len = u32::try_from(bytes.len()).ok()?;
    let (header, _) = bytes.split_at_mut_checked(HEADER_BYTES)?;
    let mut put = |at: usize, value: &[u8]| -> Option<()> {
        header.get_mut(at..at + value.len())?.copy_from_slice(value);
        Some(())
    };
    put(0, &MAGIC)?;
    put(8, &VERSION.to_le_bytes())?;
    put(12, &(SECTIONS as u32).to_le_bytes())?;
    put(16, &len.to_le_bytes())?;
    put(HASH_AT + 16, &places)?;
    let hash = xxh3_128(bytes.get(HASH_AT + 16..)?);
    bytes.get_mut(HASH_AT..HASH_AT + 16)?.copy_from_slice(&hash.to_le_bytes());
    Some((bytes, PolicyHash(hash)))
}
