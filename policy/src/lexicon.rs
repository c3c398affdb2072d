//! Lexicons: which terms a pack holds, what each is about, and how it may stand.
//!
//! A pack is a text file of one term per line. Lines that begin with `#` are comments;
//! those at its head say source and licence. Before the first term stand the directives
//! `#! pack: en` and, unless the terms are of several languages, `#! language: en`. A
//! term's line is
//!
//! ```text
//! TERM | category | severity | options
//!     ! EXCEPTION, "exception of words"
//! ```
//!
//! with its exceptions, if any, on lines of their own below it. Stars say how terms and
//! exceptions may stand: `heck` (whole words), `heck*`, `*heck`, `*heck*`. Terms are in
//! lower case, sorted by their text without stars in code point order, and unique; so a
//! reviewer sees at once what a change adds.
//!
//! This file knows the format and the packs, not what a term will match.

use std::collections::HashMap;
use std::ops::Range;

use crate::error::{PolicyError, PolicyErrorKind, Source, TermFault};
use crate::parse::term;
use crate::policy::{Category, TermPattern};

/// The packs that come with chatwarden, by name.
const PACKS: &[Pack] = &[
    Pack { name: "de", text: include_str!("../lexicons/de.txt") },
    Pack { name: "en", text: include_str!("../lexicons/en.txt") },
    Pack { name: "es", text: include_str!("../lexicons/es.txt") },
    Pack { name: "fr", text: include_str!("../lexicons/fr.txt") },
    Pack { name: "ja", text: include_str!("../lexicons/ja.txt") },
    Pack { name: "ko", text: include_str!("../lexicons/ko.txt") },
    Pack { name: "pt", text: include_str!("../lexicons/pt.txt") },
    Pack { name: "test", text: include_str!("../lexicons/test.txt") },
];

/// The categories by the names they have in lexicons and policies.
pub const CATEGORIES: &[(&str, Category)] = &[
    ("slur", Category::Slur),
    ("sexual", Category::Sexual),
    ("insult", Category::Insult),
    ("profanity", Category::Profanity),
    ("violence", Category::Violence),
    ("self-harm", Category::SelfHarm),
    ("test", Category::Test),
];

/// The lowest severity, mild.
pub const MIN_SEVERITY: u8 = 1;
/// The highest severity, severe.
pub const MAX_SEVERITY: u8 = 3;

/// A lexicon that comes with chatwarden, as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pack {
    /// What a policy calls it, e.g. `en`.
    pub name: &'static str,
    /// The file.
    pub text: &'static str,
}

impl Pack {
    /// The file with a name for faults.
    pub fn source(&self) -> Source {
        Source { name: format!("lexicons/{}.txt", self.name), text: self.text.to_owned() }
    }
}

/// The packs that come with chatwarden, sorted by name.
pub fn packs() -> &'static [Pack] {
    PACKS
}

/// The pack of this name, if there is one.
pub fn pack(name: &str) -> Option<&'static Pack> {
    PACKS.iter().find(|pack| pack.name == name)
}

/// A lexicon that holds: every term can be found, none stands twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lexicon {
    /// What a policy calls it, e.g. `en`.
    pub pack: String,
    /// The language of its terms as a tag. None: they are of several.
    pub language: Option<String>,
    /// Sorted by the terms' text.
    pub terms: Vec<LexiconTerm>,
}

/// One term of a lexicon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LexiconTerm {
    /// The term and how it may stand; in lower case.
    pub pattern: TermPattern,
    /// What it is about.
    pub category: Category,
    /// 1 (mild) to 3 (severe).
    pub severity: u8,
    /// Which other spellings it stands for, and which it does not.
    pub options: TermOptions,
    /// Text in which it must not match.
    pub exceptions: Vec<TermPattern>,
    /// Where it stands: bytes of the source.
    pub at: Range<usize>,
}

/// Which other spellings a term stands for, and which it does not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TermOptions {
    /// With the forms that a noun of the pack's language has.
    pub noun: bool,
    /// With the forms that a verb of the pack's language has.
    pub verb: bool,
    /// With the forms that an adjective of the pack's language has.
    pub adjective: bool,
    /// With its diacritics, or in its katakana: without them it is another word.
    pub accent: bool,
    /// In plain spelling only: no leet, spacing, repeats or look-alike digits.
    pub plain: bool,
    /// As `plain`, with its diacritics and no others.
    pub exact: bool,
    /// Korean: sound-alike spellings as well. Japanese: also without voicing marks.
    pub sound: bool,
    /// Korean: as typed on an English keyboard as well.
    pub keyboard: bool,
    /// With its letters swapped, left out or backwards as well; as a whole word, plainly.
    pub scrambled: bool,
}

const OPTIONS: &[&str] =
    &["noun", "verb", "adjective", "accent", "plain", "exact", "sound", "keyboard", "scrambled"];
const DIRECTIVES: &[&str] = &["pack", "language"];

impl TermOptions {
    /// The switch of this name.
    fn by_name(&mut self, name: &str) -> Option<&mut bool> {
        Some(match name {
            "noun" => &mut self.noun,
            "verb" => &mut self.verb,
            "adjective" => &mut self.adjective,
            "accent" => &mut self.accent,
            "plain" => &mut self.plain,
            "exact" => &mut self.exact,
            "sound" => &mut self.sound,
            "keyboard" => &mut self.keyboard,
            "scrambled" => &mut self.scrambled,
            _ => return None,
        })
    }
}

/// Reads a lexicon.
///
/// # Errors
/// Every fault of the text, sorted by place.
pub fn parse_lexicon(source: &Source) -> Result<Lexicon, Vec<PolicyError>> {
    let mut reader = Reader::default();
    let mut start = 0;
    for (i, line) in source.text.split('\n').enumerate() {
        reader.line(Field { text: line, start }.trim(), i + 1);
        start += line.len() + 1;
    }
    if reader.pack.is_none() {
        let kind = PolicyErrorKind::MissingKey { key: "pack", place: "the header" };
        reader.faults.push(PolicyError { kind, at: 0..0 });
    }
    reader.faults.sort_by_key(|fault| fault.at.start);
    match (reader.pack, reader.faults) {
        (Some(pack), faults) if faults.is_empty() => {
            Ok(Lexicon { pack, language: reader.language, terms: reader.terms })
        }
        (_, faults) => Err(faults),
    }
}

/// A piece of a line that knows where it stands.
#[derive(Clone, Copy)]
struct Field<'s> {
    text: &'s str,
    start: usize,
}

impl<'s> Field<'s> {
    fn at(self) -> Range<usize> {
        self.start..self.start + self.text.len()
    }

    fn trim(self) -> Self {
        let text = self.text.trim_start();
        Self { text: text.trim_end(), start: self.start + self.text.len() - text.len() }
    }

    /// Its parts between `separator`s, trimmed.
    fn split(self, separator: char) -> impl Iterator<Item = Field<'s>> {
        let mut start = self.start;
        self.text.split(separator).map(move |text| {
            let part = Field { text, start };
            start += text.len() + separator.len_utf8();
            part.trim()
        })
    }

    fn strip_prefix(self, prefix: &str) -> Option<Self> {
        let text = self.text.strip_prefix(prefix)?;
        Some(Self { text, start: self.start + prefix.len() }.trim())
    }

    fn unquote(self) -> Self {
        match self.text.strip_prefix('"').and_then(|text| text.strip_suffix('"')) {
            Some(text) => Self { text, start: self.start + 1 },
            None => self,
        }
    }
}

#[derive(Default)]
struct Reader {
    pack: Option<String>,
    language: Option<String>,
    terms: Vec<LexiconTerm>,
    /// Was there a term's line, readable or not?
    in_terms: bool,
    /// The exceptions of the last line of a term that could not be read are not faults.
    last_term_unread: bool,
    first_lines: HashMap<String, usize>,
    /// The lines of the last term's exceptions.
    exception_lines: Vec<usize>,
    faults: Vec<PolicyError>,
}

impl Reader {
    fn fault(&mut self, field: Field<'_>, kind: PolicyErrorKind) {
        self.faults.push(PolicyError { kind, at: field.at() });
    }

    fn twice(&mut self, what: &'static str, field: Field<'_>, first_line: usize) {
        let name = field.text.to_owned();
        self.fault(field, PolicyErrorKind::Duplicate { what, name, first_line });
    }

    fn line(&mut self, line: Field<'_>, number: usize) {
        if let Some(directive) = line.strip_prefix("#!") {
            self.directive(directive, number);
        } else if line.text.is_empty() || line.text.starts_with('#') {
            // A comment says nothing to us.
        } else if let Some(exceptions) = line.strip_prefix("!") {
            self.exceptions(line, exceptions, number);
        } else {
            self.in_terms = true;
            let term = self.term(line, number);
            self.last_term_unread = term.is_none();
            self.exception_lines.clear();
            self.terms.extend(term);
        }
    }

    fn directive(&mut self, directive: Field<'_>, number: usize) {
        let mut parts = directive.split(':');
        let key = parts.next().unwrap_or(directive);
        let value = parts.next().map_or("", |value| value.text);
        if self.in_terms {
            self.fault(key, PolicyErrorKind::LateDirective { key: key.text.to_owned() });
        }
        let slot = match key.text {
            "pack" => &mut self.pack,
            "language" => &mut self.language,
            other => {
                let key_name = other.to_owned();
                let place = "the header";
                let kind = PolicyErrorKind::UnknownKey { key: key_name, place, known: DIRECTIVES };
                return self.fault(key, kind);
            }
        };
        let twice = slot.replace(value.to_owned()).is_some();
        if twice {
            let first_line = self.first_lines.get(&format!("#! {}", key.text)).copied();
            self.twice("directive", key, first_line.unwrap_or(number));
        } else {
            self.first_lines.insert(format!("#! {}", key.text), number);
        }
        if !crate::parse::is_id(value) {
            let what = if key.text == "pack" { "pack name" } else { "language tag" };
            let found = value.to_owned();
            self.fault(directive, PolicyErrorKind::BadId { what, found });
        }
    }

    fn term(&mut self, line: Field<'_>, number: usize) -> Option<LexiconTerm> {
        let mut fields = line.split('|');
        let written = fields.next()?;
        let pattern = self.pattern(written);
        let category = fields.next().filter(|field| !field.text.is_empty());
        let severity = fields.next().filter(|field| !field.text.is_empty());
        let options = fields.next();
        if let Some(extra) = fields.next() {
            self.fault(extra, PolicyErrorKind::ExtraField);
        }
        for (field, key) in [(category, "category"), (severity, "severity")] {
            if field.is_none() {
                self.fault(line, PolicyErrorKind::MissingKey { key, place: "the term" });
            }
        }
        let category = category.and_then(|field| {
            let word = CATEGORIES.iter().find(|(name, _)| *name == field.text);
            if word.is_none() {
                let known = CATEGORIES.iter().map(|(name, _)| (*name).to_owned()).collect();
                self.unknown("category", field, known);
            }
            word.map(|(_, category)| *category)
        });
        let severity = severity.and_then(|field| {
            let known = MIN_SEVERITY..=MAX_SEVERITY;
            let number = known.clone().find(|severity| severity.to_string() == field.text);
            if number.is_none() {
                self.unknown("severity", field, known.map(|word| word.to_string()).collect());
            }
            number
        });
        let options = self.options(options, number);
        let pattern = pattern?;
        self.order(&pattern, written, number);
        Some(LexiconTerm {
            pattern,
            category: category?,
            severity: severity?,
            options,
            exceptions: Vec::new(),
            at: written.at(),
        })
    }

    fn options(&mut self, field: Option<Field<'_>>, number: usize) -> TermOptions {
        let mut options = TermOptions::default();
        for option in field.into_iter().flat_map(|field| field.split(',')) {
            if option.text.is_empty() {
                // `| plain` and a lone `|` at the end of the line say the same.
                if field.is_some_and(|field| !field.text.is_empty()) {
                    self.fault(option, PolicyErrorKind::Empty { key: "option".to_owned() });
                }
                continue;
            }
            match options.by_name(option.text) {
                None => {
                    let known = OPTIONS.iter().map(|name| (*name).to_owned()).collect();
                    self.unknown("option", option, known);
                }
                Some(true) => self.twice("option", option, number),
                Some(switch) => *switch = true,
            }
        }
        options
    }

    /// Holds the terms to being sorted and unique.
    fn order(&mut self, pattern: &TermPattern, written: Field<'_>, number: usize) {
        if let Some(first_line) = self.first_lines.get(&pattern.text).copied() {
            let name = pattern.text.clone();
            let kind = PolicyErrorKind::Duplicate { what: "term", name, first_line };
            return self.fault(written, kind);
        }
        self.first_lines.insert(pattern.text.clone(), number);
        if let Some(previous) = self.terms.last()
            && previous.pattern.text > pattern.text
        {
            let (term, previous) = (pattern.text.clone(), previous.pattern.text.clone());
            self.fault(written, PolicyErrorKind::Unsorted { term, previous });
        }
    }

    fn exceptions(&mut self, line: Field<'_>, list: Field<'_>, number: usize) {
        if !self.in_terms {
            return self.fault(line, PolicyErrorKind::ExceptionWithoutTerm);
        }
        for written in list.split(',').map(Field::unquote) {
            let Some(pattern) = self.pattern(written) else { continue };
            if self.last_term_unread {
                continue;
            }
            let Some(term) = self.terms.last_mut() else { continue };
            let there = term.exceptions.iter().zip(&self.exception_lines);
            match there.into_iter().find(|(exception, _)| **exception == pattern) {
                Some((_, first_line)) => self.twice("exception", written, *first_line),
                None => {
                    term.exceptions.push(pattern);
                    self.exception_lines.push(number);
                }
            }
        }
    }

    fn pattern(&mut self, written: Field<'_>) -> Option<TermPattern> {
        let pattern = term::pattern(written.text).and_then(|pattern| {
            let lower = pattern.text.chars().all(|c| c.to_lowercase().eq([c]));
            if lower { Ok(pattern) } else { Err(TermFault::NotLowerCase) }
        });
        match pattern {
            Ok(pattern) => Some(pattern),
            Err(fault) => {
                let term = written.text.to_owned();
                self.fault(written, PolicyErrorKind::BadTerm { term, fault });
                None
            }
        }
    }

    fn unknown(&mut self, what: &'static str, field: Field<'_>, known: Vec<String>) {
        let found = field.text.to_owned();
        self.fault(field, PolicyErrorKind::UnknownWord { what, found, known });
    }
}
